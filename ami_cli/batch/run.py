"""Runs the batch: opens a file of students, reads it, judges it, writes it back and counts.

Nothing here prints. The run tells its progress to a callback and returns a summary, the dict that
`--summary-json` writes and that `views.batch_summary` shows. It holds counts and
codes, never a value of a student.
"""

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from ami_cli.batch.counts import Counts
from ami_cli.batch.formats import (
    RESULTS,
    Chunk,
    Notice,
    Sink,
    Source,
    output_format,
    sink_of,
)
from ami_cli.batch.headers import identity_columns, number_of, output_columns, refuse_twins
from ami_cli.batch.inputs import Files
from ami_cli.batch.judge import DateOrders, DoubtedColumns, Judge, Judged
from ami_cli.batch.pages import PageOptions, Pages
from ami_cli.batch.profile import Profile, proposal
from ami_cli.batch.sentences import SENTENCES
from ami_cli.batch.tables import Table, TableOptions, opened_table
from ami_cli.batch.template import example_column
from ami_cli.failures import Problem, UsageError
from ami_cli.files import (
    is_same_file,
    refuse_existing,
    refuse_existing_folder,
    written,
    written_folder,
)
from ami_cli.law import LawBook
from ami_cli.words import Words, visible

if TYPE_CHECKING:
    from ami_cli.batch.workbook_report import WorkbookReport

SCHEMA_VERSION = "1"


class BatchOptions(NamedTuple):
    """What is read, where it is written (None: standard output), in which format, and how."""

    table: TableOptions
    target: Path | None
    form: str | None
    only: tuple[str, ...] | None
    force: bool
    raw: bool
    meanings: Mapping[str, Mapping[str, Any]] = {}  # values of further words, by answer
    pages: PageOptions | None = None
    by: str | None = None  # a column for whose values rows are counted
    sentences: bool = False  # whether the results are put into words too
    with_table: bool = True  # without it, pages alone are written


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
    paths = [it.path for it in options.table.inputs]
    _refuse_targets(options, paths)
    told: list[Notice] = []  # a table that is read again has the same notices

    def tell_once(notice: Notice) -> None:
        if notice not in told:
            told.append(notice)
            tell(notice)

    batch = _Run(options, today, book, words, tell_once, progress)
    # Other columns are read into cells too where their rows are not repeated as they are.
    all_columns = options.form not in (None, "jsonl") or options.only is not None
    orders: Mapping[str | None, DateOrders] = {}
    with Files() as files:
        while True:
            try:
                with opened_table(options.table, files, words, all_columns=all_columns) as table:
                    counts = batch.judge_table(table, orders)
                break
            except DoubtedColumns as error:  # what was written is removed; the table is read again
                orders = error.orders
    rows = counts.pop("rows_by_file")
    return {
        "schema_version": SCHEMA_VERSION,
        "lang": words.lang,
        "today": today.isoformat(),
        "input": paths[0] if len(paths) == 1 else None,
        "inputs": [
            {"file": path, "rows": rows.get(visible(path, 200), rows[None])} for path in paths
        ],
        "output": None if options.target is None else str(options.target),
        **counts,
        "seconds": round(time.monotonic() - begin, 3),
    }


def _refuse_targets(options: BatchOptions, paths: Sequence[str]) -> None:
    """Raise UsageError where the output is an input, or exists."""
    target = options.target
    if options.with_table and any(is_same_file(path, target) for path in paths):
        raise UsageError(Problem("same_file", "output", {"value": str(target or "-")}))
    if target is not None:
        refuse_existing(target, force=options.force)
    if options.pages is not None:
        refuse_existing_folder(options.pages.folder, force=options.force)


class _Layout(NamedTuple):
    """What is written: the columns of the input, of which the first `identity` tell who a student
    is, and those of the result."""

    form: str
    columns: Sequence[int]
    identity: int
    results: Mapping[str, Any]


class _Run(NamedTuple):
    """Reads, judges, writes and counts the rows of a table (see `run`)."""

    options: BatchOptions
    today: date
    book: LawBook
    words: Words
    tell: Callable[[Notice], None]
    progress: Callable[[int, float | None], None]

    def judge_table(self, table: Table, orders: Mapping[str | None, DateOrders]) -> dict[str, Any]:
        """Return what was counted. `orders` is what is known from the start of the dates.

        Raises DoubtedColumns where the table is to be read again with what it knows.
        """
        options, source, answers = self.options, table.source, table.matched.answers
        layout = self._layout(table)
        for notice in table.notices:
            self.tell(notice)
        noticed = len(source.notices)
        judge = Judge(
            *(source.headers, answers, self.today, self.book, self.words),
            given=options.table.given,
            meanings=options.meanings,
            orders=orders,
            example=example_column(source.headers),
            sentences=options.sentences,
        )
        by = None
        if options.by is not None:
            number = number_of(options.by, source.headers, source.first_column)
            by = number, visible(source.headers[number].strip())
        counts = Counts(answers.values(), self.today, by)
        with self._opened_sink(source, layout) as sink, self._opened_pages(source) as pages:
            report = self._report(sink, source, counts, layout)
            others = [output for output in (counts, report, pages) if output is not None]

            def write(chunk: Chunk, judged: Judged) -> None:
                if sink is not None:
                    typed = {number: judged.answers[name] for number, name in answers.items()}
                    sink.write(chunk, _with_places(judged.results, chunk), typed)
                for output in others:
                    output.add(chunk, judged)

            number_of_names = None if pages is None else pages.number
            needed = _columns_to_read(layout, table, by and by[0], number_of_names)
            _while_reading(
                table.chunks(needed),
                judge.judged,
                write,
                lambda: self.progress(counts.rows, table.part_read()),
            )
            if report is not None:
                report.close()
            if sink is not None:
                sink.close()
        for notice in source.notices[noticed:]:  # known when all rows are read
            self.tell(notice)
        return {
            "input_format": source.format,
            "output_format": layout.form if options.with_table else None,
            "rows": counts.rows,
            "blank_rows": source.blank,
            "unread_columns": [visible(name) for name in table.matched.unread if name],
            "doubted_columns": [visible(source.headers[number]) for number in judge.doubted()],
            **counts.summary(),
            "rows_by_file": counts.rows_by_file,
            "disarmed_cells": 0 if sink is None else sink.disarmed,
            **({} if pages is None else {"pages": pages.counts()}),
        }

    def _layout(self, table: Table) -> _Layout:
        """Raises UsageError for an option that contradicts the file, UnreadableInput for a format
        that cannot hold it."""
        options, source = self.options, table.source
        form = output_format(options.form, options.target, source.format)
        columns = output_columns(source.headers, options.only, source.first_column)
        if form in ("jsonl", "parquet") and options.with_table:
            refuse_twins(source.headers, columns)
        identity = identity_columns(source.headers, columns, table.matched.answers)
        results = {**RESULTS, **SENTENCES} if options.sentences else RESULTS
        return _Layout(form, columns, identity, results)

    def _report(
        self, sink: Sink | None, source: Source, counts: Counts, layout: _Layout
    ) -> "WorkbookReport | None":
        """Return the sheets beside the verdicts, in a workbook."""
        if sink is None or layout.form != "xlsx":
            return None
        from ami_cli.batch.workbook_report import WorkbookReport

        identity = layout.columns[: layout.identity]
        names = {number: source.headers[number].strip() for number in identity}
        return WorkbookReport(sink, counts, names, layout.results, self.today, self.words)

    @contextlib.contextmanager
    def _opened_sink(self, source: Source, layout: _Layout) -> Iterator[Sink | None]:
        """Open what the rows are written to; None where pages alone are written."""
        options = self.options
        if not options.with_table:
            yield None
            return
        with (
            written(options.target, layout.form, force=options.force) as out,
            sink_of(
                *(out, layout.form, source, layout.columns),
                raw=options.raw,
                target=options.target,
                identity=layout.identity,
                results=layout.results,
                lang=self.words.lang,
            ) as sink,
        ):
            yield sink

    @contextlib.contextmanager
    def _opened_pages(self, source: Source) -> Iterator[Pages | None]:
        """Open the folder of pages, where there is to be one."""
        if self.options.pages is None:
            yield None
            return
        folder, name_by, render = self.options.pages
        number = number_of(name_by, source.headers, source.first_column)
        with written_folder(folder, force=self.options.force) as part:
            pages = Pages(part, number, source.headers[number].strip(), render)
            yield pages
            pages.close()


def _with_places(results: pl.DataFrame, chunk: Chunk) -> pl.DataFrame:
    """Add to the errors of each row where it stands, if several files are read."""
    if chunk.files is None:
        return results
    place = pl.concat_str(
        pl.col("ami_errors"), pl.lit(" | "), chunk.files, pl.lit(":"), chunk.lines
    )
    return results.with_columns(place.alias("ami_errors"))


def propose(
    options: TableOptions, profile: Profile, words: Words, tell: Callable[[Notice], None]
) -> str:
    """Return the text of a profile for a table, as `--propose` writes it. Raises as `run` does."""
    with (
        Files() as files,
        opened_table(
            options._replace(again=True), files, words, all_columns=False, strict=False
        ) as table,
    ):
        for notice in table.notices:
            tell(notice)
        return proposal(table, profile, words, alone=len(options.inputs) == 1)


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


def _columns_to_read(layout: _Layout, table: Table, *more: int | None) -> list[int]:
    """Return the columns whose cells are needed, with some more: not all that are written where
    rows keep their own text."""
    source, written_columns = table.source, layout.columns
    if layout.form == source.text_format and len(written_columns) == len(source.headers):
        # The first cells of an object may tell a line of totals.
        written_columns = written_columns[:2] if layout.form == "jsonl" else ()
    needed = {*written_columns, *table.matched.answers, example_column(source.headers), *more}
    return sorted(number for number in needed if number is not None)
