"""Students that several tests judge: names, acceptance cases and drawn answers."""

import csv
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from ami_cli.answers import FIELD, FIELDS, Answers, Kind
from ami_cli.law import law_book
from ami_cli.rules.assess import assess
from ami_cli.rules.coherence import contradictions
from ami_cli.rules.conditions import Condition, Rule
from ami_cli.views.result import result_of
from ami_cli.words import words_of
from tests.conftest import HERE, TODAY

# The acceptance cases: the answers of a student, and the result in columns `expect_…`.
CASES = list(csv.DictReader((HERE / "check.csv").read_text("utf-8").splitlines()))

# The shortest command line whose verdict is certain, and a file of students.
COMPLETE = (
    *("--age", "21", "--no-disability", "--echelon", "6", "--establishment", "public"),
    *("--start", "2027-01-15", "--end", "2027-06-20"),
)
STUDENTS = str(HERE.parent / "docs" / "etudiants.csv")

# One name of each kind that a register distinguishes, and codes and districts.
SCHOOLS = (
    *("Lyon 1", "INSA Lyon", "Villa Arson", "Nîmes université", "Skema", "UCA", "Grenoble Alpes"),
    "Lycée Jean Moulin",
)
COMMUNES = (
    *("Ambert", "63003", "Saint-Denis", "Baugy (18)", "Paris 15e", "Nouméa", "Cherbourg"),
    "Nulle-Part",
)
# A country that is not France, France, and an overseas territory, by how often they are drawn.
DESTINATIONS = ("PT", "PT", "JP", "FR", "RE")
# Names that a register does not know for certain, with the code of their problem.
DOUBTFUL = (
    ("school", "UCA", "several_schools"),
    ("school", "IUT de Bobigny", "part_of_a_university"),
    ("school", "Lycée Jean Moulin", "no_such_school"),
    ("commune", "Saint-Denis", "several_communes"),
    ("commune", "Nulle-Part", "no_such_commune"),
)


def is_consistent(answers: Mapping[str, Any]) -> bool:
    """Tell whether no answer contradicts another one."""
    return not contradictions(answers, TODAY, law_book())


def conditions_of(rule: Rule) -> Iterator[Condition]:
    """Give each condition of a rule."""
    if isinstance(rule, Condition):
        yield rule
    else:
        for part in rule.parts:
            yield from conditions_of(part)


@st.composite
def dossiers(draw: st.DrawFn, complete: bool = False) -> dict[str, Any]:
    """Draw the answers of a student, some not given, that do not contradict each other."""

    def maybe(values: st.SearchStrategy[Any]) -> Any:
        return draw(values if complete else st.none() | values)

    start = maybe(st.dates(date(2020, 9, 1), date(2030, 12, 31)))
    first = start or date(2026, 9, 1)
    end = maybe(st.integers(0, 330).map(lambda days: first + timedelta(days)))
    born = maybe(st.integers(16 * 365, 34 * 365).map(lambda days: first - timedelta(days)))
    aged = maybe(st.integers(16, 34) | st.sampled_from([0, 27, 28, 120]))
    by_birth = draw(st.booleans())
    scholarship = maybe(
        st.sampled_from(["bcs", "bcs", "bcs", "annual_allowance", "pending", "none"])
    )
    school = maybe(st.sampled_from(["Lyon 1", *SCHOOLS]))
    establishments = [
        option
        for option in ("public", "public", *FIELD["establishment"].options)
        if school is None or is_consistent({"school": school, "establishment": option})
    ]
    erasmus = maybe(st.booleans())
    drawn = {
        "birth_date": born if by_birth else None,
        "age": None if by_birth else aged,
        "scholarship": scholarship,
        "echelon": maybe(st.sampled_from(FIELD["echelon"].options))
        if scholarship in ("bcs", None)
        else None,
        "school": school,
        "establishment": maybe(st.sampled_from(establishments)),
        "stay": maybe(st.sampled_from(["study", *FIELD["stay"].options])),
        "in_curriculum": maybe(st.sampled_from([True, True, False])),
        "destination": maybe(st.sampled_from(DESTINATIONS)),
        "start": start,
        "end": end,
        "months_received": maybe(st.integers(0, 8) | st.integers(0, 60)),
        "commune": maybe(st.sampled_from(COMMUNES)),
        "erasmus": erasmus,
        "erasmus_monthly": maybe(st.just(0) if erasmus is False else st.integers(0, 5000)),
    }
    for name in ("disability", "rural", "priority_area", "merit"):
        drawn[name] = maybe(st.booleans())
    answers = {name: drawn[name] for name in FIELD if drawn[name] is not None}
    assume(is_consistent(answers))
    return answers


def result_with(**answers: Any) -> dict[str, Any]:
    """Return the result, in French, of a student who names a school or a commune."""
    student: dict[str, Any] = {"age": 21, "scholarship": "bcs", **answers}
    dates: dict[str, Any] = {"start": date(2027, 1, 15), "end": date(2027, 6, 20)}
    assessment = assess(Answers(**student, **dates), today=TODAY)
    return dict(result_of(assessment, words_of("fr")))


def flags_of(case: Mapping[str, str]) -> list[str]:
    """Return the answers of an acceptance case as options."""
    flags = []
    for answer in FIELDS:
        if cell := case.get(answer.name, ""):
            if answer.kind is Kind.YES_NO:
                flags.append(answer.flags[cell != "true"])
            else:
                flags += [*answer.flags, cell.replace("_", "-")]
    return flags


def expected_of(case: Mapping[str, str]) -> dict[str, str]:
    """Return the columns that an acceptance case expects."""
    return {key[7:]: value for key, value in case.items() if key.startswith("expect_")}


def columns_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Return a JSON result in the form of the columns of the acceptance cases."""

    def codes(status: str) -> str:
        criteria = document["criteria"]
        return ";".join(item["code"] for item in criteria if item["status"] == status)

    estimate = document["estimate"] or {}
    reminder = document["reminder"] or {}
    met = [ground["code"] for ground in document["supplements"] if ground["status"] == "met"]
    columns = {
        "verdict": document["verdict"],
        "failed": codes("not_met"),
        "missing": ";".join(document["missing"]),
        "to_check": codes("to_check"),
        "assumed": ";".join(document["assumed"]),
        **{name: estimate.get(name) for name in ("months", "months_max", "total", "total_max")},
        "supplements": ";".join(met),
        "start_by": reminder.get("start_by"),
        "days_left": reminder.get("days_left"),
        "basis": document["rules"]["basis"],
        "provisional": str(document["rules"]["provisional"]).lower(),
    }
    return {name: "" if value is None else str(value) for name, value in columns.items()}
