"""Streams, signals, colour and the terminals that are not one."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ami_cli.shell import main
from tests.runner import AMI, DAY, PLAIN_ENV, ami
from tests.test_check import COMPLETE

ESCAPE = "\x1b"
TZ = {"Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Paris"}


def shell(line: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """A line of bash; `$AMI` is the command."""
    return subprocess.run(
        ["bash", "-c", line],
        capture_output=True,
        env={**PLAIN_ENV, "AMI": AMI, "LANG": "fr_FR.UTF-8", "PYTHONUTF8": "1", **env},
        stdin=subprocess.DEVNULL,
        timeout=30,
        check=False,
    )


FLAGS = " ".join((*COMPLETE, *DAY))


def test_the_result_alone_is_on_stdout() -> None:
    done = ami("check", *COMPLETE, *DAY)
    assert (done.returncode, done.stderr) == (0, "")
    assert "conditions remplies" in done.stdout


def test_without_a_terminal_missing_answers_are_no_error() -> None:
    done = ami("check", "--age", "21")
    assert (done.returncode, done.stderr) == (0, "")
    assert "à compléter" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_one_line_and_exit_5() -> None:
    for flags in ("--json", "", "--help"):
        done = shell(f"$AMI check {FLAGS} {flags} > /dev/full")
        assert done.returncode == 5, flags
        said = done.stderr.decode()
        assert "le disque est plein" in said
        assert "Traceback" not in said


def test_a_closed_stdout_is_told_and_exit_5() -> None:
    for flags in ("--json", "", "--help"):
        done = shell(f"$AMI check {FLAGS} {flags} >&-")
        assert done.returncode == 5, flags
        assert "ne peut pas être écrit".encode() in done.stderr
        assert b"Traceback" not in done.stderr


def test_a_reader_that_leaves_ends_it_by_sigpipe() -> None:
    done = shell(f'(sleep 0.4; $AMI check {FLAGS}; echo "code $?" >&2) | true')
    assert b"code 141" in done.stderr
    assert b"Traceback" not in done.stderr


def test_closed_stdin_and_stderr_change_nothing() -> None:
    expected = shell(f"$AMI check {FLAGS} --json").stdout
    assert expected
    assert shell(f"$AMI check {FLAGS} --json <&-").stdout == expected
    assert shell(f"$AMI check {FLAGS} --json 2>&-").stdout == expected
    assert shell("$AMI check --answers - --json <&-").returncode == 3
    assert shell("$AMI check --age x 2>&-").returncode == 2


def test_sigterm_ends_it_by_sigterm(tmp_path: Path) -> None:
    fifo = tmp_path / "answers"
    os.mkfifo(fifo)
    process = subprocess.Popen([AMI, "check", "--answers", str(fifo)], env=PLAIN_ENV)
    writer = os.open(fifo, os.O_WRONLY)  # opens once the program waits for it
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == -signal.SIGTERM
    os.close(writer)


def test_sigint_stops_a_loop_of_the_shell(tmp_path: Path) -> None:
    fifo, log = tmp_path / "answers", tmp_path / "log"
    os.mkfifo(fifo)
    loop = f"for turn in 1 2 3; do echo $turn >> {log}; $AMI check --answers {fifo}; done"
    process = subprocess.Popen(
        ["bash", "-c", loop],
        env={**PLAIN_ENV, "AMI": AMI},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    writer = os.open(fifo, os.O_WRONLY)
    time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=10)
    os.close(writer)
    assert log.read_text() == "1\n"
    assert b"Traceback" not in said


@pytest.mark.parametrize(
    ("flags", "env", "colored"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "0"}, False),
        ((), {"CLICOLOR_FORCE": "1"}, True),
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


def test_colour_repeats_what_words_say() -> None:
    colored = ami("check", *COMPLETE, *DAY, "--color", "always").stdout
    bare = ami("check", *COMPLETE, *DAY, "--color", "never").stdout
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == bare


def test_plain_has_no_box_and_no_escape() -> None:
    shown = ami("check", *COMPLETE, *DAY, "--plain").stdout
    assert not set(shown) & set("╭╮╰╯│─✓✗▲●▶◀■□" + ESCAPE)
    assert "CONDITIONS REMPLIES" in shown


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "cp850", "utf-8"])
def test_poor_consoles_show_what_they_can(encoding: str) -> None:
    env = {**PLAIN_ENV, "PYTHONIOENCODING": encoding, "LANG": "C"}
    for arguments in (["check", *COMPLETE], ["check", "--age", "x"], ["check", "-h"], ["rules"]):
        done = subprocess.run(
            [AMI, *arguments], env=env, capture_output=True, timeout=30, check=False
        )
        assert done.returncode in (0, 2)
        said = (done.stdout + done.stderr).decode(encoding)
        assert "Traceback" not in said
        assert "AMI" in said or "ami" in said


def test_json_is_the_same_bytes_in_every_locale_and_time_zone() -> None:
    results = {
        shell(
            f"$AMI check {FLAGS} --json --lang fr", LANG=lang, TZ=zone, PYTHONIOENCODING=io
        ).stdout
        for lang in ("C", "fr_FR.UTF-8", "en_US.UTF-8", "tr_TR.UTF-8")
        for zone, io in (("UTC", "ascii"), ("Pacific/Kiritimati", "cp1252"))
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


def test_today_is_the_day_in_paris_whatever_the_machine() -> None:
    days = {json.loads(ami("check", "--json", env={"TZ": zone}).stdout)["today"] for zone in TZ}
    assert len(days) == 1
    paris = subprocess.run(
        ["date", "+%F"], env={**PLAIN_ENV, "TZ": "Europe/Paris"}, capture_output=True, check=True
    )
    assert days == {paris.stdout.decode().strip()}
    pinned = ami("check", "--json", env={"AMI_TODAY": "2020-02-29"})
    assert json.loads(pinned.stdout)["today"] == "2020-02-29"
    both = ami("check", "--json", *DAY, env={"AMI_TODAY": "2020-02-29"})
    assert json.loads(both.stdout)["today"] == "2026-11-23"


def test_no_home_and_a_read_only_folder_are_enough(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    env = {name: value for name, value in PLAIN_ENV.items() if name != "HOME"}
    done = subprocess.run(
        [AMI, "check", *COMPLETE], env=env, cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_no_environment_variable_answers_for_a_student() -> None:
    env = {"AMI_CHECK_AGE": "99", "AMI_AGE": "99", "AGE": "99", "AMI_ANSWERS": "/etc/passwd"}
    assert json.loads(ami("check", "--json", env=env).stdout)["answers"] == {}


def test_no_code_is_loaded_from_the_working_directory(tmp_path: Path) -> None:
    for name in ("typer", "rich", "json", "ami_cli"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(99)")
    done = subprocess.run(
        [AMI, "check", *COMPLETE], env=PLAIN_ENV, cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0


def test_no_socket_is_opened() -> None:
    code = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise SystemExit(99)\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "from ami_cli.shell import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    python = Path(AMI).with_name("python")
    for arguments in (["check", *COMPLETE], ["rules"], ["check", "--answers", "-"]):
        done = subprocess.run(
            [python, "-c", code, *arguments],
            env=PLAIN_ENV,
            input=b"{}",
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0


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
def test_lines_keep_to_the_width_but_for_addresses(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for command in SHOWN:
        for lang in ("fr", "en"):
            for look in ("--plain", "--color=never"):
                assert main([*command, "--lang", lang, look, *DAY]) == 0
                lines = capsys.readouterr().out.splitlines()
                assert len(lines) > 5
                long = [
                    line
                    for line in lines
                    if len(line) > width and " " in line.strip().removeprefix("$ ")
                ]
                assert long == [], (command, lang, look)


def test_a_process_takes_the_width_of_its_terminal() -> None:
    lines = ami("check", *COMPLETE, *DAY, "--plain", env={"COLUMNS": "40"}).stdout.splitlines()
    assert 35 < max(len(line) for line in lines if " " in line.strip()) <= 40
