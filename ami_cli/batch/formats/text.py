"""The encoding of a text file, found out from its bytes, and the file as UTF-8 blocks of lines.

UTF-8 with or without a mark, UTF-16 with one. cp1252, the « ANSI » of a French Excel, only for a
file without one valid multi-byte UTF-8 sequence: in any other file a bad byte is refused with
its line, for nothing tells what it meant. Anything else is for the person to name.
"""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from ami_cli.batch.formats import LONGEST_CELL
from ami_cli.failures import Problem, UnreadableInput, UsageError
from ami_cli.reading import nearest

# Of CSV files people have; every other encoding that Python knows is accepted too.
ENCODINGS = ("utf-8", "utf-16", "cp1252", "mac-roman", "cp850", "iso8859-15")
BLOCK = 8 * 1024 * 1024  # bytes read at once

_MULTI_BYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OF_NO_FILE = ("idna", "punycode", "unicode-escape", "raw-unicode-escape")  # nor of any student
_NEVER_TEXT = (b"\0", b"\x1a")  # NUL; Ctrl+Z, the end of file of another age


class Encoding(NamedTuple):
    """What a file is written in: the codec, its name for people, and the bytes of its mark."""

    codec: str
    name: str
    mark: int


def encoding_of(file: BinaryIO, wanted: str | None) -> Encoding:
    """The encoding of a seekable file, or the one a person asks for.

    Raises UnreadableInput for a name that is no encoding of text and for a file that is neither
    UTF-8 nor likely to be cp1252.
    """
    file.seek(0)
    head = file.read(4)
    mark, codec = next(
        ((mark, codec) for mark, codec in _MARKS if head.startswith(mark)), (b"", "utf-8")
    )
    if wanted is not None:
        asked = _known(wanted)
        # A mark belongs to the encoding that it marks, also when that one is asked for.
        own = mark if codec.startswith(asked) else b""
        if asked == "utf-16" and not own:
            raise UnreadableInput(Problem("no_byte_order", "input", {}))
        found = Encoding(codec if own else asked, wanted, len(own))
    else:
        name = codec.upper().removesuffix("-LE").removesuffix("-BE")
        found = Encoding(codec, name, len(mark))
    bad = _first_bad_byte(file) if found.codec == "utf-8" else None
    if bad is None:
        return found
    if wanted is None and not mark and not _holds_multi_byte(file):
        return Encoding("cp1252", "Windows-1252", 0)
    raise UnreadableInput(
        Problem("bad_byte", "input", {"line": _line_of(file, bad), "name": "UTF-8"})
    )


def _known(name: str) -> str:
    for spelled in (name, re.sub(r"[\s_-]", "", name)):  # Python knows latin9, not latin-9
        try:
            found = codecs.lookup(spelled).name
            "é".encode(found, "replace").decode(found)
        except (LookupError, UnicodeError, TypeError, ValueError):
            continue
        if found not in _OF_NO_FILE:
            return found
    params = {"value": name, "suggestion": nearest(name.lower(), ENCODINGS)}
    raise UsageError(Problem("unknown_encoding", "encoding", params))


def _first_bad_byte(file: BinaryIO) -> int | None:
    """Where a file stops being UTF-8, if it does."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    position = 0
    while block := file.read(BLOCK):
        pending = len(decoder.getstate()[0])
        if pending or not block.isascii():
            try:
                decoder.decode(block)
            except UnicodeDecodeError as wrong:
                return position - pending + wrong.start
        position += len(block)
    pending = len(decoder.getstate()[0])
    return position - pending if pending else None


def _holds_multi_byte(file: BinaryIO) -> bool:
    file.seek(0)
    tail = b""
    while block := file.read(BLOCK):
        if _MULTI_BYTE.search(tail + block):
            return True
        tail = block[-3:]
    return False


def _line_of(file: BinaryIO, position: int) -> int:
    """The line, from 1, that a byte stands in."""
    file.seek(0)
    line = 1
    while position > 0 and (block := file.read(min(BLOCK, position))):
        position -= len(block)
        line += lines_in(block)
    return line


def lines_in(block: bytes) -> int:
    """How many lines end in a block: at LF, at CR LF, at CR alone."""
    count = block.count(b"\n")
    if b"\r" in block:
        count += block.count(b"\r") - block.count(b"\r\n")
    return count


def blocks_of_lines(file: BinaryIO, encoding: Encoding) -> Iterator[bytes]:
    """The file as UTF-8, in blocks of whole lines; only the last may lack its line end.

    Raises UnreadableInput, with the line, for a byte that is none of the encoding, for a NUL or a
    Ctrl+Z, and for a line longer than any table of students has.
    """
    file.seek(encoding.mark)
    decoder = None
    if encoding.codec != "utf-8":
        decoder = codecs.getincrementaldecoder(encoding.codec)()
    line = 1
    rest = b""
    while True:
        raw = file.read(BLOCK)
        try:
            block = raw if decoder is None else decoder.decode(raw, final=not raw).encode()
        except UnicodeDecodeError as wrong:
            before = wrong.object[: wrong.start].decode(encoding.codec, "replace").encode()
            at = line + lines_in(rest + before)
            params = {"line": at, "name": encoding.name}
            raise UnreadableInput(Problem("bad_byte", "input", params)) from None
        except UnicodeError:  # no mark where the encoding wants one, or half a character
            params = {"line": line, "name": encoding.name}
            raise UnreadableInput(Problem("bad_byte", "input", params)) from None
        for never in _NEVER_TEXT:
            if never in block:
                at = line + lines_in(rest + block[: block.index(never)])
                raise UnreadableInput(Problem("control_byte", "input", {"line": at}))
        block = rest + block
        if not raw:
            if block:
                yield block
            return
        cut = _last_line_end(block)
        if cut:
            yield block[:cut]
            line += lines_in(block[:cut])
        rest = block[cut:]
        if len(rest) > LONGEST_CELL:
            raise UnreadableInput(Problem("line_too_long", "input", {"line": line}))


def _last_line_end(block: bytes) -> int:
    """Where the last whole line of a block ends; a CR at the very end may be half a CR LF."""
    end = block.rfind(b"\n") + 1
    return max(end, block.rfind(b"\r", end, len(block) - 1) + 1)
