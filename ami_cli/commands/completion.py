"""The `ami completion` command: prints a completion script, and says where its shell looks for it.

The scripts are data of the package, made by `make completions`. The French ones stand in
`completions/` too, for whoever installs by hand.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ami_cli.commands import chosen
from ami_cli.failures import ExitCode
from ami_cli.shell import Shell
from ami_cli.streams import is_terminal

SCRIPTS = Path(__file__).with_name("completion_scripts")
FILES = {"bash": "ami.bash", "zsh": "_ami", "fish": "ami.fish", "powershell": "ami.ps1"}

# Where each shell looks for it.
INSTALL = {
    "bash": "mkdir -p ~/.local/share/bash-completion/completions && "
    "ami completion bash > ~/.local/share/bash-completion/completions/ami",
    "zsh": "mkdir -p ~/.zfunc && ami completion zsh > ~/.zfunc/_ami",
    "fish": "mkdir -p ~/.config/fish/completions && "
    "ami completion fish > ~/.config/fish/completions/ami.fish",
    # Not `>> $PROFILE`: PowerShell 5.1 would append UTF-16, whatever the file is written in.
    "powershell": "New-Item -ItemType Directory -Force (Split-Path $PROFILE); "
    "ami completion powershell | Add-Content $PROFILE",
}


def run(options: Mapping[str, Any], shell: Shell) -> ExitCode:
    """Print the script of one shell in the user's language."""
    name = chosen(options["shell_name"], FILES, "completion")
    script = SCRIPTS / shell.words.lang / FILES[name]
    # Text mode: a checkout may have turned the line ends into those of Windows.
    shell.out_for_programs(script.read_text("utf-8"))
    if is_terminal(sys.stdout):
        shell.tell(shell.words("completion.how"))
        shell.tell(f"  {INSTALL[name]}", whole=True)
    return ExitCode.OK
