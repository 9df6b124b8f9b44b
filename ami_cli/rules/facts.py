"""Derives facts from the answers of a student, and presumes the three that may be presumed.

Derived: the age on the start day, from a birth date; a BCS, from an échelon given alone; the
establishment, from the name of a public school of which the register knows the ministry; a rural
home, from the zoning of its commune, which is an indication; an Erasmus+ grant, from its amount.
An answer that is given wins.
Presumed without an answer, and said so: `stay` study, `in_curriculum` yes, `months_received` 0.
No other answer is ever presumed.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ami_cli.answers import FIELD
from ami_cli.registers import SETTLED, find_commune, find_school
from ami_cli.rules.conditions import Facts
from ami_cli.rules.primitives import years_between

PRESUMED: Mapping[str, Any] = {"stay": "study", "in_curriculum": True, "months_received": 0}

# Without a destination the stay is taken to be abroad, which the result says as a condition.
DEFAULTS: Mapping[str, Any] = {**PRESUMED, "destination": ""}

# Zonings that answer the question; where a commune is classed in part, or unknown, it stays open.
ZONED: Mapping[str, bool] = {"rural": True, "not_rural": False}

# Answers that follow from the value of one fact: the fact, and the answer by its value.
DERIVED: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "scholarship": ("echelon", dict.fromkeys(FIELD["echelon"].options, "bcs")),
    "establishment": ("kind_of_school", SETTLED),
    "rural": ("zoning_of_commune", ZONED),
}


class Dossier(NamedTuple):
    """The facts of one student, and the presumed answers among them, in the order of the rules."""

    facts: Facts
    assumed: tuple[str, ...]

    def __repr__(self) -> str:
        """Name the facts, without values, because a traceback may show this."""
        return f"Dossier({', '.join(self.facts)})"


def derive(given: Facts) -> dict[str, Any]:
    """Return the answers given and those that follow from them."""
    facts = dict(given)
    known = {**given, **registered(given)}
    for answer, (source, values) in DERIVED.items():
        if answer not in facts and known.get(source) in values:
            facts[answer] = values[known[source]]
    if "birth_date" in facts and "start" in facts:
        facts["age"] = years_between(facts["birth_date"], facts["start"])
    if facts.get("erasmus_monthly"):
        facts["erasmus"] = True
    return facts


def registered(given: Facts) -> dict[str, str]:
    """Return what the registers say of the names given, by the name of the fact."""
    return {
        fact: look_up(given[name])
        for fact, (name, look_up) in REGISTER_FACTS.items()
        if given.get(name) is not None
    }


class Known(NamedTuple):
    """What a register knows of a name: its kind, and the name of the one entry that is certain."""

    kind: str
    title: str | None


# What is remembered of a column of names is two words each, not an entry of a register.
@lru_cache(100_000)
def known_school(school: str) -> Known:
    """Return the kind that the register knows of a name (see `kind_of_school`) and its title."""
    found = find_school(school)
    if found.answer != "found":
        return Known(found.answer, None)
    return Known(found.schools[0].kind, found.titles[0])


@lru_cache(100_000)
def known_commune(commune: str) -> Known:
    """Return the zoning of a name or a code (see `zoning_of_commune`) and its title."""
    found = find_commune(commune)
    if found.answer != "found":
        return Known(found.answer, None)
    return Known(found.communes[0].zoning, found.titles[0])


def kind_of_school(school: str) -> str:
    """Return the kind that the register knows of a name.

    `mesr` and `other_ministry` are public and settle the establishment; `public`, of which the
    ministry is not known, and `private` do not. `proposed`, `several` and `unknown` are names that
    may be that of one school, of several or of none.
    """
    return known_school(school).kind


def zoning_of_commune(commune: str) -> str:
    """Return the zoning of a name or a code: `rural`, `not_rural`, `partly` or `not_zoned`.

    `proposed`, `several` and `unknown` are names that may be that of one commune, of several or
    of none.
    """
    return known_commune(commune).kind


# Each fact that a register knows: the answer it is looked up from, and how.
REGISTER_FACTS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "kind_of_school": ("school", kind_of_school),
    "zoning_of_commune": ("commune", zoning_of_commune),
}


def presume(facts: Facts) -> Dossier:
    """Return the facts with the presumed answers filled in, and which those are."""
    assumed = tuple(name for name in PRESUMED if name not in facts)
    return Dossier({**DEFAULTS, **facts}, assumed)


def askable(missing: set[str], given: Facts) -> set[str]:
    """Return missing answers as they are asked: with a birth date, an age awaits the start."""
    if "age" in missing and "birth_date" in given:
        return missing - {"age"} | {"start"}
    return missing
