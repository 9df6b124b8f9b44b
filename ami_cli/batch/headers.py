"""Finds which column of a table is which answer, and which columns are written back."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from ami_cli.answers import FIELD, FIELDS
from ami_cli.batch.formats import Notice
from ami_cli.failures import Problem, UnreadableInput, UsageError
from ami_cli.reading import fold, nearest

IGNORED = "-"  # what --map gives a column that is no answer
_NEAR_HEADERS = 10  # headers that nearly are an answer, named one by one

# The names of a column, folded: the French ones, and the name of the answer itself.
ANSWER_OF_HEADER = {
    fold(header): answer.name for answer in FIELDS for header in (answer.name, *answer.headers)
}


class MatchedHeaders(NamedTuple):
    """Which columns of a table are answers (number → answer), and headers that nearly are."""

    answers: Mapping[int, str]
    near: Mapping[str, str]

    def notices(self) -> list[Notice]:
        """The headers that nearly are an answer, and the answers that have no column."""
        near = [
            Notice("near_header", {"value": header, "near": answer})
            for header, answer in islice(self.near.items(), _NEAR_HEADERS)
        ]
        present = set(self.answers.values())
        present |= {spared for name in present if (spared := FIELD[name].spares) is not None}
        absent = [
            answer.name for answer in FIELDS if answer.name not in present and not answer.optional
        ]
        return [*near, *([Notice("absent", {"answers": absent})] if absent else [])]


def match_headers(headers: Sequence[str], mapped: Mapping[str, str]) -> MatchedHeaders:
    """Find the answers among the columns; `mapped` names some (`column` → answer or IGNORED).

    Raises UnreadableInput when two columns are the same answer, when a name stands twice, when one
    is reserved for results or when no column is an answer; UsageError when `mapped` names no
    column.
    """
    wanted = _mapped_columns(headers, mapped)
    answers: dict[int, str] = {}
    near: dict[str, str] = {}
    for number, header in enumerate(map(str.strip, headers)):
        folded = fold(header)
        if header.casefold().startswith("ami_"):
            raise _refused("reserved_column", value=header)
        name = wanted[number] if number in wanted else ANSWER_OF_HEADER.get(folded)
        if name is None:
            if folded and (close := nearest(folded, ANSWER_OF_HEADER, 0.85)):
                near[header] = close.replace(" ", "_")
        elif name != IGNORED:
            for other, answer in answers.items():
                if answer == name:
                    raise _refused("answer_twice", value=headers[other], key=header, answer=name)
            answers[number] = name
    if not answers:
        # Without a header these are the cells of a student: they are not repeated.
        suggestion = next(iter(near.values()), None)
        raise _refused("no_answer_column", columns=len(headers), suggestion=suggestion)
    _refuse_twins(headers)
    return MatchedHeaders(answers, near)


def kept_columns(headers: Sequence[str], only: Sequence[str] | None) -> list[int]:
    """The numbers of the columns that are written: all, or those that `only` names.

    Raises UsageError for a name that is no column.
    """
    if only is None:
        return list(range(len(headers)))
    numbers: set[int] = set()
    names = [header.strip() for header in headers]
    for name in only:
        folded = [number for number, header in enumerate(names) if fold(header) == fold(name)]
        if name in names:
            numbers.add(names.index(name))
        elif len(folded) == 1:
            numbers.add(folded[0])
        else:
            raise _no_such_column(name, names)
    return sorted(numbers)


def _refuse_twins(headers: Sequence[str]) -> None:
    seen: dict[str, int] = {}
    for number, header in enumerate(map(str.strip, headers), 1):
        if header and header in seen:
            raise _refused("same_column_twice", value=header, first=seen[header], second=number)
        seen[header] = number


def _mapped_columns(headers: Sequence[str], mapped: Mapping[str, str]) -> dict[int, str]:
    numbers: dict[int, str] = {}
    for column, name in mapped.items():
        exact = [number for number, header in enumerate(headers) if header == column]
        folded = [number for number, header in enumerate(headers) if fold(header) == fold(column)]
        if not (exact or folded):
            raise _no_such_column(column, headers)
        numbers[(exact or folded)[0]] = name
    return numbers


def _no_such_column(name: str, headers: Sequence[str]) -> UsageError:
    params = {"value": name, "suggestion": nearest(name, headers)}
    return UsageError(Problem("no_such_column", "input", params))


def _refused(code: str, **params: object) -> UnreadableInput:
    return UnreadableInput(Problem(code, "input", params))
