"""Writes the sheets « Résumé » and « À corriger » of a workbook of verdicts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import zip_longest
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ami_cli.answers import FIELDS
from ami_cli.batch.counts import VERDICTS, Counts
from ami_cli.batch.formats import Chunk, Sink
from ami_cli.batch.formats.xlsx_layout import header_height, lay_out, line_count, row_height
from ami_cli.batch.formats.xlsx_package import MOST_ROWS
from ami_cli.batch.formats.xlsx_write import XlsxSink, write_text
from ami_cli.batch.judge import Judged
from ami_cli.rules.criteria import CRITERIA
from ami_cli.rules.entitlement import SUPPLEMENTS
from ami_cli.words import Words, visible

LONGEST = 500  # characters of a cell that repeats a text of the file
MOST_ROWS_OF_A_PAGE = 95  # of the summary, in readable letters

# The summary has a column of meanings, one of codes, and those of `--by`. The right half of the
# legend stands in the latter, its codes in the last one.
_SUMMARY_WIDTHS = (40.0, 17.0, 13.0, 13.0, 13.0, 13.0, 17.0, 13.0)
_LEGEND_RIGHT = 3

_Cell = str | int


class WorkbookReport:
    """The two sheets behind the rows: counts of the run, and every cell to be corrected.

    `sink` is the one of the rows, on whose pages the report prints what the verdicts mean.
    `identity` are the columns that tell who a student is, by their number; the sheet of corrections
    repeats them. `results` are the columns of the result.
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
        self._words = words
        self._today = words("workbook.today", today=words.date(today))
        self._rows = 1  # of the sheet of verdicts, the header included
        self._row = 0  # the next one of the summary
        self._corrections = 0  # rows of the sheet of corrections
        self._widths: dict[Worksheet, Sequence[float]] = {}
        assert isinstance(sink, XlsxSink)
        meanings = (f"{code}{words('format.colon')}{self._meaning(code)}" for code in VERDICTS)
        foot = f"{self._today} {words('batch_summary.estimate_note')}"
        lay_out(sink.sheet, foot, " · ".join(meanings))
        book = sink.book
        self._plain = book.add_format()
        self._title = book.add_format({"bold": True, "font_size": 13})
        self._bold = book.add_format({"bold": True})
        self._head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self._cell = book.add_format({"text_wrap": True})
        self._euros = book.add_format({"num_format": '#,##0\u00a0"€"'})
        self._summary = self._sheet(book, "summary", _SUMMARY_WIDTHS, portrait=True)
        widths = (10.0, 10.0, *[18.0 for _ in self._identity], 20.0, 20.0, 70.0)
        self._to_correct = self._sheet(book, "to_correct", widths)
        self._to_correct.freeze_panes(1, 2 + len(self._identity))
        lines = (words("workbook.row"), words("workbook.line"))
        columns = map(words, ("workbook.column", "workbook.value", "workbook.reason"))
        header = [*lines, *self._identity.values(), *columns]
        self._to_correct.set_row(0, header_height(header, widths))
        self._correct(header, self._head)

    def _sheet(
        self,
        book: xlsxwriter.Workbook,
        name: str,
        widths: Sequence[float],
        *,
        portrait: bool = False,
    ) -> Worksheet:
        sheet = book.add_worksheet(self._words(f"workbook.{name}"))
        lay_out(sheet, self._today, portrait=portrait)
        for rank, width in enumerate(widths):
            sheet.set_column(rank, rank, width)
        self._widths[sheet] = widths
        return sheet

    def add(self, chunk: Chunk, judged: Judged) -> None:
        """Write what is to be corrected in the rows of a chunk."""
        for row in (judged.results["ami_verdict"] == "invalid").arg_true():
            who = [chunk.frame[str(number)][row] or "" for number in self._identity]
            for correction in judged.corrections(row):
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
            self._correct([words("workbook.nothing_to_correct")], self._plain)
        self._heading(words("batch_summary.title", rows=words.number(rows)))
        self._line([self._today], self._plain)
        self._line([words("batch_summary.estimate_note")], self._plain)
        counts = {code: counted["verdicts"][code] for code in VERDICTS}
        verdicts = [(self._meaning(code), code, number) for code, number in counts.items()]
        if unanswered := counted["unanswered"]["rows"]:
            behind = list(counts).index("undetermined") + 1
            verdicts.insert(behind, (words("workbook.unanswered"), "", unanswered))
        self._table("verdicts", verdicts)
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
        if self._row <= MOST_ROWS_OF_A_PAGE:
            self._summary.fit_to_pages(1, 1)

    def _meaning(self, verdict: str) -> str:
        return self._words(f"batch_summary.{verdict}")

    def _heading(self, text: str) -> None:
        if self._row:
            self._row += 1  # a blank row before
        self._summary.set_row(self._row, 17)
        self._line([text], self._title)

    def _line(self, cells: Iterable[_Cell], look: Format | None = None) -> None:
        self._write(self._summary, self._row, cells, look or self._cell)
        self._row += 1

    def _table(self, name: str, rows: Iterable[Sequence[_Cell]]) -> None:
        words = self._words
        self._heading(words(f"workbook.{name}"))
        self._line(map(words, ("workbook.meaning", "workbook.code", "workbook.rows")), self._head)
        for cells in rows:
            self._line(cells)

    def _amounts(self, estimates: Mapping[str, Mapping[str, int]]) -> None:
        words = self._words
        self._heading(words("batch_summary.estimate"))
        self._line(["", words("workbook.total"), words("workbook.total_max")], self._head)
        for verdict in ("eligible", "undetermined"):
            self._line([self._meaning(verdict)])
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
            self._line([value, group["rows"], *group["verdicts"].values()])
            self._money(2 + len(VERDICTS), group)

    def _legend(self) -> None:
        """Write what the codes mean, in two halves side by side."""
        words = self._words
        self._heading(words("workbook.legend"))
        columns = [(words(f"workbook.columns.{code}"), code) for code in self._results]
        grounds = [(words(f"supplements.title.{item.code}"), item.code) for item in SUPPLEMENTS]
        conditions = [(words(f"criteria.{item.code}"), item.code) for item in CRITERIA]
        answers = [(words(f"labels.{answer.name}"), answer.name) for answer in FIELDS]
        left = self._captioned({"columns_of_result": columns, "supplements": grounds})
        right = self._captioned({"conditions": conditions, "answers": answers})
        for (meaning, code, look), (other, other_code, other_look) in zip_longest(
            left, right, fillvalue=("", "", self._plain)
        ):
            self._write(self._summary, self._row, (meaning, code), look)
            places = (_LEGEND_RIGHT, len(_SUMMARY_WIDTHS) - 2)
            for place, text in zip(places, (other, other_code), strict=True):
                if text:
                    write_text(self._summary, self._row, place, text, other_look, self._plain)
            self._row += 1

    def _captioned(
        self, parts: Mapping[str, Iterable[tuple[str, str]]]
    ) -> Iterator[tuple[str, str, Format]]:
        for name, pairs in parts.items():
            yield self._words(f"workbook.{name}"), "", self._bold
            for meaning, code in pairs:
                yield meaning, code, self._plain

    def _write(self, sheet: Worksheet, row: int, cells: Iterable[_Cell], look: Format) -> None:
        """Write the first cells of a row, as high as their texts need."""
        lines = 1
        for rank, cell in enumerate(cells):
            if isinstance(cell, int):
                sheet.write_number(row, rank, cell, look)
            elif text := visible(cell, LONGEST):
                write_text(sheet, row, rank, text, look, self._plain)
                if look.text_wrap:
                    lines = max(lines, line_count(text, self._widths[sheet][rank]))
        if lines > 1 and row:
            sheet.set_row(row, row_height(lines))
