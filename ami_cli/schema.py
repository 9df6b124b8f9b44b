"""Makes the JSON Schema (2020-12) of what `--answers` reads and of the result of `--json`.

pydantic makes them from the declared answers and from the types of the result; their sentences
stand in `words/`, under `schema`. Every key that the program always writes is required. Other keys
of a result are not forbidden, because later versions may add some.
"""

from typing import Any

from pydantic import ConfigDict, TypeAdapter, create_model

from ami_cli.answers import FIELDS
from ami_cli.views.result_types import Result, type_of
from ami_cli.words import Words

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

# As --answers reads them: null is "not answered".
_ANSWERS = create_model(
    "Answers",
    __config__=ConfigDict(extra="forbid"),
    **{field.name: (type_of(field) | None, None) for field in FIELDS},  # type: ignore[call-overload]
)
SCHEMAS: dict[str, Any] = {"answers": _ANSWERS, "result": Result}


def schema_of(kind: str, words: Words) -> dict[str, Any]:
    """Return the schema of "answers" or of "result", as a JSON document."""
    document = TypeAdapter(SCHEMAS[kind]).json_schema()
    parts = document.pop("$defs", {})
    _describe(document, kind, words)
    for part in parts.values():
        _describe(part, part["title"].lower(), words)
    return {
        "$schema": _DIALECT,
        "title": words(f"schema.{kind}.title"),
        "description": words(f"schema.{kind}.description"),
        **document,
        **({"$defs": parts} if parts else {}),
    }


def _describe(part: dict[str, Any], name: str, words: Words) -> None:
    """Replace the titles of pydantic by what each property is, in the reader's language."""
    del part["title"]
    part.pop("description", None)
    for key, schema in part["properties"].items():
        schema.pop("title", None)
        if name in ("answers", "given"):
            schema["description"] = words(f"help.options.{key}")
        elif f"schema.{name}.{key}" in words:
            schema["description"] = words(f"schema.{name}.{key}")
