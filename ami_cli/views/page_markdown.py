"""One student's result as Markdown: what the page of HTML says, in the same order.

CommonMark and the tables of GitHub, one paragraph per line, readable as plain text too. What a
person typed is escaped, so that it is never markup; numbers in brackets name no link.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ami_cli.views.parts import EVENT_MARKS, PAID_MARKS, STATUS_MARKS
from ami_cli.views.sheet import Budget, Calendar, Entry, Quote, Sheet, is_link, sheet
from ami_cli.words import Words


def page_markdown(document: Mapping[str, Any], words: Words, command: str, *, health: bool) -> str:
    """The page of the document of `report`; `command` gives the same result again, `health` says
    whether the document holds an answer on health."""
    content = sheet(document, words, command, health=health)
    return "\n\n".join(_blocks(content, words)) + "\n"


def _blocks(content: Sheet, words: Words) -> Iterator[str]:
    verdict = content.verdict
    yield f"# {_safe(content.title)}"
    yield f"**{_safe(content.caution)}**"
    yield f"{_safe(content.made)}. {_safe(content.rules)}"
    yield f"## {_safe(verdict.word)}"
    yield f"**{_safe(verdict.headline)}**"
    if verdict.amount:
        yield f"**{_safe(verdict.amount)}**"
    yield from map(_safe, verdict.notes)
    if content.advice:
        yield _heading("summary.advice", words)
        yield _lines(_advised(change, words) for change in content.advice)
    yield _heading("summary.criteria", words)
    yield _lines(_entry(criterion, words) for criterion in content.criteria)
    if content.estimate is not None:
        yield _heading("summary.estimate", words)
        estimate = content.estimate
        yield f"**{_safe(estimate.text)}**{_references(estimate.numbers, words)}"
        yield from map(_safe, estimate.notes)
        yield from _quotes(estimate.quotes, words)
    if content.budget is not None:
        yield _heading("summary.budget", words)
        yield _budget(content.budget, words)
        yield _safe(content.budget.note)
    yield _heading("summary.supplements", words)
    yield _lines(_entry(ground, words) for ground in content.supplements)
    yield from map(_safe, content.supplement_notes)
    yield _heading("summary.cumulation", words)
    yield _lines(_entry(grant, words) for grant in content.cumulation)
    if content.calendar is not None:
        yield _heading("summary.calendar", words)
        yield from _calendar(content.calendar, words)
    yield _heading("summary.next_steps", words)
    yield "\n".join(f"{rank}. {_safe(step)}" for rank, step in enumerate(content.steps, 1))
    yield _heading("summary.sources", words)
    yield "\n".join(
        f"-{_references([source.number], words)} {_safe(source.title)}{_link(source.url)}"
        for source in content.sources
    )
    yield from _origin(content, words)
    yield from map(_safe, content.closing)


def _heading(key: str, words: Words) -> str:
    return f"## {_safe(words(key))}"


def _lines(entries: Iterable[tuple[str, Sequence[str]]]) -> str:
    """A list of points, each with a list of what stands under it."""
    return "\n".join(
        line for point, under in entries for line in (f"- {point}", *(f"  - {x}" for x in under))
    )


def _advised(change: Entry, words: Words) -> tuple[str, Sequence[str]]:
    said = f"{change.said[0]} ({change.title})"
    return _safe(said) + _references(change.numbers, words), _quotes(change.quotes, words)


def _entry(entry: Entry, words: Words) -> tuple[str, Sequence[str]]:
    mark = f"{_MARKS[entry.mark]} " if entry.mark in _MARKS else ""
    title = f"**{_safe(entry.title + words('format.colon').rstrip())}** {_safe(entry.word)}"
    under = [*map(_safe, (*entry.said, *entry.notes)), *_quotes(entry.quotes, words)]
    return f"{mark}{title}{_references(entry.numbers, words)}", under


_MARKS = {**STATUS_MARKS, "to_check": "≈"}  # a tilde is markup


def _quotes(quotes: Iterable[Quote], words: Words) -> list[str]:
    return [
        f"*{_safe(words('format.quote', text=quote.text))}*{_references([quote.number], words)}"
        for quote in quotes
    ]


def _references(numbers: Iterable[int], words: Words) -> str:
    return "".join(f" {words('summary.reference', number=number)}" for number in numbers)


def _link(url: str | None) -> str:
    """An address after a space: a link where it may be followed, else its text."""
    if not url:
        return ""
    return f" <{url}>" if is_link(url) else f" {_safe(url)}"


def _budget(budget: Budget, words: Words) -> str:
    rows = [[words("page.grant"), words("page.amount")]]
    for row in (*(row for part in budget.parts for row in part), budget.total):
        cells = [_safe(row.title), _safe(row.amount)]
        rows.append(cells if row.depth else [f"**{cell}**" for cell in cells])
    return _table(rows, ["---", "---:"])


def _calendar(calendar: Calendar, words: Words) -> Iterator[str]:
    rows = [[words("page.year"), *words.list("format.initials")]]
    for row in calendar.picture:
        if row is None:
            rows.append(["…", *[""] * 12])
            continue
        year, months = row
        cells = [
            "".join(EVENT_MARKS[event] for event in month.events) + PAID_MARKS.get(month.paid, "·")
            for month in months
        ]
        rows.append([str(year), *cells])
    yield _table(rows, ["---", *[":-:"] * 12])
    colon = words("format.colon")
    marked = [(EVENT_MARKS[code], day + colon + name) for code, day, name in calendar.days]
    marked += [(PAID_MARKS[code], name) for code, name in calendar.legend]
    yield "\n".join(f"- {mark} {_safe(text)}" for mark, text in marked)
    yield _safe(calendar.reminder.text) + _references(calendar.reminder.numbers, words)
    yield from _quotes(calendar.reminder.quotes, words)


def _table(rows: Sequence[Sequence[str]], rule: Sequence[str]) -> str:
    """A table of GitHub, its columns as wide as their longest cell for who reads the text."""
    head, *others = rows
    lined = [head, rule, *others]
    widths = [max(len(row[rank]) for row in lined) for rank in range(len(head))]
    return "\n".join(
        f"| {' | '.join(f'{cell:<{width}}' for cell, width in zip(row, widths, strict=True))} |"
        for row in lined
    )


def _origin(content: Sheet, words: Words) -> Iterator[str]:
    yield _heading("page.answers", words)
    colon = words("format.colon").rstrip()
    if content.answers:
        yield "\n".join(
            f"- **{_safe(answer.title + colon)}** {_safe(answer.text)}{_link(answer.url)}"
            f"{_references(answer.numbers, words)}{' ' + _safe(answer.note) if answer.note else ''}"
            for answer in content.answers
        )
    else:
        yield _safe(words("page.no_answers"))
    yield _safe(words("wizard.replay"))
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", content.command)), default=0))
    yield f"{fence}\n{content.command}\n{fence}"


# --- text that is not markup ---------------------------------------------------------------------

# What would be markup anywhere (a link, emphasis, code, HTML, an entity, a cell, an address that
# GitHub makes a link, a formula), and at the start of a block (a heading, a list, a rule).
_ANYWHERE = re.compile(r"[\\`*_\[\]<>|~$@]|&(?=[#\w])|:(?=//)|(?<=www)\.", re.IGNORECASE)
_AT_THE_START = re.compile(r"^(\d{1,9}(?=[.)])|)(?=[#+=.)-])")


def _safe(text: str) -> str:
    """A text that Markdown shows as it is; the blanks around it are no indentation."""
    escaped = _ANYWHERE.sub(lambda found: f"\\{found[0]}", text.strip())
    return _AT_THE_START.sub(lambda found: f"{found[1]}\\", escaped)
