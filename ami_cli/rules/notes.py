"""Finds the notes of a criterion: what other texts say beside the official page, and which cases no
text settles.

The verdict follows the official page; a note never changes it.
"""

from typing import NamedTuple

from ami_cli.law import Law
from ami_cli.registers import find_school
from ami_cli.rules.advice import turns_old_before_leaving
from ami_cli.rules.conditions import Facts


class Note(NamedTuple):
    """One note: the code of its words, the grounds it rests on, and whether it belongs beside the
    verdict because the verdict alone would mislead."""

    code: str
    grounds: tuple[str, ...] = ()
    on_the_verdict: bool = False


# The grants of other ministries of which a text was read.
_GRANTS = {
    "culture": ("culture_grant", "culture_grant_without_bcs"),
    "agriculture": ("agriculture_grant",),
}
_UNSETTLED_SCHOOL = Note("unsettled_school")
_AGE_BETWEEN = Note("age_between", ("age_of_the_scholarship",), True)
_AGE_ALLOWANCE = Note("age_allowance", ("allowance_age_limit", "no_age_named"), True)
_AGE_SCHOLARSHIP = Note("age_scholarship", ("age_of_the_scholarship", "no_age_named"), True)


def notes(criterion: str, status: str, facts: Facts, law: Law) -> tuple[Note, ...]:
    """Return the notes of a criterion with this status, the most important first."""
    establishment, held = facts.get("establishment"), facts.get("scholarship")
    match criterion, status:
        case "age", "not_met":
            note = _AGE_ALLOWANCE if held == "annual_allowance" else _AGE_SCHOLARSHIP
            return (_AGE_BETWEEN, note) if turns_old_before_leaving(facts, law) else (note,)
        case "age", "missing" if turns_old_before_leaving(facts, law):
            return (_AGE_BETWEEN,)
        case "establishment", "met":
            diploma = Note("national_diploma", ("national_diploma",))
            if establishment == "private_accredited":
                doubt = Note("private_doubt", ("public_quota", "private_schools"), True)
                return (doubt, diploma)
            return (diploma,)
        case "establishment", "not_met":
            if establishment == "private_other":
                return (Note("bcs_private_other", (), True),) if held == "bcs" else ()
            if establishment == "abroad":
                return (Note("bcs_abroad", ("bcs_abroad",)),) if held == "bcs" else ()
            ministry = _ministry(facts)
            if ministry is None:
                grants = (grant for grants in _GRANTS.values() for grant in grants)
                return (Note("other_ministry", tuple(grants)), _UNSETTLED_SCHOOL)
            if ministry not in _GRANTS:
                return (Note("ministry_without_text"),)
            return (Note(f"ministry_{ministry}", _GRANTS[ministry]),)
        case "establishment", _ if _ministry(facts) is None:
            return (_UNSETTLED_SCHOOL,)
        case "stay", "met":
            given = Note("stay_abroad" if facts["destination"] else "stay")
            return (given, Note(f"unsettled_{facts['stay']}"))
        case "stay", "not_met" if facts["in_curriculum"] is False:
            return (Note("gap_year", (), True),)
        case "min_duration", "to_check":
            return (Note("month_in_days", ("days_per_month",)),)
        case "entitlement", "met" if awaits_tenth_month(facts, law):
            return (Note("tenth_month", ("former_total_months",)),)
    return ()


def awaits_tenth_month(facts: Facts, law: Law) -> bool:
    """Tell whether the months received are the former total, and no text opens the month more."""
    return bool(law.fact("former_total_months") == facts["months_received"] < law.total_months)


def _ministry(facts: Facts) -> str | None:
    """Return the ministry of the school that is named; None where the register knows none."""
    school = find_school(facts["school"]).entry if "school" in facts else None
    return None if school is None or school.ministry is None else school.ministry.code
