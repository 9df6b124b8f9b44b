"""Pages of a batch: those of `ami check --report`, named after a column, all of them or none."""

import json
import sys
from pathlib import Path

import pytest

from ami_cli.batch.pages import can_be_a_file
from tests.runner import DAY, ami

HEAD = "N°;Nom;âge;handicap;bourse;établissement;début;fin\n"
ROWS = {
    "1": ("Zoé Martin", "21", "", "bcs", "public", "15/01/2027", "20/06/2027"),
    "2": ("Léo", "40", "oui", "bcs", "public", "15/01/2027", "20/06/2027"),
    "3": ("Ana", "vingt", "", "bcs", "public", "15/01/2027", "20/06/2027"),
    "4": ("Léo", "21", "non", "", "", "15/01/2027", "20/06/2027"),
}


def table(folder: Path, *more: str) -> str:
    rows = "".join(";".join((number, *cells)) + "\n" for number, cells in ROWS.items())
    (folder / "in.csv").write_text(HEAD + rows + "".join(more), "utf-8")
    return str(folder / "in.csv")


def pages(folder: Path, *arguments: str, name_by: str = "N°") -> tuple[int, str, list[str]]:
    """Run a batch; its exit code, stderr and the files of the folder of pages."""
    target = folder / "pages"
    options = ("--pages", str(target), "--name-by", name_by, "-o", str(folder / "out.csv"))
    done = ami("batch", *arguments, *options, *DAY)
    names = sorted(path.name for path in target.iterdir()) if target.is_dir() else []
    assert not list(folder.glob(".*"))
    return done.returncode, done.stderr, names


@pytest.mark.parametrize("health", [(), ("--include-health",)])
def test_pages_are_those_of_one_student(tmp_path: Path, health: tuple[str, ...]) -> None:
    code, told, names = pages(tmp_path, table(tmp_path), *health)
    assert (code, names) == (4, ["1.html", "2.html", "4.html"])
    assert ("--include-health" in told) is not bool(health)
    answers = (
        *("--age", "40", "--disability", "--scholarship", "bcs", "--establishment", "public"),
        *("--start", "2027-01-15", "--end", "2027-06-20"),
    )
    report = tmp_path / "one.html"
    assert ami("check", *answers, "--report", str(report), *health, *DAY).returncode == 0
    assert (tmp_path / "pages" / "2.html").read_bytes() == report.read_bytes()
    if sys.platform != "win32":
        assert (tmp_path / "pages").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "pages" / "2.html").stat().st_mode & 0o777 == 0o600


def test_names_that_stand_twice_or_are_no_file_names_are_told_with_their_lines(
    tmp_path: Path,
) -> None:
    source = table(tmp_path, "a/b;x;21;;;;;\n", ";x;21;;;;;\n", "NUL.txt;x;21;;;;;\n")
    code, told, names = pages(tmp_path, source)
    assert (code, names) == (2, [])
    assert "6, 7, 8" in told
    assert not (tmp_path / "out.csv").exists()
    code, told, names = pages(tmp_path, table(tmp_path), name_by="nom")
    assert (code, names, "3, 5" in told) == (2, [], True)
    assert not (tmp_path / "out.csv").exists()


def test_an_existing_folder_is_kept_without_force(tmp_path: Path) -> None:
    target = tmp_path / "pages"
    target.mkdir()
    assert pages(tmp_path, table(tmp_path))[2] == ["1.html", "2.html", "4.html"]
    (target / "1.html").write_text("mine", "utf-8")
    (target / "note.txt").write_text("mine", "utf-8")
    assert pages(tmp_path, table(tmp_path), "--force")[0] == 4
    assert (target / "note.txt").read_text("utf-8") == "mine"
    assert (target / "1.html").read_text("utf-8").startswith("<!")
    (tmp_path / "out.csv").unlink()
    code, told, _ = pages(tmp_path, table(tmp_path))
    assert (code, "--force" in told) == (2, True)
    other = ami(
        "batch", str(tmp_path / "in.csv"), "--pages", str(tmp_path / "in.csv"), "--name-by", "N°"
    )
    assert other.returncode == 2
    absent = ami(
        "batch", str(tmp_path / "in.csv"), "--pages", str(tmp_path / "a" / "b"), "--name-by", "N°"
    )
    assert absent.returncode == 5


@pytest.mark.parametrize("options", [("--pages", "p"), ("--name-by", "N°"), ("--include-health",)])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_options_of_pages_go_together(tmp_path: Path, options: tuple[str, ...], lang: str) -> None:
    done = ami("batch", table(tmp_path), *options, "--lang", lang)
    assert (done.returncode, "--pages" in done.stderr) == (2, True)
    assert not Path("p").exists()


def test_pages_are_counted_in_the_summary(tmp_path: Path) -> None:
    summary = tmp_path / "s.json"
    pages(tmp_path, table(tmp_path), "--summary-json", str(summary))
    document = json.loads(summary.read_text("utf-8"))
    assert document["pages"] == {"written": 3, "without": 1, "other_verdict": 1}


@pytest.mark.parametrize(
    ("name", "can"),
    [
        *((name, True) for name in ("Zoé", "1.0", "a b", "d’Été", "COM", "console", "x" * 200)),
        *(
            (name, False)
            for name in ("", ".", "..", ".a", "~$a", "a.", "a/b", "a\\b", "a:b", "con", "con .x")
        ),
        *((name, False) for name in ("LPT1", "aux.tar", "a\n", "\u202ea", "é" * 101, "a*", '"a"')),
    ],
)
def test_names_of_files(name: str, can: bool) -> None:
    assert can_be_a_file(name) is can


def test_pages_alone_are_the_result_without_an_output(tmp_path: Path) -> None:
    target = tmp_path / "pages"
    summary = tmp_path / "s.json"
    options = ("--pages", str(target), "--name-by", "N°", "--summary-json", str(summary))
    done = ami("batch", table(tmp_path), *options, *DAY)
    told = " ".join(done.stderr.replace("\u00a0", " ").split())
    assert done.returncode == 4
    assert done.stdout == ""
    assert json.loads(summary.read_text("utf-8"))["output_format"] is None
    assert len([*target.iterdir()]) == 3
    assert "Les pages sont le résultat" in told
    done = ami("batch", table(tmp_path), *options[:4], "--force", "-o", "-", *DAY)
    assert done.stdout.startswith("\ufeffN°;Nom;")
