"""Holds the conversation on a real terminal, with prompt_toolkit and the questions of questionary.

Everything is written to stderr, because stdout is for the result alone. Entering nothing, or
leaving the pointer where it starts, is « je ne sais pas »: no answer that could decide is
preselected. Every key of `_Prompt` is bound here; the libraries' own bindings never run.
"""

import contextlib
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Any

from prompt_toolkit import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.formatted_text import AnyFormattedText
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.input.typeahead import get_typeahead
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.output import ColorDepth, Output, create_output
from questionary import Question as Prompt
from questionary import Style

from ami_cli.streams import WINDOWS, encodable
from ami_cli.wizard.flow import BACK, SHOW_RESULT_NOW, Conversation, Question
from ami_cli.wizard.flow import converse as _converse
from ami_cli.wizard.names import REGISTERED, completions, proposals
from ami_cli.wizard.question_text import Option, QuestionText, chosen, numbered
from ami_cli.words import Words, visible
from ami_cli.words.wrapping import WIDEST, wrapped

# No text has a colour of its own, because there is none that is readable on every background.
_LOOK = Style(
    [
        ("asked", "bold"),
        ("pointed", "bold"),
        ("pointer", "fg:ansicyan bold"),
        # By default prompt_toolkit marks the no-break spaces of French as if they were faults.
        ("nbsp", "fg:default nounderline"),
    ]
)
_DONE = "\x00done"  # the choice "all is right" of the check page; no answer is named so
_OTHER = "\x00other"  # the choice of none of the names proposed
_NO_ANSWERS = (BACK, SHOW_RESULT_NOW, _OTHER)
_RESET = b"\r\n\x1b[?2004l\x1b[?25h"  # bracketed paste off, cursor shown
_LONGEST_ANSWER = 200  # characters kept of what is typed or pasted; no answer is that long
_MOST_LINES = 7  # lines of a list that are kept in sight while there is help above it
_PASTE_ENDED_AFTER = 0.05  # seconds without a key after which a paste has ended

_Line = tuple[str, str]  # the style and the text of one line of the screen


def converse(talk: Conversation, words: Words, color: bool) -> dict[str, Any]:
    """Hold the conversation; return the answers. Raises Stopped when it is stopped."""
    with _terminal(words, color) as person:
        person.say(words("wizard.welcome"))
        return _converse(talk, person)


def ask_what_to_keep(question: str, words: Words, color: bool) -> str:
    """Ask one question under the result; return what is typed. Raises KeyboardInterrupt."""
    with _terminal(words, color) as person:
        return person.ask_in_short(question)


@contextlib.contextmanager
def _terminal(words: Words, color: bool) -> Iterator["_Terminal"]:
    """Give the person at the terminal; restore it at the end, and when SIGTERM ends the program."""
    output = create_output(stdout=sys.stderr)
    # Without it, a terminal that does not say where its cursor is causes a warning in English.
    if hasattr(output, "enable_cpr"):
        output.enable_cpr = False
    keyboard = create_input(sys.stdin)
    with _restored_when_terminated(), keyboard.raw_mode():  # keys between two questions: no echo
        yield _Terminal(words, color, output, keyboard)


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


class _Terminal:
    """The person at the terminal, and what has been written above the prompt."""

    def __init__(self, words: Words, color: bool, output: Output, keyboard: Input) -> None:
        self._words = words
        self._text = QuestionText(words)
        self._output = output
        self._keyboard = keyboard
        self._depth = ColorDepth.DEFAULT if color else ColorDepth.MONOCHROME
        self._said: list[str] = []
        self._answered = ""  # the last question with its answer, until it is known to be taken
        self._size = output.get_size()

    def ask(self, question: Question, presumable: tuple[str, ...]) -> str:
        """Ask one question, with the problems of the last answer to it."""
        name = question.name
        if question.problems:
            self._answered = ""
            if name in REGISTERED and (names := proposals(name, question.entry, self._words.lang)):
                reply = self._propose(question, names)
                if reply != _OTHER:
                    return reply
        elif intro := self._text.intro(question):
            self.say(intro)
        self._say_what_was_answered()
        message = self._words(f"questions.{name}.ask")
        former = self._text.as_text(question.former, name)
        prompt = _Prompt(
            message,
            self._text.heading(question),
            self._text.explanation(question, presumable),
            self._text.errors(question),
            question.entry,
        )
        if self._text.is_list(name):
            options = self._text.options(question)
            prompt.choose = partial(self._text.chosen, question, options)
            return self._select(prompt, options, former, message)
        prompt.why += f" ({self._text.format_of(question)})"
        prompt.keys = self._words("wizard.keys")
        if not question.problems:
            prompt.set_text(former)
        if name in REGISTERED:
            prompt.keys = self._words("wizard.keys_names")
            prompt.complete = partial(completions, name, lang=self._words.lang)
        reply = self._run(prompt, message)
        return SHOW_RESULT_NOW if self._text.asks_for_the_result(question, reply) else reply

    def _propose(self, question: Question, names: list[str]) -> str:
        """Ask which of some names is meant; return _OTHER where none is."""
        message = self._text.doubt(question.problems)
        other = (_OTHER, self._words("wizard.other_name"))
        options = numbered([*((name, name) for name in names), other])
        prompt = _Prompt(message, self._text.heading(question))
        asked = self._words(f"questions.{question.name}.ask")
        return self._select(prompt, options, _OTHER, asked)

    def check(
        self, answers: tuple[tuple[str, Any], ...], stopped_by: tuple[str, ...]
    ) -> str | None:
        """Show the page where any answer can be changed."""
        if stopped_by:
            self.say(self._text.stopped(stopped_by, answers))
        self._say_what_was_answered()
        lines = [(name, self._text.labelled(name, value)) for name, value in answers]
        options = [Option(_DONE, self._words("wizard.done")), *numbered(lines)]
        prompt = _Prompt(self._words("wizard.check"), why=self._words("wizard.check_why"))
        prompt.no_such_choice = self._words("wizard.no_such_choice")
        reply = self._select(prompt, options, _DONE)
        return None if reply == _DONE else reply

    def ask_in_short(self, question: str) -> str:
        """Ask a question on one line, so that the result above it stays in sight."""
        reply = self._run(_Prompt(question))
        return "" if reply == BACK else reply

    def dropped(self, names: tuple[str, ...]) -> None:
        """Say which answers were dropped."""
        self.say(self._text.dropped(names))

    def at_the_first(self) -> None:
        """Say that there is no question before this one."""
        self.say(self._words("wizard.first_question"))

    def say(self, text: str) -> None:
        """Write a paragraph above the next question."""
        self._say_what_was_answered()
        self._said.append(text)
        sys.stderr.write(wrapped(text, self._columns(), 1) + "\n")
        sys.stderr.flush()

    def _say_what_was_answered(self) -> None:
        answered, self._answered = self._answered, ""
        if answered:
            self.say(answered)

    def _select(
        self, prompt: "_Prompt", options: list[Option], pointed: str, asked: str = ""
    ) -> str:
        prompt.options = options
        prompt.keys = self._words("wizard.keys_list")
        texts = [option.text for option in options]
        prompt.start = texts.index(pointed) if pointed in texts else texts.index("")
        return self._run(prompt, asked)

    def _run(self, prompt: "_Prompt", asked: str = "") -> str:
        """Ask; keep what was asked with its answer, to be written in the place of the prompt."""
        size = self._output.get_size()
        if prompt.why and not prompt.errors and not prompt.fits(size.rows, self._columns()):
            self.say(prompt.why)  # stays whole above the prompt, where it can be scrolled to
            prompt.why = ""
        application: Application[str] = Application(
            Layout(
                Window(
                    FormattedTextControl(lambda: self._shown(prompt), focusable=True),
                    dont_extend_height=True,
                )
            ),
            style=_LOOK,
            key_bindings=_keys(prompt),
            color_depth=self._depth,
            output=self._output,
            input=self._keyboard,
            erase_when_done=True,
            before_render=lambda _: self._lay_out_again(prompt),
        )
        try:
            reply: str = Prompt(application).unsafe_ask()
        except _CtrlC:
            # Send SIGINT to the whole group, as the terminal would have done, so that a script
            # stops too. Windows has no groups; the exit code alone tells that it was stopped.
            if not WINDOWS:
                os.killpg(os.getpgrp(), signal.SIGINT)
            raise KeyboardInterrupt from None
        except EOFError:  # nobody can answer any more
            raise KeyboardInterrupt from None
        self._forget_what_was_pasted()
        titles = {option.text: option.title for option in prompt.options}
        if asked and (reply in titles or not prompt.options) and reply not in _NO_ANSWERS:
            answer = titles.get(reply, reply) or self._words("wizard.unknown")
            self._answered = f"{asked} {visible(answer)}"
        return reply

    def _shown(self, prompt: "_Prompt") -> AnyFormattedText:
        lines = prompt.lines(self._output.get_size().rows, self._columns())
        fragments: list[Any] = [
            fragment
            for style, text in lines
            for fragment in [
                *_at_the_cursor(style, encodable(text, sys.stderr.encoding)),
                ("", "\n"),
            ]
        ]
        return fragments[:-1]

    def _lay_out_again(self, prompt: "_Prompt") -> None:
        """Write the screen anew once its size has changed, because what a terminal makes of the
        lines that are there differs from one to another."""
        size = self._output.get_size()
        if size == self._size:
            return
        self._size = size
        room = size.rows - len(prompt.lines(size.rows, self._columns()))
        said = [
            line for text in self._said for line in wrapped(text, self._columns(), 1).splitlines()
        ]
        self._output.erase_screen()
        self._output.cursor_goto(0, 0)
        for line in said[-room:] if room > 0 else []:
            self._output.write(encodable(line, sys.stderr.encoding))
            self._output.write_raw("\r\n")
        self._output.flush()

    def _forget_what_was_pasted(self) -> None:
        """Drop the keys that came with the answer, because the lines of a paste answer no other
        question."""
        keys = get_typeahead(self._keyboard)
        if WINDOWS:
            return
        keyboard = self._keyboard.fileno()
        if keys or select.select([keyboard], [], [], 0)[0]:
            with contextlib.suppress(OSError):
                while select.select([keyboard], [], [], _PASTE_ENDED_AFTER)[0] and os.read(
                    keyboard, 65_536
                ):
                    pass

    def _columns(self) -> int:
        return min(self._output.get_size().columns, WIDEST) - 1


_CURSOR = "\x00"  # where the cursor stands in a line of the screen


def _at_the_cursor(style: str, text: str) -> list[_Line]:
    """Return a line as prompt_toolkit takes it, with its pointer and the cursor."""
    before, cursor, after = text.partition(_CURSOR)
    fragments = [
        (style, before),
        *([("[SetCursorPosition]", ""), (style, after)] if cursor else []),
    ]
    if style == "class:pointed":
        fragments[0:1] = [("class:pointer", before[:2]), (style, before[2:])]
    return fragments


@dataclass(eq=False)
class _Prompt:
    """What is shown of one question, and what has been typed.

    With `options` it is a list: `choose` gives the option that a typed text means, and an arrow or
    a text moves the pointer from where it starts. Otherwise it is a field, where `complete` may
    offer texts below it.
    """

    message: str
    heading: str = ""
    why: str = ""
    errors: Sequence[str] = ()
    entry: str = ""
    keys: str = ""
    options: Sequence[Option] = ()
    start: int = 0
    choose: Callable[[str], Option | None] | None = None
    complete: Callable[[str], list[str]] | None = None
    no_such_choice: str = ""

    def __post_init__(self) -> None:
        self._offered: list[str] = []
        self._moved: int | None = None
        self.buffer = Buffer(multiline=False, on_text_changed=lambda _: self._typed())
        self.set_text(self.entry)

    def set_text(self, text: str) -> None:
        """Put a text into the field."""
        self.buffer.text = visible(text, _LONGEST_ANSWER)
        self.buffer.cursor_position = len(self.buffer.text)
        self._offered = []

    def type(self, text: str) -> None:
        """Insert what is typed or pasted: on one line, and nothing that does not show."""
        shown = visible(" ".join(text.split()) if len(text) > 1 else text, _LONGEST_ANSWER)
        self.buffer.insert_text(shown[: max(0, _LONGEST_ANSWER - len(self.buffer.text))])

    def _typed(self) -> None:
        self._moved = None
        self._offered = self.complete(self.buffer.text) if self.complete else []

    def pointed(self) -> int | None:
        """Return the rank of the option or of the text offered that the pointer is at."""
        if self._moved is not None or not self.options:
            return self._moved
        typed = self.buffer.text
        if not typed.strip():
            return self.start
        option = self.choose(typed) if self.choose else chosen(self.options, typed)
        return None if option is None else self.options.index(option)

    def move(self, step: int) -> None:
        """Move the pointer by an arrow; what was typed into a list goes."""
        count = len(self.options) or len(self._offered)
        if not count:
            return
        here = self.pointed()
        if self.options:
            self.buffer.text = ""
            here = self.start if here is None else here
        there = (0 if step > 0 else count - 1) if here is None else (here + step) % count
        self._moved = there

    def fill(self) -> None:
        """Complete a field by the text that is pointed at, else by the first one offered."""
        if self._offered:
            self.set_text(self._offered[self._moved or 0])

    def reply(self) -> str | None:
        """Return the answer, or None where a list takes nothing but its choices."""
        rank = self.pointed()
        if rank is not None:
            return self.options[rank].text if self.options else self._offered[rank]
        if self.no_such_choice:
            self.errors = [self.no_such_choice]
            return None
        return self.buffer.text

    def fits(self, rows: int, columns: int) -> bool:
        """Tell whether the help can be shown with the rest."""
        return "help" not in self._left_out(rows, columns)

    def lines(self, rows: int, columns: int) -> list[_Line]:
        """Return the lines of the screen, fewer than `rows`; of a long list those about the
        pointer."""
        above, below = self._around(columns, self._left_out(rows, columns))
        listed = self._list(columns)
        room = max(1, rows - 1 - len(above) - len(below))
        marked = [rank for rank, (style, _) in enumerate(listed) if style == "class:pointed"]
        first = max(0, min((marked or [0])[0] - 1, len(listed) - room))
        return [*above, *listed[first : first + room], *below][: max(1, rows - 1)]

    def _left_out(self, rows: int, columns: int) -> set[str]:
        """Return what gives way to the message, the field, the error and the list."""
        left_out: set[str] = set()
        wanted = rows - 1 - min(len(self._list(columns)), _MOST_LINES)
        for part in ("help", "blank", "keys", "heading"):
            if sum(map(len, self._around(columns, left_out))) <= wanted:
                break
            left_out.add(part)
        return left_out

    def _around(self, columns: int, left_out: set[str]) -> tuple[list[_Line], list[_Line]]:
        """Return the lines above the list and below it."""
        above: list[_Line] = [] if "blank" in left_out or not self.keys else [("", "")]
        if "heading" not in left_out:
            above += _paragraph("", self.heading, columns)
        above += _paragraph("class:asked", self.message, columns)
        if "help" not in left_out:
            above += _paragraph("", self.why, columns)
        if not self.options or self.buffer.text:
            above.append(("", self._field(columns - 4)))
        for error in self.errors:
            above += _paragraph("", error, columns, "✗")
        return above, [] if "keys" in left_out else _paragraph("", self.keys, columns)

    def _field(self, width: int) -> str:
        """Return the part of the text about the cursor."""
        text, cursor = self.buffer.text, self.buffer.cursor_position
        first = max(0, cursor - width + 1)
        return f"  > {text[first:cursor]}{_CURSOR}{text[cursor : first + width]}"

    def _list(self, columns: int) -> list[_Line]:
        rows = self.options or [Option(text, text) for text in self._offered]
        lines: list[_Line] = []
        pointed = self.pointed()
        for rank, option in enumerate(rows):
            figure = f"{option.figure}." if option.figure else ""
            paragraph = wrapped(option.title, columns, 2, figure).splitlines()
            if rank == pointed:
                mark = "" if self.buffer.text or not self.options else _CURSOR
                paragraph[0] = f"> {mark}{paragraph[0][2:]}"
            lines += [("class:pointed" if rank == pointed else "", line) for line in paragraph]
        return lines


def _paragraph(style: str, text: str, columns: int, lead: str = "") -> list[_Line]:
    return [(style, line) for line in wrapped(text, columns, 1, lead).splitlines()]


def _keys(prompt: _Prompt) -> KeyBindings:
    """Return every key of a prompt, `Keys.Any` too: all eager, so that no other binding runs."""
    keys = KeyBindings()
    buffer = prompt.buffer

    def type_it(event: Any) -> None:
        key = event.key_sequence[0].key
        if len(key) == 1:  # a character; keys without one have longer names
            prompt.type(key)

    def confirm(event: Any) -> None:
        reply = prompt.reply()
        if reply is not None:
            event.app.exit(result=reply)

    bindings: dict[tuple[str, ...], Callable[[Any], object]] = {
        (Keys.Any,): type_it,
        (Keys.BracketedPaste,): lambda event: prompt.type(event.data),
        (Keys.Enter, Keys.ControlJ): confirm,
        (Keys.BackTab,): lambda event: event.app.exit(result=BACK),
        (Keys.ControlC,): lambda event: event.app.exit(exception=_CtrlC),
        (Keys.SIGINT, Keys.ControlD): lambda event: event.app.exit(exception=KeyboardInterrupt),
        (Keys.ControlZ,): lambda event: event.app.suspend_to_background(),
        (Keys.Up,): lambda event: prompt.move(-1),
        (Keys.Down,): lambda event: prompt.move(1),
        (Keys.Tab,): lambda event: prompt.fill(),
        (Keys.Left,): lambda event: buffer.cursor_left(),
        (Keys.Right,): lambda event: buffer.cursor_right(),
        (Keys.Home, Keys.ControlA): lambda event: buffer.cursor_left(len(buffer.text)),
        (Keys.End, Keys.ControlE): lambda event: buffer.cursor_right(len(buffer.text)),
        (Keys.Backspace,): lambda event: buffer.delete_before_cursor(),
        (Keys.Delete,): lambda event: buffer.delete(),
        (Keys.ControlU,): lambda event: buffer.delete_before_cursor(buffer.cursor_position),
    }
    for names, handler in bindings.items():
        for name in names:
            keys.add(name, eager=True)(handler)
    return keys
