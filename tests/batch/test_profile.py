"""Profiles: what they say is used, faults name their line, and a proposal guesses nothing."""

import csv
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ami_cli.batch.profile import read_profile, set_answer
from ami_cli.failures import Failure, UnreadableInput, UsageError
from tests.runner import DAY, ami

HEAD = "Nom;Naissance;Type;Boursier ?;Début;Fin;RQTH"
ROW = "MARTIN;12/03/2005;Freemover;Oui;15/01/2027;20/06/2027;non"
PROFILE = """
header_row = 2
only = ["Nom"]
[columns]
Naissance = "birth_date"
C = "type_séjour"
[words.stay]
Freemover = "study"
[all]
establishment = "public"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.csv").write_text(f"Départs\n{HEAD}\n{ROW}\n", "utf-8")
    (tmp_path / "p.toml").write_text(PROFILE, "utf-8")
    return tmp_path


def rows(*arguments: str) -> list[dict[str, str]]:
    done = ami("batch", "in.csv", *arguments, *DAY)
    assert done.returncode in (0, 4), done.stderr
    return list(csv.DictReader(done.stdout.removeprefix("\ufeff").splitlines(), delimiter=";"))


def problems(text: str) -> list[tuple[str, int]]:
    Path("bad.toml").write_text(text, "utf-8")
    with pytest.raises(Failure) as error:
        read_profile("bad.toml")
    return [(problem.code, int(problem.params["line"])) for problem in error.value.problems]


@pytest.mark.usefixtures("folder")
def test_profile_is_one_command_for_next_month() -> None:
    (row,) = rows("--profile", "p.toml")
    assert (row["Nom"], row["ami_verdict"]) == ("MARTIN", "eligible")
    assert "Type" not in row
    assert "stay" not in row["ami_assumed"]


@pytest.mark.usefixtures("folder")
def test_command_line_wins_over_the_profile() -> None:
    (row,) = rows("--profile", "p.toml", "--set", "establishment=étranger", "--only", "Fin")
    assert (row["Fin"], row["ami_failed"]) == ("20/06/2027", "establishment")


@pytest.mark.usefixtures("folder")
def test_faults_name_their_line() -> None:
    assert problems(
        "a = 1\nsheet = 3\n\n[columns]\nx = 'agee'\n\n[all]\nage = 'x'\nfin = []\n"
    ) == [
        ("profile_unknown_key", 1),
        ("profile_bad_value", 2),
        ("profile_no_answer", 5),
        ("profile_bad_answer", 8),
        ("profile_bad_answer", 9),
    ]
    assert problems('[words.stay]\nSMS = "study"\n"A = B" = "vacances"\n') == [
        ("profile_bad_answer", 3)
    ]
    assert problems('only = [\n  "a",\n  2,\n]\nwords = 1\n') == [
        ("profile_bad_value", 1),
        ("profile_bad_value", 5),
    ]
    assert problems("sheet = 'a'\nsheet = 'b'\n") == [("profile_no_toml", 2)]
    assert problems("sheet = 'a\u2028b'\r\n[all]\r\nage = 'x'\n") == [("profile_bad_answer", 3)]
    for name in ("absent.toml", "a\0b"):
        with pytest.raises(UnreadableInput):
            read_profile(name)


@pytest.mark.usefixtures("folder")
def test_damaged_or_hostile_profile_is_refused_with_its_line() -> None:
    for damaged, line in {
        "# a profile\n[all": 2,
        "a = 1\nb": 2,
        "# a\n# \udcff": 2,
        "\n" * 50_000 + "x\n\n": 50_001,
        "[all]\na" + ".a" * 40_000 + " = 1\n": 2,  # in tomllib, gigabytes
        "a" + '.";"' * 20_000 + " = 1": 1,
        "x = " + "[" * 90_000: 1,
        "x = " + "{a=" * 30_000: 1,
    }.items():
        Path("bad.toml").write_bytes(damaged.encode("utf-8", "surrogateescape"))
        with pytest.raises(UnreadableInput) as error:
            read_profile("bad.toml")
        (problem,) = error.value.problems
        assert (problem.code, problem.params["line"]) == ("profile_no_toml", line)
    Path("bad.toml").write_text("#" * 100_001)
    with pytest.raises(UnreadableInput) as error:
        read_profile("bad.toml")
    assert error.value.problems[0].code == "profile_too_large"


@pytest.mark.usefixtures("folder")
def test_fault_of_a_profile_is_told_in_both_languages() -> None:
    Path("bad.toml").write_text('[columns]\n"Nom" = "agee"\n', "utf-8")
    for lang, line in (("fr", "bad.toml, ligne 2"), ("en", "bad.toml, line 2")):
        done = ami("batch", "in.csv", "--profile", "bad.toml", "--lang", lang, *DAY)
        assert done.returncode == 2
        assert line in done.stderr
        assert "« agee »" in done.stderr.replace("\u00a0", " ") or "agee" in done.stderr


def test_proposal_has_each_guess_as_a_commented_line(folder: Path) -> None:
    done = ami("batch", "in.csv", "--propose", "new.toml", "--header-row", "2", *DAY)
    assert (done.returncode, done.stdout) == (0, "")
    text = (folder / "new.toml").read_text("utf-8")
    document: dict[str, Any] = tomllib.loads(text)
    assert document["header_row"] == 2
    assert document["columns"] == {
        "Boursier ?": "scholarship",
        "Début": "start",
        "Fin": "end",
        "RQTH": "disability",
    }
    assert '# "Naissance" = "birth_date"' in text.splitlines()
    assert '# establishment = "public"' in text.splitlines()
    assert "MARTIN" not in text
    assert rows("--profile", "new.toml")[0]["ami_verdict"] == "undetermined"


def test_proposal_asks_for_words_that_are_not_read(folder: Path) -> None:
    (folder / "in.csv").write_text(
        "âge;Type de mobilité;établissement\n21;Freemover;Lyon 2\n21;études;Lyon 2\n", "utf-8"
    )
    ami("batch", "in.csv", "--propose", "new.toml", *DAY)
    lines = (folder / "new.toml").read_text("utf-8").splitlines()
    assert lines[lines.index("[words.stay]") + 1 :][0] == '# "Freemover" = ""'
    assert '# "établissement" = "school"' in lines
    assert not [line for line in lines if "études" in line]


def test_proposal_has_the_names_that_a_misspelt_one_is_near(folder: Path) -> None:
    (folder / "in.csv").write_text(
        "âge;Établissement d’origine;Commune;Code INSEE\n"
        "21;Lyonn 2;Toulouze;63003\n21;Lyon 2;Ambert;63003\n21;Lycée Jean Moulin;?;\n",
        "utf-8",
    )
    ami("batch", "in.csv", "--propose", "new.toml", "--map", "Code INSEE=-", *DAY)
    lines = (folder / "new.toml").read_text("utf-8").splitlines()
    schools, communes = (lines.index(f"[words.{name}]") + 1 for name in ("school", "commune"))
    assert lines[schools : schools + 2] == ['# "Lyonn 2" = "Université Lumière - Lyon 2"', ""]
    assert lines[communes : communes + 2] == ['# "Toulouze" = "Toulouse (31)"', ""]
    assert all(row["ami_school"] == "" for row in rows("--profile", "new.toml")[::2])
    confirmed = [line.removeprefix("# ") if "Lyonn" in line else line for line in lines]
    (folder / "new.toml").write_text("\n".join(confirmed), "utf-8")
    assert rows("--profile", "new.toml")[0]["ami_school"] == "Université Lumière - Lyon 2"


def test_proposal_offers_both_readings_of_a_departure_and_no_word_of_a_total(folder: Path) -> None:
    (folder / "in.csv").write_text(
        "âge;Date de départ;Date d’arrivée;handicap\n21;20/06/2027;15/01/2027;bof\nTotal;;;2\n",
        "utf-8",
    )
    done = ami("batch", "in.csv", "--propose", "new.toml", *DAY)
    told = " ".join(done.stderr.replace("\u00a0", " ").split())
    assert '--map "Date de départ=start" ou --map "Date de départ=end"' in told
    lines = (folder / "new.toml").read_text("utf-8").splitlines()
    assert '# "Date de départ" = "start"' in lines
    assert '# "Date de départ" = "end"' in lines
    assert [line for line in lines if line.endswith(' = ""')] == ['# "bof" = ""']


@pytest.mark.parametrize("text", ["establishment", "=public", "agee=21", "age=x", "age="])
def test_set_refuses_what_is_no_answer(text: str) -> None:
    with pytest.raises(UsageError):
        set_answer(text)


def test_set_reads_french_names_and_words() -> None:
    assert set_answer("établissement=privé habilité") == ("establishment", "private_accredited")
    assert set_answer("Date de début=15 janvier 2027")[0] == "start"
