"""A run of the batch: its order, its failures; one student = many, schools and communes named,
whatever the format."""

import csv
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from ami_cli.batch.formats import RESULTS
from ami_cli.batch.run import _while_reading
from tests.runner import DAY, ami
from tests.students import CASES, expected_of

SCHOOLS = ("Lyon 1", "0691775E", "fac de lyon 2", "INSA Lyon", "Skema", "UCA", "Lycée Kléber", "")
COMMUNES = ("Ambert", "63003", "Saint-Denis (93)", "Saint-Denis", "Baugy (18)", "Casablanca", "")
ESTABLISHMENTS = ("", "public", "privé habilité")
HEAD = ("dossier", "âge", "handicap", "bourse", "établissement_nom", "établissement", "début",
        "fin", "commune", "rural")  # fmt: skip
SCHOOL_CELLS = itertools.product(SCHOOLS, ESTABLISHMENTS)
COMMUNE_CELLS = itertools.product(("", "oui", "non"), COMMUNES)
PAIRS = zip(itertools.cycle(SCHOOL_CELLS), itertools.cycle(COMMUNE_CELLS), strict=True)
# As many as it takes until the same pair comes again: every school stands beside every commune.
ROWS = [
    (f"D{rank}", "21", "non", "bcs", school, establishment, "15/01/2027", "20/06/2027", commune,
     rural)
    for rank, ((school, establishment), (rural, commune)) in enumerate(itertools.islice(PAIRS, 168))
]  # fmt: skip
FLAGS = ("--age", "--disability", "--scholarship", "--school", "--establishment", "--start",
         "--end", "--commune", "--rural")  # fmt: skip


def run(*arguments: str) -> tuple[int, str, str]:
    """Run a command; its exit code, stdout and stderr."""
    done = ami(*arguments, *DAY)
    return done.returncode, done.stdout, done.stderr


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """The results of a file, as text, whatever its format."""
    if path.suffix == ".parquet":
        yield from (
            {name: _text(value) for name, value in row.items()}
            for row in pl.read_parquet(path).iter_rows(named=True)
        )
    elif path.suffix == ".jsonl":
        for line in path.read_text("utf-8").splitlines():
            yield {name: _text(value) for name, value in json.loads(line).items()}
    elif path.suffix == ".xlsx":
        head, *rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
        for row in rows:
            yield {str(name): _text(value) for name, value in zip(head, row, strict=True)}
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file, delimiter=";")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value).removesuffix(" 00:00:00")


def write(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(HEAD)
        out.writerows(ROWS)


def one(row: tuple[str, ...]) -> dict[str, Any]:
    """Return the JSON result (or errors) of one row as flags."""
    arguments = []
    for flag, value in zip(FLAGS, row[1:], strict=True):
        if flag in ("--disability", "--rural"):
            arguments += {"oui": [flag], "non": [f"--no-{flag[2:]}"], "": []}[value]
        elif value:
            arguments += [flag, value.replace("privé habilité", "private-accredited")]
    _, out, err = run("check", *arguments, "--json")
    document: dict[str, Any] = json.loads(out or err)
    return document


@pytest.mark.no_cover
def test_names_in_flags_and_in_a_file_give_the_same_result(tmp_path: Path) -> None:
    write(tmp_path / "in.csv")
    code, *_ = run("batch", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.csv"))
    assert code == 4
    verdicts = set()
    for row, many in zip(ROWS, rows_of(tmp_path / "out.csv"), strict=True):
        alone = one(row)
        verdicts.add(many["ami_verdict"])
        if "errors" in alone:
            assert many["ami_verdict"] == "invalid", row
            assert [item["code"] for item in alone["errors"]] == ["school_of_another_kind"]
            assert many["ami_errors"].startswith("établissement: ")
            continue
        assert many["ami_verdict"] == alone["verdict"], row
        assert many["ami_missing"] == ";".join(alone["missing"])
        met = [item["code"] for item in alone["supplements"] if item["status"] == "met"]
        assert many["ami_supplements"] == ";".join(met)
        assert many["ami_total"] == str(alone["estimate"]["total"])
    assert verdicts == {"eligible", "undetermined", "invalid"}


@pytest.mark.parametrize("form", ["jsonl", "xlsx", "parquet"])
def test_every_format_gives_the_same_results(form: str, tmp_path: Path) -> None:
    write(tmp_path / "in.csv")
    source, target, table = (tmp_path / f"{name}.{form}" for name in ("in", "out", "out2"))
    run("batch", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.csv"))
    frame = pl.read_csv(tmp_path / "in.csv", separator=";", infer_schema=False)
    writers: dict[str, Callable[[Path], object]] = {
        "jsonl": frame.write_ndjson,
        "xlsx": frame.write_excel,
        "parquet": frame.write_parquet,
    }
    writers[form](source)
    run("batch", str(source), "-o", str(target))
    run("batch", str(tmp_path / "in.csv"), "-o", str(table))
    expected = [{name: row[name] for name in RESULTS} for row in rows_of(tmp_path / "out.csv")]
    for path in (target, table):
        results = [{name: row.get(name, "") for name in RESULTS} for row in rows_of(path)]
        assert results == expected


@pytest.mark.parametrize(
    "name", ["school", "établissement_nom", "Nom établissement", "UAI", "code_uai"]
)
def test_the_column_of_a_school_has_several_names(name: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(
        f"{name};âge;bourse;début;fin\n0691774D;21;bcs;15/01/2027;20/06/2027\n", "utf-8"
    )
    code, out, _ = run("batch", str(tmp_path / "in.csv"))
    assert code == 0
    assert ";eligible;" in out


@pytest.mark.parametrize("name", ["commune", "Commune famille", "code_insee"])
def test_the_column_of_a_commune_has_several_names(name: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(f"{name};âge\n63003;21\n", "utf-8")
    _, out, _ = run("batch", str(tmp_path / "in.csv"))
    assert ";rural;" in out


def test_names_that_are_not_certain_are_told_with_their_lines(tmp_path: Path) -> None:
    rows = [
        "Lyon 1;;Ambert",
        "UCA;;Saint-Denis",
        "Lycée Kléber;;",
        "UCA;public;Casablanca",
        "Skema;;",
    ]
    (tmp_path / "in.csv").write_text(
        "établissement_nom;établissement;commune\n" + "\n".join(rows) + "\n", "utf-8"
    )
    arguments = ("batch", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.csv"))
    code, out, stderr = run(*arguments, "--summary-json", "-")
    assert code == 0  # a name that a register does not know is no mistake
    assert json.loads(out)["doubtful"] == {
        "school": {"rows": 2, "first_lines": [3, 4]},
        "commune": {"rows": 2, "first_lines": [3, 5]},
    }
    stderr = " ".join(stderr.split())
    assert "Établissements à préciser" in stderr
    assert "2 (lignes 3, 4)" in stderr
    assert "2 (lignes 3, 5)" in stderr
    assert "Kléber" not in stderr  # a file is not repeated
    # Neither their columns nor the answers they spare are told to be absent.
    assert "Sans colonne" in stderr
    assert "zone rurale" not in stderr.partition("Établissements à préciser")[0]


def test_many_names_that_are_not_certain_take_one_line(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("commune\n" + "Saint-Denis\n" * 1500, "utf-8")
    _, _, stderr = run("batch", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.csv"))
    assert "(lignes 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …)" in " ".join(stderr.split())


def test_map_can_ignore_columns_of_names(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("âge;school;commune\n21;Lyon 1;Ambert\n", "utf-8")
    ignored = ("--map", "school=-", "--map", "commune=-")
    _, out, _ = run("batch", str(tmp_path / "in.csv"), *ignored)
    assert "establishment" in out
    assert "rural" not in out


# --- read, judge and write -----------------------------------------------------------------------


def test_chunks_are_judged_and_written_in_their_order_a_few_at_a_time() -> None:
    written: list[str] = []
    read: list[int] = []
    ahead: list[int] = []

    def chunks() -> Iterator[Any]:
        for number in range(20):
            ahead.append(number - len(written))
            read.append(number)
            yield number

    progress: list[int] = []
    _while_reading(
        chunks(),
        lambda chunk: f"judged {chunk}",  # type: ignore[arg-type,return-value]
        lambda chunk, judged: written.append(f"{chunk} {judged}"),
        lambda: progress.append(len(written)),
    )
    assert written == [f"{number} judged {number}" for number in range(20)]
    assert len(progress) == 20
    assert max(ahead) <= 2  # what is read and not yet written is what takes memory


@pytest.mark.parametrize("fails", ["read", "judge", "write"])
def test_a_failure_of_any_step_ends_the_run(fails: str) -> None:
    written: list[Any] = []

    def at(step: str, chunk: Any) -> Any:
        if step == fails and chunk == 3:
            raise OSError(step)
        return chunk

    def write(chunk: Any, judged: Any) -> None:
        written.append(at("write", chunk))

    chunks: Iterator[Any] = (at("read", number) for number in range(1_000))
    with pytest.raises(OSError, match=fails):
        _while_reading(chunks, lambda chunk: at("judge", chunk), write, lambda: None)
    assert written == list(range(len(written)))
    assert len(written) <= 3


@pytest.mark.parametrize("name", ["out.parquet", "out.jsonl"])
def test_columns_without_a_name_are_all_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text("age;;;column_3\n21;a;b;c\n", "utf-8")
    assert ami("batch", "in.csv", "-o", name).returncode == 0
    read = pl.read_parquet if name.endswith("parquet") else pl.read_ndjson
    row = read(name).row(0, named=True)
    assert [(key, row[key]) for key in list(row)[:4]] == [
        *(("age", "21"), ("", "a"), ("column_3_", "b"), ("column_3", "c"))
    ]


@pytest.mark.parametrize("name", ["out.csv", "out.parquet", "out.jsonl", "out.xlsx"])
def test_a_column_of_an_earlier_result_is_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text("age;ami_verdict;x\n21;old;b\n", "utf-8")
    assert ami("batch", "in.csv", "--again", "--only", "x,ami_verdict", "-o", name).returncode == 0
    assert b"old" not in Path(name).read_bytes()


def test_names_taken_stand_in_the_result(tmp_path: Path) -> None:
    rows = ["Lyon 1;Ambert", "UCA;Saint-Denis", "Zzyzx;Casablanca", "Lyon 1;\u200b"]
    (tmp_path / "in.csv").write_text("établissement_nom;commune\n" + "\n".join(rows), "utf-8")
    for form in ("csv", "jsonl", "xlsx", "parquet"):
        run("batch", str(tmp_path / "in.csv"), "-o", str(tmp_path / f"out.{form}"))
        names = [
            (row["ami_school"], row["ami_commune"]) for row in rows_of(tmp_path / f"out.{form}")
        ]
        certain = ("Université Claude Bernard - Lyon 1", "Ambert (63)")
        assert [name if any(name) else None for name in names] == [certain, *[None] * 3]


STUDENTS = """\
dossier;âge;handicap;bourse;établissement;début;fin;destination;mois_perçus;séjour;cursus
eligible;21;non;bcs;public;15/01/2027;20/06/2027;;;;
old;30;non;bcs;public;15/01/2027;20/06/2027;;;;
maybe;30;;bcs;public;15/01/2027;20/06/2027;;;;
all;21;;non;privé non habilité;15/01/2027;20/01/2027;FR;10;;
blank;;;;;;;;;;
open;21;;en attente;;15/01/2027;20/06/2027;GP;;;
private;21;;bcs;privé habilité;15/01/2027;14/06/2027;;0;stage;oui
wrong;x;;;;;;;;;
long;21;non;bcs;public;15/01/2026;20/12/2026;;0;études;oui
"""


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx", "parquet"])
def test_results_in_words(form: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(STUDENTS, "utf-8")
    target = tmp_path / f"out.{form}"
    run("batch", str(tmp_path / "in.csv"), "--words", "-o", str(target))
    rows = {row["dossier"]: row for row in rows_of(target)}
    order = ["ami_errors", "ami_result", "ami_why", "ami_to_do"]
    if form == "xlsx":  # in the order of reading
        order = ["ami_why", "ami_to_do", "ami_errors", "ami_result"]
    assert [name for name in rows["old"] if name in order] == order
    texts = {
        name: tuple(
            row[column].replace("\u202f", " ").replace("\u00a0", " ")
            for column in ("ami_result", "ami_why", "ami_to_do")
        )
        for name, row in rows.items()
    }
    assert texts["eligible"][0] == (
        "Conditions remplies : jusqu’à 2 000 € (2 400 € si le mois entamé est payé), "
        "si l’établissement retient la candidature"
    )
    assert texts["eligible"][2].startswith("Déposer le dossier au SRI dès maintenant")
    assert texts["old"][1] == "Âge : 30 ans au départ ; il faut moins de 28"
    assert "la bourse regarde l’âge au 1er septembre" in texts["old"][2]
    assert texts["maybe"][1].startswith("Âge : 28 ans ou plus au départ · Supposé")
    assert texts["all"][1].split(" · ") == [
        "Bourse : ni bourse ni allocation ; il faut l’une des deux",
        "Établissement : privé, non habilité à recevoir des boursiers",
        "Séjour : en France ; il faut partir à l’étranger",
        "Durée minimale : 0 mois entier ; il en faut au moins 1",
        "Mois disponibles : 0 sur 10, tous sont perçus",
    ]
    assert texts["blank"] == ("Aucune réponse sur cette ligne", "", "")
    assert texts["open"][1].startswith("Il manque : établissement · Bourse : demandée")
    assert texts["open"][2] == (
        "Compléter : établissement ; suivre la demande de bourse auprès du Crous ; "
        "demander l’avis du SRI : séjour"
    )
    assert texts["private"][0].startswith("Conditions remplies : jusqu’à 2 000 €, si")
    assert "circulaire de 2022" in texts["private"][1]
    assert texts["wrong"][0] == "Ligne à corriger"
    assert texts["long"][1] == "Durée maximale : 12 mois commencés ; 10 au plus"


def test_no_sentence_names_a_disability(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(STUDENTS, "utf-8")
    for lang in ("fr", "en"):
        _, out, _ = run("batch", str(tmp_path / "in.csv"), "--words", "--only", "dossier",
                        "--lang", lang)  # fmt: skip
        for row in csv.DictReader(out.removeprefix("\ufeff").splitlines(), delimiter=";"):
            told = " ".join(str(row[name]) for name in ("ami_result", "ami_why", "ami_to_do"))
            assert "handicap" not in told.lower()
            assert "disab" not in told.lower()


def test_results_in_words_are_judged_again(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(STUDENTS, "utf-8")
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    run("batch", str(tmp_path / "in.csv"), "--words", "-o", str(first))
    run("batch", str(first), "--words", "--again", "-o", str(second))
    assert second.read_bytes() == first.read_bytes()


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx", "parquet"])
def test_lines_of_totals_are_told_in_every_format(form: str, tmp_path: Path) -> None:
    rows = ["D1;21;public", "Effectif :;2;", "NB = 2;2;", "TOTAL;2;", "NB-042;21;public", "D2;;",
            "Total Energies;21;public", "Nombre d’étudiants;7;"]  # fmt: skip
    frame = pl.DataFrame(
        [row.split(";") for row in rows], schema=["nom", "age", "establishment"], orient="row"
    )
    source, out, summary = tmp_path / f"in.{form}", tmp_path / "out.csv", tmp_path / "s.json"
    writers: dict[str, Callable[[Path], object]] = {
        "csv": frame.write_csv, "jsonl": frame.write_ndjson, "xlsx": frame.write_excel,
        "parquet": frame.write_parquet,
    }  # fmt: skip
    writers[form](source)
    for target in (out, tmp_path / f"o.{form}"):
        _, _, told = run("batch", str(source), "-o", str(target), "--summary-json", str(summary),
                         "--force")  # fmt: skip
        counted = json.loads(summary.read_text("utf-8"))
        assert counted["verdicts"]["invalid"] == 4
        assert counted["faults"][0]["reason"] == "ligne de total, et non un dossier"
        assert counted["unanswered"]["rows"] == 1
        assert counted["missing"]["scholarship"] == 3
        assert "sans aucune réponse" in told


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "xlsx"])
def test_acceptance_cases_hold_in_every_format(ending: str, tmp_path: Path) -> None:
    names = [name for name in CASES[0] if not name.startswith("expect_")]
    frame = pl.DataFrame([{name: case[name] or None for name in names} for case in CASES])
    source, target = tmp_path / f"in.{ending}", tmp_path / f"out.{ending}"
    match ending:
        case "csv":
            frame.write_csv(source, separator=";")
        case "jsonl":
            frame.write_ndjson(source)
        case "parquet":
            frame.write_parquet(source)
        case _:
            frame.write_excel(source)
    assert run("batch", str(source), "-o", str(target))[0] == 0
    for case, row in zip(CASES, rows_of(target), strict=True):
        results = {name[4:]: row.get(name, "") for name in RESULTS if name[4:] in expected_of(case)}
        assert results == expected_of(case), case["case"]


def test_warnings_are_counted_and_told_without_a_value(tmp_path: Path) -> None:
    source, summary = tmp_path / "in.csv", tmp_path / "summary.json"
    source.write_text(
        "age;birth_date;start;end\n"
        "27;;2025-10-01;2026-02-28\n"
        ";1998-11-01;2025-10-01;2026-02-28\n"
        "14;;2025-10-01;2026-02-28\n"
        "21;;2029-11-24;2030-02-28\n"
        "21;;2029-11-23;2030-02-28\n"
        "27;;2024-11-22;2025-02-28\n"
        "27;;2025-10-01;2025-09-30\n"
    )
    _, _, stderr = run("batch", str(source), "--summary-json", str(summary))
    assert json.loads(summary.read_text("utf-8"))["warnings"] == {
        "just_under_the_limit": {"rows": 2, "first_lines": [2, 7]},
        "start_far_ahead": {"rows": 1, "first_lines": [5]},
        "start_long_past": {"rows": 1, "first_lines": [7]},
        "very_young": {"rows": 1, "first_lines": [4]},
    }
    assert "Réponses à relire" in stderr
    assert "Âge juste sous la limite, sans date de naissance\u00a0: 2 lignes" in stderr.replace(
        "\n  ", " "
    )
