"""From a table's text to answers: which column is which answer, and what each cell says.

Cells are read by the reader of the flags (`reading.read`), once per distinct text of a column.
What it refuses makes the row invalid; why is said in the reader's language, as `ami_errors`
holds it: `column: value: reason`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import polars as pl

from ami_cli.answers import FIELD, FIELDS, Kind
from ami_cli.batch.columns import INVALID, TYPES, contradictory, judge, registered
from ami_cli.batch.formats import RESULTS, Chunk
from ami_cli.failures import InvalidAnswers, Problem, UnreadableInput, UsageError
from ami_cli.law import LawBook
from ami_cli.reading import fold, nearest, read, suggestion
from ami_cli.registers import schools
from ami_cli.rules.coherence import contradictions
from ami_cli.rules.facts import NAMED as NAMED_FACTS
from ami_cli.words import Words, visible
from ami_cli.words.problems import options_of

FIRST_LINES = 10  # lines that are named where something is counted
IGNORED = "-"  # what --map gives a column that is no answer
_REMEMBERED = 100_000  # distinct texts of a column kept from chunk to chunk
_SUGGESTIONS = 1_000  # distinct texts of a column that get a suggestion, which is slow to find

# The names of a column: the French ones, and the name of the answer itself.
NAMED = {
    fold(header): answer.name for answer in FIELDS for header in (answer.name, *answer.headers)
}


class Matched(NamedTuple):
    """Which columns of a file are answers (`rank` → answer), and headers that nearly are."""

    answers: Mapping[int, str]
    near: Mapping[str, str]


def match_headers(headers: Sequence[str], mapped: Mapping[str, str]) -> Matched:
    """Find the answers among the columns; `mapped` names some (`column` → answer or IGNORED).

    Raises UnreadableInput when two columns are the same answer, when a name stands twice, when one
    is reserved for results, when `mapped` names no column, or when no column is an answer.
    """
    wanted = _mapped_ranks(headers, mapped)
    found: dict[int, str] = {}
    near: dict[str, str] = {}
    for rank, header in enumerate(map(str.strip, headers)):
        folded = fold(header)
        if header.casefold().startswith("ami_"):
            raise _refused("reserved_column", value=header)
        name = wanted[rank] if rank in wanted else NAMED.get(folded)
        if name is None:
            if folded and (close := nearest(folded, NAMED, 0.85)):
                near[header] = close.replace(" ", "_")
        elif name != IGNORED:
            for other, answer in found.items():
                if answer == name:
                    raise _refused("answer_twice", value=headers[other], key=header, answer=name)
            found[rank] = name
    if not found:
        # Without a header these are the cells of a student: they are not repeated.
        suggestion = next(iter(near.values()), None)
        raise _refused("no_answer_column", columns=len(headers), suggestion=suggestion)
    _refuse_twins(headers)
    return Matched(found, near)


def _refuse_twins(headers: Sequence[str]) -> None:
    seen: dict[str, int] = {}
    for rank, header in enumerate(map(str.strip, headers), 1):
        if header and header in seen:
            raise _refused("same_column_twice", value=header, first=seen[header], second=rank)
        seen[header] = rank


def _mapped_ranks(headers: Sequence[str], mapped: Mapping[str, str]) -> dict[int, str]:
    ranks: dict[int, str] = {}
    for column, name in mapped.items():
        exact = [rank for rank, header in enumerate(headers) if header == column]
        folded = [rank for rank, header in enumerate(headers) if fold(header) == fold(column)]
        if not (exact or folded):
            close = nearest(column, headers)
            raise UsageError(
                Problem("no_such_column", "input", {"value": column, "suggestion": close})
            )
        ranks[(exact or folded)[0]] = name
    return ranks


def _refused(code: str, **params: object) -> UnreadableInput:
    return UnreadableInput(Problem(code, "input", params))


class Doubtful:
    """Rows whose school or commune a register does not know for certain, and that leave the answer
    it would have spared open: how many, and the first of their lines."""

    def __init__(self) -> None:
        self.rows = 0
        self.lines: list[int] = []

    def add(self, lines: pl.Series) -> None:
        """Count the rows that begin on these lines."""
        self.rows += len(lines)
        self.lines += lines.head(FIRST_LINES - len(self.lines)).to_list()


class Judge:
    """Reads and judges the rows of one file, chunk by chunk."""

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
        self._words = words
        self._columns = {
            name: _Column(rank, headers[rank].strip(), name, words)
            for rank, name in answers.items()
        }
        self._titles = {name: headers[rank].strip() for rank, name in answers.items()}
        self._contradictory = contradictory(today, book)
        self.doubtful = {name: Doubtful() for name, _ in NAMED_FACTS.values()}
        self.insee_codes = 0  # communes given by five figures, in a column that does not say so

    def judged(self, chunk: Chunk) -> tuple[pl.DataFrame, dict[int, pl.Series]]:
        """The columns of RESULTS for the rows of a chunk, and its answers as typed columns."""
        typed: dict[int, pl.Series] = {}
        answers: dict[str, pl.Series] = {}
        errors: list[pl.Series] = []
        for name, column in self._columns.items():
            values, wrong = column.read(chunk.frame[str(column.rank)])
            typed[column.rank] = answers[name] = values
            if wrong is not None:
                errors.append(wrong)
        height = chunk.frame.height
        frame = pl.DataFrame(
            [
                answers.get(name, pl.repeat(None, height, dtype=kind, eager=True)).alias(name)
                for name, kind in TYPES.items()
            ]
        )
        frame = frame.with_columns(registered())
        self._count_doubtful(frame, chunk)
        errors += self._contradictions(frame)
        frame = frame.with_columns(_joined(errors, chunk.faults, height).alias("ami_errors"))
        frame = frame.with_columns(pl.col("ami_errors").is_not_null().alias(INVALID))
        results = judge(frame.lazy(), self._today, self._book).select(*RESULTS).collect()
        return results, typed

    def rank_of(self, answer: str) -> int:
        """The rank of the column that is an answer; -1 where none is."""
        return next((each.rank for name, each in self._columns.items() if name == answer), -1)

    def reasons(self, chunk: Chunk, typed: Mapping[int, pl.Series], row: int) -> list[str]:
        """Why one row is invalid, as `column: reason`, without a value of the student."""
        if chunk.faults is not None and chunk.faults[row] is not None:
            return [chunk.faults[row].partition(" | ")[0]]
        found = []
        given: dict[str, Any] = {}
        for name, column in self._columns.items():
            text, value = chunk.frame[str(column.rank)][row], typed[column.rank][row]
            if value is not None:
                given[name] = value
            elif text is not None and (reason := column.reason(text)):
                found.append(f"{visible(self._titles[name])}: {reason}")
        for problem in contradictions(given, self._today, self._book):
            title = visible(self._titles.get(problem.field, problem.field))
            found.append(f"{title}: {self._reason(problem.code)}")
        return found

    def _count_doubtful(self, frame: pl.DataFrame, chunk: Chunk) -> None:
        if "commune" in self._columns and fold(self._titles["commune"]) != "code insee":
            self.insee_codes += int(frame["commune"].str.contains(r"^\d{5}$").sum())
        for fact, (name, _) in NAMED_FACTS.items():
            if name in self._columns:
                doubt = (
                    frame[fact].is_in(["several", "unknown"])
                    & frame[FIELD[name].spares or name].is_null()
                )
                self.doubtful[name].add(chunk.lines.filter(doubt))

    def _contradictions(self, frame: pl.DataFrame) -> list[pl.Series]:
        """`column: value: reason` for each contradiction that some row holds."""
        found = frame.select(wrong.alias(each.rule.name) for each, wrong in self._contradictory)
        said = []
        for each, _ in self._contradictory:
            name = each.rule.name
            if found[name].any():
                title = visible(self._titles.get(each.field, each.field))
                value = pl.col(each.field).cast(pl.String)
                text = pl.concat_str(pl.lit(f"{title}: "), value, pl.lit(f": {self._reason(name)}"))
                said.append(frame.select(pl.when(found[name]).then(text)).to_series())
        return said

    def _reason(self, code: str) -> str:
        params = self._book.too_early().params
        return self._words.filled(
            f"cells.{code}", {**params, "first_day": self._words.date(params["first_day"])}
        )


def _joined(errors: Sequence[pl.Series], faults: pl.Series | None, height: int) -> pl.Series:
    """Everything wrong with each row, null where nothing is.

    Of a row that is no row (`faults`) the cells say nothing: one may hold the whole line.
    """
    joined = pl.repeat(None, height, dtype=pl.String, eager=True)
    if errors:
        columns = pl.DataFrame([wrong.alias(str(rank)) for rank, wrong in enumerate(errors)])
        wrong = columns.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
        text = pl.concat_str(pl.all(), separator=" | ", ignore_nulls=True)
        said = columns.filter(wrong).select(text).to_series()
        joined = joined.scatter(wrong.arg_true(), said)
    return joined if faults is None else faults.zip_with(faults.is_not_null(), joined)


class _Column:
    """One column that is an answer, and what its texts were found to say."""

    def __init__(self, rank: int, title: str, name: str, words: Words) -> None:
        self.rank = rank
        self._title = visible(title)
        self._name = name
        self._words = words
        self._type = TYPES[name]
        self._known: dict[str, tuple[Any, str | None]] = {}
        self._suggested = 0

    def read(self, cells: pl.Series) -> tuple[pl.Series, pl.Series | None]:
        """The values of cells, and what is wrong with each (None: nothing, anywhere)."""
        coded = cells.cast(pl.Categorical(pl.Categories.random()))
        distinct = coded.unique().drop_nulls()
        ranks = distinct.to_physical().to_list()
        values: list[Any] = [None] * (max(ranks, default=-1) + 1)
        errors: list[str | None] = [None] * len(values)
        for rank, text in zip(ranks, distinct.cast(pl.String).to_list(), strict=True):
            values[rank], errors[rank] = self._meaning(text)
        where = coded.to_physical()
        found = pl.Series(values, dtype=self._type).gather(where)
        if not any(errors):
            return found, None
        return found, pl.Series(errors, dtype=pl.String).gather(where)

    def _meaning(self, text: str) -> tuple[Any, str | None]:
        known = self._known.get(text)
        if known is None:
            try:
                known = read(self._name, text), None
            except InvalidAnswers as wrong:
                reasons = self._reasons(text, wrong.problems)
                known = None, f"{self._title}: {visible(text)}: {reasons}"
            if len(self._known) < _REMEMBERED:
                self._known[text] = known
        return known

    def reason(self, text: str) -> str | None:
        """Why a text is no value of this column; None where it is one, or a blank."""
        try:
            read(self._name, text)
        except InvalidAnswers as wrong:
            return self._reasons(text, wrong.problems)
        return None

    def _reasons(self, text: str, problems: Iterable[Problem]) -> str:
        return " ".join(self._reason(problem, text) for problem in problems)

    def _reason(self, problem: Problem, text: str) -> str:
        answer = FIELD[self._name]
        bounds = {"low": answer.low, "high": answer.high}
        options = options_of(self._name, self._words) if answer.kind is Kind.CHOICE else ""
        reason = self._words.filled(f"cells.{problem.code}", {**bounds, "options": options})
        if problem.code == "not_an_option" and self._suggested < _SUGGESTIONS:
            self._suggested += 1
            if near := suggestion(answer, text):
                meant = self._words("cells.near", suggestion=near.replace("_", "-"))
                reason = f"{reason} ({meant})"
            elif self._name == "establishment" and schools.find(text).answer != "unknown":
                reason = f"{reason} ({self._words('cells.school_elsewhere')})"
        return reason
