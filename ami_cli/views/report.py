"""An Assessment in the reader's language: the dict that `--json` prints and every view renders.

Keys and codes are English in every language; sentences follow the language of `words`. Amounts
are whole euros, durations calendar months, dates ISO 8601. Every key is always present.
"""

from datetime import date
from typing import Any

from ami_cli.law import Source, academic_year
from ami_cli.rules.advice import Advice, birthday
from ami_cli.rules.assess import Assessment, Finding, Status
from ami_cli.rules.entitlement import Supplement
from ami_cli.views import registered
from ami_cli.words import Words

SCHEMA_VERSION = "1"


def report(found: Assessment, words: Words) -> dict[str, Any]:
    """The stable JSON result (`schema_version` "1")."""
    return {
        "schema_version": SCHEMA_VERSION,
        "lang": words.lang,
        "rules": rules_in_force(found, words),
        "today": found.today.isoformat(),
        "answers": {name: plain(value) for name, value in found.given.items()},
        "school": registered.school(found, words),
        "commune": registered.commune(found, words),
        "assumed": list(found.assumed),
        "verdict": found.verdict,
        "headline": _headline(found, words),
        "verdict_notes": _verdict_notes(found, words),
        "criteria": _criteria(found, words),
        "missing": list(found.missing),
        "estimate": _estimate(found, words),
        "supplements": _supplements(found, words),
        "cumulation": _cumulation(found, words),
        "budget": _budget(found, words),
        "reminder": _reminder(found, words),
        "advice": [
            {
                "criterion": change.criterion,
                "text": _advice(change, found, words),
                "sources": _sources(
                    found, *(["dse_opens"] if change.code == "ask_for_a_scholarship" else [])
                ),
            }
            for change in found.advice
        ],
        "next_steps": _next_steps(found, words),
    }


def rules_in_force(found: Assessment, words: Words) -> dict[str, Any]:
    """By which year's rules the answer was worked out, and whether they are published."""
    law = found.law
    if law.academic_year is None:
        note = words("rules.no_start", basis=law.basis)
    elif law.provisional:
        note = words("rules.provisional", year=law.academic_year, basis=law.basis)
    else:
        note = words("rules.published", year=law.academic_year)
    return {
        "academic_year": law.academic_year,
        "basis": law.basis,
        "provisional": law.provisional,
        "note": note,
    }


def cited(source: Source) -> dict[str, Any]:
    """One source as it is shown."""
    return {"id": source.id, "title": source.title, "url": source.url, "quote": source.quote}


def _sources(found: Assessment, *grounds: str) -> list[dict[str, Any]]:
    """The sources of some grounds, where the law of the year has them."""
    law = found.law.grounds
    return [cited(source) for name in grounds if name in law for source in law[name].sources]


def plain(value: Any) -> Any:
    """A value as JSON holds it."""
    return value.isoformat() if isinstance(value, date) else value


def _headline(found: Assessment, words: Words) -> str:
    blocking: Status = "not_met" if found.verdict == "ineligible" else "to_check"
    criteria = [words(f"criteria.{code}").lower() for code in found.codes(blocking)]
    key = f"verdict.{found.verdict}.headline"
    if found.verdict == "undetermined" and criteria:
        key = "verdict.undetermined.both" if found.missing else "verdict.undetermined.to_check"
    return words(key, answers=_awaited(found.missing, words), criteria=words.all(criteria))


def _awaited(names: tuple[str, ...], words: Words) -> str:
    return words.awaited(names) if names else ""


def _verdict_notes(found: Assessment, words: Words) -> list[str]:
    notes = []
    if "age" in found.codes("not_met"):
        notes.append(_age_note(found, words))
    decides = "decides_no" if found.verdict == "ineligible" else "decides"
    return [*notes, words(f"verdict.note.{decides}")]


def _age_note(found: Assessment, words: Words) -> str:
    birth, start = found.facts.get("birth_date"), found.facts.get("start")
    if birth is not None and start is not None:
        september = date(int(academic_year(start)[:4]), 9, 1)
        if september < birthday(birth, found.law.age_limit) <= start:
            return words(
                "verdict.note.age_between",
                limit=found.law.age_limit,
                september=words.date(september),
            )
    return words("verdict.note.age")


# --- criteria ----------------------------------------------------------------------------------


def _criteria(found: Assessment, words: Words) -> list[dict[str, Any]]:
    params = _spoken_facts(found, words)
    return [
        {
            "code": finding.criterion.code,
            "status": finding.status,
            "missing": list(finding.missing),
            "reason": _reason(finding, found, params, words),
            "notes": _notes(finding, found, words),
            "sources": [
                *_sources(found, *_grounds(finding, found)),
                *(registered.school_sources(found, words) if _is_registered(finding) else []),
            ],
        }
        for finding in found.findings
    ]


def _is_registered(finding: Finding) -> bool:
    return finding.criterion.code == "establishment"


def _spoken_facts(found: Assessment, words: Words) -> dict[str, str]:
    """The values that reasons speak of, as they are said."""
    law, facts = found.law, found.facts
    spoken = {
        "limit": words.count("year", law.age_limit),
        "min_months": words.count("month", law.min_months),
        "max_months": words.count("month", law.max_months),
        "total_months": words.count("month", law.total_months),
        "received_number": str(facts["months_received"]),
        "left_number": str(law.total_months - facts["months_received"]),
        "total_number": str(law.total_months),
        "culture": words.euros(law.fact("culture_grant")),
        "culture_without": words.euros(law.fact("culture_grant_without_bcs")),
        "agriculture": words.euros(law.fact("agriculture_grant")),
    }
    if "age" in facts:
        spoken["age"] = words.count("year", facts["age"])
    if found.months is not None:
        spoken["whole"] = words.count("whole_month", found.months.whole)
        spoken["begun"] = words.count("begun_month", found.months.begun)
    return spoken


def _reason(finding: Finding, found: Assessment, params: dict[str, str], words: Words) -> str:
    if finding.status == "missing":
        over = finding.criterion.code == "age" and "age" in found.facts
        key = "reasons.over_the_limit" if over else "reasons.missing"
        return words.filled(key, {**params, "answers": words.awaited(finding.missing)})
    sentences = []
    for condition, value in finding.because:
        key = f"reasons.{condition.name}.{_SAID[value]}"
        if key not in words:
            key = f"{key}.{found.facts[condition.needs[0]]}"
        if sentence := words.filled(key, params):
            sentences.append(sentence)
    return " ".join(sentences)


_SAID = {True: "yes", False: "no", None: "open"}


def _notes(finding: Finding, found: Assessment, words: Words) -> list[str]:
    criterion, status = finding.criterion, finding.status
    notes = [words(f"notes.{ground}") for ground in _caveats(finding, found)]
    if criterion.code == "establishment":
        notes = [*registered.school_notes(found, words), *notes]
    if criterion.code == "age" and status == "not_met":
        notes.append(_age_note(found, words))
    if criterion.code == "stay" and status == "met":
        notes.append(words("notes.stay"))
    presumed = [name for name in found.assumed if name in criterion.asks]
    if presumed:
        said = words.all(words(f"presumed.{name}") for name in presumed)
        notes.append(words("notes.presumed", answers=said))
    return notes


def _caveats(finding: Finding, found: Assessment) -> list[str]:
    """The other texts an answer about the establishment must be read with."""
    if finding.criterion.code != "establishment" or finding.status != "met":
        return []
    private = found.facts["establishment"] == "private_accredited"
    return [*(["public_quota"] if private else []), "national_diploma"]


def _grounds(finding: Finding, found: Assessment) -> list[str]:
    names = [*finding.criterion.grounds, *_caveats(finding, found)]
    if finding.status == "not_met":
        if finding.criterion.code == "age":
            names.append("age_of_the_scholarship")
        if finding.criterion.code == "establishment" and (
            found.facts["establishment"] == "other_ministry"
        ):
            names += ["culture_grant", "culture_grant_without_bcs", "agriculture_grant"]
    return names


# --- amounts -----------------------------------------------------------------------------------


def _estimate(found: Assessment, words: Words) -> dict[str, Any] | None:
    payable = found.estimate
    if payable is None:
        return None
    rate = words.euros(payable.monthly_rate)
    if payable.months == payable.months_max:
        text = words(
            "estimate.one",
            total=words.euros(payable.total),
            payments=words.count("payment", payable.months),
            rate=rate,
        )
    else:
        text = words(
            "estimate.range",
            total=words.euros(payable.total),
            total_max=words.euros(payable.total_max),
            months=payable.months,
            payments_max=words.count("payment", payable.months_max),
            rate=rate,
        )
    notes = [words("estimate.note")]
    if payable.months != payable.months_max:
        notes.append(words("estimate.part_month"))
    if found.months is not None and payable.months_max < found.months.begun:
        notes.append(words("estimate.capped", left=words.count("month", payable.months_left)))
    if found.verdict == "undetermined":
        notes.append(words("estimate.if_favourable"))
    return {
        "currency": "EUR",
        "monthly_rate": payable.monthly_rate,
        "months": payable.months,
        "months_max": payable.months_max,
        "total": payable.total,
        "total_max": payable.total_max,
        "months_left": payable.months_left,
        "text": text,
        "notes": notes,
        "sources": _sources(found, "monthly_rate", "selection"),
    }


def _supplements(found: Assessment, words: Words) -> list[dict[str, Any]]:
    top_up = words.euros(found.law.fact("inclusion_top_up"))
    return [
        {
            "code": ground.code,
            "status": ground.status,
            "missing": list(ground.missing),
            "monthly_amount": None,
            "note": words(f"supplements.note.missing.{ground.code}")
            if ground.status == "missing"
            else words(f"supplements.note.{_supplement(ground, found)}", top_up=top_up),
            "indication": registered.commune_note(ground, found, words),
            "sources": [
                *_sources(
                    found, "supplements", *(["inclusion_top_up"] if ground.status == "met" else [])
                ),
                *(registered.commune_sources(found, words) if ground.code == "rural" else []),
            ],
        }
        for ground in found.supplements
    ]


def _supplement(ground: Supplement, found: Assessment) -> str:
    status = ground.status
    if ground.code == "rural" and status == "not_met" and "rural" not in found.given:
        return "not_met_zoned"
    return "met_without_ami" if status == "met" and found.verdict == "ineligible" else status


def _cumulation(found: Assessment, words: Words) -> list[dict[str, Any]]:
    return [
        _bcs(found, words),
        _merit_aid(found, words),
        {
            "code": "erasmus_plus",
            "cumulable": True,
            "note": _erasmus(found, words),
            "sources": _sources(found, "cumulation", "inclusion_top_up"),
        },
        {
            "code": "regional",
            "cumulable": None,
            "note": words("cumulation.note.regional"),
            "sources": _sources(found, "regional_grants"),
        },
    ]


def _bcs(found: Assessment, words: Words) -> dict[str, Any]:
    law, facts = found.law, found.facts
    yearly = law.bcs_yearly.get(facts.get("echelon", ""))
    if yearly is not None and law.bcs_payments is not None:
        note = words(
            "cumulation.note.bcs_amount",
            yearly=words.euros(yearly),
            echelon=words.value("echelon", facts["echelon"]),
            payments=words.count("payment", law.bcs_payments),
            basis=law.grounds["bcs_yearly"].since,
        )
    else:
        known = {"annual_allowance": "bcs_allowance", "none": "bcs_none"}
        note = words(f"cumulation.note.{known.get(facts.get('scholarship', ''), 'bcs')}")
    return {
        "code": "bcs",
        "cumulable": True,
        "amount_per_year": yearly,
        "note": note,
        "sources": _sources(found, "bcs_yearly"),
    }


def _merit_aid(found: Assessment, words: Words) -> dict[str, Any]:
    law = found.law
    said = {True: "merit_yes", False: "merit_ask", None: "merit_unknown"}[found.facts.get("merit")]
    note = words(f"cumulation.note.{said}", times=law.fact("merit_times"))
    if law.merit_monthly is None or law.merit_payments is None:
        yearly = None
    else:
        yearly = law.merit_monthly * law.merit_payments
        amount = words(
            "cumulation.note.merit_amount",
            yearly=words.euros(yearly),
            payments=words.count("payment", law.merit_payments),
            monthly=words.euros(law.merit_monthly),
            basis=law.grounds["merit_monthly"].since,
        )
        note = f"{amount} {note}"
    return {
        "code": "merit_aid",
        "cumulable": True,
        "amount_per_year": yearly,
        "note": note,
        "sources": _sources(found, "cumulation", "merit_monthly"),
    }


def _erasmus(found: Assessment, words: Words) -> str:
    said = {True: "erasmus_yes", False: "erasmus_ask", None: "erasmus_unknown"}
    note = words(f"cumulation.note.{said[found.facts.get('erasmus')]}")
    if monthly := found.given.get("erasmus_monthly"):
        note = words("cumulation.note.erasmus_amount", monthly=words.euros(monthly))
    top_up = words.euros(found.law.fact("inclusion_top_up"))
    return f"{note} {words('cumulation.note.erasmus_top_up', top_up=top_up)}"


def _budget(found: Assessment, words: Words) -> dict[str, Any] | None:
    if found.budget is None:
        return None
    note = "budget.note_provisional" if found.law.provisional else "budget.note"
    erasmus = "erasmus_given" if found.given.get("erasmus_monthly") else "erasmus_unknown"
    known = {line.code for line in found.budget.lines}
    lacking = found.facts.get("scholarship") == "bcs" and "bcs" not in known
    beside = [f"budget.{erasmus}", *(["budget.bcs_unknown"] if lacking else [])]
    return {
        "lines": [
            {
                "code": line.code,
                "total": line.total,
                **({} if line.total_max is None else {"total_max": line.total_max}),
                "certain": line.certain,
            }
            for line in found.budget.lines
        ],
        "certain": found.budget.certain,
        "depends": {"total": found.budget.depends, "total_max": found.budget.depends_max},
        "total": found.budget.total,
        "total_max": found.budget.total_max,
        "basis": found.law.basis,
        "note": " ".join([words(note, basis=found.law.basis), *map(words, beside)]),
    }


# --- what to do --------------------------------------------------------------------------------


def _reminder(found: Assessment, words: Words) -> dict[str, Any] | None:
    when = found.reminder
    if when is None:
        return None
    end = found.facts.get("end")
    said = (
        "over"
        if end is not None and end < found.today
        else "departed"
        if when.departed
        else "late"
        if when.late
        else "today"
        if when.days_left == 0
        else "ahead"
    )
    text = words(
        f"reminder.{said}",
        days=words.count("day", abs(when.days_left)),
        months=words.count("month", found.law.months_ahead),
        start_by=words.date(when.start_by),
    )
    return {
        "start_by": when.start_by.isoformat(),
        "days_left": when.days_left,
        "late": when.late,
        "departed": when.departed,
        "text": text,
        "sources": _sources(found, "months_ahead"),
    }


def _advice(change: Advice, found: Assessment, words: Words) -> str:
    return words(
        f"advice.{change.code}{'_past' if change.past else ''}",
        day=words.date(change.day) if change.day else "",
        limit=found.law.age_limit,
        opens=words.date(found.law.fact("dse_opens")),
        closes=words.date(found.law.fact("dse_closes")),
    )


def _next_steps(found: Assessment, words: Words) -> list[str]:
    if found.verdict == "ineligible":
        steps = ["contact_no", "other_grants"]
    else:
        gone = found.reminder is not None and found.reminder.departed
        steps = ["contact", "file", "proof", "payment_after" if gone else "payment"]
        if found.facts.get("scholarship") == "pending":
            steps.insert(0, "follow_scholarship")
        if found.missing:
            steps.insert(0, "complete")
    awaited = {"answers": _awaited(found.missing, words)}
    said = [words.filled(f"next_steps.{step}", awaited) for step in steps]
    website = registered.website(found)
    if website is not None:
        contact = next(rank for rank, step in enumerate(steps) if step.startswith("contact"))
        said[contact] += " " + words("next_steps.website", website=website)
    return said
