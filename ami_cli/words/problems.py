"""A problem in the user's language: what is wrong, and what to do about it."""

import errno
from datetime import date
from typing import Any

from ami_cli.answers import FIELD
from ami_cli.failures import Problem
from ami_cli.reading import suggestion
from ami_cli.words import Words


def spoken(problem: Problem, words: Words) -> dict[str, Any]:
    """A problem in the user's language: code, message, fix and field."""
    params: dict[str, object] = {}
    for name, value in problem.params.items():
        if problem.field == "answers" and value == "-":
            params[name] = words("errors.stdin")
        elif isinstance(value, OSError):
            params[name] = _why(value, words)
        elif isinstance(value, date):
            params[name] = words.date(value)
        elif name in ("value", "key"):
            params[name] = words.datum(value)
        elif name == "scholarship":
            params[name] = words.value(name, value)
        else:
            params[name] = value
    if problem.field in FIELD:
        answer = FIELD[problem.field]
        params = {
            "field": words(f"labels.{answer.name}"),
            "low": answer.low,
            "high": answer.high,
            "options": options_of(answer.name, words),
            **params,
        }
    fix = words(f"problems.{problem.code}.fix", **params)
    near = problem.params.get("suggestion")
    if problem.code == "not_an_option":
        near = suggestion(FIELD[problem.field], str(problem.params["value"]))
    if near:
        fix = f"{words('errors.near', suggestion=str(near).replace('_', '-'))} {fix}"
    return {
        "code": problem.code,
        "message": words(f"problems.{problem.code}.message", **params),
        "fix": fix,
        "field": problem.field,
    }


def options_of(name: str, words: Words) -> str:
    """The values a choice takes on the command line, enumerated."""
    return words.either(option.replace("_", "-") for option in FIELD[name].options)


def _why(wrong: OSError, words: Words) -> str:
    code = errno.errorcode.get(wrong.errno or 0, "?")
    return words(f"why.{code}") if f"why.{code}" in words else words("why.other", code=code)
