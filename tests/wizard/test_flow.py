"""The conversation without a terminal: which question next, back, change, and when it ends."""

import json
import shlex
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ami_cli.answers import FIELD, FIELDS, Answers, Kind
from ami_cli.failures import InvalidAnswers
from ami_cli.law import law_book
from ami_cli.reading import NO, YES, read
from ami_cli.rules.assess import Assessment, assess, is_certain_no
from ami_cli.rules.facts import derive
from ami_cli.views.result import result_of
from ami_cli.wizard.command_line import command_line
from ami_cli.wizard.flow import (
    ALL_PRESUMED,
    BACK,
    SHOW_RESULT_NOW,
    Conversation,
    Question,
    Stopped,
    converse,
)
from ami_cli.wizard.names import doubt
from ami_cli.words import words_of
from tests.conftest import TODAY
from tests.runner import DAY, ami
from tests.sizes import examples
from tests.students import COMMUNES, DESTINATIONS, DOUBTFUL, SCHOOLS, dossiers, is_consistent

NAMES = tuple(each.name for each in FIELDS)
BOOK = law_book()
CHECK, FIRST, DROPPED = "the check page", "the first question", "dropped"
NO_CONTRADICTION = "no contradiction"

# The school is public but no university, the commune is classed in part: both questions that a
# name may spare are still asked.
STUDENT = {
    "birth_date": "12/03/2005",
    "scholarship": "bcs",
    "school": "Nîmes université",
    "establishment": "public",
    "stay": "études",
    "in_curriculum": "oui",
    "destination": "Portugal",
    "start": "15/01/2027",
    "end": "20/06/2027",
    "months_received": "0",
    "echelon": "5",
    "commune": "Baugy (18)",
    "rural": "oui",
    "priority_area": "non",
    "erasmus": "oui",
    "erasmus_monthly": "300",
    "merit": "non",
    "disability": "non",
}
ASKED = tuple(STUDENT)  # the order of the questions
# The question that an answer makes needless.
SPARED = {
    "echelon": "scholarship",
    "establishment": "school",
    "rural": "commune",
    "erasmus_monthly": "erasmus",
}
# The question that is asked after a name, where the name does not settle it.
AFTER = {"school": "establishment", "commune": "rural"}
DOUBTS = {
    "school": ("several_schools", "no_such_school"),
    "commune": ("several_communes", "no_such_commune"),
}


class Seen(NamedTuple):
    """One thing the wizard did: a question (or CHECK, FIRST, DROPPED), and what came with it."""

    what: str
    former: Any = None
    problems: tuple[str, ...] = ()
    answers: tuple[tuple[str, Any], ...] = ()
    stopped: bool = False


class NoTurnLeft(Exception):
    """The wizard went on after the last turn of a script."""


class Script:
    """A person who says what is written, turn by turn, and fails at any other question.

    A turn is (question, answer); at CHECK the answer is a name to change, BACK, or None. Where no
    turn says otherwise, what would be presumed is asked one by one.
    """

    def __init__(self, *turns: tuple[str, str | None]) -> None:
        self._turns = list(turns)
        self._goes_back = False
        self.seen: list[Seen] = []
        self.questions: list[Question] = []

    def ask(self, question: Question, presumable: tuple[str, ...]) -> str:
        if question.name == ALL_PRESUMED and self._turns[:1] != [(ALL_PRESUMED, self._turns[0][1])]:
            return BACK if self._goes_back else "non"
        codes = tuple(problem.code for problem in question.problems)
        self.questions.append(question)
        self.seen.append(Seen(question.name, question.former, codes))
        answer = self._next(question.name)
        assert answer is not None
        self._goes_back = answer == BACK
        return answer

    def check(
        self, answers: tuple[tuple[str, Any], ...], stopped_by: tuple[str, ...]
    ) -> str | None:
        self.seen.append(Seen(CHECK, answers=answers, stopped=bool(stopped_by)))
        answer = self._next(CHECK)
        self._goes_back = answer == BACK
        return answer

    def dropped(self, names: tuple[str, ...]) -> None:
        self.seen.append(Seen(DROPPED, answers=tuple((name, None) for name in names)))

    def at_the_first(self) -> None:
        self._goes_back = False
        self.seen.append(Seen(FIRST))

    def _next(self, what: str) -> str | None:
        if not self._turns:
            raise NoTurnLeft(what)
        expected, answer = self._turns.pop(0)
        assert what == expected
        return answer

    def asked(self) -> list[str]:
        """The questions, in the order they were asked."""
        return [each.what for each in self.seen if each.what in FIELD]

    def is_over(self) -> bool:
        """Whether every turn was taken."""
        return not self._turns


class Table:
    """A person who knows some answers, in any order, passes over the question of a doubtful name
    and accepts the check page."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = answers
        self.asked: list[str] = []
        self.counted: list[Question] = []
        self.stopped = False

    def ask(self, question: Question, presumable: tuple[str, ...]) -> str:
        name = question.name
        self.counted.append(question)
        if name == ALL_PRESUMED:
            return self._answers.get(name, "non")
        assert question.former is None
        if codes := [problem.code for problem in question.problems]:
            self.counted.pop()
            assert name == self.asked[-1]
            assert len(codes) == 1
            assert codes[0] in DOUBTS[name]
            return ""
        assert name not in self.asked
        self.asked.append(name)
        return self._answers.get(name, "")

    def check(
        self, answers: tuple[tuple[str, Any], ...], stopped_by: tuple[str, ...]
    ) -> str | None:
        self.stopped = bool(stopped_by)
        return None

    def dropped(self, names: tuple[str, ...]) -> None:
        raise AssertionError(names)

    def at_the_first(self) -> None:
        raise AssertionError(FIRST)


def talk_of(**given: Any) -> Conversation:
    return Conversation(given, TODAY, BOOK)


def turns_of(answers: Mapping[str, str]) -> list[tuple[str, str | None]]:
    return list(answers.items())


def hold(*turns: tuple[str, str | None], **given: Any) -> tuple[dict[str, Any], Script]:
    """A whole conversation; gives its answers and what the person saw."""
    script = Script(*turns)
    answers = converse(talk_of(**given), script)
    assert script.is_over()
    return answers, script


def next_seen(*turns: tuple[str, str | None], **given: Any) -> Seen:
    """What the wizard does after these turns."""
    script = Script(*turns)
    with pytest.raises(NoTurnLeft):
        converse(talk_of(**given), script)
    return script.seen[-1]


def values_of(texts: Mapping[str, str]) -> dict[str, Any]:
    return {name: read(name, text) for name, text in texts.items()}


def but(*names: str) -> dict[str, Any]:
    """The answers of the student, as values, without some."""
    return {name: value for name, value in values_of(STUDENT).items() if name not in names}


# --- order of questions ---------------------------------------------------------------------------


def test_each_question_is_asked_once_those_that_decide_first() -> None:
    answers, script = hold(*turns_of(STUDENT), (CHECK, None))
    assert answers == values_of(STUDENT)
    assert script.asked() == list(ASKED)
    page = script.seen[-1]
    assert page.answers == tuple((name, answers[name]) for name in NAMES if name in answers)
    assert not page.stopped
    assert all(each.former is None for each in script.seen)


@pytest.mark.parametrize("name", list(STUDENT))
def test_answer_given_is_not_asked(name: str) -> None:
    spared = SPARED.get(name)
    turns = {key: text for key, text in STUDENT.items() if key not in (name, spared)}
    answers, script = hold(*turns_of(turns), (CHECK, None), **{name: read(name, STUDENT[name])})
    assert answers == {key: value for key, value in values_of(STUDENT).items() if key != spared}
    assert name not in script.asked()
    assert name in dict(script.seen[-1].answers)


def test_no_question_when_everything_is_given() -> None:
    answers, script = hold((CHECK, None), **values_of(STUDENT))
    assert answers == values_of(STUDENT)
    assert script.asked() == []


def test_every_question_accepts_i_do_not_know() -> None:
    asked = [name for name in ASKED if name != "erasmus_monthly"]  # it follows a yes
    asked[1:1] = ["age", "disability"]  # which decides where the age is not known
    asked.pop()
    answers, script = hold(*((name, "") for name in asked), (CHECK, None))
    assert answers == {}
    assert script.asked() == asked
    assert set(script.seen[-1].answers) == {(name, None) for name in asked}
    assert not script.seen[-1].stopped
    answers, script = hold(("erasmus_monthly", ""), (CHECK, None), **but("erasmus_monthly"))
    assert answers == but("erasmus_monthly")
    assert ("erasmus_monthly", None) in script.seen[-1].answers


@pytest.mark.parametrize("words", ["?", "nsp", "Je ne sais pas", "INCONNU"])
def test_words_for_not_knowing_are_accepted(words: str) -> None:
    answers, _ = hold(("establishment", words), (CHECK, None), **but("establishment"))
    assert answers == but("establishment")


def test_unknown_answer_can_be_given_from_the_check_page() -> None:
    answers, script = hold(
        ("establishment", ""),
        (CHECK, "establishment"),
        ("establishment", "public"),
        (CHECK, None),
        **but("establishment"),
    )
    assert answers == values_of(STUDENT)
    assert script.seen[2].former is None


def test_answer_can_become_unknown_from_the_check_page() -> None:
    answers, script = hold(
        (CHECK, "establishment"), ("establishment", ""), (CHECK, None), **values_of(STUDENT)
    )
    assert answers == but("establishment")
    assert ("establishment", None) in script.seen[-1].answers


# --- questions are derived -----------------------------------------------------------------------


def question_after(**given: Any) -> str | None:
    return talk_of(**given).question()


def all_asked(known: Mapping[str, str], **given: Any) -> list[str]:
    """Every question asked of somebody who knows these answers and no other."""
    person = Table(known)
    converse(talk_of(**given), person)
    return person.asked


def test_age_is_not_asked_after_a_birth_date() -> None:
    assert "age" not in all_asked({"birth_date": "12/03/2005"})
    assert "birth_date" not in all_asked({}, age=22)
    assert "age" not in all_asked({}, birth_date=date(2005, 3, 12))


def test_age_is_asked_without_a_birth_date() -> None:
    assert all_asked({"age": "22"})[:3] == ["birth_date", "age", "scholarship"]


def test_age_is_not_asked_with_a_disability() -> None:
    asked = all_asked({}, disability=True)
    assert "birth_date" not in asked
    assert "age" not in asked


def test_first_question_with_a_disability_is_not_the_age() -> None:
    """Kept off by flags: without the age, the first question is another one."""
    assert question_after(disability=True) == "scholarship"
    assert question_after(disability=False) == "birth_date"


@pytest.mark.parametrize(
    ("scholarship", "asked"),
    [("bcs", True), ("", True), ("annual_allowance", False), ("pending", True)],
)
def test_echelon_is_asked_where_a_bcs_is_possible(scholarship: str, asked: bool) -> None:
    assert ("echelon" in all_asked({"scholarship": scholarship})) is asked


def test_scholarship_is_not_asked_with_an_echelon() -> None:
    assert "scholarship" not in all_asked({}, echelon="6")


def test_merit_aid_is_asked_while_a_scholarship_is_possible() -> None:
    assert "merit" in all_asked({"scholarship": "pending"})
    assert "merit" in all_asked({})


CHANGES: Mapping[str, tuple[Any, ...]] = {
    "birth_date": (date(2005, 3, 12), date(1990, 1, 1)),
    "age": (20, 40),
    "start": (date(2021, 1, 15), date(2026, 1, 15), date(2027, 1, 15)),
    "end": (date(2021, 3, 1), date(2026, 2, 1), date(2028, 6, 20), date(2099, 12, 31)),
    "months_received": (0, 9, 10, 60),
    "destination": DESTINATIONS,
    "school": SCHOOLS,
    "commune": COMMUNES,
    "erasmus_monthly": (0, 1, 300, 5000),
}


def possible(name: str) -> tuple[Any, ...]:
    """Some values of an answer: every one where there are few."""
    if FIELD[name].kind is Kind.YES_NO:
        return (True, False)
    return CHANGES.get(name) or FIELD[name].options


def document_of(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of answers without the answers themselves, what the registers say of a name
    and what was presumed."""
    document: dict[str, Any] = {
        **result_of(assess(Answers(**answers), today=TODAY), words_of("fr"))
    }
    del document["answers"], document["assumed"], document["school"], document["commune"]
    for criterion in document["criteria"]:
        del criterion["notes"], criterion["sources"]
    for supplement in document["supplements"]:
        del supplement["indication"], supplement["sources"]
    return document


def amounts_of(assessment: Assessment) -> tuple[Any, ...]:
    return assessment.verdict, assessment.supplements, assessment.estimate, assessment.budget


def is_accepted(name: str, value: Any) -> bool:
    """Whether the wizard takes a value: it asks again for a doubtful name."""
    return FIELD[name].kind is not Kind.NAME or doubt(name, value) is None


def fitting(name: str, known: Mapping[str, Any]) -> list[Any]:
    """The possible values of a question that go with what is known."""
    return [
        value
        for value in possible(name)
        if is_consistent({**known, name: value}) and is_accepted(name, value)
    ]


@given(st.data(), dossiers())
@settings(max_examples=examples(80))
def test_question_is_asked_only_while_its_answer_can_matter(
    data: st.DataObject, answers: dict[str, Any]
) -> None:
    talk = talk_of(**answers)
    while (name := talk.question()) is not None:
        assert name not in talk.given
        assert name not in talk.unknown
        if name == ALL_PRESUMED:
            talk = talk.answer(name, data.draw(st.sampled_from([None, True, False])))
            continue
        before = document_of(talk.given)
        values = fitting(name, talk.given)
        assert any(document_of({**talk.given, name: value}) != before for value in values), name
        talk = talk.answer(name, data.draw(st.sampled_from([None, *values])))


@given(st.data(), dossiers())
@settings(max_examples=examples(80))
def test_no_other_answer_can_matter_after_the_last_question(
    data: st.DataObject, answers: dict[str, Any]
) -> None:
    talk = talk_of(**answers)
    while (name := talk.question()) is not None:
        values = [False] if name == ALL_PRESUMED else fitting(name, talk.given)
        talk = talk.answer(name, data.draw(st.sampled_from(values)))
    before = assess(Answers(**talk.given), today=TODAY)
    zoned = derive(talk.given).get("rural")
    for name in NAMES:
        for value in possible(name):
            more = {**talk.given, name: value}
            # An échelon alone means a BCS: who says otherwise is believed.
            if name in {*talk.given, "scholarship"} or not is_consistent(more):
                continue
            after = assess(Answers(**more), today=TODAY)
            if talk.stopped():
                assert after.verdict == "ineligible"
            elif name == "rural" and value is not zoned:
                # The zoning is an indication: who says otherwise is believed, of that alone.
                assert zoned is not None
                changed = {each.code for each in {*after.supplements} ^ {*before.supplements}}
                assert changed == {"rural"}
                unchanged = before._replace(supplements=after.supplements)
                assert amounts_of(after) == amounts_of(unchanged)
            else:
                assert amounts_of(after) == amounts_of(before)


# --- what is presumed, disability, the count, the result now --------------------------------------


def test_one_yes_answers_all_that_would_be_presumed() -> None:
    presumed = ("stay", "in_curriculum", "months_received")
    answers, script = hold((ALL_PRESUMED, "oui"), (CHECK, None), **but(*presumed))
    assert answers == values_of(STUDENT)
    assert script.seen[-1].answers == tuple(
        (name, values_of(STUDENT)[name]) for name in NAMES if name in STUDENT
    )


def test_not_knowing_what_would_be_presumed_gives_no_answer() -> None:
    presumed = ("stay", "in_curriculum", "months_received")
    answers, script = hold((ALL_PRESUMED, ""), (CHECK, None), **but(*presumed))
    assert answers == but(*presumed)
    assert {name for name, value in script.seen[-1].answers if value is None} == set(presumed)


def test_a_no_asks_what_would_be_presumed_one_by_one() -> None:
    answers, _ = hold(
        (ALL_PRESUMED, "peut-être"),
        (ALL_PRESUMED, "non"),
        ("stay", "stage"),
        ("in_curriculum", BACK),
        ("stay", BACK),
        (ALL_PRESUMED, "oui"),
        ("merit", BACK),
        (ALL_PRESUMED, "n"),
        ("stay", "stage"),
        ("in_curriculum", "oui"),
        ("months_received", "2"),
        ("merit", "non"),
        (CHECK, None),
        **but("stay", "in_curriculum", "months_received", "merit"),
    )
    assert (answers["stay"], answers["months_received"]) == ("internship", 2)


def test_one_presumed_answer_alone_is_asked_by_itself() -> None:
    answers, _ = hold(("stay", "stage"), (CHECK, None), **but("stay"))
    assert answers["stay"] == "internship"


@pytest.mark.parametrize(
    ("known", "rank"),
    [
        ({"birth_date": "12/03/2005"}, -1),  # the last: 21 at the start
        ({"birth_date": "12/03/1990"}, 1),  # 36 today
        ({"birth_date": "", "age": "30"}, 2),
        ({"birth_date": "", "age": ""}, 2),
        ({"birth_date": "", "age": "22"}, -1),
        # 27 today, 28 at the start: once the start is known.
        ({"birth_date": "01/01/1999", "start": "15/01/2027"}, 8),
        ({"birth_date": "01/01/1999", "start": ""}, 8),
    ],
)
def test_disability_is_asked_early_only_where_it_can_decide(
    known: dict[str, str], rank: int
) -> None:
    asked = all_asked({**STUDENT, **known})
    assert asked[rank] == "disability"


def test_disability_that_cannot_decide_is_never_missing() -> None:
    known = {name: text for name, text in STUDENT.items() if name != "disability"}
    answers = converse(talk_of(), Table(known))
    assert assess(Answers(**answers), today=TODAY).missing == ()


@given(st.data(), dossiers() | dossiers(complete=True))
@settings(max_examples=examples(100))
def test_no_more_questions_are_asked_than_was_said(
    data: st.DataObject, answers: dict[str, Any]
) -> None:
    person = Table(data.draw(texts_of(answers)))
    converse(talk_of(), person)
    for extra in (False, True):
        counted = [question for question in person.counted if question.extra is extra]
        most = [question.most for question in counted]
        assert [question.rank for question in counted] == list(range(1, len(counted) + 1))
        assert most == sorted(most, reverse=True)
        assert not most or len(counted) <= most[-1]


def test_the_result_can_be_had_once_it_is_certain() -> None:
    answers, script = hold(
        *turns_of({name: text for name, text in STUDENT.items() if name in ASKED[:10]}),
        ("echelon", SHOW_RESULT_NOW),
        (CHECK, "end"),
        ("end", "21/06/2027"),
        (CHECK, BACK),
        ("end", "20/06/2027"),
        ("echelon", "5"),
        ("commune", SHOW_RESULT_NOW),
        (CHECK, None),
    )
    assert answers == {name: values_of(STUDENT)[name] for name in (*ASKED[:10], "echelon")}
    assert assess(Answers(**answers), today=TODAY).verdict == "eligible"
    first = next(question for question in script.questions if question.name == "echelon")
    assert (first.extra, first.certain, first.rank) == (True, True, 1)


def test_what_is_not_certain_is_not_called_so() -> None:
    _, script = hold(
        ("merit", "non"),
        (CHECK, None),
        **but("merit", "establishment", "school"),
        establishment="public",
        school="INSA Lyon",
    )
    assert script.questions[0].certain
    _, script = hold(
        ("establishment", ""), ("merit", "non"), (CHECK, None), **but("merit", "establishment")
    )
    assert (script.questions[1].extra, script.questions[1].certain) == (True, False)


def test_stopping_keeps_the_answers_so_far() -> None:
    class Leaving(Script):
        def _next(self, what: str) -> str | None:
            if not self._turns:
                raise KeyboardInterrupt
            return super()._next(what)

    with pytest.raises(Stopped) as stopped:
        converse(talk_of(), Leaving(("birth_date", "12/03/2005"), ("scholarship", "bcs")))
    assert stopped.value.given == {"birth_date": date(2005, 3, 12), "scholarship": "bcs"}


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("school", ["Lyon 1", "Université Claude Bernard - Lyon 1", "0691774D"])
def test_establishment_is_not_asked_of_a_university(school: str) -> None:
    answers, script = hold(("school", school), (CHECK, None), **but("school", "establishment"))
    assert answers == {**but("establishment"), "school": school}
    assert assess(Answers(**answers), today=TODAY).verdict == "eligible"
    assert ("establishment", None) not in script.seen[-1].answers


@pytest.mark.parametrize("school", ["Nîmes université", "Skema"])
def test_establishment_is_asked_of_another_school(school: str) -> None:
    establishment = "public" if school == "Nîmes université" else "private_accredited"
    answers, _ = hold(
        ("school", school),
        ("establishment", establishment),
        (CHECK, None),
        **but("school", "establishment"),
    )
    assert answers == {**values_of(STUDENT), "school": school, "establishment": establishment}


@pytest.mark.parametrize(
    ("commune", "ground"),
    [("Ambert", "met"), ("63003", "met"), ("Paris 15e", "not_met"), ("75115", "not_met")],
)
def test_rural_is_not_asked_where_the_commune_settles_it(commune: str, ground: str) -> None:
    answers, script = hold(("commune", commune), (CHECK, None), **but("commune", "rural"))
    assert answers == {**but("rural"), "commune": commune}
    supplements = {each.code: each for each in assess(Answers(**answers), today=TODAY).supplements}
    assert (supplements["rural"].status, supplements["rural"].missing) == (ground, ())
    assert ("rural", None) not in script.seen[-1].answers


@pytest.mark.parametrize("text", ["oui", "non"])
def test_rural_is_asked_where_the_commune_is_classed_in_part(text: str) -> None:
    answers, _ = hold(
        ("commune", "Baugy (18)"), ("rural", text), (CHECK, None), **but("commune", "rural")
    )
    assert answers == {**values_of(STUDENT), "rural": text == "oui"}


@pytest.mark.parametrize(("name", "text", "code"), DOUBTFUL)
@pytest.mark.parametrize("nothing", ["", "nsp"])
def test_uncertain_name_is_asked_again_and_can_be_skipped(
    name: str, text: str, code: str, nothing: str
) -> None:
    later = AFTER[name]
    answers, script = hold(
        (name, text),
        (name, nothing),
        (later, STUDENT[later]),
        (CHECK, None),
        **but(name, later),
    )
    assert [each.problems for each in script.seen] == [(), (code,), (), ()]
    assert answers == but(name)
    assert (name, None) in script.seen[-1].answers


@pytest.mark.parametrize(
    ("name", "text", "params"),
    [
        ("school", "UCA", {"options": "Université Clermont Auvergne, Université Côte d'Azur"}),
        ("school", "Lycée Jean Moulin", {"suggestion": None}),
        ("school", "Skéma Busines School", {"suggestion": "Skema Business School"}),
        (
            "commune",
            "Saint-Denis",
            {"options": ", ".join(f"Saint-Denis ({each})" for each in ("11", "30", "93", "974"))},
        ),
        ("commune", "Nulle-Part", {"suggestion": None}),
        ("commune", "Amberg", {"suggestion": "Ambert (63)"}),
    ],
)
def test_problem_of_an_uncertain_name_lists_possible_names(
    name: str, text: str, params: dict[str, Any]
) -> None:
    with pytest.raises(InvalidAnswers) as error:
        talk_of().answer(name, text)
    (problem,) = error.value.problems
    assert (problem.field, problem.params) == (name, {"value": text, **params})


def test_problem_of_an_uncertain_name_lists_six_names_at_most() -> None:
    with pytest.raises(InvalidAnswers) as error:
        talk_of().answer("commune", "Sainte-Colombe")
    (problem,) = error.value.problems
    assert len(problem.params["options"].split(", ")) == 7
    assert problem.params["options"].endswith(", …")


@pytest.mark.parametrize(("name", "text", "code"), DOUBTFUL)
def test_uncertain_name_from_flags_is_kept_and_the_next_question_asked(
    name: str, text: str, code: str
) -> None:
    later = AFTER[name]
    answers, script = hold(
        (later, STUDENT[later]),
        (CHECK, name),
        (name, text),
        (name, BACK),
        (CHECK, None),
        **{**but(name, later), name: text},
    )
    assert answers == {**values_of(STUDENT), name: text}
    assert [each.problems for each in script.seen if each.what == name] == [(), (code,)]
    assert [each.former for each in script.seen if each.what == name] == [text, text]


def test_name_given_is_not_asked_before_its_question() -> None:
    """The name is asked where its answer is wanted, and nowhere else."""
    assert all_asked({}, establishment="public").count("school") == 0
    assert all_asked({}, rural=False).count("commune") == 0
    assert "school" in all_asked({}, rural=False)
    assert "commune" in all_asked({}, establishment="public")


@pytest.mark.parametrize(
    ("erasmus", "asked"), [("oui", True), ("non", False), ("", False)], ids=["yes", "no", "unknown"]
)
def test_amount_of_erasmus_is_asked_after_yes_only(erasmus: str, asked: bool) -> None:
    more: list[tuple[str, str | None]] = [("erasmus_monthly", "300")] if asked else []
    answers, script = hold(
        ("erasmus", erasmus), *more, (CHECK, None), **but("erasmus", "erasmus_monthly")
    )
    assert answers.get("erasmus_monthly") == (300 if asked else None)
    assert ("erasmus_monthly" in dict(script.seen[-1].answers)) is asked


def test_amount_of_zero_is_an_answer() -> None:
    answers, _ = hold(("erasmus_monthly", "0"), (CHECK, None), **but("erasmus_monthly"))
    assert answers == {**values_of(STUDENT), "erasmus_monthly": 0}


def test_amount_given_means_yes_unless_zero() -> None:
    known = but("erasmus", "erasmus_monthly")
    assert question_after(**known, erasmus_monthly=300) is None
    assert question_after(**known, erasmus_monthly=0) == "erasmus"


def test_back_to_a_name_offers_the_former_name() -> None:
    answers, script = hold(
        ("school", "Skema"),
        ("establishment", BACK),
        ("school", "UCA"),
        ("school", "Lyon 1"),
        ("commune", "Ambert"),
        ("merit", BACK),
        ("commune", "Baugy (18)"),
        ("rural", BACK),
        ("commune", BACK),
        ("school", "Nîmes université"),
        ("establishment", "public"),
        ("commune", "Baugy (18)"),
        ("rural", "oui"),
        ("merit", "non"),
        (CHECK, None),
        **but("school", "establishment", "commune", "rural", "merit"),
    )
    formers = [(each.what, each.former) for each in script.seen if each.former is not None]
    assert formers == [
        ("school", "Skema"),
        ("school", "Skema"),
        ("commune", "Ambert"),
        ("commune", "Baugy (18)"),
        ("school", "Lyon 1"),
        ("commune", "Baugy (18)"),
    ]
    assert answers == values_of(STUDENT)


def test_change_from_a_university_to_a_school_asks_the_establishment() -> None:
    answers, _ = hold(
        ("school", "Lyon 1"),
        (CHECK, "school"),
        ("school", "Nîmes université"),
        ("establishment", "public"),
        (CHECK, None),
        **but("school", "establishment"),
    )
    assert answers == values_of(STUDENT)


def test_change_to_another_kind_of_school_drops_the_establishment() -> None:
    answers, script = hold(
        (CHECK, "school"),
        ("school", "Skema"),
        ("establishment", "étranger"),
        ("establishment", "privé habilité"),
        (CHECK, "school"),
        ("school", "Lyon 1"),
        (CHECK, None),
        **values_of(STUDENT),
    )
    dropped = [each.answers for each in script.seen if each.what == DROPPED]
    assert dropped == [(("establishment", None),)] * 2
    asked = [each for each in script.seen if each.what == "establishment"]
    assert [each.problems for each in asked] == [(), ("school_of_another_kind",)]
    assert answers == {**but("establishment"), "school": "Lyon 1"}


def test_change_to_a_commune_classed_in_part_asks_rural() -> None:
    answers, _ = hold(
        ("commune", "Paris 15e"),
        (CHECK, "commune"),
        ("commune", "Baugy (18)"),
        ("rural", "oui"),
        (CHECK, "commune"),
        ("commune", "Saint-Denis"),
        ("commune", "Saint-Denis (93)"),
        (CHECK, None),
        **but("commune", "rural"),
    )
    # What was answered stays, for an answer wins over the zoning.
    assert answers == {**values_of(STUDENT), "commune": "Saint-Denis (93)"}


def test_change_of_erasmus_to_no_drops_its_amount() -> None:
    answers, script = hold(
        (CHECK, "erasmus"),
        ("erasmus", "non"),
        (CHECK, "erasmus"),
        ("erasmus", "oui"),
        ("erasmus_monthly", "300"),
        (CHECK, None),
        **values_of(STUDENT),
    )
    dropped = [each.answers for each in script.seen if each.what == DROPPED]
    assert dropped == [(("erasmus_monthly", None),)]
    assert answers == values_of(STUDENT)


# --- certain no, health, registers ----------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {"scholarship": "none"},
        {"establishment": "private_other"},
        {"establishment": "other_ministry"},
        {"establishment": "abroad"},
        {"stay": "other"},
        {"in_curriculum": False},
        {"age": 28, "disability": False},
        {"months_received": 10},
        {"months_received": 9, "start": date(2023, 9, 1)},
        {"birth_date": date(1999, 1, 15), "start": date(2027, 1, 15), "disability": False},
        {"start": date(2024, 9, 1), "end": date(2024, 9, 29)},
        {"start": date(2023, 9, 1), "end": date(2023, 10, 29)},
        {"start": date(2025, 9, 1), "end": date(2026, 7, 1)},
    ],
)
def test_certain_no_ends_the_questions(given: dict[str, Any]) -> None:
    assert assess(Answers(**given), today=TODAY).verdict == "ineligible"
    answers, script = hold((CHECK, None), **given)
    assert answers == given
    assert script.seen[-1].stopped


@pytest.mark.parametrize(
    ("given", "next_question"),
    [
        ({"age": 28}, "disability"),
        ({"disability": True}, "scholarship"),
        ({"birth_date": date(1990, 1, 1), "disability": False}, "scholarship"),
        ({"scholarship": "pending"}, "birth_date"),
        ({"start": date(2024, 9, 1), "end": date(2024, 9, 30)}, "birth_date"),
        ({"start": date(2025, 9, 1), "end": date(2026, 6, 30)}, "birth_date"),
    ],
)
def test_uncertain_no_does_not_end_the_questions(given: dict[str, Any], next_question: str) -> None:
    assert question_after(**given) == next_question
    assert not talk_of(**given).stopped()


def test_certain_no_without_a_start_holds_under_every_year() -> None:
    """Nine months received end the entitlement until 2023-24 only."""
    given: dict[str, Any] = {"months_received": 9, "scholarship": "bcs"}
    assert not talk_of(**given).stopped()
    assert question_after(**given) == "birth_date"
    assert talk_of(**given, start=date(2023, 9, 1)).stopped()
    assert not talk_of(**given, start=date(2024, 9, 1)).stopped()


def test_certain_no_of_a_year_ends_with_another_year() -> None:
    known = {**values_of(STUDENT), "start": date(2023, 9, 1), "end": date(2024, 1, 31)}
    answers, script = hold(
        (CHECK, "start"),
        ("start", "01/09/2024"),
        ("end", "31/01/2025"),
        (CHECK, None),
        **{**known, "months_received": 9},
    )
    assert [each.stopped for each in script.seen if each.what == CHECK] == [True, False]
    assert (answers["start"], answers["end"]) == (date(2024, 9, 1), date(2025, 1, 31))


def test_questions_continue_after_a_change_undoes_the_no() -> None:
    answers, script = hold(
        ("birth_date", STUDENT["birth_date"]),
        ("scholarship", "aucune"),
        (CHECK, "scholarship"),
        ("scholarship", "bcs"),
        *[(name, text) for name, text in list(STUDENT.items())[2:]],
        (CHECK, None),
    )
    assert answers == values_of(STUDENT)
    assert [each.stopped for each in script.seen if each.what == CHECK] == [True, False]


# --- back ----------------------------------------------------------------------------------------


def test_back_asks_the_previous_question_with_its_former_answer() -> None:
    answers, script = hold(
        ("birth_date", "12/03/1990"),
        ("disability", BACK),
        ("birth_date", "13/03/1990"),
        ("disability", "oui"),
        ("scholarship", BACK),
        ("disability", BACK),
        ("birth_date", "14/03/1990"),
        ("disability", "oui"),
        *turns_of(dict(list(STUDENT.items())[1:-1])),
        (CHECK, None),
    )
    formers = [(each.what, each.former) for each in script.seen if each.former is not None]
    assert formers == [
        ("birth_date", date(1990, 3, 12)),
        ("disability", True),
        ("birth_date", date(1990, 3, 13)),
        ("disability", True),
    ]
    assert answers == {**values_of(STUDENT), "birth_date": date(1990, 3, 14), "disability": True}


def test_back_to_an_unknown_answer_offers_nothing() -> None:
    _, script = hold(
        ("establishment", ""),
        ("merit", BACK),
        ("establishment", "public"),
        ("merit", "non"),
        (CHECK, None),
        **but("establishment", "merit"),
    )
    assert script.seen[2].former is None


def test_back_at_the_first_question_says_so() -> None:
    answers, script = hold(
        ("establishment", BACK),
        ("establishment", BACK),
        ("establishment", "public"),
        (CHECK, None),
        **but("establishment"),
    )
    assert [each.what for each in script.seen[:4]] == ["establishment", FIRST] * 2
    assert answers == values_of(STUDENT)


def test_back_does_not_reopen_answers_of_flags() -> None:
    answers, script = hold((CHECK, BACK), (CHECK, None), **values_of(STUDENT))
    assert [each.what for each in script.seen] == [CHECK, FIRST, CHECK]
    assert answers == values_of(STUDENT)


def test_back_from_the_check_page_reopens_the_last_question() -> None:
    answers, script = hold(
        ("merit", "non"),
        (CHECK, BACK),
        ("merit", "oui"),
        (CHECK, None),
        **but("merit"),
    )
    assert script.seen[2].former is False
    assert answers == {**values_of(STUDENT), "merit": True}


def test_back_from_a_certain_no_asks_its_question_again() -> None:
    answers, script = hold(
        ("establishment", "public"),
        ("merit", "non"),
        (CHECK, "establishment"),
        ("establishment", "autre ministère"),
        (CHECK, "establishment"),
        ("establishment", "public"),
        (CHECK, None),
        **but("establishment", "merit"),
    )
    assert [each.stopped for each in script.seen if each.what == CHECK] == [False, True, False]
    assert answers == values_of(STUDENT)


def test_back_from_the_check_page_of_a_no_keeps_other_answers() -> None:
    """A change made the verdict a no: back must ask something, not show the page with less."""
    after = next_seen(
        ("establishment", "public"),
        ("merit", "non"),
        (CHECK, "establishment"),
        ("establishment", "autre ministère"),
        (CHECK, BACK),
        **but("establishment", "merit"),
    )
    assert after.what in ("establishment", "merit")
    assert after.former is not None


def test_back_from_a_question_that_a_change_added() -> None:
    """The échelon is asked late, after a change: back leads to another question."""
    after = next_seen(
        ("scholarship", "allocation annuelle"),
        ("merit", "non"),
        (CHECK, "scholarship"),
        ("scholarship", "bcs"),
        ("echelon", BACK),
        **but("scholarship", "echelon", "merit"),
    )
    assert after.what in ("scholarship", "merit")
    assert after.former is not None


def test_back_skips_a_question_that_is_no_longer_asked() -> None:
    """The échelon went with a change of the scholarship."""
    after = next_seen(
        ("scholarship", "bcs"),
        ("echelon", "5"),
        ("merit", "non"),
        (CHECK, "scholarship"),
        ("scholarship", "allocation annuelle"),
        (CHECK, BACK),
        ("scholarship", BACK),
        ("merit", BACK),
        **but("scholarship", "echelon", "merit"),
    )
    # The question that was changed is the last that was asked; before merit, there is none left.
    assert (after.what, after.former) == ("merit", False)


# --- change --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(STUDENT))
def test_every_answer_can_be_changed_from_the_check_page(name: str) -> None:
    answers, script = hold(
        (CHECK, name), (name, STUDENT[name]), (CHECK, None), **values_of(STUDENT)
    )
    assert answers == values_of(STUDENT)
    assert script.seen[1].former == read(name, STUDENT[name])


@pytest.mark.parametrize("name", list(STUDENT))
def test_back_from_a_change_leaves_the_answers_unchanged(name: str) -> None:
    answers, script = hold((CHECK, name), (name, BACK), (CHECK, None), **values_of(STUDENT))
    assert answers == values_of(STUDENT)
    assert script.seen[0].answers == script.seen[-1].answers


def test_change_can_add_questions() -> None:
    known = {**but("echelon"), "scholarship": "annual_allowance"}
    answers, _ = hold(
        (CHECK, "scholarship"),
        ("scholarship", "boursier"),
        ("echelon", "échelon 5"),
        (CHECK, None),
        **known,
    )
    assert answers == values_of(STUDENT)


def test_change_drops_contradicting_answers_and_names_them() -> None:
    answers, script = hold(
        ("scholarship", "bcs"),
        ("echelon", "5"),
        ("merit", "non"),
        (CHECK, "scholarship"),
        ("scholarship", "aucune"),
        (CHECK, None),
        **but("scholarship", "echelon", "merit"),
    )
    assert [each.answers for each in script.seen if each.what == DROPPED] == [(("echelon", None),)]
    assert answers == {**but("echelon"), "scholarship": "none"}
    assert "echelon" not in dict(script.seen[-1].answers)
    assert script.seen[-1].stopped


def test_change_drops_an_echelon_given_by_flags() -> None:
    answers, script = hold(
        ("scholarship", "allocation annuelle"), (CHECK, None), **but("scholarship", "echelon"),
    )  # fmt: skip
    assert answers == {**but("echelon"), "scholarship": "annual_allowance"}
    assert not [each for each in script.seen if each.what == DROPPED]


def test_later_start_drops_the_end_and_asks_it_again() -> None:
    answers, script = hold(
        (CHECK, "start"),
        ("start", "01/09/2027"),
        ("end", "31/12/2027"),
        (CHECK, None),
        **values_of(STUDENT),
    )
    assert [each.answers for each in script.seen if each.what == DROPPED] == [(("end", None),)]
    assert answers["end"] == date(2027, 12, 31)


def test_birth_date_drops_the_age() -> None:
    answers, script = hold(
        ("birth_date", ""),
        ("age", "21"),
        (CHECK, "birth_date"),
        ("birth_date", "12/03/2005"),
        (CHECK, None),
        **but("birth_date"),
    )
    assert [each.answers for each in script.seen if each.what == DROPPED] == [(("age", None),)]
    assert answers == values_of(STUDENT)


def test_back_to_a_birth_date_does_not_restore_the_age() -> None:
    answers, _ = hold(
        ("birth_date", ""),
        ("age", BACK),
        ("birth_date", "12/03/2005"),
        (CHECK, None),
        **but("birth_date"),
    )
    assert answers == values_of(STUDENT)


# --- invalid answers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("birth_date", "12/03/05", "two_digit_year"),
        ("birth_date", "31/02/2005", "no_such_day"),
        ("birth_date", "en mars", "not_a_date"),
        ("birth_date", "01/01/1850", "date_out_of_range"),
        ("birth_date", "24/11/2026", "born_in_the_future"),
        ("disability", "peut-être", "not_yes_no"),
        ("echelon", "8", "not_an_option"),
        ("establishment", "privé", "private_is_two"),
        ("establishment", "étranger", "school_of_another_kind"),
        ("establishment", "privé habilité", "school_of_another_kind"),
        ("stay", "vacances", "not_an_option"),
        ("in_curriculum", "o k", "not_yes_no"),
        ("start", "31/08/2019", "start_too_early"),
        ("start", "2027-13-01", "no_such_day"),
        ("end", "14/01/2027", "end_before_start"),
        ("months_received", "1,5", "not_a_number"),
        ("months_received", "61", "number_out_of_range"),
        ("merit", "2", "not_yes_no"),
        ("school", "UCA", "several_schools"),
        ("school", "Lycée Jean Moulin", "no_such_school"),
        ("school", "!", "not_a_name"),
        ("school", "n" * 201, "not_a_name"),
        ("commune", "Saint-Denis", "several_communes"),
        ("commune", "Nulle-Part", "no_such_commune"),
        ("commune", "63999", "no_such_commune"),
        ("commune", "n" * 201, "not_a_name"),
        ("erasmus_monthly", "5001", "number_out_of_range"),
        ("erasmus_monthly", "300 $", "not_a_number"),
    ],
)
def test_invalid_answer_is_asked_again_with_its_problem(name: str, text: str, code: str) -> None:
    later = [AFTER[name]] if name in AFTER else []
    answers, script = hold(
        (name, text),
        (name, text),
        (name, STUDENT[name]),
        *((each, STUDENT[each]) for each in later),
        (CHECK, None),
        **but(name, *later),
    )
    assert [each.problems for each in script.seen] == [(), (code,), (code,), (), *[()] * len(later)]
    assert answers == values_of(STUDENT)


def test_start_before_the_first_year_known_waits_for_its_end() -> None:
    # As with `--start` and `--end`: the stay counts for the year that holds its larger part.
    answers, script = hold(
        ("start", "24/08/2020"),
        ("end", "07/09/2020"),
        ("end", "20/06/2021"),
        (CHECK, "end"),
        ("end", "30/06/2021"),
        (CHECK, None),
        **but("start", "end"),
    )
    codes = [each.problems for each in script.seen if each.what == "end"]
    assert codes == [(), ("start_too_early",), ()]
    assert (answers["start"], answers["end"]) == (date(2020, 8, 24), date(2021, 6, 30))
    assert assess(Answers(**answers), today=TODAY).law.academic_year == "2020-2021"
    _, script = hold(
        ("start", "24/08/2020"),
        ("end", ""),
        ("start", "01/09/2020"),
        (CHECK, None),
        **but("start", "end"),
    )
    assert Seen(DROPPED, answers=(("start", None),)) in script.seen


def test_invalid_scholarship_is_asked_again() -> None:
    answers, script = hold(
        ("scholarship", "peut-être"),
        ("scholarship", "allocation annuelle"),
        (CHECK, None),
        **but("scholarship", "echelon"),
    )
    assert script.seen[1].problems == ("not_an_option",)
    assert answers["scholarship"] == "annual_allowance"


def test_age_out_of_range_is_asked_again() -> None:
    answers, script = hold(
        ("birth_date", ""), ("age", "121"), ("age", "21"), (CHECK, None), **but("birth_date")
    )
    assert script.seen[2].problems == ("number_out_of_range",)
    assert answers == {**but("birth_date"), "age": 21}


def test_start_before_the_birth_is_a_problem_of_the_start() -> None:
    answers, script = hold(
        ("start", "01/09/2021"),
        ("start", "15/01/2027"),
        (CHECK, None),
        **{**but("start", "birth_date"), "birth_date": date(2022, 1, 1)},
    )
    assert script.seen[1].problems == ("born_after_the_start",)
    assert answers["start"] == date(2027, 1, 15)


def test_invalid_change_keeps_the_former_answer() -> None:
    answers, script = hold(
        (CHECK, "end"), ("end", "1/1/27"), ("end", BACK), (CHECK, None), **values_of(STUDENT)
    )
    assert [each.former for each in script.seen[1:3]] == [date(2027, 6, 20)] * 2
    assert script.seen[2].problems == ("two_digit_year",)
    assert answers == values_of(STUDENT)


def test_text_of_going_back_is_no_answer() -> None:
    for name in NAMES:
        with pytest.raises(InvalidAnswers):
            read(name, BACK)


# --- one student by wizard, flags and document ----------------------------------------------------


@st.composite
def texts_of(draw: st.DrawFn, answers: Mapping[str, Any]) -> dict[str, str]:
    """The same answers as somebody might type them."""

    def forms(name: str, value: Any) -> list[str]:
        match value:
            case bool():
                return [*(YES if value else NO), "OUI" if value else "Non"]
            case date():
                orders = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", " %d-%m-%Y ")
                return [value.strftime(order) for order in orders]
            case int():
                return [f"{value}", f"{value},0", f" {value}.0"]
        text = str(value)
        if FIELD[name].kind is Kind.NAME:  # kept as it is written, but for spaces
            return [text, f" {text}  ", text.replace(" ", "\u00a0\t")]
        return [text, text.replace("_", "-"), text.upper()]

    return {name: draw(st.sampled_from(forms(name, value))) for name, value in answers.items()}


def unrepeated(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers without what the wizard has no reason to ask beside them: an answer that the
    name before it settles, and an amount of Erasmus+ where the grant is not said to be there."""
    named = derive({name: answers[name] for name in AFTER if name in answers})
    needless = {name for name in AFTER.values() if name in named}
    needless |= set() if answers.get("erasmus") else {"erasmus_monthly"}
    return {name: value for name, value in answers.items() if name not in needless}


def flags_of(answers: Mapping[str, Any]) -> list[str]:
    """The answers as options, disability included."""
    flags = shlex.split(command_line(answers, None))[2:]
    if "disability" in answers:
        flags.append("--disability" if answers["disability"] else "--no-disability")
    return flags


def json_of(arguments: Sequence[str], document: str = "") -> dict[str, Any]:
    """Run `ami check --json` and return its document."""
    done = ami("check", "--json", *DAY, *arguments, stdin=document)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def in_json(answers: Mapping[str, Any]) -> str:
    return json.dumps(answers, default=lambda day: day.isoformat())


@given(st.data(), dossiers() | dossiers(complete=True))
@settings(max_examples=examples(100))
def test_wizard_gives_the_result_of_the_answers(
    data: st.DataObject, answers: dict[str, Any]
) -> None:
    wanted = unrepeated(answers)
    wanted = {name: value for name, value in wanted.items() if is_accepted(name, value)}
    direct = assess(Answers(**wanted), today=TODAY)
    person = Table(data.draw(texts_of(answers)))
    answered = converse(talk_of(), person)
    if person.stopped:
        assert direct.verdict == "ineligible"
        assert is_certain_no(answers, BOOK)
        assert answered == {name: answers[name] for name in answered}
        assert set(answered) == set(wanted) & set(person.asked)
    else:
        assert answered == wanted
        assert assess(Answers(**answered), today=TODAY) == direct
    # A doubtful name and what is said twice decide nothing.
    whole = assess(Answers(**answers), today=TODAY)
    assert whole.verdict == direct.verdict
    assert [each.status for each in whole.findings] == [each.status for each in direct.findings]


@given(st.data(), dossiers() | dossiers(complete=True))
@settings(max_examples=examples(100))
def test_flags_and_wizard_together_give_the_result_of_the_answers(
    data: st.DataObject, answers: dict[str, Any]
) -> None:
    answers = unrepeated(answers)
    direct = assess(Answers(**answers), today=TODAY)
    flags = data.draw(st.sets(st.sampled_from(sorted(answers)))) if answers else set()
    given = {name: value for name, value in answers.items() if name in flags}
    person = Table(data.draw(texts_of(answers)))
    answered = converse(talk_of(**given), person)
    assert not flags & set(person.asked)
    found = assess(Answers(**answered), today=TODAY)
    assert found.verdict == direct.verdict
    if not person.stopped:
        assert amounts_of(found) == amounts_of(direct)
        assert found.missing == direct.missing


@given(dossiers() | dossiers(complete=True))
@settings(max_examples=examples(60))
def test_flags_and_document_give_the_result_of_the_answers(
    answers: dict[str, Any],
) -> None:
    direct = result_of(assess(Answers(**answers), today=TODAY), words_of("fr"))
    by_flags = json_of(flags_of(answers))
    by_document = json_of(["--answers", "-"], in_json(answers))
    assert by_flags == json.loads(json.dumps(direct))
    assert by_document == by_flags


# --- random conversations -------------------------------------------------------------------------

TYPED: Mapping[str, tuple[str, ...]] = {
    "birth_date": ("12/03/2005", "1990-01-01", "01/01/2022", "", "hier", "24/12/2026", "1/2/05"),
    "age": ("21", "28", "30", "", "beaucoup", "121"),
    "scholarship": ("bcs", "bcs", "allocation annuelle", "en attente", "aucune", "", "bourse"),
    "echelon": ("5", "7", "0 bis", "", "8"),
    "establishment": ("public", "public", "privé habilité", "privé", "étranger", "", "école"),
    "stay": ("études", "stage", "autre", "", "vacances"),
    "start": ("15/01/2027", "2021-02-01", "01/09/2023", "01/09/2030", "", "31/08/2020", "demain"),
    "end": ("20/06/2027", "2021-02-20", "31/01/2024", "30/06/2031", "", "en juin"),
    "months_received": ("0", "9", "10", "3,0", "", "61", "trois"),
    "school": (*SCHOOLS, "  Lyon\u00a01 ", "", "?", "n" * 201),
    "commune": (*COMMUNES, "  Baugy  (18) ", "", "?", "n" * 201),
    "erasmus_monthly": ("300", "0", "5000", "150,0", "", "5001", "beaucoup"),
}
YES_OR_NO = ("oui", "oui", "non", "", "peut-être")


class Wanderer:
    """A person who answers, goes back and changes at random, and keeps their own notes.

    `noted` holds the answers last given that still stand, None for « je ne sais pas »: what the
    check page and the end must show. Once the moves are used up, the person only goes forward.
    """

    def __init__(self, moves: Sequence[int], given: Mapping[str, Any], back_after: bool) -> None:
        self._moves = list(moves)
        self._back_after_a_change = back_after
        self._changed = False
        self.noted: dict[str, Any] = dict(given)
        self._said: tuple[str, str] | None = None  # the answer not yet known to be taken
        self._kept: tuple[str, dict[str, Any]] | None = None  # notes before a change
        self._left: str | None = None  # the question (or CHECK) just gone back from
        self._taken_back: dict[str, Any] = {}  # answers that stood before their question came back
        self.turns = 0

    def ask(self, question: Question, presumable: tuple[str, ...]) -> str:
        name, former, problems = question.name, question.former, question.problems
        if name == ALL_PRESUMED:
            return BACK if self._left is not None else "non"
        if problems:
            assert self._said is not None
            assert self._said[0] == name
            self._said = None
        gone_back = self._left is not None
        self._settle(name)
        if self._kept is not None:
            assert self._kept[0] == name
            assert former == self._kept[1].get(name)
        elif gone_back:
            assert former == self.noted.get(name)
        else:
            assert former in (None, self._taken_back.get(name))
        if name in self.noted:
            self._taken_back[name] = self.noted.pop(name)
        move = self._move()
        if move < 15 and (self._back_after_a_change or not self._changed):
            if self._kept is not None:
                self.noted = self._kept[1]
                self._kept, self._left = None, None
            else:
                self._left = name
            return BACK
        texts = TYPED.get(name, YES_OR_NO)
        text = texts[move % len(texts)] if self._moves else ""
        self._said = (name, text)
        return text

    def check(
        self, answers: tuple[tuple[str, Any], ...], stopped_by: tuple[str, ...]
    ) -> str | None:
        self._settle(CHECK)
        assert dict(answers) == self.noted
        move = self._move()
        if move < 20 and (self._back_after_a_change or not self._changed):
            self._left = CHECK
            return BACK
        if move < 75 and answers:
            name = answers[move % len(answers)][0]
            self._kept = (name, dict(self.noted))
            self._changed = True
            return name
        return None

    def dropped(self, names: tuple[str, ...]) -> None:
        assert self._said is not None
        assert self._said[0] not in names
        self._settle(DROPPED)
        for name in names:
            assert self.noted.pop(name) is not None

    def at_the_first(self) -> None:
        assert self._left is not None
        if self._left != CHECK:
            self._said = (self._left, "")  # nothing was answered; the question comes again
        self._left = None

    def _settle(self, what: str) -> None:
        """The last answer was taken: note it. After going back, another question must come."""
        if self._said is not None:
            name, text = self._said
            if name != what:
                self.noted[name] = read(name, text)
                self._kept = None
            self._said = None
        assert self._left is None or what != self._left, f"back from {what} leads nowhere"
        self._left = None

    def _move(self) -> int:
        self.turns += 1
        assert self.turns < 2_000
        return self._moves.pop() if self._moves else 99


MOVES = st.lists(st.integers(0, 99), max_size=60)


def wander(moves: Sequence[int], given: Mapping[str, Any], back_after: bool) -> None:
    person = Wanderer(moves, given, back_after)
    answered = converse(talk_of(**given), person)
    assert answered == {name: value for name, value in person.noted.items() if value is not None}
    assert is_consistent(answered)
    assess(Answers(**answered), today=TODAY)


@given(MOVES, st.just({}) | dossiers())
@settings(max_examples=examples(150))
def test_random_conversation_ends_with_the_last_answers(
    moves: list[int], answers: dict[str, Any]
) -> None:
    wander(moves, answers, back_after=False)


@given(MOVES, st.just({}) | dossiers())
@settings(max_examples=examples(150))
def test_random_conversation_with_back_after_a_change_ends_with_the_last_answers(
    moves: list[int], answers: dict[str, Any]
) -> None:
    wander(moves, answers, back_after=True)


# --- replay command -------------------------------------------------------------------------------


@given(dossiers() | dossiers(complete=True))
@settings(max_examples=examples(60))
def test_replay_has_every_answer_but_disability(answers: dict[str, Any]) -> None:
    command = shlex.split(command_line(answers, None))
    assert command[:2] == ["ami", "check"]
    assert not [word for word in command if "disability" in word]
    again = json_of(command[2:])["answers"]
    known = result_of(assess(Answers(**answers), today=TODAY), words_of("fr"))["answers"]
    assert again == {name: value for name, value in known.items() if name != "disability"}


# --- exports and health data ----------------------------------------------------------------------


@pytest.mark.parametrize("age", ["21", "30"])
def test_discreet_conversation_does_not_depend_on_disability(
    age: str,
) -> None:
    known = {name: text for name, text in STUDENT.items() if name != "birth_date"} | {"age": age}
    asked = []
    for answer in ("oui", "non", ""):
        person = Table(known | {"disability": answer})
        converse(Conversation({}, TODAY, BOOK, discreet=True), person)
        asked.append(person.asked)
    assert asked[0] == asked[1] == asked[2]
    assert {"age", "end"} <= set(asked[0])
    for flag in (True, False):
        person = Table(known)
        converse(Conversation({"disability": flag}, TODAY, BOOK, discreet=True), person)
        assert person.asked == [name for name in asked[0] if name != "disability"]
