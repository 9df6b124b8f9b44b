"""The result of one student in the reader's language: makes of an Assessment the Result that
`--json` prints and that every view renders (its types: `result_types`).

Keys and codes are English in every language; sentences follow the language of `words`. Amounts
are whole euros, durations calendar months, dates ISO 8601. Every key is always present.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from ami_cli.law import Source, academic_year
from ami_cli.registers import COMMUNES, SCHOOLS, Register
from ami_cli.rules import entitlement
from ami_cli.rules.advice import Advice, birthday
from ami_cli.rules.assess import Assessment, Finding, Status
from ami_cli.words import Words

if TYPE_CHECKING:
    from ami_cli.registers.communes import Commune
    from ami_cli.views import result_types as types

MOST_NAMES = 6  # schools or communes that are named where several may be meant


def result_of(assessment: Assessment, words: Words) -> types.Result:
    """The stable result (`schema_version` "1")."""
    params = _reason_params(assessment, words)
    return {
        "schema_version": "1",
        "lang": words.lang,
        "rules": _rules(assessment, words),
        "today": assessment.today.isoformat(),
        "answers": {name: json_value(value) for name, value in assessment.given.items()},
        "school": _school(assessment, words),
        "commune": _commune(assessment, words),
        "assumed": list(assessment.assumed),
        "verdict": assessment.verdict,
        "headline": _headline(assessment, words),
        "verdict_notes": _verdict_notes(assessment, words),
        "criteria": [
            _criterion(finding, assessment, params, words) for finding in assessment.findings
        ],
        "missing": list(assessment.missing),
        "estimate": _estimate(assessment, words),
        "supplements": [
            _supplement(ground, assessment, words) for ground in assessment.supplements
        ],
        "cumulation": _cumulation(assessment, words),
        "budget": _budget(assessment, words),
        "reminder": _reminder(assessment, words),
        "advice": [_advice(change, assessment, words) for change in assessment.advice],
        "next_steps": _next_steps(assessment, words),
    }


def _rules(assessment: Assessment, words: Words) -> types.Rules:
    law = assessment.law
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


def cited(source: Source) -> types.Source:
    """A source as it is shown."""
    return {"id": source.id, "title": source.title, "url": source.url, "quote": source.quote}


def register_source(register: Register, words: Words) -> types.Source:
    """A register as a source is shown; it is data, and has no sentence to quote."""
    year_only = len(register.as_of) == 4
    as_of = register.as_of if year_only else words.date(date.fromisoformat(register.as_of))
    title = words(f"registers.{register.name}.title", as_of=as_of)
    return {"id": register.id, "title": title, "url": register.url, "quote": None}


def _sources(assessment: Assessment, *grounds: str) -> list[types.Source]:
    """The sources of some grounds, where the law of the year has them."""
    law = assessment.law.grounds
    return [cited(source) for name in grounds if name in law for source in law[name].sources]


def json_value(value: Any) -> Any:
    """A value as JSON holds it."""
    return value.isoformat() if isinstance(value, date) else value


def _headline(assessment: Assessment, words: Words) -> str:
    blocking: Status = "not_met" if assessment.verdict == "ineligible" else "to_check"
    criteria = [words(f"criteria.{code}").lower() for code in assessment.codes(blocking)]
    key = f"verdict.{assessment.verdict}.headline"
    if assessment.verdict == "undetermined" and criteria:
        key = "verdict.undetermined.both" if assessment.missing else "verdict.undetermined.to_check"
    return words(key, answers=_awaited(assessment.missing, words), criteria=words.all(criteria))


def _awaited(names: tuple[str, ...], words: Words) -> str:
    return words.awaited(names) if names else ""


def _verdict_notes(assessment: Assessment, words: Words) -> list[str]:
    notes = []
    if "age" in assessment.codes("not_met"):
        notes.append(_age_note(assessment, words))
    decides = "decides_no" if assessment.verdict == "ineligible" else "decides"
    return [*notes, words(f"verdict.note.{decides}")]


def _age_note(assessment: Assessment, words: Words) -> str:
    birth, start = assessment.facts.get("birth_date"), assessment.facts.get("start")
    if birth is not None and start is not None:
        september = date(int(academic_year(start)[:4]), 9, 1)
        if september < birthday(birth, assessment.law.age_limit) <= start:
            return words(
                "verdict.note.age_between",
                limit=assessment.law.age_limit,
                september=words.date(september),
            )
    return words("verdict.note.age")


# --- criteria ----------------------------------------------------------------------------------


def _criterion(
    finding: Finding, assessment: Assessment, params: dict[str, str], words: Words
) -> types.Criterion:
    sources = _sources(assessment, *_grounds(finding, assessment))
    if finding.criterion.code == "establishment" and assessment.school is not None:
        sources.append(register_source(SCHOOLS, words))
    return {
        "code": finding.criterion.code,
        "status": finding.status,
        "missing": list(finding.missing),
        "reason": _reason(finding, assessment, params, words),
        "notes": _notes(finding, assessment, words),
        "sources": sources,
    }


def _reason_params(assessment: Assessment, words: Words) -> dict[str, str]:
    """What fills the sentences of the reasons."""
    law, facts = assessment.law, assessment.facts
    params = {
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
        params["age"] = words.count("year", facts["age"])
    if assessment.months is not None:
        params["whole"] = words.count("whole_month", assessment.months.whole)
        params["begun"] = words.count("begun_month", assessment.months.begun)
    return params


def _reason(finding: Finding, assessment: Assessment, params: dict[str, str], words: Words) -> str:
    if finding.status == "missing":
        over = finding.criterion.code == "age" and "age" in assessment.facts
        key = "reasons.over_the_limit" if over else "reasons.missing"
        return words.filled(key, {**params, "answers": words.awaited(finding.missing)})
    sentences = []
    for condition, value in finding.because:
        key = f"reasons.{condition.name}.{_VALUES[value]}"
        # Some reasons have a sentence for each value of the answer they are about.
        by_value = f"{key}.{assessment.facts[condition.needs[0]]}"
        if sentence := words.filled(by_value if by_value in words else key, params):
            sentences.append(sentence)
    return " ".join(sentences)


_VALUES = {True: "yes", False: "no", None: "open"}


def _notes(finding: Finding, assessment: Assessment, words: Words) -> list[str]:
    criterion, status = finding.criterion, finding.status
    notes = [words(f"notes.{ground}") for ground in _caveats(finding, assessment)]
    if criterion.code == "establishment":
        notes = [*_school_notes(assessment, words), *notes]
    if criterion.code == "age" and status == "not_met":
        notes.append(_age_note(assessment, words))
    if criterion.code == "stay" and status == "met":
        notes.append(words("notes.stay"))
    presumed = [name for name in assessment.assumed if name in criterion.asks]
    if presumed:
        answers = words.all(words(f"presumed.{name}") for name in presumed)
        notes.append(words("notes.presumed", answers=answers))
    return notes


def _caveats(finding: Finding, assessment: Assessment) -> list[str]:
    """The other texts an answer about the establishment must be read with."""
    if finding.criterion.code != "establishment" or finding.status != "met":
        return []
    private = assessment.facts["establishment"] == "private_accredited"
    return [*(["public_quota"] if private else []), "national_diploma"]


def _grounds(finding: Finding, assessment: Assessment) -> list[str]:
    names = [*finding.criterion.grounds, *_caveats(finding, assessment)]
    if finding.status == "not_met":
        if finding.criterion.code == "age":
            names.append("age_of_the_scholarship")
        if finding.criterion.code == "establishment" and (
            assessment.facts["establishment"] == "other_ministry"
        ):
            names += ["culture_grant", "culture_grant_without_bcs", "agriculture_grant"]
    return names


# --- amounts -----------------------------------------------------------------------------------


def _estimate(assessment: Assessment, words: Words) -> types.Estimate | None:
    estimate = assessment.estimate
    if estimate is None:
        return None
    rate = words.euros(estimate.monthly_rate)
    if estimate.months == estimate.months_max:
        text = words(
            "estimate.one",
            total=words.euros(estimate.total),
            payments=words.count("payment", estimate.months),
            rate=rate,
        )
    else:
        text = words(
            "estimate.range",
            total=words.euros(estimate.total),
            total_max=words.euros(estimate.total_max),
            months=estimate.months,
            payments_max=words.count("payment", estimate.months_max),
            rate=rate,
        )
    notes = [words("estimate.note")]
    if estimate.months != estimate.months_max:
        notes.append(words("estimate.part_month"))
    if assessment.months is not None and estimate.months_max < assessment.months.begun:
        notes.append(words("estimate.capped", left=words.count("month", estimate.months_left)))
    if assessment.verdict == "undetermined":
        notes.append(words("estimate.if_favourable"))
    return {
        "currency": "EUR",
        "monthly_rate": estimate.monthly_rate,
        "months": estimate.months,
        "months_max": estimate.months_max,
        "total": estimate.total,
        "total_max": estimate.total_max,
        "months_left": estimate.months_left,
        "text": text,
        "notes": notes,
        "sources": _sources(assessment, "monthly_rate", "selection"),
    }


def _supplement(
    ground: entitlement.Supplement, assessment: Assessment, words: Words
) -> types.Supplement:
    key = f"missing.{ground.code}" if ground.status == "missing" else ground.status
    indication = None
    sources = _sources(
        assessment, "supplements", *(["inclusion_top_up"] if ground.status == "met" else [])
    )
    if ground.status == "met" and assessment.verdict == "ineligible":
        key = "met_without_ami"
    if ground.code == "rural":
        if assessment.commune is not None:
            sources.append(register_source(COMMUNES, words))
        if "rural" not in assessment.given:
            indication = _zoning_note(assessment, words)
            if ground.status == "not_met":
                key = "not_met_zoned"
    top_up = words.euros(assessment.law.fact("inclusion_top_up"))
    return {
        "code": ground.code,
        "status": ground.status,
        "missing": list(ground.missing),
        "monthly_amount": None,
        "note": words.filled(f"supplements.note.{key}", {"top_up": top_up}),
        "indication": indication,
        "sources": sources,
    }


def _cumulation(assessment: Assessment, words: Words) -> list[types.Cumulation]:
    return [
        _bcs(assessment, words),
        _merit_aid(assessment, words),
        {
            "code": "erasmus_plus",
            "cumulable": True,
            "note": _erasmus(assessment, words),
            "sources": _sources(assessment, "cumulation", "inclusion_top_up"),
        },
        {
            "code": "regional",
            "cumulable": None,
            "note": words("cumulation.note.regional"),
            "sources": _sources(assessment, "regional_grants"),
        },
    ]


def _bcs(assessment: Assessment, words: Words) -> types.Cumulation:
    law, facts = assessment.law, assessment.facts
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
        "sources": _sources(assessment, "bcs_yearly"),
    }


def _merit_aid(assessment: Assessment, words: Words) -> types.Cumulation:
    law = assessment.law
    keys = {True: "merit_yes", False: "merit_ask", None: "merit_unknown"}
    key = keys[assessment.facts.get("merit")]
    note = words(f"cumulation.note.{key}", times=law.fact("merit_times"))
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
        "sources": _sources(assessment, "cumulation", "merit_monthly"),
    }


def _erasmus(assessment: Assessment, words: Words) -> str:
    keys = {True: "erasmus_yes", False: "erasmus_ask", None: "erasmus_unknown"}
    note = words(f"cumulation.note.{keys[assessment.facts.get('erasmus')]}")
    if monthly := assessment.given.get("erasmus_monthly"):
        note = words("cumulation.note.erasmus_amount", monthly=words.euros(monthly))
    top_up = words.euros(assessment.law.fact("inclusion_top_up"))
    return f"{note} {words('cumulation.note.erasmus_top_up', top_up=top_up)}"


def _budget(assessment: Assessment, words: Words) -> types.Budget | None:
    if assessment.budget is None:
        return None
    note = "budget.note_provisional" if assessment.law.provisional else "budget.note"
    erasmus = "erasmus_given" if assessment.given.get("erasmus_monthly") else "erasmus_unknown"
    known = {line.code for line in assessment.budget.lines}
    lacking = assessment.facts.get("scholarship") == "bcs" and "bcs" not in known
    beside = [f"budget.{erasmus}", *(["budget.bcs_unknown"] if lacking else [])]
    return {
        "lines": [_line(line) for line in assessment.budget.lines],
        "certain": assessment.budget.certain,
        "depends": {"total": assessment.budget.depends, "total_max": assessment.budget.depends_max},
        "total": assessment.budget.total,
        "total_max": assessment.budget.total_max,
        "basis": assessment.law.basis,
        "note": " ".join([words(note, basis=assessment.law.basis), *map(words, beside)]),
    }


def _line(line: entitlement.BudgetLine) -> types.Line:
    if line.total_max is None:
        return {"code": line.code, "total": line.total, "certain": line.certain}
    return {
        "code": line.code,
        "total": line.total,
        "total_max": line.total_max,
        "certain": line.certain,
    }


# --- what to do --------------------------------------------------------------------------------


def _reminder(assessment: Assessment, words: Words) -> types.Reminder | None:
    reminder = assessment.reminder
    if reminder is None:
        return None
    end = assessment.facts.get("end")
    code = (
        "over"
        if end is not None and end < assessment.today
        else "departed"
        if reminder.departed
        else "late"
        if reminder.late
        else "today"
        if reminder.days_left == 0
        else "ahead"
    )
    text = words(
        f"reminder.{code}",
        days=words.count("day", abs(reminder.days_left)),
        months=words.count("month", assessment.law.months_ahead),
        start_by=words.date(reminder.start_by),
    )
    return {
        "start_by": reminder.start_by.isoformat(),
        "days_left": reminder.days_left,
        "late": reminder.late,
        "departed": reminder.departed,
        "text": text,
        "sources": _sources(assessment, "months_ahead"),
    }


def _advice(change: Advice, assessment: Assessment, words: Words) -> types.Advice:
    text = words(
        f"advice.{change.code}{'_past' if change.past else ''}",
        day=words.date(change.day) if change.day else "",
        limit=assessment.law.age_limit,
        opens=words.date(assessment.law.fact("dse_opens")),
        closes=words.date(assessment.law.fact("dse_closes")),
    )
    grounds = ["dse_opens"] if change.code == "ask_for_a_scholarship" else []
    return {
        "criterion": change.criterion,
        "text": text,
        "sources": _sources(assessment, *grounds),
    }


def _next_steps(assessment: Assessment, words: Words) -> list[str]:
    if assessment.verdict == "ineligible":
        steps = ["contact_no", "other_grants"]
    else:
        gone = assessment.reminder is not None and assessment.reminder.departed
        steps = ["contact", "file", "proof", "payment_after" if gone else "payment"]
        if assessment.facts.get("scholarship") == "pending":
            steps.insert(0, "follow_scholarship")
        if assessment.missing:
            steps.insert(0, "complete")
    params = {"answers": _awaited(assessment.missing, words)}
    sentences = [words.filled(f"next_steps.{step}", params) for step in steps]
    school = assessment.school
    if school is not None and school.answer == "found" and (site := school.schools[0].website):
        contact = next(rank for rank, step in enumerate(steps) if step.startswith("contact"))
        sentences[contact] += " " + words("next_steps.website", website=site)
    return sentences


# --- what the registers say of a school and of a commune ----------------------------------------
#
# A name that may be several, or that a register does not hold, is a question: a note names the
# candidates and nothing is guessed.


def _school(assessment: Assessment, words: Words) -> types.School | None:
    if assessment.school is None or assessment.school.answer != "found":
        return None
    (school,) = assessment.school.schools
    return {
        "name": school.name,
        "uai": list(school.uai),
        "type": school.type,
        "sector": school.sector,
        "commune": school.commune,
        "website": school.website or None,
        "note": words(f"registers.schools.{school.kind}", school=school.name),
        "sources": [register_source(SCHOOLS, words)],
    }


def _school_notes(assessment: Assessment, words: Words) -> list[str]:
    """What the register adds to the criterion of the establishment."""
    if assessment.school is None:
        return []
    if school := _school(assessment, words):
        return [school["note"]]
    name = assessment.given["school"]
    if candidates := [school.name for school in assessment.school.schools]:
        names = _named(candidates, words)
    else:
        from ami_cli.registers import schools

        names = _near([school.name for school in schools.near(name)], words)
    params = {"school": words.datum(name), "schools": names}
    return [words(f"registers.schools.{assessment.school.answer}", **params)]


def _commune(assessment: Assessment, words: Words) -> types.Commune | None:
    if assessment.commune is None or assessment.commune.answer != "found":
        return None
    from ami_cli.registers.communes import CLASSES

    (commune,) = assessment.commune.communes
    return {
        "name": commune.name,
        "department": commune.department,
        "insee_code": commune.insee,
        "frr_class": CLASSES[commune.frr_class],
        "rural": commune.rural,
        "note": _zoning(commune, words),
        "sources": [register_source(COMMUNES, words)],
    }


def _zoning(commune: Commune, words: Words) -> str:
    zoning = {True: "rural", False: "not_rural", None: "partly"}[commune.rural]
    return words(f"registers.communes.{zoning}", commune=commune.title)


def _zoning_note(assessment: Assessment, words: Words) -> str | None:
    """What the zoning says of the commune that is named; None where none is."""
    if assessment.commune is None:
        return None
    candidates = assessment.commune.communes
    if assessment.commune.answer == "found":
        return _zoning(candidates[0], words)
    name = assessment.given["commune"]
    if candidates:
        names = _named([commune.title for commune in candidates], words)
    else:
        from ami_cli.registers import communes

        near = communes.near(name)
        names = _near([near] if near else [], words)
    params = {"commune": words.datum(name), "communes": names}
    return words(f"registers.communes.{assessment.commune.answer}", **params)


def _named(names: Sequence[str], words: Words) -> str:
    more = [words("registers.others")] if len(names) > MOST_NAMES else []
    return words.either([*names[:MOST_NAMES], *more])


def _near(names: Iterable[str], words: Words) -> str:
    names = list(names)
    if not names:
        return words("registers.none_near")
    return words("registers.near", names=words.either(names))
