"""Reads the law of the AMI, dated values in `ami.toml`, and gives the law of one stay.

The year that counts is the academic year (1 September to 31 August) that holds the larger part of
the stay: the one in which it starts, or the next one.
After the last year known its values are carried over and the law says so (`provisional`,
`basis`); before the first year known there is no law to apply.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from ami_cli.failures import InvalidAnswers, Problem


class Source(NamedTuple):
    """Where a value or a condition comes from; `quote` is verbatim, or None."""

    id: str
    title: str
    url: str | None
    quote: str | None


class Ground(NamedTuple):
    """What a result rests on: a dated figure (`value` and `unit`), a text or a fact."""

    name: str
    value: Any
    unit: str | None
    since: str | None
    sources: tuple[Source, ...]


class Law(NamedTuple):
    """The figures in force for a stay.

    Durations are calendar months, amounts whole euros, `age_limit` the first age that fails,
    `days_per_month` the length of a month for those who count it in days.
    `min_payments` and the figures of the other grants are None (`bcs_yearly`: empty) where no
    text gives them.
    """

    academic_year: str | None  # None: the start of the stay is not known
    basis: str
    provisional: bool
    first_day: date  # first day of the first academic year known
    grounds: Mapping[str, Ground]
    # The dated figures, each named as in `ami.toml`: they are declared here and nowhere else.
    monthly_rate: int
    min_months: int
    days_per_month: int
    max_months: int
    total_months: int
    age_limit: int
    months_ahead: int
    min_payments: int | None = None
    bcs_yearly: Mapping[str, int] = MappingProxyType({})
    bcs_payments: int | None = None
    merit_monthly: int | None = None
    merit_payments: int | None = None

    @property
    def year_known(self) -> str:
        """Return the academic year that is shown: that of the stay, or the one it is judged by."""
        return self.academic_year or self.basis

    def fact(self, name: str) -> Any:
        """Return the value of a figure or of a fact about another scheme."""
        return self.grounds[name].value


class LawBook:
    """Every year of one law document (the form of `ami.toml`)."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self.first_year: str = document["first_year"]
        self.last_year: str = document["last_year"]
        self.first_day = date(int(self.first_year[:4]), 9, 1)
        self._laws: dict[str | None, Law] = {}

    @property
    def figures(self) -> tuple[str, ...]:
        """Return the names of the dated figures, which are fields of `Law`."""
        return tuple(self._document["figures"])

    @property
    def years(self) -> tuple[str, ...]:
        """Return the academic years known, from the first to the last."""
        first, last = int(self.first_year[:4]), int(self.last_year[:4])
        return tuple(year_label(year) for year in range(first, last + 1))

    def law_of(self, start: date | None, end: date | None = None) -> Law:
        """Return the law of a stay; without a start, the last year applies.

        Raises InvalidAnswers when the stay counts for a year before the first one known.
        """
        return self.law_of_year(None if start is None else year_of_stay(start, end))

    def law_of_year(self, year: str | None) -> Law:
        """Return the law of a year such as "2025-2026". Raises InvalidAnswers as `law_of`."""
        if year not in self._laws:
            if year is not None and year < self.first_year:
                raise InvalidAnswers(self.too_early())
            self._laws[year] = self._build(year)
        return self._laws[year]

    def too_early(self) -> Problem:
        """Return the problem of a stay that counts for a year before the first one known."""
        years = {"first_year": self.first_year, "last_year": self.last_year}
        return Problem("start_too_early", "start", {**years, "first_day": self.first_day})

    def _build(self, year: str | None) -> Law:
        basis = self.last_year if year is None or year > self.last_year else year
        figures = {
            name: ground
            for name, figure in self._document["figures"].items()
            if (ground := self._in_force(name, figure["values"], figure["unit"], basis))
        }
        texts = {
            name: ground
            for name, versions in self._document["texts"].items()
            if (ground := self._in_force(name, versions, None, basis))
        }
        facts = {
            name: Ground(name, fact.get("value"), fact.get("unit"), None, self._sources(fact))
            for name, fact in self._document["facts"].items()
        }

        return Law(
            academic_year=year,
            basis=basis,
            provisional=year is not None and year > self.last_year,
            first_day=self.first_day,
            grounds={**figures, **texts, **facts},
            **{name: ground.value for name, ground in figures.items()},
        )

    def _in_force(
        self, name: str, versions: list[dict[str, Any]], unit: str | None, year: str
    ) -> Ground | None:
        past = [version for version in versions if version["from"] <= year]
        if not past:
            return None
        version = max(past, key=lambda version: version["from"])
        return Ground(name, version.get("value"), unit, version["from"], self._sources(version))

    def _sources(self, entry: Mapping[str, Any]) -> tuple[Source, ...]:
        return tuple(
            Source(
                id=cited["id"],
                title=self._document["sources"][cited["id"]]["title"],
                url=self._document["sources"][cited["id"]].get("url"),
                quote=cited.get("quote"),
            )
            for cited in entry["sources"]
        )


def year_label(first: int) -> str:
    """Return the academic year that begins in a year: 2025 → "2025-2026"."""
    return f"{first}-{first + 1}"


def academic_year(day: date) -> str:
    """Return the academic year of a day: "2025-2026" from 1 September 2025 to 31 August 2026."""
    return year_label(day.year if day.month >= 9 else day.year - 1)


def year_of_stay(start: date, end: date | None = None) -> str:
    """Return the academic year that counts: that of the middle day of the stay, which is the year
    of its larger part, as institutions count (S22 in `ami.toml`; no text of the State says it).

    It is the year in which the stay starts or the next one; without an end, the year of the start.
    `batch.columns.year_of_stay` is the same on columns.
    """
    middle = start if end is None else start + (end - start) // 2
    next_year = year_label(int(academic_year(start)[:4]) + 1)
    return min(academic_year(middle), next_year)


def first_end_in_the_next_year(start: date) -> date:
    """Return the first end with which a stay counts for the year after that of its start."""
    next_september = date(int(academic_year(start)[5:]), 9, 1)
    return next_september + (next_september - start)


@cache
def law_book() -> LawBook:
    """Return the law as published with this program (`law/ami.toml`)."""
    import tomllib

    return LawBook(tomllib.loads(Path(__file__).with_name("ami.toml").read_text("utf-8")))
