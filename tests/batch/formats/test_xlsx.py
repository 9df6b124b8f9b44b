"""XLSX: cells as text, hostile files refused within bounds, and a sheet of verdicts read back."""

import datetime as dt
import gc
import io
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, BinaryIO

import openpyxl
import polars as pl
import pytest
import python_calamine
import xlsxwriter
from openpyxl.utils import get_column_letter

from ami_cli import answers, reading
from ami_cli.answers import FIELDS
from ami_cli.batch.formats import RESULTS, CellKind, Chunk, Head, HeaderFinder, Notice, Output
from ami_cli.batch.formats.sheets import SheetSource
from ami_cli.batch.formats.xlsx_layout import PRINTED_WIDTH, line_count, printed_width
from ami_cli.batch.formats.xlsx_package import Package
from ami_cli.batch.formats.xlsx_read import xlsx_source
from ami_cli.batch.formats.xlsx_sheet import kind_shown
from ami_cli.batch.formats.xlsx_write import XlsxSink
from ami_cli.batch.sentences import SENTENCES
from ami_cli.failures import Failure, InvalidAnswers, UnreadableInput
from ami_cli.rules.facts import registered
from ami_cli.words import words_of
from ami_cli.words.problems import describe
from tests.hostile import (
    COUNTED,
    DAY,
    ELAPSED,
    HEADER,
    HEAVIEST,
    MAIN,
    MEASURED,
    MOMENT,
    OWN,
    PACKAGE,
    RELATIONS,
    TIME,
    FullDisk,
    header,
    hostile,
    measured,
    number,
    row,
    styles,
    text,
    workbook,
)  # fmt: skip

FRENCH = words_of("fr")


def moment(*parts: int) -> dt.datetime:
    """A moment of a sheet, which knows no time zone."""
    return dt.datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def read(file: io.BytesIO, sheet: str | None = None) -> tuple[SheetSource, list[Chunk]]:
    source = xlsx_source(file, sheet, FRENCH)
    return source, list(source.chunks(range(len(source.headers))))


def cells(*row_cells: str, **more: Any) -> tuple[tuple[str | None, ...], tuple[CellKind, ...]]:
    """What a single row gives: its texts and their kinds."""
    _, chunks = read(workbook(header(len(row_cells)) + row(*row_cells), **more))
    assert chunks[0].kinds is not None
    assert set(chunks[0].kinds.dtypes) == {pl.UInt8}
    return chunks[0].frame.row(0), tuple(map(CellKind, chunks[0].kinds.row(0)))


def refusal(file: io.BytesIO, sheet: str | None = None) -> str:
    """The code of the refusal, which has its words in both languages."""
    with pytest.raises(Failure) as refused:
        read(file, sheet)
    for lang in ("fr", "en"):
        assert describe(refused.value.problems[0], words_of(lang))["message"]
    return refused.value.problems[0].code


def refused_by_every_answer(cell: str | None) -> bool:
    for field in FIELDS:
        try:
            value = reading.read(field.name, cell or "")
        except InvalidAnswers:
            continue
        # Any text may be a name; what is no name at all is in no register.
        assert isinstance(value, str)
        assert field.kind is answers.Kind.NAME
        (known,) = registered({field.name: value}).values()
        assert known == "unknown"
    return True


# ---------------------------------------------------------------------------------------------
# Cells
# ---------------------------------------------------------------------------------------------


def test_whole_numbers_are_written_without_decimals() -> None:
    numbers = ("21", "21.0", "2.5", "1e1", "-0", "1E-7", "007", "+3", ".5", "1&#50;", "1<!-- -->2")
    texts, kinds = cells(*(number(each) for each in numbers))
    assert texts == ("21", "21", "2.5", "10", "0", "1e-07", "7", "3", "0.5", "12", "12")
    assert set(kinds) == {CellKind.NUMBER}


@pytest.mark.parametrize(
    "odd",
    ["1e400", "1_0", "NaN", "inf", "\u0662\u0661", "0x10", "1" * 500, "1" * 399, " 1", "oui"],
)
def test_malformed_number_is_refused(odd: str) -> None:
    """Python would read 10 and 21."""
    assert refusal(workbook(HEADER + row(number(odd)))) == "sheet_damaged"


def test_dates_times_and_durations() -> None:
    texts, kinds = cells(
        number(46402, DAY),
        number(46402, MOMENT),
        number("46402.5", MOMENT),
        number("46402.999999999", MOMENT),
        number("0.25", TIME),
        number("1.25", ELAPSED),
        number(str(-5400.5 / 86400), ELAPSED),
        number(3, COUNTED),
        '<c t="d"><v>2027-01-15</v></c>',
        '<c t="d"><v>2027-01-15T10:30:00Z</v></c>',
    )
    assert texts == (
        "2027-01-15",
        "2027-01-15",
        "2027-01-15T12:00:00",
        "2027-01-16",
        "06:00:00",
        "30:00:00",
        "-1:30:00.500",
        "3",
        "2027-01-15",
        "2027-01-15T10:30:00",
    )
    assert [kind.name for kind in kinds] == [
        "DATE", "DATE", "DATETIME", "DATE", "TIME", "DURATION", "DURATION", "NUMBER", "DATE",
        "DATETIME",
    ]  # fmt: skip
    assert reading.read("start", texts[0] or "") == dt.date(2027, 1, 15)
    assert all(refused_by_every_answer(texts[rank]) for rank in (2, 4, 5, 6, 9))


@pytest.mark.parametrize("serial", ["1", "59", "60", "60.9", "-1", "-0.5", "2958466", "1e30"])
def test_day_that_does_not_exist_is_never_another_day(serial: str) -> None:
    (text,), kinds = cells(number(serial, DAY))
    assert text is not None
    assert "impossible" in text
    assert refused_by_every_answer(text)
    assert kinds == (CellKind.TEXT,)


@pytest.mark.parametrize("serial", ["0", "0.5", "0.25"])
def test_time_of_day_is_no_date(serial: str) -> None:
    (text,), kinds = cells(number(serial, DAY))
    assert kinds == (CellKind.TIME,)
    assert refused_by_every_answer(text)


def test_first_and_last_day_are_read() -> None:
    texts, _ = cells(number(61, DAY), number(2958465, DAY))
    assert texts == ("1900-03-01", "9999-12-31")


@pytest.mark.parametrize("flag", ["1", "true"])
def test_dates_counted_from_1904(flag: str) -> None:
    texts, kinds = cells(
        number(44940, DAY),
        number(60, DAY),
        number(1, DAY),
        number(2_957_100, DAY),
        number(-1, DAY),
        properties=f'<workbookPr date1904="{flag}"/>',
    )
    assert texts[:3] == ("2027-01-15", "1904-03-01", "1904-01-02")
    assert all("impossible" in (each or "") for each in texts[3:])
    assert kinds[0] is CellKind.DATE


def test_booleans_and_texts() -> None:
    texts, kinds = cells(
        '<c t="b"><v>1</v></c>',
        '<c t="b"><v>0</v></c>',
        text("  oui "),
        text("   "),
        '<c t="s"><v>0</v></c>',
        '<c t="inlineStr"><is><r><t>a</t></r><r><t> b</t></r><rPh sb="0" eb="1"><t>z</t></rPh></is>'
        "</c>",
        '<c t="str"><v>a_x000D_b_x005F_x0041__xD800_</v></c>',
        '<c t="str"><v>a<![CDATA[<&]]>b</v></c>',
        "<c/>",
        '<c t="inlineStr"><is><t>a<![CDATA[<&]]>&#50;<!-- x -->_x0041_</t></is></c>',
        '<c t="s"><v>1</v></c>',
        '<c t="inlineStr"><is><r><t>_</t></r><r><t>x0041_</t></r></is></c>',
        texts="<si><r><t>x</t></r><rPh><t>z</t></rPh><r><t>y</t></r></si><si><t> _x000D_a</t></si>",
    )
    assert texts == (
        "true", "false", "  oui ", "   ", "xy", "a b", "a\rb_x0041__xD800_", "a<&b", None,
        "a<&2A", " \ra", "_x0041_",
    )  # fmt: skip
    assert kinds == (*[CellKind.BOOLEAN] * 2, *[CellKind.TEXT] * 10)


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#SPILL!", "#VALEUR!", "bcs", ""])
def test_error_cell_is_no_answer(error: str) -> None:
    texts, _ = cells(f'<c t="e"><v>{error}</v></c>', f'<c t="e"><f>A1</f><v>{error}</v></c>')
    assert texts[0] == texts[1] == (error if error.startswith("#") else "(formule non calculée)")
    assert refused_by_every_answer(texts[0])


def test_formula_without_its_value_is_no_answer() -> None:
    texts, kinds = cells(
        "<c><f>A1</f></c>",
        "<c><f>A1</f><v/></c>",
        '<c t="str"><f>A1</f></c>',
        "<c><f>A1</f><v>21</v></c>",
        '<c t="str"><f>A1</f><v>oui</v></c>',
        '<c t="str"><f>IF(A1="","","x")</f><v></v></c>',
        '<c t="b"><f>A1</f><v>1</v></c>',
    )
    assert texts == (*["(formule non calculée)"] * 3, "21", "oui", None, "true")
    assert kinds[0] is CellKind.TEXT
    assert refused_by_every_answer(texts[0])
    assert refused_by_every_answer(words_of("en")("sheets.formula"))


def test_values_of_a_workbook_to_recalculate_are_no_answers() -> None:
    """XlsxWriter and openpyxl write 0, or nothing, for a formula, and ask for a calculation."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["age", "erasmus"])
        sheet.write_formula(1, 0, "=20+1")
        sheet.write(1, 1, "non")
    _, chunks = read(file)
    assert chunks[0].frame.row(0) == ("(formule non calculée)", "non")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", CellKind.NUMBER),
        ("0.00E+00", CellKind.NUMBER),
        ("@", CellKind.NUMBER),
        ("0.00%", CellKind.NUMBER),
        ('#,##0\\ "jours d\'été"', CellKind.NUMBER),
        ("[Red]0;[Blue]-0", CellKind.NUMBER),
        ("[$€-40C]#,##0", CellKind.NUMBER),
        ("_-* #,##0_d", CellKind.NUMBER),
        ("dd/mm/yyyy", CellKind.DATETIME),
        ("[$-40C]d mmmm yyyy;@", CellKind.DATETIME),
        ("mmmm", CellKind.DATETIME),
        ("YYYY-MM-DD\\ HH:MM", CellKind.DATETIME),
        ("h:mm AM/PM", CellKind.DATETIME),
        ("[hh]:mm", CellKind.DURATION),
        ("[$-F800]dddd\\,\\ mmmm", CellKind.DATETIME),
        ("0;d", CellKind.NUMBER),
        ("[" * 250, CellKind.NUMBER),
        ("[" * 240_000, CellKind.NUMBER),
        ("Standard", CellKind.NUMBER),
        ("Estándar", CellKind.NUMBER),
        ("GENERAL", CellKind.NUMBER),
        ("0.0##E-0", CellKind.NUMBER),
        ("jj/mm/aaaa", CellKind.DATETIME),
    ],
)
def test_number_format_decides_the_kind(code: str, kind: CellKind) -> None:
    parts = {"xl/styles.xml": styles(code)}
    texts, kinds = cells(number("46402.5", OWN), number("0.5", OWN), parts=parts)
    assert kinds[0] is kind
    assert (
        texts
        == {
            CellKind.NUMBER: ("46402.5", "0.5"),
            CellKind.DATETIME: ("2027-01-15T12:00:00", "12:00:00"),
            CellKind.DURATION: ("1113660:00:00", "12:00:00"),
        }[kind]
    )


@pytest.mark.parametrize(
    ("code", "kind", "unseen"),
    [
        ("dd/mm/yyyy", CellKind.DATE, None),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", CellKind.DATE, None),
        ("jj/mm/aa", CellKind.DATE, None),
        ("mmm-yy", CellKind.MONTH, "jour"),
        ("mmmm yyyy", CellKind.MONTH, "jour"),
        ("dddd", CellKind.MONTH, "jour"),
        ("yyyy", CellKind.MONTH, "jour"),
        ("hh:mm", CellKind.MONTH, "jour"),
        ("d mmm", CellKind.YEARLESS, "année"),
        ("dd/mm", CellKind.YEARLESS, "année"),
    ],
)
def test_date_that_is_not_shown_whole_is_no_answer(
    code: str, kind: CellKind, unseen: str | None
) -> None:
    """Its day may be one that the sheet made up: « juin-27 » is stored as 1 June."""
    _, (chunk,) = read(
        workbook(HEADER + row(number(46402, OWN)), parts={"xl/styles.xml": styles(code)})
    )
    assert chunk.kinds is not None
    assert (chunk.frame.item(), chunk.kinds.item()) == ("2027-01-15", kind)
    answer = chunk.answers(0, FRENCH).item()
    assert (answer == "2027-01-15") is (unseen is None)
    assert unseen is None or (unseen in answer and refused_by_every_answer(answer))


@pytest.mark.parametrize(
    ("built_in", "code", "kind"),
    [(14, None, CellKind.DATE), (15, None, CellKind.DATE), (16, None, CellKind.YEARLESS),
     (17, None, CellKind.MONTH), (20, None, CellKind.MONTH), (22, None, CellKind.DATE),
     (14, "0", CellKind.NUMBER), (17, "dd/mm/yyyy", CellKind.DATE), (14, "mmm-yy", CellKind.MONTH)],
)  # fmt: skip
def test_built_in_formats_may_be_given_another_code(
    built_in: int, code: str | None, kind: CellKind
) -> None:
    assert kind_shown(built_in, code) is kind


def test_elapsed_time_of_a_million_days_is_a_number() -> None:
    assert cells(number("1e9", ELAPSED)) == (("1000000000",), (CellKind.NUMBER,))


@pytest.mark.parametrize("style", ["9999", "x", "-1", "1_0"])
def test_style_that_is_missing_is_refused(style: str) -> None:
    rows = HEADER + f'<row><c s="{style}"><v>1</v></c></row>'
    assert refusal(workbook(rows)) == "sheet_damaged"


# ---------------------------------------------------------------------------------------------
# The table
# ---------------------------------------------------------------------------------------------


def test_blank_rows_and_columns_before_the_table_keep_its_numbers() -> None:
    """Blank rows and columns before, gaps and blank rows within: the rows keep their numbers."""
    source, chunks = read(
        workbook(
            '<row r="1" s="1"/><row r="3"><c r="C3" t="inlineStr"><is><t> start </t></is></c>'
            '<c r="E3" t="inlineStr"><is><t>end</t></is></c><c r="F3" s="1"/></row>'
            '<row r="4"/><row r="5"><c r="C5"><v>1</v></c><c r="F5" s="1"/></row>'
            '<row r="6"><c r="C6" t="inlineStr"><is><t>  </t></is></c></row>'
            '<row r="9"><c r="E9"><v>2</v></c><c r="XFD9" s="1"/></row>'
            '<row r="1048576" s="1"/>'
        )
    )
    assert source.headers == ("start", "", "end")
    assert [chunk.frame.rows() for chunk in chunks] == [[("1", None, None), (None, None, "2")]]
    assert chunks[0].lines.to_list() == [5, 9]
    assert chunks[0].lines.dtype == pl.UInt32
    assert chunks[0].faults is None
    assert source.blank == 4
    assert source.notices == []


def test_row_beyond_the_header_is_a_fault_and_never_shifted() -> None:
    source, chunks = read(
        workbook(
            '<row r="2"><c r="B2" t="inlineStr"><is><t>age</t></is></c></row>'
            '<row r="3"><c r="A3"><v>1</v></c><c r="B3"><v>2</v></c></row>'
            '<row r="4"><c r="B4"><v>3</v></c><c r="C4" t="str"><v>  </v></c></row>'
            '<row r="5"><c r="D5"><v>5</v></c></row>'
        )
    )
    assert chunks[0].frame["0"].to_list() == ["2", "3", None]
    assert chunks[0].faults is not None
    assert [bool(each) for each in chunks[0].faults] == [True, False, True]
    assert "A3" in chunks[0].faults[0]
    assert "D5" in chunks[0].faults[2]
    assert source.blank == 0


def test_line_of_totals_is_no_student() -> None:
    _, chunks = read(workbook(header(2) + row(number(1)) + row("<c/>", text("Total général"))))
    assert chunks[0].faults is not None
    assert chunks[0].faults.to_list() == [None, FRENCH("rows.total")]


def test_only_the_columns_asked_for() -> None:
    source = xlsx_source(workbook(header(3) + row(number(1), number(2), number(3))), None, FRENCH)
    (chunk,) = source.chunks([2])
    assert chunk.frame.to_dict(as_series=False) == {"2": ["3"]}
    assert chunk.kinds is not None
    assert chunk.kinds.to_dict(as_series=False) == {"2": [CellKind.NUMBER]}


def test_header_alone_is_read_and_an_empty_sheet_is_refused() -> None:
    source, chunks = read(workbook(HEADER))
    assert source.headers == ("start",)
    assert chunks == []
    assert refusal(workbook("")) == "sheet_empty"
    assert refusal(workbook(row(text("  ")))) == "sheet_empty"


def test_chunks_follow_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ami_cli.batch.formats.sheets.CHUNK_ROWS", 10)
    source, chunks = read(workbook(HEADER + "".join(row(number(each)) for each in range(25))))
    assert [len(chunk.lines) for chunk in chunks] == [10, 10, 5]
    assert chunks[2].lines.to_list() == [22, 23, 24, 25, 26]
    assert source.blank == 0


@pytest.mark.no_cover
def test_formatted_blank_cells_are_no_table() -> None:
    """16,384 formatted columns, merged cells, a formatted last row."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        grey = book.add_format({"bg_color": "#DDDDDD"})
        sheet.set_column(0, 16_383, 5, grey)
        sheet.write_row(0, 0, ["start", "end"])
        for index in range(5):
            for column in range(16_384):
                sheet.write_blank(index + 1, column, None, grey)
            sheet.write_number(index + 1, 0, index)
        sheet.merge_range(300, 0, 302, 1, "fusion")
        sheet.write_blank(1_048_575, 16_383, None, grey)
    source, chunks = read(file)
    assert source.headers == ("start", "end")
    assert sum(len(chunk.lines) for chunk in chunks) == 6
    assert chunks[-1].lines[-1] == 301


def written_as(value: Any) -> str | None:
    """A value as text, by the rules of the reader."""
    match value:
        case None | "":
            return None
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case dt.date():
            return value.isoformat()
    return str(value)


def test_ordinary_sheets_come_back_as_they_were_written() -> None:
    """By XlsxWriter (texts that cells share) and by openpyxl (texts within the cells)."""
    random = Random(7)
    values: list[list[Any]] = [
        [
            f"Nom {index} é<&>",
            random.randrange(100),
            round(random.random(), 9),
            dt.date(1950, 1, 1) + dt.timedelta(random.randrange(40_000)),
            moment(2027, 1, 15, 10, 30, random.randrange(60)),
            random.choice([True, False]),
            random.choice(["", "oui", None]),
        ]
        for index in range(300)
    ]
    first, second = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(first, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        exact = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
        sheet.write_row(0, 0, list("abcdefg"))
        for place, line in enumerate(values, 1):
            for column, value in enumerate(line):
                look = {3: day, 4: exact}.get(column)
                sheet.write(place, column, value, look)
    other = openpyxl.Workbook()
    other.active.append(list("abcdefg"))
    for line in values:
        other.active.append(line)
    other.save(second)
    for file in (first, second):
        _, chunks = read(file)
        mine = [list(line) for chunk in chunks for line in chunk.frame.rows()]
        assert mine == [[written_as(value) for value in line] for line in values]
        file.seek(0)
        theirs = python_calamine.load_workbook(file).get_sheet_by_index(0).to_python()
        assert mine == [[written_as(value) for value in line] for line in theirs[1:]]


# ---------------------------------------------------------------------------------------------
# Which sheet
# ---------------------------------------------------------------------------------------------


def sheet_of(name: str) -> str:
    return row(text(name))


def three(states: Sequence[str] = ("visible", "visible", "visible"), **more: Any) -> io.BytesIO:
    names = ("Notes", "Étudiants_2026", "Calculs")
    return workbook(sheet_of("a"), sheet_of("b"), sheet_of("c"), states=states, names=names, **more)


def test_first_visible_sheet_is_read_and_said() -> None:
    assert read(workbook(HEADER))[0].notices == []
    source, _ = read(three())
    assert source.headers == ("a",)
    (notice,) = source.notices
    assert notice.code == "sheet_taken"
    assert notice.params["value"] == "Notes"
    assert "Étudiants_2026" in notice.params["others"]
    assert FRENCH("notices.sheet_taken", **notice.params).count("--sheet") == 1
    source, _ = read(three(("hidden", "visible", "veryHidden")))
    assert source.headers == ("b",)
    assert isinstance(source.notices[0], Notice)


@pytest.mark.parametrize(
    ("asked", "taken"),
    [
        ("Notes", "a"),
        ("étudiants 2026", "b"),
        ("ETUDIANTS-2026", "b"),
        ("2", "b"),
        ("1", "a"),
        ("Calculs", "c"),
    ],
)
def test_sheet_that_is_asked_for(asked: str, taken: str) -> None:
    source, _ = read(three(), asked)
    assert source.headers == (taken,)
    assert source.notices == []


def test_sheet_number_counts_the_visible_tabs() -> None:
    states = ("hidden", "visible", "visible")
    assert read(three(states), "1")[0].headers == ("b",)
    assert read(three(states), "notes")[0].headers == ("a",)
    charts = three(kinds=("chartsheet", "worksheet", "worksheet"))
    assert read(charts)[0].headers == ("b",)
    assert read(charts, "2")[0].headers == ("b",)
    assert refusal(charts, "1") == "no_such_sheet"


def test_name_that_is_a_number_is_a_name() -> None:
    file = workbook(sheet_of("a"), sheet_of("b"), names=("2", "1"))
    assert read(file, "1")[0].headers == ("b",)


def test_missing_sheet_is_refused_with_a_suggestion() -> None:
    for asked in ("0", "4", "99999999999999999999", "x", "", "²", "\u0661"):
        assert refusal(three(), asked) == "no_such_sheet"
    assert refusal(three(), "Etudiant 2026") == "near_sheet"
    same = workbook(sheet_of("a"), sheet_of("b"), names=("été", "ete"))
    assert read(same, "été")[0].headers == ("a",)
    assert refusal(same, "ÉTÉ") == "near_sheet"
    assert refusal(three(("hidden", "hidden", "veryHidden"))) == "no_visible_sheet"
    assert refusal(workbook()) == "no_visible_sheet"


def test_names_of_sheets_are_data() -> None:
    long = [f"{index}" + "x" * 80 for index in range(200)]
    file = workbook(*(sheet_of("a") for _ in long), names=["\u202ed", *long[1:]])
    with pytest.raises(Failure) as refused:
        read(file, "nulle part")
    message = describe(refused.value.problems[0], FRENCH)["fix"]
    assert len(message) < 400
    assert "\u202e" not in message


# ---------------------------------------------------------------------------------------------
# Not the file it claims, damage, attacks
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"start;end\n", "not_a_workbook"),
        (b"%PDF-1.7", "not_a_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "not_a_table_old_excel"),
        (b"PK\x03\x04" + b"x" * 300, "sheet_damaged"),
        (b"PK", "sheet_damaged"),
    ],
)
def test_file_that_is_no_workbook_is_refused(content: bytes, code: str) -> None:
    assert refusal(io.BytesIO(content)) == code


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ({"word/document.xml": b"<a/>"}, ".docx"),
        ({"ppt/presentation.xml": b"<a/>"}, ".pptx"),
        ({"xl/workbook.bin": b""}, ".xlsb"),
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, ".ods"),
        ({"mimetype": b"application/vnd.oasis.opendocument.text"}, ".odt"),
        ({"liste.csv": b"start"}, ".zip"),
    ],
)
def test_other_documents_are_told_apart(part: dict[str, bytes], kind: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in part.items():
            packed.writestr(name, content)
    with pytest.raises(UnreadableInput) as refused:
        read(file)
    assert refused.value.problems[0].code == "sheet_other_document"
    assert refused.value.problems[0].params["kind"] == kind


def test_zip_with_a_password_is_refused() -> None:
    file = workbook(HEADER)
    content = bytearray(file.getvalue())
    for at in (match.start() for match in re.finditer(b"PK\x01\x02", bytes(content))):
        content[at + 8] |= 1
    assert refusal(io.BytesIO(content)) == "sheet_password"


def test_damaged_zip_is_refused() -> None:
    whole = workbook(HEADER + "".join(row(number(each)) for each in range(5000))).getvalue()
    assert refusal(io.BytesIO(whole[: len(whole) // 2])) == "sheet_damaged"
    flipped = bytearray(whole)
    flipped[whole.index(b"xl/sheets/1.xml") + 200] ^= 0xFF
    assert refusal(io.BytesIO(flipped)) == "sheet_damaged"


@pytest.mark.parametrize(
    "rows",
    [
        HEADER + '<row r="9"/><row r="2"/>',  # rows that go back
        HEADER + '<row r="1"/>',
        HEADER + '<row r="0"/>',
        HEADER + '<row r="1048577"/>',
        HEADER + '<row r="x"/>',
        HEADER + '<row r="1_0"/>',
        HEADER + '<row r="2"><c r="B2"/><c r="A2"/></row>',  # cells that go back
        HEADER + '<row r="2"><c r="A2"/><c r="A2"/></row>',
        HEADER + '<row r="2"><c r="A3"/></row>',  # the cell of another row
        HEADER + '<row r="2"><c r="XFE2"/></row>',
        HEADER + '<row r="2"><c r="$A$2"/></row>',
        HEADER + '<row><c t="s"><v>9</v></c></row>',  # a text that is not there
        HEADER + '<row><c t="s"><v>-1</v></c></row>',
        HEADER + '<row><c t="s"><v>x</v></c></row>',
        HEADER + "<row><c><v>1</v><v>2</v></c></row>",
        HEADER + '<row><c t="s"><v>0</v></c></row>',
        HEADER + '<row><c t="b"><v>2</v></c></row>',
        HEADER + '<row><c t="b"><v>true</v></c></row>',
        HEADER + '<row><c t="d"><v>2027-01-15 ?</v></c></row>',
        HEADER + '<row><c t="d"><v>2027-01-15T10:00:00+02:00</v></c></row>',
        HEADER + '<row><c t="d"><v>2027-02-30</v></c></row>',
        HEADER + '<row><c t="unheard"><v>1</v></c></row>',
        HEADER + '<row><c t="inlineStr"><v>bcs</v></c></row>',  # a value where its type has none
        HEADER + "<row><c><is><t>bcs</t></is></c></row>",
        HEADER + '<row><c t="inlineStr"><is><t>a</t></is><v>b</v></c></row>',
        HEADER + "<x><c><v>1</v></c></x>",  # elements of others among rows and cells
        HEADER + "<row><x><c><v>1</v></c></x></row>",
        HEADER + "<x><row><c><v>1</v></c></row></x>",
        HEADER + "<row><c><v>1<b/>2</v></c></row>",
        HEADER + "<row><row><c><v>1</v></c></row></row>",
        HEADER + "<c><v>1</v></c>",
        HEADER + "<row><c><v>&undefined;</v></c></row>",
        HEADER + "<row><c><v>1</c></row>",
        "<!-- no sheet -->",
        "<?xml version='1.0'?><other/>",
        "<?xml version='1.0'?><worksheet/>",
        f"<?xml version='1.0'?><worksheet xmlns='{MAIN}'/>",
        f"<?xml version='1.0'?><worksheet><sheetData>{HEADER}</sheetData><sheetData/></worksheet>"
        "trailing",
    ],
)
def test_sheet_that_contradicts_itself_is_refused(rows: str) -> None:
    assert refusal(workbook(rows)) == "sheet_damaged"


def test_missing_parts_are_refused() -> None:
    assert refusal(workbook(HEADER, without=["xl/sheets/1.xml"])) == "sheet_damaged"
    assert refusal(workbook(HEADER, without=["xl/texts.xml"])) == "sheet_damaged"
    assert refusal(workbook(HEADER, without=["[Content_Types].xml"])) == "sheet_damaged"
    assert refusal(workbook(HEADER, without=["xl/_rels/workbook.xml.rels"])) == "sheet_damaged"
    for spare in ("_rels/.rels", "xl/styles.xml"):
        assert read(workbook(HEADER, without=[spare]))[0].headers == ("start",)


def merged(*ranges: str, rows: str) -> io.BytesIO:
    """Make a workbook of one sheet with merged cells."""
    cells = "".join(f'<mergeCell ref="{cells}"/>' for cells in ranges)
    return workbook(
        f"<?xml version='1.0'?><worksheet xmlns='{MAIN}'><sheetData>{rows}</sheetData>"
        f"<mergeCells>{cells}</mergeCells></worksheet>"
    )


def texts_row(*texts: str) -> str:
    return row(*(text(cell) if cell else "<c/>" for cell in texts))


def test_merged_cell_counts_for_each_row_and_column_it_covers() -> None:
    rows = (
        texts_row("pays", "ville", "age", "fin")
        + texts_row("Espagne", "", "20", "x")
        + texts_row("", "Vigo", "21", "x")
        + row()
        + texts_row("Italie", "Rome", "22", "")
        + texts_row("", "", "23", "")
        + texts_row("", "", "", "")
        + texts_row("Total des dossiers", "", "", "4")
        + texts_row("Légende", "", "", "")
    )
    source, (chunk,) = read(merged("A2:A3", "C5:D6", "A8:C8", "A9:D9", rows=rows))
    assert chunk.frame.rows() == [
        ("Espagne", None, "20", "x"),
        ("Espagne", "Vigo", "21", "x"),
        ("Italie", "Rome", "22", "22"),
        (None, None, "23", "22"),
        ("Total des dossiers", None, None, "4"),
        ("Légende", None, None, None),
    ]
    assert chunk.faults is not None
    # The cell under the merged one says 23, which a person does not see.
    assert "C6" in (chunk.faults[3] or "")
    assert source.notices[-1] == Notice("merged_cells", {"cells": 2})


def header_at(line: int) -> HeaderFinder:
    """Make a finder that takes a row of the first sheet that has any."""

    def find(heads: Iterator[Head]) -> tuple[int, int]:
        next(heads)
        return 0, line

    return find


def test_merged_cells_of_a_header() -> None:
    rows = (
        texts_row("Suivi 2026", "", "", "", "")
        + texts_row("nom", "séjour", "", "âge", "")
        + texts_row("", "début", "fin", "(ans)", "")
        + texts_row("Ana", "a", "b", "21", "")
        + texts_row("Léo", "c", "d", "22", "23")
    )
    file = merged("A1:E1", "A2:A3", "B2:C2", "D2:E2", rows=rows)
    source = xlsx_source(file, None, FRENCH, header_at(2))
    assert source.headers == ("nom", "début", "fin", "(ans)")
    (chunk,) = source.chunks(range(4))
    assert chunk.lines.to_list() == [4, 5]
    assert chunk.faults is not None
    assert "E5" in chunk.faults.to_list()[1]


def test_value_under_a_title_over_several_columns_is_no_answer() -> None:
    rows = texts_row("âge", "", "fin") + texts_row("21", "", "x") + texts_row("", "22", "x")
    source, (chunk,) = read(merged("A1:B1", "A2:B2", rows=rows))
    assert source.headers == ("âge", "", "fin")
    assert chunk.frame.row(0) == ("21", "21", "x")
    assert chunk.faults is not None
    assert chunk.faults[0] is None
    assert "B3" in (chunk.faults[1] or "")


@pytest.mark.parametrize(
    "ranges", [["A2:B"], ["a2:b2"], ["2:3"], [""], ["A0:A2"], ["A2:XFD2", "A2:XFD3"]]
)
def test_merged_cells_that_cannot_be_are_refused(ranges: list[str]) -> None:
    rows = texts_row("pays", "âge") + texts_row("Italie", "21")
    assert refusal(merged(*ranges, rows=rows)) == "sheet_damaged"


def test_hidden_rows_are_read_and_counted() -> None:
    hidden = '<row hidden="1"><c><v>21</v></c></row><row hidden="true"><c/></row>'
    source, (chunk,) = read(workbook(HEADER + hidden + row(number(22))))
    assert chunk.frame.rows() == [("21",), ("22",)]
    assert source.notices == [Notice("hidden_rows", {"rows": 1})]


def test_headers_are_no_longer_than_a_person_writes() -> None:
    assert read(workbook(row(text("é" * 2_000))))[0].headers == ("é" * 2_000,)
    assert refusal(workbook(row(text("é" * 2_001)))) == "sheet_cell_too_long"


def test_elements_of_other_namespaces_are_ignored() -> None:
    rows = (
        f"<?xml version='1.0' encoding='UTF-16'?><x:worksheet xmlns:x='{MAIN}' xmlns:y='v'>"
        "<x:sheetPr><x:tabColor/></x:sheetPr><x:sheetData>"
        "<x:row><x:c t='inlineStr'><x:is><x:t>start</x:t></x:is></x:c></x:row>"
        "<x:row><x:c y:t='s'><x:f y:v='1'>1+2</x:f><x:v>3</x:v><y:ext><y:v>4</y:v></y:ext></x:c>"
        "</x:row></x:sheetData><y:ext><y:row><y:c/></y:row></y:ext></x:worksheet>"
    )
    file = workbook("", parts={"xl/sheets/1.xml": rows.encode("utf-16")})
    _, chunks = read(file)
    assert [chunk.frame.rows() for chunk in chunks] == [[("3",)]]


def test_strict_open_xml_is_read() -> None:
    file = io.BytesIO()
    table = row(text("start")) + row(number(46402, DAY)) + row('<c t="s"><v>0</v></c>')
    plain = workbook(table, texts="<si><t>oui</t></si>", properties='<workbookPr date1904="0"/>')
    with zipfile.ZipFile(plain) as packed, zipfile.ZipFile(file, "w") as strict:
        for name in packed.namelist():
            part = packed.read(name).decode()
            part = part.replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main")
            part = part.replace(
                RELATIONS, "http://purl.oclc.org/ooxml/officeDocument/relationships"
            )
            strict.writestr(name, part)
    _, (chunk,) = read(file)
    assert chunk.frame.rows() == [("2027-01-15",), ("oui",)]


@pytest.mark.parametrize("change", [str.upper, lambda name: name.replace("/", "\\")])
def test_names_of_parts_are_compared_without_case(change: Callable[[str], str]) -> None:
    file = io.BytesIO()
    plain = workbook(HEADER + row('<c t="s"><v>0</v></c>'), texts="<si><t>oui</t></si>")
    with zipfile.ZipFile(plain) as packed, zipfile.ZipFile(file, "w") as changed:
        for name in packed.namelist():
            part = packed.read(name).replace(b'"/xl/styles.xml"', b'"\\xl\\styles.xml"')
            changed.writestr(change(name), part)
    _, (chunk,) = read(file)
    assert chunk.frame.rows() == [("oui",)]


def test_elements_below_the_table_are_ignored() -> None:
    """Rules, links and extensions of a sheet: openpyxl would warn of them, or stop there."""
    below = (
        f"<?xml version='1.0'?><worksheet xmlns='{MAIN}'><sheetData>{HEADER}{row(number(3))}"
        "</sheetData><sheetProtection x='?'/><conditionalFormatting><cfRule type='?'/>"
        "</conditionalFormatting><dataValidations><dataValidation type='?'/></dataValidations>"
        "<extLst><ext uri='{x}'/></extLst></worksheet>"
    )
    assert read(workbook(below))[1][0].frame.rows() == [("3",)]


def test_parts_beside_the_table_are_not_opened() -> None:
    parts = dict.fromkeys(
        ("docProps/core.xml", "docProps/custom.xml", "xl/theme/theme1.xml"), "<!DOCTYPE x><x/>"
    )
    titles = '<definedName name="_xlnm.Print_Titles" localSheetId="9">?</definedName>'
    file = workbook(HEADER, parts=parts, below=f"<definedNames>{titles}</definedNames>")
    assert read(file)[0].headers == ("start",)


def test_unsafe_or_ambiguous_names_in_the_zip_are_refused() -> None:
    for name in ("../x", "xl/../../x", "/etc/x", "C:/x", "..\\x"):
        assert refusal(workbook(HEADER, parts={name: b""})) == "sheet_unsafe_names"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("xl/workbook.xml", "")
        with pytest.warns(UserWarning, match="Duplicate"):
            packed.writestr("xl/workbook.xml", "")
    assert refusal(file) == "sheet_damaged"
    assert refusal(workbook(HEADER, parts={"XL/Workbook.xml": ""})) == "sheet_damaged"


def test_macros_and_links_are_ignored() -> None:
    link = (
        f'<Relationships xmlns="{PACKAGE}"><Relationship Id="l" Type="{RELATIONS}/externalLinkPath"'
    )
    source, _ = read(
        workbook(
            HEADER,
            parts={
                "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0",
                "xl/externalLinks/externalLink1.xml": "<!DOCTYPE x><x/>",
                "xl/externalLinks/_rels/externalLink1.xml.rels": link
                + ' Target="file:///etc/passwd" TargetMode="External"/></Relationships>',
            },
        )
    )
    assert source.headers == ("start",)


ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
)


@pytest.mark.parametrize("doctype", ENTITIES)
@pytest.mark.parametrize(
    "part",
    [
        "xl/sheets/1.xml",
        "xl/texts.xml",
        "xl/styles.xml",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "[Content_Types].xml",
    ],
)
def test_entities_are_refused_in_every_part(doctype: str, part: str) -> None:
    root = re.search(r"<\w+", zipfile.ZipFile(workbook(HEADER)).read(part).decode())
    assert root is not None
    file = workbook(HEADER, parts={part: f"{doctype}{root[0]}>&a;{root[0].replace('<', '</')}>"})
    assert refusal(file) == "sheet_entities"


@pytest.mark.process
@pytest.mark.parametrize("name", HEAVIEST)
def test_hostile_file_is_answered_in_400_megabytes(name: str, tmp_path: Path) -> None:
    """All of them are measured by `tools.benchmarks.hostile`, with their time."""
    make, expected = hostile()[name]
    path = tmp_path / "hostile.xlsx"
    path.write_bytes(make().getvalue())
    assert path.stat().st_size < 2_000_000
    end, _, megabytes = measured(MEASURED, path)
    assert end in expected
    assert int(megabytes) < 400


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch) -> int:
    """By what files and limits are divided: 10, or 1 with AMI_FULL."""
    if "AMI_FULL" in os.environ:
        return 1
    whole = Package.__init__

    def divided(package: Package, file: BinaryIO) -> None:
        whole(package, file)
        package._most_tags //= 10
        package.most_cells //= 10
        package.count_tags_anew()

    monkeypatch.setattr(Package, "__init__", divided)
    return 10


@pytest.mark.no_cover
@pytest.mark.parametrize("name", [name for name in hostile() if name not in HEAVIEST])
def test_hostile_file_is_answered(name: str, part: int) -> None:
    make, expected = hostile(part)[name]
    try:
        for _ in xlsx_source(file := make(), None, FRENCH).chunks([0]):
            pass
        end = "read"
    except UnreadableInput as refused:
        end = refused.problems[0].code
    assert end in expected
    assert len(file.getvalue()) < 2_000_000


def test_zip_that_lies_about_its_sizes_is_damaged() -> None:
    content = bytearray(workbook(HEADER + row(number(1)) * 1_000).getvalue())
    at = content.rindex(b"xl/sheets/1.xml") - 46
    content[at + 24 : at + 28] = (500).to_bytes(4, "little")
    assert refusal(io.BytesIO(content)) == "sheet_damaged"


# ---------------------------------------------------------------------------------------------
# A sheet of verdicts
# ---------------------------------------------------------------------------------------------

VERDICTS = ("eligible", "ineligible", "undetermined", "invalid")


def results_of(height: int, results: Mapping[str, Any] = RESULTS) -> pl.DataFrame:
    values: dict[str, list[Any]] = {name: [None] * height for name in results}
    values["ami_verdict"] = [VERDICTS[index % 4] for index in range(height)]
    values["ami_months"] = [5] * height
    values["ami_total_max"] = [2400] * height
    values["ami_start_by"] = [dt.date(2026, 7, 15)] * height
    values["ami_provisional"] = [index % 2 == 0 for index in range(height)]
    values["ami_errors"] = ["=1+1 | <b>"] * height
    values["ami_missing"] = ["establishment;disability"] * height
    if "ami_why" in results:
        values["ami_why"] = ["Bourse : ni bourse ni allocation ; il faut l’une des deux"] * height
        values["ami_to_do"] = ["Demander une bourse (dossier social étudiant). " * 5] * height
    return pl.DataFrame(values, schema=dict(results))


def written(
    headers: Sequence[str],
    chunks: Iterable[Chunk],
    columns: Sequence[int] | None = None,
    typed: Mapping[int, pl.Series] | None = None,
    **layout: Any,
) -> io.BytesIO:
    """Write a workbook, its columns of the input in front unless `identity` says otherwise."""
    file = io.BytesIO()
    kept = range(len(headers)) if columns is None else columns
    layout = {"identity": len(kept), **layout}
    results = layout.get("results", RESULTS)
    with (
        tempfile.TemporaryDirectory() as folder,
        XlsxSink(file, Output("xlsx", headers, kept, **layout), folder) as sink,
    ):
        for chunk in chunks:
            sink.write(chunk, results_of(len(chunk.lines), results), typed or {})
        sink.close()
        assert list(Path(folder).iterdir()) == []
    assert sink.disarmed == 0
    return file


def chunk_of(*rows: Sequence[str | None], kind: CellKind | None = None) -> Chunk:
    frame = pl.DataFrame(
        {
            str(index): pl.Series([each[index] for each in rows], dtype=pl.String)
            for index in range(len(rows[0]))
        }
    )
    lines = pl.Series(range(2, len(rows) + 2), dtype=pl.UInt32)
    return Chunk(frame, lines, kinds=None if kind is None else frame.select(kinds_of(kind)))


def kinds_of(kind: CellKind) -> pl.Expr:
    return pl.all().is_null().replace_strict({True: 0, False: kind}, return_dtype=pl.UInt8)


def sheet(file: io.BytesIO) -> Any:
    file.seek(0)
    return openpyxl.load_workbook(file).active


def test_workbook_values_are_written_unchanged() -> None:
    source, chunks = read(
        workbook(
            header(9)
            + row(
                text("=1+1"),
                number(21),
                number("0.1"),
                number(46402, DAY),
                number("46402.5", MOMENT),
                '<c t="b"><v>1</v></c>',
                text("  x\n&lt;r>&amp;&lt;/r> "),
                number("0.25", TIME),
                number("1.5", ELAPSED),
            )
            + row(number(1), text("oui"), "<c/>", number(60, DAY), '<c t="e"><v>#N/A</v></c>')
        )
    )
    active = sheet(written(source.headers, chunks))
    values = [[cell.value for cell in line] for line in active.iter_rows(max_col=9)]
    assert values[0] == [f"h{index}" for index in range(9)]
    assert values[1] == [
        "=1+1",
        21,
        0.1,
        moment(2027, 1, 15),
        moment(2027, 1, 15, 12),
        True,
        "  x\n<r>&</r> ",
        dt.time(6),
        dt.timedelta(days=1.5),
    ]
    assert active["A2"].data_type == "s"
    assert active["D2"].number_format == "dd/mm/yyyy"
    assert values[2][:2] == [1, "oui"]
    assert values[2][2] is None
    assert values[2][4] == "#N/A"
    assert values[2][3] == "(jour impossible\u00a0: 60)"
    assert zipfile.ZipFile(written(source.headers, chunks)).testzip() is None


def test_results_are_typed_and_the_verdict_is_coloured() -> None:
    file = written(("nom",), [chunk_of(*[(f"n{index}",) for index in range(4)])])
    active = sheet(file)
    names = [cell.value for cell in active[1]]
    assert names[:2] == ["nom", "ami_verdict"]
    assert sorted(names[1:]) == sorted(RESULTS)
    verdicts = [active.cell(line, 2) for line in range(2, 6)]
    assert tuple(cell.value for cell in verdicts) == VERDICTS
    assert len({cell.fill.fgColor.rgb for cell in verdicts}) == 4
    for cell in verdicts:
        assert contrast(cell.fill.fgColor.rgb, cell.font.color.rgb) > 7
    assert active.cell(2, names.index("ami_months") + 1).value == 5
    start_by = active.cell(2, names.index("ami_start_by") + 1)
    assert start_by.value == moment(2026, 7, 15)
    assert start_by.number_format == "dd/mm/yyyy"
    assert active.cell(2, names.index("ami_provisional") + 1).value is True
    assert active.cell(2, names.index("ami_errors") + 1).value == "=1+1 | <b>"
    assert active.cell(2, names.index("ami_failed") + 1).value is None
    assert active.freeze_panes == "B2"
    assert active.auto_filter.ref == "A1:R5"
    total = active.cell(2, names.index("ami_total_max") + 1)
    assert (total.value, total.number_format) == (2400, '#,##0\u00a0"€"')
    assert all(cell.font.b for cell in active[1])
    assert {name: round(each.width) for name, each in active.column_dimensions.items()}["A"] >= 9
    book = zipfile.ZipFile(file).read("xl/workbook.xml").decode()
    assert "$A$1:$R$5" in book


@pytest.mark.parametrize(
    ("results", "printed"),
    [
        (
            RESULTS,
            "verdict failed to_check missing assumed months months_max total total_max start_by",
        ),
        ({**RESULTS, **SENTENCES}, "verdict why to_do total total_max"),
    ],
)
def test_sheet_opens_and_prints_with_the_verdict_beside_the_identity(
    results: Mapping[str, Any], printed: str
) -> None:
    headers, rows = ("N°", "Nom", "Début", "Ville", "Pays"), [("1", "Zoé", "x", "y", "z")] * 3
    layout: dict[str, Any] = {"identity": 2, "results": results}
    active = sheet(written(headers, [chunk_of(*rows)], **layout))
    pane = active.sheet_view.pane
    assert (pane.xSplit, pane.ySplit, pane.topLeftCell) == (2, 1, "C2")
    names = [cell.value for cell in active[1]]
    expected = ["N°", "Nom", *(f"ami_{name}" for name in f"{printed} errors".split())]
    assert names[: len(expected)] == expected
    assert names[-3:] == ["Début", "Ville", "Pays"]
    assert sorted(names[2:-3]) == sorted(results)
    assert active.print_title_cols == "$A:$B"
    last = get_column_letter(len(expected))
    assert active.print_area == f"'AMI'!$A$1:${last}$4"


@pytest.mark.parametrize(
    ("columns", "hidden"),
    [
        ('<cols><col min="2" max="2" hidden="1"/></cols>', {"B"}),
        ('<cols><col min="1" max="3" hidden="true"/><col min="4" max="99999"/></cols>', set("ABC")),
        ('<cols><col min="2" max="9999999999999" hidden="1"/></cols>', {"B", "C"}),
        ('<cols><col min="3" max="1" hidden="1"/><col min="x" max="2" hidden="1"/></cols>', set()),
        ('<cols><col min="2" max="2" hidden="0"/></cols>', set()),
    ],
)
def test_hidden_columns_stay_hidden(columns: str, hidden: set[str]) -> None:
    file = workbook(header(3) + row(text("a"), text("b"), text("c")), above=columns)
    source, chunks = read(file)
    shown = sheet(written(source.headers, chunks, hidden=source.hidden)).column_dimensions
    places = {
        rank
        for column in shown.values()  # openpyxl joins columns that look the same
        if column.hidden
        for rank in range(column.min, column.max + 1)
    }
    assert places == {"ABC".index(name) + 1 for name in hidden}


@pytest.mark.parametrize("results", [RESULTS, {**RESULTS, **SENTENCES}])
@pytest.mark.parametrize("name", ["Zoé", "Marie-Hélène " * 6, "W" * 200])
def test_what_is_printed_fits_on_the_paper_and_into_its_rows(
    results: Mapping[str, Any], name: str
) -> None:
    headers, rows = ("N°", "Nom", "Prénom", "Code " * 9, "x"), [(name,) * 5] * 2
    book = written(headers, [chunk_of(*rows)], identity=4, results=results)
    active = sheet(book)
    last = active[active.print_area.split("$")[-2] + "1"].column
    widths = [
        active.column_dimensions[group].width - 0.71
        for rank in range(1, last + 1)
        for group, column in active.column_dimensions.items()
        if column.min <= rank <= column.max
    ]
    assert len(widths) == last
    assert printed_width(widths) <= PRINTED_WIDTH + last / 14  # widths are rounded to pixels
    for line in range(1, 4):
        texts = [str(cell.value or "") for cell in active[line][:last] if not cell.is_date]
        lines = max(
            line_count(text, width)
            for text, width, cell in zip(texts, widths, active[line], strict=False)
            if cell.alignment.wrap_text
        )
        assert (active.row_dimensions[line].height or 12.75) >= 12 * min(
            lines, 8 if line == 1 else 32
        )


def test_dates_are_shown_as_in_the_language() -> None:
    moments = [("2027-01-15T12:00:00",)]
    for lang, shown in (("fr", "dd/mm/yyyy"), ("en", "yyyy-mm-dd")):
        active = sheet(written(("d",), [chunk_of(*moments, kind=CellKind.DATETIME)], lang=lang))
        assert active["A2"].number_format == f"{shown} hh:mm:ss"
        names = [cell.value for cell in active[1]]
        assert active.cell(2, names.index("ami_start_by") + 1).number_format == shown


def contrast(background: str, ink: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (2, 4, 6)]
        linear = [
            part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((light(background), light(ink)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_dates_and_numbers_of_other_formats_are_typed_and_words_stay() -> None:
    chunk = chunk_of(
        ("Zoé", "15/01/2027", "21", "oui", "boursier"),
        ("Léo", "bientôt", "?", None, "aucune"),
        (None, "01/02/1900", "03", "0", None),
    )
    typed = {
        1: pl.Series([dt.date(2027, 1, 15), None, dt.date(1900, 2, 1)], dtype=pl.Date),
        2: pl.Series([21, None, 3], dtype=pl.Int32),
        3: pl.Series([True, None, False], dtype=pl.Boolean),
        4: pl.Series(["bcs", "none", None], dtype=pl.String),
    }
    active = sheet(written(tuple("abcde"), [chunk], typed=typed))
    values = [[cell.value for cell in line] for line in active.iter_rows(min_row=2, max_col=5)]
    assert values == [
        ["Zoé", moment(2027, 1, 15), 21, "oui", "boursier"],
        ["Léo", "bientôt", "?", None, "aucune"],
        [None, "1900-02-01", 3, "0", None],
    ]


def test_only_some_columns_of_a_sheet() -> None:
    source, chunks = read(workbook(header(3) + row(number(1), number(46402, DAY), text("z"))))
    active = sheet(written(source.headers, chunks, columns=[2, 1]))
    assert [cell.value for cell in active[1]][:3] == ["h2", "h1", "ami_verdict"]
    assert [cell.value for cell in active[2]][:2] == ["z", moment(2027, 1, 15)]


NASTY = (
    "=HYPERLINK(\"http://x\")",
    "+1", "-1", "@x", "\t=1", "http://example.org", "007", "1e5", "true",
    "<r><t>x</t></r>", "<r>", "</r>", "]]>", "&amp;", "<!--", '"\'',
    "a\x00b\x01\x1f\x7f\x85", "a\rb\r\nc\nd\te", "_x000D_", "_x005F_x000D_", "_x_x0041_",
    "_x0041_x0042_", "_x000D__x000D_", "<r>\n_x0041_</r>", "<r> </r>", "<r></r>",
    "\ufffe\uffff\ufeff", "\u202eabc", "😀" * 10, " a ", "\u00a0", "a  b", "é" * 1000,
)  # fmt: skip


def test_hostile_texts_are_written_unchanged() -> None:
    chunk = chunk_of(*[(each,) for each in NASTY])
    for given in (chunk, chunk_of(*[(each,) for each in NASTY], kind=CellKind.TEXT)):
        file = written(("x",), [given])
        _, chunks = read(file)
        back = [text for each in chunks for text in each.frame["0"]]
        assert back == list(NASTY)
        active = sheet(file)
        assert {active.cell(line, 1).data_type for line in range(2, len(NASTY) + 2)} == {"s"}
        assert active._hyperlinks == []


def test_control_character_in_what_reads_like_markup_is_replaced() -> None:
    """XlsxWriter would escape it twice; the rest of the text stays."""
    _, chunks = read(written(("x",), [chunk_of(("<r>\x00_x0041_</r>",))]))
    assert chunks[0].frame["0"].to_list() == ["<r>\ufffd_x0041_</r>"]


def test_every_digit_of_a_number_comes_back() -> None:
    numbers = [0.1 + 0.2, 1 / 3, 1e300, -1.5e-7, 2.0**53, 123456789.123456789, 0.1, 21.0]
    chunk = chunk_of(*[(repr(each),) for each in numbers], kind=CellKind.NUMBER)
    active = sheet(written(("x",), [chunk]))
    assert [active.cell(line, 1).value for line in range(2, len(numbers) + 2)] == numbers


def test_hostile_headers_are_written_unchanged() -> None:
    headers = ("<r>x</r>", "=1", "a\x00", "half \ud83d", "_x0041_")
    active = sheet(written(headers, []))
    file = written(headers, [])
    assert read(file)[0].headers[:5] == ("<r>x</r>", "=1", "a\x00", "half \\ud83d", "_x0041_")
    assert active.auto_filter.ref == "A1:V1"
    assert active.max_row == 1


def test_texts_and_columns_above_the_limits_are_refused() -> None:
    fits = "x" * 32_767
    assert sheet(written(("a",), [chunk_of((fits,))])).cell(2, 1).value == fits
    for too_long in (fits + "x", "😀" * 16_384):
        with pytest.raises(UnreadableInput) as refused:
            written(("a",), [chunk_of(("ok",), (too_long,))])
        assert refused.value.problems[0].code == "too_long_for_a_sheet"
        assert refused.value.problems[0].params["row"] == 3
        assert "« a »" in describe(refused.value.problems[0], FRENCH)["message"].replace(
            "\u00a0", " "
        )
    with pytest.raises(UnreadableInput) as refused:
        written((fits + "x",), [])
    assert refused.value.problems[0].code == "too_long_for_a_sheet"
    with pytest.raises(UnreadableInput) as refused:
        written(("a",) * 16_368, [])
    assert refused.value.problems[0].code == "too_many_columns_for_a_sheet"
    widest = written(("a",) * 16_367, [], identity=1)
    assert read(widest)[0].headers[1] == "ami_verdict"


def test_too_many_rows_for_a_sheet_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ami_cli.batch.formats.xlsx_write.MOST_ROWS", 5)
    written(("a",), [chunk_of(*[("x",)] * 4)])
    with pytest.raises(UnreadableInput) as refused:
        written(("a",), [chunk_of(*[("x",)] * 3), chunk_of(*[("x",)] * 2)])
    assert refused.value.problems[0].code == "too_many_rows_for_a_sheet"
    assert describe(refused.value.problems[0], FRENCH)["message"]


def test_output_too_large_for_a_zip_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zipfile.ZIP64_LIMIT", 100_000)
    with pytest.raises(UnreadableInput) as refused:
        written(("a",), [chunk_of(*[("x",)] * 3_000)])
    assert refused.value.problems[0].code == "too_large_for_a_sheet"


def test_same_verdicts_make_the_same_file() -> None:
    chunk = chunk_of(("Zoé",), ("Léo",))
    first = written(("nom",), [chunk]).getvalue()
    assert first == written(("nom",), [chunk]).getvalue()


def test_sink_writes_nothing_after_its_block(tmp_path: Path) -> None:
    """A refused run drops its sink: no word on stderr, nothing written after the fact."""
    path = tmp_path / "out.part"
    with (
        path.open("wb") as file,
        tempfile.TemporaryDirectory(dir=tmp_path) as folder,
        XlsxSink(file, Output("xlsx", ("a",), (0,)), folder) as sink,
    ):
        sink.write(chunk_of(("x",)), results_of(1), {})
    size = path.stat().st_size
    del sink
    gc.collect()
    assert path.stat().st_size == size
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("room", [0, 40, 2_000, 5_000])
@pytest.mark.parametrize("error", [OSError(28, "full"), KeyboardInterrupt()])
def test_full_disk_and_interrupt_are_raised_unchanged(
    room: int, error: BaseException, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = FullDisk(room, error)
    with file, XlsxSink(file, Output("xlsx", ("a",), (0,)), str(tmp_path)) as sink:
        sink.write(chunk_of(("x",)), results_of(1), {})
        with pytest.raises(type(error)) as raised:
            sink.close()
        assert raised.value is error
    del sink, raised
    gc.collect()
    assert capfd.readouterr().err == ""


def test_too_large_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ami_cli.batch.formats.xlsx_package._LARGEST_FILE", 100)
    assert refusal(workbook(HEADER)) == "sheet_too_large"


@pytest.mark.parametrize("number", [*range(27, 37), *range(50, 59)])
def test_built_in_format_of_other_countries_is_no_date(number: int) -> None:
    assert kind_shown(number, None) is CellKind.NUMBER


def test_header_may_stand_below_other_rows_and_in_another_sheet() -> None:
    def find(heads: Iterator[Head]) -> tuple[int, int]:
        first, second = heads
        assert (first.sheet, second.sheet) == ("Notes", "Liste")
        assert second.rows == [(2, ("", "titre")), (4, ("", "age", "fin")), (5, ("", "21", "x"))]
        return 1, 4

    table = (
        '<row r="2"><c r="B2" t="inlineStr"><is><t>titre</t></is></c></row>'
        f'<row r="4"><c r="A4"/>{text("age")}{text("fin")}</row>'
        f"{row('<c/>', number(21), text('x'))}"
    )
    file = workbook("", sheet_of("note"), table, names=("Vide", "Notes", "Liste"))
    source = xlsx_source(file, None, FRENCH, find)
    assert (source.headers, source.first_column) == (("age", "fin"), 1)
    assert source.notices[0].params["value"] == "Liste"
    (chunk,) = source.chunks(range(2))
    assert (chunk.frame.rows(), chunk.lines.to_list()) == ([("21", "x")], [5])
    with pytest.raises(UnreadableInput, match="no_header_row"):
        xlsx_source(file, None, FRENCH, header_at(3))
