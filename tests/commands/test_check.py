"""`ami check` with flags and documents: every acceptance case, and the shape of its JSON."""

import json
from datetime import date
from pathlib import Path

import pytest

from ami_cli import Answers, assess
from ami_cli.answers import FIELDS
from ami_cli.reading import read
from tests.conftest import TODAY
from tests.runner import DAY, ami
from tests.students import CASES, COMPLETE, columns_of, expected_of, flags_of


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_every_case_by_flags(case: dict[str, str]) -> None:
    done = ami("check", *flags_of(case), "--json", *DAY)
    assert (done.returncode, done.stderr) == (0, "")
    assert columns_of(json.loads(done.stdout)) == expected_of(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_every_case_by_document(case: dict[str, str]) -> None:
    answers = {
        answer.name: case[answer.name] for answer in FIELDS if case.get(answer.name, "") != ""
    }
    by_flags = ami("check", *flags_of(case), "--json", *DAY)
    by_document = ami("check", "--answers", "-", "--json", *DAY, stdin=json.dumps(answers))
    assert by_flags.returncode == by_document.returncode == 0
    assert by_flags.stdout == by_document.stdout
    assert columns_of(json.loads(by_flags.stdout)) == expected_of(case)


KEYS = {
    "schema_version": str,
    "rules": dict,
    "today": str,
    "answers": dict,
    "school": dict | None,
    "commune": dict | None,
    "assumed": list,
    "verdict": str,
    "criteria": list,
    "missing": list,
    "estimate": dict | None,
    "supplements": list,
    "cumulation": list,
    "budget": dict | None,
    "reminder": dict | None,
    "advice": list,
    "next_steps": list,
    "warnings": list,
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_every_key_is_always_present(case: dict[str, str]) -> None:
    document = json.loads(ami("check", *flags_of(case), "--json", *DAY, "--lang", "en").stdout)
    for key, kind in KEYS.items():
        assert isinstance(document[key], kind), key
    assert document["schema_version"] == "1"
    assert [item["code"] for item in document["criteria"]] == [
        *("age", "scholarship", "establishment", "stay"),
        *("min_duration", "max_duration", "entitlement"),
    ]
    for criterion in document["criteria"]:
        assert criterion["reason"]
        assert criterion["sources"]
        assert all({"title", "url", "quote"} <= set(source) for source in criterion["sources"])
    assert [item["code"] for item in document["supplements"]] == [
        *("echelon_6_7", "disability", "rural", "priority_area"),
    ]
    assert {item["indication"] for item in document["supplements"]} == {None}
    if budget := document["budget"]:
        ami_line, *others = budget["lines"]
        assert ami_line["certain"] is False
        begun = document["rules"]["academic_year"] <= "2026-2027"
        assert all(line["certain"] is begun for line in others)
        assert budget["certain"] == sum(line["total"] for line in others if begun)
        later = sum(line["total"] for line in others if not begun)
        assert budget["depends"] == {key: ami_line[key] + later for key in ("total", "total_max")}
        assert budget["total"] == budget["certain"] + budget["depends"]["total"]
        assert budget["total_max"] == budget["certain"] + budget["depends"]["total_max"]
    assert {item["code"]: item["cumulable"] for item in document["cumulation"]} == {
        "bcs": True,
        "merit_aid": True,
        "erasmus_plus": True,
        "regional": None,
    }
    assert document["next_steps"]
    ineligible = document["verdict"] == "ineligible"
    assert bool(document["advice"]) <= ineligible
    assert not ineligible or document["estimate"] is document["budget"] is None


def test_the_example_of_the_contract() -> None:
    done = ami(
        *("check", "--age", "21", "--scholarship", "bcs", "--echelon", "6"),
        *("--start", "2027-01-15", "--end", "2027-06-20", "--json", *DAY),
    )
    document = json.loads(done.stdout)
    rules = document["rules"]
    assert (rules["academic_year"], rules["basis"], rules["provisional"]) == (
        *("2026-2027", "2025-2026"),
        True,
    )
    assert document["answers"] == {
        "age": 21,
        "scholarship": "bcs",
        "echelon": "6",
        "start": "2027-01-15",
        "end": "2027-06-20",
    }
    assert document["assumed"] == ["stay", "in_curriculum", "months_received"]
    assert document["verdict"] == "undetermined"
    assert document["missing"] == ["establishment"]
    estimate = document["estimate"]
    assert (estimate["months"], estimate["months_max"], estimate["months_left"]) == (5, 6, 10)
    assert (estimate["total"], estimate["total_max"]) == (2000, 2400)
    budget = document["budget"]
    assert budget["lines"] == [
        {"code": "ami", "total": 2000, "total_max": 2400, "certain": False},
        {"code": "bcs", "total": 2753, "certain": True},
    ]
    assert (budget["certain"], budget["depends"]) == (2753, {"total": 2000, "total_max": 2400})
    assert (budget["total"], budget["total_max"], budget["basis"]) == (4753, 5153, "2025-2026")
    reminder = document["reminder"]
    assert (reminder["start_by"], reminder["days_left"]) == ("2026-07-15", -131)
    assert (reminder["late"], reminder["departed"]) == (True, False)


def test_school_commune_and_amount_settle_other_answers() -> None:
    """A university for the establishment, a commune for the ground, an amount for the grant."""
    known = ("--age", "21", "--no-disability", "--echelon", "6", "--merit", "--no-priority-area")
    dated = ("--start", "2027-01-15", "--end", "2027-06-20", "--lang", "en", *DAY)
    names = ("--school", "lyon I", "--commune", "63003", "--erasmus-monthly", "300")
    document = json.loads(ami("check", *known, *dated, *names, "--json").stdout)
    assert (document["verdict"], document["missing"]) == ("eligible", [])
    answers = {"school": "lyon I", "commune": "63003", "erasmus_monthly": 300}
    assert answers.items() <= document["answers"].items()
    assert not {"establishment", "rural", "erasmus"} & set(document["answers"])
    school, commune = document["school"], document["commune"]
    assert (school["name"], school["uai"][0]) == ("Université Claude Bernard - Lyon 1", "0691774D")
    assert (school["sector"], school["commune"]) == ("public", "Villeurbanne")
    assert (commune["name"], commune["department"], commune["insee_code"]) == (
        *("Ambert", "63"),
        "63003",
    )
    assert (commune["frr_class"], commune["rural"]) == ("FRR socle", True)
    for item in (school, commune):
        assert item["note"]
        assert all({"title", "url", "quote"} <= set(source) for source in item["sources"])
    rural = next(item for item in document["supplements"] if item["code"] == "rural")
    assert (rural["status"], rural["indication"]) == ("met", commune["note"])
    assert commune["sources"][0] in rural["sources"]
    criterion = next(item for item in document["criteria"] if item["code"] == "establishment")
    assert school["note"] in criterion["notes"]
    assert school["sources"][0] in criterion["sources"]
    assert document["budget"]["lines"] == [
        {"code": "ami", "total": 2000, "total_max": 2400, "certain": False},
        {"code": "bcs", "total": 2753, "certain": True},
        {"code": "merit_aid", "total": 500, "certain": True},
        {"code": "erasmus_plus", "total": 1500, "total_max": 1800, "certain": False},
    ]
    assert document["budget"]["depends"] == {"total": 3500, "total_max": 4200}
    assert document["next_steps"][0].endswith(f" {school['website']}")


@pytest.mark.parametrize("name", ["UCA", "Lycée Jean Moulin", "Nîmes université", "Skema"])
def test_school_of_an_unknown_ministry_settles_no_establishment(name: str) -> None:
    flags = [*COMPLETE[:5], *COMPLETE[7:], "--school", name, "--json", *DAY]
    document = json.loads(ami("check", *flags).stdout)
    assert (document["verdict"], document["missing"]) == ("undetermined", ["establishment"])
    assert (document["school"] is None) is (name in ("UCA", "Lycée Jean Moulin"))
    criterion = next(item for item in document["criteria"] if item["code"] == "establishment")
    assert criterion["notes"]


@pytest.mark.parametrize("name", ["Saint-Denis", "Nulle-Part", "Baugy (18)"])
def test_an_uncertain_commune_leaves_the_rural_ground_open(name: str) -> None:
    document = json.loads(ami("check", *COMPLETE, "--commune", name, "--json", *DAY).stdout)
    rural = next(item for item in document["supplements"] if item["code"] == "rural")
    assert (rural["status"], rural["missing"]) == ("missing", ["rural"])
    assert rural["indication"]
    assert (document["commune"] is None) is (name != "Baugy (18)")


def test_an_answer_wins_over_the_zoning_of_the_commune() -> None:
    flags = (*COMPLETE, "--commune", "Ambert", "--no-rural", "--json", *DAY)
    document = json.loads(ami("check", *flags).stdout)
    rural = next(item for item in document["supplements"] if item["code"] == "rural")
    assert (rural["status"], rural["indication"]) == ("not_met", None)
    assert document["commune"]["rural"] is True


@pytest.mark.parametrize(
    ("flags", "code", "field"),
    [
        (("--school", "Lyon 1"), "school_of_another_kind", "establishment"),
        (("--school", "Skema", "--establishment", "abroad"), "school_of_another_kind", ""),
        (("--erasmus-monthly", "300", "--no-erasmus"), "amount_without_erasmus", "erasmus_monthly"),
    ],
)
def test_names_and_an_amount_may_contradict_the_answers(
    flags: tuple[str, ...], code: str, field: str
) -> None:
    contradicting = ("--establishment", "private-other")
    done = ami(
        "check", *(() if "--establishment" in flags else contradicting), *flags, "--json", *DAY
    )
    assert done.returncode == 2
    (problem,) = json.loads(done.stderr)["errors"]
    assert (problem["code"], problem["field"]) == (code, field or "establishment")
    assert problem["message"]
    assert problem["fix"]


def test_five_answers_are_enough_and_presumed_ones_are_shown() -> None:
    document = json.loads(ami("check", *COMPLETE, "--json", *DAY).stdout)
    assert document["verdict"] == "eligible"
    assert document["assumed"] == ["stay", "in_curriculum", "months_received"]
    assert ami("check", *COMPLETE, *DAY).stdout.count("supposé") == 2
    assert ami("check", *COMPLETE, *DAY, "--details").stdout.count("Supposé, faute de") == 2


def test_flags_win_over_the_document_even_between_age_and_birth_date() -> None:
    student = json.dumps({"birth_date": "1990-01-01", "echelon": "3", "start": "2027-01-15"})
    done = ami("check", "--answers", "-", "--age", "21", "--echelon", "6", "--json", stdin=student)
    assert json.loads(done.stdout)["answers"] == {"age": 21, "echelon": "6", "start": "2027-01-15"}
    done = ami("check", "--answers", "-", "--echelon", "?", "--json", stdin=student)
    assert "echelon" not in json.loads(done.stdout)["answers"]


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        (COMPLETE, 0),
        ((*COMPLETE, "--months-received", "10"), 10),
        (COMPLETE[2:], 11),
        (("--scholarship", "pending", *COMPLETE[:3], *COMPLETE[5:]), 11),
    ],
)
def test_exit_codes_tell_the_verdict_only_when_asked(flags: tuple[str, ...], code: int) -> None:
    assert ami("check", *flags, "--exit-code").returncode == code
    assert ami("check", *flags).returncode == 0


def test_global_flags_work_before_and_after_the_command() -> None:
    before = ami("--lang", "en", "--today", "2026-11-23", "--plain", "check", *COMPLETE)
    after = ami("check", *COMPLETE, "--lang=en", "--today=23/11/2026", "--plain")
    assert before.stdout == after.stdout
    assert before.stdout.startswith("CONDITIONS MET. AMI: up to")


def test_the_same_answers_give_the_same_result_as_the_library() -> None:
    student = Answers(
        age=21,
        disability=False,
        echelon="6",
        establishment="public",
        start=date(2027, 1, 15),
        end=date(2027, 6, 20),
    )
    document = json.loads(ami("check", *COMPLETE, "--json", *DAY).stdout)
    assessment = assess(student, today=TODAY)
    assert document["verdict"] == assessment.verdict
    assert assessment.estimate is not None
    assert document["estimate"]["total_max"] == assessment.estimate.total_max


def test_the_batch_and_the_flags_read_cells_alike() -> None:
    assert read("echelon", "6,0") == "6"
    done = ami("check", "--echelon", "6,0", "--months-received", "3.0", "--json")
    assert json.loads(done.stdout)["answers"] == {"echelon": "6", "months_received": 3}


# --- documents, one a line -----------------------------------------------------------------------

ONE_A_LINE = """\
{"age": 21, "RQTH": "non", "bourse": "bcs", "établissement": "public", "début": "15/01/2027", \
"fin": "20/06/2027"}

{"age": 21, "scholarship": "none"}
{"age": 21}
"""


def test_documents_are_judged_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "dossiers.jsonl"
    path.write_text(ONE_A_LINE, "utf-8")
    done = ami("check", "--answers", str(path), "--json", "--exit-code", *DAY)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    verdicts = ["eligible", "ineligible", "undetermined"]
    assert [result["verdict"] for result in results] == verdicts
    assert done.returncode == 10
    alone = ami("check", "--answers", "-", "--json", *DAY, stdin=ONE_A_LINE.splitlines()[0])
    assert json.loads(alone.stdout) == results[0]
    told = ami("check", "--answers", "-", *DAY, stdin=ONE_A_LINE)
    assert told.returncode == 0
    assert told.stdout.splitlines() == [result["headline"] for result in results]
    older = ami("check", "--answers", str(path), "--json", "--age", "30", *DAY)
    assert {json.loads(line)["answers"]["age"] for line in older.stdout.splitlines()} == {30}


@pytest.mark.parametrize(
    ("line", "code", "exit_code", "message"),
    [
        ('{"age": "vingt"}', "not_a_number", 2, "Ligne 5\u00a0: "),
        ('{"age": 21, "birth_date": "2005-03-12"}', "two_ages", 2, "Ligne 5\u00a0: "),
        ('{"age": 21', "not_json", 3, "ligne 5, colonne"),
        ("[21]", "not_an_object", 3, "Ligne 5\u00a0: "),
    ],
)
def test_faults_of_documents_name_their_lines(
    line: str, code: str, exit_code: int, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "dossiers.ndjson"
    path.write_text(f'{ONE_A_LINE}{line}\n{{"age": -1}}\n', "utf-8")
    done = ami("check", "--answers", str(path), "--json", *DAY)
    assert (done.returncode, done.stdout) == (exit_code, "")
    first, second = json.loads(done.stderr)["errors"]
    assert (first["code"], first["line"], second["line"]) == (code, 5, 6)
    assert message in first["message"]


def test_of_thousands_of_faults_the_first_are_told_with_the_number_of_the_others() -> None:
    line = "\n".join(['{"stay": "%s"}' % ("x" * 200)] * 5_000)
    done = ami("check", "--answers", "-", stdin=line)
    assert (done.returncode, done.stdout) == (2, "")
    assert "non montrés\u00a0: 4\u202f900." in done.stderr
    assert len(done.stderr.encode()) < 64 * 1024
    done = ami("check", "--answers", "-", "--json", stdin=line)
    assert len(done.stderr.encode()) < 64 * 1024
    errors = json.loads(done.stderr)["errors"]
    assert [error["line"] for error in errors[:-1]] == [*range(1, 101)]
    assert errors[-1]["code"] == "more_problems"


@pytest.mark.parametrize("option", [("--details",), ("--mail", "-"), ("--report", "page.html")])
def test_options_of_one_student_are_refused_for_several(
    option: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "dossiers.jsonl"
    path.write_text(ONE_A_LINE, "utf-8")
    done = ami("check", "--answers", str(path), *option, *DAY)
    assert (done.returncode, done.stdout) == (2, "")
    assert option[0] in done.stderr
