"""From the answers given to the facts the rules see: what is derived, what is presumed.

Derived: the age on the start day, from a birth date; a BCS, from an échelon given alone; the
establishment, from the name of a public university; a rural home, from the zoning of its commune,
which is an indication; an Erasmus+ grant, from its amount. An answer that is given wins.
Presumed, for lack of an answer and said so: `stay` study, `in_curriculum` yes,
`months_received` 0. No other answer is ever presumed.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ami_cli.rules.conditions import Facts
from ami_cli.rules.primitives import kind_of_school, years_between, zoning_of_commune

PRESUMED: Mapping[str, Any] = {"stay": "study", "in_curriculum": True, "months_received": 0}


# Where the zoning of a commune decides; one that is classed in part, or unknown, is asked.
ZONED: Mapping[str, bool] = {"rural": True, "not_rural": False}


class Dossier(NamedTuple):
    """The facts of one student, and the presumed answers among them, in the order of the rules."""

    facts: Facts
    assumed: tuple[str, ...]


def derive(given: Facts) -> dict[str, Any]:
    """The answers given, and those that follow from them."""
    facts = dict(given)
    if "birth_date" in facts and "start" in facts:
        facts["age"] = years_between(facts["birth_date"], facts["start"])
    if "echelon" in facts:
        facts["scholarship"] = "bcs"
    if "school" in facts and kind_of_school(facts["school"]) == "university":
        facts["establishment"] = "public"
    if "commune" in facts and "rural" not in facts:
        zoning = zoning_of_commune(facts["commune"])
        if zoning in ZONED:
            facts["rural"] = ZONED[zoning]
    if facts.get("erasmus_monthly"):
        facts["erasmus"] = True
    return facts


def presume(facts: Facts) -> Dossier:
    """Fill in the three answers that may be presumed."""
    assumed = tuple(name for name in PRESUMED if name not in facts)
    return Dossier({**PRESUMED, **facts}, assumed)


def askable(missing: set[str], given: Facts) -> set[str]:
    """Missing answers as they are asked for: with a birth date, an age awaits the start."""
    if "age" in missing and "birth_date" in given:
        return missing - {"age"} | {"start"}
    return missing
