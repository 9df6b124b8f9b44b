"""Writes JSON for people: what a terminal may obey, or what is invisible, becomes an escape."""

import json
import unicodedata

_SPACES = str.maketrans("\u00a0\u202f\n", "   ")


def json_shown(document: object) -> str:
    """Return a document as JSON, indented by two spaces."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    if text.translate(_SPACES).isprintable():
        return text
    return "\n".join(map(printable, text.split("\n")))


def json_in_a_line(document: object) -> str:
    """Return a document as JSON in one line."""
    return printable(json.dumps(document, ensure_ascii=False))


def printable(text: str) -> str:
    """Return one line of JSON with escapes for characters that are not printable.

    Such characters stand in strings only; a tab stands between values only.
    """
    return "".join(
        " " if character == "\t" else _escape(character) if _is_hidden(character) else character
        for character in text
    )


def _is_hidden(character: str) -> bool:
    kind = unicodedata.category(character)
    return kind[0] == "C" or kind in ("Zl", "Zp")


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
