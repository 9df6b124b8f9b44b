"""Shows how far a run is: a bar on a terminal, a plain line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ami_cli.streams import write_message
from ami_cli.words import Words

LINE_INTERVAL = 5.0  # seconds between two plain lines


@contextmanager
def shown_progress(
    words: Words, *, color: bool, redraw: bool, quiet: bool
) -> Iterator[Callable[[int, float | None], None]]:
    """Yield what to call with the rows done and the part of the input read (0 to 1, or None)."""
    start = last = time.monotonic()

    def write_line(rows: int, part: float | None) -> None:
        nonlocal last
        if time.monotonic() - last >= LINE_INTERVAL:
            last = time.monotonic()
            write_message(_line(rows, part, last - start, words))

    def move_bar(rows: int, part: float | None) -> None:
        line = _line(rows, None, time.monotonic() - start, words)
        bar.update(task, completed=part or 0.0, description=line)

    if quiet:
        yield lambda rows, part: None
    elif not redraw:
        yield write_line
    else:
        # A console that does not obey escape sequences ("legacy") is never redrawn.
        console = Console(stderr=True, no_color=not color, legacy_windows=False)
        description = TextColumn("{task.description}", markup=False)
        columns = (BarColumn(30), description, TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("", total=1.0)
            yield move_bar


def _line(rows: int, part: float | None, seconds: float, words: Words) -> str:
    rate = words.number(round(rows / seconds) if seconds else 0)
    if part is None:
        return words("batch.progress", rows=words.number(rows), rate=rate)
    left = round(seconds / part - seconds) if part else 0
    percent = round(100 * part)
    key = "batch.progress_part"
    return words(key, rows=words.number(rows), rate=rate, percent=percent, left=left)
