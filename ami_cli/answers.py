"""Declares each answer of a student once (`FIELDS`) and holds the answers of one (`Answers`).

The options of `ami check`, the columns of a table, the template and the examples follow from the
declaration; `reading` says which texts are read as which value. None means "not answered", which
is never "no". An impossible value is an error: `InvalidAnswers` carries one `Problem` per invalid
answer.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Literal, NamedTuple, get_args

from ami_cli.failures import InvalidAnswers, Problem

EARLIEST_DATE = date(1900, 1, 1)
LATEST_DATE = date(2099, 12, 31)
LONGEST_NAME = 200  # characters of the name of a school or a commune

Scholarship = Literal["bcs", "annual_allowance", "pending", "none"]
Echelon = Literal["0bis", "1", "2", "3", "4", "5", "6", "7"]
Establishment = Literal["public", "private_accredited", "private_other", "other_ministry", "abroad"]
Stay = Literal["study", "internship", "other"]
# ISO 3166-1 alpha-2, and XK for Kosovo; `registers.countries` knows their names.
_COUNTRIES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN "
    "BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ "
    "DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL "
    "GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM "
    "JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME "
    "MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP "
    "NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD "
    "SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO "
    "TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"
)
COUNTRIES = tuple(_COUNTRIES.split())


class Kind(Enum):
    """How an answer is written.

    A date, a whole number, yes or no, one of a few options, a name, a country.
    """

    DATE = "date"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"
    NAME = "name"
    COUNTRY = "country"


class Field(NamedTuple):
    """One answer: its name, how it is written and which values it may have.

    `options` are the values of a choice, or the codes of countries; `low` and `high` bound a
    whole number, both included. `headers` are its French names as a column of a table, that of
    the template first; its own name is a header too. `example` is a text that is read as a value.
    `spares` is an answer that is not needed beside this one; two that spare each other answer the
    same question.
    `optional` is an answer that is never missing. `no_flag` is the option for "no", where it is
    not `--no-` and the name.
    """

    name: str
    kind: Kind
    options: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    headers: tuple[str, ...] = ()
    example: str = ""
    spares: str | None = None
    optional: bool = False
    no_flag: str | None = None

    @property
    def flags(self) -> tuple[str, ...]:
        """Return its options of the command line: one, or two for the yes and the no."""
        word = self.name.replace("_", "-")
        no_flag = (self.no_flag or f"--no-{word}",) if self.kind is Kind.YES_NO else ()
        return (f"--{word}", *no_flag)


# The answers, in the order of the rules; missing answers are always named in this order.
FIELDS = (
    Field(
        "birth_date",
        Kind.DATE,
        headers=("date_naissance", "date_de_naissance"),
        example="12/03/2005",
        spares="age",
    ),
    Field("age", Kind.NUMBER, high=120, headers=("âge",), example="21", spares="birth_date"),
    Field("disability", Kind.YES_NO, headers=("handicap",), example="non"),
    Field("scholarship", Kind.CHOICE, get_args(Scholarship), headers=("bourse",), example="bcs"),
    Field(
        "echelon",
        Kind.CHOICE,
        get_args(Echelon),
        headers=("échelon",),
        example="6",
        spares="scholarship",
    ),
    Field(
        "school",
        Kind.NAME,
        headers=("établissement_nom", "nom_établissement", "code_uai", "uai"),
        example="Lyon 2",
        spares="establishment",
        optional=True,
    ),
    Field(
        "establishment",
        Kind.CHOICE,
        get_args(Establishment),
        headers=("établissement",),
        example="public",
    ),
    Field(
        "stay",
        Kind.CHOICE,
        get_args(Stay),
        headers=("type_séjour", "type_de_séjour"),
        example="échange",
    ),
    Field(
        "in_curriculum",
        Kind.YES_NO,
        headers=("dans_cursus",),
        example="oui",
        no_flag="--outside-curriculum",
    ),
    Field(
        "destination",
        Kind.COUNTRY,
        COUNTRIES,
        headers=("pays_destination", "pays_de_destination", "pays_d_accueil"),
        example="Portugal",
        optional=True,
    ),
    Field(
        "start", Kind.DATE, headers=("début", "date_départ", "date_de_départ"), example="15/01/2027"
    ),
    Field("end", Kind.DATE, headers=("fin", "date_retour", "date_de_retour"), example="20/06/2027"),
    Field("months_received", Kind.NUMBER, high=60, headers=("mois_perçus",), example="0"),
    Field(
        "commune",
        Kind.NAME,
        headers=("commune", "commune_famille", "code_insee"),
        example="Ambert",
        spares="rural",
        optional=True,
    ),
    Field("rural", Kind.YES_NO, headers=("rural",), example="oui"),
    Field("priority_area", Kind.YES_NO, headers=("qpv",), example="non"),
    Field("erasmus", Kind.YES_NO, headers=("erasmus",), example="oui"),
    Field(
        "erasmus_monthly",
        Kind.NUMBER,
        high=5000,
        headers=("erasmus_mensuel",),
        example="300",
        optional=True,
    ),
    Field("merit", Kind.YES_NO, headers=("mérite",), example="non"),
)
FIELD = {field.name: field for field in FIELDS}
ORDER = {name: rank for rank, name in enumerate(FIELD)}
# Answers to the same question: only one of the two is given.
SAME_QUESTION = {
    field.name: field.spares
    for field in FIELDS
    if field.spares is not None and FIELD[field.spares].spares == field.name
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Answers:
    """The answers of one student; None is "not answered".

    `start` and `end` are the first and last day abroad, both included; `age` is in whole years on
    the day the stay starts; `destination` is an ISO 3166-1 alpha-2 code; `months_received` counts
    months of AMI already paid; `school` and `commune` (of the family home) are names or codes as a
    person writes them, which `ami_cli.registers` may know; `erasmus_monthly` is the grant in whole
    euros a month.
    Raises InvalidAnswers when a value is not of its kind or out of its range. Answers that
    contradict each other are found by `ami_cli.rules.coherence`.
    """

    birth_date: date | None = None
    age: int | None = None
    disability: bool | None = None
    scholarship: Scholarship | None = None
    echelon: Echelon | None = None
    school: str | None = None
    establishment: Establishment | None = None
    stay: Stay | None = None
    in_curriculum: bool | None = None
    destination: str | None = None
    start: date | None = None
    end: date | None = None
    months_received: int | None = None
    commune: str | None = None
    rural: bool | None = None
    priority_area: bool | None = None
    erasmus: bool | None = None
    erasmus_monthly: int | None = None
    merit: bool | None = None

    def __post_init__(self) -> None:
        problems = [problem_of(FIELD[name], value) for name, value in self.given().items()]
        if invalid := [problem for problem in problems if problem is not None]:
            raise InvalidAnswers(*invalid)

    def __repr__(self) -> str:
        """Name the answers that are given, without values, because a traceback may show this."""
        return f"Answers(given: {', '.join(self.given()) or 'none'})"

    def given(self) -> dict[str, Any]:
        """Return the answers that were given, by name, in the order of the rules."""
        return {name: value for name in FIELD if (value := getattr(self, name)) is not None}


def problem_of(answer: Field, value: Any) -> Problem | None:
    """Return the problem of a value, or None when it is of the answer's kind and in its range."""
    match answer.kind:
        case Kind.DATE if type(value) is not date:
            return Problem("not_a_date", answer.name, {"value": value})
        case Kind.DATE if not EARLIEST_DATE <= value <= LATEST_DATE:
            return Problem("date_out_of_range", answer.name, {"value": value})
        case Kind.NUMBER if type(value) is not int:
            return Problem("not_a_number", answer.name, {"value": value})
        case Kind.NUMBER if not answer.low <= value <= answer.high:
            return Problem("number_out_of_range", answer.name, {"value": value})
        case Kind.YES_NO if type(value) is not bool:
            return Problem("not_yes_no", answer.name, {"value": value})
        case Kind.CHOICE if value not in answer.options:
            return Problem("not_an_option", answer.name, {"value": value})
        case Kind.COUNTRY if value not in answer.options:
            return Problem("no_such_country", answer.name, {"value": value})
        case Kind.NAME if not (isinstance(value, str) and _can_be_a_name(value)):
            return Problem("not_a_name", answer.name, {"value": value})
    return None


def _can_be_a_name(text: str) -> bool:
    """Tell whether a text has a letter or a digit and nothing invisible.

    An option that is typed where the name is missing is no name, nor another value of JSON.
    """
    return (
        len(text) <= LONGEST_NAME
        and text.isprintable()
        and any(map(str.isalnum, text))
        and not text.startswith(("-", "[", "{"))
        and text not in ("true", "false")
    )
