"""The law as dated values: every figure and source, every change, and an invented law."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from ami_cli import Answers, assess
from ami_cli.failures import InvalidAnswers
from ami_cli.law import (
    Ground,
    Law,
    LawBook,
    Source,
    academic_year,
    first_end_in_the_next_year,
    law_book,
    year_label,
    year_of_stay,
)
from ami_cli.rules.assess import Assessment, is_certain_no
from ami_cli.rules.coherence import contradictions
from ami_cli.rules.criteria import CRITERIA
from tests.conftest import SHARED, TODAY

SPEC = SHARED / "spec"
FIRST_YEAR, LAST_YEAR = "2020-2021", "2025-2026"
YEARS = tuple(f"{year}-{year + 1}" for year in range(2020, 2026))
BOOK = law_book()

# The table of the rules, typed out: year, figure, value, sources.
FIGURES = [
    ("2020-2021", "monthly_rate", 400, "S7"),
    ("2021-2022", "monthly_rate", 400, "S7"),
    ("2022-2023", "monthly_rate", 400, "S5"),
    ("2023-2024", "monthly_rate", 400, "S6"),
    ("2024-2025", "monthly_rate", 400, "S3 S1"),
    ("2025-2026", "monthly_rate", 400, "S2"),
    ("2020-2021", "min_months", 2, "S8"),
    ("2021-2022", "min_months", 2, "S8"),
    ("2022-2023", "min_months", 2, "S5"),
    ("2023-2024", "min_months", 2, "S6"),
    ("2024-2025", "min_months", 1, "S1 S4"),
    ("2025-2026", "min_months", 1, "S2"),
    ("2020-2021", "max_months", 9, "S8"),
    ("2021-2022", "max_months", 9, "S8"),
    ("2022-2023", "max_months", 9, "S5"),
    ("2023-2024", "max_months", 9, "S6"),
    ("2024-2025", "max_months", 10, "S1 S4"),
    ("2025-2026", "max_months", 10, "S2"),
    ("2020-2021", "total_months", 9, "S8"),
    ("2021-2022", "total_months", 9, "S8"),
    ("2022-2023", "total_months", 9, "S8"),
    ("2023-2024", "total_months", 9, "S8"),
    ("2024-2025", "total_months", 10, "S1"),
    ("2025-2026", "total_months", 10, "S2 S1"),
    ("2020-2021", "age_limit", 28, "S12"),
    ("2021-2022", "age_limit", 28, "S12"),
    ("2022-2023", "age_limit", 28, "S12"),
    ("2023-2024", "age_limit", 28, "S12"),
    ("2024-2025", "age_limit", 28, "S1"),
    ("2025-2026", "age_limit", 28, "S1 S12"),
    ("2020-2021", "months_ahead", 6, "S1"),
    ("2021-2022", "months_ahead", 6, "S1"),
    ("2022-2023", "months_ahead", 6, "S1"),
    ("2023-2024", "months_ahead", 6, "S1"),
    ("2024-2025", "months_ahead", 6, "S1"),
    ("2025-2026", "months_ahead", 6, "S1"),
    *((year, "days_per_month", 30, "S27") for year in YEARS),
]
BCS = {
    "0bis": 1454,
    "1": 2163,
    "2": 3071,
    "3": 3828,
    "4": 4587,
    "5": 5212,
    "6": 5506,
    "7": 6335,
}
OTHER_GRANTS = [
    ("min_payments", 1, "S2"),
    ("bcs_yearly", BCS, "S9"),
    ("bcs_payments", 10, "S9"),
    ("merit_monthly", 100, "S10"),
    ("merit_payments", 9, "S10"),
]
FACTS = [
    ("merit_times", 3, "S10"),
    ("inclusion_top_up", 250, "S11"),
    ("culture_grant", 400, "S14"),
    ("culture_grant_without_bcs", 152, "S14"),
    ("agriculture_grant", 400, "S15"),
    ("dse_opens", date(2025, 3, 13), "S18"),
    ("dse_closes", date(2025, 5, 31), "S18"),
    ("public_quota", None, "S13"),
    ("private_schools", None, "S25"),
    ("national_diploma", None, "S2"),
    ("no_age_named", None, "S2"),
    ("allowance_age_limit", 35, "S24 S24"),
    ("former_total_months", 9, "S8"),
    ("aided_part_of_a_stay", None, "S28"),
    ("bcs_abroad", None, "S26"),
    ("bcs_in_summer", None, "S23"),
    ("bcs_conditions", None, "S12"),
    ("allowance_all_year", None, "S24"),
    ("local_scales", None, "S22 S29"),
    ("local_payment", None, "S22"),
    ("outside_erasmus", None, "S22 S30"),
    ("erasmus_min_months", 2, "S31"),
    ("age_of_the_scholarship", None, "S12 S12"),
    ("regional_grants", None, "S16"),
]
WITHOUT_ADDRESS = {"S4", "S8", "S13", "S14", "S15", "S22"} | {f"S{n}" for n in range(26, 32)}
# The first academic year a source may be quoted for: that of its own text, never an earlier one.
QUOTED_FROM = {
    "S1": "2024-2025",
    "S2": "2025-2026",
    "S3": "2024-2025",
    "S5": "2022-2023",
    "S6": "2023-2024",
    "S8": "2020-2021",
    "S12": "2020-2021",
}
# The last one, for a text that a later one replaced.
QUOTED_UNTIL = {"S5": "2022-2023", "S6": "2023-2024", "S8": "2023-2024"}


def sources_of(ground: Ground) -> str:
    return " ".join(source.id for source in ground.sources)


def quotes() -> Iterator[tuple[str, Ground, Source]]:
    """Every quote the program may show: the year it is shown for, its ground, its source."""
    for year in YEARS:
        for ground in BOOK.law_of_year(year).grounds.values():
            yield from ((year, ground, each) for each in ground.sources if each.quote is not None)


# --- figures and sources -------------------------------------------------------------------------


@pytest.mark.parametrize(("year", "name", "value", "sources"), FIGURES)
def test_figure_of_a_year_has_its_value_and_sources(
    year: str, name: str, value: int, sources: str
) -> None:
    law = BOOK.law_of_year(year)
    assert getattr(law, name) == law.fact(name) == value
    assert sources_of(law.grounds[name]) == sources


def test_table_holds_every_figure_of_the_law() -> None:
    described = {"academic_year", "basis", "provisional", "first_day", "grounds"}
    typed = {name for _, name, _, _ in FIGURES} | {name for name, _, _ in OTHER_GRANTS}
    assert set(Law._fields) - described == set(BOOK.figures) == typed
    assert len(FIGURES) == len(YEARS) * 7
    for year in YEARS:
        dated = {ground.name for ground in BOOK.law_of_year(year).grounds.values() if ground.unit}
        assert dated <= typed | {name for name, _, _ in FACTS}


@pytest.mark.parametrize(("name", "value", "sources"), OTHER_GRANTS)
def test_other_grants_have_figures_from_2025_26_on(name: str, value: Any, sources: str) -> None:
    law = BOOK.law_of_year(LAST_YEAR)
    assert getattr(law, name) == value
    assert sources_of(law.grounds[name]) == sources
    for year in YEARS[:-1]:
        earlier = BOOK.law_of_year(year)
        assert not getattr(earlier, name)
        assert name not in earlier.grounds


@pytest.mark.parametrize(("name", "value", "sources"), FACTS)
def test_facts_about_other_schemes_are_the_same_in_every_year(
    name: str, value: Any, sources: str
) -> None:
    for year in (*YEARS, "2030-2031", None):
        law = BOOK.law_of_year(year)
        assert law.fact(name) == value
        assert sources_of(law.grounds[name]) == sources
        assert law.grounds[name].since is None


@pytest.mark.parametrize("year", [*YEARS, "2026-2027", None])
def test_grounds_of_criteria_have_known_sources(year: str | None) -> None:
    known = re.compile(r"S([1-9]|1[0-68]|2[2-9]|3[01])")
    law = BOOK.law_of_year(year)
    for name, ground in law.grounds.items():
        assert ground.name == name
        assert ground.sources
        for source in ground.sources:
            assert known.fullmatch(source.id)
            assert source.title.strip() == source.title != ""
            assert source.url is None or source.url.startswith("https://")
            assert (source.url is None) is (source.id in WITHOUT_ADDRESS)
    for criterion in CRITERIA:
        assert criterion.grounds
        assert set(criterion.grounds) <= set(law.grounds)


def test_figure_has_its_unit_and_first_year() -> None:
    grounds = BOOK.law_of_year("2021-2022").grounds
    assert (grounds["monthly_rate"].unit, grounds["monthly_rate"].since) == (
        *("euros_per_month", "2020-2021"),
    )
    assert (grounds["dse_opens"].unit, grounds["culture_grant"].unit) == ("date", "euros")
    assert grounds["inclusion_top_up"].unit == "euros_per_month"
    assert grounds["public_quota"].unit is None
    grounds = BOOK.law_of_year("2029-2030").grounds
    assert (grounds["min_months"].unit, grounds["min_months"].since) == ("months", "2025-2026")
    assert (grounds["stay"].unit, grounds["stay"].value, grounds["stay"].since) == (
        *(None, None, "2024-2025"),
    )


# --- changes of law ------------------------------------------------------------------------------

LIMITS = ("min_months", "max_months", "total_months")


@pytest.mark.parametrize(
    ("day", "year", "limits"),
    [
        ("2020-09-01", "2020-2021", (2, 9, 9)),
        ("2024-08-31", "2023-2024", (2, 9, 9)),
        ("2024-09-01", "2024-2025", (1, 10, 10)),
        ("2025-08-31", "2024-2025", (1, 10, 10)),
        ("2025-09-01", "2025-2026", (1, 10, 10)),
        ("2026-08-31", "2025-2026", (1, 10, 10)),
    ],
)
def test_law_of_a_start_alone_is_that_of_its_academic_year(
    day: str, year: str, limits: tuple[int, ...]
) -> None:
    law = BOOK.law_of(date.fromisoformat(day))
    assert (law.academic_year, law.basis, law.provisional) == (year, year, False)
    assert law.year_known == year
    assert tuple(getattr(law, name) for name in LIMITS) == limits


@pytest.mark.parametrize(
    ("first", "last", "year", "verdict"),
    [
        # The larger part before 1 September 2024, or half of it: the year that ends.
        ("2024-08-01", "2024-09-29", "2023-2024", "undetermined"),
        ("2024-07-30", "2024-09-27", "2023-2024", "undetermined"),
        ("2024-07-30", "2024-09-29", "2023-2024", "eligible"),
        ("2024-08-02", "2024-09-30", "2023-2024", "undetermined"),
        ("2024-08-03", "2024-09-30", "2024-2025", "eligible"),
        ("2024-08-31", "2024-09-01", "2023-2024", "ineligible"),
        ("2024-08-31", "2024-09-02", "2024-2025", "ineligible"),
        ("2024-08-31", "2024-10-29", "2024-2025", "eligible"),
        ("2024-09-01", "2024-09-29", "2024-2025", "ineligible"),
        ("2024-09-01", "2024-09-30", "2024-2025", "eligible"),
        ("2023-09-01", "2024-06-30", "2023-2024", "ineligible"),
        ("2024-08-24", "2025-06-20", "2024-2025", "eligible"),
        ("2024-08-31", "2025-06-29", "2024-2025", "eligible"),
        ("2024-08-31", "2025-06-30", "2024-2025", "ineligible"),
        ("2024-09-01", "2025-06-30", "2024-2025", "eligible"),
        ("2024-09-01", "2025-07-01", "2024-2025", "ineligible"),
        # Never later than the year after that of the start.
        ("2022-07-01", "2025-08-31", "2022-2023", "ineligible"),
    ],
)
def test_change_of_2024_holds_for_stays_that_lie_mostly_after_1_september_2024(
    first: str, last: str, year: str, verdict: str
) -> None:
    student = {**STUDENT, "start": date.fromisoformat(first), "end": date.fromisoformat(last)}
    assessment = assess(Answers(**student), today=TODAY)
    assert (assessment.law.basis, assessment.verdict) == (year, verdict)


@pytest.mark.parametrize(
    ("day", "year"),
    [
        ("2026-09-01", "2026-2027"),
        ("2027-08-31", "2026-2027"),
        ("2027-09-01", "2027-2028"),
        ("2099-12-31", "2099-2100"),
    ],
)
def test_later_years_have_the_last_figures_and_are_provisional(day: str, year: str) -> None:
    law, last = BOOK.law_of(date.fromisoformat(day)), BOOK.law_of_year(LAST_YEAR)
    assert (law.academic_year, law.basis, law.provisional) == (year, LAST_YEAR, True)
    assert law.year_known == year
    assert law._replace(academic_year=LAST_YEAR, provisional=False) == last


def test_unknown_start_has_the_last_year_and_is_not_provisional() -> None:
    law, last = BOOK.law_of(None), BOOK.law_of_year(LAST_YEAR)
    assert (law.academic_year, law.basis, law.provisional) == (None, LAST_YEAR, False)
    assert law.year_known == LAST_YEAR
    assert law._replace(academic_year=LAST_YEAR) == last


@pytest.mark.parametrize("day", [date(2020, 8, 31), date(1900, 1, 1)])
def test_stay_before_the_first_year_is_refused(day: date) -> None:
    with pytest.raises(InvalidAnswers) as error:
        BOOK.law_of(day)
    (problem,) = error.value.problems
    assert (problem.code, problem.field) == ("start_too_early", "start")
    assert dict(problem.params) == {
        "first_year": FIRST_YEAR,
        "last_year": LAST_YEAR,
        "first_day": date(2020, 9, 1),
    }
    with pytest.raises(InvalidAnswers):
        BOOK.law_of_year("2019-2020")
    assert BOOK.law_of(date(2020, 9, 1)).academic_year == FIRST_YEAR
    assert BOOK.law_of(date(2020, 8, 24), date(2021, 6, 20)).academic_year == FIRST_YEAR
    for first, last in (("2020-08-01", "2020-09-30"), ("2019-08-31", "2021-08-31")):
        stay = {"start": date.fromisoformat(first), "end": date.fromisoformat(last)}
        (problem,) = contradictions(stay, TODAY, BOOK)
        assert (problem.code, problem.field) == ("start_too_early", "start")
        with pytest.raises(InvalidAnswers):
            BOOK.law_of(**stay)
    stay = {"start": date(2020, 8, 2), "end": date(2020, 10, 1)}
    assert contradictions(stay, TODAY, BOOK) == ()


@pytest.mark.parametrize("start", [date(2024, 9, 1), date(2024, 8, 31), date(2024, 2, 29)])
def test_first_end_in_the_next_year_is_the_first_that_changes_the_year(start: date) -> None:
    end = first_end_in_the_next_year(start)
    next_year = year_label(int(academic_year(start)[5:]))
    years = [year_of_stay(start, end + timedelta(days)) for days in (-1, 0, 400)]
    assert years == [academic_year(start), next_year, next_year]


def test_years_run_from_the_first_to_the_last() -> None:
    assert BOOK.years == YEARS
    assert (BOOK.first_year, BOOK.last_year) == (FIRST_YEAR, LAST_YEAR)
    assert BOOK.first_day == BOOK.law_of(None).first_day == date(2020, 9, 1)
    assert year_label(2099) == "2099-2100"


def test_academic_year_begins_on_1_september() -> None:
    day, labels = date(2020, 9, 1), []
    while day < date(2026, 9, 1):
        labels.append(academic_year(day))
        day += timedelta(days=1)
    assert list(dict.fromkeys(labels)) == list(YEARS)
    assert [labels.count(year) for year in YEARS] == [365, 365, 365, 366, 365, 365]


def test_law_book_is_cached() -> None:
    assert law_book() is BOOK
    assert BOOK.law_of(date(2024, 9, 1)) is BOOK.law_of(date(2025, 8, 31))


# --- quotes --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def texts() -> Mapping[str, str]:
    """The official page, the table of sources of the rules, and the sentences quoted above it."""
    if not SPEC.is_dir():
        pytest.skip(f"the official texts are not on this machine ({SPEC})")
    rules, _, table = (SPEC / "rules.md").read_text("utf-8").partition("## Sources")
    return {
        "page": (SPEC / "official_page.txt").read_text("utf-8"),
        "table": table,
        "rules": " ".join(rules.split()),
    }


def test_quotes_stand_word_for_word_in_their_source(texts: Mapping[str, str]) -> None:
    rows = {
        row.split("|")[1].strip(): row for row in texts["table"].splitlines() if row.startswith("|")
    }
    shared = {"S6": "S5"}  # « the same sentence on 2 and 9 months »
    seen = set()
    for _, _, source in quotes():
        assert source.quote is not None
        if source.id == "S1":
            assert source.quote in texts["page"]
        else:
            quoted = re.findall("« (.*?) »", rows[source.id])
            quoted += re.findall("« (.*?) »", rows[shared.get(source.id, source.id)])
            if source.id == "S2":  # « and the sentences quoted in §1 »
                quoted += re.findall("« (.*?) »", texts["rules"])
            assert source.quote in quoted
        seen.add(source.quote)
    assert len(seen) > 20


def test_addresses_are_those_of_the_sources(texts: Mapping[str, str]) -> None:
    rows = {
        row.split("|")[1].strip(): row.split("|")[3].strip()
        for row in texts["table"].splitlines()
        if row.startswith("| S") and "no longer cited" not in row
    }
    cited = {
        source.id: source.url
        for year in YEARS
        for ground in BOOK.law_of_year(year).grounds.values()
        for source in ground.sources
    }
    assert set(cited) == set(rows)
    assert {name: url or "–" for name, url in cited.items()} == rows


def test_quotes_are_sentences_without_quotation_marks() -> None:
    for year, ground, source in quotes():
        assert source.quote is not None
        assert source.quote == source.quote.strip(), (year, ground.name)
        assert len(source.quote) > 12
        assert not re.search("[«»]", source.quote)


def quoted_out_of_its_years(names: set[str]) -> list[tuple[str, str, str]]:
    return [
        (year, ground.name, source.id)
        for year, ground, source in quotes()
        if ground.name in names
        and ground.since is not None
        and not QUOTED_FROM[source.id] <= year <= QUOTED_UNTIL.get(source.id, year)
    ]


DATED = {ground.name for _, ground, _ in quotes() if ground.since is not None}


@pytest.mark.parametrize("name", sorted(DATED))
def test_quotes_stand_in_years_of_their_source_only(name: str) -> None:
    assert quoted_out_of_its_years({name}) == []


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("monthly_rate", r"400 (€|euros)"),
        ("min_months", "{value} mois|entre {value} et"),
        ("max_months", "{value} mois"),
        ("total_months", "{value} mois"),
        ("age_limit", "moins de {value} ans"),
        ("months_ahead", "six mois minimum"),
    ],
)
def test_quote_of_a_figure_contains_it(name: str, word: str) -> None:
    checked = 0
    for _, ground, source in quotes():
        if ground.name == name:
            assert re.search(word.format(value=ground.value), source.quote or ""), source
            checked += 1
    assert checked > 1


# --- an invented law ------------------------------------------------------------------------------

# Every figure differs from every real one and from every other.
INVENTED: dict[str, Any] = {
    "monthly_rate": 317,
    "min_months": 3,
    "days_per_month": 31,
    "max_months": 14,
    "total_months": 13,
    "age_limit": 23,
    "min_payments": 11,
    "months_ahead": 4,
    "bcs_yearly": dict(zip(BCS, (1103, 1217, 1319, 1429, 1531, 1637, 1741, 1847), strict=True)),
    "bcs_payments": 8,
    "merit_monthly": 61,
    "merit_payments": 7,
}


def book_of(figures: Mapping[str, Any]) -> LawBook:
    """A law of one year, 2031-2032, made of these figures."""
    return LawBook(
        {
            "first_year": "2031-2032",
            "last_year": "2031-2032",
            "sources": {"F": {"title": "an invention"}},
            "texts": {},
            "facts": {"former_total_months": {"value": 19, "sources": [{"id": "F"}]}},
            "figures": {
                name: {
                    "unit": "",
                    "values": [{"from": "2031-2032", "value": value, "sources": [{"id": "F"}]}],
                }
                for name, value in figures.items()
            },
        }
    )


STUDENT: dict[str, Any] = {
    "age": 22,
    "disability": False,
    "scholarship": "bcs",
    "echelon": "5",
    "establishment": "public",
    "stay": "study",
    "in_curriculum": True,
    "months_received": 0,
    "merit": True,
}


def under(figures: Mapping[str, Any], **changes: Any) -> Assessment:
    """The student, from 1 October 2031 for eight months and a half, under an invented law."""
    stay = {"start": date(2031, 10, 1), "end": date(2032, 6, 15)}
    return assess(Answers(**{**STUDENT, **stay, **changes}), today=TODAY, book=book_of(figures))


def test_invented_figures_are_unique_and_differ_from_the_real_ones() -> None:
    real = {value for _, _, value, _ in FIGURES} | {10, 100, 9, *BCS.values()}
    invented = [*(value for value in INVENTED.values() if isinstance(value, int))]
    invented += INVENTED["bcs_yearly"].values()
    assert len(set(invented)) == len(invented)
    assert not real & set(invented)


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({}, ()),
        ({"age": 23}, ("age",)),
        ({"end": date(2031, 12, 31)}, ()),
        ({"end": date(2031, 12, 28)}, ("min_duration",)),
        ({"end": date(2032, 11, 30)}, ()),
        ({"end": date(2032, 12, 1)}, ("max_duration",)),
        ({"months_received": 12}, ()),
        ({"months_received": 13}, ("entitlement",)),
    ],
)
def test_limits_are_those_of_the_invented_law(
    changes: dict[str, Any], failed: tuple[str, ...]
) -> None:
    assessment = under(INVENTED, **changes)
    assert assessment.codes("not_met") == failed
    assert assessment.verdict == ("ineligible" if failed else "eligible")


def test_month_in_days_is_that_of_the_law() -> None:
    stay = {"start": date(2031, 10, 1), "end": date(2031, 12, 29)}  # 90 days, two whole months
    for days, status in ((30, "to_check"), (31, "not_met")):
        assessment = under(INVENTED | {"days_per_month": days}, **stay)
        assert assessment.codes(status) == ("min_duration",)  # type: ignore[arg-type]


def test_amounts_and_dates_are_those_of_the_invented_law() -> None:
    assessment = under(INVENTED, months_received=11)
    assert assessment.law.basis == "2031-2032"
    assert assessment.estimate is not None
    assert assessment.estimate._asdict() == {
        "monthly_rate": 317,
        "months": 2,
        "months_max": 2,
        "total": 2 * 317,
        "total_max": 2 * 317,
        "months_left": 2,
        "months_min": INVENTED["min_payments"],
        "total_min": INVENTED["min_payments"] * 317,
        "next_month": None,
    }
    assert assessment.budget is not None
    assert [(line.code, line.total) for line in assessment.budget.lines] == [
        ("ami", 2 * 317),
        ("bcs", 1637),
        ("merit_aid", 7 * 61),
    ]
    assert assessment.reminder is not None
    assert assessment.reminder.start_by == date(2031, 6, 1)


@pytest.mark.parametrize(("echelon", "yearly"), INVENTED["bcs_yearly"].items())
def test_bcs_is_divided_by_the_payments_of_the_invented_law(echelon: str, yearly: int) -> None:
    assessment = under(INVENTED, echelon=echelon, end=date(2032, 2, 29))
    assert assessment.budget is not None
    # Five payments out of eight, halves up.
    assert assessment.budget.lines[1].total == (2 * 5 * yearly + 8) // 16


def outcome(assessment: Assessment) -> tuple[Any, ...]:
    return (
        assessment.codes("not_met"),
        assessment.estimate,
        assessment.budget,
        assessment.reminder,
        assessment.advice,
    )


@pytest.mark.parametrize(
    ("name", "value", "changes"),
    [
        ("monthly_rate", 318, {}),
        ("min_months", 4, {"end": date(2031, 12, 31)}),
        ("min_months", 4, {"end": date(2031, 10, 5)}),
        ("max_months", 13, {"end": date(2032, 11, 30)}),
        ("max_months", 13, {"end": date(2033, 11, 30)}),
        ("total_months", 12, {"months_received": 12}),
        ("total_months", 12, {"months_received": 5}),
        ("age_limit", 22, {}),
        ("age_limit", 24, {"age": None, "birth_date": date(2007, 10, 15)}),
        ("months_ahead", 5, {}),
        ("bcs_yearly", {**INVENTED["bcs_yearly"], "5": 1699}, {}),
        ("bcs_payments", 11, {}),
        ("merit_monthly", 62, {}),
        ("merit_payments", 6, {}),
    ],
)
def test_each_figure_changes_the_result(name: str, value: Any, changes: dict[str, Any]) -> None:
    assert INVENTED[name] != value
    assert outcome(under({**INVENTED, name: value}, **changes)) != outcome(
        under(INVENTED, **changes)
    )


@pytest.mark.parametrize(
    "absent", ["bcs_yearly", "bcs_payments", "merit_monthly", "merit_payments"]
)
def test_budget_leaves_out_a_grant_without_figures(absent: str) -> None:
    assessment = under({name: value for name, value in INVENTED.items() if name != absent})
    assert assessment.budget is not None
    left_out = "bcs" if absent.startswith("bcs") else "merit_aid"
    codes = {line.code for line in assessment.budget.lines}
    assert codes == {"ami", "bcs", "merit_aid"} - {left_out}


def test_start_before_the_invented_law_is_refused_with_its_first_day() -> None:
    with pytest.raises(InvalidAnswers) as error:
        under(INVENTED, start=date(2031, 8, 31), end=date(2031, 9, 1))
    (problem,) = error.value.problems
    assert problem.params["first_day"] == date(2031, 9, 1)


def changed(name: str, value: Any) -> LawBook:
    """The invented law until 2034-2035, with one figure that changes in 2033-2034."""
    document = book_of(INVENTED)._document
    figure = {
        "unit": "",
        "values": [
            {"from": "2033-2034", "value": value, "sources": []},
            {"from": "2031-2032", "value": INVENTED[name], "sources": []},
        ],
    }
    figures = {**document["figures"], name: figure}
    return LawBook({**document, "last_year": "2034-2035", "figures": figures})


def test_later_value_holds_from_its_year_in_any_order_of_the_document() -> None:
    book = changed("monthly_rate", 331)
    assert {year: book.law_of_year(year).monthly_rate for year in book.years} == {
        "2031-2032": 317,
        "2032-2033": 317,
        "2033-2034": 331,
        "2034-2035": 331,
    }


def test_no_of_the_last_year_only_is_not_certain_without_a_start() -> None:
    book = changed("total_months", 5)
    given: dict[str, Any] = {"months_received": 7}
    assert assess(Answers(**given), today=TODAY, book=book).verdict == "ineligible"
    assert not is_certain_no(given, book)
    assert is_certain_no({"months_received": 13}, book)
    assert is_certain_no({**given, "start": date(2033, 9, 1)}, book)
    assert not is_certain_no({**given, "start": date(2033, 8, 31)}, book)
