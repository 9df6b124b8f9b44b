"""What rules ask of values: calendar months and years against their definition, word for word."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from ami_cli.rules.primitives import (
    ONE_DAY,
    add_months,
    least,
    left_open,
    months_begun,
    one_of,
    whole_months,
    years_between,
)

# Three years around a leap February.
FIRST, LAST = date(2027, 1, 1), date(2029, 12, 31)


def days(first: date, last: date) -> list[date]:
    return [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]


WINDOW = days(FIRST, LAST)


def clipped(year: int, month: int, day: int) -> date:
    """The day of a month, or the last one the month has: by trying."""
    for number in range(day, 27, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    return date(year, month, day)


def later(start: date) -> Iterator[date]:
    """start ⊕ 0, start ⊕ 1, start ⊕ 2 …, counted on the fingers."""
    year, month = start.year, start.month
    while True:
        yield clipped(year, month, start.day)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def months_by_definition(start: date, last: date) -> Iterator[tuple[date, int, int]]:
    """Each day until `last` with its whole months (the largest n with start ⊕ n ≤ day) and its
    months begun (n + 1 when start ⊕ n < day)."""
    number, reached, ahead = 0, start, later(start)
    assert next(ahead) == start
    following = next(ahead)
    for until in days(start, last):
        while following <= until:
            number, reached, following = number + 1, following, next(ahead)
        yield until, number, number + (reached < until)


@pytest.mark.no_cover
def test_months_equal_their_definition_on_every_pair_of_dates_of_three_years() -> None:
    pairs = 0
    for start in WINDOW:
        expected = list(months_by_definition(start, LAST))
        computed = [
            (until, whole_months(start, until), months_begun(start, until))
            for until, _, _ in expected
        ]
        assert computed == expected, start
        pairs += len(computed)
    assert pairs == 1096 * 1097 // 2


def test_add_months_gives_the_same_day_of_a_later_month_or_its_last() -> None:
    for start in WINDOW:
        for number, day in zip(range(40), later(start), strict=False):
            assert add_months(start, number) == day, (start, number)


def test_add_months_negative_gives_the_same_day_of_an_earlier_month_or_its_last() -> None:
    for start in WINDOW:
        year, month = start.year, start.month
        for number in range(30):
            assert add_months(start, -number) == clipped(year, month, start.day), (start, number)
            year, month = (year - 1, 12) if month == 1 else (year, month - 1)


@pytest.mark.parametrize(
    ("first", "last", "whole", "begun"),
    [
        ("2025-10-01", "2025-10-31", 1, 1),
        ("2025-10-01", "2025-10-30", 0, 1),
        ("2025-10-01", "2025-11-01", 1, 2),
        ("2024-09-01", "2025-06-30", 10, 10),
        ("2024-09-01", "2025-07-01", 10, 11),
        ("2026-02-01", "2026-02-28", 1, 1),
        ("2028-02-01", "2028-02-28", 0, 1),
        ("2028-02-01", "2028-02-29", 1, 1),
        ("2026-01-31", "2026-02-27", 1, 1),
        ("2026-01-31", "2026-02-26", 0, 1),
        ("2026-01-31", "2026-02-28", 1, 2),
        ("2028-01-30", "2028-02-28", 1, 1),
        ("2026-12-15", "2027-01-14", 1, 1),
        ("2026-12-15", "2026-12-15", 0, 1),
    ],
)
def test_months_of_a_stay_include_its_last_day(
    first: str, last: str, whole: int, begun: int
) -> None:
    start, until = date.fromisoformat(first), date.fromisoformat(last) + ONE_DAY
    assert (whole_months(start, until), months_begun(start, until)) == (whole, begun)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-08-31", -6, "2026-02-28"),
        ("2028-08-31", -6, "2028-02-29"),
        ("2026-11-30", 1, "2026-12-30"),
        ("2026-12-01", 1, "2027-01-01"),
        ("2027-01-01", -1, "2026-12-01"),
        ("2026-02-28", 12, "2027-02-28"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", -48, "2024-02-29"),
        ("1900-01-31", 1, "1900-02-28"),
        ("2026-05-17", 0, "2026-05-17"),
    ],
)
def test_add_months_clips_to_the_end_of_a_shorter_month(
    day: str, months: int, expected: str
) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(expected)


def test_one_day_is_one_day() -> None:
    assert timedelta(hours=24) == ONE_DAY


# --- years ---------------------------------------------------------------------------------------


def birthdays(birth: date) -> Iterator[date]:
    """The first birthday, the second … ; 29 February comes on 1 March in common years."""
    year = birth.year
    while True:
        year += 1
        try:
            yield date(year, birth.month, birth.day)
        except ValueError:
            yield date(year, 3, 1)


def test_years_between_counts_birthdays() -> None:
    """Every day of a leap year, over a leap year and the common years beside it."""
    for birth in days(date(2000, 1, 1), date(2000, 12, 31)):
        age, coming = 0, birthdays(birth)
        following = next(coming)
        for day in WINDOW:
            while following <= day:
                age, following = age + 1, next(coming)
            assert years_between(birth, day) == age, (birth, day)


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        ("2000-02-29", "2028-02-28", 27),
        ("2000-02-29", "2028-02-29", 28),
        ("2000-02-29", "2027-02-28", 26),
        ("2000-02-29", "2027-03-01", 27),
        ("1999-02-28", "2027-02-28", 28),
        ("1997-10-01", "2025-09-30", 27),
        ("1997-10-01", "2025-10-01", 28),
        ("1997-10-02", "2025-10-01", 27),
        ("1997-12-31", "2025-01-01", 27),
        ("2000-02-29", "2100-02-28", 99),
        ("2000-02-29", "2100-03-01", 100),
        ("2026-05-05", "2026-05-05", 0),
    ],
)
def test_years_between_changes_on_the_birthday_and_on_1_march_for_29_february(
    birth: str, day: str, age: int
) -> None:
    assert years_between(date.fromisoformat(birth), date.fromisoformat(day)) == age


# --- words and numbers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "options", "expected"),
    [
        ("6", ("6", "7"), True),
        ("7", ("6", "7"), True),
        ("5", ("6", "7"), False),
        ("bcs", ("bcs",), True),
        ("bc", ("bcs",), False),
        ("", ("bcs",), False),
        ("bcs", (), False),
    ],
)
def test_one_of_compares_whole_options(
    value: str, options: tuple[str, ...], expected: bool
) -> None:
    assert one_of(value, *options) is expected


@pytest.mark.parametrize(("first", "second"), [(3, 10), (10, 3), (4, 4), (0, 1), (-2, 0)])
def test_least_is_the_smaller_number(first: int, second: int) -> None:
    assert least(first, second) == sorted((first, second))[0]


@pytest.mark.parametrize("otherwise", [True, False])
def test_left_open_is_none_where_open(otherwise: bool) -> None:
    assert left_open(True, otherwise=otherwise) is None
    assert left_open(False, otherwise=otherwise) is otherwise
