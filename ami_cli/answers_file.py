"""Reads `--answers`: a JSON object whose keys are the answer names.

Texts are read with the same words as options and cells; true and false are yes and no; numbers
are whole. Unknown keys and values of another type are refused by name and never repaired. Only
this module and `schema` use pydantic.
"""

from codecs import BOM_UTF8
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from jiter import LosslessFloat
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, create_model

from ami_cli import strict_json
from ami_cli.answers import FIELD, FIELDS, Field, Kind
from ami_cli.failures import InvalidAnswers, Problem, UnreadableInput
from ami_cli.reading import nearest, read

LARGEST_DOCUMENT = 100_000  # bytes; the answers of one student take some hundreds
EXAMPLE = '{"age": 21, "echelon": "6"}'


def read_document(content: bytes, source: str) -> dict[str, Any]:
    """Return the answers of a JSON document, by name; null and "not answered" words give None.

    `source` is its name in messages. Raises UnreadableInput when it is no JSON object in UTF-8, and
    InvalidAnswers, with all faults at once, when some of its keys or values are no answers.
    """
    document = _parse(content, source)
    problems = []
    for name in [name for name in document if name not in FIELD]:
        params = {"value": name, "options": ", ".join(FIELD), "suggestion": nearest(name, FIELD)}
        problems.append(Problem("unknown_answer", name, params))
    document = {name: value for name, value in document.items() if name in FIELD}
    try:
        record = _DOCUMENT.model_validate(document)
    except ValidationError as invalid:
        # Never print the exception itself, because it holds the values.
        for error in invalid.errors(include_url=False):
            problems += _problems(error)
    if problems:
        raise InvalidAnswers(*problems)
    return {name: getattr(record, name) for name in document}


def _problems(error: Mapping[str, Any]) -> tuple[Problem, ...]:
    failure = error.get("ctx", {}).get("error")  # of a validator; it is a ValueError
    if isinstance(failure, InvalidAnswers):
        return failure.problems
    name = str(error["loc"][0])
    _, code = _TYPES[FIELD[name].kind]
    return (Problem(code, name, {"value": strict_json.compact(error["input"])}),)


def _reader(answer: Field) -> BeforeValidator:
    """Make the reader of an answer: texts, and the numbers that it takes, as a text is read."""
    numbers: tuple[type, ...] = ()
    if answer.kind is Kind.NUMBER or answer.name == "echelon":
        numbers = (int, LosslessFloat)
    elif answer.kind is Kind.NAME:  # an INSEE code
        numbers = (int,)

    def value_of(value: Any) -> Any:
        if isinstance(value, str) or type(value) in numbers:
            return read(answer.name, str(value))
        return value

    return BeforeValidator(value_of)


# The type of an answer, and the code of a problem with a value of another type.
_TYPES: dict[Kind, tuple[Any, str]] = {
    Kind.DATE: (date, "not_a_date"),
    Kind.NUMBER: (int, "not_a_number"),
    Kind.YES_NO: (bool, "not_yes_no"),
    Kind.CHOICE: (str, "not_an_option"),
    Kind.NAME: (str, "not_a_name"),
}
_DOCUMENT: type[BaseModel] = create_model(
    "AnswersDocument",
    __config__=ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True),
    **{
        answer.name: (Annotated[_TYPES[answer.kind][0] | None, _reader(answer)], None)
        for answer in FIELDS
    },  # type: ignore[call-overload]
)


def _parse(content: bytes, source: str) -> dict[str, Any]:
    def unreadable(code: str, **params: object) -> UnreadableInput:
        return UnreadableInput(
            Problem(code, "answers", {"value": source, "example": EXAMPLE, **params})
        )

    if len(content) > LARGEST_DOCUMENT:
        raise unreadable("too_large")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        raise unreadable("not_utf8", position=error.start + 1) from None
    try:
        document = strict_json.read(content.removeprefix(BOM_UTF8))
    except strict_json.Malformed as malformed:
        fault = malformed.fault()
        place = {"line": fault.line, "column": fault.column}
        if fault.code == "duplicate":
            raise unreadable("duplicate_key", key=fault.word, **place) from None
        raise unreadable("not_json", **place) from None
    if not isinstance(document, dict):
        raise unreadable("not_an_object")
    return document
