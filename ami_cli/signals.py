"""Ends the program on a signal: it cleans up first, then dies of the signal itself.

The first signal is the last one heard until the clean-up is done, so that a second Ctrl+C cannot
interrupt it. A signal that whoever started the program ignores (`nohup`) stays ignored.
"""

import contextlib
import errno
import os
import signal
from collections.abc import Iterator
from types import FrameType

BY_SIGNAL = 128  # a shell adds the number of the signal that ended a program to it


_come: list[int] = []  # the signal that ends this run, once it has come


class Terminated(BaseException):
    """Raised by a signal other than Ctrl+C, and where the reader of stdout is gone (SIGPIPE)."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)


def reader_is_gone(error: OSError) -> None:
    """Raise Terminated for the error of a pipe that nobody reads, where SIGPIPE exists."""
    # Python ignores SIGPIPE itself: a message that nobody reads must not end the run.
    if isinstance(error, BrokenPipeError) and hasattr(signal, "SIGPIPE"):
        raise Terminated(signal.SIGPIPE) from None


@contextlib.contextmanager
def ending_with_the_terminal() -> Iterator[None]:
    """Raise Terminated where the terminal of a conversation is gone and SIGHUP is ignored."""
    try:
        yield
    except Exception as error:
        if error.args[:1] != (errno.EIO,):  # of OSError and of termios.error
            raise
        raise Terminated(signal.SIGHUP) from None


def listen_to_ctrl_c() -> None:
    """Turn Ctrl+C into KeyboardInterrupt. Called once the program has loaded (see `__main__`)."""
    _come.clear()
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, _unwind)


@contextlib.contextmanager
def cleaning_up() -> Iterator[None]:
    """Turn ending signals into exceptions, so that the block removes its temporary files."""
    before = {
        number: signal.signal(number, _unwind)
        for number in _ending_signals()
        if number != signal.SIGINT and signal.getsignal(number) != signal.SIG_IGN
    }
    if hasattr(signal, "siginterrupt"):
        # With polars loaded, Ctrl+C would not interrupt a read or a write that waits.
        signal.siginterrupt(signal.SIGINT, True)
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) == _unwind:  # none has come
                signal.signal(number, handler)


def end(code: int) -> None:
    """Die of the signal that an exit code above 128 stands for. Returns for another exit code, and
    on Windows, where os.kill would end the process with another exit code."""
    if code <= BY_SIGNAL or os.name != "posix":
        return
    import resource

    # A core dump would hold the answers. One byte: Linux hands no dump to a program either.
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (0 if hard == 0 else 1, hard))
    signal.signal(code - BY_SIGNAL, signal.SIG_DFL)
    os.kill(os.getpid(), code - BY_SIGNAL)


def stop_at_once() -> None:
    """Let a further signal end the program at once: nothing is left to clean up."""
    for number in _ending_signals():
        if signal.getsignal(number) == _ignore:
            signal.signal(number, signal.SIG_DFL)


def _ending_signals() -> list[signal.Signals]:
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


def ended_by() -> int | None:
    """Return the signal that ends this run, where one has come.

    A library may turn what a signal raises into an exception of its own, or fail for it.
    """
    return _come[0] if _come else None


def _unwind(number: int, frame: FrameType | None) -> None:
    _come[:] = [number]
    for other in _ending_signals():
        if signal.getsignal(other) != signal.SIG_IGN:
            signal.signal(other, _ignore)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise Terminated(number)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Do nothing. With SIG_IGN, Python prints a traceback for a signal that came just before."""
