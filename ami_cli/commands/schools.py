"""The `ami schools` command: the institutions of the register that some words may mean."""

from collections.abc import Mapping
from typing import Any

from ami_cli.failures import ExitCode
from ami_cli.registers import unlisted_kind
from ami_cli.shell import Shell
from ami_cli.views.schools import schools_report


def run(options: Mapping[str, Any], shell: Shell) -> ExitCode:
    """Print the institutions that a query may mean; all of them without one."""
    query = " ".join(options["query"] or ())
    document = schools_report(query, shell.words)
    if options["json"]:
        shell.json(document)
    elif not document["schools"]:
        kind = unlisted_kind(query)
        code = f"schools.none_{kind}" if kind else "schools.none"
        shell.tell(shell.words(code, query=shell.words.datum(query)))
    else:
        from ami_cli.views.terminal import schools_text

        shell.out(schools_text(document, shell.screen()))
    return ExitCode.OK
