"""Puts an Assessment into the reader's language: the result that `--json` prints and that every
view renders (its types: `result_types`).

Keys and codes are English in every language; sentences follow the language of `words`. Amounts
are whole euros, durations calendar months, dates ISO 8601. Every key is always present.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from ami_cli.law import Source, academic_year
from ami_cli.registers import COMMUNES, POSTAL_CODES, SCHOOLS, Register
from ami_cli.rules.advice import Advice, birthday, first_certain_day
from ami_cli.rules.assess import Assessment, Finding
from ami_cli.rules.entitlement import BudgetLine, NextMonth, Supplement
from ami_cli.words import Words

if TYPE_CHECKING:
    from ami_cli.registers.communes import Commune
    from ami_cli.registers.schools import School
    from ami_cli.views import result_types as types

MOST_NAMES = 6  # schools or communes that are named where several may be meant


def result_of(assessment: Assessment, words: Words) -> types.Result:
    """Return the stable result (`schema_version` "1")."""
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
        "warnings": [
            {
                "code": warning.rule.name,
                "field": warning.field,
                "text": words(f"warnings.{warning.rule.name}", limit=assessment.law.age_limit),
            }
            for warning in assessment.warnings
        ],
    }


def json_value(value: Any) -> Any:
    """Return a value as JSON holds it."""
    return value.isoformat() if isinstance(value, date) else value


def law_source(source: Source) -> types.Source:
    """Return a source of the law as the result cites it."""
    return {"id": source.id, "title": source.title, "url": source.url, "quote": source.quote}


def register_source(register: Register, words: Words) -> types.Source:
    """Return a register as the result cites it; it is data and has no sentence to quote."""
    as_of = words.partial_date(register.as_of)
    title = words(f"registers.{register.name}.title", as_of=as_of)
    return {"id": register.id, "title": title, "url": register.url, "quote": None}


def _sources(assessment: Assessment, *grounds: str) -> list[types.Source]:
    """Return the sources of those grounds that the law of the year has."""
    law = assessment.law.grounds
    return [law_source(source) for name in grounds if name in law for source in law[name].sources]


def _rules(assessment: Assessment, words: Words) -> types.Rules:
    law = assessment.law
    key = "rules.provisional" if law.provisional else "rules.published"
    if law.academic_year is None:
        key = "rules.no_start"
    return {
        "academic_year": law.academic_year,
        "basis": law.basis,
        "provisional": law.provisional,
        "note": words(key, year=law.academic_year, basis=law.basis),
    }


def _headline(assessment: Assessment, words: Words) -> str:
    ineligible = assessment.verdict == "ineligible"
    codes = assessment.codes("not_met" if ineligible else "to_check")
    key = f"verdict.{assessment.verdict}.headline"
    if assessment.verdict == "undetermined" and codes:
        key = "verdict.undetermined.both" if assessment.missing else "verdict.undetermined.to_check"
    criteria = words.all(words(f"criteria.{code}").lower() for code in codes)
    return words(key, answers=words.awaited(assessment.missing), criteria=criteria)


def _verdict_notes(assessment: Assessment, words: Words) -> list[str]:
    age = [_age_note(assessment, words)] if "age" in assessment.codes("not_met") else []
    decides = "decides_no" if assessment.verdict == "ineligible" else "decides"
    return [*age, words(f"verdict.note.{decides}")]


def _age_note(assessment: Assessment, words: Words) -> str:
    facts, limit = assessment.facts, assessment.law.age_limit
    if "birth_date" in facts and "start" in facts:
        september = date(int(academic_year(facts["start"])[:4]), 9, 1)
        if september < birthday(facts["birth_date"], limit) <= facts["start"]:
            day = words.date(september)
            return words("verdict.note.age_between", limit=limit, september=day)
    return words("verdict.note.age")


# --- criteria ------------------------------------------------------------------------------------


def _criterion(
    finding: Finding, assessment: Assessment, params: dict[str, str], words: Words
) -> types.Criterion:
    criterion, facts = finding.criterion, assessment.facts
    grounds, notes = list(criterion.grounds), []
    match criterion.code, finding.status:
        case "establishment", status:
            notes = _school_notes(assessment, words)
            if status == "met":
                private = facts["establishment"] == "private_accredited"
                # The other texts that the answer must be read with.
                caveats = ["public_quota", "national_diploma"] if private else ["national_diploma"]
                grounds += caveats
                notes += [words(f"notes.{ground}") for ground in caveats]
            elif status == "not_met" and facts["establishment"] == "other_ministry":
                grounds += ["culture_grant", "culture_grant_without_bcs", "agriculture_grant"]
        case "age", "not_met":
            grounds.append("age_of_the_scholarship")
            notes.append(_age_note(assessment, words))
        case "stay", "met":
            notes.append(words("notes.stay"))
    if presumed := [name for name in assessment.assumed if name in criterion.asks]:
        answers = words.all(words(f"presumed.{name}") for name in presumed)
        notes.append(words("notes.presumed", answers=answers))
    sources = _sources(assessment, *grounds)
    if criterion.code == "establishment" and assessment.school is not None:
        sources.append(register_source(SCHOOLS, words))
    return {
        "code": criterion.code,
        "status": finding.status,
        "missing": list(finding.missing),
        "reason": _reason(finding, assessment, params, words),
        "notes": notes,
        "sources": sources,
    }


def _reason_params(assessment: Assessment, words: Words) -> dict[str, str]:
    """Return what fills the sentences of the reasons."""
    law, facts, months = assessment.law, assessment.facts, assessment.months
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
    if months is not None:
        params["whole"] = words.count("whole_month", months.whole)
        params["begun"] = words.count("begun_month", months.begun)
        params["days"] = words.count("day", (facts["end"] - facts["start"]).days + 1)
        params["certain_from"] = words.date(first_certain_day(facts["start"], law))
    return params


def _reason(finding: Finding, assessment: Assessment, params: dict[str, str], words: Words) -> str:
    if finding.status == "missing":
        over = finding.criterion.code == "age" and "age" in assessment.facts
        key = "reasons.over_the_limit" if over else "reasons.missing"
        return words.filled(key, {**params, "answers": words.awaited(finding.missing)})
    sentences = []
    for condition, value in finding.because:
        key = f"reasons.{condition.name}.{_choice(value, 'yes', 'no', 'open')}"
        # Some reasons have a sentence for each value of the answer they are about.
        by_value = f"{key}.{assessment.facts[condition.needs[0]]}"
        sentences.append(words.filled(by_value if by_value in words else key, params))
    return " ".join(filter(None, sentences))


def _choice(value: bool | None, yes: str, no: str, unknown: str) -> str:
    return {True: yes, False: no, None: unknown}[value]


# --- amounts -------------------------------------------------------------------------------------


def _estimate(assessment: Assessment, words: Words) -> types.Estimate | None:
    estimate = assessment.estimate
    if estimate is None:
        return None
    exact = estimate.months == estimate.months_max
    notes = [words("estimate.note")]
    if not exact:
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
        "months_min": estimate.months_min,
        "total_min": estimate.total_min,
        "next_month": _next_month(estimate.next_month),
        "text": words(
            "estimate.one" if exact else "estimate.range",
            total=words.euros(estimate.total),
            total_max=words.euros(estimate.total_max),
            months=estimate.months,
            payments=words.count("payment", estimate.months),
            payments_max=words.count("payment", estimate.months_max),
            rate=words.euros(estimate.monthly_rate),
        ),
        "notes": notes,
        "sources": _sources(assessment, "monthly_rate", "selection"),
    }


def _next_month(following: NextMonth | None) -> types.NextMonth | None:
    if following is None:
        return None
    day, months, total = following
    return {"day": day.isoformat(), "months": months, "total": total}


def _supplement(ground: Supplement, assessment: Assessment, words: Words) -> types.Supplement:
    key = f"missing.{ground.code}" if ground.status == "missing" else ground.status
    grounds, indication = ["supplements"], None
    if ground.status == "met":
        grounds.append("inclusion_top_up")
        if assessment.verdict == "ineligible":
            key = "met_without_ami"
    sources = _sources(assessment, *grounds)
    if ground.code == "rural" and assessment.commune is not None:
        sources += [register_source(register, words) for register in (COMMUNES, POSTAL_CODES)]
        if "rural" not in assessment.given:
            indication = _zoning_note(assessment, words)
            key = "not_met_zoned" if ground.status == "not_met" else key
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
    bcs, bcs_note = _bcs(assessment, words)
    merit, merit_note = _merit_aid(assessment, words)
    return [
        {
            "code": "bcs",
            "cumulable": True,
            "amount_per_year": bcs,
            "note": bcs_note,
            "sources": _sources(assessment, "bcs_yearly"),
        },
        {
            "code": "merit_aid",
            "cumulable": True,
            "amount_per_year": merit,
            "note": merit_note,
            "sources": _sources(assessment, "cumulation", "merit_monthly"),
        },
        {
            "code": "erasmus_plus",
            "cumulable": True,
            "note": _erasmus_note(assessment, words),
            "sources": _sources(assessment, "cumulation", "inclusion_top_up"),
        },
        {
            "code": "regional",
            "cumulable": None,
            "note": words("cumulation.note.regional"),
            "sources": _sources(assessment, "regional_grants"),
        },
    ]


def _bcs(assessment: Assessment, words: Words) -> tuple[int | None, str]:
    """Return its euros a year, None where no text gives them, and its note."""
    law, facts = assessment.law, assessment.facts
    yearly = law.bcs_yearly.get(facts.get("echelon", ""))
    if yearly is None or law.bcs_payments is None:
        keys = {"annual_allowance": "bcs_allowance", "none": "bcs_none"}
        key = keys.get(facts.get("scholarship", ""), "bcs")
        return yearly, words(f"cumulation.note.{key}")
    return yearly, words(
        "cumulation.note.bcs_amount",
        yearly=words.euros(yearly),
        echelon=words.value("echelon", facts["echelon"]),
        payments=words.count("payment", law.bcs_payments),
        basis=law.grounds["bcs_yearly"].since,
    )


def _merit_aid(assessment: Assessment, words: Words) -> tuple[int | None, str]:
    """Return its euros a year, None where no text gives them, and its note."""
    law = assessment.law
    key = _choice(assessment.facts.get("merit"), "merit_yes", "merit_ask", "merit_unknown")
    note = words(f"cumulation.note.{key}", times=law.fact("merit_times"))
    if law.merit_monthly is None or law.merit_payments is None:
        return None, note
    yearly = law.merit_monthly * law.merit_payments
    amount = words(
        "cumulation.note.merit_amount",
        yearly=words.euros(yearly),
        payments=words.count("payment", law.merit_payments),
        monthly=words.euros(law.merit_monthly),
        basis=law.grounds["merit_monthly"].since,
    )
    return yearly, f"{amount} {note}"


def _erasmus_note(assessment: Assessment, words: Words) -> str:
    key = _choice(assessment.facts.get("erasmus"), "erasmus_yes", "erasmus_ask", "erasmus_unknown")
    monthly = assessment.given.get("erasmus_monthly")
    if monthly:
        key = "erasmus_amount"
    note = words(f"cumulation.note.{key}", monthly=words.euros(monthly or 0))
    top_up = words.euros(assessment.law.fact("inclusion_top_up"))
    return f"{note} {words('cumulation.note.erasmus_top_up', top_up=top_up)}"


def _budget(assessment: Assessment, words: Words) -> types.Budget | None:
    budget, basis = assessment.budget, assessment.law.basis
    if budget is None:
        return None
    notes = [
        "note_provisional" if assessment.law.provisional else "note",
        "erasmus_given" if assessment.given.get("erasmus_monthly") else "erasmus_unknown",
    ]
    has_bcs = any(line.code == "bcs" for line in budget.lines)
    if assessment.facts.get("scholarship") == "bcs" and not has_bcs:
        notes.append("bcs_unknown")
    return {
        "lines": [_line(line) for line in budget.lines],
        "certain": budget.certain,
        "depends": {"total": budget.depends, "total_max": budget.depends_max},
        "total": budget.total,
        "total_max": budget.total_max,
        "basis": basis,
        "note": " ".join(words(f"budget.{note}", basis=basis) for note in notes),
    }


def _line(line: BudgetLine) -> types.Line:
    code, certain, total, total_max = line
    if total_max is None:
        return {"code": code, "total": total, "certain": certain}
    return {"code": code, "total": total, "total_max": total_max, "certain": certain}


# --- what to do ----------------------------------------------------------------------------------


def _reminder(assessment: Assessment, words: Words) -> types.Reminder | None:
    reminder = assessment.reminder
    if reminder is None:
        return None
    stages = {
        "over": "end" in assessment.facts and assessment.facts["end"] < assessment.today,
        "departed": reminder.departed,
        "late": reminder.late,
        "today": reminder.days_left == 0,
        "ahead": True,
    }
    text = words(
        f"reminder.{next(stage for stage, reached in stages.items() if reached)}",
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
    sources = _sources(assessment, *grounds)
    return {"criterion": change.criterion, "text": text, "sources": sources}


def _next_steps(assessment: Assessment, words: Words) -> list[str]:
    if assessment.verdict == "ineligible":
        steps = ["contact_no", "other_grants"]
    else:
        departed = assessment.reminder is not None and assessment.reminder.departed
        steps = ["contact", "file", "proof", "payment_after" if departed else "payment"]
        if assessment.facts.get("scholarship") == "pending":
            steps.insert(0, "follow_scholarship")
        if assessment.missing:
            steps.insert(0, "complete")
    params = {"answers": words.awaited(assessment.missing)}
    sentences = {step: words.filled(f"next_steps.{step}", params) for step in steps}
    school = assessment.school
    if school is not None and school.answer == "found" and (website := school.schools[0].website):
        contact = "contact_no" if assessment.verdict == "ineligible" else "contact"
        sentences[contact] += " " + words("next_steps.website", website=website)
    return list(sentences.values())


# --- what the registers say of a school and of a commune -----------------------------------------


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
        "ministry": _ministry(school, words),
        "note": _school_note(school, words),
        "sources": [register_source(SCHOOLS, words)],
    }


def _ministry(school: School, words: Words) -> types.Ministry | None:
    """Return the ministry over a school, with the texts that say so and their date."""
    if school.ministry is None:
        return None
    code, source, as_of = school.ministry
    return {
        "code": code,
        "name": words(f"registers.ministries.{code}"),
        "source": source,
        "as_of": as_of,
    }


def _school_note(school: School, words: Words) -> str:
    """Return what the register says of a school; of a ministry with its source and its date."""
    params = {"school": school.name}
    if ministry := _ministry(school, words):
        later, as_of = ministry["as_of"].startswith(">"), ministry["as_of"].removeprefix(">")
        period = "later_than" if later else "as_of"
        period_text = words(f"registers.{period}", date=words.partial_date(as_of))
        source = f"{ministry['source']}, {period_text}"
        params |= {"ministry": ministry["name"], "source": source}
    return words(f"registers.schools.{school.kind}", **params)


def _school_notes(assessment: Assessment, words: Words) -> list[str]:
    """Return what the register adds to the criterion of the establishment."""
    if assessment.school is None:
        return []
    if school := _school(assessment, words):
        return [school["note"]]
    found, name = assessment.school, assessment.given["school"]
    return [_question("school", found.answer, name, found.titles, words)]


def _commune(assessment: Assessment, words: Words) -> types.Commune | None:
    if assessment.commune is None or assessment.commune.answer != "found":
        return None
    from ami_cli.registers.communes import CLASSES

    (commune,) = assessment.commune.communes
    return {
        "name": commune.name,
        "department": commune.department,
        "insee_code": commune.insee,
        "frr_class": CLASSES.get(commune.frr_class),
        "former_name": commune.former_name,
        "rural": commune.rural,
        "note": _zoning(commune, words),
        "sources": [register_source(register, words) for register in (COMMUNES, POSTAL_CODES)],
    }


def _zoning(commune: Commune, words: Words) -> str:
    """Return what the zoning says of a commune, and which former name led to it."""
    note = words(f"registers.communes.{commune.zoning}", commune=commune.title)
    if commune.former_name in (None, commune.name):
        return note
    former = words("registers.communes.former", name=commune.former_name, commune=commune.title)
    return f"{former} {note}"


def _zoning_note(assessment: Assessment, words: Words) -> str | None:
    """Return what the zoning says of the commune that is named; None where none is."""
    if assessment.commune is None:
        return None
    found, name = assessment.commune, assessment.given["commune"]
    if found.answer == "found":
        return _zoning(found.communes[0], words)
    answer = f"territory_{found.answer}" if found.is_territory else found.answer
    return _question("commune", answer, name, found.titles, words)


def _question(kind: str, answer: str, name: str, candidates: list[str], words: Words) -> str:
    """Return the note on a name that may be several or that the register lacks: it names the
    candidates, because nothing is guessed."""
    more = [words("registers.others")] if len(candidates) > MOST_NAMES else []
    names = words.either([*candidates[:MOST_NAMES], *more])
    if answer == "unknown":
        names = words("registers.near" if candidates else "registers.none_near", names=names)
    return words(f"registers.{kind}s.{answer}", **{kind: words.datum(name), f"{kind}s": names})
