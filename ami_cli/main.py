"""Runs one command line: language, streams, signals, errors printed, exit code.

It stands above the commands, so that no import runs back.
"""

import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TextIO

from typer._click import exceptions as click
from typer.exceptions import Exit

from ami_cli.failures import ExitCode, Failure, Problem, UnreadableInput, UsageError
from ami_cli.reading import read_date
from ami_cli.registers.spelling import nearest
from ami_cli.shell import Shell
from ami_cli.signals import BY_SIGNAL, Terminated, end, ended_by, listen_to_ctrl_c, stop_at_once
from ami_cli.streams import is_terminal, prepare_streams, shows_escapes, use_utf8, write_message
from ami_cli.words import LANGUAGES, Words, words_of
from ami_cli.words.problems import describe
from ami_cli.words.wrapping import unbroken, width_of, wrapped

MOST_PROBLEMS = 100  # that are printed
COLORS = ("auto", "always", "never")
_SWITCHES = {"--plain": "plain", "-q": "quiet", "--quiet": "quiet", "--debug": "debug"}
_VALUED = {"--lang": "lang", "--color": "color", "--today": "today"}


def run() -> NoReturn:
    """Run the `ami` command, then end with its exit code or by the signal that stopped it."""
    code = main(sys.argv[1:])
    end(code)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # nothing is left to stop
    # All is written and flushed: the interpreter's own clean-up would take a tenth of the run.
    os._exit(code)


def main(arguments: Sequence[str]) -> int:
    """Run `ami` on its arguments; return the exit code."""
    as_json = "--json" in arguments
    shell = None
    try:
        prepare_streams()
        rest, settings = take_global_options(arguments)
        shell, problems = make_shell(settings, os.environ, adviser=rest[:1] == ["batch"])
        listen_to_ctrl_c()
        try:
            return _run_command(rest, arguments, shell, problems)
        except (Failure, MemoryError) as failure:
            if ended_by() is not None:
                raise
            if isinstance(failure, MemoryError):
                failure = UnreadableInput(Problem("no_memory", "input"))
            return fail(failure, shell, as_json)
    except KeyboardInterrupt:
        return _end_of(signal.SIGINT, shell)
    except Terminated as signaled:
        return _end_of(signaled.number, shell)
    except BaseException as error:  # a panic of polars too
        # A library may make an error of its own of a signal.
        if (number := ended_by()) is not None:
            return _end_of(number, shell)
        return report_bug(error, shell, as_json)  # the one place that turns a bug into a line


def _end_of(number: int, shell: Shell | None) -> int:
    """Return the exit code of a run that a signal ends; a word says so after Ctrl+C."""
    stop_at_once()
    if number == signal.SIGINT and shell is not None:
        write_message(shell.words("wizard.interrupted"))
    return BY_SIGNAL + number


def _run_command(
    arguments: Sequence[str],
    typed_line: Sequence[str],
    shell: Shell,
    problems: Sequence[Problem],
) -> int:
    """Run the command; return its exit code. Raises Failure for mistakes in the command line.

    `arguments` are those of `typed_line` without the global options, `problems` those of the
    global options.
    """
    from ami_cli.cli import command

    root = command()
    if problems:
        from ami_cli.mistakes import with_quotes

        raise UsageError(*with_quotes(problems, typed_line, root))
    try:
        # Not `root.main`, which makes other exceptions of EOFError, KeyboardInterrupt and EPIPE.
        with root.make_context("ami", list(arguments), obj=shell) as context:
            code = root.invoke(context)
    except Exit as ended:  # --help, --version
        return ended.exit_code
    except click.UsageError as error:
        from ami_cli.mistakes import usage_problem

        problem = usage_problem(error, root, arguments, typed_line)
        raise UsageError(problem) from None
    except UnreadableInput as failure:
        (problem, *_) = failure.problems
        if problem.code != "absent_input":
            raise
        from ami_cli.mistakes import absent_input

        if (meant := absent_input(problem, typed_line, root)) is None:
            raise
        raise UsageError(meant) from None
    return code if isinstance(code, int) else ExitCode.OK


# --- before the command ------------------------------------------------------------------------


def take_global_options(arguments: Sequence[str]) -> tuple[list[str], dict[str, str | None]]:
    """Take the global options, valid before and after the command, out of the arguments.

    Returns the other arguments, and the settings by name; None where a value is missing.
    """
    rest: list[str] = []
    settings: dict[str, str | None] = {}
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        name, equals, value = argument.partition("=")
        if argument == "--":
            rest += [argument, *waiting]
            break
        if argument in _SWITCHES:
            settings[_SWITCHES[argument]] = "1"
        elif name in _VALUED:
            follows = bool(waiting) and not waiting[0].startswith("-")
            settings[_VALUED[name]] = value if equals else waiting.pop(0) if follows else None
        else:
            rest.append(argument)
    return rest, settings


def make_shell(
    settings: Mapping[str, str | None], env: Mapping[str, str], *, adviser: bool = False
) -> tuple[Shell, tuple[Problem, ...]]:
    """Make the Shell of the options and of the environment; return it with their problems.

    An `adviser` runs `ami batch`, and is not spoken to as a student is.
    """
    problems = []
    if None in settings.values():
        from ami_cli.mistakes import missing_value

        problems = [
            missing_value(f"--{name}", name) for name, value in settings.items() if value is None
        ]

    def given(name: str) -> list[tuple[str, str]]:
        """Return a setting as the environment and the options give it; the last one counts."""
        variable = f"AMI_{name.upper()}"
        values = ((variable, env.get(variable) or None), (f"--{name}", settings.get(name)))
        return [(flag, value) for flag, value in values if value is not None]

    lang, today = language_of(env), None
    for flag, asked in given("lang"):
        if asked.lower() in LANGUAGES:
            lang = asked.lower()
        else:
            near = nearest(asked, LANGUAGES)
            params = {"flag": flag, "value": asked, "suggestion": near}
            problems.append(Problem("not_a_language", "lang", params))
    color = settings.get("color") or "auto"
    if color not in COLORS:
        near = nearest(color, COLORS)
        problems.append(Problem("not_a_color", "color", {"value": color, "suggestion": near}))
    for flag, day in given("today"):
        try:
            today = read_date(day)
        except ValueError:
            problems.append(Problem("bad_today", "today", {"flag": flag, "value": day}))
    plain = "plain" in settings or env.get("AMI_PLAIN") == "1" or env.get("TERM") == "dumb"
    shell = Shell(
        words=words_of(lang, adviser=adviser),
        plain=plain,
        color=not plain and colored(color, env, sys.stdout),
        prompt_color=not plain and colored(color, env, sys.stderr),
        quiet="quiet" in settings,
        debug="debug" in settings,
        today=today,
    )
    return shell, tuple(problems)


def language_of(env: Mapping[str, str]) -> str:
    """Return "en" for a locale `en…`, else "fr"; the first non-empty variable decides."""
    locale = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""
    return "en" if locale.lower().startswith("en") else "fr"


def colored(choice: str, env: Mapping[str, str], stream: TextIO | None) -> bool:
    """Decide whether a stream is coloured: --color, then NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE,
    CLICOLOR, else whether it is a terminal.

    An empty variable is not set. FORCE_COLOR=0 means no colour, as for the tools of Node.js.
    """
    if choice == "auto":
        forced = env.get("FORCE_COLOR", "").strip().lower()
        if env.get("NO_COLOR") or forced in ("0", "false"):
            choice = "never"
        elif forced or env.get("CLICOLOR_FORCE") not in (None, "", "0"):
            choice = "always"
        elif env.get("CLICOLOR") == "0":
            choice = "never"
    if choice == "never":
        return False
    obeys_escapes = shows_escapes(stream)  # in a Windows console this switches them on
    return choice == "always" or obeys_escapes


# --- errors ------------------------------------------------------------------------------------


def fail(failure: Failure, shell: Shell, as_json: bool) -> int:
    """Print the problems on stderr, each with its fix; return the exit code.

    Of thousands, which a file of documents or a profile can have, the first are printed.
    """
    words = shell.words
    problems = [*failure.problems[:MOST_PROBLEMS]]
    if more := len(failure.problems) - len(problems):
        problems.append(Problem("more_problems", "input", {"count": words.number(more)}))
    _print_errors([describe(problem, words) for problem in problems], words, as_json)
    return failure.exit_code


def report_bug(bug: BaseException, shell: Shell | None, as_json: bool) -> int:
    """Print one line about a bug, without any value; the traceback with --debug only."""
    if shell is not None and shell.debug:
        import traceback

        frames = traceback.extract_tb(bug.__traceback__)
        write_message("".join(traceback.format_list(frames)).rstrip())
    kind = type(bug).__name__
    try:
        words = words_of(language_of(os.environ)) if shell is None else shell.words
        error = {
            "code": "bug",
            "message": words("errors.bug", kind=kind),
            "fix": words("errors.bug_fix"),
            "field": None,
        }
        _print_errors([error], words, as_json)
    except Exception:  # what failed may be the words themselves
        write_message(f"ami : erreur interne, internal error ({kind})")
    return ExitCode.BUG


def _print_errors(errors: Sequence[Mapping[str, Any]], words: Words, as_json: bool) -> None:
    if as_json:
        from ami_cli.words.json_output import json_shown

        use_utf8(sys.stderr)
        write_message(json_shown({"errors": errors}))
        return
    indent = 0
    if len(errors) > 1:
        indent = 2
        write_message(_wrapped(words("errors.line", message=words("errors.several")), 0))
    for error in errors:
        message = error["message"] if indent else words("errors.line", message=error["message"])
        write_message(_wrapped(message, indent))
        write_message(_wrapped(error["fix"], indent + 2, "→"))


# What a person copies stays in one piece.
_COMMAND = re.compile(r"""pipx [\w -]+|ami \w+ --?[\w-]+|(ami \w+|--[\w-]+) ("[^"]*"|'[^']*')""")


def _wrapped(text: str, indent: int, lead: str = "") -> str:
    """Return a message at the width of the terminal; in one line where none is."""
    here = is_terminal(sys.stderr) or os.environ.get("COLUMNS")
    whole = _COMMAND.sub(lambda command: unbroken(command[0]), text)
    width = width_of(sys.stderr) if here else sys.maxsize
    return wrapped(whole, width, indent, lead)
