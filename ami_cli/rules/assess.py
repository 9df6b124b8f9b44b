"""Judges one student: `assess(answers, law, today)` → `Assessment`.

An Assessment holds codes, dates, months and whole euros, but no sentence; `views` puts it into
the language of the reader.
"""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from ami_cli.answers import Answers
from ami_cli.failures import InvalidAnswers
from ami_cli.law import Law, LawBook, first_end_in_the_next_year, law_book, year_of_stay
from ami_cli.registers import Found, propose_communes, propose_schools
from ami_cli.rules.advice import Advice, advice
from ami_cli.rules.coherence import contradictions
from ami_cli.rules.conditions import Condition, Facts, because, evaluate, in_order, missing
from ami_cli.rules.criteria import CRITERIA, Criterion, not_too_long
from ami_cli.rules.entitlement import (
    Budget,
    Estimate,
    Months,
    Reminder,
    Supplement,
    budget,
    estimate,
    months_of,
    next_month,
    reminder,
    supplements,
)
from ami_cli.rules.facts import askable, derive, presume
from ami_cli.rules.notes import Note, notes
from ami_cli.rules.plausibility import Warned, warnings

if TYPE_CHECKING:
    from ami_cli.registers import communes, schools

Verdict = Literal["eligible", "ineligible", "undetermined"]
Status = Literal["met", "not_met", "missing", "to_check"]


class Finding(NamedTuple):
    """The status of one criterion, the answers that it lacks, the conditions on which the status
    rests, each with its value, and what other texts say beside it."""

    criterion: Criterion
    status: Status
    missing: tuple[str, ...]
    because: tuple[tuple[Condition, bool | None], ...]
    notes: tuple[Note, ...]


class Assessment(NamedTuple):
    """Everything the rules say of one student.

    `given` holds the answers as they were given; `facts` adds those derived from them and those
    presumed. `school` and `commune` are the entries of the registers for the names given, or
    those that are near an unknown name; None without a name. `estimate` and `budget` are None when
    a date is unknown or the verdict is `ineligible`; `reminder` when the start is unknown, `months`
    when a date is.
    """

    law: Law
    today: date
    given: Facts
    facts: Facts
    school: "Found[schools.School] | None"
    commune: "Found[communes.Commune] | None"
    assumed: tuple[str, ...]
    verdict: Verdict
    findings: tuple[Finding, ...]
    missing: tuple[str, ...]
    months: Months | None
    estimate: Estimate | None
    supplements: tuple[Supplement, ...]
    budget: Budget | None
    reminder: Reminder | None
    advice: tuple[Advice, ...]
    warnings: tuple[Warned, ...]

    def __repr__(self) -> str:
        """Tell the verdict without the answers, because a traceback or a notebook shows this."""
        return f"Assessment(verdict={self.verdict!r})"

    @property
    def awaited(self) -> tuple[str, ...]:
        """Return the missing answers that are said to lack: whoever does not tell a disability has
        not forgotten an answer."""
        return tuple(name for name in self.missing if name != "disability")

    def codes(self, status: Status) -> tuple[str, ...]:
        """Return the codes of the criteria with a status, in the order of the page."""
        return tuple(each.criterion.code for each in self.findings if each.status == status)


def assess(
    answers: Answers, law: Law | None = None, today: date | None = None, book: LawBook | None = None
) -> Assessment:
    """Judge one student: return the Assessment.

    `law` is the law to judge by (by default that of the year for which the stay counts,
    from `book`), `today` the day of the reader (by default the date in Europe/Paris). Raises
    InvalidAnswers when answers contradict each other or no law covers the stay.
    """
    book = book or law_book()
    today = today or today_in_paris()
    given = answers.given()
    if problems := contradictions(given, today, book):
        raise InvalidAnswers(*problems)
    law = law or book.law_of(answers.start, answers.end)
    dossier = presume(derive(given))
    facts = dossier.facts

    findings = tuple(_finding(criterion, facts, law) for criterion in CRITERIA)
    verdict = _verdict(findings)
    lacking = {name for finding in findings for name in finding.missing}
    failed = tuple(each.criterion.code for each in findings if each.status == "not_met")
    months = months_of(facts)
    payable = None if months is None or verdict == "ineligible" else estimate(months, facts, law)
    if months is not None and payable is not None and verdict == "eligible":
        payable = payable._replace(next_month=next_month(months, payable, facts, law))
    return Assessment(
        law=law,
        today=today,
        given=given,
        facts=facts,
        school=propose_schools(given["school"]) if "school" in given else None,
        commune=propose_communes(given["commune"]) if "commune" in given else None,
        assumed=dossier.assumed,
        verdict=verdict,
        findings=findings,
        missing=in_order(lacking) if verdict == "undetermined" else (),
        months=months,
        estimate=payable,
        supplements=supplements(facts, law),
        budget=(
            None
            if months is None or payable is None
            else budget(months, facts, law, payable, today)
        ),
        reminder=reminder(facts, law, today),
        advice=advice(failed, facts, law, today),
        warnings=warnings(given, facts, law, today),
    )


def without_health(assessment: Assessment) -> Assessment:
    """Judge the same answers without the one about disability, which is health data.

    Exports use this, so that nothing in a file depends on that answer.
    """
    if "disability" not in assessment.given:
        return assessment
    given = {name: value for name, value in assessment.given.items() if name != "disability"}
    return assess(Answers(**given), assessment.law, assessment.today)


def is_certain_no(given: Facts, book: LawBook) -> bool:
    """Tell whether the verdict is a no that no further answer can change.

    While a date is unknown, it must be a no under every year for which the stay may count.
    """
    facts = presume(derive(given)).facts
    start, end = given.get("start"), given.get("end")
    if start is None:
        laws = [book.law_of_year(year) for year in book.years]
    elif end is not None:
        laws = [book.law_of(start, end)]
    else:
        # A start before the first year known needs an end that makes the stay count for the next.
        laws = [] if year_of_stay(start) < book.first_year else [book.law_of(start)]
        following = first_end_in_the_next_year(start)
        next_law = book.law_of(start, following)
        if not laws or evaluate(not_too_long, {**facts, "end": following}, next_law):
            laws.append(next_law)
    return all(
        any(evaluate(criterion.rule, facts, law) is False for criterion in CRITERIA) for law in laws
    )


def today_in_paris() -> date:
    """Return today's date in Europe/Paris, whatever the time zone of the machine."""
    from zoneinfo import ZoneInfo

    return datetime.now(UTC).astimezone(ZoneInfo("Europe/Paris")).date()


def _finding(criterion: Criterion, facts: Facts, law: Law) -> Finding:
    value = evaluate(criterion.rule, facts, law)
    lacking: tuple[str, ...] = ()
    if value is None:
        lacking = in_order(askable(missing(criterion.rule, facts, law), facts))
    status: Status = (
        "met" if value else "not_met" if value is False else "missing" if lacking else "to_check"
    )
    reasons = because(criterion.rule, value, facts, law)
    return Finding(criterion, status, lacking, reasons, notes(criterion.code, status, facts, law))


def _verdict(findings: tuple[Finding, ...]) -> Verdict:
    statuses = {finding.status for finding in findings}
    if "not_met" in statuses:
        return "ineligible"
    return "eligible" if statuses == {"met"} else "undetermined"
