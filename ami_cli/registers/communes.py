"""Looks up communes of France and their *France Ruralités Revitalisation* zoning.

This zoning replaced ZRR on 1 July 2024. It is an indication only, because the texts of the AMI
name no zoning. `communes.txt` has a line `name as compared;INSEE code;department;class;name` per
commune, in the order of the compared names: a search in the bytes finds one name without reading
the rest.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from ami_cli.registers import Answer
from ami_cli.registers.spelling import nearest, spelled

DATA = Path(__file__).with_name("communes.txt")
# The classes of the official file, by the letter that stands for them in ours.
CLASSES = {
    "N": "Non classée",
    "S": "FRR socle",
    "P": "FRR+",
    "B": "FRR bénéficiaire",
    "s": "Classée FRR partiellement",
    "b": "FRR bénéficiaire partiellement",
}
_RURAL = {"N": False, "S": True, "P": True, "B": True}

_CODE = re.compile(r"(\d\d|2[ab])(\d{3})", re.ASCII | re.IGNORECASE)
_DISTRICT = re.compile(r"(paris|lyon|marseille) (\d{1,2})(?: ?(?:e|er|eme))?(?: arrondissement)?")
_DISTRICTS = {"paris": ("75056", 20), "lyon": ("69123", 9), "marseille": ("13055", 16)}
_DISTRICT_CODES = {
    **{str(75_100 + rank): "75056" for rank in range(1, 21)},
    **{str(69_380 + rank): "69123" for rank in range(1, 10)},
    **{str(13_200 + rank): "13055" for rank in range(1, 17)},
}
_DISTRIBUTION = re.compile(r" cedex(?: \d{1,2})?$")
_DEPARTMENT = r"(0[1-9]|[1-8]\d|9[0-5]|2[ab]|97[1-46])"
_BEHIND = re.compile(rf"(?P<name>.+) (?P<department>{_DEPARTMENT})")
_BEFORE = re.compile(rf"(?P<department>{_DEPARTMENT}) (?P<name>.+)")
_POSTAL = re.compile(r"(?P<department>97\d(?=\d\d )|\d\d(?=\d{3} ))\d+ (?P<name>.+)")
_LONGEST = 100  # characters; no name is that long


class Commune(NamedTuple):
    """One commune; `rural` is None where only a part of it is classed."""

    insee: str
    department: str
    frr_class: str
    name: str

    @property
    def rural(self) -> bool | None:
        """Tell whether the zoning makes it rural."""
        return _RURAL.get(self.frr_class)

    @property
    def title(self) -> str:
        """Return its name with its department, which tells homonyms apart: « Ambert (63) »."""
        return f"{self.name} ({self.department})"


class Found(NamedTuple):
    """What a text may name: one commune, several (by department), or none."""

    answer: Answer
    communes: tuple[Commune, ...]

    @property
    def titles(self) -> list[str]:
        """Return the names of the communes, each with its department."""
        return [commune.title for commune in self.communes]


@lru_cache(100_000)
def find(text: str) -> Found:
    """Return the commune of a name or of an INSEE code.

    A department tells homonyms apart (« Saint-Denis (93) », « 93 Saint-Denis »), and so does a
    postal code before the name. The districts of Paris, Lyon and Marseille are their city.
    """
    code = _CODE.fullmatch(text.strip())
    if code:
        insee = _DISTRICT_CODES.get(code[0], code[0].upper())
        return _found(_stored(f";{insee};"))
    name = _DISTRIBUTION.sub("", spelled(text[:_LONGEST]))
    district = _DISTRICT.fullmatch(name)
    if district and 1 <= int(district[2]) <= _DISTRICTS[district[1]][1]:
        return find(_DISTRICTS[district[1]][0])
    communes = _stored(f"\n{name};") if name else []
    for pattern in (_BEHIND, _BEFORE, _POSTAL):
        if communes or not (parts := pattern.fullmatch(name)):
            continue
        if homonyms := _stored(f"\n{parts['name']};"):
            # Postal codes of Corsica begin with 20.
            department = parts["department"].upper()
            departments = ("2A", "2B") if department == "20" else (department,)
            communes = [commune for commune in homonyms if commune.department in departments]
            if not communes:
                return Found("several", tuple(homonyms))
    return _found(communes)


def near(text: str) -> str | None:
    """Return the title of the commune of which the name is nearest; None when none is near."""
    name = spelled(text[:_LONGEST])
    alike = {
        key: line
        for line in _data().decode().splitlines()
        if line and (key := line.partition(";")[0])[:1] == name[:1]
        if abs(len(key) - len(name)) <= 2
    }
    nearest_name = nearest(name, alike, 0.8)
    return None if nearest_name is None else _commune(alike[nearest_name]).title


def completions(text: str, most: int = 20) -> list[str]:
    """Return the titles of communes whose name begins with a text, in the order of their names."""
    begun = spelled(text[:_LONGEST])
    return [commune.title for commune in islice(_search(f"\n{begun}"), most)] if begun[1:] else []


def open_whole() -> None:
    """Make a table of all communes, which serves a file of students better than searches."""
    _whole()


@cache
def _whole() -> dict[str, list[str]]:
    """Return the lines of each name and of each code, by its text in the file."""
    lines: dict[str, list[str]] = {}
    for line in _data().decode().split("\n")[1:-1]:
        name, code, _ = line.split(";", 2)
        lines.setdefault(f"\n{name};", []).append(line)
        lines[f";{code};"] = [line]
    return lines


def _found(communes: list[Commune]) -> Found:
    answer: Answer = ("unknown", "found")[len(communes)] if len(communes) < 2 else "several"
    return Found(answer, tuple(communes))


def _stored(key: str) -> list[Commune]:
    """Return the communes of a name or a code, given as its text in the file."""
    if _whole.cache_info().currsize:
        return [_commune(line) for line in _whole().get(key, ())]
    return list(_search(key))


def _search(key: str) -> Iterator[Commune]:
    """Give the communes in whose lines a text stands."""
    data, sought = _data(), key.encode()
    end = 0
    while (offset := data.find(sought, end)) >= 0:
        begin, end = data.rfind(b"\n", 0, offset + 1) + 1, data.index(b"\n", offset + 1)
        yield _commune(data[begin:end].decode())


def _commune(line: str) -> Commune:
    return Commune(*line.split(";")[1:])


@cache
def _data() -> bytes:
    """Return the whole file; it begins and ends with a line break."""
    # A checkout may have turned the line ends into those of Windows.
    return DATA.read_bytes().replace(b"\r\n", b"\n")
