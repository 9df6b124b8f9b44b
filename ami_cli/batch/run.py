"""Runs the batch: opens a file of students, reads it, judges it, writes it back and counts.

Nothing here prints. The run tells its progress to a callback and returns a summary, the dict that
`--summary-json` writes and that `views.batch_summary` shows. It holds counts and
codes, never a value of a student.
"""

import contextlib
import tempfile
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from ami_cli.batch.counts import Counts
from ami_cli.batch.formats import (
    RESULTS,
    Chunk,
    InputOptions,
    Notice,
    Source,
    output_format,
    sink_of,
    source_of,
    with_totals,
)
from ami_cli.batch.headers import (
    HeaderRow,
    identity_columns,
    match_headers,
    number_of,
    output_columns,
    refuse_twins,
)
from ami_cli.batch.judge import DoubtedColumns, Judge, Judged
from ami_cli.batch.pages import PageOptions, Pages
from ami_cli.batch.profile import Profile, proposal
from ami_cli.batch.sentences import SENTENCES
from ami_cli.batch.template import example_column
from ami_cli.failures import Problem, UsageError
from ami_cli.files import (
    IN_MEMORY,
    is_same_file,
    refuse_existing,
    refuse_existing_folder,
    written,
    written_folder,
)
from ami_cli.interruptible import open_input, read_blocks, unreadable
from ami_cli.law import LawBook
from ami_cli.words import Words, visible

SCHEMA_VERSION = "1"


class BatchOptions(NamedTuple):
    """What is read, where it is written (None: standard output), in which format, and how."""

    input: InputOptions
    target: Path | None
    form: str | None
    mapped: Mapping[str, str]
    only: tuple[str, ...] | None
    force: bool
    raw: bool
    header_row: int | None = None
    again: bool = False  # whether the file may be an earlier result
    given: Mapping[str, Any] = {}  # answers that hold for all rows
    meanings: Mapping[str, Mapping[str, Any]] = {}  # values of further words, by answer
    pages: PageOptions | None = None
    by: str | None = None  # a column for whose values rows are counted
    sentences: bool = False  # whether the results are put into words too


def run(
    options: BatchOptions,
    today: date,
    book: LawBook,
    words: Words,
    tell: Callable[[Notice], None],
    progress: Callable[[int, float | None], None],
) -> dict[str, Any]:
    """Read, judge and write; return the summary.

    `tell` receives what is noticed about the file, as soon as it is; `progress` the rows done and
    the part of the file read. Raises UsageError for options that contradict the file,
    UnreadableInput for an input that cannot be used, UnwritableOutput for an output that cannot be
    written; in each case the target is what it was before.
    """
    begin = time.monotonic()
    target = options.target
    if is_same_file(options.input.path, target):
        raise UsageError(Problem("same_file", "output", {"value": str(target or "-")}))
    if target is not None:
        refuse_existing(target, force=options.force)
    if options.pages is not None:
        refuse_existing_folder(options.pages.folder, force=options.force)
    told: list[Notice] = []

    def tell_once(notice: Notice) -> None:
        if notice not in told:
            told.append(notice)
            tell(notice)

    doubted: frozenset[int] = frozenset()
    with opened_for_seeking(options.input.path) as file:
        while True:
            try:
                counted = _judge_file(
                    file, options, today, book, words, doubted, tell_once, progress
                )
                break
            except DoubtedColumns as error:
                doubted = error.numbers
    return {
        "schema_version": SCHEMA_VERSION,
        "lang": words.lang,
        "today": today.isoformat(),
        "input": options.input.path,
        "output": None if target is None else str(target),
        **counted,
        "seconds": round(time.monotonic() - begin, 3),
    }


def _judge_file(
    file: BinaryIO,
    options: BatchOptions,
    today: date,
    book: LawBook,
    words: Words,
    doubted: Collection[int],
    tell: Callable[[Notice], None],
    progress: Callable[[int, float | None], None],
) -> dict[str, Any]:
    """Judge an open file and return what was counted. Raises DoubtedColumns to begin again."""
    target = options.target
    size = file.seek(0, 2)  # before the source begins to read
    # Other columns are read into cells too where their rows are not repeated as they are.
    all_columns = options.form not in (None, "jsonl") or options.only is not None
    row = HeaderRow(options.header_row, options.mapped)
    with _read_from(options.input.path):
        source = source_of(file, options.input, words, all_columns=all_columns, find_header=row)
    form = output_format(options.form, target, source.format)
    matched = match_headers(
        source.headers,
        options.mapped,
        row,
        given=options.given,
        first_column=source.first_column,
        again=options.again,
    )
    columns = output_columns(source.headers, options.only, source.first_column)
    if form in ("jsonl", "parquet"):
        refuse_twins(source.headers, columns)
    for notice in (*source.notices, *row.notices(), *matched.notices()):
        tell(notice)
    noticed = len(source.notices)
    example = example_column(source.headers)
    judge = Judge(
        source.headers,
        matched.answers,
        today,
        book,
        words,
        given=options.given,
        meanings=options.meanings,
        doubted=doubted,
        example=example,
        sentences=options.sentences,
    )
    results = {**RESULTS, **SENTENCES} if options.sentences else RESULTS
    titles = {name: source.headers[number] for number, name in matched.answers.items()}
    by = None
    if options.by is not None:
        number = number_of(options.by, source.headers, source.first_column)
        by = number, visible(source.headers[number].strip())
    counts = Counts(titles, today, by)
    identity = identity_columns(source.headers, columns, matched.answers)
    with (
        written(target, form, force=options.force) as out,
        _opened_pages(options, source) as pages,
        sink_of(
            *(out, form, source, columns),
            raw=options.raw,
            target=target,
            identity=identity,
            results=results,
        ) as sink,
    ):
        report = None
        if form == "xlsx":
            from ami_cli.batch.workbook_report import WorkbookReport

            names = {number: source.headers[number].strip() for number in columns[:identity]}
            report = WorkbookReport(sink, counts, names, results, today, words)

        def write(chunk: Chunk, judged: Judged) -> None:
            typed = {number: judged.answers[name] for number, name in matched.answers.items()}
            sink.write(chunk, judged.results, typed)
            counts.add(chunk, judged, judge)
            if report is not None:
                report.add(chunk, judged, judge)
            if pages is not None:
                pages.add(chunk, judged)

        def tell_progress() -> None:
            progress(counts.rows, file.tell() / size if size else 1.0)

        needed = {*_columns_to_read(form, source, matched.answers, columns)}
        more = (by and by[0], example, None if pages is None else pages.number)
        needed |= {number for number in more if number is not None}
        chunks = _read_chunks(source, sorted(needed), options.input.path)
        if source.format in ("jsonl", "parquet"):
            chunks = (with_totals(chunk, words("rows.total")) for chunk in chunks)
        _while_reading(chunks, judge.judged, write, tell_progress)
        if report is not None:
            report.close()
        sink.close()
    for notice in source.notices[noticed:]:  # known when all rows are read
        tell(notice)
    return {
        "input_format": source.format,
        "output_format": form,
        "rows": counts.rows,
        "blank_rows": source.blank,
        "unread_columns": [visible(name) for name in matched.unread if name],
        "doubted_columns": [visible(source.headers[number]) for number in sorted(judge.doubted)],
        **counts.summary(),
        "disarmed_cells": sink.disarmed,
        **({} if pages is None else {"pages": pages.counts()}),
    }


@contextlib.contextmanager
def _opened_pages(options: BatchOptions, source: Source) -> Iterator[Pages | None]:
    """Open the folder of pages, where there is to be one."""
    if options.pages is None:
        yield None
        return
    folder, name_by, render = options.pages
    number = number_of(name_by, source.headers, source.first_column)
    with written_folder(folder, force=options.force) as part:
        pages = Pages(part, number, source.headers[number].strip(), render)
        yield pages
        pages.close()


def propose(
    options: BatchOptions, profile: Profile, words: Words, tell: Callable[[Notice], None]
) -> str:
    """Return the text of a profile for a file, as `--propose` writes it. Raises as `run` does."""
    with opened_for_seeking(options.input.path) as file:
        row = HeaderRow(options.header_row, options.mapped)
        with _read_from(options.input.path):
            source = source_of(file, options.input, words, all_columns=False, find_header=row)
        matched = match_headers(
            source.headers,
            options.mapped,
            row,
            given=options.given,
            first_column=source.first_column,
            again=True,
            strict=False,
        )
        for notice in (*source.notices, *row.notices(), *matched.notices()):
            tell(notice)
        chunks = _read_chunks(source, sorted(matched.answers), options.input.path)
        return proposal(source.headers, matched, row, chunks, profile, words)


@contextlib.contextmanager
def opened_for_seeking(path: str) -> Iterator[BinaryIO]:
    """Open a file, or standard input for `-`; what cannot be read twice is copied first.

    Raises UnreadableInput when the system refuses.
    """
    with contextlib.ExitStack() as stack:
        with _read_from(path):
            file = open_input(path)
            if path != "-":
                stack.enter_context(file)
            if not file.seekable() or path == "-":
                # The copy has no name, so that it is gone with the program, however that ends.
                copy = stack.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY))
                copy.writelines(read_blocks(file))
                copy.seek(0)
                file = copy  # type: ignore[assignment]
        yield file


@contextlib.contextmanager
def _read_from(path: str) -> Iterator[None]:
    """Raise UnreadableInput where the system refuses to open or to read the input."""
    try:
        yield
    except OSError as error:
        raise unreadable(path, error, "input") from None


def _read_chunks(source: Source, wanted: Collection[int], path: str) -> Iterator[Chunk]:
    """Read the chunks of a source. Raises UnreadableInput also where the system refuses, because
    an OSError would be taken for one of the output."""
    with _read_from(path):
        yield from source.chunks(wanted)


def _while_reading(
    chunks: Iterator[Chunk],
    judge: Callable[[Chunk], Judged],
    write: Callable[[Chunk, Judged], None],
    tell_progress: Callable[[], None],
) -> None:
    """Judge a chunk while the one before is written and the next one is read."""

    def write_after(before: "Future[None] | None", chunk: Chunk, judged: "Future[Judged]") -> None:
        if before is not None:
            before.result()  # raises what its writing raised, so that no chunk is left out
        write(chunk, judged.result())

    judging, writing = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
    try:
        pending: deque[Future[None]] = deque()
        for chunk in chunks:
            if len(pending) == 2:
                _finish(pending.popleft())
                tell_progress()
            judged = judging.submit(judge, chunk)
            before = pending[-1] if pending else None
            pending.append(writing.submit(write_after, before, chunk, judged))
        for future in pending:
            _finish(future)
            tell_progress()
    finally:
        # Do not wait: a worker may be blocked on a full pipe.
        for worker in (judging, writing):
            worker.shutdown(wait=False, cancel_futures=True)


def _finish(future: "Future[None]") -> None:
    """Wait in short steps, because with polars loaded Ctrl+C does not interrupt one long wait."""
    while not wait((future,), 0.1).done:
        pass
    future.result()


def _columns_to_read(
    form: str, source: Source, answers: Mapping[int, str], columns: Sequence[int]
) -> list[int]:
    """Return the columns whose cells are needed: not all if rows keep their own text."""
    if form == source.format in ("csv", "jsonl") and len(columns) == len(source.headers):
        first = range(min(2, len(columns)) if form == "jsonl" else 0)  # may tell a line of totals
        return sorted({*answers, *first})
    return sorted({*columns, *answers})
