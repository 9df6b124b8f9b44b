"""The `ami schema` command: the JSON Schema of what goes in or of what comes out."""

from collections.abc import Mapping
from typing import Any

from ami_cli.commands import chosen
from ami_cli.failures import ExitCode
from ami_cli.schema import SCHEMAS, schema_of
from ami_cli.shell import Shell


def run(options: Mapping[str, Any], shell: Shell) -> ExitCode:
    """Print the JSON Schema of the answers or of the result."""
    kind = chosen(options["kind"], SCHEMAS, "schema")
    shell.json(schema_of(kind, shell.words))
    return ExitCode.OK
