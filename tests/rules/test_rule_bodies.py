"""What a rule may be made of: its body must serve one student and a column of a million alike.

Comparisons, arithmetic, `&`, `|` and the functions of `primitives`, nothing else. Each body is
read (`ast`), then run on stand-ins that have no truth value, as a column has none.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any, NoReturn, get_args

import pytest

from ami_cli.answers import EARLIEST_DATE, FIELD, Kind
from ami_cli.law import Law
from ami_cli.registers import Answer, communes, schools
from ami_cli.rules import primitives
from ami_cli.rules.coherence import CONTRADICTIONS
from ami_cli.rules.conditions import answer
from ami_cli.rules.criteria import CRITERIA
from ami_cli.rules.entitlement import OTHER_GRANTS, SUPPLEMENTS
from ami_cli.rules.facts import REGISTER_FACTS
from tests.students import conditions_of

PRIMITIVES: dict[str, Any] = {
    name: value for name, value in vars(primitives).items() if hasattr(value, "registry")
}
# What a body may name beside its parameters and the primitives.
CONSTANTS = {"ONE_DAY", "ONE_YEAR", "EARLIEST_DATE"}
# What stands beside the answers where they are compared with one another.
BESIDE = frozenset(("today", "last_known_day", *REGISTER_FACTS))
OPTIONS = {
    **{each.name: each.options for each in FIELD.values()},
    "kind_of_school": (*get_args(schools.Kind), *(set(get_args(Answer)) - {"found"})),
    "zoning_of_commune": (*get_args(communes.Zoning), *(set(get_args(Answer)) - {"found"})),
}
FIGURES = set(Law._fields) - {"academic_year", "basis", "provisional", "grounds"}
COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
OPERATIONS = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.BitAnd, ast.BitOr)


ASKED = {
    leaf.name: leaf
    for each in (*CRITERIA, *SUPPLEMENTS, *OTHER_GRANTS)
    for leaf in conditions_of(each.rule)
}
COHERENCE = {each.rule.name: each.rule for each in CONTRADICTIONS}
CONDITIONS = {**ASKED, **COHERENCE}
YES = {name: each for name, each in ASKED.items() if each.holds.__name__ == "<lambda>"}
WRITTEN = {name: each for name, each in CONDITIONS.items() if name not in YES}


# --- the source of a body -------------------------------------------------------------------------


def faults_of(source: str, extra: frozenset[str] = frozenset()) -> list[str]:
    """What a function, given as source, holds that a rule may not; `extra` are parameters that
    are no answers."""
    (function,) = ast.parse(textwrap.dedent(source)).body
    if not isinstance(function, ast.FunctionDef):
        return ["no function"]
    return [*_faults_of_parameters(function, extra), *_faults_of_body(function)]


def _faults_of_parameters(function: ast.FunctionDef, extra: frozenset[str]) -> Iterator[str]:
    parameters = function.args
    names = [each.arg for each in parameters.args]
    if names[:1] != ["law"]:
        yield "the first parameter is not the law"
    if (
        parameters.vararg
        or parameters.kwarg
        or parameters.kwonlyargs
        or parameters.posonlyargs
        or parameters.defaults
    ):
        yield "parameters of another kind"
    yield from (
        f"no answer: {name}" for name in names[1:] if name not in FIELD and name not in extra
    )
    if [ast.unparse(each) for each in function.decorator_list] != ["condition"]:
        yield "decorators"


def _faults_of_body(function: ast.FunctionDef) -> Iterator[str]:
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    match body:
        case [ast.Return(ast.expr() as value)]:
            yield from _faults_of(value, {each.arg for each in function.args.args})
        case _:
            yield "more than one expression that is returned"


def _faults_of(node: ast.expr, names: set[str]) -> Iterator[str]:
    match node:
        case ast.Name(name) if name in CONSTANTS or name in names - {"law"}:
            pass
        case ast.Attribute(ast.Name("law"), figure) if figure in FIGURES:
            pass
        case ast.Attribute(ast.Subscript(ast.Name("FIELD"), ast.Constant(name)), "low" | "high"):
            if name not in FIELD:
                yield f"no answer: {name!r}"
        case ast.Compare(left, [operator], [right]) if isinstance(operator, COMPARISONS):
            yield from _faults_of(left, names)
            yield from _faults_of(right, names)
        case ast.BinOp(left, operator, right) if isinstance(operator, OPERATIONS):
            yield from _faults_of(left, names)
            yield from _faults_of(right, names)
        case ast.Call(ast.Name("one_of"), [ast.Name(name), *options], []) if name in names & set(
            OPTIONS
        ):
            for option in options:
                if not isinstance(option, ast.Constant) or option.value not in OPTIONS[name]:
                    yield f"no option of {name}: {ast.unparse(option)}"
        case ast.Call(ast.Name(called), arguments, keywords) if called in PRIMITIVES and all(
            each.arg for each in keywords
        ):
            for part in (*arguments, *(each.value for each in keywords)):
                yield from _faults_of(part, names)
        case _:
            yield f"{type(node).__name__}: {ast.unparse(node)}"


@pytest.mark.parametrize("name", WRITTEN)
def test_body_has_comparisons_arithmetic_and_primitives_only(name: str) -> None:
    source = inspect.getsource(WRITTEN[name].holds)
    extra = BESIDE if name in COHERENCE else frozenset()
    assert faults_of(source, extra) == []


NAMED: dict[str, Any] = {
    **PRIMITIVES,
    "ONE_DAY": primitives.ONE_DAY,
    "ONE_YEAR": primitives.ONE_YEAR,
    "EARLIEST_DATE": EARLIEST_DATE,
    "FIELD": FIELD,
}


@pytest.mark.parametrize("name", WRITTEN)
def test_names_in_a_body_are_the_primitives_and_constants(name: str) -> None:
    function = WRITTEN[name].holds
    assert isinstance(function, FunctionType)
    for used in function.__code__.co_names:
        if used in function.__globals__:
            assert function.__globals__[used] is NAMED[used]


@pytest.mark.parametrize("name", CONDITIONS)
def test_condition_needs_the_answers_that_its_parameters_name(name: str) -> None:
    condition = CONDITIONS[name]
    parameters = list(inspect.signature(condition.holds).parameters)
    assert parameters[0] == "law"
    assert condition.name == name
    if name not in YES:
        assert condition.needs == tuple(parameters[1:])
    asked = set(condition.needs) - (BESIDE if name in COHERENCE else set())
    assert asked <= set(FIELD)
    assert asked


@pytest.mark.parametrize("name", YES)
def test_answer_as_a_condition_is_a_yes_no_answer_unchanged(name: str) -> None:
    condition = YES[name]
    assert condition.holds.__code__ is answer(name).holds.__code__
    assert condition.needs == (name,)
    assert FIELD[name].kind is Kind.YES_NO
    nothing = object()
    assert condition.holds(None, nothing) is nothing


# --- the checker itself ---------------------------------------------------------------------------


def sample(body: str, parameters: str = "law, age") -> str:
    return f"@condition\ndef sample({parameters}):\n    {body}\n"


REFUSED = {
    "and": "return age < law.age_limit and age > age",
    "or": "return age < law.age_limit or age > age",
    "not": "return not age < law.age_limit",
    "if expression": "return age if age < law.age_limit else law.age_limit",
    "if statement": "if age < law.age_limit:\n        return age",
    "in": "return age in law.age_limit",
    "not in": "return age not in law.age_limit",
    "is": "return age is law.age_limit",
    "is not": "return age is not law.age_limit",
    "chain": "return law.min_months < age < law.age_limit",
    "invert": "return ~(age < law.age_limit)",
    "minus": "return -age < law.age_limit",
    "figure": "return age < 28",
    "figure in arithmetic": "return age + 1 < law.age_limit",
    "figure in a primitive": "return least(age, 28) < law.age_limit",
    "truth": "return True",
    "none": "return None",
    "text": "return age == 'public'",
    "builtin": "return min(age, law.age_limit)",
    "method": "return age.bit_length() < law.age_limit",
    "method of the law": "return law.fact('age_limit') > age",
    "the law itself": "return law",
    "no figure of the law": "return law.basis == age",
    "attribute": "return age.real < law.age_limit",
    "subscript": "return law.bcs_yearly[age]",
    "division": "return age / law.age_limit",
    "power": "return age ** age",
    "walrus": "return (other := age) < law.age_limit",
    "two statements": "other = age\n    return other < law.age_limit",
    "lambda": "return (lambda: age)()",
    "comprehension": "return [each for each in age]",
    "f-string": "return f'{age}'",
    "tuple": "return age, age",
    "assert": "assert age\n    return age < law.age_limit",
    "nothing": "pass",
    "return of nothing": "return",
    "global": "return age < TODAY",
    "nought": "return age > 0",
    "deep inside": "return left_open(age < law.age_limit, otherwise=not age)",
    "star": "return least(*age)",
    "double star": "return left_open(age, **age)",
    "no option": "return one_of(age, 'public')",
    "field that is none": "return age < FIELD['size'].high",
}


@pytest.mark.parametrize("form", REFUSED)
def test_checker_refuses_other_syntax(form: str) -> None:
    assert faults_of(sample(REFUSED[form])) != []


@pytest.mark.parametrize(
    "parameters",
    [
        "age, law",
        "age",
        "",
        "law, size",
        "law, today",
        "law, kind_of_school",
        "law, zoning_of_commune",
        "law, age=None",
        "law, *age",
        "law, *, age",
        "law, age, /",
        "law, **age",
    ],
)
def test_checker_refuses_parameters_that_are_no_answers(parameters: str) -> None:
    assert faults_of(sample("return law.age_limit > law.age_limit", parameters)) != []


def test_checker_refuses_other_decorators() -> None:
    assert (
        faults_of("@cache\n@condition\ndef sample(law, age):\n    return age < law.age_limit") != []
    )
    assert faults_of("def sample(law, age):\n    return age < law.age_limit") != []


@pytest.mark.parametrize(
    "body",
    [
        "return age < law.age_limit",
        "return (age < law.age_limit) & (age >= law.min_months) | (age != law.max_months)",
        "return least(age, law.age_limit) + age - law.min_months == law.max_months",
        '"""Said."""\n    return age > FIELD["age"].high',
        "return left_open(age < law.age_limit, otherwise=age <= law.max_months)",
    ],
)
def test_checker_accepts_comparisons_arithmetic_and_primitives(body: str) -> None:
    assert faults_of(sample(body)) == []


def test_checker_accepts_options_of_the_answer_only() -> None:
    assert faults_of(sample("return one_of(stay, 'study', 'other')", "law, stay")) == []
    assert faults_of(sample("return one_of(stay, 'study', 'public')", "law, stay")) != []
    both = "law, kind_of_school, establishment"
    for body, fits in {
        "one_of(kind_of_school, 'mesr') & one_of(establishment, 'abroad')": True,
        "one_of(kind_of_school, 'several', 'unknown') | one_of(establishment, 'public')": True,
        "one_of(establishment, kind_of_school)": False,
        "one_of(establishment, *kind_of_school)": False,
        "one_of(kind_of_school, 'abroad')": False,
        "one_of(kind_of_school, 'found')": False,
    }.items():
        assert (faults_of(sample(f"return {body}", both), BESIDE) == []) is fits, body


# --- bodies run on stand-ins ----------------------------------------------------------------------


class _StandIn:
    """An operand that only remembers what was done with it; like a column, it is not true,
    not false, and holds nothing that could be walked through."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, *made_of: Any, name: str | None = None) -> None:
        self.names: set[str] = {name} if name else set()
        for part in made_of:
            if isinstance(part, _StandIn):
                self.names |= part.names

    def _with(self, other: Any) -> "_StandIn":
        return _StandIn(self, other)

    __lt__ = __le__ = __gt__ = __ge__ = _with
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __floordiv__ = _with
    __and__ = __rand__ = __or__ = __ror__ = _with

    def __eq__(self, other: object) -> Any:
        return _StandIn(self, other)

    def __ne__(self, other: object) -> Any:
        return _StandIn(self, other)

    def _refuse(self, *arguments: Any) -> NoReturn:
        raise TypeError("a stand-in has no truth value and no parts")

    __bool__ = __contains__ = __iter__ = __len__ = __index__ = __invert__ = _refuse


def _stand_in(*arguments: Any, **named: Any) -> _StandIn:
    return _StandIn(*arguments, *named.values())


# The primitives of stand-ins; the class is of this file, so that nothing else ever meets them.
for _primitive in PRIMITIVES.values():
    _primitive.register(_StandIn, _stand_in)


class _StandInLaw:
    """A law each figure of which is a stand-in, as it is on columns that span years."""

    def __getattr__(self, name: str) -> _StandIn:
        if name not in FIGURES:
            raise AttributeError(name)
        return _StandIn(name=f"law.{name}")


def run(holds: Callable[..., Any], needs: tuple[str, ...]) -> Any:
    return holds(_StandInLaw(), *(_StandIn(name=name) for name in needs))


# Contradictions that are there as soon as these answers are given, whatever they say.
ENOUGH_TO_BE_GIVEN = {"two_ages": {"age"}, "echelon_without_bcs": {"echelon"}}


@pytest.mark.parametrize("name", CONDITIONS)
def test_body_needs_no_truth_value_and_uses_every_answer(name: str) -> None:
    condition = CONDITIONS[name]
    result = run(condition.holds, condition.needs)
    assert isinstance(result, _StandIn)
    answers = {each for each in result.names if not each.startswith("law.")}
    assert answers == set(condition.needs) - ENOUGH_TO_BE_GIVEN.get(name, set())


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("young_enough", "age_limit"),
        ("not_too_short", "min_months"),
        ("not_too_long", "max_months"),
        ("months_left", "total_months"),
        ("start_too_early", "first_day"),
    ],
)
def test_limit_is_a_figure_of_the_law(name: str, figure: str) -> None:
    condition = CONDITIONS[name]
    assert f"law.{figure}" in run(condition.holds, condition.needs).names


@pytest.mark.parametrize(
    "holds",
    [
        lambda law, age: age < law.age_limit and age,
        lambda law, age: age < law.age_limit or age,
        lambda law, age: not age,
        lambda law, age: age if age < law.age_limit else law.age_limit,
        lambda law, age: age in ("a", "b"),
        lambda law, age: law.age_limit in age,
        lambda law, age: law.min_months < age < law.age_limit,
        lambda law, age: [each + each for each in age],
        lambda law, age: min(age, law.age_limit),
        lambda law, age: ~(age < law.age_limit),
        lambda law, age: bool(age),
    ],
)
def test_body_that_needs_a_truth_value_fails_on_stand_ins(holds: Callable[..., Any]) -> None:
    with pytest.raises(TypeError):
        run(holds, ("age",))


def test_body_that_needs_no_figure_of_the_law_fails_on_stand_ins() -> None:
    with pytest.raises(AttributeError):
        run(lambda law, age: law.fact, ("age",))


def test_primitives_are_all_single_dispatch() -> None:
    assert set(PRIMITIVES) == {
        *("add_months", "whole_months", "months_begun", "days_between", "years_between"),
        *("one_of", "least", "left_open", "is_no"),
    }
    written = [value for value in vars(primitives).values() if isinstance(value, FunctionType)]
    functions = {value for value in written if value.__module__ == primitives.__name__}
    assert functions == set(PRIMITIVES.values())
