"""Reads and proposes profiles: what is said once about the files that an office gets each month.

A profile is a TOML file. `sheet`, `header_row`, `only` and `output` are options of `ami batch`;
`[columns]` names the answer of a column as `--map` does, `[words.stay]` the value of a word in the
column of that answer, `[all]` an answer that holds for all rows, as `--set` does. What the command
line says wins. Every key and value is checked, and a fault names its line.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ami_cli.answers import FIELD, Kind
from ami_cli.batch.formats import Chunk
from ami_cli.batch.headers import IGNORED, answer_of
from ami_cli.batch.judge import is_insee
from ami_cli.batch.tables import Table
from ami_cli.failures import InvalidAnswers, Problem, UnreadableInput, UsageError
from ami_cli.interruptible import open_input, read_at_most, unreadable
from ami_cli.reading import read, suggestion
from ami_cli.registers import find, propose_communes, propose_schools, schools
from ami_cli.registers.spelling import LONGEST_WORD, fold, nearest
from ami_cli.words import Words

LARGEST = 100_000  # bytes
_MOST_DOTS = 200  # of a line: tomllib takes gigabytes for a key of thousands of parts
_KEYS = ("sheet", "header_row", "only", "output", "columns", "words", "all")
_MOST_WORDS = 50  # unknown words of a column that are looked for
_MOST_GUESSES = 5  # names that one may mean


class Profile(NamedTuple):
    """What a profile says; None and empty where it says nothing."""

    sheet: str | None = None
    header_row: int | None = None
    only: tuple[str, ...] | None = None
    output: str | None = None
    columns: Mapping[str, str] = {}
    words: Mapping[str, Mapping[str, Any]] = {}  # value by folded word, by answer
    all: Mapping[str, Any] = {}


def read_profile(path: str) -> Profile:
    """Read a profile.

    Raises UnreadableInput where it is no TOML, UsageError with all faults of its keys and values.
    """
    try:
        with open_input(path) as file:
            content = read_at_most(file, LARGEST)
    except OSError as error:
        raise unreadable(path, error, "profile") from None
    if len(content) > LARGEST:
        raise UnreadableInput(Problem("profile_too_large", "profile", {"value": path}))
    try:
        text = content.decode("utf-8-sig")
        document = _parsed(text)
    except (ValueError, RecursionError) as error:
        params = {"value": path, "line": _line_of(error, content)}
        raise UnreadableInput(Problem("profile_no_toml", "profile", params)) from None
    return _Reader(path, text).profile(document)


def _parsed(text: str) -> dict[str, Any]:
    """Parse TOML. Raises ValueError or RecursionError, which names the line."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > _MOST_DOTS:
            raise ValueError(f"(at line {number}, column 1)")
    return tomllib.loads(text)


def _line_of(error: Exception, content: bytes) -> int:
    """Return where a profile is damaged; tomllib names its end in words."""
    if isinstance(error, UnicodeDecodeError):
        return content.count(b"\n", 0, error.start) + 1
    place = re.search(r"\(at line (\d+), column \d+\)\Z", str(error))
    return int(place[1]) if place else content.rstrip().count(b"\n") + 1


class _Reader:
    """Checks the parts of one document and collects their faults."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._lines = dict(_lines_of_keys(text))
        self._problems: list[Problem] = []

    def profile(self, document: Mapping[str, Any]) -> Profile:
        for key in document.keys() - set(_KEYS):
            self._refused("profile_unknown_key", (key,), key, suggestion=nearest(key, _KEYS))
        columns = self._table(document, "columns")
        words = self._table(document, "words")
        everywhere = self._table(document, "all")
        profile = Profile(
            self._value(document, "sheet", str),
            self._value(document, "header_row", int),
            self._only(document),
            self._value(document, "output", str),
            {column: self._answer(("columns", column), name) for column, name in columns.items()},
            dict(filter(None, (self._words(words, name) for name in words))),
            dict(filter(None, (self._everywhere(everywhere, name) for name in everywhere))),
        )
        if self._problems:
            raise UsageError(*sorted(self._problems, key=lambda problem: problem.params["line"]))
        return profile

    def _refused(self, code: str, path: tuple[str, ...], value: object, **params: object) -> None:
        line = self._lines.get(path, 1)
        self._problems.append(
            Problem(code, "profile", {"line": line, "file": self._path, "value": value, **params})
        )

    def _value(self, document: Mapping[str, Any], key: str, kind: type) -> Any:
        value = document.get(key)
        if value is not None and (type(value) is not kind or not value or value == IGNORED):
            self._refused("profile_bad_value", (key,), value)
        return value

    def _only(self, document: Mapping[str, Any]) -> tuple[str, ...] | None:
        only = document.get("only")
        if only is None:
            return None
        if not isinstance(only, list) or not all(isinstance(name, str) for name in only):
            self._refused("profile_bad_value", ("only",), only)
            return None
        return tuple(only)

    def _table(self, document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        table = document.get(key, {})
        if not isinstance(table, dict):
            self._refused("profile_bad_value", (key,), table)
            return {}
        return table

    def _answer(self, path: tuple[str, ...], name: object) -> str:
        answer = IGNORED if name == IGNORED else answer_of(name) if isinstance(name, str) else None
        if answer is None:
            near = nearest(fold(str(name)), FIELD)
            self._refused(
                "profile_no_answer", path, name, suggestion=near, options=", ".join(FIELD)
            )
        return answer or IGNORED

    def _words(self, tables: Mapping[str, Any], name: str) -> tuple[str, Mapping[str, Any]] | None:
        answer = self._answer(("words", name), name)
        table = tables[name]
        if answer == IGNORED:
            return None
        if not isinstance(table, dict):
            self._refused("profile_bad_value", ("words", name), table)
            return None
        return answer, {
            fold(word): self._read(("words", name, word), answer, value)
            for word, value in table.items()
        }

    def _everywhere(self, table: Mapping[str, Any], name: str) -> tuple[str, Any] | None:
        answer = self._answer(("all", name), name)
        if answer == IGNORED:
            return None
        value = self._read(("all", name), answer, table[name])
        return None if value is None else (answer, value)

    def _read(self, path: tuple[str, ...], answer: str, value: object) -> Any:
        try:
            if isinstance(value, dict | list):
                raise InvalidAnswers
            return read(answer, "oui" if value is True else "non" if value is False else str(value))
        except InvalidAnswers:
            self._refused("profile_bad_answer", path, value, answer=answer)
            return None


def _lines_of_keys(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the path of each key and table, and its line."""
    table: tuple[str, ...] = ()
    for number, line in enumerate(re.split(r"\r?\n", text), 1):
        try:
            document = tomllib.loads(line)
        except (tomllib.TOMLDecodeError, RecursionError):  # in the middle of a value
            try:
                document = tomllib.loads(f"{line.partition('=')[0]} = 0")
            except (tomllib.TOMLDecodeError, RecursionError):
                continue
        path: tuple[str, ...] = ()
        while isinstance(document, dict) and len(document) == 1:
            ((key, document),) = document.items()
            path += (key,)
        if line.lstrip().startswith("["):
            table = path
        if path:
            yield (path if line.lstrip().startswith("[") else table + path), number


def set_answer(text: str) -> tuple[str, Any]:
    """Return the answer and the value of `--set answer=value`.

    Raises UsageError where it is none.
    """
    name, equals, value = text.partition("=")
    answer = answer_of(name)
    if not equals or answer is None:
        near = nearest(fold(name[:50]), FIELD) if name else None
        params = {"value": text, "options": ", ".join(FIELD), "suggestion": near}
        raise UsageError(Problem("bad_set", "set", params))
    read_value = read(answer, value)
    if read_value is None:
        raise UsageError(Problem("bad_set", "set", {"value": text, "options": ", ".join(FIELD)}))
    return answer, read_value


# --- a profile that is proposed -------------------------------------------------------------------


def proposal(table: Table, profile: Profile, words: Words, *, alone: bool) -> str:
    """Return a profile for a table: what is known, and each guess as a commented line.

    Of several files, not `alone`, sheet and line of the header may differ.
    """
    matched, row = table.matched, table.row
    lines = [f"# {line}" for line in words("profile.about").split("\n")]
    if row.sheet is not None and alone:
        lines.append(f"sheet = {_text(row.sheet)}")
    if (row.above and alone) or profile.header_row:
        lines.append(f"header_row = {row.line}")
    lines += ["", f"# {words('profile.columns')}", "[columns]"]
    names = [header.strip() for header in table.source.headers]
    first = range(min(2, len(names)))  # may tell a line of totals
    chunks = table.chunks(sorted({*matched.answers, *first}))
    unknown, schools_seen = _unknown_words(table, profile, chunks)
    for number, name in enumerate(names):
        key = _text(name)
        if number in matched.answers:
            answer = matched.answers[number]
            lines.append(f"{key} = {_text(answer)}")
            if answer == "establishment" and schools_seen:
                lines.append(f"# {key} = {_text('school')}")
        elif name in matched.near:
            lines += [f"# {key} = {_text(answer)}" for answer in matched.near[name]]
    for answer, guesses in unknown.items():
        about = "profile.names" if FIELD[answer].kind is Kind.NAME else "profile.words"
        lines += ["", f"# {words(about, label=words(f'labels.{answer}'))}", f"[words.{answer}]"]
        lines += [
            f"# {_text(text)} = {_text(guess)}" for text, own in guesses.items() for guess in own
        ]
    lines += ["", f"# {words('profile.all')}", "[all]"]
    given = {**profile.all}
    lines += [f"{name} = {_text(str(value))}" for name, value in given.items()]
    if not {"establishment", "school"} & {*matched.answers.values(), *given}:
        lines.append('# establishment = "public"')
    return "\n".join(lines) + "\n"


def _unknown_words(
    table: Table, profile: Profile, chunks: Iterator[Chunk]
) -> tuple[dict[str, dict[str, Sequence[str]]], bool]:
    """Return the words that are not read and the names that are not certain, each with what it may
    mean, by answer; and whether the column of the kind of establishment names schools."""
    unknown: dict[str, dict[str, Sequence[str]]] = {}
    names_schools = False
    columns = {
        str(number): answer
        for number, answer in table.matched.answers.items()
        if FIELD[answer].kind in (Kind.CHOICE, Kind.YES_NO, Kind.NAME)
        and not is_insee(answer, table.source.headers[number])
    }
    for chunk in chunks:
        rows = chunk.frame if chunk.faults is None else chunk.frame.filter(chunk.faults.is_null())
        for rank, answer in columns.items():
            guesses = unknown.setdefault(answer, {})
            for text in rows[rank].drop_nulls().str.strip_chars().unique(maintain_order=True):
                if len(guesses) >= _MOST_WORDS or len(text) > LONGEST_WORD:
                    continue
                if fold(text) in profile.words.get(answer, {}) or _is_certain(answer, text):
                    continue
                if answer == "establishment" and schools.find(text).answer != "unknown":
                    names_schools = True
                else:
                    guesses[text] = _guesses(answer, text)
    return {answer: own for answer, own in unknown.items() if any(own.values())}, names_schools


def _is_certain(answer: str, text: str) -> bool:
    try:
        value = read(answer, text)
    except InvalidAnswers:
        return False
    return value is None or FIELD[answer].kind is not Kind.NAME or bool(find(answer, value).entry)


def _guesses(answer: str, text: str) -> Sequence[str]:
    """Return what a text may mean: of a name all that are near, else one word, blank without."""
    match FIELD[answer].kind:
        case Kind.NAME:
            found = propose_schools(text) if answer == "school" else propose_communes(text)
            return found.titles[:_MOST_GUESSES]
        case Kind.CHOICE:
            return (suggestion(FIELD[answer], text) or "",)
        case _:
            return ("",)


def _text(text: str) -> str:
    """Write a TOML string: that of JSON, with every control character escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
