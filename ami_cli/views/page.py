"""One student's result as a page of HTML that stands alone: one A4 on paper, one column on a phone.

Nothing is loaded and nothing runs: one style sheet, drawings in the page, links to the sources. The
tree is built element by element, so that what a person typed is never markup.
"""

from collections.abc import Iterable, Mapping
from math import floor, sqrt
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Tree
from xml.etree.ElementTree import Element, SubElement

from ami_cli.views.drawings import icon, picture
from ami_cli.views.page_markdown import page_markdown
from ami_cli.views.parts import BudgetRow
from ami_cli.views.sheet import Answer, Budget, Calendar, Entry, Quote, Sheet, is_link, sheet
from ami_cli.words import Words

__all__ = ["page_html", "page_markdown"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page_html(document: Mapping[str, Any], words: Words, command: str, *, health: bool) -> str:
    """The page of the document of `report`; `command` gives the same result again, `health` says
    whether the document holds an answer on health."""
    content = sheet(document, words, command, health=health)
    html = Element("html", lang=content.lang)
    head, body = SubElement(html, "head"), SubElement(html, "body")
    _header(content, body)
    main = SubElement(body, "main")
    _verdict(content, main)
    _parts(content, words, SubElement(main, "div", {"class": "parts"}))
    _origin(content, words, main)
    footer = SubElement(body, "footer")
    for line in content.closing:
        _say(footer, line)
    _head(content, head, _print_size(body))
    text = Tree.tostring(html, encoding="unicode", method="html")
    return f"<!doctype html>\n{text}\n"


def _head(content: Sheet, head: Element, print_size: float) -> None:
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": _POLICY})
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    SubElement(head, "meta", name="referrer", content="no-referrer")
    SubElement(head, "meta", name="color-scheme", content="light")
    SubElement(head, "title").text = content.title
    style = Path(__file__).with_name("page.css").read_text("utf-8")
    SubElement(
        head, "style"
    ).text = f"{style}@media print {{ html {{ font-size: {print_size}pt }} }}\n"


# The size of letters on paper, in points: no larger than is needed, no smaller than an eye reads.
# At 1 pt a page would hold `_FULL` letters, where a block counts as `_BLOCK` more for its last line
# and its margins: measured in Chromium on results of all kinds, with a little to spare.
_SMALLEST, _LARGEST, _FULL = 6.5, 9.5, 722_000
_BLOCKS, _BLOCK = frozenset({"p", "li", "tr", "dd", "h2", "h3", "pre", "caption"}), 35


def _print_size(body: Element) -> float:
    """The largest size at which the page is one A4: what letters cover grows with its square."""
    letters = sum(len(text) for text in body.itertext())
    letters += _BLOCK * sum(each.tag in _BLOCKS for each in body.iter())
    return min(_LARGEST, max(_SMALLEST, floor(20 * sqrt(_FULL / letters)) / 20))


# --- the page from top to bottom -----------------------------------------------------------------


def _header(content: Sheet, body: Element) -> None:
    header = SubElement(body, "header")
    title, _, rest = content.title.partition(" — ")
    top, under = SubElement(header, "div"), SubElement(header, "div")
    heading = SubElement(top, "h1")
    heading.text = title
    if rest:
        SubElement(heading, "span").text = f" — {rest}"
    SubElement(_say(top, ""), "strong").text = content.caution
    _say(under, content.made)
    _say(under, content.rules)


def _verdict(content: Sheet, main: Element) -> None:
    verdict = content.verdict
    section = SubElement(
        main, "section", {"class": f"verdict {verdict.mark}", "aria-labelledby": "verdict"}
    )
    heading = SubElement(section, "h2", id="verdict")
    heading.append(icon(verdict.mark))
    _after(heading, verdict.word)
    _say(section, verdict.headline, "headline")
    if verdict.amount:
        _say(section, verdict.amount, "amount")
    for note in verdict.notes:
        _say(section, note)


def _parts(content: Sheet, words: Words, parts: Element) -> None:
    if content.advice:
        section = _section(parts, "advice", words("summary.advice"))
        for entry in _list(section, content.advice):
            _advised(entry[0], entry[1], words)
    section = _section(parts, "criteria", words("summary.criteria"))
    for item, criterion in _list(section, content.criteria):
        _entry(item, criterion, words)
    if content.estimate is not None:
        estimate = content.estimate
        section = _section(parts, "estimate", words("summary.estimate"))
        _references(_say(section, estimate.text, "amount"), estimate.numbers, words)
        for note in estimate.notes:
            _say(section, note)
        _quotes(section, estimate.quotes, words)
    if content.budget is not None:
        _budget(content.budget, words, _section(parts, "budget", words("summary.budget")))
    section = _section(parts, "supplements", words("summary.supplements"))
    for item, ground in _list(section, content.supplements):
        _entry(item, ground, words)
    for note in content.supplement_notes:
        _say(section, note)
    section = _section(parts, "cumulation", words("summary.cumulation"))
    for item, grant in _list(section, content.cumulation):
        _entry(item, grant, words)
    if content.calendar is not None:
        _calendar(content.calendar, words, _section(parts, "calendar", words("summary.calendar")))
    steps = SubElement(_section(parts, "steps", words("summary.next_steps")), "ol")
    for step in content.steps:
        SubElement(steps, "li").text = step
    _sources(content, words, parts)


def _section(parent: Element, name: str, title: str) -> Element:
    section = SubElement(parent, "section", {"class": name, "aria-labelledby": name})
    SubElement(section, "h2", id=name).text = title
    return section


def _list(section: Element, entries: Iterable[Entry]) -> Iterable[tuple[Element, Entry]]:
    listed = SubElement(section, "ul", {"class": "marked"})
    for entry in entries:
        item = SubElement(listed, "li", {"class": entry.mark})
        item.append(icon(entry.mark))
        yield item, entry


def _advised(item: Element, change: Entry, words: Words) -> None:
    said = _say(item, f"{change.said[0]} ({change.title})")
    _references(said, change.numbers, words)
    _quotes(item, change.quotes, words)


def _entry(item: Element, entry: Entry, words: Words) -> None:
    heading = SubElement(item, "h3")
    heading.text = entry.title + words("format.colon")
    SubElement(heading, "span").text = entry.word
    _references(heading, entry.numbers, words)
    for sentence in entry.said:
        _say(item, sentence)
    for note in entry.notes:
        _say(item, note, "note")
    _quotes(item, entry.quotes, words)


def _budget(budget: Budget, words: Words, section: Element) -> None:
    table = SubElement(section, "table")
    SubElement(table, "caption").text = budget.note
    head = SubElement(SubElement(table, "thead"), "tr")
    SubElement(head, "th", scope="col").text = words("page.grant")
    SubElement(head, "th", scope="col").text = words("page.amount")
    for part in budget.parts:
        body = SubElement(table, "tbody")
        for row in part:
            _row(body, row, "" if row.depth else "part")
    _row(SubElement(table, "tfoot"), budget.total, "total")


def _row(rows: Element, row: BudgetRow, kind: str) -> None:
    shown = SubElement(rows, "tr", {"class": kind} if kind else {})
    SubElement(shown, "th", scope="row").text = row.title
    SubElement(shown, "td").text = row.amount


def _calendar(calendar: Calendar, words: Words, section: Element) -> None:
    section.append(
        picture(
            calendar.picture,
            words("page.picture"),
            calendar.in_words,
            words.list("format.initials"),
        )
    )
    legend = SubElement(section, "ul", {"class": "legend"})
    for mark, day, name in calendar.days:
        item = SubElement(legend, "li")
        item.append(icon(mark))
        _after(item, f"{day}{words('format.colon')}{name}")
    for mark, name in calendar.legend:
        item = SubElement(legend, "li")
        item.append(icon(mark))
        _after(item, name)
    reminder = calendar.reminder
    _references(_say(section, reminder.text), reminder.numbers, words)
    _quotes(section, reminder.quotes, words)


def _sources(content: Sheet, words: Words, parts: Element) -> None:
    listed = SubElement(_section(parts, "sources", words("summary.sources")), "ul")
    for source in content.sources:
        item = SubElement(listed, "li", id=f"source-{source.number}")
        number = words("summary.reference", number=source.number)
        SubElement(item, "span", {"class": "number"}).text = number
        _after(item, f" {source.title}")
        if source.url:
            _after(item, " ")
            _link(item, source.url)


def _origin(content: Sheet, words: Words, main: Element) -> None:
    """The answers and the command: what the page was worked out from."""
    section = _section(main, "origin", words("page.answers"))
    if content.answers:
        answers = SubElement(section, "dl")
        for answer in content.answers:
            _answer(SubElement(answers, "div"), answer, words)
    else:
        _say(section, words("page.no_answers"))
    _say(section, words("wizard.replay"))
    command = SubElement(SubElement(section, "pre"), "code")
    for word in content.command.split(" "):  # a line ends between two words, never after a hyphen
        _after(command, " " if len(command) else "")
        SubElement(command, "span").text = word


def _answer(group: Element, answer: Answer, words: Words) -> None:
    SubElement(group, "dt").text = answer.title + words("format.colon")
    said = SubElement(group, "dd")
    said.text = answer.text
    if answer.url:
        _after(said, " ")
        _link(said, answer.url)
    _references(said, answer.numbers, words)
    if answer.note:
        _after(said, f" {answer.note}")


# --- words in elements ---------------------------------------------------------------------------


def _say(parent: Element, text: str, kind: str = "") -> Element:
    said = SubElement(parent, "p", {"class": kind} if kind else {})
    said.text = text
    return said


def _after(parent: Element, text: str) -> None:
    """More text at the end of an element."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def _references(parent: Element, numbers: Iterable[int], words: Words) -> None:
    for number in numbers:
        _after(parent, "\u00a0")
        link = SubElement(parent, "a", {"class": "reference", "href": f"#source-{number}"})
        link.text = words("summary.reference", number=number)


def _quotes(parent: Element, quotes: Iterable[Quote], words: Words) -> None:
    for quote in quotes:
        said = SubElement(parent, "p", {"class": "quote"})
        SubElement(said, "span", lang="fr").text = words("format.quote", text=quote.text)
        _references(said, [quote.number], words)


def _link(parent: Element, url: str) -> None:
    if is_link(url):
        SubElement(parent, "a", href=url).text = url.removeprefix("https://")
    else:
        _after(parent, url)
