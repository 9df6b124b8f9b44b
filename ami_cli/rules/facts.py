"""Derives facts from the answers of a student, and presumes the three that may be presumed.

Derived: the age on the start day, from a birth date; a BCS, from an échelon given alone; the
establishment, from the name of a public school of which the register knows the ministry; a rural
home, from the zoning of its commune, which is an indication; an Erasmus+ grant, from its amount.
An answer that is given wins.
Presumed without an answer, and said so: `stay` study, `in_curriculum` yes, `months_received` 0.
No other answer is ever presumed.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ami_cli.answers import FIELD
from ami_cli.registers import ESTABLISHMENT_BY_KIND, find
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
    "establishment": ("kind_of_school", ESTABLISHMENT_BY_KIND),
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
    sources = {**given, **registered(given)}
    for answer, (source, values) in DERIVED.items():
        if answer not in facts and sources.get(source) in values:
            facts[answer] = values[sources[source]]
    if "birth_date" in facts and "start" in facts:
        facts["age"] = years_between(facts["birth_date"], facts["start"])
    if facts.get("erasmus_monthly"):
        facts["erasmus"] = True
    return facts


def registered(given: Facts) -> dict[str, str]:
    """Return what the registers say of the names given, by the name of the fact."""
    return {
        fact: find(name, given[name]).kind
        for fact, name in REGISTER_FACTS.items()
        if given.get(name) is not None
    }


# Each fact that a register knows, and the answer that names its entry. Both facts may be
# `proposed`, `several` or `unknown`, where a name may be that of one entry, of several or of none.
# `kind_of_school`: `mesr` and `other_ministry` are public and settle the establishment; `public`,
# of which the ministry is not known, and `private` do not.
# `zoning_of_commune`: `rural`, `not_rural`, `partly`, `not_zoned`.
REGISTER_FACTS: Mapping[str, str] = {"kind_of_school": "school", "zoning_of_commune": "commune"}


def presume(facts: Facts) -> Dossier:
    """Return the facts with the presumed answers filled in, and which those are."""
    assumed = tuple(name for name in PRESUMED if name not in facts)
    return Dossier({**DEFAULTS, **facts}, assumed)


def askable(missing: set[str], given: Facts) -> set[str]:
    """Return missing answers as they are asked: with a birth date, an age awaits the start."""
    if "age" in missing and "birth_date" in given:
        return missing - {"age"} | {"start"}
    return missing
