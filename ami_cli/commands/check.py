"""The `ami check` command: gathers answers, asks for those that lack, shows the result."""

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ami_cli.answers import FIELD, ORDER, SAME_QUESTION, Answers
from ami_cli.failures import (
    ExitCode,
    Failure,
    InvalidAnswers,
    Problem,
    UnreadableInput,
    UsageError,
)
from ami_cli.interruptible import open_input, read_at_most, unreadable
from ami_cli.law import law_book
from ami_cli.reading import read
from ami_cli.rules.assess import Assessment, assess, today_in_paris, without_health
from ami_cli.rules.coherence import contradictions
from ami_cli.shell import Shell
from ami_cli.signals import ending_with_the_terminal
from ami_cli.streams import can_redraw_prompts, interactive, is_terminal
from ami_cli.views.result import result_of

if TYPE_CHECKING:
    from ami_cli.commands.exports import Exports
    from ami_cli.views.result_types import Result

_EXIT_CODES = {
    "eligible": ExitCode.OK,
    "ineligible": ExitCode.INELIGIBLE,
    "undetermined": ExitCode.UNDETERMINED,
}


def run(options: Mapping[str, Any], shell: Shell) -> ExitCode:
    """Judge one student from the options by name; open the wizard if answers that decide lack."""
    today = shell.today or today_in_paris()
    flags = {name: value for name, value in options.items() if name in FIELD}
    path = options["answers_file"]
    content = None if path is None else _content(path, shell)
    if content is not None:
        from ami_cli.answers_file import documents_in

        if (documents := documents_in(content, path)) is not None:
            return _judge_documents(documents, flags, options, today, shell)
    answers = gather(flags, content, path, today)
    exports = None
    if options["include_health"] or any(
        options[name] is not None for name in ("calendar", "report", "mail")
    ):
        from ami_cli.commands.exports import exports_of

        exports = exports_of(options)
    assessment = assess(Answers(**answers), today=today)
    discreet = exports is not None and not exports.health
    # Opening the wizard must not depend on the disability answer: the exported page would reveal
    # it.
    undecided = without_health(assessment) if discreet else assessment
    may_ask = not (options["no_input"] or options["json"])
    if may_ask and undecided.missing and interactive():
        assessment = ask(assessment, shell, discreet=discreet)
        result = result_of(assessment, shell.words)
        tell_command(assessment, shell)
        show(assessment, result, shell, options, exports)
        # Last, because a file that cannot be written must not take the result away.
        if exports is not None:
            exports.write(assessment, result, shell, all_or_none=False)
        elif is_terminal(sys.stdout):
            keep(assessment, result, shell)
    else:
        result = result_of(assessment, shell.words)
        if exports is not None:
            exports.write(assessment, result, shell, all_or_none=True)
        show(assessment, result, shell, options, exports)
    return _EXIT_CODES[assessment.verdict] if options["exit_code"] else ExitCode.OK


def _judge_documents(
    documents: Sequence[tuple[int, bytes]],
    flags: Mapping[str, Any],
    options: Mapping[str, Any],
    today: date,
    shell: Shell,
) -> ExitCode:
    """Judge documents by their lines and print a line for each; flags hold for all of them.

    Raises UsageError for an option that concerns one student, and with all faults of all
    documents at once UnreadableInput where one is no document, else InvalidAnswers.
    """
    for name in ("details", "calendar", "report", "mail", "include_health"):
        if options[name]:
            flag = f"--{name.replace('_', '-')}"
            raise UsageError(Problem("one_student_only", name, {"flag": flag}))
    students: list[dict[str, Any]] = []
    problems: list[Problem] = []
    failure: type[Failure] = InvalidAnswers
    for line, document in documents:
        try:
            students.append(gather(flags, document, options["answers_file"], today))
        except (InvalidAnswers, UnreadableInput) as error:
            if isinstance(error, UnreadableInput):
                failure = UnreadableInput
            problems += [problem.on_line(line) for problem in error.problems]
    if problems:
        raise failure(*problems)
    verdicts = set()
    for answers in students:
        assessment = assess(Answers(**answers), today=today)
        verdicts.add(assessment.verdict)
        result = result_of(assessment, shell.words)
        if options["json"]:
            shell.json_line(result)
        else:
            shell.out(result["headline"] + "\n")
    if not options["exit_code"] or verdicts <= {"eligible"}:
        return ExitCode.OK
    return ExitCode.INELIGIBLE if "ineligible" in verdicts else ExitCode.UNDETERMINED


def gather(
    flags: Mapping[str, Any], content: bytes | None, source: str, today: date
) -> dict[str, Any]:
    """Return the answers of the flags and of a document, `content`; flags win.

    Raises InvalidAnswers with all faults at once, and UnreadableInput for the document.
    """
    problems: list[Problem] = []
    answers: dict[str, Any] = {}
    if content is not None:
        from ami_cli.answers_file import read_document

        try:
            answers = read_document(content, source)
        except InvalidAnswers as invalid:
            problems += invalid.problems
    for name, value in flags.items():
        if value is None:
            continue
        try:
            answers[name] = read(name, value) if isinstance(value, str) else value
        except InvalidAnswers as invalid:
            problems += invalid.problems
        # An age and a birth date answer the same question: the flag wins over the file.
        if (other := SAME_QUESTION.get(name)) is not None and flags[other] is None:
            answers.pop(other, None)
    answers = {name: value for name, value in answers.items() if value is not None}
    problems += contradictions(answers, today, law_book())
    if problems:
        last = len(ORDER)
        raise InvalidAnswers(*sorted(problems, key=lambda problem: ORDER.get(problem.field, last)))
    return answers


def _content(path: str, shell: Shell) -> bytes:
    from ami_cli.answers_file import LARGEST_FILE

    try:
        file = open_input(path)
        if path == "-":
            shell.tell_reading()
            return read_at_most(file, LARGEST_FILE)
        with file:
            return read_at_most(file, LARGEST_FILE)
    except OSError as error:
        raise unreadable(path, error, "answers") from None


def ask(assessment: Assessment, shell: Shell, *, discreet: bool) -> Assessment:
    """Hold the conversation on stderr; return the assessment of all that was answered."""
    from ami_cli.wizard.flow import Conversation, Stopped

    talk = Conversation(assessment.given, assessment.today, law_book(), discreet)
    try:
        with ending_with_the_terminal():
            answers = _prompts(shell).converse(talk, shell.words, shell.prompt_color)
    except Stopped as stopped:
        if stopped.given:
            tell_command(assessment._replace(given=stopped.given), shell, "wizard.so_far")
        raise
    return assess(Answers(**answers), today=assessment.today)


def _prompts(shell: Shell) -> ModuleType:
    """Return the module that speaks with the person: with redrawn prompts, or line by line."""
    if shell.plain or not can_redraw_prompts():
        from ami_cli.wizard import plain

        return plain
    from ami_cli.wizard import prompts

    return prompts


def tell_command(assessment: Assessment, shell: Shell, title: str = "wizard.replay") -> None:
    """Tell the command line that gives the same result again, without health data."""
    from ami_cli.wizard.command_line import command_line

    shell.tell("")
    shell.tell(shell.words(title))
    shell.tell(f"  {command_line(assessment.given, shell.today)}", whole=True)
    if "disability" in assessment.given:
        shell.tell(shell.words("wizard.replay_without_health"))
    shell.tell("")


def keep(assessment: Assessment, result: "Result", shell: Shell) -> None:
    """Ask what the person wants to keep, and write it into the working directory."""
    from ami_cli.commands.exports import KEPT, Exports, free_name

    # Which questions were asked would tell the page's reader of a no to the question on disability.
    if without_health(assessment).verdict != assessment.verdict == "ineligible":
        return
    useful = {
        "report": True,
        "calendar": result["reminder"] is not None,
        "mail": assessment.verdict != "ineligible",
    }
    names = [name for name in KEPT if useful[name]]
    options = " · ".join(
        f"{rank} {shell.words(f'wizard.keep_{name}')}" for rank, name in enumerate(names, 1)
    )
    question = shell.words("wizard.keep", options=options)
    try:
        with ending_with_the_terminal():
            reply = _prompts(shell).ask_what_to_keep(question, shell.words, shell.prompt_color)
    except KeyboardInterrupt:  # the result is there: leaving is no failure
        return
    files = {
        name: free_name(KEPT[name]) for rank, name in enumerate(names, 1) if str(rank) in reply
    }
    if files:
        exports = Exports(files, force=False, health=False)
        exports.write(assessment, result, shell, all_or_none=False)


def show(
    assessment: Assessment,
    result: "Result",
    shell: Shell,
    options: Mapping[str, Any],
    exports: "Exports | None",
) -> None:
    """Print the result at the width of the terminal: its summary, or all of it with `--details`.

    `--json` and `--mail -` print a document in its place.
    """
    if exports is not None and exports.replaces_the_result:
        shell.tell(result["headline"])
        exports.show(assessment, shell)
        return
    if options["json"]:
        shell.json(result)
        return
    from ami_cli.views.terminal import NARROW, brief_text, result_text

    screen = shell.screen()
    if options["details"]:
        from ami_cli.views.content import content_of

        text = result_text(content_of(result, shell.words), screen)
    else:
        from ami_cli.views.brief import brief_of

        brief = brief_of(assessment, shell.words, short=screen.width < NARROW)
        text = brief_text(brief, screen)
    shell.out(text)
