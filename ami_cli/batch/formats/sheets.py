"""Reads the table of a workbook from the rows of its sheets: which sheet, the header, merged cells.

Values only: no formula is ever evaluated. A formula whose value is not in the file and an error
(`#N/A`) are a text that no answer accepts, so that the row is invalid and says why.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

import polars as pl
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from ami_cli.batch.formats import (
    CHUNK_ROWS,
    LONGEST_HEAD_TEXT,
    RESULTS,
    CellKind,
    Chunk,
    Head,
    HeaderFinder,
    Notice,
    Source,
    first_row,
    head_rows,
    unreadable,
)
from ami_cli.batch.formats.totals import is_total
from ami_cli.failures import Problem, UsageError
from ami_cli.registers.spelling import fold, nearest
from ami_cli.words import Words

CHUNK_CELLS = 400_000  # a wide sheet has fewer rows in a chunk
CHUNK_CHARACTERS = 16 << 20
MOST_HEADS = 100  # sheets in which a header is looked for
LONGEST_LIST = 150  # characters of the names of sheets that a message repeats
LONGEST_HEADER = 2_000  # characters of the name of a column
LONGEST_HEADERS = 500_000  # characters of all of them: folding accents is slow on hostile ones
MOST_HEADER_LINES = 3  # rows of one header, whose cells are merged over them
MOST_GROUPED = 200  # columns of which the title of the group is looked at
MOST_COVERED = 16_384  # cells of a row under merged cells, which cannot overlap


class Cell(NamedTuple):
    """A value as `reading.read` takes it, and what it is in the sheet."""

    text: str
    kind: CellKind


BLANK = Cell("", CellKind.TEXT)


class Row(NamedTuple):
    """A row that has cells: its number in the sheet, from 1, and its cells by column, from 0.

    `hidden` tells that a person does not see it; `conflict` is a column where a merged cell hides
    another value.
    """

    line: int
    cells: dict[int, Cell]
    hidden: bool = False
    conflict: int | None = None

    def is_blank(self) -> bool:
        """Tell whether no cell has a text."""
        return all(text.isspace() or not text for text, _ in self.cells.values())


class Merge(NamedTuple):
    """Cells merged into one: rows from 1 and columns from 0, the last ones included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


class Tab(NamedTuple):
    """A tab of the workbook: its name, where its rows are and whether a person sees it."""

    name: str
    part: str | None  # None for a chart
    visible: bool


class Workbook(Protocol):
    """A workbook: its tabs, and how many cells and characters a table of it may have."""

    tabs: list[Tab]
    most_cells: int
    most_characters: int

    def rows(self, tab: Tab, *, to_end: bool = True) -> Iterator[Row]:
        """Read the rows of a sheet that have cells; without `to_end`, its table alone."""

    def merges(self, tab: Tab) -> Iterable[Merge]:
        """Return the merged cells of a sheet."""

    def hidden_columns(self, tab: Tab) -> Collection[int]:
        """Return the columns of a sheet that a person does not see."""


class SheetSource(Source):
    """The rows of one sheet. Raises UnreadableInput where the file cannot be read.

    `sheet` is its name, or its place among the visible tabs, from 1; without it the visible sheet
    is read in which `find_header` finds the header, and a notice says so where there are others.
    A cell beyond the header makes its row a fault. A merged cell counts for each row and column
    that it covers.
    """

    format = "xlsx"

    def __init__(
        self,
        workbook: Workbook,
        sheet: str | None,
        words: Words,
        find_header: HeaderFinder = first_row,
    ) -> None:
        tabs = _tabs_to_read(workbook.tabs, sheet, words)
        heads: list[Tab] = []
        rank, line = find_header(_find_heads(workbook, tabs, heads))
        tab = heads[rank]
        self.notices = []
        if sheet is None and len(sheets := _sheets(workbook.tabs)) > 1:
            others = _names((other for other in sheets if other is not tab), words)
            self.notices.append(Notice("sheet_taken", {"value": tab.name, "others": others}))
        self._words = words
        self._cells_left = workbook.most_cells
        self._characters_left = workbook.most_characters
        self._merged = _MergedCells(workbook.merges(tab))
        self._rows = workbook.rows(tab)
        names, groups = self._read_header(line)
        self._columns = range(min(names), max(names) + 1)
        self.first_column = self._columns[0]
        self.groups: Mapping[int, str] = {
            column - self.first_column: title for column, title in groups.items()
        }
        self.headers = tuple(names.get(column, "") for column in self._columns)
        hidden = workbook.hidden_columns(tab)
        self.hidden = [rank for rank, column in enumerate(self._columns) if column in hidden]

    def _read_header(self, line: int) -> tuple[dict[int, str], dict[int, str]]:
        """Read up to the header; return the names of its columns that have one, and the titles of
        groups of columns in the row above.

        A header of several rows has cells that are merged over them. A title merged over several
        columns is the name of the first one, unless these have names below it.
        """
        rows = map(self._merged.spread_down, self._rows)
        groups: dict[int, str] = {}
        row = next(rows, None)
        while row is not None and row.line < line:
            groups = self._merged.groups(row) if row.line == line - 1 else {}
            row = next(rows, None)
        if row is None or row.line > line or row.is_blank():
            raise unreadable("no_header_row", line=line)
        titles = self._merged.titles()
        names = _stripped(row)
        for row in rows if self._merged.last_row() > line else ():
            below = _stripped(row)
            names |= {
                rank: name for rank, name in below.items() if rank in titles or rank not in names
            }
            if row.line >= self._merged.last_row():
                break
        self._line = row.line  # the last row that is accounted for
        self._untitled = {rank: title for rank, title in titles.items() if rank not in names}
        for column, name in names.items():
            if len(name) > LONGEST_HEADER:
                raise unreadable("sheet_cell_too_long", cell=xl_rowcol_to_cell(line - 1, column))
        if sum(map(len, names.values())) > LONGEST_HEADERS:
            raise unreadable("sheet_bomb")
        return names, groups

    def chunks(self, wanted: Collection[int]) -> Iterator[Chunk]:
        """Read the rows, without blank ones, which are counted up to the last row with a cell."""
        width = len(self._columns)
        most_rows = max(1, min(CHUNK_ROWS, CHUNK_CELLS // width))
        rows: list[Row] = []
        characters = hidden = 0
        for own_row in self._rows:
            row = self._merged.spread(own_row, self._columns)
            length = sum([len(text) for text, _ in row.cells.values()])
            characters += length
            self._characters_left -= length
            if self._characters_left < 0:
                raise unreadable("sheet_bomb")
            self._cells_left -= width + len(RESULTS)
            if self._cells_left < 0:
                if width < len(RESULTS):
                    raise unreadable("sheet_bomb")
                last = xl_col_to_name(self._columns[-1])
                raise unreadable("sheet_too_sparse", column=last)
            if not own_row.is_blank():
                rows.append(row)
                hidden += row.hidden
            if rows and (len(rows) >= most_rows or characters >= CHUNK_CHARACTERS):
                yield self._chunk(rows, wanted)
                rows = []
                characters = 0
        if rows:
            yield self._chunk(rows, wanted)
        if hidden:
            self.notices.append(Notice("hidden_rows", {"rows": hidden}))
        if self._merged.used:
            self.notices.append(Notice("merged_cells", {"cells": len(self._merged.used)}))

    def _chunk(self, rows: list[Row], wanted: Collection[int]) -> Chunk:
        end = rows[-1].line
        self.blank += end - self._line - len(rows)
        self._line = end
        faults = [self._fault(row) for row in rows]
        texts, kinds = {}, {}
        for rank in sorted(wanted):
            column = self._columns[rank]
            cells = [row.cells.get(column, BLANK) for row in rows]
            texts[str(rank)] = pl.Series([text or None for text, _ in cells], dtype=pl.String)
            kinds[str(rank)] = pl.Series([kind for _, kind in cells], dtype=pl.UInt8)
        return Chunk(
            pl.DataFrame(texts),
            pl.Series([row.line for row in rows], dtype=pl.UInt32),
            pl.Series(faults, dtype=pl.String) if any(faults) else None,
            kinds=pl.DataFrame(kinds),
            hidden=pl.Series([row.hidden for row in rows]) if any(r.hidden for r in rows) else None,
        )

    def _fault(self, row: Row) -> str | None:
        """Return the fault of a row as a whole: a cell beyond the header or under a merged one, a
        line of totals."""
        cells, conflict = row.cells, row.conflict
        if next(iter(cells)) not in self._columns or next(reversed(cells)) not in self._columns:
            for column, cell in cells.items():
                if column not in self._columns and not cell.text.isspace():
                    place = xl_rowcol_to_cell(row.line - 1, column)
                    return self._words("sheets.beyond", cell=place)
        for column, title in self._untitled.items():
            if cells.get(column, BLANK).text.strip() not in ("", cells.get(title, BLANK).text):
                conflict = column
        if conflict is not None:
            return self._words("sheets.conflict", cell=xl_rowcol_to_cell(row.line - 1, conflict))
        return self._words("rows.total") if is_total(text for text, _ in cells.values()) else None


class _MergedCells:
    """Spreads the values of merged cells over what they cover; rows come in their order.

    `used` are the merged cells that gave a value to another cell of the table.
    """

    def __init__(self, merges: Iterable[Merge]) -> None:
        self._waiting = deque(sorted(merges))
        self._open: list[tuple[Merge, Cell]] = []  # those that cover the last row, with their value
        self.used: set[Merge] = set()

    def spread_down(self, row: Row) -> Row:
        """Spread downwards only: a title over several columns stands in the first one."""
        self._move_to(row, range(MOST_COVERED))
        cells = {merge.first_column: cell for merge, cell in self._open if cell is not BLANK}
        return row._replace(cells=dict(sorted((cells | row.cells).items()))) if cells else row

    def titles(self) -> dict[int, int]:
        """Return the columns under titles that stand over several: the first one of each."""
        wide = (merge for merge, _ in self._open if merge.first_column < merge.last_column)
        return {
            column: merge.first_column
            for merge in wide
            for column in range(merge.first_column, min(merge.last_column + 1, MOST_COVERED))
        }

    def groups(self, row: Row) -> dict[int, str]:
        """Return the title over each of the first columns, that of a group of columns."""
        titles = {column: first for column, first in self.titles().items() if column < MOST_GROUPED}
        return {
            column: row.cells.get(first, BLANK).text[:LONGEST_HEAD_TEXT]
            for column, first in titles.items()
        }

    def last_row(self) -> int:
        """Return the last row that the header covers, whose last row was the last one spread."""
        ends = (m.last_row for m, _ in self._open if m.last_row - m.first_row < MOST_HEADER_LINES)
        return max(ends, default=0)

    def spread(self, row: Row, columns: range) -> Row:
        """Spread over a row of the table. Raises UnreadableInput where merged cells overlap."""
        if not self._waiting and not self._open:
            return row
        self._move_to(row, columns)
        if not self._open or row.is_blank():
            return row
        cells, conflict, left = dict(row.cells), None, MOST_COVERED
        is_alone = len(row.cells) == 1
        for merge, cell in self._open:
            # A legend, or a line of totals, is no value of each column.
            is_caption = merge.first_row == row.line and (is_alone or is_total([cell.text]))
            last = merge.first_column if is_caption else merge.last_column
            covered = range(merge.first_column, last + 1)
            left -= len(covered)
            if left < 0:
                raise unreadable("sheet_damaged")
            for column in covered:
                own = cells.get(column, BLANK)
                if not own.text.strip():
                    if cell is not BLANK and column in columns:
                        cells[column] = cell
                        self.used.add(merge)
                elif own != cell:
                    conflict = column
        return row._replace(cells=dict(sorted(cells.items())), conflict=conflict)

    def _move_to(self, row: Row, columns: range) -> None:
        """Close the merged cells that end above a row, open those that begin there."""
        self._open = [(merge, cell) for merge, cell in self._open if merge.last_row >= row.line]
        while self._waiting and self._waiting[0].first_row <= row.line:
            merge = self._waiting.popleft()
            if merge.last_row >= row.line and merge.first_column < columns.stop:
                is_first = merge.first_row == row.line
                cell = row.cells.get(merge.first_column, BLANK) if is_first else BLANK
                self._open.append((merge, cell))
        if len(self._open) > MOST_COVERED:
            raise unreadable("sheet_damaged")


def _stripped(row: Row) -> dict[int, str]:
    return {column: text for column, cell in row.cells.items() if (text := cell.text.strip())}


def _find_heads(workbook: Workbook, tabs: list[Tab], heads: list[Tab]) -> Iterator[Head]:
    """Yield the first rows of each sheet that has any, and add the sheet to `heads`."""
    for tab in tabs[:MOST_HEADS]:
        merged = _MergedCells(workbook.merges(tab))
        titles: dict[int, dict[int, str]] = {}
        spread = map(merged.spread_down, workbook.rows(tab, to_end=False))
        rows = head_rows(_texts_of(spread, merged, titles))
        if rows:
            heads.append(tab)
            yield Head(tab.name, rows, titles)
    if not heads:
        raise unreadable("sheet_empty", value=tabs[0].name)


def _texts_of(
    rows: Iterable[Row], merged: _MergedCells, titles: dict[int, dict[int, str]]
) -> Iterator[tuple[int, list[str]]]:
    """Yield the line and the texts of each row; add those over several columns to `titles`."""
    for row in rows:
        if not row.is_blank():
            titles[row.line] = merged.groups(row)
        yield row.line, [row.cells.get(rank, BLANK).text for rank in range(max(row.cells) + 1)]


def _tabs_to_read(tabs: list[Tab], asked: str | None, words: Words) -> list[Tab]:
    """Return the sheets that may be read: the one asked for, else the visible ones. A chart is a
    tab, and never read."""
    visible = [tab for tab in tabs if tab.visible]
    if asked is None:
        if sheets := _sheets(visible):
            return sheets
        raise unreadable("no_visible_sheet", sheets=_names(_sheets(tabs), words))
    tab = _sheet_named(_sheets(tabs), asked)
    if tab is None and asked.isascii() and asked.isdecimal() and int(asked[:9]) > 0:
        place = int(asked[:9]) - 1
        tab = visible[place] if place < len(visible) else None
    if tab is None or tab.part is None:
        params: dict[str, Any] = {"value": asked, "sheets": _names(_sheets(tabs), words)}
        folded = {fold(tab.name[:50]): tab.name for tab in _sheets(tabs)}
        near = nearest(fold(asked[:50]), folded, 0.7)
        if near is not None:
            raise unreadable("near_sheet", **params, near=words.datum(folded[near]))
        raise UsageError(Problem("no_such_sheet", "input", params))
    return [tab]


def _sheet_named(sheets: list[Tab], asked: str) -> Tab | None:
    """Find a sheet by its name: exactly, else without case and accents if that means only one."""
    same = [tab for tab in sheets if tab.name == asked]
    same = same or [tab for tab in sheets if fold(tab.name) == fold(asked)]
    return same[0] if len(same) == 1 else None


def _sheets(tabs: list[Tab]) -> list[Tab]:
    return [tab for tab in tabs if tab.part is not None]


def _names(tabs: Iterable[Tab], words: Words) -> str:
    """List the names of sheets for a message, the first ones where there are many."""
    quoted: list[str] = []
    left = LONGEST_LIST
    for tab in tabs:
        name = words.datum(tab.name)
        left -= len(name)
        if left < 0:
            return ", ".join([*quoted, "…"])
        quoted.append(name)
    return ", ".join(quoted)
