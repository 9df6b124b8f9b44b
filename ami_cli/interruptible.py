"""Opens input and reads pipes and terminals so that Ctrl+C is heard at once.

A blocking read loses a signal that arrives after the interpreter last looked for one and before
the system call starts: the handler runs, and then nothing wakes the read. Therefore no read here
starts before the system says that it will not wait. `select` is asked in short steps, and the
interpreter looks for signals between two of them.
"""

import errno
import os
import select
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ami_cli.failures import Problem, UnreadableInput

STEP = 0.1  # seconds until the interpreter looks for a signal again
BLOCK = 65_536  # bytes of one read


def open_input(path: str) -> BinaryIO:
    """Open a file, or return standard input for `-`. Raises OSError when the system refuses."""
    if path == "-":
        if sys.stdin is None:
            raise OSError(errno.EBADF, "closed")
        return sys.stdin.buffer
    try:
        return Path(path).open("rb")
    except ValueError:  # a name that no file can have
        raise OSError(errno.EINVAL, "invalid") from None


def unreadable(path: str, error: OSError, field: str) -> UnreadableInput:
    """Return the failure of an input that the system refuses to open or to read."""
    return UnreadableInput(Problem("unreadable_file", field, {"value": path, "why": error}))


def read_blocks(file: BinaryIO) -> Iterator[bytes]:
    """Read a file to its end, in blocks. Raises OSError when the system refuses."""
    while block := _read_block(file):
        yield block


def read_at_most(file: BinaryIO, limit: int) -> bytes:
    """Read a file to its end, or until it has given more than `limit` bytes."""
    content = bytearray()
    for block in read_blocks(file):
        content += block
        if len(content) > limit:
            break
    return bytes(content)


class LineReader:
    """Reads a terminal line by line, as UTF-8 or the encoding named."""

    def __init__(self, file: BinaryIO, encoding: str = "utf-8") -> None:
        self._file = file
        self._encoding = encoding
        self._pending = b""  # bytes read behind the last line
        self._ended = False  # a terminal gives more after its end of input, which must not be read

    def readline(self, limit: int) -> str | None:
        """Read the next line; None at the end of the input, and for a line that it cuts off.

        Of a longer line the first `limit` bytes are returned. A byte that is no character is shown
        as an escape, which no answer accepts.
        """
        line, end = self._pending, self._pending.find(b"\n")
        while end < 0:
            block = b"" if self._ended else _read_block(self._file)
            if not block:
                self._ended = True
                return None
            end = block.find(b"\n")
            if end >= 0:
                end += len(line)
            line += block if end >= 0 else block[: max(0, limit - len(line))]
        self._pending = line[end + 1 :]
        return line[: min(end, limit)].decode(self._encoding, errors="backslashreplace")


def _read_block(file: BinaryIO) -> bytes:
    if os.name == "posix":
        try:
            descriptor = file.fileno()
        except OSError:  # in memory: never waits
            return file.read(BLOCK)
        while not select.select([descriptor], [], [], STEP)[0]:
            pass
    read = getattr(file, "read1", file.read)
    block: bytes = read(BLOCK)
    return block
