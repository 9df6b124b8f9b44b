"""`ami batch`: streams, exit codes, faults, signals, and what it keeps quiet."""

import csv
import json
import os
import re
import resource
import select
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from shlex import quote
from shutil import which
from typing import Any

import openpyxl
import polars as pl
import pytest

from ami_cli.answers import COUNTRIES, FIELDS, Kind
from ami_cli.batch.formats import RESULTS
from ami_cli.batch.formats.xlsx_layout import SMALLEST_PRINT, line_count
from ami_cli.reading import read
from ami_cli.words import words_of
from tests.conftest import HERE
from tests.runner import (
    AMI,
    DAY,
    LIMIT,
    PLAIN_ENV,
    ami,
    ami_process,
    foreign_words,
    path_with_ami,
    shell,
    wait_until_blocked,
)
from tests.terminal import CTRL_C, Terminal

HEAD = "dossier;date_naissance;handicap;bourse;établissement;début;fin"
ROW = "Éloïse;12/03/2005;non;bcs;public;15/01/2027;20/06/2027"
SMALL = f"{HEAD}\n{ROW}\nZoé;;;;;;\n"
INVALID = f"{HEAD}\n{ROW}\nZoé;31/04/2005;bof;;;;\n"
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and descriptors of POSIX")
PROCESS = pytest.mark.process


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of each test, with a small file of students in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.csv").write_text(SMALL, "utf-8")
    (tmp_path / "invalid.csv").write_text(INVALID, "utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that takes a while: 250,000 students."""
    path = tmp_path_factory.mktemp("big") / "big.csv"
    path.write_text(HEAD + "\n" + (ROW + "\n") * 250_000, "utf-8")
    return path


def batch(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return ami("batch", *arguments, *DAY, **options)


def soon() -> float:
    """Give the seconds within which a signal must be obeyed, however busy the machine is."""
    return 2 * max(1.0, os.getloadavg()[0])


def run(*arguments: str) -> tuple[int, str, str]:
    """Run a batch; return its exit code, stdout and stderr."""
    done = batch(*arguments)
    return done.returncode, done.stdout, done.stderr


def left_over(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def on_one_line(text: str) -> str:
    return " ".join(text.split())


# --- streams and exit codes ----------------------------------------------------------------------


@PROCESS
def test_the_result_alone_is_on_stdout(folder: Path) -> None:
    shown = ami_process("batch", "in.csv", *DAY)
    filed = ami_process("batch", "in.csv", "-o", "out.csv", *DAY)
    assert (shown.returncode, filed.returncode, filed.stdout) == (0, 0, "")
    assert shown.stdout.encode() == (folder / "out.csv").read_bytes()
    assert shown.stdout.startswith("\ufeff" + HEAD + ";ami_verdict;")
    assert "Dossiers : 2" in on_one_line(shown.stderr)
    assert "« out.csv »" in on_one_line(filed.stderr)


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("in.csv",), 0, "Dossiers"),
        (("invalid.csv",), 4, "invalid.csv:3"),
        ((), 2, "fichier des étudiants"),
        (("in.csv", "-o", "invalid.csv"), 2, "--force"),
        (("in.csv", "-o", "out.pdf"), 2, ".pdf"),
        (("in.csv", "--format", "pdf"), 2, "pdf"),
        (("in.csv", "--sheet", "2"), 2, "--sheet"),
        (("in.csv", "--encoding", "klingon"), 2, "klingon"),
        (("in.csv", "--map", "x"), 2, "--map"),
        (("in.csv", "--only", "doss"), 2, "doss"),
        (("in.csv", "--nope"), 2, "--nope"),
        (("in.csv", "other.csv"), 3, "other.csv"),
        (("in.csv", "in.csv"), 2, "même fichier"),
        (("in.csv", "invalid.csv"), 4, "invalid.csv:3"),
        (("in.csv", "--summary-json", "-"), 2, "sortie standard"),
        (("in.csv", "--summary-json", "invalid.csv"), 2, "existe déjà"),
        (("in.csv", "--template", "modele.ods"), 2, ".ods"),
        (("absent.csv",), 3, "absent.csv"),
        ((".",), 4, "in.csv"),
        (("https://example.org/in.csv",), 3, "existe pas"),
        (("in.csv", "-o", "absent/out.csv"), 5, "absent"),
        (("in.csv", "-o", "in.csv/out.csv"), 5, "in.csv"),
        (("in.csv", "-o", "."), 5, "c’est un dossier"),
        (("in.csv", "-o", ".", "--force"), 5, "c’est un dossier"),
        (("in.csv", "-o", "x" * 300 + ".csv"), 5, "ENAMETOOLONG"),
        (("in.csv", "-o", "out.csv", "--summary-json", "absent/s.json"), 5, "absent"),
    ],
)
def test_exit_codes(folder: Path, arguments: tuple[str, ...], code: int, word: str) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = batch(*arguments)
    assert done.returncode == code, done.stderr
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert (done.stdout != "") is (code in (0, 4))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    if code in (2, 3, 5):
        assert done.stderr.count("\n") == 2
        assert "\n  → " in done.stderr


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_both_languages(lang: str) -> None:
    for arguments in (
        *(("in.csv",), ("invalid.csv",), ("absent.csv",), (), ("in.csv", "-o", "in.csv")),
        *(("in.csv", "-o", "absent/x.csv"), ("--template", "m.csv"), ("--template", "x.ods")),
        *(("in.csv", "-o", "a.csv", "--summary-json", "a.csv"), ("in.csv", "--map", "x")),
        *(("in.csv", "invalid.csv"), ("in.csv", "./in.csv"), ("in.csv", "no.csv"), ("*.odt",)),
    ):
        _, _, stderr = run(*arguments, "--lang", lang)
        for name in (*HEAD.split(";"), "étudiants", "bcs", "qpv", "mérite", "Éloïse"):
            stderr = stderr.replace(name, "")
        assert not foreign_words(stderr, lang), stderr


@PROCESS
def test_standard_input_and_output(folder: Path) -> None:
    expected = batch("in.csv").stdout
    assert batch("-", stdin=SMALL).stdout == expected
    assert batch("in.csv", "-o", "-").stdout == expected
    assert batch("-", "-o", "-", stdin=SMALL.encode("utf-16")).stdout == expected
    assert ami_process("batch", "-", *DAY, stdin=SMALL).stdout == expected
    assert batch("-", stdin="").returncode == 3
    assert not (folder / "-").exists()


@PROCESS
@POSIX
def test_pipes_with_a_name(folder: Path) -> None:
    os.mkfifo(folder / "pipe.csv")
    done = shell(
        "ami batch pipe.csv -q & ami batch in.csv -q -o pipe2.csv; cat in.csv > pipe.csv; wait"
    )
    assert done.stdout == (folder / "pipe2.csv").read_bytes()
    os.mkfifo(folder / "out.csv")
    done = shell("(sleep 0.3; cat out.csv) & ami batch in.csv -q -o out.csv && wait")
    assert done.stdout == (folder / "pipe2.csv").read_bytes()


def test_quiet_says_nothing_but_errors() -> None:
    for arguments in (("in.csv",), ("invalid.csv",)):
        loud, quiet = batch(*arguments), batch(*arguments, "--quiet")
        assert (quiet.stderr, quiet.stdout) == ("", loud.stdout)
    assert "absent.csv" in batch("absent.csv", "-q").stderr


# --- the output ----------------------------------------------------------------------------------


def test_an_existing_output_needs_force_and_keeps_its_mode(folder: Path) -> None:
    target = folder / "out.csv"
    target.write_text("old")
    target.chmod(0o644)
    assert batch("in.csv", "-o", "out.csv").returncode == 2
    assert target.read_text() == "old"
    assert batch("in.csv", "-o", "out.csv", "--force").returncode == 0
    assert target.read_text("utf-8-sig").startswith(HEAD)
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


@PROCESS
@POSIX
def test_the_input_is_never_the_output(folder: Path) -> None:
    (folder / "soft.csv").symlink_to("in.csv")
    os.link(folder / "in.csv", folder / "hard.csv")
    (folder / "around").symlink_to(".")
    for target in ("in.csv", "./in.csv", "soft.csv", "hard.csv", "around/in.csv"):
        for flags in ((), ("--force",)):
            code, out, stderr = run("in.csv", "-o", target, *flags)
            assert (code, out) == (2, "")
            assert "est aussi le fichier d’entrée" in stderr
            assert run("in.csv", "-o", "out.csv", "--summary-json", target, *flags)[0] == 2
    for line in (
        *("ami batch - -o in.csv --force < in.csv", "ami batch in.csv >> in.csv"),
        *("ami batch - < in.csv 1<> in.csv", "ami batch /dev/stdin -o in.csv --force < in.csv"),
    ):
        assert b"est aussi le fichier" in shell(line).stderr, line
    assert (folder / "in.csv").read_text("utf-8") == SMALL
    assert not (folder / "out.csv").exists()


def test_the_result_and_the_summary_need_two_files(folder: Path) -> None:
    done = batch("in.csv", "-o", "Out.csv", "--summary-json", "out.csv")
    assert (done.returncode, left_over(folder)) == (2, [])
    assert not (folder / "Out.csv").exists()  # on some disks the second would replace the first
    (folder / "around").symlink_to(".")
    for other in ("out.csv", "./out.csv", "around/out.csv"):
        code, _, stderr = run("in.csv", "-o", "out.csv", "--summary-json", other, "--force")
        assert code == 2
        assert "Deux des résultats" in stderr
        assert not (folder / "out.csv").exists()
    pages = ("--name-by", "dossier", "--pages")
    for line in (("-o", "p", *pages, "P"), ("--summary-json", "p", *pages, "./p")):
        assert run("in.csv", *line)[0] == 2
        assert left_over(folder) == []
        assert not (folder / "p").exists()


@POSIX
def test_output_through_a_symbolic_link_keeps_the_link(folder: Path) -> None:
    (folder / "real.csv").write_text("old")
    (folder / "link.csv").symlink_to("real.csv")
    assert batch("in.csv", "-o", "link.csv").returncode == 2
    assert batch("in.csv", "-o", "link.csv", "--force").returncode == 0
    assert (folder / "link.csv").is_symlink()
    assert (folder / "real.csv").read_text("utf-8-sig").startswith(HEAD)


@PROCESS
def test_new_files_are_readable_by_their_owner_only(folder: Path) -> None:
    done = shell(
        "umask 000; ami batch in.csv -o out.csv --summary-json s.json; "
        "ami batch --template m.csv; ami batch --template m.xlsx; ami batch in.csv -o out.xlsx"
    )
    assert b"Traceback" not in done.stderr
    for name in ("out.csv", "s.json", "m.csv", "m.xlsx", "out.xlsx"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name
    assert left_over(folder) == []


def test_an_output_name_of_255_bytes_is_written(folder: Path) -> None:
    name = "x" * 251 + ".csv"
    assert batch("in.csv", "-o", name).returncode == 0
    assert (folder / name).exists()
    assert left_over(folder) == []


# --- faults --------------------------------------------------------------------------------------

FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")


@PROCESS
@FULL
def test_a_full_disk_is_one_line_and_exit_5(folder: Path) -> None:
    for line in (
        *("ami batch in.csv > /dev/full", "ami batch in.csv -o /dev/full"),
        *("ami batch in.csv --format xlsx > /dev/full", "ami batch --template - > /dev/full"),
        "ami batch in.csv -o out.csv --summary-json - > /dev/full",
    ):
        done = shell(f"{line} -q")
        assert done.returncode == 5, line
        assert "le disque est plein" in done.stderr.decode()
        assert done.stderr.count(b"\n") == 2


@PROCESS
@POSIX
@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.xlsx", "out.parquet"])
def test_a_quota_leaves_no_partial_output(folder: Path, big: Path, name: str) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))

    small = folder / "rows.csv"
    small.write_text(HEAD + "\n" + (ROW + "\n") * 20_000, "utf-8")
    target = folder / name
    for old in (False, True):
        if old:
            target.write_text("old")
        done = subprocess.run(
            [AMI, "batch", str(small), "-o", name, "--force", "-q"],
            preexec_fn=limited,
            capture_output=True,
            env={**PLAIN_ENV, "PYTHONDONTWRITEBYTECODE": "1"},  # half a file of them
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == 5, done.stderr
        assert b"Traceback" not in done.stderr
        assert done.stderr.count(b"\n") == 2
        assert left_over(folder) == []
        assert target.read_text() == "old" if old else not target.exists()


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="root writes in read-only folders too"
)
def test_a_read_only_folder(folder: Path) -> None:
    (folder / "closed").mkdir(mode=0o500)
    done = batch("in.csv", "-o", "closed/out.csv")
    assert done.returncode == 5
    assert "accès" in done.stderr


@PROCESS
@POSIX
@pytest.mark.skipif(
    "faketime" in os.environ.get("LD_PRELOAD", ""),
    reason="the library that moves the clock opens a file of its own in place of a closed stream",
)
def test_closed_streams() -> None:
    expected = shell("ami batch in.csv -q").stdout
    done = shell("ami batch in.csv >&-")
    assert done.returncode == 5
    assert b"Traceback" not in done.stderr
    assert shell("ami batch in.csv -o out.csv >&- <&-").returncode == 0
    assert shell("ami batch in.csv 2>&-").stdout == expected
    assert shell("ami batch in.csv <&-").stdout == expected
    assert shell("ami batch - <&-").returncode == 3
    assert shell("ami batch invalid.csv 2>&-").returncode == 4
    assert shell("ami batch absent.csv 2>&-").returncode == 3


@PROCESS
@POSIX
def test_a_closed_pipe_ends_the_run_by_sigpipe(big: Path) -> None:
    done = shell(f'(ami batch {quote(str(big))} -q; echo "code $?" >&2) | head -1')
    assert done.stdout.count(b"\n") == 1
    assert done.stderr == b"code 141\n"


def test_a_refusal_in_mid_file_writes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ami_cli.batch.formats.csv.CHUNK_ROWS", 200)
    monkeypatch.setattr("ami_cli.batch.formats.text.BLOCK", 20_000)
    damaged = folder / "damaged.csv"
    rows = 500  # chunks are judged and written before the fault is read
    damaged.write_text(HEAD + "\n" + (ROW + "\n") * rows + f'Zoé;"{ROW}\n', "utf-8")
    line = HEAD.count("\n") + rows + 2
    for flags in ((), ("-o", "out.csv"), ("--format", "jsonl")):
        done = batch(str(damaged), *flags)
        assert (done.returncode, done.stdout) == (3, ""), flags
        assert f"Ligne {line} " in done.stderr.replace("\u00a0", " ")
    assert not (folder / "out.csv").exists()
    assert left_over(folder) == []


# --- signals -------------------------------------------------------------------------------------


def started(big: Path, target: Path, *flags: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [AMI, "batch", str(big), "-o", str(target), "--force", *flags],
        env=PLAIN_ENV,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )


def wait_for_part(folder: Path, process: subprocess.Popen[bytes]) -> Path:
    """The part being written, once there is one."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline and process.poll() is None:
        for part in folder.glob(".out.csv.ami-*.part"):
            return part
        time.sleep(0.005)
    raise AssertionError("no part was ever written")


def test_only_matches_folded_names(folder: Path) -> None:
    (folder / "upper.csv").write_text(SMALL.replace("dossier", "Dossier N°"), "utf-8")
    code, out, _ = run("upper.csv", "--only", "dossier n°")
    assert code == 0
    assert out.startswith("\ufeffDossier N°;ami_verdict")
    (folder / "two.csv").write_text("nom;Nom;age\na;b;21\n", "utf-8")
    assert run("two.csv", "--only", "Nom")[1].startswith("\ufeffNom;ami_verdict")
    assert run("two.csv", "--only", "NOM")[0] == 2  # one of two: which?


def test_a_file_from_stdin_has_a_name_in_messages() -> None:
    done = batch("-", stdin=INVALID)
    assert "entrée standard:3" in done.stderr
    assert "-:3" not in done.stderr


@PROCESS
def test_on_a_terminal_it_says_that_it_reads_stdin() -> None:
    for arguments in (["batch", "-"], ["check", "--answers", "-"]):
        with Terminal([AMI, *arguments, "--lang", "fr"]) as terminal:
            terminal.wait_until(
                lambda at=terminal: "Lecture de l’entrée standard" in "\n".join(at.lines()),  # type: ignore[misc]
                "what it waits for",
            )
            terminal.send(CTRL_C)
            assert terminal.end() == -signal.SIGINT


@PROCESS
@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("waits", ["stdin", "half a file", "pipe with a name", "stdout"])
def test_a_signal_ends_a_blocked_read_or_write(
    folder: Path, big: Path, number: signal.Signals, waits: str
) -> None:
    """polars makes such calls go on through a signal."""
    fifo = folder / "fifo"
    os.mkfifo(fifo)
    reader, writer = os.pipe()
    source = {"stdout": str(big), "pipe with a name": str(fifo)}.get(waits, "-")
    process = subprocess.Popen(
        [AMI, "batch", source, "-q"],
        env=PLAIN_ENV,
        stdin=subprocess.PIPE,
        stdout=writer if waits == "stdout" else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    opened = os.open(fifo, os.O_RDWR)  # so that nobody waits for the other side
    if waits == "half a file":
        process.stdin.write(b"age\n" + b"21\n" * 10_000)
        process.stdin.flush()
    if waits == "stdout":
        assert select.select([reader], [], [], LIMIT)[0]  # the result has begun to come
    wait_until_blocked(process)
    limit, sent = soon(), time.monotonic()
    process.send_signal(number)
    assert process.wait(LIMIT) == -number
    assert time.monotonic() - sent < limit
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()
    process.stdin.close()
    process.stderr.close()
    for descriptor in (reader, writer, opened):
        os.close(descriptor)


@PROCESS
@POSIX
@pytest.mark.parametrize(
    ("number", "later"),
    [
        *((number, later) for number in (signal.SIGINT, signal.SIGTERM) for later in (0.0, 0.25)),
        *((signal.SIGHUP, 0.0), (signal.SIGQUIT, 0.0)),
    ],
)
def test_a_signal_leaves_the_target_alone(
    folder: Path, big: Path, number: signal.Signals, later: float
) -> None:
    target = folder / "out.csv"
    target.write_text("old")
    process = started(big, target, "-q")
    wait_for_part(folder, process)
    time.sleep(later)
    limit, sent = soon(), time.monotonic()
    process.send_signal(number)
    _, stderr = process.communicate(timeout=LIMIT)
    assert time.monotonic() - sent < limit
    assert b"Traceback" not in stderr
    assert left_over(folder) == []
    if process.returncode == 0:  # it was done before
        assert target.read_text("utf-8-sig").count("\n") == 250_001
    else:
        assert process.returncode == -number
        # The old output or, when the signal came after it was put into its place, the new one.
        content = target.read_text("utf-8-sig")
        assert content == "old" or content.count("\n") == 250_001


@PROCESS
@POSIX
def test_a_signal_during_start_up_leaves_nothing(folder: Path, big: Path) -> None:
    for delay in (0.1, 0.3):
        for number in (signal.SIGTERM, signal.SIGKILL):
            process = started(big, folder / "out.csv", "-q")
            time.sleep(delay)
            process.send_signal(number)
            _, stderr = process.communicate(timeout=LIMIT)
            assert process.returncode in (-number, 0)
            assert stderr == b""
    assert batch("in.csv", "-o", "out.csv", "--force").returncode == 0
    assert left_over(folder) == []


@PROCESS
@POSIX
def test_the_next_run_removes_what_a_killed_one_left(folder: Path, big: Path) -> None:
    target = folder / "out.csv"
    target.write_text("old")
    process = started(big, target)
    part = wait_for_part(folder, process)
    time.sleep(0.2)
    process.kill()
    process.communicate(timeout=LIMIT)
    assert process.returncode == -signal.SIGKILL
    assert target.read_text() == "old"
    assert part.exists()
    assert stat.S_IMODE(part.stat().st_mode) == 0o600
    other = folder / ".other.csv.ami-1-00000000.part"
    other.touch()
    assert batch("in.csv", "-o", "out.csv", "--force").returncode == 0
    assert left_over(folder) == [other.name]
    assert target.read_text("utf-8-sig").count("\n") == 3


@PROCESS
@POSIX
def test_ctrl_c_stops_a_loop_of_the_shell(folder: Path, big: Path) -> None:
    loop = f"for turn in 1 2 3; do echo $turn >> log; ami batch {big} -o out.csv --force; done"
    process = subprocess.Popen(
        ["bash", "-c", loop],
        env={**PLAIN_ENV, "PATH": path_with_ami()},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + LIMIT
    while not list(folder.glob(".out.csv*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=LIMIT)
    assert (folder / "log").read_text() == "1\n"
    assert b"Traceback" not in stderr
    assert left_over(folder) == []


@PROCESS
@POSIX
def test_two_runs_to_the_same_output(folder: Path) -> None:
    target = folder / "out.csv"
    small, large = folder / "small.csv", folder / "large.csv"
    small.write_text(HEAD + "\n" + ROW.replace("non", "oui") + "\n", "utf-8")
    large.write_text(HEAD + "\n" + (ROW + "\n") * 40_000, "utf-8")
    for force in ((), ("--force",)):
        target.unlink(missing_ok=True)
        runs = [
            subprocess.Popen(
                [AMI, "batch", str(source), "-o", str(target), "-q", *force],
                env=PLAIN_ENV,
                stderr=subprocess.PIPE,
            )
            for source in (large, small, large)
        ]
        codes = sorted([run.wait(LIMIT), len(run.communicate()[1])] for run in runs)
        written = target.read_text("utf-8-sig").splitlines()
        assert len(written) in (2, 40_001)
        assert len(set(written[1:])) == 1
        if force:
            assert codes == [[0, 0]] * 3
        else:
            assert [code for code, _ in codes] == [0, 2, 2]
        assert left_over(folder) == []


# --- summary and template ------------------------------------------------------------------------


def test_the_summary_of_a_run(folder: Path) -> None:
    done = batch("invalid.csv", "-o", "out.csv", "--summary-json", "-")
    assert done.returncode == 4
    document = json.loads(done.stdout)
    assert batch("invalid.csv", "--summary-json", "s.json").returncode == 4
    filed = json.loads((folder / "s.json").read_text("utf-8"))
    assert list(filed) == list(document)
    assert document["schema_version"] == "1"
    assert document["today"] == "2026-11-23"
    assert (document["rows"], document["blank_rows"], document["disarmed_cells"]) == (2, 0, 0)
    assert document["verdicts"] == {
        "eligible": 1,
        "ineligible": 0,
        "undetermined": 0,
        "invalid": 1,
    }
    assert document["estimate"]["eligible"] == {"total": 2000, "total_max": 2400}
    assert (document["late"], document["departed"], document["provisional"]) == (1, 0, 1)
    assert document["assumed"] == {"stay": 1, "in_curriculum": 1, "months_received": 1}
    assert [row["line"] for row in document["first_invalid"]] == [3]
    assert "31/04/2005" not in done.stdout
    assert "Zoé" not in done.stdout
    assert batch("in.csv", "--summary-json", "s.json").returncode == 2
    assert batch("in.csv", "--summary-json", "s.json", "--force").returncode == 0
    assert json.loads((folder / "s.json").read_text("utf-8"))["verdicts"]["invalid"] == 0


LIST = """N°;Nom;UFR;âge;bourse;début;fin;=note
1;Zoé;Droit;21;bcs;15/01/2027;20/06/2027;=1+1
2;Léo;Droit;trente;boursié;15/01/2027;20/06/2027;
3;Ana;Lettres;40;aucune;15/01/2027;20/06/2027;
4;Ida;;21;;15/01/2027;20/06/2027;<r>x</r>
Total;;;82;;;;
Légende;;;;;;;
"""


def test_workbook_has_a_summary_and_what_is_to_be_corrected(folder: Path) -> None:
    (folder / "liste.csv").write_text(LIST, "utf-8")
    done = batch("liste.csv", "-o", "out.xlsx", "--by", "ufr", "--summary-json", "-")
    assert done.returncode == 4, done.stderr
    book = openpyxl.load_workbook(folder / "out.xlsx")
    assert book.sheetnames == ["AMI", "Résumé", "À corriger"]
    assert book.active.title == "AMI"
    assert book["AMI"].sheet_view.pane.xSplit == 2
    wrong = [[cell.value for cell in row] for row in book["À corriger"].iter_rows()]
    assert wrong[0] == [
        *("Ligne ici (AMI)", "Ligne du fichier", "N°", "Nom", "Colonne", "Valeur"),
        "Ce qui ne va pas",
    ]
    assert [row[:6] for row in wrong[1:]] == [
        [3, 3, "2", "Léo", "âge", "trente"],
        [3, 3, "2", "Léo", "bourse", "boursié"],
        [6, 6, "Total", None, None, None],
    ]
    assert wrong[3][6] == "ligne de total, et non un dossier"
    assert "peut-être" in wrong[2][6]
    summary = {row[0].value: [cell.value for cell in row[1:]] for row in book["Résumé"].iter_rows()}
    assert summary["Droit"] == [2, 0, 0, 1, 1, 0, 0]
    assert summary["(vide)"][0] == 3
    assert summary["dont sans aucune réponse"][:2] == [None, 1]
    assert summary["conditions non remplies"][0] == "ineligible"
    page = book["Résumé"]
    assert (page.page_setup.orientation, page.page_setup.fitToHeight) == ("portrait", None)
    # The legend has two halves; what two codes have in common is told apart by what they are.
    halves = [[cell.value for cell in row] for row in page.iter_rows()]
    left = [row[0] for row in halves]
    legend = halves[left.index("Ce que veulent dire les codes") :]
    codes = {row[1] for row in legend} | {row[6] for row in legend}
    assert {*RESULTS, *(answer.name for answer in FIELDS), "echelon_6_7", "stay"} <= codes
    grounds, rural = left.index("Suppléments (ami_supplements)"), left.index("Zone rurale")
    assert grounds < rural
    right = [row[3] for row in legend]
    assert right.index("Réponses (ami_missing, ami_assumed)") < right.index("Zone rurale")
    by = json.loads(done.stdout)["by"]
    assert by["column"] == "UFR"
    assert [(group["value"], group["rows"]) for group in by["groups"]] == [
        ("", 3), ("Droit", 2), ("Lettres", 1)
    ]  # fmt: skip
    assert by["groups"][1]["verdicts"] == {
        "eligible": 0, "ineligible": 0, "undetermined": 1, "invalid": 1
    }  # fmt: skip
    assert "Lettres\u202f: 1" in done.stderr


def test_workbook_says_so_where_nothing_is_to_be_corrected(folder: Path) -> None:
    assert batch("in.csv", "-o", "out.xlsx", "--lang", "en").returncode == 0
    book = openpyxl.load_workbook(folder / "out.xlsx")
    assert book.sheetnames == ["AMI", "Summary", "To correct"]
    message = book["To correct"]["A2"]
    assert (message.value, message.alignment.wrap_text) == ("No row to correct.", None)
    end = book["AMI"].print_area.split("$")[-2]
    assert book["AMI"][f"{end}1"].value == "ami_start_by"  # no column of errors is printed
    page = book["AMI"].page_setup
    assert (page.orientation, page.paperSize, page.fitToHeight) == ("landscape", 9, 0)
    assert book["AMI"].print_title_rows == "$1:$1"
    assert book["AMI"].oddHeader.left.text == (
        "eligible: conditions met · ineligible: conditions not met · "
        "undetermined: not settled yet · invalid: rows to correct"
    )
    assert (
        "Judged as of 23\u00a0November 2026. An estimate, never" in book["AMI"].oddFooter.left.text
    )
    again = batch("out.xlsx", "--again")
    assert again.returncode == 0, again.stderr


ELIGIBLE = "Jean-Éudes;MARTIN DE LA TOUR;21;bcs;public;études;oui;15/01/2027;20/06/2027;non;0\n"
OTHERS = """Zoé;LE;30;bcs;public;études;oui;15/01/2027;20/12/2027;non;0
Noël;D’ALMEIDA;21;aucune;public;études;oui;15/01/2027;20/06/2027;non;0
Léa;GALL;;bcs;privé habilité;stage;;15/01/2027;25/01/2027;;
Anaïs;ROUX;30;en attente;;;;15/01/2027;;;
"""


@PROCESS
@pytest.mark.skipif(
    not (which("soffice") and which("pdftotext")), reason="LibreOffice and poppler are not here"
)
def test_six_hundred_rows_print_on_twenty_pages_in_letters_that_can_be_read(folder: Path) -> None:
    header = "prénom;nom;âge;bourse;établissement;séjour;cursus;début;fin;handicap;mois perçus\n"
    (folder / "liste.csv").write_text(header + (ELIGIBLE * 6 + OTHERS) * 60, "utf-8")
    assert batch("liste.csv", "-o", "out.xlsx", "--words").returncode == 0
    office = ("soffice", f"-env:UserInstallation={folder.as_uri()}/o", "--headless")
    subprocess.run([*office, "--convert-to", "pdf", "out.xlsx"], check=True, capture_output=True)
    subprocess.run(["pdftotext", "-bbox", "out.pdf"], check=True)
    pages = (folder / "out.html").read_text("utf-8").split("<page ")[1:]
    assert len(pages) <= 20
    box = 'xMin="(.*)" yMin="(.*)" xMax="(.*)" yMax="(.*)">(.*)</word>'
    for page in pages:
        width, height = (
            float(re.findall(f'{name}="(.*?)"', page)[0]) for name in ("width", "height")
        )
        words = [(*map(float, match[:4]), match[4]) for match in re.findall(box, page)]
        words.sort(key=lambda word: word[1])
        for rank, (left, top, right, bottom, text) in enumerate(words):
            assert 0 < left < right < width, text
            assert 0 < top < bottom < height, text
            if text == "eligible":  # 3.112 times as wide as its letters are high, in Arial
                assert (right - left) / 3.112 >= SMALLEST_PRINT
            for other in words[rank + 1 : rank + 60]:
                covered = min(right, other[2]) - max(left, other[0])
                assert covered < 1 or other[1] - top > (bottom - top) / 2, (text, other)


def test_a_column_of_too_many_values_is_no_column_to_count_by(folder: Path) -> None:
    rows = "".join(f"n{number};21\n" for number in range(201))
    (folder / "liste.csv").write_text("nom;âge\n" + rows, "utf-8")
    done = batch("liste.csv", "-o", "out.csv", "--by", "nom")
    assert (done.returncode, "200" in done.stderr) == (2, True)
    assert not (folder / "out.csv").exists()
    assert batch("liste.csv", "--by", "age").returncode == 0
    assert batch("liste.csv", "--by", "prénom").returncode == 2


@PROCESS
@POSIX
def test_a_file_name_that_is_no_text(folder: Path) -> None:
    (folder / os.fsdecode(b"\xff.csv")).write_text(INVALID, "utf-8")
    done = shell("ami batch $'\\xff.csv' -o out.csv --summary-json s.json")
    assert done.returncode == 4
    assert b"\\udcff.csv" in done.stderr
    assert json.loads((folder / "s.json").read_text("utf-8"))["input"] == "\udcff.csv"
    shown = shell("ami batch $'\\xff.csv' -o $'\\xfe.csv' --summary-json - -q")
    assert (shown.returncode, shown.stderr) == (4, b"")
    assert json.loads(shown.stdout)["output"] == "\udcfe.csv"
    assert b"\xc2\xab" in shell("ami batch $'\\xfd.csv'").stderr


MARKS = {"fr": "EXEMPLE (à remplacer)", "en": "EXAMPLE (to be replaced)"}


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("name", ["m.csv", "m.xlsx"])
def test_a_template_filled_in_is_judged_and_its_example_is_not(
    folder: Path, name: str, lang: str
) -> None:
    done = batch("--template", name, "--lang", lang)
    assert (done.returncode, done.stdout) == (0, "")
    assert batch("--template", name).returncode == 2
    assert batch(name, "-o", "example.csv", "--lang", lang).returncode == 4
    (row,) = csv.DictReader(
        (folder / "example.csv").read_text("utf-8-sig").splitlines(), delimiter=";"
    )
    assert (row["ami_verdict"], row["ami_total"]) == ("invalid", "")
    assert row["ami_errors"] == words_of(lang)("rows.example")
    if name == "m.xlsx":
        book = openpyxl.load_workbook(folder / name)
        book.active["A2"] = "Zoé"
        book.save(folder / name)
    else:
        text = (folder / name).read_text("utf-8")
        assert MARKS[lang] in text
        (folder / name).write_text(text.replace(MARKS[lang], "Zoé"), "utf-8")
    judged = batch(name, "--lang", lang)
    assert judged.returncode == 0, judged.stderr
    (row,) = csv.DictReader(judged.stdout.removeprefix("\ufeff").splitlines(), delimiter=";")
    assert row["ami_verdict"] == "eligible"
    assert len(row) == 1 + len(FIELDS) + len(RESULTS)
    assert "Sans colonne" not in judged.stderr
    for title in [title for title in row if not title.startswith("ami_")]:
        assert f"  {title}" in done.stderr
    assert not re.search(r"\b(tu|ton|ta|tes|your?)\b", done.stderr.replace("your own", ""))
    assert batch("--template", name, "--force").returncode == 0


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl", "parquet"])
def test_the_example_row_is_known_in_every_format(folder: Path, form: str) -> None:
    rows = [("EXEMPLE (à remplacer) ", "21"), ("D1", "21"), (None, "22")]
    frame = pl.DataFrame(rows, schema=["Dossier", "âge"], orient="row")
    path = folder / f"liste.{form}"
    match form:
        case "csv":
            frame.write_csv(path, separator=";")
        case "jsonl":
            frame.write_ndjson(path)
        case "parquet":
            frame.write_parquet(path)
        case _:
            frame.write_excel(path)
    assert batch(path.name, "-o", "out.csv").returncode == 4
    rows_out = csv.DictReader(
        (folder / "out.csv").read_text("utf-8-sig").splitlines(), delimiter=";"
    )
    verdicts = [row["ami_verdict"] for row in rows_out]
    assert verdicts == ["invalid", "undetermined", "undetermined"]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_template_has_lists_and_cells_of_dates(folder: Path, lang: str) -> None:
    assert batch("--template", "m.xlsx", "--lang", lang).returncode == 0
    students, legend = openpyxl.load_workbook(folder / "m.xlsx").worksheets
    headers = [cell.value for cell in students[1]]
    assert [cell.value for cell in legend["A"]][1 : len(headers) + 1] == headers
    words_read = {row[0]: row[1] for row in legend.iter_rows(len(headers) + 4, values_only=True)}
    assert "sms" in str(words_read["type_séjour" if lang == "fr" else "stay"])
    assert str(words_read["oui"]).startswith("oui, o, yes")
    start = headers.index("début" if lang == "fr" else "start")
    assert students[2][start].is_date
    rules = {
        next(iter(rule.sqref.ranges)).min_col - 1: rule
        for rule in students.data_validations.dataValidation
    }
    assert rules[start].type == "date"
    lists = 0
    for rank, answer in enumerate(FIELDS, 1):
        rule = rules[rank]
        assert rule.promptTitle == headers[rank]
        if rule.type == "list" and rule.formula1.startswith('"'):
            lists += 1
            accepted = [read(answer.name, word) for word in rule.formula1.strip('"').split(",")]
            options = answer.options or (True, False)
            assert accepted == list(options)  # each option, in words that are read as it
    assert lists == sum(answer.kind in (Kind.YES_NO, Kind.CHOICE) for answer in FIELDS)
    page = students.page_setup
    assert (page.orientation, page.paperSize, page.fitToWidth) == ("landscape", 9, 2)
    assert (students.print_title_rows, students.print_title_cols) == ("$1:$1", "$A:$A")
    assert students["A2"].font.i
    assert legend.page_setup.orientation == "portrait"
    last = max(cell.row for cell in legend["B"] if cell.value)
    assert legend.print_area == f"'{legend.title}'!$A$1:$B${last}"
    widths = [legend.column_dimensions[name].width for name in "AB"]
    for line in range(2, last + 1):  # no text is cut
        lines = max(
            map(line_count, (legend.cell(line, 1).value or "", legend.cell(line, 2).value), widths)
        )
        assert legend.row_dimensions[line].height >= 12 * lines
    names = [cell.value for cell in legend["D"] if cell.value][1:]
    assert sorted(read("destination", name) for name in names) == sorted(COUNTRIES)


def test_a_template_on_stdout(folder: Path) -> None:
    done = batch("--template", "-", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("\ufeffdossier;date_naissance;")
    assert not (folder / "-").exists()
    assert batch("-", stdin=done.stdout.replace(MARKS["fr"], "D1")).returncode == 0


# --- terminals, locales --------------------------------------------------------------------------


@pytest.mark.parametrize("columns", ["40", "80"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_narrow_terminals(columns: str, lang: str) -> None:
    env = {"COLUMNS": columns}
    for arguments in (("in.csv",), ("invalid.csv",)):
        stderr = batch(*arguments, "--lang", lang, env=env).stderr
        assert max(len(line) for line in stderr.splitlines()) <= int(columns)


def test_plain_has_no_bar_and_no_escape() -> None:
    for flags, env in ((("--plain",), {}), ((), {"TERM": "dumb"}), (("--color", "never"), {})):
        stderr = batch("invalid.csv", *flags, env=env).stderr
        assert "\x1b" not in stderr
        assert ("█" in stderr) is ("--color" in flags)
    assert "\x1b[" in batch("invalid.csv", "--color", "always").stderr
    assert "\x1b" not in batch("invalid.csv", "--color", "always").stdout


@PROCESS
def test_output_is_the_same_bytes_in_every_locale(folder: Path) -> None:
    results = set()
    for lang, zone, io, columns in (
        ("C", "UTC", "ascii", "40"),
        ("fr_FR.UTF-8", "Pacific/Kiritimati", "cp1252", "80"),
        ("tr_TR.UTF-8", "Pacific/Pago_Pago", "latin-1", ""),
    ):
        env = {"LANG": lang, "TZ": zone, "PYTHONIOENCODING": io, "COLUMNS": columns}
        line = f"ami batch invalid.csv --lang fr {' '.join(DAY)} --color always"
        results.add(shell(line, **env).stdout)
        shell(f"{line} -o out.csv --force", **env)
        results.add((folder / "out.csv").read_bytes())
    results.add(batch("invalid.csv", env={"HOME": "/nonexistent"}).stdout.encode())
    assert len(results) == 1


@PROCESS
def test_a_batch_runs_without_home_and_temporary_folder() -> None:
    bare = {"PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [AMI, "batch", "in.csv", *DAY], env=bare, capture_output=True, timeout=LIMIT, check=False
    )
    assert (done.returncode, done.stdout) == (0, batch("in.csv").stdout.encode())
    lost = ami_process(
        "batch", "in.csv", *DAY, env={"TMPDIR": "/nonexistent", "HOME": "/nonexistent"}
    )
    assert lost.stdout == batch("in.csv").stdout


@PROCESS
@POSIX
def test_the_bar_on_a_terminal_is_removed_at_the_end(folder: Path, big: Path) -> None:
    command_line = [AMI, "batch", str(big), "-o", "out.csv", "--lang", "fr", *DAY]
    with Terminal(command_line, columns=80, rows=40) as terminal:
        assert terminal.end() == 0
        screen = on_one_line(" ".join(terminal.everything()))
        assert b"par seconde" in terminal.raw
        assert "par seconde" not in screen
        assert "250 000" in screen
        assert terminal.cursor_is_shown()
        assert terminal.modes_are_restored()


@PROCESS
@POSIX
def test_ctrl_c_on_a_terminal(folder: Path, big: Path) -> None:
    command_line = [AMI, "batch", str(big), "-o", "out.csv", "--lang", "fr", *DAY]
    with Terminal(command_line) as terminal:
        terminal.wait_until(lambda: bool(list(folder.glob(".out.csv*"))), "a part")
        terminal.send(CTRL_C)
        assert terminal.end() == -signal.SIGINT
        assert terminal.cursor_is_shown()
        assert terminal.modes_are_restored()
        assert b"Traceback" not in terminal.raw
    assert left_over(folder) == []
    assert not (folder / "out.csv").exists()


def test_progress_without_a_terminal_is_plain_lines(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "rows.csv").write_text(HEAD + "\n" + (ROW + "\n") * 50, "utf-8")
    monkeypatch.setattr("ami_cli.views.progress.LINE_INTERVAL", 0.0)
    monkeypatch.setattr("ami_cli.batch.formats.text.BLOCK", 1000)
    code, _, stderr = run("rows.csv", "-o", "out.csv")
    assert code == 0
    stderr = on_one_line(stderr)
    parts = [int(part) for part in re.findall(r"dossiers \((\d+) %\), [\d ]+ par seconde", stderr)]
    assert parts == sorted(parts)
    assert len(parts) > 2
    assert parts[-1] == 100


# --- what stays quiet ----------------------------------------------------------------------------


def test_a_million_bad_rows_are_told_in_a_few_lines(folder: Path) -> None:
    (folder / "bad.csv").write_text("âge;nom\n" + "?!;Zoé\n" * 1_000_000, "utf-8")
    done = batch("bad.csv", "-o", "out.csv", "--only", "nom")
    assert done.returncode == 4
    assert len(done.stderr.encode()) < 64 * 1024
    assert done.stderr.count("bad.csv:") == 1
    assert "1 000 000 lignes" in on_one_line(done.stderr)
    assert (folder / "out.csv").read_bytes().count(b"\n") == 1_000_001


SECRETS = ("Xavière", "31/04/2005", "Zzyzx", "42e", "boursouflée", "Qwghlm")


def test_no_value_of_a_student_is_told(folder: Path) -> None:
    header = "nom;date_naissance;handicap;bourse;échelon;établissement"
    row = ";".join(SECRETS)
    contents = (
        f"{header}\n{row}\n",
        f"{header}\n{row};{row}\n",
        f'{header}\n"{row}\n',
        f'{header}\n"{SECRETS[0]}"{row}\n',
        f"{header}\n{row[:20]}\n",
        f"{row}\n{row}\n",
        f"{SECRETS[0]};{SECRETS[0]};{SECRETS[0]}\n",
        f"{header}\n{row}\0\n",
        f'[{{"nom": "{SECRETS[0]}", "age": 21}}]',
        f"{header}\nTotal {row}\n",
    )
    for content in contents:
        for name in ("a.csv", "a", "a.xlsx", "a.jsonl"):
            (folder / name).write_text(content, "utf-8")
            for flags in ((), ("--debug",), ("--encoding", "ascii"), ("--only", "nom")):
                code, _, stderr = run(name, *flags)
                assert code != 1, (content, stderr)
                assert not [secret for secret in SECRETS if secret in stderr], (content, stderr)
            (folder / "s.json").unlink(missing_ok=True)
            if run(name, "-o", "out.csv", "--force", "--summary-json", "s.json")[0] == 4:
                summary = (folder / "s.json").read_text("utf-8")
                assert not [secret for secret in SECRETS if secret in summary]


@PROCESS
@POSIX
@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_a_panic_of_polars_is_one_line_without_values(folder: Path, name: str) -> None:
    """A panic is no Exception, and its message, which polars writes to descriptor 2 itself, holds
    the cells of a student."""
    program = """
import os, sys
import polars
from ami_cli.batch import run
from ami_cli.main import main
def panic(*arguments):
    os.write(2, b"thread panicked: Zoe")
    raise polars.exceptions.PanicException("Zoe")
run.Judge.judged = panic
sys.exit(main(sys.argv[1:]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, "batch", "in.csv", "-o", name, "-q"],
        capture_output=True,
        env=PLAIN_ENV,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 2
    assert b"PanicException" in done.stderr
    assert b"Zoe" not in done.stderr
    assert left_over(folder) == []


def test_want_of_memory_is_an_unreadable_input(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr("ami_cli.batch.run.Judge.judged", exhausted)
    done = batch("in.csv", "-o", "out.csv")
    assert (done.returncode, left_over(folder)) == (3, [])
    assert "mémoire" in done.stderr


@pytest.mark.parametrize("moment", ["opened", "read", "chunk"])
def test_an_input_whose_reading_fails_is_exit_3(
    folder: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def fails(*arguments: object, **options: object) -> Any:
        raise OSError(5, "Zoe")

    place = {
        "opened": "ami_cli.batch.inputs.open_input",
        "read": "ami_cli.batch.tables.source_of",
        "chunk": "ami_cli.batch.formats.csv.CsvSource.chunks",
    }
    monkeypatch.setattr(place[moment], fails)
    done = batch("in.csv", "-o", "out.csv")
    assert (done.returncode, left_over(folder)) == (3, [])
    assert "in.csv" in done.stderr
    assert "Zoe" not in done.stderr


@PROCESS
def test_a_table_on_a_terminal_commands_nothing(folder: Path) -> None:
    (folder / "esc.csv").write_text("age;x\n21;\x1b[31mowned\x07\n", "utf-8")
    with Terminal([AMI, "batch", "esc.csv", "-q"], columns=200) as terminal:
        terminal.wait_for("\\u001b[31mowned\\u0007")
        terminal.end()


def test_no_text_of_the_command_line_is_told_raw(folder: Path) -> None:
    for option in ("--encoding=utf\x1b8", "--sheet=\x1b[31m", "--only=\x1b[31m", "--map=\x1b=x"):
        done = batch("in.csv", option)
        assert "\x1b" not in done.stderr
        assert "u001b" in done.stderr


@pytest.mark.parametrize(
    "place",
    [
        "ami_cli.batch.judge.Judge.judged",
        "ami_cli.batch.formats.csv.CsvSink.write",
        "ami_cli.batch.formats.csv.CsvSource.chunks",
        "ami_cli.commands.batch.summary_text",
    ],
)
def test_a_bug_in_mid_batch_tells_no_value(
    folder: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def break_down(*arguments: object, **options: object) -> None:
        raise RuntimeError("/".join(("12", "03", "2005")))

    monkeypatch.setattr(place, break_down)
    for flags in ((), ("--debug",)):
        code, out, stderr = run("in.csv", "-o", "out.csv", "--force", *flags)
        assert (code, out) == (1, "")
        assert "RuntimeError" in stderr
        assert "12/03/2005" not in stderr
        assert ("test_batch.py" in stderr) is bool(flags)
        assert left_over(folder) == []
        assert (folder / "out.csv").exists() is place.endswith("summary_text")


WITHOUT_POLARS = """
import json, sys
sys.modules.update(dict.fromkeys(("polars", "openpyxl", "xlsxwriter")))
from tests.runner import ami
runs = [ami(*line) for line in json.load(sys.stdin)]
print(json.dumps([[run.returncode, run.stdout, run.stderr] for run in runs]))
"""


@PROCESS
def test_without_its_extra_it_says_how_to_install_it() -> None:
    codes = {("fr", "--plain"): 2, ("en", "-q"): 2, ("fr", "--help"): 0}
    lines = [
        ["batch", *arguments, "--lang", lang, flag]
        for arguments in ([], ["in.csv"], ["--template", "m.csv"], ["absent.csv"], ["-"])
        for lang, flag in codes
    ]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_POLARS],
        env={**PLAIN_ENV, "PYTHONPATH": str(HERE.parent)},
        input=json.dumps(lines).encode(),
        capture_output=True,
        timeout=LIMIT,
        check=True,
    )
    for line, (code, out, stderr) in zip(lines, json.loads(done.stdout), strict=True):
        assert code == codes[line[-2], line[-1]], (line, stderr)
        if code:
            assert out == ""
            assert "pipx inject ami-cli polars" in stderr
            assert stderr.count("\n") == 2
