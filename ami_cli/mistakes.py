"""Tells what a command line that cannot be parsed was meant to be.

The option or the command that a word names (in French or English, with a long dash, one dash or
none), the quotes that a value of several words lacks, the yes or no behind an option that takes
none. The usual names of options and commands stand in `mistakes.toml`.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from typer._click import exceptions as click
from typer._click.core import Command
from typer.core import TyperArgument, TyperGroup, TyperOption

from ami_cli.answers import FIELD, FIELDS, Kind
from ami_cli.cli import EXAMPLES
from ami_cli.failures import Problem
from ami_cli.reading import NO, NOT_ANSWERED, YES, accepted_words
from ami_cli.registers.spelling import fold, nearest
from ami_cli.wizard.command_line import quoted_for_shell
from ami_cli.words import LANGUAGES, words_of

_USUAL_NAMES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
OPTION_WORDS: Mapping[str, Sequence[str]] = _USUAL_NAMES["options"]
COMMAND_WORDS: Mapping[str, Sequence[str]] = _USUAL_NAMES["commands"]
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_QUOTES = "\"'“”„«»‘’ \u00a0\u202f"
_NEGATIONS = ("no", "not", "non", "sans", "pas", "pas de", "hors", "without")
# The option for "no" of each answer that has one.
_NO_OF = {answer.flags[0]: answer.flags[1] for answer in FIELDS if len(answer.flags) == 2}
_NO_OF["--scholarship"] = "--scholarship none"
_LONGEST_NAME = 60  # characters of an option that are compared
_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".json", ".jsonl", ".parquet")


def usage_problem(
    error: click.UsageError, root: TyperGroup, arguments: Sequence[str], typed_line: Sequence[str]
) -> Problem:
    """Turn an error of the command line parser into one of our problems.

    `typed_line` is the whole command line, `arguments` what is left without the global options.
    """
    command = error.cmd if error.cmd is not None else root
    path = _path(command, root)
    match error:
        case click.NoSuchOption() if error.option_name.startswith("--"):
            return _unknown_option(error.option_name, command, root)
        case click.NoSuchOption():
            whole = error.option_name
            if len(whole) == 2:  # the letter that the parser does not know
                short = (word for word in arguments if word[:1] == "-" and whole[1] in word[1:3])
                whole = next(short, whole)
            if meant := meaning(whole, command, root):
                return Problem("single_dash", whole, {"value": whole, "meant": meant})
            return _unknown_option(whole, command, root)
        case click.BadOptionUsage() if "does not take" in error.message:
            value = next(
                word.partition("=")[2]
                for word in arguments
                if word.startswith(f"{error.option_name}=")
            )
            return _takes_no_value(error.option_name, value)
        case click.BadOptionUsage():
            return missing_value(error.option_name, error.option_name)
    if command is root and (word := next(iter(arguments), None)) and word not in root.commands:
        return _unknown_command(word, root)
    if "unexpected extra" in error.message:
        return _extra_word(typed_line, command, root, path)
    return Problem("usage", "command", {"command": path})


def with_quotes(
    problems: Sequence[Problem], typed_line: Sequence[str], root: TyperGroup
) -> list[Problem]:
    """Return the problems of the global options; a day in words that lacks quotes says so."""
    unquoted = unquoted_value(typed_line, root, root)
    return [
        unquoted if problem.code == "bad_today" and unquoted is not None else problem
        for problem in problems
    ]


def unquoted_value(typed_line: Sequence[str], command: Command, root: TyperGroup) -> Problem | None:
    """Return the problem of the first value that goes on behind a space: its quotes lack, or the
    space stands beside `=`. None without such a value."""
    takes = dict(_flags_that_take_a_value(command, root))
    for number, word in enumerate(typed_line):
        flag, equals, value = word.partition("=")
        if flag not in takes:
            continue
        rest = list(typed_line[number + 1 :])
        if not equals:
            value = rest.pop(0) if rest else ""
        commands = root.commands if flag in _flags(root) else {}
        words: list[str] = []
        for more in rest:
            if _has_dash(more) or more in commands:
                break
            words.append(more)
        if not words:
            continue
        params = {"value": words[0], "command": _path(command, root)}
        if value in ("", "="):
            params["suggestion"] = f"{flag} {quoted_for_shell(words[0])}"
            return Problem("extra_word", "argument", params)
        if takes[flag]:
            text = " ".join([value, *words]).strip(_QUOTES)
            return Problem(
                "unquoted", "argument", {**params, "meant": f"{flag} {quoted_for_shell(text)}"}
            )
    return None


def absent_input(problem: Problem, typed_line: Sequence[str], root: TyperGroup) -> Problem | None:
    """Return what an input of `ami batch` that does not exist is instead: the rest of a value that
    lacks its quotes, an option without its dashes, the beginning of a name."""
    word = problem.params["value"]
    if Path(word).suffix.lower() in _TABLES:
        return None
    command = root.commands["batch"]
    unquoted = unquoted_value(typed_line, command, root)
    if unquoted is not None and unquoted.params["value"] == word:
        return unquoted
    if (meant := meaning(word, command, root, near=False)) is not None:
        params = {"value": word, "command": "ami batch", "suggestion": meant}
        return Problem("extra_word", "argument", params)
    if (name := problem.params["name"]) is None:
        return None
    rest = name.removeprefix(f"{word} ")
    return Problem(
        "unquoted", "argument", {"value": rest, "meant": f"ami batch {quoted_for_shell(name)}"}
    )


def missing_value(flag: str, field: str) -> Problem:
    """Return the problem of an option without its value, with an example of one."""
    return Problem("missing_value", field, {"flag": flag, "example": EXAMPLES[flag]})


def meaning(text: str, command: Command, root: TyperGroup, *, near: bool = True) -> str | None:
    """Return the option that a text names, or nearly names; with its command if it is another's."""
    name = text[:_LONGEST_NAME].lstrip(_DASHES)
    for mark in ("=", ":"):
        name = name.partition(mark)[0] or name
    name = fold("".join(name.split()[:1])) or name
    meanings = _meanings(root)
    meant = meanings.get(name)
    if meant is None:
        negation = next((no for no in _NEGATIONS if name.startswith(f"{no} ")), None)
        if negation is not None:
            denied = meanings.get(name.removeprefix(negation).strip())
            meant = _NO_OF.get(denied or "")
    if meant is None and near and len(name) > 1:
        close = nearest(name, meanings, 0.75)
        meant = close and meanings[close]
    if meant is None:
        return None
    flag = meant.partition(" ")[0]
    if flag in (*_flags(command), "--help"):
        return meant
    if flag in _flags(root):
        return f"ami {meant}" if flag == "--version" else meant
    owner = next(name for name, other in root.commands.items() if flag in _flags(other))
    return f"ami {owner} {meant}"


def _path(command: Command, root: TyperGroup) -> str:
    return "ami" if command is root else f"ami {command.name}"


def _has_dash(word: str) -> bool:
    return word.startswith(tuple(_DASHES))


def _unknown_option(text: str, command: Command, root: TyperGroup) -> Problem:
    params = {
        "value": text,
        "command": _path(command, root),
        "suggestion": meaning(text, command, root),
    }
    return Problem("unknown_option", text, params)


def _unknown_command(word: str, root: TyperGroup) -> Problem:
    if _has_dash(word) and (meant := meaning(word, root, root)):
        return Problem("long_dash", "command", {"value": word, "meant": meant})
    folded = fold(word[:_LONGEST_NAME])
    names = {name: name for name in root.commands}
    names |= {other: name for name, others in COMMAND_WORDS.items() for other in others}
    close = folded if folded in names else nearest(folded, names)
    near = names[close] if close else meaning(word, root, root, near=False)
    if word.lower().endswith(_TABLES):
        near = f"ami batch {quoted_for_shell(word)}"
    params = {"value": word, "options": ", ".join(root.commands), "suggestion": near}
    return Problem("unknown_command", "command", params)


def _takes_no_value(flag: str, value: str) -> Problem:
    meant = flag
    for answer in FIELDS:
        if answer.kind is Kind.YES_NO and flag in answer.flags:
            yes, no = answer.flags
            if accepted_words(answer).get(fold(value)) is False:
                if flag == no:  # « --no-erasmus=non » may mean either
                    return Problem("one_of_two_flags", flag, {"flag": flag, "yes": yes, "no": no})
                meant = no
    return Problem("takes_no_value", flag, {"flag": flag, "meant": meant})


def _extra_word(
    typed_line: Sequence[str], command: Command, root: TyperGroup, path: str
) -> Problem:
    number = _first_extra(typed_line, command, root)
    word, before = typed_line[number], typed_line[number - 1]
    params = {"value": word, "command": path}
    if _has_dash(word) and word[0] != "-":
        meant = meaning(word, command, root) or f"--{word.lstrip(_DASHES)}"
        return Problem("long_dash", "argument", {**params, "meant": meant})
    if (problem := unquoted_value(typed_line, command, root)) is not None:
        return problem
    if before in _NO_OF and fold(word) in (*YES, *NO):
        return _takes_no_value(before, word)
    # Programs of Windows take « /age ».
    meant = meaning(word.removeprefix("/"), command, root, near=False) or ""
    if command.name == "rules" and word[:1].isdigit():
        meant = f"--year {word}"
    if meant.startswith("--"):
        return Problem("extra_word", "argument", {**params, "suggestion": meant})
    return Problem("extra_argument", "argument", params)


def _first_extra(typed_line: Sequence[str], command: Command, root: TyperGroup) -> int:
    """Return the number of the first word that is no option, no value and no argument."""
    takes = dict(_flags_that_take_a_value(command, root))
    awaited = sum(isinstance(param, TyperArgument) for param in command.params)
    awaited += command is not root  # its name
    is_value = only_words = False
    for number, word in enumerate(typed_line):
        if is_value:
            is_value = False
        elif word in takes and not only_words:
            is_value = True
        elif word == "--":
            only_words = True
        elif only_words or word[0:1] != "-" or word == "-":
            if awaited == 0:
                return number
            awaited -= 1
    return len(typed_line) - 1


def _flags_that_take_a_value(command: Command, root: TyperGroup) -> Iterator[tuple[str, bool]]:
    """Yield each flag that takes a value, and whether that value may be of several words."""
    for option in (*command.params, *root.params):
        if isinstance(option, TyperOption) and not option.is_flag:
            answer = FIELD.get(str(option.name))
            for flag in option.opts:
                yield flag, answer is None or answer.kind is not Kind.NUMBER


def _flags(command: Command) -> list[str]:
    return [
        flag
        for option in command.params
        if isinstance(option, TyperOption)
        for flag in (*option.opts, *option.secondary_opts)
    ]


@cache
def _meanings(root: TyperGroup) -> Mapping[str, str]:
    """Return what each word names: an option, or an option with one of its values."""
    meanings = {"help": "--help"}
    for command in (root, *root.commands.values()):
        for flag in _flags(command):
            if flag.startswith("--"):
                meanings[fold(flag.lstrip("-"))] = flag
    labels = [words_of(lang) for lang in LANGUAGES]
    for answer in FIELDS:
        for name in (*answer.headers, *(words(f"labels.{answer.name}") for words in labels)):
            meanings.setdefault(fold(name), answer.flags[0])
    for flag, names in OPTION_WORDS.items():
        for name in names:
            meanings.setdefault(name, flag)
    for answer in FIELDS:
        if answer.kind is Kind.CHOICE:
            for word, option in accepted_words(answer).items():
                if option and len(word) > 2 and word not in (*YES, *NO, *NOT_ANSWERED):
                    meanings.setdefault(word, f"{answer.flags[0]} {option.replace('_', '-')}")
    return meanings
