"""The `ami batch` command: options, messages, exit code."""

import csv
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

from ami_cli.answers import FIELD, Answers
from ami_cli.batch.formats import Notice
from ami_cli.batch.headers import IGNORED, answer_of
from ami_cli.batch.inputs import find_inputs
from ami_cli.batch.pages import PageOptions
from ami_cli.batch.profile import Profile, read_profile, set_answer
from ami_cli.batch.run import BatchOptions, propose
from ami_cli.batch.run import run as judge_tables
from ami_cli.batch.tables import TableOptions
from ami_cli.batch.template import template_columns, template_format, write_template
from ami_cli.commands.exports import student_page
from ami_cli.failures import ExitCode, Problem, UsageError
from ami_cli.files import are_one_file, is_same_file, refuse_existing, written
from ami_cli.law import law_book
from ami_cli.registers.spelling import fold, nearest
from ami_cli.rules.assess import assess, today_in_paris
from ami_cli.shell import Shell
from ami_cli.signals import cleaning_up
from ami_cli.streams import libraries_silenced, shows_escapes
from ami_cli.views.batch_summary import lines_text, summary_text
from ami_cli.views.progress import shown_progress
from ami_cli.views.terminal import Screen
from ami_cli.wizard.command_line import quoted_for_shell
from ami_cli.words import visible, within, words_of
from ami_cli.words.json_output import json_shown
from ami_cli.words.wrapping import width_of

LONGEST_SENTENCE = 2_000  # characters of what is filled into a notice
MOST_NAMES = 41  # columns or files in one


def run(options: Mapping[str, Any], shell: Shell) -> ExitCode:
    """Judge a file of students, or write what is asked for instead; return the exit code."""
    if options["template"] is not None:
        return _write_template(options["template"], shell, force=options["force"])
    if not options["source"]:
        raise UsageError(Problem("no_input_file", "input"))
    profile = Profile() if options["profile"] is None else read_profile(options["profile"])
    wanted = options["output"] or profile.output
    output, summary = _path(wanted), _path(options["summary_json"])
    inputs, others = find_inputs(options["source"], output)
    _check_outputs(options, [path for path, *_ in inputs], output, summary)
    table = TableOptions(
        inputs,
        options["encoding"],
        options["sheet"] or profile.sheet,
        _row_number(options["header_row"]) or profile.header_row,
        {**profile.columns, **_mapped_columns(options["mapped"] or [])},
        {**profile.all, **_answers_of_all(options["everywhere"] or [])},
        options["again"],
    )
    if len(inputs) == 1 and inputs[0].path not in options["source"]:
        _tell(Notice("file_read", {"value": inputs[0].path}), shell)
    if others:
        _tell(Notice("passed_over", {"columns": _shortened(others), "count": len(others)}), shell)
    if options["propose"] is not None:
        return _propose(table, profile, Path(options["propose"]), shell, force=options["force"])
    pages = _page_options(options, shell)
    batch = BatchOptions(
        table,
        output,
        options["form"],
        _named_columns(options["only"]) if options["only"] else profile.only,
        force=options["force"],
        raw=options["raw"],
        meanings=profile.words,
        by=options["by"],
        pages=pages,
        sentences=options["words"],
        with_table=pages is None or wanted is not None or options["form"] is not None,
    )
    if any(path == "-" for path, *_ in inputs):
        shell.tell_reading()
    with cleaning_up(), libraries_silenced():
        document = _judge(batch, shell)
        if options["summary_json"] is not None:
            with written(summary, "jsonl", force=options["force"]) as file:
                # The name of a file need not be UTF-8: \udcff is what JSON makes of such a byte.
                file.write((json_shown(document) + "\n").encode(errors="backslashreplace"))
    _tell_end(document, shell)
    if "pages" in document:
        alone = not batch.with_table
        _tell_pages(document["pages"], options["pages"], shell, alone=alone)
    return ExitCode.ROWS_TO_CORRECT if document["verdicts"]["invalid"] else ExitCode.OK


def _path(name: str | None) -> Path | None:
    """Return the path of an output; None of standard output, and of no output."""
    return None if name is None or name == "-" else Path(name)


def _check_outputs(
    options: Mapping[str, Any], inputs: Sequence[str], output: Path | None, summary: Path | None
) -> None:
    """Raise UsageError where two outputs are one, or where the summary is an input or exists."""
    if options["summary_json"] == "-" and output is None:
        raise UsageError(Problem("two_on_stdout", "summary_json"))
    folder = None if options["pages"] is None else Path(options["pages"])
    for one, other in combinations(filter(None, (output, summary, folder)), 2):
        if are_one_file(one, other):
            raise UsageError(Problem("two_in_one_file", "output", {"value": str(other)}))
    if summary is not None:
        _check_new_file(summary, inputs, "summary_json", force=options["force"])


def _check_new_file(target: Path, inputs: Sequence[str], field: str, *, force: bool) -> None:
    """Raise UsageError where a file to write is an input, or exists."""
    if any(is_same_file(path, target) for path in inputs):
        raise UsageError(Problem("same_file", field, {"value": str(target)}))
    refuse_existing(target, force=force)


def _judge(batch: BatchOptions, shell: Shell) -> dict[str, Any]:
    """Judge the tables, with the progress shown; return the summary as a JSON document."""
    progress = shown_progress(
        shell.words,
        color=shell.prompt_color,
        redraw=not shell.plain and shows_escapes(sys.stderr),
        quiet=shell.quiet or sys.stderr is None,
    )
    with progress as show:
        today = shell.today or today_in_paris()
        tell = partial(_tell, shell=shell)
        return judge_tables(batch, today, law_book(), shell.words, tell, show)


def _page_options(options: Mapping[str, Any], shell: Shell) -> PageOptions | None:
    """Return what `--pages` asks for. Raises UsageError for options that are of no use alone."""
    folder, name_by = options["pages"], options["name_by"]
    problems = []
    if folder is not None and name_by is None:
        problems.append(Problem("pages_without_name", "pages"))
    if folder is None and name_by is not None:
        problems.append(Problem("name_without_pages", "name_by"))
    if folder is None and options["include_health"]:
        problems.append(Problem("health_without_pages", "include_health"))
    if problems:
        raise UsageError(*problems)
    if folder is None:
        return None
    today, book = shell.today or today_in_paris(), law_book()

    def render(answers: Answers) -> tuple[str, bool]:
        assessment = assess(answers, today=today, book=book)
        words = words_of(shell.words.lang)
        shown, page = student_page(assessment, words, health=options["include_health"])
        return page, shown.verdict != assessment.verdict

    return PageOptions(Path(folder), name_by, render)


def _propose(
    table: TableOptions, profile: Profile, target: Path, shell: Shell, *, force: bool
) -> ExitCode:
    """Write a profile for a file instead of judging it; return the exit code."""
    _check_new_file(target, [path for path, *_ in table.inputs], "propose", force=force)
    with cleaning_up(), libraries_silenced():
        text = propose(table, profile, shell.words, partial(_tell, shell=shell))
        with written(target, "toml", force=force) as file:
            file.write(text.encode(errors="backslashreplace"))
    _tell(Notice("proposed", {"value": str(target)}), shell)
    return ExitCode.OK


def _row_number(text: str | None) -> int | None:
    """Return the row of `--header-row`. Raises UsageError where it is none."""
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and int(text[:9]) > 0 and len(text) < 9):
        raise UsageError(Problem("bad_header_row", "header_row", {"value": text}))
    return int(text)


def _answers_of_all(texts: list[str]) -> dict[str, Any]:
    """Return the values of `--set answer=value` by answer.

    Raises UsageError for a text that is none and for an answer that is set twice.
    """
    given: dict[str, Any] = {}
    for text in texts:
        answer, value = set_answer(text)
        if answer in given:
            raise UsageError(Problem("set_twice", "set", {"value": text, "answer": answer}))
        given[answer] = value
    return given


def _tell(notice: Notice, shell: Shell) -> None:
    words = shell.words
    params: dict[str, object] = {}
    given = dict(notice.params)
    if notice.code == "near_header":
        header, near = visible(given["value"]), given.pop("near")
        params["label"] = words.either(words.datum(words(f"labels.{name}")) for name in near)
        params["mapped"] = words.either(
            f"--map {quoted_for_shell(f'{header}={name}')}" for name in near
        )
    for name, value in given.items():
        match value:
            case list():
                params[name] = words.all(within(words(f"labels.{answer}")) for answer in value)
            case tuple():
                params[name] = ", ".join(map(words.datum, _shortened(value)))
            case int():
                params[name] = words.number(value)
            case _:
                params[name] = (
                    words.datum(value) if name == "value" else visible(str(value), LONGEST_SENTENCE)
                )
    text = words.filled(f"notices.{notice.code}", params)
    if notice.files:
        files = ", ".join(visible(path, 200) for path in _shortened(notice.files))
        text = f"{files}{words('format.colon')}{text}"
    shell.tell(text)


def _shortened(names: Sequence[str]) -> tuple[str, ...]:
    """Return the first names, as many as a message repeats."""
    return (*names[:MOST_NAMES], *(["…"] if len(names) > MOST_NAMES else []))


def _tell_end(document: Mapping[str, Any], shell: Shell) -> None:
    words = shell.words
    for code, key in (
        ("blank", "blank_rows"),
        ("disarmed", "disarmed_cells"),
        ("insee_codes", "insee_codes"),
    ):
        if count := document[key]:
            _tell(Notice(code, {"rows": count, "cells": count}), shell)
    for code, count in (
        ("unanswered", document["unanswered"]),
        ("schools", document["doubtful"]["school"]),
        ("communes", document["doubtful"]["commune"]),
    ):
        if count["rows"]:
            at = "batch.at_line" if count["rows"] == 1 else "batch.at_lines"
            lines = words(at, lines=lines_text(count, words))
            _tell(Notice(code, {"rows": count["rows"], "lines": lines}), shell)
    if doubted := document["doubted_columns"]:
        _tell(Notice("doubted", {"columns": tuple(doubted)}), shell)
    if not document["rows"]:
        shell.tell(words("notices.header_only"))
    else:
        width = width_of(sys.stderr)
        summary = summary_text(document, Screen(words, width, shell.prompt_color, shell.plain))
        shell.tell(summary.rstrip("\n"), whole=True)
    shell.tell("")
    seconds = f"{document['seconds']:.1f}"
    if words.lang == "fr":
        seconds = seconds.replace(".", ",")
    shell.tell(words("batch.done", rows=words.number(document["rows"]), seconds=seconds))
    if document["output"] is not None:
        shell.tell(words("batch.to_file", output=words.datum(document["output"])))


def _tell_pages(counts: Mapping[str, int], folder: str, shell: Shell, *, alone: bool) -> None:
    _tell(Notice("pages", {"value": folder, "rows": counts["written"]}), shell)
    if alone:
        _tell(Notice("pages_alone", {}), shell)
    for code in ("without", "other_verdict"):
        if rows := counts[code]:
            _tell(Notice(f"pages_{code}", {"rows": rows}), shell)


def _write_template(target: str, shell: Shell, *, force: bool) -> ExitCode:
    """Write an empty input file and tell its legend; return the exit code."""
    path = None if target == "-" else Path(target)
    form = template_format(path or Path())
    if form is None:
        raise UsageError(Problem("unknown_template", "template", {"value": Path(target).suffix}))
    if path is not None:
        refuse_existing(path, force=force)
    with cleaning_up(), written(path, form, force=force) as file:
        write_template(file, form, shell.words)
    for column in template_columns(shell.words):
        shell.tell(f"  {column.header}{shell.words('format.colon')}{column.meaning}")
    shell.tell(shell.words("legend.blank"))
    if path is not None:
        _tell(Notice("example", {"value": target}), shell)
    return ExitCode.OK


def _mapped_columns(texts: list[str]) -> dict[str, str]:
    """Return the answers of `--map COLUMN=answer` by column.

    Raises UsageError for a text that is none, and for a column that is named twice.
    """
    mapped: dict[str, str] = {}
    for text in texts:
        column, _, name = text.rpartition("=")
        answer = IGNORED if name.strip() == IGNORED else answer_of(name)
        if not column or answer is None or column in mapped:
            near = nearest(fold(name), FIELD) if column and answer is None else None
            params = {"value": text, "options": ", ".join(FIELD), "suggestion": near}
            raise UsageError(Problem("bad_map", "map", params))
        mapped[column] = answer
    return mapped


def _named_columns(only: list[str]) -> tuple[str, ...]:
    """Return the columns of `--only`; one whose name holds a comma stands in quotes."""
    return tuple(name.strip() for row in csv.reader(only) for name in row if name.strip())
