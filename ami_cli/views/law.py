"""The law of one year in the reader's language: criteria, figures and what else is cited."""

from datetime import date
from typing import Any

from ami_cli.law import Ground, Law, law_book
from ami_cli.registers import REGISTERS
from ami_cli.rules.conditions import in_order
from ami_cli.rules.criteria import CRITERIA
from ami_cli.views.result import cited, json_value, register_source
from ami_cli.words import Words

IN_CRITERIA = frozenset(name for criterion in CRITERIA for name in criterion.grounds)


def law_report(law: Law, words: Words) -> dict[str, Any]:
    """The dict that `ami rules --json` prints: every value with its unit, its sources and quotes,
    the first known academic year from which on it has held (`since`), and whether it is carried
    over."""
    figures = {
        "min_months": words.count("month", law.min_months),
        "max_months": words.count("month", law.max_months),
        "total_months": words.count("month", law.total_months),
        "age_limit": words.count("year", law.age_limit),
    }
    dated = [ground for ground in law.grounds.values() if ground.since is not None]
    return {
        "schema_version": "1",
        "lang": words.lang,
        "academic_year": law.year_known,
        "basis": law.basis,
        "provisional": law.provisional,
        "note": words("law.provisional", basis=law.basis)
        if law.provisional
        else words("law.published"),
        "years": list(law_book().years),
        "criteria": [
            {
                "code": criterion.code,
                "title": words(f"criteria.{criterion.code}"),
                "text": words(f"law.criteria.{criterion.code}", **figures),
                "answers": list(in_order(set(criterion.asks))),
                "grounds": list(criterion.grounds),
                "sources": [
                    cited(source)
                    for name in criterion.grounds
                    for source in law.grounds[name].sources
                ],
            }
            for criterion in CRITERIA
        ],
        "figures": [_ground(ground, law, words) for ground in dated if ground.value is not None],
        "other": [
            _ground(ground, law, words)
            for ground in law.grounds.values()
            if ground.since is None or (ground.value is None and ground.name not in IN_CRITERIA)
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


def _ground(ground: Ground, law: Law, words: Words) -> dict[str, Any]:
    if ground.since is None:
        status = words("law.as_of_its_text")
    elif law.provisional:
        status = words("law.carried", basis=law.basis)
    else:
        status = words("law.since", since=_since(ground, law))
    return {
        "name": ground.name,
        "title": words(f"law.figures.{ground.name}"),
        "value": json_value(ground.value),
        "unit": ground.unit,
        "text": _value(ground, words),
        "since": _since(ground, law),
        "provisional": law.provisional and ground.since is not None,
        "status": status,
        "sources": [cited(source) for source in ground.sources],
    }


def _since(ground: Ground, law: Law) -> str | None:
    """The first of the known years from which on a figure has been what it is."""
    since = ground.since
    if since is None or ground.value is None:
        return since
    book = law_book()
    for year in reversed([each for each in book.years if each < since]):
        before = book.law_of_year(year).grounds.get(ground.name)
        if before is None or before.value != ground.value:
            break
        since = year
    return since


def _value(ground: Ground, words: Words) -> str | None:
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
            return words.count({"months": "month", "years": "year"}[str(unit)], number)
