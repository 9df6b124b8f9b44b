"""Writes the message of a student to the international office (SRI), ready to copy.

It is in French, because a French office reads it; for an English reader a translation follows. What
the student has to fill in, or has not confirmed, stands in brackets. It says of health what the
assessment knows: `assess.without_health` comes first, unless the student asks otherwise.
"""

from collections.abc import Iterator

from ami_cli.rules.assess import Assessment
from ami_cli.rules.criteria import abroad
from ami_cli.rules.notes import awaits_tenth_month
from ami_cli.views.result import stage_of
from ami_cli.views.sentences import Sentences
from ami_cli.words import words_of
from ami_cli.words.wrapping import wrapped

_WIDTH = 78  # columns of a message, which mail programs quote without breaking


def mail_text(assessment: Assessment, lang: str) -> str:
    """Return the message in French, and its translation below it for another language."""
    messages = [_message(assessment, Sentences(assessment, words_of("fr")))]
    if lang != "fr":
        say = Sentences(assessment, words_of(lang))
        messages += [say("mail.translation"), _message(assessment, say)]
    return "\n\n".join(messages) + "\n"


def _message(assessment: Assessment, say: Sentences) -> str:
    situation = " ".join([_stay(assessment, say), *_situation(assessment, say)])
    *questions, last = _questions(assessment, say)
    lines = [
        *(say("mail.bullet", text=question + say("mail.next")) for question in questions),
        say("mail.bullet", text=last + say("mail.last")),
    ]
    paragraphs = [
        [say("mail.greeting")],
        [situation],
        [f"{_conclusion(assessment, say)} {say('mail.ask')}", *lines],
        [say("mail.thanks"), say("mail.signature")],
    ]
    # The subject is a field of its own, so that it stays on one line.
    subject = say("mail.subject", period=_period(assessment, say))
    body = ["\n".join(wrapped(line, _WIDTH) for line in part) for part in paragraphs]
    return "\n\n".join([subject, *body])


def _period(assessment: Assessment, say: Sentences) -> str:
    """Return the dates of the stay; a month and a year that both share are said once."""
    start, end = assessment.facts.get("start"), assessment.facts.get("end")
    first = say.words.date(start) if start else say("mail.no_start")
    last = say.words.date(end) if end else say("mail.no_end")
    if start and end and start.year == end.year:
        first = first.removesuffix(f" {start.year}")
        first = first.split()[0] if start.month == end.month else first
    return say("mail.period", start=first, end=last)


def _stay(assessment: Assessment, say: Sentences) -> str:
    facts = assessment.facts
    country = facts.get("destination")
    link = "inside" if facts["in_curriculum"] else "outside"
    if "in_curriculum" in assessment.assumed:
        link = "inside_presumed"
    kind = say(f"mail.kind_{facts['stay']}")
    return say(
        f"mail.{stage_of(assessment)}",
        place=say(f"mail.place_{_place(assessment)}"),
        kind=say("mail.to_check", text=kind) if "stay" in assessment.assumed else kind,
        country=say.words.value("destination", country) if country else say("mail.country"),
        period=_period(assessment, say),
        link=say(f"mail.{link}"),
    )


def _place(assessment: Assessment) -> str:
    is_abroad = abroad.holds(assessment.law, assessment.facts["destination"])
    return {True: "abroad", False: "france"}.get(is_abroad, "overseas")


def _situation(assessment: Assessment, say: Sentences) -> Iterator[str]:
    """Yield what the conditions are about: scholarship, months received, an age over the limit."""
    facts = assessment.facts
    held = facts.get("scholarship", "no_scholarship")
    code = "mail.echelon_announced" if held == "pending" else "mail.echelon"
    yield say(f"mail.{held}", echelon=say(code) if "echelon" in facts else "")
    sentence = say("mail.received" if facts["months_received"] else "mail.received_none")
    presumed = "months_received" in assessment.assumed
    yield say("mail.to_check", text=sentence) if presumed else sentence
    if facts.get("age", 0) >= assessment.law.age_limit:
        yield say("mail.age" if stage_of(assessment) == "ahead" else "mail.age_past")
        if facts.get("disability"):
            yield say("mail.no_age_limit")


def _conclusion(assessment: Assessment, say: Sentences) -> str:
    open_points = assessment.codes("to_check")
    match assessment.verdict:
        case "ineligible":
            failed = assessment.codes("not_met")
            names = say.words.all(say(f"mail.failure_{code}") for code in failed)
            return say("mail.ineligible_many" if failed[1:] else "mail.ineligible", criteria=names)
        case "undetermined" if open_points and not assessment.missing:
            points = say.words.all(say(f"mail.point_{code}") for code in open_points)
            code = "mail.undetermined_many" if open_points[1:] else "mail.undetermined"
            return say(code, criteria=points)
        case "undetermined":
            return say("mail.open")
    return say("mail.eligible")


def _questions(assessment: Assessment, say: Sentences) -> Iterator[str]:
    facts, open_points = assessment.facts, assessment.codes("to_check")
    if assessment.verdict == "ineligible":
        yield say("mail.may_apply")
        failed = assessment.codes("not_met")
        if "stay" in failed and facts["in_curriculum"] is False:
            yield say("mail.gap_year")
        if "max_duration" in failed:
            yield say("mail.longer")
        yield say("mail.others")
        return
    yield say("mail.deadline")
    yield say("mail.payments")
    yield say("mail.papers")
    if facts.get("erasmus") is not False:
        yield say("mail.erasmus")
    met = [ground.code for ground in assessment.supplements if ground.status == "met"]
    if met:
        grounds = say.words.all(say(f"brief.ground_{code}") for code in met)
        yield say("mail.supplement", grounds=grounds)
    if facts.get("establishment") == "private_accredited":
        yield say("mail.private")
    if "min_duration" in open_points:
        yield say("mail.days")
    if "stay" in open_points:
        yield say("mail.overseas")
    if awaits_tenth_month(facts, assessment.law):
        yield say("mail.tenth")
