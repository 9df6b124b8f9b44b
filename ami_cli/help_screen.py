"""Writes the help screens in the user's language, from the command tree: examples first.

Options are declared once, in `cli.py`; their words stand in `words/` under `help.options`.
"""

import shutil
import textwrap
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from ami_cli.answers import FIELD, Kind
from ami_cli.streams import WINDOWS
from ami_cli.words import Words
from ami_cli.words.accepted import accepted_rows
from ami_cli.words.problems import options_explained
from ami_cli.words.wrapping import NARROWEST, wrapped

WIDEST = 96
LABEL_COLUMN = 26
NARROW = 56  # below, what an option means stands under it

_Parameter = TyperOption | TyperArgument


class LocalizedCommand(TyperCommand):
    """A command whose help is written by this module, on the streams of the shell."""

    def get_help(self, ctx: Any) -> str:
        """Return the help screen."""
        return help_screen(self, ctx)

    def get_help_option(self, ctx: Any) -> TyperOption | None:
        """Return `--help`; a screen that cannot be written is then an error like any other."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _show_help
        return option


def _show_help(ctx: Any, option: Any, asked: Any) -> None:
    if asked and not ctx.resilient_parsing:
        ctx.find_root().obj.out(ctx.get_help() + "\n")
        ctx.exit()


class LocalizedGroup(TyperGroup, LocalizedCommand):
    """The program itself: its help lists the commands."""


def help_screen(command: TyperCommand | TyperGroup, ctx: Any) -> str:
    """Return the help of a command, at the width of the terminal."""
    root = ctx.find_root()
    words: Words = root.obj.words
    width = max(NARROWEST, min(shutil.get_terminal_size().columns, WIDEST))
    own = [
        option
        for option in command.get_params(ctx)
        if isinstance(option, TyperOption | TyperArgument)
    ]
    usage = f"{words('help.usage')} {ctx.command_path} {words('help.options_word')}"
    commands = command.commands if isinstance(command, TyperGroup) else {}
    if commands:
        usage += f" {words('help.command_word')}"
    for option in own:
        if isinstance(option, TyperArgument):
            usage += f" {words(f'help.metavar.{option.metavar}')}"
    lines = [wrapped(words(f"help.{command.name}.text"), width), ""]
    lines += textwrap.wrap(usage, width, subsequent_indent="    ", break_on_hyphens=False)
    lines += ["", words("help.examples")]
    for example, meaning in words.list(f"help.{command.name}.examples"):
        lines += [*_example_lines(example, width), wrapped(meaning, width, 6)]
    if commands:
        lines += ["", words("help.commands")]
        lines += _rows([(name, words(f"help.{name}.short")) for name in commands], width)
        sections = [("general", own)]
    else:
        answers = [option for option in own if option.name in FIELD]
        others = [option for option in own if option.name not in FIELD]
        shared = [option for option in root.command.params if option.name != "version"]
        sections = [
            ("answers", answers),
            ("result" if answers else "other", others),
            ("general", shared),
        ]
    for title, options in sections:
        if options:
            lines += ["", wrapped(words(f"help.{title}"), width)]
            lines += _rows([_row(option, words) for option in options], width)
    if command.name == "batch":
        lines += ["", wrapped(words("help.accepted"), width)]
        lines += _rows(accepted_rows(words), width)
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


def _row(option: _Parameter, words: Words) -> tuple[str, str]:
    name = str(option.name)
    text = words(f"help.options.{name}")
    if isinstance(option, TyperArgument):
        return words(f"help.metavar.{option.metavar}"), text
    flags = sorted(option.opts, key=len) + option.secondary_opts
    label = ("/" if option.secondary_opts else ", ").join(flags)
    if not option.is_flag:
        label += f" {words(f'help.metavar.{option.metavar}')}"
    if name in FIELD and FIELD[name].kind is Kind.CHOICE:
        text += ". " + words("help.values", options=options_explained(name, words))
    return label, text


def _rows(rows: list[tuple[str, str]], width: int) -> list[str]:
    lines = []
    column = LABEL_COLUMN if width >= NARROW else 0
    for label, text in rows:
        explained = wrapped(text, width, column + 4)
        if len(label) <= column:
            lines.append(f"  {label:<{column}}  {explained.lstrip(' ')}")
        else:
            lines += [f"  {label}", explained]
    return lines
