"""Handles stdout and stderr: characters an encoding lacks, Windows consoles, failing writes.

Nothing here raises because of a character: what the encoding of a stream cannot show is written
in plainer characters, down to ASCII.
"""

import codecs
import contextlib
import errno
import os
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any, TextIO

from ami_cli.failures import Failure, Problem, UnwritableOutput
from ami_cli.signals import reader_is_gone

WINDOWS = sys.platform == "win32"

# What stands for a character of our own sentences and pictures where the encoding lacks it.
_PLAINER = {
    "\u202f": "\u00a0", "’": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-",
    "…": "...", "·": "-", "•": "-", "°": "o", "€": "EUR", "→": "->", "×": "x", "≈": "~",
    "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "✓": "+", "✔": "+", "☑": "+", "✅": "+",
    "✗": "x", "▲": "^", "●": "*", "▶": ">", "◀": "<", "■": "#", "□": "o",
    "─": "-", "━": "=", "│": "|", **dict.fromkeys("╭╮╰╯", "+"), **dict.fromkeys("█▉▊▋▌▍▎▏", "#"),
}  # fmt: skip

_ENABLE_VIRTUAL_TERMINAL_PROCESSING = 0x0004


# --- characters ----------------------------------------------------------------------------------


def prepare_streams() -> None:
    """Make stdout and stderr replace the characters that their encodings lack."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_error_handler(stream.encoding))


def _error_handler(encoding: str) -> str:
    """Register the error handler of an encoding; return its name.

    The handler is told the encoding because the exception does not hold it: for all the code
    pages of one byte a character it says "charmap".
    """

    def replace(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeEncodeError)
        return encodable(error.object[error.start : error.end], encoding), error.end

    name = f"ami-{encoding}"
    codecs.register_error(name, replace)
    return name


def encodable(text: str, encoding: str) -> str:
    """Return the text with plainer characters instead of those that the encoding lacks."""
    return "".join(_plainer(character, encoding) for character in text)


@cache
def _plainer(character: str, encoding: str) -> str:
    """Return a character, its plainer form, or the letter without its accent: the first of them
    that the encoding has, else a backslash escape, which only a person's own text needs."""
    for form in _forms(character):
        try:
            form.encode(encoding)
        except UnicodeEncodeError:
            continue
        return form
    return character.encode("ascii", "backslashreplace").decode()


def _forms(character: str) -> Iterator[str]:
    yield character
    if character in _PLAINER:
        yield _PLAINER[character]
    # A no-break space becomes a space here, and a ligature its letters.
    letters = unicodedata.normalize("NFKD", character)
    if bare := "".join(letter for letter in letters if not unicodedata.combining(letter)):
        yield bare


def use_utf8(stream: TextIO | None) -> None:
    """Make a stream write UTF-8 and bare newlines, because what programs read must not depend on
    the console."""
    if stream is not None and hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


# --- writing -------------------------------------------------------------------------------------


def write(stream: TextIO | None, text: str) -> None:
    """Write and flush. Raises UnwritableOutput where the stream is closed or the disk full, and
    Terminated where the reader of stdout is gone."""
    try:
        if stream is None:
            raise OSError(errno.EBADF, "closed")
        stream.write(text)
        stream.flush()
    except OSError as error:
        silence(stream)
        if stream is sys.stdout:
            reader_is_gone(error)
        problem = Problem("output_closed", "output", {"why": error})
        raise UnwritableOutput(problem) from None


def write_message(text: str) -> None:
    """Write a line to stderr, if anybody still reads it."""
    # A closed stderr must stop neither the result nor the exit code.
    with contextlib.suppress(Failure):
        write(sys.stderr, text + "\n")


def silence(stream: TextIO | None) -> None:
    """Redirect a stream that failed to the null device, so that closing it at exit cannot fail."""
    if stream is not None:
        silence_descriptor(stream.fileno())


def silence_descriptor(number: int) -> None:
    """Redirect a descriptor to the null device."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, number)
    os.close(null)


@contextlib.contextmanager
def libraries_silenced() -> Iterator[None]:
    """Keep libraries from writing to stderr: when polars panics it prints values of students.

    They write to descriptor 2; meanwhile our own messages go through another descriptor.
    """
    own = sys.__stderr__
    if own is None or os.name != "posix":  # without stderr, 2 may be any file, even the input
        yield
        return
    with contextlib.ExitStack() as restoring:
        libraries = os.dup(2)
        restoring.callback(os.close, libraries)
        restoring.callback(os.dup2, libraries, 2)
        if sys.stderr is own:
            sys.stderr = os.fdopen(os.dup(2), "w", 1, own.encoding, own.errors)
            restoring.callback(sys.stderr.close)
            restoring.callback(setattr, sys, "stderr", own)
        silence_descriptor(2)
        yield


# --- terminals -----------------------------------------------------------------------------------


def interactive() -> bool:
    """Tell whether a person is there to answer: stdin and stderr are both terminals."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


def can_redraw_prompts() -> bool:
    """Tell whether prompts that redraw can be shown: on Windows they need a console on stdout."""
    return not WINDOWS or is_terminal(sys.stdout)


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a stream is a terminal. On Windows `isatty` is true for the null device too."""
    if stream is None or not stream.isatty():
        return False
    return not WINDOWS or _console_mode(stream) is not None


def shows_escapes(stream: TextIO | None) -> bool:
    """Tell whether a stream is a terminal that obeys escape sequences (colours, redrawn lines).

    A Windows console obeys them once it is told to, from Windows 10 on.
    """
    if stream is None or not is_terminal(stream) or not WINDOWS:
        return is_terminal(stream)
    mode = (_console_mode(stream) or 0) | _ENABLE_VIRTUAL_TERMINAL_PROCESSING
    kernel32, handle = _console(stream)
    return bool(kernel32.SetConsoleMode(handle, mode))


def _console_mode(stream: TextIO) -> int | None:
    """Return the mode of the Windows console behind a standard stream; None without a console."""
    import ctypes

    kernel32, handle = _console(stream)
    mode = ctypes.c_uint32()
    is_console = kernel32.GetConsoleMode(handle, ctypes.byref(mode))
    return mode.value if is_console else None


def _console(stream: TextIO) -> tuple[Any, Any]:
    """Return the console functions of Windows, and the handle of stdin, stdout or stderr."""
    import ctypes

    kernel32 = ctypes.windll.kernel32  # type: ignore[attr-defined]
    return kernel32, kernel32.GetStdHandle(-10 - stream.fileno())  # -10, -11 and -12
