"""The format of the verdicts, and the Sink that writes it."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from ami_cli.answers import nearest
from ami_cli.batch.formats import Sink, Source
from ami_cli.batch.inputs import ENDINGS
from ami_cli.choices import FORMATS
from ami_cli.failures import Problem, UsageError
from ami_cli.files import folder_beside
from ami_cli.words import Words


def format_of(wanted: str | None, target: Path | None, source: str) -> str:
    """The format to write: the one asked for, that of the target's ending, or CSV.

    Raises UnreadableInput for an ending that names no format.
    """
    if wanted is not None:
        if wanted.lower() not in FORMATS:
            params = {"value": wanted, "suggestion": nearest(wanted.lower(), FORMATS)}
            raise UsageError(Problem("unknown_format", "format", params))
        return wanted.lower()
    if target is None or target.suffix == "":
        return "jsonl" if source == "jsonl" else "csv"
    found = ENDINGS.get(target.suffix.lower())
    if found is None or target.suffix.lower() in (".xlsm", ".json"):
        raise UsageError(Problem("unknown_format", "format", {"value": target.suffix}))
    return found


@contextlib.contextmanager
def sink_of(
    file: BinaryIO,
    form: str,
    source: Source,
    columns: Sequence[int],
    words: Words,
    *,
    raw: bool,
    target: Path | None,
) -> Iterator[Sink]:
    """The Sink that writes a format; `columns` are the input's columns that are kept.

    What it keeps until it is closed stands beside `target`, and is gone when the block ends.
    """
    only = list(columns) != list(range(len(source.headers)))
    if form == "xlsx":
        from ami_cli.batch.formats.xlsx_write import XlsxSink

        with (
            folder_beside(target) as folder,
            XlsxSink(file, source.headers, columns, words, folder) as sheet,
        ):
            yield sheet
    elif form == "parquet":
        from ami_cli.batch.formats.parquet import ParquetSink

        yield ParquetSink(file, source.headers, columns, words)
    elif form == "jsonl":
        from ami_cli.batch.formats.json import JsonSink

        yield JsonSink(file, source.headers, columns, words, only=only)
    else:
        from ami_cli.batch.formats.csv import CsvSink, CsvSource

        separator = source.separator if isinstance(source, CsvSource) else ";"
        yield CsvSink(file, source.headers, columns, separator, raw=raw)
