"""Puts the answer on one screen: verdict and amount, a line for each condition, what to do now.

The brief form of the content, made from the Assessment, because a line needs the facts behind a
sentence of the result. `short` asks for the words of a narrow terminal. The sentences stand in
`brief.toml`, under `brief`, and under `short` where a narrow terminal has words of its own.
"""

import re
from collections.abc import Iterator
from datetime import date
from textwrap import shorten

from ami_cli.answers import FIELD
from ami_cli.registers import unlisted_kind
from ami_cli.rules.advice import birthday
from ami_cli.rules.assess import Assessment
from ami_cli.rules.notes import awaits_tenth_month
from ami_cli.rules.primitives import ONE_DAY
from ami_cli.views.content import Content, Entry, Section, amount_text
from ami_cli.views.result import (
    advice_text,
    in_france,
    is_capped,
    proposed,
    stage_of,
    time_to_begin,
    verdict_note_codes,
    warning_text,
)
from ami_cli.views.sentences import Sentences
from ami_cli.words import Words, visible
from ami_cli.words.wrapping import unbroken

# The conditions that need a look come first.
_ORDER = ("not_met", "missing", "to_check", "met")
_DATES = ("start", "end")
LONGEST_NAME = 40  # characters of the name of a school or a commune
MOST_MISSING = 2  # missing answers that the last line names
MOST_SCHOOLS = 2  # schools that a name may mean, named in the line of the establishment


def brief_of(assessment: Assessment, words: Words, *, short: bool = False) -> Content:
    """Return the brief content of an assessment.

    Its sections are the advice, the conditions in a line each, and further points.
    """
    return _Writer(assessment, words, short).content()


class _Writer:
    """The assessment, and the words that it is put into."""

    def __init__(self, assessment: Assessment, words: Words, short: bool) -> None:
        self.assessment = assessment
        self.words = words
        self.short = short
        self.sentences = Sentences(assessment, words)
        self.facts = assessment.facts
        self.law = assessment.law
        self.verdict = assessment.verdict
        self.stage = stage_of(assessment)
        self.in_france = in_france(assessment)
        # What the register knows of the school that is named.
        self.school = None if assessment.school is None else assessment.school.entry
        self.school_kind = None if assessment.school is None else assessment.school.kind
        born = self.facts.get("birth_date")
        # The day from which the age is over the limit.
        self.limit_day = None if born is None else birthday(born, self.law.age_limit)

    def say(self, code: str, **params: object) -> str:
        """Return the sentence of a code, filled; in the words of a narrow terminal if it has."""
        is_short = self.short and f"short.{code}" in self.words
        return self.sentences(f"short.{code}" if is_short else f"brief.{code}", **params)

    def content(self) -> Content:
        sections = [
            Section("advice", entries=tuple(self._advice())),
            Section("criteria", entries=tuple(self._criteria())),
            Section("points", entries=tuple(self._points())),
        ]
        return Content(
            verdict=self.verdict,
            word=self._word(),
            headline=self._headline(),
            notes=tuple(filter(None, self._notes())),
            sections=tuple(section for section in sections if section.entries),
            closing=tuple(self._closing()),
        )

    # --- the verdict ------------------------------------------------------------------------------

    def _word(self) -> str:
        word = self.words(f"verdict.{self.verdict}.word").upper()
        if self.stage != "over":
            return word
        return self.say("over_eligible" if self.verdict == "eligible" else "over", title=word)

    def _headline(self) -> str:
        """Return what the verdict is about: the amount, or what fails or lacks."""
        match self.verdict:
            case "eligible":
                # Of a stay that is over, the amount is no news.
                return "" if self.stage == "over" else self._ceiling()
            case "ineligible":
                failed = self.assessment.codes("not_met")
                if failed == ("age",) and self.limit_day is not None:
                    code = "birthday_past" if self._is_past(self.limit_day) else "birthday"
                    return self.say(code, day=self.words.date(self.limit_day))
                return self.words.all(self.say(f"title_{code}").lower() for code in failed)
        missing, open_codes = self._missing(), self.assessment.codes("to_check")
        if not open_codes:
            return missing
        code = "points_one" if len(open_codes) == 1 else "points_two"
        points = self.words.all(self.say(f"point_{code}") for code in open_codes)
        return self.say("missing_and_points" if missing else code, points=points)

    def _ceiling(self) -> str:
        estimate = self.assessment.estimate
        assert estimate is not None
        return self.say("ceiling", total=self.words.euros(estimate.total or estimate.total_max))

    def _is_past(self, day: date) -> bool:
        return day <= self.assessment.today

    def _missing(self) -> str:
        # Whoever does not tell a disability has not forgotten an answer.
        missing = tuple(name for name in self.assessment.missing if name != "disability")
        if not missing:
            return self.say("missing_disability") if self.assessment.missing else ""
        if missing == _DATES:
            return self.say("missing_dates")
        if missing == ("establishment",) and self.school_kind == "private":
            return self.say("missing_accreditation")
        code = {1: "missing_one", 2: "missing_two"}.get(len(missing), "missing_many")
        return self.say(code, count=len(missing), answers=self.words.awaited(missing))

    # --- what is no promise -----------------------------------------------------------------------

    def _notes(self) -> Iterator[str]:
        """Yield the paragraphs below the verdict."""
        codes = verdict_note_codes(self.assessment)
        # What the other texts say of an age that fails, the most important alone.
        about_age = next((code for code in codes if code.startswith("age_")), "")
        figures = self.say("figures_provisional" if self.law.provisional else "figures")
        if self.verdict == "ineligible":
            yield f"{self.say(about_age or 'no_decision')} {figures}"
        else:
            yield " ".join([*self._amount(), figures])
            yield self.say(about_age) if about_age else ""
        yield from (self.say(code) for code in codes if not code.startswith("age_"))
        estimate = self.assessment.estimate
        if estimate and estimate.next_month and self.stage == "ahead" and not codes:
            yield self.say("next_month")
        for warning in self.assessment.warnings:
            yield warning_text(warning, self.sentences)

    def _amount(self) -> Iterator[str]:
        """Yield the sentences on the amount: how many payments, at most and at least."""
        estimate = self.assessment.estimate
        if estimate is None:
            yield self._monthly()
            return
        if self.verdict == "eligible" and self.stage != "over":
            part = "payments_part" if estimate.months else "payment_part"
            text = self.say("payments" if estimate.months == estimate.months_max else part)
            if estimate.months_min is not None and estimate.months_min < estimate.months:
                text += self.say("at_least")
            yield f"{text}."
        else:
            is_pending = self.assessment.codes("to_check") == ("scholarship",)
            code = "if_notified" if is_pending and not self.assessment.missing else "if_settled"
            code = "if_over" if self.stage == "over" else code
            yield self.say(code, ceiling=self._ceiling())
        if is_capped(self.assessment):
            yield self.say("capped")
        yield self.say("no_promise")

    def _monthly(self) -> str:
        """Return the monthly amount, and an example, where the dates are unknown."""
        least, left = self.law.min_months, self.law.total_months - self.facts["months_received"]
        most = max(least, min(self.law.max_months, left))
        example = max(least, min(5, most))
        return self.say(
            "monthly",
            most=self.words.count("month", most),
            months=self.words.count("month", example),
            total=self.words.euros(self.law.monthly_rate * example),
        )

    def _advice(self) -> Iterator[Entry]:
        alone = len(self.assessment.codes("not_met")) == 1
        left = self.law.total_months - self.facts["months_received"]
        for change in self.assessment.advice:
            code = f"advice_{change.code}"
            if change.past or f"brief.{code}" not in self.words:
                yield Entry(advice_text(change, self.sentences), mark="advice")
                continue
            text = self.say(code, day=self.words.date(change.day) if change.day else "")
            months = {"return_from": self.law.min_months, "return_by": self.law.max_months}
            if alone and change.code in months:
                total = self.law.monthly_rate * min(months[change.code], left)
                text += self.say("advice_total", total=self.words.euros(total))
            if change.code == "return_by":
                text += self.say("advice_longer")
            yield Entry(f"{text}.", mark="advice")

    # --- the conditions ---------------------------------------------------------------------------

    def _criteria(self) -> Iterator[Entry]:
        """Yield each condition with what settles it, those that need a look first."""
        in_order = sorted(self.assessment.findings, key=lambda each: _ORDER.index(each.status))
        for finding in in_order:
            code, status = finding.criterion.code, finding.status
            yield Entry(self.say(f"title_{code}"), self._settled_by(code, status), status)

    def _settled_by(self, code: str, status: str) -> str:
        facts = self.facts
        match code:
            case "age":
                return self._age(status)
            case "scholarship":
                held = facts.get("scholarship", "missing")
                return self.say(f"echelon_{held}" if "echelon" in facts else f"scholarship_{held}")
            case "establishment":
                return self._establishment()
            case "stay":
                return self._stay(status)
            case "min_duration" | "max_duration" if status == "missing":
                lacking = [name for name in _DATES if name not in facts]
                dates = self.say("both_dates") if lacking[1:] else self.words.awaited(lacking)
                return self.say(f"missing_{code}", dates=dates)
            case "min_duration" | "max_duration":
                return self.say(f"{'to_check' if status == 'to_check' else 'known'}_{code}")
        if status == "not_met":
            return self.say("left_none")
        if "months_received" in self.assessment.assumed:
            return f"{self.say('left')} ({self.say('presumed_received')})"
        tenth = awaits_tenth_month(facts, self.law)
        return self.say("left") + (self.say("left_tenth") if tenth else "")

    def _age(self, status: str) -> str:
        if status == "met" and self.facts.get("disability"):
            return self.say("age_unlimited")
        if "age" in self.facts:
            return self.say("age_disability" if status == "missing" else "age_known")
        if self.limit_day is None:
            return self.say("age_missing")
        code = "age_until_past" if self._is_past(self.limit_day) else "age_until"
        return self.say(code, day=self.words.date(self.limit_day - ONE_DAY))

    def _establishment(self) -> str:
        name, kind = self._school_name(), self.facts.get("establishment")
        register = self.assessment.school
        if kind is not None:
            text = self.say(f"establishment_{kind}")
            ministry = self.school.ministry.code if self.school and self.school.ministry else "mesr"
            if ministry not in ("mesr", "other"):
                text = self.say("ministry", ministry=self.words(f"registers.ministries.{ministry}"))
            return self.say("named", school=name, text=text) if name else text
        if register is None:
            return self.say("establishment_missing")
        answer, titles = self.school_kind, register.titles
        if answer == "unknown":
            answer = self._unlisted_kind() or "unknown"
            if titles:
                answer = {"part": "part_near", "unknown": "unknown_near"}[answer]
        proposals = proposed(map(self._quoted, titles), MOST_SCHOOLS, self.words)
        if register.entry is None:
            name = self._quoted(name)
        return self.say(f"school_{answer}", school=name, proposals=proposals)

    def _quoted(self, name: str) -> str:
        return self.words("format.quote", text=name)

    def _unlisted_kind(self) -> str | None:
        """Return what a school without an entry is by its name, where that says so."""
        school = self.assessment.school
        is_unknown = school is not None and school.answer == "unknown"
        return unlisted_kind(self.assessment.given["school"]) if is_unknown else None

    def _school_name(self) -> str:
        """Return the name of the register, or where it is too long the one that was given."""
        given: str = self.assessment.given.get("school", "")
        name = self.school.name if self.school else given
        if len(name) > LONGEST_NAME and not re.fullmatch(r"\d{7}\w", given.strip()):
            name = given
        return _shortened(name)

    def _stay(self, status: str) -> str:
        facts, assumed = self.facts, self.assessment.assumed
        if status == "to_check":
            return self.say("stay_overseas")
        if self.in_france:
            return self.say("stay_france")
        if facts["stay"] == "other":
            return self.say("stay_other")
        if facts["in_curriculum"] is False:
            return self.say("stay_outside")
        presumed = f" ({self.say('presumed')})"
        kind, link = self.say(f"stay_{facts['stay']}"), self.say("stay_inside")
        both = {"stay", "in_curriculum"} <= {*assumed}
        kind += presumed if "stay" in assumed and not both else ""
        return f"{kind}, {link}{presumed if 'in_curriculum' in assumed else ''}"

    # --- what else --------------------------------------------------------------------------------

    def _points(self) -> Iterator[Entry]:
        grants = "cumulation_no" if self.verdict == "ineligible" else "cumulation"
        for code, texts in (
            ("supplements", [self._supplements()]),
            (grants, [", ".join(self._other_grants())]),
            ("budget", [self._budget()]),
            ("ahead", [self._ahead()]),
            ("to_do", list(self._to_do())),
        ):
            title = self.say(f"item_{code}")
            if len(texts) > 1:
                yield Entry(title, sentences=tuple(texts))
            elif texts[0]:
                yield Entry(title, texts[0])

    def _supplements(self) -> str:
        met, open_grounds = [], []
        for ground in self.assessment.supplements:
            if ground.status == "met":
                met.append(self._ground(ground.code))
            # Nobody is asked for a health answer, so it is never said to lack.
            elif ground.status == "missing" and ground.code != "disability":
                open_grounds.append(self._ground(ground.code))
        if self.verdict == "ineligible" and (met or open_grounds):
            return self.say("supplements_no", grounds=self.words.all([*met, *open_grounds]))
        parts = [
            self.say(code, grounds=self.words.all(grounds))
            for code, grounds in (("supplements_met", met), ("supplements_missing", open_grounds))
            if grounds
        ]
        return self.say("and_also").join(parts) or self.say("supplements_none")

    def _ground(self, code: str) -> str:
        """Return the name of a ground; a rural home with the commune that was taken, or is open."""
        ground, commune = self.say(f"ground_{code}"), self.assessment.commune
        if code != "rural" or commune is None or "rural" in self.assessment.given:
            return ground
        if commune.entry:
            return self.say("ground_commune", ground=ground, commune=commune.entry.name)
        typed = self._quoted(_shortened(self.assessment.given["commune"]))
        return self.say("ground_commune_open", ground=ground, commune=typed)

    def _other_grants(self) -> Iterator[str]:
        held, monthly = self.facts.get("scholarship"), self.facts.get("erasmus_monthly")
        # Abroad it is kept in some countries only; outside the accredited schools nobody has one.
        is_kept = self.facts.get("establishment") not in ("abroad", "private_other")
        if held in ("bcs", "annual_allowance") and is_kept:
            yield self.say(f"keep_{held}")
        if not self.in_france:
            yield self.say("erasmus_monthly" if monthly else "erasmus")
        if held != "none":
            yield self.say("merit")
        if self.verdict == "ineligible" and not self.in_france:
            yield self.say("regional")

    def _budget(self) -> str:
        budget = self.assessment.budget
        if budget is None or len(budget.lines) == 1:
            return ""
        text = amount_text(budget.total, budget.total_max, self.words)
        lines = [line for line in budget.lines if line.code in ("bcs", "merit_aid") and line.total]
        if not lines or self.short:
            return text
        amounts = self.words.all(
            self.say(f"budget_{line.code}", amount=self.words.euros(line.total)) for line in lines
        )
        code = "budget_kept" if lines[0].certain else "budget_renewed"
        if self.facts.get("scholarship") == "pending":
            code = "budget_awaited"
        return text + self.say("budget_over" if self.stage == "over" else code, amounts=amounts)

    def _ahead(self) -> str:
        if self.in_france or self.stage == "over":
            return ""
        reminder = self.assessment.reminder
        if reminder is None:
            return self.say("ahead_unknown")
        time = time_to_begin(self.assessment, reminder)
        is_late_no = time == "late" and self.verdict == "ineligible"
        return self.say("ahead_late_no" if is_late_no else f"ahead_{time}")

    def _to_do(self) -> Iterator[str]:
        website = self.school.website if self.school else ""
        site = website.partition("://")[2].rstrip("/") or website

        def at_the_office(code: str) -> str:
            return self.say(f"site_{code}" if site else code, site=site)

        if self.verdict == "ineligible":
            if self.facts.get("establishment") == "private_other":
                yield self.say("do_accreditation")
            yield at_the_office("do_talk")
            yield self.say("do_other_grants")
            return
        missing = self.assessment.missing
        if dates := [name for name in missing if name in _DATES]:
            code = "do_dates" if dates[1:] else "do_date"
            yield self.say(code, dates=self.words.awaited(dates))
        # The line of the establishment asks for the whole name of a school that is not certain, and
        # for the university of which one is a part.
        kind = self.school_kind
        is_asked = kind in ("proposed", "several") or self._unlisted_kind() == "part"
        if "establishment" in missing and not is_asked:
            yield self.say("do_accreditation" if kind == "private" else "do_establishment")
        if self.facts.get("scholarship") == "pending":
            yield self.say("do_follow")
        if self.stage != "ahead":
            yield at_the_office("do_ask_late")
            yield self.say("do_proofs")
            return
        yield at_the_office("do_write")
        if not missing:
            yield self.say("do_gather")
            yield self.say("do_apply")

    def _closing(self) -> Iterator[str]:
        """Yield how to complete the answers, and how to see the rest."""
        missing = [name for name in self.assessment.missing if name != "disability"]
        # Only the school knows: no example may look like the answer.
        if self._unlisted_kind() == "unlisted":
            missing = [name for name in missing if name != "establishment"]
        if missing:
            flags = " ".join(map(self._example, missing[:MOST_MISSING]))
            yield self.say("complete", flags=flags)
        elif self.assessment.missing == ("disability",):
            yield self.say("complete_disability")
        yield self.say("more")

    def _example(self, name: str) -> str:
        """Return an option that gives an answer: with a school that is near, or an example."""
        register = self.assessment.school
        if name == "establishment" and register is not None:
            if self.school_kind == "private":
                return "--establishment private-accredited"
            if register.titles and register.entry is None:
                return unbroken(f'--school "{register.titles[0]}"')
            if self._unlisted_kind() == "part":
                return unbroken(f'--school "{FIELD["school"].example}"')
        return unbroken(f"{FIELD[name].flags[0]} {FIELD[name].example}")


def _shortened(name: str) -> str:
    return shorten(visible(name, len(name)), LONGEST_NAME, placeholder="…")
