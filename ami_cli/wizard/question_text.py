"""Gives both terminals the texts of a question: its choices, its format, its errors."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from ami_cli.answers import FIELD, Kind
from ami_cli.failures import Problem
from ami_cli.wizard.names import known_as
from ami_cli.words import Words
from ami_cli.words.problems import describe


class QuestionText:
    """The texts of the questions, in one language."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def choices(self, name: str) -> list[tuple[str, str]]:
        """Return the titles of a question's choices, each with the text that answers it."""
        answer = FIELD[name]
        if answer.kind is Kind.YES_NO:
            return [(text.capitalize(), text) for text in map(self.as_text, (True, False))]
        return [(self._words.value(name, option), option) for option in answer.options]

    def unknown(self, name: str) -> str:
        """Return the title of « je ne sais pas »."""
        return self._words("wizard.rather_not" if name == "disability" else "wizard.unknown")

    def format_of(self, name: str) -> str:
        """Return how a date, a number or a name is written."""
        kind = FIELD[name].kind
        return self._words(f"wizard.{kind.value}_format")

    def as_text(self, former: Any) -> str:
        """Return a former answer as it would be typed or chosen."""
        match former:
            case None:
                return ""
            case bool():
                return self._words("format.yes" if former else "format.no")
            case date():
                return former.strftime("%d/%m/%Y")
        return str(former)

    def labelled(self, name: str, value: Any) -> str:
        """Return a line of the check page: a label and its answer in words.

        A name is followed by the school or commune that it was taken for.
        """
        text = self._words(f"labels.{name}") + self._words("format.colon")
        text += self._words.value(name, value)
        known = known_as(name, value) if FIELD[name].kind is Kind.NAME and value else None
        return text if known in (None, value) else f"{text} ({known})"

    def errors(self, problems: Iterable[Problem]) -> list[str]:
        """Return a sentence for each problem of an answer, with its fix."""
        described = (describe(problem, self._words) for problem in problems)
        return [f"{problem['message']} {problem['fix']}" for problem in described]

    def dropped(self, names: tuple[str, ...]) -> str:
        """Return the sentence that some answers no longer go with the others."""
        labels = ", ".join(self._words(f"labels.{name}") for name in names)
        return self._words("wizard.dropped", answers=labels)
