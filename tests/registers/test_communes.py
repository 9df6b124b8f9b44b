"""Communes: which one a name or a code means, and its zoning."""

import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from ami_cli.registers import communes
from ami_cli.registers.spelling import spelled
from ami_cli.rules.facts import derive, zoning_of_commune
from tests.conftest import HERE
from tests.students import result_with

TOWNS = communes.DATA.read_text("utf-8").split("\n")[1:-1]


def rural(document: dict[str, Any]) -> dict[str, Any]:
    return next(each for each in document["supplements"] if each["code"] == "rural")


@pytest.mark.no_cover
def test_find_commune_by_its_code_and_by_its_name_with_department() -> None:
    communes.open_whole()
    named = Counter(line.split(";")[0] for line in TOWNS)
    for line in TOWNS:
        key, code, department, letter, name = line.split(";")
        wanted = communes.Commune(code, department, letter, name)
        assert communes.find(code) == ("found", (wanted,))
        assert communes.find(f"{name} ({department})") == ("found", (wanted,)), name
        alone = communes.find(name)
        assert wanted in alone.communes
        assert alone.answer == ("found" if named[key] == 1 else "several")
        assert key == spelled(name)


@pytest.mark.process
def test_search_in_the_bytes_equals_the_table() -> None:
    """Before the first file of students, a name is looked for in the bytes."""
    code = (
        "from ami_cli.registers import communes as c; "
        "asked = ['Ambert', '63003', 'Saint-Denis', 'Aast', 'Zuytpeene', '2a004', 'Nulle-Part', "
        "'Saint-Denis (93)', 'ambert;63', 'Paris', '01001', '97424', 'Bœurs-en-Othe']; "
        "before = [c.find(each) for each in asked]; c.find.cache_clear(); c.open_whole(); "
        "assert before == [c.find(each) for each in asked]; print(sum(len(b[1]) for b in before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HERE.parent
    )
    assert int(done.stdout) == 4 + 11


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Ambert", "63003"), ("AMBERT", "63003"), ("ambert (63)", "63003"), ("63 Ambert", "63003"),
        ("63600 Ambert", "63003"), ("20000 Ajaccio", "2A004"), ("2a004", "2A004"),
        ("97400 Saint-Denis", "97411"), ("St Denis 93", "93066"), ("L’Haÿ-les-Roses", "94038"),
        ("bœurs en othe", "89048"), ("Boeurs-en-Othe", "89048"), ("Grenoble Cedex 9", "38185"),
        ("Paris 15e", "75056"), ("Paris 15", "75056"), ("75115", "75056"), ("Lyon 3e", "69123"),
        ("Marseille 8e arrondissement", "13055"), ("13208", "13055"), ("Lyon 69", "69123"),
        ("ste-colombe (05)", "05135"),
    ],
)  # fmt: skip
def test_find_commune_as_people_write_it(written: str, code: str) -> None:
    found = communes.find(written)
    assert found.answer == "found"
    assert found.communes[0].insee == code


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ("Saint-Denis", "several"), ("Saint-Denis (12)", "several"), ("Ambert (75)", "several"),
        ("75001 Ambert", "several"), ("Nulle-Part", "unknown"), ("99999", "unknown"),
        ("Casablanca", "unknown"), ("63600", "unknown"), ("1001", "unknown"), ("", "unknown"),
        ("75100", "unknown"), ("75121", "unknown"), ("13200", "unknown"), ("69300", "unknown"),
        ("-63003", "unknown"), ("(63003)", "unknown"), ("4200 Saint-Denis", "unknown"),
        ("Paris 25e", "unknown"), (";", "unknown"), ("ambert;63003", "unknown"),
    ],
)  # fmt: skip
def test_uncertain_commune_derives_no_rural_home(written: str, answer: str) -> None:
    assert communes.find(written).answer == answer
    assert "rural" not in derive({"commune": written})


@pytest.mark.no_cover
def test_classes_are_those_of_the_zoning() -> None:
    communes.open_whole()  # to search the bytes for each of them takes minutes
    classes = Counter(communes.CLASSES[line.split(";")[3]] for line in TOWNS)
    assert classes["Non classée"] == 14_941
    assert sum(count for name, count in classes.items() if "partiellement" in name) == 31
    kinds = Counter(zoning_of_commune(line.split(";")[1]) for line in TOWNS)
    assert kinds == {"not_rural": 14_941, "partly": 31, "rural": 34_875 - 14_941 - 31}


@pytest.mark.parametrize(
    ("commune", "status", "said"),
    [
        ("Ambert", "met", "est classée « France Ruralités Revitalisation »"),
        ("Lyon", "not_met", "n’est pas classée"),
        ("Baugy (18)", "missing", "qu’en partie"),
        ("Saint-Denis", "missing", "Saint-Denis (93)"),
        ("Amberte", "missing", "le nom le plus proche : Ambert (63)"),
    ],
)
def test_result_says_that_the_zoning_is_an_indication(commune: str, status: str, said: str) -> None:
    ground = rural(result_with(establishment="public", commune=commune))
    assert ground["status"] == status
    indication = ground["indication"].replace("\u00a0", " ").replace("\u202f", " ")
    assert said in indication
    assert "D2" in [source["id"] for source in ground["sources"]]
    if status != "missing":
        assert "indication" in indication


@pytest.mark.parametrize(("commune", "answer"), [("Ambert", False), ("Lyon", True)])
def test_answer_of_the_student_overrides_the_zoning(commune: str, answer: bool) -> None:
    ground = rural(result_with(establishment="public", commune=commune, rural=answer))
    assert ground["status"] == ("met" if answer else "not_met")
    assert ground["indication"] is None


def test_result_has_the_department_and_class_of_the_commune() -> None:
    known = result_with(establishment="public", commune="ambert")["commune"]
    assert (known["name"], known["department"], known["insee_code"]) == ("Ambert", "63", "63003")
    assert (known["frr_class"], known["rural"]) == ("FRR socle", True)
    assert result_with(establishment="public", commune="Saint-Denis")["commune"] is None
