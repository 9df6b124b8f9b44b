"""Several inputs and folders as one table: columns by name, rows in order, faults by file."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
import xlsxwriter

from tests.runner import DAY, ami

HEAD = "dossier;âge;handicap;bourse;échelon;établissement;début;fin;note"
ROWS = [
    "A1;21;non;bcs;6;public;15/01/2027;20/06/2027;x",
    "A2;30;non;bcs;6;public;15/01/2027;20/06/2027;",
    "B1;22;oui;aucune;;public;01/09/2026;30/06/2027;« é »",
    "C1;20;non;bcs;1;abroad;15/01/2027;20/06/2027;z",
]
ELIGIBLE = ROWS[0].removesuffix(";x")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of each test."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def batch(*arguments: str, **options: Any) -> tuple[int, str, str]:
    """Run a batch; return its exit code, stdout and stderr with plain spaces."""
    done = ami("batch", *arguments, *DAY, **options)
    told = done.stderr.replace("\u00a0", " ").replace("\u202f", " ")
    return done.returncode, done.stdout, " ".join(told.split())


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def write(name: str, lines: list[str]) -> None:
    """Write lines of cells in the format of a name."""
    head, *rows = [line.split(";") for line in lines]
    frame = pl.DataFrame(rows, schema=head, orient="row")
    match Path(name).suffix:
        case ".csv":
            Path(name).write_text("\n".join(lines) + "\n", "utf-8")
        case ".jsonl":
            frame.write_ndjson(name)
        case ".parquet":
            frame.write_parquet(name)
        case _:
            frame.write_excel(name)


def shown(name: str) -> list[tuple[Any, ...]]:
    """Return the cells of a result."""
    match Path(name).suffix:
        case ".parquet":
            frame = pl.read_parquet(name)
            return [tuple(frame.columns), *frame.rows()]
        case ".xlsx":
            return list(openpyxl.load_workbook(name).worksheets[0].values)
        case _:
            return [(line,) for line in Path(name).read_text("utf-8").splitlines()]


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx", "parquet"])
def test_parts_of_a_table_give_what_the_table_gives(form: str) -> None:
    write(f"all.{form}", [HEAD, *ROWS])
    for number, part in enumerate((ROWS[:2], ROWS[2:3], ROWS[3:])):
        write(f"part{number}.{form}", [HEAD, *part])
    code, _, _ = batch(f"all.{form}", "-o", f"whole.{form}")
    parts = [f"part{number}.{form}" for number in range(3)]
    several, _, told = batch(*parts, "-o", f"joined.{form}", "--summary-json", "s.json")
    assert (code, several) == (0, 0)
    assert shown(f"joined.{form}") == shown(f"whole.{form}")
    assert f"dans cet ordre : « part0.{form} », « part1.{form} », « part2.{form} »" in told
    summary = json.loads(Path("s.json").read_text("utf-8"))
    assert summary["input"] is None
    assert {item["file"]: item["rows"] for item in summary["inputs"]} == dict(
        zip(parts, (2, 1, 1), strict=True)
    )
    assert (summary["rows"], summary["input_format"]) == (4, form)


def test_columns_are_aligned_by_their_names_and_their_answers() -> None:
    write("a.csv", [HEAD, ROWS[0]])
    Path("b.csv").write_text(
        "NOTE,Date de fin,Date de début,Âge,Dossier,Composante,Handicap,Bourse,Établissement\n"
        "n,2027-06-20,2027-01-15,22,B2,Droit,non,bcs,public\n",
        "cp1252",
    )
    code, out, told = batch("a.csv", "b.csv")
    assert code == 0
    head = out.removeprefix("\ufeff").partition("\n")[0]
    assert head.startswith(f"{HEAD};Composante;ami_verdict")
    first, second = rows_of(out)
    assert (first["note"], first["Composante"], first["échelon"]) == ("x", "", "6")
    assert second["note"] == "n"
    assert (second["dossier"], second["Composante"], second["échelon"]) == ("B2", "Droit", "")
    assert (second["début"], second["fin"]) == ("2027-01-15", "2027-06-20")
    assert [row["ami_verdict"] for row in (first, second)] == ["eligible", "eligible"]
    assert "a.csv : Lu en UTF-8, séparateur : point-virgule" in told
    assert "b.csv : Lu en Windows-1252, séparateur : virgule" in told
    assert "b.csv : Sans colonne pour « échelon »" in told


def test_formats_may_be_mixed() -> None:
    for number, form in enumerate(("csv", "xlsx", "jsonl", "parquet")):
        write(f"{number}.{form}", [HEAD, ROWS[number]])
    names = ["0.csv", "1.xlsx", "2.jsonl", "3.parquet"]
    write("all.csv", [HEAD, *ROWS])
    whole = rows_of(batch("all.csv")[1])
    for form in ("csv", "jsonl", "xlsx", "parquet"):
        code, _, _ = batch(*names, "-o", f"out.{form}", "--summary-json", "s.json", "--force")
        assert code == 0
        assert json.loads(Path("s.json").read_text("utf-8"))["input_format"] == "mixed"
    assert rows_of(Path("out.csv").read_text("utf-8")) == whole
    objects = [json.loads(line) for line in Path("out.jsonl").read_text("utf-8").splitlines()]
    assert [row["ami_verdict"] for row in objects] == [row["ami_verdict"] for row in whole]
    assert [row[0] for row in shown("out.parquet")[1:]] == ["A1", "A2", "B1", "C1"]
    assert [row[0] for row in shown("out.xlsx")[1:]] == ["A1", "A2", "B1", "C1"]


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx", "parquet"])
def test_faults_name_the_file_and_the_line(form: str) -> None:
    bad = ROWS[2].replace("01/09/2026", "31/02/2027")
    write(f"a.{form}", [HEAD, ROWS[0]])
    write(f"b.{form}", [HEAD, ROWS[1], bad])
    line = {"jsonl": 2, "parquet": 2}.get(form, 3)
    code, out, told = batch(f"a.{form}", f"b.{form}", "--format", "csv", "--summary-json", "s.json")
    assert code == 4
    assert f"calendrier : 1 ligne (b.{form}:{line})" in told
    assert rows_of(out)[2]["ami_errors"].endswith(f"calendrier | b.{form}:{line}")
    summary = json.loads(Path("s.json").read_text("utf-8"))
    assert summary["faults"][0]["first_lines"] == [f"b.{form}:{line}"]
    assert summary["first_invalid"][0]["file"] == f"b.{form}"
    batch(f"a.{form}", f"b.{form}", "-o", "out.xlsx")
    corrections = openpyxl.load_workbook("out.xlsx")["À corriger"]
    assert [cell.value for cell in corrections[2]][:2] == [4, f"b.{form}:{line}"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("c.csv", b"\xc3\xa9;\xff\nage;fin\n"),
        ("c.csv", b""),
        ("c.csv", b"nom;ville\nZoe;Lyon\n"),
        ("c.xlsx", b"PK\x03\x04 damaged"),
        ("c.parquet", b"PAR1 damaged PAR1"),
        ("c.jsonl", b'{"age": "\xff"}'),
        ("c.csv", b'age;fin\n21;"2027\n'),
    ],
)
def test_input_that_cannot_be_read_is_named_and_nothing_is_written(
    name: str, content: bytes
) -> None:
    write("a.csv", [HEAD, ROWS[0]])
    write("b.csv", [HEAD, ROWS[1]])
    Path(name).write_bytes(content)
    before = sorted(Path().iterdir())
    code, out, told = batch("a.csv", "b.csv", name, "-o", "out.csv")
    assert (code, out) == (3, "")
    assert f"{name} : " in told
    assert sorted(Path().iterdir()) == before


def test_folder_of_parquet_parts(folder: Path) -> None:
    parts = folder / "dossiers"
    for number in (10, 2):
        frame = pl.DataFrame(
            {"dossier": [f"D{number}"], "age": [21], "start": ["2027-01-15"], "end": ["2027-06-20"]}
        )
        place = parts / f"annee={number}" / "destination=C%C3%B4te%20d%27Ivoire"
        place.mkdir(parents=True)
        frame.write_parquet(place / "part-0.parquet")
        (place / "._part-0.parquet").write_bytes(b"\x00\x05\x16\x07")
        (place / ".part-0.parquet.crc").write_bytes(b"crc")
    unnamed = parts / "annee=__HIVE_DEFAULT_PARTITION__" / "destination=PT"
    unnamed.mkdir(parents=True)
    frame.write_parquet(unnamed / "part-0.parquet")
    (parts / "_SUCCESS").write_bytes(b"")
    (parts / "_temporary").mkdir()
    (parts / "empty.parquet").write_bytes(b"")
    (parts / "notes").mkdir()
    (parts / "lisez-moi.csv").write_text("age;fin\n")
    code, _, told = batch("dossiers", "-o", "out.parquet", "--set", "establishment=public")
    assert code == 0
    result = pl.read_parquet("out.parquet")
    assert result["dossier"].to_list() == ["D2", "D10", "D2"]  # as people count
    assert result["annee"].to_list() == ["2", "10", None]
    assert result["destination"].to_list() == ["Côte d'Ivoire", "Côte d'Ivoire", "PT"]
    assert result.schema["age"] == pl.Int64
    assert result.columns[:6] == ["dossier", "age", "start", "end", "annee", "destination"]
    assert "(3 fichiers)" in told
    assert "lisez-moi.csv" in told
    assert "_SUCCESS" not in told


def test_types_of_parts_that_differ_lose_nothing() -> None:
    large = 2**53 + 1
    pl.DataFrame({"age": [21], "n": pl.Series([7], dtype=pl.Int32), "id": [large]}).write_parquet(
        "a.parquet"
    )
    pl.DataFrame({"age": [22.0], "n": [8], "id": [1.5], "x": [None]}).write_parquet("b.parquet")
    pl.DataFrame({"age": ["23"], "x": [True]}).write_parquet("c.parquet")
    code, _, _ = batch("a.parquet", "b.parquet", "c.parquet", "-o", "out.parquet")
    assert code == 0
    result = pl.read_parquet("out.parquet")
    assert result["age"].to_list() == ["21", "22", "23"]
    assert result["n"].to_list() == [7, 8, None]
    assert result["id"].to_list() == [str(large), "1.5", None]
    assert result["x"].to_list() == [None, None, True]


def test_columns_that_some_parts_lack_keep_their_type(folder: Path) -> None:
    for name, columns in (
        ("annee=2026", {"age": [21], "notes": [[12, 15]], "pays": ["PT"]}),
        ("annee=2027", {"age": [22]}),
    ):
        (folder / "parts" / name).mkdir(parents=True)
        pl.DataFrame(columns).write_parquet(folder / "parts" / name / "a.parquet")
    (folder / "parts" / "pays=JP").mkdir()
    pl.DataFrame({"age": [23], "annee": [2028]}).write_parquet(folder / "parts/pays=JP/a.parquet")
    assert batch("parts", "-o", "out.parquet")[0] == 0
    result = pl.read_parquet("out.parquet")
    assert result["notes"].to_list() == [[12, 15], None, None]
    assert result["annee"].to_list() == ["2026", "2027", "2028"]
    assert result["pays"].to_list() == ["PT", None, "JP"]


def test_folder_of_tables_of_an_office(folder: Path) -> None:
    (folder / "in").mkdir()
    for number, form in enumerate(("csv", "xlsx")):
        write(f"in/{number}.{form}", [HEAD, ROWS[number]])
    (folder / "in" / "~$1.xlsx").write_bytes(b"lock")
    (folder / "in" / "notes.docx").write_bytes(b"PK\x03\x04")
    for _ in range(2):  # the result of the first run is no input of the second
        code, _, told = batch("in", "-o", "in/verdicts.csv", "--force")
        assert code == 0
        assert "notes.docx" in told
        assert len(rows_of(Path("in/verdicts.csv").read_text("utf-8"))) == 2
    (folder / "in" / "0.csv").unlink()
    assert (
        f"Fichier lu : « {Path('in/1.xlsx')} »"
        in batch("in", "-o", "in/verdicts.csv", "--force")[2]
    )
    (folder / "none").mkdir()
    code, _, told = batch("none")
    assert (code, "aucun tableau" in told) == (3, True)


@pytest.mark.parametrize("name", ["_delta_log", ".hoodie"])
def test_table_whose_files_keep_deleted_rows_is_refused(folder: Path, name: str) -> None:
    (folder / "in" / name).mkdir(parents=True)
    write("in/a.parquet", [HEAD, ROWS[0]])
    code, out, told = batch("in")
    assert (code, out) == (3, "")
    assert "lignes effacées" in told


def test_pattern_that_the_shell_did_not_expand() -> None:
    for number in (10, 9):
        write(f"mois {number}.csv", [HEAD, ROWS[number - 9]])
    code, out, _ = batch("mois*.csv")
    assert code == 0
    assert [row["dossier"] for row in rows_of(out)] == ["A1", "A2"]
    code, _, told = batch("*.xlsx")
    assert (code, "« *.xlsx »" in told) == (3, True)
    Path("[a]*.csv").write_text(f"{HEAD}\n{ROWS[3]}\n", "utf-8")
    assert rows_of(batch("[a]*.csv")[1])[0]["dossier"] == "C1"  # a file of that name


def test_the_same_file_twice_is_refused(folder: Path) -> None:
    write("a.csv", [HEAD, ROWS[0]])
    Path("link.csv").symlink_to("a.csv")
    for arguments in (("a.csv", "./a.csv"), ("a.csv", "link.csv"), (".", "a.csv"), ("-", "-")):
        code, out, told = batch(*arguments, stdin="")
        assert (code, out) == (2, "")
        assert "est le même fichier que" in told


def test_no_input_is_the_output_or_the_summary() -> None:
    write("a.csv", [HEAD, ROWS[0]])
    write("b.csv", [HEAD, ROWS[1]])
    assert batch("a.csv", "b.csv", "-o", "b.csv", "--force")[0] == 2
    assert batch("a.csv", "b.csv", "-o", "c.csv", "--summary-json", "b.csv", "--force")[0] == 2
    assert batch("a.csv", "b.csv", "--propose", "b.csv", "--force")[0] == 2
    assert Path("b.csv").read_text("utf-8") == f"{HEAD}\n{ROWS[1]}\n"


def test_standard_input_among_several() -> None:
    write("a.csv", [HEAD, ROWS[0]])
    code, out, told = batch("a.csv", "-", stdin=f"{HEAD}\n{ROWS[1]};;surplus\n")
    assert code == 4
    assert [row["dossier"] for row in rows_of(out)] == ["A1", "A2"]
    assert "(-:2)" in told


def test_absent_input_is_named_before_anything_is_read() -> None:
    write("a.csv", [HEAD, ROWS[0]])
    write("mes dossiers.csv", [HEAD, ROWS[0]])
    code, _, told = batch("a.csv", "absent.csv", "-o", "out.csv")
    assert code == 3
    assert "« absent.csv » n’existe pas" in told
    code, _, told = batch("mes", "dossiers.csv")
    assert (code, 'ami batch "mes dossiers.csv"' in told) == (2, True)


def test_options_hold_for_every_file_that_they_concern() -> None:
    titles = HEAD.replace("début", "du").replace("fin", "au").replace("établissement", "UFR")
    for name, rows in (("a.xlsx", ROWS[:1]), ("b.csv", ROWS[1:2])):
        write(name, [titles, *rows])
    options = ("--map", "du=start", "--map", "au=end", "--map", "UFR=establishment")
    code, out, _ = batch("a.xlsx", "b.csv", "--format", "csv", *options, "--sheet", "1",
                         "--encoding", "utf-8", "--only", "dossier", "--by", "note")  # fmt: skip
    assert code == 0
    assert [row["ami_verdict"] for row in rows_of(out)] == ["eligible", "ineligible"]
    assert list(rows_of(out)[0])[:2] == ["dossier", "ami_verdict"]
    assert batch("a.xlsx", "b.csv", *options, "--map", "nulle part=age")[0] == 2
    write("c.csv", [titles, ROWS[2]])
    assert batch("b.csv", "c.csv", *options, "--sheet", "1")[0] == 2
    assert batch("a.xlsx", "b.csv", *options, "--sheet", "Feuille")[0] == 2
    code, _, _ = batch("a.xlsx", "b.csv", "--propose", "p.toml", *options)
    assert code == 0
    assert "sheet" not in Path("p.toml").read_text("utf-8").partition("[columns]")[0]
    code, out, _ = batch("a.xlsx", "b.csv", "--profile", "p.toml", "--format", "csv")
    assert [row["ami_verdict"] for row in rows_of(out)] == ["eligible", "ineligible"]


def test_pages_of_several_files_name_the_lines_of_each() -> None:
    write("a.csv", [HEAD, ROWS[0]])
    write("b.csv", [HEAD, ROWS[0]])
    code, _, told = batch("a.csv", "b.csv", "--pages", "p", "--name-by", "dossier")
    assert code == 2
    assert "Lignes a.csv:2, b.csv:2" in told
    assert not Path("p").exists()


def test_an_answer_is_read_as_its_own_file_names_it() -> None:
    head = f"{HEAD.removesuffix(';note')};"
    write("a.csv", [f"{head}code_insee", f"{ELIGIBLE};63003"])  # Ambert, a rural town
    write("b.csv", [f"{head}commune", f"{ELIGIBLE};75013"])  # a postal code of Paris
    _, out, _ = batch("a.csv", "b.csv")
    assert [row["ami_commune"] for row in rows_of(out)] == ["Ambert (63)", "Paris (75)"]


def test_dates_are_doubted_in_their_own_file() -> None:
    american = ROWS[0].replace("15/01/2027", "02/03/2027").replace("20/06/2027", "06/20/2027")
    write("a.csv", [HEAD, american, american.replace("06/20/2027", "06/06/2027")])
    write("b.csv", [HEAD, ROWS[1].replace("15/01/2027", "02/03/2027")])
    code, out, _ = batch("a.csv", "b.csv")
    assert code == 4
    assert [row["ami_verdict"] for row in rows_of(out)] == ["invalid", "invalid", "ineligible"]


def test_column_that_is_an_answer_in_one_file_only_stays_apart() -> None:
    write("a.csv", ["âge;Date de départ;Date de retour", "21;15/01/2027;20/06/2027"])
    write("b.csv", ["âge;Date de départ;Date d’arrivée", "21;20/06/2027;15/01/2027"])
    code, out, told = batch("a.csv", "b.csv")
    assert code == 0
    rows = list(csv.reader(io.StringIO(out.removeprefix("\ufeff")), delimiter=";"))
    assert rows[0][:5] == ["âge", "Date de départ", "Date de retour", "Date de départ",
                           "Date d’arrivée"]  # fmt: skip
    assert rows[2][:5] == ["21", "", "", "20/06/2027", "15/01/2027"]
    assert "« Date de départ » n’est pas lue" in told


def test_what_a_workbook_hides_stays_hidden(folder: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        with xlsxwriter.Workbook(folder / name) as book:
            sheet = book.add_worksheet()
            for line, text in enumerate([HEAD, *ROWS[:3]]):
                sheet.write_row(line, 0, text.split(";"))
            sheet.set_column(8, 8, None, None, {"hidden": True})
            sheet.set_row(2, None, None, {"hidden": True})
    for inputs, lines in ((("a.xlsx",), {3}), (("a.xlsx", "b.xlsx"), {3, 6})):
        code, _, told = batch(*inputs, "-o", "out.xlsx", "--force")
        assert code == 0
        assert "Lignes masquées" in told
        out = openpyxl.load_workbook("out.xlsx").worksheets[0]
        assert {line for line, row in out.row_dimensions.items() if row.hidden} == lines
        column = next(cell for cell in out[1] if cell.value == HEAD.split(";")[8])
        hidden = {name for name, group in out.column_dimensions.items() if group.hidden}
        assert hidden == {column.column_letter}


def test_results_are_judged_again() -> None:
    write("a.csv", [HEAD, ROWS[0]])
    write("b.csv", [HEAD, ROWS[1]])
    batch("a.csv", "-o", "a-verdicts.csv")
    code, _, told = batch("a-verdicts.csv", "b.csv")
    assert (code, "a-verdicts.csv : " in told, "--again" in told) == (3, True, True)
    code, out, _ = batch("a-verdicts.csv", "b.csv", "--again")
    assert code == 0
    assert list(rows_of(out)[0]).count("ami_verdict") == 1
    assert [row["ami_verdict"] for row in rows_of(out)] == ["eligible", "ineligible"]


def test_dates_of_parts_are_doubted_together(folder: Path) -> None:
    (folder / "parts").mkdir()
    days = [
        ("02/03/2027", "06/06/2027"),
        ("15/01/2027", "06/20/2027"),
        ("03/04/2027", "07/07/2027"),
    ]
    for number, (start, end) in enumerate(days):
        row = ROWS[0].replace("15/01/2027", start).replace("20/06/2027", end)
        write(f"parts/{number}.parquet", [HEAD, row])
    code, out, told = batch("parts", "--format", "csv")
    assert code == 4
    # « fin » is American; a day of « début » can only come first, so that it is not doubted.
    assert [row["ami_verdict"] for row in rows_of(out)] == ["eligible", "invalid", "eligible"]
    write("parts/1.parquet", [HEAD, ROWS[0].replace("15/01", "01/15").replace("20/06", "06/07")])
    _, out, told = batch("parts", "--format", "csv")
    assert [row["ami_verdict"] for row in rows_of(out)] == ["invalid"] * 3
    assert [row["ami_errors"].rpartition(" | ")[2] for row in rows_of(out)] == [
        *("parts/0.parquet:1", "parts/1.parquet:1", "parts/2.parquet:1")
    ]
    assert "dans « début », « fin »" in told
