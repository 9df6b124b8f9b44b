"""The objects of a JSON file, block by block: one per line, or all in one array.

The text is UTF-8, or UTF-16 with its mark. Lines are judged each by itself, later; an array that
is damaged cannot be taken apart, so it is refused with the place of the damage.
"""

import codecs
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, NamedTuple

import polars as pl

from ami_cli.batch.formats import CHUNK_ROWS, LONGEST_CELL
from ami_cli.failures import Problem, UnreadableInput

BLOCK = 8 * 1024 * 1024  # bytes read at once
_FIRST = 64 * 1024  # bytes, to tell lines from an array
_NEVER_CUT = 64  # characters: no word or escape of JSON that a block may cut is so long


class Block(NamedTuple):
    """Some objects, in the order of the file.

    `texts` has each of them on one line, without blanks around it; `originals` as it stood, and
    `columns` (from 0) where that began in its line. `lines` is the line where each begins,
    `blank` counts the lines between that hold nothing.
    """

    texts: pl.Series
    lines: pl.Series
    originals: pl.Series
    columns: pl.Series | None
    blank: int


def blocks_of(file: BinaryIO) -> Iterator[Block]:
    """The file from its start.

    Raises UnreadableInput when it is empty, no text, or a damaged array.
    """
    text = _Text(file)
    start = [text.read(_FIRST)]
    while not (first := start[-1].lstrip(" \t\n")):
        start.append(text.read(_FIRST))
        if not start[-1]:
            raise UnreadableInput(Problem("empty_file", "input"))
    if first[1:2] == "\0":  # UTF-16 without its mark
        raise UnreadableInput(Problem("json_bad_byte", "input", {"line": 1}))
    if first[0] == "[":
        text.put_back("".join(start))
        return _array(text)
    return _lines(_utf_8(file))


class _Text:
    """The characters of a file, every line end as one line feed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.seek(0)
        head = file.read(3)
        file.seek(3 if head == codecs.BOM_UTF8 else 0)
        is_utf_16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        self.encoding = encoding = "utf-16" if is_utf_16 else "utf-8"
        self._decoder = io.IncrementalNewlineDecoder(
            codecs.getincrementaldecoder(encoding)(), translate=True
        )
        self._line = 1
        self._before = ""

    def read(self, size: int) -> str:
        """Some more characters, from about `size` bytes; nothing at the end.

        Raises UnreadableInput, with the line, for a byte that is none of the encoding.
        """
        if self._before:
            before, self._before = self._before, ""
            return before
        while True:
            block = self._file.read(size)
            try:
                text = self._decoder.decode(block, final=not block)
            except UnicodeDecodeError as wrong:
                line = self._line + self._lines_before(wrong)
                raise UnreadableInput(Problem("json_bad_byte", "input", {"line": line})) from None
            self._line += text.count("\n")
            if text or not block:
                return text

    def put_back(self, text: str) -> None:
        """Give characters again at the next reading."""
        self._before = text

    def _lines_before(self, wrong: UnicodeDecodeError) -> int:
        encoding = wrong.encoding  # utf-16 has become one of its two orders
        before = wrong.object[: wrong.start].decode(encoding, "replace")
        # A \r at the end of what was decoded waits there for its \n.
        waiting = "\r" if self._decoder.getstate()[1] & 1 else ""
        return len((waiting + before).replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1


# ---------------------------------------------------------------------------------------------
# One object per line
# ---------------------------------------------------------------------------------------------


def _lines(pieces: Iterator[bytes]) -> Iterator[Block]:
    line = 1
    open_line: list[bytes] = []
    length = 0
    for piece in pieces:
        before, end, after = piece.rpartition(b"\n")
        if not end:
            open_line.append(after)
            length += len(after)
            if length > LONGEST_CELL:
                raise UnreadableInput(Problem("line_too_long", "input", {"line": line}))
            continue
        whole = b"".join((*open_line, before))
        yield _block_of_lines(whole, line)
        line += whole.count(b"\n") + 1
        open_line, length = [after], len(after)
    if whole := b"".join(open_line):
        yield _block_of_lines(whole, line)


def _utf_8(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of a file in UTF-8, every line end as one line feed; UTF-8 itself unseen yet, as
    polars looks at it fifteen times as fast."""
    text = _Text(file)
    if text.encoding == "utf-8":
        while piece := file.read(BLOCK):
            while piece.endswith(b"\r") and (more := file.read(1)):
                piece += more  # which may be the other half of the line end
            if b"\r" in piece:
                piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            yield piece
    else:
        while characters := text.read(BLOCK):
            yield characters.encode()


def _block_of_lines(whole: bytes, first: int) -> Block:
    try:
        originals = pl.read_lines(io.BytesIO(whole + b"\n")).to_series()
    except pl.exceptions.ComputeError:
        line = first + whole.count(b"\n", 0, _bad_byte(whole))
        raise UnreadableInput(Problem("json_bad_byte", "input", {"line": line})) from None
    texts = originals.str.strip_chars(" \t")
    lines = pl.arange(first, first + len(texts), dtype=pl.UInt32, eager=True)
    filled = texts != ""
    blank = len(texts) - int(filled.sum())
    if blank:
        texts, lines, originals = (each.filter(filled) for each in (texts, lines, originals))
    return Block(texts, lines, originals, None, blank)


def _bad_byte(content: bytes) -> int:
    try:
        content.decode()
    except UnicodeDecodeError as wrong:
        return wrong.start
    return len(content)


# ---------------------------------------------------------------------------------------------
# All in one array
# ---------------------------------------------------------------------------------------------

_BLANKS = re.compile(r"[ \t\n]*")
# Only finds where a value ends; what it holds is judged with the row.
_end_of: Callable[[str, int], tuple[object, int]] = json.JSONDecoder(
    parse_int=str, parse_float=str, parse_constant=str
).raw_decode


def _array(text: _Text) -> Iterator[Block]:
    window = _Window(text)
    window.next_mark()
    window.move(window.at + 1)
    rows: list[tuple[str, int, int]] = []
    held = 0
    if window.next_mark() == "]":
        window.move(window.at + 1)
    else:
        while True:
            window.next_mark()
            line, column = window.line, window.column
            original = window.value()
            rows.append((original, line, column))
            held += len(original)
            if len(rows) == CHUNK_ROWS or held > BLOCK:
                yield _block_of_values(rows)
                rows, held = [], 0
            mark = window.next_mark()
            if mark not in (",", "]"):
                raise window.damaged(window.at)
            window.move(window.at + 1)
            if mark == "]":
                break
    if window.next_mark():
        raise window.damaged(window.at)
    yield _block_of_values(rows)


def _block_of_values(rows: Sequence[tuple[str, int, int]]) -> Block:
    # A raw line end can only stand between values: a space there says the same.
    texts = [re.sub(r"\n[ \t]*", " ", text) if "\n" in text else text for text, _, _ in rows]
    return Block(
        pl.Series(texts, dtype=pl.String),
        pl.Series([line for _, line, _ in rows], dtype=pl.UInt32),
        pl.Series([text for text, _, _ in rows], dtype=pl.String),
        pl.Series([column for _, _, column in rows], dtype=pl.UInt32),
        0,
    )


class _Window:
    """The part of an array that is being read, and where it stands in the file."""

    def __init__(self, text: _Text) -> None:
        self._source = text
        self._text = ""
        self._ended = False
        self._line_start = 0  # where the present line begins, seen from the window
        self.at = 0
        self.line = 1

    @property
    def column(self) -> int:
        """Characters before the present one in its line."""
        return self.at - self._line_start

    def next_mark(self) -> str:
        """The next character that is not blank, "" at the end of the file."""
        while True:
            blanks = _BLANKS.match(self._text, self.at)
            self.move(blanks.end() if blanks else self.at)
            if self.at < len(self._text) or self._ended:
                return self._text[self.at : self.at + 1]
            self._fill(BLOCK)

    def value(self) -> str:
        """The text of the value that begins here. Raises UnreadableInput when there is none."""
        while True:
            held = len(self._text) - self.at
            try:
                end = _end_of(self._text, self.at)[1]
            except json.JSONDecodeError as wrong:
                # Near its end a window may have cut the value; a text may be longer than it.
                open_text = wrong.msg.startswith("Unterminated string")
                if self._ended or not (open_text or wrong.pos + _NEVER_CUT > len(self._text)):
                    raise self.damaged(wrong.pos) from None
            except RecursionError:
                raise UnreadableInput(
                    Problem("json_array_deep", "input", {"line": self.line})
                ) from None
            else:
                if end < len(self._text) or self._ended:
                    value = self._text[self.at : end]
                    self.move(end)
                    return value
            if held > LONGEST_CELL:
                raise UnreadableInput(Problem("line_too_long", "input", {"line": self.line}))
            self._fill(max(BLOCK, held))

    def move(self, to: int) -> None:
        """Go on to a later character."""
        lines = self._text.count("\n", self.at, to)
        if lines:
            self.line += lines
            self._line_start = self._text.rindex("\n", self.at, to) + 1
        self.at = to

    def damaged(self, position: int) -> UnreadableInput:
        """The refusal of a file whose array is no JSON from this character on."""
        self.move(max(self.at, min(position, len(self._text))))
        params = {"line": self.line, "column": self.column + 1}
        return UnreadableInput(Problem("json_array_damaged", "input", params))

    def _fill(self, size: int) -> None:
        more = self._source.read(size)
        self._ended = not more
        self._line_start -= self.at
        self._text = self._text[self.at :] + more
        self.at = 0
