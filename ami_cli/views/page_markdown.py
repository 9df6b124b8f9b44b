"""Renders one student's result as Markdown: what the page of HTML says, in the same order.

CommonMark and the tables of GitHub, one paragraph per line, readable as plain text too. What a
person typed is escaped, so that it is never markup; numbers in brackets name no link.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from ami_cli.views.content import (
    MARKS,
    Calendar,
    Citation,
    Entry,
    Page,
    Section,
    is_link,
)
from ami_cli.words import Words


def page_markdown(page: Page, words: Words) -> str:
    """Return a page as Markdown."""
    return "\n\n".join(_blocks(page, words)) + "\n"


def _blocks(page: Page, words: Words) -> Iterator[str]:
    content = page.content
    yield f"# {_safe(words('page.title'))}"
    yield f"**{_safe(words('page.not_a_decision'))}**"
    yield f"{_safe(page.made)}. {_safe(content.rules)}"
    yield f"## {MARKS[content.verdict]} {_safe(content.title)}"
    yield f"**{_safe(content.headline)}**"
    if content.amount:
        yield f"**{_safe(content.amount)}**"
    yield from map(_safe, content.notes)
    if page.conditions:
        yield _list(page.conditions, words)
    for section in content.sections:
        yield f"## {_safe(section.title)}"
        yield from _section(section, words)
    yield f"## {_safe(words('headings.sources'))}"
    yield "\n".join(
        f"-{_references([source.number], words)} {_safe(source.title)}{_link(source.url)}"
        for source in content.sources
    )
    yield f"## {_safe(words('page.answers'))}"
    answers = (
        f"- **{_safe(answer.title + words('format.colon'))}** {_safe(answer.text)}"
        f"{_link(answer.url)}{_references(answer.numbers, words)}"
        for answer in page.answers
    )
    yield "\n".join(answers) or _safe(words("page.no_answers"))
    yield _safe(words("wizard.replay"))
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", page.command)), default=0))
    yield f"{fence}\n{page.command}\n{fence}"
    yield from map(_safe, page.closing)


def _section(section: Section, words: Words) -> Iterator[str]:
    if section.calendar is not None:
        yield from _calendar(section.calendar, words)
    if section.budget:
        rows = [[words("page.grant"), words("page.amount")], ["---", "---:"]]
        for row in section.budget:
            cells = [_safe(row.title), _safe(row.amount)]
            rows.append(cells if row.depth else [f"**{cell}**" for cell in cells])
        yield _table(rows)
    if section.entries:
        yield _list(section.entries, words)
    if section.steps:
        yield "\n".join(f"{rank}. {_safe(step)}" for rank, step in enumerate(section.steps, 1))
    if section.text:
        text = _safe(section.text)
        strong = f"**{text}**" if section.name == "estimate" else text
        yield strong + _references(section.citation.unquoted, words)
    yield from map(_safe, section.notes)
    yield from _quotes(section.citation, words)


def _list(entries: Iterable[Entry], words: Words) -> str:
    return "\n".join(line for entry in entries for line in _entry(entry, words))


def _entry(entry: Entry, words: Words) -> Iterator[str]:
    """Yield a point of a list, and a list of what stands below it."""
    title = _safe(entry.title)
    if entry.word:
        title = f"**{_safe(entry.title + words('format.colon'))}** {_safe(entry.word)}"
    yield f"- {_safe(MARKS[entry.mark])} {title}{_references(entry.citation.unquoted, words)}"
    for text in map(_safe, (*entry.sentences, *entry.notes)):
        yield f"  - {text}"
    for quote in _quotes(entry.citation, words):
        yield f"  - {quote}"


def _quotes(citation: Citation, words: Words) -> Iterator[str]:
    for quote in citation.quotes:
        text = _safe(words("format.quote", text=quote.text))
        yield f"*{text}*{_references([quote.number], words)}"
    if citation.quoted_at:
        yield _safe(words("page.same_quote", title=citation.quoted_at))


def _references(numbers: Iterable[int], words: Words) -> str:
    return "".join(f" {words('headings.reference', number=number)}" for number in numbers)


def _link(url: str | None) -> str:
    """Return an address after a space: a link where it may be followed, else its text."""
    if not url:
        return ""
    return f" <{url}>" if is_link(url) else f" {_safe(url)}"


def _calendar(calendar: Calendar, words: Words) -> Iterator[str]:
    rows = [[words("page.year"), *words.list("format.initials")], ["---", *[":-:"] * 12]]
    for year in calendar.years:
        marks = [month.marks for month in year.months] or [""] * 12
        rows.append([year.label, *marks])
    yield _table(rows)
    marked = calendar.events + calendar.legend
    yield "\n".join(f"- {MARKS[mark]} {_safe(text)}" for mark, text in marked)


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Return a table of GitHub, its columns as wide as their longest cell, so that the text can be
    read too."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        f"| {' | '.join(f'{cell:<{width}}' for cell, width in zip(row, widths, strict=True))} |"
        for row in rows
    )


# What would be markup anywhere (a link, emphasis, code, HTML, an entity, a cell, an address that
# GitHub makes a link, a formula), and at the start of a block (a heading, a list, a rule).
_ANYWHERE = re.compile(r"[\\`*_\[\]<>|~$@]|&(?=[#\w])|:(?=//)|(?<=www)\.", re.IGNORECASE)
_AT_THE_START = re.compile(r"^(\d{1,9}(?=[.)])|)(?=[#+=.)-])")


def _safe(text: str) -> str:
    """Return a text that Markdown shows as it is; the blanks around it are no indentation."""
    return _AT_THE_START.sub(r"\1\\", _ANYWHERE.sub(r"\\\g<0>", text.strip()))
