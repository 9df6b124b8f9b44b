"""JSON as it is shown: with nothing in it that a terminal may obey, or that shows nothing."""

import json
import unicodedata

_SPACES = str.maketrans("\u00a0\u202f\n", "   ")


def json_shown(document: object) -> str:
    """A document as JSON, indented by two spaces."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    if text.translate(_SPACES).isprintable():
        return text
    return "\n".join(map(printable, text.split("\n")))


def printable(text: str) -> str:
    """The same JSON, of one line, with what is not printable written as escapes.

    Only in strings can there be such characters; a tab can only stand between values.
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
