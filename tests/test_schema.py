"""Tests that the schemas are JSON Schema 2020-12 and fit what the program reads and writes."""

import copy
import csv
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from ami_cli.answers import COUNTRIES, FIELDS, Answers, Kind
from ami_cli.answers_file import read_document
from ami_cli.failures import InvalidAnswers
from ami_cli.law import law_book
from ami_cli.rules.assess import assess
from ami_cli.rules.coherence import contradictions
from ami_cli.schema import schema_of
from ami_cli.views.result import result_of
from ami_cli.words import LANGUAGES, words_of
from tests.conftest import HERE
from tests.pages import COMMUNES, SCHOOLS
from tests.runner import DAY, ami
from tests.sizes import examples

FR, EN = words_of("fr"), words_of("en")
TODAY = date(2026, 11, 23)


def validator(document: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(document, format_checker=FormatChecker())


def closed(part: Any) -> Any:
    """Return the same schema, with unknown keys forbidden."""
    if isinstance(part, dict):
        part = {key: closed(value) for key, value in part.items()}
        if part.get("type") == "object" and "properties" in part:
            part["additionalProperties"] = False
    return [closed(value) for value in part] if isinstance(part, list) else part


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", ["answers", "result"])
def test_schema_command_writes_a_valid_schema(kind: str, lang: str) -> None:
    done = ami("schema", kind, "--lang", lang)
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    Draft202012Validator.check_schema(document)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document == schema_of(kind, words_of(lang))
    assert ("réponse" in json.dumps(document, ensure_ascii=False)) is (lang == "fr")
    assert "Birth Date" not in done.stdout  # what pydantic would call it


def test_schemas_of_both_languages_differ_in_descriptions_only() -> None:
    def bare(part: Any) -> Any:
        if isinstance(part, dict):
            hidden = ("description", "title")
            return {
                key: bare(value)
                for key, value in part.items()
                if not (key in hidden and isinstance(value, str))
            }
        return [bare(value) for value in part] if isinstance(part, list) else part

    for kind in ("answers", "result"):
        assert bare(schema_of(kind, FR)) == bare(schema_of(kind, EN))


def test_answers_schema_has_the_bounds_of_each_answer() -> None:
    properties = schema_of("answers", FR)["properties"]
    assert list(properties) == [field.name for field in FIELDS]
    for field in FIELDS:
        schema = properties[field.name]["anyOf"][0]
        assert properties[field.name]["description"] == FR(f"help.options.{field.name}")
        match field.kind:
            case Kind.DATE:
                assert schema == {"type": "string", "format": "date"}
            case Kind.NUMBER:
                assert (schema["minimum"], schema["maximum"]) == (field.low, field.high)
            case Kind.YES_NO:
                assert schema == {"type": "boolean"}
            case Kind.CHOICE:
                assert schema["enum"] == list(field.options)
            case Kind.NAME:
                assert schema == {"type": "string", "minLength": 1, "maxLength": 200}
            case Kind.COUNTRY:
                assert schema == {"type": "string", "pattern": "^[A-Z]{2}$"}


CASES = list(csv.DictReader((HERE / "check.csv").read_text("utf-8").splitlines()))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_results_of_all_cases_fit_the_closed_schema(lang: str) -> None:
    words = words_of(lang)
    strict = validator(closed(schema_of("result", words)))
    names = {field.name for field in FIELDS}
    verdicts = set()
    for case in CASES:
        written = {name: value for name, value in case.items() if name in names and value}
        try:
            answers = Answers(**read_document(json.dumps(written).encode(), "case"))
        except InvalidAnswers:
            continue
        assessment = assess(answers, today=TODAY)
        verdicts.add(assessment.verdict)
        strict.validate(result_of(assessment, words))
    assert verdicts == {"eligible", "ineligible", "undetermined"}


LETTERS = st.characters(categories=("L", "N", "P", "Zs"))
# Names that a register knows, names it finds several times, an unanswered one, and any other.
NAMES = st.sampled_from((*SCHOOLS, *COMMUNES, "nsp", "É" * 200)) | (
    st.text(LETTERS, max_size=199).map("É{}".format)
)
DOSSIERS = st.fixed_dictionaries(
    {},
    optional={
        field.name: {
            Kind.DATE: st.dates(date(2020, 1, 1), date(2030, 12, 31)),
            Kind.NUMBER: st.integers(field.low, field.high),
            Kind.YES_NO: st.booleans(),
            Kind.CHOICE: st.sampled_from(field.options or ("",)),
            Kind.NAME: NAMES,
            Kind.COUNTRY: st.sampled_from(COUNTRIES),
        }[field.kind]
        for field in FIELDS
    },
)


@settings(max_examples=examples(100))
@given(DOSSIERS)
def test_generated_dossiers_and_their_results_fit(dossier: dict[str, Any]) -> None:
    written = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in dossier.items()
    }
    validator(ANSWERS).validate(written)
    answers = read_document(json.dumps(written).encode(), "dossier")
    if contradictions(answers, TODAY, law_book()):
        return
    document = result_of(assess(Answers(**answers), today=TODAY), FR)
    STRICT.validate(document)
    # The answers that a result repeats are valid input again.
    validator(ANSWERS).validate(document["answers"])


ANSWERS = schema_of("answers", FR)
STRICT = validator(closed(schema_of("result", FR)))


def test_output_of_the_command_fits() -> None:
    done = ami("check", "--answers", str(HERE / "dossier.json"), "--json", *DAY)
    STRICT.validate(json.loads(done.stdout))
    STRICT.validate(json.loads(ami("check", "--json", *DAY).stdout))
    names = ("--school", "Lyon 1", "--commune", "Baugy (18)", "--erasmus-monthly", "300")
    dated = ("--start", "2027-01-15", "--end", "2027-06-20")
    document = json.loads(ami("check", *names, *dated, "--json", *DAY).stdout)
    STRICT.validate(document)
    assert document["school"]["sources"]
    assert document["commune"]["rural"] is None
    assert document["budget"]["depends"]["total"] > document["estimate"]["total"]


def test_invalid_documents_do_not_fit() -> None:
    document = json.loads(ami("check", "--json", *DAY).stdout)
    for key in document:
        less = copy.deepcopy(document)
        del less[key]
        assert not STRICT.is_valid(less), key
    for key, value in {"verdict": "maybe", "today": "23/11/2026", "estimate": []}.items():
        assert not STRICT.is_valid({**document, key: value}), key
    assert not STRICT.is_valid({**document, "extra": 1})
    for invalid in (
        *({"age": 121}, {"age": "x"}, {"start": "15/01/2027"}, {"nom": "x"}, {"stay": ""}),
        *({"school": ""}, {"school": 1}, {"commune": "x" * 201}, {"erasmus_monthly": 5_001}),
    ):
        assert not validator(ANSWERS).is_valid(invalid), invalid
    assert validator(ANSWERS).is_valid({"age": None, "school": None, "commune": "x" * 200})
