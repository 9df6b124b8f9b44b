"""The communes of France and whether the *France Ruralités Revitalisation* zoning, which replaced
ZRR on 1 July 2024, makes them rural: an indication, for the texts of the AMI name no zoning.

`communes.txt` has a line per commune, `name as compared;INSEE code;department;class;name`, in the
order of the compared names: one name is found by a search in the bytes, without reading the rest.
"""

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from ami_cli.reading import nearest
from ami_cli.registers import Answer
from ami_cli.registers.spelling import spelled

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
        """Whether the zoning makes it rural."""
        return _RURAL.get(self.frr_class)

    @property
    def title(self) -> str:
        """Its name with its department, which tells homonyms apart: « Ambert (63) »."""
        return f"{self.name} ({self.department})"


def is_code(text: str) -> bool:
    """Whether a text is written as an INSEE code is, and a postal code too."""
    return text.isascii() and text.isdecimal() and len(text) == 5


class Found(NamedTuple):
    """What a text may name: one commune, several (by department), or none."""

    answer: Answer
    communes: tuple[Commune, ...]


@lru_cache(100_000)
def find(text: str) -> Found:
    """The commune of a name or of an INSEE code.

    A department tells homonyms apart (« Saint-Denis (93) », « 93 Saint-Denis »), a postal code
    before the name too. The districts of Paris, Lyon and Marseille are their city.
    """
    code = _CODE.fullmatch(text.strip())
    if code:
        insee = _DISTRICT_CODES.get(code[0], code[0].upper())
        return _found(_stored(f";{insee};"))
    name = _DISTRIBUTION.sub("", spelled(text[:_LONGEST]))
    district = _DISTRICT.fullmatch(name)
    if district and 1 <= int(district[2]) <= _DISTRICTS[district[1]][1]:
        return find(_DISTRICTS[district[1]][0])
    if not name:
        return Found("unknown", ())
    here = _named(name)
    for pattern in (_BEHIND, _BEFORE, _POSTAL):
        if not here and (parts := pattern.fullmatch(name)) and (named := _named(parts["name"])):
            # Postal codes of Corsica begin with 20.
            department = parts["department"].upper()
            wanted = ("2A", "2B") if department == "20" else (department,)
            here = [each for each in named if each.department in wanted]
            if not here:
                return Found("several", tuple(named))
    return _found(here)


def near(text: str) -> str | None:
    """The title of a commune that somebody may have meant by a name that is none."""
    name = spelled(text[:_LONGEST])
    alike = {
        key: line
        for line in _data().decode().splitlines()
        if line and (key := line.partition(";")[0])[:1] == name[:1]
        if abs(len(key) - len(name)) <= 2
    }
    close = nearest(name, alike, 0.8)
    return None if close is None else _read(alike[close]).title


def completions(text: str, most: int = 20) -> list[str]:
    """The titles of communes whose name begins as a text does, in the order of their names."""
    begun = spelled(text[:_LONGEST])
    if len(begun) < 2:
        return []
    data = _data()
    found: list[str] = []
    at = data.find(f"\n{begun}".encode())
    while at >= 0 and len(found) < most:
        end = data.index(b"\n", at + 1)
        found.append(_read(data[at + 1 : end].decode()).title)
        at = data.find(f"\n{begun}".encode(), end)
    return found


def open_whole() -> None:
    """Get ready for a file of students: a table of the names, instead of a search for each."""
    _whole()


@cache
def _whole() -> dict[str, list[str]]:
    """The lines of each name and of each code, by how they stand in the file."""
    found: dict[str, list[str]] = {}
    for line in _data().decode().split("\n")[1:-1]:
        name, code, _ = line.split(";", 2)
        found.setdefault(f"\n{name};", []).append(line)
        found[f";{code};"] = [line]
    return found


def _found(communes: list[Commune]) -> Found:
    answer: Answer = ("unknown", "found")[len(communes)] if len(communes) < 2 else "several"
    return Found(answer, tuple(communes))


def _named(name: str) -> list[Commune]:
    return _stored(f"\n{name};")


def _stored(key: str) -> list[Commune]:
    """The communes of a name or a code, as it stands in the file."""
    if _whole.cache_info().currsize:
        return [_read(line) for line in _whole().get(key, ())]
    data, sought = _data(), key.encode()
    found = []
    at = data.find(sought)
    while at >= 0:
        begin, end = data.rfind(b"\n", 0, at + 1) + 1, data.index(b"\n", at + 1)
        found.append(_read(data[begin:end].decode()))
        at = data.find(sought, end)
    return found


def _read(line: str) -> Commune:
    return Commune(*line.split(";")[1:])


@cache
def _data() -> bytes:
    """The whole file; it begins and ends with a line break."""
    # A checkout may have turned the line ends into those of Windows.
    return DATA.read_bytes().replace(b"\r\n", b"\n")
