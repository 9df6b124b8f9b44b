"""What a file of students is, told by its first bytes, and its Source.

A file that is not what its name says is refused in one line: somebody renamed it, or saved a
login page. No address is ever opened, only files.
"""

import contextlib
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ami_cli.batch.formats import Source
from ami_cli.choices import FORMATS
from ami_cli.failures import Problem, UnreadableInput, UsageError
from ami_cli.files import IN_MEMORY
from ami_cli.words import Words

ENDINGS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".json": "jsonl",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".parquet": "parquet",
}
# What a file begins with: the code of what it is.
_SIGNATURES = (
    (b"PK\x03\x04", "xlsx"),
    (b"PK\x05\x06", "xlsx"),
    (b"PAR1", "parquet"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_excel"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "gzip"),
    (b"\xfd7zXZ", "gzip"),
    (b"7z\xbc\xaf", "gzip"),
    (b"Rar!", "gzip"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"{\\rtf", "rich_text"),
    (b"SQLite format 3", "database"),
)
_HEAD = 4096  # bytes that tell what a file is


class Reading(NamedTuple):
    """How a person wants their file read."""

    path: str
    encoding: str | None
    sheet: str | None


@contextlib.contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """A file, or standard input for `-`, that can be read twice.

    Raises UnreadableInput when it cannot be opened.
    """
    with contextlib.ExitStack() as closing:
        try:
            if path == "-":
                if sys.stdin is None:
                    raise OSError(9, "closed")
                file: BinaryIO = sys.stdin.buffer
            else:
                file = closing.enter_context(Path(path).open("rb"))
            if not file.seekable() or path == "-":
                # Without a name and gone with the program, however that ends.
                kept = closing.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY))
                shutil.copyfileobj(file, kept)
                kept.seek(0)
                file = kept  # type: ignore[assignment]
        except (OSError, ValueError) as wrong:
            why = wrong if isinstance(wrong, OSError) else OSError(22, "invalid")
            params = {"value": path, "why": why}
            raise UnreadableInput(Problem("unreadable_file", "answers", params)) from None
        yield file


def source_of(file: BinaryIO, reading: Reading, words: Words, *, all_columns: bool) -> Source:
    """The Source of an open file; `all_columns` when its other columns are written too.

    Raises UnreadableInput when it is not what its name says, or none of the formats that are read.
    """
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(0)
    ending = Path(reading.path).suffix.lower() if reading.path != "-" else ""
    named = ENDINGS.get(ending)
    found = _format_of(head, named)
    if named is not None and found != named:
        params = {"found": words(f"batch.kinds.{found}"), "ending": ending}
        raise UnreadableInput(Problem("not_what_it_says", "input", params))
    if reading.sheet is not None and found != "xlsx":
        raise UsageError(Problem("no_sheets", "sheet", {"value": reading.sheet}))
    if reading.encoding is not None and found != "csv":
        raise UsageError(Problem("no_encoding", "encoding", {"value": reading.encoding}))
    if found == "xlsx":
        from ami_cli.batch.formats.xlsx_read import XlsxSource

        return XlsxSource(file, reading.sheet, words)
    if found == "parquet":
        from ami_cli.batch.formats.parquet import ParquetSource

        return ParquetSource(file, words)
    if found == "jsonl":
        from ami_cli.batch.formats.json import JsonSource

        return JsonSource(file, words, all_columns=all_columns)
    from ami_cli.batch.formats.csv import CsvSource

    return CsvSource(file, reading.encoding, words)


def _format_of(head: bytes, named: str | None) -> str:
    """The format of a file. Raises UnreadableInput where it is empty or something else
    altogether."""
    if not head.strip(b"\xef\xbb\xbf \t\r\n") and len(head) < _HEAD:
        raise UnreadableInput(Problem("empty_file", "input", {}))
    kind = next((kind for start, kind in _SIGNATURES if head.startswith(start)), None)
    if kind is None and not head.strip(b"\0"):
        kind = "zeros"
    # In UTF-16 every other byte of a bracket or a brace is zero.
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if kind is None and text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<table")):
        kind = "page"
    if kind is None:
        kind = "jsonl" if _is_json(text, named) else "csv"
    if kind not in FORMATS:
        raise UnreadableInput(Problem(f"not_a_table_{kind}", "input", {}))
    return kind


def _is_json(text: bytes, named: str | None) -> bool:
    if named == "csv":  # a column may be called [1]
        return re.match(rb'\{\s*"|\[\s*[\[{]', text) is not None
    return text[:1] in (b"{", b"[")
