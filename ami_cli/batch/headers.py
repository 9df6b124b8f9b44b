"""Finds the header of a table, which column is which answer, and which columns are written."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, reduce
from itertools import islice
from typing import NamedTuple

from ami_cli.answers import FIELD, FIELDS
from ami_cli.batch.formats import Head, Notice
from ami_cli.column_names import (
    ambiguous_departures,
    answer_named,
    fold_name,
    is_of_another,
    is_of_another_time,
    is_period,
    is_postcode,
    near_answer,
    without_bracket,
)
from ami_cli.failures import Problem, UnreadableInput, UsageError
from ami_cli.reading import accepted_words
from ami_cli.registers.spelling import fold, nearest
from ami_cli.words import LANGUAGES, words_of

IGNORED = "-"  # what --map gives a column that is no answer
RESERVED = "ami_"  # how the columns of a result begin
_MOST_IDENTITY = 4  # columns that tell who a student is
# What a bracket says of how a name is written, the surest first.
_FORMS = ("code insee", "insee", "", "libelle", "nom", "label", "code", "code iso", "departement")
_IDENTITY = re.compile(
    r"\b(nom|noms|prenoms?|etudiante?|dossier|numero|n|no|ine|ident\w*|id|matricule|candidate?|"
    r"reference|name|surname|student|number|mail|e-?mail|courriel|mel)\b"
)
_LONGEST_LINE = 2_000  # characters of a line in one column in which names are looked for
_FEWEST_KNOWN = 2  # columns that make a row a header
_NEAR_HEADERS = 10  # headers that nearly are an answer, named one by one
_UNREAD_HEADERS = 40  # other columns, named in one sentence


@cache
def _labels() -> Mapping[str, str]:
    """Return the answers by the labels that the program shows, folded, in both languages."""
    return {
        fold_name(words_of(lang, adviser=adviser)(f"labels.{answer.name}")): answer.name
        for lang in LANGUAGES
        for adviser in (False, True)
        for answer in FIELDS
    }


def answer_of(header: str) -> str | None:
    """Return the answer that a header names, or None."""
    return answer_named(header, _labels())


def is_value(answer: str, text: str) -> bool:
    """Tell whether a name of a column is rather a value of its answer, as « BCS » is."""
    own = {fold(name) for name in (answer, *FIELD[answer].headers)}
    return fold(text) in accepted_words(FIELD[answer]).keys() - own


class HeaderRow:
    """Chooses the row of a table that is its header (see `formats.HeaderFinder`).

    `wanted` is the line of the header, None for the first row in which two columns are known, else
    the first row. `mapped` are columns that the person names. Afterwards `sheet` and `line` are
    those of the header, `above` the rows over it and `seen` where known names stand, the best row
    first.
    """

    def __init__(self, wanted: int | None, mapped: Mapping[str, str]) -> None:
        self._wanted = wanted
        self._mapped = {fold(column) for column, name in mapped.items() if name != IGNORED}
        self.sheet: str | None = None
        self.line = 1
        self.above = 0
        self.has_looked = False  # where names stand in objects there is no row
        self.seen: list[tuple[int, str | None, int]] = []  # known names, sheet, line

    def __call__(self, heads: Iterator[Head]) -> tuple[int, int]:
        """Return the rank of the head and the line of its header."""
        first: Head | None = None
        self.has_looked = True
        for rank, head in enumerate(heads):
            first = first or head
            for place, (line, texts) in enumerate(head.rows):
                known = self._known(texts, _titles(head, line))
                if known:
                    self.seen.append((known, head.sheet, line))
                if line == self._wanted:
                    return rank, self._chosen(head, line, place)
                if self._wanted is None and known >= _FEWEST_KNOWN:
                    return rank, self._chosen(head, *self._below_titles(head, place, known))
        assert first is not None, "a source offers a head or is refused"
        return 0, self._chosen(first, self._wanted or first.rows[0][0], 0)

    def _below_titles(self, head: Head, place: int, known: int) -> tuple[int, int]:
        """Return the line and the place of the header: the next row where that has more names, as
        below titles of groups of columns."""
        following = head.rows[place + 1 : place + 2]
        if any(self._known(texts, _titles(head, line)) > known for line, texts in following):
            place += 1
        return head.rows[place][0], place

    def _chosen(self, head: Head, line: int, above: int) -> int:
        self.sheet, self.line, self.above = head.sheet, line, above
        self.seen.sort(key=lambda place: -place[0])
        return line

    def _known(self, texts: Sequence[str], groups: Mapping[int, str]) -> int:
        """Count the answers that the texts of a row name, below the titles of their groups."""
        mapped = {text for text in texts if text and fold(text) in self._mapped}
        groups = _of_some_columns(groups, texts)
        answers = {
            answer: text
            for column, text in enumerate(texts)
            if text and (answer := _answer_in(groups.get(column, ""), text))
        }
        # A row of words like « bcs » and « RQTH » is a student's.
        if not mapped and all(is_value(answer, text) for answer, text in answers.items()):
            return 0
        return len(answers) + len(mapped - set(answers.values()))

    def notices(self) -> list[Notice]:
        """Return that rows above the header are not read."""
        if not self.above:
            return []
        return [Notice("header_row", {"line": self.line, "rows": self.above})]


class MatchedHeaders(NamedTuple):
    """Which columns of a table are answers (number → answer), headers that nearly are, with the
    answers that they may be, those that are not read, and the answers given for all rows."""

    answers: Mapping[int, str]
    near: Mapping[str, Sequence[str]]
    unread: Sequence[str] = ()
    given: Collection[str] = ()

    def notices(self) -> list[Notice]:
        """Return what is not read, and the answers that have no column."""
        notices = [
            Notice("near_header", {"value": header, "near": answers})
            for header, answers in islice(self.near.items(), _NEAR_HEADERS)
        ]
        if unread := [name for name in self.unread if name and name not in self.near]:
            more = ["…"] if len(unread) > _UNREAD_HEADERS else []
            notices.append(Notice("unread", {"columns": (*unread[:_UNREAD_HEADERS], *more)}))
        garbled = ((name, _before_it_was_garbled(name)) for name in self.unread)
        if twins := next((pair for pair in garbled if pair[1] is not None), None):
            notices.append(Notice("garbled", {"value": twins[0], "columns": twins[1:]}))
        present = {*self.answers.values(), *self.given}
        present |= {spared for name in present if (spared := FIELD[name].spares) is not None}
        absent = [
            answer.name for answer in FIELDS if answer.name not in present and not answer.optional
        ]
        if absent:
            notices.append(Notice("absent", {"answers": absent}))
        days = [answer for answer in ("start", "end") if answer in absent]
        if days and (periods := [name for name in unread if is_period(name)]):
            meant = " ".join(f"--set {answer}={FIELD[answer].example}" for answer in days)
            params = {"answers": days, "columns": (*periods,), "meant": meant}
            notices.append(Notice("no_days", params))
        return notices


def _before_it_was_garbled(name: str) -> str | None:
    """Return the name that was written as UTF-8 and read as cp1252, as « DÃ©but » is; else None."""
    try:
        meant = name.encode("cp1252").decode()
    except UnicodeError:
        return None
    return meant if meant != name else None


def match_headers(
    headers: Sequence[str],
    mapped: Mapping[str, str],
    row: HeaderRow | None = None,
    *,
    given: Collection[str] = (),
    first_column: int = 0,
    groups: Mapping[int, str] = {},
    again: bool = False,
    strict: bool = True,
) -> MatchedHeaders:
    """Find the answers among the columns; `mapped` names some (`column` → answer or IGNORED).

    `given` are answers that hold for the whole file; a column of theirs is not read. `groups` are
    titles over several columns, as « Séjour » over « Du » and « Au ». `again` says
    that the columns of an earlier result may be there. Without `strict`, of two columns that are
    one answer the second is near it, and there may be no answer at all. A column that is mapped to
    an answer wins over one that is named like it, and a town over a postal code.

    Raises UnreadableInput when two columns are the same answer, when one is reserved for results or
    when no column is an answer; UsageError when `mapped` names no column.
    """
    names = [header.strip() for header in headers]
    groups = _of_some_columns(groups, names)
    answer_by_number = {
        number_of(column, names, first_column): answer for column, answer in mapped.items()
    }
    doubtful = ambiguous_departures(names)
    named = [_answer_in(groups.get(number, ""), name) for number, name in enumerate(names)]
    found = {number: answer_by_number.get(number) or named[number] for number in range(len(names))}
    seconds = _second_forms(names, found)
    answers: dict[int, str] = {}
    near: dict[str, Sequence[str]] = {}
    twins: list[Problem] = []
    unread: list[str] = []
    for number, name in enumerate(names):
        if is_reserved(name):
            if not again:
                raise _refused("reserved_column", value=name)
            if answer_by_number.get(number, IGNORED) != IGNORED:
                raise _refused("mapped_result", value=name, answer=answer_by_number[number])
            continue
        answer = answer_by_number.get(number) or (None if name in doubtful else named[number])
        is_second = answer in answer_by_number.values() or number in seconds
        if answer and is_second and number not in answer_by_number and answer not in given:
            near[name] = (answer,)
            unread.append(name)
            continue
        if answer is None or answer == IGNORED or answer in given:
            unread.append(name)
            if answer is None and name in doubtful:
                near[name] = ("start", "end")
            elif (
                answer is None
                and (close := near_answer(name))
                and not is_of_another(groups.get(number, ""), close)
            ):
                near[name] = (close,)
        elif answer in answers.values():
            if strict:
                other = next(names[it] for it in answers if answers[it] == answer)
                meant = f'--map "{distinct_name(number, names, first_column)}=-"'
                params = {"value": other, "key": name, "answer": answer, "meant": meant}
                twins.append(Problem("answer_twice", "input", params))
            near[name] = (answer,)
        else:
            answers[number] = answer
    if twins:
        raise UnreadableInput(*twins)
    own = (item for item in answers.items() if item[0] not in answer_by_number)
    no_header = all(is_value(answer, names[number]) for number, answer in own)
    if strict and no_header and not answer_by_number.keys() & answers.keys():
        raise _without_an_answer(names, near, row)
    return MatchedHeaders(answers, near, unread, given)


def _titles(head: Head, line: int) -> Mapping[int, str]:
    return head.titles.get(line - 1, {})


def _of_some_columns(groups: Mapping[int, str], names: Sequence[str]) -> Mapping[int, str]:
    """Return the titles without that of the whole list, as « Mobilités 2026-2027 »: it stands from
    the first column on over more than half of them."""
    named = [number for number, name in enumerate(names) if name]
    first = groups.get(named[0]) if named else None
    if sum(groups.get(number) == first for number in named) * 2 <= len(named):
        return groups
    return {number: title for number, title in groups.items() if title != first}


def _answer_in(group: str, name: str) -> str | None:
    """Return the answer that the name of a column is under the title of its group, which may say
    whose or which thing it is: the date and the place of « Naissance »."""
    if not group or not name:
        return answer_of(name)
    together = answer_of(f"{group} {name}") or answer_of(f"{name} {group}")
    alone = answer_of(name)
    if together or alone is None:
        return together
    return None if is_of_another_time(group, alone) or is_of_another(group, alone) else alone


def _second_forms(names: Sequence[str], found: Mapping[int, str | None]) -> set[int]:
    """Return the columns that say again, in another form, what a column beside them says: the
    postal code of a town, the name of the commune whose INSEE code is there, the code of a country.
    """
    by_answer: dict[str, list[int]] = {}
    for number, answer in found.items():
        if answer is not None and answer != IGNORED:
            by_answer.setdefault(answer, []).append(number)
    seconds: set[int] = set()
    for answer, numbers in by_answer.items():
        if answer == "commune":
            postcodes = [number for number in numbers if is_postcode(names[number])]
            if len(postcodes) < len(numbers):
                seconds.update(postcodes)
        forms: dict[str, dict[str, int]] = {}  # by the bracket, by the name before it
        for number in numbers:
            name, bare = fold_name(names[number]), fold_name(without_bracket(names[number]))
            form = name.removeprefix(bare).strip()
            if form in _FORMS:
                forms.setdefault(bare, {}).setdefault(form, number)
        for same in forms.values():
            best = min(same, key=_FORMS.index)
            seconds.update(number for form, number in same.items() if form != best)
    return seconds


def is_reserved(name: str) -> bool:
    """Tell whether a column is one of a result."""
    return name.strip()[: len(RESERVED)].casefold() == RESERVED


def _without_an_answer(
    names: Sequence[str], near: Mapping[str, Sequence[str]], row: HeaderRow | None
) -> UnreadableInput:
    """Make the refusal of a table without an answer; it repeats no cell, because without a header
    these are the cells of a student."""
    parts = re.split(r"[;,|\t]| {2,}", names[0][:_LONGEST_LINE]) if len(names) == 1 else ()
    if sum(answer_of(part) is not None for part in parts) >= _FEWEST_KNOWN:
        return _refused("one_column", line=row.line if row else 1)
    params: dict[str, object] = {
        "columns": len(names),
        "suggestion": next((answers[0] for answers in near.values()), None),
    }
    if row is None or not row.has_looked:
        return _refused("no_answer_column", line=1, **params)
    if row.sheet is None:
        return _refused("no_answer_in_lines", line=row.line, **params)
    elsewhere = [place for place in row.seen if place[1:] != (row.sheet, row.line)]
    params |= {"sheet": row.sheet, "line": row.line}
    if not elsewhere:
        return _refused("no_answer_in_sheet", **params)
    _, sheet, line = elsewhere[0]
    return _refused("no_answer_but_elsewhere", **params, other=sheet, other_line=line)


def refuse_twins(headers: Sequence[str], columns: Sequence[int]) -> None:
    """Raise UnreadableInput where two columns that are written have the same name, which JSON and
    Parquet cannot hold."""
    first: dict[str, int] = {}
    for number in columns:
        name = headers[number].strip()
        if name and name in first:
            raise _refused(
                "same_column_twice", value=name, first=first[name] + 1, second=number + 1
            )
        first.setdefault(name, number)


def output_columns(
    headers: Sequence[str], only: Sequence[str] | None, first_column: int = 0
) -> list[int]:
    """Return the numbers of the columns that are written: all, or those that `only` names.

    Columns of an earlier result are not, because new ones take their place.

    Raises UsageError for a name that is no column.
    """
    if only is None:
        return [number for number, name in enumerate(headers) if not is_reserved(name)]
    names = [header.strip() for header in headers]
    numbers = {number_of(name, names, first_column) for name in only}
    return sorted(number for number in numbers if not is_reserved(names[number]))


def identity_columns(
    headers: Sequence[str], columns: Sequence[int], answers: Collection[int]
) -> int:
    """Return how many of the first columns written tell who a student is: one, where no name does.

    They end with the last of the first four that is no answer and is named like a name or number.
    """
    named = (
        place
        for place, column in enumerate(columns[:_MOST_IDENTITY], 1)
        if column not in answers and _IDENTITY.search(fold(headers[column][:100]))
    )
    return max(named, default=1)


def distinct_name(number: int, names: Sequence[str], first_column: int = 0) -> str:
    """Return by what `number_of` finds a column: its name, or its letter where another has it."""
    is_alone = names.count(names[number]) == 1
    return names[number] if is_alone else _letter_of(first_column + number)


def _letter_of(number: int) -> str:
    from xlsxwriter.utility import xl_col_to_name  # loads all of XlsxWriter

    letter: str = xl_col_to_name(number)
    return letter


def number_of(column: str, names: Sequence[str], first_column: int = 0) -> int:
    """Return the number of a column by its name, as it is written or folded, or by its letter.

    Raises UsageError where none or several have the name.
    """
    column = column.strip()
    named = [number for number, name in enumerate(names) if name == column]
    named = named or [number for number, name in enumerate(names) if fold(name) == fold(column)]
    if not named and column.isascii() and column.isalpha() and column.isupper():
        number = reduce(lambda total, letter: 26 * total + ord(letter) - 64, column[:4], 0)
        if first_column < number <= first_column + len(names):
            return number - 1 - first_column
    if len(named) > 1:
        letters = ", ".join(_letter_of(first_column + number) for number in named)
        raise UsageError(Problem("same_names", "input", {"value": column, "columns": letters}))
    if not named:
        params = {"value": column, "suggestion": nearest(column, names)}
        raise UsageError(Problem("no_such_column", "input", params))
    return named[0]


def _refused(code: str, **params: object) -> UnreadableInput:
    return UnreadableInput(Problem(code, "input", params))
