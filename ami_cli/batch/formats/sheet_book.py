"""A workbook by openpyxl: its tabs, and the rows of one of them as plain values.

openpyxl reads everything that a spreadsheet program writes: parts, texts, formats, both ways of
counting days. Two things it reads with a loss, so they are asked of it differently: shared texts
(it takes `x005F_` out of every one) and dates (it makes a real day of those before March 1900,
which 1900's false leap day makes uncertain): numbers stay numbers until they are known to be one.
"""

import contextlib
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime, time
from typing import Any, BinaryIO, NamedTuple

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import is_date_format, is_timedelta_format
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.datetime import WINDOWS_EPOCH, from_excel
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring, iterparse

from ami_cli.batch.formats.sheet_cells import Cell, DayNumber, unescaped
from ami_cli.batch.formats.sheet_guard import TEXT_COST, Package, unreadable
from ami_cli.batch.formats.sheet_survey import LONGEST_WRITTEN, survey
from ami_cli.failures import Failure, UnreadableInput
from ami_cli.words import Words

_FIRST_CERTAIN = 61  # 1 March 1900
_LONGEST_ELAPSED = 1_000_000  # days
_TRUE = ("1", "true")


class Tab(NamedTuple):
    """A tab of the workbook: its name, where its rows are and whether a person sees it."""

    name: str
    part: str | None  # None for a chart
    visible: bool


class Row(NamedTuple):
    """A row that has cells: its number in the sheet, from 1, and its values by column, from 0."""

    line: int
    cells: dict[int, Cell]


class Book:
    """A workbook with the one sheet that `choose` takes of its tabs.

    Raises UnreadableInput where the file, or that sheet, cannot be read.
    """

    def __init__(self, file: BinaryIO, choose: Callable[[list[Tab]], Tab]) -> None:
        package = Package(file)
        self.bounds = package.bounds
        try:
            # It warns of what it leaves out, and prints that a style is not there.
            with warnings.catch_warnings(), contextlib.redirect_stdout(None):
                warnings.simplefilter("ignore")
                self._read(file, package, choose)
        except Failure:
            raise
        except Exception:  # openpyxl raises whatever comes of a part that it did not expect
            raise _not_read(package) from None

    def _read(self, file: BinaryIO, package: Package, choose: Callable[[list[Tab]], Tab]) -> None:
        """The steps of `openpyxl.load_workbook` but for properties, themes, names and charts."""
        reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
        reader.archive = package
        reader.read_manifest()
        texts = reader.package.find(SHARED_STRINGS)
        if texts is not None:
            reader.shared_strings = _texts(package, texts.PartName.removeprefix("/"))
        reader.read_workbook()
        main = fromstring(package.read(reader.parser.workbook_part_name))
        if not main.tag.startswith(f"{{{SHEET_MAIN_NS}}}"):
            raise unreadable("sheet_other_document", {"kind": "Strict Open XML"})
        calculation = main.find(f"{{{SHEET_MAIN_NS}}}calcPr")
        stale = calculation is not None and calculation.get("fullCalcOnLoad") in _TRUE
        sheets = {}
        for sheet, related in reader.parser.find_sheets():
            is_table = related.Type.endswith("/worksheet")
            tab = Tab(sheet.name, related.target if is_table else None, sheet.state == "visible")
            sheets[tab] = sheet
        self.tabs = list(sheets)
        self.taken = choose(self.tabs)
        part = self.taken.part or ""
        self._survey = survey(package, part, len(reader.shared_strings), stale=stale)
        apply_stylesheet(package, reader.wb)
        reader.parser.sheets = [sheets[self.taken]]
        reader.read_worksheets()
        self._counts_from = reader.wb.epoch
        reader.wb._date_formats = reader.wb._timedelta_formats = frozenset()
        (self._sheet,) = reader.wb.worksheets

    def rows(self, words: Words) -> Iterator[Row]:
        """The rows that have a cell with a value. Raises UnreadableInput where they cannot be
        read."""
        try:
            yield from self._rows(words("sheets.formula"))
        except Failure:
            raise
        except Exception:  # as above
            raise unreadable("sheet_damaged") from None

    def _rows(self, uncalculated: str) -> Iterator[Row]:
        last, without = self._survey
        dates: dict[str, Callable[[float], Cell]] = {}
        self._sheet.reset_dimensions()  # the file may say that it is smaller than it is
        for line, row in enumerate(self._sheet.iter_rows(), 1):
            cells: dict[int, Cell] = {}
            for cell in row:
                value = cell.value
                if value is None:
                    continue
                if type(value) is str:
                    value = unescaped(value)
                elif type(value) is int or type(value) is float:
                    code = cell.number_format
                    if code not in dates:
                        dates[code] = self._meaning(code)
                    value = dates[code](value)
                elif isinstance(value, datetime):
                    value = _day_or_moment(value)
                if value != "":
                    cells[cell.column - 1] = value
            if line in without:
                cells |= dict.fromkeys(without[line], uncalculated)
                cells = dict(sorted(cells.items()))
            if cells:
                yield Row(line, cells)
            if line >= last:
                return

    def _meaning(self, code: str) -> Callable[[float], Cell]:
        """What a number is that a format shows: `dd/mm/yyyy`, `[h]:mm`, `0.00`."""
        if is_timedelta_format(code):
            return _elapsed
        return self._day if is_date_format(code) else float

    def _day(self, number: float) -> Cell:
        certain = number >= _FIRST_CERTAIN or 0 <= number < 1  # a time of day
        if not certain and (self._counts_from == WINDOWS_EPOCH or number < 0):
            return DayNumber(number)
        try:
            found = from_excel(number, self._counts_from)
        except (OverflowError, ValueError):
            return DayNumber(number)
        return found if isinstance(found, time) else _day_or_moment(found)


def _elapsed(number: float) -> Cell:
    if abs(number) >= _LONGEST_ELAPSED:
        return float(number)
    return from_excel(number, timedelta=True)  # type: ignore[no-any-return]


def _day_or_moment(found: datetime) -> Cell:
    return found if found.time() != time() else found.date()


def _texts(package: Package, part: str) -> list[str]:
    """The texts that cells share. Readings for pronunciation (`rPh`) are none of theirs."""
    package.walk(part, TEXT_COST)
    whole, plain, rich = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("si", "t", "r"))
    texts: list[str] = []
    total = package.bounds.characters
    with package.open(part) as file:
        for _, node in iterparse(file):
            if node.tag != whole:
                continue
            pieces = [*node.iterfind(plain), *node.iterfind(f"{rich}/{plain}")]
            text = "".join(piece.text or "" for piece in pieces)
            node.clear()
            texts.append(text)
            total -= len(text)
            if total < 0 or len(text) > LONGEST_WRITTEN:
                raise unreadable("sheet_bomb")
    return texts


def _not_read(package: Package) -> UnreadableInput:
    """The refusal of what openpyxl cannot read: another document, or a damaged workbook."""
    kind: Any = package.kind()
    if kind is not None:
        return unreadable("sheet_other_document", {"kind": kind})
    return unreadable("sheet_damaged")
