"""Reads `--answers`: a JSON object whose keys are the answers, by name or as a batch names them.

Texts are read with the same words as options and cells; true and false are yes and no; numbers
are whole. Unknown keys, and values that are not what the answer wants, are refused by name and
never repaired.
"""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import Any

from jiter import LosslessFloat

from ami_cli import strict_json
from ami_cli.answers import FIELD, Field, Kind, problem_of
from ami_cli.failures import InvalidAnswers, Problem, UnreadableInput
from ami_cli.reading import read
from ami_cli.registers.spelling import nearest

LARGEST_DOCUMENT = 100_000  # bytes; the answers of one student take some hundreds
LARGEST_FILE = 64 * 1024 * 1024  # bytes; `ami batch` reads larger ones
EXAMPLE = '{"age": 21, "echelon": "6"}'


def documents_in(content: bytes, source: str) -> list[tuple[int, bytes]] | None:
    """Return the documents of a file that has one a line, each with its line; None of another file.

    Such a file is named .jsonl or .ndjson; on standard input its first line is a whole object and
    another one follows. Raises UnreadableInput for a file that is too large.
    """
    is_named = source.lower().endswith((".jsonl", ".ndjson"))
    if not is_named and source != "-":
        return None
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        content = content.decode("utf-16", errors="replace").encode(errors="replace")
    lines = enumerate(content.removeprefix(BOM_UTF8).split(b"\n"), 1)
    documents = [(number, line) for number, line in lines if line.strip()]
    if not is_named:
        if len(documents) < 2:
            return None
        try:
            strict_json.read(documents[0][1])
        except strict_json.Malformed:
            return None
    if len(content) > LARGEST_FILE or not documents:
        code = "too_large" if documents else "not_an_object"
        raise UnreadableInput(Problem(code, "answers", {"value": source, "example": EXAMPLE}))
    return documents


def read_document(content: bytes, source: str) -> dict[str, Any]:
    """Return the answers of a JSON document by name; null and "not answered" words give None.

    Raises UnreadableInput when it is no JSON object in UTF-8 or UTF-16, and InvalidAnswers with
    all faults when some of its keys or values are no answers.
    """
    answers: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, value in _parse(content, source).items():
        name = key if key in FIELD else _answer_called(key)
        if name is None:
            params = {"value": key, "options": ", ".join(FIELD), "suggestion": _near(key)}
            problems.append(Problem("unknown_answer", key, params))
            continue
        if name in answers:
            problems.append(Problem("answer_given_twice", name, {"value": key}))
            continue
        try:
            answers[name] = _answer(FIELD[name], value)
        except InvalidAnswers as invalid:
            problems += invalid.problems
    if problems:
        raise InvalidAnswers(*problems)
    return answers


def _near(key: str) -> str | None:
    """Return the answer that a key may mean; None where none is near."""
    from ami_cli.column_names import near_answer

    return near_answer(key) or nearest(key, FIELD)


def _answer_called(key: str) -> str | None:
    """Return the answer of a key that is a French or English name of it, as a batch reads them."""
    from ami_cli.column_names import answer_named  # most documents have the names themselves

    return answer_named(key)


def _answer(answer: Field, value: Any) -> Any:
    """Return an answer given as a JSON value. Raises InvalidAnswers for a value of another type."""
    texts: tuple[type, ...] = (str,)
    if answer.kind is Kind.NUMBER or answer.name == "echelon":
        texts = (str, int, LosslessFloat)
    elif answer.kind is Kind.NAME:  # an INSEE code
        texts = (str, int)
    if answer.name == "scholarship" and type(value) is bool:
        return read(answer.name, "oui" if value else "non")
    if type(value) in texts:
        return read(answer.name, str(value))
    if value is None or (type(value) is bool and answer.kind is Kind.YES_NO):
        return value
    problem = problem_of(answer, value)
    assert problem is not None, "a value of the kind of its answer is a text, or of `texts`"
    raise InvalidAnswers(problem._replace(params={"value": strict_json.compact(value)}))


def _parse(content: bytes, source: str) -> dict[str, Any]:
    def unreadable(code: str, **params: object) -> UnreadableInput:
        return UnreadableInput(
            Problem(code, "answers", {"value": source, "example": EXAMPLE, **params})
        )

    if len(content) > LARGEST_DOCUMENT:
        raise unreadable("too_large")
    # A redirection of PowerShell writes UTF-16 with a byte order mark.
    is_utf16 = content.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise unreadable("not_utf8", position=error.start + 1) from None
    try:
        document = strict_json.read(text.encode())
    except strict_json.Malformed as malformed:
        fault = malformed.fault()
        place = {"line": fault.line, "column": fault.column}
        if fault.code == "duplicate":
            raise unreadable("duplicate_key", key=fault.word, **place) from None
        raise unreadable("not_json", **place) from None
    if not isinstance(document, dict):
        raise unreadable("not_an_object")
    return document
