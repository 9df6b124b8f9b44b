"""`.xls` files that are text: XML workbooks of Excel 2003 and HTML tables."""

import contextlib
import io
import time
from collections.abc import Callable

import pytest

from ami_cli.batch.formats import CellKind, Chunk, Notice, Source
from ami_cli.batch.formats.opening import InputOptions, source_of
from ami_cli.batch.formats.sheets import SheetSource
from ami_cli.failures import UnreadableInput
from ami_cli.words import words_of

FRENCH = words_of("fr")
SS = "urn:schemas-microsoft-com:office:spreadsheet"


def read(content: str | bytes, name: str = "liste.xls") -> tuple[Source, list[Chunk]]:
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    source = source_of(file, InputOptions(name, None, None), FRENCH, all_columns=True)
    return source, list(source.chunks(range(len(source.headers))))


def refusal(content: str | bytes, name: str = "liste.xls") -> str:
    with pytest.raises(UnreadableInput) as refused:
        read(content, name)
    return refused.value.problems[0].code


def workbook(rows: str, *, styles: str = "", options: str = "", more: str = "") -> str:
    return (
        f'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        f'<Workbook xmlns="{SS}" xmlns:ss="{SS}"><Styles>{styles}</Styles>'
        f'<Worksheet ss:Name="Liste"><Table>{rows}</Table>{options}</Worksheet>{more}</Workbook>'
    )


def cell(text: object, kind: str = "String", attributes: str = "") -> str:
    return f'<Cell {attributes}><Data ss:Type="{kind}">{text}</Data></Cell>'


def row(*cells: str, attributes: str = "") -> str:
    return f"<Row {attributes}>{''.join(cells)}</Row>"


HEADER = row(cell("age"), cell("début"))
MONTH = '<Style ss:ID="m"><NumberFormat ss:Format="mmm\\-yy"/></Style>'


def test_values_of_an_xml_workbook() -> None:
    day = cell("2027-01-15T00:00:00.000", "DateTime")
    rows = (
        row(cell(21, "Number"), day)
        + row(cell(1, "Boolean"), cell("2027-06-01T00:00:00.000", "DateTime", 'ss:StyleID="m"'))
        + row(cell("#N/A", "Error"), '<Cell ss:Formula="=1+1"/>', attributes='ss:Index="9"')
        + row('<Cell ss:Index="2"><Data ss:Type="String">a<B>b</B>_x0041_</Data>'
              '<Comment><Data ss:Type="String">note</Data></Comment></Cell>',
              attributes='ss:Hidden="1"')
    )  # fmt: skip
    source, (chunk,) = read(workbook(HEADER + rows, styles=MONTH))
    assert source.headers == ("age", "début")
    assert chunk.frame.rows() == [
        ("21", "2027-01-15"),
        ("true", "2027-06-01"),
        ("#N/A", "(formule non calculée)"),
        (None, "ab_x0041_"),
    ]
    assert chunk.lines.to_list() == [2, 3, 9, 10]
    assert chunk.kinds is not None
    assert chunk.kinds["1"].to_list()[:2] == [CellKind.DATE, CellKind.MONTH]
    assert source.notices == [Notice("hidden_rows", {"rows": 1})]


def test_merged_cells_of_an_xml_workbook_and_its_hidden_sheet() -> None:
    rows = (
        row(cell("Suivi", attributes='ss:MergeAcross="1"'))
        + row(cell("Italie", attributes='ss:MergeDown="1"'), cell(21, "Number"))
        + row(cell(22, "Number", 'ss:Index="2"'))
    )
    hidden = (
        '<WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel">'
        "<Visible>SheetHidden</Visible></WorksheetOptions>"
    )
    more = f'<Worksheet ss:Name="Lue"><Table>{HEADER}{rows}</Table></Worksheet>'
    source, (chunk,) = read(workbook(HEADER, options=hidden, more=more).encode("utf-16"))
    assert source.notices[0].params["value"] == "Lue"
    assert chunk.frame.rows()[1:] == [("Italie", "21"), ("Italie", "22")]


def test_hidden_columns_of_an_xml_workbook() -> None:
    columns = '<Column ss:Hidden="1"/><Column/><Column ss:Index="4" ss:Span="1" ss:Hidden="1"/>'
    source, _ = read(workbook(columns + row(*map(cell, ("âge", "début", "fin", "a", "b")))))
    assert isinstance(source, SheetSource)
    assert source.hidden == [0, 3, 4]


@pytest.mark.parametrize(
    "rows",
    [
        '<Row ss:Index="x"/>',
        '<Row ss:Index="0"/>',
        '<Row ss:Index="2"/><Row ss:Index="2"/>',
        '<Row><Cell ss:Index="2"/><Cell ss:Index="1"/></Row>',
        '<Row><Cell ss:MergeAcross="99999"/></Row>',
        '<Row><Cell ss:MergeDown="-1"/></Row>',
        '<Column ss:Span="99999"/>',
        '<Column ss:Index="0"/>',
        '<Column ss:Index="2"/><Column ss:Index="2"/>',  # else each may hide all columns again
        row(cell("oui", "Number")),
        row(cell("1", "Autre")),
        row("<Cell><Data/></Cell>"),
        "<Row>",
    ],
)
def test_xml_workbook_that_contradicts_itself_is_refused(rows: str) -> None:
    assert refusal(workbook(rows)) == "sheet_damaged"


def test_hostile_xml_workbook_is_refused() -> None:
    assert refusal(workbook("<a>" * 100 + "</a>" * 100)) == "sheet_bomb"
    doctype = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><Workbook xmlns="{SS}"/>'
    assert refusal(doctype) == "sheet_entities"
    twice = '<Worksheet ss:Name="Liste"/>'
    assert refusal(workbook("", more=twice)) == "sheet_damaged"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_table_of_a_page(encoding: str) -> None:
    page = """<html><head><style>td > a {}</style></head><body><!-- <table><tr><td>x -->
    <p>Export</p><table border=1><tr><td></td></tr></table>
    <TABLE><tr><th colspan="2">Suivi &eacute;t&eacute;</th></tr>
    <tr><td>&nbsp;</td></tr>
    <tr><th>pays<th>début</tr>
    <tr><td rowspan=2>Italie</td><td><b>15/01<br>2027</b></td></tr>
    <tr style="display:none"><td>a &lt; b é</td></tr></TABLE></body></html>"""
    source, (chunk,) = read(page.encode(encoding))
    assert source.headers == ("Suivi été",)
    assert chunk.lines.to_list() == [3, 4, 5]
    assert source.blank == 1

    def find(heads: object) -> tuple[int, int]:
        next(heads)  # type: ignore[call-overload]
        return 0, 3

    file = io.BytesIO(page.encode(encoding))
    options = InputOptions("liste.html", None, "2")
    source = source_of(file, options, FRENCH, all_columns=True, find_header=find)
    (chunk,) = source.chunks(range(2))
    assert source.headers == ("pays", "début")
    assert chunk.frame.rows() == [("Italie", "15/01 2027"), ("Italie", "a < b é")]


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("<html><body>Connexion</body></html>", "liste.xls"),
        ("<html><table><tr><td><input type=password></td></tr></table></html>", "liste.xls"),
        ("<html><table><tr><td>age</td></tr></table></html>", "liste.csv"),
        ("<html><table><tr><td>age</td></tr></table></html>", "liste.xlsx"),
    ],
)
def test_page_that_is_no_export_is_refused(page: str, name: str) -> None:
    assert refusal(page, name) == "not_a_table_page"


@pytest.mark.parametrize(
    "make",
    [
        lambda: "<table>" + "<td" * 600_000,
        lambda: "<table>" + '<td "' * 400_000,
        lambda: "<table>" + '<td" ' * 400_000,
        lambda: "<table>" + "<!--" * 500_000,
        lambda: "<table><tr>" + "<td colspan=16000>x" * 100_000,
        lambda: "<table>" + "<tr><td rowspan=1000000 colspan=9>x" * 60_000,
        lambda: "<table>" * 280_000,
        lambda: "<table><tr><td rowspan=1000000 colspan=16000>x" + "<tr><td>x" * 9_000,
        lambda: "<table>" + "<tr><td rowspan=2 colspan=8000>x" * 9_000,
        lambda: "<table><tr><td>" + "&#x" * 600_000,
        lambda: "<table><tr><td>" + "<" * 2_000_000,
    ],
)
def test_hostile_page_is_answered_in_bounded_time(make: Callable[[], str]) -> None:
    start = time.process_time()
    with contextlib.suppress(UnreadableInput):
        read(make())
    assert time.process_time() - start < 5


@pytest.mark.parametrize("name", ["~$suivi.xlsx", ".~lock.suivi.xlsx#"])
def test_lock_file_of_an_open_workbook_is_refused(name: str) -> None:
    with pytest.raises(UnreadableInput) as refused:
        read(b"\x04Nom" + b"\0" * 160, f"dossier/{name}")
    assert refused.value.problems[0].code == "lock_file"
    assert "suivi.xlsx" in str(refused.value.problems[0].params["name"])
