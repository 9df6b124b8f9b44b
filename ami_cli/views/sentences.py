"""Fills the sentences about one student with the figures of the law and of the answers.

A figure is written when a sentence asks for it, because a student is told few of them.
"""

from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Any

from ami_cli.rules.advice import first_certain_day, first_of_september
from ami_cli.rules.assess import Assessment
from ami_cli.words import Words

# Each figure by the name that sentences give it: its unit, and where the assessment `a` has it. A
# count stands in a sentence with its unit (`{left}`: « 3 mois ») or as a number (`{left_number}`).
FIGURES: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    # the law of the stay
    "year": ("text", lambda a: a.law.academic_year),
    "basis": ("text", lambda a: a.law.basis),
    "limit": ("year", lambda a: a.law.age_limit),
    "allowance_limit": ("year", lambda a: a.law.fact("allowance_age_limit")),
    "min_months": ("month", lambda a: a.law.min_months),
    "max_months": ("month", lambda a: a.law.max_months),
    "total_months": ("month", lambda a: a.law.total_months),
    "former_months": ("month", lambda a: a.law.fact("former_total_months")),
    "months_ahead": ("month", lambda a: a.law.months_ahead),
    "days_per_month": ("day", lambda a: a.law.days_per_month),
    "opens": ("date", lambda a: a.law.fact("dse_opens")),
    "closes": ("date", lambda a: a.law.fact("dse_closes")),
    # other grants
    "culture": ("euros", lambda a: a.law.fact("culture_grant")),
    "culture_without": ("euros", lambda a: a.law.fact("culture_grant_without_bcs")),
    "agriculture": ("euros", lambda a: a.law.fact("agriculture_grant")),
    "top_up": ("euros", lambda a: a.law.fact("inclusion_top_up")),
    "bcs_yearly": ("euros", lambda a: a.law.bcs_yearly[a.facts["echelon"]]),
    "bcs_payments": ("payment", lambda a: a.law.bcs_payments),
    "bcs_since": ("text", lambda a: a.law.grounds["bcs_yearly"].since),
    "merit_yearly": ("euros", lambda a: a.law.merit_monthly * a.law.merit_payments),
    "merit_monthly": ("euros", lambda a: a.law.merit_monthly),
    "merit_payments": ("payment", lambda a: a.law.merit_payments),
    "merit_since": ("text", lambda a: a.law.grounds["merit_monthly"].since),
    "merit_times": ("text", lambda a: a.law.fact("merit_times")),
    "erasmus_min_months": ("month", lambda a: a.law.fact("erasmus_min_months")),
    # the answers
    "answers": ("answers", lambda a: a.awaited),
    "age": ("year", lambda a: a.facts["age"]),
    "september": ("date", lambda a: first_of_september(a.facts, a.law)),
    "you_are_then": ("tense", lambda a: first_of_september(a.facts, a.law) <= a.today),
    "echelon": ("echelon", lambda a: a.facts["echelon"]),
    "erasmus_monthly": ("euros", lambda a: a.facts["erasmus_monthly"]),
    "received": ("month", lambda a: a.facts["months_received"]),
    "left": ("month", lambda a: max(0, a.law.total_months - a.facts["months_received"])),
    # the stay
    "end": ("date", lambda a: a.facts["end"]),
    "days": ("day", lambda a: (a.facts["end"] - a.facts["start"]).days + 1),
    "whole": ("whole_month", lambda a: a.months.whole),
    "whole_months": ("month", lambda a: a.months.whole),
    "begun": ("begun_month", lambda a: a.months.begun),
    "begun_months": ("month", lambda a: a.months.begun),
    "certain_from": ("date", lambda a: first_certain_day(a.facts["start"], a.law)),
    "start_by": ("date", lambda a: a.reminder.start_by),
    "days_left": ("day", lambda a: abs(a.reminder.days_left)),
    # the estimate
    "rate": ("euros", lambda a: a.law.monthly_rate),
    "payments": ("payment", lambda a: a.estimate.months or a.estimate.months_max),
    "least": ("text", lambda a: a.estimate.months_min),
    "total": ("euros", lambda a: a.estimate.total),
    "months_max": ("text", lambda a: a.estimate.months_max),
    "total_max": ("euros", lambda a: a.estimate.total_max),
    "next_day": ("date", lambda a: a.estimate.next_month.day),
    "next_months": ("whole_month", lambda a: a.estimate.next_month.months),
    "next_total": ("euros", lambda a: a.estimate.next_month.total),
}


class Sentences:
    """Says the sentences of codes about one assessment, in the language of `words`."""

    def __init__(self, assessment: Assessment, words: Words) -> None:
        self.words = words
        self._figures = _Figures(assessment, words)

    def __call__(self, code: str, /, **params: object) -> str:
        """Return the sentence of a code, filled with `params` and with figures."""
        known = ChainMap(params, self._figures) if params else self._figures
        return self.words.filled(code, known)


class _Figures(dict[str, object]):
    """The figures of one assessment in words, each written when it is first asked for."""

    def __init__(self, assessment: Assessment, words: Words) -> None:
        super().__init__()
        self._assessment = assessment
        self._words = words

    def __missing__(self, name: str) -> str:
        unit, figure_of = FIGURES[name.removesuffix("_number")]
        text = self._written("number" if name not in FIGURES else unit, figure_of(self._assessment))
        self[name] = text
        return text

    def _written(self, unit: str, figure: Any) -> str:
        match unit:
            case "text":
                return str(figure)
            case "number":
                return self._words.number(figure)
            case "euros":
                return self._words.euros(figure)
            case "date":
                return self._words.date(figure)
            case "tense":
                return self._words("notes.you_were" if figure else "notes.you_will_be")
            case "echelon":
                return self._words.value("echelon", figure)
            case "answers":
                return self._words.awaited(figure)
        return self._words.count(unit, figure)
