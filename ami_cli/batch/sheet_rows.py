"""The rows of one sheet, as its XML is read: values by column, in the order of the file.

A stream in one direction: whatever the number of rows, only those of a chunk are held. What the
sheet itself gets wrong (two rows of one number, a cell of another row, a text that does not
exist) is no sheet that can be read: a guess would shift an answer to another student.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ami_cli.batch.sheet_cells import (
    BUILT_IN,
    LONGEST_TEXT,
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    Look,
    column_index,
    column_name,
    look_of,
    unescaped,
    value_of,
)
from ami_cli.batch.sheet_guard import DEEPEST, Package, local, new_parser, unreadable
from ami_cli.words import Words

# Every character of the longest text may be written `_x000D_`.
LONGEST_WRITTEN = 7 * LONGEST_TEXT
MOST_STYLES = 66_000  # a little more than Excel has
MOST_REMEMBERED = 50_000  # short numbers whose value is kept at hand

# Elements that mean a row or a cell wherever they stand: in another place, the table is not sound.
_OF_THE_TABLE = frozenset(("worksheet", "sheetData", "row", "c", "v", "is"))
# Where nothing else can stand: before the root, inside a value, inside a piece of text.
_CLOSED = frozenset(("", "v"))

_TRUE = frozenset(("1", "true"))
_FALSE = frozenset(("0", "false"))


class Sheet(NamedTuple):
    """A tab of the workbook: its name, where its rows are and whether a person sees it."""

    name: str
    part: str | None  # None for a chart
    visible: bool


class Row(NamedTuple):
    """A row that has cells: its number in the sheet, from 1, and its values by column, from 0."""

    line: int
    cells: dict[int, Cell]


class Workbook:
    """What the sheets of a file share: their names, their texts, their formats, their calendar."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self.sheets: list[Sheet] = []
        self.from_1904 = False
        self.uncalculated = False  # the file says itself that the values of its formulas are stale
        main = _main_part(package)
        related = package.related(main)
        parts = dict(reversed(related.values()))

        def start(name: str, given: dict[str, str]) -> None:
            if name == "sheet":
                ids = (given[key] for key in given if key.endswith(":id"))
                kind, part = related.get(next(ids, ""), ("", ""))
                visible = given.get("state", "visible") == "visible"
                is_table = kind == "worksheet"
                self.sheets.append(
                    Sheet(given.get("name", ""), part if is_table else None, visible)
                )
            elif name == "workbookPr":
                self.from_1904 = given.get("date1904") in _TRUE
            elif name == "calcPr":
                self.uncalculated = given.get("fullCalcOnLoad") in _TRUE

        package.walk(main, start)
        self.looks = _looks(package, parts["styles"]) if "styles" in parts else []
        self._texts_part = parts.get("sharedStrings")

    def rows(self, sheet: Sheet, words: Words) -> Iterator[Row]:
        """The rows of a sheet that have a cell with a value."""
        texts = _texts(self._package, self._texts_part) if self._texts_part else []
        reader = _RowReader(self, texts, words, self._package.bounds.repeated)
        for _ in self._package.parse(sheet.part or "", reader.parser):
            yield from reader.rows
            reader.rows.clear()
        yield from reader.rows
        if not reader.found:
            raise unreadable("sheet_damaged")


def _main_part(package: Package) -> str:
    """The part that lists the sheets; a file without one is told by what it is instead."""
    for kind, part in package.related("").values():
        if kind == "officeDocument" and part in package and part.startswith("xl/"):
            if part.endswith(".bin"):
                raise unreadable("sheet_other_document", {"kind": ".xlsb"})
            return part
    if "xl/workbook.xml" in package:
        return "xl/workbook.xml"
    for part, kind in (
        ("xl/workbook.bin", ".xlsb"),
        ("word/document.xml", ".docx"),
        ("ppt/presentation.xml", ".pptx"),
    ):
        if part in package:
            raise unreadable("sheet_other_document", {"kind": kind})
    if "mimetype" in package:
        mime = package.read("mimetype").rpartition(b".")[2]
        for name, kind in ((b"spreadsheet", ".ods"), (b"text", ".odt")):
            if mime.startswith(name):
                raise unreadable("sheet_other_document", {"kind": kind})
    raise unreadable("sheet_other_document", {"kind": ".zip"})


def _looks(package: Package, part: str) -> list[Look]:
    """How each style shows a number, by the number of the style."""
    codes: dict[str, str] = {}
    styles: list[str] = []
    within: list[str] = []

    def start(name: str, given: dict[str, str]) -> None:
        if name == "numFmt":
            codes[given.get("numFmtId", "")] = given.get("formatCode", "")
        elif name == "xf" and within and within[-1] == "cellXfs":
            styles.append(given.get("numFmtId", "0"))
            if len(styles) > MOST_STYLES:
                raise unreadable("sheet_bomb")
        within.append(name)

    def end(_: str) -> None:
        within.pop()

    package.walk(part, start, end)
    looks: dict[str, Look] = {str(number): look for number, look in BUILT_IN.items()}
    looks |= {number: look_of(code) for number, code in codes.items()}
    return [looks.get(style, Look.NUMBER) for style in styles]


def _texts(package: Package, part: str) -> list[str]:
    """The texts that cells share. Readings for pronunciation (`rPh`) are none of theirs."""
    texts: list[str] = []
    pieces: list[str] = []
    length = spoken = depth = 0
    total = package.bounds.characters
    parser = new_parser()

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal length, spoken, depth
        depth += 1
        if depth > DEEPEST:
            raise unreadable("sheet_bomb")
        name = local(name)
        if name == "si":
            pieces.clear()
            length = spoken = 0
        elif name == "rPh":
            spoken += 1
        elif name == "t" and not spoken:
            parser.CharacterDataHandler = characters

    def characters(piece: str) -> None:
        nonlocal length, total
        pieces.append(piece)
        length += len(piece)
        total -= len(piece)
        if length > LONGEST_WRITTEN or total < 0:
            raise unreadable("sheet_bomb")

    def end(name: str) -> None:
        nonlocal spoken, depth
        depth -= 1
        name = local(name)
        if name == "si":
            texts.append(unescaped("".join(pieces)))
        elif name == "rPh":
            spoken -= 1
        elif name == "t":
            parser.CharacterDataHandler = None

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    for _ in package.parse(part, parser):
        pass
    return texts


class _RowReader:
    """Follows the XML of a sheet and gathers its `rows`.

    Elements that are not of the table are passed over whole, with all that is inside them.
    """

    __slots__ = (
        "_cells",
        "_column",
        "_columns",
        "_depth",
        "_digits",
        "_formula",
        "_given",
        "_inside",
        "_known",
        "_left",
        "_line",
        "_text",
        "_texts",
        "_valued",
        "_words",
        "_workbook",
        "found",
        "parser",
        "rows",
    )

    def __init__(self, workbook: Workbook, texts: list[str], words: Words, left: int) -> None:
        self.rows: list[Row] = []
        self.found = False
        self._workbook = workbook
        self._texts = texts
        self._words = words
        self._left = left  # characters that cells may still show
        self._columns: dict[str, int] = {}
        self._known: dict[tuple[str, str], Cell] = {}
        self._inside = ""  # the innermost element of the table
        self._depth = 0  # inside an element that is passed over
        self._line = 0
        self._digits = ""
        self._cells: dict[int, Cell] = {}
        self._column = -1
        self._given: dict[str, str] = {}
        self._text = ""
        self._formula = self._valued = False
        self.parser = new_parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _start(self, name: str, given: dict[str, str]) -> None:
        inside = self._inside
        if name == "c" and inside == "row":
            self._inside = "c"
            self._given = given
            self._text = ""
            self._formula = self._valued = False
            # The column; a cell may leave out its place, which is then the next one.
            place = given.get("r")
            if place is None:
                column = self._column + 1
            else:
                letters = place.removesuffix(self._digits)
                column = self._columns.get(letters, -1)
                if column < 0:
                    column = self._learnt(letters)
            if not self._column < column < MOST_COLUMNS:
                raise unreadable("sheet_damaged")
            self._column = column
        elif name == "v" and inside == "c" and not self._valued:
            self._inside = "v"
            self._valued = True
            self.parser.CharacterDataHandler = self._characters
        elif name == "row" and inside == "sheetData":
            self._inside = "row"
            self._open_row(given.get("r"))
        elif name == "f" and inside == "c":
            self._inside = "f"
            self._formula = True
        elif name == "is" and inside == "c" and not self._valued:
            self._inside = "is"
            self._valued = True
        elif name in ("r", "t") and inside in ("is", "is r"):
            if name == "t":
                self.parser.CharacterDataHandler = self._characters
            self._inside = f"{inside} {name}"
        elif name == "sheetData" and inside == "worksheet" and not self.found:
            self.found = True
            self._inside = "sheetData"
        elif name == "worksheet" and inside == "":
            self._inside = "worksheet"
        elif ":" in name:
            self._start(local(name), given)
        elif name in _OF_THE_TABLE or inside in _CLOSED or inside.endswith(" t"):
            raise unreadable("sheet_damaged")
        else:
            self._depth = 1
            self.parser.StartElementHandler = self._pass_over
            self.parser.EndElementHandler = self._passed

    def _end(self, name: str) -> None:
        inside = self._inside
        if inside == "v":
            self.parser.CharacterDataHandler = None
            self._inside = "c"
        elif inside == "c":
            self._inside = "row"
            if self._valued or self._formula:
                self._close_cell()
        elif inside == "row":
            self._inside = "sheetData"
            if self._cells:
                self.rows.append(Row(self._line, self._cells))
        elif inside == "f":
            self._inside = "c"
        elif inside.startswith("is"):
            self.parser.CharacterDataHandler = None
            self._inside = inside.rpartition(" ")[0] or "c"
        else:
            self._inside = "worksheet"

    def _pass_over(self, name: str, _: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise unreadable("sheet_bomb")

    def _passed(self, _: str) -> None:
        self._depth -= 1
        if not self._depth:
            self.parser.StartElementHandler = self._start
            self.parser.EndElementHandler = self._end

    def _characters(self, piece: str) -> None:
        self._text += piece
        if len(self._text) > LONGEST_WRITTEN:
            raise unreadable("sheet_cell_too_long", {"cell": self._cell()})

    def _open_row(self, digits: str | None) -> None:
        """Rows may leave out their number; they can never go back."""
        if digits is None:
            line = self._line + 1
        else:
            line = int(digits) if digits.isdecimal() and len(digits) < 8 else 0
        if not self._line < line <= MOST_ROWS:
            raise unreadable("sheet_damaged")
        self._line = line
        self._digits = str(line)
        self._cells = {}
        self._column = -1

    def _learnt(self, letters: str) -> int:
        """A column seen for the first time; what has another row in it is no column."""
        try:
            column = self._columns[letters] = column_index(letters)
        except ValueError:
            raise unreadable("sheet_damaged") from None
        return column

    def _close_cell(self) -> None:
        kind = self._given.get("t", "n")
        text = self._text
        value: Cell
        if self._formula and kind != "e" and self._is_uncalculated(kind):
            value = self._words("sheets.formula")
        elif kind == "s":
            value = self._shared(text) if text else ""
        elif kind == "n":
            style = self._given.get("s", "")
            key = style, text
            if key in self._known:
                value = self._known[key]
            else:
                value = value_of(text, self._look(style), self._workbook.from_1904)
                if len(self._known) < MOST_REMEMBERED and len(text) < 32:
                    self._known[key] = value
        else:
            value = self._rarer(kind, text)
        if value != "":
            self._cells[self._column] = value
            if type(value) is str:
                self._left -= len(value)
                if self._left < 0:
                    raise unreadable("sheet_bomb")

    def _is_uncalculated(self, kind: str) -> bool:
        """A formula whose value is not in the file. The empty text is a value: ="" ."""
        if self._workbook.uncalculated:
            return True
        return not self._text and not (kind == "str" and self._valued)

    def _shared(self, text: str) -> str:
        try:
            if not text.isdecimal():
                raise IndexError(text)
            return self._texts[int(text)]
        except (IndexError, ValueError):
            raise unreadable("sheet_damaged") from None

    def _look(self, style: str) -> Look:
        looks = self._workbook.looks
        if style.isdecimal() and len(style) < 6 and int(style) < len(looks):
            return looks[int(style)]
        return Look.NUMBER

    def _rarer(self, kind: str, text: str) -> Cell:
        match kind:
            case "str" | "inlineStr":
                return unescaped(text)
            case "b" if text in _TRUE:
                return True
            case "b" if text in _FALSE:
                return False
            case "d":
                return text
            case "e" if text.startswith("#"):
                return text[:40]
        return self._words("sheets.error")

    def _cell(self) -> str:
        return f"{column_name(self._column)}{self._line}"
