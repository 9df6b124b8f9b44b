"""Counts what a run of the batch finds, for its summary: counts and codes, never a value."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from ami_cli.answers import FIELD
from ami_cli.batch.formats import Chunk
from ami_cli.batch.judge import Judge, Judged
from ami_cli.reading import fold
from ami_cli.rules.facts import REGISTER_FACTS

FIRST_ERRORS = 10  # invalid rows that are named one by one
FIRST_LINES = 10  # lines that are named where something is counted
_VERDICTS = ("eligible", "ineligible", "undetermined", "invalid")
_CODES = ("failed", "missing", "to_check", "assumed")


class Counts:
    """What a run has counted so far; `titles` are the columns of the file, by their answer."""

    def __init__(self, titles: Mapping[str, str], today: date) -> None:
        self._titles = titles
        self._today = today
        self.rows = 0
        self._verdicts: Counter[str] = Counter()
        self._codes: dict[str, Counter[str]] = {name: Counter() for name in _CODES}
        self._estimate = {
            verdict: {"total": 0, "total_max": 0} for verdict in ("eligible", "undetermined")
        }
        self._late = self._departed = self._provisional = 0
        # Names that a register does not know for certain, where the answer they spare is open.
        self._doubtful = {name: _Doubtful() for name, _ in REGISTER_FACTS.values()}
        self._insee_codes = 0  # communes given by five figures, in a column that does not say so
        self._first_invalid: list[dict[str, Any]] = []

    def add(self, chunk: Chunk, judged: Judged, judge: Judge) -> None:
        """Count the rows of a chunk."""
        results = judged.results
        self.rows += results.height
        by_verdict = results.group_by("ami_verdict").agg(
            pl.len(),
            pl.col("ami_total", "ami_total_max", "ami_provisional").sum(),
        )
        for verdict, rows, total, total_max, provisional in by_verdict.iter_rows():
            self._verdicts[verdict] += rows
            self._provisional += provisional
            if verdict in self._estimate:
                self._estimate[verdict]["total"] += total
                self._estimate[verdict]["total_max"] += total_max
        for name, codes in self._codes.items():
            for joined, rows in results[f"ami_{name}"].drop_nulls().value_counts().iter_rows():
                for code in joined.split(";"):
                    codes[code] += rows
        valid = results["ami_verdict"] != "invalid"
        departed = judged.answers["start"] <= self._today
        self._departed += int((valid & departed).sum())
        self._late += int((valid & ~departed & (results["ami_days_left"] < 0)).sum())
        self._add_names(chunk, judged.answers)
        for row in (~valid).arg_true()[: FIRST_ERRORS - len(self._first_invalid)]:
            reasons = judge.reasons(chunk, judged, row)
            self._first_invalid.append({"line": chunk.lines[row], "errors": reasons})

    def _add_names(self, chunk: Chunk, answers: pl.DataFrame) -> None:
        if "commune" in self._titles and fold(self._titles["commune"]) != "code insee":
            self._insee_codes += int(answers["commune"].str.contains(r"^\d{5}$").sum())
        for fact, (name, _) in REGISTER_FACTS.items():
            spared = FIELD[name].spares
            if name in self._titles and spared is not None:
                doubt = answers[fact].is_in(["several", "unknown"]) & answers[spared].is_null()
                self._doubtful[name].add(chunk.lines.filter(doubt))

    def summary(self) -> dict[str, Any]:
        """What was counted, as `--summary-json` writes it."""
        return {
            "verdicts": {verdict: self._verdicts[verdict] for verdict in _VERDICTS},
            **{name: _most_first(codes) for name, codes in self._codes.items()},
            "estimate": {"currency": "EUR", **self._estimate},
            "late": self._late,
            "departed": self._departed,
            "provisional": self._provisional,
            "doubtful": {
                name: {"rows": doubtful.rows, "first_lines": doubtful.lines}
                for name, doubtful in self._doubtful.items()
            },
            "insee_codes": self._insee_codes,
            "first_invalid": self._first_invalid,
        }


class _Doubtful:
    """How many rows, and the first of their lines."""

    def __init__(self) -> None:
        self.rows = 0
        self.lines: list[int] = []

    def add(self, lines: pl.Series) -> None:
        self.rows += len(lines)
        self.lines += lines.head(FIRST_LINES - len(self.lines)).to_list()


def _most_first(counts: Counter[str]) -> dict[str, int]:
    """Codes by how often they occur; alike, by their name, so that every run says the same."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
