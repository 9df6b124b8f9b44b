"""Help screens, in the user's language, from the command tree: examples first, nothing cut.

Options are declared once, in `cli.py`; their words stand in `words/` under `help.options`.
"""

import shutil
import textwrap
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from ami_cli.answers import FIELD, Kind
from ami_cli.failures import InvalidAnswers, Problem
from ami_cli.streams import WINDOWS
from ami_cli.words import Words
from ami_cli.words.problems import options_of

WIDEST = 96
LABEL_COLUMN = 26
NARROW = 56  # below, what an option means stands under it

_Parameter = TyperOption | TyperArgument


class _Spoken(TyperCommand):
    """Help written by this module, on the streams of the shell."""

    def get_help(self, ctx: Any) -> str:
        """The help screen."""
        return help_screen(self, ctx)

    def get_help_option(self, ctx: Any) -> TyperOption | None:
        """The option that shows it; a screen that cannot be written is an error like any other."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _show_help
        return option


def _show_help(ctx: Any, option: Any, asked: Any) -> None:
    if asked and not ctx.resilient_parsing:
        ctx.find_root().obj.out(ctx.get_help() + "\n")
        ctx.exit()


class LocalizedCommand(_Spoken):
    """A command, which takes no value twice."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse as usual, once it is known that no value is given twice.

        Raises InvalidAnswers otherwise: the last one would win without a word.
        """
        given = self.make_parser(ctx).parse_args(args=list(args))[2]
        twice = {each.name: each for each in given if given.count(each) > 1}
        problems = [
            Problem("given_twice", str(name), {"flag": each.opts[0]})
            for name, each in twice.items()
            if isinstance(each, TyperOption) and not each.multiple
            if name in FIELD or not each.is_flag
        ]
        if problems:
            raise InvalidAnswers(*problems)
        return super().parse_args(ctx, args)


class LocalizedGroup(TyperGroup, _Spoken):
    """The program itself: its help lists the commands."""


def help_screen(command: TyperCommand | TyperGroup, ctx: Any) -> str:
    """The help of a command, at the width of the terminal."""
    words: Words = ctx.find_root().obj.words
    key = f"help.{command.name}"
    width = min(shutil.get_terminal_size().columns, WIDEST)
    lines = [*textwrap.wrap(words(f"{key}.text"), width), ""]
    commands = command.commands if isinstance(command, TyperGroup) else {}
    tail = words("help.options_word") + (f" {words('help.command_word')}" if commands else "")
    for each in command.params:
        if isinstance(each, TyperArgument):
            tail += f" {words(f'help.metavar.{each.metavar}')}"
    usage = f"{words('help.usage')} {ctx.command_path} {tail}"
    lines += textwrap.wrap(usage, width, subsequent_indent="    ", break_on_hyphens=False)
    lines += ["", words("help.examples")]
    for example, meaning in words.list(f"{key}.examples"):
        lines += _example_lines(example, width)
        lines += _indented(meaning, width, 6)
    if commands:
        lines += ["", words("help.commands")]
        lines += _rows([(name, words(f"help.{name}.short")) for name in commands], width)
    for title, options in _sections(command, ctx):
        if options:
            lines += ["", *textwrap.wrap(words(f"help.{title}"), width)]
            lines += _rows([_row(option, words) for option in options], width)
    return "\n".join(lines)


def _example_lines(example: str, width: int) -> list[str]:
    """Return an example as lines that are one command when copied."""
    if WINDOWS:  # cmd and PowerShell have no continuation mark in common
        return [f"  > {example}"]
    parts = textwrap.wrap(
        f"$ {example}", width - 2, initial_indent="  ", subsequent_indent="      ",
        break_on_hyphens=False, break_long_words=False,
    )  # fmt: skip
    return [*(f"{part} \\" for part in parts[:-1]), parts[-1]]


def _sections(command: TyperCommand | TyperGroup, ctx: Any) -> list[tuple[str, list[_Parameter]]]:
    """The options under their headings: answers, result, and what every command takes."""
    own = [
        each for each in command.get_params(ctx) if isinstance(each, TyperOption | TyperArgument)
    ]
    root = ctx.find_root()
    shared = [option for option in root.command.params if option.name != "version"]
    if isinstance(command, TyperGroup):
        return [("general", own)]
    answers = [option for option in own if option.name in FIELD]
    others = [option for option in own if option.name not in FIELD]
    return [("answers", answers), ("result" if answers else "other", others), ("general", shared)]


def _row(option: _Parameter, words: Words) -> tuple[str, str]:
    name = str(option.name)
    if isinstance(option, TyperArgument):
        return words(f"help.metavar.{option.metavar}"), words(f"help.options.{name}")
    flags = sorted(option.opts, key=len) + option.secondary_opts
    label = ("/" if option.secondary_opts else ", ").join(flags)
    if not option.is_flag:
        label += f" {words(f'help.metavar.{option.metavar}')}"
    text = words(f"help.options.{name}")
    if name in FIELD and FIELD[name].kind is Kind.CHOICE:
        text += ". " + words("help.values", options=options_of(name, words))
    return label, text


def _rows(rows: list[tuple[str, str]], width: int) -> list[str]:
    lines = []
    column = LABEL_COLUMN if width >= NARROW else 2
    for label, text in rows:
        wrapped = _indented(text, width, column + 4)
        if len(label) <= column:
            lines.append(f"  {label:<{column}}  {wrapped[0].lstrip(' ')}")
            lines += wrapped[1:]
        else:
            lines += [f"  {label}", *wrapped]
    return lines


def _indented(text: str, width: int, indent: int) -> list[str]:
    space = " " * indent
    return textwrap.wrap(
        text, width, initial_indent=space, subsequent_indent=space, break_on_hyphens=False
    )
