"""Holds every sentence a person reads, by code, in the language of the reader: `fr/` or `en/`.

A language is split over files by what they serve: `result.toml` (what `--json` says too, and the
headings), `brief.toml` (the answer on one screen), `questions.toml`, `problems.toml` (errors and
their fixes), `help.toml`, `law.toml`, `batch.toml` (files of students, with their errors),
`page.toml`, `mail.toml`, `calendar.toml`, `completion.toml` and `schema.toml`. All files are read
at once and a table may be split over several; the tables of a name are parsed when the first of
their codes is asked for, because parsing all of them is a tenth of the start.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

LANGUAGES = ("fr", "en")
LONGEST_DATUM = 60  # characters of a person's own text that a message repeats

_TABLE = re.compile(r"^(?=\[)", re.MULTILINE)  # where a table begins


class Words:
    """The words of one language: `words("key", name=…)` fills the sentence of a code.

    For an adviser, who is not the student, the sentences of the table `adviser` stand in the place
    of those of the same code. Raises KeyError for a code without words.
    """

    def __init__(self, lang: str, *, adviser: bool = False) -> None:
        self.lang = lang
        self._for_an_adviser: dict[str, Any] = {}
        self._sentences: dict[str, Any] = {}
        self._tables: set[str] = set()
        # The text of the tables that are not parsed yet, by the first part of their names.
        self._waiting: dict[str, list[str]] = {}
        for file in sorted(Path(__file__).with_name(lang).glob("*.toml")):
            for table in _TABLE.split(file.read_text("utf-8"))[1:]:
                name = table[1 : table.index("]")].partition(".")[0]
                self._waiting.setdefault(name, []).append(table)
        if adviser:
            self._parse("adviser")
            own = {key.removeprefix("adviser."): text for key, text in self._sentences.items()}
            self._for_an_adviser = own

    def _sentence(self, key: str) -> Any:
        if key not in self._sentences:
            self._parse(key.partition(".")[0])
        return self._sentences[key]

    def _parse(self, name: str) -> None:
        for text in self._waiting.get(name, ()):
            self._add("", tomllib.loads(text))
        self._waiting.pop(name, None)
        self._sentences |= self._for_an_adviser

    def _add(self, prefix: str, table: dict[str, Any]) -> None:
        for key, value in table.items():
            if isinstance(value, dict):
                self._tables.add(prefix + key)
                self._add(f"{prefix}{key}.", value)
            else:
                self._sentences[prefix + key] = value

    def __contains__(self, key: str) -> bool:
        """Tell whether a code has a sentence, a list, or a table of further codes."""
        self._parse(key.partition(".")[0])
        return key in self._sentences or key in self._tables

    def all_keys(self) -> Mapping[str, Any]:
        """Return every code of the language with its sentence or list."""
        for name in list(self._waiting):
            self._parse(name)
        return self._sentences

    def __call__(self, key: str, /, **params: object) -> str:
        """Return the sentence of a code, filled."""
        sentence: str = self._sentence(key)
        return sentence.format(**params) if params else sentence

    def filled(self, key: str, params: Mapping[str, object]) -> str:
        """Return the sentence of a code, filled from a mapping that may hold more than it needs."""
        sentence: str = self._sentence(key)
        return sentence.format_map(params) if "{" in sentence else sentence

    def list(self, key: str) -> list[Any]:
        """Return the list of a code (months, examples)."""
        entries: list[Any] = self._sentence(key)
        return entries

    def date(self, day: date) -> str:
        """Return a day in full: « 1er septembre 2026 », with a no-break space after the day."""
        form = "format.first_of_month" if day.day == 1 else "format.day"
        month = self.list("format.months")[day.month - 1]
        return self(form, day=day.day, month=month, year=day.year)

    def partial_date(self, text: str) -> str:
        """Return an ISO day, month or year in words."""
        year, month, day = (*text.split("-"), "", "")[:3]
        if day:
            return self.date(date.fromisoformat(text))
        return f"{self.list('format.months')[int(month) - 1]} {year}" if month else year

    def euros(self, amount: int) -> str:
        """Return an amount in whole euros: « 2 000 € »."""
        return self("format.euros", amount=self.number(amount))

    def number(self, number: int) -> str:
        """Return a number with its thousands separated: « 12 345 »."""
        return f"{number:,}".replace(",", self("format.thousands"))

    def count(self, unit: str, number: int) -> str:
        """Return a number with its unit: « 1 mois entier », « 3 mois entiers »."""
        one = number == 1 or (number == 0 and self.lang == "fr")
        return self(f"count.{unit}.{'one' if one else 'other'}", n=self.number(number))

    def all(self, names: Iterable[str]) -> str:
        """Return an enumeration that ends in "and"."""
        return self._enumerate(tuple(names), "format.and")

    def either(self, names: Iterable[str]) -> str:
        """Return an enumeration that ends in "or"."""
        return self._enumerate(tuple(names), "format.or")

    def _enumerate(self, names: tuple[str, ...], last: str) -> str:
        start = ", ".join(names[:-1])
        return self(last).join(part for part in (start, *names[-1:]) if part)

    def awaited(self, names: Iterable[str]) -> str:
        """Return an enumeration of missing answers: « ton âge et ta date de départ »."""
        return self.all(self(f"missing.{name}") for name in names)

    def value(self, name: str, value: object) -> str:
        """Return an answer in words: a date in full, oui or non, an option, a name, a country."""
        match value:
            case None:
                return self("format.no_answer")
            case bool():
                return self("format.yes" if value else "format.no")
            case date():
                return self.date(value)
            case str() if name == "destination":
                from ami_cli.registers import countries  # only a destination needs it

                return countries.title(value, self.lang)
            case str():
                option = f"options.{name}.{value}"
                return self(option) if option in self else visible(value)
        return str(value)

    def datum(self, value: object) -> str:
        """Return a person's own text for a message: quoted, printable, and short."""
        return self("format.quote", text=visible(str(value)))


@cache
def words_of(lang: str, *, adviser: bool = False) -> Words:
    """Return the words of "fr" or "en", for a student or for an adviser."""
    return Words(lang, adviser=adviser)


def within(label: str) -> str:
    """Return a label as it stands inside a sentence: only a proper name keeps its capital."""
    return label if label.startswith("Erasmus") else label[0].lower() + label[1:]


def visible(text: str, longest: int = LONGEST_DATUM) -> str:
    """Return a text without characters that a terminal obeys, cut to `longest` characters.

    Control, direction and lone surrogate characters become escapes.
    """
    shown = text if len(text) <= longest else text[: longest - 1] + "…"
    return shown if shown.isprintable() else _escaped(shown)


@lru_cache(2_000)  # most sentences of a page are the same for each student
def _escaped(text: str) -> str:
    return "".join(
        f"\\u{ord(character):04x}" if unicodedata.category(character)[0] == "C" else character
        for character in text
    )
