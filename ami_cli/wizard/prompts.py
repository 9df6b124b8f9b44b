"""Holds the conversation on a real terminal, with the prompts of questionary.

Everything is written to stderr, because stdout is for the result alone. Shift+Tab goes back,
Ctrl+C and Ctrl+D stop. Entering nothing, or leaving the pointer where it starts, is « je ne sais
pas »: no answer that could decide is preselected.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any

import questionary
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings
from prompt_toolkit.output import ColorDepth, Output, create_output
from questionary import Choice, Question, Style

from ami_cli.answers import FIELD, Kind
from ami_cli.failures import Problem
from ami_cli.streams import WINDOWS, encodable
from ami_cli.wizard.flow import BACK, Talk
from ami_cli.wizard.flow import converse as _converse
from ami_cli.wizard.names import completions
from ami_cli.wizard.question_text import QuestionText
from ami_cli.words import Words, visible
from ami_cli.words.wrapping import width_of, wrapped

_LOOK = Style(
    [
        ("qmark", "bold"),
        ("question", "bold"),
        ("instruction", "fg:ansibrightblack nobold"),
        ("answer", "fg:ansicyan bold"),
        ("pointer", "fg:ansicyan bold"),
        ("highlighted", "fg:ansicyan bold"),
        # By default prompt_toolkit marks the no-break spaces of French as if they were faults.
        ("nbsp", "fg:default nounderline"),
    ]
)
_DONE = "\x00done"  # the choice "all is right" of the check page; no answer is named so
_NOT_KNOWN = "\x00unknown"  # « je ne sais pas »; questionary takes no None as a value
_RESET = b"\r\n\x1b[?2004l\x1b[?25h"  # bracketed paste off, cursor shown
# A list of names under the line, seven lines high.
_COMPLETION: dict[str, Any] = {"complete_while_typing": True, "reserve_space_for_menu": 7}
_LONGEST_ANSWER = 200  # characters kept of what is typed or pasted; no answer is that long


def converse(talk: Talk, words: Words, color: bool) -> dict[str, Any]:
    """Hold the conversation; return the answers. Raises KeyboardInterrupt when it is stopped."""
    output = create_output(stdout=sys.stderr)
    person = _Terminal(words, color, output)
    person.say(words("wizard.welcome"))
    person.say(words("wizard.keys"))
    with _restored_when_terminated():
        return _converse(talk, person)


@contextlib.contextmanager
def _restored_when_terminated() -> Iterator[None]:
    """Restore the terminal when SIGTERM ends the program in the middle of a prompt."""
    if WINDOWS:  # no SIGTERM comes from outside
        yield
        return
    import termios

    keyboard, terminal = sys.stdin.fileno(), sys.stderr.fileno()
    modes = termios.tcgetattr(keyboard)

    def end(number: int, frame: FrameType | None) -> None:
        # The signal may interrupt a write, so that nothing here may use a buffer.
        with contextlib.suppress(OSError, termios.error):
            os.write(terminal, _RESET)
            termios.tcsetattr(keyboard, termios.TCSANOW, modes)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _CtrlC(Exception):
    """Ctrl+C was typed; a terminal in raw mode sends no signal for it."""


class _Names(Completer):
    """Completes names; accents, case and order of the words do not matter."""

    def __init__(self, name: str) -> None:
        self._name = name

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
        """Give whole names, which replace all that is typed."""
        text = document.text_before_cursor
        for name in completions(self._name, text):
            yield Completion(name, start_position=-len(text))


class _Terminal:
    def __init__(self, words: Words, color: bool, output: Output) -> None:
        self._words = words
        self._text = QuestionText(words)
        self._output = output
        self._depth = ColorDepth.DEFAULT if color else ColorDepth.MONOCHROME

    def ask(self, name: str, former: Any, problems: Iterable[Problem]) -> str:
        """Ask one question, under the problems of the last answer to it."""
        problems = tuple(problems)
        for line in self._text.errors(problems):
            self.say(line, lead="✗")
        if not problems:
            self.say("")
        message = self._words(f"questions.{name}.ask")
        why = self._words(f"questions.{name}.why")
        if FIELD[name].kind in (Kind.DATE, Kind.NUMBER, Kind.NAME, Kind.COUNTRY):
            why = f"{why} ({self._text.format_of(name)})"
            completer = _Names(name) if FIELD[name].kind is Kind.NAME else None
            # Enter under a refused name must not give the former one.
            offered = "" if problems and completer else self._text.as_text(former)
            return self._ask_text(message, why, offered, completer)
        choices = [(text, title) for title, text in self._text.choices(name)]
        choices.append((_NOT_KNOWN, self._text.unknown(name)))
        chosen = self._select(message, choices, self._text.as_text(former) or _NOT_KNOWN, why)
        return "" if chosen == _NOT_KNOWN else chosen

    def check(self, answers: tuple[tuple[str, Any], ...], stopped: bool) -> str | None:
        """Show the page where any answer can be changed."""
        self.say("")
        if stopped:
            self.say(self._words("wizard.stopped"))
        choices = [(_DONE, self._words("wizard.done"))]
        for name, value in answers:
            choices.append((name, self._text.labelled(name, value)))
        message = self._words("wizard.check")
        chosen = self._select(message, choices, _DONE, self._words("wizard.check_why"))
        return None if chosen == _DONE else chosen

    def dropped(self, names: tuple[str, ...]) -> None:
        """Say which answers were dropped."""
        self.say(self._text.dropped(names))

    def at_the_first(self) -> None:
        """Say that there is no question before this one."""
        self.say(self._words("wizard.first_question"))

    def say(self, text: str, lead: str = "") -> None:
        """Write a line among the questions."""
        sys.stderr.write(wrapped(text, self._width(), 1, lead) + "\n")
        sys.stderr.flush()

    def _ask_text(self, message: str, why: str, default: str, completer: "_Names | None") -> str:
        question = questionary.text(
            self._wrapped(message, 1).lstrip(),
            default=default,
            qmark="",
            instruction=f"\n{self._wrapped(why, 1)}\n  >",
            style=_LOOK,
            **({**_COMPLETION, "completer": completer} if completer else {}),
            **self._options(),
        )

        def keep_it_short(buffer: Any) -> None:
            if len(buffer.text) > _LONGEST_ANSWER:
                buffer.text = buffer.text[:_LONGEST_ANSWER]

        question.application.current_buffer.on_text_changed += keep_it_short
        return self._run(question, message, {"": self._words("wizard.unknown")})

    def _select(self, message: str, choices: list[tuple[str, str]], pointed: str, why: str) -> str:
        titles = {value: self._wrapped(title, 3).strip() for value, title in choices}
        question = questionary.select(
            self._wrapped(message, 1).lstrip(),
            choices=[Choice(title, value=value) for value, title in titles.items()],
            default=pointed,
            qmark="",
            pointer=">",
            instruction=f"\n{self._wrapped(why, 1)}",
            style=_LOOK,
            **self._options(),
        )
        return self._run(question, message, dict(choices))

    def _options(self) -> dict[str, Any]:
        # `_run` writes the answered question itself, wrapped to the terminal.
        return {"output": self._output, "color_depth": self._depth, "erase_when_done": True}

    def _run(self, question: Question, message: str, titles: dict[str, str]) -> str:
        """Ask, and write the question with its answer in the place of the prompt."""
        keys = KeyBindings()

        @keys.add("s-tab", eager=True)
        def go_back(event: Any) -> None:
            event.app.exit(result=BACK)

        @keys.add("c-c", eager=True)
        def ctrl_c(event: Any) -> None:
            event.app.exit(exception=_CtrlC)

        @keys.add("<sigint>", eager=True)
        @keys.add("c-d", eager=True)
        def stop(event: Any) -> None:
            event.app.exit(exception=KeyboardInterrupt)

        own = question.application.key_bindings
        question.application.key_bindings = merge_key_bindings([own, keys] if own else [keys])
        try:
            reply: str = question.unsafe_ask()
        except _CtrlC:
            # Send SIGINT to the whole group, as the terminal would have done, so that a script
            # stops too. Windows has no groups; the exit code alone tells that it was stopped.
            if not WINDOWS:
                os.killpg(os.getpgrp(), signal.SIGINT)
            raise KeyboardInterrupt from None
        if reply != BACK:
            self.say(f"{message} {visible(titles.get(reply, reply))}")
        return reply

    def _wrapped(self, text: str, indent: int) -> str:
        """Wrap a paragraph of a prompt; prompt_toolkit would write `?` for what stderr lacks."""
        return wrapped(encodable(text, sys.stderr.encoding), self._width(), indent)

    def _width(self) -> int:
        return width_of(sys.stderr) - 1
