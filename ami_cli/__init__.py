"""ami: the *aide à la mobilité internationale*, worked out from a student's answers.

>>> from datetime import date
>>> from ami_cli import Answers, assess
>>> student = Answers(age=21, disability=False, echelon="3", establishment="public",
...                   start=date(2025, 10, 1), end=date(2026, 2, 28))
>>> assess(student, today=date(2026, 11, 23)).verdict
'eligible'
"""

__version__ = "0.1.0"

# Each public name: its module, and the library that it needs beside those of `ami check`. Their
# types stand in `__init__.pyi`.
_MODULES = {
    "Answers": ("ami_cli.answers", None),
    "Assessment": ("ami_cli.rules.assess", None),
    "InvalidAnswers": ("ami_cli.failures", None),
    "RESULT_DDL": ("ami_cli.batch.frames", "polars"),
    "RESULT_SCHEMA": ("ami_cli.batch.frames", "pyarrow"),
    "assess": ("ami_cli.rules.assess", None),
    "assess_batches": ("ami_cli.batch.frames", "pyarrow"),
    "assess_frame": ("ami_cli.batch.frames", "polars"),
    "doubted_columns": ("ami_cli.batch.frames", "pyarrow"),
    "report": ("ami_cli.views.result", None),
}

__all__ = ["__version__", *_MODULES]


def __getattr__(name: str) -> object:
    """Return a public name, loaded when it is asked for: the command first sees to its signals."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, library = _MODULES[name]
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        if library is not None:
            error.add_note(f"{name} needs ami-cli[batch], and pyarrow for batches of Arrow.")
        raise


def __dir__() -> list[str]:
    """Name what is public; what needs a library only where that is installed."""
    from importlib.util import find_spec

    absent = {
        name
        for name, (_, library) in _MODULES.items()
        if library is not None and not (find_spec("polars") and find_spec(library))
    }
    return sorted({*globals(), *_MODULES} - absent)
