"""The commands, a module each, whose `run` takes the options by name and the shell.

Options in, one call, one view, one exit code.
"""

from collections.abc import Iterable

from ami_cli.failures import Problem, UsageError
from ami_cli.registers.spelling import nearest


def chosen(word: str | None, options: Iterable[str], name: str) -> str:
    """Return a word that is one of a few. Raises UsageError where it is another one, or absent."""
    params: dict[str, object] = {"command": name, "options": ", ".join(options)}
    if word is None:
        raise UsageError(Problem("missing_word", name, params))
    if word not in options:
        params |= {"value": word, "suggestion": nearest(word.lower(), options)}
        raise UsageError(Problem("not_a_choice", name, params))
    return word
