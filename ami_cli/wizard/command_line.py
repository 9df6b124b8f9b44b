"""Writes the command line that gives the same result again, without health data."""

import re
import shlex
from collections.abc import Mapping
from datetime import date
from typing import Any

from ami_cli.answers import FIELDS, Kind
from ami_cli.streams import WINDOWS

# Needs no quotes in any shell; kept whole by double quotes in every shell, cmd included. For
# PowerShell a typographic quotation mark is one as well.
_BARE = re.compile(r"[\w.:/-]+")
_NOT_QUOTED = re.compile(r"[\"“”„$`\\!%\x00-\x1f]")


def command_line(given: Mapping[str, Any], today: date | None, *, health: bool = False) -> str:
    """Return `ami check` with the answers as options, and the day if one was set.

    Disability is left out unless `health`, because a shell keeps its command lines.
    """
    words = ["ami", "check"]
    for answer in FIELDS:
        value = given.get(answer.name)
        if value is None or (answer.name == "disability" and not health):
            continue
        flag, *no_flag = answer.flags
        if answer.kind is Kind.YES_NO:
            words.append(flag if value else no_flag[0])
        else:
            words += [
                flag,
                quoted_for_shell(value)
                if answer.kind is Kind.NAME
                else str(value).replace("_", "-"),
            ]
    if today is not None:
        words += ["--today", today.isoformat()]
    return " ".join(words)


def quoted_for_shell(name: str) -> str:
    """Return a name as it is typed in a shell, in quotes where it needs them."""
    if _BARE.fullmatch(name):
        return name
    if _NOT_QUOTED.search(name) and not WINDOWS:
        return shlex.quote(name)
    # cmd and PowerShell have no quotes in common that keep these characters, and would run what
    # stands behind one. A name is found without them, too.
    return f'"{" ".join(_NOT_QUOTED.sub(" ", name).split())}"'
