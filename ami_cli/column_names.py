"""Tells which answer a column is by its name: the names that offices and their software use.

A name is compared without case, accents, punctuation, stars and a bracket at its end
(`fold_name`); a question also without its number and the words that make it one. No name has two
meanings: one that may be several things, or whose meaning depends on the columns beside it, is near
an answer and is asked about. Headers come from exports of Apogée, Mobility-Online, MoveON, the
Erasmus+ Beneficiary Module and the CNOUS, from forms and from offices' own sheets.
"""

import re
from collections.abc import Collection, Mapping
from functools import cache

from ami_cli.answers import FIELDS
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
# In a bracket, these words say whose or which thing a column is about, and not how it is written.
_ANOTHER = (
    r"accueil|partenaires?|etranger|host|receiving|partner|pere|mere|parents?|conjoint|enfants?|"
    r"freres?|tuteur|contact|urgence|precedente?s?|previous|ancienn?e?s?|vol|flight|visa"
)
_OF_ANOTHER = re.compile(rf"\b(?:{_ANOTHER})\b")
_OF_SOMETHING_ELSE = re.compile(
    rf"\b(?:{_ANOTHER}|naissance|"
    r"n 1|\d{4}|etablissement|regional[es]?|region|souhaitee?s?)\b"
)

_OF = (
    r"(?: (?:de|du|des|d|de la|de l|of|of the|la|the))?(?: (?:mobilite|mob|sejour|sej|stage|"
    r"echange|periode|activite|prevue?|previsionnelle?|effective?|mobility|stay|exchange|period|"
    r"activity))?"
)
_SCHOOL = r"(?:etablissement|etab|universite|univ|ecole|institution|composante)"
_HOME = r"(?:d )?(?:inscription|origine|envoi|rattachement)"
_ENGLISH_POSTCODE = r"(?:post ?code|postal code|zip(?: code)?)"
_HOME_ADDRESS = r"(?:home|permanent|family)(?: address)?"
# For each answer the names that mean nothing else, folded.
_PATTERNS: Mapping[str, str] = {
    "birth_date": (
        r"(?:individu )?date?(?: de)? naissance(?: (?:de l )?(?:etudiant|individu))?"
        r"|naissance date"
        r"|date? nai(?:s|ss)?(?: (?:ind|etu))?|nee?(?: e)? le|naissance"
        r"|(?:student |participant )?(?:birth ?date|date of birth|birthday)|dob"
    ),
    "age": r"age(?: (?:au depart|le jour du depart|at departure|at start|en annees|on departure))?",
    "disability": (
        r"(?:etudiant |est )?(?:en )?(?:situation de )?handicape?e?(?: o n| reconnue?)?|"
        r"rqth(?: o n)?|(?:recognised |registered |has |is )?disab(?:ility|led)|reconnaissance rqth"
    ),
    "scholarship": (
        r"bourse|(?:(?:est|is|temoin) )?(?:etudiant )?boursiere?(?: (?:e|ere|ou boursiere))?"
        r"(?: (?:o n|oui non|(?:du )?crous|bcs|sur criteres sociaux))?|bcs"
        r"|bourse (?:crous|bcs|sur criteres sociaux)|(?:type|statut)(?: de)? bours(?:e|ier)"
        r"|lib brs|(?:crous )?scholarship(?: (?:type|holder))?|(?:crous|social) grant(?: holder)?"
        r"|holder of a social (?:grant|scholarship)"
    ),
    "echelon": (
        r"(?:niveau |num(?:ero)? |n |cod(?:e)? )?echelon(?: (?:de |de la )?(?:bourse|bcs|crous|"
        r"boursier))?(?: crous)?|(?:ech|echelon)(?: (?:bourse|bcs))?|cod ecb|"
        r"echelon bourse echelon|(?:crous )?scholarship (?:level|echelon)|crous grant level"
    ),
    "school": (
        rf"{_SCHOOL} {_HOME}|nom(?: de)?(?: l)? ?{_SCHOOL}(?: {_HOME})?|{_SCHOOL} nom|"
        r"etablissement etudes nom etablissement|"
        r"(?:code? )?(?:uai|rne)(?: (?:etablissement|etab?|etb))?|universite|ecole|"
        r"(?:stay )?(?:home|sending) (?:institution|university|school|organisation|partner name)"
        r"(?: name)?|"
        r"(?:school|university)(?: name)?"
    ),
    "establishment": (
        r"etablissement|establishment|(?:type|statut|nature)(?: d| de l)? etablissement|"
        r"(?:type of institution|institution type)"
    ),
    "stay": (
        r"(?:type|nature|motif|objet)(?: (?:de|du|de la|d))?(?: l)? (?:sejour|mobilite|activite)|"
        r"sejour|etudes(?: ou)? stages?|stages?(?: ou)? etudes|stay|"
        r"(?:stay|mobility|activity) type(?: code)?|type of (?:stay|mobility|activity)"
    ),
    "in_curriculum": (
        r"(?:dans|integree? (?:au|dans)|inscrite? dans)(?: (?:le|la|les|tes))? (?:cursus|etudes|"
        r"formation)|(?:part of|in) (?:the |your )?(?:curriculum|studies)"
    ),
    "destination": (
        r"pays(?: d| de| du| de la)? (?:accueil|destination|mobilite|sejour|stage)|"
        r"destination(?: country)?|(?:host|receiving|destination) country|"
        r"(?:sejour|mobilite|stay|mobility) (?:pays|country)(?: code)?|"
        r"country of (?:destination|stay)"
    ),
    "start": (
        rf"dat(?:e)?(?: (?:de|du|d))? (?:debut|deb|depart){_OF}|debut{_OF}|premier jour{_OF}|"
        rf"first day{_OF}|(?:planned )?(?:mobility |stay |activity )?start(?: date)?{_OF}|"
        r"(?:sejour|mobilite|periode|stage) du|date (?:start|of start)|(?:planned )?departure date|"
        r"date of departure|depart(?: le)?|(?:stay|mobility) from"
    ),
    "end": (
        rf"dat(?:e)?(?: (?:de|du|d))? (?:fin|retour){_OF}|fin{_OF}|dernier jour{_OF}|"
        rf"last day{_OF}|(?:planned )?(?:mobility |stay |activity )?end(?: date)?{_OF}|"
        r"(?:sejour|mobilite|periode|stage) au|date of end|return date|date of return|"
        r"retour(?: le)?|(?:stay|mobility) to"
    ),
    "months_received": (
        r"(?:nb|nbre|nombre)?(?: de| d)? ?(?:mois|mensualites?)(?: (?:d )?ami)?(?: deja)? percue?s?"
        r"(?: ami)?|ami(?: deja)? (?:percue|recue)|"
        r"(?:nb |nbre |nombre )?(?:de |d )?(?:mois|mensualites?) (?:d )?ami(?: deja)? "
        r"(?:recue?s|eue?s|obtenue?s|touchee?s|versee?s)|"
        r"months(?: of ami)?(?: already)? received|ami months(?: already)? received"
    ),
    "commune": (
        r"commune(?: (?:de |du |des |de la )?(?:parents|famille|foyer|foyer fiscal|familiale|"
        r"domicile familial|domicile des parents|domicile parental))?(?: insee)?|"
        r"code (?:insee|commune)(?: (?:de la |du )?(?:commune|famille|foyer))?|insee|"
        r"adresse fixe (?:commune|code insee)|(?:lib|cod) com fix|"
        r"(?:ville|code postal|cp) (?:de |du |des |de la )?(?:parents|famille|foyer|foyer fiscal)|"
        r"(?:family )?(?:home )?(?:municipality|town)|"
        rf"{_HOME_ADDRESS} (?:city|town|municipality|{_ENGLISH_POSTCODE})"
    ),
    "rural": r"(?:(?:en )?zone |domicile |commune )?(?:rurale?|zrr|frr)|rural area",
    "priority_area": (
        r"(?:en |domicile |residence |habite )?qpv|"
        r"quartier prioritaire(?: de la(?: politique de la)? ville)?|"
        r"priority (?:area|neighbou?rhood)"
    ),
    "erasmus": (
        r"(?:bourse |allocation )?erasmus(?: (?:o n|oui non))?|erasmus (?:grant|scholarship)"
    ),
    "erasmus_monthly": (
        r"(?:montant |bourse )?(?:mensuel )?erasmus (?:par mois|mensuel(?:le)?|monthly|a month)|"
        r"bourse erasmus (?:par mois|mensuelle)|montant mensuel erasmus|monthly erasmus(?: grant)?"
    ),
    "merit": r"(?:aide |bourse )?(?:au )?merite|merit(?: (?:aid|grant|scholarship))?",
}
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

# Names that are not read, and the answer that they may be.
_NEAR = (
    (r"arrivee|arrival|du|from", "start"),
    (r"au|to", "end"),
    (
        r"besoins? specifiques?|(?:(?:person|participant(?: with)?) )?special needs|"
        r"fewer opportunities|mdph|amenagements?",
        "disability",
    ),
    (r"(?:cod|lib) thp", "disability"),
    (r"(?:cod|tem) brs|statut crous|notification|dse", "scholarship"),
    (
        r"(?:type|etat|statut|situation)(?: de)?(?: la)? bourse|bourse d aide financiere|"
        r"grant(?: holder)?",
        "scholarship",
    ),
    (r"(?:niveau|niv)(?: de)?(?: la)? (?:bourse|ech)|grant level", "echelon"),
    (
        r"(?:programme?|cadre|dispositif)(?: d echange| de mobilite)?|type d? ?echange|"
        r"(?:stay )?framework",
        "stay",
    ),
    (r"type|program(?:me)? type|type (?:de )?(?:depart|programme)|typ ech", "stay"),
    (
        r"(?=.*\bami\b).*\b(?:deja|anterieure?s?|precedente?s?|beneficiaire|mois|mensualites?|"
        r"recue?s?|percue?s?|touchee?s?|obtenue?s?|previous|received|months)\b.*",
        "months_received",
    ),
    (r"stage obligatoire|cesure|convention", "in_curriculum"),
    (
        r"pays|country|(?:cod|lib) pay(?: acc)?|pays de (?:l )?(?:etablissement )?partenaire|"
        r"(?:code|lib|libelle) pays(?: (?:d )?(?:accueil|destination|sejour|mobilite))?|"
        r"pays de la structure(?: d accueil)?|(?:dans |in )?(?:quel pays|which country)\b.*",
        "destination",
    ),
    (
        r"ville|code postal|cp|city|postcode|zip|(?:adresse )?(?:ville|cp|code ?postal) ?domicile|"
        r"adresse (?:ville|cp|code postal|commune)|.*\bcommune\b.*\b(?:parents|famille|foyer)\b.*|"
        rf"(?:(?:person|student|current) ){{0,2}}address (?:city|town|{_ENGLISH_POSTCODE})",
        "commune",
    ),
)
# Words of names that are no answer, whatever they are near to.
_NO_ANSWER = re.compile(
    r"\b(?:langu(?:e|age)|interruption|suspension|ine|nne|restante?s?|remaining|left)\b"
)
_KEYWORDS = (
    (
        r"(?<!commune de )(?<!lieu de )(?<!ville de )(?<!pays de )"
        r"(?<!commune )(?<!lieu )(?<!ville )(?<!pays )naissance|birth",
        "birth_date",
    ),
    (r"age", "age"),
    (r"handicape?e?|rqth|disability", "disability"),
    (r"echelon", "echelon"),
    (r"erasmus", "erasmus"),
    (r"boursiere?|bcs|scholarship", "scholarship"),
    (r"debut|deb|depart|start", "start"),
    (r"fin|retour|end", "end"),
    (r"percue?s?|mensualites", "months_received"),
    (r"rurale?", "rural"),
    (r"qpv", "priority_area"),
    (r"merite", "merit"),
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


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    return {answer: re.compile(pattern) for answer, pattern in _PATTERNS.items()}


def answer_named(text: str, labels: Mapping[str, str] | None = None) -> str | None:
    """Return the answer that a name is, or None; `labels` are more names, folded."""
    if len(text) > LONGEST_WORD:
        return None
    for name in _spellings(text):
        answer = _names().get(name) or (labels or {}).get(name)
        if answer is None and name not in _LONE_WORDS:
            answer = _matching(name)
        if answer is not None:
            return answer
    return None


def _spellings(text: str) -> Collection[str]:
    """Return the forms of a name in which it is looked for, the most complete first."""
    asked = _QUESTION_NUMBER.sub("", text, count=1)
    names = [fold_name(part) for part in (text, without_bracket(text), without_bracket(asked))]
    question = _QUESTION.sub("", _QUESTION.sub("", names[-1])).strip()
    return dict.fromkeys((*names, names[1].removesuffix(_IN_WORDS), question))


def _matching(name: str) -> str | None:
    """Return the answer that a folded name is by a pattern, also behind the name of its table."""
    for answer, pattern in _patterns().items():
        if pattern.fullmatch(name):
            return answer
    for table, answers in _TABLES:
        prefix = table.match(name)
        rest = name[prefix.end() :] if prefix else ""
        if rest and rest not in _LONE_WORDS:
            matching = (it for it in answers if _patterns()[it].fullmatch(rest))
            return next(matching, None)
    return None


_ARRIVAL = re.compile(
    r"(?:date (?:d |of )?)?(?:planned |actual )?(?:arrivee|arrival)(?: date| prevue| reelle)?"
)
_DEPARTURE = re.compile(
    rf"(?:dat(?:e)?(?: de)? )?depart(?: le|{_OF})|(?:(?:planned|actual) )?departure date|"
    r"date of departure"
)


def ambiguous_departures(names: Collection[str]) -> set[str]:
    """Return the names of departures that may be those from abroad: an arrival stands beside them,
    and no end."""
    folded = {name: fold_name(without_bracket(name)) for name in names}
    arrives = any(map(_ARRIVAL.fullmatch, folded.values()))
    if not arrives or any(answer_named(name) == "end" for name in names):
        return set()
    return {name for name, text in folded.items() if _DEPARTURE.fullmatch(text)}


_POSTCODE = re.compile(rf"(?:code postal|cp)\b.*|.*\b{_ENGLISH_POSTCODE}")


def is_postcode(name: str) -> bool:
    """Tell whether a name is that of a postal code, which may be that of several communes."""
    return _POSTCODE.fullmatch(fold_name(without_bracket(name))) is not None


_PERIOD = re.compile(
    r"annee(?: (?:universitaire|univ|academique|scolaire|(?:de |du )?(?:mobilite|depart|sejour)))?|"
    r"academic year|(?:semestre|semester|periode|period|duree|duration)(?! naissance)\b.*|"
    r"(?:nb|nbre|nombre)(?: de)? mois|number of months"
)


def is_period(name: str) -> bool:
    """Tell whether a name is that of a length or of a part of a year, which give no day."""
    return _PERIOD.fullmatch(fold_name(without_bracket(name))) is not None


def near_answer(text: str) -> str | None:
    """Return the answer that a name which is not read may be, or None."""
    name = fold_name(without_bracket(_QUESTION_NUMBER.sub("", text, count=1)))
    if not name or _NO_ANSWER.search(name):
        return None
    for pattern, answer in _NEAR:
        if re.fullmatch(pattern, name) or (answer == "start" and _ARRIVAL.fullmatch(name)):
            return answer
    if _OF_ANOTHER.search(name):
        return None
    close = nearest(name, _names(), 0.85)
    if close is not None:
        return _names()[close]
    return next(
        (answer for pattern, answer in _KEYWORDS if re.search(rf"\b(?:{pattern})\b", name)), None
    )
