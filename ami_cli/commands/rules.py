"""The `ami rules` command: the criteria and figures in force in a year, with their sources."""

import re
from collections.abc import Mapping
from typing import Any

from ami_cli.failures import ExitCode, Problem, UsageError
from ami_cli.law import academic_year, law_book, year_label
from ami_cli.rules.assess import today_in_paris
from ami_cli.shell import Shell
from ami_cli.views.law import law_report


def run(options: Mapping[str, Any], shell: Shell) -> ExitCode:
    """Print the law of an academic year; that of today without `year`."""
    book, year = law_book(), options["year"]
    if year is None:
        year = max(academic_year(shell.today or today_in_paris()), book.first_year)
    document = law_report(book.law_of_year(known_year(year)), shell.words)
    if options["json"]:
        shell.json(document)
    else:
        from ami_cli.views.terminal import law_text

        shell.out(law_text(document, shell.screen()))
    return ExitCode.OK


def known_year(text: str) -> str:
    """Return an academic year typed as "2025-2026", "2025-26" or "2025/2026".

    Raises UsageError for anything else, and for a year before the first one known; a single year
    is taken for the one that begins in it by the suggestion only.
    """
    book, near = law_book(), None
    if years := re.fullmatch(r"(\d{4})(?: ?[-–/] ?(\d{4}|\d\d))?", text.strip(), re.ASCII):
        first, last = years.groups()
        year = year_label(int(first))
        if book.first_year <= year < "2100":
            if last in (year[5:], year[7:]):
                return year
            near = None if last else year
    params = {"value": text, "first_year": book.first_year, "last_year": book.last_year}
    raise UsageError(Problem("unknown_year", "year", {**params, "suggestion": near}))
