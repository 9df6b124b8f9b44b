"""The primitives on columns are those on the values of one student."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ami_cli.batch.primitives  # noqa: F401  registers them
from ami_cli.answers import EARLIEST_DATE, LATEST_DATE
from ami_cli.rules.primitives import (
    ONE_DAY,
    add_months,
    days_between,
    is_no,
    least,
    left_open,
    months_begun,
    one_of,
    whole_months,
    years_between,
)


def on_columns(primitive: Callable[..., Any], *columns: Any) -> pl.Expr:
    """Call a primitive on columns, which its declared types do not know."""
    column = primitive(*columns)
    assert isinstance(column, pl.Expr)
    return column


DAYS = [date(2027, 1, 1) + timedelta(days) for days in range(3 * 365 + 1)]


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "primitive",
    [whole_months, months_begun, days_between, years_between],
    ids=lambda primitive: primitive.__name__,
)
def test_a_primitive_of_two_days_is_the_same_on_columns(primitive: Any) -> None:
    """Every day of three years, leap February included, after each day at the edge of a month."""
    for rank, first in enumerate(DAYS):
        if 2 < first.day < 28:
            continue
        later = pl.DataFrame({"first": [first] * len(DAYS[rank:]), "later": DAYS[rank:]})
        column = later.select(on_columns(primitive, pl.col("first"), pl.col("later")))
        assert column.to_series().to_list() == [primitive(first, day) for day in DAYS[rank:]]


@pytest.mark.parametrize("months", [-13, -6, -1, 0, 1, 10, 25])
def test_months_are_added_alike(months: int) -> None:
    frame = pl.DataFrame({"day": DAYS, "months": [months] * len(DAYS)})
    expected = [add_months(day, months) for day in DAYS]
    for number in (months, pl.col("months")):
        column = frame.select(on_columns(add_months, pl.col("day"), number))
        assert column.to_series().to_list() == expected


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (EARLIEST_DATE, date(1901, 12, 31)),
        (date(2098, 1, 1), LATEST_DATE + ONE_DAY),
        (EARLIEST_DATE, LATEST_DATE),
    ],
)
def test_all_days_that_an_answer_may_be_are_computed_alike(first: date, last: date) -> None:
    chosen = random.Random(5)
    days = [first + timedelta(chosen.randrange((last - first).days + 1)) for _ in range(2_000)]
    days += [first, last]
    pairs = [sorted(pair) for pair in zip(days, reversed(days), strict=True)]
    frame = pl.DataFrame(pairs, schema={"first": pl.Date, "later": pl.Date}, orient="row")
    for primitive in (whole_months, months_begun, days_between, years_between):
        column = on_columns(primitive, pl.col("first"), pl.col("later"))
        expected = [primitive(*pair) for pair in pairs]
        assert frame.select(column).to_series().to_list() == expected
    for months in (-36, -13, -6, 25, 36):
        column = on_columns(add_months, pl.col("first"), months)
        expected_days = [add_months(pair[0], months) for pair in pairs]
        assert frame.select(column).to_series().to_list() == expected_days


@pytest.mark.parametrize("day", [date(1879, 12, 31), date(2120, 1, 1), date(1, 1, 1)])
def test_a_day_that_no_answer_may_be_raises(day: date) -> None:
    """It is never taken for another day."""
    with pytest.raises(pl.exceptions.PolarsError):
        pl.select(on_columns(years_between, pl.lit(DAYS[0]), pl.lit(day)))


@pytest.mark.parametrize("unknown", ["first", "later", "both"])
def test_primitives_of_null_are_null(unknown: str) -> None:
    known = pl.lit(DAYS[0])
    first = pl.lit(None, pl.Date) if unknown != "later" else known
    later = pl.lit(None, pl.Date) if unknown != "first" else known
    truth = pl.lit(None, pl.Boolean)
    for column in (
        on_columns(whole_months, first, later),
        on_columns(months_begun, first, later),
        on_columns(years_between, first, later),
        on_columns(least, first.dt.year(), later.dt.year()),
        on_columns(add_months, pl.lit(None, pl.Date), 6),
        on_columns(one_of, pl.lit(None, pl.String), "a"),
        on_columns(left_open, truth, truth),
        on_columns(is_no, truth),
    ):
        assert pl.select(column).item() is None


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("otherwise", [True, False])
def test_left_open_is_null_on_columns(is_open: bool, otherwise: bool) -> None:
    frame = pl.DataFrame({"open": [is_open], "otherwise": [otherwise]})
    column = on_columns(left_open, pl.col("open"), pl.col("otherwise"))
    assert frame.select(column).item() is left_open(is_open, otherwise)


@pytest.mark.parametrize("value", [True, False])
def test_is_no_is_the_same_on_columns(value: bool) -> None:
    frame = pl.DataFrame({"value": [value, None]})
    column = frame.select(on_columns(is_no, pl.col("value")))
    assert column.to_series().to_list() == [is_no(value), None]


@given(st.integers(-5, 70), st.integers(-5, 70))
def test_least_is_the_same_on_columns(first: int, second: int) -> None:
    assert pl.select(on_columns(least, pl.lit(first), second)).item() == least(first, second)
