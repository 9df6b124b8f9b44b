"""Finds the input files of a batch, and opens them.

An argument is a file, a folder whose tables are read, or a pattern. A file is opened as often as it
is asked for; one that cannot be read twice is copied first.
"""

import contextlib
import glob
import itertools
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from os.path import lexists
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from ami_cli.batch.formats import unreadable
from ami_cli.batch.formats.opening import ENDINGS
from ami_cli.failures import Problem, UnreadableInput, UsageError
from ami_cli.files import IN_MEMORY, is_same_file
from ami_cli.interruptible import open_input, read_blocks
from ami_cli.interruptible import unreadable as refused_by_the_system

_TABLES = (*(ending for ending in ENDINGS if ending != ".txt"), ".xls")
_VERSIONED = ("_delta_log", ".hoodie")  # beside parts that may hold deleted rows
_PATTERN = re.compile(r"[*?]")
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


class Input(NamedTuple):
    """A file to read (`-` is standard input), and columns that its folders give (`year=2027`).

    `folder` is that of all parts of its table, None where the file is a table of its own.
    """

    path: str
    columns: Mapping[str, str | None] = {}
    folder: str | None = None


# --- which files are read -------------------------------------------------------------------------


def find_inputs(arguments: Sequence[str], target: Path | None) -> tuple[list[Input], list[str]]:
    """Return the files that arguments name, and those in their folders that are passed over.

    An argument is a file, a folder or a pattern (`*.csv`), which a Windows shell does not expand.
    Of a folder the tables are read, in the order of their names, and also those in folders that
    name a value (`year=2027`); Parquet parts alone where there are any. Hidden and empty files,
    those that begin with `_`, and the output are not.

    Raises UnreadableInput where nothing is found, UsageError for a file that is named twice.
    """
    inputs: list[Input] = []
    others: list[str] = []
    absent = [it for it in arguments if it != "-" and not (_PATTERN.search(it) or lexists(it))]
    if absent and len(arguments) > 1:
        # A word that is no name of a table was perhaps never meant to be one.
        raise _absent(min(absent, key=_is_named_as_a_table), arguments)
    for argument in arguments:
        path = Path(argument)
        if argument == "-":
            inputs.append(Input(argument))
        elif path.is_dir():
            with reading(argument):
                inputs += _tables_of(path, target, others)
        elif _PATTERN.search(argument) and not lexists(argument):
            names = sorted(filter(os.path.isfile, glob.glob(argument)), key=_by_name)  # noqa: PTH207
            if not names:
                raise unreadable("no_file_matches", value=argument)
            inputs += map(Input, names)
        else:
            inputs.append(Input(argument))
    if len(inputs) > 1:  # a pattern finds the files that a spreadsheet keeps beside open ones
        locks = [it.path for it in inputs if Path(it.path).name.startswith("~$")]
        others += locks
        inputs = [it for it in inputs if it.path not in locks] or inputs
    _refuse_twice(inputs)
    return inputs, others


def _is_named_as_a_table(name: str) -> bool:
    return Path(name).suffix.lower() in _TABLES


def _absent(argument: str, arguments: Sequence[str]) -> UnreadableInput:
    """Make the refusal of a file that does not exist; with the word behind it, which may be a part
    of its name."""
    words = arguments[arguments.index(argument) :][:2]
    name = " ".join(words)
    is_name = len(words) > 1 and (lexists(name) or not lexists(words[1]))
    return unreadable("absent_input", value=argument, name=name if is_name else None)


def _tables_of(folder: Path, target: Path | None, others: list[str]) -> list[Input]:
    inputs = list(_files_of(folder, target, {}, others))
    is_part = [it.path.lower().endswith(".parquet") for it in inputs]
    if any(is_part):
        others += [it.path for it, part in zip(inputs, is_part, strict=True) if not part]
        parts = itertools.compress(inputs, is_part)
        inputs = [it._replace(folder=str(folder)) for it in parts]
    if not inputs:
        raise unreadable("folder_without_table", value=str(folder))
    return inputs


def _files_of(
    folder: Path, target: Path | None, columns: Mapping[str, str | None], others: list[str]
) -> Iterator[Input]:
    for entry in sorted(folder.iterdir(), key=lambda entry: _by_name(entry.name)):
        name = entry.name
        if name in _VERSIONED:
            raise unreadable("folder_of_versions", value=str(folder))
        if name.startswith((".", "_", "~$")) or name.endswith(".crc"):
            continue
        key, equals, value = name.partition("=")
        with reading(str(entry)):  # a link may lead nowhere
            size = entry.stat().st_size
        if entry.is_dir():
            if not equals or entry.is_symlink():
                others.append(str(entry))
                continue
            value = _unquoted(value)
            own = {_unquoted(key): None if value == _NO_VALUE else value}
            yield from _files_of(entry, target, {**columns, **own}, others)
        elif (
            _is_named_as_a_table(name)
            and size
            and not (target is not None and is_same_file(str(entry), target))
        ):
            yield Input(str(entry), columns)
        else:
            others.append(str(entry))


def _unquoted(text: str) -> str:
    """Return a name or a value of a folder without its escapes (`%20`).

    Written here because no module may import `urllib`, which opens connections.
    """
    raw = re.sub(
        rb"%([0-9A-Fa-f]{2})", lambda code: bytes.fromhex(code[1].decode()), os.fsencode(text)
    )
    return raw.decode(errors="replace")


def _by_name(name: str) -> list[Any]:
    """Order names as people do: « part 2 » before « part 10 »."""
    pieces = re.split(r"(\d+)", name, flags=re.ASCII)
    return [*(int(it[:20]) if it.isdecimal() else it.casefold() for it in pieces), name]


def _refuse_twice(inputs: Sequence[Input]) -> None:
    first: dict[object, str] = {}
    for path, *_ in inputs:
        key: object = path
        with contextlib.suppress(OSError, ValueError):
            status = os.stat(path) if path != "-" else None  # noqa: PTH116
            key = path if status is None else (status.st_dev, status.st_ino)
        if key in first:
            raise UsageError(Problem("input_twice", "input", {"value": path, "key": first[key]}))
        first[key] = path


# --- files that are opened ------------------------------------------------------------------------


@contextlib.contextmanager
def reading(path: str) -> Iterator[None]:
    """Raise UnreadableInput where the system refuses to open or to read an input, because an
    OSError would be taken for one of the output."""
    try:
        yield
    except OSError as error:
        raise refused_by_the_system(path, error, "input") from None


class Files(contextlib.ExitStack):
    """Opens inputs as often as asked; one that cannot be read twice is copied the first time."""

    def __init__(self) -> None:
        super().__init__()
        self._copies: dict[str, BinaryIO] = {}

    @contextlib.contextmanager
    def opened(self, path: str) -> Iterator[BinaryIO]:
        """Open a file, or standard input for `-`. Raises UnreadableInput."""
        if path in self._copies:
            yield self._copies[path]
            return
        with reading(path):
            file = open_input(path)
        with contextlib.nullcontext() if path == "-" else file:
            if file.seekable() and path != "-":
                yield file
                return
            # The copy has no name, so that it is gone with the program, however that ends.
            nameless = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
            copy: Any = self.enter_context(nameless)
            with reading(path):
                copy.writelines(read_blocks(file))
        self._copies[path] = copy
        yield copy
