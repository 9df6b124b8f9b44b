"""Writes the files of `--calendar` and `--report`.

Their names are checked before the first question, so that nobody answers in vain; they are written
after the last. The page holds no health data unless asked: it is the result of the same answers
without the one about disability, so that nothing on it depends on that answer.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ami_cli.failures import Failure, Problem, UsageError, joined
from ami_cli.files import is_same_file, refuse_existing, written
from ami_cli.rules.assess import Assessment, without_health
from ami_cli.shell import Shell
from ami_cli.words import visible

if TYPE_CHECKING:
    from ami_cli.views.result_types import Result

_PAGES = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}
LONGEST_PATH = 200  # characters of a path that are told


class Exports(NamedTuple):
    """The files asked for; `health` says whether the page may hold the disability answer."""

    calendar: Path | None
    report: Path | None
    force: bool
    health: bool

    def write(
        self, assessment: Assessment, result: "Result", shell: Shell, *, all_or_none: bool
    ) -> None:
        """Write the files asked for.

        Raises a Failure when one cannot be written. No file is written then, but after a
        conversation (not `all_or_none`) the page is written although a calendar lacks its dates.
        """
        contents: list[tuple[Path, bytes, str]] = []
        lacking = None
        if self.calendar is not None:
            from ami_cli.views.calendar_file import calendar_bytes

            calendar = calendar_bytes(result, shell.words, assessment.law)
            if calendar is None:
                lacking = UsageError(Problem("calendar_without_start", "calendar"))
            else:
                contents.append((self.calendar, calendar, shell.words("kept.calendar")))
        if lacking is not None and all_or_none:
            raise lacking
        if self.report is not None:
            contents.append(
                (self.report, self._page(assessment, shell).encode(), shell.words("kept.page"))
            )
        with ExitStack() as files:  # none is put into its place before all are whole
            for target, content, _ in contents:
                file = files.enter_context(written(target, "text", force=self.force))
                file.write(content)
        for target, _, title in contents:
            name = visible(str(target), LONGEST_PATH)
            shell.tell(f"{title}{shell.words('format.colon')}{name}", whole=True)
        if lacking is not None:
            raise lacking

    def _page(self, assessment: Assessment, shell: Shell) -> str:
        from ami_cli.views.result import result_of
        from ami_cli.wizard.replay import replay

        shown = assessment if self.health else without_health(assessment)
        if shown.verdict != assessment.verdict:
            word = shell.words(f"verdict.{shown.verdict}.word")
            shell.tell(shell.words("kept.without_health", verdict=word))
        if self.report is not None and _PAGES[self.report.suffix.lower()] == "html":
            from ami_cli.views.page_html import page_html as page
        else:
            from ami_cli.views.page_markdown import page_markdown as page
        command = replay(shown.given, shown.today, health=True)
        return page(result_of(shown, shell.words), shell.words, command)


def exports_of(options: Mapping[str, Any]) -> Exports:
    """Return the files that the options of `ami check` ask for.

    Raises a Failure with all faults at once where one cannot be written.
    """
    calendar, report = (
        None if options[name] is None else Path(options[name]) for name in ("calendar", "report")
    )
    exports = Exports(calendar, report, options["force"], options["include_health"])
    if problems := [*_wrong_names(exports)]:
        raise UsageError(*problems)
    if failures := [*_in_the_way(exports, options["answers_file"])]:
        raise joined(failures)
    return exports


def _wrong_names(exports: Exports) -> Iterator[Problem]:
    if exports.calendar is not None and exports.calendar.suffix.lower() != ".ics":
        yield Problem("not_a_calendar", "calendar", {"value": str(exports.calendar)})
    if exports.report is not None and exports.report.suffix.lower() not in _PAGES:
        yield Problem("not_a_page", "report", {"value": str(exports.report)})
    if exports.health and exports.report is None:
        yield Problem("health_without_page", "include_health")


def _in_the_way(exports: Exports, answers: str | None) -> Iterator[Failure]:
    for target in (exports.calendar, exports.report):
        if target is not None:
            if answers is not None and is_same_file(answers, target):
                yield UsageError(Problem("same_file", "output", {"value": str(target)}))
                continue
            try:
                refuse_existing(target, force=exports.force)
            except Failure as failure:
                yield failure
