"""The command line that gives the same result again, without health data."""

from collections.abc import Mapping
from typing import Any

from ami_cli.answers import FIELDS, Kind

_NO = {"in_curriculum": "--outside-curriculum"}


def replay(given: Mapping[str, Any]) -> str:
    """`ami check` with the answers as options; disability is left out, for a command line stays
    in the history of the shell."""
    words = ["ami", "check"]
    for answer in FIELDS:
        value = given.get(answer.name)
        if value is None or answer.name == "disability":
            continue
        flag = f"--{answer.name.replace('_', '-')}"
        if answer.kind is Kind.YES_NO:
            words.append(flag if value else _NO.get(answer.name, f"--no-{flag[2:]}"))
        else:
            words += [flag, str(value).replace("_", "-")]
    return " ".join(words)
