"""The two commands, the locks and the package: what a new clone needs, and nothing else."""

import os
import re
import subprocess
import tarfile
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flit_core import buildapi
from packaging.requirements import Requirement

from ami_cli import __version__
from ami_cli.registers import communes
from ami_cli.words import words_of
from tests.conftest import HERE

ROOT = HERE.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def locked(name: str) -> dict[str, str]:
    """Names and versions of a lock file."""
    text = (ROOT / "requirements" / name).read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["runtime.txt", "development.txt", "engines.txt"])
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
    for group, lock in (("dev", development), ("engines", locked("engines.txt"))):
        for line in PROJECT["dependency-groups"][group]:
            wanted = Requirement(line)
            assert wanted.specifier.contains(lock[wanted.name.lower().replace("_", "-")]), line


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


def tracked(folder: str) -> set[str]:
    """The files of a folder that git tracks."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", folder], cwd=ROOT, capture_output=True, check=False, text=True
    )
    files = {name for name in listing.stdout.split("\0") if name}
    if not files:
        pytest.skip("not a git checkout: nothing says which files are tracked")
    return files


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Path]:
    """Builds a wheel or an sdist from a copy of the tracked files, at another time each."""

    def build(kind: str, copy: int) -> Path:
        clone = tmp_path_factory.mktemp("clone") / "ami"
        for name in sorted(tracked(".")):
            if not (ROOT / name).is_file():
                continue  # deleted, and not yet committed
            target = clone / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
            target.chmod(0o600 if copy else 0o644)
            os.utime(target, (1_700_000_000 + copy,) * 2)
        out = tmp_path_factory.mktemp("built")
        with pytest.MonkeyPatch.context() as here:
            here.chdir(clone)
            here.setenv("SOURCE_DATE_EPOCH", "1700000000")
            builder = buildapi.build_wheel if kind == "wheel" else buildapi.build_sdist
            return out / str(builder(str(out)))

    return build


@pytest.mark.process
@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_every_clone_builds_the_same_bytes(built: Callable[[str, int], Path], kind: str) -> None:
    assert built(kind, 0).read_bytes() == built(kind, 1).read_bytes()


@pytest.mark.process
def test_the_wheel_and_the_sdist_hold_every_file_of_the_package(
    built: Callable[[str, int], Path],
) -> None:
    needed = {name for name in tracked("ami_cli") if (ROOT / name).is_file()}
    assert {"ami_cli/law/ami.toml", "ami_cli/registers/communes.txt"} <= needed
    path = built("wheel", 0)
    with zipfile.ZipFile(path) as wheel:
        held = set(wheel.namelist())
        entry = wheel.read(f"ami_cli-{__version__}.dist-info/entry_points.txt").decode()
        metadata = wheel.read(f"ami_cli-{__version__}.dist-info/METADATA").decode()
    assert path.name.startswith(f"ami_cli-{__version__}-")
    assert {name for name in held if not name.startswith("ami_cli-")} == needed
    assert "ami=ami_cli.__main__:run" in entry.replace(" ", "")
    for field in ("Author", "Project-URL", "Classifier: Development Status", "License-Expression"):
        assert f"\n{field}" in metadata, field
    with tarfile.open(built("sdist", 0)) as sdist:
        stored = {name.partition("/")[2] for name in sdist.getnames()}
    assert needed | {"pyproject.toml", "README.md", "LICENSE"} <= stored


def test_the_description_names_no_file_that_an_index_does_not_have() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert not [link for link in re.findall(r"!\[[^]]*\]\(([^)]+)\)", readme) if "://" not in link]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_line_that_says_how_to_get_the_batch_names_the_libraries_of_the_extra(
    lang: str,
) -> None:
    fix = words_of(lang)("problems.batch_absent.fix")
    extra = [
        Requirement(line).name for line in PROJECT["project"]["optional-dependencies"]["batch"]
    ]
    assert fix.endswith(f"pipx inject ami-cli {' '.join(extra)}")


def test_locked_libraries_are_installed_without_resolving() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    lines = [line for line in makefile.splitlines() if " -r requirements/" in line]
    assert len(lines) == 3
    assert all("--require-hashes --no-deps" in line for line in lines)
    assert makefile.count("$(PIP) check") == 2
    assert "--editable" not in makefile


def test_line_ends_of_windows_change_no_register(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = tmp_path / "communes.txt"
    windows.write_bytes(communes.DATA.read_bytes().replace(b"\n", b"\r\n"))
    monkeypatch.setattr(communes, "DATA", windows)
    communes._data.cache_clear()
    communes.find.cache_clear()
    try:
        (ambert,) = communes.find("Ambert").entries
        assert (ambert.name, ambert.insee) == ("Ambert", "63003")
    finally:
        communes._data.cache_clear()
        communes.find.cache_clear()
