"""`python -m ami_cli` is `ami`."""

from ami_cli.shell import run

run()
