"""What every test stands on: a fixed day, the law as published, and limits that none can forget."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import coverage
import pytest
from hypothesis import HealthCheck, settings

from ami_cli.law import LawBook, law_book

TODAY = date(2026, 11, 23)
HERE = Path(__file__).parent
SHARED = HERE.parent.parent / "shared"

# Scanning thousands of collected tests for garbage, again and again, takes a tenth of the run: the
# collector is off until they are collected, and ignores them afterwards.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(5_000, 50, 50)
    gc.enable()


# A job in the background is started with these signals ignored, and every process of a test would
# inherit that. A caught signal is not inherited.
for _name in ("SIGINT", "SIGQUIT", "SIGHUP"):
    if (_number := getattr(signal, _name, None)) and signal.getsignal(_number) == signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)
if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Without a terminal of its own, a run inside a test has no width (pytest-xdist sets one).
os.environ.pop("COLUMNS", None)

# A worker for each core, with a pool of threads for each core in it, takes a third more time in
# what polars does. The processes that tests start have as many threads as ever.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["POLARS_MAX_THREADS"] = "1"

# A busy machine is no fault of the program. AMI_FUZZ asks for other examples than the last time.
settings.register_profile(
    "ami",
    deadline=None,
    derandomize="AMI_FUZZ" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ami")


@pytest.fixture
def today() -> date:
    return TODAY


@pytest.fixture
def book() -> LawBook:
    return law_book()


STARTS_A_PROCESS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"}
_without_process: list[str] = []  # the test that runs, unless it may start processes


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Note whether the test, with its fixtures, may start processes."""
    _without_process[:] = [] if item.get_closest_marker("process") else [item.nodeid]
    try:
        return (yield)
    finally:
        _without_process.clear()


def _refuse_a_process(event: str, arguments: object) -> None:
    if event in STARTS_A_PROCESS and _without_process:
        pytest.fail(f"{event} in a test without the marker `process`: {_without_process[0]}")


sys.addaudithook(_refuse_a_process)


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
