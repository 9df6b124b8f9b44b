"""One run: a file of students in, a file of verdicts out, and what there is to say about it.

Nothing here prints: the run tells its progress to a callback and gives a summary, the dict that
`--summary-json` writes and that `views.batch` makes a picture of. It holds counts and codes,
never a value of a student.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from ami_cli.answers import FIELD, FIELDS
from ami_cli.batch.cells import Judge, Matched, match_headers
from ami_cli.batch.formats import Chunk, Notice, Sink, Source
from ami_cli.batch.inputs import Reading, opened, source_of
from ami_cli.batch.outputs import format_of, sink_of
from ami_cli.failures import Problem, UsageError
from ami_cli.files import is_same_file, refuse_existing, written
from ami_cli.law import LawBook
from ami_cli.reading import fold, nearest
from ami_cli.words import Words

SCHEMA_VERSION = "1"
FIRST_ERRORS = 10  # invalid rows, and columns that are nearly answers, named one by one

_VERDICTS = ("eligible", "ineligible", "undetermined", "invalid")


class Order(NamedTuple):
    """What is asked for: where to read and write, and how."""

    reading: Reading
    target: Path | None
    form: str | None
    mapped: Mapping[str, str]
    only: tuple[str, ...] | None
    force: bool
    raw: bool


def run(
    order: Order,
    today: date,
    book: LawBook,
    words: Words,
    tell: Callable[[Notice], None],
    progress: Callable[[int, float | None], None],
) -> dict[str, Any]:
    """Read, judge and write; gives the summary.

    `tell` hears what was found out about the file, as soon as it is; `progress` how far it is.
    Raises UnreadableInput for an input that cannot be used, UnwritableOutput for an output that
    cannot be written; in both cases the target is what it was before.
    """
    begun = time.monotonic()
    target = order.target
    if is_same_file(order.reading.path, target):
        raise UsageError(Problem("same_file", "output", {"value": str(target or "-")}))
    if target is not None:
        refuse_existing(target, force=order.force)
    with opened(order.reading.path) as file:
        everything = order.form not in (None, "jsonl") or order.only is not None
        size = file.seek(0, 2)  # before the source begins to read

        def part() -> float:
            return file.tell() / size if size else 1.0

        source = source_of(file, order.reading, words, all_columns=everything)
        form = format_of(order.form, target, source.format)
        matched = match_headers(source.headers, order.mapped)
        columns = _kept(source.headers, order.only)
        for notice in (*source.notices, *_notices(matched)):
            tell(notice)
        counts = Counts(order, source, form, today)
        judge = Judge(source.headers, matched.answers, today, book, words)
        with (
            written(target, form, force=order.force) as out,
            sink_of(out, form, source, columns, words, raw=order.raw, target=target) as sink,
        ):
            _through(
                source, sink, judge, counts, _wanted(form, source, matched, columns), part, progress
            )
            sink.close()
    return counts.summary(sink, judge, time.monotonic() - begun, words)


def _through(
    source: Source,
    sink: Sink,
    judge: Judge,
    counts: "Counts",
    wanted: Sequence[int],
    part: Callable[[], float],
    progress: Callable[[int, float | None], None],
) -> None:
    """Read, judge and write: a chunk is judged and written while the next is read."""

    def judged_and_written(chunk: Chunk) -> None:
        results, typed = judge.judged(chunk)
        sink.write(chunk, results, typed)
        counts.add(chunk, results, judge, typed)

    worker = ThreadPoolExecutor(1)
    try:
        under_way: Future[None] | None = None
        for chunk in source.chunks(wanted):
            if under_way is not None:
                _finish(under_way)
                progress(counts.rows, part())
            under_way = worker.submit(judged_and_written, chunk)
        if under_way is not None:
            _finish(under_way)
            progress(counts.rows, 1.0)
    finally:
        # Without waiting: it may be held up by whoever reads what we write.
        worker.shutdown(wait=False, cancel_futures=True)


def _finish(work: "Future[None]") -> None:
    """Wait for some work, by short steps: a wait goes on through a Ctrl-C that polars hears."""
    while not wait((work,), 0.1).done:
        pass
    work.result()


def _wanted(form: str, source: Source, matched: Matched, columns: Sequence[int]) -> list[int]:
    """The columns whose cells are needed: all that are kept, unless rows keep their own text."""
    whole = list(columns) == list(range(len(source.headers)))
    if form == source.format and whole and form in ("csv", "jsonl"):
        return sorted(matched.answers)
    return sorted({*columns, *matched.answers})


def _kept(headers: Sequence[str], only: tuple[str, ...] | None) -> list[int]:
    """The ranks of the input's columns that are written. Raises UnreadableInput for an unknown
    one."""
    if only is None:
        return list(range(len(headers)))
    ranks: set[int] = set()
    names = [header.strip() for header in headers]
    for name in only:
        folded = [rank for rank, each in enumerate(names) if fold(each) == fold(name)]
        if name in names:
            ranks.add(names.index(name))
        elif len(folded) == 1:
            ranks.add(folded[0])
        else:
            params = {"value": name, "suggestion": nearest(name, names)}
            raise UsageError(Problem("no_such_column", "input", params))
    return sorted(ranks)


def _notices(matched: Matched) -> list[Notice]:
    found = [
        Notice("near_header", {"value": header, "near": near})
        for header, near in islice(matched.near.items(), FIRST_ERRORS)
    ]
    present = set(matched.answers.values())
    present |= {spared for name in present if (spared := FIELD[name].spares) is not None}
    absent = [
        answer.name for answer in FIELDS if answer.name not in present and not answer.optional
    ]
    return [*found, *([Notice("absent", {"answers": absent})] if absent else [])]


class Counts:
    """What a run counts while it goes on."""

    def __init__(self, order: Order, source: Source, form: str, today: date) -> None:
        self._order = order
        self._source = source
        self._form = form
        self._today = today
        self.rows = 0
        self._verdicts: Counter[str] = Counter()
        self._codes: dict[str, Counter[str]] = {
            name: Counter() for name in ("ami_failed", "ami_missing", "ami_to_check", "ami_assumed")
        }
        self._sums: dict[str, list[int]] = {"eligible": [0, 0], "undetermined": [0, 0]}
        self._late = 0
        self._departed = 0
        self._provisional = 0
        self._first_errors: list[dict[str, Any]] = []

    def add(
        self, chunk: Chunk, results: pl.DataFrame, judge: Judge, typed: Mapping[int, pl.Series]
    ) -> None:
        """Count the rows of a chunk."""
        self.rows += results.height
        counted = results.group_by("ami_verdict").agg(
            pl.len(), pl.col("ami_total").sum(), pl.col("ami_total_max").sum(),
            pl.col("ami_provisional").sum(),
        )  # fmt: skip
        for verdict, rows, total, total_max, provisional in counted.iter_rows():
            self._verdicts[verdict] += rows
            self._provisional += provisional or 0
            if verdict in self._sums:
                self._sums[verdict][0] += total
                self._sums[verdict][1] += total_max
        for name, codes in self._codes.items():
            for joined, rows in results[name].drop_nulls().value_counts().iter_rows():
                for code in joined.split(";"):
                    codes[code] += rows
        start = typed.get(judge.rank_of("start"))
        if start is not None:
            valid = results["ami_verdict"] != "invalid"
            departed = valid & (start <= self._today)
            self._departed += int(departed.sum())
            self._late += int((valid & ~departed & (results["ami_days_left"] < 0)).sum())
        if len(self._first_errors) < FIRST_ERRORS and self._verdicts["invalid"]:
            wrong = (results["ami_verdict"] == "invalid").arg_true()
            for rank in wrong[: FIRST_ERRORS - len(self._first_errors)]:
                reasons = judge.reasons(chunk, typed, rank)
                self._first_errors.append({"line": chunk.lines[rank], "errors": reasons})

    def summary(self, sink: Sink, judge: Judge, seconds: float, words: Words) -> dict[str, Any]:
        """The dict that `--summary-json` writes."""
        eligible, undetermined = self._sums["eligible"], self._sums["undetermined"]
        return {
            "schema_version": SCHEMA_VERSION,
            "lang": words.lang,
            "today": self._today.isoformat(),
            "input": self._order.reading.path,
            "input_format": self._source.format,
            "output": None if self._order.target is None else str(self._order.target),
            "output_format": self._form,
            "rows": self.rows,
            "blank_rows": self._source.blank,
            "verdicts": {verdict: self._verdicts[verdict] for verdict in _VERDICTS},
            "failed": _most_first(self._codes["ami_failed"]),
            "missing": _most_first(self._codes["ami_missing"]),
            "to_check": _most_first(self._codes["ami_to_check"]),
            "assumed": _most_first(self._codes["ami_assumed"]),
            "estimate": {
                "currency": "EUR",
                "eligible": {"total": eligible[0], "total_max": eligible[1]},
                "undetermined": {"total": undetermined[0], "total_max": undetermined[1]},
            },
            "late": self._late,
            "departed": self._departed,
            "provisional": self._provisional,
            "doubtful": {
                name: {"rows": each.rows, "first_lines": each.lines}
                for name, each in judge.doubtful.items()
            },
            "insee_codes": judge.insee_codes,
            "disarmed_cells": sink.disarmed,
            "first_invalid": self._first_errors,
            "seconds": round(seconds, 3),
        }


def _most_first(counts: Counter[str]) -> dict[str, int]:
    """Codes by how often they occur; alike, by their name, so that every run says the same."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
