"""The JSON documents of `--answers`: read strictly, or refused with the fault."""

import json
from datetime import date

import pytest

from ami_cli.answers_file import LARGEST_DOCUMENT, read_document
from ami_cli.failures import InvalidAnswers, UnreadableInput
from tests.conftest import HERE
from tests.runner import ami


def read(text: str) -> dict[str, object]:
    return read_document(text.encode(), "x.json")


def test_document_is_read_with_the_words_of_the_flags() -> None:
    answers = read('{"age": 21, "rural": "oui", "merit": false, "echelon": 6, "start": "1/9/2026"}')
    assert {name: str(value) for name, value in answers.items()} == {
        "age": "21",
        "rural": "True",
        "merit": "False",
        "echelon": "6",
        "start": "2026-09-01",
    }


@pytest.mark.parametrize("value", ["null", '""', '"?"', '"NSP"', '"je ne sais pas"'])
def test_not_answered_is_none(value: str) -> None:
    assert read(f'{{"disability": {value}}}') == {"disability": None}


def test_whole_numbers_may_be_written_as_a_spreadsheet_does() -> None:
    assert read('{"age": 21.0, "months_received": "3,0", "echelon": 6.0}') == {
        "age": 21,
        "months_received": 3,
        "echelon": "6",
    }
    assert read('{"echelon": "0 bis"}') == {"echelon": "0bis"}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1),
        ("nope", 1, 2),
        ('{"age": 21', 1, 10),
        ('{"age": 21} {"age": 22}', 1, 13),
        ('{"age": NaN}', 1, 9),
        ('{"age":\n-Infinity}', 2, 2),
        ('{"stay": "é", "age": x}', 1, 22),
        ('{"stay": "\\ud800"}', 1, 17),
        ("[" * 50_000, 1, 202),
        ('{"a":' * 10_000, 1, 1006),
        ('{"age": ' + "9" * 5_000 + "}", 1, 4310),
    ],
)
def test_malformed_json_is_refused_with_line_and_column(text: str, line: int, column: int) -> None:
    with pytest.raises(UnreadableInput) as refused:
        read(text)
    (problem,) = refused.value.problems
    assert problem.code == "not_json"
    assert (problem.params["line"], problem.params["column"]) == (line, column)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[1, 2]", "not_an_object"),
        ("21", "not_an_object"),
        ('"age"', "not_an_object"),
        ("null", "not_an_object"),
        (" " * (LARGEST_DOCUMENT + 1), "too_large"),
    ],
)
def test_document_that_is_no_object_is_refused(text: str, code: str) -> None:
    with pytest.raises(UnreadableInput) as refused:
        read(text)
    assert refused.value.problems[0].code == code


def test_answer_given_twice_is_refused_with_its_place() -> None:
    with pytest.raises(UnreadableInput) as refused:
        read('{"age": 21,\n "age": 21}')
    (problem,) = refused.value.problems
    assert problem.code == "duplicate_key"
    assert {"key": "age", "line": 2, "column": 8}.items() <= dict(problem.params).items()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_byte_order_mark_tells_the_encoding(encoding: str) -> None:
    """A redirection of PowerShell writes UTF-16."""
    assert read_document('{"stay": "études"}\r\n'.encode(encoding), "x.json") == {"stay": "study"}


def test_other_encodings_are_refused_with_the_position_of_the_byte() -> None:
    with pytest.raises(UnreadableInput) as refused:
        read_document('{"stay": "études"}'.encode("cp1252"), "x.json")
    assert refused.value.problems[0].params["position"] == 11
    for encoding in ("utf-16-le", "utf-32"):
        with pytest.raises(UnreadableInput):
            read_document(b'{"age": 21}'.decode().encode(encoding), "x.json")
    assert read_document(b'\xef\xbb\xbf{"age": 21}', "x.json") == {"age": 21}


@pytest.mark.parametrize(
    ("text", "field", "code"),
    [
        ('{"agee": 21}', "agee", "unknown_answer"),
        ('{"age": true}', "age", "not_a_number"),
        ('{"age": 21.5}', "age", "not_a_number"),
        ('{"age": 1e400}', "age", "not_a_number"),
        ('{"age": -1}', "age", "number_out_of_range"),
        ('{"age": 121}', "age", "number_out_of_range"),
        ('{"age": "1_0"}', "age", "not_a_number"),
        ('{"age": [21]}', "age", "not_a_number"),
        ('{"age": {"years": 21}}', "age", "not_a_number"),
        ('{"disability": 1}', "disability", "not_yes_no"),
        ('{"disability": "peut-être"}', "disability", "not_yes_no"),
        ('{"start": 20260901}', "start", "not_a_date"),
        ('{"start": "20260901"}', "start", "not_a_date"),
        ('{"start": "2026-09-01T10:00"}', "start", "not_a_date"),
        ('{"stay": "vacances"}', "stay", "not_an_option"),
        ('{"age": 1e1}', "age", "not_a_number"),
        ('{"age": -1.5}', "age", "not_a_number"),
        ('{"merit": 1.0}', "merit", "not_yes_no"),
        ('{"commune": 1.5}', "commune", "not_a_name"),
        ('{"start": [1.50]}', "start", "not_a_date"),
        ('{"stay": true}', "stay", "not_an_option"),
        ('{"echelon": 6.5}', "echelon", "not_an_option"),
        ('{"echelon": true}', "echelon", "not_an_option"),
    ],
)
def test_invalid_values_are_refused_and_not_repaired(text: str, field: str, code: str) -> None:
    with pytest.raises(InvalidAnswers) as refused:
        read(text)
    assert [(each.field, each.code) for each in refused.value.problems] == [(field, code)]


@pytest.mark.parametrize(
    ("key", "meant"),
    [("agee", "age"), ("pays", "destination"), ("naissance", "birth_date"), ("xyz", None)],
)
def test_unknown_key_is_told_the_answer_that_it_may_mean(key: str, meant: str | None) -> None:
    with pytest.raises(InvalidAnswers) as refused:
        read(f'{{"{key}": "1"}}')
    assert refused.value.problems[0].params["suggestion"] == meant


def test_all_faults_are_told_at_once_and_no_value_is_in_a_traceback() -> None:
    with pytest.raises(InvalidAnswers) as refused:
        read('{"age": "cent", "rural": "peut-être", "nom": "Camille Durand"}')
    assert len(refused.value.problems) == 3
    assert "cent" not in str(refused.value)
    assert "Camille" not in repr(refused.value.problems)


def test_unreadable_document_exits_3() -> None:
    for path, why in (("/nowhere/x.json", "n’existe pas"), (str(HERE), "dossier")):
        done = ami("check", "--answers", path)
        assert (done.returncode, done.stdout) == (3, "")
        assert why in done.stderr
    done = ami("check", "--answers", "")
    assert done.returncode == 3
    done = ami("check", "--answers", "-", stdin="{", env={"AMI_LANG": "fr"})
    assert done.returncode == 3
    assert "L’entrée standard" in done.stderr


def test_json_errors_of_a_document_name_each_field() -> None:
    done = ami("check", "--answers", "-", "--json", stdin='{"age": "x", "start": "31/02/2027"}')
    assert done.returncode == 2
    assert [each["field"] for each in json.loads(done.stderr)["errors"]] == ["age", "start"]


def test_french_names_of_answers_are_keys_too() -> None:
    text = (
        '{"Date de début": "15/01/2027", "échelon": 6, "établissement": "public", "boursier": true}'
    )
    answers = read_document(text.encode(), "f.json")
    assert answers == {
        "start": date(2027, 1, 15),
        "echelon": "6",
        "establishment": "public",
        "scholarship": "bcs",
    }


def test_answer_that_is_given_under_two_names_is_refused() -> None:
    with pytest.raises(InvalidAnswers) as error:
        read_document(b'{"age": 21, "\xc3\xa2ge": 21}', "f.json")
    assert [problem.code for problem in error.value.problems] == ["answer_given_twice"]
