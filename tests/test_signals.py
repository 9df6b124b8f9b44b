"""Signals: the program cleans up once, dies of the signal itself, and leaves no core dump."""

import os
import resource
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ami_cli.signals import Terminated, cleaning_up, end, listen_to_ctrl_c, stop_at_once
from ami_cli.views.progress import shown_progress
from ami_cli.words import words_of
from tests.runner import PLAIN_ENV, shell
from tests.students import STUDENTS

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


@pytest.fixture(autouse=True)
def own_handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ENDING}
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # as `__main__` leaves it
    listen_to_ctrl_c()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ENDING)
def test_further_signals_do_not_interrupt_the_clean_up(number: signal.Signals) -> None:
    cleaned = []

    def run() -> None:
        with cleaning_up():
            try:
                signal.raise_signal(number)
            finally:
                for further in ENDING:
                    signal.raise_signal(further)
                    cleaned.append(further)

    with pytest.raises((Terminated, KeyboardInterrupt)) as raised:
        run()
    assert tuple(cleaned) == ENDING
    if number != signal.SIGINT:
        assert isinstance(raised.value, Terminated)
        assert raised.value.number == number
    assert not {signal.getsignal(other) for other in ENDING} & {signal.SIG_DFL, signal.SIG_IGN}
    stop_at_once()
    assert {signal.getsignal(other) for other in ENDING} == {signal.SIG_DFL}


def test_handlers_are_restored_where_no_signal_came() -> None:
    before = [signal.getsignal(number) for number in ENDING]
    with cleaning_up():
        assert signal.getsignal(signal.SIGHUP) is not signal.SIG_DFL
    assert [signal.getsignal(number) for number in ENDING] == before


def test_a_signal_ignored_by_the_parent_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # nohup
    with cleaning_up():
        signal.raise_signal(signal.SIGHUP)


def test_an_ordinary_exit_code_ends_by_no_signal() -> None:
    for code in (0, 1, 5, 11):
        end(code)


@pytest.mark.process
@pytest.mark.parametrize("number", [*ENDING, signal.SIGPIPE])
def test_the_process_dies_of_the_signal_without_a_core_dump(
    number: signal.Signals, tmp_path: Path
) -> None:
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    process = subprocess.Popen(
        [sys.executable, "-c", f"from ami_cli.signals import end; end({128 + number})"],
        env=PLAIN_ENV,
        cwd=tmp_path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)),
    )
    status = os.waitpid(process.pid, 0)[1]
    process.returncode = 0  # waited for above, because only the status tells of a core dump
    assert os.WTERMSIG(status) == number
    assert not os.WCOREDUMP(status)
    assert list(tmp_path.iterdir()) == []


def test_a_run_goes_on_when_its_terminal_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    main, terminal = os.openpty()
    with open(terminal, "w") as stderr:  # noqa: PTH123
        monkeypatch.setattr(sys, "stderr", stderr)
        progress = shown_progress(words_of("fr"), color=True, redraw=True, quiet=False)
        with progress as show:
            show(1, 0.1)
            os.close(main)
            show(2, 0.5)


@pytest.mark.process
def test_a_run_goes_on_when_nobody_reads_its_messages(tmp_path: Path) -> None:
    result = tmp_path / "out.csv"
    command = f"sleep 0.3; exec {shlex.join(['ami', 'batch', str(STUDENTS), '-o', str(result)])}"
    done = shell(f"({command}) 2>&1 | true; exit ${{PIPESTATUS[0]}}")
    assert done.returncode in (0, 4)
    assert result.read_bytes().startswith(b"\xef\xbb\xbf")
