"""README and manuals are true: examples run, pictures are the program's, links lead somewhere."""

import contextlib
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ami_cli.cli import command
from ami_cli.words import words_of
from tests.conftest import HERE
from tests.runner import FRENCH_ENV, LIMIT, PLAIN_ENV, ami, path_with_ami
from tools.pictures import (
    ACCEPTED,
    BATCH,
    PAGE,
    accepted_page,
    batch_picture,
    page_example,
    readme_with_results,
)

ROOT = HERE.parent
MANUALS = {
    path: path.read_text("utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    if path.name not in (PAGE[0], *ACCEPTED.values())
}
README = MANUALS[ROOT / "README.md"]
BLOCKS = [
    block
    for text in MANUALS.values()
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL)
]
LINES = [line[2:] for block in BLOCKS for line in block.splitlines() if line.startswith("$ ")]
AMI_LINES = [*dict.fromkeys(line for line in LINES if re.search(r"\bami\b", line))]
TWINS = {
    "conseillers.md": "advisers.md",
    "scripts.md": "scripting.md",
    "bibliotheque.md": "library.md",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the examples name, to write beside them."""
    for name in ("docs/dossiers", "docs/exports"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "docs/exports", tmp_path / "exports")
    for name in ("docs/etudiants.csv", "tests/dossier.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run an example in a folder; without a shell where it is one plain command."""
    if is_plain(line):
        with contextlib.chdir(folder):
            return ami(*shlex.split(line)[1:])
    return subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env={
            **FRENCH_ENV,
            "PATH": path_with_ami(),
            "HOME": str(folder),
            "PROFILE": str(folder / "profile.ps1"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT,
        check=False,
        text=True,
        encoding="utf-8",
    )


def is_plain(line: str) -> bool:
    """Say whether a line is `ami` and its arguments, and nothing that a shell is needed for."""
    return line.startswith("ami ") and not set(line) & set("|&;<>$~*\\")


@pytest.mark.parametrize("line", [line for line in AMI_LINES if is_plain(line)])
def test_every_example_runs(line: str, folder: Path) -> None:
    works(line, folder)


@pytest.mark.process
@pytest.mark.parametrize("line", [line for line in AMI_LINES if not is_plain(line)])
def test_every_example_of_a_shell_runs(line: str, folder: Path) -> None:
    if "jq" in line and shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    works(line, folder)


def works(line: str, folder: Path) -> None:
    """Assert that an example gives what it is there to show."""
    done = run(line, folder)
    if written := re.search(r" > (~/)?(\S+?);?( |$)", line):
        assert done.returncode == 0, done.stderr
        assert (folder / written[2]).stat().st_size > 500
        return
    if " batch " in line:
        # One row of the example file is to be corrected; a template or a file may be the result.
        assert done.returncode in (0, 4), done.stderr
        assert done.stdout.strip() or [*folder.glob("verdicts.*"), *folder.glob("modele.*")]
        return
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    kept = re.findall(r"--(?:calendar|report) (\S+)", line)
    assert len(done.stderr.splitlines()) == len(kept)
    for name in kept:
        assert (folder / name).stat().st_size > 1000


@pytest.mark.process
def test_the_examples_of_the_help_run(folder: Path) -> None:
    from ami_cli.words import words_of

    words = words_of("fr")
    for name in ("ami", *command().commands):
        for example, _ in words.list(f"help.{name}.examples"):
            if "$PROFILE" in example:  # for PowerShell: no other shell knows the rest of it
                example = "ami completion powershell"
            done = run(example, folder)
            assert done.returncode in (0, 4) if " batch " in example else done.returncode == 0, (
                example,
                done.stderr,
            )
            for written in folder.glob("verdicts.*"):
                written.unlink()


def python_codes(text: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


@pytest.mark.process
def test_the_python_examples_run(folder: Path) -> None:
    """Those for Spark and Dask run in `tests/engines`."""
    codes = {code for text in MANUALS.values() for code in python_codes(text)}
    assert len(codes) > 4
    for code in codes:
        if "pyspark" in code or "dask" in code:
            continue
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            cwd=folder,
            env=PLAIN_ENV,
            capture_output=True,
            timeout=LIMIT,
            check=False,
        )
        assert b"eligible" in done.stdout, done.stderr


def test_the_two_commands_stand_on_the_first_screen() -> None:
    first = README.split("## Ta première minute")[0]
    assert re.findall(r"^\$ (make \w+)", first, re.MULTILINE) == ["make run", "make test"]
    assert len(first.splitlines()) < 24


def test_every_command_is_shown_and_no_other() -> None:
    tree = command()
    named = {name for line in AMI_LINES for name in re.findall(r"\bami ([a-z]+)\b", line)}
    assert named == set(tree.commands)


def test_every_option_named_exists() -> None:
    tree = command()
    known = {
        flag
        for each in (tree, *tree.commands.values())
        for option in each.params
        for flag in (*option.opts, *option.secondary_opts)
    }
    for path, text in MANUALS.items():
        named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))
        assert named <= known, path.name


def test_the_manuals_have_english_twins_with_the_same_examples() -> None:
    """The same commands, but for the language, in the same order; English may have fewer."""
    for french, english in TWINS.items():
        texts = [MANUALS[ROOT / "docs" / name] for name in (french, english)]
        assert f"({english})" in texts[0]
        assert f"({french})" in texts[1]
        assert python_codes(texts[0]) == python_codes(texts[1])
        commands = [re.findall(r"^\$ \S*.*?(ami \w+)", text, re.MULTILINE) for text in texts]
        assert set(commands[0]) == set(commands[1])


@pytest.mark.process
def test_the_results_in_the_readme_are_what_its_command_lines_show() -> None:
    assert readme_with_results(README) == README, "make docs"
    assert README.count("```text\n✓") == 2


def test_the_picture_of_a_batch_is_what_the_program_shows() -> None:
    assert f"({BATCH[0]})" in MANUALS[ROOT / "docs" / "conseillers.md"]
    made = batch_picture()
    assert (ROOT / "docs" / BATCH[0]).read_text("utf-8") == made, "make docs"
    assert "<script" not in made
    assert re.findall(r"https?://(?!www\.w3\.org/)", made) == []


def test_the_example_page_is_what_the_program_writes() -> None:
    assert f"docs/{PAGE[0]}" in README
    assert (ROOT / "docs" / PAGE[0]).read_text("utf-8") == page_example(), "make docs"


def test_linked_files_exist() -> None:
    for path, text in MANUALS.items():
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (path.parent / target).exists(), (path.name, target)


@pytest.mark.parametrize(("lang", "manual"), [("fr", "conseillers.md"), ("en", "advisers.md")])
def test_the_page_of_words_is_what_the_program_reads(lang: str, manual: str) -> None:
    assert f"({ACCEPTED[lang]})" in MANUALS[ROOT / "docs" / manual]
    page = (ROOT / "docs" / ACCEPTED[lang]).read_text("utf-8")
    assert page == accepted_page(lang), "make docs"
    assert "bourse sur criteres sociaux" in page
    # « 1 » is a yes elsewhere, and an échelon all the same.
    assert all(f"{words_of(lang)('format.colon')}{echelon}, " in page for echelon in "1234567")
