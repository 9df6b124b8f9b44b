"""Renders the summary of a run for an adviser: verdicts as bars, what fails, what lacks, amounts.

Uses the summary of `batch.run` and nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from ami_cli.views.content import amount_text
from ami_cli.views.terminal import DIM, Screen
from ami_cli.words import Words, visible

MOST = 5  # criteria and answers shown
MOST_FAULTS = 15
_STYLES = {"eligible": "green", "ineligible": "red", "undetermined": "yellow", "invalid": "magenta"}
_EIGHTHS = " ▏▎▍▌▋▊▉"


def summary_text(document: Mapping[str, Any], screen: Screen) -> str:
    """Return the summary of a run."""
    words, rows = screen.words, document["rows"]
    screen.heading(words("batch_summary.title", rows=words.number(rows)))
    unanswered = document["unanswered"]["rows"]
    verdicts = [
        (
            words(f"batch_summary.{verdict}"),
            count - (unanswered if verdict == "undetermined" else 0),
            _STYLES[verdict],
        )
        for verdict, count in document["verdicts"].items()
        if count or verdict != "invalid"
    ]
    if unanswered:
        verdicts.append((words("batch_summary.unanswered"), unanswered, ""))
    _bars(verdicts, rows, screen)
    for part, titles in (("failed", "criteria"), ("missing", "labels"), ("to_check", "criteria")):
        if counts := list(document[part].items())[:MOST]:
            screen.heading(words(f"batch_summary.{part}"))
            bars = [(words(f"{titles}.{code}"), count, "") for code, count in counts]
            _bars(bars, rows, screen)
    sums = [
        (verdict, estimate)
        for verdict in ("eligible", "undetermined")
        if (estimate := document["estimate"][verdict])["total_max"]
    ]
    if sums:
        screen.heading(words("batch_summary.estimate"))
        for verdict, estimate in sums:
            amount = amount_text(estimate["total"], estimate["total_max"], words)
            screen.write(words(f"batch_summary.estimate_{verdict}", total=amount))
        notes = [words("batch_summary.estimate_note")]
        if any(estimate["total"] not in (0, estimate["total_max"]) for _, estimate in sums):
            notes.append(words("budget.part_month"))
        screen.write(" ".join(notes), style=DIM)
    if counted := [name for name in ("late", "departed", "provisional") if document[name]]:
        screen.heading(words("batch_summary.dates"))
        for name in counted:
            screen.write(words(f"batch_summary.{name}", rows=words.number(document[name])))
    if by := document.get("by"):
        screen.heading(words("batch_summary.by", column=by["column"]))
        for group in by["groups"]:
            value = visible(group["value"], 200) or words("batch_summary.blank")
            total = amount_text(group["total"], group["total_max"], words)
            numbers = {"rows": group["rows"], **group["verdicts"]}
            params = {code: words.number(number) for code, number in numbers.items()}
            params |= {"value": value, "total": total}
            screen.write(words("batch_summary.group", **params), lead="-")
    if document["warnings"]:
        screen.heading(words("batch_summary.warnings"))
        for code, count in document["warnings"].items():
            _rows_named(words(f"batch_summary.warned.{code}"), count, document, screen)
    if document["faults"]:
        _faults(document, screen)
    return screen.text()


def _bars(counts: Sequence[tuple[str, int, str]], rows: int, screen: Screen) -> None:
    """Print a line per count: its name, a bar as long as its part of all rows, the number."""
    label = max(len(title) for title, _, _ in counts)
    figures = [_figure(count, rows, screen.words) for _, count, _ in counts]
    room = screen.width - 2 - label - 2 - max(map(len, figures)) - 1
    for (title, count, style), figure in zip(counts, figures, strict=True):
        if screen.plain or room < 5:
            screen.write(screen.titled(title, figure), lead="-")
            continue
        eighths = round(count / rows * min(room, 40) * 8) if rows else 0
        eighths = max(eighths, 1 if count else 0)  # one row out of a million is still one
        bar = "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
        line = Text(f"  {title:<{label}}  ")
        line.append(bar, style=style)
        line.append(f" {figure}" if bar else figure)
        screen.console.print(line)


def _figure(count: int, rows: int, words: Words) -> str:
    """Return a count and its part of all rows: « 12 (3 %) »."""
    percent = 100 * count / rows if rows else 0
    text = words("batch_summary.percent", percent="<1" if 0 < percent < 1 else f"{percent:.0f}")
    return f"{words.number(count)} ({text})"


def _faults(document: Mapping[str, Any], screen: Screen) -> None:
    """Print what is wrong by column and reason, each with its rows and the first of them."""
    rows = screen.words.number(document["verdicts"]["invalid"])
    screen.heading(screen.words("batch_summary.invalid_rows", rows=rows))
    for fault in document["faults"][:MOST_FAULTS]:
        colon = screen.words("format.colon")
        what = colon.join(visible(part, 200) for part in (fault["column"], fault["reason"]) if part)
        _rows_named(what, fault, document, screen)
    if (more := len(document["faults"]) - MOST_FAULTS) > 0:
        screen.write(screen.words("batch_summary.invalid_more", rows=screen.words.number(more)))


def _rows_named(
    what: str, count: Mapping[str, Any], document: Mapping[str, Any], screen: Screen
) -> None:
    """Print what some rows have in common, how many they are, and where the first of them stand."""
    name, place = document["input"], lines_text(count, screen.words)
    if name is not None:  # else the lines name their files
        file = screen.words("batch_summary.stdin") if name == "-" else visible(name, 200)
        place = screen.words("batch_summary.invalid_row", file=file, lines=place)
    rows = screen.words.count("row", count["rows"])
    screen.write(screen.titled(what, f"{rows} ({place})"))


def lines_text(count: Mapping[str, Any], words: Words) -> str:
    """Return the lines that a count names: « 3, 5, 8… »."""
    lines = [
        words.number(line) if isinstance(line, int) else visible(line, 200)
        for line in count["first_lines"]
    ]
    return ", ".join([*lines, *(["…"] if count["rows"] > len(lines) else [])])
