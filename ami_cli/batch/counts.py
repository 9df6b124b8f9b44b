"""Counts what a run of the batch finds, for its summary: counts and codes, never a value."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

import polars as pl

from ami_cli.answers import FIELD
from ami_cli.batch.formats import Chunk
from ami_cli.batch.judge import Judged
from ami_cli.failures import Problem, UsageError
from ami_cli.registers.spelling import fold
from ami_cli.rules.facts import REGISTER_FACTS
from ami_cli.rules.plausibility import WARNINGS

VERDICTS = ("eligible", "ineligible", "undetermined", "invalid")
FIRST_ERRORS = 10  # invalid rows that are named one by one
MOST_GROUPS = 200  # values of the column of `--by`
FIRST_LINES = 10  # lines that are named where something is counted


class Counts:
    """What a run has counted so far; `answers` are those that have a column in the file.

    `by` is a column, its number and its name, for whose values rows are counted too.
    """

    def __init__(
        self, answers: Collection[str], today: date, by: tuple[int, str] | None = None
    ) -> None:
        self._answers = answers
        self._today = today
        self._by = by
        self._groups: dict[str, dict[str, Any]] = {}
        self.rows = 0
        self.rows_by_file: Counter[str | None] = Counter()  # None where one file is read
        self._verdicts = dict.fromkeys(VERDICTS, 0)
        self._codes: dict[str, Counter[str]] = {
            name: Counter() for name in ("failed", "missing", "to_check", "assumed")
        }
        self._estimate = {
            verdict: {"total": 0, "total_max": 0} for verdict in ("eligible", "undetermined")
        }
        self._late = self._departed = self._provisional = 0
        # Names that a register does not know for certain, where the answer they spare is open.
        self._doubtful: dict[str, dict[str, Any]] = {
            name: {"rows": 0, "first_lines": []} for name in REGISTER_FACTS.values()
        }
        self._insee_codes = 0  # communes given by five figures, not said to be INSEE codes
        self._first_invalid: list[dict[str, Any]] = []
        self._unanswered: dict[str, Any] = {"rows": 0, "first_lines": []}
        self._warnings: dict[str, dict[str, Any]] = {}
        # By column and reason; a row may have several.
        self._faults: dict[tuple[str, str], dict[str, Any]] = {}

    def add(self, chunk: Chunk, judged: Judged) -> None:
        """Count the rows of a chunk."""
        results = judged.results
        self.rows += results.height
        if chunk.files is None:
            self.rows_by_file[None] += results.height
        else:
            self.rows_by_file.update(dict(chunk.files.value_counts().iter_rows()))
        by_verdict = results.group_by("ami_verdict").agg(
            pl.len(), pl.col("ami_total", "ami_total_max", "ami_provisional").sum()
        )
        for verdict, rows, total, total_max, provisional in by_verdict.iter_rows():
            self._verdicts[verdict] += rows
            self._provisional += provisional
            if verdict in self._estimate:
                self._estimate[verdict]["total"] += total
                self._estimate[verdict]["total_max"] += total_max
        answered = results.filter(~judged.unanswered)
        for name, counter in self._codes.items():
            for joined, rows in answered[f"ami_{name}"].drop_nulls().value_counts().iter_rows():
                for code in joined.split(";"):
                    counter[code] += rows
        if self._by is not None:
            self._add_groups(chunk.frame[str(self._by[0])], results, *self._by)
        valid = results["ami_verdict"] != "invalid"
        departed = judged.answers["start"] <= self._today
        self._departed += int((valid & departed).sum())
        self._late += int((valid & ~departed & (results["ami_days_left"] < 0)).sum())
        self._add_names(chunk, judged)
        for code in (item.rule.name for item in WARNINGS):
            warned = judged.warned.str.contains(code, literal=True).fill_null(value=False)
            if warned.any():
                warning = self._warnings.setdefault(code, {"rows": 0, "first_lines": []})
                _add_rows(warning, chunk, warned.arg_true())
        _add_rows(self._unanswered, chunk, judged.unanswered.arg_true())
        invalid = ~valid
        for row in invalid.arg_true()[: FIRST_ERRORS - len(self._first_invalid)]:
            # Without the value of the student, nor the surplus cells that a fault repeats.
            reasons = [
                ": ".join(filter(None, (column, reason.partition(" | ")[0])))
                for column, _, reason in judged.corrections(row)
            ]
            file = {} if chunk.files is None else {"file": chunk.files[row]}
            self._first_invalid.append({**file, "line": chunk.lines[row], "errors": reasons})
        if invalid.any():
            self._add_faults(chunk, judged)

    def _add_groups(self, values: pl.Series, results: pl.DataFrame, _: int, name: str) -> None:
        """Count rows by a column. Raises UsageError where it has too many values."""
        value = values.str.strip_chars().fill_null("").alias("value")
        groups = results.with_columns(value).group_by("value", "ami_verdict", maintain_order=True)
        counted = groups.agg(pl.len(), pl.col("ami_total", "ami_total_max").sum())
        for text, verdict, rows, total, total_max in counted.iter_rows():
            if text not in self._groups:
                if len(self._groups) == MOST_GROUPS:
                    params = {"value": name, "most": MOST_GROUPS}
                    raise UsageError(Problem("too_many_groups", "by", params))
                verdicts = dict.fromkeys(VERDICTS, 0)
                self._groups[text] = {"verdicts": verdicts, "total": 0, "total_max": 0}
            group = self._groups[text]
            group["verdicts"][verdict] += rows
            if verdict == "eligible":
                group["total"] += total
                group["total_max"] += total_max

    def _add_faults(self, chunk: Chunk, judged: Judged) -> None:
        """Count faults by column and reason. A row with a fault as a whole counts for no other."""
        rows = pl.int_range(len(chunk.lines), eager=True)
        valid = pl.repeat(True, len(rows), eager=True)
        if judged.faults is not None:
            reasons = judged.faults.str.split(" | ").list.first()
            valid = reasons.is_null()
            for reason, count, first in _rows_by(reasons, rows):
                _add(self._fault("", reason), chunk, count, first)
        for errors in judged.errors:
            numbers = errors.numbers.set(~valid, None)
            ranks = numbers.is_not_null().arg_true()
            kinds = errors.told["kind"].gather(numbers.gather(ranks))
            for kind, count, first in _rows_by(kinds, ranks):
                _add(self._fault(errors.column, kind), chunk, count, first)

    def _fault(self, column: str, reason: str) -> dict[str, Any]:
        return self._faults.setdefault((column, reason), {"rows": 0, "first_lines": []})

    def _add_names(self, chunk: Chunk, judged: Judged) -> None:
        answers, is_row = judged.answers, True if judged.faults is None else judged.faults.is_null()
        if "commune" in self._answers:
            self._insee_codes += int(answers["commune"].str.contains(r"^\d{5}$").sum())
        for fact, name in REGISTER_FACTS.items():
            spared = FIELD[name].spares
            if name in self._answers and spared is not None:
                unsure = answers[fact].is_in(["proposed", "several", "unknown"])
                doubtful = unsure & answers[spared].is_null() & is_row
                _add_rows(self._doubtful[name], chunk, doubtful.arg_true())

    def summary(self) -> dict[str, Any]:
        """Return what was counted, as `--summary-json` writes it."""
        return {
            "verdicts": self._verdicts,
            **{name: _most_frequent_first(counter) for name, counter in self._codes.items()},
            "estimate": {"currency": "EUR", **self._estimate},
            "late": self._late,
            "departed": self._departed,
            "provisional": self._provisional,
            "doubtful": self._doubtful,
            "insee_codes": self._insee_codes,
            "unanswered": self._unanswered,
            "warnings": dict(
                sorted(self._warnings.items(), key=lambda item: (-item[1]["rows"], item[0]))
            ),
            "faults": [
                {"column": column, "reason": reason, **count}
                for (column, reason), count in sorted(
                    self._faults.items(), key=lambda item: (-item[1]["rows"], item[0])
                )
            ],
            "first_invalid": self._first_invalid,
            **({} if self._by is None else {"by": {"column": self._by[1], **self._grouped()}}),
        }

    def _grouped(self) -> dict[str, Any]:
        groups = sorted(self._groups.items(), key=lambda item: fold(item[0][:100]))
        return {
            "groups": [
                {"value": value, "rows": sum(group["verdicts"].values()), **group}
                for value, group in groups
            ]
        }


def _add_rows(count: dict[str, Any], chunk: Chunk, rows: pl.Series) -> None:
    """Add rows, given by their ranks, to a count."""
    _add(count, chunk, len(rows), rows.head(FIRST_LINES).to_list())


def _add(count: dict[str, Any], chunk: Chunk, rows: int, first: list[int]) -> None:
    """Add a number of rows to a count, and name the first of them by their lines."""
    count["rows"] += rows
    if missing := FIRST_LINES - len(count["first_lines"]):
        count["first_lines"].extend(chunk.places(first[:missing]))


def _rows_by(values: pl.Series, rows: pl.Series) -> Iterator[tuple[Any, int, list[int]]]:
    """Yield each value that is not null, how many rows have it and the first of them."""
    pairs = pl.DataFrame([values.alias("value"), rows.alias("row")]).drop_nulls("value")
    groups = pairs.group_by("value", maintain_order=True)
    return groups.agg(pl.len(), pl.col("row").head(FIRST_LINES)).iter_rows()


def _most_frequent_first(counter: Counter[str]) -> dict[str, int]:
    """Sort codes by how often they occur, then by name, so that every run gives the same order."""
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))
