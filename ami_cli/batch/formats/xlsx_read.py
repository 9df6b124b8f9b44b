"""Reads the parts of an XLSX workbook: its tabs, shared texts, styles and sheets."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import BinaryIO

from xlsxwriter.utility import xl_cell_to_rowcol

from ami_cli.batch.formats import CellKind, HeaderFinder, first_row, unreadable
from ami_cli.batch.formats.sheets import Cell, Merge, Row, SheetSource, Tab
from ami_cli.batch.formats.xlsx_package import MAIN, MOST_COLUMNS, RELATED, Package, xml_parser
from ami_cli.batch.formats.xlsx_sheet import (
    DATA,
    TRUE,
    SheetReader,
    Values,
    kind_shown,
    shared_texts,
)
from ami_cli.words import Words

_RELATIONSHIP = "http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_WORKBOOK, _SHEET, _PROPERTIES, _CALCULATION = (
    MAIN + name for name in ("workbook", "sheet", "workbookPr", "calcPr")
)
_NUMBER_FORMAT, _CELL_STYLES, _NAMED_STYLES, _STYLE = (
    MAIN + name for name in ("numFmt", "cellXfs", "cellStyleXfs", "xf")
)
_COLUMNS, _MERGED = f"{MAIN}col", f"{MAIN}mergeCell"
_MOST_MERGED = 200_000  # ranges of merged cells of a sheet


def xlsx_source(
    file: BinaryIO, sheet: str | None, words: Words, find_header: HeaderFinder = first_row
) -> SheetSource:
    """Return the Source of an XLSX file. Raises UnreadableInput where it cannot be read."""
    return SheetSource(XlsxWorkbook(Package(file), words), sheet, words, find_header)


class XlsxWorkbook:
    """The tabs, texts and styles of a workbook (see `sheets.Workbook`)."""

    def __init__(self, package: Package, words: Words) -> None:
        self._package = package
        self._words = words
        self.most_cells = package.most_cells
        self.most_characters = package.most_characters
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

    def rows(self, tab: Tab, *, to_end: bool = True) -> Iterator[Row]:
        """Read the rows of a sheet (see `sheets.Workbook`)."""
        if to_end:
            self._package.count_tags_anew()
        values = Values(self._shown, self._words, from_1904=self._from_1904)
        part, texts = tab.part or "", self._shared_texts
        return SheetReader(self._package, part, texts, values, stale=self._stale).rows(
            to_end=to_end
        )

    @cache  # noqa: B019 # one workbook is read in a run
    def merges(self, tab: Tab) -> set[Merge]:
        """Return the merged cells of a sheet, which stand behind its rows."""
        part = tab.part or ""
        merges: set[Merge] = set()
        if not self._package.holds(part, "mergeCell"):
            return merges
        for _, attributes in self._package.elements(part, _MERGED):
            try:
                first, _, last = attributes["ref"].partition(":")
                merges.add(Merge(*_place(first), *_place(last)))
            except (LookupError, ValueError):
                raise unreadable("sheet_damaged") from None
            if len(merges) > _MOST_MERGED:
                raise unreadable("sheet_bomb")
        return merges

    def hidden_columns(self, tab: Tab) -> set[int]:
        """Return the columns that a person does not see, which a sheet names in order before its
        rows; a column that is named again keeps what was said first."""
        hidden: set[int] = set()
        next_column = 0
        for name, attributes in self._package.elements(tab.part or "", _COLUMNS, DATA):
            if name == DATA:
                break
            first, last = attributes.get("min", ""), attributes.get("max", "")
            if first.isdecimal() and last.isdecimal():
                end = min(int(last[:9]), MOST_COLUMNS)
                if attributes.get("hidden") in TRUE:
                    hidden.update(range(max(next_column, int(first[:9]) - 1), end))
                next_column = max(next_column, end)
        return hidden

    @cached_property
    def _shared_texts(self) -> list[Cell]:
        part = self._parts.get("sharedStrings")
        return [] if part is None else shared_texts(self._package, part)

    def _main_part(self) -> str:
        if self._package.has("_rels/.rels"):
            for kind, target in self._relationships("").values():
                if kind == "officeDocument":
                    return target
        return "xl/workbook.xml"

    def _relationships(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the parts that a part names, by id: what each is ("styles"), and where."""
        folder, name = posixpath.split(part)
        related = {}
        rels = f"{folder}/_rels/{name}.rels".lstrip("/")
        for _, attributes in self._package.elements(rels, _RELATIONSHIP):
            if attributes.get("TargetMode") != "External":
                path = attributes["Target"].replace("\\", "/")
                target = posixpath.normpath(posixpath.join("/", folder, path))
                kind = attributes["Type"].rpartition("/")[2]
                related[attributes["Id"]] = (kind, target.lstrip("/"))
        return related

    def _tabs(self, part: str, related: Mapping[str, tuple[str, str]]) -> list[Tab]:
        tabs = []
        is_workbook = False
        names = (_WORKBOOK, _SHEET, _PROPERTIES, _CALCULATION)
        for name, attributes in self._package.elements(part, *names):
            if name == _WORKBOOK:
                is_workbook = True
            elif name == _SHEET:
                kind, target = related[attributes[f"{RELATED}id"]]
                visible = attributes.get("state", "visible") == "visible"
                table = target if kind == "worksheet" else None
                tabs.append(Tab(attributes["name"], table, visible))
            elif name == _PROPERTIES:
                self._from_1904 = attributes.get("date1904") in TRUE
            else:
                self._stale = attributes.get("fullCalcOnLoad") in TRUE
        if not is_workbook:
            raise unreadable("sheet_damaged")
        return tabs

    def _shown_by_style(self) -> tuple[CellKind, ...]:
        """Return what the numbers of each cell style show."""
        part = self._parts.get("styles")
        if part is None or not self._package.has(part):
            return (CellKind.NUMBER,)
        codes: dict[str, str] = {}
        used: list[str] = []
        is_of_cells = False
        names = (_NUMBER_FORMAT, _CELL_STYLES, _NAMED_STYLES, _STYLE)
        for name, attributes in self._package.elements(part, *names):
            if name == _NUMBER_FORMAT:
                codes[attributes["numFmtId"]] = attributes["formatCode"]
            elif name != _STYLE:
                is_of_cells = name == _CELL_STYLES
            elif is_of_cells:
                used.append(attributes.get("numFmtId", "0"))
        kinds = {number: kind_shown(int(number), codes.get(number)) for number in set(used)}
        return tuple(kinds[number] for number in used) or (CellKind.NUMBER,)


def _place(cell: str) -> tuple[int, int]:
    """Return the row, from 1, and the column, from 0, of a cell. Raises ValueError."""
    if not re.fullmatch("[A-Z]{1,3}[1-9][0-9]{0,6}", cell):
        raise ValueError
    row, column = xl_cell_to_rowcol(cell)
    return row + 1, column
