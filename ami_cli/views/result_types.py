"""Declares the types of the result: every key that `ami check --json` prints.

`schema.py` makes the JSON Schema from them. Only `schema.py` and type checkers import this module,
because pydantic would double the time `ami check --json` takes to start. The names of the classes
are the names in the schema; the meaning of the keys stands in `words/`, under `schema`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from ami_cli.answers import FIELDS, LONGEST_NAME, Kind
from ami_cli.answers import Field as AnswerField
from ami_cli.rules.assess import Status, Verdict
from ami_cli.rules.criteria import CRITERIA
from ami_cli.rules.entitlement import SUPPLEMENTS
from ami_cli.rules.facts import PRESUMED
from ami_cli.rules.plausibility import WARNINGS
from ami_cli.words import LANGUAGES

Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
Count = Annotated[int, Field(ge=0)]
Year = Annotated[str, Field(pattern=r"^\d{4}-\d{4}$")]


def _one_of(codes: Iterable[str]) -> Any:
    return Field(json_schema_extra={"enum": list(codes)})


def type_of(answer: AnswerField) -> Any:
    """Return the type of the value of an answer, with its bounds."""
    match answer.kind:
        case Kind.DATE:
            return Day
        case Kind.NUMBER:
            return Annotated[int, Field(ge=answer.low, le=answer.high)]
        case Kind.YES_NO:
            return bool
        case Kind.CHOICE:
            return Annotated[str, _one_of(answer.options)]
        case Kind.NAME:
            return Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
        case Kind.COUNTRY:
            return Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


AnswerName = Annotated[str, _one_of(field.name for field in FIELDS)]
Presumed = Annotated[str, _one_of(PRESUMED)]
CriterionCode = Annotated[str, _one_of(criterion.code for criterion in CRITERIA)]
SupplementCode = Annotated[str, _one_of(supplement.code for supplement in SUPPLEMENTS)]
Lang = Annotated[str, _one_of(LANGUAGES)]
if TYPE_CHECKING:
    Given = dict[str, Any]
else:  # only the answers that were given
    Given = TypedDict("Given", {field.name: type_of(field) for field in FIELDS}, total=False)


class Source(TypedDict):
    """Where a rule or a figure stands, and the sentence that says it."""

    id: str
    title: str
    url: str | None
    quote: str | None


class Rules(TypedDict):
    """The academic year of the stay, and the year whose rules are applied."""

    academic_year: Year | None
    basis: Year
    provisional: bool
    note: str


class Criterion(TypedDict):
    """One condition, and how it stands."""

    code: CriterionCode
    status: Status
    missing: list[AnswerName]
    reason: str
    notes: list[str]
    sources: list[Source]


class NextMonth(TypedDict):
    """The last day with which the stay would have one whole month more, and what would follow."""

    day: Day
    months: Count
    total: Count


class Estimate(TypedDict):
    """What the AMI may come to: whole euros, calendar months."""

    currency: Literal["EUR"]
    monthly_rate: Count
    months: Count
    months_max: Count
    total: Count
    total_max: Count
    months_left: Count
    months_min: Count | None
    total_min: Count | None
    next_month: NextMonth | None
    text: str
    notes: list[str]
    sources: list[Source]


class Ministry(TypedDict):
    """The ministry over a public school, with the texts or datasets that say so.

    `as_of` is their latest day, month or year, after `>` where the text is only known to be later.
    """

    code: str
    name: str
    source: str
    as_of: str


class School(TypedDict):
    """The school as the register has it."""

    name: str
    uai: list[str]
    type: str
    sector: Annotated[str, _one_of(["public", "privé"])]
    commune: str
    website: str | None
    ministry: Ministry | None
    note: str
    sources: list[Source]


class Commune(TypedDict):
    """The commune of the family home as the zoning has it."""

    name: str
    department: str
    insee_code: str
    frr_class: str | None
    former_name: str | None
    rural: bool | None
    note: str
    sources: list[Source]


class Supplement(TypedDict):
    """One ground for a supplement."""

    code: SupplementCode
    status: Status
    missing: list[AnswerName]
    monthly_amount: Count | None
    note: str
    indication: str | None
    sources: list[Source]


class Cumulation(TypedDict):
    """One grant that may be had beside the AMI; the yearly amount in whole euros where one may be
    known."""

    code: Literal["bcs", "merit_aid", "erasmus_plus", "regional"]
    cumulable: bool | None
    amount_per_year: NotRequired[Count | None]
    note: str
    sources: list[Source]


class Line(TypedDict):
    """One line of the budget, in whole euros; `total_max` where it may come to more."""

    code: str
    total: Count
    total_max: NotRequired[Count]
    certain: bool


class Depends(TypedDict):
    """What the institution decides, in whole euros."""

    total: Count
    total_max: Count


class Budget(TypedDict):
    """The budget of the stay, in whole euros."""

    lines: list[Line]
    certain: Count
    depends: Depends
    total: Count
    total_max: Count
    basis: Year
    note: str


class Reminder(TypedDict):
    """When to begin."""

    start_by: Day
    days_left: int
    late: bool
    departed: bool
    text: str
    sources: list[Source]


class Advice(TypedDict):
    """What would change a no."""

    criterion: CriterionCode
    text: str
    sources: list[Source]


class Doubt(TypedDict):
    """An answer that is possible and hardly ever meant."""

    code: Annotated[str, _one_of(warning.rule.name for warning in WARNINGS)]
    field: AnswerName
    text: str


class Result(TypedDict):
    """What `ami check --json` prints."""

    schema_version: Literal["1"]
    lang: Lang
    rules: Rules
    today: Day
    answers: Given
    school: School | None
    commune: Commune | None
    assumed: list[Presumed]
    verdict: Verdict
    headline: str
    verdict_notes: list[str]
    criteria: list[Criterion]
    missing: list[AnswerName]
    estimate: Estimate | None
    supplements: list[Supplement]
    cumulation: list[Cumulation]
    budget: Budget | None
    reminder: Reminder | None
    advice: list[Advice]
    next_steps: list[str]
    next_steps_sources: list[Source]
    warnings: list[Doubt]
