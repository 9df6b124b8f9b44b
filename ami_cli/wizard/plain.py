"""Holds the conversation line by line, for screen readers and simple terminals.

It writes no escape: no redraw, no colour. `<` goes back; an empty line is « je ne sais pas », or
keeps the former answer.
"""

import sys
from collections.abc import Iterable
from typing import Any, TextIO

from ami_cli.answers import FIELD, Kind
from ami_cli.failures import Problem
from ami_cli.interruptible import LineReader
from ami_cli.wizard.flow import BACK, Talk
from ami_cli.wizard.flow import converse as _converse
from ami_cli.wizard.question_text import QuestionText
from ami_cli.words import Words
from ami_cli.words.wrapping import width_of, wrapped

LONGEST_LINE = 1_000  # characters read of an answer


def converse(talk: Talk, words: Words, color: bool) -> dict[str, Any]:
    """Hold the conversation on stdin and stderr; return the answers.

    Raises KeyboardInterrupt when it is stopped or when the input ends.
    """
    person = _Lines(words, LineReader(sys.stdin.buffer, sys.stdin.encoding), sys.stderr)
    person.say(words("wizard.welcome"))
    person.say(words("wizard.keys_plain"))
    return _converse(talk, person)


class _Lines:
    def __init__(self, words: Words, source: LineReader, target: TextIO) -> None:
        self._words = words
        self._text = QuestionText(words)
        self._source = source
        self._target = target

    def ask(self, name: str, former: Any, problems: Iterable[Problem]) -> str:
        """Ask one question; choices are numbered, unless the answers are numbers themselves."""
        for line in self._text.errors(problems):
            self.say(line)
        if not problems:
            self.say("")
            self.say(self._words(f"questions.{name}.ask"))
            self.say(self._words(f"questions.{name}.why"))
        answer = FIELD[name]
        if answer.kind in (Kind.DATE, Kind.NUMBER, Kind.NAME, Kind.COUNTRY):
            return self._read(f"({self._text.format_of(name)})", former)
        choices = self._text.choices(name)
        if name == "echelon" or answer.kind is Kind.YES_NO:
            titles = self._words.either(text for _, text in choices)
            if former is not None:
                self.say(f"({titles})")
            return self._read(f"({titles})", former)
        texts = {}
        for rank, (title, text) in enumerate(choices, 1):
            self.say(f"{rank}. {title}")
            texts[str(rank)] = text
        reply = self._read(self._words("wizard.choose", count=len(choices)), former)
        return texts.get(reply, reply)

    def check(self, answers: tuple[tuple[str, Any], ...], stopped: bool) -> str | None:
        """Show the answers, numbered; a number changes one, an empty line goes on."""
        self.say("")
        if stopped:
            self.say(self._words("wizard.stopped"))
        self.say(self._words("wizard.check"))
        for rank, (name, value) in enumerate(answers, 1):
            self.say(f"{rank}. {self._text.labelled(name, value)}")
        while True:
            reply = self._read(self._words("wizard.choose_check"), None)
            if not reply or reply == BACK:
                return reply or None
            if reply.isdecimal() and 1 <= int(reply) <= len(answers):
                return answers[int(reply) - 1][0]
            self.say(self._words("wizard.choice_out_of_range", count=len(answers)))

    def dropped(self, names: tuple[str, ...]) -> None:
        """Say which answers were dropped."""
        self.say(self._text.dropped(names))

    def at_the_first(self) -> None:
        """Say that there is no question before this one."""
        self.say(self._words("wizard.first_question"))

    def say(self, text: str) -> None:
        """Write one line."""
        self._target.write(wrapped(text, width_of(self._target) - 1) + "\n")
        self._target.flush()

    def _read(self, prompt: str, former: Any) -> str:
        former = self._text.as_text(former)
        if former:
            prompt = self._words("wizard.keeps", former=former)
        self._target.write(wrapped(f"{prompt}\u00a0>", width_of(self._target) - 1) + " ")
        self._target.flush()
        line = self._source.readline(LONGEST_LINE)
        if line is None:  # Ctrl+D, or the end of the input
            self._target.write("\n")
            raise KeyboardInterrupt
        reply = line.strip() or former
        return BACK if reply == "<" else reply
