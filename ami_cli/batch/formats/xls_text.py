"""Reads `.xls` files that are text: XML workbooks of Excel 2003, and HTML tables.

They are read whole, because they are small: exports of the programs of an office.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO, NamedTuple
from xml.parsers import expat

from ami_cli.batch.formats import CellKind, HeaderFinder, first_row, unreadable
from ami_cli.batch.formats.sheets import BLANK, Cell, Merge, Row, SheetSource, Tab
from ami_cli.batch.formats.text import encoding_of
from ami_cli.batch.formats.xlsx_package import DEEPEST, MOST_COLUMNS, MOST_ROWS, xml_parser
from ami_cli.batch.formats.xlsx_sheet import Values, kind_shown
from ami_cli.words import Words

LARGEST = 64 * 1024 * 1024  # bytes
_MOST_TAGS = 5_000_000
_MOST_COVERED = 3_000_000  # columns under a cell of a row above, counted in each row

NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_SS = NAMESPACE + "}"
_VISIBLE = "urn:schemas-microsoft-com:office:excel}Visible"
_TYPES = {"Number": "n", "String": "str", "Boolean": "b", "Error": "e", "DateTime": "d"}


def xls_text_source(
    file: BinaryIO, sheet: str | None, words: Words, find_header: HeaderFinder = first_row
) -> SheetSource:
    """Return the Source of an XML workbook or of an HTML page with tables.

    Raises UnreadableInput where it is damaged, too large, or a page that asks for something.
    """
    size = file.seek(0, 2)
    if size > LARGEST:
        raise unreadable("sheet_too_large")
    file.seek(0)
    content = file.read()
    is_xml = NAMESPACE.encode() in content[:8192].replace(b"\0", b"")
    if content.replace(b"\0", b"").count(b"<") > _MOST_TAGS:
        raise unreadable("sheet_bomb")
    if is_xml:
        workbook: _Tables = _XmlWorkbook(content, words)
    else:
        encoding = encoding_of(file, None)
        workbook = _HtmlTables(content[encoding.mark :].decode(encoding.codec), words)
    return SheetSource(workbook, sheet, words, find_header)


class _Table(NamedTuple):
    """A table: its rows, merged cells, and the columns that a person does not see."""

    rows: list[Row]
    merges: list[Merge]
    hidden_columns: set[int]


class _Tables:
    """Tables whose rows are in memory (see `sheets.Workbook`)."""

    most_cells = 4_000_000
    most_characters = LARGEST

    def __init__(self) -> None:
        self.tabs: list[Tab] = []
        self._tables: dict[str, _Table] = {}

    def rows(self, tab: Tab, *, to_end: bool = True) -> Iterator[Row]:
        """Yield the rows of a table that have cells."""
        return (row for row in self._tables[tab.name].rows if row.cells)

    def merges(self, tab: Tab) -> Iterable[Merge]:
        """Return the merged cells of a table."""
        return self._tables[tab.name].merges

    def hidden_columns(self, tab: Tab) -> set[int]:
        """Return the columns of a table that a person does not see."""
        return self._tables[tab.name].hidden_columns

    def _add_table(self, name: str) -> _Table:
        if name in self._tables:
            raise unreadable("sheet_damaged")
        self.tabs.append(Tab(name, name, visible=True))
        self._tables[name] = table = _Table([], [], set())
        return table


class _XmlWorkbook(_Tables):
    """A workbook in the XML of Excel 2003 ("XML Spreadsheet Reference", Microsoft)."""

    def __init__(self, content: bytes, words: Words) -> None:
        super().__init__()
        self._path: list[str] = []
        self._styles: dict[str, CellKind] = {}
        self._style = ""
        self._values = Values(tuple(CellKind), words, from_1904=False)
        self._line = self._column = self._next_column = -1
        self._cells: dict[int, Cell] = {}
        self._type: str | None = None
        self._pieces: list[str] = []
        self._parser = parser = xml_parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            parser.Parse(content, True)
        except (LookupError, ValueError, expat.ExpatError):
            raise unreadable("sheet_damaged") from None

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = name.removeprefix(_SS)
        self._path.append(name)
        if len(self._path) > DEEPEST:
            raise unreadable("sheet_bomb")
        match self._path[1:]:
            case ["Styles", "Style"]:
                self._style = attributes[f"{_SS}ID"]
                parent = attributes.get(f"{_SS}Parent", "Default")
                self._styles[self._style] = self._styles.get(parent, CellKind.NUMBER)
            case ["Styles", "Style", "NumberFormat"]:
                code = attributes.get(f"{_SS}Format", "General")
                self._styles[self._style] = kind_shown(0, code)
            case ["Worksheet"]:
                self._table = self._add_table(attributes[f"{_SS}Name"])
                self._line, self._next_column = 0, 0
            case ["Worksheet", "Table", "Column"]:
                begin = self._next_column
                first = int(attributes.get(f"{_SS}Index", begin + 1)) - 1
                self._next_column = first + 1 + int(attributes.get(f"{_SS}Span", 0))
                if not begin <= first < self._next_column <= MOST_COLUMNS:
                    raise unreadable("sheet_damaged")
                if attributes.get(f"{_SS}Hidden") == "1":
                    self._table.hidden_columns.update(range(first, self._next_column))
            case ["Worksheet", "Table", "Row"]:
                line = int(attributes.get(f"{_SS}Index", self._line + 1))
                if not self._line < line <= MOST_ROWS:
                    raise unreadable("sheet_damaged")
                self._line, self._column, self._cells = line, -1, {}
                self._hidden = attributes.get(f"{_SS}Hidden") == "1"
                self._row_style = attributes.get(f"{_SS}StyleID", "Default")
                self._span = int(attributes.get(f"{_SS}Span", 0))
            case ["Worksheet", "Table", "Row", "Cell"]:
                self._open_cell(attributes)
            case ["Worksheet", "Table", "Row", "Cell", "Data"]:
                if self._type is not None:
                    raise unreadable("sheet_damaged")
                self._type = _TYPES[attributes[f"{_SS}Type"]]
                self._parser.CharacterDataHandler = self._pieces.append
            case ["Worksheet", _, visible] if visible == _VISIBLE:
                self._parser.CharacterDataHandler = self._pieces.append

    def _open_cell(self, attributes: Mapping[str, str]) -> None:
        column = int(attributes.get(f"{_SS}Index", self._column + 2)) - 1
        across, down = (int(attributes.get(_SS + name, 0)) for name in ("MergeAcross", "MergeDown"))
        if not (self._column < column <= column + across < MOST_COLUMNS and 0 <= down < MOST_ROWS):
            raise unreadable("sheet_damaged")
        if across or down:
            self._table.merges.append(Merge(self._line, column, self._line + down, column + across))
        self._first, self._column = column, column + across
        self._style = attributes.get(f"{_SS}StyleID", self._row_style)
        self._formula = f"{_SS}Formula" in attributes
        self._type = None

    def _end(self, _: str) -> None:
        match self._path[1:]:
            case ["Worksheet", "Table", "Row"]:
                if self._cells:
                    self._table.rows.append(Row(self._line, self._cells, self._hidden))
                self._line += max(0, self._span)
            case ["Worksheet", "Table", "Row", "Cell", "Data"]:
                self._parser.CharacterDataHandler = None
            case ["Worksheet", "Table", "Row", "Cell"]:
                if (cell := self._cell("".join(self._pieces))) is not BLANK:
                    self._cells[self._first] = cell
                self._pieces.clear()
            case ["Worksheet", _, visible] if visible == _VISIBLE:
                self._parser.CharacterDataHandler = None
                is_visible = not "".join(self._pieces).startswith("Sheet")  # SheetHidden
                self.tabs[-1] = self.tabs[-1]._replace(visible=is_visible)
                self._pieces.clear()
        self._path.pop()

    def _cell(self, text: str) -> Cell:
        if self._type is None:
            return self._values.uncalculated if self._formula else BLANK
        if not text:
            return BLANK
        if self._type == "str":
            return Cell(text, CellKind.TEXT)
        shown = self._styles.get(self._style, CellKind.NUMBER)
        cell = self._values.read(self._type, str(int(shown)), text)
        if cell.kind is CellKind.DATE and shown in (CellKind.MONTH, CellKind.YEARLESS):
            return Cell(cell.text, shown)
        return cell


# One tag of a table; attributes are bounded, because a search for their end is quadratic.
_TAG = re.compile(
    r"<(/?)(table|tr|td|th)\b((?:[^<>\"']{1,1000}|\"[^\"]{0,1000}\"|'[^']{0,1000}'){0,100}+)>",
    re.IGNORECASE,
)
_FORM = re.compile(r"<(form|input|frame|iframe)\b", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|p|div)\b[^<>]*>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]*>")
_SPAN = re.compile(r"\b(col|row)span\s*=\s*[\"']?([0-9]{1,7})", re.IGNORECASE)
_NOT_SHOWN = re.compile(r"display\s*:\s*none", re.IGNORECASE)


class _HtmlTables(_Tables):
    """The tables of an HTML page that are not inside another one; every cell is a text."""

    def __init__(self, page: str, words: Words) -> None:
        super().__init__()
        for start, end in (("<!--", "-->"), ("<style", "</style>"), ("<script", "</script>")):
            page = _without(page, start, end)
        if _FORM.search(page):
            raise unreadable("not_a_table_page")
        self._column = -1
        self._cells: dict[int, Cell] = {}
        self._all_covered = 0
        self._covered: dict[int, int] = {}  # columns under a cell of a row above: its last row
        depth, begin, self._line = 0, None, 0
        for tag in _TAG.finditer(page):
            closes, name, attributes = tag[1], tag[2].lower(), tag[3]
            if depth == 1 and begin is not None and (closes or name != "table"):
                self._close_cell(page[begin : tag.start()])
                begin = None
            if name == "table":
                depth = max(0, depth - 1) if closes else depth + 1
                if depth == 1 and not closes:
                    name = words("sheets.table", number=len(self.tabs) + 1)
                    self._table = self._add_table(name)
                    self._line, self._covered = 0, {}
            elif depth == 1 and not closes:
                if name == "tr":
                    self._line += 1
                    self._column, self._cells = -1, {}
                    hidden = _NOT_SHOWN.search(attributes) is not None
                    self._table.rows.append(Row(self._line, self._cells, hidden))
                elif self._line:
                    self._open_cell(attributes)
                    begin = tag.end()
        if not self.tabs:
            raise unreadable("not_a_table_page")

    def _open_cell(self, attributes: str) -> None:
        spans = {name.lower(): int(number) for name, number in _SPAN.findall(attributes)}
        across, down = max(1, spans.get("col", 1)), max(1, spans.get("row", 1))
        first = self._column + 1
        while self._covered.get(first, 0) >= self._line:
            first += 1
        last = first + across - 1
        self._all_covered += (last if down > 1 else first) - self._column
        if self._all_covered > _MOST_COVERED:
            raise unreadable("sheet_bomb")
        if last >= MOST_COLUMNS or self._line + down > MOST_ROWS:
            raise unreadable("sheet_damaged")
        if across > 1 or down > 1:
            self._table.merges.append(Merge(self._line, first, self._line + down - 1, last))
        if down > 1:
            self._covered |= dict.fromkeys(range(first, last + 1), self._line + down - 1)
        self._first, self._column = first, last

    def _close_cell(self, content: str) -> None:
        text = html.unescape(_ANY_TAG.sub("", _BREAK.sub(" ", content)))
        if text := " ".join(text.split()):
            self._cells[self._first] = Cell(text, CellKind.TEXT)


def _without(page: str, start: str, end: str) -> str:
    """Leave out what stands between two marks; the first one without its end hides the rest."""
    pieces, at, folded = [], 0, page.lower()
    if len(folded) != len(page):
        folded = page
    while (begin := folded.find(start, at)) >= 0:
        pieces.append(page[at:begin])
        close = folded.find(end, begin)
        at = len(page) if close < 0 else close + len(end)
    return "".join([*pieces, page[at:]])
