"""Reading pipes and terminals: lines, limits, and a Ctrl+C that arrives just before a read."""

import io
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ami_cli.interruptible import BLOCK, LineReader, read_at_most, read_blocks
from tests.runner import AMI, PLAIN_ENV, wait_until_blocked

# Makes every read of standard input start 300 ms late, however often a signal arrives meanwhile.
# Without it, the moment in which a signal was lost lasts microseconds.
LATE_READ = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
#include <unistd.h>
ssize_t read(int fd, void *buffer, size_t count) {
    static ssize_t (*real)(int, void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "read");
    if (fd == 0) {
        struct timespec left = {0, 300 * 1000 * 1000};
        while (nanosleep(&left, &left)) {}
    }
    return real(fd, buffer, count);
}
"""


def test_blocks_are_the_whole_file() -> None:
    content = os.urandom(3 * BLOCK + 7)
    assert b"".join(read_blocks(io.BytesIO(content))) == content


def test_reading_stops_behind_the_limit() -> None:
    content = b"x" * (10 * BLOCK)
    assert read_at_most(io.BytesIO(content[:100]), 100) == content[:100]
    assert 100 < len(read_at_most(io.BytesIO(content), 100)) <= BLOCK + 100


def test_lines_are_read_one_by_one_and_long_ones_are_cut() -> None:
    lines = LineReader(io.BytesIO("oui\n\nété\nabcdefgh\nfin".encode()))
    assert [lines.readline(6) for _ in range(6)] == ["oui", "", "été", "abcdef", None, None]


@pytest.mark.parametrize("size", [BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK])
def test_a_line_longer_than_a_block_takes_no_memory_and_hides_no_other(size: int) -> None:
    lines = LineReader(io.BytesIO(b"x" * size + b"\nnon\n"))
    assert [lines.readline(1_000) for _ in range(3)] == ["x" * 1_000, "non", None]
    assert len(lines._pending) < BLOCK


def test_a_long_line_without_an_end_is_the_end_of_the_input() -> None:
    assert LineReader(io.BytesIO("é".encode() * BLOCK)).readline(1_000) is None


def test_a_byte_that_is_no_character_is_shown_as_an_escape() -> None:
    assert LineReader(io.BytesIO(b"\xff\n")).readline(100) == "\\xff"
    assert LineReader(io.BytesIO(b"\xe9\n"), "latin-1").readline(100) == "é"


def test_a_pipe_is_read_as_it_fills() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as file:
        os.write(writing, b"one\ntwo\n")
        lines = LineReader(file)
        assert lines.readline(100) == "one"
        assert lines.readline(100) == "two"
        os.close(writing)
        assert lines.readline(100) is None


@pytest.fixture(scope="module")
def late_read(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not sys.platform.startswith("linux") or shutil.which("cc") is None:
        pytest.skip("needs Linux and a C compiler")
    folder = tmp_path_factory.mktemp("late-read")
    (folder / "late.c").write_text(LATE_READ)
    library = folder / "late.so"
    command = ["cc", "-shared", "-fPIC", "-o", str(library), str(folder / "late.c"), "-ldl"]
    subprocess.run(command, check=True, timeout=60)
    return library


@pytest.mark.process
@pytest.mark.parametrize(
    "arguments",
    [("check", "--answers", "-"), ("check", "--answers", "-", "--json"), ("batch", "-", "-q")],
    ids=" ".join,
)
def test_a_signal_just_before_a_read_ends_the_program(
    late_read: Path, arguments: tuple[str, ...]
) -> None:
    with subprocess.Popen(
        [AMI, *arguments],
        env={**PLAIN_ENV, "LD_PRELOAD": str(late_read)},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        # Then polars or pydantic are loaded, and the read is the next thing to happen.
        wait_until_blocked(process)
        process.stdin.write(b"{")  # the read starts, late
        process.stdin.flush()
        time.sleep(0.15)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == -signal.SIGINT
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
