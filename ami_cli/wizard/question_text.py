"""What both terminals say of a question: its choices, its format, what was wrong."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from ami_cli.answers import FIELD, Kind
from ami_cli.failures import Problem
from ami_cli.wizard.names import known_as
from ami_cli.words import Words
from ami_cli.words.problems import spoken


class Speech:
    """The words of the questions, in one language."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def choices(self, name: str) -> list[tuple[str, str]]:
        """The titles of a question's choices, each with the text that answers it."""
        answer = FIELD[name]
        if answer.kind is Kind.YES_NO:
            yes, no = self._words("format.yes"), self._words("format.no")
            return [(yes.capitalize(), yes), (no.capitalize(), no)]
        return [(self._words.value(name, option), option) for option in answer.options]

    def unknown(self, name: str) -> str:
        """The title of « je ne sais pas »."""
        return self._words("wizard.rather_not" if name == "disability" else "wizard.unknown")

    def format_of(self, name: str) -> str:
        """How a date, a number or a name is written."""
        kind = FIELD[name].kind
        if kind is Kind.NAME:
            return self._words("wizard.name_format")
        return self._words("wizard.date_format" if kind is Kind.DATE else "wizard.number_format")

    def as_text(self, former: Any) -> str:
        """A former answer as it would be typed or chosen."""
        match former:
            case None:
                return ""
            case bool():
                return self._words("format.yes" if former else "format.no")
            case date():
                return former.strftime("%d/%m/%Y")
        return str(former)

    def value(self, name: str, value: Any) -> str:
        """An answer as one reads it; of a name, the school or commune that it was taken for too."""
        said = self._words.value(name, value)
        known = known_as(name, value) if FIELD[name].kind is Kind.NAME and value else None
        return said if known in (None, value) else f"{said} ({known})"

    def errors(self, problems: Iterable[Problem]) -> list[str]:
        """What was wrong with an answer, and the fix."""
        said = [spoken(problem, self._words) for problem in problems]
        return [f"{each['message']} {each['fix']}" for each in said]

    def dropped(self, names: tuple[str, ...]) -> str:
        """Which answers no longer go with the others."""
        labels = ", ".join(self._words(f"labels.{name}") for name in names)
        return self._words("wizard.dropped", answers=labels)
