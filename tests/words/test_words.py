"""Words: complete in both languages, typographic in French, and safe to show."""

import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

import ami_cli
from ami_cli.answers import FIELDS, Kind
from ami_cli.batch.formats import _SIGNATURES, FORMATS
from ami_cli.cli import command
from ami_cli.law import law_book
from ami_cli.registers import REGISTERS, Answer, schools
from ami_cli.rules.coherence import CONTRADICTIONS
from ami_cli.rules.conditions import AllOf, AnyOf, Condition, Rule
from ami_cli.rules.criteria import CRITERIA
from ami_cli.rules.entitlement import SUPPLEMENTS
from ami_cli.rules.facts import PRESUMED, ZONED
from ami_cli.wizard.names import doubt
from ami_cli.words import LANGUAGES, Words, visible, words_of
from tests.students import DOUBTFUL

PACKAGE = Path(ami_cli.__file__).parent

KINDS, DOUBTS = get_args(schools.Kind), set(get_args(Answer)) - {"found"}
# What is said of a name, by what its register says of it.
REGISTERED = {
    *(f"registers.{register.name}.title" for register in REGISTERS),
    *(f"registers.{register.name}.{answer}" for register in REGISTERS for answer in DOUBTS),
    *(f"registers.schools.{kind}" for kind in KINDS),
    *(f"registers.communes.{zoning}" for zoning in (*ZONED, "partly")),
    *(f"schools.{kind}" for kind in KINDS),
}


def sentences(words: Words) -> Iterator[tuple[str, str]]:
    """Every sentence with its code; the command lines of examples are not sentences."""
    for key, value in words.all_keys().items():
        if isinstance(value, str):
            yield key, value
        elif key.endswith("examples"):
            yield from ((key, meaning) for _, meaning in value)


def holes(value: Any) -> set[str]:
    if isinstance(value, str):
        return {name for _, name, _, _ in string.Formatter().parse(value) if name is not None}
    return set()


def test_both_languages_have_the_same_codes_and_the_same_holes() -> None:
    french, english = (words_of(lang).all_keys() for lang in LANGUAGES)
    assert set(french) == set(english)
    for key in french:
        assert holes(french[key]) == holes(english[key]), key
        if isinstance(french[key], list):
            assert len(french[key]) == len(english[key]), key
            if key.endswith("examples"):
                commands = [example for example, _ in french[key]]
                assert commands == [example for example, _ in english[key]]


def test_no_sentence_is_the_same_in_both_languages_by_mistake() -> None:
    french, english = (dict(sentences(words_of(lang))) for lang in LANGUAGES)
    same = {key for key in french if french[key] == english[key] and len(french[key].split()) > 3}
    assert same == set()


def test_french_spaces_are_typographic() -> None:
    for key, sentence in sentences(words_of("fr")):
        assert not re.search(r" [;:!?»€]|« ", sentence), (key, sentence)
        assert not re.search(r"[^\s\d] ?(?<![\u202f ])[;!?](?!\w)", sentence.replace("…", "")) or (
            re.search("\u202f[;!?]", sentence)
        ), (key, sentence)
        assert "'" not in sentence, (key, sentence)
        assert not re.search(r"\w«|»\w", sentence), (key, sentence)


def test_english_has_no_french_typography() -> None:
    for key, sentence in sentences(words_of("en")):
        assert not re.search(r"[\s\u00a0\u202f][;:!?](?!\w)", sentence), (key, sentence)
        assert "'" not in sentence, (key, sentence)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_that_the_rules_can_give_has_words(lang: str) -> None:
    words = words_of(lang)
    needed = {f"status.{status}" for status in ("met", "not_met", "missing", "to_check")}
    for criterion in CRITERIA:
        needed |= {f"criteria.{criterion.code}", f"law.criteria.{criterion.code}"}
        for condition in leaves(criterion.rule):
            assert any(key.startswith(f"reasons.{condition.name}.") for key in words.all_keys())
    for supplement in SUPPLEMENTS:
        needed |= {
            f"supplements.title.{supplement.code}",
            f"supplements.note.missing.{supplement.code}",
        }
    for answer in FIELDS:
        name = answer.name
        needed |= {f"labels.{name}", f"missing.{name}", f"help.options.{name}"}
        needed |= {f"questions.{name}.ask", f"questions.{name}.why"}
        if answer.kind is Kind.CHOICE:
            needed |= {f"options.{name}.{option}" for option in answer.options}
    needed |= {f"presumed.{name}" for name in PRESUMED}
    needed |= {f"problems.{each.rule.name}.message" for each in CONTRADICTIONS}
    needed |= {f"cells.{each.rule.name}" for each in CONTRADICTIONS}
    needed |= REGISTERED | {f"law.data.{register.name}" for register in REGISTERS}
    for year in law_book().years:
        needed |= {f"law.figures.{name}" for name in law_book().law_of_year(year).grounds}
    assert needed - set(words.all_keys()) == set()


def leaves(rule: Rule) -> Iterator[Condition]:
    match rule:
        case Condition():
            yield rule
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_problem_raised_anywhere_has_its_message_and_its_fix(lang: str) -> None:
    source = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    raised = set(re.findall(r'(?:Problem|unreadable|_?refused|Faulty)\(\s*"(\w+)"', source))
    raised |= set(re.findall(r'ValueError\("(\w+)"\)', source))
    # A name of which a register is not sure (see `wizard.names`).
    raised |= {each.code for name, text, _ in DOUBTFUL if (each := doubt(name, text))}
    # What a file turns out to be instead of a table (see `batch.formats`).
    kinds = {kind for _, kind in _SIGNATURES} - set(FORMATS) | {"zeros", "page"}
    raised |= {f"not_a_table_{kind}" for kind in kinds}
    assert len(raised) > 20
    words = words_of(lang)
    for code in raised:
        assert f"problems.{code}.message" in words
        assert f"problems.{code}.fix" in words
    known = {key.split(".")[1] for key in words.all_keys() if key.startswith("problems.")}
    assert known == raised | {each.rule.name for each in CONTRADICTIONS}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_command_and_option_has_its_help(lang: str) -> None:
    words = words_of(lang)
    tree = command()
    for name, each in {"ami": tree, **tree.commands}.items():
        assert words(f"help.{name}.text")
        assert words.list(f"help.{name}.examples")
        for option in each.params:
            assert words(f"help.options.{option.name}")


def test_every_sentence_is_said_somewhere() -> None:
    """No dead words: each code, or the start of a code put together, stands in the program."""
    files = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.jinja")]
    source = "\n".join(path.read_text("utf-8") for path in files)
    built: tuple[str, ...] = (
        "count",
        "reasons",
        "criteria",
        "law",
        "missing",
        "labels",
        "options",
        "questions",
    )
    built += ("help", "problems", "presumed", "supplements", "verdict", "budget", "why", "summary")
    built += (
        "cells",
        "sheets",
        "batch",
        "notices",
        "picture",
        "rows",
        "cumulation",
        "next_steps",
        "reminder",
        "advice",
        "status",
        "wizard",
        "notes",
        "completion",
        "schema",
    )
    for key in words_of("fr").all_keys():
        first, *_, last = key.split(".")
        said = re.search(rf"['\"]{re.escape(key)}['\"]", source) or key in REGISTERED
        assert said or first in built, key
        if first in ("wizard", "summary", "cumulation", "next_steps", "errors", "rules", "notes"):
            assert last in source, key


def test_numbers_dates_and_lists_are_said_as_people_say_them() -> None:
    from datetime import date

    french, english = words_of("fr"), words_of("en")
    assert french.date(date(2026, 9, 1)) == "1er\u00a0septembre 2026"
    assert french.date(date(2027, 8, 15)) == "15\u00a0août 2027"
    assert english.date(date(2026, 9, 1)) == "1\u00a0September 2026"
    assert french.euros(2000) == "2\u202f000\u00a0€"
    assert english.euros(12000) == "€12,000"
    assert french.count("whole_month", 0) == "0\u00a0mois entier"
    assert french.count("whole_month", 2) == "2\u00a0mois entiers"
    assert english.count("month", 1).endswith("month")
    assert english.count("month", 0).endswith("months")
    assert french.all(["a"]) == "a"
    assert french.all(["a", "b", "c"]) == "a, b et c"
    assert french.either(["a", "b"]) == "a ou b"
    assert french.all([]) == ""
    assert french.value("rural", None) == "pas de réponse"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("été", "été"),
        ("\x1b[31m", "\\u001b[31m"),
        ("\u202e", "\\u202e"),
        ("\ud800", "\\ud800"),
        ("a\nb", "a\\u000ab"),
        ("x" * 100, "x" * 59 + "…"),
    ],
)
def test_text_is_made_visible(text: str, shown: str) -> None:
    assert visible(text) == shown
