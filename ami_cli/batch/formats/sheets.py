"""XLSX in and out: the rows of one sheet with every cell as text, and a sheet of verdicts.

Values only: no formula is ever evaluated and none is ever written. A formula whose value is not
in the file and an error (`#N/A`) are a text that no answer accepts, so that the row is invalid
and says why. Dates, numbers and true/false stay what they are on both sides.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import BinaryIO, NamedTuple

import polars as pl
from openpyxl.utils import get_column_letter

from ami_cli.batch.formats import CHUNK_ROWS, RESULTS, Chunk, Notice, is_total
from ami_cli.batch.formats.sheet_book import Book, Row, Tab
from ami_cli.batch.formats.sheet_cells import Cell, text_of
from ami_cli.batch.formats.sheet_guard import LOOKS_LIKE, unreadable
from ami_cli.batch.formats.sheet_sink import SheetSink
from ami_cli.failures import Problem, UsageError
from ami_cli.reading import fold, nearest
from ami_cli.words import Words

__all__ = ["LOOKS_LIKE", "SheetSink", "SheetSource"]

CHUNK_CELLS = 400_000  # a wide sheet has fewer rows in a chunk
CHUNK_CHARACTERS = 16 << 20
LONGEST_LIST = 150  # characters of the names of sheets that a message repeats


class SheetSource:
    """The rows of one sheet. Raises UnreadableInput where the file, or the sheet asked for, is
    none.

    `sheet` is its name, or its place among the tabs one sees, from 1; without it the first tab
    is read, and a notice says so where there are others. The first row with a cell is the header;
    `kept` are the values of each row as Python holds them. A cell beyond the header makes its
    row a fault.
    """

    format = "xlsx"

    def __init__(self, file: BinaryIO, sheet: str | None, words: Words) -> None:
        book = Book(file, lambda tabs: _choose(tabs, sheet, words))
        self.notices: list[Notice] = []
        if sheet is None and len(tables := _tables(book.tabs)) > 1:
            others = _names((each for each in tables if each is not book.taken), words)
            self.notices.append(Notice("sheet_taken", {"value": book.taken.name, "others": others}))
        self.blank = 0
        self._words = words
        self._area = book.bounds.area
        self._characters = book.bounds.repeated
        self._rows = book.rows(words)
        for row in self._rows:
            names = {
                column: name
                for column, value in row.cells.items()
                if (name := (text_of(value, words) or "").strip())
            }
            if names:
                break
        else:
            raise unreadable("sheet_empty", {"value": book.taken.name})
        self._columns = range(min(names), max(names) + 1)
        self.headers = tuple(names.get(column, "") for column in self._columns)
        self._line = row.line  # the last row that is accounted for

    def chunks(self, wanted: Collection[int]) -> Iterator[Chunk]:
        """The rows, blank ones left out and counted up to the last row that says something."""
        width = len(self._columns)
        most_rows = max(1, min(CHUNK_ROWS, CHUNK_CELLS // width))
        rows: list[Row] = []
        characters = 0
        for row in self._rows:
            if not _is_blank(row):
                rows.append(row)
            length = sum(len(value) for value in row.cells.values() if type(value) is str)
            characters += length
            self._characters -= length
            self._area -= width + len(RESULTS)
            if self._area < 0:
                last = get_column_letter(self._columns[-1] + 1)
                raise unreadable("sheet_too_sparse", {"column": last})
            if self._characters < 0:
                raise unreadable("sheet_bomb")
            if rows and (len(rows) >= most_rows or characters >= CHUNK_CHARACTERS):
                yield self._chunk(rows, wanted)
                rows = []
                characters = 0
        if rows:
            yield self._chunk(rows, wanted)

    def _chunk(self, rows: Sequence[Row], wanted: Collection[int]) -> Chunk:
        end = rows[-1].line
        self.blank += end - self._line - len(rows)
        self._line = end
        columns = [[row.cells.get(column) for row in rows] for column in self._columns]
        faults = [self._fault(row) for row in rows]
        return Chunk(
            pl.DataFrame({str(rank): self._texts(columns[rank]) for rank in sorted(wanted)}),
            pl.Series([row.line for row in rows], dtype=pl.UInt32),
            pl.Series(faults, dtype=pl.String) if any(faults) else None,
            list(zip(*columns, strict=True)),
        )

    def _fault(self, row: Row) -> str | None:
        """What is wrong with a row as a whole: a cell beyond the header, a line of totals."""
        columns = self._columns
        cells = row.cells
        if next(iter(cells)) not in columns or next(reversed(cells)) not in columns:
            for column, value in cells.items():
                if column not in columns and not _is_space(value):
                    place = f"{get_column_letter(column + 1)}{row.line}"
                    return self._words("sheets.beyond", cell=place)
        if is_total(value if type(value) is str else "0" for value in cells.values()):
            return self._words("rows.total")
        return None

    def _texts(self, values: list[Cell]) -> pl.Series:
        """A column as text; what is only space is a blank cell."""
        texts = [None if value is None else self._text(value) for value in values]
        return pl.Series(texts, dtype=pl.String)

    def _text(self, value: Cell) -> str | None:
        if type(value) is str:
            return value if value.strip() else None
        return text_of(value, self._words)


def _is_blank(row: Row) -> bool:
    return all(_is_space(value) for value in row.cells.values())


def _is_space(value: Cell) -> bool:
    return type(value) is str and not value.strip()


class _Choice(NamedTuple):
    found: Tab | None
    near: str | None


def _choose(sheets: list[Tab], asked: str | None, words: Words) -> Tab:
    """The sheet to read; a chart is a tab, and never read."""
    visible = [sheet for sheet in sheets if sheet.visible]
    if asked is None:
        for sheet in _tables(visible):
            return sheet
        raise unreadable("no_visible_sheet", {"sheets": _names(_tables(sheets), words)})
    found, near = _asked_for(_tables(sheets), asked)
    if found is None and asked.isascii() and asked.isdecimal() and int(asked[:9]) > 0:
        place = int(asked[:9]) - 1
        found = visible[place] if place < len(visible) else None
    if found is None or found.part is None:
        names = {"value": asked, "sheets": _names(_tables(sheets), words)}
        if near is not None:
            raise unreadable("near_sheet", {**names, "near": words.datum(near)})
        raise UsageError(Problem("no_such_sheet", "input", names))
    return found


def _asked_for(tables: list[Tab], asked: str) -> _Choice:
    """The sheet of a name: exactly, else as one reads it, if only one can be meant."""
    for same in (
        [sheet for sheet in tables if sheet.name == asked],
        [sheet for sheet in tables if fold(sheet.name) == fold(asked)],
    ):
        if len(same) == 1:
            return _Choice(same[0], None)
    folded = {fold(sheet.name[:50]): sheet.name for sheet in tables}
    near = nearest(fold(asked[:50]), folded, 0.7)
    return _Choice(None, None if near is None else folded[near])


def _tables(sheets: list[Tab]) -> list[Tab]:
    return [sheet for sheet in sheets if sheet.part is not None]


def _names(sheets: Iterable[Tab], words: Words) -> str:
    """The names of sheets as a message says them, the first ones where there are many."""
    quoted: list[str] = []
    left = LONGEST_LIST
    for sheet in sheets:
        name = words.datum(sheet.name)
        left -= len(name)
        if left < 0:
            return ", ".join([*quoted, "…"])
        quoted.append(name)
    return ", ".join(quoted)
