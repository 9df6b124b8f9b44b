"""Streams, signals, colour and the terminals that are not one."""

import json
import os
import re
import signal
import subprocess
import time
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.runner import AMI, DAY, LIMIT, PLAIN_ENV, ami, ami_process, path_with_ami, shell
from tests.students import COMPLETE

ESCAPE = "\x1b"
TZ = {"Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Paris"}


FLAGS = " ".join((*COMPLETE, *DAY))


@pytest.mark.process
def test_the_result_alone_is_on_stdout() -> None:
    done = ami_process("check", *COMPLETE, *DAY)
    assert (done.returncode, done.stderr) == (0, "")
    assert "CONDITIONS REMPLIES" in done.stdout


@pytest.mark.process
def test_a_run_inside_a_test_equals_a_process() -> None:
    """What most tests run is `ami` without a process of its own: it must not be another `ami`."""
    for line in (
        *(("--help",), ("check", *COMPLETE, *DAY), ("check", *COMPLETE, "--json", *DAY)),
        *(("check", "--age", "x"), ("batch", "absent.csv"), ("rules", "--plain", *DAY)),
    ):
        inside, outside = ami(*line), ami_process(*line)
        assert (inside.returncode, inside.stdout, inside.stderr) == (
            *(outside.returncode, outside.stdout, outside.stderr),
        )


def test_without_a_terminal_missing_answers_are_no_error() -> None:
    done = ami("check", "--age", "21")
    assert (done.returncode, done.stderr) == (0, "")
    assert "PAS ENCORE TRANCHÉ" in done.stdout


@pytest.mark.process
def test_a_closed_pipe_ends_the_run_by_sigpipe() -> None:
    done = shell(f'(sleep 0.4; ami check {FLAGS}; echo "code $?" >&2) | true')
    assert b"code 141" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.process
def test_closed_stdin_and_stderr_change_nothing() -> None:
    expected = shell(f"ami check {FLAGS} --json").stdout
    assert expected
    assert shell(f"ami check {FLAGS} --json <&-").stdout == expected
    assert shell(f"ami check {FLAGS} --json 2>&-").stdout == expected
    assert shell("ami check --answers - --json <&-").returncode == 3
    assert shell("ami check --age x 2>&-").returncode == 2


@pytest.mark.process
def test_sigterm_ends_it_by_sigterm(tmp_path: Path) -> None:
    fifo = tmp_path / "answers"
    os.mkfifo(fifo)
    process = subprocess.Popen([AMI, "check", "--answers", str(fifo)], env=PLAIN_ENV)
    writer = os.open(fifo, os.O_WRONLY)  # opens once the program waits for it
    process.send_signal(signal.SIGTERM)
    assert process.wait(LIMIT) == -signal.SIGTERM
    os.close(writer)


@pytest.mark.process
def test_sigint_stops_a_loop_of_the_shell(tmp_path: Path) -> None:
    fifo, log = tmp_path / "answers", tmp_path / "log"
    os.mkfifo(fifo)
    loop = "for turn in 1 2 3; do echo $turn >> log; ami check --answers answers; done"
    process = subprocess.Popen(
        ["bash", "-c", loop],
        cwd=tmp_path,
        env={**PLAIN_ENV, "PATH": path_with_ami()},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    writer = os.open(fifo, os.O_WRONLY)
    time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=LIMIT)
    os.close(writer)
    assert log.read_text() == "1\n"
    assert b"Traceback" not in stderr


@pytest.mark.parametrize(
    ("flags", "env", "colored"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": ""}, False),
        ((), {"FORCE_COLOR": "0"}, False),
        ((), {"FORCE_COLOR": "false"}, False),
        ((), {"FORCE_COLOR": "3"}, True),
        ((), {"FORCE_COLOR": "true"}, True),
        ((), {"CLICOLOR_FORCE": "1"}, True),
        ((), {"CLICOLOR_FORCE": ""}, False),
        ((), {"CLICOLOR_FORCE": "0"}, False),
        ((), {"CLICOLOR": "1"}, False),
        ((), {"CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, True),
        ((), {"FORCE_COLOR": "0", "CLICOLOR_FORCE": "1"}, False),
        ((), {"FORCE_COLOR": "", "CLICOLOR_FORCE": "1"}, True),
        ((), {"NO_COLOR": "", "FORCE_COLOR": "1"}, True),
        ((), {"NO_COLOR": "0", "CLICOLOR_FORCE": "1"}, False),
        (("--color", "always"), {"FORCE_COLOR": "0", "CLICOLOR": "0"}, True),
        (("--color", "always", "--plain"), {"FORCE_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "always", "--plain"), {}, False),
        (("--color", "always"), {"TERM": "dumb"}, False),
        (("--color", "always"), {"AMI_PLAIN": "1"}, False),
    ],
)
def test_colour(flags: tuple[str, ...], env: dict[str, str], colored: bool) -> None:
    done = ami("check", *COMPLETE, *flags, env=env)
    assert (ESCAPE in done.stdout) is colored
    assert ESCAPE not in ami("check", *COMPLETE, "--json", *flags, env=env).stdout


def test_colour_changes_no_text() -> None:
    colored = ami("check", *COMPLETE, *DAY, "--color", "always").stdout
    bare = ami("check", *COMPLETE, *DAY, "--color", "never").stdout
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == bare


def test_plain_has_no_box_and_no_escape() -> None:
    shown = ami("check", *COMPLETE, *DAY, "--plain").stdout
    assert not set(shown) & set("╭╮╰╯│─✓✗▲●▶◀■□" + ESCAPE)
    assert "CONDITIONS REMPLIES" in shown


@pytest.mark.process
def test_json_is_the_same_bytes_in_every_locale_and_time_zone() -> None:
    results = {
        shell(f"ami check {FLAGS} --json --lang fr", LANG=lang, TZ=zone, PYTHONIOENCODING=io).stdout
        for lang, zone, io in (
            ("C", "UTC", "ascii"),
            ("fr_FR.UTF-8", "Pacific/Kiritimati", "cp1252"),
            ("tr_TR.UTF-8", "Pacific/Pago_Pago", "utf-8"),
        )
    }
    assert len(results) == 1
    assert json.loads(results.pop().decode("utf-8"))["verdict"] == "eligible"


@pytest.mark.parametrize(
    ("env", "english"),
    [
        ({"LANG": "en_GB.UTF-8"}, True),
        ({"LANG": "fr_FR.UTF-8"}, False),
        ({"LANG": "de_DE.UTF-8"}, False),
        ({"LANG": ""}, False),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "en_US.UTF-8"}, True),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "fr_FR.UTF-8"}, False),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "", "AMI_LANG": "fr"}, False),
        ({"LANG": "fr_FR.UTF-8", "AMI_LANG": "en"}, True),
    ],
)
def test_the_language_follows_the_environment(env: dict[str, str], english: bool) -> None:
    document = json.loads(ami("check", "--json", env=env).stdout)
    assert document["lang"] == ("en" if english else "fr")


@pytest.mark.process
def test_today_is_the_day_in_paris_whatever_the_machine() -> None:
    paris = ZoneInfo("Europe/Paris")
    before = datetime.now(paris).date()
    runs = [ami_process("check", "--json", env={"TZ": zone}) for zone in TZ]
    days = {date.fromisoformat(json.loads(done.stdout)["today"]) for done in runs}
    assert days <= {before, datetime.now(paris).date()}  # midnight may pass meanwhile
    pinned = ami("check", "--json", env={"AMI_TODAY": "2020-02-29"})
    assert json.loads(pinned.stdout)["today"] == "2020-02-29"
    both = ami("check", "--json", *DAY, env={"AMI_TODAY": "2020-02-29"})
    assert json.loads(both.stdout)["today"] == "2026-11-23"


@pytest.mark.process
def test_no_home_and_a_read_only_folder_are_enough(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    env = {name: value for name, value in PLAIN_ENV.items() if name != "HOME"}
    done = subprocess.run(
        [AMI, "check", *COMPLETE], env=env, cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 0
    assert list(folder.iterdir()) == []


SHOWN = (
    *(
        ("check", *flags)
        for flags in (
            COMPLETE,
            (
                "--age",
                "30",
                "--scholarship",
                "none",
                "--start",
                "2027-01-15",
                "--end",
                "2027-01-20",
            ),
            (*COMPLETE, "--school", "UCA", "--commune", "Saint-Denis", "--erasmus-monthly", "300"),
            (),
        )
    ),
    *(("rules",), ("schools", "lyon"), ("check", "-h"), ("schools", "-h"), ("-h",)),
)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_lines_keep_to_the_width_but_for_addresses(width: int) -> None:
    for command in SHOWN:
        for lang in ("fr", "en"):
            for look in ("--plain", "--color=never"):
                done = ami(*command, "--lang", lang, look, *DAY, env={"COLUMNS": str(width)})
                assert done.returncode == 0
                lines = done.stdout.splitlines()
                assert len(lines) > 5
                long = [
                    line
                    for line in lines
                    if len(line) > width and " " in line.strip().removeprefix("$ ")
                ]
                assert long == [], (command, lang, look)


@pytest.mark.process
def test_a_process_takes_the_width_of_its_terminal() -> None:
    done = ami_process("check", *COMPLETE, *DAY, "--plain", env={"COLUMNS": "40"})
    lines = done.stdout.splitlines()
    assert 35 < max(len(line) for line in lines if " " in line.strip()) <= 40
