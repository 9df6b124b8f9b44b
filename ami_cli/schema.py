"""JSON Schema (2020-12) of the answers that `--answers` reads and of the result of `--json`.

pydantic writes them from the models below; their sentences stand in `words/`, under `schema`.
Every key is required where the program always writes it; later versions may add keys, so that
others are not forbidden.
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from typing_extensions import TypedDict

from ami_cli import answers
from ami_cli.answers import FIELDS, LONGEST_NAME, Kind
from ami_cli.rules.assess import Status
from ami_cli.rules.criteria import CRITERIA
from ami_cli.rules.entitlement import SUPPLEMENTS
from ami_cli.rules.facts import PRESUMED
from ami_cli.words import LANGUAGES, Words

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: str, words: Words) -> dict[str, Any]:
    """The schema of "answers" or of "result", as a JSON document."""
    model = {"answers": _ANSWERS, "result": Result}[kind]
    document = model.model_json_schema(mode="serialization")
    parts = document.pop("$defs", {})
    _speak(document, kind, words)
    for part in parts.values():
        _speak(part, part["title"].lower(), words)
    return {
        "$schema": _DIALECT,
        "title": words(f"schema.{kind}.title"),
        "description": words(f"schema.{kind}.description"),
        **{key: value for key, value in document.items() if key not in ("title", "description")},
        **({"$defs": parts} if parts else {}),
    }


def _speak(part: dict[str, Any], name: str, words: Words) -> None:
    """Say what each property is, in the language of the words."""
    del part["title"]
    part.pop("description", None)
    for key, its in part["properties"].items():
        its.pop("title", None)
        if name in ("answers", "given"):
            its["description"] = words(f"help.options.{key}")
        elif f"schema.{name}.{key}" in words:
            its["description"] = words(f"schema.{name}.{key}")


# --- answers -------------------------------------------------------------------------------------


def _type_of(answer: answers.Field) -> Any:
    match answer.kind:
        case Kind.DATE:
            return date
        case Kind.NUMBER:
            return Annotated[int, Field(ge=answer.low, le=answer.high)]
        case Kind.YES_NO:
            return bool
        case Kind.CHOICE:
            return Annotated[str, _enum(answer.options)]
        case Kind.NAME:
            return Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]


def _enum(words: Iterable[str]) -> Any:
    return Field(json_schema_extra={"enum": list(words)})


# As --answers reads them: null is "not answered".
_ANSWERS = create_model(
    "Answers",
    __config__=ConfigDict(extra="forbid"),
    **{each.name: (_type_of(each) | None, None) for each in FIELDS},  # type: ignore[call-overload]
)
# As a result repeats them: only those that were given.
_Given: Any = TypedDict(  # type: ignore[misc]
    "Given", {each.name: _type_of(each) for each in FIELDS}, total=False
)

# --- the result ----------------------------------------------------------------------------------

_AnswerName = Annotated[str, _enum(each.name for each in FIELDS)]
_Presumed = Annotated[str, _enum(PRESUMED)]
_CriterionCode = Annotated[str, _enum(each.code for each in CRITERIA)]
_GroundCode = Annotated[str, _enum(each.code for each in SUPPLEMENTS)]
_Count = Annotated[int, Field(ge=0)]
_Year = Annotated[str, Field(pattern=r"^\d{4}-\d{4}$")]


class Source(BaseModel):
    """Where a rule or a figure stands, and the sentence that says it."""

    id: str
    title: str
    url: str | None
    quote: str | None


class Rules(BaseModel):
    """By which rules a result was worked out."""

    academic_year: _Year | None
    basis: _Year
    provisional: bool
    note: str


class Criterion(BaseModel):
    """One condition, and how it stands."""

    code: _CriterionCode
    status: Status
    missing: list[_AnswerName]
    reason: str
    notes: list[str]
    sources: list[Source]


class Estimate(BaseModel):
    """What the AMI may come to: whole euros, calendar months."""

    currency: Literal["EUR"]
    monthly_rate: _Count
    months: _Count
    months_max: _Count
    total: _Count
    total_max: _Count
    months_left: _Count
    text: str
    notes: list[str]
    sources: list[Source]


class School(BaseModel):
    """The school as the register has it."""

    name: str
    uai: list[str]
    type: str
    sector: Literal["public", "privé"]
    commune: str
    website: str | None
    note: str
    sources: list[Source]


class Commune(BaseModel):
    """The commune of the family home as the zoning has it."""

    name: str
    department: str
    insee_code: str
    frr_class: str
    rural: bool | None
    note: str
    sources: list[Source]


class Supplement(BaseModel):
    """One ground for a supplement."""

    code: _GroundCode
    status: Status
    missing: list[_AnswerName]
    monthly_amount: _Count | None
    note: str
    indication: str | None
    sources: list[Source]


class Cumulation(BaseModel):
    """One grant that may be had beside the AMI."""

    code: Literal["bcs", "merit_aid", "erasmus_plus", "regional"]
    cumulable: bool | None
    note: str
    sources: list[Source]


class CumulationWithAmount(Cumulation):
    """The same, where a yearly amount in whole euros may be known."""

    code: Literal["bcs", "merit_aid"]
    amount_per_year: _Count | None


class Line(BaseModel):
    """One line of the budget, in whole euros."""

    code: str
    total: _Count
    certain: bool


class LineWithMost(Line):
    """The same, where it may come to more."""

    total_max: _Count


class Depends(BaseModel):
    """What the institution decides, in whole euros."""

    total: _Count
    total_max: _Count


class Budget(BaseModel):
    """The budget of the stay, in whole euros."""

    lines: list[LineWithMost | Line]
    certain: _Count
    depends: Depends
    total: _Count
    total_max: _Count
    basis: _Year
    note: str


class Reminder(BaseModel):
    """When to begin."""

    start_by: date
    days_left: int
    late: bool
    departed: bool
    text: str
    sources: list[Source]


class Advice(BaseModel):
    """What would change a no."""

    criterion: _CriterionCode
    text: str
    sources: list[Source]


class Result(BaseModel):
    """What `ami check --json` writes."""

    schema_version: Literal["1"]
    lang: Literal[LANGUAGES]  # type: ignore[valid-type]
    rules: Rules
    today: date
    answers: _Given
    school: School | None
    commune: Commune | None
    assumed: list[_Presumed]
    verdict: Literal["eligible", "ineligible", "undetermined"]
    headline: str
    verdict_notes: list[str]
    criteria: list[Criterion]
    missing: list[_AnswerName]
    estimate: Estimate | None
    supplements: list[Supplement]
    cumulation: list[CumulationWithAmount | Cumulation]
    budget: Budget | None
    reminder: Reminder | None
    advice: list[Advice]
    next_steps: list[str]
