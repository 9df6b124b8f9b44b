"""main(): the language, the streams, the errors, the exit codes and the signals of `ami`.

Results go to stdout, everything else to stderr. Nothing here knows the rules; nothing in the
rules knows this.
"""

import codecs
import contextlib
import errno
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import FrameType
from typing import NamedTuple, NoReturn, TextIO

from typer._click import exceptions as click
from typer.core import TyperGroup, TyperOption

from ami_cli.answers import FIELD, Kind
from ami_cli.choices import COLORS
from ami_cli.failures import (
    ExitCode,
    Failure,
    Problem,
    UnwritableOutput,
    UsageError,
)
from ami_cli.reading import nearest, read, read_date
from ami_cli.words import LANGUAGES, Words, words_of
from ami_cli.words.lines import width_of, wrapped
from ami_cli.words.problems import spoken

_SWITCHES = {"--plain": "plain", "-q": "quiet", "--quiet": "quiet", "--debug": "debug"}
_VALUED = {"--lang": "lang", "--color": "color", "--today": "today"}

# What a console that cannot show a character shows instead.
_PLAINER = str.maketrans(
    {
        "\u202f": "\u00a0", "’": "'", "…": "...", "→": "->", "✓": "+", "✗": "x", "•": "-",
        "─": "-", "│": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+", "━": "=", "œ": "oe", "·": ".",
        "■": "#", "□": "o", "▲": "^", "●": "*", "▶": ">", "◀": "<", "€": "EUR", "◆": "?",
        "█": "#", **dict.fromkeys("▏▎▍▌▋▊▉", "#"),
        "“": '"', "”": '"', "«": '"', "»": '"',
    }
)  # fmt: skip


class Terminated(BaseException):
    """SIGTERM came while there was something to clean up."""


class Shell(NamedTuple):
    """How this run speaks: the words, the look, the day, and where it may ask."""

    words: Words
    plain: bool
    color: bool
    prompt_color: bool
    quiet: bool
    debug: bool
    today: date | None

    def out(self, text: str) -> None:
        """Write a result. Raises Failure when it cannot be written."""
        write(sys.stdout, text)

    def exact(self, text: str) -> None:
        """Write what a program reads: always UTF-8, whatever the console."""
        if sys.stdout is not None and hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
        self.out(text)

    def json(self, document: object) -> None:
        """Write a result as JSON, with two spaces of indent."""
        from ami_cli.words.documents import json_shown

        self.exact(json_shown(document) + "\n")

    def tell(self, text: str, *, whole: bool = False) -> None:
        """Say something beside the result, unless asked to be quiet.

        A paragraph is wrapped at the width of its terminal; `whole` keeps a command in one line,
        to be copied.
        """
        if not self.quiet and sys.stderr is not None:
            # Who cannot hear it still gets the result.
            _last_words(text if whole else wrapped(text, width_of(sys.stderr)))

    def tell_reading(self) -> None:
        """Say on a terminal that standard input is being read: nothing else shows it."""
        if sys.stdin is not None and sys.stdin.isatty():
            self.tell(self.words("errors.reading"))

    def width(self) -> int:
        """Columns of a result: those of the terminal, 80 at the most and without one."""
        return width_of(sys.stdout)


def write(stream: TextIO | None, text: str) -> None:
    """Write and flush. Raises Failure where the stream is closed or the disk full."""
    try:
        if stream is None:
            raise OSError(errno.EBADF, "closed")
        stream.write(text)
        stream.flush()
    except OSError as wrong:
        silence(stream)
        problem = Problem("output_closed", "output", {"why": wrong})
        raise UnwritableOutput(problem) from None


def silence(stream: TextIO | None) -> None:
    """Point a stream that failed at nothing, so that closing it at exit does not fail again."""
    if stream is not None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def interactive() -> bool:
    """Whether a person is there to answer: stdin and stderr are both terminals."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def run() -> NoReturn:
    """The `ami` command: run, and leave with its exit code or of the signal that ended it."""
    code = main(sys.argv[1:])
    if code in _SIGNALS:
        die_of(_SIGNALS[code])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # too late: what it would stop is done
    # All is written and flushed: the interpreter need not take itself apart, a tenth of the run.
    os._exit(code)


_SIGNALS: dict[int, signal.Signals] = {
    ExitCode.INTERRUPTED: signal.SIGINT,
    ExitCode.TERMINATED: signal.SIGTERM,
}


@contextlib.contextmanager
def cleaning_up() -> Iterator[None]:
    """Let SIGTERM unwind what is inside, so that nothing half-done stays behind."""

    def unwind(number: int, frame: FrameType | None) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, unwind)
    if hasattr(signal, "siginterrupt"):
        # With polars loaded, a read or a write that waits would go on through Ctrl+C.
        signal.siginterrupt(signal.SIGINT, True)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def die_of(number: signal.Signals) -> None:
    """End as the signal itself would, so that a shell loop stops too."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def main(arguments: Sequence[str]) -> int:
    """Run `ami` on its arguments; returns the exit code."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    ready_streams()
    arguments, settings = hoist(arguments)
    shell, problems = speaking(settings, os.environ)
    as_json = "--json" in arguments
    try:
        if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # see `__main__`
            signal.signal(signal.SIGINT, signal.default_int_handler)
        code = _outcome(arguments, shell, problems, as_json)
        if code == ExitCode.INTERRUPTED:
            _last_words(shell.words("wizard.interrupted"))
    except Exception as bug:  # the one place that turns a bug into a line
        code = report_bug(bug, shell, as_json)
    return code


def _outcome(
    arguments: Sequence[str], shell: Shell, problems: tuple[Problem, ...], as_json: bool
) -> int:
    """The exit code of a run, every failure told."""
    try:
        if problems:
            raise UsageError(*problems)
        from ami_cli.cli import command

        root = command()
        try:
            code = root.main(
                args=list(arguments), prog_name="ami", standalone_mode=False, obj=shell
            )
        except click.UsageError as wrong:
            raise UsageError(usage_problem(wrong, root)) from None
        return code if isinstance(code, int) else ExitCode.OK
    except Failure as failure:
        return fail(failure, shell, as_json)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Terminated:
        return ExitCode.TERMINATED


# --- before the command ------------------------------------------------------------------------


def ready_streams() -> None:
    """Let no character of ours crash a console that cannot show it."""
    codecs.register_error("ami", _in_plainer_characters)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="ami")


def _in_plainer_characters(wrong: UnicodeError) -> tuple[str, int]:
    assert isinstance(wrong, UnicodeEncodeError)
    plainer = wrong.object[wrong.start : wrong.end].translate(_PLAINER)
    try:
        plainer.encode(wrong.encoding)
    except UnicodeEncodeError:
        import unicodedata

        plainer = unicodedata.normalize("NFKD", plainer).encode("ascii", "ignore").decode() or "?"
    return plainer, wrong.end


def hoist(arguments: Sequence[str]) -> tuple[list[str], dict[str, str | None]]:
    """Take the global flags, which work before and after the command, out of the arguments.

    Gives the other arguments, and the settings by name; None where a value is missing.
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


def speaking(
    settings: Mapping[str, str | None], env: Mapping[str, str]
) -> tuple[Shell, tuple[Problem, ...]]:
    """The Shell of the flags and of the environment, and what is wrong with them."""
    problems = [
        Problem("missing_value", name, {"flag": f"--{name}", "example": example_value(name)})
        for name, value in settings.items()
        if value is None
    ]
    lang = language_of(env)
    for flag, asked in (
        ("AMI_LANG", env.get("AMI_LANG") or None),
        ("--lang", settings.get("lang")),
    ):
        if asked in LANGUAGES:
            lang = asked
        elif asked is not None:
            near = nearest(asked, LANGUAGES)
            params = {"flag": flag, "value": asked, "suggestion": near}
            problems.append(Problem("not_a_language", "lang", params))
    color = settings.get("color") or "auto"
    if color not in COLORS:
        near = nearest(color, COLORS)
        problems.append(Problem("not_a_color", "color", {"value": color, "suggestion": near}))
    today = None
    for flag, day in (
        ("AMI_TODAY", env.get("AMI_TODAY") or None),
        ("--today", settings.get("today")),
    ):
        try:
            today = today if day is None else read_date(day)
        except ValueError:
            problems.append(Problem("bad_today", "today", {"flag": flag, "value": day}))
    plain = "plain" in settings or env.get("AMI_PLAIN") == "1" or env.get("TERM") == "dumb"
    shell = Shell(
        words=words_of(lang),
        plain=plain,
        color=not plain and colored(color, env, sys.stdout),
        prompt_color=not plain and colored(color, env, sys.stderr),
        quiet="quiet" in settings,
        debug="debug" in settings,
        today=today,
    )
    return shell, tuple(problems)


def language_of(env: Mapping[str, str]) -> str:
    """English for a locale `en…`, French otherwise: the first non-empty variable decides."""
    locale = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""
    return "en" if locale.lower().startswith("en") else "fr"


def colored(choice: str, env: Mapping[str, str], stream: TextIO | None) -> bool:
    """Whether a stream is coloured: --color, then NO_COLOR, FORCE_COLOR, CLICOLOR, a terminal."""
    if choice != "auto":
        return choice == "always"
    if env.get("NO_COLOR"):
        return False
    if env.get("FORCE_COLOR", "0") not in ("", "0") or env.get("CLICOLOR_FORCE", "0") != "0":
        return True
    if env.get("CLICOLOR") == "0":
        return False
    return stream is not None and stream.isatty()


# --- errors ------------------------------------------------------------------------------------


def fail(failure: Failure, shell: Shell, as_json: bool) -> int:
    """Say every problem on stderr, each with its fix; returns the exit code."""
    said = [spoken(problem, shell.words) for problem in failure.problems]
    if as_json:
        from ami_cli.words.documents import json_shown

        text = json_shown({"errors": said})
    else:
        text = "\n".join(
            f"{shell.words('errors.line', message=each['message'])}\n"
            f"  {shell.words('errors.fix', fix=each['fix'])}"
            for each in said
        )
    _last_words(text)
    return failure.exit_code


def report_bug(bug: Exception, shell: Shell, as_json: bool) -> int:
    """One line for a bug, without any value; the traceback with --debug only."""
    if shell.debug:
        import traceback

        frames = traceback.extract_tb(bug.__traceback__)
        _last_words("".join(traceback.format_list(frames)).rstrip())
    words = shell.words
    message = words("errors.bug", kind=type(bug).__name__)
    if as_json:
        from ami_cli.words.documents import json_shown

        error = {"code": "bug", "message": message, "fix": words("errors.bug_fix"), "field": None}
        _last_words(json_shown({"errors": [error]}))
    else:
        _last_words(f"{message}\n  {words('errors.fix', fix=words('errors.bug_fix'))}")
    return ExitCode.BUG


def _last_words(text: str) -> None:
    with contextlib.suppress(Failure):  # nobody may be listening; the exit code still speaks
        write(sys.stderr, text + "\n")


def usage_problem(wrong: click.UsageError, root: TyperGroup) -> Problem:
    """What the command line parser refused, as one of our problems."""
    name = wrong.cmd.name if wrong.cmd is not None and wrong.cmd is not root else None
    command = f"ami {name}" if name else "ami"
    match wrong:
        case click.NoSuchOption():
            near = nearest(wrong.option_name, _flags_of(wrong, root))
            params = {"value": wrong.option_name, "command": command, "suggestion": near}
            return Problem("unknown_option", wrong.option_name, params)
        case click.BadOptionUsage() if "does not take" in wrong.message:
            return Problem("takes_no_value", wrong.option_name, {"flag": wrong.option_name})
        case click.BadOptionUsage():
            return Problem(
                "missing_value",
                wrong.option_name,
                {"flag": wrong.option_name, "example": example_value(wrong.option_name)},
            )
    extra = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    if name is None and extra and extra not in root.commands:
        near = nearest(extra, root.commands)
        params = {"value": extra, "options": ", ".join(root.commands), "suggestion": near}
        return Problem("unknown_command", "command", params)
    if "unexpected extra" in wrong.message:
        word = wrong.message.rpartition("(")[2].rstrip(")")
        return Problem("extra_argument", "argument", {"value": word, "command": command})
    return Problem("usage", "command", {"command": command})


def _flags_of(wrong: click.UsageError, root: TyperGroup) -> list[str]:
    own = wrong.cmd.params if wrong.cmd is not None else []
    return [
        flag
        for option in [*own, *root.params]
        if isinstance(option, TyperOption)
        for flag in [*option.opts, *option.secondary_opts]
    ]


def example_value(flag: str) -> str:
    """A value an option could take, for the message that asks for one."""
    name = flag.lstrip("-").replace("-", "_")
    if name not in FIELD:
        examples = {
            "lang": "fr",
            "color": "never",
            "year": "2025-2026",
            "answers": "dossier.json",
            "calendar": "dates.ics",
            "report": "page.html",
            **dict.fromkeys(("o", "output"), "verdicts.csv"),
            "format": "csv",
            "encoding": "utf-8",
            "sheet": "1",
            "map": "DEPART=start",
            "only": "dossier",
            "summary_json": "resume.json",
            "template": "modele.xlsx",
        }
        return examples.get(name, "2027-01-15")
    value = read(name, FIELD[name].example)
    match FIELD[name].kind:
        case Kind.CHOICE:
            return str(value).replace("_", "-")
        case Kind.NAME if " " in value:
            return f'"{value}"'
    return str(value)
