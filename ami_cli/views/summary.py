"""The result of one student as a person reads it, on a terminal or on paper.

Renders the dict of `report` (or of `law`) and nothing else. Words carry the meaning and colour
only repeats it. Lines are wrapped here, and not by rich, which would break a line at the
no-break spaces of French. Fits 80 columns, stays readable at 40.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from rich.box import ROUNDED
from rich.panel import Panel
from rich.text import Text

from ami_cli.views.console import QUIET, Page
from ami_cli.views.parts import (
    EVENT_MARKS,
    PAID,
    PAID_MARKS,
    STATUS_MARKS,
    References,
    budget_rows,
    citing,
    days_of,
    in_time,
    months_abroad,
    years,
)
from ami_cli.words import Words
from ami_cli.words.lines import wrapped

_STYLES = {
    "met": "green",
    "not_met": "red",
    "missing": "yellow",
    "to_check": "yellow",
    "eligible": "green",
    "ineligible": "red",
    "undetermined": "yellow",
}


def summary_text(
    document: Mapping[str, Any], words: Words, width: int, color: bool, plain: bool
) -> str:
    """The whole result of one student, `width` columns wide, coloured or not."""
    page = Page(width, color, plain)
    references = References(citing(document))
    _verdict(document, words, page)
    _advice(document, words, page, references)
    _criteria(document, words, page, references)
    _estimate(document, words, page, references)
    _supplements(document, words, page, references)
    _cumulation(document, words, page, references)
    _budget(document, words, page)
    _calendar(document, words, page, references)
    _next_steps(document, words, page)
    _sources(references, words, page)
    return page.text()


# --- the parts of the result, from top to bottom -------------------------------------------------


def _verdict(document: Mapping[str, Any], words: Words, page: Page) -> None:
    style = _STYLES[document["verdict"]]
    inner = page.width if page.plain else page.width - 4
    parts = [Text(wrapped(document["headline"], inner, 0), style=f"bold {style}")]
    if document["estimate"]:
        label = words("summary.estimate") + words("format.colon")
        parts.append(Text(wrapped(label + document["estimate"]["text"], inner, 0), style="bold"))
    parts += [Text(wrapped(note, inner, 0)) for note in document["verdict_notes"]]
    parts.append(Text(wrapped(document["rules"]["note"], inner, 0), style=QUIET))
    body = Text("\n").join(parts)
    title = words(f"verdict.{document['verdict']}.word")
    if page.plain:
        page.console.print(Text(f"{title.upper()}"))
        page.console.print(body)
    else:
        heading = Text(title, style=f"bold {style}")
        page.console.print(
            Panel(
                body,
                title=heading,
                title_align="left",
                box=ROUNDED,
                border_style=style,
                width=page.width,
            )
        )


def _advice(document: Mapping[str, Any], words: Words, page: Page, references: References) -> None:
    if document["advice"]:
        page.heading(words("summary.advice"))
        for change in document["advice"]:
            title = words(f"criteria.{change['criterion']}")
            said = f"{change['text']} ({title}){references.of(change, words)}"
            page.say(said, lead="-" if page.plain else "→")


def _criteria(
    document: Mapping[str, Any], words: Words, page: Page, references: References
) -> None:
    page.heading(words("summary.criteria"))
    for criterion in document["criteria"]:
        status = criterion["status"]
        title = words(f"criteria.{criterion['code']}") + words("format.colon")
        line = f"{title}{words(f'status.{status}')}{references.of(criterion, words)}"
        lead = "-" if page.plain else STATUS_MARKS[status]
        page.say(line, lead=lead, style=_STYLES[status])
        page.say(criterion["reason"], indent=4)
        for note in criterion["notes"]:
            if note not in document["verdict_notes"]:
                page.say(note, indent=4, style=QUIET)


def _estimate(
    document: Mapping[str, Any], words: Words, page: Page, references: References
) -> None:
    if document["verdict"] == "ineligible":
        return
    page.heading(words("summary.estimate"))
    if document["estimate"] is None:
        page.say(words("estimate.no_dates"))
        return
    amount = document["estimate"]["text"] + references.of(document["estimate"], words)
    page.say(amount, style="bold")
    for note in document["estimate"]["notes"]:
        page.say(note)


def _supplements(
    document: Mapping[str, Any], words: Words, page: Page, references: References
) -> None:
    page.heading(words("summary.supplements"))
    notes: dict[str, None] = {}
    for ground in document["supplements"]:
        title = words(f"supplements.title.{ground['code']}") + words("format.colon")
        line = title + words(f"supplements.status.{ground['status']}")
        line += references.of(ground, words)
        page.say(
            line,
            lead="-"
            if page.plain
            else STATUS_MARKS[ground["status"]]
            if ground["status"] != "not_met"
            else "·",
            style="green" if ground["status"] == "met" else "",
        )
        if ground["indication"]:
            page.say(ground["indication"], indent=4)
        if ground["status"] == "missing":
            page.say(ground["note"], indent=4)
        elif ground["status"] == "met":
            notes[ground["note"]] = None
    for note in notes:
        page.say(note)


def _cumulation(
    document: Mapping[str, Any], words: Words, page: Page, references: References
) -> None:
    page.heading(words("summary.cumulation"))
    for grant in document["cumulation"]:
        answer = words(f"cumulation.answer.{'yes' if grant['cumulable'] else 'depends'}")
        title = words(f"cumulation.title.{grant['code']}") + words("format.colon")
        page.say(
            f"{title}{answer}{references.of(grant, words)}",
            lead="-" if page.plain else "+" if grant["cumulable"] else "~",
        )
        page.say(grant["note"], indent=4)


def _budget(document: Mapping[str, Any], words: Words, page: Page) -> None:
    budget = document["budget"]
    if budget is None:
        return
    page.heading(words("summary.budget"))
    rows = budget_rows(budget, words)
    label = max(len(title) + 2 * row.depth for row in rows for title in (row.title,))
    figure = max(len(row.amount) for row in rows)
    for row in rows:
        style = "" if row.depth else "bold"
        if page.plain or 2 + label + 2 + figure > page.width:
            line = row.title + words("format.colon") + row.amount
            page.say(line, lead="-", indent=2 + 2 * row.depth, style=style)
        else:
            title = "  " * row.depth + row.title
            page.console.print(Text(f"  {title:<{label}}  {row.amount:>{figure}}", style=style))
    page.say(budget["note"], style=QUIET)


def _calendar(
    document: Mapping[str, Any], words: Words, page: Page, references: References
) -> None:
    reminder = document["reminder"]
    if reminder is None:
        return
    days, months = days_of(document), months_abroad(document)
    page.heading(words("summary.calendar"))
    if not page.plain:
        for line in _picture(days, months, words, page.width):
            row = Text(f"  {line}")
            row.highlight_regex("[■□]", "green")
            row.highlight_regex("[▲●▶◀]", "bold")
            page.console.print(row)
        page.say("")
    for name, day in in_time(days):
        line = f"{words.date(day)}{words('format.colon')}{words(f'summary.{name}')}"
        page.say(line, lead="-" if page.plain else EVENT_MARKS[name])
    if not page.plain:
        for paid in sorted(set(months.values()), key=PAID.index):
            page.say(words(f"summary.{paid}"), lead=PAID_MARKS[paid])
    page.say(reminder["text"] + references.of(reminder, words))


def _picture(
    days: Mapping[str, date], months: Mapping[date, str], words: Words, width: int
) -> list[str]:
    """A row of twelve months per year, from the first step to the return."""
    marks, gap = (2, " ") if width >= 60 else (1, "")
    paid = {(day.year, day.month): PAID_MARKS[name] for day, name in months.items()}
    events: dict[tuple[int, int], str] = {}
    for name in ("start", "end", "today", "start_by"):
        if name in days:
            month = days[name].year, days[name].month
            events[month] = events.get(month, "") + EVENT_MARKS[name]
    initials = words.list("format.initials")
    lines = ["".join([" " * 4, *(f"{'':{marks}} {initial}{gap}"[1:] for initial in initials)])]
    for year in years(days, months):
        cells = (
            f"{events.get((year, month), '')[:marks]:>{marks}}{paid.get((year, month), '·')}{gap}"
            for month in range(1, 13)
        )
        lines.append("".join([f"{year}", *cells]))
    return lines


def _next_steps(document: Mapping[str, Any], words: Words, page: Page) -> None:
    page.heading(words("summary.next_steps"))
    for rank, step in enumerate(document["next_steps"], 1):
        page.say(step, lead=f"{rank}.")


def _sources(references: References, words: Words, page: Page) -> None:
    page.heading(words("summary.sources"))
    for rank, source in enumerate(references.sources.values(), 1):
        page.say(source["title"], lead=words("summary.reference", number=rank), style=QUIET)
        if source["url"]:
            page.say(source["url"], indent=6, style=QUIET)
        for quote in source["quotes"]:
            page.say(words("format.quote", text=quote), indent=6, style=QUIET)


# --- ami schools ---------------------------------------------------------------------------------


def schools_text(
    document: Mapping[str, Any], words: Words, width: int, color: bool, plain: bool
) -> str:
    """The institutions that were looked for, and what the register says of each."""
    page = Page(width, color, plain)
    for school in document["schools"]:
        codes = f" ({', '.join(school['uai'])})" if school["uai"] else ""
        page.say(f"{school['name']}{codes}", indent=0, style="bold")
        page.say(f"{school['commune']} · {school['text']}")
        if school["website"]:
            page.say(school["website"], style=QUIET)
    page.console.print()
    page.say(document["text"], indent=0)
    page.say(document["sources"][0]["title"], indent=0, style=QUIET)
    return page.text()


# --- ami rules -----------------------------------------------------------------------------------


def law_text(
    document: Mapping[str, Any], words: Words, width: int, color: bool, plain: bool
) -> str:
    """The law of one year: conditions, figures, and what else is cited, with every quote."""
    page = Page(width, color, plain)
    page.console.print(Text(words("law.title", year=document["academic_year"]), style="bold"))
    page.say(document["note"], indent=0, style="yellow" if document["provisional"] else "")
    page.heading(words("law.criteria_title"))
    for rank, criterion in enumerate(document["criteria"], 1):
        page.say(f"{criterion['title']}{words('format.colon')}{criterion['text']}", lead=f"{rank}.")
        _cited(criterion, words, page)
    for part in ("figures", "other"):
        page.heading(words(f"law.{part}_title"))
        for ground in document[part]:
            value = f"{words('format.colon')}{ground['text']}" if ground["text"] else ""
            page.say(f"{ground['title']}{value} ({ground['status']})", lead="-")
            _cited(ground, words, page)
    page.heading(words("law.data_title"))
    for register in document["data"]:
        page.say(register["text"], lead="-")
        for source in register["sources"]:
            page.say(source["title"], indent=5, style=QUIET)
            page.say(source["url"], indent=5, style=QUIET)
    page.console.print()
    page.say(words("law.years", years=", ".join(document["years"])), indent=0, style=QUIET)
    return page.text()


def _cited(ground: Mapping[str, Any], words: Words, page: Page) -> None:
    for source in ground["sources"]:
        page.say(source["title"], indent=5, style=QUIET)
        if source["url"]:
            page.say(source["url"], indent=5, style=QUIET)
        quote = (
            words("format.quote", text=source["quote"])
            if source["quote"]
            else words("law.no_quote")
        )
        page.say(quote, indent=7, style=QUIET)
