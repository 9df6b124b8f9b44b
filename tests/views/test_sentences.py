"""Tests that sentences are filled with the figures of a student, and that no figure is unused."""

import string
from collections.abc import Iterator

import pytest

from ami_cli import Answers, assess
from ami_cli.views.sentences import FIGURES, Sentences
from ami_cli.words import LANGUAGES, words_of
from tests.conftest import TODAY
from tests.pages import CASES


def holes(lang: str) -> Iterator[str]:
    for sentence in words_of(lang).all_keys().values():
        if isinstance(sentence, str):
            yield from (name for _, name, _, _ in string.Formatter().parse(sentence) if name)


def sentences(case: str) -> Sentences:
    return Sentences(assess(Answers(**CASES[case]), today=TODAY), words_of("fr"))


def test_count_stands_with_its_unit_or_as_a_number() -> None:
    say = sentences("all answered, private")
    assert say("brief.capped") == "Il te reste 4\u00a0mois d’AMI\u00a0: le calcul s’arrête là."
    assert say("brief.left") == "4 sur 10"


def test_parameter_goes_before_a_figure_of_the_same_name() -> None:
    say = sentences("eligible")
    assert say("brief.ceiling") != say("brief.ceiling", total="x") == "AMI\u00a0: jusqu’à x"


def test_figure_that_the_answers_do_not_give_is_an_error() -> None:
    with pytest.raises((AttributeError, KeyError)):
        sentences("nothing answered")("brief.next_month")
    with pytest.raises(KeyError):
        sentences("eligible")("brief.advice_leave_before")  # the day of an advice is no figure


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_figure_stands_in_a_sentence(lang: str) -> None:
    assert FIGURES.keys() <= {name.removesuffix("_number") for name in holes(lang)}
