"""Fills the sentences about one student with the figures of the law and of the answers.

A figure is written when a sentence asks for it, because a student is told few of them.
"""

from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Any

from ami_cli.rules.advice import first_certain_day, first_of_september
from ami_cli.rules.assess import Assessment
from ami_cli.words import Words

# Each figure by the name that sentences give it: its unit, and where an Assessment has it. A count
# stands in a sentence with its unit (`{left}`: « 3 mois ») or as a number (`{left_number}`: « 3 »).
FIGURES: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    # the law of the stay
    "year": ("text", lambda of: of.law.academic_year),
    "basis": ("text", lambda of: of.law.basis),
    "limit": ("year", lambda of: of.law.age_limit),
    "allowance_limit": ("year", lambda of: of.law.fact("allowance_age_limit")),
    "min_months": ("month", lambda of: of.law.min_months),
    "max_months": ("month", lambda of: of.law.max_months),
    "total_months": ("month", lambda of: of.law.total_months),
    "former_months": ("month", lambda of: of.law.fact("former_total_months")),
    "months_ahead": ("month", lambda of: of.law.months_ahead),
    "days_per_month": ("day", lambda of: of.law.days_per_month),
    "opens": ("date", lambda of: of.law.fact("dse_opens")),
    "closes": ("date", lambda of: of.law.fact("dse_closes")),
    # other grants
    "culture": ("euros", lambda of: of.law.fact("culture_grant")),
    "culture_without": ("euros", lambda of: of.law.fact("culture_grant_without_bcs")),
    "agriculture": ("euros", lambda of: of.law.fact("agriculture_grant")),
    "top_up": ("euros", lambda of: of.law.fact("inclusion_top_up")),
    "bcs_yearly": ("euros", lambda of: of.law.bcs_yearly[of.facts["echelon"]]),
    "bcs_payments": ("payment", lambda of: of.law.bcs_payments),
    "bcs_since": ("text", lambda of: of.law.grounds["bcs_yearly"].since),
    "merit_yearly": ("euros", lambda of: of.law.merit_monthly * of.law.merit_payments),
    "merit_monthly": ("euros", lambda of: of.law.merit_monthly),
    "merit_payments": ("payment", lambda of: of.law.merit_payments),
    "merit_since": ("text", lambda of: of.law.grounds["merit_monthly"].since),
    "merit_times": ("text", lambda of: of.law.fact("merit_times")),
    "erasmus_min_months": ("month", lambda of: of.law.fact("erasmus_min_months")),
    # the answers
    "answers": ("answers", lambda of: of.awaited),
    "age": ("year", lambda of: of.facts["age"]),
    "september": ("date", lambda of: first_of_september(of.facts, of.law)),
    "you_are_then": ("tense", lambda of: first_of_september(of.facts, of.law) <= of.today),
    "echelon": ("echelon", lambda of: of.facts["echelon"]),
    "erasmus_monthly": ("euros", lambda of: of.facts["erasmus_monthly"]),
    "received": ("month", lambda of: of.facts["months_received"]),
    "left": ("month", lambda of: max(0, of.law.total_months - of.facts["months_received"])),
    # the stay
    "end": ("date", lambda of: of.facts["end"]),
    "days": ("day", lambda of: (of.facts["end"] - of.facts["start"]).days + 1),
    "whole": ("whole_month", lambda of: of.months.whole),
    "whole_months": ("month", lambda of: of.months.whole),
    "begun": ("begun_month", lambda of: of.months.begun),
    "begun_months": ("month", lambda of: of.months.begun),
    "certain_from": ("date", lambda of: first_certain_day(of.facts["start"], of.law)),
    "start_by": ("date", lambda of: of.reminder.start_by),
    "days_left": ("day", lambda of: abs(of.reminder.days_left)),
    # the estimate
    "rate": ("euros", lambda of: of.law.monthly_rate),
    "payments": ("payment", lambda of: of.estimate.months or of.estimate.months_max),
    "least": ("text", lambda of: of.estimate.months_min),
    "total": ("euros", lambda of: of.estimate.total),
    "months_max": ("text", lambda of: of.estimate.months_max),
    "total_max": ("euros", lambda of: of.estimate.total_max),
    "next_day": ("date", lambda of: of.estimate.next_month.day),
    "next_months": ("whole_month", lambda of: of.estimate.next_month.months),
    "next_total": ("euros", lambda of: of.estimate.next_month.total),
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
