"""Registers the primitives of `rules.primitives` for columns: expressions of polars.

A test proves both forms equal on every pair of dates of a window. A day is computed with as one
number, 12 x 32 for a year, 32 for a month and 1 for a day, so that months and years between two
days are a subtraction and a division. The numbers stand in a table, because a lookup costs a
quarter of what polars takes to split a date.
"""

from datetime import date
from functools import cache, reduce
from operator import or_
from typing import Any

import polars as pl

from ami_cli.answers import EARLIEST_DATE, LATEST_DATE
from ami_cli.rules.primitives import (
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

MONTH = 32
YEAR = 12 * MONTH
# The days of the table: those that an answer may be, and those of rules some months beside them.
_FIRST_DAY, _LAST_DAY = date(EARLIEST_DATE.year - 20, 1, 1), date(LATEST_DATE.year + 20, 12, 31)


@add_months.register(pl.Expr)
def _(day: pl.Expr, months: Any) -> pl.Expr:
    return looked_up(day_number(day) + MONTH * months - _calendar()["number"][0], _days())


@whole_months.register(pl.Expr)
def _(start: pl.Expr, until: pl.Expr) -> pl.Expr:
    # The last day of a month completes a month begun on any later day: it counts as the 31st.
    return (day_number(until, "number_to_31") - day_number(start)) // MONTH


@months_begun.register(pl.Expr)
def _(start: pl.Expr, until: pl.Expr) -> pl.Expr:
    return -((day_number(start) - day_number(until)) // MONTH)


@days_between.register(pl.Expr)
def _(start: pl.Expr, until: pl.Expr) -> pl.Expr:
    return until.to_physical() - start.to_physical()


@years_between.register(pl.Expr)
def _(birth: pl.Expr, day: pl.Expr) -> pl.Expr:
    return (day_number(day) - day_number(birth)) // YEAR


@one_of.register(pl.Expr)
def _(value: pl.Expr, *options: str) -> pl.Expr:
    return reduce(or_, (value == option for option in options))


@is_no.register(pl.Expr)
def _(value: pl.Expr) -> pl.Expr:
    return value == False  # noqa: E712


@least.register(pl.Expr)
def _(first: pl.Expr, second: Any) -> pl.Expr:
    # Not min_horizontal, which passes over a null.
    return pl.when(first <= second).then(first).when(first > second).then(second)


@left_open.register(pl.Expr)
def _(is_open: pl.Expr, otherwise: pl.Expr) -> pl.Expr:
    return pl.when(~is_open).then(otherwise)


# --- days as numbers -----------------------------------------------------------------------------


def day_number(day: pl.Expr, number: str = "number") -> pl.Expr:
    """Return each day as one number; see the top of this module.

    With "number_to_31", the last day of every month counts as its 31st.
    """
    return looked_up(day.to_physical() - (_FIRST_DAY - date(1970, 1, 1)).days, _calendar()[number])


def looked_up(rank: pl.Expr, table: pl.Series) -> pl.Expr:
    """Return the values of a table at some ranks. A rank that it lacks raises PolarsError."""
    return pl.lit(table).gather(rank.cast(pl.UInt32))


@cache
def _calendar() -> pl.DataFrame:
    """Return every day of the table with its numbers."""
    day = pl.col("day").dt.day().cast(pl.Int32)
    month = YEAR * pl.col("day").dt.year() + MONTH * pl.col("day").dt.month().cast(pl.Int32)
    is_last = day == pl.col("day").dt.days_in_month()
    days = pl.date_range(_FIRST_DAY, _LAST_DAY, eager=True).alias("day")
    return days.to_frame().with_columns(
        number=month + day, number_to_31=month + pl.when(is_last).then(31).otherwise(day)
    )


@cache
def _days() -> pl.Series:
    """Return the day of each number from the first one; a day that a month lacks is its last."""
    numbers = _calendar()["number"]
    every = pl.int_range(numbers[0], numbers[-1] + 1, dtype=pl.Int32, eager=True).alias("number")
    return every.to_frame().join_asof(_calendar(), on="number")["day"]
