"""The wizard on a real terminal: what a person sees, types, and leaves behind."""

import json
import os
import re
import shlex
import signal
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ami_cli.answers import FIELD, FIELDS, Kind
from ami_cli.wizard.question_text import QuestionText
from ami_cli.words import words_of
from tests.runner import DAY, ami
from tests.terminal import (
    BACK_TAB,
    CTRL_C,
    CTRL_D,
    CTRL_U,
    DOWN,
    ENTER,
    Terminal,
    check,
    into,
    is_list,
    unwrapped,
)

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(os.name != "posix", reason="needs a pty"),
]

FR = words_of("fr")
ESCAPE = b"\x1b"
COLOUR = re.compile(rb"\x1b\[(?:[\d;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[\d;]*)?m")
ONE_LEFT = [  # everything that decides but the establishment, and nothing else left to ask
    *("--birth-date", "2005-03-12", "--no-disability", "--scholarship", "bcs", "--echelon", "5"),
    # A school that the register does not know: any establishment goes with it.
    *("--school", "Lycée Jean Moulin"),
    *("--stay", "study", "--in-curriculum", "--start", "2027-01-15", "--end", "2027-06-20"),
    *("--destination", "PT", "--months-received", "0", "--rural", "--no-priority-area"),
    *("--erasmus", "--erasmus-monthly", "300", "--no-merit"),
]  # fmt: skip
STUDENT = {  # as typed, or as the value of the choice
    "birth_date": "12/03/2005",
    "scholarship": "bcs",
    "school": "Nîmes université",
    "establishment": "public",
    "presumed": "yes",
    "destination": "Portugal",
    "start": "15/01/2027",
    "end": "20/06/2027",
    "echelon": "5",
    "commune": "Baugy (18)",
    "rural": "yes",
    "priority_area": "no",
    "erasmus": "yes",
    "erasmus_monthly": "300",
    "merit": "no",
    "disability": "yes",
}
_OTHERWISE = {"--no-disability": "--disability", "Lycée Jean Moulin": "Nîmes université"}
STUDENT_FLAGS = [
    _OTHERWISE.get(word, word)
    for word in (*ONE_LEFT, "--establishment", "public", "--commune", "Baugy (18)")
]


def quietly(*arguments: str) -> str:
    """The result without any terminal."""
    run = ami("check", "--lang", "fr", *DAY, *arguments)
    assert run.returncode == 0, run.stderr
    return run.stdout


def converse(terminal: Terminal, answers: dict[str, str]) -> None:
    """Answer every question of a student, up to the page where answers are checked."""
    for name, value in answers.items():
        terminal.answer(name, terminal.option(name, value) if is_list(name) else value)
    terminal.check_page()


def converse_in_lines(terminal: Terminal, answers: dict[str, str]) -> None:
    """The same, line by line."""
    for name, value in answers.items():
        terminal.wait_for(FR(f"questions.{name}.ask"), " >")
        if name == "presumed" or FIELD[name].kind is Kind.YES_NO:
            value = FR(f"format.{value}")
        elif name != "echelon" and FIELD[name].kind is Kind.CHOICE:
            value = str(FIELD[name].options.index(value) + 1)
        terminal.send(value + ENTER)
    terminal.wait_for(FR("wizard.check"), " >")


def page_line(name: str, value: object) -> str:
    """A line of the page where answers are checked."""
    return QuestionText(FR).labelled(name, value)


# --- from the first question to the result -------------------------------------------------------


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Terminal, int, str]]:
    """A whole conversation: the terminal, the exit code, and what stood on stdout."""
    result = tmp_path_factory.mktemp("whole") / "result.txt"
    with Terminal(into(result, check()), columns=300, rows=40) as terminal:
        converse(terminal, STUDENT)
        code = terminal.finish()
        yield terminal, code, result.read_text("utf-8")


def replayed(terminal: Terminal) -> list[str]:
    """The command told at the end, as words."""
    told = re.findall(rb"(?m)^ *(ami check[^\r\n]*)\r?$", terminal.raw)
    assert len(told) == 1
    return shlex.split(told[0].decode())


def verdict_of(arguments: Sequence[str]) -> dict[str, Any]:
    """The verdict and amounts of answers given as options, without any terminal."""
    document = json.loads(quietly(*arguments, "--json"))
    return {key: document[key] for key in ("verdict", "criteria", "estimate", "budget")}


def test_conversation_ends_in_the_result(finished: tuple[Terminal, int, str]) -> None:
    terminal, code, result = finished
    assert code == 0
    assert result == quietly(*STUDENT_FLAGS)
    assert FR("verdict.eligible.word").upper() in result
    assert terminal.modes_are_restored()
    assert terminal.cursor_is_shown()
    assert not terminal.pastes_in_brackets()


def test_stdout_holds_the_result_and_stderr_the_prompts(
    finished: tuple[Terminal, int, str],
) -> None:
    terminal, _, result = finished
    prompts = unwrapped(" ".join(terminal.everything()))
    for name in STUDENT:
        question = FR(f"questions.{name}.ask")
        assert unwrapped(question) in prompts
        assert unwrapped(question) not in unwrapped(result)
    for key in ("wizard.welcome", "wizard.replay"):
        assert unwrapped(FR(key)) in prompts
        assert unwrapped(FR(key)) not in unwrapped(result)
    assert "\x1b" not in result
    assert unwrapped(FR("headings.criteria")) not in prompts


def test_replay_command_gives_the_same_result(
    finished: tuple[Terminal, int, str],
) -> None:
    terminal, _, _ = finished
    command = replayed(terminal)
    assert command[:2] == ["ami", "check"]
    again = verdict_of(command[2:])
    direct = verdict_of(STUDENT_FLAGS)
    assert again["verdict"] == direct["verdict"] == "eligible"
    assert again["estimate"] == direct["estimate"]
    assert again["estimate"]["total"] == 2000
    assert again["budget"] == direct["budget"]


def test_replay_command_leaves_disability_out_and_says_so(
    finished: tuple[Terminal, int, str],
) -> None:
    terminal, _, _ = finished
    assert not [word for word in replayed(terminal) if "disability" in word]
    terminal.wait_for(FR("wizard.replay_without_health"))


def test_no_mention_of_health_without_that_answer() -> None:
    flags = [word for word in ONE_LEFT if word != "--no-disability"]
    with Terminal(check(*flags), columns=200) as terminal:
        terminal.answer("establishment", terminal.option("establishment", "public"))
        terminal.answer("disability")
        terminal.check_page()
        assert terminal.finish() == 0
        assert unwrapped(FR("wizard.replay")) in unwrapped(" ".join(terminal.everything()))
        assert FR("wizard.replay_without_health")[:30].encode() not in terminal.raw


def test_empty_answers_decide_nothing() -> None:
    with Terminal(check(), rows=50) as terminal:
        names = [name for name in STUDENT if name not in ("disability", "erasmus_monthly")]
        names[1:1] = ["age", "disability"]
        for name in names:
            terminal.answer(name)
        terminal.check_page()
        assert terminal.pointed() == unwrapped(FR("wizard.done"))
        terminal.wait_for(*(page_line(name, None) for name in names if name in FIELD))
        terminal.wait_for(page_line("stay", None), FR.value("stay", "study"))
        assert terminal.finish() == 0
        said = unwrapped(" ".join(terminal.everything()))
        assert unwrapped(FR("verdict.undetermined.word").upper()) in said
        assert replayed(terminal) == ["ami", "check", *DAY]


def test_answers_of_flags_are_not_asked_again() -> None:
    with Terminal(check(*ONE_LEFT)) as terminal:
        terminal.asks("establishment")
        seen = unwrapped(" ".join(terminal.lines()))
        others = [each.name for each in FIELDS if each.name != "establishment"]
        assert not [name for name in others if unwrapped(FR(f"questions.{name}.ask")) in seen]
        terminal.answer("establishment", terminal.option("establishment", "public"))
        terminal.check_page()
        terminal.wait_for(page_line("echelon", "5"), page_line("establishment", "public"))


# --- going back, changes, invalid answers ---------------------------------------------------------


def test_shift_tab_goes_back_with_the_former_answer_offered() -> None:
    with Terminal(check(*ONE_LEFT[3:])) as terminal:  # neither a birth date nor disability
        terminal.answer("birth_date", "12/03/1990")
        terminal.asks("disability")
        terminal.send(BACK_TAB)
        terminal.asks("birth_date")
        terminal.wait_for("> 12/03/1990")
        terminal.send(ENTER)
        terminal.answer("disability", terminal.option("disability", "yes"))
        terminal.asks("establishment")
        terminal.send(BACK_TAB)
        terminal.asks("disability")
        assert terminal.pointed() == terminal.option("disability", "yes")
        terminal.send(BACK_TAB)
        terminal.asks("birth_date")
        terminal.wait_for("> 12/03/1990")
        terminal.send(CTRL_U + "01/02/1991" + ENTER)
        terminal.answer("disability", terminal.option("disability", "yes"))
        terminal.answer("establishment", terminal.option("establishment", "public"))
        terminal.check_page()
        terminal.wait_for(page_line("birth_date", date(1991, 2, 1)), page_line("disability", True))


def test_shift_tab_at_the_first_question_says_that_it_is_the_first() -> None:
    with Terminal(check(*ONE_LEFT)) as terminal:
        terminal.asks("establishment")
        terminal.send(BACK_TAB)
        terminal.wait_until(
            lambda: unwrapped(FR("wizard.first_question")) in unwrapped(" ".join(terminal.lines())),
            "that it is the first",
        )
        terminal.answer("establishment", terminal.option("establishment", "public"))
        terminal.check_page()


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
def test_invalid_answer_stays_to_be_corrected_beside_its_problem(size: tuple[int, int]) -> None:
    flags = [word for word in ONE_LEFT if word not in ("--end", "2027-06-20")]
    columns, rows = size
    with Terminal(
        check(*flags, "--establishment", "public"), columns=columns, rows=rows
    ) as terminal:
        for typed, code in (
            ("20/06/27", "two_digit_year"),
            ("31/06/2027", "no_such_day"),
            ("en juin", "not_a_date"),
            ("14/01/2027", "end_before_start"),
        ):
            terminal.answer("end", CTRL_U + typed)
            terminal.wait_for(
                FR("questions.end.ask"),
                f"> {typed}",
                "✗",
                FR(f"problems.{code}.fix").partition("{")[0],
            )
        terminal.send("\x7f" * 10 + "20/06/2027" + ENTER)
        terminal.check_page()
        assert "✗" not in "".join(terminal.everything())


def test_any_answer_can_be_changed_from_the_check_page() -> None:
    with Terminal(check(*ONE_LEFT), rows=40) as terminal:
        terminal.answer("establishment", terminal.option("establishment", "abroad"))
        terminal.check_page()
        terminal.wait_for(FR("wizard.check"))
        terminal.point_at(page_line("establishment", "abroad"))
        terminal.send(ENTER)
        terminal.asks("establishment")
        assert terminal.pointed() == unwrapped(terminal.option("establishment", "abroad"))
        terminal.answer("establishment", terminal.option("establishment", "public"))
        terminal.check_page()
        terminal.wait_for(page_line("establishment", "public"))
        terminal.point_at(page_line("echelon", "5"))
        terminal.send(ENTER)
        terminal.asks("echelon")
        assert terminal.pointed() == "5"
        terminal.send(BACK_TAB)
        terminal.check_page()
        terminal.wait_for(page_line("echelon", "5"))
        assert terminal.finish() == 0
        assert FR("verdict.eligible.word").upper().encode() in terminal.raw


def test_contradicting_answer_is_dropped_and_named() -> None:
    with Terminal(check(*ONE_LEFT), rows=40) as terminal:
        terminal.answer("establishment", terminal.option("establishment", "public"))
        terminal.check_page()
        terminal.point_at(page_line("scholarship", "bcs"))
        terminal.send(ENTER)
        terminal.answer("scholarship", terminal.option("scholarship", "none"))
        terminal.check_page()
        said = unwrapped(" ".join(terminal.lines()))
        assert unwrapped(FR("wizard.dropped", answers=FR("labels.echelon"))) in said
        assert unwrapped(FR("wizard.stopped").partition("} ")[2]) in said
        assert unwrapped(page_line("echelon", "5")) not in unwrapped(" ".join(terminal.block()))


def test_certain_no_ends_the_questions() -> None:
    with Terminal(check("--age", "22"), rows=40) as terminal:
        terminal.answer("scholarship", terminal.option("scholarship", "none"))
        terminal.check_page()
        said = unwrapped(" ".join(terminal.lines()))
        assert unwrapped(FR("law.criteria.scholarship")) in said
        assert unwrapped(FR("wizard.stopped").partition("} ")[2]) in said
        assert terminal.finish() == 0
        assert FR("verdict.ineligible.word").upper().encode() in terminal.raw


# --- names ---------------------------------------------------------------------------------------


def without(*options: str) -> list[str]:
    """The flags without some options and their values."""
    kept = list(ONE_LEFT)
    for option in options:
        rank = kept.index(option)
        valued = FIELD[option[2:].replace("-", "_")].kind is not Kind.YES_NO
        del kept[rank : rank + 1 + valued]
    return kept


def test_names_are_completed_and_chosen_by_the_arrows() -> None:
    whole = "Institut national des sciences appliquées de Lyon"
    flags = without("--school", "--rural")
    with Terminal(check(*flags), columns=100, rows=40) as terminal:
        terminal.asks("school")
        terminal.send("insa ly")
        terminal.wait_until(lambda: whole in " ".join(terminal.lines()), "a school offered")
        terminal.send(DOWN)
        terminal.wait_for(f"> {whole}")
        terminal.send(ENTER)
        terminal.asks("commune")
        terminal.send("saint-denis")
        offered = "Saint-Denis (93)"
        terminal.wait_until(lambda: offered in " ".join(terminal.lines()), "a commune offered")
        terminal.send(CTRL_U + "paris 15e" + ENTER)
        terminal.check_page()
        terminal.wait_for(page_line("school", whole), page_line("commune", "paris 15e"))
        assert terminal.finish() == 0
        assert shlex.quote(whole).replace("'", '"').encode() in terminal.raw


def test_university_and_classed_commune_end_the_questions() -> None:
    with Terminal(check(*without("--school", "--rural")), rows=40) as terminal:
        terminal.answer("school", "univ lyon 1")
        terminal.answer("commune", "63003")
        terminal.check_page()
        assert terminal.finish() == 0
        assert FR("verdict.eligible.word").upper().encode() in terminal.raw


def test_uncertain_name_is_asked_with_the_names_it_may_mean() -> None:
    with Terminal(check(*without("--school", "--rural")), columns=100, rows=40) as terminal:
        terminal.answer("school", "UCA")
        terminal.wait_for("1. Université Clermont Auvergne", "2. Université Côte d'Azur")
        terminal.wait_until(
            lambda: terminal.pointed() == unwrapped(FR("wizard.other_name")), "no name preselected"
        )
        terminal.send(ENTER)
        terminal.wait_for(FR("questions.school.ask"), "> UCA")
        terminal.send(CTRL_U + "Skéma Busines School" + ENTER)
        terminal.wait_for("1. Skema Business School")
        terminal.send("1" + ENTER)
        terminal.answer("establishment", terminal.option("establishment", "private_accredited"))
        terminal.answer("commune", "Saint-Denis")
        terminal.wait_for("Saint-Denis (11)", "Saint-Denis (974)")
        terminal.send("Saint-Denis (93)" + ENTER)
        terminal.check_page()
        terminal.wait_for(
            page_line("school", "Skema Business School"), page_line("commune", "Saint-Denis (93)")
        )


def test_back_to_a_name_offers_the_former_name() -> None:
    with Terminal(check(*without("--school")), rows=40) as terminal:
        terminal.answer("school", "Skema")
        terminal.asks("establishment")
        terminal.send(BACK_TAB)
        terminal.asks("school")
        terminal.wait_for("> Skema")
        terminal.send(CTRL_U + "Lyon 1" + ENTER)
        terminal.check_page()
        terminal.point_at(page_line("school", "Lyon 1"))
        terminal.send(ENTER)
        terminal.asks("school")
        terminal.wait_for("> Lyon 1")
        terminal.send(BACK_TAB)
        terminal.check_page()
        terminal.wait_for(page_line("school", "Lyon 1"))


def test_names_are_asked_in_lines_too() -> None:
    with Terminal(check(*without("--school", "--rural"), "--plain"), rows=60) as terminal:
        terminal.wait_for(FR("questions.school.ask"), " >")
        terminal.send("UCA" + ENTER)
        terminal.wait_for("Université Clermont Auvergne", "Université Côte d'Azur")
        terminal.send("Université Clermont Auvergne" + ENTER)
        terminal.wait_for(FR("questions.commune.ask"), " >")
        terminal.send("Nulle-Part" + ENTER)
        terminal.wait_for(FR("problems.no_such_commune.fix").partition("{")[0])
        terminal.send(ENTER)
        terminal.wait_for(FR("questions.rural.ask"), " >")
        terminal.send("non" + ENTER)
        terminal.wait_for(FR("wizard.check"), page_line("school", "Université Clermont Auvergne"))
        assert terminal.finish() == 0
        assert ESCAPE not in terminal.raw


@pytest.mark.parametrize(
    ("typed", "code", "shown", "plain"),
    [
        ("École [bold]$(touch x)[/bold]", "no_such_school", "École [bold]$(touch x)[/bold]", False),
        ("École \u202etnega", "no_such_school", "École \\u202etnega", False),
        ("École \u202etnega", "not_a_name", "École \\u202etnega", True),
        ("!", "not_a_name", "!", True),
    ],
)
def test_typed_name_is_shown_escaped(typed: str, code: str, shown: str, plain: bool) -> None:
    flags = [*without("--school"), *(["--plain"] if plain else [])]
    with Terminal(check(*flags), columns=120, rows=60) as terminal:
        terminal.wait_for(FR("questions.school.ask"), ">")
        terminal.send(typed + ENTER)
        terminal.wait_for(FR(f"problems.{code}.fix").partition("{")[0])
        terminal.wait_until(
            lambda: f"« {shown} »" in unwrapped(" ".join(terminal.lines())), "what was typed"
        )


# --- stopping ------------------------------------------------------------------------------------


def reach(place: str, terminal: Terminal) -> None:
    """Come to a place where a person may stop."""
    if place == "lines":
        terminal.wait_for(FR("questions.establishment.ask"), " >")
    elif place == "text":
        terminal.asks("end")
        terminal.send("20/0")
        terminal.wait_for("> 20/0")
    else:
        terminal.asks("establishment")
        if place == "check":
            terminal.answer("establishment", terminal.option("establishment", "public"))
            terminal.check_page()


def flags_to(place: str) -> list[str]:
    """The flags that lead to such a place."""
    if place == "text":
        kept = [word for word in ONE_LEFT if word not in ("--end", "2027-06-20")]
        return [*kept, "--establishment", "public"]
    return [*ONE_LEFT, "--plain"] if place == "lines" else ONE_LEFT


PLACES = ["text", "choice", "check", "lines"]


@pytest.mark.parametrize(
    ("place", "how"),
    [
        *((place, "ctrl-c") for place in PLACES),
        *((place, how) for place in ("text", "lines") for how in ("ctrl-d", "kill")),
    ],
)
def test_stopping_ends_by_sigint_and_restores_the_terminal(
    place: str, how: str, tmp_path: Path
) -> None:
    result = tmp_path / "result.txt"
    with Terminal(into(result, check(*flags_to(place)))) as terminal:
        reach(place, terminal)
        if how == "kill":
            terminal.signal(signal.SIGINT)
        else:
            terminal.send(CTRL_C if how == "ctrl-c" else CTRL_D)
        assert terminal.end() == -signal.SIGINT
        assert terminal.modes_are_restored()
        assert terminal.cursor_is_shown()
        assert not terminal.pastes_in_brackets()
        assert unwrapped(FR("wizard.interrupted")) in unwrapped(" ".join(terminal.lines()))
    assert result.read_bytes() == b""
    assert list(tmp_path.iterdir()) == [result]


LOOP = 'for turn in 1 2; do echo "turn $turn"; test $turn = 2 || "$@"; done; echo "went on"'


def test_ctrl_c_stops_a_loop_at_a_prompt(tmp_path: Path) -> None:
    loop = LOOP.replace('"$@"', shlex.join(check(*ONE_LEFT)))
    env = {"PS1": "ready> ", "HOME": str(tmp_path)}  # bash writes its history there
    with Terminal(["/bin/bash", "--norc", "-i"], env=env) as terminal:
        terminal.wait_for("ready>")
        terminal.send(loop + ENTER)
        terminal.asks("establishment")
        terminal.send(CTRL_C)
        terminal.wait_for("ready>")
        terminal.send("exit" + ENTER)
        terminal.end()
        assert not [line for line in terminal.lines() if line.startswith(("turn 2", "went on"))]


@pytest.mark.parametrize(("place", "shell"), [("choice", "bash"), ("lines", "sh")])
def test_ctrl_c_stops_a_loop_of_a_script(place: str, shell: str) -> None:
    with Terminal([f"/bin/{shell}", "-c", LOOP, shell, *check(*flags_to(place))]) as terminal:
        reach(place, terminal)
        terminal.send(CTRL_C)
        assert terminal.end() == -signal.SIGINT
        assert b"turn 1" in terminal.raw
        assert b"turn 2" not in terminal.raw
        assert b"went on" not in terminal.raw


@pytest.mark.parametrize("place", ["text", "lines"])
def test_sigterm_ends_the_program_by_sigterm(place: str, tmp_path: Path) -> None:
    result = tmp_path / "result.txt"
    with Terminal(into(result, check(*flags_to(place)))) as terminal:
        reach(place, terminal)
        terminal.signal(signal.SIGTERM)
        assert terminal.end() == -signal.SIGTERM
    assert result.read_bytes() == b""


def test_sigterm_restores_the_terminal() -> None:
    with Terminal(check(*ONE_LEFT)) as terminal:
        reach("choice", terminal)
        terminal.signal(signal.SIGTERM)
        assert terminal.end() == -signal.SIGTERM
        assert terminal.modes_are_restored()
        assert not terminal.pastes_in_brackets()


@pytest.mark.parametrize(
    ("place", "trap"), [("text", ""), ("text", "trap '' HUP;"), ("lines", "trap '' HUP;")]
)
def test_closing_the_terminal_ends_the_program(place: str, trap: str) -> None:
    script = ["/bin/sh", "-c", f'{trap} exec "$@"', "sh", *check(*flags_to(place))]
    with Terminal(script) as terminal:
        reach(place, terminal)
        assert terminal.hang_up() == -signal.SIGHUP


# --- without a terminal ---------------------------------------------------------------------------


def test_piped_input_is_never_taken_for_answers() -> None:
    run = ami("check", "--lang", "fr", *DAY, stdin="12/03/2005\nnon\nbcs\n")
    assert run.returncode == 0
    assert run.stderr == ""
    assert run.stdout.startswith("?")
    assert FR("verdict.undetermined.word").upper() in run.stdout
    assert FR("wizard.welcome") not in run.stdout


@pytest.mark.parametrize(
    "script", ['printf "12/03/2005\\n" | "$@"', '"$@" < /dev/null', '"$@" 2> /dev/null']
)
def test_no_prompt_unless_stdin_and_stderr_are_terminals(script: str) -> None:
    with Terminal(["/bin/sh", "-c", script, "sh", *check()], rows=200) as terminal:
        assert terminal.end() == 0
        seen = unwrapped(" ".join(terminal.lines()))
        assert unwrapped(FR("verdict.undetermined.word").upper()) in seen
        assert unwrapped(FR("wizard.welcome")) not in seen


@pytest.mark.parametrize("flag", ["--no-input", "--json"])
def test_no_prompt_with_flags_that_forbid_it(flag: str) -> None:
    with Terminal(check(flag), rows=200) as terminal:
        assert terminal.end() == 0
        seen = unwrapped(" ".join(terminal.everything()))
        assert unwrapped(FR("wizard.welcome")) not in seen
        assert unwrapped(FR("wizard.replay")) not in seen
        assert "undetermined" in seen or unwrapped(FR("verdict.undetermined.word").upper()) in seen


def test_no_prompt_when_no_deciding_answer_is_missing() -> None:
    decided = [*ONE_LEFT[:-6], "--establishment", "public"]  # erasmus, merit … not answered
    with Terminal(check(*decided), rows=200) as terminal:
        assert terminal.end() == 0
        assert unwrapped(FR("wizard.welcome")) not in unwrapped(" ".join(terminal.lines()))


# --- simple terminals ----------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["--plain", "TERM=dumb"])
def test_plain_writes_no_escape_and_gives_the_same_result(how: str, tmp_path: Path) -> None:
    result = tmp_path / "result.txt"
    flags = ["--plain"] if how == "--plain" else []
    env = {} if flags else {"TERM": "dumb"}
    with Terminal(into(result, check(*flags)), columns=300, rows=150, env=env) as terminal:
        converse_in_lines(terminal, STUDENT)
        assert terminal.finish() == 0
        assert ESCAPE not in terminal.raw
        again = verdict_of(replayed(terminal)[2:])
        assert again["estimate"] == verdict_of(STUDENT_FLAGS)["estimate"]
    assert result.read_text("utf-8") == quietly(*STUDENT_FLAGS, "--plain")


def test_plain_result_on_the_terminal_has_no_escape_either() -> None:
    with Terminal(check(*ONE_LEFT, "--plain")) as terminal:
        converse_in_lines(terminal, {"establishment": "public"})
        assert terminal.finish() == 0
        assert ESCAPE not in terminal.raw
        assert FR("brief.title_min_duration").encode() in terminal.raw


def test_plain_goes_back_changes_and_asks_again() -> None:
    with Terminal(check(*ONE_LEFT[3:], "--plain"), rows=60) as terminal:
        converse_first = {"birth_date": "12/03/1990"}
        for name, text in converse_first.items():
            terminal.wait_for(FR(f"questions.{name}.ask"), " >")
            terminal.send(text + ENTER)
        terminal.wait_for(FR("questions.disability.ask"), " >")
        terminal.send("peut-être" + ENTER)
        terminal.wait_for(FR("problems.not_yes_no.fix"))
        terminal.send("<" + ENTER)
        terminal.wait_for(FR("wizard.keeps", former="12/03/1990"))
        terminal.send(ENTER)  # which keeps it
        terminal.wait_for(FR("questions.disability.ask"), " >")
        terminal.send("<" + ENTER)
        terminal.wait_for(FR("wizard.keeps", former="12/03/1990"))
        terminal.send("<" + ENTER)
        terminal.wait_until(
            lambda: FR("wizard.first_question") in "\n".join(terminal.lines()), "the first one"
        )
        terminal.wait_for(FR("questions.birth_date.ask"), FR("wizard.keeps", former="12/03/1990"))
        terminal.send("13/03/1990" + ENTER)
        terminal.wait_for(FR("questions.disability.ask"), " >")
        terminal.send("OUI" + ENTER)
        terminal.wait_for(FR("questions.establishment.ask"), " >")
        terminal.send("9" + ENTER)
        terminal.wait_for(FR("wizard.from_the_list"))
        terminal.send("Privé habilité" + ENTER)
        terminal.wait_for(FR("wizard.check"), page_line("establishment", "private_accredited"))
        terminal.send("99" + ENTER)
        terminal.wait_for(FR("wizard.choice_out_of_range").partition("{")[0])
        terminal.send("2" + ENTER)
        terminal.wait_for(FR("questions.disability.ask"), FR("wizard.keeps", former="oui"))
        terminal.send("non" + ENTER)
        terminal.wait_for(FR("wizard.check"), "13 mars 1990", page_line("disability", False))
        assert terminal.finish() == 0
        assert ESCAPE not in terminal.raw


# --- colours -------------------------------------------------------------------------------------


def prompts_of(*flags: str, **env: str) -> bytes:
    """What is written from the first question to the check page."""
    with Terminal(check(*ONE_LEFT, *flags), env=env) as terminal:
        terminal.answer("establishment", terminal.option("establishment", "public"))
        terminal.check_page()
        return terminal.raw


def test_prompts_have_colours_on_a_terminal() -> None:
    assert COLOUR.search(prompts_of())


@pytest.mark.parametrize(
    ("flags", "env"), [((), {"NO_COLOR": "1"}), (("--color", "never"), {}), ((), {"CLICOLOR": "0"})]
)
def test_prompts_have_no_colour_when_it_is_off(flags: tuple[str, ...], env: dict[str, str]) -> None:
    assert not COLOUR.search(prompts_of(*flags, **env))


# --- 40 columns ----------------------------------------------------------------------------------


def broken(lines: Sequence[str]) -> list[str]:
    """The lines that the edge of the screen cut inside a word; addresses and commands may be."""
    found = []
    may_be = False
    for above, below in pairwise(lines):
        may_be = bool(re.search(r"https?://|ami check", above)) or (may_be and above[0] != " ")
        inside = above[-1:].isalnum() and (below[:1].isalnum() or below[:1] in ".,;:)")
        if inside and not may_be:
            found.append(f"{above}|{below}")
    return found


def titles_of(name: str) -> list[str]:
    """The titles of a choice, « je ne sais pas » included."""
    unknown = FR("wizard.rather_not" if name == "disability" else "wizard.unknown")
    if FIELD[name].kind is Kind.YES_NO:
        return [FR("format.yes").capitalize(), FR("format.no").capitalize(), unknown]
    return [*(FR(f"options.{name}.{option}") for option in FIELD[name].options), unknown]


def test_questions_are_readable_in_40_columns() -> None:
    with Terminal(check(), columns=40, rows=40) as terminal:
        terminal.wait_until(lambda: len(terminal.block()) > 3, "the first question")
        for name, value in STUDENT.items():
            terminal.asks(name)
            terminal.wait_for(
                FR(f"questions.{name}.ask"), FR(f"questions.{name}.why").partition("{")[0]
            )
            assert broken(terminal.block()) == []
            terminal.answer(name, terminal.option(name, value) if is_list(name) else value)
        terminal.check_page()


@pytest.mark.parametrize(
    "name",
    [
        "disability",
        "establishment",
    ],
)
def test_choices_are_readable_in_40_columns(name: str) -> None:
    flags = ["--no-disability" if name == "establishment" else "--age=30", *ONE_LEFT[3:]]
    flags += ["--age=22"] if name == "establishment" else ["--establishment", "public"]
    with Terminal(check(*flags), columns=40, rows=40) as terminal:
        terminal.asks(name)
        terminal.wait_for(*titles_of(name), patience=2)


def test_answered_questions_are_not_broken_in_40_columns() -> None:
    with Terminal(check(*ONE_LEFT), columns=40, rows=40) as terminal:
        terminal.answer("establishment", terminal.option("establishment", "public"))
        terminal.check_page()
        assert broken(terminal.lines()) == []


def test_the_check_page_is_readable_in_40_columns() -> None:
    with Terminal(check(*ONE_LEFT), columns=40, rows=40) as terminal:
        terminal.answer("establishment", terminal.option("establishment", "public"))
        terminal.check_page()
        terminal.wait_for(
            page_line("establishment", "public"), page_line("echelon", "5"), patience=2
        )


def test_the_result_is_readable_in_40_columns() -> None:
    with Terminal(check(*ONE_LEFT), columns=40, rows=40) as terminal:
        terminal.answer("establishment", terminal.option("establishment", "public"))
        terminal.check_page()
        assert terminal.finish() == 0
        seen = terminal.everything()
    first = next(rank for rank, line in enumerate(seen) if line.startswith("✓"))
    assert broken(seen[first:]) == []


def test_plain_is_readable_in_40_columns() -> None:
    with Terminal(check(*ONE_LEFT, "--plain"), columns=40, rows=80) as terminal:
        terminal.wait_for(*titles_of("establishment")[:-1], patience=5)
        terminal.wait_until(lambda: terminal.block()[-1].endswith(">"), "the prompt")
        assert broken(terminal.lines()) == []


def test_prompts_follow_their_own_terminal_when_stdout_is_a_file(tmp_path: Path) -> None:
    with Terminal(into(tmp_path / "result.txt", check()), columns=40) as terminal:
        terminal.asks("birth_date")
        terminal.wait_for(FR("questions.birth_date.why"), patience=2)
        assert broken(terminal.lines()) == []


# --- resize, long pastes, bad bytes ---------------------------------------------------------------


@pytest.mark.parametrize("place", ["text", "choice", "lines"])
def test_conversation_continues_after_a_resize(place: str) -> None:
    with Terminal(check(*flags_to(place))) as terminal:
        reach(place, terminal)
        for columns, rows in ((40, 12), (20, 5), (132, 50)):
            terminal.resize(columns, rows)
            terminal.listen(0.1)
        if place == "text":
            terminal.send("6/2027" + ENTER)
        elif place == "choice":
            terminal.wait_until(lambda: terminal.pointed() is not None, "the pointer")
            terminal.point_at(terminal.option("establishment", "public"))
            terminal.send(ENTER)
        else:
            terminal.send("1" + ENTER)
        if place == "lines":
            terminal.wait_for(FR("wizard.check"))
        else:
            terminal.check_page()
        assert terminal.finish() == 0
        assert FR("verdict.eligible.word").encode().upper() in terminal.raw.upper()


def test_very_long_pasted_line_is_invalid() -> None:
    with Terminal(check(*flags_to("text"))) as terminal:
        terminal.asks("end")
        terminal.wait_until(terminal.pastes_in_brackets, "bracketed paste")
        terminal.paste(b"\x1b[200~" + b"1" * 200_000 + b"\x1b[201~\r", patience=5)
        terminal.wait_for(FR("problems.not_a_date.fix"), patience=5)
        terminal.answer("end", CTRL_U + "20/06/2027")
        terminal.check_page()


def test_very_long_typed_line_is_invalid() -> None:
    with Terminal(check(*flags_to("text"))) as terminal:
        terminal.asks("end")
        terminal.paste(b"1" * 10_000 + b"\r")
        terminal.wait_for(FR("problems.not_a_date.fix"))


def test_very_long_pasted_line_is_invalid_in_lines() -> None:
    flags = [*flags_to("text"), "--plain"]
    with Terminal(check(*flags)) as terminal:
        terminal.wait_for(FR("questions.end.ask"), " >")
        terminal.paste(b"1" * 200_000 + b"\r")
        terminal.wait_for(FR("problems.not_a_date.fix"))
        terminal.send("20/06/2027" + ENTER)
        terminal.wait_for(FR("wizard.check"), " >")


def test_undecodable_byte_is_invalid_in_lines() -> None:
    env = {"PYTHONIOENCODING": "utf-8:strict"}  # as in any locale but C
    with Terminal(check(*flags_to("text"), "--plain"), env=env) as terminal:
        terminal.wait_for(FR("questions.end.ask"), " >")
        terminal.paste(b"\xe9t\xe9\r")
        terminal.wait_for(FR("problems.not_a_date.fix"))


def test_paste_into_a_choice_is_confirmed_before_it_is_an_answer() -> None:
    with Terminal(check(*ONE_LEFT)) as terminal:
        terminal.asks("establishment")
        terminal.send("\x1b[200~public\rnon\r\x1b[201~")
        terminal.wait_for("> public non")
        terminal.send(ENTER)
        terminal.wait_for("✗", FR("questions.establishment.ask"))
        terminal.send(CTRL_U + "\x1b[200~public\r\x1b[201~")
        terminal.wait_until(
            lambda: terminal.pointed() == unwrapped(titles_of("establishment")[0]), "the first one"
        )


# --- English -------------------------------------------------------------------------------------


def test_wizard_speaks_english() -> None:
    with Terminal(check(*ONE_LEFT, lang="en"), lang="en") as terminal:
        terminal.answer("establishment", terminal.option("establishment", "public"))
        terminal.check_page()
        assert terminal.finish() == 0
        english = words_of("en")
        seen = unwrapped(" ".join(terminal.everything()))
        assert unwrapped(english("verdict.eligible.word").upper()) in seen
        assert unwrapped(english("wizard.replay")) in seen
        assert unwrapped(FR("wizard.replay")) not in seen


@pytest.mark.parametrize("flag", ["--disability", "--no-disability"])
def test_wizard_with_an_export_does_not_depend_on_disability(flag: str, tmp_path: Path) -> None:
    """At 30, no to a disability is a certain no, and nothing more would be asked."""
    export = ("--age", "30", flag, "--report", str(tmp_path / "page.html"))
    with Terminal(check(*export)) as terminal:
        terminal.answer("scholarship")
        terminal.asks("school")
        terminal.send(CTRL_C)
        assert terminal.end() == -signal.SIGINT
    assert list(tmp_path.iterdir()) == []
