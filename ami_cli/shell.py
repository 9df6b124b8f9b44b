"""Writes results to stdout and messages to stderr, as this run was asked to."""

import contextlib
import signal
import sys
from collections.abc import Iterator
from datetime import date
from types import FrameType
from typing import NamedTuple

from ami_cli.failures import Failure
from ami_cli.streams import is_terminal, use_utf8, write
from ami_cli.words import Words
from ami_cli.words.wrapping import width_of, wrapped


class Terminated(BaseException):
    """Raised by SIGTERM inside `cleaning_up`."""


class Shell(NamedTuple):
    """How this run writes, and the day it takes for today (None: that of the clock).

    `color` is about stdout, `prompt_color` about stderr.
    """

    words: Words
    plain: bool
    color: bool
    prompt_color: bool
    quiet: bool
    debug: bool
    today: date | None

    def out(self, text: str) -> None:
        """Write a result. Raises UnwritableOutput when it cannot be written."""
        write(sys.stdout, text)

    def out_for_programs(self, text: str) -> None:
        """Write what a program reads: always UTF-8, whatever the console."""
        use_utf8(sys.stdout)
        self.out(text)

    def json(self, document: object) -> None:
        """Write a result as JSON, with two spaces of indent."""
        from ami_cli.words.json_output import json_shown

        self.out_for_programs(json_shown(document) + "\n")

    def tell(self, text: str, *, whole: bool = False) -> None:
        """Write a message to stderr, unless asked to be quiet.

        A paragraph is wrapped at the width of its terminal; `whole` keeps a command in one line,
        to be copied.
        """
        if not self.quiet and sys.stderr is not None:
            write_message(text if whole else wrapped(text, width_of(sys.stderr)))

    def tell_reading(self) -> None:
        """Tell a person that standard input is being read, because nothing else shows it."""
        if is_terminal(sys.stdin):
            self.tell(self.words("errors.reading"))

    def width(self) -> int:
        """Return the columns of a result: those of the terminal, at most 80; 80 without one."""
        return width_of(sys.stdout)


@contextlib.contextmanager
def cleaning_up() -> Iterator[None]:
    """Turn SIGTERM into an exception, so that the block removes its temporary files."""

    def unwind(number: int, frame: FrameType | None) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, unwind)
    if hasattr(signal, "siginterrupt"):
        # With polars loaded, Ctrl+C would not interrupt a read or a write that waits.
        signal.siginterrupt(signal.SIGINT, True)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def write_message(text: str) -> None:
    """Write a line to stderr, if anybody still reads it."""
    # A closed stderr must stop neither the result nor the exit code.
    with contextlib.suppress(Failure):
        write(sys.stderr, text + "\n")
