"""The `ami check` command: gathers answers, asks for those that lack, shows the result."""

import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ami_cli.answers import FIELD, ORDER, SAME_QUESTION, Answers
from ami_cli.failures import ExitCode, InvalidAnswers, Problem, UnreadableInput
from ami_cli.interruptible import read_at_most
from ami_cli.law import law_book
from ami_cli.reading import read
from ami_cli.rules.assess import Assessment, assess, today_in_paris, without_health
from ami_cli.rules.coherence import contradictions
from ami_cli.shell import Shell
from ami_cli.streams import can_redraw_prompts, interactive

if TYPE_CHECKING:
    from ami_cli.views.result_types import Result

_EXIT_CODES = {
    "eligible": ExitCode.OK,
    "ineligible": ExitCode.INELIGIBLE,
    "undetermined": ExitCode.UNDETERMINED,
}


def check(options: Mapping[str, Any], shell: Shell) -> ExitCode:
    """Judge one student from the options by name; open the wizard if answers that decide lack."""
    today = shell.today or today_in_paris()
    flags = {name: value for name, value in options.items() if name in FIELD}
    given = gather(flags, options["answers_file"], today, shell)
    exports = None
    named = any(options[name] is not None for name in ("calendar", "report"))
    if named or options["include_health"]:
        from ami_cli.commands.exports import exports_of

        exports = exports_of(options)
    assessment = assess(Answers(**given), today=today)
    discreet = exports is not None and not exports.health
    # Opening the wizard must not depend on the disability answer: the exported page would reveal
    # it.
    undecided = without_health(assessment) if discreet else assessment
    asks = bool(undecided.missing) and not (options["no_input"] or options["json"])
    if asks and interactive():
        assessment = ask(assessment, shell, discreet=discreet)
        result = result_of(assessment, shell)
        show(result, shell, as_json=False)
        tell_end(assessment, result, shell)
        # Last, because a file that cannot be written must not take the result away.
        if exports is not None:
            exports.write(assessment, result, shell, all_or_none=False)
    else:
        result = result_of(assessment, shell)
        if exports is not None:
            exports.write(assessment, result, shell, all_or_none=True)
        show(result, shell, as_json=options["json"])
    return _EXIT_CODES[assessment.verdict] if options["exit_code"] else ExitCode.OK


def gather(
    flags: Mapping[str, Any], answers_file: str | None, today: date, shell: Shell
) -> dict[str, Any]:
    """Return the answers of the flags and of the file; flags win.

    Raises InvalidAnswers with all faults at once, and UnreadableInput for the file.
    """
    problems: list[Problem] = []
    given: dict[str, Any] = {}
    if answers_file is not None:
        from ami_cli.answers_file import read_document

        try:
            given = read_document(_content(answers_file, shell), answers_file)
        except InvalidAnswers as invalid:
            problems += invalid.problems
    for name, value in flags.items():
        if value is None:
            continue
        try:
            given[name] = read(name, value) if isinstance(value, str) else value
        except InvalidAnswers as invalid:
            problems += invalid.problems
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
    except (OSError, ValueError) as error:
        why = error if isinstance(error, OSError) else OSError(22, "invalid")
        problem = Problem("unreadable_file", "answers", {"value": path, "why": why})
        raise UnreadableInput(problem) from None


def ask(assessment: Assessment, shell: Shell, *, discreet: bool) -> Assessment:
    """Hold the conversation on stderr; return the assessment of all that was answered."""
    from ami_cli.wizard.flow import Talk

    talk = Talk(assessment.given, assessment.today, law_book(), discreet)
    if shell.plain or not can_redraw_prompts():
        from ami_cli.wizard.plain import converse
    else:
        from ami_cli.wizard.prompts import converse
    answered = converse(talk, shell.words, shell.prompt_color)
    return assess(Answers(**answered), today=assessment.today)


def tell_end(assessment: Assessment, result: "Result", shell: Shell) -> None:
    """Tell the result in a line after a conversation, because its top may have scrolled away, and
    the command line that gives it again, without health data."""
    from ami_cli.wizard.replay import replay

    shell.tell("")
    shell.tell(shell.words("wizard.in_short", headline=result["headline"]))
    if result["estimate"]:
        label = shell.words("summary.estimate") + shell.words("format.colon")
        shell.tell(label + result["estimate"]["text"])
    shell.tell("")
    shell.tell(shell.words("wizard.replay"))
    shell.tell(f"  {replay(assessment.given, shell.today)}", whole=True)
    if "disability" in assessment.given:
        shell.tell("")
        shell.tell(shell.words("wizard.replay_without_health"))


def result_of(assessment: Assessment, shell: Shell) -> "Result":
    """Return the result in the user's language, which every view renders."""
    from ami_cli.views import result

    return result.result_of(assessment, shell.words)


def show(result: "Result", shell: Shell, *, as_json: bool) -> None:
    """Print the result: JSON, or text at the width of the terminal."""
    if as_json:
        shell.json(result)
    else:
        from ami_cli.views.content import content_of
        from ami_cli.views.terminal import result_text

        content = content_of(result, shell.words)
        shell.out(result_text(content, shell.words, shell.width(), shell.color, shell.plain))
