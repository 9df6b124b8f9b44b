"""Defines how a command ends without its result: exit codes, problems, one family of exceptions.

Every exception carries its exit code and the problems to be told. `main` prints them; no module on
the way catches one to raise another in its place.
"""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple


class ExitCode(IntEnum):
    """The exit codes of `ami`; a stable contract with scripts.

    A program that a signal ends has 128 and the number of the signal (`ami_cli.signals`).
    """

    OK = 0  # a result is given, whatever it is
    BUG = 1  # an error of the program
    USAGE = 2  # the command line or an answer is to be corrected, or the output exists
    UNREADABLE = 3  # an input cannot be read at all
    ROWS_TO_CORRECT = 4  # the file is judged, and some of its rows are invalid
    UNWRITABLE = 5  # an output cannot be written
    INELIGIBLE = 10  # with --exit-code: a condition is not met
    UNDETERMINED = 11  # with --exit-code: an answer is missing, or a point is to be checked


class Problem(NamedTuple):
    """One fault in what was given.

    `code` names its sentences in `words/`, `field` the answer or option concerned, and `params`
    are the values the sentences need. The values stay out of every traceback.
    """

    code: str
    field: str
    params: Mapping[str, Any] = MappingProxyType({})

    def on_line(self, line: int) -> "Problem":
        """Return this problem of a document, which stands on a line of a file."""
        place = {"line": line} if "line" in self.params else {}
        return self._replace(params={**self.params, **place, "document_line": line})

    def __repr__(self) -> str:
        return f"Problem({self.code!r}, {self.field!r})"


class Failure(Exception):
    """A command ends without its result; `problems` says why, all at once."""

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__(", ".join(f"{problem.field}: {problem.code}" for problem in problems))


class UsageError(Failure):
    """The request cannot be carried out as typed: an option, a value, an existing output."""


class InvalidAnswers(UsageError, ValueError):
    """Answers cannot be judged: a value is invalid, or answers contradict each other."""


class UnreadableInput(Failure):
    """An input file or a document of answers cannot be read at all."""

    exit_code = ExitCode.UNREADABLE


class UnwritableOutput(Failure):
    """An output cannot be written."""

    exit_code = ExitCode.UNWRITABLE
