"""Every command: pipes, full disks, poor consoles, no network, nothing left behind."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ami_cli.answers import FIELDS
from ami_cli.cli import command
from tests.conftest import HERE
from tests.runner import DAY, LIMIT, PLAIN_ENV, ami, shell
from tests.students import COMPLETE, STUDENTS

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


# One of each way to write a result.
WRITERS = ["help", "check", "check json", "batch", "batch json", "completion"]


def line_of(name: str, tail: str) -> str:
    """Give a run as a line of bash, with something behind it."""
    return f"{shlex.join(['ami', *RUNS[name]])} {tail}"


def test_every_command_is_run_here() -> None:
    assert {words[0] for words in RUNS.values()} >= set(command().commands)


@pytest.mark.process
@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_and_a_closed_stdout(name: str) -> None:
    for tail, why in (("> /dev/full", "le disque est plein"), (">&-", "ne peut pas être écrit")):
        done = shell(line_of(name, tail))
        assert done.returncode == 5, (tail, done.stderr)
        assert b"Traceback" not in done.stderr
        said = done.stderr.decode()
        assert why in said
        assert "→ " in said or json.loads(said)["errors"][0]["fix"]


@pytest.mark.process
@pytest.mark.parametrize("name", WRITERS)
def test_a_reader_that_leaves(name: str) -> None:
    # The reader is gone before the first byte is written.
    done = shell(line_of(name, "> >(exec true); exit $?"))
    assert b"Traceback" not in done.stderr
    done = shell(line_of(name, "| head -c 0; exit ${PIPESTATUS[0]}"), PYTHONUNBUFFERED="1")
    assert done.returncode in (141, 0, 4)  # 0 where it was faster
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr


@EVERY
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_a_poor_console(name: str, encoding: str) -> None:
    done = ami(*RUNS[name], encoding=encoding)
    assert done.returncode in (0, 4)
    assert "Traceback" not in done.stderr
    if name in FOR_PROGRAMS and not name.startswith("batch"):
        assert done.stdout == ami(*RUNS[name]).stdout
    elif not name.startswith("batch"):  # a CSV file is UTF-8 too
        assert not re.search("[\ud800-\udfff]", done.stdout)


@pytest.mark.process
def test_a_poor_console_of_a_process() -> None:
    env = {"LANG": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "AMI_LANG": "fr"}
    for name in ("check", "check help", "rules"):
        done = shell(line_of(name, ""), **env)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.isascii()
    for name in FOR_PROGRAMS:
        assert shell(line_of(name, ""), **env).stdout == ami(*RUNS[name]).stdout.encode()


@EVERY
def test_a_narrow_dumb_terminal(name: str) -> None:
    done = ami(*RUNS[name], env={"TERM": "dumb", "COLUMNS": "40"})
    assert done.returncode in (0, 4)
    assert "\x1b" not in done.stdout + done.stderr
    if name not in (*FOR_PROGRAMS, "batch", "batch template", "version"):
        # One word alone may be longer: an address, a command to be copied.
        long = [line for line in done.stdout.splitlines() if len(line) > 40]
        assert [line for line in long if " " in line.strip().removeprefix("$ ")] == []


WATCHED = """
import json, os, sys
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
from ami_cli.main import main
for name, run in json.loads(sys.argv[1]).items():
    code = main([*run, "-q"])
    print("\\0" + json.dumps([name, code]))
    sys.stdout.flush()
print("\\n".join(event for event in seen if "/dev/null" not in event), file=sys.stderr)
"""


@pytest.mark.process
def test_no_socket_no_process_and_nothing_written(tmp_path: Path) -> None:
    names = ("PATH", "PYTHONPATH")
    env = {
        **{name: PLAIN_ENV[name] for name in names},
        "TMPDIR": str(tmp_path),
        "LANG": "fr_FR.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, json.dumps(RUNS)],
        env=env,  # and no HOME
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT,
        check=False,
    )
    ends = [json.loads(part.splitlines()[0]) for part in done.stdout.decode().split("\0")[1:]]
    assert [name for name, _ in ends] == list(RUNS), done.stderr
    assert all(code in (0, 4) for _, code in ends)
    assert done.stderr.decode().split() == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.process
def test_the_watch_can_see(tmp_path: Path) -> None:
    code = WATCHED.replace(
        'code = main([*run, "-q"])',
        "import socket; socket.socket(); open('x', 'w').close(); code = 0",
    )
    done = subprocess.run(
        [sys.executable, "-c", code, '{"check": []}'],
        env=PLAIN_ENV,
        cwd=tmp_path,
        capture_output=True,
        timeout=LIMIT,
        check=True,
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
    bare, full = ami(*run).stdout, ami(*run, env=env).stdout
    assert bare == full
    assert json.loads(bare)["answers"] == {}


@pytest.mark.skipif(os.name != "posix", reason="POSIX file modes")
def test_what_is_told_to_keep_health_data_out_is_true() -> None:
    """No answer about a disability is in the command line that gives a result again."""
    from ami_cli.wizard.replay import replay

    line = replay({"age": 30, "disability": True, "rural": True}, None)
    assert "disab" not in line
    assert "--rural" in line
