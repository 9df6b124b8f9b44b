"""Windows, as far as it shows on another system.

Two means: the console functions of Windows replaced by ones that note how they are called, and the
whole program in a process that takes its system for Windows and finds nothing of POSIX there.
"""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ami_cli import files, streams
from ami_cli import help_screen as help_module
from ami_cli.cli import command
from ami_cli.commands.completion import INSTALL
from ami_cli.failures import UsageError
from ami_cli.main import colored, main
from ami_cli.streams import is_terminal, shows_escapes
from ami_cli.wizard import command_line as command_line_module
from ami_cli.wizard.command_line import command_line
from ami_cli.words import LANGUAGES, words_of
from tests.conftest import HERE
from tests.runner import COVERED_ENV, DAY, PLAIN_ENV, ami
from tests.students import COMPLETE, STUDENTS
from tests.terminal import CTRL_C, ENTER, Terminal, into
from tools.completion import completion_script

# Runs `ami` as on Windows. What the package imports is replaced, not what its libraries import:
# modules that Windows lacks are absent, functions that it lacks too, and os.kill ends a process
# with the number of the signal as its exit code.
AS_ON_WINDOWS = """
import builtins, ctypes, os, signal, sys, types
class Kernel32:
    "A console behind every terminal."
    def GetStdHandle(self, number):
        return -10 - number
    def GetConsoleMode(self, handle, mode):
        mode._obj.value = 3
        return os.isatty(handle)
    def SetConsoleMode(self, handle, mode):
        return mode == 7
def kill(process, number):
    if process != os.getpid():
        raise OSError(87, "no such process")
    os._exit(int(number))
class AsOnWindows(types.ModuleType):
    "A module without some of its names and with others replaced."
    def __init__(self, real, hidden, **replaced):
        self.__dict__.update(real=real, hidden=hidden.split(), **replaced)
    def __getattr__(self, name):
        if name in self.hidden:
            raise AttributeError(name)
        return getattr(self.real, name)
HERE = {
    "sys": AsOnWindows(sys, "", platform="win32"),
    "os": AsOnWindows(os, "killpg getpgrp getpgid getsid setsid fork getuid geteuid mkfifo link "
                      "chown uname wait3 WNOHANG O_NOFOLLOW", name="nt", kill=kill),
    "signal": AsOnWindows(signal, "SIGPIPE SIGHUP SIGQUIT SIGKILL SIGTSTP SIGCONT SIGWINCH SIGUSR1 "
                          "siginterrupt pthread_sigmask setitimer alarm pause sigwait"),
    "ctypes": AsOnWindows(ctypes, "", windll=types.SimpleNamespace(kernel32=Kernel32())),
}
ABSENT = {"termios", "tty", "pty", "fcntl", "resource", "pwd", "grp", "curses", "readline"}
real_import = builtins.__import__
def import_as_on_windows(name, globals=None, *rest, **named):
    importer = (globals or {}).get("__name__", "").partition(".")[0]
    if importer == "ami_cli":
        if name in ABSENT:
            raise ModuleNotFoundError(name, name=name)
        if name in HERE:
            return HERE[name]
    return real_import(name, globals, *rest, **named)
builtins.__import__ = import_as_on_windows
from ami_cli.__main__ import run
run()
"""
WINDOWS_AMI = [sys.executable, "-c", AS_ON_WINDOWS]


def on_windows(*arguments: str) -> subprocess.CompletedProcess[str]:
    """One run without a terminal, in French."""
    done = subprocess.run(
        [*WINDOWS_AMI, *arguments],
        env={**COVERED_ENV, "LANG": "fr_FR.UTF-8", "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


# --- the console ---------------------------------------------------------------------------------


class Kernel32:
    """The console functions: `modes` by handle; a handle without one is no console."""

    def __init__(self, modes: dict[int, int], obeys_escapes: bool = True) -> None:
        self.modes = modes
        self.obeys_escapes = obeys_escapes

    def GetStdHandle(self, number: int) -> int:
        return number

    def GetConsoleMode(self, handle: int, mode: Any) -> bool:
        mode._obj.value = self.modes.get(handle, 0)
        return handle in self.modes

    def SetConsoleMode(self, handle: int, mode: int) -> bool:
        if self.obeys_escapes:
            self.modes[handle] = mode
        return self.obeys_escapes


class CharacterDevice:
    """A stream that says it is a terminal, as a console and the null device do on Windows."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor


STDIN, STDOUT, STDERR = (CharacterDevice(number) for number in range(3))


@pytest.fixture
def as_on_windows(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for module in (streams, files, help_module, command_line_module):
        monkeypatch.setattr(module, "WINDOWS", True)
    return monkeypatch


def use(kernel32: Kernel32, patch: pytest.MonkeyPatch) -> None:
    class Windll:
        pass

    Windll.kernel32 = kernel32  # type: ignore[attr-defined]
    patch.setattr(ctypes, "windll", Windll, raising=False)


def test_colours_are_switched_on_in_the_console(as_on_windows: pytest.MonkeyPatch) -> None:
    console = Kernel32({-11: 3, -12: 1})
    use(console, as_on_windows)
    assert colored("auto", {}, STDOUT)  # type: ignore[arg-type]
    assert console.modes == {-11: 7, -12: 1}
    assert colored("always", {}, STDERR)  # type: ignore[arg-type]
    assert console.modes == {-11: 7, -12: 5}


def test_no_colour_in_a_console_that_does_not_obey_escapes(
    as_on_windows: pytest.MonkeyPatch,
) -> None:
    use(Kernel32({-11: 3}, obeys_escapes=False), as_on_windows)
    assert is_terminal(STDOUT)  # type: ignore[arg-type]
    assert not colored("auto", {}, STDOUT)  # type: ignore[arg-type]
    assert colored("always", {}, STDOUT)  # type: ignore[arg-type]


def test_the_console_is_left_alone_when_no_colour_is_wanted(
    as_on_windows: pytest.MonkeyPatch,
) -> None:
    console = Kernel32({-11: 3})
    use(console, as_on_windows)
    assert not colored("auto", {"NO_COLOR": "1"}, STDOUT)  # type: ignore[arg-type]
    assert not colored("never", {}, STDOUT)  # type: ignore[arg-type]
    assert console.modes == {-11: 3}


def test_the_null_device_is_no_terminal(as_on_windows: pytest.MonkeyPatch) -> None:
    use(Kernel32({-12: 3}), as_on_windows)
    assert not is_terminal(STDIN)  # type: ignore[arg-type]
    assert not shows_escapes(STDOUT)  # type: ignore[arg-type]
    as_on_windows.setattr(sys, "stdin", STDIN)
    as_on_windows.setattr(sys, "stderr", STDERR)
    assert not streams.interactive()
    use(Kernel32({-10: 3, -12: 3}), as_on_windows)
    assert streams.interactive()


# --- what is to be typed in cmd and in PowerShell ------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_examples_are_one_line_without_single_quotes(
    lang: str, as_on_windows: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    as_on_windows.setenv("COLUMNS", "60")
    words = words_of(lang)
    for name in ("ami", *command().commands):
        assert main([*([] if name == "ami" else [name]), "--help", "--lang", lang]) == 0
        screen = capsys.readouterr().out.splitlines()
        for example, _ in words.list(f"help.{name}.examples"):
            assert f"  > {example}" in screen
            assert "'" not in example


@pytest.mark.parametrize(
    ("school", "typed"),
    [
        ("UCA", "UCA"),
        ("Lyon 1", '"Lyon 1"'),
        ("Saint-Denis,93", '"Saint-Denis,93"'),  # a comma makes a list in PowerShell
        ("L'Haÿ-les-Roses", '"L\'Haÿ-les-Roses"'),
        ('École « du " Louvre', '"École « du Louvre"'),
        ('x" & calc & "', '"x & calc &"'),
        ("x” ; calc ; “", '"x ; calc ;"'),
        ("100 % $HOME", '"100 HOME"'),
    ],
)
def test_the_replay_command_is_quoted_for_windows(
    school: str, typed: str, as_on_windows: pytest.MonkeyPatch
) -> None:
    assert command_line({"school": school}, None) == f"ami check --school {typed}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_script_of_powershell_passes_through_any_code_page(lang: str) -> None:
    script = completion_script("powershell", command(), words_of(lang))
    for code_page in ("cp437", "cp850", "cp1252", "cp1251", "utf-8"):
        assert script.encode("utf-8").decode(code_page) == script
    escapes = re.sub(
        r"\\u[0-9a-f]{4}", "", "".join(re.findall(r"@'\n(.*?)\n'@", script, re.DOTALL))
    )
    assert "\\" not in escapes  # [regex]::Unescape would take it for an escape of its own


def test_a_profile_of_powershell_keeps_its_encoding() -> None:
    line = INSTALL["powershell"]
    assert line.endswith("ami completion powershell | Add-Content $PROFILE")
    assert ">" not in line  # PowerShell 5.1 would write UTF-16 into it
    assert line in (HERE.parent / "docs" / "windows.md").read_text("utf-8").splitlines()
    for lang in LANGUAGES:
        assert line in [example for example, _ in words_of(lang).list("help.completion.examples")]


# --- files ---------------------------------------------------------------------------------------


def test_files_are_renamed_where_links_are_absent(
    as_on_windows: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    as_on_windows.delattr(os, "link")
    target = tmp_path / "page.md"
    with files.written(target, "text", force=False) as file:
        file.write(b"first")
    with pytest.raises(UsageError), files.written(target, "text", force=False) as file:
        file.write(b"second")
    assert target.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [target]


def test_windows_never_signals_a_process_to_see_whether_it_runs(
    as_on_windows: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def kill(process: int, number: int) -> None:
        raise AssertionError("on Windows this ends the process")

    as_on_windows.setattr(os, "kill", kill)
    left = tmp_path / ".page.md.ami-1-abcd.part"
    left.touch()
    with files.written(tmp_path / "page.md", "text", force=False):
        pass
    assert left.exists()


# --- the whole program ---------------------------------------------------------------------------


@pytest.mark.process
@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("check", *COMPLETE, *DAY),
        ("check", *COMPLETE, *DAY, "--json"),
        ("check", "--age", "x"),
        ("batch", STUDENTS, *DAY, "-q"),
        ("rules", *DAY),
        ("completion", "powershell"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_commands_print_the_same_on_windows(arguments: tuple[str, ...]) -> None:
    done, expected = on_windows(*arguments), ami(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (
        expected.returncode, expected.stdout, expected.stderr,
    )  # fmt: skip


@pytest.mark.process
def test_files_are_written_on_windows(tmp_path: Path) -> None:
    names = ["dates.ics", "page.html", "verdicts.csv"]
    calendar, page, verdicts = (str(tmp_path / name) for name in names)
    done = on_windows("check", *COMPLETE, *DAY, "--calendar", calendar, "--report", page)
    assert done.returncode == 0, done.stderr
    done = on_windows("batch", STUDENTS, *DAY, "-o", verdicts)
    assert done.returncode in (0, 4), done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == names


@pytest.mark.process
@pytest.mark.parametrize(
    ("arguments", "number", "code"),
    [
        (["check", "--answers"], signal.SIGINT, 130),
        # Not Ctrl+C: with polars loaded, POSIX interrupts no read unless asked by siginterrupt.
        (["batch", "-o", "verdicts.csv"], signal.SIGTERM, 143),
    ],
    ids=["Ctrl+C", "SIGTERM"],
)
def test_a_command_that_is_stopped_ends_with_an_exit_code(
    arguments: list[str], number: signal.Signals, code: int, tmp_path: Path
) -> None:
    source = tmp_path / "students.csv"
    os.mkfifo(source)
    process = subprocess.Popen(
        [*WINDOWS_AMI, *arguments, str(source)],
        env=PLAIN_ENV,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
    )
    try:
        writer = os.open(source, os.O_WRONLY)  # opens once the program reads
        time.sleep(0.1)
        process.send_signal(number)
        _, messages = process.communicate(timeout=30)
        os.close(writer)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, b"Traceback" in messages) == (code, False)
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.process
def test_ctrl_c_in_the_wizard_is_exit_130() -> None:
    with Terminal([*WINDOWS_AMI, "check", "--lang", "fr", *DAY]) as terminal:
        terminal.asks("birth_date")
        terminal.send(CTRL_C)
        assert terminal.end() == 130
        assert terminal.modes_are_restored()
        assert terminal.cursor_is_shown()


@pytest.mark.process
def test_the_wizard_is_line_by_line_when_stdout_is_no_console(tmp_path: Path) -> None:
    result = tmp_path / "result"
    command_line = [*WINDOWS_AMI, "check", "--lang", "fr", *DAY]
    with Terminal(into(result, command_line)) as terminal:
        terminal.wait_for(terminal.words("wizard.date_format"), ">")
        shown = terminal.raw.count(b">")
        assert terminal.words("wizard.keys_plain")[:20].encode() in terminal.raw
        terminal.send("2005-03-31" + ENTER)
        terminal.wait_until(lambda: terminal.raw.count(b">") > shown, "the next question")
        assert b"\x1b" not in terminal.raw
        terminal.send(CTRL_C)
        assert terminal.end() == 130
    assert result.read_bytes() == b""
