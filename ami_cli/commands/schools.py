"""The `ami schools` command: the institutions of the register that some words may mean."""

from ami_cli.shell import Shell
from ami_cli.views.schools import schools_report


def show_schools(query: str, shell: Shell, *, as_json: bool) -> None:
    """Print the institutions that a query may mean; all of them for an empty one."""
    document = schools_report(query, shell.words)
    if as_json:
        shell.json(document)
    elif not document["schools"]:
        shell.tell(shell.words("schools.none", query=shell.words.datum(query)))
    else:
        from ami_cli.views.terminal import schools_text

        shell.out(schools_text(document, shell.screen()))
