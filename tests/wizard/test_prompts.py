"""The keys of a prompt, without a terminal: bytes in, an answer out."""

from collections.abc import Callable

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import DummyOutput

from ami_cli.failures import Problem
from ami_cli.wizard.flow import BACK, SHOW_RESULT_NOW, Question
from ami_cli.wizard.prompts import _CURSOR, _keys, _Prompt, _Terminal
from ami_cli.wizard.question_text import QuestionText
from ami_cli.words import words_of

FR = words_of("fr")
# Every key that does something; whatever else the library knows does nothing.
BOUND = {
    *("<any>", "<bracketed-paste>", "<sigint>", "c-m", "c-j", "s-tab", "c-c", "c-d", "c-z"),
    *("up", "down", "c-i", "left", "right", "c-h", "delete", "c-u", "home", "c-a", "end", "c-e"),
}
END = Question("end")
ESTABLISHMENT = Question("establishment")


def replies(keys: str, question: Question) -> str:
    """The answer that some keys give to a question."""
    with create_pipe_input() as keyboard:
        keyboard.send_text(keys)
        person = _Terminal(FR, False, DummyOutput(), keyboard)
        return person.ask(question, ("stay", "in_curriculum"))


@pytest.fixture(autouse=True)
def quiet(capsys: pytest.CaptureFixture[str]) -> Callable[[], object]:
    return capsys.readouterr


def test_only_the_keys_named_here_are_bound() -> None:
    bindings = _keys(_Prompt("")).bindings
    assert {str(getattr(key, "value", key)) for each in bindings for key in each.keys} == BOUND
    assert all(each.eager() for each in bindings)


def test_no_other_key_of_the_library_does_anything() -> None:
    others = [
        sequence
        for sequence, key in ANSI_SEQUENCES.items()
        if isinstance(key, Keys) and key.value not in BOUND and key is not Keys.Escape
    ]
    assert len(others) > 100
    assert replies("".join(others) + "20/06/2027\r", END) == "20/06/2027"
    assert replies("".join(others) + "public\r", ESTABLISHMENT) == "public"


@pytest.mark.parametrize(
    ("keys", "reply"),
    [
        ("\x1b5\r", "5"),  # Esc and a figure repeat nothing
        ("\x12ab\x13c\r", "abc"),  # no search
        ("abd\x1b[Dc\r", "abcd"),
        ("bc\x01a\x05d\r", "abcd"),
        ("xx\x15ab\r", "ab"),
        ("abx\x7f\r", "ab"),
        ("\x1b[200~20 juin\n2027\n\x1b[201~\r", "20 juin 2027"),
        ("\x1b[200~\x1b[2J\u202ea\x1b[201~\r", "\\u001b[2J\\u202ea"),
        ("\x1b[Z", BACK),
    ],
)
def test_a_field_takes_what_is_typed(keys: str, reply: str) -> None:
    assert replies(keys, END) == reply


@pytest.mark.parametrize(
    ("typed", "reply"),
    [
        ("1", "public"),
        ("5", "abroad"),
        ("6", ""),
        ("pu", "public"),
        ("étr", "étr"),  # no title begins so
        ("a l", "abroad"),
        ("D'UN", "other_ministry"),
        ("agriculture", "other_ministry"),
        ("je ne sais pas", ""),
        ("nsp", ""),
        ("?", ""),
        # Nothing else is taken for an option: it is refused by the reader, and stays.
        ("p", "p"),
        ("privé", "privé"),
        ("j", ""),
        ("k", "k"),
        ("9", "9"),
        ("oui", "oui"),
        ("résultat", "résultat"),
        ("\x1b[B", "public"),  # one below « je ne sais pas » is the first
        ("pu\x1b[B", "private_accredited"),
        ("non\x1b[A\x1b[A", "other_ministry"),
        ("", ""),
    ],
)
def test_a_list_takes_figures_letters_and_arrows(typed: str, reply: str) -> None:
    assert replies(typed + "\r", ESTABLISHMENT) == reply


@pytest.mark.parametrize(
    ("typed", "reply"),
    [("0bis", "0bis"), ("5", "5"), ("0", "0bis"), ("8", "8"), ("r", SHOW_RESULT_NOW), ("j", "")],
)
def test_figures_of_an_echelon_are_the_echelon(typed: str, reply: str) -> None:
    assert replies(typed + "\r", Question("echelon", extra=True)) == reply


@pytest.mark.parametrize(
    ("typed", "reply"), [("o", "oui"), ("n", "non"), ("1", "oui"), ("2", "non"), ("0", "non")]
)
def test_yes_and_no_are_chosen_by_letter_or_figure(typed: str, reply: str) -> None:
    assert replies(typed + "\r", Question("presumed")) == reply
    assert replies(typed + "\r", Question("merit", extra=True)) == reply


def test_the_result_can_be_asked_for_in_a_field() -> None:
    assert replies("RESULTAT\r", Question("commune", extra=True)) == SHOW_RESULT_NOW


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (40, 20), (40, 12), (20, 5)])
@pytest.mark.parametrize("name", ["establishment", "echelon", "disability", "scholarship"])
def test_the_pointer_and_the_error_are_in_sight_at_any_size(
    name: str, columns: int, rows: int
) -> None:
    error = FR("problems.not_yes_no.fix")
    prompt = _Prompt(FR(f"questions.{name}.ask"), "1", FR(f"questions.{name}.why"), [error])
    person = _Terminal(FR, False, DummyOutput(), None)  # type: ignore[arg-type]
    prompt.options = person._text.options(Question(name, extra=True))
    for _ in prompt.options:
        prompt.move(1)
        lines = prompt.lines(rows, columns - 1)
        assert len(lines) < rows
        assert all(len(text.replace(_CURSOR, "")) < columns for _, text in lines)
        if rows >= 12:
            assert [text for style, text in lines if style == "class:pointed"]
            assert any("✗" in text for _, text in lines)


@pytest.mark.parametrize(
    ("entry", "fix"),
    [
        (
            "priv",
            "Plusieurs choix commencent ainsi\u00a0: Privé habilité à recevoir des boursiers ou "
            "Privé non habilité. Tape la suite.",
        ),
        (
            "publik",
            "Tu voulais peut-être dire Public (université, école…). Choisis dans la liste.",
        ),
        ("xyz", "Choisis dans la liste."),
    ],
)
def test_text_that_chooses_nothing_is_answered_by_the_titles_of_the_list(
    entry: str, fix: str
) -> None:
    """The options of the command line, « private-accredited », stand on no list."""
    problem = Problem("not_an_option", "establishment", {"value": entry})
    (error,) = QuestionText(FR).errors(Question("establishment", None, entry, (problem,)))
    assert error.partition(". ")[2] == fix
