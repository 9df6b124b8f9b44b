"""Runs the two commands of the README on machines that differ: `make machines [CASES=cheap]`.

Every case is a new clone of the last commit in a folder of its own, with nothing installed in it.
One thing differs from case to case: pip, path, locale, user, umask, time zone, clock, line ends,
an index that has newer releases than the locks. The table at the end tells what passed.
"""

import argparse
import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LATIN_1 = "fr_FR.ISO-8859-1"
NOBODY = 65534  # the user of the case that is not root
LONGEST = 1800  # seconds until a case has failed
RUN, QUICK, TEST, SETUP = "run", "quick", "test", ".venv/.development"
# How the last row of the small batch begins, with which `make run` ends where no terminal is.
LAST_OF_RUN = "\nA-108;"


class Case(NamedTuple):
    """One machine: what it is called, what is run there, and what differs."""

    name: str
    goals: tuple[str, ...]
    folder: str = "clone"
    env: dict[str, str] = {}  # noqa: RUF012 (never changed)
    pip: str | None = None
    umask: int = 0o022
    user: bool = False
    clock: str | None = None
    config: tuple[str, ...] = ()
    newer: bool = False


# What CI runs: the things that broke a new machine before, in one clone.
CHEAP = (
    Case(
        "pip 23.0.1, newer releases, spaces and accents, core.autocrlf=true, umask 077",
        (RUN,),
        folder="l'été à Orléans",
        pip="23.0.1",
        umask=0o077,
        config=("core.autocrlf=true",),
        newer=True,
    ),
)
FULL = (
    *(
        Case(f"pip {pip}", (RUN, SETUP), pip=pip, newer=True)
        for pip in ("23.0.1", "23.2.1", "newest")
    ),
    Case(
        "spaces and accents, not root, umask 077, a locale that is not there, TZ=Pacific/Auckland",
        (RUN, TEST),
        folder="l'été à Orléans",
        env={"LC_ALL": "xx_XX.UTF-8", "LANG": "xx", "TZ": "Pacific/Auckland"},
        umask=0o077,
        user=True,
    ),
    Case("core.autocrlf=true", (RUN, QUICK), config=("core.autocrlf=true",)),
    Case("an accent in the path, a Latin-1 locale", (RUN,), folder="été", env={"LC_ALL": LATIN_1}),
    Case("clock at 2027-03-01", (TEST,), clock="2027-03-01"),
    Case("clock at 2027-09-02", (TEST,), clock="2027-09-02"),
    Case("clock at 2028-02-29", (TEST,), clock="2028-02-29"),
)


def main() -> int:
    """Run the cases asked for; the exit code is 1 when one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="?", default="all", help="all, cheap, or a part of a name")
    wanted = parser.parse_args().cases
    named = {"all": FULL, "cheap": CHEAP}
    cases = named.get(wanted) or [case for case in FULL if wanted in case.name]
    rows = []
    for case in cases:
        for goal, passed, seconds in outcomes(case):
            rows.append((case.name, goal, passed, seconds))
            word = "passed" if passed else "FAILED"
            print(f"{word}  {seconds:5.0f} s  make {goal:<5}  {case.name}", flush=True)
    return 0 if rows and all(passed for _, _, passed, _ in rows) else 1


def outcomes(case: Case) -> list[tuple[str, bool, float]]:
    """Run the goals of a case in a new clone; gives each with its success and its seconds."""
    with tempfile.TemporaryDirectory(prefix="ami-machines-") as place:
        Path(place).chmod(0o777 if case.user else 0o700)
        clone = Path(place, case.folder)
        config = [part for setting in case.config for part in ("--config", setting)]
        run = runner(case, clone)
        clone_command = ["git", "clone", "--quiet", *config, f"file://{ROOT}", str(clone)]
        subprocess.run(clone_command, umask=case.umask, check=True)
        copy_originals(clone)
        if case.user and os.getuid() == 0:
            subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", place], check=True)
        if case.pip is not None:
            version = "pip" if case.pip == "newest" else f"pip=={case.pip}"
            run([sys.executable, "-m", "venv", ".venv"], clone)
            run([".venv/bin/python", "-m", "pip", "install", "-qq", "--upgrade", version], clone)
        results = []
        for goal in case.goals:
            begun = time.monotonic()
            results.append((goal, passes(case, goal, run, clone), time.monotonic() - begun))
        return results


Runner = Callable[[list[str], Path], "subprocess.CompletedProcess[str]"]


def passes(case: Case, goal: str, run: Runner, clone: Path) -> bool:
    """Whether one goal does what the README says."""
    if case.clock is not None:
        # The clock moves once all is installed: an index is not believed by a machine of 2028.
        if failed(run(["make", SETUP], clone)):
            return False
        # Days ahead, because Python's sleep does not end under a clock that stands elsewhere.
        days = (date.fromisoformat(case.clock) - date.today()).days  # noqa: DTZ011
        pytest = [".venv/bin/python", "-m", "pytest", "-n", "auto", "--dist", "worksteal", "-q"]
        return not failed(run(["faketime", "-f", f"+{days}d", *pytest], clone))
    done = run(["make", goal], clone)
    said = done.stdout if goal != RUN or LAST_OF_RUN in done.stdout else None
    leftovers = run(["git", "status", "--porcelain"], clone).stdout
    if leftovers:
        print(f"{case.name}: make {goal} changed the clone:\n{leftovers}")
    return not failed(done) and said is not None and not leftovers


def failed(done: "subprocess.CompletedProcess[str]") -> bool:
    """Whether a command failed; its last lines are shown then."""
    if done.returncode:
        print("\n".join((done.stdout + done.stderr).splitlines()[-40:]))
    return done.returncode != 0


def runner(case: Case, clone: Path) -> Runner:
    """Give what runs a command as the user of a case, in its environment and without a terminal."""
    home = clone.parent / "home"
    home.mkdir(mode=0o777)
    home.chmod(0o777)
    kept = ("PATH", "LANG", "PIP_CERT", "SSL_CERT_FILE", "PIP_INDEX_URL", "PYENV_ROOT")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    env |= {"HOME": str(home), "PIP_NO_CACHE_DIR": "1", **case.env}
    if case.newer:
        env["PIP_FIND_LINKS"] = str(newer_releases(clone.parent / "newer"))
    if case.env.get("LC_ALL") == LATIN_1:
        locales = clone.parent / "locales"
        locales.mkdir()
        made = ["localedef", "-i", "fr_FR", "-f", "ISO-8859-1", str(locales / LATIN_1)]
        subprocess.run(made, check=True, capture_output=True)
        env["LOCPATH"] = str(locales)
    before: list[str] = []
    if case.user and os.name == "posix" and os.getuid() == 0:
        before = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]

    def run(command: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*before, *command],
            cwd=folder,
            env=env,
            umask=case.umask,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LONGEST,
            check=False,
        )

    return run


def newer_releases(folder: Path) -> Path:
    """Make a release 9999 of every locked library: what an index may hold one day."""
    folder.mkdir()
    locked = (ROOT / "requirements" / "development.txt").read_text("utf-8")
    for name in re.findall(r"^([a-z0-9._-]+)==", locked, re.MULTILINE):
        module = re.sub(r"[-.]", "_", name)
        info = f"{module}-9999.dist-info"
        files = {
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 9999\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        with zipfile.ZipFile(folder / f"{module}-9999-py3-none-any.whl", "w") as wheel:
            record = ""
            for path, text in files.items():
                wheel.writestr(path, text)
                digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
                record += f"{path},sha256={digest.decode().rstrip('=')},{len(text)}\n"
            wheel.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return folder


def copy_originals(clone: Path) -> None:
    """Put the originals beside the clone where they are beside this one, as CI does."""
    originals = ROOT.parent / "shared"
    if originals.is_dir():
        shutil.copytree(originals, clone.parent / "shared")


if __name__ == "__main__":
    sys.exit(main())
