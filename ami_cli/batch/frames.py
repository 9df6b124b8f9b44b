"""Judges tables in memory as `ami batch` judges a file: frames of polars, batches of Arrow.

Which column is which answer, how a cell is read and what makes a row invalid are those of the batch
(`headers`, `judge`): a typed value is read as it is from Parquet. A table may be cut into parts
anywhere, except that a column of text is doubted as a whole (`doubted_columns`).

No exception holds a value of a student: failures name columns and codes, and their sentence stands
in a note.
"""

import contextlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Protocol, TypeVar

import polars as pl
from polars.io.plugins import register_io_source

from ami_cli.answers import FIELD, Kind
from ami_cli.batch.formats import CHUNK_ROWS, RESULTS, Chunk, unreadable, with_totals
from ami_cli.batch.formats.parquet import cell_as_text
from ami_cli.batch.headers import IGNORED, match_headers
from ami_cli.batch.judge import DateOrders, DoubtedColumns, Judge
from ami_cli.batch.template import example_column
from ami_cli.failures import Failure, Problem, UnreadableInput
from ami_cli.law import law_book
from ami_cli.words import LANGUAGES, visible, words_of
from ami_cli.words.problems import describe

if TYPE_CHECKING:
    import pyarrow as pa

# The types of a result: that of polars, Spark and Arrow.
_TYPES = {
    pl.String: ("string", "string"),
    pl.Int64: ("bigint", "int64"),
    pl.Date: ("date", "date32"),
    pl.Boolean: ("boolean", "bool"),
}
RESULT_DDL = ", ".join(f"{name} {_TYPES[kind][0]}" for name, kind in RESULTS.items())
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
# What pandas, polars and DuckDB call the second column of a name: `age.1`, `age_duplicated_0`,
# `age_right` beside another table, `age_1`.
_RENAMED = re.compile(r"(.+?)(?:\.\d+|_duplicated_\d+|_right|_\d+)")
_TEXTS = (pl.String, pl.Categorical, pl.Enum, pl.Binary)  # types whose cells may be words


def __getattr__(name: str) -> "pa.Schema":
    """Return RESULT_SCHEMA when it is asked for, because polars alone needs no pyarrow."""
    if name != "RESULT_SCHEMA":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return result_schema()


@cache
def result_schema() -> "pa.Schema":
    """Return RESULT_SCHEMA: the Arrow schema of the result columns."""
    import pyarrow as pa

    return pa.schema([(name, _TYPES[kind][1]) for name, kind in RESULTS.items()])


def assess_frame(
    frame: Frame,
    *,
    today: date,
    columns: Mapping[str, str] = {},
    lang: str = "fr",
    doubted: Collection[str] = (),
) -> Frame:
    """Judge a table of students: return the same rows and columns with the `ami_…` columns added.

    `frame` is a DataFrame or LazyFrame of polars. A lazy one stays lazy, and streams to a file in
    bounded memory; only columns of text that are dates are read once before. Columns are found by
    their headers as in a batch; `columns` names others (header → answer, or `-` for one that is no
    answer). `lang` is the language of `ami_errors`. `doubted` are the columns that
    `doubted_columns` finds in a whole table of which this is a part.

    Raises UnreadableInput where no column is an answer, two are the same one (`age.1`, as a library
    renames it, too) or one is named `ami_…`, and UsageError where `columns` names none.
    """
    if not isinstance(frame, pl.DataFrame | pl.LazyFrame):
        raise TypeError("frame: a DataFrame or LazyFrame of polars; polars.from_pandas makes one")
    schema = frame.collect_schema()
    names = list(schema)
    table = _Table(names, columns, today, lang, doubted)
    texts = [
        frame.lazy().select(pl.col(names[rank]).unique().alias(str(rank)))
        for rank in table.dates
        if isinstance(schema[names[rank]], _TEXTS)
    ]
    for dates in pl.collect_all(texts, engine="streaming"):
        table.doubt(dates)

    def judged(part: pl.DataFrame) -> pl.DataFrame:
        numbered = part.select(pl.col(name).alias(str(rank)) for rank, name in enumerate(names))
        return part.hstack(table.results(numbered))

    if isinstance(frame, pl.DataFrame):
        return judged(frame)
    lazy = frame

    def parts(
        wanted: list[str] | None, predicate: pl.Expr | None, rows: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        # `map_batches` keeps twice as much in memory as parts of this size do.
        for part in lazy.collect_batches(chunk_size=CHUNK_ROWS // 2, engine="streaming"):
            out = judged(part if rows is None else part.head(rows))
            rows = None if rows is None else rows - out.height
            out = out if predicate is None else out.filter(predicate)
            yield out if wanted is None else out.select(wanted)
            if rows == 0:
                break

    return register_io_source(parts, schema={**schema, **RESULTS})


class ArrowStream(Protocol):
    """What hands out batches of Arrow: a table, a reader, a frame, a relation of DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object = None, /) -> object:
        """Return the capsule of an ArrowArrayStream."""


def assess_batches(
    batches: "Iterable[pa.RecordBatch] | ArrowStream",
    *,
    today: date,
    columns: Mapping[str, str] = {},
    lang: str = "fr",
    doubted: Collection[str] = (),
) -> "Iterator[pa.RecordBatch]":
    """Judge batches of Arrow: yield each of them with the columns of RESULT_SCHEMA added.

    `batches` may be all that hands them out, as a table of Arrow. Other columns are passed on as
    they are. `doubted` are the columns of text that `doubted_columns` finds in the whole table, of
    which these batches may be a part. `columns`, `lang` and the exceptions are those of
    `assess_frame`. UnreadableInput is raised too where an answer has a type that polars lacks, and
    where a column turns out to be doubted after earlier batches were judged.
    """
    import pyarrow as pa

    table: _ArrowTable | None = None
    for part in _parts(_batches(batches)):
        if table is None:
            table = _ArrowTable(part[0].schema, columns, today, lang, doubted)
            schema = pa.schema([*part[0].schema, *result_schema()], part[0].schema.metadata)
        results = table.results(table.cells(part))
        arrow = results.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(result_schema())
        added = [column.combine_chunks() for column in arrow.columns]
        start = 0
        for batch in part:
            own = [column.slice(start, batch.num_rows) for column in added]
            start += batch.num_rows
            yield pa.RecordBatch.from_arrays([*batch.columns, *own], schema=schema)


def doubted_columns(
    batches: "Iterable[pa.RecordBatch] | ArrowStream", *, columns: Mapping[str, str] = {}
) -> frozenset[str]:
    """Return the columns of text whose dates are doubted: one can only be month/day/year, there or
    in another column, and none there can only be day/month/year.

    Every date of theirs that could be either is invalid. Where the parts of one table are judged
    apart, `assess_batches` and `assess_frame` must be told.
    """
    table: _ArrowTable | None = None
    for batch in _batches(batches):
        table = table or _ArrowTable(batch.schema, columns, date.max, "fr")
        table.doubt(table.cells([batch]))
    return frozenset() if table is None else table.doubted


class _Table:
    """Judges the rows of one table, part by part; its columns are named by their numbers.

    `answers` are those of its columns that are answers, `dates` those of them that are dates.
    """

    def __init__(
        self,
        names: Sequence[str],
        columns: Mapping[str, str],
        today: date,
        lang: str,
        doubted: Collection[str] = (),
    ) -> None:
        if lang not in LANGUAGES:
            raise ValueError(f"lang: one of {', '.join(LANGUAGES)}")
        if type(today) is not date:
            raise TypeError("today: a datetime.date")
        if not {*columns.values()} <= {*FIELD, IGNORED}:
            raise ValueError(f"columns: header → one of {', '.join(FIELD)}, {IGNORED}")
        self._words = words_of(lang, adviser=True)
        self._names = names
        with self.explained():
            # A table without columns has no rows either.
            answers = match_headers(names, columns).answers if names else {}
            _refuse_renamed(names, answers, columns)
        self.dates = [rank for rank, name in answers.items() if FIELD[name].kind is Kind.DATE]
        self.answers = list(answers)
        ranks = frozenset(rank for rank in answers if names[rank] in doubted)
        # The columns that are named are all that are doubted.
        orders = DateOrders(ranks, frozenset(self.dates) - ranks if ranks else frozenset())
        example = example_column(names)
        self._read = {str(rank) for rank in (*answers, example)}
        self._judge = Judge(
            *(names, answers, today, law_book(), self._words),
            orders={None: orders},
            example=example,
        )

    @property
    def doubted(self) -> frozenset[str]:
        """The names of the columns whose dates are doubted."""
        return frozenset(self._names[rank] for rank in self._judge.doubted())

    def doubt(self, cells: pl.DataFrame) -> None:
        """Learn from the texts of `cells` which columns of dates are doubted."""
        for rank, kind in cells.schema.items():
            if int(rank) in self.dates and isinstance(kind, _TEXTS):
                texts = cells.select(cell_as_text(pl.col(rank), kind).unique().drop_nulls())
                self._judge.learn_dates(int(rank), texts.to_series())

    def results(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Return the results (the columns of RESULTS) of some rows, from all their columns."""
        if not self.answers:
            return pl.DataFrame(schema=RESULTS)
        with self.explained():
            starts = range(0, max(1, cells.height), CHUNK_ROWS)
            return pl.concat([self._judged(cells.slice(start, CHUNK_ROWS)) for start in starts])

    def _judged(self, cells: pl.DataFrame) -> pl.DataFrame:
        texts = [
            cell_as_text(pl.col(rank) if rank in self._read else _start(pl.col(rank), kind), kind)
            for rank, kind in cells.schema.items()
            if rank in self._read or isinstance(kind, _TEXTS)
        ]
        lines = pl.int_range(cells.height, dtype=pl.UInt32, eager=True)
        chunk = with_totals(
            Chunk(cells.select(texts), lines),
            self._words("rows.total"),
            lambda ranks: cells[ranks].select(
                cell_as_text(pl.col(rank), kind) for rank, kind in cells.schema.items()
            ),
        )
        try:
            return self._judge.judged(chunk).results
        except DoubtedColumns:
            raise unreadable("doubted_later", columns=_listed(self.doubted)) from None

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Add to a failure, as a note, the sentence that a person reads."""
        try:
            yield
        except Failure as failure:
            for problem in failure.problems:
                failure.add_note(describe(problem, self._words)["message"])
            raise


def _refuse_renamed(
    names: Sequence[str], answers: Mapping[int, str], columns: Mapping[str, str]
) -> None:
    """Raise UnreadableInput where a library renamed the second of two columns of one answer, which
    would else be left unread without a word; `columns` may say that it is none."""
    read = {names[rank]: answer for rank, answer in answers.items()}
    twins = [
        Problem(
            "answer_twice",
            "input",
            {
                "value": renamed[1],
                "key": name,
                "answer": read[renamed[1]],
                "meant": f'columns={{"{name}": "{IGNORED}"}}',
            },
        )
        for name in names
        if name not in {*read, *columns}
        and (renamed := _RENAMED.fullmatch(name))
        and renamed[1] in read
    ]
    if twins:
        raise UnreadableInput(*twins)


def _start(cell: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """Return enough of a text to tell a line of totals, because bytes may be pictures."""
    return cell.bin.slice(0, 200) if isinstance(kind, pl.Binary) else cell


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(map(visible, sorted(columns)))


# --- Arrow ----------------------------------------------------------------------------------------


class _ArrowTable(_Table):
    """Judges the rows of a table of Arrow."""

    def __init__(
        self,
        schema: "pa.Schema",
        columns: Mapping[str, str],
        today: date,
        lang: str,
        doubted: Collection[str] = (),
    ) -> None:
        super().__init__(schema.names, columns, today, lang, doubted)
        self._unseen = {
            rank
            for rank, field in enumerate(schema)
            if (field.type.num_fields and rank not in self.answers) or not _is_in_polars(field.type)
        }
        with self.explained():
            if unread := self._unseen & {*self.answers}:
                raise unreadable("column_type", columns=_listed(schema.names[it] for it in unread))

    def cells(self, part: "Sequence[pa.RecordBatch]") -> pl.DataFrame:
        """Return rows as a frame; columns that are not read hold true where they are not null."""
        import pyarrow as pa

        columns = pa.Table.from_batches(part).columns
        frame = pl.DataFrame(
            {
                str(rank): column.is_valid() if rank in self._unseen else _readable(column)
                for rank, column in enumerate(columns)
            }
        )
        return frame.with_columns(
            pl.when(pl.col(str(rank))).then(pl.col(str(rank))) for rank in self._unseen
        )


def _is_in_polars(kind: "pa.DataType") -> bool:
    """Tell whether polars has a type of Arrow. It panics over decimal256."""
    import pyarrow as pa

    try:
        return (
            "decimal256" not in str(kind) and pl.from_arrow(pa.chunked_array([], kind)) is not None
        )
    except pl.exceptions.PolarsError:
        return False


def _readable(column: "pa.ChunkedArray") -> pl.Series:
    """Return a column as polars; texts that are no UTF-8, which engines let pass, as bytes."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not pa.types.is_primitive(column.type):
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            column = column.cast(pa.large_binary())
    cells = pl.from_arrow(column)
    assert isinstance(cells, pl.Series)
    return cells


def _batches(batches: "Iterable[pa.RecordBatch] | ArrowStream") -> "Iterable[pa.RecordBatch]":
    import pyarrow as pa

    if hasattr(batches, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(batches)  # type: ignore[no-any-return]
    return batches


def _parts(batches: "Iterable[pa.RecordBatch]") -> "Iterator[list[pa.RecordBatch]]":
    """Gather batches to about CHUNK_ROWS rows: judging a small one costs nearly as much."""
    part: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        part.append(batch)
        rows += batch.num_rows
        if rows >= CHUNK_ROWS:
            yield part
            part, rows = [], 0
    if part:
        yield part
