"""Wraps sentences to the width of the reader's terminal.

Lines break at ordinary spaces only, because rich and terminals break at the no-break spaces of
French too.
"""

import os
import textwrap
from typing import TextIO

_NO_BREAK = "\0"  # stands for a space; no text that is shown has this character
NARROWEST, WIDEST = 20, 80  # columns of what a person reads


def width_of(stream: TextIO | None) -> int:
    """Return the columns of a stream's terminal, at most WIDEST; COLUMNS overrides it."""
    try:
        columns = int(os.environ.get("COLUMNS", "0"))
    except ValueError:
        columns = 0
    if columns <= 0 and stream is not None:
        try:
            columns = os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError):
            columns = 0
    return max(NARROWEST, min(columns or WIDEST, WIDEST))


def wrapped(text: str, width: int, indent: int = 0, lead: str = "") -> str:
    """Return a paragraph wrapped with a hanging indent, after a lead such as "1." in its margin.

    A text of `unbroken` stays on one line.
    """
    space = " " * (indent + len(lead) + bool(lead))
    first = f"{' ' * indent}{lead} " if lead else space
    lines = textwrap.fill(
        text,
        width,
        initial_indent=first,
        subsequent_indent=space,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines.replace(_NO_BREAK, " ")


def unbroken(text: str) -> str:
    """Return a text that a person copies, whose spaces are no places to break a line."""
    return text.replace(" ", _NO_BREAK)
