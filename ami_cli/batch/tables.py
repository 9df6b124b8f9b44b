"""Opens the table of a batch: that of one file, or of several that are read as one.

Each file has its own header, encoding, separator and sheet. A column of one file is that of another
if both are the same answer or have the same name; a column that a file lacks is blank in its rows.
Several files are open one at a time: each is opened for its header, and again for its rows.
"""

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, BinaryIO, NamedTuple

import polars as pl

from ami_cli.answers import FIELD
from ami_cli.batch.formats import (
    CHUNK_ROWS,
    CellKind,
    Chunk,
    InputOptions,
    Notice,
    Origin,
    Source,
    source_of,
    unreadable,
    with_totals,
)
from ami_cli.batch.formats.parquet import ParquetSource, cell_as_text
from ami_cli.batch.headers import HeaderRow, MatchedHeaders, match_headers, number_of
from ami_cli.batch.inputs import Files, Input, reading
from ami_cli.column_names import fold_name
from ami_cli.failures import Failure, Problem, UsageError
from ami_cli.words import Words, visible

_LARGEST_CHUNK = 16 * 1024 * 1024  # bytes of the cells of small parts that are judged together


class TableOptions(NamedTuple):
    """What is read, and how: the encoding and the sheet, the header and the answers."""

    inputs: Sequence[Input]
    encoding: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    mapped: Mapping[str, str] = {}
    given: Mapping[str, Any] = {}  # answers that hold for all rows
    again: bool = False  # whether the file may be an earlier result


class Table(NamedTuple):
    """A table that is open: its answers, what is noticed about it, how much is read, its rows.

    `row` is where its header is, in the first file of several. In `chunks` lines of totals are
    faults in every format, and files that cannot be read raise UnreadableInput.
    """

    source: Source
    matched: MatchedHeaders
    row: HeaderRow
    notices: Sequence[Notice]
    part_read: Callable[[], float]
    chunks: Callable[[Collection[int]], Iterator[Chunk]]


class _Opened(NamedTuple):
    """One file that is open: its rows, its header, the names of all its columns with those that its
    folders give, its answers and its size in bytes."""

    source: Source
    row: HeaderRow
    names: tuple[str, ...]
    matched: MatchedHeaders
    file: BinaryIO
    size: int


class _Opener:
    """Opens the files of one table as their options say; `mapped` are the columns that `--map`
    names and that some file has."""

    def __init__(
        self,
        options: TableOptions,
        files: Files,
        words: Words,
        *,
        all_columns: bool,
        strict: bool,
    ) -> None:
        self._options = options
        self._files = files
        self._words = words
        self._all_columns = all_columns
        self._strict = strict
        self.are_several = len(options.inputs) > 1 or bool(options.inputs[0].columns)
        self.mapped: set[str] = set()

    @contextlib.contextmanager
    def opened(self, item: Input) -> Iterator[_Opened]:
        path, columns, _ = item
        options = self._options
        with self._named(path), self._files.opened(path) as file:
            row = HeaderRow(options.header_row, options.mapped)
            how = InputOptions(path, options.encoding, options.sheet, self.are_several)
            with reading(path):
                size = file.seek(0, 2)  # before the source begins to read
                source = source_of(
                    file, how, self._words, all_columns=self._all_columns, find_header=row
                )
            own = {fold_name(name) for name in source.headers}
            names = (*source.headers, *(key for key in columns if fold_name(key) not in own))
            matched = match_headers(
                names,
                self._mapped(names, source.first_column),
                row,
                given=options.given,
                first_column=source.first_column,
                again=options.again,
                strict=self._strict,
            )
            yield _Opened(source, row, names, matched, file, size)

    def _mapped(self, names: Sequence[str], first_column: int) -> Mapping[str, str]:
        """Return what `--map` names; of several files, the columns that this one has."""
        if not self.are_several:
            return self._options.mapped
        own = {}
        for column, answer in self._options.mapped.items():
            with contextlib.suppress(UsageError):
                number_of(column, names, first_column)
                own[column] = answer
        self.mapped |= own.keys()
        return own

    @contextlib.contextmanager
    def _named(self, path: str) -> Iterator[None]:
        """Add the name of one of several files to its failure."""
        try:
            yield
        except Failure as failure:
            if not self.are_several:
                raise
            name = self._words("batch_summary.stdin") if path == "-" else visible(path, 200)
            problems = [
                problem
                if problem.params.get("value") == path
                else problem._replace(params={**problem.params, "input_name": name})
                for problem in failure.problems
            ]
            raise type(failure)(*problems) from None


@contextlib.contextmanager
def opened_table(
    options: TableOptions, files: Files, words: Words, *, all_columns: bool, strict: bool = True
) -> Iterator[Table]:
    """Open the table of some inputs; `all_columns` when its other columns are written too.

    Raises UnreadableInput for an input that cannot be used, UsageError for an option that
    contradicts it. `strict` is that of `match_headers`.
    """
    opener = _Opener(options, files, words, all_columns=all_columns, strict=strict)
    if opener.are_several:
        joined = _Joined(options, opener, words)
        yield Table(
            *(joined, joined.matched, joined.row, joined.first_notices),
            *(joined.part_read, joined.chunks),
        )
        return
    path = options.inputs[0].path
    with opener.opened(options.inputs[0]) as (source, row, _, matched, file, size):
        notices = [*source.notices, *row.notices(), *matched.notices()]

        def part_read() -> float:
            return file.tell() / size if size else 1.0

        yield Table(source, matched, row, notices, part_read, partial(_chunks, source, path, words))


def _chunks(source: Source, path: str, words: Words, wanted: Collection[int]) -> Iterator[Chunk]:
    with reading(path):
        for chunk in source.chunks(wanted):
            has_totals = source.format in ("csv", "xlsx")  # which stand below a table there
            yield chunk if has_totals else with_totals(chunk, words("rows.total"))


# --- several files as one table -------------------------------------------------------------------


class _Part(NamedTuple):
    """One file of a table, as its header says: the column of the table for each of its own, and
    where its rows come from. `given` are the columns of the table that its folders give.
    """

    input: Input
    names: Sequence[str]
    columns: Sequence[int]
    origin: Origin
    given: Mapping[int, str | None]
    size: int


class _Joined:
    """The rows of several files, one file after the other (see `formats.Source`)."""

    def __init__(self, options: TableOptions, opener: _Opener, words: Words) -> None:
        self._opener = opener
        self._words = words
        self._parts: list[_Part] = []
        self._types: dict[int, pl.DataType] | None = {}  # of columns, where all files are Parquet
        self._have_same_names = True  # columns that are the same, in all files
        self.blank = 0
        names: list[str] = []
        answers: dict[int, str] = {}
        near: dict[str, Sequence[str]] = {}
        unread: dict[str, None] = {}
        hidden: list[tuple[set[int], set[int]]] = []  # columns of each file, those not shown
        formats: dict[str, None] = {}
        separators: dict[str, None] = {}
        told: dict[str, list[Notice]] = {}
        for item in options.inputs:
            with opener.opened(item) as (source, row, own_names, matched, _, size):
                if not self._parts:
                    self.first_column, self.row = source.first_column, row
                columns = _aligned(own_names, matched.answers, names, answers)
                origin = Origin(
                    item.folder or item.path,
                    {columns[number]: own_names[number].strip() for number in matched.answers},
                )
                given = {
                    columns[number]: item.columns[own_names[number]]
                    for number in range(len(source.headers), len(own_names))
                }
                self._parts.append(_Part(item, own_names, columns, origin, given, size))
                hidden.append(({*columns}, {columns[number] for number in source.hidden}))
                formats[source.format] = None
                separators[source.separator] = None
                near |= matched.near
                unread |= dict.fromkeys(matched.unread)
                told[item.path] = [*source.notices, *row.notices()]
                self._have_same_names &= own_names == tuple(names[number] for number in columns)
                self._add_types(source, columns)
        for column in options.mapped.keys() - opener.mapped:
            number_of(column, names, self.first_column)  # raises, because no file has it
        self._refuse_options(options, formats)
        self.headers: tuple[str, ...] = tuple(names)
        self.separator = next(iter(separators))
        self.format = next(iter(formats)) if len(formats) == 1 else "mixed"
        self.text_format: str | None = self._text_format(separators)
        self.hidden: Collection[int] = {
            number
            for number in range(len(names))
            if all(number in unseen for own, unseen in hidden if number in own)
        }
        self.matched = MatchedHeaders(answers, near, list(unread), options.given)
        self._read = 0.0
        self._sizes = sum(part.size for part in self._parts)
        self.notices: list[Notice] = []  # known when all rows are read
        self.first_notices = [
            Notice("joined", {"files": (*told,), "count": len(self._parts)}),
            *self._grouped(told),
            *self.matched.notices(),
            *self._grouped(
                {
                    part.input.path: [Notice("lacks", {"columns": lacking})]
                    for part in self._parts
                    if (lacking := self._lacking(part))
                }
            ),
        ]

    def _add_types(self, source: Source, columns: Sequence[int]) -> None:
        """Learn the types of Parquet columns; one whose type differs among the files is text."""
        if not isinstance(source, ParquetSource):
            self._types = None
        if self._types is None or not isinstance(source, ParquetSource):
            return
        of_folders = [pl.String()] * (len(columns) - len(source.types))
        for number, kind in zip(columns, [*source.types, *of_folders], strict=True):
            before = self._types.setdefault(number, kind)
            if before != kind:
                self._types[number] = _common_type(before, kind)

    def _refuse_options(self, options: TableOptions, formats: Collection[str]) -> None:
        for name, value, form in (
            ("sheet", options.sheet, "xlsx"),
            ("encoding", options.encoding, "csv"),
        ):
            if value is not None and form not in formats:
                code = "no_sheets" if name == "sheet" else "no_encoding"
                raise UsageError(Problem(code, name, {"value": value}))

    def _text_format(self, separators: Collection[str]) -> str | None:
        """Return the format in which every row keeps its own text."""
        if self.format == "csv":
            order = list(range(len(self.headers)))
            same = all(list(part.columns) == order for part in self._parts)
        else:
            same = self.format == "jsonl" and self._have_same_names
        same &= len(separators) == 1 and not any(part.given for part in self._parts)
        return self.format if same else None

    def _lacking(self, part: _Part) -> tuple[str, ...]:
        """Return the answers for which a file has no column, and none in their place."""
        own = {self.matched.answers[number] for number in part.origin.names}
        spared = {FIELD[answer].spares for answer in own}
        return tuple(
            self.headers[number].strip()
            for number, answer in self.matched.answers.items()
            if answer not in own | spared
            and not (FIELD[answer].optional and FIELD[answer].spares in own)
        )

    def _grouped(self, told: Mapping[str, Sequence[Notice]]) -> Iterator[Notice]:
        """Yield notices once, with the files that they are about unless these are all."""
        files: dict[tuple[str, str], list[str]] = {}
        notices = {}
        for path, own in told.items():
            for notice in own:
                key = notice.code, repr(sorted(notice.params.items()))
                notices[key] = notice
                files.setdefault(key, []).append(path)
        for key, notice in notices.items():
            is_of_all = len(files[key]) == len(self._parts)
            yield notice._replace(files=() if is_of_all else tuple(files[key]))

    def part_read(self) -> float:
        """Return which part of all files is read."""
        return self._read / self._sizes if self._sizes else 1.0

    def chunks(self, wanted: Collection[int]) -> Iterator[Chunk]:
        """Read the rows of each file, with the columns of the table (see `formats.Source`)."""
        told: dict[str, list[Notice]] = {}
        waiting: list[Chunk] = []  # small ones, judged together
        for part in self._parts:
            path = part.input.path
            read, blank = self._read, self.blank
            with self._opener.opened(part.input) as (source, _, names, _, file, _):
                noticed = len(source.notices)
                if names != part.names:
                    raise unreadable("input_changed")
                own = [
                    number
                    for number in range(len(source.headers))
                    if part.columns[number] in wanted
                ]
                for own_chunk in _chunks(source, path, self._words, own):
                    self._read = read + min(file.tell(), part.size)
                    self.blank = blank + source.blank
                    chunk = self._placed(own_chunk, part, own, wanted)
                    if waiting and not _can_join(waiting, chunk):
                        yield _concatenated(waiting)
                        waiting = []
                    waiting.append(chunk)
                told[path] = source.notices[noticed:]
                self._read, self.blank = read + part.size, blank + source.blank
        if waiting:
            yield _concatenated(waiting)
        self.notices += self._grouped(told)

    def _placed(
        self, chunk: Chunk, part: _Part, own: Sequence[int], wanted: Collection[int]
    ) -> Chunk:
        """Give the cells of a file to the columns of the table."""
        height = len(chunk.lines)
        places = {part.columns[number]: str(number) for number in own}

        def column(number: int, frame: pl.DataFrame, blank: pl.Series) -> pl.Series:
            return (frame[places[number]] if number in places else blank).alias(str(number))

        texts, kinds, cells = [], [], []
        text = pl.repeat(CellKind.TEXT, height, dtype=pl.UInt8, eager=True)
        for number in sorted(wanted):
            value = part.given.get(number)
            blank = pl.repeat(value, height, dtype=pl.String, eager=True)
            texts.append(column(number, chunk.frame, blank))
            if chunk.kinds is not None:
                kinds.append(column(number, chunk.kinds, text))
            if chunk.cells is not None and self._types is not None:
                kind = self._types[number]
                none = pl.Series(dtype=kind).clear(height)
                typed = column(number, chunk.cells, none if value is None else blank)
                cells.append(typed if typed.dtype == kind else _converted(typed, kind))
        return chunk._replace(
            frame=pl.DataFrame(texts),
            texts=None if self.text_format is None else chunk.texts,
            kinds=pl.DataFrame(kinds) if kinds else None,
            cells=pl.DataFrame(cells) if cells else None,
            files=pl.repeat(visible(part.input.path, 200), height, dtype=pl.String, eager=True),
            origin=part.origin,
        )


def _can_join(chunks: Sequence[Chunk], chunk: Chunk) -> bool:
    """Tell whether a chunk can be judged together with others: parts of one table, all small."""
    rows = sum(len(other.lines) for other in chunks) + len(chunk.lines)
    size = sum(other.frame.estimated_size() for other in (*chunks, chunk))
    return chunk.origin == chunks[0].origin and rows <= CHUNK_ROWS and size <= _LARGEST_CHUNK


def _concatenated(chunks: Sequence[Chunk]) -> Chunk:
    """Return the rows of chunks of one table as one."""
    blank = {"faults": pl.String, "hidden": pl.Boolean}  # what some chunks may not have
    together: dict[str, Any] = {"origin": chunks[0].origin}
    for name in Chunk._fields:
        values = [getattr(chunk, name) for chunk in chunks]
        if name in blank and any(value is not None for value in values):
            values = [
                pl.repeat(None, len(chunk.lines), dtype=blank[name], eager=True)
                if value is None
                else value
                for value, chunk in zip(values, chunks, strict=True)
            ]
        if name not in together:
            together[name] = None if values[0] is None else pl.concat(values)
    return Chunk(**together)


def _aligned(
    own: Sequence[str], own_answers: Mapping[int, str], names: list[str], answers: dict[int, str]
) -> list[int]:
    """Return the column of a table for each column of a file, and add those that it lacks.

    A column is that of the same answer; else that of the same name, written in the same way if
    there is one.
    """
    columns: dict[int, int] = {}
    by_answer = {answer: number for number, answer in answers.items()}
    free = {number for number in range(len(names)) if number not in answers}
    for number, answer in own_answers.items():
        if answer in by_answer:
            columns[number] = by_answer[answer]
    for spelled in (str.strip, fold_name):
        by_name: dict[str, list[int]] = {}
        for number in sorted(free, reverse=True):
            by_name.setdefault(spelled(names[number]), []).append(number)
        for number, name in enumerate(own):
            places = by_name.get(spelled(name))
            if places and number not in columns and number not in own_answers:
                columns[number] = places.pop()
                free.discard(columns[number])
    for number, name in enumerate(own):
        if number not in columns:
            columns[number] = len(names)
            names.append(name)
            if number in own_answers:
                answers[columns[number]] = own_answers[number]
    return [columns[number] for number in range(len(own))]


def _common_type(one: pl.DataType, other: pl.DataType) -> pl.DataType:
    """Return the type of a column that has two: the wider one of whole numbers, else text."""
    if pl.Null() in (one, other):
        return other if one == pl.Null() else one
    if one.is_signed_integer() and other.is_signed_integer():
        return max(one, other, key=lambda kind: int(str(kind).removeprefix("Int")))
    return pl.String()


def _converted(cells: pl.Series, kind: pl.DataType) -> pl.Series:
    if kind == pl.String:
        return cells.to_frame().select(cell_as_text(pl.col(cells.name), cells.dtype)).to_series()
    return cells.cast(kind)
