"""Tells which answer a column is by its name: the names that offices and their software use.

A name is compared without case, accents, punctuation, stars and a bracket at its end
(`fold_name`); a question also without its number and the words that make it one. No name has two
meanings: one that may be several things, or whose meaning depends on the columns beside it, is near
an answer and is asked about. Headers come from exports of Apogée, Mobility-Online, MoveON, the
Erasmus+ Beneficiary Module and the CNOUS, from forms and from offices' own sheets. The names stand
in `column_names.toml`, by answer.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from ami_cli.answers import FIELD, FIELDS, Kind
from ami_cli.registers.spelling import LONGEST_WORD, fold, nearest

_CAMEL_CASE = re.compile(r"(?<=[a-zà-ÿ])(?=[A-Z])")
_BRACKET = re.compile(r"(.*\S)\s*[(\[]([^()\[\]]*)[)\]]\s*", re.DOTALL)
# The number or the code of a question: « 1. », « G01Q03[SQ001]. ».
_QUESTION_NUMBER = re.compile(r"\s*[A-Za-z]{0,3}\d{1,3}\w{0,9}(?:\[\w+\])?\s?[.):]\s+(?=\S)")
_QUESTION = re.compile(
    r"^(?:quel(?:le)?s? (?:est|sont)|(?:es|as) tu|(?:etes|avez) vous|est ce que tu (?:es|as)|"
    r"what is|are you|do you have)(?: (?:an?|une?|the|le|la))? |"
    r"\b(?:ta|ton|tes|votre|vos|your) "
)
_NO_LETTER = re.compile(r"[\W_]+")
# In a bracket or in the title of a group, these words say whose or which thing a column is about,
# and not how it is written.
_HOST = r"accueil|partenaires?|etranger|host|receiving|partner"
_OTHER = (
    r"pere|mere|parents?|conjoint|enfants?|"
    r"freres?|tuteur|contact|urgence|precedente?s?|previous|ancienn?e?s?|vol|flight|visa"
)
_ANOTHER = f"{_HOST}|{_OTHER}"
_OF_ANOTHER = re.compile(rf"\b(?:{_ANOTHER})\b")
_OTHER_TIME = r"n 1|v(?:oe|œ)ux?|choix|choice"
_OF_SOMETHING_ELSE = re.compile(
    rf"\b(?:{_ANOTHER}|{_OTHER_TIME}|\d{{4}}|naissance|etablissement|regional(?:es?)?|regionaux|region|"
    r"souhaitee?s?|montant|amount|convention|demandee?s?|refusee?s?|date de fin|temporaire)\b"
)

_BY_ANSWER = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_TEXTS = _BY_ANSWER.pop("texts")
# The table of a database, before the name of its column, and the answers that stand in it.
_TABLES = (
    (
        re.compile(
            r"(?:person|personne|student|etudiant|apprenant|candidat|participant|identite) "
        ),
        ("birth_date", "age", "disability", "scholarship", "echelon", "commune"),
    ),
    (
        re.compile(r"(?:stay|sejour|mobilite|mobility|echange) (?!planned)"),
        ("start", "end", "destination", "stay"),
    ),
    (re.compile(r"bourse "), ("scholarship", "echelon")),
)
_IN_WORDS = " libelle"  # the end of the name of a column that has words beside a column of codes
_LONE_WORDS = ("naissance",)  # too short to tell what they are: asked about

# Words of names that are no answer, whatever they are near to.
_NO_ANSWER = re.compile(
    r"\b(?:lieu|langu(?:e|age)|interruption|suspension|ine|nne|restante?s?|remaining|left)\b"
)


def fold_name(text: str) -> str:
    """Return the name of a column in the form in which names are compared; "" where it is none."""
    if len(text) > LONGEST_WORD:
        return ""
    return _NO_LETTER.sub(" ", fold(_CAMEL_CASE.sub(" ", text))).strip()


def without_bracket(text: str) -> str:
    """Return a name without the bracket at its end that says how it is written, and stars."""
    if len(text) > LONGEST_WORD:
        return text
    bare = text.strip().rstrip("*?: ")
    bracket = _BRACKET.fullmatch(bare)
    if bracket is None or _OF_SOMETHING_ELSE.search(fold_name(bracket[2])):
        return bare
    return bracket[1].rstrip("*?: ")


@cache
def _names() -> Mapping[str, str]:
    return {
        fold_name(name): answer.name for answer in FIELDS for name in (answer.name, *answer.headers)
    }


def _compiled(*expressions: str) -> re.Pattern[str]:
    """Return one pattern of expressions that may hold names of `_TEXTS`."""
    pattern = "|".join(expressions)
    for name, text in _TEXTS.items():
        pattern = pattern.replace(f"{{{name}}}", text)
    return re.compile(pattern)


@cache
def _patterns(kind: str) -> Mapping[str, re.Pattern[str]]:
    """Return the pattern of each answer that has expressions of a kind: names, near, words."""
    whole = r"\b(?:%s)\b" if kind == "words" else "%s"
    return {
        answer: _compiled(*(whole % expression for expression in own[kind]))
        for answer, own in _BY_ANSWER.items()
        if kind in own
    }


def answer_named(text: str, labels: Mapping[str, str] | None = None) -> str | None:
    """Return the answer that a name is, or None; `labels` are more names, folded."""
    if len(text) > LONGEST_WORD:
        return None
    whole, bracket = fold_name(text), _bracket(text)
    for name in _spellings(text):
        answer = _names().get(name) or (labels or {}).get(name)
        if answer is None and name not in _LONE_WORDS:
            answer = _matching(name)
        if answer is not None:
            is_else = name != whole and _bracket_is_of_another(bracket, answer)
            return None if is_else else answer
    return None


def _bracket(text: str) -> str:
    """Return what stands in the bracket at the end of a name."""
    bracket = _BRACKET.fullmatch(text.strip().rstrip("*?: "))
    return bracket[2] if bracket is not None else ""


def _bracket_is_of_another(bracket: str, answer: str) -> bool:
    """Tell whether a bracket behind the name of an answer says that it is not this answer."""
    is_ami = answer == "scholarship" and "ami" in fold_name(bracket).split()
    return is_ami or is_of_another(bracket, answer)


def _spellings(text: str) -> Collection[str]:
    """Return the forms of a name in which it is looked for, the most complete first."""
    asked = _QUESTION_NUMBER.sub("", text, count=1)
    names = [fold_name(part) for part in (text, without_bracket(text), without_bracket(asked))]
    question = _QUESTION.sub("", _QUESTION.sub("", names[-1])).strip()
    return dict.fromkeys((*names, names[1].removesuffix(_IN_WORDS), question))


def _matching(name: str) -> str | None:
    """Return the answer that a folded name is by a pattern, also behind the name of its table."""
    for answer, pattern in _patterns("names").items():
        if pattern.fullmatch(name):
            return answer
    for table, answers in _TABLES:
        prefix = table.match(name)
        rest = name[prefix.end() :] if prefix else ""
        if rest and rest not in _LONE_WORDS:
            matching = (it for it in answers if _patterns("names")[it].fullmatch(rest))
            return next(matching, None)
    return None


_ARRIVAL = re.compile(
    r"(?:date (?:d |of )?)?(?:planned |actual )?(?:arrivee|arrival)(?: date| prevue| reelle)?"
)


def ambiguous_departures(names: Collection[str]) -> set[str]:
    """Return the names of departures that may be those from abroad: an arrival stands beside them,
    and no end."""
    folded = {name: fold_name(without_bracket(name)) for name in names}
    arrives = any(map(_ARRIVAL.fullmatch, folded.values()))
    if not arrives or any(answer_named(name) == "end" for name in names):
        return set()
    departure = _compiled(
        "(?:{date}(?: de)? ?)?depart(?: le|{of})",
        "(?:(?:planned|actual) )?departure date",
        "date of departure",
    )
    return {name for name, text in folded.items() if departure.fullmatch(text)}


_POSTCODE = _compiled(r"(?:code postal|cp)\b.*", r".*\b{postcode}")


def is_postcode(name: str) -> bool:
    """Tell whether a name is that of a postal code, which may be that of several communes."""
    return _POSTCODE.fullmatch(fold_name(without_bracket(name))) is not None


_OF_THE_STAY = ("stay", "destination", "start", "end")
_WITH_OTHER_DAYS = "bourses?|aides?|grant|assurance|insurance|inscription|formation|contrat"
# These two words are part of a state in « en mobilité », « bourse en cours ».
_STAY = "destination|(?<!en )mobilite|sejour|(?<!en )stage|mobility|stay"
_NEVER = (
    r"naissance|birth|regional(?:es?)?|regionaux|(?<!en )(?<!au )cours|courses?|logement|housing"
)
# What is of the home has a twin of the stay: the school, the place, the grant.
_OTHER_THAN_AT_HOME = {
    **dict.fromkeys(("school", "establishment", "commune", "rural", "priority_area"), _STAY),
    "scholarship": f"{_STAY}|erasmus",
    "months_received": "erasmus",
}


def is_of_another(title: str, answer: str) -> bool:
    """Tell whether the title of a group of columns says that a name below is not this answer: a
    town of « Naissance » or of the host, a day of « Séjour précédent » or of « Cours de langue »,
    the school of « Mobilité »."""
    words = [_NEVER, f"{_OTHER}|{_WITH_OTHER_DAYS}" if answer in _OF_THE_STAY else _ANOTHER]
    if answer in _OTHER_THAN_AT_HOME:
        words.append(_OTHER_THAN_AT_HOME[answer])
    return re.search(rf"\b(?:{'|'.join(words)})\b", fold_name(title)) is not None


def is_of_another_time(title: str, answer: str) -> bool:
    """Tell whether the title of a group names a year or one of several wishes, so that what is
    below may be that of another: it is asked about. A day tells its year itself."""
    year = "" if FIELD[answer].kind is Kind.DATE else r"|\d{4}"
    return re.search(rf"\b(?:{_OTHER_TIME}{year})\b", fold_name(title)) is not None


_PERIOD = re.compile(
    r"annee(?: (?:universitaire|univ|academique|scolaire|(?:de |du )?(?:mobilite|depart|sejour)))?|"
    r"academic year|(?:semestre|semester|periode|period|duree|duration|dates)\b.*|"
    r"(?:nb|nbre|nombre)(?: de)? mois|number of months"
)


def is_period(name: str) -> bool:
    """Tell whether a name is that of a length or of a part of a year, which give no day."""
    return _PERIOD.fullmatch(fold_name(without_bracket(name))) is not None


def near_answer(text: str) -> str | None:
    """Return the answer that a name which is not read may be, or None."""
    answer = _near(fold_name(without_bracket(_QUESTION_NUMBER.sub("", text, count=1))))
    return None if answer and _bracket_is_of_another(_bracket(text), answer) else answer


def _near(name: str) -> str | None:
    """Return the answer that a folded name without its bracket may be, or None."""
    if not name or _NO_ANSWER.search(name):
        return None
    if _ARRIVAL.fullmatch(name):
        return "start"
    for answer, pattern in _patterns("near").items():
        if pattern.fullmatch(name):
            return answer
    if _OF_ANOTHER.search(name):
        return None
    close = nearest(name, _names(), 0.85)
    if close is not None:
        return _names()[close]
    words = _patterns("words").items()
    return next((answer for answer, pattern in words if pattern.search(name)), None)
