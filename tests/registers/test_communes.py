"""Communes: which one a name or a code means, and its zoning."""

import os
import subprocess
import sys
import time
from collections import Counter
from typing import Any

import pytest

from ami_cli.registers import Found, communes, find
from ami_cli.registers.spelling import spelled
from ami_cli.rules.facts import derive
from tests.conftest import HERE
from tests.students import result_with

TOWNS = communes.DATA.read_text("utf-8").split("\n")[1:-1]


def rural(document: dict[str, Any]) -> dict[str, Any]:
    return next(each for each in document["supplements"] if each["code"] == "rural")


@pytest.mark.no_cover
def test_find_commune_by_its_code_and_by_its_name_with_department() -> None:
    communes.load_for_many_lookups()
    # One in five; AMI_FUZZ takes them all.
    for line in TOWNS if "AMI_FUZZ" in os.environ else TOWNS[::5]:
        key, code, department, letter, name, postal_codes, population = line.split(";")
        assert key == spelled(name)
        if letter.startswith("="):
            continue
        place = tuple(postal_codes.split(","))
        wanted = communes.Commune(code, department, letter, name, place, int(population))
        assert communes.find(f"INSEE {code}") == Found("found", (wanted,))
        for here in (f"({department})", *place):
            assert communes.find(f"{name} {here}") == Found("found", (wanted,)), name
            assert wanted in communes.find(place[0]).entries
        assert communes.find(f"{place[0]} {name}").entries == (wanted,)
        assert wanted in communes.find(name).entries


@pytest.mark.no_cover
def test_find_commune_by_a_former_name_is_the_commune_of_today() -> None:
    communes.load_for_many_lookups()
    by_code = {line.split(";")[1]: line for line in TOWNS if ";=" not in line}
    former = [line.split(";") for line in TOWNS if ";=" in line]
    assert len(former) == 4_769
    for _, code, department, now, name, _, _ in former:
        wanted = by_code[now[1:]].split(";")
        found = communes.find(f"INSEE {code}")
        assert [commune.insee for commune in found.entries] == [wanted[1]] or code in by_code
        if name:
            found = communes.find(f"{name} ({department})")
            assert [commune.insee for commune in found.entries] == [wanted[1]], name
            assert found.answer == "found"
            same = spelled(name) == wanted[0]
            assert found.entries[0].former_name == (None if same else name)
            assert wanted[1] in [commune.insee for commune in communes.find(name).entries]


@pytest.mark.no_cover
def test_name_that_is_found_alone_names_no_other_commune() -> None:
    """A name taken as certain is nobody else's, past or present, nor most of a larger one's."""
    communes.load_for_many_lookups()
    holders: dict[str, set[str]] = {}
    for line in TOWNS:
        key, code, _, letter, *_ = line.split(";")
        holders.setdefault(key, set()).add(letter[1:] if letter.startswith("=") else code)
    for key, codes in holders.items():
        if key:
            assert (communes.find(key).answer == "found") <= (len(codes) == 1), key


@pytest.mark.process
def test_search_in_the_bytes_equals_the_table() -> None:
    """Before the first file of students, a name is looked for in the bytes."""
    code = (
        "from ami_cli.registers import communes as c; "
        "asked = ['Ambert', '63003', 'Saint-Denis', 'Aast', 'Zuytpeene', '2a004', 'Nulle-Part', "
        "'Saint-Denis (93)', 'ambert;63', 'Paris', '01001', '97424', 'Bœurs-en-Othe', 'Évry', "
        "'Vire', '34130', 'INSEE 34130', '63600', 'Cendrieux', '75013', 'La Réunion', 'Clermont', "
        "'Évry 91000', 'Neuilly-sur', '38031 Grenoble', '01018', 'Louhans']; "
        "before = [c.find(each) for each in asked]; c.find.cache_clear(); "
        "c.load_for_many_lookups(); "
        "assert before == [c.find(each) for each in asked]; print(sum(len(b[1]) for b in before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HERE.parent
    )
    assert int(done.stdout) == 51


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Ambert", "63003"), ("AMBERT", "63003"), ("ambert (63)", "63003"), ("63 Ambert", "63003"),
        ("63600 Ambert", "63003"), ("20000 Ajaccio", "2A004"), ("2a004", "2A004"),
        ("Ambert 63600", "63003"), ("Ambert, Puy-de-Dôme", "63003"), ("INSEE 63003", "63003"),
        ("Ambert (Puy de Dome)", "63003"), ("Code INSEE : 34130", "34130"), ("97127", "97110"),
        ("Cendrieux", "24362"), ("Andrezé", "49023"), ("Vire (14)", "14762"),
        ("14500 Vire", "14762"), ("Vire Normandie", "14762"), ("Viré (71)", "71584"),
        ("Evry (89)", "89162"),
        ("Évry-Courcouronnes", "91228"), ("75013", "75056"), ("13008", "13055"), ("01018", "01033"),
        ("38031 Grenoble Cedex", "38185"), ("Nouméa", "98818"), ("Louhans", "71263"),
        ("Saint-Denis (Réunion)", "97411"),
        ("La Réunion (47)", "47222"), ("Vienne", "38544"), ("-63003", "63003"), ("63003 ", "63003"),
        ("13200", "13004"), ("69300", "69034"), ("Creuse 80", "80225"),
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
    assert found.entries[0].insee == code


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ("Saint-Denis", "several"), ("Saint-Denis (12)", "several"), ("Ambert (75)", "proposed"),
        ("75001 Ambert", "proposed"), ("34130", "several"), ("63600", "several"),
        ("Vire", "several"), ("Viré", "several"), ("Évry", "several"), ("Evry (91)", "proposed"),
        ("Évry 91000", "proposed"), ("Clermont", "several"), ("Clermont (63)", "proposed"),
        ("Cherbourg", "proposed"), ("Neuilly-sur", "several"), ("La Réunion", "proposed"),
        ("Réunion", "unknown"), ("Bretagne", "several"), ("la Creuse", "proposed"),
        ("France", "unknown"), ("Seine-Saint-Denis", "unknown"), ("Île-de-France", "unknown"),
        ("département de la Creuse", "unknown"), ("PACA", "unknown"), ("Alsace", "unknown"),
        ("\u0301" * 500_000, "unknown"), ("Ambert " * 100, "unknown"),
        ("Nulle-Part", "unknown"), ("99999", "unknown"),
        ("Casablanca", "unknown"), ("Maroc", "unknown"), ("le Portugal", "unknown"),
        ("1001", "unknown"), ("", "unknown"),
        ("75100", "unknown"), ("75121", "unknown"),
        ("4200 Saint-Denis", "unknown"),
        ("Paris 25e", "unknown"), (";", "unknown"),
    ],
)  # fmt: skip
def test_uncertain_commune_derives_no_rural_home(written: str, answer: str) -> None:
    assert communes.find(written).answer == answer
    assert "rural" not in derive({"commune": written})


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Lionn", "Lyon (69)"), ("Marseile", "Marseille (13)"), ("toulouze", "Toulouse (31)"),
        ("St Etiene", "Saint-Étienne (42)"), ("Amberte", "Ambert (63)"), ("Nulle-Part", None),
        ("\u0301" * 500_000, None),
    ],
)  # fmt: skip
def test_nearest_commune_sounds_like_the_text_or_is_spelled_nearly_so(
    written: str, title: str | None
) -> None:
    found = communes.proposed(written)
    assert (found.answer, found.titles) == ("unknown", [] if title is None else [title])


def test_many_names_that_begin_alike_are_looked_up_in_a_moment() -> None:
    """« Saint » begins the names of some hundred large communes."""
    communes.load_for_many_lookups()
    before = time.process_time()
    for number in range(5_000):
        assert communes.find(f"St {number:x}").answer in ("unknown", "proposed", "several")
    assert time.process_time() - before < 1.5


@pytest.mark.no_cover
def test_classes_are_those_of_the_zoning() -> None:
    communes.load_for_many_lookups()  # to search the bytes for each of them takes minutes
    zoned = [line.split(";") for line in TOWNS if line.split(";")[3] in communes.CLASSES]
    classes = Counter(communes.CLASSES[letter] for _, _, _, letter, *_ in zoned)
    assert classes["Non classée"] == 14_941
    assert sum(count for name, count in classes.items() if "partiellement" in name) == 31
    kinds = Counter(find("commune", f"INSEE {code}").kind for _, code, *_ in zoned)
    assert find("commune", "Nouméa").kind == "not_zoned"
    assert kinds == {"not_rural": 14_941, "partly": 31, "rural": 34_875 - 14_941 - 31}


@pytest.mark.parametrize(
    ("commune", "status", "said"),
    [
        ("Ambert", "met", "est classée « France Ruralités Revitalisation »"),
        ("Lyon", "not_met", "n’est pas classée"),
        ("Baugy (18)", "missing", "qu’en partie"),
        ("Saint-Denis", "missing", "Saint-Denis (93)"),
        ("Amberte", "missing", "le nom le plus proche : Ambert (63)"),
        ("Nouméa", "missing", "n’est pas dans le zonage"),
        ("Cendrieux", "met", "Cendrieux fait aujourd’hui partie de Val de Louyre et Caudeau (24)."),
        ("Vire", "missing", "Viré (71) ou Vire (14)"),
        ("Cherbourg", "missing", "peut-être de : Cherbourg-en-Cotentin (50)"),
        ("La Réunion", "missing", "la commune La Réunion (47), écris-la ainsi"),
        ("Normandie", "missing", "n’est pas une commune, mais un pays, une région"),
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
