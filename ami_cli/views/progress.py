"""How far a run is: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ami_cli.words import Words

EVERY = 5.0  # seconds between two plain lines


@contextmanager
def shown_progress(
    words: Words, *, color: bool, redraw: bool, quiet: bool
) -> Iterator[Callable[[int, float | None], None]]:
    """Gives what to call with the rows done and the part of the input read (0 to 1, or None)."""
    begun = last = time.monotonic()

    def told(rows: int, part: float | None) -> None:
        """A plain line, not more often than EVERY."""
        nonlocal last
        if time.monotonic() - last >= EVERY:
            last = time.monotonic()
            sys.stderr.write(_line(rows, part, last - begun, words) + "\n")
            sys.stderr.flush()

    if quiet:
        yield lambda rows, part: None
        return
    if not redraw:
        yield told
        return
    console = Console(
        stderr=True,
        no_color=not color,
        # Only a console that obeys escape sequences is redrawn.
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    columns = (BarColumn(30), TextColumn("{task.description}", markup=False), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def drawn(rows: int, part: float | None) -> None:
            line = _line(rows, None, time.monotonic() - begun, words)
            bar.update(task, completed=part or 0.0, description=line)

        yield drawn


def _line(rows: int, part: float | None, seconds: float, words: Words) -> str:
    rate = words.number(round(rows / seconds) if seconds else 0)
    if part is None:
        return words("batch.progress", rows=words.number(rows), rate=rate)
    left = round(seconds / part - seconds) if part else 0
    return words(
        "batch.progress_part",
        rows=words.number(rows), rate=rate, percent=round(100 * part), left=left,
    )  # fmt: skip
