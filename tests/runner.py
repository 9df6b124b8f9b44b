"""Run `ami` in a test: inside the test by default, as a real process where that is tested."""

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from ami_cli.main import main

AMI = str(Path(sys.executable).with_name("ami"))
DAY = ("--today", "2026-11-23")

# The environment of a test says nothing of the machine it runs on; a clock that was set for the
# tests (`make machines`) is that of their processes too.
_KEPT = ("PATH", "HOME", "SYSTEMROOT", "LD_PRELOAD", "FAKETIME")
PLAIN_ENV = {name: os.environ[name] for name in _KEPT if name in os.environ}
# The package is installed, not linked: a process must run the sources that are tested.
PLAIN_ENV["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
FRENCH_ENV = {**PLAIN_ENV, "LANG": "fr_FR.UTF-8", "PYTHONUTF8": "1"}
# Measuring what a process covers takes as long as the process; so it is done where nothing but
# processes would cover it: on terminals, and once for each command.
_COVERAGE = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
COVERED_ENV = PLAIN_ENV | {name: os.environ[name] for name in _COVERAGE if name in os.environ}
AT_START = ("PYTHON", "TZ", "TMPDIR")  # variables that a running interpreter does not look at
LIMIT = 240  # seconds that a process may take, on a busy machine


def ami(
    *arguments: str,
    env: dict[str, str] | None = None,
    stdin: str | bytes | None = None,
    encoding: str = "utf-8",
) -> subprocess.CompletedProcess[str]:
    """Run `ami` inside the test, without a terminal, in French; `env` is added to a bare one.

    The streams are files, because the program asks for their descriptors; `encoding` is that of
    the console. Signals, and what is read when a process starts, need `ami_process`.
    """
    if late := [name for name in env or {} if name.startswith(AT_START)]:
        raise ValueError(f"{late} would change nothing here: run it by ami_process")
    with contextlib.ExitStack() as opened:
        read, out, err = (opened.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        read.write(_bytes_of(stdin))
        read.seek(0)
        streams = {
            name: io.TextIOWrapper(file, encoding=encoding, write_through=True)
            for name, file in (("stdin", read), ("stdout", out), ("stderr", err))
        }
        for name, value in {"argv": ["ami", *arguments], **streams}.items():
            opened.enter_context(mock.patch.object(sys, name, value))
        opened.enter_context(mock.patch.dict(os.environ, {**FRENCH_ENV, **(env or {})}, clear=True))
        opened.enter_context(_own_signals())
        code = main(arguments)
        texts = []
        for stream in (streams["stdout"], streams["stderr"]):
            stream.seek(0)
            # A table is UTF-8 on any console: its bytes can be had back.
            texts.append(stream.buffer.read().decode(stream.encoding, "surrogateescape"))
    return subprocess.CompletedProcess(arguments, code, *texts)


def ami_process(
    *arguments: str, env: dict[str, str] | None = None, stdin: str | bytes | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `ami` as a shell does: a real process, its streams and its exit code."""
    done = subprocess.run(
        [AMI, *arguments],
        input=_bytes_of(stdin),
        capture_output=True,
        env={**FRENCH_ENV, **(env or {})},
        timeout=LIMIT,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )


def shell(line: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of bash that finds `ami` on its PATH."""
    return subprocess.run(
        ["bash", "-c", line],
        capture_output=True,
        env={**FRENCH_ENV, "PATH": path_with_ami(), **env},
        stdin=subprocess.DEVNULL,
        timeout=LIMIT,
        check=False,
    )


def wait_until_blocked(process: subprocess.Popen[bytes]) -> None:
    """Wait until a process sleeps and has used no processor time for 0.4 seconds."""
    if not Path("/proc").exists():
        time.sleep(2)
        return
    deadline = time.monotonic() + LIMIT
    before, since = "", time.monotonic()
    while time.monotonic() < deadline:
        assert process.poll() is None
        state, *fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        used = " ".join(fields[10:12])
        if state != "S" or used != before:
            before, since = used, time.monotonic()
        if time.monotonic() - since > 0.4:
            return
        time.sleep(0.02)
    raise AssertionError("the process never blocked")


def path_with_ami() -> str:
    """Give the PATH of this machine with the tested `ami` first."""
    return os.pathsep.join((str(Path(AMI).parent), PLAIN_ENV["PATH"]))


def _bytes_of(stdin: str | bytes | None) -> bytes:
    return stdin.encode() if isinstance(stdin, str) else stdin or b""


@contextlib.contextmanager
def _own_signals() -> Iterator[None]:
    """Undo what `main` decides about signals, which would outlive the test."""
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_ENGLISH = re.compile(r"\b(the|is|not|no such|value|must|invalid|error|requires|expected)\b", re.I)
_FRENCH = re.compile(
    r"\b(le|la|les|est|une|pas|donne|écris|vérifie|choisis|réponse)\b|[éèàç]", re.I
)


def foreign_words(text: str, lang: str) -> list[str]:
    """Return words of the other language in a message, except in what it quotes."""
    own = re.sub(r"[«“][^»”]*[»”]|--[\w-]+|\bami [a-z]+|[^\s.]+\.\w+|\bhabilité\b", "", text)
    return [match[0] for match in (_ENGLISH if lang == "fr" else _FRENCH).finditer(own)]
