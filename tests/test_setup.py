"""The two commands, the locks and the package: what a new clone needs, and nothing else."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from ami_cli import __version__
from tests.conftest import HERE

ROOT = HERE.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def locked(name: str) -> dict[str, str]:
    """Names and versions of a lock file."""
    text = (ROOT / "requirements" / name).read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["runtime.txt", "development.txt"])
def test_locks_hold_versions_and_hashes_and_no_address(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text("utf-8")
    assert "://" not in text
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[a-z0-9._-]+==\S+", block), block
        assert "--hash=sha256:" in block, block


def test_locks_are_in_step_with_the_project() -> None:
    runtime, development = locked("runtime.txt"), locked("development.txt")
    assert runtime.items() <= development.items()
    direct = PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]
    for line in direct:
        wanted = Requirement(line)
        assert wanted.specifier.contains(runtime[wanted.name.lower().replace("_", "-")]), line
    for line in PROJECT["dependency-groups"]["dev"]:
        wanted = Requirement(line)
        assert wanted.specifier.contains(development[wanted.name.lower().replace("_", "-")]), line


@pytest.mark.process
def test_no_registry_and_no_address_book_is_tracked() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    )
    files = [name for name in listing.stdout.split("\0") if name]
    if not files:
        pytest.skip("not a git checkout: nothing says which files are tracked")
    assert not [name for name in files if re.search(r"(uv|poetry|pylock.*)\.(lock|toml)$", name)
                and name != "pyproject.toml"]  # fmt: skip
    host = re.compile(r"py" + r"pi\.org|python" + r"hosted\.org")
    for name in files:
        path = ROOT / name
        if path.is_file():
            assert not host.search(path.read_text("utf-8", errors="replace")), name


def test_ci_calls_make_test_and_can_be_run() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text("utf-8").startswith("#!/usr/bin/env bash\n")
    assert "make test" in script.read_text("utf-8")


def test_every_library_is_named_in_the_readme_with_its_use() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for line in PROJECT["project"]["dependencies"]:
        assert f"| {Requirement(line).name}" in readme


def test_a_wheel_holds_the_words_and_the_law(tmp_path: Path) -> None:
    import zipfile

    from flit_core import buildapi

    with pytest.MonkeyPatch.context() as here:
        here.chdir(ROOT)
        name = buildapi.build_wheel(str(tmp_path))
    assert name.startswith(f"ami_cli-{__version__}-")
    with zipfile.ZipFile(tmp_path / name) as wheel:
        held = set(wheel.namelist())
        entry = wheel.read(f"ami_cli-{__version__}.dist-info/entry_points.txt").decode()
    needed = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "ami_cli").rglob("*")
        if path.suffix in (".py", ".toml")
    }
    assert needed <= held
    assert not [name for name in held if name.startswith(("tests/", "docs/"))]
    assert "ami=ami_cli.__main__:run" in entry.replace(" ", "")
