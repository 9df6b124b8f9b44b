"""Finds the encoding of a text file from its bytes, and reads the file as UTF-8 blocks of lines.

UTF-8 with or without a byte order mark, UTF-16 with one. cp1252, the « ANSI » of a French Excel,
is taken only where the file has no valid multi-byte UTF-8 sequence and no accent of another
encoding: any other file is refused with its line. The person names any other encoding.
"""

import codecs
import re
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, NamedTuple

from ami_cli.batch.formats import LONGEST_CELL, unreadable
from ami_cli.failures import Problem, UsageError
from ami_cli.registers.spelling import nearest
from ami_cli.words import visible

# Of CSV files people have; every other encoding that Python knows is accepted too.
ENCODINGS = ("utf-8", "utf-16", "cp1252", "mac-roman", "cp850", "iso8859-15")
BLOCK = 4 * 1024 * 1024  # bytes read at once: a larger one takes more memory than time is saved

_MULTI_BYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
# « é » of an old Mac and of MS-DOS inside a word: « Ž » and « ‚ » of cp1252, which stand in none.
_OTHER_ACCENT = re.compile(rb"[a-z](\x8e)|[A-Za-z]\x82[a-z]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Codecs that Python lists but no spreadsheet writes.
_NOT_OF_FILES = ("idna", "punycode", "unicode-escape", "raw-unicode-escape")
_NEVER_TEXT = (b"\0", b"\x1a")  # NUL; Ctrl+Z, the end of file of MS-DOS


class Encoding(NamedTuple):
    """What a file is written in: the codec, its name for people, and the bytes of its mark."""

    codec: str
    name: str
    mark: int


_UTF_8 = Encoding("utf-8", "UTF-8", 0)


def marked_encoding(file: BinaryIO) -> Encoding:
    """Return the encoding that the byte order mark of a file tells, UTF-8 without a mark."""
    file.seek(0)
    head = file.read(4)
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return Encoding(codec, codec.upper().removesuffix("-LE").removesuffix("-BE"), len(mark))
    return _UTF_8


def encoding_of(file: BinaryIO, wanted: str | None) -> Encoding:
    """Return the encoding of a seekable file, or the one a person asks for.

    Raises UsageError for a name that is no encoding of text, and UnreadableInput for a file that
    is neither UTF-8 nor likely to be cp1252.
    """
    encoding = marked = marked_encoding(file)
    if wanted is not None:
        codec = _codec_named(wanted)
        # A mark belongs to the encoding that it marks, also when that one is asked for.
        own = marked.mark > 0 and marked.codec.startswith(codec)
        if codec == "utf-16" and not own:
            raise unreadable("no_byte_order")
        name = visible(wanted)  # Python finds a codec whatever stands between its letters
        encoding = marked._replace(name=name) if own else Encoding(codec, name, 0)
    line = _first_bad_line(file) if encoding.codec == "utf-8" else None
    if line is None:
        return encoding
    if wanted is None and not marked.mark and not _holds_multi_byte(file):
        _refuse_other_accents(file)
        return Encoding("cp1252", "Windows-1252", 0)
    raise unreadable("bad_byte", line=line, name="UTF-8")


def _codec_named(name: str) -> str:
    for spelling in (name, re.sub(r"[\s_-]", "", name)):  # Python knows latin9, not latin-9
        try:
            codec = codecs.lookup(spelling).name
            "é".encode(codec, "replace").decode(codec)
        except (LookupError, UnicodeError, TypeError, ValueError):
            continue
        if codec not in _NOT_OF_FILES:
            return codec
    params = {"value": name, "suggestion": nearest(name.lower(), ENCODINGS)}
    raise UsageError(Problem("unknown_encoding", "encoding", params))


def _first_bad_line(file: BinaryIO) -> int | None:
    """Return the line where a file stops being UTF-8, None where it never does."""
    for rank, block in enumerate(blocks_of_lines(file, _UTF_8)):
        try:
            if not block.isascii():
                block.decode()
        except UnicodeDecodeError as error:
            before = islice(blocks_of_lines(file, _UTF_8), rank)
            return sum(map(lines_in, before)) + lines_in(block[: error.start]) + 1
    return None


def _holds_multi_byte(file: BinaryIO) -> bool:
    return any(map(_MULTI_BYTE.search, blocks_of_lines(file, _UTF_8)))


def _refuse_other_accents(file: BinaryIO) -> None:
    """Raise UnreadableInput where accents are those of an old Mac or of MS-DOS, not of cp1252."""
    line = 1
    for block in blocks_of_lines(file, _UTF_8):
        if accent := _OTHER_ACCENT.search(block):
            line += lines_in(block[: accent.start()])
            meant = f"--encoding {'mac-roman' if accent[1] else 'cp850'}"
            raise unreadable("other_accents", line=line, meant=meant)
        line += lines_in(block)


def lines_in(block: bytes) -> int:
    """Return how many lines end in a block: at LF, at CR LF, at CR alone."""
    count = block.count(b"\n")
    if b"\r" in block:
        count += block.count(b"\r") - block.count(b"\r\n")
    return count


def blocks_of_lines(file: BinaryIO, encoding: Encoding) -> Iterator[bytes]:
    """Yield the file as UTF-8, in blocks of whole lines; only the last may lack its line end.

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
        except UnicodeError as error:
            before = b""  # no mark where the encoding wants one, or half a character
            if isinstance(error, UnicodeDecodeError):
                sound = error.object[: error.start].decode(encoding.codec, "replace")
                before = rest + sound.encode()
            line += lines_in(before)
            raise unreadable("bad_byte", line=line, name=encoding.name) from None
        for never in _NEVER_TEXT:
            if never in block:
                at = line + lines_in(rest + block[: block.index(never)])
                raise unreadable("control_byte", line=at)
        block = rest + block
        if not raw:
            if block:
                yield block
            return
        # A CR at the very end may be half of a CR LF.
        end = block.rfind(b"\n") + 1
        end = max(end, block.rfind(b"\r", end, len(block) - 1) + 1)
        if end:
            yield block[:end]
            line += lines_in(block[:end])
        rest = block[end:]
        if len(rest) > LONGEST_CELL:
            raise unreadable("line_too_long", line=line)
