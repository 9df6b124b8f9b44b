"""stdout and stderr: characters that an encoding lacks, Windows consoles, writes that fail.

Nothing here raises because of a character: what the encoding of a stream cannot show is written
in plainer characters, down to ASCII.
"""

import codecs
import errno
import os
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any, TextIO

from ami_cli.failures import Problem, UnwritableOutput

WINDOWS = sys.platform == "win32"

# What stands for a character of our own sentences and pictures where the encoding lacks it.
_PLAINER = {
    "\u202f": "\u00a0", "’": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-",
    "…": "...", "·": "-", "•": "-", "°": "o", "€": "EUR", "→": "->", "×": "x", "≈": "~",
    "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "✓": "+", "✗": "x",
    "▲": "^", "●": "*", "▶": ">", "◀": "<", "■": "#", "□": "o",
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
    """Register the error handler of an encoding; returns its name.

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
    """The text with plainer characters in the place of those that the encoding lacks."""
    return "".join(_plainer(character, encoding) for character in text)


@cache
def _plainer(character: str, encoding: str) -> str:
    """A character, its plainer form, or the letter without its accent, whichever comes first in
    the encoding; else its backslash escape: only somebody's own text holds such a character."""
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
    if bare := "".join(each for each in letters if not unicodedata.combining(each)):
        yield bare


def use_utf8(stream: TextIO | None) -> None:
    """Make a stream write UTF-8 and bare newlines: what programs read must not depend on the
    console."""
    if stream is not None and hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


# --- writing -------------------------------------------------------------------------------------


def write(stream: TextIO | None, text: str) -> None:
    """Write and flush. Raises UnwritableOutput where the stream is closed or the disk full."""
    try:
        if stream is None:
            raise OSError(errno.EBADF, "closed")
        stream.write(text)
        stream.flush()
    except OSError as error:
        silence(stream)
        problem = Problem("output_closed", "output", {"why": error})
        raise UnwritableOutput(problem) from None


def silence(stream: TextIO | None) -> None:
    """Redirect a stream that failed to the null device, so that closing it at exit cannot fail."""
    if stream is not None:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


# --- terminals -----------------------------------------------------------------------------------


def interactive() -> bool:
    """Whether a person is there to answer: stdin and stderr are both terminals."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


def can_redraw_prompts() -> bool:
    """Whether prompts that redraw can be shown: on Windows they need a console on stdout."""
    return not WINDOWS or is_terminal(sys.stdout)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal. On Windows `isatty` is true for the null device too."""
    if stream is None or not stream.isatty():
        return False
    return not WINDOWS or _console_mode(stream) is not None


def shows_escapes(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal that obeys escape sequences (colours, redrawn lines).

    A Windows console obeys them once it is told to, from Windows 10 on.
    """
    if stream is None or not is_terminal(stream):
        return False
    if not WINDOWS:
        return True
    mode = (_console_mode(stream) or 0) | _ENABLE_VIRTUAL_TERMINAL_PROCESSING
    kernel32 = _kernel32()
    return bool(kernel32.SetConsoleMode(_handle(kernel32, stream), mode))


def _console_mode(stream: TextIO) -> int | None:
    """The mode of the Windows console behind a standard stream; None where there is none."""
    import ctypes

    kernel32 = _kernel32()
    mode = ctypes.c_uint32()
    is_console = kernel32.GetConsoleMode(_handle(kernel32, stream), ctypes.byref(mode))
    return mode.value if is_console else None


def _kernel32() -> Any:
    import ctypes

    return ctypes.windll.kernel32  # type: ignore[attr-defined]


def _handle(kernel32: Any, stream: TextIO) -> Any:
    """The console handle of stdin, stdout or stderr, which Windows numbers -10, -11 and -12."""
    return kernel32.GetStdHandle(-10 - stream.fileno())
