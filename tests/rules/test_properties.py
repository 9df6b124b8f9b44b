"""What holds of every dossier: Kleene's logic, what one more answer may change, what is missing."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ami_cli import Answers, Assessment, assess
from ami_cli.answers import FIELD, FIELDS, ORDER, Kind
from ami_cli.law import academic_year, law_book
from ami_cli.rules.assess import is_certain_no
from ami_cli.rules.conditions import AllOf, AnyOf, Condition, Rule, evaluate, missing
from ami_cli.rules.criteria import CRITERIA, Criterion
from ami_cli.rules.entitlement import OTHER_GRANTS, SUPPLEMENTS, Extra
from ami_cli.rules.facts import DEFAULTS, PRESUMED
from tests.conftest import TODAY
from tests.sizes import examples
from tests.students import COMMUNES, DESTINATIONS, SCHOOLS, dossiers, is_consistent

# The rules are covered by their cases; here, measuring would take half the time.
pytestmark = pytest.mark.no_cover
BOOK = law_book()
LAW = BOOK.law_of(None)
RULES = (*CRITERIA, *SUPPLEMENTS, *OTHER_GRANTS)
MANY = settings(max_examples=examples(100))


def judge(answers: Mapping[str, Any], today: date = TODAY) -> Assessment:
    return assess(Answers(**answers), today=today)


def values_of(name: str, answers: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Any value of an answer; a date near the other one, so that stays are of any length."""
    each = FIELD[name]
    match each.kind:
        case Kind.YES_NO:
            return st.booleans()
        case Kind.CHOICE:
            return st.sampled_from(each.options)
        case Kind.COUNTRY:
            return st.sampled_from(DESTINATIONS)
        case Kind.NUMBER:
            return st.integers(each.low, each.high) | st.sampled_from([9, 10, 27, 28])
        case Kind.NAME:
            return st.sampled_from(SCHOOLS if name == "school" else COMMUNES)
        case _:
            days = st.integers(0, 400).map(timedelta)
    if name == "end" and "start" in answers:
        return days.map(lambda length: answers["start"] + length)
    if name == "start" and "end" in answers:
        return days.map(lambda length: answers["end"] - length)
    if name == "birth_date":
        return st.dates(date(1990, 1, 1), date(2010, 1, 1))
    return st.dates(date(2020, 9, 1), date(2030, 12, 31))


# --- Kleene's logic, on every partial dossier ----------------------------------------------------


def domain(name: str, facts: Mapping[str, Any]) -> list[Any]:
    """Values of an answer that meet and fail every condition on it, beside what is known."""
    short, long = timedelta(5), timedelta(400)
    match name:
        case "age":
            return [LAW.age_limit - 1, LAW.age_limit]
        case "months_received":
            return [LAW.total_months - 1, LAW.total_months]
        case "start":
            end = facts.get("end", date(2026, 6, 30))
            return [end - short, end - long]
        case "end":
            start = facts.get("start", date(2025, 6, 30))
            return [start + short, start + long]
        case "destination":
            return ["PT", "FR", "RE"]
    return list(FIELD[name].options) or [True, False]


def completions(facts: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Every way to answer all of `names`."""
    unanswered = [name for name in names if name not in facts]
    if not unanswered:
        yield dict(facts)
        return
    for value in domain(unanswered[0], facts):
        yield from completions({**facts, unanswered[0]: value}, names)


def partial_facts(names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Every way to answer some of `names`, none and all included."""
    seen: list[dict[str, Any]] = []
    for complete in completions({}, names):
        for mask in range(2 ** len(names)):
            part = {name: complete[name] for rank, name in enumerate(names) if mask >> rank & 1}
            if part not in seen:
                seen.append(part)
                yield part


def asked_by(rule: Rule) -> tuple[str, ...]:
    match rule:
        case Condition():
            names = set(rule.needs)
        case AllOf(parts) | AnyOf(parts):
            names = {name for part in parts for name in asked_by(part)}
    return tuple(sorted(names, key=ORDER.__getitem__))


@pytest.mark.parametrize("each", RULES, ids=lambda each: each.code)
def test_rule_is_decided_exactly_when_no_further_answer_can_change_it(
    each: Criterion | Extra,
) -> None:
    names, seen = asked_by(each.rule), set()
    for facts in partial_facts(names):
        value = evaluate(each.rule, facts, LAW)
        possible = {evaluate(each.rule, whole, LAW) for whole in completions(facts, names)}
        awaited = missing(each.rule, facts, LAW)
        seen.add(value)
        if value is not None:
            assert possible == {value}, facts
            assert awaited == set()
        else:
            assert possible >= {True, False} or None in possible, facts
            assert awaited <= set(names) - set(facts)
            assert awaited or possible == {None}
    assert seen == {True, False, None}


@pytest.mark.parametrize("each", RULES, ids=lambda each: each.code)
def test_missing_names_exactly_the_answers_that_can_matter(each: Criterion | Extra) -> None:
    """An answer is missing when, the others answered somehow, it alone makes the difference."""
    names = asked_by(each.rule)
    for facts in partial_facts(names):
        for name in set(names) - set(facts):
            others = tuple(other for other in names if other != name)
            matters = any(
                len(
                    {
                        evaluate(each.rule, {**part, name: value}, LAW)
                        for value in domain(name, part)
                    }
                )
                > 1
                for part in completions(facts, others)
            )
            assert (name in missing(each.rule, facts, LAW)) is matters, (facts, name)


OPEN = Condition("open", (), lambda law: None)
VALUES = {
    True: Condition("yes", (), lambda law: True),
    False: Condition("no", (), lambda law: False),
    None: OPEN,
}
UNKNOWN = Condition("unknown", ("age",), lambda law, age: age)


@pytest.mark.parametrize(
    ("parts", "all_hold", "one_holds"),
    [
        ((True, True), True, True),
        ((True, False), False, True),
        ((False, False), False, False),
        ((True, None), None, True),
        ((False, None), False, None),
        ((None, None), None, None),
        ((), True, False),
        ((True, None, False), False, True),
    ],
)
def test_rules_combine_as_in_kleenes_logic(
    parts: tuple[bool | None, ...], all_hold: bool | None, one_holds: bool | None
) -> None:
    for order in (parts, parts[::-1]):
        known = tuple(VALUES[each] for each in order)
        assert evaluate(AllOf(known), {}, LAW) is all_hold
        assert evaluate(AnyOf(known), {}, LAW) is one_holds
        waiting = tuple(UNKNOWN if each is None else VALUES[each] for each in order)
        for rule, value in ((AllOf(waiting), all_hold), (AnyOf(waiting), one_holds)):
            assert evaluate(rule, {}, LAW) is value
            assert missing(rule, {}, LAW) == ({"age"} if value is None else set())


def test_open_condition_has_no_missing_answer() -> None:
    assert missing(OPEN, {}, LAW) == set()
    assert missing(AllOf((OPEN, UNKNOWN)), {}, LAW) == {"age"}
    assert missing(AllOf((OPEN, UNKNOWN)), {"age": 1}, LAW) == set()
    nested = AnyOf((AllOf((VALUES[False], UNKNOWN)), OPEN))
    assert missing(nested, {}, LAW) == set()


# --- further answers ------------------------------------------------------------------------------


@st.composite
def one_more_answer(draw: st.DrawFn) -> tuple[dict[str, Any], str, Any]:
    """A dossier whose start is known, an answer it lacks, and a sound value of that answer."""
    complete = draw(dossiers(complete=True))
    names = [name for name in complete if name != "start"]
    dropped = draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
    answers = {name: value for name, value in complete.items() if name not in dropped}
    value = draw(st.just(complete[dropped[0]]) | values_of(dropped[0], answers))
    assume(is_consistent({**answers, dropped[0]: value}))
    return answers, dropped[0], value


@given(one_more_answer())
@MANY
def test_verdict_is_changed_by_assumed_answers_only(
    case: tuple[dict[str, Any], str, Any],
) -> None:
    answers, name, value = case
    before, after = judge(answers), judge({**answers, name: value})
    if is_certain_no(answers, BOOK):
        assert before.verdict == after.verdict == "ineligible"
    if before.law.basis != after.law.basis:  # the end makes the stay count for the year after
        assert name == "end"
    elif before.verdict == "ineligible":
        assert after.verdict == "ineligible"
        assert set(after.codes("not_met")) >= set(before.codes("not_met"))
    elif before.verdict == "eligible" != after.verdict and name == "destination":
        assert (value, after.verdict) in {("FR", "ineligible"), ("RE", "undetermined")}
    elif before.verdict == "eligible" != after.verdict:
        assert after.verdict == "ineligible"
        assert name in before.assumed
        assert value != PRESUMED[name]


@given(one_more_answer())
@MANY
def test_decided_criterion_is_unchanged_by_further_answers(
    case: tuple[dict[str, Any], str, Any],
) -> None:
    answers, name, value = case
    assume(name not in DEFAULTS)
    before, after = judge(answers), judge({**answers, name: value})
    assume(before.law.basis == after.law.basis)
    for assessment, later in zip(before.findings, after.findings, strict=True):
        if assessment.status == "missing":
            assert set(later.missing) <= set(assessment.missing) - {name}
        else:
            assert (later.status, later.missing) == (assessment.status, ())


@given(dossiers())
@MANY
def test_presumed_answers_given_explicitly_change_nothing_else(answers: dict[str, Any]) -> None:
    assessment = judge(answers)
    assert assessment.assumed == tuple(name for name in PRESUMED if name not in answers)
    said = judge({**answers, **{name: PRESUMED[name] for name in assessment.assumed}})
    assert said.assumed == ()
    assert said._replace(given={}, assumed=(), facts={}) == assessment._replace(
        given={}, assumed=(), facts={}
    )
    assert said.facts == assessment.facts


# --- missing answers ------------------------------------------------------------------------------


@given(dossiers() | dossiers(complete=True))
@MANY
def test_verdict_follows_from_the_criteria(answers: dict[str, Any]) -> None:
    assessment = judge(answers)
    assert [each.criterion for each in assessment.findings] == list(CRITERIA)
    statuses = {each.status for each in assessment.findings}
    assert (assessment.verdict == "ineligible") is ("not_met" in statuses)
    assert (assessment.verdict == "eligible") is (statuses == {"met"})
    for each in assessment.findings:
        assert bool(each.missing) is (each.status == "missing")
        assert each.because
    awaited = {name for each in assessment.findings for name in each.missing}
    expected = (
        sorted(awaited, key=ORDER.__getitem__) if assessment.verdict == "undetermined" else []
    )
    assert list(assessment.missing) == expected
    assert not awaited & set(answers)
    assert bool(assessment.advice) <= (assessment.verdict == "ineligible")


@given(st.data(), dossiers())
@MANY
def test_answering_all_that_is_missing_decides_unless_to_check(
    data: st.DataObject, answers: dict[str, Any]
) -> None:
    before = judge(answers)
    assume(before.verdict == "undetermined")
    more = dict(answers)
    for name in before.missing:
        more[name] = data.draw(values_of(name, more), label=name)
    assume(is_consistent(more))
    after = judge(more)
    assert after.missing == ()
    if after.verdict == "undetermined":
        assert after.codes("to_check")
        assert not after.codes("not_met")


# --- amounts -------------------------------------------------------------------------------------


@given(dossiers() | dossiers(complete=True))
@MANY
def test_amounts_are_ranges_within_the_law(answers: dict[str, Any]) -> None:
    assessment = judge(answers)
    dated = {"start", "end"} <= set(answers)
    assert (assessment.months is not None) is dated
    assert (assessment.estimate is not None) is (dated and assessment.verdict != "ineligible")
    assert (assessment.budget is None) is (assessment.estimate is None)
    if assessment.estimate is None or assessment.months is None or assessment.budget is None:
        return
    estimate, law = assessment.estimate, assessment.law
    assert estimate.months_left == law.total_months - answers.get("months_received", 0) > 0
    assert 0 <= estimate.months <= estimate.months_max <= estimate.months_left
    assert estimate.months <= assessment.months.whole <= assessment.months.begun <= law.max_months
    assert estimate.months_max <= assessment.months.begun <= assessment.months.whole + 1
    assert estimate.monthly_rate == law.monthly_rate
    assert estimate.total == estimate.months * law.monthly_rate
    assert estimate.total_max == estimate.months_max * law.monthly_rate
    ami, *others = assessment.budget.lines
    assert ami == ("ami", False, estimate.total, estimate.total_max)
    assert assessment.budget.total == sum(line.total for line in assessment.budget.lines)
    if monthly := answers.get("erasmus_monthly"):
        *others, erasmus = others
        told = (monthly * assessment.months.whole, monthly * assessment.months.begun)
        assert erasmus == ("erasmus_plus", False, *told)
    else:
        told = (0, 0)
    assert all(line.total >= 0 and line.total_max is None for line in others)
    # The merit aid goes with a scholarship: it is certain where that is held, and no sooner.
    held = assessment.facts.get("scholarship") in ("bcs", "annual_allowance")
    has_begun = law.academic_year is not None and law.academic_year <= academic_year(TODAY)
    bcs = assessment.facts.get("scholarship") == "bcs"
    assert all(
        line.certain is (has_begun and (held if line.code == "merit_aid" else bcs))
        for line in others
    )
    assert assessment.budget.certain == sum(line.total for line in others if line.certain)
    waits = sum(line.total for line in others if not line.certain)
    assert assessment.budget.depends == estimate.total + told[0] + waits
    assert assessment.budget.depends_max == estimate.total_max + told[1] + waits
    assert assessment.budget.total == assessment.budget.certain + assessment.budget.depends
    assert assessment.budget.total_max == assessment.budget.certain + assessment.budget.depends_max


@given(dossiers(complete=True), st.integers(0, 60))
@MANY
def test_more_months_received_never_increase_the_estimate(
    answers: dict[str, Any], received: int
) -> None:
    fewer, more = sorted((answers["months_received"], received))
    low = judge({**answers, "months_received": more})
    high = judge({**answers, "months_received": fewer})
    if low.estimate is None:
        return
    assert high.estimate is not None
    assert low.estimate.total <= high.estimate.total
    assert low.estimate.total_max <= high.estimate.total_max


@given(dossiers(), st.dates(TODAY, date(2099, 12, 31)))
@MANY
def test_today_changes_the_reminder_and_the_advice_only(
    answers: dict[str, Any], today: date
) -> None:
    now, later = judge(answers), judge(answers, today)
    moving: dict[str, Any] = {"today": today, "reminder": None, "advice": (), "warnings": ()}
    assert now._replace(**moving, budget=None) == later._replace(**moving, budget=None)
    if now.budget and later.budget:  # what is certain follows the academic year of the day
        assert now.budget.total == later.budget.total
    assert (now.reminder is None) is (later.reminder is None) is ("start" not in answers)
    if now.reminder and later.reminder:
        assert now.reminder.start_by == later.reminder.start_by
        assert now.reminder.days_left - later.reminder.days_left == (today - TODAY).days
        assert not (later.reminder.late and later.reminder.departed)


@given(dossiers(), st.randoms(use_true_random=False))
@MANY
def test_order_of_answers_changes_nothing(answers: dict[str, Any], order: Any) -> None:
    names = list(answers)
    order.shuffle(names)
    assessment = judge({name: answers[name] for name in names})
    assert assessment == judge(answers)
    assert list(assessment.given) == [each.name for each in FIELDS if each.name in answers]
