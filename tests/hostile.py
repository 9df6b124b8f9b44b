"""Makes hostile workbooks and disks for several tests and for `tools.benchmarks.hostile`.

Workbooks are written by hand, with content that no spreadsheet program writes.
"""

import html
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from tests.runner import PLAIN_ENV

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def styles(*codes: str) -> str:
    """Make styles: those that the constants below name, then number formats by their codes."""
    formats = "".join(
        f'<numFmt numFmtId="{number}" formatCode="{html.escape(code)}"/>'
        for number, code in enumerate(("[h]:mm", '0" jours"', *codes), 164)
    )
    numbers = (0, 14, 22, 21, *range(164, 166 + len(codes)))
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>'
        + "".join(f'<xf numFmtId="{number}"/>' for number in numbers)
        + "</cellXfs></styleSheet>"
    )


DAY, MOMENT, TIME, ELAPSED, COUNTED, OWN = 1, 2, 3, 4, 5, 6
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>start</t></is></c></row>'


def workbook(
    *sheets: str,
    states: Sequence[str] = (),
    names: Sequence[str] = (),
    kinds: Sequence[str] = (),
    properties: str = "",
    above: str = "",
    below: str = "",
    texts: str = "",
    parts: Mapping[str, str | bytes] | None = None,
    without: Iterable[str] = (),
) -> io.BytesIO:
    """Make an XLSX file of sheets, each the XML of its rows or a whole part.

    `above` stands above the rows of each sheet, `below` below the list of sheets.
    """
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
            else f'<worksheet xmlns="{MAIN}"><dimension ref="A1"/>{above}'
            f"<sheetData>{rows}</sheetData></worksheet>"
        )
    related += f'<Relationship Id="y" Type="{RELATIONS}/styles" Target="/xl/styles.xml"/>'
    related += f'<Relationship Id="t" Type="{RELATIONS}/sharedStrings" Target="texts.xml"/>'
    content |= {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/texts.xml" ContentType="{KIND}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="w" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{properties}'
        f"<sheets>{listed}</sheets>{below}</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{related}</Relationships>',
        "xl/styles.xml": styles(),
        "xl/texts.xml": f'<sst xmlns="{MAIN}">{texts}</sst>',
        **(parts or {}),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in content.items():
            if name not in without:
                packed.writestr(name, part)
    return file


def number(value: object, style: int = 0) -> str:
    return f'<c s="{style}"><v>{value}</v></c>'


def text(value: str) -> str:
    return f'<c t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'


def row(*cells: str) -> str:
    return f"<row>{''.join(cells)}</row>"


def header(width: int) -> str:
    return row(*(text(f"h{index}") for index in range(width)))


def below_the_table(elements: str) -> str:
    """Make a sheet with a header, and with elements behind its rows."""
    return (
        f"<?xml version='1.0'?><worksheet xmlns='{MAIN}'><sheetData>{HEADER}</sheetData>"
        f"{elements}</worksheet>"
    )


# The names of those that take most memory; a test measures it.
HEAVIEST = ("wide and sparse", "wide", "wide characters", "merged ranges", "headers of accents")


def hostile(part: int = 1) -> dict[str, tuple[Callable[[], io.BytesIO], set[str]]]:
    """Return small files that unpack to much by name: how to make them, and their allowed ends.

    `part` divides the number of tags in the files that are hostile by it.
    """
    ballast = {"xl/media/photo.png": Random(1).randbytes(1_750_000)}  # the widest bounds
    bomb = {"sheet_bomb"}
    one = row(number(1))
    long = "x" * 32_000
    return {
        "rows": (lambda: workbook(HEADER + one * (700_000 // part), parts=ballast), bomb),
        "blank rows": (
            lambda: workbook(HEADER + "<row/>" * (650_000 // part), parts=ballast),
            {"read"},
        ),
        "rows far below": (
            lambda: workbook(HEADER + '<row r="1048576"><c r="B1048576"><v>1</v></c></row>'),
            {"read"},
        ),
        "blank cells": (
            lambda: workbook(HEADER + row("<c/>" * 16_000) * (300 // part), parts=ballast),
            bomb,
        ),
        "wide and sparse": (
            lambda: workbook(header(16_384) + one * 100_000, parts=ballast),
            {"sheet_too_sparse"},
        ),
        "wide": (lambda: workbook(row(number(1) * 16_384) * 60, parts=ballast), {"read"}),
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
            {"read"},
        ),
        "one huge text": (lambda: workbook(HEADER, texts=f"<si><t>{long * 3_000}</t></si>"), bomb),
        "texts": (
            lambda: workbook(HEADER, texts="<si/>" * (4_000_000 // part), parts=ballast),
            bomb,
        ),
        "a sheet below another": (
            lambda: workbook(HEADER, row(number(1)) * 1_000_000, parts=ballast),
            {"read"},
        ),
        "far to the right": (
            lambda: workbook(
                HEADER
                + "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(2, 9_000))
            ),
            {"read"},
        ),
        "deep texts": (lambda: workbook(HEADER, texts="<si>" * 4_000_000, parts=ballast), bomb),
        "a huge comment": (lambda: workbook(f"{HEADER}<!--{long * 3_000}-->"), bomb),
        "a huge attribute": (lambda: workbook(f'{HEADER}<row a="{long * 3_000}"/>'), bomb),
        "a huge number": (
            lambda: workbook(HEADER + row(number("1" * 60_000_000))),
            bomb,
        ),
        "a long cell": (
            lambda: workbook(HEADER + row(text("x" * 240_000))),
            {"sheet_cell_too_long"},
        ),
        "escapes": (
            lambda: workbook(HEADER + row(text("_x0041_" * 30_000)) * (100 // part), parts=ballast),
            {"read"},
        ),
        "names": (
            lambda: workbook(
                below_the_table("".join(f"<n{index:x}/>" for index in range(200_000)))
            ),
            bomb,
        ),
        "depth": (lambda: workbook(below_the_table("<a>" * 3_000_000), parts=ballast), bomb),
        "styles": (
            lambda: workbook(
                HEADER,
                parts={
                    "xl/styles.xml": f"<s><cellXfs>{'<xf/>' * (2_500_000 // part)}</cellXfs></s>",
                    **ballast,
                },
            ),
            bomb,
        ),
        "entries": (
            lambda: workbook(HEADER, parts={f"x{index}": b"" for index in range(20_000)}),
            bomb,
        ),
        "a deep workbook": (
            lambda: workbook(HEADER, below="<a>" * 3_000_000, parts=ballast),
            bomb,
        ),
        "a header of accents": (
            lambda: workbook(row(text("e" + "\u0301\u0323" * 100_000))),
            {"sheet_cell_too_long"},
        ),
        "headers of accents": (
            lambda: workbook(row(text("e" + "\u0301\u0323" * 900) * 16_000), parts=ballast),
            bomb,
        ),
        "a format of brackets": (
            lambda: workbook(
                HEADER + row(number(1, OWN)), parts={"xl/styles.xml": styles("[" * 240_000)}
            ),
            {"read"},
        ),
        "merged ranges": (
            lambda: workbook(
                below_the_table("<mergeCell ref='A2:A3'/>" * 1_600_000), parts=ballast
            ),
            {"read"},
        ),
        "a picture of zeros": (
            lambda: workbook(HEADER, parts={"xl/media/x.bin": bytes(100_000_000)}),
            bomb,
        ),
    }


MEASURED = """
import sys, time
from pathlib import Path
from ami_cli.batch.formats.xlsx_read import xlsx_source
from ami_cli.failures import Failure
from ami_cli.words import words_of
try:
    with open(sys.argv[1], "rb") as file:
        source = xlsx_source(file, None, words_of("fr"))
        for chunk in source.chunks(range(len(source.headers))):
            pass
    end = "read"
except Failure as refused:
    end = refused.problems[0].code
# getrusage may count the memory of the process that started this one.
status = Path("/proc/self/status").read_text()
megabytes = int(status.partition("VmHWM:")[2].split()[0]) / 1024
print(end, round(time.process_time(), 2), round(megabytes))
"""


def measured(program: str, path: Path) -> list[str]:
    """Run a program without measuring coverage; return the words that it prints."""
    ran = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        env=PLAIN_ENV,
    )
    assert ran.stderr == ""
    return ran.stdout.split()


class FullDisk(io.BytesIO):
    """A file that raises an error once it holds more bytes than there is room for."""

    def __init__(self, room: int, error: BaseException) -> None:
        super().__init__()
        self._room = room
        self._error = error

    def write(self, content: Any, /) -> int:
        if self.tell() + len(content) > self._room:
            raise self._error
        return super().write(content)
