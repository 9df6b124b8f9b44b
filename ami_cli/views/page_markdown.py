"""One student's result as Markdown: what the page of HTML says, in the same order.

CommonMark and the tables of GitHub, one paragraph per line, readable as plain text too. What a
person typed is escaped, so that it is never markup; numbers in brackets name no link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ami_cli.views.content import (
    MARKS,
    Budget,
    Calendar,
    Entry,
    Page,
    Quote,
    Section,
    is_link,
    page_of,
)
from ami_cli.words import Words

if TYPE_CHECKING:
    from ami_cli.views.result_types import Result


def page_markdown(result: Result, words: Words, command: str) -> str:
    """The page of a result; `command` gives the same result again."""
    page = page_of(result, words, command)
    return "\n\n".join(_blocks(page, words)) + "\n"


def _blocks(page: Page, words: Words) -> Iterator[str]:
    verdict = page.content.verdict
    yield f"# {_safe(page.title)}"
    yield f"**{_safe(page.caution)}**"
    yield f"{_safe(page.made)}. {_safe(verdict.rules)}"
    yield f"## {MARKS[verdict.mark]} {_safe(verdict.title)}"
    yield f"**{_safe(verdict.headline)}**"
    if verdict.amount:
        yield f"**{_safe(verdict.amount)}**"
    yield from map(_safe, verdict.notes)
    for section in page.content.sections:
        yield f"## {_safe(section.title)}"
        yield from _section(section, words)
    yield f"## {_safe(words('summary.sources'))}"
    yield "\n".join(
        f"-{_references([source.number], words)} {_safe(source.title)}{_link(source.url)}"
        for source in page.content.sources
    )
    yield from _origin(page, words)
    yield from map(_safe, page.closing)


def _section(section: Section, words: Words) -> Iterator[str]:
    if section.calendar is not None:
        yield from _calendar(section.calendar, words)
    if section.budget is not None:
        yield _budget(section.budget, words)
    if section.entries:
        yield "\n".join(line for entry in section.entries for line in _entry(entry, words))
    if section.steps:
        yield "\n".join(f"{rank}. {_safe(step)}" for rank, step in enumerate(section.steps, 1))
    if section.text:
        text = _safe(section.text)
        strong = f"**{text}**" if section.name == "estimate" else text
        yield strong + _references(section.citation.unquoted, words)
    yield from map(_safe, section.notes)
    yield from _quotes(section.citation.quotes, words)


def _entry(entry: Entry, words: Words) -> Iterator[str]:
    """A point of a list, and a list of what stands below it."""
    title = _safe(entry.title)
    if entry.word:
        title = f"**{_safe(entry.title + words('format.colon'))}** {_safe(entry.word)}"
    yield f"- {_safe(MARKS[entry.mark])} {title}{_references(entry.citation.unquoted, words)}"
    notes = [*entry.sentences, *entry.notes]
    if entry.quoted_at:
        notes.append(words("page.same_quote", title=entry.quoted_at))
    for line in (*map(_safe, notes), *_quotes(entry.citation.quotes, words)):
        yield f"  - {line}"


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
    for row in budget.rows:
        cells = [_safe(row.title), _safe(row.amount)]
        rows.append(cells if row.depth else [f"**{cell}**" for cell in cells])
    return _table(rows, ["---", "---:"])


def _calendar(calendar: Calendar, words: Words) -> Iterator[str]:
    rows = [[words("page.year"), *words.list("format.initials")]]
    for year in calendar.years:
        if year is None:
            rows.append(["…", *[""] * 12])
        else:
            marks = ("".join(MARKS[mark] for mark in (*m.events, m.paid)) for m in year.months)
            rows.append([str(year.year), *marks])
    yield _table(rows, ["---", *[":-:"] * 12])
    marked = (*calendar.events, *calendar.legend)
    yield "\n".join(f"- {MARKS[mark]} {_safe(text)}" for mark, text in marked)


def _table(rows: Sequence[Sequence[str]], rule: Sequence[str]) -> str:
    """A table of GitHub, its columns as wide as their longest cell for who reads the text."""
    head, *others = rows
    lined = [head, rule, *others]
    widths = [max(len(row[rank]) for row in lined) for rank in range(len(head))]
    return "\n".join(
        f"| {' | '.join(f'{cell:<{width}}' for cell, width in zip(row, widths, strict=True))} |"
        for row in lined
    )


def _origin(page: Page, words: Words) -> Iterator[str]:
    """The answers and the command that the page comes from."""
    yield f"## {_safe(words('page.answers'))}"
    colon = words("format.colon")
    if page.answers:
        yield "\n".join(
            f"- **{_safe(answer.title + colon)}** {_safe(answer.text)}{_link(answer.url)}"
            f"{_references(answer.numbers, words)}"
            for answer in page.answers
        )
    else:
        yield _safe(words("page.no_answers"))
    yield _safe(words("wizard.replay"))
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", page.command)), default=0))
    yield f"{fence}\n{page.command}\n{fence}"


# --- text that is not markup ---------------------------------------------------------------------

# What would be markup anywhere (a link, emphasis, code, HTML, an entity, a cell, an address that
# GitHub makes a link, a formula), and at the start of a block (a heading, a list, a rule).
_ANYWHERE = re.compile(r"[\\`*_\[\]<>|~$@]|&(?=[#\w])|:(?=//)|(?<=www)\.", re.IGNORECASE)
_AT_THE_START = re.compile(r"^(\d{1,9}(?=[.)])|)(?=[#+=.)-])")


def _safe(text: str) -> str:
    """A text that Markdown shows as it is; the blanks around it are no indentation."""
    escaped = _ANYWHERE.sub(lambda found: f"\\{found[0]}", text.strip())
    return _AT_THE_START.sub(lambda found: f"{found[1]}\\", escaped)
