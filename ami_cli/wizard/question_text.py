"""Gives both terminals the texts of a question: its choices, its format, its errors."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from ami_cli.answers import FIELD, LONGEST_NAME, Kind
from ami_cli.failures import Problem
from ami_cli.law import law_book
from ami_cli.reading import NOT_ANSWERED, accepted_words, suggestion
from ami_cli.registers.spelling import fold
from ami_cli.rules.facts import PRESUMED
from ami_cli.wizard.flow import ALL_PRESUMED, SHOW_RESULT_NOW, Question
from ami_cli.wizard.names import known_as
from ami_cli.words import Words, visible
from ami_cli.words.problems import describe

YES_NO_LISTS = (Kind.YES_NO, Kind.CHOICE)


class Option(NamedTuple):
    """One line of a list: the text it answers, its title, and the figure that chooses it."""

    text: str
    title: str
    figure: str = ""


def numbered(options: Iterable[tuple[str, str]], first: int = 1) -> list[Option]:
    """Return the lines of a list, numbered."""
    return [Option(text, title, str(rank)) for rank, (text, title) in enumerate(options, first)]


def chosen(
    options: Sequence[Option], typed: str, words: Iterable[tuple[str, str]] = ()
) -> Option | None:
    """Return the line that a typed text chooses: by its figure, its title or the beginning of it
    that no other title has, or by one of some words with their texts. None where none does."""
    folded = fold(typed)
    if not folded:
        return None
    texts = {text for word, text in words if word == folded}
    for option in options:
        if folded in (option.figure, fold(option.title)) or option.text in texts:
            return option
    begun = begun_by(options, typed)
    return begun[0] if len(begun) == 1 else None


def begun_by(options: Sequence[Option], typed: str) -> list[Option]:
    """Return the lines of which the title begins with a typed text."""
    return [option for option in options if fold(option.title).startswith(fold(typed))]


class QuestionText:
    """The texts of the questions, in one language."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def is_list(self, name: str) -> bool:
        """Tell whether a question is answered from a list."""
        return name == ALL_PRESUMED or FIELD[name].kind in YES_NO_LISTS

    def options(self, question: Question) -> list[Option]:
        """Return the lines of a list; the last are « je ne sais pas » and, once it can be had,
        the result."""
        name = question.name
        if name == ALL_PRESUMED or FIELD[name].kind is Kind.YES_NO:
            texts = [(text, text.capitalize()) for text in map(self.as_text, (True, False))]
        else:
            texts = [(option, self._words.value(name, option)) for option in FIELD[name].options]
        texts.append(("", self.unknown(name)))
        if question.extra:
            texts.append((SHOW_RESULT_NOW, self._words("wizard.now")))
        if name == "echelon":  # its answers are figures themselves
            return [Option(text, title) for text, title in texts]
        return numbered(texts)

    def chosen(self, question: Question, options: Sequence[Option], typed: str) -> Option | None:
        """Return the line of a question that a typed text chooses; None where none does."""
        field = FIELD["in_curriculum" if question.name == ALL_PRESUMED else question.name]
        known = [(word, self.as_text(value)) for word, value in accepted_words(field).items()]
        return chosen(options, typed, [*known, *((word, "") for word in NOT_ANSWERED if word)])

    def asks_for_the_result(self, question: Question, text: str) -> bool:
        """Tell whether a text typed as an answer asks for the result instead."""
        return question.extra and fold(text) in map(fold, self._words.list("wizard.now_words"))

    def unknown(self, name: str) -> str:
        """Return the title of « je ne sais pas »."""
        return self._words("wizard.rather_not" if name == "disability" else "wizard.unknown")

    def heading(self, question: Question) -> str:
        """Return which question it is of how many at most; empty where an answer is changed."""
        if not question.rank:
            return ""
        code = "wizard.extra_rank" if question.extra else "wizard.rank"
        return self._words(code, rank=question.rank, most=question.most)

    def intro(self, question: Question) -> str:
        """Return what is said before the first question that no longer decides."""
        if not question.extra or question.rank != 1:
            return ""
        code = "wizard.certain" if question.certain else "wizard.all_decided"
        return self._words(code, questions=self._words.count("question", question.most))

    def explanation(self, question: Question, presumable: Iterable[str]) -> str:
        """Return why a question is asked."""
        if question.name == ALL_PRESUMED:
            listed = self._words.all(self._words(f"presumed.{name}") for name in presumable)
            return self._words("questions.presumed.why", presumed=listed)
        return self._words(f"questions.{question.name}.why")

    def format_of(self, question: Question) -> str:
        """Return how a date, a number or a name is written."""
        more = self._words("wizard.now_format") if question.extra else ""
        return self._words(f"wizard.{FIELD[question.name].kind.value}_format") + more

    def as_text(self, former: Any, name: str = "") -> str:
        """Return a former answer as it would be typed or chosen."""
        match former:
            case None:
                return ""
            case str() if name == "destination":
                return self._words.value(name, former)
            case bool():
                return self._words("format.yes" if former else "format.no")
            case date():
                return former.strftime("%d/%m/%Y")
        return str(former)

    def labelled(self, name: str, value: Any) -> str:
        """Return a line of the check page: a label and its answer in words.

        A name is followed by the school or commune that it was taken for; an answer that lacks by
        what is presumed instead.
        """
        text = self._words(f"labels.{name}") + self._words("format.colon")
        if value is None and name in PRESUMED:
            return text + self._words(
                "wizard.presumed", answer=self._words.value(name, PRESUMED[name])
            )
        is_name = FIELD[name].kind is Kind.NAME and value is not None
        text += visible(value, LONGEST_NAME) if is_name else self._words.value(name, value)
        known = known_as(name, value) if is_name else None
        return text if known in (None, value) else f"{text} ({known})"

    def stopped(self, stopped_by: Iterable[str], answers: Iterable[tuple[str, Any]]) -> str:
        """Return why no more questions are asked: the conditions that are not met."""
        given = dict(answers)
        law = law_book().law_of(given.get("start"), given.get("end"))
        figures = {
            "age_limit": self._words.count("year", law.age_limit),
            "min_months": self._words.count("month", law.min_months),
            "max_months": self._words.count("month", law.max_months),
            "total_months": self._words.count("month", law.total_months),
        }
        conditions = " ".join(
            self._words("wizard.failed", condition=self._words(f"law.criteria.{code}", **figures))
            for code in stopped_by
        )
        return self._words("wizard.stopped", conditions=conditions)

    def doubt(self, problems: Iterable[Problem]) -> str:
        """Return what is wrong with a name, above the list of the names that it may mean."""
        return " ".join(problem["message"] for problem in self._described(problems))

    def errors(self, question: Question) -> list[str]:
        """Return a sentence for each problem of an answer, with its fix."""
        described = self._described(question.problems)
        for problem in described:
            if problem["code"] == "not_an_option":
                problem["fix"] = self._choice(question)
        return [f"{problem['message']} {problem['fix']}" for problem in described]

    def _choice(self, question: Question) -> str:
        """Return how to choose from the list below, where a typed text chooses nothing."""
        options = self.options(question)
        titles = [option.title for option in begun_by(options, question.entry)]
        if titles:
            return self._words("wizard.several_choices", choices=self._words.either(titles))
        near = suggestion(FIELD[question.name], question.entry)
        meant = [option.title for option in options if option.text == near]
        sentences = [self._words("errors.near", suggestion=title) for title in meant]
        return " ".join([*sentences, self._words("wizard.from_the_list")])

    def _described(self, problems: Iterable[Problem]) -> list[dict[str, Any]]:
        described = []
        for problem in problems:
            if problem.field == ALL_PRESUMED:
                label = self._words("labels.stay")
                problem = problem._replace(params={**problem.params, "field": label})
            described.append(describe(problem, self._words))
        return described

    def dropped(self, names: tuple[str, ...]) -> str:
        """Return the sentence that some answers no longer go with the others."""
        labels = ", ".join(self._words(f"labels.{name}") for name in names)
        return self._words("wizard.dropped", answers=labels)
