"""What every test stands on: a fixed day, the law as published, and where the originals are."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import coverage
import pytest

from ami_cli.law import LawBook, law_book

TODAY = date(2026, 11, 23)
HERE = Path(__file__).parent
SHARED = HERE.parent.parent / "shared"


@pytest.fixture
def today() -> date:
    return TODAY


@pytest.fixture
def book() -> LawBook:
    return law_book()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Let `no_cover` mean it in a worker too, where pytest-cov does not pause.

    A worker is a process of Python, which the measuring of subprocesses measures as well: both
    measures stop, or the test would take four times as long.
    """
    measuring = coverage.Coverage.current()
    if not pyfuncitem.get_closest_marker("no_cover") or not getattr(measuring, "_started", False):
        return (yield)
    assert measuring is not None
    measuring.stop()
    beside = getattr(coverage.process_startup, "coverage", None)
    if beside is not None and beside is not measuring and beside._started:
        beside.stop()
    try:
        return (yield)
    finally:
        measuring.start()
