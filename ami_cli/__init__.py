"""ami: the *aide à la mobilité internationale*, worked out from a student's answers.

>>> from datetime import date
>>> from ami_cli import Answers, assess
>>> student = Answers(age=21, disability=False, echelon="3", establishment="public",
...                   start=date(2025, 10, 1), end=date(2026, 2, 28))
>>> assess(student, today=date(2026, 11, 23)).verdict
'eligible'
"""

TYPE_CHECKING = False  # as `typing` has it, without loading that first
if TYPE_CHECKING:
    from ami_cli.answers import Answers
    from ami_cli.failures import InvalidAnswers
    from ami_cli.rules.assess import Assessment, assess

__version__ = "0.1.0"

__all__ = ["Answers", "Assessment", "InvalidAnswers", "__version__", "assess"]


def __getattr__(name: str) -> object:
    """The rules, loaded when they are asked for: the command first sees to its signals."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ami_cli import answers
    from ami_cli.rules import assess

    return getattr(answers if hasattr(answers, name) else assess, name)
