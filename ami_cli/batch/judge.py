"""Judges a chunk of texts: answers, results and errors, row by row.

Cells are read by the reader of the flags (`reading.read`), once per distinct text of a column. A
text that it refuses, or answers that contradict each other, make the row invalid. An error is a
`Problem` until `ErrorWords` says it, as `column: value: reason`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import polars as pl

from ami_cli.answers import FIELD, Kind
from ami_cli.batch.columns import INVALID, TYPES, contradictory, distinct, judge, registered
from ami_cli.batch.formats import RESULTS, Chunk
from ami_cli.failures import InvalidAnswers, Problem
from ami_cli.law import LawBook
from ami_cli.reading import read, suggestion
from ami_cli.registers import schools
from ami_cli.words import Words, visible
from ami_cli.words.problems import options_of

_REMEMBERED = 100_000  # distinct texts of a column kept from chunk to chunk
_SUGGESTIONS = 1_000  # distinct texts of an answer that get a suggestion, which is slow to find


class Errors(NamedTuple):
    """What is wrong in one column: for each row the number of a problem, null where nothing is."""

    problems: Sequence[Problem]
    numbers: pl.Series


class Judged(NamedTuple):
    """The rows of a chunk: their answers and what the registers say of them (a column for each of
    TYPES and of `registered`), the columns of RESULTS, and what is wrong in each column."""

    answers: pl.DataFrame
    results: pl.DataFrame
    errors: Sequence[Errors]


class Judge:
    """Reads and judges the rows of one file, chunk by chunk; `answers` are its columns that are
    answers (number → answer)."""

    def __init__(
        self,
        headers: Sequence[str],
        answers: Mapping[int, str],
        today: date,
        book: LawBook,
        words: Words,
    ) -> None:
        self._today = today
        self._book = book
        self._readers = {number: _ColumnReader(name) for number, name in answers.items()}
        self._contradictory = contradictory(today, book)
        titles = {name: headers[number].strip() for number, name in answers.items()}
        self._error_words = ErrorWords(titles, book, words)

    def judged(self, chunk: Chunk) -> Judged:
        """Read the cells of a chunk and judge its rows."""
        columns: dict[str, pl.Series] = {}
        errors: list[Errors] = []
        for number, reader in self._readers.items():
            columns[reader.answer], wrong = reader.read(chunk.frame[str(number)])
            errors += wrong
        height = chunk.frame.height
        answers = pl.DataFrame(
            [
                columns.get(name, pl.repeat(None, height, dtype=kind, eager=True)).alias(name)
                for name, kind in TYPES.items()
            ]
        ).with_columns(registered())
        errors += self._contradictions(answers)
        said = self._error_words.column(errors, chunk.faults, height)
        invalid = answers.with_columns(said, said.is_not_null().alias(INVALID))
        results = judge(invalid.lazy(), self._today, self._book).select(*RESULTS).collect()
        return Judged(answers, results, errors)

    def reasons(self, chunk: Chunk, judged: Judged, row: int) -> list[str]:
        """Why one row is invalid, as `column: reason`, without a value of the student."""
        if chunk.faults is not None and chunk.faults[row] is not None:
            return [chunk.faults[row].partition(" | ")[0]]
        return [
            self._error_words.said(problems[number], with_value=False)
            for problems, numbers in judged.errors
            if (number := numbers[row]) is not None
        ]

    def _contradictions(self, answers: pl.DataFrame) -> list[Errors]:
        """Each contradiction that some row holds, with the value it is told about."""
        holds = answers.select(
            expression.alias(contradiction.rule.name)
            for contradiction, expression in self._contradictory
        )
        errors = []
        for contradiction, _ in self._contradictory:
            code, field = contradiction.rule.name, contradiction.field
            if holds[code].any():
                values = answers.select(
                    pl.when(holds[code]).then(pl.col(field).cast(pl.String))
                ).to_series()
                texts, numbers = distinct(values)
                problems = [Problem(code, field, {"value": text}) for text in texts]
                errors.append(Errors(problems, numbers))
        return errors


class _ColumnReader:
    """Reads the texts of a column that is an answer, each distinct text once."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self._known: dict[str, Any] = {}  # the value of a text, or the Problem it is

    def read(self, cells: pl.Series) -> tuple[pl.Series, list[Errors]]:
        """The values of cells, null where a text is no value, and what is wrong with those."""
        texts, numbers = distinct(cells)
        meanings = [self._meaning(text) for text in texts]
        problems = [meaning for meaning in meanings if isinstance(meaning, Problem)]
        if not problems:
            return _gathered(meanings, TYPES[self.answer], numbers), []
        values = [None if isinstance(meaning, Problem) else meaning for meaning in meanings]
        places = iter(range(len(problems)))
        wrong = [next(places) if isinstance(meaning, Problem) else None for meaning in meanings]
        return (
            _gathered(values, TYPES[self.answer], numbers),
            [Errors(problems, _gathered(wrong, pl.UInt32, numbers))],
        )

    def _meaning(self, text: str) -> Any:
        if text in self._known:
            return self._known[text]
        try:
            meaning = read(self.answer, text)
        except InvalidAnswers as wrong:
            (problem,) = wrong.problems
            meaning = Problem(problem.code, self.answer, {"value": text})  # as the file has it
        if len(self._known) < _REMEMBERED:
            self._known[text] = meaning
        return meaning


def _gathered(values: Sequence[Any], kind: Any, numbers: pl.Series) -> pl.Series:
    return pl.Series(values, dtype=kind).gather(numbers)


class ErrorWords:
    """Says what is wrong with a row, in the language of the words and the titles of the file."""

    def __init__(self, titles: Mapping[str, str], book: LawBook, words: Words) -> None:
        self._titles = titles
        self._words = words
        too_early = book.too_early().params
        self._law = {**too_early, "first_day": words.date(too_early["first_day"])}
        self._hints: defaultdict[str, dict[str, str]] = defaultdict(dict)

    def column(self, errors: Sequence[Errors], faults: pl.Series | None, height: int) -> pl.Series:
        """The column `ami_errors`: everything wrong with each row, null where nothing is.

        Of a row that is no row (`faults`) the cells say nothing: one may hold the whole line.
        """
        joined = pl.repeat(None, height, dtype=pl.String, eager=True)
        if errors:
            frame = pl.DataFrame(
                [numbers.alias(str(place)) for place, (_, numbers) in enumerate(errors)]
            )
            wrong = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
            said = [
                _gathered([self.said(problem) for problem in problems], pl.String, numbers)
                for (problems, _), numbers in zip(errors, frame.filter(wrong), strict=True)
            ]
            text = pl.concat_str(said, separator=" | ", ignore_nulls=True)
            joined = joined.scatter(wrong.arg_true(), pl.select(text).to_series())
        if faults is not None:
            joined = faults.zip_with(faults.is_not_null(), joined)
        return joined.alias("ami_errors")

    def said(self, problem: Problem, *, with_value: bool = True) -> str:
        """One error: `column: value: reason`, or without the value of the student."""
        title = visible(self._titles.get(problem.field, problem.field))
        value = [visible(problem.params["value"])] if with_value else []
        return ": ".join([title, *value, self._reason(problem)])

    def _reason(self, problem: Problem) -> str:
        answer = FIELD[problem.field]
        options = options_of(answer.name, self._words) if answer.kind is Kind.CHOICE else ""
        params = {**self._law, "low": answer.low, "high": answer.high, "options": options}
        reason = self._words.filled(f"cells.{problem.code}", params)
        hint = self._hint(problem) if problem.code == "not_an_option" else ""
        return f"{reason} ({hint})" if hint else reason

    def _hint(self, problem: Problem) -> str:
        """What somebody may have meant by a text that is no option; empty where nothing is near."""
        hints, text = self._hints[problem.field], problem.params["value"]
        if text not in hints and len(hints) < _SUGGESTIONS:
            if near := suggestion(FIELD[problem.field], text):
                hints[text] = self._words("cells.near", suggestion=near.replace("_", "-"))
            elif problem.field == "establishment" and schools.find(text).answer != "unknown":
                hints[text] = self._words("cells.school_elsewhere")
            else:
                hints[text] = ""
        return hints.get(text, "")
