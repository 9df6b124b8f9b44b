"""Looks up communes of France and their *France Ruralités Revitalisation* zoning.

This zoning replaced ZRR on 1 July 2024. It is an indication only, because the texts of the AMI
name no zoning. `communes.txt` has a line `name as compared;INSEE code;department;class;name;postal
codes;population` per commune, in the order of the compared names: a search in the bytes finds one
name without reading the rest. A former or delegated commune has `=` and the INSEE code of the
commune that it belongs to now as its class, and no postal code; some have no name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

from ami_cli.answers import LONGEST_NAME
from ami_cli.registers import Found, asked_about, named
from ami_cli.registers.spelling import nearest, sounded, spelled
from ami_cli.registers.territories import department_code, is_territory

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
NOT_ZONED = "-"  # an overseas collectivity, which the zoning does not cover
Zoning = Literal["rural", "not_rural", "partly", "not_zoned"]
_ZONINGS: Mapping[str, Zoning] = {
    "N": "not_rural",
    "S": "rural",
    "P": "rural",
    "B": "rural",
    "s": "partly",
    "b": "partly",
    NOT_ZONED: "not_zoned",
}

_CODE = re.compile(r"(?P<insee>(?:code )?insee )?(?P<code>\d[\dab]\d{3})")
_DISTRICT = re.compile(r"(paris|lyon|marseille) (\d{1,2})(?: ?(?:e|er|eme))?(?: arrondissement)?")
# The city, the code before that of its first district, and how many districts it has.
_DISTRICTS = {
    "paris": ("75056", 75_100, 20),
    "lyon": ("69123", 69_380, 9),
    "marseille": ("13055", 13_200, 16),
}
_DISTRICT_CODES = {
    str(before + rank): city
    for city, before, districts in _DISTRICTS.values()
    for rank in range(1, districts + 1)
}
_CEDEX = re.compile(r" cedex(?: \d{1,2})?$")
# A postal code, or a department by its number, before or behind a name.
_PLACE = r"(?P<place>\d{5}|0[1-9]|[1-8]\d|9[0-5]|2[ab]|97[1-8]|98[678])"
_BEHIND = re.compile(rf"(?P<name>.+) {_PLACE}")
_BEFORE = re.compile(rf"{_PLACE} (?P<name>.+)")
_DEPARTMENT_BEHIND = re.compile(r"(?P<name>[^,(]+)[,(](?P<department>[^,()]+)\)?")
# A commune of which the name goes on is asked about beside a smaller one from this size on.
_MUCH_LARGER = 5
_LARGE = 2_000  # inhabitants
_MOST_LONGER = 6  # communes of which only the beginning of the name is given


class Commune(NamedTuple):
    """One commune with what the zoning says of it.

    `former_name` is the name of a former or delegated commune that led to it, else None.
    """

    insee: str
    department: str
    frr_class: str
    name: str
    postal_codes: tuple[str, ...]
    population: int
    former_name: str | None = None

    @property
    def kind(self) -> Zoning:
        """Return what the zoning makes of it."""
        return _ZONINGS[self.frr_class]

    @property
    def rural(self) -> bool | None:
        """Tell whether it is rural; None where a part of it is, or where the zoning is silent."""
        return {"rural": True, "not_rural": False}.get(self.kind)

    @property
    def full_name(self) -> str:
        """Return its name with its department, which tells homonyms apart: « Ambert (63) »."""
        return f"{self.name} ({self.department})"

    @property
    def title(self) -> str:
        """Return the full name under which it is asked about: a former one, if that led to it."""
        return f"{self.former_name or self.name} ({self.department})"


@lru_cache(2_000)
def find(text: str) -> Found[Commune]:
    """Return the commune of a name, a postal code or an INSEE code.

    Five figures are a postal code; they are an INSEE code where no postal code is that, and in
    « INSEE 63003 ». A department or a postal code tells homonyms apart, before the name or behind
    it: « Saint-Denis (93) », « 63600 Ambert », « Ambert, Puy-de-Dôme ». The districts of Paris,
    Lyon and Marseille are their city.

    A name is asked about which is also that of a former commune elsewhere, or the beginning of
    that of a much larger one, or that of a country, a region or a department.
    """
    if len(text) > LONGEST_NAME:
        return Found("unknown")
    name = _CEDEX.sub("", spelled(text))
    if code := _CODE.fullmatch(name):
        return _of_code(code["code"].upper(), is_insee=code["insee"] is not None)
    if homonyms := _named(name):
        largest = max(commune.population for commune in homonyms)
        if largest < _LARGE and is_territory(name):
            return asked_about(homonyms)._replace(is_territory=True)
        larger = [each for each in _longer(name) if each.population >= largest * _MUCH_LARGER]
        return _found([*homonyms, *larger[:_MOST_LONGER]])
    district = _DISTRICT.fullmatch(name)
    if district:
        city, _, districts = _DISTRICTS[district[1]]
        if 1 <= int(district[2]) <= districts:
            return _found(_with_code(city))
    for pattern in (_BEHIND, _BEFORE):
        if parts := pattern.fullmatch(name):
            return _in_place(parts["name"], parts["place"].upper())
    if is_territory(name):
        return Found("unknown", is_territory=True)
    parts = _DEPARTMENT_BEHIND.fullmatch(text)
    if parts and (department := department_code(spelled(parts["department"]))):
        return _in_place(spelled(parts["name"]), department)
    return asked_about(_longer(name)[:_MOST_LONGER])


@lru_cache(2_000)
def proposed(text: str) -> Found[Commune]:
    """Return the commune of a name; for an unknown name, that of the nearest name.

    The search for the nearest name takes a tenth of a second: it is for a person, not a column.
    """
    found = find(text)
    if found.entries or found.is_territory:
        return found
    nearest_commune = near(text)
    return found._replace(entries=(nearest_commune,) if nearest_commune else ())


def near(text: str) -> Commune | None:
    """Return the commune of which the name is nearest; None when none is near.

    Of names that sound like the text, that of the largest commune is nearest.
    """
    name = _CEDEX.sub("", spelled(text)) if len(text) <= LONGEST_NAME else ""
    if not name:
        return None
    alike = {
        key: line
        for line in _data().decode().splitlines()
        if line and (key := line.partition(";")[0])[:1] == name[:1]
        if abs(len(key) - len(name)) <= 2
    }
    sound = sounded(name)
    if same := [_commune(line) for key, line in alike.items() if sounded(key) == sound]:
        return max(same, key=lambda commune: commune.population)
    nearest_name = nearest(name, alike, 0.8)
    return None if nearest_name is None else _commune(alike[nearest_name])


def completions(text: str, most: int = 20) -> list[str]:
    """Return the titles of communes whose name begins with a text, in the order of their names."""
    begun = spelled(text) if len(text) <= LONGEST_NAME else ""
    if not begun[1:]:
        return []
    titles = (_commune(line).title for line in _searched(f"\n{begun}"))
    return list(islice(dict.fromkeys(titles), most))


def load_for_many_lookups() -> None:
    """Make a table of all communes, which serves a file of students better than searches."""
    if not _TABLE:
        _TABLE.update(_table())


# --- names, codes and places ----------------------------------------------------------------------


def _of_code(code: str, *, is_insee: bool) -> Found[Commune]:
    postal = [] if is_insee else _with_postal_code(code)
    return _found(postal or _with_code(code))


def _in_place(name: str, place: str) -> Found[Commune]:
    """Return the communes of a name in a department or at a postal code.

    A commune of that name elsewhere is asked about, and so is a longer name.
    """
    homonyms, longer = _named(name), _longer(name)
    # La Poste gives large receivers and cedex codes of their own, which no commune has.
    if len(place) == 5 and not _with_postal_code(place):
        place = place[: 3 if place.startswith(("97", "98")) else 2]
    places = ("2A", "2B") if place == "20" else (place,)  # postal codes of Corsica begin with 20
    here, longer_here = (
        [
            commune
            for commune in communes
            if not {commune.department, *commune.postal_codes}.isdisjoint(places)
        ]
        for communes in (homonyms, longer)
    )
    return _found(here) if here else asked_about(longer_here[:_MOST_LONGER] or homonyms)


def _found(communes: Sequence[Commune]) -> Found[Commune]:
    """Return the communes, each once: the one that exists before a former one within it."""
    by_code: dict[str, Commune] = {}
    for commune in sorted(communes, key=lambda commune: commune.former_name is not None):
        by_code.setdefault(commune.insee, commune)
    return named(by_code.values())


# --- the file -------------------------------------------------------------------------------------


def _named(name: str) -> list[Commune]:
    """Return the communes that have or had a name, given as names are compared."""
    return [_commune(line) for line in _lines(f"\n{name};")] if name else []


@lru_cache(2_000)
def _longer(name: str) -> list[Commune]:
    """Return the large communes of which the name goes on after these words, the largest first."""
    lines = _lines(f"\n{name} ") if name else ()
    present = (_commune(line) for line in lines if ";=" not in line)
    large = [commune for commune in present if commune.population >= _LARGE]
    return sorted(large, key=lambda commune: -commune.population)


def _with_code(code: str) -> list[Commune]:
    """Return the commune of an INSEE code, present or former."""
    code = _DISTRICT_CODES.get(code, code)
    lines = [line for line in _lines(f";{code};") if line.split(";", 2)[1] == code]
    # A commune that took others in may keep the code of one of them.
    present = [line for line in lines if ";=" not in line]
    return [_commune(line) for line in (present or lines)[:1]]


def _with_postal_code(code: str) -> list[Commune]:
    lines = _lines(code)
    return [_commune(line) for line in lines if code in line.split(";")[5].split(",")]


# The lines of the file by the texts that `_lines` is asked for, joined by line breaks because most
# texts have one line; empty until `load_for_many_lookups`.
_TABLE: dict[str, str] = {}


def _table() -> dict[str, str]:
    lines: dict[str, str] = {}
    for line in _data().decode().split("\n")[1:-1]:
        name, code, _, _, _, postal_codes, population = line.split(";")
        keys = [f"\n{name};", f";{code};", *filter(None, postal_codes.split(","))]
        if population and int(population) >= _LARGE:
            keys += [f"\n{name[: space.start()]} " for space in re.finditer(" ", name)]
        for key in keys:
            lines[key] = f"{lines[key]}\n{line}" if key in lines else line
    return lines


def _lines(text: str) -> Sequence[str]:
    """Return the lines in which a text stands.

    The text is a name with a line break before it and `;` behind it, or a space behind it for the
    beginning of the name of a large commune; an INSEE code between `;`; or a postal code.
    """
    if _TABLE:
        return _TABLE[text].split("\n") if text in _TABLE else ()
    return list(dict.fromkeys(_searched(text)))


def _searched(text: str) -> Iterator[str]:
    data, sought = _data(), text.encode()
    end = 0
    while (offset := data.find(sought, end)) >= 0:
        begin, end = data.rfind(b"\n", 0, offset + 1) + 1, data.index(b"\n", offset + 1)
        yield data[begin:end].decode()


def _commune(line: str) -> Commune:
    """Return the commune of a line; for a former one, that which it belongs to now."""
    _, insee, department, letter, name, postal_codes, population = line.split(";")
    if letter[0] == "=":
        (now,) = _with_code(letter[1:])
        return now._replace(former_name=name or None)
    return Commune(insee, department, letter, name, tuple(postal_codes.split(",")), int(population))


@cache
def _data() -> bytes:
    """Return the whole file; it begins and ends with a line break."""
    data = DATA.read_bytes()
    # A checkout may have turned the line ends into those of Windows.
    return data.replace(b"\r\n", b"\n") if data[:2] == b"\r\n" else data
