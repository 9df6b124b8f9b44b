"""Every system call on the input or the output fails once: the exit code is right, the output is
whole or absent, and nothing else is left.

`AMI_FULL=1` fails every call of every format, else a few of them.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from tests.runner import FRENCH_ENV, LIMIT

# Makes call number AT of KIND fail that is about a file below FOLDER, and says so in FIRED.
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
static int calls;
static int fails(const char *kind, const char *path) {
    const char *wanted = getenv("KIND"), *folder = getenv("FOLDER");
    if (!wanted || strcmp(kind, wanted) || strncmp(path, folder, strlen(folder))) return 0;
    if (__sync_add_and_fetch(&calls, 1) != atoi(getenv("AT"))) return 0;
    static int (*creat_)(const char *, mode_t);
    creat_ = dlsym(RTLD_NEXT, "creat");
    close(creat_(getenv("FIRED"), 0600));
    errno = strcmp(kind, "write") ? EIO : ENOSPC;
    return 1;
}
static int fails_at(const char *kind, int fd) {
    char name[64], path[4096];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    int saved = errno;
    ssize_t size = readlink(name, path, sizeof path - 1);
    errno = saved;
    if (size < 0) return 0;
    path[size] = 0;
    return fails(kind, path);
}
#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, #name);
#define OPEN(name) int name(const char *path, int flags, ...) { \
    REAL(int, name, const char *, int, ...) \
    va_list more; va_start(more, flags); int mode = va_arg(more, int); va_end(more); \
    return fails("open", path) ? -1 : real(path, flags, mode); }
OPEN(open)
OPEN(open64)
#define ON_FD(name, kind, result, parameters, ...) result name parameters { \
    REAL(result, name, ) return fails_at(kind, fd) ? -1 : \
    ((result (*) parameters) real)(__VA_ARGS__); }
ON_FD(read, "read", ssize_t, (int fd, void *b, size_t n), fd, b, n)
ON_FD(pread64, "read", ssize_t, (int fd, void *b, size_t n, off64_t o), fd, b, n, o)
ON_FD(write, "write", ssize_t, (int fd, const void *b, size_t n), fd, b, n)
ON_FD(pwrite64, "write", ssize_t, (int fd, const void *b, size_t n, off64_t o), fd, b, n, o)
ON_FD(fsync, "fsync", int, (int fd), fd)
int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *)
    return fails("rename", to) ? -1 : real(from, to); }
int link(const char *from, const char *to) {
    REAL(int, link, const char *, const char *)
    return fails("link", to) ? -1 : real(from, to); }
int linkat(int a, const char *from, int b, const char *to, int flags) {
    REAL(int, linkat, int, const char *, int, const char *, int)
    return fails("link", to) ? -1 : real(a, from, b, to, flags); }
int renameat(int a, const char *from, int b, const char *to) {
    REAL(int, renameat, int, const char *, int, const char *)
    return fails("rename", to) ? -1 : real(a, from, b, to); }
"""
FORMATS = ("csv", "jsonl", "xlsx", "parquet")
KINDS = {"in": ("open", "read"), "out": ("open", "write", "fsync", "link", "rename")}
FULL = "AMI_FULL" in os.environ
MOST = 10_000 if FULL else 1

pytestmark = [
    pytest.mark.process,
    pytest.mark.timeout(3_600 if FULL else 120),
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or shutil.which("cc") is None,
        reason="needs Linux and a C compiler",
    ),
]


# Runs a command in a copy of a process that has loaded it, because loading takes most of the time;
# polars starts its threads with its first table, so that each copy has its own. Reads the
# arguments, the file of stderr and the variables of a command, and prints its exit code.
SERVER = """
import json, os, signal, sys
from ami_cli.batch.formats import csv, json as _, parquet, xlsx_read, xlsx_write
from ami_cli.batch import workbook_report
from ami_cli.cli import command
from ami_cli.commands import batch
from ami_cli.main import run
command()
for line in sys.stdin:
    arguments, stderr, variables = json.loads(line)
    child = os.fork()
    if child == 0:
        signal.alarm(%d)
        os.dup2(os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        os.environ.update(variables)
        sys.argv[1:] = arguments
        run()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator["subprocess.Popen[str]"]:
    """Start what runs commands; each of their system calls goes through the shim."""
    folder = tmp_path_factory.mktemp("shim")
    (folder / "fault.c").write_text(SHIM)
    library = str(folder / "fault.so")
    command = ["cc", "-std=gnu11", "-w", "-shared", "-fPIC", "-o", library]
    subprocess.run([*command, str(folder / "fault.c"), "-ldl"], check=True, timeout=60)
    with subprocess.Popen(
        [sys.executable, "-c", SERVER % LIMIT],
        env={**FRENCH_ENV, "LD_PRELOAD": library},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def run(server: Any, arguments: list[str], stderr: Path, variables: dict[str, str]) -> int:
    """Run a command with some variables; return its exit code."""
    server.stdin.write(json.dumps([arguments, str(stderr), variables]) + "\n")
    server.stdin.flush()
    return int(server.stdout.readline())


def students(form: str, path: Path) -> None:
    rows = pl.DataFrame({"nom": [f"n{n}" for n in range(2_000)], "age": ["21"] * 2_000})
    match form:
        case "csv":
            rows.write_csv(path)
        case "jsonl":
            rows.write_ndjson(path)
        case "parquet":
            rows.write_parquet(path)
        case _:
            with xlsxwriter.Workbook(path) as book:
                sheet = book.add_worksheet()
                for number, row in enumerate([tuple(rows.columns), *rows.iter_rows()]):
                    sheet.write_row(number, 0, row)


def content(path: Path) -> int:
    """Return how many rows an output holds; a file that is not whole raises."""
    match path.suffix:
        case ".csv":
            return pl.read_csv(path, separator="," if b"," in path.read_bytes()[:9] else ";").height
        case ".jsonl":
            return pl.read_ndjson(path).height
        case ".parquet":
            return pl.read_parquet(path).height
    return pl.read_excel(path, engine="openpyxl").height


def runs() -> Iterator[tuple[str, str, str, str, bool]]:
    for source in FORMATS:
        for target in FORMATS if FULL else (source,):
            for side, kinds in KINDS.items():
                for kind in kinds:
                    yield source, target, side, kind, kind == "rename"


@pytest.mark.parametrize(("source", "target", "side", "kind", "force"), list(runs()))
def test_a_call_that_fails_once(
    server: Any,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    source: str,
    target: str,
    side: str,
    kind: str,
    force: bool,
) -> None:
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
    read, written = tmp_path / "in" / f"in.{source}", tmp_path / "out" / f"out.{target}"
    fired, stderr = tmp_path / "fired", tmp_path / "stderr"
    students(source, read)
    arguments = ["batch", str(read), "-o", str(written), "-q", *(["--force"] if force else [])]
    fault = {"KIND": kind, "FOLDER": str(tmp_path / side), "FIRED": str(fired)}
    for at in range(1, MOST + 1):
        written.unlink(missing_ok=True)
        fired.unlink(missing_ok=True)
        code = run(server, arguments, stderr, {**fault, "AT": str(at)})
        assert fired.exists() or at > 1, "no such call"
        if not fired.exists():
            break
        told = stderr.read_text("utf-8")
        end = (side, kind, at, code, told)
        assert code in (0, 3 if side == "in" else 5), end
        assert told.count("\n") == (2 if code else 0), end
        left = [path.name for path in (tmp_path / "out").iterdir()]
        assert left == ([] if code else [written.name]), end
        if not code:  # a call that has another way, as a link has
            assert content(written) == 2_000, end
    record_property("failed", at - FULL)


@pytest.mark.parametrize("name", ["model.csv", "model.xlsx"])
def test_a_template_that_the_disk_refuses(server: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    fault = {"KIND": "write", "FOLDER": str(tmp_path / "out"), "FIRED": str(tmp_path / "fired")}
    arguments = ["batch", "--template", str(tmp_path / "out" / name), "-q"]
    assert run(server, arguments, tmp_path / "stderr", {**fault, "AT": "1"}) == 5
    assert list((tmp_path / "out").iterdir()) == []
