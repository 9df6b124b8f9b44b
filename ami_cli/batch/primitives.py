"""Registers the primitives of `rules.primitives` for columns: expressions of polars.

A test proves both forms equal on every pair of dates of a window. A day is computed with as one
number, 12 x 32 for a year, 32 for a month and 1 for a day, so that months and years between two
days are a subtraction and a division. The numbers of the usual days stand in a table, because a
lookup costs a quarter of what polars takes to split a date; other days are split.
"""

from collections.abc import Callable
from datetime import date
from functools import cache, reduce
from operator import or_
from typing import Any

import polars as pl

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
_FIRST_DAY, _LAST_DAY = date(1880, 1, 1), date(2119, 12, 31)

Conversion = Callable[[pl.Expr], pl.Expr]


@add_months.register(pl.Expr)
def _(day: pl.Expr, months: Any) -> pl.Expr:
    first, last = (YEAR * day.year + MONTH * day.month for day in (_FIRST_DAY, _LAST_DAY))
    return _looked_up(day_number(day) + MONTH * months, _day_of, first + 1, last + 31, pl.Date)


@whole_months.register(pl.Expr)
def _(start: pl.Expr, until: pl.Expr) -> pl.Expr:
    # The last day of a month completes a month begun on any later day: it counts as the 31st.
    return (day_number(until, _number_to_31) - day_number(start)) // MONTH


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


def _number(day: pl.Expr) -> pl.Expr:
    month = YEAR * day.dt.year() + MONTH * day.dt.month().cast(pl.Int32)
    return month + day.dt.day().cast(pl.Int32)


def _number_to_31(day: pl.Expr) -> pl.Expr:
    is_last = day.dt.day() == day.dt.days_in_month()
    return _number(day) + pl.when(is_last).then(31 - day.dt.day().cast(pl.Int32)).otherwise(0)


def day_number(day: pl.Expr, convert: Conversion = _number) -> pl.Expr:
    """Return each day as one number; see the top of this module."""
    first, last = ((day - date(1970, 1, 1)).days for day in (_FIRST_DAY, _LAST_DAY))
    return _looked_up(day, convert, first, last, pl.Int32)


def _day_of(number: pl.Expr) -> pl.Expr:
    """Return the day of a number, clipped to the end of its month."""
    month = number // MONTH - 1
    first = pl.date(month // 12, month % 12 + 1, 1)
    last = first.dt.days_in_month().cast(pl.Int32)
    return first + pl.duration(days=pl.min_horizontal(number % MONTH, last) - 1)


def _looked_up(
    column: pl.Expr, convert: Conversion, first: int, last: int, dtype: type[pl.DataType]
) -> pl.Expr:
    """Return what `convert` gives: from a table if all values are between `first` and `last`."""

    def look_up(values: pl.Series) -> pl.Series:
        ranks = values.to_physical() - first
        if ((ranks < 0) | (ranks > last - first)).any():
            return _converted(values, convert)
        return _table(convert, first, last, values.dtype).gather(ranks)

    return column.map_batches(look_up, return_dtype=dtype, is_elementwise=True)


@cache
def _table(convert: Conversion, first: int, last: int, dtype: pl.DataType) -> pl.Series:
    values = pl.int_range(first, last + 1, dtype=pl.Int32, eager=True).cast(dtype)
    return _converted(values, convert)


def _converted(values: pl.Series, convert: Conversion) -> pl.Series:
    return values.to_frame("value").select(convert(pl.col("value"))).to_series()
