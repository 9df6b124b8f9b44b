"""Answers as JSON documents, read strictly: the one user of pydantic.

A document is one JSON object whose keys are the answer names. Text is read with the same words
as flags and cells; true and false are yes and no; numbers are whole. Duplicate keys, unknown
keys, NaN and anything that is not what it claims to be are refused, each with its position or
its name, and never repaired.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, create_model

from ami_cli.answers import FIELD, FIELDS, Field, Kind
from ami_cli.failures import InvalidAnswers, Problem, UnreadableInput
from ami_cli.reading import nearest, read

LARGEST_DOCUMENT = 100_000  # bytes; the answers of one student take some hundreds
EXAMPLE = '{"age": 21, "echelon": "6"}'


def read_document(content: bytes, source: str) -> dict[str, Any]:
    """The answers of a JSON document, by name; null and "not answered" words give None.

    Raises UnreadableInput when it is no JSON object in UTF-8, and InvalidAnswers, all faults at
    once, when some of its keys or values are no answers.
    """
    document = _parse(content, source)
    problems = [_unknown(name) for name in document if name not in FIELD]
    document = {name: value for name, value in document.items() if name in FIELD}
    try:
        record = _DOCUMENT.model_validate(document)
    except ValidationError as wrong:
        # Never the exception itself: it holds the values.
        for error in wrong.errors(include_url=False):
            problems += _problems(error)
    if problems:
        raise InvalidAnswers(*problems)
    return {name: getattr(record, name) for name in document}


def _unknown(name: str) -> Problem:
    params = {"value": name, "options": ", ".join(FIELD), "suggestion": nearest(name, FIELD)}
    return Problem("unknown_answer", name, params)


def _problems(error: Mapping[str, Any]) -> list[Problem]:
    name = str(error["loc"][0])
    match error["type"]:
        case "value_error" if isinstance(error["ctx"]["error"], _Invalid):
            return list(error["ctx"]["error"].problems)
    return [Problem(_NOT_ONE[FIELD[name].kind], name, {"value": json.dumps(error["input"])})]


_NOT_ONE = {
    Kind.DATE: "not_a_date",
    Kind.NUMBER: "not_a_number",
    Kind.YES_NO: "not_yes_no",
    Kind.CHOICE: "not_an_option",
    Kind.NAME: "not_a_name",
}


class _Invalid(ValueError):
    """Carries problems through pydantic, which keeps the exception of a validator."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("invalid")


def _reader(answer: Field) -> BeforeValidator:
    def value_of(given: Any) -> Any:
        if isinstance(given, str):
            try:
                return read(answer.name, given)
            except InvalidAnswers as wrong:
                raise _Invalid(wrong.problems) from None
        if answer.name == "echelon" and type(given) in (int, float):
            return value_of(str(given))
        if answer.kind is Kind.NAME and type(given) is int:  # an INSEE code
            return value_of(str(given))
        if answer.kind is Kind.NUMBER and type(given) is float and given.is_integer():
            return value_of(f"{given:.0f}")
        if answer.kind is Kind.NUMBER and type(given) is int:
            return value_of(str(given)) if given >= 0 else _out_of_range(answer, given)
        return given

    return BeforeValidator(value_of)


def _out_of_range(answer: Field, given: int) -> Any:
    raise _Invalid((Problem("number_out_of_range", answer.name, {"value": given}),))


_TYPES: dict[Kind, Any] = {Kind.NUMBER: int, Kind.YES_NO: bool, Kind.CHOICE: str, Kind.NAME: str}


def _model() -> type[BaseModel]:
    from datetime import date

    definitions: dict[str, Any] = {
        answer.name: (
            Annotated[_TYPES.get(answer.kind, date) | None, _reader(answer)],
            None,
        )
        for answer in FIELDS
    }
    return create_model(
        "AnswersDocument",
        __config__=ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True),
        **definitions,
    )


_DOCUMENT = _model()


class _Duplicate(ValueError):
    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__("duplicate key")


def _parse(content: bytes, source: str) -> dict[str, Any]:
    def unreadable(code: str, **params: object) -> UnreadableInput:
        return UnreadableInput(
            Problem(code, "answers", {"value": source, "example": EXAMPLE, **params})
        )

    if len(content) > LARGEST_DOCUMENT:
        raise unreadable("too_large")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise unreadable("not_utf8", position=wrong.start + 1) from None
    try:
        document = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
    except _Duplicate as twice:
        raise unreadable("duplicate_key", key=twice.key) from None
    except json.JSONDecodeError as wrong:
        raise unreadable("not_json", line=wrong.lineno, column=wrong.colno) from None
    except (RecursionError, ValueError):
        raise unreadable("not_an_object") from None
    if not isinstance(document, dict):
        raise unreadable("not_an_object")
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Duplicate(key)
        found[key] = value
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
