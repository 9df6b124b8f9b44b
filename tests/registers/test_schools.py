"""Schools: which one a name means, and what that settles."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ami_cli.failures import InvalidAnswers
from ami_cli.registers import Found, communes, find, schools
from ami_cli.registers.spelling import fold, numbered, spelled
from ami_cli.rules.facts import derive
from ami_cli.views.schools import schools_report
from ami_cli.wizard import names
from ami_cli.words import words_of
from ami_cli.words.problems import describe
from tests.runner import ami
from tests.sizes import examples
from tests.students import result_with

EVERY = schools.search("")
EN = words_of("en")


def criterion(document: dict[str, Any], code: str) -> dict[str, Any]:
    return next(each for each in document["criteria"] if each["code"] == code)


@pytest.mark.no_cover
def test_find_school_by_each_of_its_names_and_codes() -> None:
    shared = Counter(
        key
        for school in EVERY
        for key in {spelled(name) for name in (*school.names, *school.uai, *school.former_uai)}
    )
    several = {key for key, count in shared.items() if count > 1}
    assert several == {"uca", "esa"}
    for school in EVERY:
        for name in (*school.names, *school.uai, *school.former_uai):
            for written in (name, name.upper(), fold(name), f"  {name} ", name.replace("-", " ")):
                found = schools.find(written)
                assert school in found.entries, written
                alone = found == Found("found", (school,))
                assert alone != (spelled(name) in several), written


@pytest.mark.no_cover
def test_find_school_by_a_name_written_otherwise_is_never_another() -> None:
    """An article, an abbreviation, a word missing or a mistake: the right school, or a question."""
    abbreviations = {
        "Université": "Univ.",
        "École": "Ec.",
        "supérieure": "sup",
        "Institut": "Inst.",
    }
    for school in EVERY:
        for name in school.names:
            words = name.split()
            abbreviated = " ".join(abbreviations.get(word, word) for word in words)
            mistaken = name[:-2] + name[:-3:-1]  # the last two letters in the other order
            certain = (f"L'{name}", f"{name} ({school.commune})", abbreviated)
            # « Paris IX » is no mistake of « Paris XI ».
            mistakes = () if numbered(name)[-1].isdigit() else (mistaken,)
            doubtful = (
                *mistakes,
                *(" ".join(words[:n] + words[n + 1 :]) for n in range(len(words))),
            )
            for written in (*certain, *doubtful):
                found = schools.find(written)
                wrong = found.answer == "found" and found.entries != (school,)
                # What is left may be the whole name of another school, and then it is that.
                others = [spelled(other) for each in found.entries for other in each.names]
                assert not wrong or spelled(written) in others, (written, name)


SPELLINGS = [
    (row["written"], row["meant"])
    for row in csv.DictReader(
        Path(__file__).with_name("spellings.csv").read_text("utf-8").splitlines(), delimiter=";"
    )
]


@pytest.mark.no_cover
def test_written_names_find_the_right_school_or_are_asked() -> None:
    by_code = {key: school for school in EVERY for key in (*school.uai, school.name)}
    landed = 0
    for written, meant in SPELLINGS:
        found = schools.find(written)
        if found.answer == "found":
            assert found.entries == (by_code.get(meant),), written
            landed += 1
    assert len(SPELLINGS) >= 300
    assert landed >= 220  # of 281 that mean a school of the register
    # Of those that are asked, most are asked with the right school among the few that are named.
    asked = [
        (written, meant)
        for written, meant in SPELLINGS
        if meant != "?" and schools.find(written).answer != "found"
    ]
    helped = sum(
        by_code[meant] in (schools.find(written).entries or tuple(schools.near(written)))
        for written, meant in asked
    )
    assert helped >= 0.7 * len(asked)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("0691774D - UNIVERSITE LYON 1", "0691774D"),
        ("Université Claude Bernard Lyon 1, Villeurbanne", "0691774D"),
        ("ENS Rennes Bruz", "0352440M"),
    ],
)
def test_name_is_certain_beside_the_town_or_the_code_of_its_school(written: str, code: str) -> None:
    found = schools.find(written)
    assert found.entry is not None
    assert code in found.entry.uai


@pytest.mark.parametrize(
    "written",
    ["0691774D Lyon 2", "INSA Villeurbanne", "Villeurbanne", "0691774D Bordeaux",
     "Lycée Jean Moulin", "Jean Moulin", "Lyon 4", "Toulouse", "IUT de Nîmes", "Lyon",
     "fac de Toulouse", "Université de Genève", "université", "X", "", "?", "1", "Paris", "INSA"],
)  # fmt: skip
def test_uncertain_name_derives_no_establishment(written: str) -> None:
    assert find("school", written).kind in ("proposed", "several", "unknown")
    assert "establishment" not in derive({"school": written})


@pytest.mark.parametrize(
    ("written", "first"),
    [
        ("ENS", "École normale supérieure - PSL"), ("Centrale", "Centrale Lyon"),
        ("Sorbonne", "Sorbonne Université"), ("Lyonn 1", "Université Claude Bernard - Lyon 1"),
        ("sciencespo", "Sciences Po"), ("ENS Lion", "École normale supérieure de Lyon"),
    ],
)  # fmt: skip
def test_likeliest_school_is_named_first(written: str, first: str) -> None:
    found = schools.proposed(written)
    assert found.answer in ("several", "unknown")
    assert found.titles[0] == first


@pytest.mark.parametrize(
    ("written", "kind", "near"),
    [
        ("IUT", "part", []), ("I.U.T.", "part", []), ("IUT de Bobigny", "part", []),
        ("iut de nantes", "part", ["Nantes Université"]),
        ("IAE Grenoble", "part", ["Université Grenoble Alpes"]),
        ("INSPE de Lille", "part", ["Université de Lille"]),
        ("IUT Lyon 1", "part", ["Université Claude Bernard - Lyon 1"]),
        # A subject tells no university; a town or a number beside it does.
        ("UFR droit", "part", []), ("UFR de sciences", "part", []), ("IUT sciences", "part", []),
        ("UFR Lettres et langues", "part", []), ("UFR sciences et technologies", "part", []),
        ("UFR santé de l’université", "part", []), ("fac de droit", None, []),
        ("fac de médecine", None, []), ("sciences", None, []),
        ("UFR sciences Nantes", "part", ["Nantes Université"]),
        ("UFR droit Lyon 3", "part", ["Université Jean Moulin - Lyon 3"]),
        ("Lycée Jean Moulin", "unlisted", []), ("BTS tourisme", "unlisted", []),
        ("IFSI de Lille", "unlisted", []), ("prépa", "unlisted", []),
        # Universities are not alike for being universities.
        ("Université de Genève", None, []), ("Université Laval", None, []),
        ("Univ Strasbourgh", None, ["Université de Strasbourg"]),
        # Three letters of which one differs are another school.
        ("ULB", None, []), ("UCP", None, []), ("GEM", None, []),
    ],
)  # fmt: skip
def test_school_without_an_entry_is_told_by_its_name(
    written: str, kind: str | None, near: list[str]
) -> None:
    found = schools.proposed(written)
    assert (found.answer, schools.unlisted_kind(written)) == ("unknown", kind)
    assert found.titles == near


@pytest.mark.no_cover
def test_public_school_of_a_known_ministry_derives_the_establishment() -> None:
    kinds = Counter(school.kind for school in EVERY)
    assert kinds == {"mesr": 136, "other_ministry": 89, "public": 31, "private": 94}
    settled = {"mesr": "public", "other_ministry": "other_ministry"}
    for school in EVERY:
        for name in (school.name, *school.uai[:1]):
            facts = derive({"school": name})
            assert facts.get("establishment") == settled.get(school.kind)
        assert (school.ministry is None) == (school.kind in ("public", "private"))


def test_result_of_a_university_is_public_and_has_its_website() -> None:
    document = result_with(school="fac de Lyon 2")
    assert document["verdict"] == "eligible"
    assert document["answers"]["school"] == "fac de Lyon 2"
    assert document["school"]["name"] == "Université Lumière - Lyon 2"
    assert document["school"]["uai"] == ["0691775E"]
    assert "D1" in [source["id"] for source in criterion(document, "establishment")["sources"]]
    assert "http://www.univ-lyon2.fr/" in " ".join(document["next_steps"])
    assert "D1" not in json.dumps(result_with(establishment="public"))


@pytest.mark.parametrize(
    ("name", "establishment", "said"),
    [
        ("ENS de Lyon", "public", "sous la compétence du ministère de l’Enseignement supérieur"),
        ("INSA Rennes", "public", "Code de l’éducation, D. "),
        ("UT Compiègne", "public", "texte postérieur à septembre 2019"),
        ("Centrale Lyon", "public", "2010-2024"),
        ("INALCO", "public", "état : mai 2015"),
        ("EHESS", "public", "Code de l’éducation, D. 717-1"),
        ("CNAM", "public", "Code de l’éducation"),
        ("Université de Lorraine", "public", "liste des opérateurs"),
        ("univ Grenoble Alpes", "public", "état : "),
        ("0130221V", "public", "sous la compétence"),
        ("Villa Arson", "other_ministry", "autre ministère que l’Enseignement supérieur : Culture"),
        ("École spéciale militaire de Saint-Cyr", "other_ministry", "Armées (Code des pensions"),
        ("ENPC", "other_ministry", "texte postérieur à 2020"),
    ],
)
def test_result_says_the_ministry_with_its_source_and_date(
    name: str, establishment: str, said: str
) -> None:
    document = result_with(school=name)
    assert document["school"]["ministry"]["source"] in document["school"]["note"]
    assert said in document["school"]["note"].replace("\u00a0", " ")
    assert document["school"]["note"] in criterion(document, "establishment")["notes"]
    assert criterion(document, "establishment")["status"] == (
        "met" if establishment == "public" else "not_met"
    )


@pytest.mark.parametrize(
    ("school", "said"),
    [
        ("Nîmes université", "ne dit pas de quel ministère"),
        ("Grenoble Alpes", "peut-être de\u00a0: Université Grenoble Alpes"),
        ("Skema", "ni s’il est habilité"),
        ("UCA", "Université Clermont Auvergne ou Université Côte d'Azur"),
        ("Lycée Jean Moulin", "n’est pas dans le registre"),
        ("Universite de Lyonn 1", "Université Claude Bernard - Lyon 1"),
    ],
)
def test_result_names_what_the_register_does_not_settle(school: str, said: str) -> None:
    document = result_with(school=school)
    assert document["verdict"] == "undetermined"
    assert document["missing"] == ["establishment"]
    assert said in " ".join(criterion(document, "establishment")["notes"])


@pytest.mark.parametrize(
    ("school", "fits"),
    [
        ("Lyon 1", {"public"}),
        ("INSA Lyon", {"public"}),
        ("Villa Arson", {"other_ministry"}),
        ("Nîmes université", {"public", "other_ministry"}),
        ("Skema", {"private_accredited", "private_other", "other_ministry"}),
        ("UCA", None),
        ("Lycée Jean Moulin", None),
    ],
)
def test_answer_that_contradicts_the_register_is_a_problem(
    school: str, fits: set[str] | None
) -> None:
    every = ("public", "private_accredited", "private_other", "other_ministry", "abroad")
    for establishment in every:
        if fits is None or establishment in fits:
            result_with(school=school, establishment=establishment)
        else:
            with pytest.raises(InvalidAnswers) as wrong:
                result_with(school=school, establishment=establishment)
            assert [each.code for each in wrong.value.problems] == ["school_of_another_kind"]
            assert wrong.value.problems[0].field == "establishment"
            # Both are told: the school that the name was taken for, and the answer.
            message = describe(wrong.value.problems[0], EN)["message"]
            assert schools.find(school).entries[0].name in message
            assert EN.value("establishment", establishment) in message


def test_name_that_is_not_certain_asks_for_no_answer_that_is_given() -> None:
    for name in ("IUT de Nantes", "UCA", "Grenoble Alpes", "Lycée Jean Moulin"):
        asked = criterion(result_with(school=name), "establishment")["notes"]
        assert any("réponds à la question sur son type" in note for note in asked)
        answered = criterion(result_with(school=name, establishment="public"), "establishment")
        assert not [note for note in answered["notes"] if name in note]


def test_ami_schools_lists_possible_schools() -> None:
    shown = ami("schools", "lyon").stdout
    assert "Université Lumière - Lyon 2 (0691775E)" in shown
    assert "établissement public sous l’Enseignement supérieur" in shown
    assert "ne suffirait pas" in " ".join(shown.split())
    document = json.loads(ami("schools", "fac de lyon 2", "--json").stdout)
    assert document["certain"] == document["schools"][0]["name"] == "Université Lumière - Lyon 2"
    assert document["schools"][0]["establishment"] == "public"
    assert {each["establishment"] for each in document["schools"][1:]} <= {None, "public"}
    everything = json.loads(ami("schools", "--json").stdout)
    assert len(everything["schools"]) == 350
    assert everything["certain"] is None


def test_ami_schools_needs_no_quotes() -> None:
    assert ami("schools", "fac", "de", "lyon", "2").stdout == ami("schools", "fac de lyon 2").stdout


def test_ami_schools_says_when_nothing_is_found() -> None:
    done = ami("schools", "zzzz")
    assert (done.returncode, done.stdout) == (0, "")
    assert "ne se trouve pas" in done.stderr
    assert "l’université dont il dépend" in " ".join(ami("schools", "IUT").stderr.split())
    assert "il n’a pas de lycées" in " ".join(ami("schools", "IFSI").stderr.split())
    assert json.loads(ami("schools", "zzzz", "--json").stdout)["schools"] == []
    assert "not found" in ami("schools", "zzzz", "--lang", "en").stderr


def test_ami_schools_escapes_what_a_terminal_obeys() -> None:
    done = ami("schools", "lyon\x1b[31m\u202e2")
    assert "\x1b" not in done.stdout + done.stderr
    assert "\u202e" not in done.stdout + done.stderr


@pytest.mark.no_cover
@settings(max_examples=examples(50))
@given(st.text(max_size=40))
def test_find_accepts_any_text(text: str) -> None:
    found = schools.find(text)
    assert (len(found.entries) == 1) >= (found.answer == "found")
    assert (found.answer == "unknown") == (not found.entries)
    document = schools_report(text, EN)
    assert (document["certain"] is not None) == (found.answer == "found")
    town = communes.find(text)
    assert (town.answer == "unknown") == (not town.entries)
    assert names.doubt("school", text) is None or found.answer != "found"
