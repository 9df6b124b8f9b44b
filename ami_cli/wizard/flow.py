"""Which question next, back, change: the conversation without a terminal.

Questions are derived from the rules: an answer is asked for only while it can still matter to a
criterion, a supplement or another grant, and only if some answer to it would fit the others.
« Je ne sais pas » is not an answer. Nothing more is asked once the verdict is a certain no.
"""

from collections.abc import Iterable, Mapping
from datetime import date
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

BACK = "\x1b[Z"  # what a person gives to go back; no text is ever read as this


class Talk(NamedTuple):
    """Where a conversation stands.

    `given` holds the answers by name, `unknown` the questions answered « je ne sais pas »,
    `asked` the questions in the order they were asked. `again` is a question that came back and
    is asked before any other, `before` holds former answers by name, offered again with it.
    Where `discreet`, which questions are asked does not depend on the answer about disability:
    what is kept of the others may be shown to somebody.
    """

    given: Mapping[str, Any]
    unknown: frozenset[str]
    asked: tuple[str, ...]
    again: str | None
    before: Mapping[str, Any]
    today: date
    book: LawBook
    discreet: bool = False

    @classmethod
    def opening(
        cls, given: Mapping[str, Any], today: date, book: LawBook, *, discreet: bool = False
    ) -> "Talk":
        """The beginning: answers that flags or a file gave are not asked again."""
        return cls(dict(given), frozenset(), (), None, {}, today, book, discreet)

    def question(self) -> str | None:
        """The next question, or None when no answer can matter any more."""
        if self.again is not None or self.stopped():
            return self.again
        facts = derive(self._told())
        law = self.book.law_of(self.given.get("start"))
        wanted = {
            name
            for each in (*CRITERIA, *SUPPLEMENTS, *OTHER_GRANTS)
            for name in askable(missing(each.rule, facts, law), facts)
        }
        # Each is asked before what it may answer.
        for asked, first in (
            ("age", "birth_date"),
            ("establishment", "school"),
            ("rural", "commune"),
        ):
            if asked in wanted:
                wanted.add(first)
        if facts.get("erasmus"):
            wanted.add("erasmus_monthly")
        open_questions = (name for name in in_order(wanted) if self._can_be_asked(name))
        return next(open_questions, None)

    def stopped(self) -> bool:
        """Whether the verdict is a certain no: no further answer can change it."""
        return is_certain_no(self._told(), self.today, self.book)

    def _told(self) -> Mapping[str, Any]:
        """The answers that decide what is asked."""
        if not self.discreet:
            return self.given
        return {name: value for name, value in self.given.items() if name != "disability"}

    def answer(self, name: str, value: Any) -> "Talk":
        """The conversation after an answer (None: « je ne sais pas »).

        Later answers that do not go with it any more are dropped (see `dropped`). Raises
        InvalidAnswers when it does not go with an earlier one.
        """
        given = {key: known for key, known in self.given.items() if key != name}
        unknown = self.unknown - {name}
        if value is None:
            unknown |= {name}
        else:
            if FIELD[name].kind is Kind.NAME and (problem := doubt(name, value)) is not None:
                raise InvalidAnswers(problem)
            given[name] = value
            problems = contradictions(given, self.today, self.book)
            earlier = [each for each in problems if ORDER[each.field] <= ORDER[name]]
            if earlier:
                raise InvalidAnswers(*earlier)
            for problem in problems:
                given.pop(problem.field)
        asked = (*(each for each in self.asked if each != name), name)
        before = {key: former for key, former in self.before.items() if key != name}
        return self._replace(given=given, unknown=unknown, asked=asked, again=None, before=before)

    def dropped(self, former: "Talk", name: str) -> tuple[str, ...]:
        """The answers of a former state, other than `name`, that are no longer there."""
        return tuple(key for key in former.given if key != name and key not in self.given)

    def back(self) -> "Talk | None":
        """The conversation before the last question was asked; None at the first.

        A question whose answer a change has dropped since is passed over.
        """
        for rank in range(len(self.asked) - 1, -1, -1):
            name = self.asked[rank]
            if name in self.given or name in self.unknown:
                return self.reopened(name)._replace(asked=self.asked[:rank])
        return None

    def reopened(self, name: str) -> "Talk":
        """The same conversation with one answer taken back, to be asked for again."""
        given = {key: value for key, value in self.given.items() if key != name}
        before = {key: former for key, former in self.before.items() if key != name}
        if name in self.given:
            before[name] = self.given[name]
        return self._replace(given=given, unknown=self.unknown - {name}, again=name, before=before)

    def to_check(self) -> tuple[tuple[str, Any], ...]:
        """What was answered, question by question, None where it was « je ne sais pas »."""
        names = in_order({*self.given, *self.unknown})
        return tuple((name, self.given.get(name)) for name in names)

    def _can_be_asked(self, name: str) -> bool:
        if name in self.unknown or name in self.given:
            return False
        if name == "age" and "birth_date" not in self.unknown:
            return False
        answer = FIELD[name]
        if answer.kind is not Kind.CHOICE:
            return True
        return any(
            all(problem.field != name for problem in self._with(name, option))
            for option in answer.options
        )

    def _with(self, name: str, value: Any) -> tuple[Problem, ...]:
        return contradictions({**self.given, name: value}, self.today, self.book)


class Person(Protocol):
    """Whoever answers: a real terminal, a plain one, or a script in a test."""

    def ask(self, name: str, former: Any, problems: Iterable[Problem]) -> str:
        """One question; gives the text of the answer, "" for « je ne sais pas », or BACK.

        `former` is an earlier answer to offer again, `problems` what was wrong with the last.
        """

    def check(self, answers: tuple[tuple[str, Any], ...], stopped: bool) -> str | None:
        """The answers to check; gives the name of one to change, BACK, or None: all is right."""

    def dropped(self, names: tuple[str, ...]) -> None:
        """Say which answers were dropped because they no longer go with a changed one."""

    def at_the_first(self) -> None:
        """Say that there is no question before this one."""


def converse(talk: Talk, person: Person) -> dict[str, Any]:
    """Ask until nothing more matters and the person has checked their answers; gives them."""
    while True:
        name = talk.question()
        if name is None:
            choice = person.check(talk.to_check(), talk.stopped())
            if choice is None:
                return dict(talk.given)
            if choice != BACK:
                talk = _ask_again(talk, choice, person)
                continue
            reply = None
        else:
            reply = _ask(talk, name, person)
        if reply is not None:
            talk = reply
        elif (earlier := talk.back()) is not None:
            talk = earlier
        else:
            person.at_the_first()


def _ask_again(talk: Talk, name: str, person: Person) -> Talk:
    """Change one answer from the check page; going back leaves it as it was."""
    return _ask(talk.reopened(name), name, person, former=talk) or talk


def _ask(talk: Talk, name: str, person: Person, former: Talk | None = None) -> Talk | None:
    """The conversation after the answer to one question, or None to go back."""
    problems: tuple[Problem, ...] = ()
    while True:
        text = person.ask(name, talk.before.get(name), problems)
        if text == BACK:
            return None
        try:
            after = talk.answer(name, read(name, text))
        except InvalidAnswers as wrong:
            problems = wrong.problems
            continue
        if gone := after.dropped(former or talk, name):
            person.dropped(gone)
        return after
