"""Writes results to stdout and messages to stderr, as this run was asked to."""

import sys
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from ami_cli.streams import is_terminal, use_utf8, write, write_message
from ami_cli.words import Words
from ami_cli.words.wrapping import width_of, wrapped

if TYPE_CHECKING:
    from ami_cli.views.terminal import Screen


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

    def json_line(self, document: object) -> None:
        """Write a result as JSON in one line."""
        from ami_cli.words.json_output import json_in_a_line

        self.out_for_programs(json_in_a_line(document) + "\n")

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

    def screen(self) -> "Screen":
        """Return the screen of a result: as wide as the terminal, 80 columns at most or without."""
        from ami_cli.views.terminal import Screen

        return Screen(self.words, width_of(sys.stdout), self.color, self.plain)
