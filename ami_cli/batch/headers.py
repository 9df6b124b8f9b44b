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
        """Return the headers that nearly are an answer, and the answers that have no column."""
        notices = [
            Notice("near_header", {"value": header, "near": answer})
            for header, answer in islice(self.near.items(), _NEAR_HEADERS)
        ]
        present = set(self.answers.values())
        present |= {spared for name in present if (spared := FIELD[name].spares) is not None}
        absent = [
            answer.name for answer in FIELDS if answer.name not in present and not answer.optional
        ]
        return [*notices, Notice("absent", {"answers": absent})] if absent else notices


def match_headers(headers: Sequence[str], mapped: Mapping[str, str]) -> MatchedHeaders:
    """Find the answers among the columns; `mapped` names some (`column` → answer or IGNORED).

    Raises UnreadableInput when two columns are the same answer, when a name stands twice, when one
    is reserved for results or when no column is an answer; UsageError when `mapped` names no
    column.
    """
    names = [header.strip() for header in headers]
    answer_of = {_number_of(column, names): answer for column, answer in mapped.items()}
    answers: dict[int, str] = {}
    near: dict[str, str] = {}
    for number, name in enumerate(names):
        folded = fold(name)
        if name.casefold().startswith("ami_"):
            raise _refused("reserved_column", value=name)
        answer = answer_of.get(number) or ANSWER_OF_HEADER.get(folded)
        if answer is None:
            if folded and (close := nearest(folded, ANSWER_OF_HEADER, 0.85)):
                near[name] = close.replace(" ", "_")
        elif answer != IGNORED:
            for other in answers:
                if answers[other] == answer:
                    raise _refused("answer_twice", value=names[other], key=name, answer=answer)
            answers[number] = answer
    if not answers:
        # Without a header these are the cells of a student: they are not repeated.
        suggestion = next(iter(near.values()), None)
        raise _refused("no_answer_column", columns=len(names), suggestion=suggestion)
    first: dict[str, int] = {}
    for number, name in enumerate(names, 1):
        if name and name in first:
            raise _refused("same_column_twice", value=name, first=first[name], second=number)
        first[name] = number
    return MatchedHeaders(answers, near)


def output_columns(headers: Sequence[str], only: Sequence[str] | None) -> list[int]:
    """Return the numbers of the columns that are written: all, or those that `only` names.

    Raises UsageError for a name that is no column.
    """
    if only is None:
        return list(range(len(headers)))
    names = [header.strip() for header in headers]
    return sorted({_number_of(name, names) for name in only})


def _number_of(column: str, names: Sequence[str]) -> int:
    """Return the number of a column by its name: as it is written, else folded."""
    if column.strip() in names:
        return names.index(column.strip())
    folded = [number for number, name in enumerate(names) if fold(name) == fold(column)]
    if len(folded) != 1:
        params = {"value": column, "suggestion": nearest(column, names)}
        raise UsageError(Problem("no_such_column", "input", params))
    return folded[0]


def _refused(code: str, **params: object) -> UnreadableInput:
    return UnreadableInput(Problem(code, "input", params))
