"""The `ami batch` command: options, messages, exit code."""

import csv
import os
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from ami_cli.answers import FIELD
from ami_cli.batch.formats import InputOptions, Notice
from ami_cli.batch.headers import ANSWER_OF_HEADER, IGNORED
from ami_cli.batch.run import BatchOptions, run
from ami_cli.batch.template import legend, template_format, write_template
from ami_cli.failures import ExitCode, Problem, UsageError
from ami_cli.files import is_same_file, refuse_existing, written
from ami_cli.law import law_book
from ami_cli.reading import fold, nearest
from ami_cli.rules.assess import today_in_paris
from ami_cli.shell import Shell, cleaning_up
from ami_cli.streams import shows_escapes
from ami_cli.views.batch_summary import summary_text
from ami_cli.views.progress import shown_progress
from ami_cli.words import Words
from ami_cli.words.json_output import json_shown
from ami_cli.words.wrapping import width_of


def judge_file(asked: Mapping[str, Any], shell: Shell) -> int:
    """Judge a file of students as asked for (the options by name); gives the exit code."""
    output = None if asked["output"] in (None, "-") else Path(asked["output"])
    summary = asked["summary_json"]
    if summary == "-" and output is None:
        raise UsageError(Problem("two_on_stdout", "summary_json"))
    if summary not in (None, "-"):
        _refuse_summary(Path(summary), output, asked["source"], force=asked["force"])
    options = BatchOptions(
        InputOptions(asked["source"], asked["encoding"], asked["sheet"]),
        output,
        asked["form"],
        _mapped(asked["mapped"] or [], shell.words),
        _columns(asked["only"]),
        force=asked["force"],
        raw=asked["raw"],
    )
    if asked["source"] == "-":
        shell.tell_reading()
    with cleaning_up():
        document = _judged(options, shell)
        if summary is not None:
            _write_summary(document, summary, force=asked["force"])
    _tell_end(document, shell)
    return ExitCode.SOME_INVALID if document["verdicts"]["invalid"] else ExitCode.OK


def _judged(options: BatchOptions, shell: Shell) -> dict[str, Any]:
    def tell(notice: Notice) -> None:
        shell.tell(_said(notice, shell.words))

    today = shell.today or today_in_paris()
    with _progress(shell) as progress:
        return run(options, today, law_book(), shell.words, tell, progress)


def _progress(shell: Shell) -> AbstractContextManager[Any]:
    """What shows how far the run is: nothing when quiet, a bar on a terminal, else plain lines."""
    return shown_progress(
        shell.words,
        color=shell.prompt_color,
        redraw=not shell.plain and shows_escapes(sys.stderr),
        quiet=shell.quiet or sys.stderr is None,
    )


def _said(notice: Notice, words: Words) -> str:
    params: dict[str, object] = {}
    for name, value in notice.params.items():
        match value:
            case list():
                params[name] = words.all(_within(words(f"labels.{each}")) for each in value)
            case int():
                params[name] = words.number(value)
            case _:
                params[name] = words.datum(value) if name == "value" else value
    return words.filled(f"notices.{notice.code}", params)


def _within(label: str) -> str:
    """A label inside a sentence."""
    return label[0].lower() + label[1:]


def _tell_end(document: Mapping[str, Any], shell: Shell) -> None:
    words = shell.words
    counted = {
        "blank": "blank_rows",
        "disarmed": "disarmed_cells",
        "insee_codes": "insee_codes",
    }
    for code, name in counted.items():
        if document[name]:
            shell.tell(
                _said(Notice(code, {"rows": document[name], "cells": document[name]}), words)
            )
    for code, name in (("schools", "school"), ("communes", "commune")):
        doubtful = document["doubtful"][name]
        if doubtful["rows"]:
            lines = [words.number(line) for line in doubtful["first_lines"]]
            more = ["…"] if doubtful["rows"] > len(lines) else []
            params = {"rows": doubtful["rows"], "lines": ", ".join([*lines, *more])}
            shell.tell(_said(Notice(code, params), words))
    if not document["rows"]:
        shell.tell(words("notices.header_only"))
    else:
        width = width_of(sys.stderr)
        picture = summary_text(document, words, width, shell.prompt_color, shell.plain)
        shell.tell(picture.rstrip("\n"), whole=True)
    shell.tell("")
    seconds = f"{document['seconds']:.1f}"
    if words.lang == "fr":
        seconds = seconds.replace(".", ",")
    shell.tell(words("batch.done", rows=words.number(document["rows"]), seconds=seconds))
    if document["output"] is not None:
        shell.tell(words("batch.to_file", output=words.datum(document["output"])))


def _refuse_summary(target: Path, output: Path | None, source: str, *, force: bool) -> None:
    """Raise UnwritableOutput where a summary would replace the input, the result or another
    file."""
    if is_same_file(source, target):
        raise UsageError(Problem("same_file", "summary_json", {"value": str(target)}))
    if output is not None and os.path.realpath(target) == os.path.realpath(output):
        raise UsageError(Problem("two_in_one_file", "summary_json", {"value": str(target)}))
    refuse_existing(target, force=force)


def _write_summary(document: Mapping[str, Any], target: str, *, force: bool) -> None:
    text = json_shown(document) + "\n"
    with written(None if target == "-" else Path(target), "jsonl", force=force) as file:
        # The name of a file need not be UTF-8: \udcff is what JSON makes of such a byte.
        file.write(text.encode(errors="backslashreplace"))


def write_template_file(target: str, shell: Shell, *, force: bool) -> int:
    """Write an empty input file; its legend is told, and stands in the file where one can."""
    path = None if target == "-" else Path(target)
    form = template_format(path or Path())
    if form is None:
        raise UsageError(Problem("unknown_template", "template", {"value": Path(target).suffix}))
    if path is not None:
        refuse_existing(path, force=force)
    with written(path, form, force=force) as file:
        write_template(file, form, shell.words)
    for title, meaning in legend(shell.words):
        shell.tell(f"  {title}{shell.words('format.colon')}{meaning}")
    shell.tell(shell.words("legend.blank"))
    if path is not None:
        shell.tell(_said(Notice("example", {"value": target}), shell.words))
    return ExitCode.OK


def _mapped(given: list[str], words: Words) -> dict[str, str]:
    """`COLUMN=answer` by column. Raises UnreadableInput for what cannot be understood."""
    found = {}
    for text in given:
        column, equals, name = text.rpartition("=")
        answer = IGNORED if name.strip() == IGNORED else ANSWER_OF_HEADER.get(fold(name))
        if not equals or not column or answer is None or column in found:
            options = ", ".join(FIELD)
            near = nearest(fold(name), FIELD) if column and answer is None else None
            params = {"value": text, "options": options, "suggestion": near}
            raise UsageError(Problem("bad_map", "map", params))
        found[column] = answer
    return found


def _columns(given: list[str] | None) -> tuple[str, ...] | None:
    """The columns of `--only`, separated by commas; one that holds a comma stands in quotes."""
    if not given:
        return None
    return tuple(name.strip() for row in csv.reader(given) for name in row if name.strip())
