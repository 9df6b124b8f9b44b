"""A sheet gone through before openpyxl reads it: whether it is sound, which cells have no value.

openpyxl takes much for granted: it drops a row that goes back, takes `1_0` for a number and the
last text for the text number -1, and gives nothing for a formula whose value is not in the file
or for a value that is not where its type puts it. Such a sheet is no sheet that can be read: a
guess would shift an answer to another student.
"""

import math
import re
from typing import NamedTuple

from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.xml.constants import SHEET_MAIN_NS

from ami_cli.batch.formats.sheet_cells import LONGEST_TEXT, MOST_COLUMNS, MOST_ROWS
from ami_cli.batch.formats.sheet_guard import (
    DEEPEST,
    MOST_ATTRIBUTES,
    Package,
    new_parser,
    unreadable,
)
from ami_cli.failures import UnreadableInput

LONGEST_WRITTEN = 7 * LONGEST_TEXT  # every character of the longest text may be `_x000D_`
LONGEST_NUMBER = 400  # characters

_ROOT, _DATA, _ROW, _CELL, _VALUE, _FORMULA, _INLINE, _DIMENSION = (
    f"{SHEET_MAIN_NS}}}{name}"
    for name in ("worksheet", "sheetData", "row", "c", "v", "f", "is", "dimension")
)
# Elements that mean a row or a cell wherever they stand: in another place, the table is not sound.
_OF_THE_TABLE = frozenset((_ROOT, _DATA, _ROW, _CELL, _VALUE, _INLINE))

# What an element costs, about, in microseconds: a third of it here, the rest when rows are read,
# which they are down to the last that says anything.
_ROW_COST, _CELL_COST, _VALUE_COST, _INLINE_COST, _RICH_COST, _OTHER_COST = 9, 5, 3, 9, 7, 1
_DIMENSION_COST = 2  # more for every cell where the sheet does not say how large it is
_DRESSED_COST = 8  # more for a row with attributes of its own, which openpyxl keeps

_MOST_IN_A_ROW = 1_000_000  # its cells are held at once

_KINDS = frozenset(("n", "s", "str", "inlineStr", "b", "e", "d"))
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,3})?Z?)?", re.ASCII)


class Survey(NamedTuple):
    """What is known of a sheet before its rows are read.

    `last` is the last row (from 1) that says anything. `without` are the columns (from 0), by
    row, of cells that have no value though they should: formulas that nobody calculated, errors
    without a name.
    """

    last: int
    without: dict[int, list[int]]


def survey(package: Package, part: str, texts: int, *, stale: bool) -> Survey:
    """Go through a sheet; `texts` is how many shared texts there are, `stale` whether the file
    says itself that the values of its formulas are. Raises UnreadableInput where it is not
    sound."""
    surveyor = _Surveyor(package, texts, stale=stale)
    package.feed(part, surveyor.parser)
    if not surveyor.found:
        raise unreadable("sheet_damaged")
    return Survey(surveyor.last, surveyor.without)


class _Surveyor:
    """Follows the XML of a sheet. Elements that are not of the table are passed over whole."""

    __slots__ = (
        "_area",
        "_cell_cost",
        "_column",
        "_columns",
        "_cost",
        "_depth",
        "_digits",
        "_formula",
        "_inside",
        "_kind",
        "_length",
        "_line",
        "_package",
        "_pending",
        "_stale",
        "_text",
        "_texts",
        "_valued",
        "found",
        "last",
        "parser",
        "without",
    )

    def __init__(self, package: Package, texts: int, *, stale: bool) -> None:
        self.found = False
        self.last = 0
        self.without: dict[int, list[int]] = {}
        self._package = package
        self._texts = texts
        self._stale = stale
        self._area = package.bounds.area
        self._cell_cost = _CELL_COST + _DIMENSION_COST
        self._cost = 0  # of the row under way
        self._pending = 0  # what reading the rows since the last will cost, if another one comes
        self._columns: dict[str, int] = {}
        self._inside = ""  # the innermost element of the table
        self._depth = 0  # inside an element that is passed over, or a text
        self._line = 0
        self._digits = ""
        self._column = -1
        self._kind = ""
        self._text = ""
        self._length = 0
        self._formula = self._valued = False
        self.parser = new_parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _start(self, name: str, given: dict[str, str]) -> None:
        inside = self._inside
        if inside == _ROW:
            # openpyxl takes whatever is in a row for a cell.
            if name != _CELL:
                raise unreadable("sheet_damaged")
            self._open_cell(given)
        elif inside == _CELL and name in (_VALUE, _INLINE):
            inline = name == _INLINE
            if self._valued or inline != (self._kind == "inlineStr"):
                raise unreadable("sheet_damaged")
            self._cost += _INLINE_COST if inline else _VALUE_COST
            self._valued = True
            self._inside = name
            self.parser.CharacterDataHandler = self._counted if inline else self._characters
        elif inside == _CELL and name == _FORMULA:
            self._formula = True
            self._pass_over(name, given)
        elif inside == _INLINE:
            self._deeper()
            if self._depth == 1 and name.endswith("}t"):
                # Of two plain texts, openpyxl would take the last.
                if self._text:
                    raise unreadable("sheet_damaged")
                self._text = "a plain text"
            else:
                self._cost += _RICH_COST
                if self._cost > _MOST_IN_A_ROW:
                    raise unreadable("sheet_bomb")
        elif inside == _DATA and name == _ROW:
            self._inside = _ROW
            self._open_row(given)
        elif inside == _ROOT and name == _DATA and not self.found:
            self.found = True
            self._inside = _DATA
        elif inside == "":
            if name != _ROOT:
                raise unreadable("sheet_damaged")
            self._inside = _ROOT
        elif name in _OF_THE_TABLE or inside == _VALUE:
            raise unreadable("sheet_damaged")
        else:
            if name == _DIMENSION and not self.found:
                self._cell_cost = _CELL_COST
            self._pass_over(name, given)

    def _end(self, _: str) -> None:
        inside = self._inside
        if inside == _CELL:
            self._inside = _ROW
            self._close_cell()
        elif inside in (_VALUE, _INLINE):
            if self._depth:
                self._depth -= 1
            else:
                self.parser.CharacterDataHandler = None
                self._inside = _CELL
        elif inside == _ROW:
            self._inside = _DATA
            self._close_row()
        else:
            self._inside = _ROOT

    def _pass_over(self, name: str, given: dict[str, str]) -> None:
        if name == _ROW:
            raise unreadable("sheet_damaged")
        self._package.spend(_OTHER_COST + max(0, len(given) - MOST_ATTRIBUTES))
        self._deeper()
        self.parser.StartElementHandler = self._pass_over
        self.parser.EndElementHandler = self._passed

    def _passed(self, _: str) -> None:
        self._depth -= 1
        if not self._depth:
            self.parser.StartElementHandler = self._start
            self.parser.EndElementHandler = self._end

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise unreadable("sheet_bomb")

    def _characters(self, piece: str) -> None:
        self._text += piece
        if len(self._text) > LONGEST_WRITTEN:
            raise self._too_long()

    def _counted(self, piece: str) -> None:
        self._length += len(piece)
        if self._length > LONGEST_WRITTEN:
            raise self._too_long()

    def _too_long(self) -> UnreadableInput:
        where = f"{get_column_letter(self._column + 1)}{self._line}"
        return unreadable("sheet_cell_too_long", {"cell": where})

    def _open_row(self, given: dict[str, str]) -> None:
        """Rows may leave out their number; they can never go back."""
        dressed = len(given) > ("r" in given) + ("spans" in given)
        self._cost = _ROW_COST + dressed * (_DRESSED_COST + len(given))
        digits = given.get("r")
        if digits is None:
            line = self._line + 1
        else:
            line = int(digits) if digits.isdecimal() and len(digits) < 8 else 0
        if not self._line < line <= MOST_ROWS:
            raise unreadable("sheet_damaged")
        self._line = line
        self._digits = str(line)
        self._column = -1

    def _close_row(self) -> None:
        here = self._cost // 3
        self._pending += self._cost - here
        if self.last == self._line:
            here += self._pending
            self._pending = 0
        self._package.spend(here)
        # openpyxl fills a row up to its last cell.
        self._area -= self._column + 1
        if self._area < 0:
            where = {"column": get_column_letter(self._column + 1)}
            raise unreadable("sheet_too_sparse", where)

    def _open_cell(self, given: dict[str, str]) -> None:
        """Cells may leave out their place, which is then the next one; they can never go back."""
        self._inside = _CELL
        self._cost += self._cell_cost
        self._kind = given.get("t", "n")
        self._text = ""
        self._length = 0
        self._formula = self._valued = False
        place = given.get("r")
        if place is None:
            column = self._column + 1
        else:
            letters = place.removesuffix(self._digits)
            column = self._columns.get(letters, -1)
            if column < 0:
                column = self._learnt(letters)
        if not self._column < column < MOST_COLUMNS or self._kind not in _KINDS:
            raise unreadable("sheet_damaged")
        self._column = column

    def _learnt(self, letters: str) -> int:
        """A column seen for the first time; what has another row in it is no column."""
        if not re.fullmatch("[A-Z]{1,3}", letters):
            raise unreadable("sheet_damaged")
        column = self._columns[letters] = int(column_index_from_string(letters)) - 1
        return column

    def _close_cell(self) -> None:
        kind = self._kind
        text = self._text
        if text and not self._is_sound(kind, text):
            raise unreadable("sheet_damaged")
        if self._has_no_value(kind, text):
            self.without.setdefault(self._line, []).append(self._column)
            self.last = self._line
        elif self._valued:
            self.last = self._line

    def _is_sound(self, kind: str, text: str) -> bool:
        """Whether the text of a value is one that openpyxl reads as what it is."""
        match kind:
            case "n":
                if text.isdecimal() and text.isascii() and len(text) < 16:
                    return True
                number = len(text) <= LONGEST_NUMBER and _NUMBER.fullmatch(text)
                return bool(number) and math.isfinite(float(text))
            case "s":
                plain = text.isdecimal() and text.isascii() and len(text) < 10
                return plain and int(text) < self._texts
            case "b":
                return text in ("0", "1")
            case "d":
                return _MOMENT.fullmatch(text) is not None
        return True

    def _has_no_value(self, kind: str, text: str) -> bool:
        """Whether a cell should have a value and has none. The empty text is a value: ="" ."""
        if kind == "e":
            return not text.startswith("#")
        if not self._formula:
            return False
        return self._stale or not (text or (kind in ("str", "inlineStr") and self._valued))
