"""A sheet of verdicts: every row as it came, typed, with its results beside it.

XlsxWriter makes the workbook around the rows: styles, widths, frozen header, filter. The rows
themselves are written here, straight into the zip. XlsxWriter would take `<r>…</r>` in a cell
for markup of its own, keep the rows in a temporary file that a killed run leaves behind, and need
six times as long.
"""

import contextlib
import datetime
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, Any, BinaryIO, NamedTuple

import polars as pl
import xlsxwriter

from ami_cli.answers import Problem
from ami_cli.batch.sheet_cells import (
    LONGEST_TEXT,
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    DayNumber,
    column_name,
    day_number,
    number_text,
)
from ami_cli.batch.tables import RESULTS, Chunk, Refused
from ami_cli.words import Words

BLOCK_CELLS = 100_000  # turned into XML at once
SAMPLE_ROWS = 200  # rows that say how wide a column is
NARROWEST, WIDEST = 9, 42  # characters
COMPRESSION = 3  # half the time of the usual 6, a tenth more bytes

_SHEET = "xl/worksheets/sheet1.xml"
_MADE = datetime.datetime(1980, 1, 1)  # noqa: DTZ001  # the same file for the same verdicts
_FIRST_CERTAIN = datetime.date(1900, 3, 1)
_DAYS_TO_1970 = 25_569

_VERDICTS = {
    "eligible": {"bg_color": "#C6EFCE", "font_color": "#00511A"},
    "ineligible": {"bg_color": "#FFC7CE", "font_color": "#74000C"},
    "undetermined": {"bg_color": "#FFE2B3", "font_color": "#6B3D00"},
    "invalid": {"bg_color": "#E1E1E1", "font_color": "#333333"},
}
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "header": {"bold": True, "bottom": 1, "valign": "top"},
    "day": {"num_format": "dd/mm/yyyy"},
    "moment": {"num_format": "dd/mm/yyyy hh:mm:ss"},
    "time": {"num_format": "hh:mm:ss"},
    "elapsed": {"num_format": "[h]:mm:ss"},
    **_VERDICTS,
}

# Characters that XML cannot hold or would change, and texts that read like their escapes.
_CONTROLS = r"[\x00-\x08\x0b-\x1f\x{fffe}\x{ffff}]|_x[0-9A-Fa-f]{4}_"
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_MARKUP = ["&", "<", ">"]
_AS_TEXT = ["&amp;", "&lt;", "&gt;"]
_SPACED = r"^\s|\s$|[\t\n]|  "

_RESULT_LOOKS = {"ami_verdict": "verdict", "ami_start_by": "day"}
_ROWS = re.compile(rb"<sheetData>(.*)</sheetData>", re.DOTALL)
_STYLE = re.compile(rb' s="(\d+)"')
_DIMENSION = re.compile(rb"<dimension [^>]*/>")


# Parts that say how far the filter reaches; they are written when that is known.
_LATE = ("xl/workbook.xml",)


class _Layer(NamedTuple):
    """Some cells of a column, null where another layer says what is there, and their format."""

    values: pl.Series
    look: str = ""


class _Skeleton(NamedTuple):
    """A workbook without rows: its parts, its sheet before and after them, its formats."""

    parts: Mapping[str, bytes]
    before: bytes
    after: bytes
    styles: Mapping[str, str]


class SheetSink:
    """Writes rows and their results. Raises Refused where a sheet cannot hold them.

    `columns` are the columns of the input that are kept. Rows of a sheet keep the values they
    had; of other formats, answers become dates, numbers and true/false, and the rest is text.
    """

    def __init__(
        self, file: BinaryIO, headers: Sequence[str], columns: Sequence[int], words: Words
    ) -> None:
        self.disarmed = 0  # text stays text: nothing needs to be disarmed
        self._file = file
        self._columns = tuple(columns)
        # Half a character (JSON can hold one in a name) has no bytes of its own.
        self._headers = [
            *(headers[column].encode("utf-8", "backslashreplace").decode() for column in columns),
            *RESULTS,
        ]
        if len(self._headers) > MOST_COLUMNS:
            raise Refused(
                Problem("too_many_columns_for_a_sheet", "output", {"number": len(self._headers)})
            )
        _check_lengths(pl.Series(self._headers), "", 1)
        self._letters = pl.Series([column_name(rank) for rank in range(len(self._headers))])
        self._used = 1  # rows of the sheet, the header included
        self._widths = [_width(name, ()) for name in self._headers]
        self._zip: _Zip | None = None
        self._sheet: IO[bytes]
        self._styles: Mapping[str, str]

    def write(self, chunk: Chunk, results: pl.DataFrame, typed: Mapping[int, pl.Series]) -> None:
        """Write rows with their results."""
        height = len(chunk.frame)
        if self._used + height > MOST_ROWS:
            raise Refused(Problem("too_many_rows_for_a_sheet", "output", {"most": MOST_ROWS - 1}))
        columns = [
            *(_given(chunk, column, typed.get(column)) for column in self._columns),
            *((_Layer(results[name], _RESULT_LOOKS.get(name, "")),) for name in RESULTS),
        ]
        for name, layers in zip(self._headers, columns, strict=True):
            for layer in layers:
                _check_lengths(layer.values, name, self._used + 1)
        if self._zip is None:
            self._widths = list(map(_width, self._headers, columns))
            self._begin()
        block_rows = max(1, BLOCK_CELLS // len(columns))
        for start in range(0, height, block_rows):
            self._write_rows(columns, start, min(block_rows, height - start))

    def close(self) -> None:
        """Write what remains of the workbook."""
        if self._zip is None:
            self._begin()
        assert self._zip is not None
        whole = _skeleton(self._widths, self._used)
        with self._within_a_zip():
            self._sheet.write(whole.after)
            self._sheet.close()
        for name in _LATE:
            with self._zip.open(name, "w") as part:
                part.write(whole.parts[name])
        self._zip.close()

    def _begin(self) -> None:
        skeleton = _skeleton(self._widths, self._used)
        self._styles = skeleton.styles
        self._zip = _Zip(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION)
        for name, content in skeleton.parts.items():
            if name not in _LATE:
                with self._zip.open(name, "w") as part:
                    part.write(content)
        self._sheet = self._zip.open(_SHEET, "w")
        self._sheet.write(skeleton.before)
        names = [(_Layer(pl.Series([name], dtype=pl.String), "header"),) for name in self._headers]
        self._used = 0
        self._write_rows(names, 0, 1)

    def _write_rows(self, columns: Sequence[Sequence[_Layer]], start: int, height: int) -> None:
        """Write some rows of the columns below those that are written.

        Cells of one kind are turned into XML together, whatever their columns, and put in order
        afterwards: column by column, a wide sheet would take minutes.
        """
        kinds: dict[tuple[str, str], tuple[list[int], list[pl.Series]]] = {}
        for rank, layers in enumerate(columns):
            for values, look in layers:
                ranks, parts = kinds.setdefault((look, str(values.dtype)), ([], []))
                ranks.append(rank)
                parts.append(values[start : start + height])
        first = self._used + 1
        cells = [
            _placed(_cell(pl.concat(parts), look, self._styles), ranks, height)
            for (look, _), (ranks, parts) in kinds.items()
        ]
        row = pl.col("row")
        number = (row + first).cast(pl.String)
        lines = pl.DataFrame({"row": range(height)}, schema={"row": pl.Int64})
        begin = lines.select(
            "row", rank=-1, xml=pl.concat_str(pl.lit('<row r="'), number, pl.lit('">'))
        )
        end = lines.select("row", rank=len(columns), xml=pl.lit("</row>"))
        place = pl.concat_str(pl.lit('<c r="'), pl.col("letters"), number)
        written = (
            pl.concat(cells)
            .drop_nulls("xml")
            .select("row", "rank", letters=pl.lit(self._letters).gather(pl.col("rank")), xml="xml")
            .select("row", "rank", xml=pl.concat_str(place, pl.col("xml")))
            .vstack(begin.cast({"rank": pl.Int64}))
            .vstack(end.cast({"rank": pl.Int64}))
            .sort(row * (len(columns) + 2) + pl.col("rank"))
        )
        with self._within_a_zip():
            self._sheet.write("".join(written["xml"]).encode())
        self._used += height

    @contextlib.contextmanager
    def _within_a_zip(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError:  # zipfile: more bytes than one part of a plain zip can have
            raise Refused(Problem("too_large_for_a_sheet", "output")) from None


class _Zip(zipfile.ZipFile):
    """A zip that is left as it is when the run ends early; the run throws it away."""

    def __del__(self) -> None:
        """Nothing: `ZipFile` would try to finish the file."""


def _placed(cells: pl.Series, ranks: Sequence[int], height: int) -> pl.DataFrame:
    """Cells of several columns, one column after the other, with the row and column of each."""
    index = pl.int_range(len(cells), dtype=pl.Int64)
    column = pl.lit(pl.Series(ranks, dtype=pl.Int64)).gather(index // height)
    return pl.select(row=index % height, rank=column, xml=cells)


def _given(chunk: Chunk, column: int, answers: pl.Series | None) -> Sequence[_Layer]:
    """A column of the input: as the sheet had it, else the answers and what is none as text."""
    if isinstance(chunk.kept, list):
        return _by_kind([row[column] for row in chunk.kept])
    if answers is None or answers.dtype == pl.String:
        return (_Layer(chunk.frame[str(column)]),)
    unread = chunk.frame[str(column)].set(answers.is_not_null(), None)
    return (_Layer(answers, "day" if answers.dtype == pl.Date else ""), _Layer(unread))


def _by_kind(values: list[Cell]) -> Sequence[_Layer]:
    """The values of a column, one layer for each kind of value that it has."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {str}:
        return (_Layer(pl.Series(values, dtype=pl.String)),)
    layers = []
    for kind in sorted(kinds, key=lambda kind: kind.__name__):
        look, dtype, number = _KINDS[kind]
        only: list[Any] = [value if type(value) is kind else None for value in values]
        if number is not None:
            only = [value if value is None else number(value) for value in only]
        layers.append(_Layer(pl.Series(only, dtype=dtype), look))
    return layers or (_Layer(pl.Series([None] * len(values), dtype=pl.String)),)


def _part_of_day(time: datetime.time) -> float:
    return ((time.hour * 60 + time.minute) * 60 + time.second + time.microsecond / 1e6) / 86_400


# How each kind of value is held in a sheet: its format, its type, and its number.
_KINDS: Mapping[type, tuple[str, Any, Callable[[Any], float | None] | None]] = {
    str: ("", pl.String, None),
    bool: ("", pl.Boolean, None),
    float: ("", pl.Float64, None),
    datetime.date: ("day", pl.Date, None),
    DayNumber: ("day", pl.Float64, float),
    datetime.datetime: ("moment", pl.Float64, day_number),
    datetime.time: ("time", pl.Float64, _part_of_day),
    datetime.timedelta: ("elapsed", pl.Float64, lambda span: span / datetime.timedelta(days=1)),
}


def _cell(values: pl.Series, look: str, styles: Mapping[str, str]) -> pl.Series:
    """The XML of cells of one kind from behind their place on: `" s="3"><v>46402</v></c>`."""
    style = pl.lit(f'" s="{styles[look]}"' if look in styles else '"')
    value = pl.col("value")
    if values.dtype == pl.String:
        if look == "verdict":
            known = {name: f'" s="{styles[name]}"' for name in _VERDICTS}
            style = value.replace_strict(known, default='"', return_dtype=pl.String)
        return _text_cell(values, style)
    early: pl.Series | None = None
    kind = ""
    if values.dtype == pl.Boolean:
        kind = ' t="b"'
        number = value.cast(pl.Int8).cast(pl.String)
    elif values.dtype == pl.Date:
        # Days before the false 29 February of 1900 are written out.
        early = values.dt.to_string("%Y-%m-%d").set(values >= _FIRST_CERTAIN, None)
        number = (value.to_physical() + _DAYS_TO_1970).cast(pl.String)
    elif values.dtype.is_float():
        values = pl.Series(
            [each if each is None else number_text(each) for each in values], dtype=pl.String
        )
        number = value
    else:
        number = value.cast(pl.String)
    found = (
        values.to_frame("value")
        .select(pl.concat_str(style, pl.lit(f"{kind}><v>"), number, pl.lit("</v></c>")))
        .to_series()
    )
    if early is not None and early.null_count() < len(early):
        return _text_cell(early, pl.lit('"')).zip_with(early.is_not_null(), found)
    return found


def _text_cell(values: pl.Series, style: pl.Expr) -> pl.Series:
    """The XML of texts, within the cell itself; a text without a character is a blank cell."""
    text = pl.col("text")
    written = values
    if values.str.contains("[&<>]").any():
        written = values.str.replace_many(_MARKUP, _AS_TEXT)
    if values.str.contains(_CONTROLS).any():
        escaped = [each and _CONTROL.sub(_escape, each) for each in written]
        written = pl.Series(escaped, dtype=pl.String)
    spaced = ' xml:space="preserve"' if values.str.contains(_SPACED).any() else ""
    cell = pl.concat_str(
        style, pl.lit(f' t="inlineStr"><is><t{spaced}>'), text, pl.lit("</t></is></c>")
    )
    both = pl.DataFrame({"value": values, "text": written})
    return both.select(pl.when(text != "").then(cell)).to_series()


def _escape(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"


def _skeleton(widths: Sequence[int], rows: int) -> _Skeleton:
    """The workbook around rows, by XlsxWriter."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": _MADE})
        sheet = workbook.add_worksheet("AMI")
        for index, width in enumerate(widths):
            sheet.set_column(index, index, width)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(rows - 1, 0), len(widths) - 1)
        for index, look in enumerate(_FORMATS.values()):
            sheet.write_blank(0, index, None, workbook.add_format(dict(look)))
    with zipfile.ZipFile(file) as parts:
        content = {name: parts.read(name) for name in parts.namelist()}
    before, cells, after = _ROWS.split(content.pop(_SHEET))
    numbers = [number.decode() for number in _STYLE.findall(cells)]
    return _Skeleton(
        content,
        _DIMENSION.sub(b"", before) + b"<sheetData>",
        b"</sheetData>" + after,
        dict(zip(_FORMATS, numbers, strict=True)),
    )


def _width(name: str, layers: Sequence[_Layer]) -> int:
    """A readable width: the longest of the name and most of the first texts."""
    longest = len(name) + 3  # the arrow of the filter
    for layer in layers:
        if layer.values.dtype == pl.String:
            lengths = layer.values[:SAMPLE_ROWS].str.len_chars()
            longest = max(longest, int(lengths.quantile(0.95, "lower") or 0) + 1)
        elif layer.look:
            longest = max(longest, 11)
    return max(NARROWEST, min(longest, WIDEST))


def _check_lengths(values: pl.Series, name: str, row: int) -> None:
    """Refuse a text that is longer than a cell of a sheet, which Excel counts in UTF-16."""
    if values.dtype != pl.String:
        return
    longest = values.str.len_chars().max()
    if not isinstance(longest, int) or longest <= LONGEST_TEXT // 2:
        return
    for place, text in enumerate(values):
        if text is not None and len(text.encode("utf-16-le")) > 2 * LONGEST_TEXT:
            where = {"value": name or text, "row": row + place, "most": LONGEST_TEXT}
            raise Refused(Problem("too_long_for_a_sheet", "output", where))
