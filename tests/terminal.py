"""A program on a real terminal: a pty, and the screen a person would see on it."""

import os
import re
import signal
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pexpect
import pyte

from ami_cli.answers import FIELD, Kind
from ami_cli.wizard.flow import ALL_PRESUMED
from ami_cli.words import Words, words_of
from tests.runner import AMI, COVERED_ENV, DAY

PATIENCE = 60.0  # seconds a screen may take to show what is awaited, on a busy machine
POLL = 0.02
ENTER, BACK_TAB, CTRL_C, CTRL_D, CTRL_U = "\r", "\x1b[Z", "\x03", "\x04", "\x15"
UP, DOWN = "\x1b[A", "\x1b[B"
POINTER = "> "
FIGURE = re.compile(r"^\d+\. ")  # of a line in a list
BRACKETED_PASTE = 2004 << 5  # as pyte numbers private modes


def check(*arguments: str, lang: str = "fr") -> list[str]:
    """The command line of `ami check` on a fixed day."""
    return [AMI, "check", "--lang", lang, *DAY, *arguments]


def into(path: Path, command: Sequence[str]) -> list[str]:
    """The same command with its stdout in a file."""
    return ["/bin/sh", "-c", 'exec "$@" > "$0"', str(path), *command]


def unwrapped(text: str) -> str:
    """A text as one line, any run of blanks (no-break ones too) as one space."""
    return " ".join(text.split())


def is_list(name: str) -> bool:
    """Whether a question is answered from a list."""
    return name == ALL_PRESUMED or FIELD[name].kind in (Kind.CHOICE, Kind.YES_NO)


class _Screen(pyte.HistoryScreen):
    """A screen that answers where its cursor is, as terminals do."""

    def __init__(self, columns: int, rows: int, answer: Callable[[str], None]) -> None:
        self._answer = answer
        super().__init__(columns, rows, history=10_000)

    def write_process_input(self, data: str) -> None:
        self._answer(data)


class Terminal:
    """A program on a pty of some size; everything it wrote is kept, raw and as a screen."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 30,
        lang: str = "fr",
        env: dict[str, str] | None = None,
    ) -> None:
        self.words: Words = words_of(lang)
        self.raw = b""
        self.asked_to_keep = False
        self._screen = _Screen(columns, rows, self.send)
        self._stream = pyte.ByteStream(self._screen)
        self._child: Any = pexpect.spawn(
            command[0],
            list(command[1:]),
            dimensions=(rows, columns),
            env={**COVERED_ENV, "TERM": "xterm-256color", "LANG": "C.UTF-8", **(env or {})},
        )
        self._child.delaybeforesend = None
        self._child.ptyproc.delayafterclose = POLL
        self._child.ptyproc.delayafterterminate = POLL
        self.pid: int = self._child.pid
        self._modes = termios.tcgetattr(self._child.child_fd)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._child.closed:
            return
        if self._child.isalive():
            self._child.kill(signal.SIGKILL)
            self._child.wait()  # close() would give up on a busy machine
        self._child.close(force=True)

    # --- what is seen ----------------------------------------------------------------------------

    def lines(self) -> list[str]:
        """The screen, line by line, as wide as it is."""
        lines: list[str] = self._screen.display
        return lines

    def everything(self) -> list[str]:
        """What scrolled off the top, then the screen."""
        past = [
            "".join(line[column].data for column in range(self._screen.columns))
            for line in self._screen.history.top
        ]
        return [*past, *self.lines()]

    def block(self) -> list[str]:
        """The last lines of the screen without an empty one between: the question asked."""
        lines = [line.rstrip() for line in self.lines()]
        while lines and not lines[-1]:
            lines.pop()
        above = [rank for rank, line in enumerate(lines) if not line]
        return lines[above[-1] + 1 if above else 0 :]

    def pointed(self) -> str | None:
        """The choice the pointer stands at."""
        marked = [line.strip() for line in self.block() if line.strip().startswith(POINTER)]
        return FIGURE.sub("", unwrapped(marked[-1][len(POINTER) :])) if marked else None

    def cursor_is_shown(self) -> bool:
        """Whether the cursor is visible."""
        return not self._screen.cursor.hidden

    def pastes_in_brackets(self) -> bool:
        """Whether bracketed paste is on."""
        return BRACKETED_PASTE in self._screen.mode

    def modes_are_restored(self) -> bool:
        """Whether the terminal works as it did before the program."""
        return bool(termios.tcgetattr(self._child.child_fd) == self._modes)

    # --- time ------------------------------------------------------------------------------------

    def listen(self, seconds: float = POLL) -> bool:
        """Read what the program writes now; False once it will write no more."""
        try:
            data: bytes = self._child.read_nonblocking(1 << 16, timeout=seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        self._stream.feed(data)
        return True

    def wait_until(
        self, condition: Callable[[], bool], awaited: str, patience: float = PATIENCE
    ) -> None:
        """Read until something holds; an AssertionError shows the screen it never held on."""
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline or not self.listen():
                if condition():
                    return
                screen = "\n".join(f"|{line}|" for line in self.lines())
                raise AssertionError(f"never seen: {awaited}\n{screen}")

    def wait_for(self, *texts: str, patience: float = PATIENCE) -> None:
        """Read until the last block of the screen says these texts, however it wraps them."""

        def said() -> bool:
            block = unwrapped(" ".join(self.block()))
            return all(unwrapped(text) in block for text in texts)

        self.wait_until(said, " + ".join(texts), patience)

    def end(self, patience: float = PATIENCE) -> int:
        """Read until the program is gone: its exit code, or minus the signal it died of."""
        deadline = time.monotonic() + patience
        while self.listen():
            assert time.monotonic() < deadline, f"still running\n{self.lines()}"
        self._child.wait()
        return int(
            self._child.exitstatus
            if self._child.signalstatus is None
            else -self._child.signalstatus
        )

    # --- what is done ----------------------------------------------------------------------------

    def send(self, keys: str) -> None:
        """Press keys, without looking."""
        self._child.send(keys)

    def paste(self, data: bytes, patience: float = PATIENCE) -> None:
        """Send much at once, reading meanwhile as a terminal does."""
        deadline = time.monotonic() + patience
        descriptor: int = self._child.child_fd
        os.set_blocking(descriptor, False)
        try:
            while data:
                assert time.monotonic() < deadline, f"{len(data)} bytes not taken"
                try:
                    data = data[os.write(descriptor, data[:4096]) :]
                except BlockingIOError:
                    self.listen()
        finally:
            os.set_blocking(descriptor, True)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal from outside."""
        os.kill(self.pid, number)

    def resize(self, columns: int, rows: int) -> None:
        """Make the window another size."""
        self._screen.resize(rows, columns)
        self._child.setwinsize(rows, columns)

    def hang_up(self) -> int:
        """Close the window; the exit code of the program, or minus the signal it died of."""
        self._child.ptyproc.fileobj.close()
        self._child.closed = self._child.ptyproc.closed = True
        deadline = time.monotonic() + PATIENCE
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            assert time.monotonic() < deadline, "still running without a terminal"
            time.sleep(POLL)

    # --- the wizard ------------------------------------------------------------------------------

    def asks(self, name: str) -> None:
        """Wait for a question, until it can be answered."""
        self.wait_for(self.words(f"questions.{name}.ask"))
        if is_list(name):
            self.wait_until(lambda: self.pointed() is not None, f"a pointer under {name}")

    def answer(self, name: str, text: str = "") -> None:
        """Wait for a question and answer it: a date, number or name, the title of a choice, or ""
        for what Enter alone gives."""
        self.asks(name)
        self.send(text + ENTER)
        if is_list(name):
            self.wait_until(lambda: not self._is_choosing(name), f"an answer to {name}")

    def _is_choosing(self, name: str) -> bool:
        asked = unwrapped(self.words(f"questions.{name}.ask"))
        return asked in unwrapped(" ".join(self.block())) and self.pointed() is not None

    def point_at(self, title: str) -> None:
        """Move the pointer to the choice that begins as the title does."""
        self.wait_until(lambda: self.pointed() is not None, "a pointer")
        for _ in range(40):
            here = self.pointed() or ""
            if here == unwrapped(title) or (len(here) > 15 and unwrapped(title).startswith(here)):
                return
            self.send(DOWN)
            self.wait_until(lambda seen=here: self.pointed() not in (None, seen), "it moved")  # type: ignore[misc]
        raise AssertionError(f"no choice {title}: {self.block()}")

    def check_page(self) -> None:
        """Wait for the page where the answers are checked."""
        self.wait_for(self.words("wizard.check"), self.words("wizard.done"))
        self.wait_until(lambda: self.pointed() is not None, "the pointer of the check page")

    def finish(self) -> int:
        """Accept the check page, keep nothing, and return the exit code."""
        self.send(ENTER)
        keep = self.words("wizard.keep").partition("{")[0]
        while self.listen():
            if not self.asked_to_keep and unwrapped(keep) in unwrapped(" ".join(self.block())):
                self.send(ENTER)
                self.asked_to_keep = True
        return self.end()

    def option(self, name: str, value: str) -> str:
        """The title of a choice."""
        if name == ALL_PRESUMED or FIELD[name].kind is Kind.YES_NO:
            return self.words(f"format.{value}").capitalize()
        return self.words(f"options.{name}.{value}")
