"""Words: complete in both languages, typographic in French, and safe to show."""

import ast
import errno
import re
import string
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest

import ami_cli
from ami_cli.answers import FIELDS, Kind
from ami_cli.batch.formats.opening import _SIGNATURES, FORMATS
from ami_cli.cli import command
from ami_cli.law import law_book
from ami_cli.reading import ASKED_ABOUT
from ami_cli.registers import REGISTERS, Answer, communes, schools
from ami_cli.rules.coherence import CONTRADICTIONS
from ami_cli.rules.criteria import CRITERIA
from ami_cli.rules.entitlement import SUPPLEMENTS
from ami_cli.rules.facts import PRESUMED
from ami_cli.wizard.names import doubt
from ami_cli.words import LANGUAGES, Words, visible, words_of
from tests.conftest import HERE
from tests.students import DOUBTFUL, conditions_of

PACKAGE = Path(ami_cli.__file__).parent
TOOLS = HERE.parent / "tools"

KINDS, DOUBTS = get_args(schools.Kind), set(get_args(Answer)) - {"found"}
# What is said of a name, by what its register says of it.
REGISTERED = {
    *(f"registers.{register.name}.title" for register in REGISTERS),
    *(f"registers.{register.name}.{answer}" for register in REGISTERS[:2] for answer in DOUBTS),
    *(f"registers.schools.{kind}" for kind in KINDS),
    *(f"registers.communes.{zoning}" for zoning in get_args(communes.Zoning)),
    *(f"schools.{kind}" for kind in KINDS),
}


def sentences(words: Words) -> Iterator[tuple[str, str]]:
    """Every sentence with its code; the command lines of examples are not sentences."""
    for key, value in words.all_keys().items():
        if isinstance(value, str):
            yield key, value
        elif key.endswith("examples"):
            yield from ((key, meaning) for _, meaning in value)


def holes(value: Any) -> set[str]:
    """The names that a sentence is filled with; a figure may stand with its unit or without."""
    if isinstance(value, str):
        names = (name for _, name, _, _ in string.Formatter().parse(value) if name is not None)
        return {name.removesuffix("_number") for name in names}
    return set()


def test_languages_have_the_same_codes_and_holes() -> None:
    french, english = (words_of(lang).all_keys() for lang in LANGUAGES)
    own = {key for key in {*french, *english} if key.startswith("adviser.")}
    assert set(french) - own == set(english) - own
    for key in set(french) - own:
        assert holes(french[key]) == holes(english[key]), key
        if isinstance(french[key], list):
            assert len(french[key]) == len(english[key]), key
            if key.endswith("examples"):
                commands = [example for example, _ in french[key]]
                assert commands == [example for example, _ in english[key]]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sentence_for_an_adviser_stands_in_the_place_of_another(lang: str) -> None:
    words, for_an_adviser = words_of(lang), words_of(lang, adviser=True)
    own = [key for key in words.all_keys() if key.startswith("adviser.")]
    assert own
    for key in own:
        code = key.removeprefix("adviser.")
        assert holes(words.all_keys()[key]) <= holes(words(code)), key
        assert for_an_adviser(code) == words.all_keys()[key] != words(code)
    assert for_an_adviser.all_keys().keys() == words.all_keys().keys()


def test_french_speaks_to_an_adviser_with_vous() -> None:
    tutoiement = re.compile(r"\b(tu|toi|ton|ta|tes|(écri|vérifi|choisi|ajout|donn)(e|s))\b", re.I)
    batch = tomllib.loads((PACKAGE / "words/fr/batch.toml").read_text("utf-8"))
    texts = {code: text["fix"] for code, text in batch["problems"].items()}
    texts |= batch["notices"] | batch["sentences"] | batch["adviser"]["labels"]
    texts |= {code: text["fix"] for code, text in batch["adviser"]["problems"].items()}
    for code, text in texts.items():
        assert not tutoiement.search(text), (code, text)


def test_french_speaks_to_a_student_with_tu() -> None:
    vouvoiement = re.compile(r"\b(vous|votre|vos|(?!assez|chez)\w+ez)\b", re.I)
    of_students, batch = (
        tomllib.loads((PACKAGE / f"words/fr/{name}.toml").read_text("utf-8"))["problems"]
        for name in ("problems", "batch")
    )
    for code, text in of_students.items():
        assert not vouvoiement.search(text["message"] + text["fix"]), (code, text)
    # What both commands may say speaks to a student, and stands under `adviser` too.
    shared = "\n".join(
        path.read_text("utf-8")
        for path in (*PACKAGE.glob("files.py"), *PACKAGE.glob("commands/exports.py"))
    )
    raised = {code for code in batch if f'Problem("{code}"' in shared}
    assert raised == {"binary_on_a_terminal", "folder_exists", "not_a_folder"}  # by a batch alone


def test_sentences_are_translated() -> None:
    french, english = (dict(sentences(words_of(lang))) for lang in LANGUAGES)
    both = french.keys() & english.keys()
    same = {key for key in both if french[key] == english[key] and len(french[key].split()) > 3}
    assert same == set()


def test_french_spaces_are_typographic() -> None:
    for key, sentence in sentences(words_of("fr")):
        assert not re.search(r" [;:!?»€]|« ", sentence), (key, sentence)
        assert not re.search(r"[^\s\d] ?(?<![\u202f ])[;!?](?!\w)", sentence.replace("…", "")) or (
            re.search("\u202f[;!?]", sentence)
        ), (key, sentence)
        assert "'" not in sentence, (key, sentence)
        assert not re.search(r"\w«|»\w", sentence), (key, sentence)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_line_breaks_between_an_echelon_and_its_figure(lang: str) -> None:
    for key, sentence in sentences(words_of(lang)):
        assert not re.search(r"chelon (\{echelon\}|\d)", sentence), (key, sentence)


def test_english_has_no_french_typography() -> None:
    for key, sentence in sentences(words_of("en")):
        assert not re.search(r"[\s\u00a0\u202f][;:!?](?!\w)", sentence), (key, sentence)
        assert "'" not in sentence, (key, sentence)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_codes_of_the_rules_have_words(lang: str) -> None:
    words = words_of(lang)
    needed = {f"status.{status}" for status in ("met", "not_met", "missing", "to_check")}
    for criterion in CRITERIA:
        needed |= {f"criteria.{criterion.code}", f"law.criteria.{criterion.code}"}
        for condition in conditions_of(criterion.rule):
            assert any(key.startswith(f"reasons.{condition.name}.") for key in words.all_keys())
    for supplement in SUPPLEMENTS:
        needed |= {
            f"supplements.title.{supplement.code}",
            f"supplements.note.missing.{supplement.code}",
        }
    for answer in FIELDS:
        name = answer.name
        needed |= {f"labels.{name}", f"missing.{name}", f"help.options.{name}"}
        needed |= {f"questions.{name}.ask", f"questions.{name}.why"}
        if answer.kind is Kind.CHOICE:
            needed |= {f"options.{name}.{option}" for option in answer.options}
    needed |= {f"presumed.{name}" for name in PRESUMED}
    needed |= {f"problems.{each.rule.name}.message" for each in CONTRADICTIONS}
    needed |= {f"cells.{each.rule.name}" for each in CONTRADICTIONS}
    needed |= REGISTERED | {f"law.data.{register.name}" for register in REGISTERS}
    for year in law_book().years:
        needed |= {f"law.figures.{name}" for name in law_book().law_of_year(year).grounds}
    assert needed - set(words.all_keys()) == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_problems_have_a_message_and_a_fix(lang: str) -> None:
    source = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    raised = set(re.findall(r'(?:Problem|unreadable|_?refused|Faulty)\(\s*"(\w+)"', source))
    raised |= set(re.findall(r'ValueError\("(\w+)"\)', source))
    raised |= {code for codes in ASKED_ABOUT.values() for code in codes}
    # A name of which a register is not sure (see `wizard.names`).
    raised |= {each.code for name, text, _ in DOUBTFUL if (each := doubt(name, text))}
    # What a file turns out to be instead of a table (see `batch.formats`).
    kinds = {kind for _, kind in _SIGNATURES} - set(FORMATS) | {"zeros", "page"}
    raised |= {f"not_a_table_{kind}" for kind in kinds}
    assert len(raised) > 20
    words = words_of(lang)
    for code in raised:
        assert f"problems.{code}.message" in words
        assert f"problems.{code}.fix" in words
    known = {key.split(".")[1] for key in words.all_keys() if key.startswith("problems.")}
    assert known == raised | {each.rule.name for each in CONTRADICTIONS}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_commands_and_options_have_their_help(lang: str) -> None:
    words = words_of(lang)
    tree = command()
    for name, each in {"ami": tree, **tree.commands}.items():
        assert words(f"help.{name}.text")
        assert words.list(f"help.{name}.examples")
        for option in each.params:
            assert words(f"help.options.{option.name}")


# --- codes of the words and of the source ---------------------------------------------------------

FILES = (*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.jinja"), *TOOLS.rglob("*.py"))
HOLE = "([A-Za-z0-9_-]+)"  # what an f-string may put into a code: one segment, or a part of one


class Source(NamedTuple):
    """What the source can give: its strings as patterns, and the texts that may fill their holes.

    `resolved` are f-strings in which a variable stands for the strings assigned to it.
    """

    written: frozenset[str]
    resolved: frozenset[str]
    texts: frozenset[str]


def source_of(files: Iterable[Path]) -> Source:
    written: set[str] = set()
    resolved: set[str] = set()
    # Holes are also filled with names of errors of the system and names of the law.
    texts = {*errno.errorcode.values(), *law_book().law_of(None).grounds}
    for path in files:
        text = path.read_text("utf-8")
        if path.suffix == ".jinja":
            written |= {re.escape(code) for code in re.findall(r"[\"']([a-z_.]+)[\"']", text)}
            continue
        tree = ast.parse(text)
        written |= set(patterns_in(tree, {}))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                resolved |= set(patterns_in(function, assigned_in(function)))
        for node in ast.walk(tree):
            match node:
                case ast.Constant(str(value)) | ast.arg(value) | ast.keyword(str(value)):
                    texts.add(value)
                case ast.FunctionDef(name) | ast.AnnAssign(ast.Name(name)):
                    texts.add(name)
                case ast.ClassDef(name):  # JSON Schema describes the properties of a class
                    texts.add(name.lower())
    return Source(frozenset(written), frozenset(resolved), frozenset(texts))


def patterns_in(node: ast.AST, variables: Mapping[str, list[str]]) -> Iterator[str]:
    """Give each string and f-string in a piece of source as a pattern."""
    parts = ast.iter_child_nodes(node)
    if isinstance(node, ast.JoinedStr):
        yield from alternatives(node, variables)
        parts = (part for part in node.values if isinstance(part, ast.FormattedValue))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.escape(node.value)
    for part in parts:
        yield from patterns_in(part, variables)


def assigned_in(function: ast.FunctionDef) -> dict[str, list[str]]:
    """Return the patterns of the values that a function assigns to each of its variables."""
    assigned: dict[str, list[str]] = {}
    for node in ast.walk(function):
        match node:
            case ast.Assign([ast.Name(name)], value):
                assigned.setdefault(name, []).extend(alternatives(value, {}))
    return assigned


def alternatives(node: ast.expr, variables: Mapping[str, list[str]]) -> list[str]:
    """Return a pattern for each form that a string expression may take."""
    match node:
        case ast.Constant(str(text)):
            return [re.escape(text)]
        case ast.FormattedValue(value):
            return alternatives(value, variables)
        case ast.IfExp(_, first, second):
            return alternatives(first, variables) + alternatives(second, variables)
        case ast.Name(name) if name in variables:
            return variables[name]
        case ast.JoinedStr(parts):
            forms = (alternatives(part, variables) for part in parts)
            return ["".join(form) for form in product(*forms)]
    return [HOLE]


def codes_and_patterns(codes: Iterable[str], source: Source) -> tuple[set[str], set[str]]:
    """Return the codes that nothing in the source gives, and the patterns without a code.

    A pattern has the shape of a code when it begins with a table of the words and a dot.
    """
    codes = {code.removeprefix("adviser.") for code in codes}
    tables = {code.partition(".")[0] for code in codes}

    def has_the_shape(pattern: str) -> bool:
        return (
            pattern.partition(r"\.")[0] in tables
            # What stands in the source is lower case; « schools.Found » is the name of a type.
            and re.fullmatch(r"[a-z0-9_\\.-]+[^.]", pattern.replace(HOLE, "_")) is not None
            and not pattern.endswith((".html", ".css", ".jinja"))  # the name of a file
        )

    written = [re.compile(pattern) for pattern in source.written if has_the_shape(pattern)]
    resolved = [re.compile(pattern) for pattern in source.resolved if has_the_shape(pattern)]
    partial = [re.compile(each) for each in source.written if re.fullmatch(r"\w{3,}\(.*\)", each)]

    def is_given(code: str) -> bool:
        return any(
            all(is_known(text) for text in found.groups())
            for pattern in (*written, *resolved)
            if (found := pattern.fullmatch(code))
        )

    @cache
    def is_known(text: str) -> bool:
        """Tell whether the source has a text that fills a hole, or puts it together."""
        return text in source.texts or any(
            found[1] in source.texts for pattern in partial if (found := pattern.fullmatch(text))
        )

    parents = {code[: dot.start()] for code in codes for dot in re.finditer(r"\.", code)}
    return (
        {code for code in codes if not is_given(code)},
        {
            pattern.pattern
            for pattern in written
            if not any(map(pattern.fullmatch, codes | parents))
        },
    )


@pytest.fixture(scope="module")
def source() -> Source:
    return source_of(FILES)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_codes_of_the_words_and_of_the_source_are_the_same(lang: str, source: Source) -> None:
    assert codes_and_patterns(words_of(lang).all_keys(), source) == (set(), set())


@pytest.mark.parametrize(
    "code",
    [
        "headings.unused",  # `summary.{name}` would match, but no text fills the hole
        "law.units.euros_per_year",  # no string names it
        "problems.not_a_table_unused.fix",
        "errors.line.deeper",
    ],
)
def test_dead_code_of_the_words_is_found(code: str, source: Source) -> None:
    codes = {*words_of("fr").all_keys(), code}
    assert codes_and_patterns(codes, source) == ({code}, set())


@pytest.mark.parametrize(
    ("line", "pattern"),
    [
        ('words("wizard.unused")', r"wizard\.unused"),
        ('words(f"unused.{name}")', None),  # no table of the words is named so
        ('words(f"wizard.unused_{name}")', rf"wizard\.unused_{HOLE}"),
        ('words(f"problems.{code}.unused")', rf"problems\.{HOLE}\.unused"),
    ],
)
def test_code_without_words_is_found(
    line: str, pattern: str | None, source: Source, tmp_path: Path
) -> None:
    path = tmp_path / "module.py"
    path.write_text(f"def speak(words, name, code):\n    return {line}\n", "utf-8")
    more = source._replace(written=source.written | source_of([path]).written)
    expected = set() if pattern is None else {pattern}
    assert codes_and_patterns(words_of("fr").all_keys(), more) == (set(), expected)


# --- numbers, dates, lists and texts -------------------------------------------------------------


def test_numbers_dates_and_lists_are_formatted() -> None:
    from datetime import date

    french, english = words_of("fr"), words_of("en")
    assert french.date(date(2026, 9, 1)) == "1er\u00a0septembre 2026"
    assert french.date(date(2027, 8, 15)) == "15\u00a0août 2027"
    assert english.date(date(2026, 9, 1)) == "1\u00a0September 2026"
    assert french.euros(2000) == "2\u202f000\u00a0€"
    assert english.euros(12000) == "€12,000"
    assert french.count("whole_month", 0) == "0\u00a0mois entier"
    assert french.count("whole_month", 2) == "2\u00a0mois entiers"
    assert english.count("month", 1).endswith("month")
    assert english.count("month", 0).endswith("months")
    assert french.all(["a"]) == "a"
    assert french.all(["a", "b", "c"]) == "a, b et c"
    assert french.either(["a", "b"]) == "a ou b"
    assert french.all([]) == ""
    assert french.value("rural", None) == "pas de réponse"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("été", "été"),
        ("\x1b[31m", "\\u001b[31m"),
        ("\u202e", "\\u202e"),
        ("\ud800", "\\ud800"),
        ("a\nb", "a\\u000ab"),
        ("x" * 100, "x" * 59 + "…"),
    ],
)
def test_visible_escapes_and_cuts(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_tables_parsed_one_by_one_are_those_of_the_files(lang: str) -> None:
    folder = PACKAGE / "words" / lang
    whole: dict[str, Any] = {}
    for file in folder.glob("*.toml"):
        whole |= flat("", tomllib.loads(file.read_text("utf-8")))
    assert Words(lang).all_keys() == whole
    one = Words(lang)
    assert "criteria.age" in one
    assert "criteria" in one
    assert "nothing.at.all" not in one
    assert one("criteria.age") == whole["criteria.age"]


def flat(prefix: str, table: dict[str, Any]) -> dict[str, Any]:
    codes: dict[str, Any] = {}
    for key, value in table.items():
        nested = isinstance(value, dict)
        codes |= flat(f"{prefix}{key}.", value) if nested else {prefix + key: value}
    return codes
