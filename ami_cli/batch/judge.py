"""Judges a chunk of texts: answers, results and errors, row by row.

Cells are read by the reader of the flags (`reading.read`), once per distinct text of a column. A
text that it refuses, or answers that contradict each other, make the row invalid. An error is a
`Problem` until `ErrorWords` puts it into words, once per distinct text.

A column in which a date can only be month/day/year is doubted as a whole: its dates that could be
either are invalid. So are those of the other columns of that table, unless a date there can only be
day/month/year. Where an earlier chunk was judged otherwise, DoubtedColumns is raised.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

import polars as pl

from ami_cli.answers import FIELD, Kind
from ami_cli.batch.columns import (
    ANSWER_TYPES,
    INVALID,
    UNANSWERED,
    WARNED,
    answer_columns,
    contradicting,
    with_results,
)
from ami_cli.batch.formats import RESULTS, Chunk, Origin
from ami_cli.batch.formats.totals import with_fault
from ami_cli.batch.sentences import Sentences
from ami_cli.batch.template import example_marks
from ami_cli.column_names import fold_name
from ami_cli.failures import InvalidAnswers, Problem
from ami_cli.law import LawBook
from ami_cli.reading import DateOrder, date_order, read, suggestion
from ami_cli.registers import schools
from ami_cli.registers.spelling import fold
from ami_cli.rules.coherence import named_school, school_of_another_kind
from ami_cli.words import Words, visible
from ami_cli.words.problems import countries_of, options_explained

_INSEE_CODE = re.compile(r"\d[\dABab]\d{3}", re.ASCII)
_NUMBER = r"^[\d\s.,]*$"
_REMEMBERED = 100_000  # distinct texts of a column kept from chunk to chunk
_TOLD = ("value", "reason", "kind")  # of an error (see `ErrorWords.told`)
_PROBLEMS_WITH_A_SUGGESTION = ("not_an_option", "no_such_country")  # what a near word may explain
# A date that a sheet shows without a part of it: what the text of its cell says, and the problem.
_PROBLEM_OF_UNSEEN = {
    "sheets.day_unseen": "month_without_day",
    "sheets.year_unseen": "day_without_year",
}
_SUGGESTIONS = 1_000  # distinct texts of an answer that get a suggestion, which is slow to find


class DateOrders(NamedTuple):
    """The columns of a table in which a date can only be month/day/year, only day/month/year, and
    either of them."""

    month_first: frozenset[int] = frozenset()
    day_first: frozenset[int] = frozenset()
    either: frozenset[int] = frozenset()

    def with_dates(self, number: int, texts: Iterable[str]) -> "DateOrders":
        """Add what the texts of a column tell."""
        orders = {date_order(text) for text in texts}
        own = frozenset((number,))
        return DateOrders(
            self.month_first | own if DateOrder.MONTH_FIRST in orders else self.month_first,
            self.day_first | own if DateOrder.DAY_FIRST in orders else self.day_first,
            self.either | own if DateOrder.EITHER in orders else self.either,
        )

    def doubted(self) -> frozenset[int]:
        """Return the columns whose dates are doubted."""
        neighbours = self.either - self.day_first if self.month_first else frozenset()
        return self.month_first | neighbours


class DoubtedColumns(Exception):
    """Raised when a chunk changes which columns are doubted, after others of its table were judged.

    `orders` is what is known of the columns of each table.
    """

    def __init__(self, orders: Mapping[str | None, DateOrders]) -> None:
        self.orders = orders
        super().__init__()


class Errors(NamedTuple):
    """The errors of one column: for each row the number of its own, null where it has none.

    `told` has the value, the reason, and the kind by which errors are counted, by that number.
    """

    column: str
    numbers: pl.Series
    told: pl.DataFrame

    def texts(self, rows: pl.Series) -> pl.Series:
        """Return the errors of some rows, given by their ranks, as `column: value: reason`."""
        told = self.told.select(pl.all().gather(self.numbers.gather(rows)))
        text = pl.concat_str(pl.lit(self.column), "value", "reason", separator=": ")
        return told.select(text).to_series()


class Judged(NamedTuple):
    """The rows of a chunk: their answers, results (the columns of RESULTS) and errors.

    `answers` has a column for each of ANSWER_TYPES and of `register_facts`. `unanswered` tells
    which rows have no answer and no error; `faults` those of Chunk that hold; `warned` the
    warnings of each row.
    """

    answers: pl.DataFrame
    results: pl.DataFrame
    warned: pl.Series
    errors: Sequence[Errors]
    unanswered: pl.Series
    faults: pl.Series | None

    def corrections(self, row: int) -> list[tuple[str, str, str]]:
        """Return what is wrong with a row: each column, the value of the student, the reason."""
        if self.faults is not None and self.faults[row] is not None:
            return [("", "", self.faults[row])]
        return [
            (errors.column, *errors.told.row(errors.numbers[row])[:2])
            for errors in self.errors
            if errors.numbers[row] is not None
        ]


class Judge:
    """Reads and judges the rows of one file, chunk by chunk.

    `answers` are its columns that are answers (number → answer), `given` the values of answers that
    hold for all rows, `example` the column by which the example row of a template is known,
    `meanings` the values of further words by answer, folded, and `orders` what is known from the
    start of the dates of each table. With `sentences` the results have their columns too.
    """

    def __init__(
        self,
        headers: Sequence[str],
        answers: Mapping[int, str],
        today: date,
        book: LawBook,
        words: Words,
        *,
        given: Mapping[str, Any] | None = None,
        meanings: Mapping[str, Mapping[str, Any]] | None = None,
        orders: Mapping[str | None, DateOrders] | None = None,
        example: int | None = None,
        sentences: bool = False,
    ) -> None:
        self._today = today
        self._words = words
        self._book = book
        # The columns of answers that hold for all rows, or that the file does not have.
        self._given = [
            pl.lit(column[0], column.dtype).alias(column.name)
            for name in ANSWER_TYPES
            if name not in answers.values()
            for column in answer_columns(name, [(given or {}).get(name)])
        ]
        self._headers = headers
        self._answers = answers
        self._meanings = meanings or {}
        self._columns: dict[object, _CellReader] = {}
        self._dates = [number for number, name in answers.items() if FIELD[name].kind is Kind.DATE]
        self._orders = {**(orders or {})}
        self._table: str | None = None  # that of the last chunk
        self._has_judged = False  # whether a chunk of it was
        self._unseen = {
            f" ({words(code)})": problem for code, problem in _PROBLEM_OF_UNSEEN.items()
        }
        self._total = words("rows.total")
        self._example = example
        self._sentences = Sentences(today, book, words) if sentences else None
        self._titles = {name: visible(headers[number].strip()) for number, name in answers.items()}
        self._error_words = ErrorWords(book, words)
        self._contradicting = contradicting(today, book)

    def judged(self, chunk: Chunk) -> Judged:
        """Read the cells of a chunk and judge its rows; the example row of a template and a header
        that is repeated among the rows are faults."""
        chunk = with_fault(chunk, self._example_rows(chunk), self._words("rows.example"))
        chunk = with_fault(chunk, self._header_rows(chunk), self._words("rows.header"))
        own_columns = self._columns_of(chunk.origin)
        new_texts = {
            number: column.take(chunk.answers(number, self._words))
            for number, column in own_columns.items()
        }
        doubted = self._doubt(new_texts)
        columns: list[pl.Series] = []
        errors: list[Errors] = []
        for number, column in own_columns.items():
            values, problems = column.read(new_texts[number], is_doubted=number in doubted)
            columns += values
            errors += [] if problems is None else [problems]
        answers = pl.DataFrame(columns).with_columns(self._given)
        own = [column.answer for column in own_columns.values()]
        has_error = [item.numbers.is_not_null() for item in errors]
        present = answers.select(pl.any_horizontal(pl.col(own).is_not_null(), *has_error))
        unanswered = ~present.to_series()
        faults = self._faults(chunk, answers)
        if faults is not None:
            unanswered &= faults.is_null()
        errors += self._contradictions(answers)
        ami_errors = _joined(errors, faults, chunk.frame.height)
        facts = answers.with_columns(
            ami_errors, ami_errors.is_not_null().alias(INVALID), unanswered.alias(UNANSWERED)
        )
        rows = with_results(facts, self._today, self._book)
        results = rows.select(*RESULTS)
        if self._sentences is not None:
            results = results.hstack(self._sentences.columns(rows))
        self._has_judged = True
        return Judged(answers, results, rows[WARNED], errors, unanswered, faults)

    def _columns_of(self, origin: Origin | None) -> dict[int, "_CellReader"]:
        """Return the columns of a chunk: dates are those of its table, because they may be doubted
        there alone; the others know the texts of earlier tables."""
        table = origin and origin.table
        if table != self._table:
            self._table, self._has_judged = table, False
            for number in self._dates:
                self._columns.pop((number, False), None)
        columns = {}
        for number, answer in self._answers.items():
            header = self._headers[number]
            if origin is not None:
                header = origin.names.get(number, header)
            key = number, is_insee(answer, header)
            if key not in self._columns:
                read_cell = self._reader(answer, is_insee=key[1])
                self._columns[key] = self._column(answer, read_cell)
            columns[number] = self._columns[key]
        return columns

    def _column(self, answer: str, read_cell: Callable[[str], Any]) -> "_CellReader":
        title = self._titles.get(answer, answer)
        return _CellReader(answer, title, read_cell, self._error_words.told)

    def _reader(self, answer: str, *, is_insee: bool) -> Callable[[str], Any]:
        """Return what reads a cell of a column: the value, or the Problem that it is."""
        meanings = self._meanings.get(answer, {})
        unseen = self._unseen if FIELD[answer].kind is Kind.DATE else {}

        def read_cell(text: str) -> Any:
            for end, code in unseen.items():
                if text.endswith(end):
                    return Problem(code, answer, {"value": text})
            if meanings and (folded := fold(text)) in meanings:
                return meanings[folded]
            try:
                value = read(answer, text)
            except InvalidAnswers as error:
                return Problem(error.problems[0].code, answer, {"value": text})  # as it is written
            is_code = is_insee and value is not None and _INSEE_CODE.fullmatch(value)
            return f"INSEE {value}" if is_code else value

        return read_cell

    def doubted(self) -> list[int]:
        """Return the columns whose dates are doubted, in some table."""
        return sorted({number for own in self._orders.values() for number in own.doubted()})

    def learn_dates(self, number: int, texts: Iterable[str]) -> None:
        """Learn from the dates of a column in which order those of its table are written."""
        orders = self._orders.get(self._table, DateOrders())
        self._orders[self._table] = orders.with_dates(number, texts)

    def _doubt(self, new_texts: Mapping[int, Sequence[str]]) -> Collection[int]:
        """Return the columns of a chunk whose dates are doubted."""
        before = self._orders.get(self._table, DateOrders()).doubted()
        for number in self._dates:
            self.learn_dates(number, new_texts[number])
        doubted = self._orders.get(self._table, DateOrders()).doubted()
        if doubted != before and self._has_judged:
            raise DoubtedColumns(self._orders)
        return doubted

    def _example_rows(self, chunk: Chunk) -> Sequence[int]:
        if self._example is None:
            return ()
        texts = chunk.frame[str(self._example)].str.strip_chars().str.to_lowercase()
        return texts.is_in(example_marks()).arg_true().to_list()

    def _header_rows(self, chunk: Chunk) -> Sequence[int]:
        """Return the rows whose answers are the names of their columns, as pages that were pasted
        one below the other have."""
        own: Mapping[int, str] = {number: self._headers[number] for number in self._answers}
        if chunk.origin is not None:
            own = chunk.origin.names
        names = {str(number): name.strip() for number, name in own.items()}
        for number, name in own.items() if len(own) > 1 else ():
            # A name that is a value of its answer too, as « QPV » is, does not tell a header.
            if isinstance(self._reader(self._answers[number], is_insee=False)(name), Problem):
                rows = (chunk.frame[str(number)].str.strip_chars() == names[str(number)]).arg_true()
                cells = chunk.frame[rows].select(pl.col(*names).str.strip_chars())
                same = zip(rows, cells.iter_rows(), strict=True)
                return [row for row, texts in same if texts == (*names.values(),)]
        return ()

    def _faults(self, chunk: Chunk, answers: pl.DataFrame) -> pl.Series | None:
        """Return the faults of rows, without that of a row of totals which has its answers.

        A row of totals has numbers at most, and « 1 » is no yes there; a student may study at
        « Total Energies ».
        """
        faults = chunk.faults
        if faults is None or not (faults == self._total).any():
            return faults
        answered = pl.DataFrame(
            answers[name].is_not_null()
            if FIELD[name].kind is Kind.DATE  # 15.01.2027 is no count
            else answers[name].is_not_null() & ~chunk.frame[str(number)].str.contains(_NUMBER)
            for number, name in self._answers.items()
        )
        is_student = (faults == self._total) & answered.select(pl.any_horizontal(pl.all()))[:, 0]
        return faults.set(is_student.fill_null(False), None)

    def _contradictions(self, answers: pl.DataFrame) -> list[Errors]:
        """Return each contradiction that some row holds, with the value that its error names."""
        holds = answers.select(item.alias(rule.name) for (_, rule), item in self._contradicting)
        errors = []
        for (field, rule), _ in self._contradicting:
            if holds[rule.name].any():
                value = pl.col(field).cast(pl.String)
                if rule is school_of_another_kind:
                    value = pl.concat_str(value, "kind_of_school", "school", separator="\0")
                # What a row says that contradicts itself is read too: it always is a problem.
                if rule.name not in self._columns:
                    read_cell = partial(_contradiction, rule.name, field)
                    self._columns[rule.name] = self._column(field, read_cell)
                column = self._columns[rule.name]
                texts = answers.select(pl.when(holds[rule.name]).then(value)).to_series()
                _, problems = column.read(column.take(texts))
                errors += [] if problems is None else [problems]
        return errors


def _contradiction(code: str, field: str, text: str) -> Problem:
    """Return the problem of a contradiction; that of a school names the school and its kind."""
    value, *school = text.split("\0")
    params = {"value": value}
    if school:
        params |= {"kind": school[0], "name": named_school(school[1])}
    return Problem(code, field, params)


def _joined(errors: Sequence[Errors], faults: pl.Series | None, height: int) -> pl.Series:
    """Return the column `ami_errors`: every error of each row, null where it has none.

    A row with a fault is no row: its cells may hold the whole line, so only the fault is told.
    """
    joined = pl.repeat(None, height, dtype=pl.String, eager=True)
    if errors:
        is_invalid = pl.any_horizontal(item.numbers.is_not_null() for item in errors)
        rows = pl.select(is_invalid).to_series().arg_true()
        texts = (item.texts(rows) for item in errors)
        text = pl.select(pl.concat_str(texts, separator=" | ", ignore_nulls=True))
        joined = joined.scatter(rows, text.to_series())
    if faults is not None:
        joined = faults.zip_with(faults.is_not_null(), joined)
    return joined.alias("ami_errors")


def is_insee(answer: str, header: str) -> bool:
    """Tell whether five figures in a column are no postal code, as under « code INSEE »."""
    words = fold_name(header).split()
    return answer == "commune" and ("insee" in words or {"cod", "com"} <= {*words})


class _CellReader:
    """Reads the cells of a column, each distinct text once as long as they are not too many.

    `title` is its name, `read_cell` returns the value of a text or the Problem that it is, and
    `tell` puts a problem into words (see `ErrorWords.told`).
    """

    def __init__(
        self,
        answer: str,
        title: str,
        read_cell: Callable[[str], Any],
        tell: Callable[[Problem], tuple[str, str, str]],
    ) -> None:
        self.answer = answer
        self._title = title
        self._read_cell = read_cell
        self._tell = tell
        self._forget()

    def _forget(self) -> None:
        # polars numbers the texts of the columns of this type 0, 1, 2, …, as long as it is there.
        self._numbering = pl.Series(dtype=pl.Categorical(pl.Categories.random()))
        self._known = self._table([])

    def take(self, texts: pl.Series) -> list[str]:
        """Take the texts of a chunk, and return those that are new."""
        if self._known.height + 10 * self._known["kind"].count() > _REMEMBERED:
            self._forget()
        coded = texts.cast(self._numbering.dtype)
        self._numbers = coded.to_physical()
        last: Any = self._numbers.max()
        known = self._known.height
        end = known if last is None else max(known, last + 1)
        new = pl.int_range(known, end, dtype=pl.UInt32, eager=True)
        return new.cat.to(coded.dtype).cast(pl.String).to_list()

    def read(
        self, new: Sequence[str], *, is_doubted: bool = False
    ) -> tuple[list[pl.Series], Errors | None]:
        """Read the texts that are new; return the columns of the chunk taken, and its errors.

        Where the dates of the column are doubted, those that could be month/day/year are errors.
        """
        cells = [
            Problem("day_or_month", self.answer, {"value": text})
            if is_doubted and date_order(text) is DateOrder.EITHER
            else self._read_cell(text)
            for text in new
        ]
        if cells:
            known, more = self._known, self._table(cells)
            self._known = pl.concat([known, more], rechunk=True) if known.height else more
        *columns, is_error = self._known.select(
            pl.exclude(_TOLD).gather(self._numbers),
            pl.col("kind").is_not_null().gather(self._numbers),
        )
        if not is_error.any():
            return columns, None
        numbers = self._numbers.set(~is_error.fill_null(value=False), None)
        return columns, Errors(self._title, numbers, self._known.select(_TOLD))

    def _table(self, cells: Sequence[Any]) -> pl.DataFrame:
        """Return a row for each cell read: its value, and its error in words."""
        values = [None if isinstance(cell, Problem) else cell for cell in cells]
        errors = [self._tell(cell) if isinstance(cell, Problem) else (None,) * 3 for cell in cells]
        told = pl.DataFrame(errors, dict.fromkeys(_TOLD, pl.String), orient="row")
        return pl.DataFrame([*answer_columns(self.answer, values), *told])


class ErrorWords:
    """Puts errors into words, in the language of `words`."""

    def __init__(self, book: LawBook, words: Words) -> None:
        self._words = words
        law = book.too_early().params
        self._law = {**law, "first_day": words.date(law["first_day"])}
        self._hints: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self._reasons: dict[tuple[str, ...], str] = {}

    def told(self, problem: Problem) -> tuple[str, str, str]:
        """Return the value of the student, what is wrong with it and what it may have meant, and
        what is wrong with all values of its kind: names of schools are one of their own."""
        reason = self._reason_once(problem)
        hint = self._hint(problem) if problem.code in _PROBLEMS_WITH_A_SUGGESTION else ""
        kind = hint if hint == self._words("cells.school_elsewhere") else reason
        value = visible(problem.params["value"])
        return value, f"{reason} ({hint})" if hint else reason, kind

    def _reason_once(self, problem: Problem) -> str:
        """Return what is wrong, without the value; it is put into words once."""
        code, field, params = problem
        key: tuple[str, ...] = (code, field)
        if "kind" in params:
            key += (params["kind"], params["name"])
        elif code == "several_countries":
            key += (params["value"],)
        if key not in self._reasons:
            self._reasons[key] = self._reason(problem)
        return self._reasons[key]

    def _reason(self, problem: Problem) -> str:
        answer = FIELD[problem.field]
        match problem.code:
            case "not_an_option":
                options = options_explained(answer.name, self._words)
            case "several_countries":
                options = countries_of(problem.params["value"], self._words)
            case _:
                options = ""
        params = {**self._law, "low": answer.low, "high": answer.high, "options": options}
        if "kind" in problem.params:
            kind = self._words(f"registers.kinds.{problem.params['kind']}")
            params |= {"name": problem.params["name"], "kind": kind}
        return self._words.filled(f"cells.{problem.code}", params)

    def _hint(self, problem: Problem) -> str:
        """Return what a text that is no option may have meant; empty where nothing is near."""
        hints, text = self._hints[problem.field], problem.params["value"]
        if text not in hints and len(hints) < _SUGGESTIONS:
            if near := suggestion(FIELD[problem.field], text):
                hints[text] = self._words("cells.near", suggestion=near.replace("_", "-"))
            elif problem.field == "establishment" and schools.find(text).answer != "unknown":
                hints[text] = self._words("cells.school_elsewhere")
            else:
                hints[text] = ""
        return hints.get(text, "")
