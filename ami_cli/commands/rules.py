"""The `ami rules` command: the criteria and figures in force in a year, with their sources."""

from collections.abc import Mapping
from typing import Any

from ami_cli.failures import ExitCode, Problem, UsageError
from ami_cli.law import academic_year, law_book
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

        shell.out(law_text(document, shell.words, shell.width(), shell.color, shell.plain))
    return ExitCode.OK


def known_year(text: str) -> str:
    """Return an academic year typed as "2025-2026" or "2025-26".

    Raises UsageError for anything else, and for a year before the first one known.
    """
    book = law_book()
    first, _, last = text.partition("-")
    if first.isascii() and first.isdigit() and len(first) == 4:
        following = str(int(first) + 1)
        year = f"{first}-{following}"
        if last in (following, following[2:]) and book.first_year <= year < "2100":
            return year
    params = {"value": text, "first_year": book.first_year, "last_year": book.last_year}
    raise UsageError(Problem("unknown_year", "year", params))
