"""Every command: pipes, full disks, poor consoles, no network, nothing left behind."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ami_cli.answers import FIELDS
from ami_cli.cli import command
from tests.conftest import HERE
from tests.runner import AMI, DAY, LIMIT, PLAIN_ENV, ami, shell
from tests.students import COMPLETE, STUDENTS

RUNS: dict[str, list[str]] = {
    "help": ["--help"],
    "version": ["--version"],
    "check": ["check", *COMPLETE, *DAY],
    "check json": ["check", *COMPLETE, *DAY, "--json"],
    "check document": ["check", "--answers", str(HERE / "dossier.json"), *DAY],
    "check help": ["check", "--help"],
    "help of a command": ["help", "batch"],
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
        # A library that moves the clock would open a file in the place of the closed stdout.
        done = shell(f"unset LD_PRELOAD; {line_of(name, tail)}")
        assert done.returncode == 5, (tail, done.stderr)
        assert b"Traceback" not in done.stderr
        stderr = done.stderr.decode()
        assert why in stderr
        assert "→ " in stderr or json.loads(stderr)["errors"][0]["fix"]


@pytest.mark.process
@pytest.mark.parametrize("name", WRITERS)
def test_a_pipe_closed_early_shows_no_traceback(name: str) -> None:
    # The reader is gone before the first byte is written.
    done = shell(line_of(name, "> >(exec true); exit $?"))
    assert b"Traceback" not in done.stderr
    done = shell(line_of(name, "| head -c 0; exit ${PIPESTATUS[0]}"), PYTHONUNBUFFERED="1")
    assert done.returncode in (141, 0, 4)  # 0 where it was faster
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr


@pytest.mark.process
def test_a_process_on_an_ascii_console() -> None:
    env = {"LANG": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "AMI_LANG": "fr"}
    for name in ("check", "check help", "rules"):
        done = shell(line_of(name, ""), **env)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.isascii()
    for name in FOR_PROGRAMS:
        assert shell(line_of(name, ""), **env).stdout == ami(*RUNS[name]).stdout.encode()


@EVERY
def test_every_command_fits_a_dumb_terminal_of_40_columns(name: str) -> None:
    done = ami(*RUNS[name], env={"TERM": "dumb", "COLUMNS": "40"})
    assert done.returncode in (0, 4)
    assert "\x1b" not in done.stdout + done.stderr
    if name not in (*FOR_PROGRAMS, "batch", "batch template", "version"):
        # One word alone may be longer: an address, a command to be copied.
        long = [line for line in done.stdout.splitlines() if len(line) > 40]
        assert [line for line in long if " " in line.strip().removeprefix("$ ")] == []


# Runs command lines and prints, on stderr, what they open for writing, connect or start.
WATCHED = """
import json, os, sys
WATCHED = {"os.mkdir", "os.rename", "os.remove", "os.link", "os.system", "os.exec",
           "os.posix_spawn", "subprocess.Popen"}
events = []
def watch(event, args):
    if event.startswith("socket.") and event != "socket.gethostname":
        events.append(event)
    elif event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR):
        if not isinstance(args[0], int):  # a descriptor that is open already
            events.append(f"{event} {args[0]}")
    elif event in WATCHED:
        events.append(f"{event} {args[0]}")
sys.addaudithook(watch)
from ami_cli.main import main
for name, run in json.loads(sys.argv[1]).items():
    code = main([*run, "-q"])
    print("\\0" + json.dumps([name, code]))
    sys.stdout.flush()
print("\\n".join(event for event in events if "/dev/null" not in event), file=sys.stderr)
"""


def watched(folder: Path, runs: dict[str, list[str]], code: str = WATCHED) -> list[str]:
    """Run command lines without a home in an empty folder; return the events."""
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(runs)],
        env={
            **{name: PLAIN_ENV[name] for name in ("PATH", "PYTHONPATH")},
            "TMPDIR": str(folder),
            "LANG": "fr_FR.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT,
        check=False,
    )
    ends = [json.loads(part.splitlines()[0]) for part in done.stdout.decode().split("\0")[1:]]
    assert [name for name, _ in ends] == list(runs), done.stderr
    assert all(code in (0, 4) for _, code in ends)
    return done.stderr.decode().split("\n")[:-1]


@pytest.mark.process
def test_no_command_opens_a_socket_starts_a_process_or_writes_a_file(tmp_path: Path) -> None:
    assert watched(tmp_path, RUNS) == [""]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.process
def test_a_batch_writes_nothing_but_its_output(tmp_path: Path) -> None:
    events = watched(tmp_path, {"batch": ["batch", STUDENTS, "-o", "out.csv"]})
    own_part = re.compile(r"\w+(\.\w+)? (\S*/\.out\.csv\.ami-\S+\.part|\d+)")
    assert [event for event in events if not own_part.fullmatch(event)] == []
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.process
def test_the_audit_hook_sees_sockets_and_files(tmp_path: Path) -> None:
    own = "import socket; socket.socket(); open('x', 'w').close(); code = 0"
    code = WATCHED.replace('code = main([*run, "-q"])', own)
    assert {"socket.__new__", "open x"} <= set(watched(tmp_path, {"check": []}, code))


@pytest.mark.process
def test_no_code_is_loaded_from_the_working_folder(tmp_path: Path) -> None:
    for name in (
        "typer",
        "rich",
        "json",
        "polars",
        "csv",
        "xlsxwriter",
        "ami_cli",
        "sitecustomize",
    ):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(99)")
    for name in ("check", "batch"):
        done = subprocess.run(
            [AMI, *RUNS[name]], env=PLAIN_ENV, cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode in (0, 4)


@pytest.mark.process
def test_python_m_loads_only_the_package_from_the_working_folder(tmp_path: Path) -> None:
    (tmp_path / "ami_cli").symlink_to(HERE.parent / "ami_cli")
    for name in ("signal", "json", "typer", "enum", "textwrap"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(99)")
    (tmp_path / "rich").mkdir()
    (tmp_path / "rich" / "__init__.py").write_text("raise SystemExit(99)")
    done = subprocess.run(
        [sys.executable, "-m", "ami_cli", *RUNS["check"]],
        env=PLAIN_ENV, cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")


def test_no_variable_of_the_environment_answers() -> None:
    names = [answer.name.upper() for answer in FIELDS]
    env = {
        f"{prefix}{name}": "1"
        for name in [*names, "ANSWERS", "JSON", "EXIT_CODE", "NO_INPUT"]
        for prefix in ("", "AMI_", "AMI_CHECK_")
    }
    run = ["check", "--json", *DAY]
    bare, full = ami(*run).stdout, ami(*run, env=env).stdout
    assert bare == full
    assert json.loads(bare)["answers"] == {}
