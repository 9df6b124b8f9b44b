"""Tells which format a file is, and opens the Source that reads it or the Sink that writes it.

The first bytes of an input tell its format. A file that is not what its name says is refused,
because it was renamed or is a saved login page.
"""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ami_cli.batch.formats import HeaderFinder, Output, Sink, Source, first_row, unreadable
from ami_cli.failures import Problem, UsageError
from ami_cli.files import folder_beside
from ami_cli.registers.spelling import nearest
from ami_cli.words import Words

FORMATS = ("csv", "jsonl", "xlsx", "parquet")
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
_TABLE_PAGES = (".xls", ".htm", ".html")  # endings of HTML pages that are read for their tables
# The first bytes of a file: the code of what it is.
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


class InputOptions(NamedTuple):
    """Which file is read (`-` is standard input), in which encoding, and which sheet of it; a
    format without the one or the other leaves it unread."""

    path: str
    encoding: str | None
    sheet: str | None


def source_of(
    file: BinaryIO,
    options: InputOptions,
    words: Words,
    *,
    all_columns: bool,
    find_header: HeaderFinder = first_row,
) -> Source:
    """Return the Source of an open file; `all_columns` when its other columns are written too.

    Raises UnreadableInput when it is not what its name says, or none of the formats that are read.
    """
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(0)
    name = Path(options.path).name
    if name.startswith("~$") or (name.startswith(".~lock.") and name.endswith("#")):
        raise unreadable("lock_file", name=words.datum(re.sub(r"^~\$|^\.~lock\.|#$", "", name)))
    ending = Path(options.path).suffix.lower() if options.path != "-" else ""
    expected = ENDINGS.get(ending)
    form = _input_format(head, ending)
    if expected is not None and form != expected:
        raise unreadable("not_what_it_says", found=words(f"batch.kinds.{form}"), ending=ending)
    if form == "xlsx":
        from ami_cli.batch.formats.xlsx_read import xlsx_source

        return xlsx_source(file, options.sheet, words, find_header)
    if form == "xls":
        from ami_cli.batch.formats.xls_text import xls_text_source

        return xls_text_source(file, options.sheet, words, find_header)
    if form == "parquet":
        from ami_cli.batch.formats.parquet import ParquetSource

        return ParquetSource(file)
    if form == "jsonl":
        from ami_cli.batch.formats.json import JsonSource

        return JsonSource(file, words, all_columns=all_columns)
    from ami_cli.batch.formats.csv import CsvSource

    return CsvSource(file, options.encoding, words, find_header)


def _input_format(head: bytes, ending: str) -> str:
    """Return the format of a file. Raises UnreadableInput where it is empty or no table."""
    if not head.strip(b"\xef\xbb\xbf \t\r\n") and len(head) < _HEAD:
        raise unreadable("empty_file")
    # In UTF-16 every other byte of a bracket or a brace is zero.
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    json = (
        rb'\{\s*"|\[\s*[\[{]' if ENDINGS.get(ending) == "csv" else rb"[{\[]"
    )  # a column may be called [1]
    kind = next((kind for start, kind in _SIGNATURES if head.startswith(start)), None)
    if kind is None:
        if not head.strip(b"\0"):
            kind = "zeros"
        elif text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<table")):
            is_workbook = b"urn:schemas-microsoft-com:office:spreadsheet" in text
            kind = "xls" if is_workbook or ending in _TABLE_PAGES else "page"
        else:
            kind = "jsonl" if re.match(json, text) else "csv"
    if kind not in (*FORMATS, "xls"):
        raise unreadable(f"not_a_table_{kind}")
    return kind


def output_format(wanted: str | None, target: Path | None, source: str) -> str:
    """Return the format to write: the one asked for, that of the target's ending, or CSV.

    Raises UsageError for a word or an ending that names no format.
    """
    if wanted is not None:
        if wanted.lower() not in FORMATS:
            params = {"value": wanted, "suggestion": nearest(wanted.lower(), FORMATS)}
            raise UsageError(Problem("unknown_format", "format", params))
        return wanted.lower()
    if target is None or target.suffix == "":
        return "jsonl" if source == "jsonl" else "csv"
    form = ENDINGS.get(target.suffix.lower())
    if form is None or target.suffix.lower() in (".xlsm", ".json"):
        raise UsageError(Problem("unknown_format", "format", {"value": target.suffix}))
    return form


@contextlib.contextmanager
def sink_of(file: BinaryIO, output: Output, target: Path | None) -> Iterator[Sink]:
    """Open the Sink of a format; its temporary files stand beside `target`, and are
    removed when the block ends."""
    if output.form == "xlsx":
        from ami_cli.batch.formats.xlsx_write import XlsxSink

        with folder_beside(target) as folder, XlsxSink(file, output, folder) as sheet:
            yield sheet
    elif output.form == "parquet":
        from ami_cli.batch.formats.parquet import ParquetSink

        with folder_beside(target) as folder:
            yield ParquetSink(file, output, folder)
    elif output.form == "jsonl":
        from ami_cli.batch.formats.json import JsonSink

        yield JsonSink(file, output)
    else:
        from ami_cli.batch.formats.csv import CsvSink

        yield CsvSink(file, output)
