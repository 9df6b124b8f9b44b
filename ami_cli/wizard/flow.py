"""Decides which question comes next, what going back and changing do, and when to stop.

Questions are derived from the rules: an answer is asked for only while it can still matter to a
criterion, a supplement or another grant, and only if some answer to it would fit the others.
« Je ne sais pas » is not an answer. No question follows once the verdict is a certain no, nor once
the person, after the questions that decide, asks for the result.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from ami_cli.answers import FIELD, ORDER, Kind
from ami_cli.failures import InvalidAnswers, Problem
from ami_cli.law import Law, LawBook, first_end_in_the_next_year, year_of_stay
from ami_cli.reading import read
from ami_cli.rules.assess import is_certain_no
from ami_cli.rules.coherence import contradictions
from ami_cli.rules.conditions import evaluate, in_order, missing, needs
from ami_cli.rules.criteria import CRITERIA, Criterion
from ami_cli.rules.entitlement import OTHER_GRANTS, SUPPLEMENTS, Extra
from ami_cli.rules.facts import DEFAULTS, PRESUMED, askable, derive, presume
from ami_cli.rules.primitives import years_between
from ami_cli.wizard.names import doubt

BACK = "\x1b[Z"  # the text of going back; no text is ever read as this
SHOW_RESULT_NOW = "\x1b[N"  # the text of asking for the result without the other questions
ALL_PRESUMED = "presumed"  # the one question whether all that would be presumed is right
# Each question, and the one before it that may answer it.
_ASKED_BEFORE = {"age": "birth_date", "establishment": "school", "rural": "commune"}
_EXTRA_RULES = (*SUPPLEMENTS, *OTHER_GRANTS)
_DECIDING = {ALL_PRESUMED, "birth_date", "school"}.union(
    *(criterion.asks for criterion in CRITERIA)
)


class Question(NamedTuple):
    """One question as it is asked.

    `former` is an earlier answer that is offered again; `entry` the text that was refused, with
    its `problems`. It is number `rank` of `most` at most, of those that decide or, where `extra`,
    of those about supplements and other grants; `rank` is 0 when an answer is changed. `certain`
    tells that the result is an eligible one, whatever else is answered.
    """

    name: str
    former: Any = None
    entry: str = ""
    problems: tuple[Problem, ...] = ()
    rank: int = 0
    most: int = 0
    extra: bool = False
    certain: bool = False


class Conversation(NamedTuple):
    """The state of a conversation; it begins with the answers that flags or a file gave.

    `given` holds the answers by name. Where `discreet`, the answer about disability has no effect
    on which questions are asked, because the other answers may be exported. `unknown` holds the
    questions answered « je ne sais pas », `asked` the questions in the order they were asked.
    `presumed` holds the answers given together by one yes. `ended` is true once the person asked
    for the result. `again` is a question that came back and is asked before any other; `former`
    holds earlier answers by name, which it offers again.
    """

    given: Mapping[str, Any]
    today: date
    book: LawBook
    discreet: bool = False
    unknown: frozenset[str] = frozenset()
    asked: tuple[str, ...] = ()
    presumed: tuple[str, ...] = ()
    ended: bool = False
    again: str | None = None
    former: Mapping[str, Any] = MappingProxyType({})

    def question(self) -> str | None:
        """Return the next question, or None when no answer can matter any more.

        Those that decide come first; disability is among them only where it can decide.
        """
        if self.again is not None or self.stopped():
            return self.again
        deciding = self._lacking(CRITERIA)
        if self._start_may_tell_the_age():
            deciding.discard("disability")
        name = next(filter(self._can_be_asked, in_order(deciding)), None)
        if name in PRESUMED and len(self.presumable()) > 1 and ALL_PRESUMED not in self.unknown:
            return ALL_PRESUMED
        if name is not None or self.ended:
            return name
        extra = self._lacking(_EXTRA_RULES)
        # Delicate, and so the last.
        names = (*in_order(extra - {"disability"}), *in_order(extra & {"disability"}))
        return next(filter(self._can_be_asked, names), None)

    def asking(self, name: str) -> Question:
        """Return a question with its number, and how many there are at most."""
        extra = name not in _DECIDING or (name == "disability" and not self._decides(name))
        earlier = sum((other not in _DECIDING) is extra for other in self.asked)
        rest = len(self._possible(_EXTRA_RULES if extra else CRITERIA) | {name})
        former = self.former.get(name)
        return Question(
            name, former, "", (), earlier + 1, earlier + rest, extra, extra and self._is_certain()
        )

    def stopped(self) -> bool:
        """Tell whether the verdict is a certain no, which no further answer can change."""
        return is_certain_no(self._deciding(), self.book)

    def stopped_by(self) -> tuple[str, ...]:
        """Return the codes of the criteria that fail where the verdict is a certain no."""
        if not self.stopped():
            return ()
        facts, law = presume(derive(self._deciding())).facts, self._law()
        return tuple(
            criterion.code
            for criterion in CRITERIA
            if evaluate(criterion.rule, facts, law) is False
        )

    def presumable(self) -> tuple[str, ...]:
        """Return the answers that would be presumed and may still be asked for."""
        return tuple(name for name in PRESUMED if self._can_be_asked(name))

    def _is_certain(self) -> bool:
        # Without a destination the stay is abroad: a condition of the answer, not an open question.
        known = {"destination": DEFAULTS["destination"], **derive(self._deciding())}
        facts, law = known, self._law()
        return all(evaluate(criterion.rule, facts, law) for criterion in CRITERIA)

    def _law(self) -> Law:
        stay = self._with_a_possible_end()
        return self.book.law_of(stay.get("start"), stay.get("end"))

    def _with_a_possible_end(self) -> Mapping[str, Any]:
        """Return the answers; beside a start before the first year known, for as long as the end
        may be given, the first end that makes the stay count for the year after it."""
        start = self.given.get("start")
        if start is None or "end" in self.given or "end" in self.unknown:
            return self.given
        if year_of_stay(start) >= self.book.first_year:
            return self.given
        return {**self.given, "end": first_end_in_the_next_year(start)}

    def _deciding(self) -> Mapping[str, Any]:
        """Return the answers that decide what is asked."""
        return _without(self.given, "disability") if self.discreet else self.given

    def _lacking(self, parts: Iterable[Criterion | Extra]) -> set[str]:
        """Return the answers that some rules lack, and the questions that may answer those."""
        facts, law = derive(self._deciding()), self._law()
        lacking = {
            name for part in parts for name in askable(missing(part.rule, facts, law), facts)
        }
        lacking |= {_ASKED_BEFORE[name] for name in lacking & set(_ASKED_BEFORE)}
        if parts is _EXTRA_RULES and facts.get("erasmus"):
            lacking.add("erasmus_monthly")
        return lacking

    def _possible(self, parts: Iterable[Criterion | Extra]) -> set[str]:
        """Return every question that may yet be asked for some rules, whatever is answered."""
        facts, law = derive(self._deciding()), self._law()
        names = {
            name
            for part in parts
            if evaluate(part.rule, facts, law) is None
            for name in needs(part.rule) - set(facts)
        }
        names |= {_ASKED_BEFORE[name] for name in names & set(_ASKED_BEFORE)}
        if parts is _EXTRA_RULES and facts.get("erasmus") is not False:
            names.add("erasmus_monthly")
        if "birth_date" in self.given:
            names.discard("age")
        names -= {*self.given, *self.unknown}
        if len(names & set(PRESUMED)) > 1 and ALL_PRESUMED not in self.unknown:
            names.add(ALL_PRESUMED)
        return names

    def _start_may_tell_the_age(self) -> bool:
        """Tell whether a student who is young today has yet to say when the stay starts."""
        birth_date = self.given.get("birth_date")
        if birth_date is None or not self._can_be_asked("start"):
            return False
        return bool(years_between(birth_date, self.today) < self._law().age_limit)

    def _decides(self, name: str) -> bool:
        return name in self._lacking(CRITERIA)

    def answer(self, name: str, value: Any) -> "Conversation":
        """Return the conversation after an answer (None: « je ne sais pas »).

        Later answers that contradict it are dropped (see `dropped`), and so is a start that only a
        known end would save. Raises InvalidAnswers when it contradicts an earlier one.
        """
        asked = (*(other for other in self.asked if other != name), name)
        if name == ALL_PRESUMED:
            return self._presuming(value)._replace(asked=asked, again=None)
        given, unknown = _without(self.given, name), self.unknown - {name}
        if value is None:
            unknown |= {name}
        else:
            if FIELD[name].kind is Kind.NAME and (problem := doubt(name, value)) is not None:
                raise InvalidAnswers(problem)
            given[name] = value
        former = _without(self.former, name)
        after = self._replace(given=given, unknown=unknown, asked=asked, again=None, former=former)
        problems = contradictions(after._with_a_possible_end(), self.today, self.book)
        earlier = [problem for problem in problems if ORDER[problem.field] <= ORDER[name]]
        # « Je ne sais pas » is always possible.
        if earlier and value is not None:
            raise InvalidAnswers(*earlier)
        for problem in problems:
            given.pop(problem.field)
        return after

    def _presuming(self, value: bool | None) -> "Conversation":
        """Return the conversation after « oui » to all that would be presumed, « non » (each is
        asked then) or « je ne sais pas » (none is, and all are presumed)."""
        names = self.presumable()
        given, unknown = dict(self.given), self.unknown | {ALL_PRESUMED}
        if value is None:
            unknown |= set(names)
        elif value:
            given |= {name: PRESUMED[name] for name in names}
        former = _without(self.former, ALL_PRESUMED)
        return self._replace(given=given, unknown=unknown, presumed=names, former=former)

    def dropped(self, earlier: "Conversation", name: str) -> tuple[str, ...]:
        """Return the answers of an earlier state, other than `name`, that are no longer there."""
        return tuple(key for key in earlier.given if key != name and key not in self.given)

    def back(self) -> "Conversation | None":
        """Return the conversation before the last question was asked; None at the first.

        A question whose answer a change has dropped since is skipped.
        """
        for rank in range(len(self.asked) - 1, -1, -1):
            name = self.asked[rank]
            if name in self.given or name in self.unknown:
                return self.reopened(name)._replace(asked=self.asked[:rank], ended=False)
        return None

    def reopened(self, name: str) -> "Conversation":
        """Return the same conversation with one answer taken back, to be asked for again."""
        former = _without(self.former, name)
        names = {name}
        if name == ALL_PRESUMED:
            names |= set(self.presumed)
            if all(other in self.given for other in self.presumed):
                former[name] = True
        elif name in self.given:
            former[name] = self.given[name]
        given = {key: value for key, value in self.given.items() if key not in names}
        return self._replace(given=given, unknown=self.unknown - names, again=name, former=former)

    def to_check(self) -> tuple[tuple[str, Any], ...]:
        """Return each question that was answered with its answer, None for « je ne sais pas »."""
        names = in_order({*self.given, *self.unknown} - {ALL_PRESUMED})
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

    def ask(self, question: Question, presumable: tuple[str, ...]) -> str:
        """Ask one question; return the text of the answer, "" for « je ne sais pas », BACK or
        SHOW_RESULT_NOW.

        `presumable` holds the answers that the question ALL_PRESUMED is about.
        """

    def check(
        self, answers: tuple[tuple[str, Any], ...], stopped_by: tuple[str, ...]
    ) -> str | None:
        """Show the answers to check; return the name of one to change, BACK, or None to end.

        `stopped_by` holds the criteria that make the verdict a certain no.
        """

    def dropped(self, names: tuple[str, ...]) -> None:
        """Say which answers were dropped because they contradict a changed one."""

    def at_the_first(self) -> None:
        """Say that there is no question before this one."""


class Stopped(KeyboardInterrupt):
    """The person stopped the conversation; `given` holds the answers so far."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        super().__init__()
        self.given = given


def converse(talk: Conversation, person: Person) -> dict[str, Any]:
    """Ask until no answer matters any more and the person has checked the answers; return them.

    Raises Stopped when the person stops it.
    """
    try:
        while True:
            name = talk.question()
            if name is not None:
                after = _ask(talk, name, person)
            else:
                choice = person.check(talk.to_check(), talk.stopped_by())
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
    except KeyboardInterrupt:
        raise Stopped(talk.given) from None


def _ask(
    talk: Conversation, name: str, person: Person, earlier: Conversation | None = None
) -> Conversation | None:
    """Return the conversation after the answer to one question, or None to go back."""
    question = talk.asking(name)
    if earlier is not None:
        question = question._replace(rank=0)
    while True:
        text = person.ask(question, talk.presumable())
        if text == BACK:
            return None
        if text == SHOW_RESULT_NOW:
            return talk._replace(ended=True, again=None)
        try:
            after = talk.answer(name, _value(name, text))
        except InvalidAnswers as error:
            question = question._replace(entry=text, problems=error.problems)
            continue
        if names := after.dropped(earlier or talk, name):
            person.dropped(names)
        return after


def _value(name: str, text: str) -> Any:
    if name != ALL_PRESUMED:
        return read(name, text)
    try:
        return read("in_curriculum", text)  # any question of yes or no
    except InvalidAnswers:
        raise InvalidAnswers(Problem("not_yes_no", name, {"value": text})) from None
