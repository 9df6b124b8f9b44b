"""One = many: the rules on columns find what the rules on one student find."""

import os
import random
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ami_cli.law
from ami_cli import Answers, assess
from ami_cli.answers import FIELD, FIELDS, Kind
from ami_cli.batch.columns import (
    ANSWER_TYPES,
    INVALID,
    LAW_YEAR,
    contradicting,
    law_columns,
    register_facts,
    with_results,
    year_of_stay,
)
from ami_cli.batch.formats import RESULTS
from ami_cli.failures import InvalidAnswers
from ami_cli.law import Law, LawBook, law_book
from ami_cli.reading import read
from ami_cli.registers import find
from ami_cli.rules.facts import REGISTER_FACTS
from ami_cli.rules.primitives import (
    ONE_DAY,
    add_months,
)
from tests.conftest import TODAY
from tests.sizes import examples
from tests.students import CASES, COMMUNES, DESTINATIONS, SCHOOLS

# Mutants of the rules die in the first 3,000; AMI_FUZZ=N judges N times as many.
DOSSIERS = examples(20_000) * max(1, int(os.environ.get("AMI_FUZZ", "0")))
# Days from the first to the last day of stays of one month or two, more or less.
AROUND_THIRTY_DAYS = (*range(26, 32), *range(57, 63))
NAMES = {"school": SCHOOLS, "commune": COMMUNES}


def one(answers: Mapping[str, Any], book: LawBook) -> dict[str, Any]:
    """What `assess` says of a student, in the columns of a batch."""
    try:
        assessment = assess(Answers(**answers), today=TODAY, book=book)
    except InvalidAnswers as error:
        codes = ";".join(problem.code for problem in error.problems)
        return {**dict.fromkeys(RESULTS), "ami_verdict": "invalid", "ami_errors": codes}
    estimate, reminder = assessment.estimate, assessment.reminder
    met = [ground.code for ground in assessment.supplements if ground.status == "met"]
    return {
        "ami_verdict": assessment.verdict,
        "ami_failed": ";".join(assessment.codes("not_met")) or None,
        "ami_to_check": ";".join(assessment.codes("to_check")) or None,
        "ami_missing": ";".join(assessment.missing) or None,
        "ami_assumed": ";".join(assessment.assumed) or None,
        "ami_months": estimate and estimate.months,
        "ami_months_max": estimate and estimate.months_max,
        "ami_total": estimate and estimate.total,
        "ami_total_max": estimate and estimate.total_max,
        "ami_supplements": ";".join(met) or None,
        "ami_start_by": reminder and reminder.start_by,
        "ami_days_left": reminder and reminder.days_left,
        "ami_basis": assessment.law.basis,
        "ami_provisional": assessment.law.provisional,
        "ami_school": name_taken(assessment.school),
        "ami_commune": name_taken(assessment.commune),
        "ami_errors": None,
    }


def name_taken(entry: Any) -> str | None:
    return entry.entry.title if entry is not None and entry.entry else None


def many(dossiers: Iterable[Mapping[str, Any]], book: LawBook) -> Iterator[dict[str, Any]]:
    """What the columns say of the same students."""
    codes = pl.concat_str(
        [pl.when(holds).then(pl.lit(item.rule.name)) for item, holds in contradicting(TODAY, book)],
        separator=";",
        ignore_nulls=True,
    )
    table = pl.DataFrame(list(dossiers), schema=ANSWER_TYPES)
    known = [column for name in NAMES for column in register_facts(name, table[name].to_list())]
    frame = table.with_columns(known)
    frame = frame.with_columns(pl.when(codes != "").then(codes).alias("ami_errors"))
    frame = frame.with_columns(pl.col("ami_errors").is_not_null().alias(INVALID))
    return with_results(frame, TODAY, book).select(*RESULTS).iter_rows(named=True)


def agree(dossiers: list[dict[str, Any]], book: LawBook) -> None:
    for answers, row in zip(dossiers, many(dossiers, book), strict=True):
        assert row == one(answers, book), answers


def dossier(chosen: random.Random) -> dict[str, Any]:
    """A student at random: holes, limits and contradictions included."""
    answers: dict[str, Any] = {}
    for answer in FIELDS:
        if chosen.random() < 0.22:
            continue
        match answer.kind:
            case Kind.DATE:
                first = date(1996, 1, 1) if answer.name == "birth_date" else date(2020, 6, 1)
                answers[answer.name] = first + timedelta(chosen.randrange(3_700))
            case Kind.NUMBER:
                answers[answer.name] = chosen.randrange(18, 33) if answer.name == "age" else (
                    chosen.choice((0, 0, 1, 7, 8, 9, 10, 11, 60))
                )  # fmt: skip
            case Kind.YES_NO:
                answers[answer.name] = chosen.random() < 0.6
            case Kind.CHOICE:
                answers[answer.name] = chosen.choice((answer.options[0], *answer.options))
            case Kind.NAME:
                answers[answer.name] = chosen.choice(NAMES[answer.name])
            case Kind.COUNTRY:
                answers[answer.name] = chosen.choice(DESTINATIONS)
    if "start" in answers and "end" in answers and chosen.random() < 0.97:
        days = chosen.randrange(340) if chosen.random() < 0.7 else chosen.choice(AROUND_THIRTY_DAYS)
        answers["end"] = answers["start"] + timedelta(days)
    if chosen.random() < 0.97:
        answers.pop(chosen.choice(("age", "birth_date")), None)
    if answers.get("scholarship") != "bcs" and chosen.random() < 0.95:
        answers.pop("echelon", None)
    if chosen.random() < 0.8:
        answers.pop(chosen.choice(("school", "establishment")), None)
    if answers.get("erasmus") is False and chosen.random() < 0.95:
        answers.pop("erasmus_monthly", None)
    return answers


@pytest.mark.no_cover
def test_random_dossiers_are_judged_alike_one_by_one_and_together() -> None:
    chosen = random.Random(20_260)
    dossiers = [dossier(chosen) for _ in range(DOSSIERS)]
    book = law_book()
    verdicts = {"eligible": 0, "ineligible": 0, "undetermined": 0, "invalid": 0}
    errors: Counter[str] = Counter()
    to_check: Counter[str] = Counter()
    named = 0  # of whom a name alone decides what they have not answered
    for answers, row in zip(dossiers, many(dossiers, book), strict=True):
        assert row == one(answers, book), answers
        verdicts[row["ami_verdict"]] += 1
        errors.update((row["ami_errors"] or "").split(";"))
        to_check.update((row["ami_to_check"] or "").split(";"))
        named += row["ami_verdict"] == "eligible" and "establishment" not in answers
    assert min(verdicts.values()) > DOSSIERS // 100, verdicts
    for code in ("school_of_another_kind", "amount_without_erasmus"):
        assert errors[code] > DOSSIERS // 200, errors
    for code in ("stay", "min_duration", "scholarship"):
        assert to_check[code] > DOSSIERS // 200, to_check
    assert named > DOSSIERS // 1_000


# Figures of the first year that leave some students eligible, some not.
FICTION = {
    "monthly_rate": 317,
    "min_months": 1,
    "max_months": 7,
    "total_months": 13,
    "age_limit": 21,
    "min_payments": 3,
    "months_ahead": 3,
}


@pytest.fixture
def changing_book(monkeypatch: pytest.MonkeyPatch) -> LawBook:
    """A fictional law whose figures all differ and all change every year, with a figure more."""
    fields = NamedTuple("Law", [*((name, Any) for name in Law._fields), ("invented", int)])  # type: ignore[misc]
    longer = type("Law", (fields,), {"fact": Law.fact, "year_known": Law.year_known})
    monkeypatch.setattr("ami_cli.law.Law", longer)
    file = Path(ami_cli.law.__file__).with_name("ami.toml")
    document = tomllib.loads(file.read_text("utf-8"))
    document["figures"]["invented"] = {"unit": "months", "values": []}
    for rank, name in enumerate(document["figures"]):
        document["figures"][name]["values"] = [
            {"from": year, "value": FICTION.get(name, 1_000 * rank) + later, "sources": []}
            for later, year in enumerate(law_book().years)
        ]
    yearly = document["figures"]["bcs_yearly"]["values"]
    for version in yearly:
        version["value"] = {"6": version["value"], "7": 2 * version["value"]}
    return LawBook(document)


@pytest.mark.no_cover
def test_the_law_of_each_row_is_that_of_its_year(request: pytest.FixtureRequest) -> None:
    student = {"age": 22, "start": date(2022, 10, 1)}
    real = list(many([student], law_book()))  # before the fixture replaces the class of the law
    book = request.getfixturevalue("changing_book")
    chosen = random.Random(7)
    agree([dossier(chosen) for _ in range(4_000)], book)
    assert real != list(many([student], book))


def test_every_dated_figure_is_found_on_columns_a_new_one_too(changing_book: LawBook) -> None:
    assert set(changing_book.figures) > set(law_book().figures)
    years = changing_book.years
    frame = pl.DataFrame({"start": [date(int(year[:4]), 12, 1) for year in years]})
    frame = frame.with_columns(pl.lit(None, pl.Date).alias("end"))
    frame = frame.with_columns(year_of_stay().alias(LAW_YEAR))
    law = law_columns(changing_book)
    for name in changing_book.figures:
        expected = [getattr(changing_book.law_of_year(year), name) for year in years]
        assert len({str(value) for value in expected}) == len(years)
        column = getattr(law, name)
        if isinstance(column, Mapping):
            values = frame.select(**column).to_dicts()
        else:
            values = frame.select(column).to_series().to_list()
        assert values == expected, name


def test_every_dated_figure_is_a_field_of_the_law() -> None:
    described = {"academic_year", "basis", "provisional", "first_day", "grounds"}
    assert set(law_book().figures) == set(Law._fields) - described


@st.composite
def sharp_dossiers(draw: st.DrawFn) -> dict[str, Any]:
    """Students whose dates stand at the edges of months, years and laws."""
    edges = [
        date(year, month, day)
        for year in (2020, 2024, 2026, 2027)
        for month, day in ((1, 31), (2, 28), (8, 31), (9, 1), (9, 30), (12, 31))
    ]
    start = draw(st.none() | st.sampled_from(edges) | st.dates(date(2020, 8, 1), date(2029, 1, 1)))
    months = draw(st.sampled_from((0, 1, 2, 9, 10, 11)))
    shift = draw(st.integers(-2, 1))
    answers: dict[str, Any] = {
        "birth_date": draw(st.none() | st.dates(date(1996, 1, 1), date(2010, 1, 1))),
        "age": draw(st.none() | st.integers(26, 29)),
        "start": start,
        "end": start and draw(st.none() | st.just(add_months(start, months) + shift * ONE_DAY)),
        "months_received": draw(st.none() | st.integers(0, 11)),
        "erasmus_monthly": draw(st.none() | st.sampled_from((0, 1, 5_000))),
        **{name: draw(st.none() | st.sampled_from(known)) for name, known in NAMES.items()},
    }
    for name in ("disability", "in_curriculum", "rural", "priority_area", "erasmus"):
        answers[name] = draw(st.none() | st.booleans())
    for name in ("scholarship", "echelon", "establishment", "stay"):
        answers[name] = draw(st.none() | st.sampled_from(FIELD[name].options))
    return {name: value for name, value in answers.items() if value is not None}


@given(st.lists(sharp_dossiers(), min_size=1, max_size=40))
@settings(max_examples=examples(50))
def test_dossiers_at_the_edges_are_judged_alike(dossiers: list[dict[str, Any]]) -> None:
    agree(dossiers, law_book())


def test_the_acceptance_cases_hold_on_columns() -> None:
    dossiers = [
        {
            answer.name: read(answer.name, case[answer.name])
            for answer in FIELDS
            if case.get(answer.name)
        }
        for case in CASES
    ]
    for case, row in zip(CASES, many(dossiers, law_book()), strict=True):
        for column, expected in case.items():
            if column.startswith("expect_"):
                value = row[column.replace("expect_", "ami_")]
                text = "" if value is None else str(value)
                assert (text.lower() if value in (True, False) else text) == expected, case["case"]


# --- names ---------------------------------------------------------------------------------------


def test_register_facts_are_the_same_on_columns() -> None:
    """Names that come again, names of another spelling, and rows without one."""
    chosen = random.Random(11)
    spelled = {
        name: [*known, *map(str.upper, known), *map(str.lower, known), None]
        for name, known in NAMES.items()
    }
    frame = pl.DataFrame(
        {name: [chosen.choice(known) for _ in range(500)] for name, known in spelled.items()},
        schema=dict.fromkeys(NAMES, pl.String),
    )
    for fact, name in REGISTER_FACTS.items():
        column, titles = register_facts(name, frame[name].to_list())
        entries = [None if text is None else find(name, text) for text in frame[name]]
        assert (column.name, titles.name) == (fact, f"ami_{name}")
        assert column.to_list() == [entry and entry.kind for entry in entries]
        assert titles.to_list() == [entry and name_taken(entry) for entry in entries]
        # Every kind of name is there, and no name too.
        assert len(set(column)) == 8


@pytest.mark.parametrize("rows", [0, 3])
def test_a_column_of_nulls_has_null_facts(rows: int) -> None:
    for name in NAMES:
        for column in register_facts(name, [None] * rows):
            assert column.dtype == pl.String
            assert (len(column), column.null_count()) == (rows, rows)


def test_an_answer_given_wins_over_the_zoning_of_the_commune() -> None:
    answers: list[dict[str, Any]] = [
        {"commune": commune, **rural}
        for commune in COMMUNES
        for rural in ({}, {"rural": True}, {"rural": False})
    ]
    agree(answers, law_book())
    grounds = [row["ami_supplements"] for row in many(answers, law_book())]
    assert grounds[:3] == ["rural", "rural", None]
    assert grounds[12:15] == [None, "rural", None]
