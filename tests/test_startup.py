"""What starts must stay light: heavy libraries are loaded by the command that needs them."""

import pydoc
import subprocess
import sys
from pathlib import Path

import pytest

import ami_cli
from tests.conftest import HERE
from tests.runner import LIMIT, PLAIN_ENV
from tests.students import COMPLETE

pytestmark = pytest.mark.process
HEAVY = ("pydantic", "rich", "questionary", "prompt_toolkit", "polars", "icalendar", "jinja2")


def loaded(*arguments: str) -> set[str]:
    """The modules in memory when a command ends."""
    code = (
        "import sys; from ami_cli.__main__ import run; from ami_cli.main import main\n"
        "code = main(sys.argv[1:])\n"
        "print('\\n'.join(sys.modules), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=PLAIN_ENV,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT,
        check=True,
    )
    return {name.partition(".")[0] for name in done.stderr.decode().split()}


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", *COMPLETE, "--json"),
        ("check", "--json"),
        ("check", "--answers", str(HERE / "dossier.json"), "--json"),
        ("--help",),
        ("check", "--help"),
        ("--version",),
        ("rules", "--json"),
        (),
    ],
    ids=" ".join,
)
def test_commands_without_prompts_load_no_heavy_library(arguments: tuple[str, ...]) -> None:
    assert loaded(*arguments) & set(HEAVY) == set()


def test_rich_is_loaded_for_a_printed_result() -> None:
    assert "rich" in loaded("check", *COMPLETE)


ANALYSIS = """
from collections.abc import Iterator
from datetime import date
import polars as pl
import pyarrow as pa
from ami_cli import Answers, Assessment, InvalidAnswers, RESULT_DDL, RESULT_SCHEMA
from ami_cli import assess, assess_batches, assess_frame, doubted_columns, report

today = date(2026, 11, 23)
try:
    student: Assessment = assess(Answers(age=21, echelon="5"), today=today)
except InvalidAnswers as error:
    print(error.problems[0].code)
verdict: str = report(student, "fr")["verdict"]
missing: tuple[str, ...] = student.missing
frame: pl.DataFrame = assess_frame(pl.DataFrame({"age": [21]}), today=today, lang="en")
lazy: pl.LazyFrame = assess_frame(frame.lazy(), today=today, columns={"age": "-"})
batches: Iterator[pa.RecordBatch] = assess_batches(iter([]), today=today, doubted={"start"})
doubted: frozenset[str] = doubted_columns(frame)
ddl: str = RESULT_DDL + str(RESULT_SCHEMA)
Answers(age="21")
report(student)["verdct"]
assess_frame({"age": [21]}, today=today)
"""


def test_a_script_of_a_user_is_typed(tmp_path: Path) -> None:
    """The last three lines are wrong, and told; the settings are those of `make test`, strict."""
    script = tmp_path / "analysis.py"
    script.write_text(ANALYSIS, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", str(script)],
        cwd=HERE.parent,
        env=PLAIN_ENV,
        capture_output=True,
        timeout=LIMIT,
        check=False,
        text=True,
    )
    lines = [line.split(":")[1] for line in done.stdout.splitlines() if ": error:" in line]
    count = len(ANALYSIS.splitlines())
    assert lines == [str(count - 2), str(count - 1), str(count)], done.stdout


def test_the_help_of_the_library_names_what_is_public() -> None:
    """Python's own help, as in a notebook; the names that it completes are those of `dir`."""
    shown = pydoc.plain(pydoc.render_doc(ami_cli))
    for name in ("assess_frame", "assess_batches", "Judge a table of students", "verdict"):
        assert name in shown


def test_the_library_needs_the_standard_library_only() -> None:
    code = (
        "import sys; import ami_cli; from datetime import date\n"
        "ami_cli.assess(ami_cli.Answers(age=21), today=date(2026, 11, 23))\n"
        "print('\\n'.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=PLAIN_ENV, capture_output=True, check=True, timeout=LIMIT
    )
    tops = {name.partition(".")[0] for name in done.stdout.decode().split()}
    assert tops & {*HEAVY, "typer"} == set()
