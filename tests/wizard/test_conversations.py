"""Whole conversations on a real terminal: what is pressed, how many screens, what stays."""

import os
import shlex
import signal
from pathlib import Path
from typing import NamedTuple

import pytest

from ami_cli.words import words_of
from tests.terminal import CTRL_C, ENTER, Terminal, check, is_list, unwrapped

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(os.name != "posix", reason="needs a pty"),
]

PLAINEST = {
    "birth_date": "12/03/2005",
    "scholarship": "1",
    "school": "lyon 2",
    "presumed": "o",
    "destination": "espagne",
    "start": "15/01/2027",
    "end": "20/06/2027",
    "echelon": "r",  # the result now
}
WHOLE = {
    **{name: text for name, text in PLAINEST.items() if name != "echelon"},
    "echelon": "5",
    "commune": "ambert",
    "priority_area": "n",
    "erasmus": "o",
    "erasmus_monthly": "300",
    "merit": "n",
    "disability": "",
}
ENGLISH = {**PLAINEST, "presumed": "y", "destination": "spain", "end": "20 June 2027"}
NO = {"birth_date": "12/03/2005", "scholarship": "ni"}
OLDER = {
    "birth_date": "12/03/1990",
    "disability": "n",
    "scholarship": "1",
    "school": "lyon 2",
    "presumed": "o",
    "destination": "PT",
    "start": "15/01/2027",
}
INTERNSHIP = {
    **{name: PLAINEST[name] for name in ("birth_date", "scholarship", "school")},
    "presumed": "n",
    "stay": "2",
    "in_curriculum": "1",
    "destination": "jpn",
    "start": "1/2/2027",
    "end": "31/7/2027",
    "months_received": "0",
    "echelon": "r",
}


ALL_BUT_ONE = (
    *("--birth-date", "2005-03-12", "--scholarship", "bcs", "--echelon", "5"),
    *("--school", "Lycée Jean Moulin", "--stay", "study", "--in-curriculum"),
    *(
        "--destination",
        "PT",
        "--start",
        "2027-01-15",
        "--end",
        "2027-06-20",
        "--rural",
        "--no-priority-area",
    ),
    *("--months-received", "0", "--no-erasmus", "--no-merit", "--no-disability"),
)


class Conversation(NamedTuple):
    """What is typed, on which terminal, the verdict, and the most screens and keystrokes."""

    typed: dict[str, str]
    columns: int
    rows: int
    verdict: str
    screens: int
    keystrokes: int
    lang: str = "fr"
    options: tuple[str, ...] = ()


CONVERSATIONS = (
    Conversation(PLAINEST, 80, 24, "eligible", 10, 56),
    Conversation(PLAINEST, 40, 20, "eligible", 10, 56),
    Conversation(PLAINEST, 40, 12, "eligible", 10, 56),
    Conversation(WHOLE, 80, 24, "eligible", 16, 74),
    Conversation(ENGLISH, 80, 24, "eligible", 10, 56, "en"),
    Conversation(NO, 40, 12, "ineligible", 4, 16),
    Conversation(OLDER, 80, 24, "ineligible", 8, 39),
    Conversation(INTERNSHIP, 40, 20, "eligible", 13, 55),
    Conversation(PLAINEST, 80, 24, "eligible", 10, 56, "fr", ("--plain",)),
)


@pytest.mark.parametrize("case", CONVERSATIONS)
def test_whole_conversation(case: Conversation) -> None:
    keystrokes = 0
    with Terminal(
        check(*case.options, lang=case.lang),
        columns=case.columns,
        rows=case.rows,
        lang=case.lang,
    ) as terminal:
        words = terminal.words
        for name, text in case.typed.items():
            terminal.wait_for(words(f"questions.{name}.ask"))
            assert all(len(line.rstrip()) <= case.columns for line in terminal.lines())
            terminal.send(text + ENTER)
            keystrokes += len(text) + 1
            if is_list(name) and not case.options:
                terminal.wait_until(lambda asked=name: not terminal._is_choosing(asked), name)  # type: ignore[misc]
        terminal.wait_for(words("wizard.check"))
        assert terminal.finish() == 0
        said = unwrapped(" ".join(terminal.everything())).casefold()
        kept = terminal.asked_to_keep
        screens = len(case.typed) + 1 + kept
        keystrokes += 1 + kept
        command = said.index(unwrapped(words("wizard.replay")).casefold())
        assert command < said.rindex(unwrapped(words(f"verdict.{case.verdict}.word")).casefold())
    assert (screens, keystrokes) == (case.screens, case.keystrokes)


FR = words_of("fr")
FIRST = FR("questions.birth_date.ask")


def test_ctrl_z_suspends_and_fg_asks_again(tmp_path: Path) -> None:
    env = {"PS1": "ready> ", "HOME": str(tmp_path)}
    with Terminal(["/bin/bash", "--norc", "-i"], env=env) as terminal:
        terminal.wait_for("ready>")
        terminal.send(shlex.join(check()) + ENTER)
        terminal.wait_for(FIRST)
        terminal.send("12/0\x1a")
        terminal.wait_until(lambda: b"Stopped" in terminal.raw, "the job is stopped")
        terminal.send("stty -a | tr ' ' '\\n' | grep -x -- icanon; fg" + ENTER)
        terminal.wait_until(
            lambda: "icanon" in [line.strip() for line in terminal.lines()], "sane modes"
        )
        terminal.wait_for(FIRST, "> 12/0")
        terminal.send("3/2005" + ENTER)
        terminal.wait_for(FR("questions.scholarship.ask"))
        terminal.send(CTRL_C)
        terminal.wait_for("ready>")


def test_ctrl_c_prints_the_command_so_far() -> None:
    with Terminal(check()) as terminal:
        terminal.answer("birth_date", "12/03/2005")
        terminal.answer("scholarship", "1")
        terminal.asks("school")
        terminal.send(CTRL_C)
        assert terminal.end() == -signal.SIGINT
        said = unwrapped(" ".join(terminal.lines()))
        assert "ami check --birth-date 2005-03-12 --scholarship bcs --today" in said


@pytest.mark.parametrize(
    ("pasted", "taken"),
    [
        ("\x1b[200~12/03/2005\r\n\x1b[201~\r", "12/03/2005"),
        ("12/03/2005\rnon\r2\r", "12/03/2005"),
        ("12/03/2005\r" + "2\r" * 3_000, "12/03/2005"),
    ],
    ids=["bracketed", "raw", "long"],
)
def test_lines_pasted_answer_no_other_question(pasted: str, taken: str) -> None:
    with Terminal(check()) as terminal:
        terminal.asks("birth_date")
        terminal.wait_until(terminal.pastes_in_brackets, "bracketed paste")
        terminal.paste(pasted.encode())
        terminal.asks("scholarship")
        terminal.listen(0.3)
        terminal.asks("scholarship")
        assert terminal.pointed() == unwrapped(FR("wizard.unknown"))
        assert f" {FIRST} {taken}" in [line.rstrip() for line in terminal.lines()]


def test_the_position_of_the_cursor_is_never_asked() -> None:
    with Terminal(check()) as terminal:
        terminal.answer("birth_date", "12/03/2005")
        terminal.asks("scholarship")
        assert b"\x1b[6n" not in terminal.raw


def test_a_terminal_without_a_size_is_asked_too() -> None:
    script = 'stty rows 0 cols 0; exec "$@"'
    with Terminal(["/bin/sh", "-c", script, "sh", *check()]) as terminal:
        terminal.answer("birth_date", "12/03/2005")
        terminal.asks("scholarship")


@pytest.mark.parametrize("name", ["birth_date", "scholarship"])
def test_a_resize_leaves_no_ghost_lines(name: str) -> None:
    with Terminal(check()) as terminal:
        if name == "scholarship":
            terminal.answer("birth_date", "12/03/2005")
        terminal.asks(name)
        asked = FR(f"questions.{name}.ask")
        for columns, rows in ((40, 12), (60, 20), (132, 50), (30, 24)):
            written = len(terminal.raw)
            terminal.resize(columns, rows)
            terminal.wait_until(lambda before=written: len(terminal.raw) > before, "a redraw")  # type: ignore[misc]
            terminal.listen(0.2)
            terminal.asks(name)
            seen = unwrapped(" ".join(terminal.lines()))
            assert seen.count(unwrapped(asked)) == 1
            assert seen.count(unwrapped(FR("wizard.rank", rank=1, most=9))[:8]) == 1


def test_what_is_kept_is_written_and_named(tmp_path: Path) -> None:
    (tmp_path / "ami.html").touch()
    command = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', str(tmp_path), *check(*ALL_BUT_ONE)]
    with Terminal(command) as terminal:
        terminal.answer("establishment", "1")
        terminal.check_page()
        terminal.send(ENTER)
        terminal.wait_for(FR("wizard.keep").partition("{")[0])
        terminal.send("12" + ENTER)
        assert terminal.end() == 0
        said = unwrapped(" ".join(terminal.lines()))
    assert {path.name for path in tmp_path.iterdir()} == {"ami.html", "ami-2.html", "ami.ics"}
    assert "ami-2.html" in said
