"""Writes the sheets « Résumé » and « À corriger » of a workbook of verdicts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ami_cli.answers import FIELDS
from ami_cli.batch.counts import VERDICTS, Counts
from ami_cli.batch.formats import Chunk, Sink
from ami_cli.batch.formats.xlsx_package import MOST_ROWS
from ami_cli.batch.formats.xlsx_write import XlsxSink, lay_out, write_text
from ami_cli.batch.judge import Judge, Judged
from ami_cli.rules.criteria import CRITERIA
from ami_cli.rules.entitlement import SUPPLEMENTS
from ami_cli.words import Words, visible

LONGEST = 500  # characters of a cell that repeats a text of the file

_Cell = str | int


class WorkbookReport:
    """The two sheets behind the rows: counts of the run, and every cell to be corrected.

    `identity` are the columns that tell who a student is, by their number; the sheet of corrections
    repeats them; `sink` is the one of the rows. `results` are the columns of the result.
    """

    def __init__(
        self,
        sink: Sink,
        counts: Counts,
        identity: Mapping[int, str],
        results: Iterable[str],
        today: date,
        words: Words,
    ) -> None:
        self._counts = counts
        self._identity = identity
        self._results = results
        self._today = today
        self._words = words
        self._rows = 1  # of the sheet of verdicts, the header included
        self._row = 0  # the next one of the summary
        self._corrections = 0  # rows of the sheet of corrections
        assert isinstance(sink, XlsxSink)
        book = sink.book
        self._plain = book.add_format()
        self._title = book.add_format({"bold": True, "font_size": 13})
        self._head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self._cell = book.add_format({"valign": "top", "text_wrap": True})
        self._euros = book.add_format({"num_format": '#,##0\u00a0"€"', "valign": "top"})
        self._summary = self._sheet(book, "summary", (58, 30, *[16] * (len(VERDICTS) + 2)))
        widths = (10, 10, *[20 for _ in self._identity], 24, 24, 70)
        self._to_correct = self._sheet(book, "to_correct", widths)
        self._to_correct.freeze_panes(1, 2 + len(self._identity))
        lines = (words("workbook.row"), words("workbook.line"))
        columns = map(words, ("workbook.column", "workbook.value", "workbook.reason"))
        self._correct([*lines, *self._identity.values(), *columns], self._head)

    def _sheet(self, book: xlsxwriter.Workbook, name: str, widths: Sequence[int]) -> Worksheet:
        sheet = book.add_worksheet(self._words(f"workbook.{name}"))
        lay_out(sheet)
        for rank, width in enumerate(widths):
            sheet.set_column(rank, rank, width, self._cell)
        return sheet

    def add(self, chunk: Chunk, judged: Judged, judge: Judge) -> None:
        """Write what is to be corrected in the rows of a chunk."""
        for row in (judged.results["ami_verdict"] == "invalid").arg_true():
            who = [chunk.frame[str(number)][row] or "" for number in self._identity]
            for correction in judge.corrections(judged, row):
                if self._corrections < MOST_ROWS:
                    (place,) = chunk.places([row])
                    self._correct([self._rows + row + 1, place, *who, *correction])
        self._rows += len(chunk.lines)

    def _correct(self, cells: Iterable[_Cell], look: Format | None = None) -> None:
        self._write(self._to_correct, self._corrections, cells, look or self._cell)
        self._corrections += 1

    def close(self) -> None:
        """Write the counts of the run, and what the codes mean."""
        words, rows = self._words, self._counts.rows
        counted = self._counts.summary()
        if self._corrections > 1:
            last = len(self._identity) + 4
            self._to_correct.autofilter(0, 0, self._corrections - 1, last)
        else:
            self._correct([words("workbook.nothing_to_correct")])
        self._heading(words("batch_summary.title", rows=words.number(rows)))
        self._line([words("workbook.today", today=words.date(self._today))])
        self._line([words("batch_summary.estimate_note")])
        counts = {code: counted["verdicts"][code] for code in VERDICTS}
        self._table("verdicts", [(self._meaning(c), c, n) for c, n in counts.items()])
        self._amounts(counted["estimate"])
        dates = [(name, counted[name]) for name in ("late", "departed", "provisional")]
        self._table("dates", [(words(f"workbook.{name}"), "", count) for name, count in dates])
        if "by" in counted:
            self._groups(counted["by"])
        for name, table in (
            ("failed", "criteria"),
            ("missing", "labels"),
            ("to_check", "criteria"),
        ):
            if codes := counted[name]:
                titles = [words(f"{table}.{code}") for code in codes]
                self._table(name, zip(titles, codes, codes.values(), strict=True))
        self._legend()

    def _meaning(self, verdict: str) -> str:
        return self._words(f"batch_summary.{verdict}")

    def _heading(self, text: str) -> None:
        if self._row:
            self._row += 1  # a blank row before
        self._line([text], self._title)

    def _line(self, cells: Iterable[_Cell], look: Format | None = None) -> None:
        self._write(self._summary, self._row, cells, look or self._plain)
        self._row += 1

    def _table(self, name: str, rows: Iterable[Sequence[_Cell]]) -> None:
        words = self._words
        self._heading(words(f"workbook.{name}"))
        self._line(map(words, ("workbook.meaning", "workbook.code", "workbook.rows")), self._head)
        for cells in rows:
            self._line(cells, self._cell)

    def _amounts(self, estimates: Mapping[str, Mapping[str, int]]) -> None:
        words = self._words
        self._heading(words("batch_summary.estimate"))
        self._line(["", words("workbook.total"), words("workbook.total_max")], self._head)
        for verdict in ("eligible", "undetermined"):
            self._line([self._meaning(verdict)], self._cell)
            self._money(1, estimates[verdict])

    def _money(self, rank: int, amounts: Mapping[str, int]) -> None:
        """Write two amounts in euros into the last row."""
        for place, name in enumerate(("total", "total_max"), rank):
            self._summary.write_number(self._row - 1, place, amounts[name], self._euros)

    def _groups(self, by: Mapping[str, Any]) -> None:
        words = self._words
        self._heading(words("workbook.by", column=by["column"]))
        verdicts = map(self._meaning, VERDICTS)
        amounts = map(words, ("workbook.total", "workbook.total_max"))
        self._line([by["column"], words("workbook.rows"), *verdicts, *amounts], self._head)
        for group in by["groups"]:
            value = group["value"] or words("workbook.blank")
            self._line([value, group["rows"], *group["verdicts"].values()], self._cell)
            self._money(2 + len(VERDICTS), group)

    def _legend(self) -> None:
        words = self._words
        self._heading(words("workbook.legend"))
        self._line(map(words, ("workbook.meaning", "workbook.code")), self._head)
        meanings = {
            **{code: words(f"workbook.columns.{code}") for code in self._results},
            **{code: self._meaning(code) for code in VERDICTS},
        }
        pairs = [
            *meanings.items(),
            *((item.code, words(f"criteria.{item.code}")) for item in CRITERIA),
            *((answer.name, words(f"labels.{answer.name}")) for answer in FIELDS),
            *((item.code, words(f"supplements.title.{item.code}")) for item in SUPPLEMENTS),
        ]
        for code, meaning in pairs:
            self._line([meaning, code], self._cell)

    def _write(self, sheet: Worksheet, row: int, cells: Iterable[_Cell], look: Format) -> None:
        for rank, cell in enumerate(cells):
            if isinstance(cell, int):
                sheet.write_number(row, rank, cell, look)
            else:
                write_text(sheet, row, rank, visible(cell, LONGEST), look, self._plain)
