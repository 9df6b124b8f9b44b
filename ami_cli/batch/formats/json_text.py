"""One JSON object, read strictly (RFC 8259), and its values as text again.

What a lenient reader lets pass is a fault here: a key given twice, NaN, half a character, text
behind the object, values nested without end. Numbers stay as they were written, so that 1e1 or
a number of thirty digits is judged as such.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

DEEPEST = 100  # levels of lists and objects in each other; no table of students has so many

# For polars: characters that a terminal may obey, or that show nothing.
NOT_PRINTABLE = r"[\p{C}\p{Zl}\p{Zp}]"


class Faulty(ValueError):
    """A text that is no JSON object: `code` names the sentence that says why, `position` is where,
    from 0, when it is known."""

    def __init__(self, code: str, position: int | None = None, **params: object) -> None:
        self.code = code
        self.position = position
        self.params: Mapping[str, object] = params
        super().__init__(code)


class Literal(str):
    """A number, as it was written."""

    __slots__ = ()


def read_object(text: str) -> Mapping[str, Any]:
    """The members of an object: text, `Literal`, true, false, None, lists and dicts.

    Raises Faulty where the text is anything but one object, whole and alone.
    """
    found = _outcome(text)
    if isinstance(found, Faulty):
        raise found
    return found


def keys_of(text: str) -> list[str]:
    """The keys of an object whose only fault is that it has one of them twice."""
    return list(_LENIENT(text))


def _outcome(text: str) -> Mapping[str, Any] | Faulty:
    twice = None
    try:
        try:
            value = _STRICT(text)
        except _Twice as wrong:
            twice = wrong.key
            # The key is the least of the faults: another one in the same text is said first.
            value = _LENIENT(text)
    except json.JSONDecodeError as wrong:
        return Faulty("rows.json_damaged", wrong.pos)
    except _NoValue as wrong:
        place = _outside_strings(wrong.name, text)
        return Faulty("rows.json_no_value", place, name=wrong.name)
    except RecursionError:
        return Faulty("rows.json_deep", most=DEEPEST)
    if not isinstance(value, dict):
        return Faulty("rows.json_no_object")
    if "\\" in text and (half := _half_character(text)) is not None:
        return Faulty("rows.json_half_character", half)
    if _too_deep(value):
        return Faulty("rows.json_deep", most=DEEPEST)
    return value if twice is None else Faulty("rows.json_duplicate", key=twice)


def cell_text(value: Any) -> str | None:
    """The text of a cell: a text itself, a number as written, lists and objects as JSON."""
    if value is None:
        return None
    return str(value) if isinstance(value, str) else json_text(value)


def json_text(value: Any) -> str:
    """A value as JSON, without blanks."""
    match value:
        case Literal():
            return str(value)
        case list():
            return f"[{','.join(map(json_text, value))}]"
        case dict():
            members = (f"{quoted(key)}:{json_text(each)}" for key, each in value.items())
            return f"{{{','.join(members)}}}"
    return quoted(value)


def quoted(value: str | bool | None) -> str:
    """A text, true, false or null in JSON."""
    return json.dumps(value, ensure_ascii=False)


# ---------------------------------------------------------------------------------------------
# What is strict in it
# ---------------------------------------------------------------------------------------------


class _Twice(ValueError):
    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__("duplicate key")


class _NoValue(ValueError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__("no JSON value")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        raise _Twice(next(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return members


def _no_value(name: str) -> Any:
    raise _NoValue(name)


_STRICT: Callable[[str], Any] = json.JSONDecoder(
    object_pairs_hook=_each_once, parse_int=Literal, parse_float=Literal, parse_constant=_no_value
).decode
_LENIENT: Callable[[str], Any] = json.JSONDecoder(
    parse_int=Literal, parse_float=Literal, parse_constant=_no_value
).decode


_STRINGS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


def _outside_strings(name: str, text: str) -> int:
    """Where a word stands that is no text between quotation marks."""
    end = 0
    for string in _STRINGS.finditer(text):
        found = text.find(name, end, string.start())
        if found >= 0:
            return found
        end = string.end()
    return text.find(name, end)


# A pair of surrogates, or one alone (its digits in group 1), or any other escape.
_ESCAPES = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u([dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)


def _half_character(text: str) -> int | None:
    return next((each.start() for each in _ESCAPES.finditer(text) if each[1]), None)


def _too_deep(value: dict[str, Any]) -> bool:
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, list | dict)
        ]
        if not level:
            return False
    return True
