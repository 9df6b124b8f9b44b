"""What every view of one student's result draws from its JSON document (`report`): the sources in
the order they are cited, amounts, and the days and months of the calendar."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from ami_cli.rules.primitives import add_months
from ami_cli.words import Words

# The days of the calendar, in the order they are told when they fall together.
EVENTS = ("start_by", "today", "start", "end")
EVENT_MARKS = {"start_by": "▲", "today": "●", "start": "▶", "end": "◀"}
# How a month of the stay is paid, the surest first.
PAID = ("paid", "maybe_paid", "abroad")
PAID_MARKS = {"paid": "■", "maybe_paid": "□", "abroad": "─"}
STATUS_MARKS = {"met": "✓", "not_met": "✗", "missing": "?", "to_check": "~"}


def citing(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every part of a result that cites sources, in the order they are shown."""
    single = [document[name] for name in ("estimate", "reminder") if document[name]]
    return [
        *document["advice"],
        *document["criteria"],
        *single[:-1],
        *document["supplements"],
        *document["cumulation"],
        *single[-1:],
    ]


class References:
    """Sources numbered in the order they are first cited, each with its quotes."""

    def __init__(self, citing: Iterable[Mapping[str, Any]]) -> None:
        self.sources: dict[str, dict[str, Any]] = {}
        for each in citing:
            for source in each["sources"]:
                known = self.sources.setdefault(source["id"], {**source, "quotes": []})
                if source["quote"] and source["quote"] not in known["quotes"]:
                    known["quotes"].append(source["quote"])
        self._numbers = {name: rank for rank, name in enumerate(self.sources, 1)}

    def numbers(self, cited: Mapping[str, Any]) -> tuple[int, ...]:
        """The numbers of the sources of one part."""
        return tuple(sorted({self._numbers[source["id"]] for source in cited["sources"]}))

    def of(self, cited: Mapping[str, Any], words: Words) -> str:
        """The references of one part, after a space: « [1, 3] »; nothing where it cites none."""
        numbers = self.numbers(cited)
        if not numbers:
            return ""
        listed = ",\u00a0".join(str(number) for number in numbers)
        return f" {words('summary.reference', number=listed)}"


class BudgetRow(NamedTuple):
    """One row of the budget as it is shown: the code of a part ("certain", "depends"), of a grant
    in it, or "total"; the rows of a part stand one deeper than its sum."""

    code: str
    title: str
    amount: str
    depth: int


def budget_rows(budget: Mapping[str, Any], words: Words) -> list[BudgetRow]:
    """The rows of a budget: what the student keeps, what is to be decided, and both."""
    rows = []
    parts = {"certain": {"total": budget["certain"]}, "depends": budget["depends"]}
    for name, part in parts.items():
        lines = [line for line in budget["lines"] if line["certain"] == (name == "certain")]
        if lines:
            # The aide au mérite of a scholarship that is not notified is nobody's yet.
            awaited = name == "depends" and any(line["code"] == "merit_aid" for line in lines)
            rows.append(_row("undecided" if awaited else name, part, 0, words))
            rows += [_row(line["code"], line, 1, words) for line in lines]
    return [*rows, _row("total", budget, 0, words)]


def _row(code: str, line: Mapping[str, Any], depth: int, words: Words) -> BudgetRow:
    return BudgetRow(code, words(f"budget.{code}"), _amount(line, words), depth)


def _amount(line: Mapping[str, Any], words: Words) -> str:
    """An amount, or a range where a month is not certain."""
    total, total_max = line["total"], line.get("total_max", line["total"])
    if total == total_max:
        return words.euros(total)
    return words("budget.range", total=words.euros(total), total_max=words.euros(total_max))


def days_of(document: Mapping[str, Any]) -> dict[str, date]:
    """The days of the calendar that are known, by event; for a document that has a reminder."""
    known = {
        "start_by": document["reminder"]["start_by"],
        "today": document["today"],
        "start": document["answers"]["start"],
        "end": document["answers"].get("end"),
    }
    return {name: date.fromisoformat(day) for name, day in known.items() if day}


def in_time(days: Mapping[str, date]) -> list[tuple[str, date]]:
    """The days of the calendar, the first first."""
    return sorted(days.items(), key=lambda item: (item[1], EVENTS.index(item[0])))


def months_abroad(document: Mapping[str, Any]) -> dict[date, str]:
    """The first day of each month of the stay, as months are counted, and how it is paid (PAID):
    for certain, perhaps, or not."""
    start = date.fromisoformat(document["answers"]["start"])
    last = document["answers"].get("end")
    estimate = document["estimate"] or {"months": 0, "months_max": 0}
    found: dict[date, str] = {}
    while last and (day := add_months(start, len(found))) <= date.fromisoformat(last):
        rank = len(found)
        found[day] = (
            "paid"
            if rank < estimate["months"]
            else "maybe_paid"
            if rank < estimate["months_max"]
            else "abroad"
        )
    return found


def years(days: Mapping[str, date], months: Iterable[date]) -> range:
    """The years of the calendar, from the first step to the return: a far today adds none."""
    shown = [day for name, day in days.items() if name != "today"] + list(months)
    return range(min(shown).year, max(shown).year + 1)
