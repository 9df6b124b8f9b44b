"""Writes result files: the whole file or none of it; a new one is readable by its owner only.

A file is written beside its target under a name of its own and put into its place once it is
whole. Whatever ends the program, the target is what it was or what it should be; a part that a
killed run left behind is removed by the next one.
"""

import contextlib
import errno
import glob
import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ami_cli.failures import Problem, UnwritableOutput, UsageError
from ami_cli.signals import reader_is_gone
from ami_cli.streams import WINDOWS, is_terminal

IN_MEMORY = 64 * 1024 * 1024  # bytes of standard input or output kept in memory
_BINARY = ("xlsx", "parquet")


@contextlib.contextmanager
def written(target: Path | None, form: str, *, force: bool) -> Iterator[BinaryIO]:
    """Open a file to write into; it takes its place when the block ends without an exception.

    None is standard output. Raises UsageError when the target exists (without `force`),
    UnwritableOutput when the system refuses.
    """
    try:
        if target is None:
            if sys.stdout is None:
                raise OSError(errno.EBADF, "closed")
            if form in _BINARY and is_terminal(sys.stdout):
                raise UsageError(Problem("binary_on_a_terminal", "output", {"value": form}))
            with _whole_before(sys.stdout.buffer) as file:
                yield file
        elif _is_special(target):
            with target.open("wb") as out, _whole_before(out) as file:
                yield file
        else:
            with _beside(Path(os.path.realpath(target)), force=force) as file:
                yield file
    except OSError as error:
        reader_is_gone(error)
        raise _unwritable(error) from None


def _unwritable(error: OSError) -> UnwritableOutput:
    return UnwritableOutput(Problem("output_closed", "output", {"why": error}))


def _exists(target: Path) -> UsageError:
    return UsageError(Problem("output_exists", "output", {"value": str(target)}))


def refuse_existing(target: Path, *, force: bool) -> None:
    """Raise UsageError for a target that exists, UnwritableOutput for one that cannot be."""
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "folder")
        exists = target.exists()
        folder = Path(os.path.realpath(target) if target.is_symlink() else target).parent
        has_folder = folder.is_dir()
    except OSError as error:
        raise _unwritable(error) from None
    if exists and not force and not _is_special(target):
        raise _exists(target)
    if not has_folder:
        raise UnwritableOutput(Problem("no_folder", "output", {"value": str(folder)}))


def is_same_file(path: str, target: Path | None) -> bool:
    """Tell whether the output (None: standard output) is the input itself."""
    try:
        read = os.fstat(sys.stdin.fileno()) if path == "-" else Path(path).stat()
        written = os.fstat(sys.stdout.fileno()) if target is None else target.stat()
    except (OSError, ValueError, AttributeError):  # absent, closed, no file at all
        return False
    return stat.S_ISREG(read.st_mode) and os.path.samestat(read, written)


@contextlib.contextmanager
def _whole_before(out: BinaryIO) -> Iterator[BinaryIO]:
    """Open a nameless file that is copied to a stream once it is whole.

    An input that is refused half-way must not leave half a result with the reader of the stream.
    """
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        yield file  # type: ignore[misc]
        file.seek(0)
        shutil.copyfileobj(file, out)
        out.flush()


@contextlib.contextmanager
def _beside(target: Path, *, force: bool) -> Iterator[BinaryIO]:
    _remove_left_behind(target)
    part = target.with_name(f"{_part_of(target)}{os.getpid()}-{secrets.token_hex(4)}.part")
    try:  # a signal may arrive as soon as the part exists
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if force:
            with contextlib.suppress(FileNotFoundError):  # a file that is replaced keeps its mode
                part.chmod(stat.S_IMODE(target.stat().st_mode) & 0o777)
            part.replace(target)
        else:
            _put(part, target)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def folder_beside(target: Path | None) -> Iterator[str]:
    """Make a folder of its owner only, beside the target, or in the temporary folder if the target
    is standard output or a device; it is removed when the block ends."""
    if target is None or _is_special(target):
        near = Path(tempfile.gettempdir(), "stdout")
        _remove_left_behind(near)
    else:
        near = Path(os.path.realpath(target))
    prefix = f"{_part_of(near)}{os.getpid()}-"
    with tempfile.TemporaryDirectory(
        ".part", prefix, near.parent, ignore_cleanup_errors=True
    ) as folder:
        yield folder


@contextlib.contextmanager
def written_folder(target: Path, *, force: bool) -> Iterator[Path]:
    """Make a folder to write into; it takes its place when the block ends without an exception.

    A folder that exists and is not empty needs `force`: the files are then put into it. Raises as
    `written` does.
    """
    try:
        place = Path(os.path.realpath(target))
        refuse_existing_folder(place, force=force)
        _remove_left_behind(place)
        with folder_beside(place) as name:
            yield Path(name)
            if place.is_dir():
                for file in sorted(Path(name).iterdir()):
                    file.replace(place / file.name)
            else:
                Path(name).rename(place)
    except OSError as error:
        raise _unwritable(error) from None


def refuse_existing_folder(target: Path, *, force: bool) -> None:
    """Raise UsageError for a folder that is not empty, or a file, UnwritableOutput for one that
    cannot be."""
    try:
        if target.is_dir():
            if not force and any(target.iterdir()):
                raise UsageError(Problem("folder_exists", "output", {"value": str(target)}))
        elif target.exists():
            raise UsageError(Problem("not_a_folder", "output", {"value": str(target)}))
        elif not target.parent.is_dir():
            raise UnwritableOutput(Problem("no_folder", "output", {"value": str(target.parent)}))
    except OSError as error:
        raise _unwritable(error) from None


def _put(part: Path, target: Path) -> None:
    """Give a file its name. Raises UsageError if another run took it meanwhile."""
    try:
        os.link(part, target)
    except (OSError, AttributeError) as error:  # AttributeError: a system without links
        if isinstance(error, FileExistsError) or target.exists():
            raise _exists(target) from None
        part.rename(target)


def _remove_left_behind(target: Path) -> None:
    """Remove the parts of runs that were killed, not those of running ones."""
    for part in target.parent.glob(f"{glob.escape(_part_of(target))}*-*.part"):
        number = part.name.removesuffix(".part").rpartition(".ami-")[2].partition("-")[0]
        with contextlib.suppress(OSError, ValueError):
            if not _is_running(int(number)):
                if part.is_dir() and not part.is_symlink():
                    shutil.rmtree(part)
                else:
                    part.unlink(missing_ok=True)


def _part_of(target: Path) -> str:
    """Return how the parts of a target begin; short, because a name has 255 bytes at most."""
    return f".{target.name[:50]}.ami-"


def _is_running(process: int) -> bool:
    if WINDOWS:
        return True  # os.kill would end that process
    try:
        os.kill(process, 0)
    except OSError as error:  # permission refused: it runs
        return not isinstance(error, ProcessLookupError)
    return True


def _is_special(target: Path) -> bool:
    """Tell whether a target is a device or a pipe, which is written as it is."""
    try:
        mode = target.stat().st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
