"""Holds the conversation line by line, for screen readers and simple terminals.

It writes no escape: no redraw, no colour. `<` goes back; an empty line is « je ne sais pas », or
keeps the former answer.
"""

import sys
from collections.abc import Sequence
from typing import Any, TextIO

from ami_cli.interruptible import LineReader
from ami_cli.wizard.flow import BACK, SHOW_RESULT_NOW, Conversation, Question
from ami_cli.wizard.flow import converse as _converse
from ami_cli.wizard.names import REGISTERED, proposals
from ami_cli.wizard.question_text import Option, QuestionText, chosen, numbered
from ami_cli.words import Words, visible
from ami_cli.words.wrapping import width_of, wrapped

LONGEST_LINE = 1_000  # characters read of an answer


def converse(talk: Conversation, words: Words, color: bool) -> dict[str, Any]:
    """Hold the conversation on stdin and stderr; return the answers.

    Raises Stopped when it is stopped or when the input ends.
    """
    person = _person(words)
    person.say(words("wizard.welcome"))
    person.say(words("wizard.keys_plain"))
    return _converse(talk, person)


def ask_what_to_keep(question: str, words: Words, color: bool) -> str:
    """Ask one question under the result; return what is typed. Raises KeyboardInterrupt."""
    return _person(words).read(question)


def _person(words: Words) -> "_Lines":
    return _Lines(words, LineReader(sys.stdin.buffer, sys.stdin.encoding), sys.stderr)


class _Lines:
    def __init__(self, words: Words, source: LineReader, target: TextIO) -> None:
        self._words = words
        self._text = QuestionText(words)
        self._source = source
        self._target = target

    def ask(self, question: Question, presumable: tuple[str, ...]) -> str:
        """Ask one question; a list is numbered, unless its answers are numbers themselves."""
        name = question.name
        names: list[str] = []
        if question.problems:
            names = proposals(name, question.entry, self._words.lang) if name in REGISTERED else []
            doubt = [self._text.doubt(question.problems)] if names else []
            for line in doubt or self._text.errors(question):
                self.say(line)
        else:
            self._introduce(question, presumable)
        former = self._text.as_text(question.former, name)
        if not self._text.is_list(name):
            # Enter under a refused name must not give the former one.
            reply = self._ask_text(question, "" if names else former, names)
            return SHOW_RESULT_NOW if self._text.asks_for_the_result(question, reply) else reply
        options = self._text.options(question)
        self._list(options)
        if former:
            prompt = self._words("wizard.keeps", former=former)
        else:
            code = "choose" if options[0].figure else "choose_title"
            prompt = self._words(f"wizard.{code}", count=len(options))
        reply = self.read(prompt) or former
        option = self._text.chosen(question, options, reply)
        return reply if option is None else option.text

    def _introduce(self, question: Question, presumable: tuple[str, ...]) -> None:
        self.say("")
        for line in (
            self._text.intro(question),
            self._text.heading(question),
            self._words(f"questions.{question.name}.ask"),
            self._text.explanation(question, presumable),
        ):
            if line:
                self.say(line)

    def _ask_text(self, question: Question, former: str, names: Sequence[str]) -> str:
        options = numbered((name, name) for name in names)
        self._list(options)
        prompt = self._text.format_of(question)
        if former:
            prompt = self._words("wizard.keeps", former=visible(former))
        elif names:
            prompt = self._words("wizard.choose_name")
        reply = self.read(prompt) or former
        option = chosen(options, reply) if reply.isdecimal() else None
        return reply if option is None else option.text

    def check(
        self, answers: tuple[tuple[str, Any], ...], stopped_by: tuple[str, ...]
    ) -> str | None:
        """Show the answers, numbered; a number changes one, an empty line goes on."""
        self.say("")
        if stopped_by:
            self.say(self._text.stopped(stopped_by, answers))
        self.say(self._words("wizard.check"))
        options = numbered((name, self._text.labelled(name, value)) for name, value in answers)
        self._list(options)
        while True:
            reply = self.read(self._words("wizard.choose_check"))
            if not reply or reply == BACK:
                return reply or None
            option = chosen(options, reply)
            if option is not None:
                return option.text
            self.say(self._words("wizard.choice_out_of_range", count=len(answers)))

    def dropped(self, names: tuple[str, ...]) -> None:
        """Say which answers were dropped."""
        self.say(self._text.dropped(names))

    def at_the_first(self) -> None:
        """Say that there is no question before this one."""
        self.say(self._words("wizard.first_question"))

    def say(self, text: str) -> None:
        """Write one paragraph."""
        self._target.write(wrapped(text, width_of(self._target) - 1) + "\n")
        self._target.flush()

    def _list(self, options: Sequence[Option]) -> None:
        for option in options:
            self.say(f"{option.figure}. {option.title}" if option.figure else option.title)

    def read(self, prompt: str) -> str:
        """Read a line after a prompt; return BACK for `<`."""
        self._target.write(wrapped(f"{prompt}\u00a0>", width_of(self._target) - 1) + " ")
        self._target.flush()
        line = self._source.readline(LONGEST_LINE)
        if line is None:  # Ctrl+D, or the end of the input
            self._target.write("\n")
            raise KeyboardInterrupt
        reply = line.strip()
        return BACK if reply == "<" else reply
