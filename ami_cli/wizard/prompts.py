"""The conversation on a real terminal: the one user of questionary.

Everything is written to stderr; stdout is for the result alone. Shift+Tab goes back, Ctrl+C and
Ctrl+D stop. Entering nothing, or leaving the pointer where it starts, is « je ne sais pas »: no
answer that could decide is preselected.
"""

import shutil
import sys
import textwrap
from collections.abc import Iterable
from typing import Any

import questionary
from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings
from prompt_toolkit.output import ColorDepth, create_output
from questionary import Choice, Question, Style

from ami_cli.answers import FIELD, Kind, Problem
from ami_cli.wizard.flow import BACK, Talk
from ami_cli.wizard.flow import converse as _converse
from ami_cli.wizard.speech import Speech
from ami_cli.words import Words

_LOOK = Style(
    [
        ("qmark", "bold"),
        ("question", "bold"),
        ("instruction", "fg:ansibrightblack nobold"),
        ("answer", "fg:ansicyan bold"),
        ("pointer", "fg:ansicyan bold"),
        ("highlighted", "fg:ansicyan bold"),
    ]
)
_DONE = "\x00done"  # the choice "all is right" of the check page; no answer is named so
_LONGEST_DEFAULT = 40


def converse(talk: Talk, words: Words, color: bool) -> dict[str, Any]:
    """Hold the conversation; gives the answers. Raises KeyboardInterrupt when it is stopped."""
    person = _Terminal(words, color)
    person.say(words("wizard.welcome"))
    person.say(words("wizard.keys"))
    return _converse(talk, person)


class _Terminal:
    def __init__(self, words: Words, color: bool) -> None:
        self._words = words
        self._speech = Speech(words)
        self._output = create_output(stdout=sys.stderr)
        self._depth = ColorDepth.DEFAULT if color else ColorDepth.MONOCHROME

    def ask(self, name: str, former: Any, problems: Iterable[Problem]) -> str:
        """One question, under what was wrong with the last answer to it."""
        for line in self._speech.errors(problems):
            self.say(line, lead="✗ ")
        if not problems:
            self.say("")
        message = self._wrapped(self._words(f"questions.{name}.ask")).lstrip()
        why = self._words(f"questions.{name}.why")
        if FIELD[name].kind in (Kind.DATE, Kind.NUMBER):
            instruction = f"\n{self._wrapped(f'{why} ({self._speech.format_of(name)})')}\n  >"
            return self._run(
                questionary.text(
                    message,
                    default=self._speech.as_text(former),
                    qmark="",
                    instruction=instruction,
                    style=_LOOK,
                    **self._where(),
                )
            )
        choices = [Choice(title, value=text) for title, text in self._speech.choices(name)]
        unknown = Choice(self._speech.unknown(name), value=NOT_KNOWN)
        return self._select(
            message, [*choices, unknown], self._speech.as_text(former) or NOT_KNOWN, why
        )

    def check(self, answers: tuple[tuple[str, Any], ...], stopped: bool) -> str | None:
        """The page where any answer can be changed."""
        self.say("")
        if stopped:
            self.say(self._words("wizard.stopped"))
        done = Choice(self._words("wizard.done"), value=_DONE)
        lines = [
            Choice(
                f"{self._words(f'labels.{name}')}{self._words('format.colon')}"
                f"{self._words.value(name, value)}",
                value=name,
            )
            for name, value in answers
        ]
        message = self._words("wizard.check")
        chosen = self._select(message, [done, *lines], _DONE, self._words("wizard.check_why"))
        return None if chosen == _DONE else chosen

    def dropped(self, names: tuple[str, ...]) -> None:
        """Say which answers went."""
        self.say(self._speech.dropped(names))

    def at_the_first(self) -> None:
        """Say that this is where it begins."""
        self.say(self._words("wizard.first_question"))

    def say(self, text: str, lead: str = "") -> None:
        """A line of our own among the questions."""
        sys.stderr.write(f"{self._wrapped(text, lead)}\n")
        sys.stderr.flush()

    def _select(self, message: str, choices: list[Choice], pointed: str, why: str) -> str:
        question = questionary.select(
            message,
            choices=choices,
            default=pointed,
            qmark="",
            pointer=">",
            instruction=f"\n{self._wrapped(why)}",
            style=_LOOK,
            **self._where(),
        )
        return self._run(question)

    def _where(self) -> dict[str, Any]:
        return {"output": self._output, "color_depth": self._depth}

    def _run(self, question: Question) -> str:
        keys = KeyBindings()

        @keys.add("s-tab", eager=True)
        def go_back(event: Any) -> None:
            event.app.exit(result=BACK)

        @keys.add("<sigint>", eager=True)
        def stop(event: Any) -> None:
            event.app.exit(exception=KeyboardInterrupt)

        @keys.add("c-d", eager=True)
        def leave(event: Any) -> None:
            event.app.exit(exception=KeyboardInterrupt)

        own = question.application.key_bindings
        question.application.key_bindings = merge_key_bindings([keys, own] if own else [keys])
        reply: str = question.unsafe_ask()
        return "" if reply == NOT_KNOWN else reply

    def _wrapped(self, text: str, lead: str = "") -> str:
        width = max(20, min(shutil.get_terminal_size().columns, 80) - 2)
        return textwrap.fill(
            text, width, initial_indent=f" {lead}", subsequent_indent=" ", break_on_hyphens=False
        )


NOT_KNOWN = "\x00unknown"  # the choice « je ne sais pas »; questionary takes no None as a value
