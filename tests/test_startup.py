"""What starts must stay light: heavy libraries are loaded by the command that needs them."""

import subprocess
import sys

import pytest

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
