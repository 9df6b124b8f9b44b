"""One explained student inside a process, beside a yardstick of plain Python in the same run.

Measured: the judgement (`assess`: criteria, what is missing, why, amounts, advice), then the
same with every sentence (`report`). Budget: 150 µs. The yardstick is `json.dumps` of the
result, which does nothing but write the same text once more.

    python -m tools.benchmarks.student [STUDENTS]
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial

from ami_cli import Answers, assess
from ami_cli.views.result import result_of
from ami_cli.words import Words, words_of

BUDGET = 150.0  # microseconds
TODAY = date(2026, 11, 23)
STUDENTS = {
    "eligible": Answers(
        birth_date=date(2005, 3, 12),
        disability=False,
        echelon="6",
        establishment="public",
        stay="study",
        in_curriculum=True,
        start=date(2027, 1, 15),
        end=date(2027, 6, 20),
        months_received=0,
        rural=True,
        priority_area=False,
        erasmus=True,
        merit=False,
    ),
    "ineligible": Answers(
        age=30, disability=False, scholarship="none", start=date(2025, 10, 1), end=date(2025, 10, 9)
    ),
    "undetermined": Answers(age=21, echelon="6", start=date(2027, 1, 15), end=date(2027, 6, 20)),
}


def microseconds(work: Callable[[], object], times: int) -> float:
    """The mean of many calls."""
    begin = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begin) / times * 1e6


def _explain(student: Answers, words: Words) -> object:
    return result_of(assess(student, today=TODAY), words)


def main(times: int) -> int:
    """Print the medians of ten paired rounds; 1 when the budget is exceeded."""
    words = words_of("fr")
    exceeded = 0
    print(f"one student, median of 10 rounds of {times}, Python {sys.version.split()[0]}")
    for name, student in STUDENTS.items():
        document = result_of(assess(student, today=TODAY), words)
        work: dict[str, Callable[[], object]] = {
            "assess": partial(assess, student, today=TODAY),
            "assess + report": partial(_explain, student, words),
            "json.dumps (yardstick)": partial(json.dumps, document),
        }
        taken: dict[str, list[float]] = {each: [] for each in work}
        for _ in range(10):
            for each, call in work.items():
                taken[each].append(microseconds(call, times))
        yardstick = statistics.median(taken["json.dumps (yardstick)"])
        for each, values in taken.items():
            median = statistics.median(values)
            over = each == "assess + report" and median > BUDGET
            exceeded |= over
            mark = "  EXCEEDED" if over else ""
            print(f"  {name:12} {each:24} {median:7.1f} µs  {median / yardstick:5.2f} x{mark}")
    return int(exceeded)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
