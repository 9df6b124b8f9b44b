"""The data of the registers: their description, and how they are rebuilt."""

import csv
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ami_cli.registers import (
    COMMUNES,
    COUNTRIES,
    POSTAL_CODES,
    REGISTERS,
    SCHOOLS,
    communes,
    countries,
    schools,
)
from ami_cli.registers.spelling import spelled
from tests.conftest import HERE, SHARED
from tests.runner import DAY, ami
from tools import registers as rebuild

EVERY = schools.search("")
TOWNS = communes.DATA.read_text("utf-8").split("\n")[1:-1]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


@pytest.mark.skipif(not SHARED.exists(), reason="the original data is not beside this clone")
def test_packaged_registers_are_made_from_the_original_files() -> None:
    made = rebuild.made(SHARED / "data")
    assert set(made) == {schools.DATA, communes.DATA}
    for path, text in made.items():
        assert path.read_text("utf-8") == text, path
    originals = rebuild.read_rows(SHARED / "data" / "establishments.csv")
    for packaged, original in zip(rows_of(schools.DATA), originals, strict=True):
        names = set(packaged["names"].split(";"))
        aliases = [original["name"], original["acronym"], *original["aliases"].split(";")]
        assert set(filter(None, aliases)) <= names
        assert packaged["ministry"] == original["ministry_named"]
        assert bool(packaged["ministry_source"]) == bool(original["ministry_source"])
        assert bool(packaged["ministry_as_of"]) == bool(original["ministry_source"])
        # Only French and the dates stay of the working notes on a source.
        assert not re.search(r"[()]| (not|the|of|and|by) ", packaged["ministry_source"])


def test_names_of_schools_are_compared_as_the_program_compares_a_text() -> None:
    for row in rows_of(schools.DATA):
        names = row["names"].split(";")
        assert set(row["keys"].split(";")) == set(map(spelled, names))
        words = {" ".join(words) for words in rebuild.words_of_names(names)}
        assert set(row["words"].split(";")) == words


def test_description_of_the_registers_matches_their_files() -> None:
    assert len(EVERY) == len(rows_of(schools.DATA)) == SCHOOLS.rows == 350
    assert len(TOWNS) == POSTAL_CODES.rows == 39_732
    letters = Counter(line.split(";")[3][:1] for line in TOWNS)
    assert sum(map(letters.__getitem__, communes.CLASSES)) == COMMUNES.rows == 34_875
    document = json.loads(ami("rules", "--json", *DAY).stdout)
    assert len(rows_of(countries.DATA)) == COUNTRIES.rows == 250
    assert [each["rows"] for each in document["data"]] == [each.rows for each in REGISTERS]
    for register, each in zip(REGISTERS, document["data"], strict=True):
        (source,) = each["sources"]
        assert source["url"] == register.url
        assert re.search("Licence Ouverte 2.0|licence Unicode", source["title"])
        assert register.as_of[:4] in source["title"]
    assert "10 juillet 2025" in " ".join(ami("rules", *DAY).stdout.split())


OFFICIAL_SCHOOLS = (
    "libellé;nom court;sigle;type d'établissement;secteur d'établissement;site internet;"
    "uai - identifiant;Commune;Académie;Statut juridique;uo_lib_officiel;English name\n"
    "Nantes Université;;NU;Université;public;https://univ-nantes.fr/;0442953W;Nantes;Nantes;EPSCP;"
    "Nantes Université;Nantes University\n"
)
POSTAL = [
    {
        **dict(zip(("insee_code", "department", "name"), row[:3], strict=True)),
        **dict(zip(("postal_codes", "former_insee_codes", "population"), row[3:], strict=True)),
    }
    for row in (
        ("63003", "63", "Ambert", "63600", "63002", "6600"),
        ("01001", "01", "L'Abergement-Clémenciat", "01400,01401", "", "860"),
        ("98818", "988", "Nouméa", "98800", "", "85976"),
        ("75101", "75", "Paris 1er Arrondissement", "75001", "", "15500"),
        ("98412", "984", "Archipel des Kerguelen", "", "", ""),
    )
]
FORMER = [
    {"name": "Vieux", "insee_code": "63001", "now_part_of_insee_code": "63003"},
    {"name": "Perdu", "insee_code": "99001", "now_part_of_insee_code": "99002"},
]
OFFICIAL_COMMUNES = (
    "Code_insee;Departement;Commune;Classement FRR et FRR+ au 10 juillet 2025;\r\n"
    "63003;63;Ambert;FRR socle;\r\n01001;01;L'Abergement-Clémenciat;Non classée;\r\n"
)


def test_rebuild_reads_the_official_files_by_their_labels(tmp_path: Path) -> None:
    path = tmp_path / "official.csv"
    path.write_text("\ufeff" + OFFICIAL_SCHOOLS, "utf-8")
    (row,) = csv.DictReader(
        rebuild.school_text(rebuild.read_rows(path)).splitlines(), delimiter=";"
    )
    assert row == {
        "uai": "0442953W",
        "name": "Nantes Université",
        "type": "Université",
        "sector": "public",
        "commune": "Nantes",
        "website": "https://univ-nantes.fr/",
        "names": "Nantes Université;Nantes University;NU",
        "keys": "nantes universite;nantes university;nu",
        "words": "nantes universite;nu",
        **dict.fromkeys(("former_uai", "ministry", "ministry_source", "ministry_as_of"), ""),
    }
    path.write_text("\ufeff" + OFFICIAL_COMMUNES, "utf-8", newline="")
    assert rebuild.commune_text(rebuild.read_rows(path), POSTAL, FORMER) == (
        "\n;63002;63;=63003;;;\n"
        "ambert;63003;63;S;Ambert;63600;6600\n"
        "l abergement clemenciat;01001;01;N;L'Abergement-Clémenciat;01400,01401;860\n"
        "noumea;98818;988;-;Nouméa;98800;85976\n"
        "vieux;63001;63;=63003;Vieux;;\n"
    )
    with pytest.raises(rebuild.NotTheFile, match="01001"):
        rebuild.commune_text(rebuild.read_rows(path), POSTAL[:1], FORMER)


def test_rebuild_refuses_another_file(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("nom;ville\nNantes;Nantes\n", "utf-8")
    with pytest.raises(rebuild.NotTheFile, match="uai"):
        rebuild.school_text(rebuild.read_rows(path))
    path.write_text(OFFICIAL_COMMUNES.replace("FRR socle", "FRR lunaire"), "utf-8")
    with pytest.raises(rebuild.NotTheFile, match="lunaire"):
        rebuild.commune_text(rebuild.read_rows(path), POSTAL, FORMER)


@pytest.mark.process
def test_wheel_is_small(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "flit_core.wheel", "--outdir", str(tmp_path), str(HERE.parent)],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.stat().st_size <= 2_500_000
