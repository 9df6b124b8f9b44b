"""Lines of text for a person: what the views on a terminal stand on.

rich lives here and in the views that use this. Words carry the meaning and colour only repeats
it; data are never read as markup.
"""

import io

from rich.console import Console
from rich.text import Text

from ami_cli.words.lines import wrapped

QUIET = "dim"


class Page:
    """Lines of text on a rich console of a fixed width, kept until they are asked for."""

    def __init__(self, width: int, color: bool, plain: bool) -> None:
        self.width = width
        self.plain = plain
        self._text = io.StringIO()
        self.console = Console(
            file=self._text,
            width=width,
            color_system="standard" if color else None,
            force_terminal=color,
            no_color=not color,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
            soft_wrap=True,
            _environ={},
        )

    def heading(self, title: str) -> None:
        """An empty line and a title."""
        self.console.print()
        self.console.print(Text(title, style="bold"))

    def say(self, text: str, *, indent: int = 2, lead: str = "", style: str = "") -> None:
        """A paragraph, after a lead such as "1." that stands in its margin."""
        self.console.print(Text(wrapped(text, self.width, indent, lead), style=style))

    def text(self) -> str:
        """Everything said so far; no line ends in blanks."""
        return "".join(f"{line.rstrip()}\n" for line in self._text.getvalue().splitlines())
