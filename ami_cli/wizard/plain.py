"""The conversation line by line, for screen readers and simple terminals: no redraw, no colour,
not one escape. `<` goes back; an empty line is « je ne sais pas », or keeps a former answer."""

import sys
from collections.abc import Iterable
from typing import Any, TextIO

from ami_cli.answers import FIELD, Kind
from ami_cli.failures import Problem
from ami_cli.interruptible import LineReader
from ami_cli.wizard.flow import BACK, Talk
from ami_cli.wizard.flow import converse as _converse
from ami_cli.wizard.question_text import Speech
from ami_cli.words import Words
from ami_cli.words.wrapping import width_of, wrapped

LONGEST_LINE = 1_000  # characters read of an answer


def converse(talk: Talk, words: Words, color: bool) -> dict[str, Any]:
    """Hold the conversation on stdin and stderr; gives the answers.

    Raises KeyboardInterrupt when it is stopped or when the input ends.
    """
    source = LineReader(sys.stdin.buffer, sys.stdin.encoding)
    person = _Lines(words, source, sys.stderr)
    person.say(words("wizard.welcome"))
    person.say(words("wizard.keys_plain"))
    return _converse(talk, person)


class _Lines:
    def __init__(self, words: Words, source: LineReader, target: TextIO) -> None:
        self._words = words
        self._speech = Speech(words)
        self._source = source
        self._target = target

    def ask(self, name: str, former: Any, problems: Iterable[Problem]) -> str:
        """One question; choices are numbered, except where the answers are numbers themselves."""
        for line in self._speech.errors(problems):
            self.say(line)
        if not problems:
            self.say("")
            self.say(self._words(f"questions.{name}.ask"))
            self.say(self._words(f"questions.{name}.why"))
        answer = FIELD[name]
        if answer.kind in (Kind.DATE, Kind.NUMBER, Kind.NAME):
            return self._read(f"({self._speech.format_of(name)})", former)
        choices = self._speech.choices(name)
        if name == "echelon" or answer.kind is Kind.YES_NO:
            titles = self._words.either(text for _, text in choices)
            if former is not None:
                self.say(f"({titles})")
            return self._read(f"({titles})", former)
        for rank, (title, _) in enumerate(choices, 1):
            self.say(f"{rank}. {title}")
        reply = self._read(self._words("wizard.choose", count=len(choices)), former)
        by_rank = {str(rank): text for rank, (_, text) in enumerate(choices, 1)}
        return by_rank.get(reply, reply)

    def check(self, answers: tuple[tuple[str, Any], ...], stopped: bool) -> str | None:
        """The answers, numbered; a number changes one, an empty line goes on."""
        self.say("")
        if stopped:
            self.say(self._words("wizard.stopped"))
        self.say(self._words("wizard.check"))
        for rank, (name, value) in enumerate(answers, 1):
            title = self._words(f"labels.{name}") + self._words("format.colon")
            self.say(f"{rank}. {title}{self._speech.value(name, value)}")
        while True:
            reply = self._read(self._words("wizard.choose_check"), None)
            if reply == BACK:
                return BACK
            if not reply:
                return None
            if reply.isdecimal() and 1 <= int(reply) <= len(answers):
                return answers[int(reply) - 1][0]
            self.say(self._words("wizard.choice_out_of_range", count=len(answers)))

    def dropped(self, names: tuple[str, ...]) -> None:
        """Say which answers went."""
        self.say(self._speech.dropped(names))

    def at_the_first(self) -> None:
        """Say that this is where it begins."""
        self.say(self._words("wizard.first_question"))

    def say(self, text: str) -> None:
        """One line."""
        self._target.write(wrapped(text, width_of(self._target) - 1) + "\n")
        self._target.flush()

    def _read(self, prompt: str, former: Any) -> str:
        kept = self._speech.as_text(former)
        if kept:
            prompt = self._words("wizard.keeps", former=kept)
        self._target.write(wrapped(f"{prompt}\u00a0>", width_of(self._target) - 1) + " ")
        self._target.flush()
        line = self._source.readline(LONGEST_LINE)
        if not line.endswith("\n"):
            if len(line) < LONGEST_LINE:
                self._target.write("\n")
                raise KeyboardInterrupt  # Ctrl+D, or the end of the input
            while not self._source.readline(LONGEST_LINE).endswith("\n"):
                pass
        reply = line.strip() or kept
        return BACK if reply == "<" else reply
