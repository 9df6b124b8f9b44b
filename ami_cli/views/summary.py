"""Puts the answer on one screen: verdict and amount, a line for each condition, what to do now.

Built from the Assessment, because a line needs the facts behind a sentence of the result. `short`
asks for the words of a narrow terminal. The sentences stand in `summary.toml`, under `brief`, and
under `short` where a narrow terminal has words of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from textwrap import shorten
from typing import TYPE_CHECKING, Any, NamedTuple

from ami_cli.answers import FIELD
from ami_cli.rules.advice import birthday, first_certain_day
from ami_cli.rules.assess import Assessment, Finding
from ami_cli.rules.primitives import ONE_DAY
from ami_cli.views.content import amount_text
from ami_cli.views.result import stage_of, verdict_note_codes
from ami_cli.words import Words, visible

if TYPE_CHECKING:
    from ami_cli.views.result_types import Result

# The conditions that need a look come first.
_ORDER = ("not_met", "missing", "to_check", "met")
_DATES = ("start", "end")
# The notes beside the verdict, by the sentence that says them here; those on the age are apart.
_DOUBTS = {
    "private_doubt": "doubt_private",
    "bcs_private_other": "doubt_scholarship",
    "gap_year": "doubt_gap_year",
}
LONGEST_SCHOOL = 40  # characters of the name of a school
MOST_MISSING = 2  # missing answers that the first line names


class Line(NamedTuple):
    """One condition in a line: its code, its status, its title and what settles it."""

    code: str
    status: str
    title: str
    text: str


class Item(NamedTuple):
    """One point below the conditions: a sentence, or numbered steps."""

    code: str
    title: str
    texts: tuple[str, ...]


class Summary(NamedTuple):
    """The answer on one screen, from top to bottom.

    `title` is the verdict and `topic` what it is about: the amount, or what fails or lacks. `more`
    says how to see the rest.
    """

    verdict: str
    title: str
    topic: str
    notes: tuple[str, ...]
    advice: tuple[str, ...]
    criteria: tuple[Line, ...]
    items: tuple[Item, ...]
    more: tuple[str, ...]


def summary_of(
    assessment: Assessment, result: Result, words: Words, *, short: bool = False
) -> Summary:
    """Return the summary of an assessment and of its result in the same language."""
    return _Writer(assessment, result, words, short).summary()


class _Writer:
    """The assessment, and the words that it is put into."""

    def __init__(self, assessment: Assessment, result: Result, words: Words, short: bool) -> None:
        self.assessment = assessment
        self.result = result
        self.words = words
        self.short = short
        self.facts = assessment.facts
        self.law = assessment.law
        self.verdict = assessment.verdict
        self.stage = stage_of(assessment)
        self.note_codes = verdict_note_codes(assessment)

    def say(self, code: str, **params: object) -> str:
        """Return the sentence of a code, filled; in the words of a narrow terminal if it has."""
        key = f"short.{code}"
        if not (self.short and key in self.words):
            key = f"brief.{code}"
        return self.words.filled(key, params)

    def summary(self) -> Summary:
        findings = sorted(
            self.assessment.findings, key=lambda finding: _ORDER.index(finding.status)
        )
        return Summary(
            verdict=self.verdict,
            title=self._title(),
            topic=self._topic(),
            notes=tuple(filter(None, self._notes())),
            advice=tuple(self._advice()),
            criteria=tuple(map(self._line, findings)),
            items=tuple(self._items()),
            more=tuple(self._more()),
        )

    # --- the verdict ------------------------------------------------------------------------------

    def _title(self) -> str:
        title = self.words(f"verdict.{self.verdict}.word").upper()
        if self.stage != "over":
            return title
        code = "over_eligible" if self.verdict == "eligible" else "over"
        return self.say(code, title=title, end=self.words.date(self.facts["end"]))

    def _topic(self) -> str:
        match self.verdict:
            case "eligible":
                # Of a stay that is over, the amount is no news.
                return "" if self.stage == "over" else self._ceiling()
            case "ineligible":
                return self._failures()
        missing, points = self._missing(), self._points()
        if missing and points:
            names = self.words.all(self.say(f"point_{code}") for code in self._to_check())
            return self.say("missing_and_points", points=names)
        return missing or points

    def _ceiling(self) -> str:
        estimate = self.result["estimate"]
        assert estimate is not None
        total = estimate["total"] or estimate["total_max"]
        return self.say("ceiling", total=self.words.euros(total))

    def _failures(self) -> str:
        codes = self.assessment.codes("not_met")
        limit = self._limit_day()
        if codes == ("age",) and limit is not None:
            code = "birthday_past" if limit <= self.assessment.today else "birthday"
            day = self.words.date(limit)
            return self.say(code, day=day, limit=self.law.age_limit)
        return self.words.all(self.say(f"title_{code}").lower() for code in codes)

    def _limit_day(self) -> Any:
        """Return the day from which the age is over the limit; None without a birth date."""
        born = self.facts.get("birth_date")
        return None if born is None else birthday(born, self.law.age_limit)

    def _missing(self) -> str:
        # Whoever does not tell a disability has not forgotten an answer.
        missing = tuple(name for name in self.assessment.missing if name != "disability")
        if not missing:
            age = "disability" in self.assessment.missing
            return self.say("missing_disability", limit=self.law.age_limit) if age else ""
        if len(missing) > MOST_MISSING:
            return self.say("missing_many", count=len(missing))
        if missing == _DATES:
            return self.say("missing_dates")
        if missing == ("establishment",) and self._school_kind() == "private":
            return self.say("missing_accreditation")
        code = "missing_one" if len(missing) == 1 else "missing_two"
        return self.say(code, answers=self.words.awaited(missing))

    def _to_check(self) -> tuple[str, ...]:
        return self.assessment.codes("to_check")

    def _points(self) -> str:
        codes = self._to_check()
        if not codes:
            return ""
        points = self.words.all(self.say(f"point_{code}") for code in codes)
        return self.say("points_one" if len(codes) == 1 else "points_two", points=points)

    # --- what is no promise -----------------------------------------------------------------------

    def _notes(self) -> Iterator[str]:
        """Yield the paragraphs below the verdict."""
        yield " ".join(filter(None, (*self._amount(), self._figures())))
        yield self._doubt()
        yield from (warning["text"] for warning in self.result["warnings"])

    def _amount(self) -> Iterator[str]:
        if self.verdict == "ineligible":
            yield self._age_note() or self.say("no_decision")
            return
        estimate = self.result["estimate"]
        if estimate is None:
            yield self._monthly()
            return
        first = self.verdict == "eligible" and self.stage != "over"
        if not first:
            yield self._ceiling_of_payments()
        else:
            yield self._payments()
        if estimate["months_left"] < self._begun():
            yield self.say("capped", left=self.words.count("month", estimate["months_left"]))
        yield self.say("no_promise")

    def _begun(self) -> int:
        months = self.assessment.months
        return 0 if months is None else months.begun

    def _payments(self) -> str:
        """Return how many payments the amount is, at most and at least."""
        estimate = self.result["estimate"]
        assert estimate is not None
        months, months_max = estimate["months"], estimate["months_max"]
        code = "payments" if months == months_max else "payments_part" if months else "payment_part"
        text = self.say(
            code,
            payments=self.words.count("payment", months or months_max),
            rate=self.words.euros(estimate["monthly_rate"]),
            months_max=months_max,
            total_max=self.words.euros(estimate["total_max"]),
        )
        least = self.least
        if least is not None and least < months:
            text += self.say("at_least", least=least)
        return text + "."

    @property
    def least(self) -> int | None:
        """The fewest monthly payments of the law of the year; None where no text says it."""
        estimate: Any = self.result["estimate"]
        least: int | None = (estimate or {}).get("months_min")
        return least

    def _ceiling_of_payments(self) -> str:
        """Return the amount in a sentence that says on what it depends."""
        estimate = self.result["estimate"]
        assert estimate is not None
        code = "if_settled"
        if self.stage == "over":
            code = "if_over"
        elif self._to_check() == ("scholarship",) and not self.assessment.missing:
            code = "if_notified"
        months = estimate["months"] or estimate["months_max"]
        return self.say(
            code,
            ceiling=self._ceiling(),
            payments=self.words.count("payment", months),
            rate=self.words.euros(estimate["monthly_rate"]),
        )

    def _monthly(self) -> str:
        """Return the monthly amount, and an example, where the dates are unknown."""
        most = min(self.law.max_months, self.law.total_months - self.facts["months_received"])
        example = max(min(5, most), self.law.min_months)
        return self.say(
            "monthly",
            rate=self.words.euros(self.law.monthly_rate),
            least=self.law.min_months,
            most=self.words.count("month", max(most, self.law.min_months)),
            months=self.words.count("month", example),
            total=self.words.euros(self.law.monthly_rate * example),
        )

    def _figures(self) -> str:
        rules = self.result["rules"]
        code = "figures_provisional" if rules["provisional"] else "figures"
        return self.say(code, basis=rules["basis"], year=rules["academic_year"])

    def _age_note(self) -> str:
        """Return what the other texts say of an age that fails, the most important alone."""
        codes = (code for code in self.note_codes if code.startswith("age_"))
        return next((self.say(code, limit=self.law.age_limit) for code in codes), "")

    def _doubt(self) -> str:
        """Return the doubt that the texts leave on an answer that meets or fails."""
        for code in self.note_codes:
            if code in _DOUBTS:
                return self.say(_DOUBTS[code])
            if code == "age_between" and self.verdict != "ineligible":
                return self._age_note()
        estimate: Any = self.result["estimate"]
        next_month = (estimate or {}).get("next_month")
        if next_month and self.stage == "ahead":
            return self.say(
                "next_month",
                day=self.words.date(date.fromisoformat(next_month["day"])),
                months=self.words.count("whole_month", next_month["months"]),
                total=self.words.euros(next_month["total"]),
            )
        return ""

    def _advice(self) -> Iterator[str]:
        alone = len(self.assessment.codes("not_met")) == 1
        for change, said in zip(self.assessment.advice, self.result["advice"], strict=True):
            code = f"advice_{change.code}"
            if change.past or f"brief.{code}" not in self.words:
                yield said["text"]
                continue
            months = self.law.min_months if change.code == "return_from" else self.law.max_months
            text = self.say(
                code,
                day=self.words.date(change.day) if change.day else "",
                months=self.words.count("month", months),
                limit=self.law.age_limit,
            )
            left = self.law.total_months - self.facts["months_received"]
            if alone and change.code in ("return_from", "return_by"):
                total = self.words.euros(self.law.monthly_rate * min(months, left))
                text += self.say("advice_total", total=total)
            if change.code == "return_by":
                text += self.say("advice_longer", months=months)
            yield text + ("" if text.endswith(".") else ".")

    # --- the conditions ---------------------------------------------------------------------------

    def _line(self, finding: Finding) -> Line:
        code, status = finding.criterion.code, finding.status
        texts = {
            "age": self._age,
            "scholarship": self._scholarship,
            "establishment": self._establishment,
            "stay": self._stay,
            "min_duration": self._min_duration,
            "max_duration": self._max_duration,
            "entitlement": self._entitlement,
        }
        return Line(code, status, self.say(f"title_{code}"), texts[code](status))

    def _age(self, status: str) -> str:
        limit = self.law.age_limit
        if status == "met" and self.facts.get("disability"):
            return self.say("age_unlimited")
        if "age" in self.facts:
            code = "age_disability" if status == "missing" else "age_known"
            return self.say(code, age=self.facts["age"], limit=limit)
        if (until := self._limit_day()) is not None:
            day = self.words.date(until - ONE_DAY)
            code = "age_until" if until > self.assessment.today else "age_until_past"
            return self.say(code, day=day, limit=limit)
        return self.say("age_missing", limit=self.words.count("year", limit))

    def _scholarship(self, status: str) -> str:
        held, echelon = self.facts.get("scholarship"), self.facts.get("echelon")
        if held is None:
            return self.say("scholarship_missing")
        text = self.say(f"scholarship_{held}")
        if echelon is not None:
            text += self.say("echelon", echelon=self.words.value("echelon", echelon))
        return text

    def _establishment(self, status: str) -> str:
        name, kind = self._school_name(), self.facts.get("establishment")
        if kind is not None:
            text = self.say(f"establishment_{kind}")
            return self.say("named", school=name, text=text) if name and status == "met" else text
        if not name:
            return self.say("establishment_missing")
        found = self.assessment.school
        proposal = found.entries[0].name if found is not None and found.entries else ""
        return self.say(f"school_{self._school_kind()}", school=name, proposal=proposal)

    def _school_name(self) -> str:
        """Return the name of the register, or where it is too long the one that was given."""
        given: str = self.assessment.given.get("school", "")
        school = self.result["school"]
        name = school["name"] if school else given
        if len(name) > LONGEST_SCHOOL and not re.fullmatch(r"\d{7}\w", given.strip()):
            name = given
        return shorten(visible(name, len(name)), LONGEST_SCHOOL, placeholder="…")

    def _school_kind(self) -> str | None:
        school = self.assessment.school
        return None if school is None else school.kind

    def _stay(self, status: str) -> str:
        facts, assumed = self.facts, self.assessment.assumed
        if status != "met" and (code := self._stay_abroad(status)):
            return code
        if facts["stay"] == "other":
            return self.say("stay_other")
        if facts["in_curriculum"] is False:
            return self.say("stay_outside")
        kind, link = self.say(f"stay_{facts['stay']}"), self.say("stay_inside")
        presumed = self.say("presumed")
        if {"stay", "in_curriculum"} <= {*assumed}:
            return f"{kind}, {link} ({presumed})"
        kind += f" ({presumed})" if "stay" in assumed else ""
        link += f" ({presumed})" if "in_curriculum" in assumed else ""
        return f"{kind}, {link}"

    def _stay_abroad(self, status: str) -> str:
        """Return what the destination settles, "" where it settles nothing."""
        if status == "to_check":
            return self.say("stay_overseas")
        return self.say("stay_france") if self.facts.get("destination") == "FR" else ""

    def _min_duration(self, status: str) -> str:
        least = self.law.min_months
        if status == "missing":
            return self.say(
                "min_missing", dates=self._dates(), least=self.words.count("month", least)
            )
        if status == "to_check":
            days = (self.facts["end"] - self.facts["start"]).days + 1
            certain = self.words.date(first_certain_day(self.facts["start"], self.law))
            return self.say("min_days", days=days, day=certain)
        assert self.assessment.months is not None
        whole = self.assessment.months.whole
        return self.say(
            "min_known",
            whole=self.words.count("whole_month", whole),
            months=self.words.count("month", whole),
            least=least,
        )

    def _max_duration(self, status: str) -> str:
        most = self.law.max_months
        if status == "missing":
            return self.say(
                "max_missing", dates=self._dates(), most=self.words.count("month", most)
            )
        assert self.assessment.months is not None
        begun = self.assessment.months.begun
        return self.say(
            "max_known",
            begun=self.words.count("begun_month", begun),
            months=self.words.count("month", begun),
            most=most,
        )

    def _dates(self) -> str:
        lacking = [name for name in _DATES if name not in self.facts]
        return self.say("both_dates") if len(lacking) == 2 else self.words.awaited(lacking)

    def _entitlement(self, status: str) -> str:
        total, received = self.law.total_months, self.facts["months_received"]
        if status == "not_met":
            return self.say("left_none", total=total)
        text = self.say("left", left=total - received, total=total)
        if "months_received" in self.assessment.assumed:
            text += f" ({self.say('presumed_received')})"
        elif received == 9 and total == 10:
            text += self.say("left_tenth")
        return text

    # --- what else --------------------------------------------------------------------------------

    def _items(self) -> Iterator[Item]:
        for code, texts in (
            ("supplements", [self._supplements()]),
            (self._cumulation_title(), [self._cumulation()]),
            ("budget", [self._budget()]),
            ("ahead", [self._ahead()]),
            ("to_do", list(self._to_do())),
        ):
            if texts[0]:
                yield Item(code, self.say(f"item_{code}"), tuple(texts))

    def _supplements(self) -> str:
        names: dict[str, list[str]] = {"met": [], "missing": []}
        for ground in self.assessment.supplements:
            # Nobody is asked for a health answer, so it is never said to lack.
            if ground.status in names and (ground.status, ground.code) != (
                "missing",
                "disability",
            ):
                names[ground.status].append(self._ground(ground.code))
        if not any(names.values()):
            return self.say("supplements_none")
        codes = {
            "met": "supplements_met_no" if self.verdict == "ineligible" else "supplements_met",
            "missing": "supplements_missing",
        }
        parts = [
            self.say(codes[status], grounds=grounds)
            for status, those in names.items()
            if (grounds := self.words.all(those))
        ]
        return self.say("and_also").join(parts)

    def _ground(self, code: str) -> str:
        """Return the name of a ground; a rural home with the commune that was taken, or is open."""
        ground, commune = self.say(f"ground_{code}"), self.assessment.commune
        if code != "rural" or commune is None or "rural" in self.assessment.given:
            return ground
        if commune.answer == "found":
            return self.say("ground_commune", ground=ground, commune=commune.entries[0].name)
        typed = shorten(visible(self.assessment.given["commune"]), LONGEST_SCHOOL, placeholder="…")
        return self.say("ground_commune_open", ground=ground, commune=typed)

    def _cumulation_title(self) -> str:
        return "cumulation_no" if self.verdict == "ineligible" else "cumulation"

    def _cumulation(self) -> str:
        grants = []
        held = self.facts.get("scholarship")
        # Abroad it is kept in some countries only; outside the accredited schools nobody has one.
        is_kept = self.facts.get("establishment") not in ("abroad", "private_other")
        if held in ("bcs", "annual_allowance") and is_kept:
            grants.append(self.say(f"keep_{held}"))
        monthly = self.facts.get("erasmus_monthly")
        amount = self.words.euros(monthly or 0)
        grants.append(self.say("erasmus_monthly" if monthly else "erasmus", amount=amount))
        if held != "none":
            grants.append(self.say("merit"))
        if self.verdict == "ineligible":
            grants.append(self.say("regional"))
        return ", ".join(grants)

    def _budget(self) -> str:
        budget = self.assessment.budget
        if budget is None or len(budget.lines) == 1:
            return ""
        text = self.say("budget", amount=amount_text(budget.total, budget.total_max, self.words))
        for line in budget.lines:
            if line.code == "bcs" and line.total:
                code = "budget_bcs" if line.certain else "budget_bcs_later"
                text += self.say(code, amount=self.words.euros(line.total))
        return text

    def _ahead(self) -> str:
        reminder = self.assessment.reminder
        months = self.words.count("month", self.law.months_ahead)
        if reminder is None:
            return self.say("ahead_unknown", months=months)
        if reminder.departed:
            return "" if self.stage == "over" else self.say("ahead_departed")
        code = "ahead_in_time" if reminder.days_left else "ahead_today"
        if reminder.late:
            code = "ahead_late_no" if self.verdict == "ineligible" else "ahead_late"
        return self.say(
            code,
            day=self.words.date(reminder.start_by),
            days=self.words.count("day", abs(reminder.days_left)),
        )

    def _to_do(self) -> Iterator[str]:
        school = self.result["school"]
        website = (school["website"] if school else None) or ""
        site = website.partition("://")[2].rstrip("/") or website

        def at_the_office(code: str) -> str:
            return self.say(f"site_{code}" if site else code, site=site)

        if self.verdict == "ineligible":
            yield at_the_office("do_talk")
            yield self.say("do_other_grants")
            return
        missing = self.assessment.missing
        if set(missing) & {*_DATES}:
            yield self.say("do_dates")
        if "establishment" in missing:
            private = self._school_kind() == "private"
            yield self.say("do_accreditation" if private else "do_establishment")
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

    def _more(self) -> Iterator[str]:
        missing = [name for name in self.assessment.missing if name != "disability"]
        if missing:
            flags = " ".join(map(self._example, missing[:MOST_MISSING]))
            yield self.say("complete", flags=flags)
        elif self.assessment.missing:
            yield self.say("complete_disability")
        yield self.say("more")

    def _example(self, name: str) -> str:
        """Return an option that gives an answer, with an example value."""
        answer = FIELD[name]
        example = answer.example
        if name == "establishment" and self._school_kind() == "private":
            example = "private-accredited"
        return f"{answer.flags[0]} {example}"
