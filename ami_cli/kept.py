"""What a student keeps: `--calendar` and `--report` between the shell and the views.

Asked for before the first question, written after the last: a name that cannot be written is told
before anybody answers anything. The page holds no health data unless asked: it is the result of
the same answers without the one about disability, so that nothing on it depends on that answer.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ami_cli.failures import Failure, Problem, UsageError, joined
from ami_cli.files import is_same_file, refuse_existing, written
from ami_cli.rules.assess import Assessment, without_health
from ami_cli.shell import Shell
from ami_cli.words import visible

if TYPE_CHECKING:
    from ami_cli.views.result_types import Result

_PAGES = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}
LONGEST_PATH = 200  # characters of a path that are told


class Kept(NamedTuple):
    """The files asked for, and how."""

    calendar: Path | None
    report: Path | None
    force: bool
    health: bool

    def write(self, found: Assessment, document: "Result", shell: Shell, *, whole: bool) -> None:
        """Write the files asked for. Raises Failure when one cannot be written: then none is, or,
        where not `whole`, after a conversation, the other one still."""
        contents: list[tuple[Path, bytes, str]] = []
        lacking = None
        if self.calendar is not None:
            from ami_cli.views.calendar_file import calendar_bytes

            calendar = calendar_bytes(document, shell.words, found.law)
            if calendar is None:
                lacking = UsageError(Problem("calendar_without_start", "calendar"))
            else:
                contents.append((self.calendar, calendar, shell.words("kept.calendar")))
        if lacking is not None and whole:
            raise lacking
        if self.report is not None:
            contents.append(
                (self.report, self._page(found, shell).encode(), shell.words("kept.page"))
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

    def _page(self, found: Assessment, shell: Shell) -> str:
        from ami_cli.views.result import result_of
        from ami_cli.wizard.replay import replay

        shown = found if self.health else without_health(found)
        if shown.verdict != found.verdict:
            word = shell.words(f"verdict.{shown.verdict}.word")
            shell.tell(shell.words("kept.without_health", verdict=word))
        if self.report is not None and _PAGES[self.report.suffix.lower()] == "html":
            from ami_cli.views.page_html import page_html as page
        else:
            from ami_cli.views.page_markdown import page_markdown as page
        command = replay(shown.given, shown.today, health=True)
        return page(result_of(shown, shell.words), shell.words, command)


def kept_files(
    calendar: str | None, report: str | None, answers: str | None, *, force: bool, health: bool
) -> Kept:
    """The files of a command line, none of them the file of the answers. Raises Failure, all
    faults at once, where one cannot be."""
    calendar_path, report_path = (
        None if name is None else Path(name) for name in (calendar, report)
    )
    kept = Kept(calendar_path, report_path, force, health)
    if wrong := [*_wrong_names(kept)]:
        raise UsageError(*wrong)
    if in_the_way := [*_in_the_way(kept, answers)]:
        raise joined(in_the_way)
    return kept


def _wrong_names(kept: Kept) -> Iterator[Problem]:
    if kept.calendar is not None and kept.calendar.suffix.lower() != ".ics":
        yield Problem("not_a_calendar", "calendar", {"value": str(kept.calendar)})
    if kept.report is not None and kept.report.suffix.lower() not in _PAGES:
        yield Problem("not_a_page", "report", {"value": str(kept.report)})
    if kept.health and kept.report is None:
        yield Problem("health_without_page", "include_health")


def _in_the_way(kept: Kept, answers: str | None) -> Iterator[Failure]:
    for target in (kept.calendar, kept.report):
        if target is not None:
            if answers is not None and is_same_file(answers, target):
                yield UsageError(Problem("same_file", "output", {"value": str(target)}))
                continue
            try:
                refuse_existing(target, force=kept.force)
            except Failure as wrong:
                yield wrong
