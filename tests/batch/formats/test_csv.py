"""CSV files as people have them: read exactly, marked where a row is wrong, or refused."""

import codecs
import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ami_cli.answers import FIELDS
from ami_cli.batch.formats import CHUNK_ROWS, MOST_COLUMNS, RESULTS, Head, HeaderFinder, Output
from ami_cli.batch.formats import csv as formats_csv
from ami_cli.batch.formats.csv import _FORMULA_BEHIND_SEMICOLON, CsvSink, CsvSource
from ami_cli.batch.formats.text import BLOCK
from ami_cli.failures import UnreadableInput
from ami_cli.main import main
from ami_cli.registers.spelling import fold
from ami_cli.words import words_of
from tests.conftest import TODAY
from tests.sizes import examples
from tests.students import CASES, columns_of, expected_of

HEAD = "dossier;date_naissance;handicap;bourse;établissement;début;fin"
ROW = "Éloïse;12/03/2005;non;bcs;public;15/01/2027;20/06/2027"
CELLS = ROW.split(";")
ANSWERED = dict(zip(HEAD.split(";"), CELLS, strict=True))


class Outcome(NamedTuple):
    """What a run gave: its exit code, the bytes written (None: nothing), and what it said."""

    code: int
    written: bytes | None
    said: str

    def table(self, separator: str = ";") -> list[list[str]]:
        """The output read back, header first, by the standard library."""
        assert self.written is not None, self.said
        text = self.written.decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))

    def rows(self, separator: str = ";") -> list[dict[str, str]]:
        """The rows of the output by the names of their columns."""
        names, *rows = self.table(separator)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def verdicts(self) -> list[str]:
        """The verdict of each row."""
        return [row["ami_verdict"] for row in self.rows()]

    def errors(self, row: int = 0) -> str:
        """What is wrong with a row."""
        return self.rows()[row]["ami_errors"]

    def lines(self) -> list[int]:
        """The lines of the file that are named."""
        places = re.findall(r"étudiants\.csv:([\d,\s]+)", self.said)
        return sorted(int(line) for place in places for line in place.split(","))

    def told(self) -> str:
        """What was said, without its line breaks."""
        return " ".join(self.said.replace("\u00a0", " ").replace("\u202f", " ").split())


Batch = Callable[..., Outcome]


class Copy(NamedTuple):
    """What a source and a sink make of a file when nothing is judged: the cells of each row that is
    written, where each row begins, and the faults."""

    rows: list[list[str]]
    lines: list[int]
    faults: list[str | None]


def copied(content: bytes, *, own_text: bool = True, raw: bool = True) -> Copy:
    source = CsvSource(io.BytesIO(content), None, words_of("fr"))
    columns = range(len(source.headers))
    file = io.BytesIO()
    output = Output(
        "csv", source.headers, columns, repeats=own_text, separator=source.separator, raw=raw
    )
    sink = CsvSink(file, output)
    lines: list[int] = []
    faults: list[str | None] = []
    for chunk in source.chunks(columns):
        height = chunk.frame.height
        assert height <= CHUNK_ROWS
        sink.write(chunk, pl.DataFrame(schema=RESULTS).clear(height), {})
        lines += chunk.lines.to_list()
        faults += [None] * height if chunk.faults is None else chunk.faults.to_list()
    text = io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")
    rows = list(csv.reader(text, delimiter=source.separator, strict=True))
    return Copy([row[: -len(RESULTS)] for row in rows[1:]], lines, faults)


@pytest.fixture
def batch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Batch:
    """Run the command on the content of a file."""
    monkeypatch.chdir(tmp_path)

    def run(content: str | bytes, *flags: str, name: str = "étudiants.csv") -> Outcome:
        source, target = Path(name), Path("verdicts.csv")
        source.write_bytes(content.encode() if isinstance(content, str) else content)
        target.unlink(missing_ok=True)
        code = main(
            ["batch", name, "-o", "verdicts.csv", "--lang", "fr", "--today", str(TODAY), *flags]
        )
        out, said = capsys.readouterr()
        assert out == ""
        assert "Traceback" not in said
        assert not list(tmp_path.glob(".*"))
        written = target.read_bytes() if target.exists() else None
        return Outcome(code, written, said)

    return run


def table(*rows: str) -> str:
    """A file with the usual header."""
    return "\n".join((HEAD, *rows, ""))


def cells(**changed: str) -> str:
    """The usual student with some cells changed; `_` in names stands for itself."""
    return ";".join({**ANSWERED, **changed}.values())


def line_of(row: tuple[str, ...], separator: str, quoted: bool) -> str:
    """A row as csv writes it, without its line end; any line end in a cell is quoted."""
    text = io.StringIO(newline="")
    style: Any = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=separator, lineterminator="\r\n", quoting=style).writerow(row)
    return text.getvalue().removesuffix("\r\n")


def refused(outcome: Outcome, code: int, *words: str) -> None:
    """Nothing written, and a message that says what it is and what to do."""
    assert (outcome.code, outcome.written) == (code, None), outcome
    message, arrow, fix = outcome.told().rpartition("→")
    assert arrow
    assert fix.strip()
    for word in words:
        assert word in message, outcome.said
    assert outcome.said.count("\n") <= 6


# --- encodings -----------------------------------------------------------------------------------

NAMES = ("Éloïse Cœur", "Zoë “L’été” – 5 €", "Ÿ ž Š")


@pytest.mark.parametrize(
    ("mark", "codec", "name"),
    [
        (b"", "utf-8", "UTF-8"),
        (codecs.BOM_UTF8, "utf-8", "UTF-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
        (b"", "cp1252", "Windows-1252"),
    ],
)
def test_encoding_is_detected_and_named_on_stderr(
    batch: Batch, mark: bytes, codec: str, name: str
) -> None:
    content = table(*(cells(dossier=each, établissement="privé habilité") for each in NAMES))
    done = batch(mark + content.encode(codec))
    assert [row["dossier"] for row in done.rows()] == list(NAMES)
    assert done.verdicts() == ["eligible"] * 3
    assert f"Lu en {name}, séparateur : point-virgule." in done.told()
    assert done.written is not None
    assert done.written.startswith(codecs.BOM_UTF8 + b"dossier;")
    assert "\ufffd" not in done.written.decode()


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("encoding", "codec"),
    [
        *(("mac-roman", "mac-roman"), ("cp850", "cp850"), ("iso-8859-15", "iso-8859-15")),
        *(("latin-9", "iso-8859-15"), ("utf-16", "utf-16"), ("utf-16-be", "utf-16-be")),
        *(("UTF8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-8", "utf-8-sig")),
        *(("utf-16le", "utf-16-le"), ("windows-1252", "cp1252"), ("latin1", "latin-1")),
    ],
)
def test_encoding_option_reads_any_other_encoding(
    batch: Batch, encoding: str, codec: str, line_end: str
) -> None:
    content = table(cells(dossier="Éloïse Façade"), cells(handicap="oui")).replace("\n", line_end)
    done = batch(content.encode(codec), "--encoding", encoding)
    assert [row["dossier"] for row in done.rows()] == ["Éloïse Façade", "Éloïse"]
    assert done.verdicts() == ["eligible", "eligible"]
    assert f"Lu en {encoding}," in done.told()
    assert "\ufffd" not in done.said


def test_bad_byte_is_refused_with_its_line(batch: Batch) -> None:
    lines = [HEAD, *[ROW] * 4999]
    content = "\n".join(lines).encode() + b"\nMart\xe9n;12/03/2005;non\n" + ROW.encode()
    refused(batch(content), 3, "Ligne 5001", "UTF-8")
    crossed = content.replace(b"\n", b"\r\n")
    refused(batch(crossed), 3, "Ligne 5001")
    refused(batch(crossed.replace(b"\r\n", b"\r")), 3, "Ligne 5001")


@pytest.mark.parametrize(
    ("content", "flags", "line"),
    [
        (table(ROW).encode() + b"Zo\xc3", (), 3),
        (codecs.BOM_UTF8 + table("x").encode("cp1252"), (), 1),
        (table("Zo\x81").replace("é", "e").encode("latin-1"), (), 2),
        (table(ROW).encode("cp1252"), ("--encoding", "utf-8"), 1),
        (table(ROW, "a\x81b").encode("latin-1"), ("--encoding", "cp1252"), 3),
        (codecs.BOM_UTF16_LE + table(ROW).encode("utf-16-le") + b"x", (), 3),
        (codecs.BOM_UTF16_LE + table("x").encode("utf-16-le") + b"\x00\xd8a\x00", (), 3),
        (codecs.BOM_UTF16_BE + table("x").encode("utf-16-be") + b"\xdc\x00\x00a", (), 3),
    ],
)
def test_bytes_outside_the_encoding_are_refused_with_their_line(
    batch: Batch, content: bytes, flags: tuple[str, ...], line: int
) -> None:
    refused(batch(content, *flags), 3, f"Ligne {line} ")


def test_cp1252_is_taken_only_without_multi_byte_sequences(batch: Batch) -> None:
    mixed = table(ROW).encode() + b"Zo\xe9;;;;;;\n"
    refused(batch(mixed), 3, "Ligne 3")
    assert batch(table(ROW).encode("cp1252") + b"Zo\xe9;;;;;;\n").code == 0


@pytest.mark.parametrize("encoding", ["mac-roman", "cp850"])
def test_accents_of_an_old_mac_and_of_ms_dos_are_never_read_as_cp1252(
    batch: Batch, encoding: str
) -> None:
    content = "nom;age;fin\nZ;21;20/06/2027\nDédé;22;20/06/2027\n".encode(encoding)
    refused(done := batch(content), 3, "Ligne 3")
    assert f"--encoding {encoding}" in done.told()
    assert batch(content, "--encoding", encoding).rows()[1]["nom"] == "Dédé"


def test_names_with_a_letter_of_cp1252_alone_are_read(batch: Batch) -> None:
    done = batch("nom;age\nŽižka;21\nDUŠEK ŽŠ ‚é…;22\n".encode("cp1252"))
    assert [row["nom"] for row in done.rows()] == ["Žižka", "DUŠEK ŽŠ ‚é…"]


def test_bad_byte_in_a_later_block_names_its_line(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ami_cli.batch.formats.text.BLOCK", 1000)
    filler = (ROW + "\n") * 100
    content = table().encode() + filler.encode() + b"\xff\n"
    line = content.count(b"\n")
    refused(batch(content), 3, f"Ligne {line} ")
    refused(batch(content, "--encoding", "ascii"), 3, "Ligne 1 ")


@pytest.mark.parametrize(
    "name",
    [
        "klingon",
        "base64",
        "rot13",
        "hex",
        "undefined",
        "",
        "mbcs",
        "../x",
        "idna",
        "unicode_escape",
    ],
)
def test_unknown_encoding_name_is_a_usage_error(batch: Batch, name: str) -> None:
    refused(batch(table(ROW), "--encoding", name), 2, "encodage")


# --- not the file it claims ----------------------------------------------------------------------

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.tsv", "a", "a.dat"])
@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"<!DOCTYPE html><html><body>Connexion</body></html>", "page web"),
        (b"\n\n  <html lang=fr>", "page web"),
        (codecs.BOM_UTF8 + b"<HTML>", "page web"),
        ("<html><body>".encode("utf-16"), "page web"),
        (b'<?xml version="1.0"?><Workbook/>', "page web"),
        (gzip.compress(table(ROW).encode()), "compressée"),
        (b"BZh91AY&SY", "compressée"),
        (OLE + bytes(512), "Excel"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"{\\rtf1\\ansi}", "RTF"),
        (b"SQLite format 3\0", "SQLite"),
        (bytes(4096), "nuls"),
        (bytes(100_000), "nuls"),
        (b"", "vide"),
        (codecs.BOM_UTF8, "vide"),
        (codecs.BOM_UTF16_LE, "vide"),
        (codecs.BOM_UTF16_BE, "vide"),
        (b"\r\n\n  \r\n", "vide"),
        (b"\n" * 10_000, "vide"),
        (codecs.BOM_UTF8 + b"sep=;\n", "vide"),
    ],
)
def test_file_that_is_no_table_is_refused_by_its_first_bytes(
    batch: Batch, content: bytes, word: str, name: str
) -> None:
    refused(batch(content, name=name), 3, word)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"PK\x03\x04" + bytes(40), ("XLSX", ".csv")),
        ("a.csv", b"PAR1" + bytes(40), ("Parquet", ".csv")),
        ("a.csv", b'[{"age": 21}]', ("JSON", ".csv")),
        ("a.csv", b'{"age": 21}\n{"age": 22}\n', ("JSON", ".csv")),
        ("a.xlsx", table(ROW).encode(), ("CSV", ".xlsx")),
        ("a.parquet", table(ROW).encode(), ("CSV", ".parquet")),
        ("a.jsonl", table(ROW).encode(), ("CSV", ".jsonl")),
    ],
)
def test_ending_of_another_format_is_refused(
    batch: Batch, name: str, content: bytes, words: tuple[str, ...]
) -> None:
    refused(batch(content, name=name), 3, *words)


def test_header_in_brackets_is_read_as_csv(batch: Batch) -> None:
    assert batch(f"[1];{HEAD}\nx;{ROW}\n").verdicts() == ["eligible"]


@pytest.mark.parametrize("content", [HEAD, HEAD + "\n", HEAD + "\r\n\r\n;;;;;;\r\n"])
def test_header_alone_gives_an_empty_result_and_a_notice(batch: Batch, content: str) -> None:
    done = batch(content)
    assert done.code == 0
    assert done.table() == [[*HEAD.split(";"), *RESULTS]]
    assert "Le fichier n’a que son en-tête : le résultat est vide." in done.told()


@pytest.mark.parametrize("bad", ["\0", "\x1a", "\0" * 5000])
@pytest.mark.parametrize("codec", ["utf-8", "cp1252", "utf-16"])
def test_nul_and_ctrl_z_are_refused_with_their_line(batch: Batch, bad: str, codec: str) -> None:
    content = (table(ROW, ROW) + f"a{bad}b;;;;;;\n").encode(codec)
    refused(batch(content), 3, "Ligne 4 ")


def test_url_or_folder_without_a_table_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for source in ("https://example.org/a.csv", "file:///etc/hosts", str(tmp_path), "s3://a/b"):
        assert main(["batch", source, "-o", str(tmp_path / "out.csv")]) == 3
        told = capsys.readouterr().err
        assert "est illisible" in told or "aucun tableau" in told
    assert list(tmp_path.iterdir()) == []


# --- separators and shape ------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quoted", [False, True])
def test_separators_and_line_ends(
    batch: Batch, separator: str, line_end: str, quoted: bool
) -> None:
    text = io.StringIO(newline="")
    style: Any = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=separator, lineterminator=line_end, quoting=style)
    writer.writerows([HEAD.split(";"), CELLS, ["a;b,c\td", *CELLS[1:]]])
    done = batch(text.getvalue())
    assert [row["dossier"] for row in done.rows(separator)] == ["Éloïse", "a;b,c\td"]
    assert {row["ami_verdict"] for row in done.rows(separator)} == {"eligible"}
    name = {";": "point-virgule", ",": "virgule", "\t": "tabulation"}[separator]
    assert f"séparateur : {name}." in done.told()


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "sep=; "])
@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "cp1252"])
def test_separator_line_of_excel_is_read(batch: Batch, first: str, codec: str) -> None:
    done = batch(f"{first}\r\n{HEAD}\r\n{ROW}\r\nx;?!\r\n".encode(codec))
    assert done.verdicts() == ["eligible", "invalid"]
    assert done.lines() == [4]


def test_mixed_line_ends_are_read(batch: Batch) -> None:
    rows = [cells(dossier=f"D{rank}") for rank in range(4)]
    for ends in (("\r", "\n", "\r\n", "\r"), ("\r\n", "\r", "\n", ""), ("\n", "\r\n", "\r", "\n")):
        content = HEAD + "\n" + "".join(map(str.__add__, rows, ends))
        for text in (content, content.replace("D1", '"D1"')):
            done = batch(text)
            assert [row["dossier"] for row in done.rows()] == ["D0", "D1", "D2", "D3"]
            assert done.verdicts() == ["eligible"] * 4


def test_only_the_line_ends_of_files_end_a_line(batch: Batch) -> None:
    odd = "a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g"
    done = batch(table(cells(dossier=odd), cells(dossier=f'"{odd}"'), "x;?!"))
    assert [row["dossier"] for row in done.rows()] == [odd, odd, "x"]
    assert done.lines() == [4]


def test_quotes_and_line_breaks_in_cells(batch: Batch) -> None:
    names = ["a\nb", 'L"Aquila', '"', "a;b", 'fin"', "a\r\nb\rc", "\n", ' "x" ', "a\n\nb"]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerows([HEAD.split(";"), *([name, *CELLS[1:]] for name in names)])
    done = batch(text.getvalue())
    assert [row["dossier"] for row in done.rows()] == names
    assert done.verdicts() == ["eligible"] * len(names)


def test_quote_inside_an_unquoted_cell_is_text(batch: Batch) -> None:
    done = batch(table(cells(dossier='L"Aquila'), cells(dossier='5"'), cells(dossier='a "b" c')))
    assert [row["dossier"] for row in done.rows()] == ['L"Aquila', '5"', 'a "b" c']
    assert done.verdicts() == ["eligible"] * 3


def test_lines_are_the_physical_lines_of_the_file(batch: Batch) -> None:
    content = f'\n\n{HEAD}\n"a\nb\nc"{ROW[6:]}\n\n;;;;;;\n{cells(handicap="peut-être")}\nx;1\n'
    done = batch(content)
    assert done.verdicts() == ["eligible", "invalid", "invalid"]
    assert done.lines() == [9, 10]
    assert "Lignes vides passées : 4." in done.told()


@pytest.mark.parametrize(
    "blank", ["", ";;;;;;", ";;", '"";"";;;;;', "   ", " ; ;;;\t;;", ";;;;;;;;;;;;"]
)
def test_thousand_empty_rows_of_excel_are_no_rows(batch: Batch, blank: str) -> None:
    done = batch("\r\n".join((HEAD, ROW, *[blank] * 1000, ROW, *[blank] * 1000, "")))
    assert done.verdicts() == ["eligible"] * 2
    assert done.code == 0
    assert "Lignes vides passées : 2 000." in done.told()


def test_trailing_separators_are_ignored(batch: Batch) -> None:
    everywhere = batch(f"{HEAD};\n{ROW};\n{ROW};\n")
    assert everywhere.table()[0] == [*HEAD.split(";"), "", *RESULTS]
    assert everywhere.verdicts() == ["eligible"] * 2
    in_rows = batch(f"{HEAD}\n{ROW};\n{ROW};;;\n")
    assert in_rows.table()[0] == [*HEAD.split(";"), *RESULTS]
    assert in_rows.verdicts() == ["eligible"] * 2


def test_single_column_is_read(batch: Batch) -> None:
    done = batch("âge\n21\n\n30\n?\nx y\n")
    assert done.verdicts() == ["undetermined"] * 3 + ["invalid"]
    assert [row["âge"] for row in done.rows()] == ["21", "30", "?", "x y"]


# --- damage --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (table(ROW, f'"{ROW}', ROW), 3),
        (table(ROW, f'{ROW[:-10]}"20/06/2027', ROW, ROW), 3),
        (table(f'"{ROW}', ROW, f'"Durand"{ROW[6:]}', ROW), 2),
        (table(ROW, f'"{ROW}', *[ROW] * 2_000), 3),
        (table(cells(handicap='"non'), ROW, cells(handicap='non"'), ROW), 2),
        (table(cells(fin='"20/06/2027'), 'Zoé"' + ROW[6:], ROW), 2),
        (table(ROW, 'x;"' + "\n" * 5000 + '";;;;;', ROW), 3),
        (f'"{HEAD}\n{ROW}\n', 1),
        (f'\n\nsep;"{HEAD}\n{ROW}\n', 3),
        (f'{HEAD[:-3]}"fin\n{ROW}\n', 1),
        ('"' + "x\n" * 2_000 + '";âge\n1;21\n', 1),
    ],
)
def test_quote_that_does_not_close_names_the_line_it_opens_at(
    batch: Batch, content: str, line: int
) -> None:
    done = batch(content)
    assert (done.code, done.written) == (3, None)
    assert f"Ligne {line} : un guillemet s’ouvre" in done.told()


def test_text_after_a_quote_makes_its_row_invalid(batch: Batch) -> None:
    done = batch(table(ROW, f'"Zoé" L{ROW[6:]}', ROW, '"a"b"c"', f'"x" ;{ROW[7:]}', ROW))
    assert done.verdicts() == [
        *("eligible", "invalid", "eligible", "invalid", "invalid", "eligible")
    ]
    for row in (1, 3, 4):
        assert done.errors(row) == "du texte suit un guillemet fermant"
    assert "Zoé" not in done.said
    assert done.lines() == [3, 5, 6]


def test_short_and_long_rows_are_invalid_and_never_shifted(batch: Batch) -> None:
    short, long = "Zoé;12/03/2005;non", f"{ROW};12/03/2005;oui"
    done = batch(table(ROW, short, long, f'"a\nb";{short}', ROW))
    assert done.verdicts() == ["eligible", "invalid", "invalid", "invalid", "eligible"]
    names = HEAD.split(";")
    kept = [[row[name] for name in names] for row in done.rows()]
    assert kept[1] == ["Zoé", "12/03/2005", "non", "", "", "", ""]
    assert kept[2] == CELLS
    assert done.errors(1) == "ligne de 3 cellules au lieu de 7"
    assert done.errors(2) == ("ligne de 9 cellules au lieu de 7 | cellules en trop: 12/03/2005;oui")
    assert "Zoé" not in done.said
    assert "12/03/2005" not in done.said


def test_repeated_headers_and_rows_of_another_export_are_invalid(batch: Batch) -> None:
    mark = "\ufeff"
    done = batch(table(ROW) + mark + table(ROW) + table(ROW))
    assert done.verdicts() == ["eligible", "invalid", "eligible", "invalid", "eligible"]
    assert done.rows()[1]["dossier"] == "\ufeffdossier"
    other = batch(table(ROW) + "nom;prénom;âge\nZoé;Lou;21\n")
    assert other.verdicts() == ["eligible", "invalid", "invalid"]


@pytest.mark.parametrize(
    "row",
    [
        *("Total;;;;;;", "TOTAL;3;;;;;", ";;Total;;;;", "Total général;;;;;;", "Sous-total;;;;;;"),
        *("sous_total : 3;;;;;;", '"Total";;;;;;', '"Total";"3";;;;;', "Totaux;;;;;;", "Total;3"),
    ],
)
def test_row_of_totals_is_invalid(batch: Batch, row: str) -> None:
    done = batch(table(ROW, row))
    assert done.verdicts() == ["eligible", "invalid"]
    assert done.errors(1) in (
        "ligne de total, et non un dossier",
        "ligne de 2 cellules au lieu de 7",
    )


def test_row_with_its_answers_is_a_student_whatever_its_first_cell_says(batch: Batch) -> None:
    done = batch(table(f'"Total\n(bis)"{ROW[6:]}', f"Total Energies{ROW[6:]}", ROW))
    assert done.verdicts() == ["eligible"] * 3
    stage = batch("entreprise;âge;type_séjour\nTotalEnergies;21;stage\nTotal;21;\n")
    assert stage.verdicts() == ["undetermined", "invalid"]


def test_names_that_resemble_a_total_are_students(batch: Batch) -> None:
    names = ["Totalain", "Totah", "Soustotal", "Le Total", "Tota"]
    done = batch(table(*(cells(dossier=name) for name in names)))
    assert done.verdicts()[:2] + done.verdicts()[3:] == ["eligible"] * 4


# --- headers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "flags"),
    [
        (["DATE NAISSANCE", "Handicap", " bourse ", "etablissement", "DÉBUT", "Fin"], ()),
        (["date-de-naissance", "HANDICAP", "Bourse", "Établissement", "date départ", "FIN"], ()),
        (["Birth_Date", "Disability", "scholarship", "ESTABLISHMENT", "Start", "end"], ()),
        (["Date  de\u00a0naissance", "handicap", "bourse", "Établissement", "début", "fin"], ()),
        (["né le", "handicap", "bourse", "etab", "début", "fin"],
         ("--map", "né le=birth_date", "--map", "ETAB=Établissement")),
        (["a=b", "handicap", "bourse", "établissement", "début", "fin"],
         ("--map", "a=b=date_naissance")),
    ],
)  # fmt: skip
def test_headers_are_folded_and_written_as_they_were(
    batch: Batch, headers: list[str], flags: tuple[str, ...]
) -> None:
    done = batch(";".join(["N°", *headers]) + f"\n{ROW}\n", *flags)
    assert done.table()[0] == ["N°", *headers, *RESULTS]
    assert done.verdicts() == ["eligible"]


def test_byte_order_mark_before_a_quoted_header_is_removed(batch: Batch) -> None:
    done = batch('\ufeff"date_naissance";"début"\n12/03/2005;15/01/2027\n')
    assert done.table()[0][:2] == ["date_naissance", "début"]
    assert done.verdicts() == ["undetermined"]
    assert "date_naissance" not in done.said


def test_header_of_several_lines_is_read(batch: Batch) -> None:
    done = batch('"date de\nnaissance";âge;x\n;21;1\n;?!;1\n')
    assert done.table()[0][:3] == ["date de\nnaissance", "âge", "x"]
    assert done.verdicts() == ["undetermined", "invalid"]
    assert done.lines() == [4]


def test_misspelled_header_is_reported_and_its_column_is_kept(batch: Batch) -> None:
    done = batch(table(ROW).replace("handicap", "handicapp").replace("date_naiss", "date_nais"))
    assert "« date_naisance » n’est pas lue ; c’est peut-être « Date de naissance ». " in (
        done.told()
    )
    assert "« handicapp » n’est pas lue" in done.told()
    assert done.rows()[0]["date_naisance"] == "12/03/2005"
    assert done.verdicts() == ["undetermined"]


def test_answers_without_a_column_are_said_once(batch: Batch) -> None:
    said = batch("âge;nom\n" + "21;a\n" * 5000).told()
    assert said.count("Sans colonne, donc sans réponse :") == 1
    for label in ("situation de handicap", "bourse", "premier jour", "aide au mérite"):
        assert label in said.partition("Sans colonne")[2].partition(".")[0]
    whole = ";".join(each.name for each in FIELDS)
    assert "Sans colonne" not in batch(f"{whole}\n{';' * 14}\n1999-01-01{';' * 14}\n").said


@pytest.mark.parametrize(
    ("header", "flags", "code", "words"),
    [
        ("début;date_départ", (), 3, ("« début »", "« date_départ »", "start")),
        ("Échelon;echelon", (), 3, ("« Échelon »", "« echelon »")),
        ("birth_date;date de naissance", (), 3, ("« birth_date »", "« date de naissance »")),
        ("âge;nom;nom", ("--format", "jsonl"), 3, ("« nom »", "2 et 3")),
        ("âge;nom; nom ", ("--format", "parquet"), 3, ("« nom »", "2 et 3")),
        ("âge;ami_verdict", (), 3, ("« ami_verdict »",)),
        ("âge; AMI_note", (), 3, ("« AMI_note »", "réservé")),
        ("nom;prénom", (), 3, ("(2)",)),
        ("âge;nom", ("--map", "prénom=age"), 2, ("« prénom »",)),
        ("âge;nom", ("--map", "nom=couleur"), 2, ("« nom=couleur »",)),
        ("âge;nom", ("--map", "nom"), 2, ("« nom »",)),
        ("âge;nom", ("--map", "=age"), 2, ("« =age »",)),
        ("âge;nom", ("--map", "nom=-", "--map", "nom=start"), 2, ("« nom=start »",)),
        ("âge;nom", ("--only", "nam"), 2, ("« nam »",)),
    ],
)  # fmt: skip
def test_columns_that_cannot_be_told_apart_are_refused(
    batch: Batch, header: str, flags: tuple[str, ...], code: int, words: tuple[str, ...]
) -> None:
    refused(batch(f"{header}\n21;x\n", *flags), code, *words)


def test_column_mapped_to_a_dash_is_ignored(batch: Batch) -> None:
    done = batch("âge;Age \n21;?!\n", "--map", "Age =-")
    assert done.verdicts() == ["undetermined"]
    assert done.rows()[0]["Age "] == "?!"
    both = batch("début;date_départ\n15/01/2027;x\n", "--map", "date_départ=-")
    assert both.rows()[0]["ami_start_by"] == "2026-07-15"


def test_missing_header_is_refused_without_personal_values(batch: Batch) -> None:
    for content in (f"{ROW}\n{ROW}\n", "Zoé;oui;oui;12/03/2005\n", "Zoé\nLou\n"):
        done = batch(content)
        refused(done, 3, "nommée comme une réponse")
        assert not {"Zoé", "Éloïse", "12/03/2005", "oui"} & set(re.findall(r"[\w/]+", done.said))


def test_misspelled_only_header_gets_a_suggestion(batch: Batch) -> None:
    refused(batch("date_naisance\n12/03/2005\n"), 3, "(1)")
    assert "dire birth-date" in batch("date_naisance\n12/03/2005\n").told()


# --- cells ---------------------------------------------------------------------------------------

READ_DATES = (
    *("15/01/2027", "2027-01-15", "15-01-2027", "15.1.2027", " 15/1/2027 "),
    *("2027-01-15 00:00", "2027-01-15T00:00:00", "15/01/2027 00:00:00", "2027-01-15 00:00:00.000"),
)
REFUSED_DATES = (
    *("15/01/27", "15/13/2027", "2027-13-01", "31/04/2027", "29/02/2027", "2027-02-29"),
    *("01/2027", "2027-01", "2027", "janvier 2027", "15 brumaire 2027", "2027-W03", "2027-W03-5"),
    *("20270115", "1799971200", "46402", "46402.0", "2027-01-15 08:30", "2027-01-14T23:00:00Z"),
    *("１５/０１/２０２７", "١٥/٠١/٢٠٢٧", "2027-01-15 ?", "15/01/2027,", "15//2027", "15/01-2027"),
    *("0000-00-00", "00/01/2027", "2027/01/15", "1899-12-31", "2100-01-01", "-2027-01-15"),
    *("#REF!", "#N/A", "demain", "=TODAY()", "NaT", "2027-1-15", "15/01/02027"),
)  # fmt: skip


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_dates_that_are_read(batch: Batch, lang: str) -> None:
    done = batch(table(*(cells(début=text) for text in READ_DATES)), "--lang", lang)
    assert {row["ami_start_by"] for row in done.rows()} == {"2026-07-15"}
    assert [row["début"] for row in done.rows()] == list(READ_DATES)


def test_dates_that_are_never_repaired(batch: Batch) -> None:
    content = table(*(cells(début=f'"{text}"') for text in REFUSED_DATES))
    done = batch(content, "--raw")
    assert done.code == 4
    for text, row in zip(REFUSED_DATES, done.rows(), strict=True):
        assert row["début"] == text
        assert row["ami_verdict"] == "invalid", text
        assert row["ami_errors"].startswith(f"début: {text}: "), text
        results = [row[name] for name in RESULTS if name not in ("ami_verdict", "ami_errors")]
        assert not any(results), text


def test_invalid_date_gets_its_reason(batch: Batch) -> None:
    done = batch(
        table(*(cells(début=text) for text in ("15/01/27", "31/04/2027", "x", "1/1/1800")))
    )
    reasons = [row["ami_errors"].rpartition(": ")[2] for row in done.rows()]
    assert reasons == [
        "l’année se donne sur quatre chiffres",
        "ce jour n’existe pas dans le calendrier",
        "n’est pas une date, à écrire 15/01/2027 ou 2027-01-15",
        "la date sort de 1900 à 2099",
    ]


@pytest.mark.parametrize(
    ("column", "read", "refused_forms"),
    [
        (
            "mois_perçus",
            ("3", "3.0", "3,0", "3,00", "0", "60", "", "?", "nsp", "N/A", "je ne sais pas"),
            ("3 moi", "1e1", "1_0", "½", "NaN", "inf", str(10**24), "-1", "+3", "3,5", "61",
             "0x3", "٣", "３", "³", "trois", "3.", ".3", "3 0", "1'0", "oui", "true", "800 €"),
        ),
        (
            "échelon",
            ("6", "6.0", "6,0", "0bis", "0 bis", "Échelon 5", "échelon 0bis", "7", "?"),
            ("6-7", "06-juil", "8", "0", "bis", "6.5", "6e", "VI", "6 ou 7", "oui"),
        ),
        (
            "rural",
            ("oui", "O", "yes", "Y", "Vrai", "TRUE", "1", "x", "non", "n", "NO", "faux", "0", ""),
            ("peut-être", "2", "ouii", "oui/non", "-1", "1.00", "ja", "✗", "--", "oui?", "rqth"),
        ),
        (
            "établissement",
            ("public", "PRIVÉ HABILITÉ", "privé non-habilité", "Agriculture", "étranger", "?"),
            ("privé", "private", "Sorbonne", "publique", "publics", "lycée", "1", "public / privé"),
        ),
        (
            "bourse",
            ("BCS", "boursière", "oui", "Non", "aucune", "none", "en cours", "échelon 5", "null"),
            ("bsc", "2", "b", "bourse", "échelon 8", "définitif", "BGF"),
        ),
        (
            "type_séjour",
            ("études", "Échange", "STAGE", "autre", "séjour d'études", "séjour d’études", "study"),
            ("vacances", "semestre", "tourisme", "1"),
        ),
    ],
)  # fmt: skip
def test_documented_forms_are_read_and_no_other(
    batch: Batch, column: str, read: tuple[str, ...], refused_forms: tuple[str, ...]
) -> None:
    lines = [f'"{text}";x' for text in (*read, *refused_forms)]
    done = batch("\n".join((f"{column};autre_colonne", *lines)), "--raw")
    verdicts = dict(zip((*read, *refused_forms), done.verdicts(), strict=True))
    assert {text for text, verdict in verdicts.items() if verdict == "invalid"} == set(
        refused_forms
    )
    for row in done.rows()[len(read) :]:
        assert row["ami_errors"].startswith(f"{column}: {row[column][:59]}"), row


def test_suggestion_is_never_a_guess(batch: Batch) -> None:
    done = batch("établissement\npublc\nprivé\n")
    assert done.verdicts() == ["invalid"] * 2
    assert done.errors(0).endswith("(peut-être public)")
    assert "« privé habilité » ou « privé non habilité »" in done.errors(1).replace("\u00a0", " ")


def test_several_errors_of_a_row_are_joined(batch: Batch) -> None:
    done = batch(table(cells(handicap="bof", début="31/04/2027"), cells(fin="14/01/2027")))
    parts = done.errors(0).split(" | ")
    assert [part.split(": ")[:2] for part in parts] == [
        ["handicap", "bof"],
        ["début", "31/04/2027"],
    ]
    assert done.errors(1) == "fin: 2027-01-14: le retour vient avant le départ"


def test_errors_show_no_control_character_and_are_short(batch: Batch) -> None:
    done = batch(table(cells(handicap="\x1b[31m\u202e\x07" + "z" * 10_000)))
    assert len(done.errors()) < 300
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", done.errors() + done.said)
    assert done.rows()[0]["handicap"].startswith("\x1b[31m")


# --- size ----------------------------------------------------------------------------------------


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("where", "quoted", "size"),
    [("dossier", "", 10_000_000), ("dossier", '"', 10_000_000), ("handicap", "", 1_000_000)],
)
def test_cell_of_ten_megabytes(batch: Batch, where: str, quoted: str, size: int) -> None:
    big = "é" * (size // 2)
    done = batch(table(ROW, cells(**{where: f"{quoted}{big}{quoted}"}), ROW))
    wrong = "invalid" if where == "handicap" else "eligible"
    assert done.verdicts() == ["eligible", wrong, "eligible"]
    assert done.rows()[1][where] == big
    assert len(done.said) < 3000


def test_line_longer_than_any_table_is_refused(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ami_cli.batch.formats.text.BLOCK", 100)
    monkeypatch.setattr("ami_cli.batch.formats.text.LONGEST_CELL", 1000)
    content = table(ROW) + "x" * 1_200
    refused(batch(content), 3, "Ligne 3 ", "trop longue")


@pytest.mark.no_cover
@pytest.mark.parametrize(("cell", "near"), [("21", "date_naisance"), ('"21"', "c")])
def test_twenty_thousand_columns_are_read_and_more_are_refused(
    batch: Batch, cell: str, near: str
) -> None:
    names = ["âge", *(f"{near}{rank}" for rank in range(MOST_COLUMNS - 1))]
    row = cell + ";" * (MOST_COLUMNS - 1)
    done = batch(";".join(names) + f"\n{row}\n{row[:-1]}\n{row}\n")
    assert done.verdicts() == ["undetermined", "invalid", "undetermined"]
    assert done.table()[0] == [*names, *RESULTS]
    assert len(done.said.encode()) < 64 * 1024
    refused(batch(";".join([*names, "x"]) + "\n"), 3, "20000 colonnes")


def spread(rows: int, line_end: str, quoted: bool) -> str:
    """A file of several blocks, whose rows are known by their number."""
    lines = [HEAD + line_end]
    for rank in range(rows):
        name = f"D{rank:06d}"
        if quoted and rank % 7 == 0:
            name = f'"{name}\n""suite"";{rank}"'
        lines.append(f"{name}{ROW[6:]}{line_end}")
    return "".join(lines)


@pytest.mark.parametrize("own_text", [True, False])
@pytest.mark.parametrize(("line_end", "quoted"), [("\n", False), ("\r\n", True)])
def test_rows_out_are_rows_in_over_many_blocks(
    line_end: str, quoted: bool, own_text: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ami_cli.batch.formats.text.BLOCK", 20_000)
    monkeypatch.setattr(formats_csv, "CHUNK_ROWS", 100)
    copy = copied(spread(2_000, line_end, quoted).encode(), own_text=own_text)
    assert [row[0] for row in copy.rows] == [
        f'D{rank:06d}\n"suite";{rank}' if quoted and rank % 7 == 0 else f"D{rank:06d}"
        for rank in range(2_000)
    ]
    assert all(row[1:] == CELLS[1:] for row in copy.rows)
    assert not any(copy.faults)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "cp1252"])
def test_records_and_characters_cross_the_ends_of_blocks(
    monkeypatch: pytest.MonkeyPatch, line_end: str, codec: str
) -> None:
    content = (spread(16, line_end, quoted=True) + f'"é\r\né\ré";x{line_end}').encode(codec)
    whole = copied(content)
    assert whole.lines == [2, *range(4, 10), 10, *range(12, 18), 18, 20, 21]
    assert whole.faults == [None] * 16 + ["ligne de 2 cellules au lieu de 7"]
    for block in (3, 64, 333):
        monkeypatch.setattr("ami_cli.batch.formats.text.BLOCK", block)
        assert copied(content) == whole


@pytest.mark.parametrize("odd", ["", "x;y", "Total;3", ";;;;;;", '"a\nb"' + ROW[6:], f"{ROW};z"])
@pytest.mark.parametrize("place", [0, 31, 63])
def test_odd_row_changes_no_other(odd: str, place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the file is read in many blocks."""
    rows = [cells(dossier=f"D{rank}") for rank in range(64)]
    rows.insert(place, odd)
    content = table(*rows).encode()
    whole = copied(content)
    names = [row[0] for row in whole.rows if row[0][0] == "D"]
    assert names == [f"D{rank}" for rank in range(64)]
    blank = not odd.strip(";")
    assert len(whole.rows) == 65 - blank
    assert (place + 2 in whole.lines) is not blank
    monkeypatch.setattr("ami_cli.batch.formats.text.BLOCK", 200)
    assert copied(content) == whole


def test_byte_order_mark_at_the_start_of_a_block_stays_in_its_cell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("\ufeffa", '"\ufeffa"', '\ufeff"a"'):
        content = table(ROW, cells(dossier=name), ROW).encode()
        monkeypatch.setattr("ami_cli.batch.formats.text.BLOCK", len(table(ROW).encode()))
        for own_text in (True, False):
            copy = copied(content, own_text=own_text, raw=False)
            assert copy.rows[1][0] == (name if name[0] == "\ufeff" else "\ufeffa")


@pytest.mark.parametrize("block", [16, BLOCK])
def test_blank_lines_before_the_header_are_counted(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ami_cli.batch.formats.text.BLOCK", block)
    source = CsvSource(io.BytesIO(b"\n" * 300_000 + table(ROW).encode()), None, words_of("fr"))
    assert source.blank == 300_000
    assert [line for chunk in source.chunks([0]) for line in chunk.lines] == [300_002]


def test_short_rows_under_a_wide_header_are_read_a_few_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(formats_csv, "_MOST_CELLS", 10_000)
    header = ";".join(f"c{rank}" for rank in range(100))
    content = f"{header}\n" + "1\n" * 1_000
    source = CsvSource(io.BytesIO(content.encode()), None, words_of("fr"))
    assert [chunk.frame.height for chunk in source.chunks(range(100))] == [100] * 10


def test_header_longer_than_a_name_is_refused(batch: Batch) -> None:
    refused(batch(f"\nâge;{'x' * 20_000}\n21;1\n"), 3, "Ligne 2 ", "trop longue")


def test_rows_are_repeated_letter_for_letter(batch: Batch) -> None:
    rows = ['"21";"12/03/2005";"non";"bcs";"public";"15/01/2027";""']
    rows += [f'a "b"{ROW[6:]}', '"a\nb"' + ROW[6:]]
    done = batch(table(*rows))
    assert done.written is not None
    for row in rows:
        assert re.search(f"\n{re.escape(row)};(eligible|undetermined);", done.written.decode())


# --- formulas ------------------------------------------------------------------------------------

ARMED = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\tx", "=cmd|'/c calc'!A1", "-", "+", "=", "-1e5")
UNARMED = ("-5", "+33612345678", "-1,5", "+2.5", "'=1", " =1", "a=1", "1-2", "e@f.fr", "x\n=1")


def quoted_row(name: str, separator: str = ";") -> str:
    """The usual student under another name, as csv writes it."""
    return line_of((name, *CELLS[1:]), separator, quoted=False)


@pytest.mark.parametrize("only", [(), ("--only", "dossier,fin")])
@pytest.mark.parametrize("every", [False, True])
def test_formulas_are_disarmed_and_counted(
    batch: Batch, only: tuple[str, ...], every: bool
) -> None:
    """`every` puts a cell of several lines first, so that rows are read one by one."""
    first = ['"a\nb"' + ROW[6:]] if every else []
    texts = (*ARMED, *UNARMED)
    content = table(*first, *(quoted_row(text) for text in texts))
    done = batch(content, *only)
    names = [row["dossier"] for row in done.rows()][len(first) :]
    assert names == [*(f"'{text}" for text in ARMED), *UNARMED]
    assert f"qu’un tableur aurait exécutées : {len(ARMED)} (" in done.told()
    assert set(done.verdicts()) == {"eligible"}
    raw = batch(content, *only, "--raw")
    assert [row["dossier"] for row in raw.rows()][len(first) :] == list(texts)
    assert "désarmées" not in raw.said


@pytest.mark.parametrize("name", ["=1;2", '="a"', "=1\n2", "\r=1", "\t\n;"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_quoted_formulas_are_disarmed(batch: Batch, name: str, separator: str) -> None:
    rows = [separator.join(HEAD.split(";")), quoted_row(name, separator)]
    done = batch("\n".join(rows), name="a.csv")
    assert done.rows(separator)[0]["dossier"] == disarmed(name, separator)
    assert done.rows(separator)[0]["ami_verdict"] == "eligible"


def test_formulas_in_headers_and_errors_are_disarmed(batch: Batch) -> None:
    done = batch("=nom;âge;@x\n1;2 an(s);3\n")
    assert done.table()[0][:3] == ["'=nom", "âge", "'@x"]
    assert "exécutées : 2 (" in done.told()
    assert batch("=nom;âge\n1;2\n", "--raw").table()[0][0] == "=nom"
    mapped = batch("=né le\n2 an(s)\n", "--map", "=né le=age")
    assert mapped.errors().startswith("'=né le: 2 an(s): ")


# --- what is written -----------------------------------------------------------------------------


def test_only_option_keeps_columns_in_the_order_of_the_file(batch: Batch) -> None:
    done = batch(table(ROW), "--only", "fin, dossier", "--only", "bourse")
    assert done.table()[0] == ["dossier", "bourse", "fin", *RESULTS]
    assert done.table()[1][:4] == ["Éloïse", "bcs", "20/06/2027", "eligible"]
    nothing = batch(table(ROW), "--only", "")
    assert nothing.table()[0] == list(RESULTS)
    comma = batch('"nom, prénom";âge\na;21\n', "--only", '"nom, prénom"')
    assert comma.table()[0] == ["nom, prénom", *RESULTS]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_output_has_the_documented_form(batch: Batch, separator: str) -> None:
    content = table(ROW, cells(handicap="?!")).replace(";", separator)
    done = batch(content, "--lang", "en")
    assert done.written is not None
    assert done.written.startswith(codecs.BOM_UTF8)
    assert done.written.endswith(b"\n")
    assert b"\r" not in done.written
    row, wrong = done.rows(separator)
    assert list(row) == [*HEAD.split(";"), *RESULTS]
    assert {name: row[name] for name in RESULTS} == {
        "ami_verdict": "eligible",
        "ami_failed": "",
        "ami_to_check": "",
        "ami_missing": "",
        "ami_assumed": "stay;in_curriculum;months_received",
        "ami_months": "5",
        "ami_months_max": "6",
        "ami_total": "2000",
        "ami_total_max": "2400",
        "ami_supplements": "",
        "ami_start_by": "2026-07-15",
        "ami_days_left": "-131",
        "ami_basis": "2025-2026",
        "ami_provisional": "true",
        "ami_school": "",
        "ami_commune": "",
        "ami_errors": "",
    }
    assert wrong["ami_verdict"] == "invalid"
    assert [name for name in RESULTS if wrong[name]] == ["ami_verdict", "ami_errors"]


_TEXT = st.text(
    st.characters(exclude_characters="\0\x1a", codec="utf-8")
    | st.sampled_from(';,\t"\n\r =+-@\ufeff\u00a0'),
    max_size=12,
)


@settings(max_examples=examples(100))
@given(
    rows=st.lists(st.tuples(_TEXT, _TEXT, _TEXT), min_size=1, max_size=12),
    separator=st.sampled_from((";", ",", "\t")),
    line_end=st.sampled_from(("\n", "\r\n", "\r")),
    quoted=st.booleans(),
    own_text=st.booleans(),
    block=st.sampled_from((16, 100, BLOCK)),
)
def test_every_cell_is_written_as_it_was_read(
    rows: list[tuple[str, str, str]],
    separator: str,
    line_end: str,
    quoted: bool,
    own_text: bool,
    block: int,
) -> None:
    named = ("nom", "âge", "x", "y")
    lines = [named, *((first, "21", second, third) for first, second, third in rows)]
    content = line_end.join(line_of(line, separator, quoted) for line in lines)
    with patch("ami_cli.batch.formats.text.BLOCK", block):
        copy = copied(content.encode(), own_text=own_text, raw=False)
    assert copy.rows == [[disarmed(cell, separator) for cell in line] for line in lines[1:]]
    totals = [fold(name.strip() or "21") for name, _, _ in rows]
    for fault, said in zip(copy.faults, totals, strict=True):
        assert (fault is not None) is bool(re.match(r"(sous |s/ ?)?tota(l|ux)\b", said))


def disarmed(text: str, separator: str) -> str:
    """A cell as the contract says it is written."""
    plain = re.fullmatch(r"[+-]?\d+([.,]\d+)?", text, re.ASCII)
    if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not plain:
        text = f"'{text}"
    return text if separator == ";" else re.sub(_FORMULA_BEHIND_SEMICOLON, r"\1'\2", text)


# --- the same verdict as `ami check` -------------------------------------------------------------


@pytest.mark.parametrize("separator", [";", ","])
def test_every_case_gets_the_verdict_of_ami_check(
    batch: Batch, separator: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [each.name for each in FIELDS if each.name in CASES[0]]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(["case", *names])
    writer.writerows([case["case"], *(case[name] for name in names)] for case in CASES)
    done = batch(text.getvalue())
    assert done.code == 0
    for case, row in zip(CASES, done.rows(separator), strict=True):
        assert row["case"] == case["case"]
        given_back = {name[4:]: row[name] for name in RESULTS if name[4:] in expected_of(case)}
        assert given_back == expected_of(case), case["case"]
        assert row["ami_errors"] == ""


def test_document_and_file_give_the_same_result(
    batch: Batch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = batch(table(ROW))
    document = tmp_path / "dossier.json"
    named = ("birth_date", "disability", "scholarship", "establishment", "start", "end")
    document.write_text(json.dumps(dict(zip(named, CELLS[1:], strict=True))), "utf-8")
    assert main(["check", "--answers", str(document), "--json", "--today", str(TODAY)]) == 0
    found = columns_of(json.loads(capsys.readouterr().out))
    assert {name[4:]: value for name, value in done.rows()[0].items() if name[:4] == "ami_"} == {
        **found,
        **dict.fromkeys(("school", "commune", "errors"), ""),
    }


# --- where the header is -------------------------------------------------------------------------


def chosen(name: str, heads: list[Head]) -> HeaderFinder:
    """Make a finder that takes the first row with a name, and keeps the heads that it sees."""

    def find(candidates: Iterator[Head]) -> tuple[int, int]:
        for rank, head in enumerate(candidates):
            heads.append(head)
            for line, texts in head.rows:
                if name in texts:
                    return rank, line
        return 0, 99

    return find


def test_header_may_stand_below_other_rows() -> None:
    """The first lines need not have the separator of the table."""
    content = "Suivi, mobilité, 2026-2027\n\n;;\nage;début;fin\n21;15/01/2027;20/06/2027\n;;\n"
    heads: list[Head] = []
    source = CsvSource(io.BytesIO(content.encode()), None, words_of("fr"), chosen("début", heads))
    assert source.headers == ("age", "début", "fin")
    assert [head.rows[0] for head in heads] == [
        (1, ("Suivi", " mobilité", " 2026-2027")),
        (1, ("Suivi, mobilité, 2026-2027",)),
    ]
    (chunk,) = source.chunks(range(3))
    assert chunk.lines.to_list() == [5]
    assert source.blank == 3
    with pytest.raises(UnreadableInput, match="no_header_row"):
        CsvSource(io.BytesIO(b"age\n21\n"), None, words_of("fr"), chosen("fin", []))


@pytest.mark.parametrize(
    ("content", "width", "faults"),
    [
        ("a;b;\n1;2\n3;4\n", 2, [None, None]),
        ("a;b;\n1;2;\n3;4;\n", 3, [None, None]),
        ("a;b;\n1;2\n3;\n5\n", 2, [None, None, "short"]),
        ("a;b;\n1;2;\n3;4\n", 3, [None, "short"]),
        ("a;b;;\n1;2\n", 4, ["short"]),
        ("a;b;c\n1;2\n", 3, ["short"]),
    ],
)
def test_separator_too_many_in_the_header_is_forgiven_if_no_row_has_it(
    content: str, width: int, faults: list[str | None]
) -> None:
    copy = copied(content.encode())
    assert {len(row) for row in copy.rows} == {width}
    assert [None if fault is None else "short" for fault in copy.faults] == faults


def test_short_rows_under_a_wide_header_are_refused_in_bounded_time() -> None:
    """A megabyte would be written as gigabytes of separators."""
    content = b";".join(b"c%d" % rank for rank in range(19_000)) + b"\n" + b"21\n" * 10_000
    source = CsvSource(io.BytesIO(content), None, words_of("fr"))
    with pytest.raises(UnreadableInput, match="csv_sparse"):
        list(source.chunks([0]))


def test_blank_lines_between_rows_are_counted() -> None:
    content = b"\n\r\nage\n" + b"\n" * 2_000_000 + b"21\n \n22\n\n"
    source = CsvSource(io.BytesIO(content), None, words_of("fr"))
    lines = [line for chunk in source.chunks([0]) for line in chunk.lines]
    assert lines == [2_000_004, 2_000_006]
    assert source.blank == 2_000_004


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("x;=1+1", "x;'=1+1"),
        ("=a;=b", "'=a;'=b"),
        ('x;"=1', "x;\"'=1"),
        ("x\n@SUM(1)", "x\n'@SUM(1)"),
        ("x;-5+cmd", "x;'-5+cmd"),
        ("x;-5;+33", "x;-5;+33"),
        ("x; =1", "x; =1"),
        ("2027;fin", "2027;fin"),
    ],
)
@pytest.mark.parametrize("only", [(), ("--only", "x")])
def test_formulas_where_a_french_excel_would_split_are_disarmed(
    batch: Batch, cell: str, safe: str, only: tuple[str, ...]
) -> None:
    quoted = cell.replace('"', '""')
    done = batch(f'age,x\n21,"{quoted}"\n22,"a;b"\n', *only)
    assert [row["x"] for row in done.rows(",")] == [safe, "a;b"]
    assert ("désarm" in done.said) == (cell != safe)
    done = batch(f'age,x\n21,"{quoted}"\n', "--raw", *only)
    assert [row["x"] for row in done.rows(",")] == [cell]
