"""Files as offices have them: which columns are read, and what is judged and told."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from tests.runner import DAY, ami

OFFICES = Path(__file__).parent / "offices"
ANSWERS = "dossier;âge;handicap;échelon;établissement;début;fin"
STUDENT = "E1;21;non;6;public;15/01/2027;20/06/2027"


def batch(source: Path, *arguments: str) -> tuple[list[dict[str, str]], dict[str, Any], str]:
    """Judge a file; return the rows of the result, the summary and what was told."""
    summary = source.parent / "summary.json"
    out = source.parent / "out.csv"
    if source.parent == OFFICES:
        summary, out = Path("summary.json").resolve(), Path("out.csv").resolve()
    done = ami("batch", str(source), "-o", str(out), "--summary-json", str(summary), "--force",
               *arguments, *DAY)  # fmt: skip
    assert done.returncode in (0, 4), done.stderr
    text = out.read_text("utf-8-sig")
    separator = csv.Sniffer().sniff(text.partition("\n")[0], ";,").delimiter
    rows = list(csv.DictReader(text.splitlines(), delimiter=separator))
    told = " ".join(done.stderr.replace("\u00a0", " ").replace("\u202f", " ").split())
    return rows, json.loads(summary.read_text("utf-8")), told


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "verdicts"),
    [
        ("20-newline.xlsx", {"eligible": 1}),
        ("22-dup.xlsx", {"eligible": 1}),
        ("30-with-format.xlsx", {"eligible": 1}),
        ("31-english.xlsx", {"eligible": 1}),
        ("40-libelles-du-message.csv", {"eligible": 1}),
    ],
)
def test_files_are_judged_as_they_come(name: str, verdicts: dict[str, int]) -> None:
    rows, summary, _ = batch(OFFICES / name)
    assert Counter(row["ami_verdict"] for row in rows) == verdicts
    assert summary["unread_columns"]


def months_begun(start: date, end: date) -> int:
    """Count months from the first day on, day by day; a month of a short one ends with it."""
    months, day = 0, start
    while day <= end:
        months += 1
        year, month = divmod(12 * start.year + start.month - 1 + months, 12)
        last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(1)).day
        day = date(year, month + 1, min(start.day, last))
    return months


@pytest.mark.parametrize(
    ("name", "grant", "days", "written"),
    [
        ("01-apogee-bo.csv", "Boursier (O/N)", (), ""),
        ("01b-apogee-sql.csv", "LIB_BRS", ("DAT_DEB_MOB", "DAT_FIN_MOB"), "%Y-%m-%d %H:%M:%S"),
        ("05-mobility-online.csv", None, ("Séjour du", "Séjour au"), "%d.%m.%Y"),
        ("06-erasmus-bm.xlsx", None, ("Start Date", "End Date"), "%d/%m/%Y"),
    ],
)
def test_each_verdict_of_an_export_follows_from_its_grant_and_its_days(
    name: str, grant: str | None, days: tuple[str, ...], written: str
) -> None:
    rows, _, _ = batch(OFFICES / name, "--format", "csv")
    seen = set()
    for row in rows:
        refused = grant is not None and row[grant] in ("N", "Non boursier")
        long = False
        if days:
            start, end = (datetime.strptime(row[day], written).date() for day in days)  # noqa: DTZ007
            long = months_begun(start, end) > 10
        failed = ["scholarship"] * refused + ["max_duration"] * long
        assert row["ami_failed"] == ";".join(failed), row
        assert row["ami_verdict"] == ("ineligible" if failed else "undetermined"), row
        seen |= {row["ami_verdict"]}
        assert ("establishment" in row["ami_missing"]) is not bool(failed)
    assert seen == {"ineligible", "undetermined"}


def test_list_of_an_office_under_titles_in_its_second_sheet() -> None:
    rows, summary, told = batch(OFFICES / "02-suivi-sri.xlsx")
    assert len(rows) == 62
    assert "En-tête lu à la ligne 5" in told
    assert "Feuille lue : « Départs 26-27 »" in told
    assert summary["unanswered"] == {"rows": 1, "first_lines": [68]}
    faults = {(fault["column"], fault["rows"]) for fault in summary["faults"]}
    assert faults == {("Date début mobilité", 9), ("Date fin mobilité", 7), ("", 1)}
    assert "Date début mobilité : l’année se donne sur quatre chiffres : 9 lignes" in told


def test_names_of_schools_in_the_column_of_their_kind_are_told_in_one_line() -> None:
    rows, summary, told = batch(OFFICES / "08-cnous-api.jsonl", "--format", "csv")
    assert {row["ami_verdict"] for row in rows} == {"invalid"}
    assert [fault["rows"] for fault in summary["faults"]] == [40]
    assert "--map COLONNE=school" in told
    rows, _, _ = batch(OFFICES / "08-cnous-api.jsonl", "--map", "etablissement=school",
                       "--format", "csv")  # fmt: skip
    assert "invalid" not in {row["ami_verdict"] for row in rows}


def test_subtitles_and_counts_are_no_dossiers() -> None:
    rows, summary, told = batch(OFFICES / "23-subtitles.xlsx")
    assert [row["ami_verdict"] for row in rows].count("eligible") == 2
    assert summary["unanswered"] == {"rows": 4, "first_lines": [2, 4, 6, 7]}
    assert "gardées : 4 (lignes 2, 4, 6, 7)" in told


def test_header_that_each_page_repeats_is_no_dossier(tmp_path: Path) -> None:
    head, student = f"{ANSWERS};commune", f"{STUDENT};Lyon"
    lines = [head, student, head, student]
    assert verdicts(lines, tmp_path) == {("eligible", "invalid", "eligible")}
    _, summary, told = batch(tmp_path / "t.csv")
    reason = "en-tête répété, et non un dossier"
    assert summary["faults"] == [{"column": "", "reason": reason, "rows": 1, "first_lines": [3]}]
    assert "à préciser" not in told
    (tmp_path / "more.csv").write_text("âge;échelon\n21;5\nâge;échelon\n", "utf-8")
    _, summary, _ = batch(tmp_path / "t.csv", str(tmp_path / "more.csv"))
    assert {fault["reason"]: fault["rows"] for fault in summary["faults"]} == {reason: 2}


def test_number_below_a_yes_or_no_is_a_count_in_a_row_of_totals(tmp_path: Path) -> None:
    lines = [ANSWERS, STUDENT, "S/TOTAL;21;1;5;;;", "Total Energies;21;non;5;public;;"]
    assert verdicts(lines, tmp_path) == {("eligible", "invalid", "undetermined")}
    named = ["Nom;Âge;Boursier;Échelon;Début;Fin", "Total;21;1;5;15.01.2027;20.06.2027"]
    assert verdicts(named, tmp_path) == {("undetermined",)}


def test_names_are_read_with_the_title_of_their_group(tmp_path: Path) -> None:
    groups = (
        ("Étudiant", ("Nom", "Prénom"), ("A", "a")),
        ("Naissance", ("Date", "Commune"), ("12/03/2005", "Nice")),
        ("Bourse", ("O/N", "Date de début"), ("oui", "01/09/2026")),
        ("Séjour précédent", ("Début", "Fin"), ("01/09/2025", "20/12/2025")),
        ("Séjour", ("Type", "Pays"), ("études", "Chili")),
        ("Séjour à l’étranger", ("Début", "Fin"), ("15/01/2027", "20/06/2027")),
        ("Établissement d’accueil", ("Nom", "Pays"), ("Universidad", "France")),
    )
    with xlsxwriter.Workbook(tmp_path / "t.xlsx") as book:
        sheet = book.add_worksheet()
        first = 1
        for title, names, cells in groups:
            sheet.merge_range(2, first, 2, first + len(names) - 1, title)
            sheet.write_row(3, first, names)
            sheet.write_row(4, first, cells)
            first += len(names)
    public = ("--set", "establishment=public", "--format", "csv")
    rows, summary, told = batch(tmp_path / "t.xlsx", *public)
    assert [row["ami_verdict"] for row in rows] == ["eligible"]
    assert rows[0]["ami_commune"] == ""
    assert rows[0]["ami_assumed"] == "in_curriculum;months_received"
    unread = ["Nom", "Prénom", "Commune", "Date de début", "Début", "Fin", "Nom", "Pays"]
    assert summary["unread_columns"] == unread
    assert '--map "Commune' not in told
    assert '--map "Début' not in told


def test_corrected_result_is_judged_again() -> None:
    source = OFFICES / "43-resultat-corrige.xlsx"
    refused = ami("batch", str(source), *DAY)
    assert refused.returncode == 3
    assert "--again" in refused.stderr
    rows, summary, _ = batch(source, "--again")
    assert summary["verdicts"]["eligible"] == 33
    assert list(rows[0])[18] == "ami_verdict"
    assert len([name for name in rows[0] if name == "ami_verdict"]) == 1


def test_dash_that_a_result_disarms_is_no_answer_when_it_is_judged_again(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"{ANSWERS}\n{STUDENT.replace('non', '-')}\n", "utf-8")
    rows, _, _ = batch(tmp_path / "t.csv")
    assert (rows[0]["handicap"], rows[0]["ami_verdict"]) == ("'-", "eligible")
    (tmp_path / "out.csv").rename(tmp_path / "again.csv")
    rows, _, _ = batch(tmp_path / "again.csv", "--again")
    assert rows[0]["ami_verdict"] == "eligible"


def tables(lines: list[str], folder: Path) -> Iterator[Path]:
    """The same table in the formats that are read."""
    head, *rows = [line.split(";") for line in lines]
    (folder / "t.csv").write_text("\n".join(lines) + "\n", "utf-8")
    yield folder / "t.csv"
    frame = pl.DataFrame(rows, schema=head, orient="row")
    frame.write_ndjson(folder / "t.jsonl")
    yield folder / "t.jsonl"
    frame.write_parquet(folder / "t.parquet")
    yield folder / "t.parquet"
    frame.write_excel(folder / "t.xlsx")
    yield folder / "t.xlsx"


def verdicts(lines: list[str], folder: Path, *arguments: str) -> set[tuple[str, ...]]:
    """The verdicts of a table, which must be the same in every format."""
    return {
        tuple(row["ami_verdict"] for row in batch(path, "--format", "csv", *arguments)[0])
        for path in tables(lines, folder)
    }


def test_column_with_american_dates_is_doubted_as_a_whole(tmp_path: Path) -> None:
    days = ("09/01/2026;01/31/2027", "09/09/2026;20/06/2027", "15/01/2027;06/07/2027")
    lines = [ANSWERS, *(f"{STUDENT[:19]}{day}" for day in days)]
    assert lines[1].startswith("E1;21;non;6;public;09/01/2026")
    assert verdicts(lines, tmp_path) == {("invalid", "eligible", "invalid")}
    _, summary, told = batch(tmp_path / "t.csv")
    assert summary["doubted_columns"] == ["fin"]
    assert "Dates au format américain (mois/jour/année) : dans « fin »" in told


def test_date_that_can_only_be_american_says_so(tmp_path: Path) -> None:
    lines = [ANSWERS, f"{STUDENT[:19]}15/01/2027;05/20/2027"]
    assert verdicts(lines, tmp_path) == {("invalid",)}
    for path in tables(lines, tmp_path):
        rows, _, _ = batch(path, "--format", "csv")
        assert rows[0]["ami_errors"].startswith("fin: 05/20/2027: est écrite mois/jour/année")


def test_neighbours_of_american_dates_are_doubted_unless_a_day_of_theirs_comes_first(
    tmp_path: Path,
) -> None:
    american = f"{STUDENT[:19]}02/03/2027;06/20/2027"
    either = f"{STUDENT[:19]}02/03/2027;07/07/2027"
    assert verdicts([ANSWERS, american, either], tmp_path) == {("invalid", "invalid")}
    day_first = f"{STUDENT[:19]}15/01/2027;07/07/2027"
    expected = ("invalid", "eligible", "eligible")
    assert verdicts([ANSWERS, american, either, day_first], tmp_path) == {expected}


def test_date_that_is_shown_without_its_day_says_what_it_lacks(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "t.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ANSWERS.split(";"))
        sheet.write_row(1, 0, STUDENT.split(";")[:5])
        for rank, look in ((5, "mmm-yy"), (6, "d mmm")):
            sheet.write_datetime(1, rank, date(2027, 1 + 5 * (rank == 6), 1),
                                 book.add_format({"num_format": look}))  # fmt: skip
    rows, _, _ = batch(tmp_path / "t.xlsx", "--format", "csv")
    errors = rows[0]["ami_errors"]
    assert "début: 2027-01-01 (jour non affiché): il manque le jour" in errors
    assert "fin: 2027-06-01 (année non affichée): l’année ne se voit pas" in errors


def test_american_date_far_below_doubts_the_rows_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ami_cli.batch.formats.csv.CHUNK_ROWS", 100)
    doubtful = f"{STUDENT[:19]}15/01/2027;06/07/2027"
    lines = [ANSWERS, *[doubtful] * 1_200, f"{STUDENT[:19]}15/01/2027;06/25/2027"]
    (tmp_path / "t.csv").write_text("\n".join(lines), "utf-8")
    rows, summary, told = batch(tmp_path / "t.csv")
    assert {row["ami_verdict"] for row in rows} == {"invalid"}
    assert summary["rows"] == len(rows) == 1_201
    assert told.count("Lu en UTF-8") == 1


def test_yes_and_no_of_float_columns_are_read_in_every_format(tmp_path: Path) -> None:
    lines = [ANSWERS, STUDENT.replace("non", "0.0"), STUDENT.replace("non", "1.0")]
    assert verdicts(lines, tmp_path) == {("eligible", "eligible")}


def test_answer_for_the_whole_file(tmp_path: Path) -> None:
    lines = [ANSWERS.replace("établissement", "UFR"), STUDENT.replace("public", "LSH")]
    assert verdicts(lines, tmp_path) == {("undetermined",)}
    assert verdicts(lines, tmp_path, "--set", "établissement=public") == {("eligible",)}
    for bad in ("établissement=lycée", "couleur=bleu", "age"):
        assert ami("batch", "t.csv", "--set", bad, *DAY).returncode == 2
    twice = ami("batch", "t.csv", "--set", "age=21", "--set", "âge=22", *DAY)
    assert twice.returncode == 2


def test_header_row_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"âge;fin\n{ANSWERS}\n{STUDENT}\n", "utf-8")
    rows, _, _ = batch(tmp_path / "t.csv", "--header-row", "2")
    assert [row["ami_verdict"] for row in rows] == ["eligible"]
    for bad in ("0", "x", "-1", "999999999999"):
        assert ami("batch", "t.csv", "--header-row", bad, *DAY).returncode == 2


def test_file_of_one_student_without_a_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("Dupont;12/03/2005;RQTH;bcs;public\n", "utf-8")
    done = ami("batch", "t.csv", *DAY)
    assert done.returncode == 3
    assert "Dupont" not in done.stderr
