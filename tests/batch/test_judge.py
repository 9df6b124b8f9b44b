"""Judging a chunk: values, errors in words, and what is not repeated."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl
import pytest

from ami_cli.batch import judge as judging
from ami_cli.batch.formats import RESULTS, Chunk
from ami_cli.batch.headers import answer_of, match_headers
from ami_cli.batch.judge import Judge, Judged
from ami_cli.law import law_book
from ami_cli.reading import suggestion
from ami_cli.words import words_of
from ami_cli.words.problems import options_explained

TODAY = date(2026, 11, 23)


def judge_of(headers: Sequence[str], lang: str = "fr") -> Judge:
    answers = match_headers(headers, {}).answers
    return Judge(headers, answers, TODAY, law_book(), words_of(lang))


def chunk_of(columns: Sequence[Sequence[str | None]], faults: Sequence[str | None] = ()) -> Chunk:
    frame = pl.DataFrame(
        {str(number): pl.Series(texts, dtype=pl.String) for number, texts in enumerate(columns)}
    )
    lines = pl.int_range(2, frame.height + 2, dtype=pl.UInt32, eager=True)
    return Chunk(frame, lines, pl.Series(faults, dtype=pl.String) if faults else None)


def judged(columns: Mapping[str, Sequence[str | None]], lang: str = "fr") -> Judged:
    return judge_of(list(columns), lang).judged(chunk_of(list(columns.values())))


def errors(columns: Mapping[str, Sequence[str | None]], lang: str = "fr") -> list[str | None]:
    return judged(columns, lang).results["ami_errors"].to_list()


def test_an_invalid_cell_makes_only_its_row_invalid() -> None:
    rows = judged({"âge": ["21", "vingt", None, "", "vingt"], "rural": ["oui", "x", "?", "", "5"]})
    verdicts = rows.results["ami_verdict"].to_list()
    assert verdicts == ["undetermined", "invalid", "undetermined", "undetermined", "invalid"]
    error = "âge: vingt: n’est pas un nombre entier de 0 à 120"
    assert rows.results["ami_errors"].to_list() == [
        *(None, error, None, None),
        f"{error} | rural: 5: n’est ni oui ni non",
    ]
    assert rows.answers["age"].to_list() == [21, None, None, None, None]
    assert rows.answers["rural"].to_list() == [True, True, None, None, None]
    assert rows.results.columns == list(RESULTS)


@pytest.mark.parametrize(
    ("header", "text", "reason"),
    [
        ("âge", "0121", "sort des nombres entiers de 0 à 120"),
        ("début", "1/2/1850", "la date sort de 1900 à 2099"),
        ("début", "30.02.2027", "ce jour n’existe pas dans le calendrier"),
        ("commune", "--", "n’est pas un nom"),
    ],
)
def test_an_error_shows_the_value_as_the_file_writes_it(
    header: str, text: str, reason: str
) -> None:
    (error,) = errors({header: [text]})
    assert error is not None
    assert error.startswith(f"{header}: {text}: {reason}")


def test_errors_stand_in_the_order_of_the_columns_and_contradictions_last() -> None:
    (error,) = errors(
        {
            "Fin": ["2026-09-01"],
            "Début": ["15/01/2027"],
            "échelon": ["6"],
            "bourse": ["non"],
            "mérite": ["peut-être"],
        }
    )
    assert error is not None
    assert error.split(" | ") == [
        "mérite: peut-être: n’est ni oui ni non",
        "échelon: 6: seule une bourse sur critères sociaux a un échelon",
        "Fin: 2026-09-01: le retour vient avant le départ",
    ]


def test_a_contradiction_shows_the_value_of_each_row() -> None:
    error = errors({"start": ["2019-01-01", "2027-01-01", "2018-05-06"]}, "en")
    assert error[1] is None
    for text, day in ((error[0], "2019-01-01"), (error[2], "2018-05-06")):
        assert text is not None
        assert text.startswith(f"start: {day}: ")


def test_corrections_are_the_errors_by_column_value_and_reason() -> None:
    headers = ["âge", "échelon", "bourse"]
    judge = judge_of(headers)
    chunk = chunk_of([["vingt", "21"], ["6", "6"], ["non", "bcs"]])
    rows = judge.judged(chunk)
    assert rows.corrections(0) == [
        ("âge", "vingt", "n’est pas un nombre entier de 0 à 120"),
        ("échelon", "6", "seule une bourse sur critères sociaux a un échelon"),
    ]
    assert rows.corrections(1) == []


def test_a_row_with_a_fault_shows_only_the_fault() -> None:
    judge = judge_of(["âge"])
    chunk = chunk_of([["vingt", "21", "vingt"]], ["trop courte | cellules en trop: 8", None, None])
    rows = judge.judged(chunk)
    first, second, third = rows.results["ami_errors"].to_list()
    assert (first, second) == ("trop courte | cellules en trop: 8", None)
    assert third.startswith("âge: vingt")
    assert rows.corrections(0) == [("", "", "trop courte | cellules en trop: 8")]
    assert rows.results["ami_verdict"].to_list() == ["invalid", "undetermined", "invalid"]


def test_name_of_a_column_that_is_a_value_of_its_answer_is_no_repeated_header() -> None:
    assert errors({"QPV": ["QPV", "hors QPV"]}) == [None, None]


def test_control_characters_are_shown_as_escapes() -> None:
    (error,) = errors({"âge": ["2\x1b1"]})
    assert error is not None
    assert error.startswith("âge: 2\\u001b1: ")


@pytest.mark.parametrize(
    ("header", "text", "hint"),
    [
        ("bourse", "boursié", "(peut-être bcs)"),
        ("établissement", "Lyon 1", "(le nom d’un établissement se met dans une colonne"),
        ("séjour", "zzzz", ""),
    ],
)
def test_a_near_option_is_suggested(header: str, text: str, hint: str) -> None:
    header = {"séjour": "type_séjour"}.get(header, header)
    (error,) = errors({header: [text]})
    assert error is not None
    assert error.startswith(f"{header}: {text}: n’est pas l’une des réponses possibles")
    assert hint in error
    answer = answer_of(header)
    assert answer is not None
    options = f"({options_explained(answer, words_of('fr'))})"
    assert options in error
    assert error.replace(options, "").count("(") == bool(hint)


def test_a_suggestion_is_looked_for_once_per_text_and_for_a_thousand_texts_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = []

    def counted(*arguments: object) -> str | None:
        calls.append(arguments)
        return suggestion(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(judging, "suggestion", counted)
    judge = judge_of(["bourse"])
    for _ in range(2):
        judge.judged(chunk_of([[f"étrange {number}" for number in range(1_100)]]))
    assert len(calls) == 1_000


@pytest.mark.parametrize("remembered", [2, 100])
def test_a_text_means_the_same_in_every_chunk(
    monkeypatch: pytest.MonkeyPatch, remembered: int
) -> None:
    monkeypatch.setattr(judging, "_REMEMBERED", remembered)
    judge = judge_of(["âge", "commune"])
    texts = ["20", "x", "21", None, "22", "x", "23"]
    towns = ["Ambert", "Lyon", "Ambert", "Nulle-Part", None, "Saint-Denis", "Lyon 3e"]
    titles = ["Ambert (63)", "Lyon (69)", "Ambert (63)", None, None, None, "Lyon (69)"]
    for order in (slice(None), slice(None, None, -1), slice(2, 5)):
        part = texts[order]
        rows = judge.judged(chunk_of([part, towns[order]]))
        assert rows.answers["ami_commune"].to_list() == titles[order]
        expected = [int(text) if text and text != "x" else None for text in part]
        assert rows.answers["age"].to_list() == expected
        assert (rows.results["ami_verdict"] == "invalid").to_list() == [x == "x" for x in part]


def test_a_chunk_without_rows_is_judged_too() -> None:
    rows = judged({"âge": []})
    assert rows.results.height == 0
    assert {name: rows.results.schema[name] for name in RESULTS} == dict(RESULTS)
