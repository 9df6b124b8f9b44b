"""Writes one page per student into a folder, each named after a column of the file.

A name that cannot be that of a file, on Windows either, and one that stands twice refuse the whole
folder, with their lines: no page may take the place of another one.
"""

import os
import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ami_cli.answers import FIELD, Answers
from ami_cli.batch.counts import FIRST_LINES
from ami_cli.batch.formats import Chunk
from ami_cli.batch.judge import Judged
from ami_cli.failures import Problem, UsageError

ENDING = ".html"
_LONGEST_NAME = 200  # bytes; a name has 255 at most
_FORBIDDEN = re.compile(r"""[<>:"/\\|?*]|^[.~]|[. ]$""")
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?", re.I)

# Makes the page of a student, and tells whether its verdict is another one without health data.
Render = Callable[[Answers], tuple[str, bool]]


class PageOptions(NamedTuple):
    """Where the pages are written, after which column they are named, and how one is made."""

    folder: Path
    name_by: str
    render: Render


class Pages:
    """The pages of a run, written into `folder`; `number` and `title` are the column of names."""

    def __init__(self, folder: Path, number: int, title: str, render: Render) -> None:
        self._folder = folder
        self.number = number
        self._title = title
        self._render = render
        self._lines: dict[str, int | str] = {}  # by name, as a file system compares them
        self._odd: list[int | str] = []
        self._twice: dict[int | str, None] = {}
        self._without = self._other_verdict = 0

    def add(self, chunk: Chunk, judged: Judged) -> None:
        """Write the pages of a chunk; a row that is invalid or has no answer has none."""
        is_judged = (judged.results["ami_verdict"] != "invalid") & ~judged.unanswered
        self._without += len(is_judged) - int(is_judged.sum())
        names = chunk.frame[str(self.number)].filter(is_judged)
        lines = chunk.places(is_judged.arg_true().to_list())
        rows = judged.answers.select(*FIELD).filter(is_judged).iter_rows(named=True)
        for name, line, row in zip(names, lines, rows, strict=True):
            self._add((name or "").strip(), line, row)

    def _add(self, name: str, line: int | str, row: Mapping[str, Any]) -> None:
        key = unicodedata.normalize("NFC", name).casefold()
        if not can_be_a_file(name):
            self._odd.append(line)
        elif key in self._lines:
            self._twice |= {self._lines[key]: None, line: None}
        else:
            self._lines[key] = line
        if self._odd or self._twice:
            return  # refused at the end, with all lines
        page, is_other = self._render(Answers(**row))
        self._other_verdict += is_other
        path = self._folder / f"{name}{ENDING}"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(page.encode())

    def close(self) -> None:
        """Check the names. Raises UsageError for those that are no file names or stand twice."""
        problems = []
        if self._odd:
            params = {"value": self._title, "lines": _listed(self._odd)}
            problems.append(Problem("pages_without_file_name", "name_by", params))
        if self._twice:
            params = {"value": self._title, "lines": _listed([*self._twice])}
            problems.append(Problem("pages_named_twice", "name_by", params))
        if problems:
            raise UsageError(*problems)

    def counts(self) -> dict[str, int]:
        """Return how many pages there are, rows without one, and pages with another verdict."""
        return {
            "written": len(self._lines),
            "without": self._without,
            "other_verdict": self._other_verdict,
        }


def can_be_a_file(name: str) -> bool:
    """Tell whether a name can be that of a page on every system.

    >>> can_be_a_file("Zoé Martin"), can_be_a_file("a/b"), can_be_a_file("nul")
    (True, False, False)
    """
    return (
        bool(name)
        and name.replace("\u00a0", " ").replace("\u202f", " ").isprintable()
        and len(name.encode()) <= _LONGEST_NAME
        and not _FORBIDDEN.search(name)
        and not _DEVICES.fullmatch(name)
    )


def _listed(lines: list[int | str]) -> str:
    """Return the first lines: « 3, 5, 8… »."""
    more = ["…"] if len(lines) > FIRST_LINES else []
    return ", ".join([*map(str, lines[:FIRST_LINES]), *more])
