"""The command line that gives the same result again, without health data."""

import re
import shlex
from collections.abc import Mapping
from datetime import date
from typing import Any

from ami_cli.answers import FIELDS, Kind

# What every shell leaves as it is, and what double quotes keep whole in each.
_BARE = re.compile(r"[\w.,:/-]+")
_QUOTED = re.compile(r"[^\"$`\\!%\x00-\x1f]*")


def replay(given: Mapping[str, Any], today: date | None, *, health: bool = False) -> str:
    """`ami check` with the answers as options, and the day if one was set; disability is left out
    (unless `health`), for a command line stays in the history of the shell."""
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
                _typed(value) if answer.kind is Kind.NAME else str(value).replace("_", "-"),
            ]
    if today is not None:
        words += ["--today", today.isoformat()]
    return " ".join(words)


def _typed(name: str) -> str:
    """A name as it is typed in a shell."""
    if _BARE.fullmatch(name):
        return name
    return f'"{name}"' if _QUOTED.fullmatch(name) else shlex.quote(name)
