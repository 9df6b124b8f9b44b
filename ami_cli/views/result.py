"""Puts an Assessment into the reader's language: the result that `--json` prints and that every
view renders (its types: `result_types`).

Keys and codes are English in every language; sentences follow the language of `words`. Amounts
are whole euros, durations calendar months, dates ISO 8601. Every key is always present.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from ami_cli.answers import FIELD
from ami_cli.law import Law, Source
from ami_cli.registers import COMMUNES, POSTAL_CODES, SCHOOLS, Register, unlisted_kind
from ami_cli.rules.advice import Advice
from ami_cli.rules.assess import Assessment, Finding
from ami_cli.rules.entitlement import BudgetLine, NextMonth, Reminder, Supplement
from ami_cli.rules.plausibility import Warned
from ami_cli.views.sentences import Sentences
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
    say = Sentences(assessment, words)
    school, commune = _school(assessment, words), _commune(assessment, words)
    school_note = _name_note("school", school, assessment, words)
    zoning_note = _name_note("commune", commune, assessment, words)
    return {
        "schema_version": "1",
        "lang": words.lang,
        "rules": _rules(assessment.law, say),
        "today": assessment.today.isoformat(),
        "answers": {name: json_value(value) for name, value in assessment.given.items()},
        "school": school,
        "commune": commune,
        "assumed": list(assessment.assumed),
        "verdict": assessment.verdict,
        "headline": _headline(assessment, say),
        "verdict_notes": _verdict_notes(assessment, say),
        "criteria": [
            _criterion(finding, school_note, assessment, say) for finding in assessment.findings
        ],
        "missing": list(assessment.missing),
        "estimate": _estimate(assessment, say),
        "supplements": [
            _supplement(ground, zoning_note, assessment, say) for ground in assessment.supplements
        ],
        "cumulation": [
            _bcs(assessment, say),
            _merit_aid(assessment, say),
            _erasmus(assessment, say),
            _grant("regional", say("cumulation.note.regional"), ["regional_grants"], assessment),
        ],
        "budget": _budget(assessment, say),
        "reminder": _reminder(assessment, say),
        "advice": [_advice(change, assessment, say) for change in assessment.advice],
        "next_steps": _next_steps(assessment, say),
        "next_steps_sources": _next_steps_sources(assessment),
        "warnings": [
            {"code": warning.rule.name, "field": warning.field, "text": warning_text(warning, say)}
            for warning in assessment.warnings
        ],
    }


def warning_text(warning: Warned, say: Sentences) -> str:
    """Return the sentence on an answer that is hardly ever meant."""
    return say(f"warnings.{warning.rule.name}")


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


def _rules(law: Law, say: Sentences) -> types.Rules:
    code = "provisional" if law.provisional else "published"
    return {
        "academic_year": law.academic_year,
        "basis": law.basis,
        "provisional": law.provisional,
        "note": say(f"rules.{'no_start' if law.academic_year is None else code}"),
    }


def _headline(assessment: Assessment, say: Sentences) -> str:
    ineligible = assessment.verdict == "ineligible"
    codes = assessment.codes("not_met" if ineligible else "to_check")
    key = f"verdict.{assessment.verdict}.headline"
    if assessment.verdict == "undetermined" and codes:
        key = "verdict.undetermined.both" if assessment.awaited else "verdict.undetermined.to_check"
    if assessment.missing == ("disability",):
        key = "verdict.undetermined.old_and_to_check" if codes else "verdict.undetermined.old"
    criteria = say.words.all(say(f"criteria.{code}").lower() for code in codes)
    return say(key, criteria=criteria)


def verdict_note_codes(assessment: Assessment) -> list[str]:
    """Return the codes of the notes beside the verdict, without which it alone would mislead."""
    codes = []
    for finding in assessment.findings:
        # A doubt about a condition that is met adds nothing to a no.
        if finding.status == "not_met" or assessment.verdict != "ineligible":
            codes += [note.code for note in finding.notes if note.on_the_verdict]
    return codes


def _verdict_notes(assessment: Assessment, say: Sentences) -> list[str]:
    decides = "decides_no" if assessment.verdict == "ineligible" else "decides"
    notes = [say(f"notes.{code}") for code in verdict_note_codes(assessment)]
    return [*notes, say(f"verdict.note.{decides}")]


# --- criteria ------------------------------------------------------------------------------------


def _criterion(
    finding: Finding, school_note: str | None, assessment: Assessment, say: Sentences
) -> types.Criterion:
    criterion, reason = finding.criterion, _reason(finding, assessment, say)
    grounds, sentences = list(criterion.grounds), []
    if criterion.code == "establishment" and school_note:
        sentences.append(school_note)
    for note in finding.notes:
        grounds += note.grounds
        sentence = say(f"notes.{note.code}")
        if note.code == "tenth_month":
            reason = f"{reason} {sentence}"
        else:
            sentences.append(sentence)
    if presumed := [name for name in assessment.assumed if name in criterion.asks]:
        answers = say.words.all(say(f"presumed.{name}") for name in presumed)
        sentences.append(say("notes.presumed", answers=answers))
    sources = _sources(assessment, *grounds)
    if criterion.code == "establishment" and school_note:
        sources.append(register_source(SCHOOLS, say.words))
    return {
        "code": criterion.code,
        "status": finding.status,
        "missing": list(finding.missing),
        "reason": reason,
        "notes": sentences,
        "sources": sources,
    }


def _reason(finding: Finding, assessment: Assessment, say: Sentences) -> str:
    if finding.status == "missing":
        over = finding.criterion.code == "age" and "age" in assessment.facts
        code = "over_the_limit" if over else "missing"
        lacking = [name for name in finding.missing if name in assessment.awaited]
        return say(f"reasons.{code}", answers=say.words.awaited(lacking or finding.missing))
    sentences = []
    for condition, value in finding.because:
        key = f"reasons.{condition.name}.{_choice(value, 'yes', 'no', 'open')}"
        # Some reasons have a sentence for each value of the answer they are about.
        by_value = f"{key}.{assessment.facts[condition.needs[0]]}"
        sentences.append(say(by_value if by_value in say.words else key))
    return " ".join(filter(None, sentences))


def _choice(value: bool | None, yes: str, no: str, unknown: str) -> str:
    return {True: yes, False: no, None: unknown}[value]


# --- amounts -------------------------------------------------------------------------------------


def _estimate(assessment: Assessment, say: Sentences) -> types.Estimate | None:
    estimate = assessment.estimate
    if estimate is None:
        return None
    exact, following = estimate.months == estimate.months_max, estimate.next_month
    notes = ["estimate.note", "estimate.local_scales"]
    if not exact:
        notes.append("estimate.part_month")
    if is_capped(assessment):
        notes.append("brief.capped")
    if assessment.verdict == "undetermined":
        notes.append("estimate.if_favourable")
    if following and stage_of(assessment) != "over":
        notes.append("brief.next_month")
    code = "one" if exact else "range" if estimate.months else "part"
    says_least = 0 < (estimate.months_min or 0) < estimate.months
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
        "next_month": _next_month(following),
        "text": say(f"estimate.{code}", at_least=say("estimate.at_least") if says_least else ""),
        "notes": [say(note) for note in notes],
        "sources": _sources(assessment, "monthly_rate", "selection", "local_scales"),
    }


def _next_month(following: NextMonth | None) -> types.NextMonth | None:
    if following is None:
        return None
    day, months, total = following
    return {"day": day.isoformat(), "months": months, "total": total}


def _supplement(
    ground: Supplement, zoning_note: str | None, assessment: Assessment, say: Sentences
) -> types.Supplement:
    code = f"missing.{ground.code}" if ground.status == "missing" else ground.status
    grounds, indication = ["supplements"], None
    if ground.status == "met":
        grounds.append("inclusion_top_up")
        if assessment.verdict == "ineligible":
            code = "met_without_ami"
    sources = _sources(assessment, *grounds)
    if ground.code == "rural" and zoning_note:
        sources += [register_source(register, say.words) for register in (COMMUNES, POSTAL_CODES)]
        if "rural" not in assessment.given:
            indication = zoning_note
            code = "not_met_zoned" if ground.status == "not_met" else code
    return {
        "code": ground.code,
        "status": ground.status,
        "missing": list(ground.missing),
        "monthly_amount": None,
        "note": say(f"supplements.note.{code}"),
        "indication": indication,
        "sources": sources,
    }


def _grant(
    code: Literal["bcs", "merit_aid", "erasmus_plus", "regional"],
    note: str,
    grounds: Iterable[str],
    assessment: Assessment,
) -> types.Cumulation:
    return {
        "code": code,
        "cumulable": None if code == "regional" else True,
        "note": note,
        "sources": _sources(assessment, *grounds),
    }


def _bcs(assessment: Assessment, say: Sentences) -> types.Cumulation:
    """Return the scholarship, with its euros a year; None where no text gives them."""
    law, facts = assessment.law, assessment.facts
    held, yearly = facts.get("scholarship", ""), law.bcs_yearly.get(facts.get("echelon", ""))
    establishment, grounds = facts.get("establishment"), ["bcs_yearly", "bcs_in_summer"]
    if establishment in ("abroad", "private_other") and held == "bcs":
        note = say(f"notes.bcs_{establishment}")
    elif yearly is None or law.bcs_payments is None:
        code = {"annual_allowance": "bcs_allowance", "none": "bcs_none"}.get(held, "bcs")
        note = say(f"cumulation.note.{code}")
    else:
        note = say("cumulation.note.bcs_amount")
    # What is cited of the BCS says nothing of the allowance.
    grant = _grant("bcs", note, [] if held == "annual_allowance" else grounds, assessment)
    return {**grant, "amount_per_year": yearly}


def _merit_aid(assessment: Assessment, say: Sentences) -> types.Cumulation:
    """Return the aid, with its euros a year; None where no text gives them."""
    law, yearly = assessment.law, None
    code = _choice(assessment.facts.get("merit"), "merit_yes", "merit_ask", "merit_unknown")
    note = say(f"cumulation.note.{code}")
    if law.merit_monthly is not None and law.merit_payments is not None:
        yearly = law.merit_monthly * law.merit_payments
        note = f"{say('cumulation.note.merit_amount')} {note}"
    grant = _grant("merit_aid", note, ["cumulation", "merit_monthly"], assessment)
    return {**grant, "amount_per_year": yearly}


def _erasmus(assessment: Assessment, say: Sentences) -> types.Cumulation:
    months, facts, grounds = assessment.months, assessment.facts, ["cumulation"]
    if in_france(assessment):
        note = say("cumulation.note.erasmus_in_france")
        return _grant("erasmus_plus", note, grounds, assessment)
    code = _choice(facts.get("erasmus"), "erasmus_yes", "erasmus_ask", "erasmus_unknown")
    codes = ["erasmus_amount" if facts.get("erasmus_monthly") else code, "erasmus_local"]
    grounds += ["outside_erasmus", "inclusion_top_up"]
    if months is not None and months.whole < assessment.law.fact("erasmus_min_months"):
        codes.append("erasmus_short")
        grounds.append("erasmus_min_months")
    # The note of a ground that is met says it too.
    in_a_note = any(ground.status == "met" for ground in assessment.supplements)
    if assessment.verdict == "ineligible" or not in_a_note:
        codes.append("erasmus_top_up")
    note = " ".join(say(f"cumulation.note.{code}") for code in codes)
    return _grant("erasmus_plus", note, grounds, assessment)


def _budget(assessment: Assessment, say: Sentences) -> types.Budget | None:
    budget, facts = assessment.budget, assessment.facts
    if budget is None:
        return None
    notes = [
        "note_provisional" if assessment.law.provisional else "note",
        "erasmus_given" if facts.get("erasmus_monthly") else "erasmus_unknown",
    ]
    has_bcs = any(line.code == "bcs" for line in budget.lines)
    if facts.get("scholarship") == "bcs" and not has_bcs:
        notes.append("bcs_unknown")
    if any(line.code in ("bcs", "merit_aid") and not line.certain for line in budget.lines):
        notes.append("awaited" if facts.get("scholarship") == "pending" else "renewed")
    if has_bcs and _in_summer(facts["start"], facts["end"]):
        notes.append("summer")
    if any(line.total_max not in (None, line.total) for line in budget.lines):
        notes.append("part_month")
    return {
        "lines": [_line(line) for line in budget.lines],
        "certain": budget.certain,
        "depends": {"total": budget.depends, "total_max": budget.depends_max},
        "total": budget.total,
        "total_max": budget.total_max,
        "basis": assessment.law.basis,
        "note": " ".join(say(f"budget.{note}") for note in notes),
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


def time_to_begin(assessment: Assessment, reminder: Reminder) -> str:
    """Return where today stands to the day on which to begin, or the stage of a stay that has."""
    stage = stage_of(assessment)
    if stage != "ahead":
        return stage
    return "late" if reminder.late else "in_time" if reminder.days_left else "today"


def in_france(assessment: Assessment) -> bool:
    """Tell whether the stay is in France, where nothing that is said of leaving makes sense."""
    return bool(assessment.facts["destination"] == "FR")


def is_capped(assessment: Assessment) -> bool:
    """Tell whether fewer months may be paid than the stay has, because no more are left."""
    months, estimate = assessment.months, assessment.estimate
    return months is not None and estimate is not None and estimate.months_left < months.begun


def _reminder(assessment: Assessment, say: Sentences) -> types.Reminder | None:
    reminder = assessment.reminder
    if reminder is None:
        return None
    time = time_to_begin(assessment, reminder)
    # Where a condition fails, nothing asks to apply.
    if assessment.verdict == "ineligible" and time != "in_time":
        time = f"{time}_no"
    return {
        "start_by": reminder.start_by.isoformat(),
        "days_left": reminder.days_left,
        "late": reminder.late,
        "departed": reminder.departed,
        "text": say(f"reminder.{time}"),
        "sources": _sources(assessment, "months_ahead"),
    }


_ADVICE_GROUNDS = {
    "ask_for_a_scholarship": ("dse_opens", "bcs_conditions", "allowance_all_year"),
    "return_by": ("aided_part_of_a_stay",),
}


def advice_text(change: Advice, say: Sentences) -> str:
    """Return the sentence that advises a change."""
    day = say.words.date(change.day) if change.day else ""
    return say(f"advice.{change.code}{'_past' if change.past else ''}", day=day)


def _advice(change: Advice, assessment: Assessment, say: Sentences) -> types.Advice:
    return {
        "criterion": change.criterion,
        "text": advice_text(change, say),
        "sources": _sources(assessment, *_ADVICE_GROUNDS.get(change.code, ())),
    }


def _next_steps(assessment: Assessment, say: Sentences) -> list[str]:
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
            steps.insert(0, "complete" if assessment.awaited else "complete_disability")
    sentences = {step: say(f"next_steps.{step}") for step in steps}
    school = assessment.school
    if school is not None and school.entry and (website := school.entry.website):
        contact = next(step for step in steps if step.startswith("contact"))
        sentences[contact] += " " + say("next_steps.website", website=website)
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
    ministry = _ministry(school, words)
    return {
        "name": school.name,
        "uai": list(school.uai),
        "type": school.type,
        "sector": school.sector,
        "commune": school.commune,
        "website": school.website or None,
        "ministry": ministry,
        "note": _school_note(school, ministry, words),
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


def _school_note(school: School, ministry: types.Ministry | None, words: Words) -> str:
    """Return what the register says of a school; of a ministry with its source and its date."""
    params = {"school": school.name}
    if ministry:
        later, as_of = ministry["as_of"].startswith(">"), ministry["as_of"].removeprefix(">")
        period = "later_than" if later else "as_of"
        period_text = words(f"registers.{period}", date=words.partial_date(as_of))
        source = f"{ministry['source']}, {period_text}"
        params |= {"ministry": ministry["name"], "source": source}
    return words(f"registers.schools.{school.kind}", **params)


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


def _name_note(
    kind: Literal["school", "commune"],
    entry: types.School | types.Commune | None,
    assessment: Assessment,
    words: Words,
) -> str | None:
    """Return what the register says of the name given, None without one.

    Of a name that may be several or that it lacks, it names the candidates, because nothing is
    guessed.
    """
    found = assessment.school if kind == "school" else assessment.commune
    if found is None:
        return None
    if entry is not None:
        return entry["note"]
    # A name that is not certain asks for the answer that it would spare, unless that is given.
    if FIELD[kind].spares in assessment.given:
        return None
    answer = f"territory_{found.answer}" if found.is_territory else found.answer
    if (kind, answer) == ("school", "unknown"):
        answer = "part" if unlisted_kind(assessment.given[kind]) == "part" else answer
    names = proposed(found.titles, MOST_NAMES, words)
    if answer in ("unknown", "part"):
        names = words("registers.near" if found.titles else "registers.none_near", names=names)
    name = words.datum(assessment.given[kind])
    return words(f"registers.{kind}s.{answer}", **{kind: name, f"{kind}s": names})


def proposed(titles: Iterable[str], most: int, words: Words) -> str:
    """Return the first of the names that one may mean, enumerated, and whether there are others."""
    names = list(titles)
    more = [words("registers.others")] if len(names) > most else []
    return words.either([*names[:most], *more])
