"""The limits that conftest.py sets hold."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import settings

from tests.runner import ami


@pytest.mark.parametrize(
    "start",
    [lambda: subprocess.run([sys.executable, "-V"], check=True), os.fork, os.forkpty],
    ids=["subprocess", "fork", "forkpty"],
)
def test_a_test_without_its_marker_starts_no_process(start: Callable[[], object]) -> None:
    with pytest.raises(pytest.fail.Exception, match="without the marker `process`"):
        start()


@pytest.mark.process
def test_a_test_with_its_marker_does() -> None:
    subprocess.run([sys.executable, "-V"], check=True, capture_output=True, timeout=60)


def test_what_only_a_process_reads_is_refused_in_a_run_without_one() -> None:
    for name in ("PYTHONIOENCODING", "TZ", "TMPDIR"):
        with pytest.raises(ValueError, match=name):
            ami("--version", env={name: "x"})


def test_hypothesis_has_no_deadline_and_every_test_a_limit(pytestconfig: pytest.Config) -> None:
    assert settings.default is not None
    assert settings.default.deadline is None
    assert 0 < float(pytestconfig.getini("timeout")) <= 300
