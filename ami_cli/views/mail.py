"""Writes the message of a student to the international office (SRI), ready to copy.

It is in French, because a French office reads it; for an English reader a translation follows. What
the student has to fill in, or has not confirmed, stands in brackets. It says of health what the
assessment knows: `assess.without_health` comes first, unless the student asks otherwise.
"""

from collections.abc import Iterator

from ami_cli.rules.assess import Assessment
from ami_cli.rules.criteria import abroad
from ami_cli.views.result import stage_of
from ami_cli.words import Words, words_of
from ami_cli.words.wrapping import wrapped

_WIDTH = 78  # columns of a message, which mail programs quote without breaking


def mail_text(assessment: Assessment, lang: str) -> str:
    """Return the message in French, and its translation below it for another language."""
    messages = [_message(assessment, words_of("fr"))]
    if lang != "fr":
        words = words_of(lang)
        messages += [words("mail.translation"), _message(assessment, words)]
    return "\n\n".join(messages) + "\n"


def _message(assessment: Assessment, words: Words) -> str:
    situation = " ".join([_stay(assessment, words), *_situation(assessment, words)])
    questions = list(_questions(assessment, words))
    ends = [words("mail.next")] * (len(questions) - 1) + [words("mail.last")]
    paragraphs = [
        [words("mail.greeting")],
        [situation],
        [
            f"{_conclusion(assessment, words)} {words('mail.ask')}",
            *(
                words("mail.bullet", text=question + end)
                for question, end in zip(questions, ends, strict=True)
            ),
        ],
        [words("mail.thanks"), words("mail.signature")],
    ]
    # The subject is a field of its own, so that it stays on one line.
    subject = words("mail.subject", period=_period(assessment, words))
    body = ["\n".join(wrapped(line, _WIDTH) for line in part) for part in paragraphs]
    return "\n\n".join([subject, *body])


def _period(assessment: Assessment, words: Words) -> str:
    """Return the dates of the stay; a month and a year that both share are said once."""
    start, end = assessment.facts.get("start"), assessment.facts.get("end")
    first = words.date(start) if start else words("mail.no_start")
    last = words.date(end) if end else words("mail.no_end")
    if start and end and start.year == end.year:
        first = first.removesuffix(f" {start.year}")
        first = first.split()[0] if start.month == end.month else first
    return words("mail.period", start=first, end=last)


def _stay(assessment: Assessment, words: Words) -> str:
    facts = assessment.facts
    country = facts.get("destination")
    link = "inside" if facts["in_curriculum"] else "outside"
    if "in_curriculum" in assessment.assumed:
        link = "inside_presumed"
    kind = words(f"mail.kind_{facts['stay']}")
    return words(
        f"mail.{stage_of(assessment)}",
        place=words(f"mail.place_{_place(assessment)}"),
        kind=words("mail.to_check", text=kind) if "stay" in assessment.assumed else kind,
        country=words.value("destination", country) if country else words("mail.country"),
        period=_period(assessment, words),
        link=words(f"mail.{link}"),
    )


def _place(assessment: Assessment) -> str:
    is_abroad = abroad.holds(assessment.law, assessment.facts["destination"])
    return {True: "abroad", False: "france"}.get(is_abroad, "overseas")


def _situation(assessment: Assessment, words: Words) -> Iterator[str]:
    """Yield what the conditions are about: scholarship, months received, an age over the limit."""
    facts = assessment.facts
    held = facts.get("scholarship", "no_scholarship")
    echelon = words.value("echelon", facts["echelon"]) if "echelon" in facts else None
    code = "mail.echelon_announced" if held == "pending" else "mail.echelon"
    shown = words(code, echelon=echelon) if echelon else ""
    yield words(f"mail.{held}", echelon=shown)
    received = facts["months_received"]
    code = "mail.received" if received else "mail.received_none"
    sentence = words(code, months=words.count("month", received))
    presumed = "months_received" in assessment.assumed
    yield words("mail.to_check", text=sentence) if presumed else sentence
    if facts.get("age", 0) >= assessment.law.age_limit:
        code = "mail.age" if stage_of(assessment) == "ahead" else "mail.age_past"
        yield words(code, age=words.count("year", facts["age"]))
        if facts.get("disability"):
            yield words("mail.no_age_limit")


def _conclusion(assessment: Assessment, words: Words) -> str:
    open_points = assessment.codes("to_check")
    match assessment.verdict:
        case "ineligible":
            failed = assessment.codes("not_met")
            names = words.all(words(f"mail.failure_{code}") for code in failed)
            code = "mail.ineligible_many" if failed[1:] else "mail.ineligible"
            return words(code, criteria=names)
        case "undetermined" if open_points and not assessment.missing:
            points = words.all(words(f"mail.point_{code}") for code in open_points)
            code = "mail.undetermined_many" if open_points[1:] else "mail.undetermined"
            return words(code, criteria=points)
        case "undetermined":
            return words("mail.open")
    return words("mail.eligible")


def _questions(assessment: Assessment, words: Words) -> Iterator[str]:
    facts, open_points = assessment.facts, assessment.codes("to_check")
    if assessment.verdict == "ineligible":
        yield words("mail.may_apply")
        failed = assessment.codes("not_met")
        if "stay" in failed and facts["in_curriculum"] is False:
            yield words("mail.gap_year")
        if "max_duration" in failed:
            yield words("mail.longer", max_months_number=assessment.law.max_months)
        yield words("mail.others")
        return
    yield words("mail.deadline")
    yield words("mail.payments")
    yield words("mail.papers")
    if facts.get("erasmus") is not False:
        yield words("mail.erasmus")
    met = [ground.code for ground in assessment.supplements if ground.status == "met"]
    if met:
        grounds = words.all(words(f"brief.ground_{code}") for code in met)
        yield words("mail.supplement", grounds=grounds)
    if facts.get("establishment") == "private_accredited":
        yield words("mail.private")
    if "min_duration" in open_points:
        yield words("mail.days", days=(facts["end"] - facts["start"]).days + 1)
    if "stay" in open_points:
        yield words("mail.overseas")
    if (facts["months_received"], assessment.law.total_months) == (9, 10):
        yield words("mail.tenth")
