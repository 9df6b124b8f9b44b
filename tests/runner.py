"""Run `ami` as a person's shell does: a real process, its streams and its exit code."""

import os
import subprocess
import sys
from pathlib import Path

AMI = str(Path(sys.executable).with_name("ami"))
DAY = ("--today", "2026-11-23")

# The environment of a test says nothing of the machine it runs on.
_KEPT = ("PATH", "HOME", "SYSTEMROOT")
PLAIN_ENV = {name: os.environ[name] for name in _KEPT if name in os.environ}
# Measuring what a process covers takes as long as the process; so it is done where nothing but
# processes would cover it: on terminals, and once for each command.
_COVERAGE = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
COVERED_ENV = PLAIN_ENV | {name: os.environ[name] for name in _COVERAGE if name in os.environ}


def ami(
    *arguments: str, env: dict[str, str] | None = None, stdin: str | bytes | None = None
) -> subprocess.CompletedProcess[str]:
    """One run without a terminal, in French; `env` is added to a bare environment."""
    content = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [AMI, *arguments],
        input=b"" if content is None else content,
        capture_output=True,
        env={**PLAIN_ENV, "LANG": "fr_FR.UTF-8", "PYTHONUTF8": "1", **(env or {})},
        timeout=30,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )
