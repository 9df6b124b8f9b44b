"""Files written whole or not at all: parts, locks, links, names that are one file, terminals."""

import errno
import fcntl
import io
import os
import stat
from pathlib import Path
from unittest.mock import patch

import pytest

from ami_cli import files
from ami_cli.failures import Failure, UnwritableOutput, UsageError
from ami_cli.files import are_one_file, folder_beside, refuse_existing, written

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks and modes of POSIX")


def write(target: Path, content: bytes = b"new", *, force: bool = False) -> None:
    with written(target, "csv", force=force) as file:
        file.write(content)


def test_what_a_killed_run_left_is_removed_and_what_lives_is_not(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    for name in ("dead", "99999999999999999999-00000000", "0" * 16):
        (tmp_path / f".out.csv.ami-{name}.part").touch()
    folder = tmp_path / ".out.csv.ami-abc.part"
    folder.mkdir()
    (folder / "tmp1").touch()
    with written(target, "csv", force=False), folder_beside(target) as living:
        parts = set(tmp_path.iterdir())
        assert len(parts) == 2
        assert Path(living) in parts
        write(target)  # another run to the same target
        assert set(tmp_path.iterdir()) == {*parts, target}
        target.unlink()
    assert list(tmp_path.iterdir()) == [target]


def test_a_part_locked_by_another_process_is_kept(tmp_path: Path) -> None:
    part = tmp_path / ".out.csv.ami-1-00000000.part"
    with part.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        write(tmp_path / "out.csv")
        assert part.exists()
    write(tmp_path / "out.csv", force=True)
    assert not part.exists()


def test_names_like_a_part_are_no_trap(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("kept")
    os.mkfifo(tmp_path / ".out.csv.ami-1.part")
    (tmp_path / ".out.csv.ami-2.part").symlink_to(elsewhere)
    (tmp_path / ".out.csv.ami-3 4.part").touch()
    write(tmp_path / "out.csv")
    assert len(list(tmp_path.iterdir())) == 5
    assert elsewhere.read_text() == "kept"


def test_a_part_that_is_removed_before_it_is_locked_is_made_again(tmp_path: Path) -> None:
    locks = []

    def late(descriptor: int, *, wait: bool) -> bool:
        locks.append(descriptor)
        if len(locks) in (1, 3):
            for path in tmp_path.iterdir():
                path.rmdir() if path.is_dir() else path.unlink()
        return True

    with patch.object(files, "_lock", late):
        write(tmp_path / "out.csv")
        with folder_beside(tmp_path / "other.csv") as folder:
            assert Path(folder).is_dir()
    assert len(locks) == 4
    assert [path.name for path in tmp_path.iterdir()] == []


def test_the_folder_is_synced_after_the_file_has_its_name(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    synced = []

    def sync(descriptor: int) -> None:
        synced.append((stat.S_ISDIR(os.fstat(descriptor).st_mode), target.exists()))

    with patch.object(os, "fsync", sync):
        write(target)
    assert synced == [(False, False), (True, True)]


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK])
def test_a_disk_without_links_and_modes(tmp_path: Path, code: int) -> None:
    target = tmp_path / "out.csv"
    error = OSError(code, "no")
    with (
        patch.object(os, "link", side_effect=error),
        patch.object(Path, "chmod", side_effect=error),
    ):
        write(target)
        with pytest.raises(UsageError):
            write(target)
        write(target, b"forced", force=True)
    assert target.read_bytes() == b"forced"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_of_another_user_in_a_shared_folder_is_refused(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("kept")
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    target = shared / "out.csv"
    target.symlink_to(victim)
    owner = os.geteuid()
    # The folder is the user's, so that only a link of a third one is refused.
    stranger = os.stat_result((0o120777, 1, 1, 1, owner + 2, 0, 0, 0, 0, 0))
    with patch.object(Path, "lstat", return_value=stranger), pytest.raises(UnwritableOutput):
        refuse_existing(target, force=True)
    with pytest.raises(UsageError):
        refuse_existing(target, force=False)
    write(target, force=True)  # one's own link is followed
    assert (victim.read_text(), target.is_symlink()) == ("new", True)


@pytest.mark.parametrize("name", ["a\0b.csv", "x" * 300 + ".csv"])
def test_a_name_that_no_file_can_have_is_one_failure(tmp_path: Path, name: str) -> None:
    with pytest.raises(Failure):
        refuse_existing(tmp_path / name, force=False)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("Out.csv", "out.csv", True),
        ("é.csv", "e\u0301.csv", True),
        ("out.csv", "./out.csv", True),
        ("out.csv", "link/out.csv", True),
        ("out.csv", "out.json", False),
        ("out.csv", "other/out.csv", False),
        ("absent/a", "Absent/a", False),
    ],
)
def test_names_that_are_one_file_on_some_disk(
    tmp_path: Path, first: str, second: str, same: bool
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "link").symlink_to(tmp_path)
    assert are_one_file(tmp_path / first, tmp_path / second) is same


def test_nothing_of_a_table_commands_a_terminal() -> None:
    screen = io.StringIO()
    terminal = files._Visible(screen)
    content = "\ufeffnom;x\nZoé;\x1b]52;c;eA==\x07\u202e\rfin\n".encode()
    for start in range(0, len(content), 3):  # blocks cut characters
        assert terminal.write(content[start : start + 3])
    assert screen.getvalue() == "nom;x\nZoé;\\u001b]52;c;eA==\\u0007\\u202e\\u000dfin\n"
