"""Reads JSON strictly (RFC 8259): `--answers` documents and files of students.

Duplicate keys, NaN, lone surrogates, text behind the value and deep nesting are refused, each with
its position. Numbers keep their spelling, except that -0 is read as -0.0.
"""

import json
import re
from typing import Any, NamedTuple

import jiter

DEEPEST = 200  # levels of nesting that jiter follows

_PLACE = re.compile(r"(.*) at line (\d+) column (\d+)", re.DOTALL)
_CODES = {
    "Detected duplicate key": "duplicate",
    "recursion limit exceeded": "deep",
    "lone leading surrogate": "half_character",
    "unexpected end of hex escape": "half_character",
}
_encode = json.JSONEncoder(ensure_ascii=False).encode
_NO_VALUE = re.compile(rb"NaN|Infinity")
_MAY_HOLD_MINUS_ZERO = (b":-0", b" -0", b",-0", b"[-0")
_TEXT_OR_MINUS_ZERO = re.compile(rb'"(?:[^"\\]|\\.)*"|-0(?![0-9.eE])')


class Fault(NamedTuple):
    """What is wrong with a text, and where the parser stopped: line and column from 1, the column
    in characters.

    `code` is "damaged", "duplicate", "deep", "half_character" or "no_value"; `word` is the
    duplicate key, or the word that is no JSON value.
    """

    code: str
    line: int
    column: int
    word: str


class Malformed(ValueError):
    """Raised for a text that is not strict JSON."""

    def __init__(self, message: str, text: bytes) -> None:
        self._text = text
        super().__init__(message)

    def fault(self) -> Fault:
        """Find what is wrong; on request only, because a damaged file may hold a million faults."""
        place = _PLACE.fullmatch(self.args[0])
        assert place is not None, "every message of jiter ends with the position"
        reason, line, column = place[1], int(place[2]), int(place[3])
        start = 0
        for _ in range(line - 1):
            start = self._text.index(b"\n", start) + 1
        stop = start + max(0, column - 1)  # jiter counts bytes
        before = self._text[start:stop].decode(errors="replace")
        code = next((code for begin, code in _CODES.items() if reason.startswith(begin)), "damaged")
        word = reason.partition('"')[2].removesuffix('"')
        if no_value := _NO_VALUE.match(self._text, stop):
            code = "no_value"
            word = ("-" if before.endswith("-") else "") + no_value[0].decode()
        return Fault(code, line, len(before) + 1, word)


def read(text: bytes) -> Any:
    """Read one JSON value in UTF-8; a number that is not an integer is a `LosslessFloat`.

    Raises Malformed.
    """
    value = _parse(text)
    if any(beginning in text for beginning in _MAY_HOLD_MINUS_ZERO):
        # jiter gives 0 for -0, which no answer accepts.
        spelled = _TEXT_OR_MINUS_ZERO.sub(
            lambda part: b"-0.0" if part[0] == b"-0" else part[0], text
        )
        return value if spelled == text else _parse(spelled)
    return value


def _parse(text: bytes) -> Any:
    try:
        return jiter.from_json(
            text,
            allow_inf_nan=False,
            cache_mode="keys",
            catch_duplicate_keys=True,
            float_mode="lossless-float",
        )
    except ValueError as error:
        raise Malformed(str(error), text) from None


def compact(value: Any) -> str:
    """Write a value that was read as JSON without blanks, its numbers as they were spelled."""
    match value:
        case list():
            return f"[{','.join(map(compact, value))}]"
        case dict():
            return f"{{{','.join(f'{compact(key)}:{compact(value[key])}' for key in value)}}}"
        case jiter.LosslessFloat():
            return str(value)
    return _encode(value)
