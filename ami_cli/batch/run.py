"""Runs the batch: opens a file of students, reads it, judges it, writes it back and counts.

Nothing here prints: the run tells its progress to a callback and gives a summary, the dict that
`--summary-json` writes and that `views.batch` makes a picture of. It holds counts and codes,
never a value of a student.
"""

import contextlib
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from ami_cli.batch.counts import Counts
from ami_cli.batch.formats import (
    Chunk,
    InputOptions,
    Notice,
    Source,
    output_format,
    sink_of,
    source_of,
)
from ami_cli.batch.headers import kept_columns, match_headers
from ami_cli.batch.judge import Judge, Judged
from ami_cli.failures import Problem, UnreadableInput, UsageError
from ami_cli.files import IN_MEMORY, is_same_file, refuse_existing, written
from ami_cli.interruptible import read_blocks
from ami_cli.law import LawBook
from ami_cli.words import Words

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


def run(
    options: BatchOptions,
    today: date,
    book: LawBook,
    words: Words,
    tell: Callable[[Notice], None],
    progress: Callable[[int, float | None], None],
) -> dict[str, Any]:
    """Read, judge and write; gives the summary.

    `tell` receives what is noticed about the file, as soon as it is; `progress` the rows done and
    the part of the file read. Raises UsageError for options that contradict the file,
    UnreadableInput for an input that cannot be used, UnwritableOutput for an output that cannot be
    written; in each case the target is what it was before.
    """
    begun = time.monotonic()
    target = options.target
    if is_same_file(options.input.path, target):
        raise UsageError(Problem("same_file", "output", {"value": str(target or "-")}))
    if target is not None:
        refuse_existing(target, force=options.force)
    with opened(options.input.path) as file:
        size = file.seek(0, 2)  # before the source begins to read
        source = source_of(file, options.input, words, all_columns=_all_columns(options))
        form = output_format(options.form, target, source.format)
        matched = match_headers(source.headers, options.mapped)
        columns = kept_columns(source.headers, options.only)
        for notice in (*source.notices, *matched.notices()):
            tell(notice)
        judge = Judge(source.headers, matched.answers, today, book, words)
        titles = {name: source.headers[number] for number, name in matched.answers.items()}
        counts = Counts(titles, today)
        with (
            written(target, form, force=options.force) as out,
            sink_of(out, form, source, columns, raw=options.raw, target=target) as sink,
        ):

            def write(chunk: Chunk, judged: Judged) -> None:
                typed = {number: judged.answers[name] for number, name in matched.answers.items()}
                sink.write(chunk, judged.results, typed)
                counts.add(chunk, judged, judge)

            def tell_progress() -> None:
                progress(counts.rows, file.tell() / size if size else 1.0)

            wanted = _columns_to_read(form, source, matched.answers, columns)
            _while_reading(source.chunks(wanted), judge.judged, write, tell_progress)
            sink.close()
    return {
        "schema_version": SCHEMA_VERSION,
        "lang": words.lang,
        "today": today.isoformat(),
        "input": options.input.path,
        "input_format": source.format,
        "output": None if target is None else str(target),
        "output_format": form,
        "rows": counts.rows,
        "blank_rows": source.blank,
        **counts.summary(),
        "disarmed_cells": sink.disarmed,
        "seconds": round(time.monotonic() - begun, 3),
    }


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
                for block in read_blocks(file):
                    kept.write(block)
                kept.seek(0)
                file = kept  # type: ignore[assignment]
        except (OSError, ValueError) as wrong:
            why = wrong if isinstance(wrong, OSError) else OSError(22, "invalid")
            params = {"value": path, "why": why}
            raise UnreadableInput(Problem("unreadable_file", "answers", params)) from None
        yield file


def _while_reading(
    chunks: Iterator[Chunk],
    judge: Callable[[Chunk], Judged],
    write: Callable[[Chunk, Judged], None],
    tell_progress: Callable[[], None],
) -> None:
    """Judge a chunk while the one before is written and the next one is read."""
    judging, writing = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
    try:
        under_way: deque[Future[None]] = deque()
        for chunk in chunks:
            if len(under_way) == 2:
                _finish(under_way.popleft())
                tell_progress()
            judged = judging.submit(judge, chunk)
            before = under_way[-1] if under_way else None
            under_way.append(writing.submit(_write_judged, write, chunk, judged, before))
        for work in under_way:
            _finish(work)
            tell_progress()
    finally:
        # Do not wait: a worker may be blocked on a full pipe.
        for worker in (judging, writing):
            worker.shutdown(wait=False, cancel_futures=True)


def _write_judged(
    write: Callable[[Chunk, Judged], None],
    chunk: Chunk,
    judged: "Future[Judged]",
    before: "Future[None] | None",
) -> None:
    """Write a chunk. Raises what the writing of the chunk before has raised: none is left out."""
    if before is not None:
        before.result()
    write(chunk, judged.result())


def _finish(work: "Future[None]") -> None:
    """Wait for some work, by short steps: polars hears a Ctrl-C that one long wait would miss."""
    while not wait((work,), 0.1).done:
        pass
    work.result()


def _all_columns(options: BatchOptions) -> bool:
    """Whether every column is read into cells, whatever the format of the input."""
    return options.form not in (None, "jsonl") or options.only is not None


def _columns_to_read(
    form: str, source: Source, answers: Mapping[int, str], columns: Sequence[int]
) -> list[int]:
    """The columns whose cells are needed: all that are kept, unless rows keep their own text."""
    whole = list(columns) == list(range(len(source.headers)))
    if form == source.format and whole and form in ("csv", "jsonl"):
        return sorted(answers)
    return sorted({*columns, *answers})
