"""ami: the *aide à la mobilité internationale*, worked out from a student's answers.

>>> from datetime import date
>>> from ami_cli import Answers, assess
>>> student = Answers(age=21, disability=False, echelon="3", establishment="public",
...                   start=date(2025, 10, 1), end=date(2026, 2, 28))
>>> assess(student, today=date(2026, 11, 23)).verdict
'eligible'
"""

__version__ = "0.1.0"

from ami_cli.answers import Answers, InvalidAnswers
from ami_cli.rules.assess import Assessment, assess

__all__ = ["Answers", "Assessment", "InvalidAnswers", "__version__", "assess"]
