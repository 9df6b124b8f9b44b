"""Puts an Assessment into the reader's language: the result that `--json` prints and that every
view renders (its types: `result_types`).

Keys and codes are English in every language; sentences follow the language of `words`. Amounts
are whole euros, durations calendar months, dates ISO 8601. Every key is always present.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from ami_cli.law import Source
from ami_cli.registers import COMMUNES, POSTAL_CODES, SCHOOLS, Register, unlisted_kind
from ami_cli.rules.advice import Advice, first_certain_day, first_of_september
from ami_cli.rules.assess import Assessment, Finding
from ami_cli.rules.entitlement import BudgetLine, NextMonth, Supplement
from ami_cli.rules.notes import Note, notes
from ami_cli.words import Words, words_of

if TYPE_CHECKING:
    from ami_cli.registers.communes import Commune
    from ami_cli.registers.schools import School
    from ami_cli.views import result_types as types

MOST_NAMES = 6  # schools or communes that are named where several may be meant


def report(assessment: Assessment, lang: str = "fr") -> types.Result:
    """Return what `ami check --json` prints of an assessment; `lang` is "fr" or "en"."""
    return result_of(assessment, words_of(lang))


def result_of(assessment: Assessment, words: Words) -> types.Result:
    """Return the stable result (`schema_version` "1")."""
    figures = figures_of(assessment, words)
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
        "verdict_notes": _verdict_notes(assessment, figures, words),
        "criteria": [
            _criterion(finding, assessment, figures, words) for finding in assessment.findings
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
        "next_steps_sources": _next_steps_sources(assessment),
        "warnings": [
            {
                "code": warning.rule.name,
                "field": warning.field,
                "text": words.filled(f"warnings.{warning.rule.name}", figures),
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


def verdict_note_codes(assessment: Assessment) -> list[str]:
    """Return the codes of the notes beside the verdict, without which it alone would mislead."""
    codes = []
    for finding in assessment.findings:
        # A doubt about a condition that is met adds nothing to a no.
        if finding.status == "not_met" or assessment.verdict != "ineligible":
            codes += [note.code for note in _notes(finding, assessment) if note.on_the_verdict]
    return codes


def _verdict_notes(assessment: Assessment, figures: dict[str, str], words: Words) -> list[str]:
    codes = [f"notes.{code}" for code in verdict_note_codes(assessment)]
    decides = "decides_no" if assessment.verdict == "ineligible" else "decides"
    return [words.filled(code, figures) for code in (*codes, f"verdict.note.{decides}")]


def _notes(finding: Finding, assessment: Assessment) -> tuple[Note, ...]:
    return notes(finding.criterion.code, finding.status, assessment.facts, assessment.law)


# --- criteria ------------------------------------------------------------------------------------


def _criterion(
    finding: Finding, assessment: Assessment, figures: dict[str, str], words: Words
) -> types.Criterion:
    criterion, reason = finding.criterion, _reason(finding, assessment, figures, words)
    grounds, sentences = list(criterion.grounds), []
    if criterion.code == "establishment":
        sentences = _school_notes(assessment, words)
    for note in _notes(finding, assessment):
        grounds += note.grounds
        sentence = words.filled(f"notes.{note.code}", figures)
        if note.code == "tenth_month":
            reason = f"{reason} {sentence}"
        else:
            sentences.append(sentence)
    if presumed := [name for name in assessment.assumed if name in criterion.asks]:
        answers = words.all(words(f"presumed.{name}") for name in presumed)
        sentences.append(words("notes.presumed", answers=answers))
    sources = _sources(assessment, *grounds)
    if criterion.code == "establishment" and assessment.school is not None:
        sources.append(register_source(SCHOOLS, words))
    return {
        "code": criterion.code,
        "status": finding.status,
        "missing": list(finding.missing),
        "reason": reason,
        "notes": sentences,
        "sources": sources,
    }


def figures_of(assessment: Assessment, words: Words) -> dict[str, str]:
    """Return the figures of the law and of the answers as sentences name them: with their unit,
    and under `…_number` without it."""
    law, facts, months = assessment.law, assessment.facts, assessment.months
    received = facts["months_received"]
    counted = [
        ("limit", "year", law.age_limit),
        ("allowance_limit", "year", law.fact("allowance_age_limit")),
        ("min_months", "month", law.min_months),
        ("max_months", "month", law.max_months),
        ("total_months", "month", law.total_months),
        ("former_months", "month", law.fact("former_total_months")),
        ("months_ahead", "month", law.months_ahead),
        ("days_per_month", "day", law.days_per_month),
        ("received", "month", received),
        ("left", "month", max(0, law.total_months - received)),
    ]
    figures = {
        "culture": words.euros(law.fact("culture_grant")),
        "culture_without": words.euros(law.fact("culture_grant_without_bcs")),
        "agriculture": words.euros(law.fact("agriculture_grant")),
    }
    if "start" in facts:
        september = first_of_september(facts, law)
        figures["september"] = words.date(september)
        is_past = september <= assessment.today
        figures["you_are_then"] = words("notes.you_were" if is_past else "notes.you_will_be")
    if "age" in facts:
        counted.append(("age", "year", facts["age"]))
    if months is not None:
        counted += [
            ("whole", "whole_month", months.whole),
            ("begun", "begun_month", months.begun),
            ("whole_months", "month", months.whole),
            ("begun_months", "month", months.begun),
            ("days", "day", (facts["end"] - facts["start"]).days + 1),
        ]
        figures["certain_from"] = words.date(first_certain_day(facts["start"], law))
    for name, unit, number in counted:
        figures[name] = words.count(unit, number)
        figures[f"{name}_number"] = words.number(number)
    return figures


def _reason(finding: Finding, assessment: Assessment, figures: dict[str, str], words: Words) -> str:
    if finding.status == "missing":
        over = finding.criterion.code == "age" and "age" in assessment.facts
        key = "reasons.over_the_limit" if over else "reasons.missing"
        return words.filled(key, {**figures, "answers": words.awaited(finding.missing)})
    sentences = []
    for condition, value in finding.because:
        key = f"reasons.{condition.name}.{_choice(value, 'yes', 'no', 'open')}"
        # Some reasons have a sentence for each value of the answer they are about.
        by_value = f"{key}.{assessment.facts[condition.needs[0]]}"
        sentences.append(words.filled(by_value if by_value in words else key, figures))
    return " ".join(filter(None, sentences))


def _choice(value: bool | None, yes: str, no: str, unknown: str) -> str:
    return {True: yes, False: no, None: unknown}[value]


# --- amounts -------------------------------------------------------------------------------------


def _estimate(assessment: Assessment, words: Words) -> types.Estimate | None:
    estimate = assessment.estimate
    if estimate is None:
        return None
    exact = estimate.months == estimate.months_max
    notes = [words("estimate.note"), words("estimate.local_scales")]
    if not exact:
        notes.append(words("estimate.part_month"))
    if assessment.months is not None and estimate.months_max < assessment.months.begun:
        notes.append(words("brief.capped", left=words.count("month", estimate.months_left)))
    if assessment.verdict == "undetermined":
        notes.append(words("estimate.if_favourable"))
    if (longer := estimate.next_month) and stage_of(assessment) != "over":
        day, total = words.date(longer.day), words.euros(longer.total)
        months = words.count("whole_month", longer.months)
        notes.append(words("brief.next_month", day=day, months=months, total=total))
    least = estimate.months_min or 0
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
            f"estimate.{'one' if exact else 'range' if estimate.months else 'part'}",
            total=words.euros(estimate.total),
            total_max=words.euros(estimate.total_max),
            payments=words.count("payment", estimate.months or estimate.months_max),
            at_least=words("estimate.at_least", least=least) if 0 < least < estimate.months else "",
            rate=words.euros(estimate.monthly_rate),
        ),
        "notes": notes,
        "sources": _sources(assessment, "monthly_rate", "selection", "local_scales"),
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
    erasmus = ["cumulation"]
    if not in_france(assessment):
        erasmus += ["outside_erasmus", "inclusion_top_up"]
        erasmus += ["erasmus_min_months"] if _too_short_for_erasmus(assessment) else []

    def grant(
        code: Literal["bcs", "merit_aid", "erasmus_plus", "regional"],
        note: str,
        *grounds: str,
        cumulable: bool | None = True,
    ) -> types.Cumulation:
        sources = _sources(assessment, *grounds)
        return {"code": code, "cumulable": cumulable, "note": note, "sources": sources}

    bcs, bcs_note = _bcs(assessment, words)
    is_allowance = assessment.facts.get("scholarship") == "annual_allowance"
    bcs_grounds = () if is_allowance else ("bcs_yearly", "bcs_in_summer")
    merit, merit_note = _merit_aid(assessment, words)
    regional = words("cumulation.note.regional")
    return [
        {**grant("bcs", bcs_note, *bcs_grounds), "amount_per_year": bcs},
        {**grant("merit_aid", merit_note, "cumulation", "merit_monthly"), "amount_per_year": merit},
        grant("erasmus_plus", _erasmus_note(assessment, words), *erasmus),
        grant("regional", regional, "regional_grants", cumulable=None),
    ]


def _bcs(assessment: Assessment, words: Words) -> tuple[int | None, str]:
    """Return its euros a year, None where no text gives them, and its note."""
    law, facts = assessment.law, assessment.facts
    yearly = law.bcs_yearly.get(facts.get("echelon", ""))
    establishment = facts.get("establishment")
    if establishment in ("abroad", "private_other") and facts.get("scholarship") == "bcs":
        return yearly, words(f"notes.bcs_{establishment}")
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
    if in_france(assessment):
        return words("cumulation.note.erasmus_in_france")
    monthly = assessment.given.get("erasmus_monthly")
    if monthly:
        key = "erasmus_amount"
    note = words(f"cumulation.note.{key}", monthly=words.euros(monthly or 0))
    sentences = [note, words("cumulation.note.erasmus_local")]
    if _too_short_for_erasmus(assessment):
        shortest = words.count("month", assessment.law.fact("erasmus_min_months"))
        sentences.append(words("cumulation.note.erasmus_short", shortest=shortest))
    # The note of a ground that is met says it too.
    in_a_note = any(ground.status == "met" for ground in assessment.supplements)
    if assessment.verdict == "ineligible" or not in_a_note:
        top_up = words.euros(assessment.law.fact("inclusion_top_up"))
        sentences.append(words("cumulation.note.erasmus_top_up", top_up=top_up))
    return " ".join(sentences)


def _too_short_for_erasmus(assessment: Assessment) -> bool:
    months = assessment.months
    return months is not None and months.whole < assessment.law.fact("erasmus_min_months")


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
    if any(line.code in ("bcs", "merit_aid") and not line.certain for line in budget.lines):
        pending = assessment.facts.get("scholarship") == "pending"
        notes.append("awaited" if pending else "renewed")
    if has_bcs and _in_summer(assessment.facts["start"], assessment.facts["end"]):
        notes.append("summer")
    if any(line.total_max not in (None, line.total) for line in budget.lines):
        notes.append("part_month")
    return {
        "lines": [_line(line) for line in budget.lines],
        "certain": budget.certain,
        "depends": {"total": budget.depends, "total_max": budget.depends_max},
        "total": budget.total,
        "total_max": budget.total_max,
        "basis": basis,
        "note": " ".join(words(f"budget.{note}", basis=basis) for note in notes),
    }


def _in_summer(start: date, end: date) -> bool:
    """Tell whether a stay has a day in July or August."""
    return any(
        start <= date(year, 8, 31) and date(year, 7, 1) <= end
        for year in range(start.year, end.year + 1)
    )


def _line(line: BudgetLine) -> types.Line:
    code, certain, total, total_max = line
    if total_max is None:
        return {"code": code, "total": total, "certain": certain}
    return {"code": code, "total": total, "total_max": total_max, "certain": certain}


# --- what to do ----------------------------------------------------------------------------------


def stage_of(assessment: Assessment) -> Literal["ahead", "departed", "over"]:
    """Return where the stay stands on today's date; one without a start is ahead."""
    facts, today = assessment.facts, assessment.today
    if facts.get("end", today) < today:
        return "over"
    return "departed" if facts.get("start", date.max) <= today else "ahead"


def in_france(assessment: Assessment) -> bool:
    """Tell whether the stay is in France, where nothing that is said of leaving makes sense."""
    return bool(assessment.facts["destination"] == "FR")


def _reminder(assessment: Assessment, words: Words) -> types.Reminder | None:
    reminder = assessment.reminder
    if reminder is None:
        return None
    stage: str = stage_of(assessment)
    if stage == "ahead":
        stage = "late" if reminder.late else "ahead" if reminder.days_left else "today"
    # Where a condition fails, nothing asks to apply.
    if assessment.verdict == "ineligible" and stage != "ahead":
        stage = f"{stage}_no"
    text = words(
        f"reminder.{stage}",
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


_ADVICE_GROUNDS = {
    "ask_for_a_scholarship": ("dse_opens", "bcs_conditions", "allowance_all_year"),
    "return_by": ("aided_part_of_a_stay",),
}


def _advice(change: Advice, assessment: Assessment, words: Words) -> types.Advice:
    text = words(
        f"advice.{change.code}{'_past' if change.past else ''}",
        day=words.date(change.day) if change.day else "",
        limit=assessment.law.age_limit,
        months=words.count("month", assessment.law.max_months),
        months_number=assessment.law.max_months,
        opens=words.date(assessment.law.fact("dse_opens")),
        closes=words.date(assessment.law.fact("dse_closes")),
    )
    sources = _sources(assessment, *_ADVICE_GROUNDS.get(change.code, ()))
    return {"criterion": change.criterion, "text": text, "sources": sources}


def _next_steps(assessment: Assessment, words: Words) -> list[str]:
    stage = stage_of(assessment)
    if assessment.verdict == "ineligible":
        steps = [
            "contact_no",
            "other_grants_in_france" if in_france(assessment) else "other_grants",
        ]
    else:
        steps = {
            "ahead": ["contact", "file", "selection", "proof", "payment", "cut_short"],
            "departed": ["contact_late", "proof_abroad", "payment_late", "cut_short"],
            "over": ["contact_late", "proof_over", "cut_short"],
        }[stage]
        if assessment.facts.get("scholarship") == "pending":
            steps.insert(0, "follow_scholarship")
        if assessment.missing:
            steps.insert(0, "complete")
    params = {"answers": words.awaited(assessment.missing)}
    sentences = {step: words.filled(f"next_steps.{step}", params) for step in steps}
    school = assessment.school
    if school is not None and school.entry and (website := school.entry.website):
        contact = next(step for step in steps if step.startswith("contact"))
        sentences[contact] += " " + words("next_steps.website", website=website)
    return list(sentences.values())


def _next_steps_sources(assessment: Assessment) -> list[types.Source]:
    if assessment.verdict == "ineligible":
        return []
    application = ["application"] if stage_of(assessment) == "ahead" else []
    return _sources(assessment, *application, "payment", "local_payment")


# --- what the registers say of a school and of a commune -----------------------------------------


def _school(assessment: Assessment, words: Words) -> types.School | None:
    school = None if assessment.school is None else assessment.school.entry
    if school is None:
        return None
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
    if (school := assessment.school).entry:
        return [_school_note(school.entry, words)]
    name = assessment.given["school"]
    is_part = school.answer == "unknown" and unlisted_kind(name) == "part"
    answer = "part" if is_part else school.answer
    return [_question("school", answer, name, school.titles, words)]


def _commune(assessment: Assessment, words: Words) -> types.Commune | None:
    commune = None if assessment.commune is None else assessment.commune.entry
    if commune is None:
        return None
    from ami_cli.registers.communes import CLASSES

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
    note = words(f"registers.communes.{commune.kind}", commune=commune.full_name)
    if commune.former_name in (None, commune.name):
        return note
    former = words("registers.communes.former", name=commune.former_name, commune=commune.full_name)
    return f"{former} {note}"


def _zoning_note(assessment: Assessment, words: Words) -> str | None:
    """Return what the zoning says of the commune that is named; None where none is."""
    if assessment.commune is None:
        return None
    if (commune := assessment.commune).entry:
        return _zoning(commune.entry, words)
    answer = f"territory_{commune.answer}" if commune.is_territory else commune.answer
    return _question("commune", answer, assessment.given["commune"], commune.titles, words)


def _question(kind: str, answer: str, name: str, candidates: list[str], words: Words) -> str:
    """Return the note on a name that may be several or that the register lacks: it names the
    candidates, because nothing is guessed."""
    more = [words("registers.others")] if len(candidates) > MOST_NAMES else []
    names = words.either([*candidates[:MOST_NAMES], *more])
    if answer in ("unknown", "part"):
        names = words("registers.near" if candidates else "registers.none_near", names=names)
    return words(f"registers.{kind}s.{answer}", **{kind: words.datum(name), f"{kind}s": names})
