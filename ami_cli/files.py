"""Writes result files: the whole file or none of it; a new one is readable by its owner only.

A file is written beside its target under a name of its own and put into its place once it is
whole. Whatever ends the program, the target is what it was or what it should be; a part that a
killed run left behind is removed by the next one.
"""

import codecs
import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from ami_cli.failures import Problem, UnwritableOutput, UsageError
from ami_cli.signals import reader_is_gone
from ami_cli.streams import WINDOWS, is_terminal
from ami_cli.words import visible

IN_MEMORY = 64 * 1024 * 1024  # bytes of standard input or output kept in memory
_BINARY = ("xlsx", "parquet")
_NOT_PLAIN = re.compile(r"[^\t\n -~]+")


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
            out = _Visible(sys.stdout) if is_terminal(sys.stdout) else sys.stdout.buffer
            with _whole_before(cast("BinaryIO", out)) as file:
                yield file
        elif _is_special(target):
            with target.open("wb") as device, _whole_before(device) as file:
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
        status = _status(target)
        if status is not None and stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, "folder")
        folder = Path(os.path.realpath(target) if target.is_symlink() else target).parent
        has_folder = folder.is_dir()
    except OSError as error:
        raise _unwritable(error) from None
    if status is not None and not force and stat.S_ISREG(status.st_mode):
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


def are_one_file(first: Path, second: Path) -> bool:
    """Tell whether two outputs would be one file, on a disk that ignores case and how accents are
    written as well."""
    names = (unicodedata.normalize("NFC", os.path.realpath(path)) for path in (first, second))
    one, other = (Path(name) for name in names)
    if one.name.casefold() != other.name.casefold():
        return False
    return one.parent == other.parent or (
        one.parent.is_dir() and other.parent.is_dir() and one.parent.samefile(other.parent)
    )


class _Visible:
    """Writes the bytes of a text file to a terminal, so that no character of it commands it."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self.flush = terminal.flush

    def write(self, content: bytes) -> int:
        text = self._decoder.decode(content)
        self._terminal.write(_NOT_PLAIN.sub(lambda part: visible(part[0], len(part[0])), text))
        return len(content)


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
    part = target.with_name(f"{_part_of(target)}{secrets.token_hex(8)}.part")
    try:  # a signal may arrive as soon as the part exists
        with _created(part) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if force:
            # A file that is replaced keeps its mode, where the disk has modes.
            with contextlib.suppress(OSError):
                part.chmod(stat.S_IMODE(target.stat().st_mode) & 0o777)
            part.replace(target)
        else:
            _put(part, target)
        _sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)


def _created(part: Path) -> BinaryIO:
    """Create a part and lock it, so that no other run takes it for one left behind."""
    while True:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        file = os.fdopen(descriptor, "w+b")
        _lock(descriptor, wait=True)
        if os.path.lexists(part):
            return file
        file.close()  # another run removed it before it was locked


@contextlib.contextmanager
def folder_beside(target: Path | None) -> Iterator[str]:
    """Make a folder of its owner only, beside the target, or in the temporary folder if the target
    is standard output or a device; it is removed when the block ends."""
    if target is None or _is_special(target):
        near = Path(tempfile.gettempdir(), "stdout")
        _remove_left_behind(near)
    else:
        near = Path(os.path.realpath(target))
    with contextlib.ExitStack() as stack:
        while True:
            temporary = tempfile.TemporaryDirectory(
                ".part", _part_of(near), near.parent, ignore_cleanup_errors=True
            )
            # Again, if its own removal failed half-way.
            stack.callback(shutil.rmtree, temporary.name, ignore_errors=True)
            folder = stack.enter_context(temporary)
            if WINDOWS:
                break
            with contextlib.suppress(FileNotFoundError):  # as in `_created`
                descriptor = os.open(folder, os.O_RDONLY)
                stack.callback(os.close, descriptor)
                _lock(descriptor, wait=True)
                if os.path.lexists(folder):
                    break
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
        if isinstance(error, FileExistsError) or os.path.lexists(target):
            raise _exists(target) from None
        part.rename(target)


def _sync_folder(folder: Path) -> None:
    """Write the new name of a file to the disk too, where the system has a way to."""
    if WINDOWS:
        return
    with contextlib.suppress(OSError):  # the file itself is whole and in its place
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _lock(descriptor: int, *, wait: bool) -> bool:
    """Lock a file until its descriptor is closed, as the end of the process does; tell whether it
    is locked now. Unlike the number of a process, a lock holds across containers and machines."""
    if WINDOWS:  # an open file cannot be removed there
        return False
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:  # held by another run, or a disk without locks
        return False
    return True


def _remove_left_behind(target: Path) -> None:
    """Remove the parts of runs that were killed, not those of running ones."""
    if WINDOWS:
        return
    part = re.compile(rf"{re.escape(_part_of(target))}[\w-]+\.part")
    with contextlib.suppress(OSError):
        for name in filter(part.fullmatch, os.listdir(target.parent)):  # noqa: PTH208
            with contextlib.suppress(OSError):
                _remove_unlocked(target.parent / name)


def _remove_unlocked(part: Path) -> None:
    """Remove an own file or folder that no run has locked. Raises OSError."""
    status = part.lstat()
    is_folder = stat.S_ISDIR(status.st_mode)
    # A name in a shared folder may be a trap: a pipe, a link, the file of another user.
    if status.st_uid != os.geteuid() or not (is_folder or stat.S_ISREG(status.st_mode)):
        return
    mode = os.O_RDONLY if is_folder else os.O_RDWR  # network disks lock only what may be written
    descriptor = os.open(part, mode | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if _lock(descriptor, wait=False):
            if is_folder:
                shutil.rmtree(part)
            else:
                part.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _part_of(target: Path) -> str:
    """Return how the parts of a target begin; short, because a name has 255 bytes at most."""
    return f".{target.name[:50]}.ami-"


def _status(target: Path) -> os.stat_result | None:
    """Return the status of the file behind a target, None where there is none.

    Raises OSError where the system refuses it, and, on systems that do not refuse it themselves,
    for a link that another user put into a shared folder to have it followed.
    """
    try:
        if target.is_symlink():
            folder = target.parent.stat()
            shared = folder.st_mode & stat.S_ISVTX and folder.st_mode & stat.S_IWOTH
            if shared and target.lstat().st_uid not in (os.geteuid(), folder.st_uid):
                raise PermissionError(errno.EACCES, "link")
        return target.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:  # a name that no file can have
        raise OSError(errno.EINVAL, "invalid") from None


def _is_special(target: Path) -> bool:
    """Tell whether a target is a device or a pipe, which is written as it is. Raises OSError."""
    status = _status(target)
    return status is not None and not stat.S_ISREG(status.st_mode) | stat.S_ISDIR(status.st_mode)
