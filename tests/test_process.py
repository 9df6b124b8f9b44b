"""Every command as a process: pipes, full disks, poor consoles, no network, nothing left behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ami_cli.answers import FIELDS
from ami_cli.cli import command
from tests.conftest import HERE
from tests.runner import AMI, COVERED_ENV, DAY, PLAIN_ENV
from tests.test_check import COMPLETE

STUDENTS = str(HERE.parent / "docs" / "etudiants.csv")
RUNS: dict[str, list[str]] = {
    "help": ["--help"],
    "version": ["--version"],
    "check": ["check", *COMPLETE, *DAY],
    "check json": ["check", *COMPLETE, *DAY, "--json"],
    "check document": ["check", "--answers", str(HERE / "dossier.json"), *DAY],
    "check help": ["check", "--help"],
    "batch": ["batch", STUDENTS, *DAY],
    "batch json": ["batch", STUDENTS, "--format", "jsonl", *DAY],
    "batch template": ["batch", "--template", "-"],
    "rules": ["rules", *DAY],
    "rules json": ["rules", "--json", *DAY],
    "check names": ["check", "--school", "Lyon 1", "--commune", "Ambert", *DAY],
    "schools": ["schools", "Lyon"],
    "schools json": ["schools", "--json"],
    "schema": ["schema", "result"],
    "completion": ["completion", "zsh"],
}
EVERY = pytest.mark.parametrize("name", RUNS)
# For programs: the same bytes whatever the console.
FOR_PROGRAMS = [name for name in RUNS if "json" in name or name in ("schema", "completion")]


def bash(name: str, tail: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """A run with something behind it on the line of a shell."""
    return subprocess.run(
        ["bash", "-c", f'"$0" "$@" {tail}', AMI, *RUNS[name]],
        env={**COVERED_ENV, "LANG": "fr_FR.UTF-8", "PYTHONUTF8": "1", **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_every_command_is_run_here() -> None:
    assert {words[0] for words in RUNS.values()} >= set(command().commands)


@EVERY
def test_a_full_disk_and_a_closed_stdout(name: str) -> None:
    for tail in ("> /dev/full", ">&-"):
        done = bash(name, tail)
        assert done.returncode == 5, (tail, done.stderr)
        assert b"Traceback" not in done.stderr
        said = done.stderr.decode()
        assert "→ " in said or json.loads(said)["errors"][0]["fix"]


@EVERY
def test_a_reader_that_leaves(name: str) -> None:
    # The reader is gone before the first byte is written.
    done = bash(name, "| true; exit ${PIPESTATUS[0]}")
    assert done.returncode in (141, 0, 4)  # 0 where it was faster
    done = bash(name, "> >(exec true); exit $?")
    assert b"Traceback" not in done.stderr
    done = bash(name, "| head -c 0; exit ${PIPESTATUS[0]}", PYTHONUNBUFFERED="1")
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr


@EVERY
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_a_poor_console(name: str, encoding: str) -> None:
    env = {"LANG": "C", "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "AMI_LANG": "fr"}
    done = bash(name, "", **env)
    assert done.returncode in (0, 4)
    assert b"Traceback" not in done.stderr
    if name in FOR_PROGRAMS:
        assert done.stdout == bash(name, "").stdout
        done.stdout.decode("utf-8")
    elif not name.startswith("batch"):  # a CSV file is UTF-8 too
        done.stdout.decode(encoding)


@EVERY
def test_a_narrow_dumb_terminal_without_a_home(name: str) -> None:
    env = {"PATH": PLAIN_ENV["PATH"], "TERM": "dumb", "COLUMNS": "40", "LANG": "fr_FR.UTF-8"}
    done = subprocess.run(
        [AMI, *RUNS[name]], env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert done.returncode in (0, 4)
    assert b"\x1b" not in done.stdout + done.stderr
    if name not in (*FOR_PROGRAMS, "batch", "batch template", "version"):
        # One word alone may be longer: an address, a command to be copied.
        long = [line for line in done.stdout.decode().splitlines() if len(line) > 40]
        assert [line for line in long if " " in line.strip().removeprefix("$ ")] == []


WATCHED = """
import os, sys
seen = []
def watch(event, args):
    if event.startswith("socket.") and event != "socket.gethostname":
        seen.append(event)
    elif event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR):
        seen.append(f"{event} {args[0]}")
    elif event in ("os.mkdir", "os.rename", "os.remove", "subprocess.Popen", "os.system", "os.exec",
                   "os.posix_spawn"):
        seen.append(f"{event} {args[0]}")
sys.addaudithook(watch)
from ami_cli.shell import main
code = main(sys.argv[1:])
kept = [each for each in seen if "/__pycache__/" not in each and "/dev/null" not in each]
print("\\n".join(kept), file=sys.stderr)
sys.exit(code)
"""


@EVERY
def test_no_socket_no_process_and_nothing_written(name: str, tmp_path: Path) -> None:
    env = {**PLAIN_ENV, "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "LANG": "fr_FR.UTF-8"}
    env = {key: value for key, value in env.items() if not key.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *RUNS[name], "-q"],
        env=env,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, 4), done.stderr
    seen = done.stderr.decode().split("\n")
    assert [each for each in seen if each.startswith(("socket", "os.", "subprocess", "open"))] == []
    assert list(tmp_path.iterdir()) == []


def test_the_watch_can_see() -> None:
    code = WATCHED.replace(
        "code = main(sys.argv[1:])",
        "import socket; socket.socket(); open('x', 'w').close(); code = 0",
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=PLAIN_ENV, cwd="/tmp", capture_output=True, check=True
    )
    assert b"socket.__new__" in done.stderr
    assert b"open x" in done.stderr


def test_no_variable_of_the_environment_answers() -> None:
    names = [each.name.upper() for each in FIELDS]
    env = {
        f"{prefix}{name}": "1"
        for name in [*names, "ANSWERS", "JSON", "EXIT_CODE", "NO_INPUT"]
        for prefix in ("", "AMI_", "AMI_CHECK_")
    }
    run = ["check", "--json", *DAY]
    bare, full = (
        subprocess.run(
            [AMI, *run], env={**PLAIN_ENV, **more}, stdin=subprocess.DEVNULL, capture_output=True
        ).stdout
        for more in ({}, env)
    )
    assert bare == full
    assert json.loads(bare)["answers"] == {}


@pytest.mark.skipif(os.name != "posix", reason="POSIX file modes")
def test_what_is_told_to_keep_health_data_out_is_true() -> None:
    """No answer about a disability is in the command line that gives a result again."""
    from ami_cli.wizard.replay import replay

    line = replay({"age": 30, "disability": True, "rural": True}, None)
    assert "disab" not in line
    assert "--rural" in line
