"""Reports the law of one year in the reader's language: criteria, figures, what else is cited."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from ami_cli.law import Ground, Law, law_book
from ami_cli.registers import REGISTERS
from ami_cli.rules.conditions import in_order
from ami_cli.rules.criteria import CRITERIA
from ami_cli.views.result import json_value, law_source, register_source
from ami_cli.words import Words

_IN_CRITERIA = frozenset(name for criterion in CRITERIA for name in criterion.grounds)


def law_report(law: Law, words: Words) -> dict[str, Any]:
    """Return the dict that `ami rules --json` prints: every value with its unit, its sources and
    quotes, the first known academic year from which on it has held (`since`), and whether it is
    carried over."""
    figures = {
        "min_months": words.count("month", law.min_months),
        "max_months": words.count("month", law.max_months),
        "total_months": words.count("month", law.total_months),
        "age_limit": words.count("year", law.age_limit),
    }
    grounds = law.grounds.values()
    return {
        "schema_version": "1",
        "lang": words.lang,
        "academic_year": law.year_known,
        "basis": law.basis,
        "provisional": law.provisional,
        "note": words(f"law.{'provisional' if law.provisional else 'published'}", basis=law.basis),
        "years": list(law_book().years),
        "criteria": [
            {
                "code": criterion.code,
                "title": words(f"criteria.{criterion.code}"),
                "text": words(f"law.criteria.{criterion.code}", **figures),
                "answers": list(in_order(set(criterion.asks))),
                "grounds": list(criterion.grounds),
                "sources": _sources(law.grounds[name] for name in criterion.grounds),
            }
            for criterion in CRITERIA
        ],
        "figures": [
            _ground(ground, law, words)
            for ground in grounds
            if ground.since is not None and ground.value is not None
        ],
        "other": [
            _ground(ground, law, words)
            for ground in grounds
            if ground.since is None or (ground.value is None and ground.name not in _IN_CRITERIA)
        ],
        "data": [
            {
                "name": register.name,
                "dataset": register.dataset,
                "as_of": register.as_of,
                "rows": register.rows,
                "text": words(f"law.data.{register.name}", rows=words.number(register.rows)),
                "sources": [register_source(register, words)],
            }
            for register in REGISTERS
        ],
    }


def _sources(grounds: Iterable[Ground]) -> list[Any]:
    return [law_source(source) for ground in grounds for source in ground.sources]


def _ground(ground: Ground, law: Law, words: Words) -> dict[str, Any]:
    since = _since(ground)
    code = "as_of_its_text" if since is None else "carried" if law.provisional else "since"
    return {
        "name": ground.name,
        "title": words(f"law.figures.{ground.name}"),
        "value": json_value(ground.value),
        "unit": ground.unit,
        "text": _value_text(ground, words),
        "since": since,
        "provisional": law.provisional and since is not None,
        "status": words(f"law.{code}", basis=law.basis, since=since),
        "sources": _sources([ground]),
    }


def _since(ground: Ground) -> str | None:
    """Return the first of the known years from which on a figure has been what it is."""
    since = ground.since
    if since is None or ground.value is None:
        return since
    book = law_book()
    for year in reversed([year for year in book.years if year < since]):
        before = book.law_of_year(year).grounds.get(ground.name)
        if before is None or before.value != ground.value:
            break
        since = year
    return since


def _value_text(ground: Ground, words: Words) -> str | None:
    match ground.value, ground.unit:
        case None, _:
            return None
        case dict() as by_echelon, _:
            return ", ".join(
                words(
                    "law.units.echelon",
                    echelon=words.value("echelon", echelon),
                    amount=words.euros(amount),
                )
                for echelon, amount in by_echelon.items()
            )
        case date() as day, _:
            return words.date(day)
        case amount, "euros":
            return words.euros(amount)
        case amount, "euros_per_month":
            return words("law.units.euros_per_month", amount=words.euros(amount))
        case number, "times":
            return words("law.units.times", n=number)
        case number, unit:
            return words.count(str(unit).removesuffix("s"), number)
