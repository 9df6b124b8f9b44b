"""Defines the functions that rules may call: the only ones that exist twice.

Here they take the values of one student; `batch.columns` registers them for column expressions
(`functools.singledispatch`, on the type of the first argument), and a test proves both equal.
Months are calendar months: from a day to the same day of a later month, clipped to the end of a
shorter month (31 January + 1 month = 28 February).
"""

from calendar import monthrange
from datetime import date, timedelta
from functools import singledispatch

ONE_DAY = timedelta(days=1)


@singledispatch
def add_months(day: date, months: int) -> date:
    """Return the day `months` calendar months later (earlier if negative), clipped to the month."""
    ahead = 12 * day.year + day.month - 1 + months
    year, month = divmod(ahead, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@singledispatch
def whole_months(start: date, until: date) -> int:
    """Return the whole calendar months from `start` to `until`, `until` not included."""
    months = 12 * (until.year - start.year) + until.month - start.month
    return months - (until.day < min(start.day, monthrange(until.year, until.month)[1]))


@singledispatch
def months_begun(start: date, until: date) -> int:
    """Return the calendar months begun from `start` to `until`, `until` not included."""
    months = whole_months(start, until)
    return months + (add_months(start, months) < until)


@singledispatch
def years_between(birth: date, day: date) -> int:
    """Return the age in whole years; a birthday on 29 February is 1 March in common years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


@singledispatch
def one_of(value: object, *options: str) -> bool:
    """Tell whether the value is one of the options."""
    return value in options


@singledispatch
def least(first: int, second: int) -> int:
    """Return the smaller of two numbers."""
    return min(first, second)


@singledispatch
def left_open(is_open: bool, otherwise: bool) -> bool | None:
    """Return None where the texts leave the question open, else `otherwise`."""
    return None if is_open else otherwise


@singledispatch
def is_no(value: bool) -> bool:
    """Tell whether an answer is no."""
    return not value
