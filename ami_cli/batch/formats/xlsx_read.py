"""Reads the rows of one sheet of an XLSX workbook, every cell as text.

Values only: no formula is ever evaluated. A formula whose value is not in the file and an error
(`#N/A`) are a text that no answer accepts, so that the row is invalid and says why.
"""

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, BinaryIO, NamedTuple

import polars as pl
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from ami_cli.batch.formats import (
    CHUNK_ROWS,
    RESULTS,
    CellKind,
    Chunk,
    Head,
    HeaderFinder,
    Notice,
    first_row,
    head_rows,
    is_total,
    unreadable,
)
from ami_cli.batch.formats.xlsx_package import DEEPEST, Package, xml_parser
from ami_cli.batch.formats.xlsx_sheet import (
    BLANK,
    MAIN,
    Cell,
    Row,
    SheetReader,
    Values,
    kind_shown,
    shared_texts,
)
from ami_cli.failures import Problem, UsageError
from ami_cli.reading import fold, nearest
from ami_cli.words import Words

CHUNK_CELLS = 400_000  # a wide sheet has fewer rows in a chunk
CHUNK_CHARACTERS = 16 << 20
MOST_HEADS = 100  # sheets in which a header is looked for
LONGEST_LIST = 150  # characters of the names of sheets that a message repeats
LONGEST_HEADER = 2_000  # characters of the name of a column
LONGEST_HEADERS = 500_000  # characters of all of them: folding accents is slow on hostile ones

_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships}"
_TRUE = ("1", "true")


class Tab(NamedTuple):
    """A tab of the workbook: its name, where its rows are and whether a person sees it."""

    name: str
    part: str | None  # None for a chart
    visible: bool


class XlsxSource:
    """The rows of one sheet. Raises UnreadableInput where the file cannot be read.

    `sheet` is its name, or its place among the visible tabs, from 1; without it the visible sheet
    is read in which `find_header` finds the header, and a notice says so where there are others.
    A cell beyond the header makes its row a fault. Of merged cells the first alone has the value.
    """

    format = "xlsx"

    def __init__(
        self,
        file: BinaryIO,
        sheet: str | None,
        words: Words,
        find_header: HeaderFinder = first_row,
    ) -> None:
        package = Package(file)
        workbook = _Workbook(package)
        tabs = _tabs_to_read(workbook.tabs, sheet, words)
        heads: list[Tab] = []
        rank, line = find_header(_find_heads(workbook, tabs, heads, words))
        tab = heads[rank]
        package.count_tags_anew()
        self.notices: list[Notice] = []
        if sheet is None and len(tables := _tables(workbook.tabs)) > 1:
            others = _names((other for other in tables if other is not tab), words)
            self.notices.append(Notice("sheet_taken", {"value": tab.name, "others": others}))
        self.blank = 0
        self._words = words
        self._cells_left = package.most_cells
        self._characters_left = package.most_characters
        self._rows = workbook.reader(tab, words).rows()
        self._line = line  # the last row that is accounted for
        names = _header_names(self._rows, line)
        self._columns = range(min(names), max(names) + 1)
        self.first_column = self._columns[0]
        self.headers = tuple(names.get(column, "") for column in self._columns)

    def chunks(self, wanted: Collection[int]) -> Iterator[Chunk]:
        """Read the rows, without blank ones, which are counted up to the last row with a cell."""
        width = len(self._columns)
        most_rows = max(1, min(CHUNK_ROWS, CHUNK_CELLS // width))
        rows: list[Row] = []
        characters = 0
        for row in self._rows:
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
            if not all(text.isspace() for text, _ in row.cells.values()):
                rows.append(row)
            if rows and (len(rows) >= most_rows or characters >= CHUNK_CHARACTERS):
                yield self._chunk(rows, wanted)
                rows = []
                characters = 0
        if rows:
            yield self._chunk(rows, wanted)

    def _chunk(self, rows: list[Row], wanted: Collection[int]) -> Chunk:
        end = rows[-1].line
        self.blank += end - self._line - len(rows)
        self._line = end
        faults = [self._fault(row) for row in rows]
        texts, kinds = {}, {}
        for rank in sorted(wanted):
            column = self._columns[rank]
            cells = [row.cells.get(column, BLANK) for row in rows]
            texts[str(rank)] = pl.Series(
                [text or None for text, _ in cells],
                dtype=pl.String,
            )
            kinds[str(rank)] = pl.Series([kind for _, kind in cells], dtype=pl.UInt8)
        return Chunk(
            pl.DataFrame(texts),
            pl.Series([row.line for row in rows], dtype=pl.UInt32),
            pl.Series(faults, dtype=pl.String) if any(faults) else None,
            kinds=pl.DataFrame(kinds),
        )

    def _fault(self, row: Row) -> str | None:
        """Return the fault of a row as a whole: a cell beyond the header, a line of totals."""
        cells = row.cells
        if next(iter(cells)) not in self._columns or next(reversed(cells)) not in self._columns:
            for column, cell in cells.items():
                if column not in self._columns and not cell.text.isspace():
                    place = xl_rowcol_to_cell(row.line - 1, column)
                    return self._words("sheets.beyond", cell=place)
        return self._words("rows.total") if is_total(text for text, _ in cells.values()) else None


def _find_heads(
    workbook: "_Workbook", tabs: list[Tab], heads: list[Tab], words: Words
) -> Iterator[Head]:
    """Yield the first rows of each sheet that has any, and add the sheet to `heads`."""
    for tab in tabs[:MOST_HEADS]:
        rows = head_rows(
            (row.line, [row.cells.get(rank, BLANK).text for rank in range(max(row.cells) + 1)])
            for row in workbook.reader(tab, words).rows(to_end=False)
        )
        if rows:
            heads.append(tab)
            yield Head(tab.name, rows)
    if not heads:
        raise unreadable("sheet_empty", value=tabs[0].name)


def _header_names(rows: Iterator[Row], line: int) -> dict[int, str]:
    """Read up to the header; return the names of its columns that have one."""
    cells = next((row.cells for row in rows if row.line == line), {})
    names = {column: name for column, cell in cells.items() if (name := cell.text.strip())}
    if not names:
        raise unreadable("no_header_row", line=line)
    for column, name in names.items():
        if len(name) > LONGEST_HEADER:
            raise unreadable("sheet_cell_too_long", cell=xl_rowcol_to_cell(line - 1, column))
    if sum(map(len, names.values())) > LONGEST_HEADERS:
        raise unreadable("sheet_bomb")
    return names


class _Workbook:
    """The parts of a workbook beside its sheets: tabs, shared texts, styles."""

    def __init__(self, package: Package) -> None:
        self._package = package
        kind = package.other_kind()
        if kind is not None:
            raise unreadable("sheet_other_document", kind=kind)
        package.parse("[Content_Types].xml", xml_parser())
        self._from_1904 = self._stale = False
        try:
            part = self._main_part()
            related = self._relationships(part)
            self._parts = dict(related.values())
            self.tabs = self._tabs(part, related)
            self._shown = self._shown_by_style()
        except (LookupError, ValueError):  # an attribute that is missing or no number
            raise unreadable("sheet_damaged") from None

    def reader(self, tab: Tab, words: Words) -> SheetReader:
        """Make the reader of a sheet."""
        values = Values(self._shown, words, from_1904=self._from_1904)
        return SheetReader(
            self._package, tab.part or "", self._shared_texts, values, stale=self._stale
        )

    @cached_property
    def _shared_texts(self) -> list[Cell]:
        part = self._parts.get("sharedStrings")
        return [] if part is None else shared_texts(self._package, part)

    def _main_part(self) -> str:
        if "_rels/.rels" in self._package.names:
            for kind, target in self._relationships("").values():
                if kind == "officeDocument":
                    return target
        return "xl/workbook.xml"

    def _relationships(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the parts that a part names, by id: what each is ("styles"), and where."""
        folder, name = posixpath.split(part)
        related = {}
        for tag, attributes in _elements(self._package, f"{folder}/_rels/{name}.rels".lstrip("/")):
            if tag == f"{_PACKAGE}Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"]))
                kind = attributes["Type"].rpartition("/")[2]
                related[attributes["Id"]] = (kind, target.lstrip("/"))
        return related

    def _tabs(self, part: str, related: Mapping[str, tuple[str, str]]) -> list[Tab]:
        elements = _elements(self._package, part)
        root, _ = next(elements)
        if root != f"{MAIN}workbook":
            if root.endswith("}workbook"):
                raise unreadable("sheet_other_document", kind="Strict Open XML")
            raise unreadable("sheet_damaged")
        tabs = []
        for name, attributes in elements:
            match name.removeprefix(MAIN):
                case "sheet":
                    kind, target = related[attributes[f"{_RELATED}id"]]
                    visible = attributes.get("state", "visible") == "visible"
                    table = target if kind == "worksheet" else None
                    tabs.append(Tab(attributes["name"], table, visible))
                case "workbookPr":
                    self._from_1904 = attributes.get("date1904") in _TRUE
                case "calcPr":
                    self._stale = attributes.get("fullCalcOnLoad") in _TRUE
        return tabs

    def _shown_by_style(self) -> tuple[CellKind, ...]:
        """Return what the numbers of each cell style show."""
        part = self._parts.get("styles")
        if part is None or part not in self._package.names:
            return (CellKind.NUMBER,)
        codes: dict[str, str] = {}
        used: list[str] = []
        inside = False
        for name, attributes in _elements(self._package, part):
            match name.removeprefix(MAIN):
                case "numFmt":
                    codes[attributes["numFmtId"]] = attributes["formatCode"]
                case "cellXfs" | "cellStyleXfs":
                    inside = name == f"{MAIN}cellXfs"
                case "xf" if inside:
                    used.append(attributes.get("numFmtId", "0"))
        kinds = {number: kind_shown(int(number), codes.get(number)) for number in set(used)}
        return tuple(kinds[number] for number in used) or (CellKind.NUMBER,)


def _elements(package: Package, part: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the elements of a part with their attributes, in its order."""
    elements: list[tuple[str, dict[str, str]]] = []
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise unreadable("sheet_bomb")
        elements.append((name, attributes))

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser = xml_parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    for _ in package.parsed(part, parser):
        yield from elements
        elements.clear()


def _tabs_to_read(tabs: list[Tab], asked: str | None, words: Words) -> list[Tab]:
    """Return the sheets that may be read: the one asked for, else the visible ones. A chart is a
    tab, and never read."""
    visible = [tab for tab in tabs if tab.visible]
    if asked is None:
        if tables := _tables(visible):
            return tables
        raise unreadable("no_visible_sheet", sheets=_names(_tables(tabs), words))
    named = _tab_named(_tables(tabs), asked)
    if named is None and asked.isascii() and asked.isdecimal() and int(asked[:9]) > 0:
        place = int(asked[:9]) - 1
        named = visible[place] if place < len(visible) else None
    if named is None or named.part is None:
        params: dict[str, Any] = {"value": asked, "sheets": _names(_tables(tabs), words)}
        folded = {fold(tab.name[:50]): tab.name for tab in _tables(tabs)}
        near = nearest(fold(asked[:50]), folded, 0.7)
        if near is not None:
            raise unreadable("near_sheet", **params, near=words.datum(folded[near]))
        raise UsageError(Problem("no_such_sheet", "input", params))
    return [named]


def _tab_named(tables: list[Tab], asked: str) -> Tab | None:
    """Find a sheet by its name: exactly, else without case and accents if that means only one."""
    same = [tab for tab in tables if tab.name == asked]
    same = same or [tab for tab in tables if fold(tab.name) == fold(asked)]
    return same[0] if len(same) == 1 else None


def _tables(tabs: list[Tab]) -> list[Tab]:
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
