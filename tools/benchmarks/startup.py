"""Start-up of `ami`, beside a bare interpreter and beside `import typer`, in one run.

Every command is started in turn, round after round, and the ratio of the medians is printed:
what the machine does meanwhile weighs on all alike. Budget: `check --json` with flags at most 7
times the bare interpreter, with `--answers` at most 9 times, and a lookup of a school or a commune
at most 1.5 times `check --json`. The installed package is measured.

    python -m tools.benchmarks.startup [ROUNDS]
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = str(ROOT / "tests" / "dossier.json")
AMI = [str(Path(sys.executable).with_name("ami"))]
CHECK = [
    *["check", "--age", "21", "--no-disability", "--echelon", "6", "--establishment", "public"],
    *["--start", "2027-01-15", "--end", "2027-06-20", "--today", "2026-11-23"],
]
YARDSTICK, COMMAND = "bare interpreter", "ami check --json"
BUDGET = {COMMAND: 7.0, "--answers": 9.0}
# A lookup, as a ratio to COMMAND.
MOST_LOOKUP = 1.5
LOOKUPS = ("--school", "--commune", "both names", "ami schools --json")

COMMANDS = {
    YARDSTICK: [sys.executable, "-c", "pass"],
    "import typer": [sys.executable, "-c", "import typer"],
    COMMAND: [*AMI, *CHECK, "--json"],
    "--answers": [*AMI, "check", "--answers", DOCUMENT, "--json", "--today", "2026-11-23"],
    "--school": [*AMI, *CHECK, "--json", "--school", "fac de lyon 2"],
    "--commune": [*AMI, *CHECK, "--json", "--commune", "Ambert"],
    "both names": [*AMI, *CHECK, "--json", "--school", "Lyon 1", "--commune", "st denis (93)"],
    "ami schools --json": [*AMI, "schools", "lyon", "--json"],
    "ami check": [*AMI, *CHECK],
    "ami --version": [*AMI, "--version"],
    "ami check --help": [*AMI, "check", "--help"],
    "ami rules --json": [*AMI, "rules", "--json"],
}


def seconds(command: list[str], env: dict[str, str]) -> float:
    """How long one run takes, from the start of the process to its end."""
    begin = time.perf_counter()
    subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def main(rounds: int) -> int:
    """Print each median and its ratio; 1 when a budget is exceeded."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, command in COMMANDS.items():
            taken[name].append(seconds(command, env))
    bare = statistics.median(taken[YARDSTICK])
    print(f"start-up, median of {rounds} paired runs, Python {sys.version.split()[0]}")
    exceeded = 0
    for name, times in taken.items():
        median = statistics.median(times)
        budget = BUDGET.get(name)
        over = budget is not None and median / bare > budget
        exceeded |= over
        limit = f"  (budget {budget}{', EXCEEDED' if over else ''})" if budget else ""
        if name in LOOKUPS:
            ratio = median / statistics.median(taken[COMMAND])
            over = ratio > MOST_LOOKUP
            exceeded |= over
            limit = (
                f"  {ratio:.2f} x {COMMAND} (budget {MOST_LOOKUP}{', EXCEEDED' if over else ''})"
            )
        print(f"  {name:18} {median * 1000:7.1f} ms  {median / bare:5.2f} x{limit}")
    return int(exceeded)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 25))
