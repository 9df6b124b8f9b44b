"""Describes a problem in the user's language: what is wrong, and what to do about it."""

import errno
from datetime import date
from typing import Any

from ami_cli.answers import FIELD, Field, Kind
from ami_cli.failures import Problem
from ami_cli.reading import suggestion
from ami_cli.registers import find_countries
from ami_cli.registers.spelling import fold
from ami_cli.words import Words, visible

LONGEST_COMMAND = 200  # characters of a command line that a message proposes


def describe(problem: Problem, words: Words) -> dict[str, Any]:
    """Return code, message, fix and field of a problem, in the user's language."""
    answer = FIELD.get(problem.field)
    params = {
        name: _param(name, value, problem.field, words) for name, value in problem.params.items()
    }
    if answer is not None:
        params = {
            "field": words(f"labels.{answer.name}"),
            "low": answer.low,
            "high": answer.high,
            "options": _options_to_name(problem, answer, words),
            **params,
        }
    fix = words(f"problems.{problem.code}.fix", **params)
    near = str(problem.params.get("suggestion") or "")
    if problem.code in ("not_an_option", "no_such_country") and answer is not None:
        near = suggestion(answer, str(problem.params["value"])) or ""
    if near:
        shown = near if " " in near else near.replace("_", "-")
        fix = f"{words('errors.near', suggestion=visible(shown, LONGEST_COMMAND))} {fix}"
    message = words(f"problems.{problem.code}.message", **params)
    if name := problem.params.get("input_name"):  # of several inputs
        message = f"{name}{words('format.colon')}{message}"
    description = {"code": problem.code, "message": message, "fix": fix, "field": problem.field}
    line = problem.params.get("document_line")
    if line is None:
        return description
    if "line" not in problem.params:
        message = words("errors.on_line", line=line, message=message)
    return {**description, "message": message, "line": line}


def _options_to_name(problem: Problem, answer: Field, words: Words) -> str:
    """Return the values among which a problem asks to choose; "" where it does not."""
    if problem.code == "several_countries":
        return countries_of(str(problem.params["value"]), words)
    return options_explained(answer.name, words) if answer.kind is Kind.CHOICE else ""


def options_explained(name: str, words: Words) -> str:
    """Return the values a choice takes on the command line, enumerated, each with its meaning."""
    return words.either(_with_meaning(name, option, words) for option in FIELD[name].options)


def _with_meaning(name: str, option: str, words: Words) -> str:
    """Return an option as it is typed and what it means: « abroad (à l’étranger, en direct) »."""
    code = option.replace("_", "-")
    title, _, note = words(f"options.{name}.{option}").partition(" (")
    if fold(title.replace(",", "")).replace(" ", "") == code.replace("-", ""):
        meaning = note.rstrip(")")
    elif title.lower().startswith(code):
        meaning = title[len(code) :].strip(", ")
    else:
        meaning = title[0].lower() + title[1:]
    return f"{code} ({meaning})" if meaning else code


def countries_of(text: str, words: Words) -> str:
    """Return the countries that a text may mean, each with its code, enumerated."""
    countries = find_countries(text)
    return words.either(f"{country.title(words.lang)} ({country.code})" for country in countries)


def _param(name: str, value: object, field: str, words: Words) -> object:
    match value:
        case "-" if field == "answers":
            return words("errors.stdin")
        case OSError():
            code = errno.errorcode.get(value.errno or 0, "?")
            return words(f"why.{code}") if f"why.{code}" in words else words("why.other", code=code)
        case date():
            return words.date(value)
    if name in ("value", "key"):
        return words.datum(value)
    if name == "kind":
        return words(f"registers.kinds.{value}")
    if name == "meant":
        return visible(str(value), LONGEST_COMMAND)
    return words.value(name, value) if name in ("scholarship", "establishment") else value
