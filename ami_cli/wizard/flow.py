"""Decides which question comes next, what going back and changing do, and when to stop.

Questions are derived from the rules: an answer is asked for only while it can still matter to a
criterion, a supplement or another grant, and only if some answer to it would fit the others.
« Je ne sais pas » is not an answer. No question follows once the verdict is a certain no.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from ami_cli.answers import FIELD, ORDER, Kind
from ami_cli.failures import InvalidAnswers, Problem
from ami_cli.law import LawBook
from ami_cli.reading import read
from ami_cli.rules.assess import is_certain_no
from ami_cli.rules.coherence import contradictions
from ami_cli.rules.conditions import in_order, missing
from ami_cli.rules.criteria import CRITERIA
from ami_cli.rules.entitlement import OTHER_GRANTS, SUPPLEMENTS
from ami_cli.rules.facts import askable, derive
from ami_cli.wizard.names import doubt

BACK = "\x1b[Z"  # the text of going back; no text is ever read as this
# Each question, and the one before it that may answer it.
_FIRST = {"age": "birth_date", "establishment": "school", "rural": "commune"}


class Talk(NamedTuple):
    """The state of a conversation; it begins with the answers that flags or a file gave.

    `given` holds the answers by name. Where `discreet`, the answer about disability has no effect
    on which questions are asked, because the other answers may be exported. `unknown` holds the
    questions answered « je ne sais pas », `asked` the questions in the order they were asked.
    `again` is a question that came back and is asked before any other; `former` holds earlier
    answers by name, which it offers again.
    """

    given: Mapping[str, Any]
    today: date
    book: LawBook
    discreet: bool = False
    unknown: frozenset[str] = frozenset()
    asked: tuple[str, ...] = ()
    again: str | None = None
    former: Mapping[str, Any] = MappingProxyType({})

    def question(self) -> str | None:
        """Return the next question, or None when no answer can matter any more."""
        if self.again is not None or self.stopped():
            return self.again
        facts = derive(self._deciding())
        law = self.book.law_of(self.given.get("start"), self.given.get("end"))
        lacking = {
            name
            for part in (*CRITERIA, *SUPPLEMENTS, *OTHER_GRANTS)
            for name in askable(missing(part.rule, facts, law), facts)
        }
        lacking |= {_FIRST[name] for name in lacking & set(_FIRST)}
        if facts.get("erasmus"):
            lacking.add("erasmus_monthly")
        return next(filter(self._can_be_asked, in_order(lacking)), None)

    def stopped(self) -> bool:
        """Tell whether the verdict is a certain no, which no further answer can change."""
        return is_certain_no(self._deciding(), self.book)

    def _deciding(self) -> Mapping[str, Any]:
        """Return the answers that decide what is asked."""
        return _without(self.given, "disability") if self.discreet else self.given

    def answer(self, name: str, value: Any) -> "Talk":
        """Return the conversation after an answer (None: « je ne sais pas »).

        Later answers that contradict it are dropped (see `dropped`). Raises InvalidAnswers when it
        contradicts an earlier one.
        """
        given, unknown = _without(self.given, name), self.unknown - {name}
        if value is None:
            unknown |= {name}
        else:
            if FIELD[name].kind is Kind.NAME and (problem := doubt(name, value)) is not None:
                raise InvalidAnswers(problem)
            given[name] = value
            problems = contradictions(given, self.today, self.book)
            earlier = [problem for problem in problems if ORDER[problem.field] <= ORDER[name]]
            if earlier:
                raise InvalidAnswers(*earlier)
            for problem in problems:
                given.pop(problem.field)
        asked = (*(other for other in self.asked if other != name), name)
        former = _without(self.former, name)
        return self._replace(given=given, unknown=unknown, asked=asked, again=None, former=former)

    def dropped(self, earlier: "Talk", name: str) -> tuple[str, ...]:
        """Return the answers of an earlier state, other than `name`, that are no longer there."""
        return tuple(key for key in earlier.given if key != name and key not in self.given)

    def back(self) -> "Talk | None":
        """Return the conversation before the last question was asked; None at the first.

        A question whose answer a change has dropped since is skipped.
        """
        for rank in range(len(self.asked) - 1, -1, -1):
            name = self.asked[rank]
            if name in self.given or name in self.unknown:
                return self.reopened(name)._replace(asked=self.asked[:rank])
        return None

    def reopened(self, name: str) -> "Talk":
        """Return the same conversation with one answer taken back, to be asked for again."""
        former = _without(self.former, name)
        if name in self.given:
            former[name] = self.given[name]
        given, unknown = _without(self.given, name), self.unknown - {name}
        return self._replace(given=given, unknown=unknown, again=name, former=former)

    def to_check(self) -> tuple[tuple[str, Any], ...]:
        """Return each question that was answered with its answer, None for « je ne sais pas »."""
        names = in_order({*self.given, *self.unknown})
        return tuple((name, self.given.get(name)) for name in names)

    def _can_be_asked(self, name: str) -> bool:
        if name in self.unknown or name in self.given:
            return False
        if name == "age" and "birth_date" not in self.unknown:
            return False
        # At least one option of a choice must fit the other answers.
        return FIELD[name].kind is not Kind.CHOICE or any(
            all(problem.field != name for problem in self._contradictions_with(name, option))
            for option in FIELD[name].options
        )

    def _contradictions_with(self, name: str, value: Any) -> tuple[Problem, ...]:
        return contradictions({**self.given, name: value}, self.today, self.book)


def _without(answers: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in answers.items() if key != name}


class Person(Protocol):
    """A person who answers: at a terminal, line by line, or a script in a test."""

    def ask(self, name: str, former: Any, problems: Iterable[Problem]) -> str:
        """Ask one question; return the text of the answer, "" for « je ne sais pas », or BACK.

        `former` is an earlier answer to offer again, `problems` those of the last answer.
        """

    def check(self, answers: tuple[tuple[str, Any], ...], stopped: bool) -> str | None:
        """Show the answers to check; return the name of one to change, BACK, or None to end."""

    def dropped(self, names: tuple[str, ...]) -> None:
        """Say which answers were dropped because they contradict a changed one."""

    def at_the_first(self) -> None:
        """Say that there is no question before this one."""


def converse(talk: Talk, person: Person) -> dict[str, Any]:
    """Ask until no answer matters any more and the person has checked the answers; return them."""
    while True:
        name = talk.question()
        if name is not None:
            after = _ask(talk, name, person)
        else:
            choice = person.check(talk.to_check(), talk.stopped())
            if choice is None:
                return dict(talk.given)
            after = None
            if choice != BACK:  # going back from a change leaves the answers as they were
                after = _ask(talk.reopened(choice), choice, person, earlier=talk) or talk
        after = after or talk.back()
        if after is None:
            person.at_the_first()
        else:
            talk = after


def _ask(talk: Talk, name: str, person: Person, earlier: Talk | None = None) -> Talk | None:
    """Return the conversation after the answer to one question, or None to go back."""
    problems: tuple[Problem, ...] = ()
    while True:
        text = person.ask(name, talk.former.get(name), problems)
        if text == BACK:
            return None
        try:
            after = talk.answer(name, read(name, text))
        except InvalidAnswers as error:
            problems = error.problems
            continue
        if names := after.dropped(earlier or talk, name):
            person.dropped(names)
        return after
