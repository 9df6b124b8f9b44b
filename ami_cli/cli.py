"""Declares the command tree: the options of each command, those of answers from `FIELDS`.

A command only hands its options over to `run` of its module in `commands/`. Answers arrive as text
and are read by `reading.read`, so that all faults are told at once and in the user's language. What
an option means stands in `words/`, under `help.options`.
"""

import inspect
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Annotated, Any, TypeVar

import typer
from typer._click import exceptions as click
from typer.core import TyperGroup, TyperOption
from typer.main import get_command

from ami_cli import __version__
from ami_cli.answers import FIELD, FIELDS, Field, Kind
from ami_cli.commands import chosen
from ami_cli.failures import InvalidAnswers, Problem, UsageError
from ami_cli.help_screen import LocalizedCommand, LocalizedGroup
from ami_cli.law import law_book
from ami_cli.reading import read
from ami_cli.shell import Shell

app = typer.Typer(
    name="ami",
    cls=LocalizedGroup,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class StrictCommand(LocalizedCommand):
    """A command that refuses what typer takes for something else."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse as usual; the word `help` alone shows the help.

        Raises InvalidAnswers for a value given twice, of which typer silently takes the last;
        BadOptionUsage for an option whose value is the next option; NoSuchOption for a whole one
        behind one dash, because `-output` would be `-o` with the value `utput`.
        """
        if args == ["help"]:
            args = ["--help"]
        parser = self.make_parser(ctx)
        for word in args:
            if f"-{word.partition('=')[0]}" in parser._long_opt:
                raise click.NoSuchOption(word, ctx=ctx)
        values, _, options = parser.parse_args(args=list(args))
        for option in options:
            value = values.get(str(option.name))
            if isinstance(value, str) and value.partition("=")[0] in parser._long_opt:
                raise click.BadOptionUsage(option.opts[0], "requires an argument", ctx)
        twice = {option.name: option for option in options if options.count(option) > 1}
        problems = [
            Problem("given_twice", str(name), {"flag": option.opts[0]})
            for name, option in twice.items()
            if isinstance(option, TyperOption) and not option.multiple
            if name in FIELD or not option.is_flag
        ]
        if problems:
            raise InvalidAnswers(*problems)
        return super().parse_args(ctx, args)


Text = str | None
Command = TypeVar("Command", bound=Callable[..., int])

EXAMPLES: dict[str, str] = {}  # a value by flag, for the message that asks for one


def _option(metavar: str, example: str, *flags: str) -> Any:
    """Declare an option that takes a value."""
    EXAMPLES.update(dict.fromkeys(flags, example))
    return typer.Option(*flags, metavar=metavar)


def _with_answers(command: Command) -> Command:
    """Give a command an option for each declared answer, in place of its `**flags`."""
    signature = inspect.signature(command)
    ctx, *own, _flags = signature.parameters.values()
    answers = [
        inspect.Parameter(
            answer.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_type_of(answer)
        )
        for answer in FIELDS
    ]
    own = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    command.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[ctx, *answers, *own]
    )
    return command


def _type_of(answer: Field) -> Any:
    if answer.kind is Kind.YES_NO:
        return Annotated[bool | None, typer.Option("/".join(answer.flags))]
    example = answer.example
    if answer.kind is not Kind.COUNTRY:  # reading one loads the register, which start-up must not
        example = str(read(answer.name, example)).replace("_", "-")
    if " " in example:
        example = f'"{example}"'
    metavar = "word" if answer.kind is Kind.CHOICE else answer.kind.value
    return Annotated[Text, _option(metavar, example, *answer.flags)]


@app.callback()
def ami(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version")] = False,
    lang: Annotated[Text, _option("word", "fr", "--lang")] = None,
    plain: Annotated[bool, typer.Option("--plain")] = False,
    color: Annotated[Text, _option("word", "never", "--color")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q")] = False,
    today: Annotated[Text, _option("date", "2027-01-15", "--today")] = None,
    debug: Annotated[bool, typer.Option("--debug")] = False,
) -> None:
    """Show the version or the help. `main` reads the global options before any command."""
    shell: Shell = ctx.obj
    if version:
        last = law_book().last_year
        shell.out(shell.words("version.text", version=__version__, year=last) + "\n")
        ctx.exit()
    elif ctx.invoked_subcommand is None:
        shell.out(ctx.get_help() + "\n")


@app.command(cls=StrictCommand)
@_with_answers
def check(
    ctx: typer.Context,
    answers_file: Annotated[Text, _option("file", "dossier.json", "--answers")] = None,
    details: Annotated[bool, typer.Option("--details")] = False,
    calendar: Annotated[Text, _option("file", "dates.ics", "--calendar")] = None,
    report: Annotated[Text, _option("file", "page.html", "--report")] = None,
    mail: Annotated[Text, _option("file", "message.txt", "--mail")] = None,
    include_health: Annotated[bool, typer.Option("--include-health")] = False,
    force: Annotated[bool, typer.Option("--force")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
    no_input: Annotated[bool, typer.Option("--no-input")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code")] = False,
    **flags: Any,
) -> int:
    """Judge one student; open the wizard if answers that decide are missing."""
    return _run(ctx)


@app.command(cls=StrictCommand)
def batch(
    ctx: typer.Context,
    source: Annotated[list[str] | None, typer.Argument(metavar="input")] = None,
    output: Annotated[Text, _option("file", "verdicts.csv", "--output", "-o")] = None,
    form: Annotated[Text, _option("word", "csv", "--format")] = None,
    mapped: Annotated[list[str] | None, _option("map", "DEPART=start", "--map")] = None,
    only: Annotated[list[str] | None, _option("columns", "dossier", "--only")] = None,
    encoding: Annotated[Text, _option("word", "utf-8", "--encoding")] = None,
    sheet: Annotated[Text, _option("word", "1", "--sheet")] = None,
    header_row: Annotated[Text, _option("number", "5", "--header-row")] = None,
    everywhere: Annotated[list[str] | None, _option("set", "establishment=public", "--set")] = None,
    profile: Annotated[Text, _option("file", "profil.toml", "--profile")] = None,
    propose: Annotated[Text, _option("file", "profil.toml", "--propose")] = None,
    again: Annotated[bool, typer.Option("--again")] = False,
    by: Annotated[Text, _option("column", "composante", "--by")] = None,
    pages: Annotated[Text, _option("folder", "pages", "--pages")] = None,
    name_by: Annotated[Text, _option("column", "dossier", "--name-by")] = None,
    include_health: Annotated[bool, typer.Option("--include-health")] = False,
    words: Annotated[bool, typer.Option("--words")] = False,
    force: Annotated[bool, typer.Option("--force")] = False,
    raw: Annotated[bool, typer.Option("--raw")] = False,
    summary_json: Annotated[Text, _option("file", "resume.json", "--summary-json")] = None,
    template: Annotated[Text, _option("file", "modele.xlsx", "--template")] = None,
) -> int:
    """Judge a file of students, or write an empty one."""
    return _run(ctx)


@app.command(cls=StrictCommand)
def rules(
    ctx: typer.Context,
    year: Annotated[Text, _option("year", "2025-2026", "--year")] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> int:
    """Show the criteria and figures in force in a year, each with its source and quote."""
    return _run(ctx)


@app.command(cls=StrictCommand)
def schools(
    ctx: typer.Context,
    query: Annotated[list[str] | None, typer.Argument(metavar="query")] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> int:
    """List the institutions that some words may mean; all of them without words."""
    return _run(ctx)


@app.command(cls=StrictCommand)
def schema(ctx: typer.Context, kind: Annotated[Text, typer.Argument(metavar="kind")] = None) -> int:
    """Print the JSON Schema of what goes in or of what comes out."""
    return _run(ctx)


@app.command(cls=StrictCommand)
def completion(
    ctx: typer.Context, shell_name: Annotated[Text, typer.Argument(metavar="shell")] = None
) -> int:
    """Print the completion script of a shell."""
    return _run(ctx)


@app.command("help", cls=StrictCommand)
def show_help(
    ctx: typer.Context, topic: Annotated[Text, typer.Argument(metavar="command")] = None
) -> None:
    """Show the help of the program or of a command, as `--help` does."""
    tree, root = command(), ctx.find_root()
    shown = root.get_help()
    if topic is not None:
        subcommand = tree.commands[chosen(topic, [*tree.commands], "help")]
        shown = subcommand.get_help(typer.Context(subcommand, info_name=topic, parent=root))
    ctx.obj.out(shown + "\n")


def _run(ctx: typer.Context) -> int:
    """Run the command: the module of its name, which is loaded only now. Return the exit code."""
    try:
        module = import_module(f"ami_cli.commands.{ctx.command.name}")
    except ModuleNotFoundError as absent:
        if absent.name != "polars":
            raise
        raise UsageError(Problem("batch_absent", "batch")) from None
    code: int = module.run(ctx.params, ctx.obj)
    return code


@cache
def command() -> TyperGroup:
    """Return the command tree."""
    tree = get_command(app)
    assert isinstance(tree, TyperGroup)
    return tree
