"""Writes the files of `--calendar`, `--report` and `--mail`.

Their names are checked before the first question, so that nobody answers in vain; they are written
after the last. Page and message hold no health data unless asked: they are made of the same answers
without the one about disability, so that nothing in them depends on that answer.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ami_cli.failures import Failure, Problem, UsageError
from ami_cli.files import is_same_file, refuse_existing, written
from ami_cli.rules.assess import Assessment, without_health
from ami_cli.shell import Shell
from ami_cli.signals import cleaning_up
from ami_cli.views.brief import brief_of
from ami_cli.views.content import page_of
from ami_cli.views.result import result_of
from ami_cli.words import Words, visible

if TYPE_CHECKING:
    from ami_cli.views.result_types import Result

_HTML, _MARKDOWN = (".html", ".htm"), (".md", ".markdown")
# By option: the endings of the file, the problem of another one, the code of what is said once the
# file is written.
_FILES = {
    "calendar": ((".ics",), Problem("not_a_calendar", "calendar"), "exports.calendar"),
    "report": ((*_HTML, *_MARKDOWN), Problem("not_a_page", "report"), "exports.page"),
    "mail": ((".txt",), Problem("not_a_message", "mail"), "exports.mail"),
}
_STDOUT = Path("-")  # of the message only
# What a person may keep after a conversation, by the name of its option, and the file it goes to.
KEPT = {"report": "ami.html", "calendar": "ami.ics", "mail": "message-sri.txt"}
LONGEST_PATH = 200  # characters of a path that are told


class Exports(NamedTuple):
    """The files asked for, by option; `health` says whether they may hold the disability answer."""

    targets: Mapping[str, Path]
    force: bool
    health: bool

    def write(
        self, assessment: Assessment, result: "Result", shell: Shell, *, all_or_none: bool
    ) -> None:
        """Write the files asked for.

        Raises a Failure when one cannot be written. No file is written then, but after a
        conversation (not `all_or_none`) the page is written although a calendar lacks its dates.
        """
        contents: dict[str, bytes] = {}
        failure = None
        if "calendar" in self.targets:
            from ami_cli.views.calendar_file import calendar_bytes

            calendar = calendar_bytes(result, shell.words, assessment.law)
            if calendar is not None:
                contents["calendar"] = calendar
            else:
                failure = UsageError(Problem("calendar_without_start", "calendar"))
                if all_or_none:
                    raise failure
        if "report" in self.targets:
            contents["report"] = self._page(assessment, shell).encode()
        if "mail" in self.targets and not self.replaces_the_result:
            contents["mail"] = self._message(assessment, shell).encode()
        with cleaning_up(), ExitStack() as files:  # none is put into its place before all are whole
            for name, content in contents.items():
                out = written(self.targets[name], "text", force=self.force)
                file = files.enter_context(out)
                file.write(content)
                file.flush()
        for name in contents:
            *_, title = _FILES[name]
            path = visible(str(self.targets[name]), LONGEST_PATH)
            shell.tell(shell.words(title) + shell.words("format.colon") + path, whole=True)
        if failure is not None:
            raise failure

    @property
    def replaces_the_result(self) -> bool:
        """Tell whether the message takes the place of the result on standard output."""
        return self.targets.get("mail") == _STDOUT

    def show(self, assessment: Assessment, shell: Shell) -> None:
        """Print the message on standard output."""
        shell.out(self._message(assessment, shell))

    def _message(self, assessment: Assessment, shell: Shell) -> str:
        from ami_cli.views.mail import mail_text

        shown = assessment if self.health else without_health(assessment)
        return mail_text(shown, shell.words.lang)

    def _page(self, assessment: Assessment, shell: Shell) -> str:
        is_html = self.targets["report"].suffix.lower() in _HTML
        shown, page = student_page(assessment, shell.words, health=self.health, is_html=is_html)
        if shown.verdict != assessment.verdict:
            word = shell.words(f"verdict.{shown.verdict}.word")
            shell.tell(shell.words("exports.without_health", verdict=word))
        return page


def student_page(
    assessment: Assessment, words: Words, *, health: bool, is_html: bool = True
) -> tuple[Assessment, str]:
    """Return the page of a student, and what it shows: without `health` another assessment."""
    from ami_cli.wizard.command_line import command_line

    shown = assessment if health else without_health(assessment)
    if is_html:
        from ami_cli.views.page_html import page_html as render
    else:
        from ami_cli.views.page_markdown import page_markdown as render
    command = command_line(shown.given, shown.today, health=True)
    result = result_of(shown, words)
    page = page_of(result, words, command, brief_of(shown, words))
    return shown, render(page, words)


def free_name(name: str) -> Path:
    """Return `ami.html`, `ami-2.html` and so on, whichever no file of this folder has yet."""
    path, rank = Path(name), 1
    while path.exists() or path.is_symlink():
        rank += 1
        path = Path(name).with_stem(f"{Path(name).stem}-{rank}")
    return path


def exports_of(options: Mapping[str, Any]) -> Exports:
    """Return the files that the options of `ami check` ask for.

    Raises a Failure with all faults at once where one cannot be written.
    """
    targets = {name: Path(options[name]) for name in _FILES if options[name] is not None}
    force, health = options["force"], options["include_health"]
    exports = Exports(targets, force, health)
    problems = []
    for name, target in targets.items():
        endings, problem, _ = _FILES[name]
        on_stdout = name == "mail" and target == _STDOUT
        if target.suffix.lower() not in endings and not on_stdout:
            problems.append(problem._replace(params={"value": str(target)}))
    if exports.replaces_the_result and options["json"]:
        problems.append(Problem("message_and_json", "mail"))
    if health and not targets.keys() & {"report", "mail"}:
        problems.append(Problem("health_without_page", "include_health"))
    if problems:
        raise UsageError(*problems)
    failures: list[Failure] = []
    for target in targets.values():
        answers = options["answers_file"]
        if target == _STDOUT:
            continue
        if answers is not None and is_same_file(answers, target):
            failures.append(UsageError(Problem("same_file", "output", {"value": str(target)})))
            continue
        try:
            refuse_existing(target, force=force)
        except Failure as failure:
            failures.append(failure)
    if failures:
        # A usage error decides the exit code, because it is what the person corrects first.
        first = min(failures, key=lambda failure: failure.exit_code)
        raise type(first)(*(problem for failure in failures for problem in failure.problems))
    return exports
