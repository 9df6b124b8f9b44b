"""From the answers given to the facts the rules see: what is derived, what is presumed.

Derived: the age on the start day, from a birth date; a BCS, from an échelon given alone.
Presumed, for lack of an answer and said so: `stay` study, `in_curriculum` yes,
`months_received` 0. No other answer is ever presumed.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ami_cli.rules.conditions import Facts
from ami_cli.rules.primitives import years_between

PRESUMED: Mapping[str, Any] = {"stay": "study", "in_curriculum": True, "months_received": 0}


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
