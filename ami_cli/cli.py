"""The commands: options in, one call, one view, one exit code.

Answers arrive as text and are read by `reading.read`, so that every fault is found at once and
told in the user's language. What an option means stands in `words/`, under `help.options`.
"""

import inspect
import sys
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from typer.core import TyperGroup
from typer.main import get_command

from ami_cli import __version__
from ami_cli.answers import FIELDS, ORDER, SAME_QUESTION, Answers, Field, Kind
from ami_cli.choices import SCHEMAS, SHELLS
from ami_cli.failures import ExitCode, InvalidAnswers, Problem, UnreadableInput, UsageError
from ami_cli.help import SpokenCommand, SpokenGroup
from ami_cli.interruptible import read_at_most
from ami_cli.law import academic_year, law_book
from ami_cli.reading import nearest, read
from ami_cli.rules.assess import Assessment, assess, today_in_paris, without_health
from ami_cli.rules.coherence import contradictions
from ami_cli.shell import Shell
from ami_cli.streams import can_redraw_prompts, interactive

if TYPE_CHECKING:
    from ami_cli.views.result_types import Result

app = typer.Typer(
    name="ami",
    cls=SpokenGroup,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Text = str | None
Command = TypeVar("Command", bound=Callable[..., int])

_METAVARS = {Kind.DATE: "date", Kind.NUMBER: "number", Kind.CHOICE: "word", Kind.NAME: "name"}


def _text(flag: str, metavar: str) -> Any:
    return typer.Option(flag, metavar=metavar)


def _with_answers(command: Command) -> Command:
    """Give a command an option for each declared answer, in place of its `**flags`."""
    signature = inspect.signature(command)
    ctx, *own, _flags = signature.parameters.values()
    answers = [
        inspect.Parameter(
            answer.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_option(answer)
        )
        for answer in FIELDS
    ]
    own = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    command.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[ctx, *answers, *own]
    )
    return command


def _option(answer: Field) -> Any:
    if answer.kind is Kind.YES_NO:
        return Annotated[bool | None, typer.Option("/".join(answer.flags))]
    return Annotated[Text, _text(answer.flags[0], _METAVARS[answer.kind])]


@app.callback()
def ami(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version")] = False,
    lang: Annotated[Text, _text("--lang", "word")] = None,
    plain: Annotated[bool, typer.Option("--plain")] = False,
    color: Annotated[Text, _text("--color", "word")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q")] = False,
    today: Annotated[Text, _text("--today", "date")] = None,
    debug: Annotated[bool, typer.Option("--debug")] = False,
) -> None:
    """The program itself. Its global options are read by `shell`, before any command."""
    shell: Shell = ctx.obj
    if version:
        last = law_book().last_year
        shell.out(shell.words("version.text", version=__version__, year=last) + "\n")
        ctx.exit()
    elif ctx.invoked_subcommand is None:
        shell.out(ctx.get_help() + "\n")


@app.command(cls=SpokenCommand)
@_with_answers
def check(
    ctx: typer.Context,
    answers_file: Annotated[Text, _text("--answers", "file")] = None,
    calendar: Annotated[Text, _text("--calendar", "file")] = None,
    report: Annotated[Text, _text("--report", "file")] = None,
    include_health: Annotated[bool, typer.Option("--include-health")] = False,
    force: Annotated[bool, typer.Option("--force")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
    no_input: Annotated[bool, typer.Option("--no-input")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code")] = False,
    **flags: Any,
) -> int:
    """One student: the wizard if answers that decide are missing, else straight to the result."""
    shell: Shell = ctx.obj
    today = shell.today or today_in_paris()
    given = gather(flags, answers_file, today, shell)
    kept = None
    if calendar is not None or report is not None or include_health:
        from ami_cli.kept import kept_files

        kept = kept_files(calendar, report, answers_file, force=force, health=include_health)
    found = assess(Answers(**given), today=today)
    discreet = kept is not None and not kept.health
    # Opening the wizard must not depend on the answer about disability, because the page would
    # reveal it.
    waiting = without_health(found) if discreet else found
    if waiting.missing and not (no_input or json) and interactive():
        found = ask(found, shell, discreet=discreet)
        document = document_of(found, shell)
        show(document, shell, as_json=False)
        tell_end(found, document, shell)
        if kept is not None:  # last: a file that cannot be written must not take the result away
            kept.write(found, document, shell, whole=False)
    else:
        document = document_of(found, shell)
        if kept is not None:
            kept.write(found, document, shell, whole=True)
        show(document, shell, as_json=json)
    if not exit_code:
        return ExitCode.OK
    return {
        "eligible": ExitCode.OK,
        "ineligible": ExitCode.INELIGIBLE,
        "undetermined": ExitCode.UNDETERMINED,
    }[found.verdict]


@app.command(cls=SpokenCommand)
def batch(
    ctx: typer.Context,
    source: Annotated[Text, typer.Argument(metavar="input")] = None,
    output: Annotated[Text, typer.Option("--output", "-o", metavar="file")] = None,
    form: Annotated[Text, _text("--format", "word")] = None,
    mapped: Annotated[list[str] | None, typer.Option("--map", metavar="map")] = None,
    only: Annotated[list[str] | None, typer.Option("--only", metavar="columns")] = None,
    encoding: Annotated[Text, _text("--encoding", "word")] = None,
    sheet: Annotated[Text, _text("--sheet", "word")] = None,
    force: Annotated[bool, typer.Option("--force")] = False,
    raw: Annotated[bool, typer.Option("--raw")] = False,
    summary_json: Annotated[Text, _text("--summary-json", "file")] = None,
    template: Annotated[Text, _text("--template", "file")] = None,
) -> int:
    """A file of students to a file of verdicts."""
    shell: Shell = ctx.obj
    try:
        from ami_cli.adviser import judge_file, write_template_file
    except ModuleNotFoundError as absent:
        if absent.name != "polars":
            raise
        raise UsageError(Problem("batch_absent", "batch")) from None

    if template is not None:
        return write_template_file(template, shell, force=force)
    if source is None:
        raise UsageError(Problem("no_input_file", "input"))
    return judge_file(ctx.params, shell)


@app.command(cls=SpokenCommand)
def rules(
    ctx: typer.Context,
    year: Annotated[Text, _text("--year", "year")] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> int:
    """The criteria and figures in force in a year, each with its source and quote."""
    from ami_cli.views.law import law_report

    shell: Shell = ctx.obj
    book = law_book()
    if year is None:
        year = max(academic_year(shell.today or today_in_paris()), book.first_year)
    law = book.law_of_year(known_year(year))
    document = law_report(law, shell.words)
    if json:
        shell.json(document)
    else:
        from ami_cli.views.terminal import law_text

        shell.out(law_text(document, shell.words, shell.width(), shell.color, shell.plain))
    return ExitCode.OK


@app.command(cls=SpokenCommand)
def schools(
    ctx: typer.Context,
    query: Annotated[list[str] | None, typer.Argument(metavar="query")] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> int:
    """The institutions of the register that some words may mean; all of them without words."""
    from ami_cli.views.schools import schools_report

    shell: Shell = ctx.obj
    sought = " ".join(query or ())
    document = schools_report(sought, shell.words)
    if json:
        shell.json(document)
    elif not document["schools"]:
        shell.tell(shell.words("schools.none", query=shell.words.datum(sought)))
    else:
        from ami_cli.views.terminal import schools_text

        shell.out(schools_text(document, shell.words, shell.width(), shell.color, shell.plain))
    return ExitCode.OK


@app.command(cls=SpokenCommand)
def schema(ctx: typer.Context, kind: Annotated[Text, typer.Argument(metavar="kind")] = None) -> int:
    """The JSON Schema of what goes in or of what comes out."""
    from ami_cli.schema import schema_of

    kind = chosen(kind, SCHEMAS, "schema")
    shell: Shell = ctx.obj
    shell.json(schema_of(kind, shell.words))
    return ExitCode.OK


@app.command(cls=SpokenCommand)
def completion(
    ctx: typer.Context, shell_name: Annotated[Text, typer.Argument(metavar="shell")] = None
) -> int:
    """The completion script of a shell."""
    from ami_cli.commands.completion import print_script

    print_script(chosen(shell_name, SHELLS, "completion"), ctx.obj)
    return ExitCode.OK


def chosen(word: str | None, options: Sequence[str], name: str) -> str:
    """One of a few words. Raises Failure where it is none of them, or absent."""
    params: dict[str, object] = {"command": name, "options": ", ".join(options)}
    if word is None:
        raise UsageError(Problem("missing_word", name, params))
    if word not in options:
        params |= {"value": word, "suggestion": nearest(word.lower(), options)}
        raise UsageError(Problem("not_a_choice", name, params))
    return word


@cache
def command() -> TyperGroup:
    """The command tree."""
    tree = get_command(app)
    assert isinstance(tree, TyperGroup)
    return tree


def known_year(text: str) -> str:
    """An academic year given as "2025-2026". Raises Failure for anything else."""
    book = law_book()
    first, _, last = text.partition("-")
    written = first.isascii() and first.isdigit() and len(first) == 4 and last.isdecimal()
    if not written or last not in (str(int(first) + 1), str(int(first) + 1)[2:]):
        valid = False
    else:
        text = f"{first}-{int(first) + 1}"
        valid = book.first_year <= text < "2100"
    if not valid:
        params = {"value": text, "first_year": book.first_year, "last_year": book.last_year}
        raise UsageError(Problem("unknown_year", "year", params))
    return text


def gather(
    flags: dict[str, Any], answers_file: str | None, today: date, shell: Shell
) -> dict[str, Any]:
    """The answers of the flags and of the file, flags first, every fault told at once."""
    problems: list[Problem] = []
    given: dict[str, Any] = {}
    if answers_file is not None:
        from ami_cli.answers_file import read_document

        try:
            given = read_document(_content(answers_file, shell), answers_file)
        except InvalidAnswers as wrong:
            problems += wrong.problems
    for name, value in flags.items():
        if value is None:
            continue
        try:
            given[name] = read(name, value) if isinstance(value, str) else value
        except InvalidAnswers as wrong:
            problems += wrong.problems
        # An age and a birth date answer the same question: the flag wins over the file.
        if (other := SAME_QUESTION.get(name)) is not None and flags[other] is None:
            given.pop(other, None)
    known = {name: value for name, value in given.items() if value is not None}
    problems += contradictions(known, today, law_book())
    if problems:
        last = len(ORDER)
        raise InvalidAnswers(*sorted(problems, key=lambda each: ORDER.get(each.field, last)))
    return known


def _content(path: str, shell: Shell) -> bytes:
    from ami_cli.answers_file import LARGEST_DOCUMENT

    try:
        if path == "-":
            if sys.stdin is None:
                raise OSError(9, "closed")
            shell.tell_reading()
            return read_at_most(sys.stdin.buffer, LARGEST_DOCUMENT)
        with Path(path).open("rb") as file:
            return read_at_most(file, LARGEST_DOCUMENT)
    except (OSError, ValueError) as wrong:
        why = wrong if isinstance(wrong, OSError) else OSError(22, "invalid")
        problem = Problem("unreadable_file", "answers", {"value": path, "why": why})
        raise UnreadableInput(problem) from None


def ask(found: Assessment, shell: Shell, *, discreet: bool) -> Assessment:
    """The conversation, on stderr; gives the assessment of all that was answered."""
    from ami_cli.wizard.flow import Talk

    talk = Talk.opening(found.given, found.today, law_book(), discreet=discreet)
    if shell.plain or not can_redraw_prompts():
        from ami_cli.wizard.lines import converse
    else:
        from ami_cli.wizard.prompts import converse
    answered = converse(talk, shell.words, shell.prompt_color)
    return assess(Answers(**answered), today=found.today)


def tell_end(found: Assessment, document: "Result", shell: Shell) -> None:
    """The end of a conversation: the result in a line, for the top of it may have scrolled away,
    and the command line that gives it again, without health data."""
    from ami_cli.wizard.replay import replay

    shell.tell("")
    shell.tell(shell.words("wizard.in_short", headline=document["headline"]))
    if document["estimate"]:
        label = shell.words("summary.estimate") + shell.words("format.colon")
        shell.tell(label + document["estimate"]["text"])
    shell.tell("")
    shell.tell(shell.words("wizard.replay"))
    shell.tell(f"  {replay(found.given, shell.today)}", whole=True)
    if "disability" in found.given:
        shell.tell("")
        shell.tell(shell.words("wizard.replay_without_health"))


def document_of(found: Assessment, shell: Shell) -> "Result":
    """The result in the user's language, which every view renders."""
    from ami_cli.views.result import result_of

    return result_of(found, shell.words)


def show(document: "Result", shell: Shell, *, as_json: bool) -> None:
    """The result: JSON, or text at the width of the terminal."""
    if as_json:
        shell.json(document)
    else:
        from ami_cli.views.content import content_of
        from ami_cli.views.terminal import result_text

        content = content_of(document, shell.words)
        shell.out(result_text(content, shell.words, shell.width(), shell.color, shell.plain))
