"""XLSX: cells as text, hostile files refused within bounds, and a sheet of verdicts read back."""

import datetime as dt
import gc
import io
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import polars as pl
import pytest
import python_calamine
import xlsxwriter

from ami_cli import answers
from ami_cli.answers import FIELDS, InvalidAnswers
from ami_cli.batch.sheet_cells import Look, column_index, column_name, look_of
from ami_cli.batch.sheets import SheetSink, SheetSource
from ami_cli.batch.tables import RESULTS, Chunk, Notice, Refused
from ami_cli.words import words_of
from ami_cli.words.problems import spoken

FRENCH = words_of("fr")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="[h]:mm"/>'
    '<numFmt numFmtId="165" formatCode="0&quot; jours&quot;"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>'
    + "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 22, 21, 164, 165))
    + "</cellXfs></styleSheet>"
)
DAY, MOMENT, TIME, ELAPSED, COUNTED = 1, 2, 3, 4, 5
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>start</t></is></c></row>'


def workbook(
    *sheets: str,
    states: Sequence[str] = (),
    names: Sequence[str] = (),
    kinds: Sequence[str] = (),
    properties: str = "",
    texts: str = "",
    parts: Mapping[str, str | bytes] | None = None,
    without: Iterable[str] = (),
) -> io.BytesIO:
    """An XLSX made by hand, with what a spreadsheet program would never write."""
    listed = related = ""
    content: dict[str, str | bytes] = {}
    for number, rows in enumerate(sheets, 1):
        name = names[number - 1] if names else f"Feuille {number}"
        state = f' state="{states[number - 1]}"' if states else ""
        kind = kinds[number - 1] if kinds else "worksheet"
        listed += f'<sheet name="{name}" sheetId="{number}"{state} r:id="s{number}"/>'
        related += (
            f'<Relationship Id="s{number}" Type="{RELATIONS}/{kind}" Target="sheets/{number}.xml"/>'
        )
        content[f"xl/sheets/{number}.xml"] = (
            rows
            if rows.startswith(("<!", "<?"))
            else f'<worksheet xmlns="{MAIN}"><dimension ref="A1"/><sheetData>{rows}</sheetData>'
            "</worksheet>"
        )
    related += f'<Relationship Id="y" Type="{RELATIONS}/styles" Target="/xl/styles.xml"/>'
    related += f'<Relationship Id="t" Type="{RELATIONS}/sharedStrings" Target="texts.xml"/>'
    content |= {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="w" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{properties}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{related}</Relationships>',
        "xl/styles.xml": STYLES,
        "xl/texts.xml": f'<sst xmlns="{MAIN}">{texts}</sst>',
        **(parts or {}),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in content.items():
            if name not in without:
                packed.writestr(name, part)
    return file


def moment(*parts: int) -> dt.datetime:
    """A moment of a sheet, which knows no time zone."""
    return dt.datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def number(value: object, style: int = 0) -> str:
    return f'<c s="{style}"><v>{value}</v></c>'


def text(value: str) -> str:
    return f'<c t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'


def row(*cells: str) -> str:
    return f"<row>{''.join(cells)}</row>"


def header(width: int) -> str:
    return row(*(text(f"h{index}") for index in range(width)))


def read(file: io.BytesIO, sheet: str | None = None) -> tuple[SheetSource, list[Chunk]]:
    source = SheetSource(file, sheet, FRENCH)
    return source, list(source.chunks(range(len(source.headers))))


def cells(*row_cells: str, **more: Any) -> tuple[tuple[str | None, ...], tuple[Any, ...]]:
    """What a single row gives: its texts and its values."""
    _, chunks = read(workbook(header(len(row_cells)) + row(*row_cells), **more))
    return chunks[0].frame.row(0), chunks[0].kept[0]


def refusal(file: io.BytesIO, sheet: str | None = None) -> str:
    """The code of the refusal, which has its words in both languages."""
    with pytest.raises(Refused) as refused:
        read(file, sheet)
    for lang in ("fr", "en"):
        assert spoken(refused.value.problem, words_of(lang))["message"]
    return refused.value.problem.code


def refused_by_every_answer(said: str | None) -> bool:
    for field in FIELDS:
        with pytest.raises(InvalidAnswers):
            answers.read(field.name, said or "")
    return True


# ---------------------------------------------------------------------------------------------
# Cells
# ---------------------------------------------------------------------------------------------


def test_numbers_are_texts_that_a_whole_number_is_read_from() -> None:
    said, kept = cells(*(number(each) for each in ("21", "21.0", "2.5", "1e1", "-0", "1E-7")))
    assert said == ("21", "21", "2.5", "10", "0", "1e-07")
    assert kept == (21.0, 21.0, 2.5, 10.0, 0.0, 1e-07)


def test_what_is_no_number_stays_the_text_it_is() -> None:
    odd = ("1e400", "1_0", "NaN", "inf", "\u0662\u0661", "0x10", "1" * 500)
    said, kept = cells(*(number(each) for each in odd))
    assert said == odd
    assert kept == odd


def test_dates_times_and_durations() -> None:
    said, kept = cells(
        number(46402, DAY),
        number(46402, MOMENT),
        number("46402.5", MOMENT),
        number("46402.999999999", MOMENT),
        number("0.25", TIME),
        number("1.25", ELAPSED),
        number(3, COUNTED),
        '<c t="d"><v>2027-01-15</v></c>',
    )
    assert said == (
        "2027-01-15",
        "2027-01-15",
        "2027-01-15T12:00:00",
        "2027-01-16",
        "06:00:00",
        "1 day, 6:00:00",
        "3",
        "2027-01-15",
    )
    assert kept[2] == moment(2027, 1, 15, 12)
    assert answers.read("start", said[0] or "") == dt.date(2027, 1, 15)
    assert all(refused_by_every_answer(each) for each in (said[2], said[4], said[5]))


@pytest.mark.parametrize("serial", ["0", "1", "59", "60", "60.9", "-1", "2958466", "1e30"])
def test_a_day_that_does_not_exist_is_never_another_day(serial: str) -> None:
    said, kept = cells(number(serial, DAY))
    assert said[0] is not None
    assert "impossible" in said[0]
    assert refused_by_every_answer(said[0])
    assert kept[0] == float(serial)


def test_days_from_the_first_certain_one() -> None:
    said, _ = cells(number(61, DAY), number(2958465, DAY))
    assert said == ("1900-03-01", "9999-12-31")


@pytest.mark.parametrize("flag", ["1", "true"])
def test_dates_counted_from_1904(flag: str) -> None:
    said, kept = cells(
        number(44940, DAY),
        number(60, DAY),
        number(0, DAY),
        number(2_957_100, DAY),
        properties=f'<workbookPr date1904="{flag}"/>',
    )
    assert said[:3] == ("2027-01-15", "1904-03-01", "1904-01-01")
    assert "impossible" in (said[3] or "")
    assert kept[0] == dt.date(2027, 1, 15)


def test_booleans_and_texts() -> None:
    said, kept = cells(
        '<c t="b"><v>1</v></c>',
        '<c t="b"><v>0</v></c>',
        text("  oui "),
        text("   "),
        '<c t="s"><v>0</v></c>',
        '<c t="inlineStr"><is><r><t>a</t></r><r><t> b</t></r><rPh><t>z</t></rPh></is></c>',
        '<c t="str"><v>a_x000D_b_x005F_x0041__xD800_</v></c>',
        '<c t="str"><v>a<![CDATA[<&]]>b</v></c>',
        "<c/>",
        texts="<si><r><t>x</t></r><rPh><t>z</t></rPh><r><t>y</t></r></si>",
    )
    assert said == (
        "true", "false", "  oui ", None, "xy", "a b", "a\rb_x0041__xD800_", "a<&b", None,
    )  # fmt: skip
    assert kept == (
        True, False, "  oui ", "   ", "xy", "a b", "a\rb_x0041__xD800_", "a<&b", None,
    )  # fmt: skip


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#SPILL!", "#VALEUR!", "bcs", ""])
def test_an_error_is_no_answer(error: str) -> None:
    said, _ = cells(f'<c t="e"><v>{error}</v></c>', f'<c t="e"><f>A1</f><v>{error}</v></c>')
    assert said[0] == said[1] == (error if error.startswith("#") else "(cellule en erreur)")
    assert refused_by_every_answer(said[0])


def test_a_formula_without_its_value_is_no_answer() -> None:
    said, kept = cells(
        "<c><f>A1</f></c>",
        "<c><f>A1</f><v/></c>",
        '<c t="str"><f>A1</f></c>',
        "<c><f>A1</f><v>21</v></c>",
        '<c t="str"><f>A1</f><v>oui</v></c>',
        '<c t="str"><f>IF(A1="","","x")</f><v></v></c>',
        '<c t="b"><f>A1</f><v>1</v></c>',
    )
    assert said == (*["(formule non calculée)"] * 3, "21", "oui", None, "true")
    assert kept[0] == said[0]
    assert refused_by_every_answer(said[0])
    assert refused_by_every_answer(words_of("en")("sheets.formula"))


def test_values_that_the_file_itself_calls_stale_are_none() -> None:
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
    ("code", "look"),
    [
        ("General", Look.NUMBER),
        ("0.00E+00", Look.NUMBER),
        ("@", Look.NUMBER),
        ('#,##0\\ "jours d\'été"', Look.NUMBER),
        ("[Red]0;[Blue]-0", Look.NUMBER),
        ("[$€-40C]#,##0", Look.NUMBER),
        ("_-* #,##0_d", Look.NUMBER),
        ("dd/mm/yyyy", Look.DAY),
        ("[$-40C]d mmmm yyyy;@", Look.DAY),
        ("mmmm", Look.DAY),
        ("YYYY-MM-DD\\ HH:MM", Look.DAY),
        ("mm:ss", Look.TIME),
        ("h:mm AM/PM", Look.TIME),
        ("[hh]:mm", Look.ELAPSED),
    ],
)
def test_what_a_format_shows(code: str, look: Look) -> None:
    assert look_of(code) is look


def test_letters_of_columns() -> None:
    for index in (0, 25, 26, 701, 702, 16_383):
        assert column_index(column_name(index)) == index
    assert column_name(16_383) == "XFD"
    for wrong in ("", "XFE", "a", "A1", "AAAAAAAA", "É"):
        with pytest.raises(ValueError):
            column_index(wrong)


# ---------------------------------------------------------------------------------------------
# The table
# ---------------------------------------------------------------------------------------------


def test_the_table_begins_where_it_begins() -> None:
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


def test_a_row_beyond_the_header_is_a_fault_and_never_shifted() -> None:
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


def test_a_line_of_totals_is_no_student() -> None:
    _, chunks = read(workbook(header(2) + row(number(1)) + row("<c/>", text("Total général"))))
    assert chunks[0].faults is not None
    assert chunks[0].faults.to_list() == [None, FRENCH("rows.total")]


def test_only_the_columns_asked_for() -> None:
    source = SheetSource(workbook(header(3) + row(number(1), number(2), number(3))), None, FRENCH)
    (chunk,) = source.chunks([2])
    assert chunk.frame.to_dict(as_series=False) == {"2": ["3"]}
    assert chunk.kept == [(1.0, 2.0, 3.0)]


def test_header_only_and_empty() -> None:
    source, chunks = read(workbook(HEADER))
    assert source.headers == ("start",)
    assert chunks == []
    assert refusal(workbook("")) == "sheet_empty"
    assert refusal(workbook(row(text("  ")))) == "sheet_empty"


def test_chunks_follow_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ami_cli.batch.sheets.CHUNK_ROWS", 10)
    source, chunks = read(workbook(HEADER + "".join(row(number(each)) for each in range(25))))
    assert [len(chunk.lines) for chunk in chunks] == [10, 10, 5]
    assert chunks[2].lines.to_list() == [22, 23, 24, 25, 26]
    assert source.blank == 0


def test_formatting_without_end_costs_nothing() -> None:
    """16,384 formatted columns, merged cells, a formatted last row."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        grey = book.add_format({"bg_color": "#DDDDDD"})
        sheet.set_column(0, 16_383, 5, grey)
        sheet.write_row(0, 0, ["start", "end"])
        for index in range(40):
            for column in range(16_384):
                sheet.write_blank(index + 1, column, None, grey)
            sheet.write_number(index + 1, 0, index)
        sheet.merge_range(300, 0, 302, 1, "fusion")
        sheet.write_blank(1_048_575, 16_383, None, grey)
    begun = time.monotonic()
    source, chunks = read(file)
    assert time.monotonic() - begun < 5
    assert source.headers == ("start", "end")
    assert sum(len(chunk.lines) for chunk in chunks) == 41
    assert chunks[-1].lines[-1] == 301


def test_two_readers_agree_on_ordinary_sheets() -> None:
    """The same cells as calamine reads, for files of XlsxWriter and of openpyxl."""
    random = Random(7)
    values: list[list[Any]] = [
        [
            f"Nom {index} é<&>",
            random.randrange(100),
            random.random(),
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
        file.seek(0)
        rows = python_calamine.CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
        seen = [[value or None for value in line] for line in rows.to_python()[1:]]
        mine = [[value or None for value in line] for chunk in chunks for line in chunk.kept]
        assert mine == seen


# ---------------------------------------------------------------------------------------------
# Which sheet
# ---------------------------------------------------------------------------------------------


def sheet_of(name: str) -> str:
    return row(text(name))


def three(states: Sequence[str] = ("visible", "visible", "visible"), **more: Any) -> io.BytesIO:
    names = ("Notes", "Étudiants_2026", "Calculs")
    return workbook(sheet_of("a"), sheet_of("b"), sheet_of("c"), states=states, names=names, **more)


def test_the_first_visible_sheet_is_read_and_said() -> None:
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
def test_the_sheet_that_is_asked_for(asked: str, taken: str) -> None:
    source, _ = read(three(), asked)
    assert source.headers == (taken,)
    assert source.notices == []


def test_a_place_counts_the_tabs_one_sees() -> None:
    states = ("hidden", "visible", "visible")
    assert read(three(states), "1")[0].headers == ("b",)
    assert read(three(states), "notes")[0].headers == ("a",)
    charts = three(kinds=("chartsheet", "worksheet", "worksheet"))
    assert read(charts)[0].headers == ("b",)
    assert read(charts, "2")[0].headers == ("b",)
    assert refusal(charts, "1") == "no_such_sheet"


def test_a_name_that_is_a_number_is_a_name() -> None:
    file = workbook(sheet_of("a"), sheet_of("b"), names=("2", "1"))
    assert read(file, "1")[0].headers == ("b",)


def test_a_sheet_that_is_not_there() -> None:
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
    with pytest.raises(Refused) as refused:
        read(file, "nulle part")
    message = spoken(refused.value.problem, FRENCH)["fix"]
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
def test_what_is_no_workbook_at_all(content: bytes, code: str) -> None:
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
    with pytest.raises(Refused) as refused:
        read(file)
    assert refused.value.problem.code == "sheet_other_document"
    assert refused.value.problem.params["kind"] == kind


def test_a_zip_behind_a_password() -> None:
    file = workbook(HEADER)
    content = bytearray(file.getvalue())
    for at in (match.start() for match in re.finditer(b"PK\x01\x02", bytes(content))):
        content[at + 8] |= 1
    assert refusal(io.BytesIO(content)) == "sheet_password"


def test_damage() -> None:
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
        HEADER + '<row r="2"><c r="B2"/><c r="A2"/></row>',  # cells that go back
        HEADER + '<row r="2"><c r="A2"/><c r="A2"/></row>',
        HEADER + '<row r="2"><c r="A3"/></row>',  # the cell of another row
        HEADER + '<row r="2"><c r="XFE2"/></row>',
        HEADER + '<row r="2"><c r="$A$2"/></row>',
        HEADER + '<row><c t="s"><v>9</v></c></row>',  # a text that is not there
        HEADER + '<row><c t="s"><v>-1</v></c></row>',
        HEADER + '<row><c t="s"><v>x</v></c></row>',
        HEADER + "<row><c><v>1</v><v>2</v></c></row>",
        HEADER + "<row><c><v>1<b/>2</v></c></row>",
        HEADER + "<row><row><c><v>1</v></c></row></row>",
        HEADER + "<c><v>1</v></c>",
        HEADER + "<row><c><v>&undefined;</v></c></row>",
        HEADER + "<row><c><v>1</c></row>",
        "<!-- no sheet -->",
        "<?xml version='1.0'?><other/>",
        "<?xml version='1.0'?><worksheet/>",
        f"<?xml version='1.0'?><worksheet><sheetData>{HEADER}</sheetData><sheetData/></worksheet>"
        "trailing",
    ],
)
def test_a_sheet_that_contradicts_itself_is_not_guessed(rows: str) -> None:
    assert refusal(workbook(rows)) == "sheet_damaged"


def test_parts_that_are_missing() -> None:
    assert refusal(workbook(HEADER, without=["xl/sheets/1.xml"])) == "sheet_damaged"
    assert refusal(workbook(HEADER, without=["xl/texts.xml"])) == "sheet_damaged"
    plain = workbook(HEADER, without=["_rels/.rels"])
    assert read(plain)[0].headers == ("start",)


def test_elements_of_others_are_passed_over() -> None:
    rows = (
        "<?xml version='1.0' encoding='UTF-16'?><x:worksheet xmlns:x='u' xmlns:y='v'><x:sheetData>"
        "<x:row><x:c t='inlineStr'><x:is><x:t>start</x:t></x:is></x:c></x:row><y:row><x:c/></y:row>"
        "<x:row><y:ext><x:c><x:v>9</x:v></x:c></y:ext><x:c><x:v>3</x:v><y:ext/></x:c></x:row>"
        "</x:sheetData><x:ext><x:row><x:c><x:v>9</x:v></x:c></x:row></x:ext></x:worksheet>"
    )
    file = workbook("", parts={"xl/sheets/1.xml": rows.encode("utf-16")})
    _, chunks = read(file)
    assert [chunk.frame.rows() for chunk in chunks] == [[("3",)]]


def test_names_that_lead_out_of_the_archive() -> None:
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
    ["xl/sheets/1.xml", "xl/texts.xml", "xl/styles.xml", "xl/workbook.xml", "_rels/.rels"],
)
def test_entities_are_refused_in_every_part(doctype: str, part: str) -> None:
    root = re.search(r"<\w+", zipfile.ZipFile(workbook(HEADER)).read(part).decode())
    assert root is not None
    file = workbook(HEADER, parts={part: f"{doctype}{root[0]}>&a;{root[0].replace('<', '</')}>"})
    assert refusal(file) == "sheet_entities"


def flood(piece: str, times: int) -> str:
    return piece * times


def hostile() -> dict[str, tuple[Any, set[str]]]:
    """Small files that unpack to much: how to make them, and how they may be answered."""
    ballast = {"xl/media/photo.png": Random(1).randbytes(1_750_000)}  # the widest bounds
    bomb = {"sheet_bomb"}
    one = row(number(1))
    long = "x" * 32_000
    return {
        "rows": (lambda: workbook(HEADER + one * 700_000, parts=ballast), {"sheet_too_sparse"}),
        "blank rows": (lambda: workbook(HEADER + "<row/>" * 1_000_000, parts=ballast), {"read"}),
        "blank cells": (
            lambda: workbook(HEADER + row("<c/>" * 16_000) * 300, parts=ballast),
            bomb,
        ),
        "wide and sparse": (
            lambda: workbook(header(16_384) + one * 400_000, parts=ballast),
            {"sheet_too_sparse"},
        ),
        "wide": (lambda: workbook(row(number(1) * 16_384) * 60, parts=ballast), {"read", *bomb}),
        "one text many times": (
            lambda: workbook(
                HEADER + row('<c t="s"><v>0</v></c>') * 100_000,
                texts=f"<si><t>{long}</t></si>",
                parts=ballast,
            ),
            bomb,
        ),
        "wide characters": (
            lambda: workbook(
                HEADER, texts=f"<si><t>{long}\U0001f600</t></si>" * 700, parts=ballast
            ),
            {"read", *bomb},
        ),
        "one huge text": (lambda: workbook(HEADER, texts=f"<si><t>{long * 3_000}</t></si>"), bomb),
        "texts": (lambda: workbook(HEADER, texts="<si/>" * 4_000_000, parts=ballast), {"read"}),
        "deep texts": (lambda: workbook(HEADER, texts="<si>" * 4_000_000, parts=ballast), bomb),
        "a huge comment": (lambda: workbook(f"{HEADER}<!--{long * 3_000}-->"), bomb),
        "a huge attribute": (lambda: workbook(f'{HEADER}<row a="{long * 3_000}"/>'), bomb),
        "a huge number": (
            lambda: workbook(HEADER + row(number("1" * 90_000_000))),
            {"sheet_cell_too_long"},
        ),
        "a long cell": (
            lambda: workbook(HEADER + row(text("x" * 240_000))),
            {"sheet_cell_too_long"},
        ),
        "escapes": (
            lambda: workbook(HEADER + row(text("_x0041_" * 30_000)) * 280, parts=ballast),
            {"read"},
        ),
        "names": (
            lambda: workbook(HEADER + "".join(f"<n{index:x}/>" for index in range(400_000))),
            bomb,
        ),
        "depth": (lambda: workbook(HEADER + "<a>" * 3_000_000, parts=ballast), bomb),
        "styles": (
            lambda: workbook(
                HEADER,
                parts={
                    "xl/styles.xml": f"<s><cellXfs>{'<xf/>' * 4_000_000}</cellXfs></s>",
                    **ballast,
                },
            ),
            bomb,
        ),
        "entries": (
            lambda: workbook(HEADER, parts={f"x{index}": b"" for index in range(20_000)}),
            bomb,
        ),
        "a picture of zeros": (
            lambda: workbook(HEADER, parts={"xl/media/x.bin": bytes(300_000_000)}),
            bomb,
        ),
    }


MEASURED = """
import sys, time
from pathlib import Path
from ami_cli.batch.sheets import SheetSource
from ami_cli.batch.tables import Refused
from ami_cli.words import words_of
try:
    with open(sys.argv[1], "rb") as file:
        source = SheetSource(file, None, words_of("fr"))
        for chunk in source.chunks(range(len(source.headers))):
            pass
    end = "read"
except Refused as refused:
    end = refused.problem.code
# Of this program alone; what getrusage says may be the memory of the one that started it.
status = Path("/proc/self/status").read_text()
megabytes = int(status.partition("VmHWM:")[2].split()[0]) / 1024
print(end, round(time.process_time(), 2), round(megabytes))
"""


def measured(program: str, path: Path) -> list[str]:
    """What a program says of itself, without the weight of a measurement of coverage."""
    clear = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    ran = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        env=clear,
    )
    assert ran.stderr == ""
    return ran.stdout.split()


@pytest.mark.parametrize("name", list(hostile()))
def test_a_hostile_file_is_answered_in_five_seconds_and_400_megabytes(
    name: str, tmp_path: Path
) -> None:
    make, expected = hostile()[name]
    path = tmp_path / "hostile.xlsx"
    path.write_bytes(make().getvalue())
    assert path.stat().st_size < 2_600_000
    end, seconds, megabytes = measured(MEASURED, path)
    assert end in expected
    assert float(seconds) < 5
    assert int(megabytes) < 400


def test_a_zip_that_lies_about_its_sizes_is_damaged() -> None:
    content = bytearray(workbook(HEADER + row(number(1)) * 1_000).getvalue())
    at = content.rindex(b"xl/sheets/1.xml") - 46
    content[at + 24 : at + 28] = (500).to_bytes(4, "little")
    assert refusal(io.BytesIO(content)) == "sheet_damaged"


# ---------------------------------------------------------------------------------------------
# A sheet of verdicts
# ---------------------------------------------------------------------------------------------

VERDICTS = ("eligible", "ineligible", "undetermined", "invalid")


def results_of(height: int) -> pl.DataFrame:
    values: dict[str, list[Any]] = {name: [None] * height for name in RESULTS}
    values["ami_verdict"] = [VERDICTS[index % 4] for index in range(height)]
    values["ami_months"] = [5] * height
    values["ami_start_by"] = [dt.date(2026, 7, 15)] * height
    values["ami_provisional"] = [index % 2 == 0 for index in range(height)]
    values["ami_errors"] = ["=1+1 | <b>"] * height
    return pl.DataFrame(values, schema=dict(RESULTS))


def written(
    headers: Sequence[str],
    chunks: Iterable[Chunk],
    columns: Sequence[int] | None = None,
    typed: Mapping[int, pl.Series] | None = None,
) -> io.BytesIO:
    file = io.BytesIO()
    kept = range(len(headers)) if columns is None else columns
    sink = SheetSink(file, headers, kept, FRENCH)
    for chunk in chunks:
        sink.write(chunk, results_of(len(chunk.lines)), typed or {})
    sink.close()
    assert sink.disarmed == 0
    return file


def chunk_of(*rows: Sequence[str | None], kept: Any = None) -> Chunk:
    frame = pl.DataFrame(
        {
            str(index): pl.Series([each[index] for each in rows], dtype=pl.String)
            for index in range(len(rows[0]))
        }
    )
    return Chunk(frame, pl.Series(range(2, len(rows) + 2), dtype=pl.UInt32), kept=kept)


def sheet(file: io.BytesIO) -> Any:
    file.seek(0)
    return openpyxl.load_workbook(file).active


def test_from_sheet_to_sheet_every_value_stays_what_it_was() -> None:
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
    assert active["D3"].number_format == "dd/mm/yyyy"
    assert zipfile.ZipFile(written(source.headers, chunks)).testzip() is None


def test_the_results_are_typed_and_the_verdict_is_coloured() -> None:
    file = written(("nom",), [chunk_of(*[(f"n{index}",) for index in range(4)])])
    active = sheet(file)
    names = [cell.value for cell in active[1]]
    assert names == ["nom", *RESULTS]
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
    assert active.freeze_panes == "A2"
    assert active.auto_filter.ref == "A1:P5"
    assert all(cell.font.b for cell in active[1])
    assert {name: round(each.width) for name, each in active.column_dimensions.items()}["A"] >= 9
    book = zipfile.ZipFile(file).read("xl/workbook.xml").decode()
    assert "$A$1:$P$5" in book


def contrast(background: str, ink: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (2, 4, 6)]
        linear = [
            part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((light(background), light(ink)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_answers_of_other_formats_are_typed() -> None:
    chunk = chunk_of(
        ("Zoé", "15/01/2027", "21", "oui", "bcs"),
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
        ["Zoé", moment(2027, 1, 15), 21, True, "bcs"],
        ["Léo", "bientôt", "?", None, "aucune"],
        [None, "1900-02-01", 3, False, None],
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
    "\ufffe\uffff\ufeff", "\u202eabc", "😀" * 10, " a ", "\u00a0", "a  b", "é" * 1000,
)  # fmt: skip


def test_no_text_corrupts_the_sheet_or_becomes_anything_else() -> None:
    chunk = chunk_of(*[(each,) for each in NASTY])
    for kept in (None, [(each,) for each in NASTY]):
        file = written(("x",), [chunk._replace(kept=kept)])
        _, chunks = read(file)
        back = [line[0] for each in chunks for line in each.kept]
        assert back == list(NASTY)
        active = sheet(file)
        assert {active.cell(line, 1).data_type for line in range(2, len(NASTY) + 2)} == {"s"}
        assert active._hyperlinks == []
        file.seek(0)
        rows = python_calamine.CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
        others = [line[0] for line in rows.to_python()[1:]]
        # calamine reads an escaped escape once more than Excel does, and other escapes not at all.
        escapes = {*NASTY[18:22], *others[18:22]}
        assert [each for each in others if each not in escapes] == [
            each for each in NASTY if each not in escapes
        ]


def test_headers_are_data_too() -> None:
    headers = ("<r>x</r>", "=1", "a\x00", "half \ud83d", "_x0041_")
    active = sheet(written(headers, []))
    file = written(headers, [])
    assert read(file)[0].headers[:5] == ("<r>x</r>", "=1", "a\x00", "half \\ud83d", "_x0041_")
    assert active.auto_filter.ref == "A1:T1"
    assert active.max_row == 1


def test_what_a_sheet_cannot_hold_is_refused() -> None:
    fits = "x" * 32_767
    assert sheet(written(("a",), [chunk_of((fits,))])).cell(2, 1).value == fits
    for too_long in (fits + "x", "😀" * 16_384):
        with pytest.raises(Refused) as refused:
            written(("a",), [chunk_of(("ok",), (too_long,))])
        assert refused.value.problem.code == "too_long_for_a_sheet"
        assert refused.value.problem.params["row"] == 3
        assert "« a »" in spoken(refused.value.problem, FRENCH)["message"].replace("\u00a0", " ")
    with pytest.raises(Refused) as refused:
        SheetSink(io.BytesIO(), (fits + "x",), (0,), FRENCH)
    assert refused.value.problem.code == "too_long_for_a_sheet"
    with pytest.raises(Refused) as refused:
        SheetSink(io.BytesIO(), ("a",) * 16_370, range(16_370), FRENCH)
    assert refused.value.problem.code == "too_many_columns_for_a_sheet"
    widest = written(("a",) * 16_369, [])
    assert read(widest)[0].headers[-1] == "ami_errors"


def test_more_rows_than_a_sheet_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ami_cli.batch.sheet_sink.MOST_ROWS", 5)
    written(("a",), [chunk_of(*[("x",)] * 4)])
    with pytest.raises(Refused) as refused:
        written(("a",), [chunk_of(*[("x",)] * 3), chunk_of(*[("x",)] * 2)])
    assert refused.value.problem.code == "too_many_rows_for_a_sheet"
    assert spoken(refused.value.problem, FRENCH)["message"]


def test_more_than_a_zip_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zipfile.ZIP64_LIMIT", 100_000)
    with pytest.raises(Refused) as refused:
        written(("a",), [chunk_of(*[("x",)] * 3_000)])
    assert refused.value.problem.code == "too_large_for_a_sheet"


def test_the_same_verdicts_make_the_same_file() -> None:
    chunk = chunk_of(("Zoé",), ("Léo",))
    first = written(("nom",), [chunk]).getvalue()
    assert first == written(("nom",), [chunk]).getvalue()


def test_a_sink_that_is_left_does_nothing_more(tmp_path: Path) -> None:
    """A refused run drops its sink: no word on stderr, nothing written after the fact."""
    path = tmp_path / "out.part"
    with path.open("wb") as file:
        sink = SheetSink(file, ("a",), (0,), FRENCH)
        sink.write(chunk_of(("x",)), results_of(1), {})
    size = path.stat().st_size
    del sink
    gc.collect()
    assert path.stat().st_size == size
    assert list(tmp_path.iterdir()) == [path]


THERE_AND_BACK = """
import io, sys, time
import polars as pl
from ami_cli.batch.sheets import SheetSink, SheetSource
from ami_cli.batch.tables import RESULTS
from ami_cli.words import words_of
with open(sys.argv[1], "rb") as file:
    source = SheetSource(file, None, words_of("fr"))
    every = range(len(source.headers))
    sink = SheetSink(io.BytesIO(), source.headers, every, words_of("fr"))
    rows = 0
    for chunk in source.chunks(every):
        height = len(chunk.lines)
        rows += height
        results = pl.DataFrame(
            {name: pl.Series([None], dtype=kind).new_from_index(0, height)
             for name, kind in RESULTS.items()}
        ).with_columns(ami_verdict=pl.lit("eligible"), ami_missing=pl.lit("start;end"))
        sink.write(chunk, results, {})
    sink.close()
print(rows, time.process_time())
"""


def test_fifty_thousand_rows_there_and_back(tmp_path: Path) -> None:
    random = Random(3)
    block = [
        row(
            text(f"Nom{index}"),
            number(36526 + random.randrange(3000), DAY),
            text(random.choice(["oui", "non"])),
            text("bcs"),
            number(random.randrange(8)),
            number(46266 + index % 200, DAY),
            number(46402, DAY),
            *(text("public") for _ in range(8)),
        )
        for index in range(500)
    ]
    path = tmp_path / "fifty_thousand.xlsx"
    path.write_bytes(workbook(header(15) + "".join(block) * 100).getvalue())
    rows, seconds = measured(THERE_AND_BACK, path)
    assert int(rows) == 50_000
    assert float(seconds) < 12


def test_a_file_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ami_cli.batch.sheet_guard.LARGEST_FILE", 100)
    assert refusal(workbook(HEADER)) == "sheet_too_large"
