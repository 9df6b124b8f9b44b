"""From the answers given to the facts the rules see: what is derived, what is presumed.

Derived: the age on the start day, from a birth date; a BCS, from an échelon given alone; the
establishment, from the name of a public university; a rural home, from the zoning of its commune,
which is an indication; an Erasmus+ grant, from its amount. An answer that is given wins.
Presumed, for lack of an answer and said so: `stay` study, `in_curriculum` yes,
`months_received` 0. No other answer is ever presumed.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ami_cli.answers import FIELD
from ami_cli.rules.conditions import Facts
from ami_cli.rules.primitives import years_between

PRESUMED: Mapping[str, Any] = {"stay": "study", "in_curriculum": True, "months_received": 0}


# Where the zoning of a commune decides; one that is classed in part, or unknown, is asked.
ZONED: Mapping[str, bool] = {"rural": True, "not_rural": False}

# Answers that follow from the value of one fact: the fact, and the answer by its value.
DERIVED: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "scholarship": ("echelon", dict.fromkeys(FIELD["echelon"].options, "bcs")),
    "establishment": ("kind_of_school", {"university": "public"}),
    "rural": ("zoning_of_commune", ZONED),
}


class Dossier(NamedTuple):
    """The facts of one student, and the presumed answers among them, in the order of the rules."""

    facts: Facts
    assumed: tuple[str, ...]


def derive(given: Facts) -> dict[str, Any]:
    """The answers given, and those that follow from them."""
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
    """What the registers say of the names given, by the name of the fact (see NAMED)."""
    names = {fact: (given.get(name), said) for fact, (name, said) in NAMED.items()}
    return {fact: said(name) for fact, (name, said) in names.items() if name is not None}


def kind_of_school(school: str) -> str:
    """What the register settles of a name: `university`, `public`, `private`, `several` where it
    may be more than one school's, `unknown` where it is none's."""
    from ami_cli.registers import schools

    found = schools.find(school)
    return found.schools[0].kind if found.answer == "found" else found.answer


def name_of_school(school: str) -> str:
    """The name that the register gives the school of a name that is certain."""
    from ami_cli.registers import schools

    return schools.find(school).schools[0].name


def zoning_of_commune(commune: str) -> str:
    """What the zoning says of a name or a code: `rural`, `not_rural`, `partly`, `several` where it
    may be more than one commune's, `unknown` where it is none's."""
    from ami_cli.registers import communes

    found = communes.find(commune)
    if found.answer != "found":
        return found.answer
    return {True: "rural", False: "not_rural", None: "partly"}[found.communes[0].rural]


# What a register says of an answer that is a name, as a fact beside it.
NAMED: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "kind_of_school": ("school", kind_of_school),
    "zoning_of_commune": ("commune", zoning_of_commune),
}


def presume(facts: Facts) -> Dossier:
    """Fill in the three answers that may be presumed."""
    assumed = tuple(name for name in PRESUMED if name not in facts)
    return Dossier({**PRESUMED, **facts}, assumed)


def askable(missing: set[str], given: Facts) -> set[str]:
    """Missing answers as they are asked for: with a birth date, an age awaits the start."""
    if "age" in missing and "birth_date" in given:
        return missing - {"age"} | {"start"}
    return missing
