"""Evaluates rules in three-valued logic: conditions, and how they combine.

A condition is a plain function of the law and of answers that are present; it never sees None.
Its parameter names are the answers it needs, so what is missing is known by name. It may itself
return None: everything is answered, and the texts leave it open. Conditions combine only by
`all_of` and `any_of`, in Kleene's logic: what the known answers decide is decided.

The same conditions serve columns of a table, where a parameter is an expression. So a body uses
comparisons, arithmetic, `&`, `|` and the functions of `primitives` only: `and`, `or`, `not`,
`if`, `in`, chained comparisons and `~` would raise, or silently differ, on a column.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ami_cli.answers import ORDER
from ami_cli.law import Law

Facts = Mapping[str, Any]


class Condition(NamedTuple):
    """One question the texts ask: `holds(law, *answers)`, and the answers it needs."""

    name: str
    needs: tuple[str, ...]
    holds: Callable[..., Any]


class AllOf(NamedTuple):
    """True when every part is; False as soon as one part is."""

    parts: "tuple[Rule, ...]"


class AnyOf(NamedTuple):
    """True as soon as one part is; False when every part is."""

    parts: "tuple[Rule, ...]"


Rule = Condition | AllOf | AnyOf


def condition(holds: Callable[..., Any]) -> Condition:
    """Return the condition of a function whose first parameter is the law."""
    code = holds.__code__
    return Condition(holds.__name__, code.co_varnames[1 : code.co_argcount], holds)


def answer(name: str) -> Condition:
    """Return the condition that a yes/no answer is yes."""
    return Condition(name, (name,), lambda law, value: value)


def all_of(*parts: Rule) -> AllOf:
    """Return the rule that every part must hold."""
    return AllOf(parts)


def any_of(*parts: Rule) -> AnyOf:
    """Return the rule that one part must hold."""
    return AnyOf(parts)


def evaluate(rule: Rule, facts: Facts, law: Law) -> bool | None:
    """Return whether a rule holds; None when an answer is missing or the texts leave it open."""
    match rule:
        case Condition():
            values = [facts.get(name) for name in rule.needs]
            return None if None in values else rule.holds(law, *values)
        case AllOf():
            values = [evaluate(part, facts, law) for part in rule.parts]
            return False if False in values else None if None in values else True
        case _:
            values = [evaluate(part, facts, law) for part in rule.parts]
            return True if True in values else None if None in values else False


def missing(rule: Rule, facts: Facts, law: Law) -> set[str]:
    """Return the names of the answers that the undecided parts of a rule lack."""
    if isinstance(rule, Condition):
        return {name for name in rule.needs if facts.get(name) is None}
    if evaluate(rule, facts, law) is not None:
        return set()
    return {
        name
        for part in rule.parts
        if evaluate(part, facts, law) is None
        for name in missing(part, facts, law)
    }


def because(
    rule: Rule, value: bool | None, facts: Facts, law: Law
) -> tuple[tuple[Condition, bool | None], ...]:
    """Return the conditions on which the `value` of a rule rests, each with its own value."""
    if isinstance(rule, Condition):
        return ((rule, value),)
    return tuple(
        reason
        for part in rule.parts
        if evaluate(part, facts, law) is value
        for reason in because(part, value, facts, law)
    )


def needs(rule: Rule) -> set[str]:
    """Return the names of all answers that a rule may need."""
    if isinstance(rule, Condition):
        return set(rule.needs)
    return {name for part in rule.parts for name in needs(part)}


def in_order(names: set[str]) -> tuple[str, ...]:
    """Return names of answers in the order of the rules."""
    return tuple(sorted(names, key=ORDER.__getitem__))
