"""Completion: the scripts are those of the program, and TAB does what they say, in real shells."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ami_cli.answers import FIELD, FIELDS, Kind
from ami_cli.cli import command
from ami_cli.commands.completion import FILES, INSTALL
from ami_cli.reading import read
from ami_cli.words import LANGUAGES, words_of
from tests.conftest import HERE
from tests.runner import AMI, LIMIT, PLAIN_ENV, ami
from tests.terminal import Terminal
from tools.completion import _commands, completion_script

FOLDER = HERE.parent / "completions"
MARK = "ready>"
CTRL_U = "\x15"


@pytest.mark.parametrize("shell", FILES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_command_prints_what_is_made_of_the_command_tree(shell: str, lang: str) -> None:
    written = ami("completion", shell, "--lang", lang)
    assert (written.returncode, written.stderr) == (0, "")
    assert written.stdout == completion_script(shell, command(), words_of(lang)), "make completions"
    if lang == "fr":
        assert (FOLDER / FILES[shell]).read_text("utf-8") == written.stdout, "make completions"
        assert {path.name for path in FOLDER.iterdir()} == set(FILES.values())


@pytest.mark.parametrize("shell", FILES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_command_option_and_value_is_in_every_script(shell: str, lang: str) -> None:
    words = words_of(lang)
    script = completion_script(shell, command(), words)
    if shell == "powershell":  # in ASCII, every other character as an escape
        script = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), script)
    for name, subcommand in command().commands.items():
        assert name in script
        assert words(f"help.{name}.short") in script
        for option in subcommand.params:
            for flag in (*option.opts, *option.secondary_opts):
                spelled = flag.lstrip("-") if shell == "fish" else flag
                assert not flag.startswith("--") or re.search(
                    rf"(?<![\w-]){spelled}(?![\w-])", script
                )
            if option.param_type_name == "option":
                # A colon means something to zsh, which writes it with a backslash.
                help_line = words(f"help.options.{option.name}")
                assert help_line in re.sub(r"\\([\[\]:])", r"\1", script), option.name
    for answer in FIELDS:
        if answer.kind is Kind.CHOICE:
            for value in answer.options:
                assert value.replace("_", "-") in script
    values = [text for key, text in words.all_keys().items() if re.match(r"completion\.\w+\.", key)]
    assert len(values) > 15
    for text in values:
        assert shlex.quote(text)[1:-1] in script or text in re.sub(r"\\([\[\]:])", r"\1", script)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_countries_are_completed_by_names_that_are_read(lang: str) -> None:
    option = next(
        option
        for option in _commands(command(), words_of(lang))[1][0].options
        if "--destination" in option.flags
    )
    codes = [read("destination", value.text) for value in option.values]
    assert sorted(codes) == sorted(FIELD["destination"].options)


def test_words_are_in_the_language_asked_for() -> None:
    french, english = (ami("completion", "fish", "--lang", lang).stdout for lang in LANGUAGES)
    assert "premier jour à l’étranger" in french
    assert "first day abroad" in english
    assert "étranger" not in english


# ---------------------------------------------------------------------------------------------
# Real shells
# ---------------------------------------------------------------------------------------------


class Prompt:
    """A real shell on a terminal that knows the completion, and a program that must not run."""

    def __init__(self, shell: str, folder: Path) -> None:
        self.folder = folder
        self.ran = folder / "ran"
        program = folder / "bin" / "ami"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\ntouch {shlex.quote(str(self.ran))}\n")
        program.chmod(0o755)
        work = folder / "work"
        work.mkdir()
        (work / "étudiants 2027.csv").write_text("start\n")
        for name in ("dossier.json", "liste [L3].csv", "liste L.csv", "avril d'ici$*.csv"):
            (work / name).write_text("{}")
        env = {
            "PATH": f"{program.parent}:/usr/bin:/bin",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
        }
        start = {"bash": self._bash, "zsh": self._zsh, "fish": self._fish}[shell]()
        self.terminal = Terminal(start, columns=110, rows=48, env=env)
        self.terminal.send(f"cd {shlex.quote(str(work))}\r")
        self.terminal.wait_until(self._is_ready, "a prompt")
        self.terminal.send("\x0c")

    def _bash(self) -> list[str]:
        rc = self.folder / "rc"
        rc.write_text(
            f"PS1='{MARK} '\nset -u\nbind 'set enable-bracketed-paste off'\n"
            "bind 'set page-completions off'\n"
            f"bind 'set completion-query-items 0'\nsource {shlex.quote(str(FOLDER / 'ami.bash'))}\n"
        )
        return ["/bin/bash", "--noprofile", "--rcfile", str(rc), "-i"]

    def _zsh(self) -> list[str]:
        functions = self.folder / "functions"
        functions.mkdir()
        shutil.copy(FOLDER / "_ami", functions)
        (self.folder / ".zshrc").write_text(
            f"PS1='{MARK} '\nsetopt nounset\nunsetopt zle_bracketed_paste prompt_sp\nLISTMAX=500\n"
            f"fpath=({shlex.quote(str(functions))} $fpath)\nautoload -Uz compinit\ncompinit -u\n"
        )
        return ["/usr/bin/zsh", "-i"]

    def _fish(self) -> list[str]:
        config = self.folder / "config" / "fish"
        (config / "completions").mkdir(parents=True)
        shutil.copy(FOLDER / "ami.fish", config / "completions")
        (config / "config.fish").write_text(
            f"set -g fish_greeting\nfunction fish_prompt; echo -n '{MARK} '; end\n"
        )
        return ["/usr/bin/fish", "-i"]

    def _is_ready(self) -> bool:
        return any(line.startswith(MARK) for line in self.terminal.lines())

    def tab(self, line: str, *awaited: str, times: int = 1) -> str:
        """Type a line, press TAB, wait for texts on the screen; gives the screen."""
        self.terminal.send(CTRL_U + line)
        for _ in range(times):
            for _ in range(10):
                self.terminal.listen(0.02)
            self.terminal.send("\t")
        if awaited:
            self.terminal.wait_until(
                lambda: all(text in self.screen() for text in awaited), " + ".join(awaited)
            )
        for _ in range(10):
            self.terminal.listen(0.03)
        return self.screen()

    def screen(self) -> str:
        return "\n".join(line.rstrip() for line in self.terminal.lines())

    def line(self) -> str:
        """What stands behind the last prompt."""
        last = [row for row in self.terminal.lines() if row.startswith(MARK)][-1]
        return last.removeprefix(MARK).strip()


@pytest.fixture(params=["bash", "zsh", "fish"])
def prompt(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Prompt]:
    shell = request.param
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    at = Prompt(shell, tmp_path)
    with at.terminal:
        yield at
        assert not at.ran.exists(), "a process ran at TAB"


@pytest.mark.process
def test_tab_completes_a_command(prompt: Prompt) -> None:
    prompt.tab("ami che", "ami check")
    assert prompt.line() == "ami check"
    screen = prompt.tab("ami ", "Juge tout un fichier", "completion", times=2)
    for name in command().commands:
        assert name in screen


@pytest.mark.process
def test_tab_completes_an_option_and_shows_its_help(prompt: Prompt) -> None:
    prompt.tab("ami check --bir", "--birth-date")
    assert prompt.line().startswith("ami check --birth-date")
    screen = prompt.tab("ami check --e", "--echelon", "ton échelon", times=2)
    assert "--establishment" in screen
    assert "--encoding" not in screen
    assert "une bourse Erasmus+" in screen
    prompt.tab("ami check --schoo", "--school")
    assert prompt.line().startswith("ami check --school")
    screen = prompt.tab("ami schools --", "--json", times=2)
    assert "--school" not in screen.replace("ami schools", "")
    # General options too, before and after the command.
    prompt.tab("ami check --qui", "--quiet")
    prompt.tab("ami --qui", "--quiet")
    prompt.tab("ami --vers", "--version")


@pytest.mark.process
def test_tab_completes_a_value_and_shows_its_help(prompt: Prompt) -> None:
    prompt.tab("ami check --establishment ab", "abroad")
    assert prompt.line() == "ami check --establishment abroad"
    screen = prompt.tab("ami check --establishment p", "private-other", "Privé non", times=2)
    assert "private-accredited" in screen
    assert "abroad" not in screen
    prompt.tab("ami check --stay=int", "internship")
    assert prompt.line() == "ami check --stay=internship"
    prompt.tab("ami check --destination portu", "--destination Portugal")
    prompt.tab("ami check --destination Afri", "Sud")
    assert shlex.split(prompt.line())[-1] == "Afrique du Sud"
    prompt.tab("ami --lang f", "--lang fr")
    prompt.tab("ami rules --year 2025", "2025-2026")
    prompt.tab("ami batch x.csv --format xl", "xlsx")
    prompt.tab("ami completion po", "powershell")
    prompt.tab("ami schema an", "answers")


@pytest.mark.process
def test_tab_completes_files_where_a_file_is_awaited_only(prompt: Prompt) -> None:
    prompt.tab("ami check --answers dos", "dossier.json")
    prompt.tab("ami batch é", "2027.csv")
    assert prompt.line().replace("\\", "").replace("'", "") == "ami batch étudiants 2027.csv"
    prompt.tab("ami check --calendar dos", "dossier.json")
    prompt.tab("ami check --report dos", "dossier.json")
    for line in (
        *("ami check --age dos", "ami check dos", "ami check --start dos", "ami rules dos"),
        *("ami check --school dos", "ami check --commune dos", "ami schools dos"),
    ):
        prompt.tab(line)
        assert prompt.line() == line


@pytest.mark.process
def test_names_of_files_are_quoted_as_the_shell_needs(prompt: Prompt) -> None:
    for typed, name in (
        ("ami batch av", "avril d'ici$*.csv"),
        ("ami batch liste\\ \\[", "liste [L3].csv"),
        ("ami batch 'liste [", "liste [L3].csv"),
    ):
        prompt.tab(typed, ".csv")
        assert shlex.split(prompt.line())[2] == name, prompt.line()


BASH = shutil.which("bash") or ""
TRY = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=(); _ami
for word in ${COMPREPLY[@]+"${COMPREPLY[@]}"}; do printf '%s\\n' "$word"; done
"""


def replies(*words: str, before: str = "", folder: Path | None = None) -> list[str]:
    """Return what the bash function offers behind some words, in a shell with `set -u`."""
    done = subprocess.run(
        [BASH, "--norc", "-u", "-c", before + TRY, "bash", FOLDER / "ami.bash", *words],
        env=PLAIN_ENV, cwd=folder, capture_output=True, timeout=LIMIT, check=False, text=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


ECHELONS = ["0bis", *"1234567"]


@pytest.mark.process
def test_bash_offers_the_same_however_it_splits_words(tmp_path: Path) -> None:
    assert replies("ami", "") == [*command().commands]
    assert replies("ami", "check", "--echelon", "") == ECHELONS
    assert replies("ami", "check", "--echelon", "=") == ECHELONS
    # One word without = in COMP_WORDBREAKS; bash 3.2 replaces what stands behind it.
    assert replies("ami", "check", "--echelon=") == [f"--echelon={one}" for one in ECHELONS]
    assert replies("ami", "check", "--stay=in") == ["--stay=internship"]
    assert replies("ami", "check", "--stay", '"in') == ["internship"]
    assert replies("ami", "check", "--destination", "etats") == ["Etats-Unis"]
    korea = replies("ami", "check", "--destination", "corée\\ du")
    assert korea == ["Corée\\ du\\ Nord", "Corée\\ du\\ Sud"]
    assert replies("ami", "check", "--destination", '"corée du s') == ["Corée du Sud"]
    assert replies("ami", "check", "--zzz") == []
    assert replies("ami", "check", "--age=21", "--ag") == []
    assert replies("ami", "check", "--commune=a b", "--ech") == ["--echelon"]
    for name in ("liste [L3].csv", "liste L.csv", "été*.csv"):
        (tmp_path / name).touch()
    for flags in ("", "set -f; ", "shopt -s failglob; ", "enable -n compopt; "):
        names = replies("ami", "batch", "li", before=flags, folder=tmp_path)
        assert sorted(names) == ["liste L.csv", "liste [L3].csv"]
        assert replies("ami", "check", "--answers=é", before=flags, folder=tmp_path) == [
            "--answers=été*.csv"
        ]


@pytest.mark.process
def test_options_already_typed_are_not_completed(prompt: Prompt) -> None:
    screen = prompt.tab("ami check --rural --merit --no-", "--no-disability", times=2)
    assert "--no-erasmus" in screen
    assert "--no-merit" not in screen.replace("--merit --no-", "")
    prompt.tab("ami batch x.csv --map a=b --ma", "--map")
    assert prompt.line().startswith("ami batch x.csv --map a=b --map")


# ---------------------------------------------------------------------------------------------
# Syntax, by each shell's own parser
# ---------------------------------------------------------------------------------------------


@pytest.mark.process
@pytest.mark.parametrize(
    ("shell", "flag"), [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")]
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_scripts_have_no_syntax_error_in_their_shell(
    shell: str, flag: str, lang: str, tmp_path: Path
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    path = tmp_path / "script"
    path.write_text(completion_script(shell, command(), words_of(lang)), "utf-8")
    done = subprocess.run(
        [shell, flag, path], env=PLAIN_ENV, capture_output=True, timeout=LIMIT, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_powershell_script_parses(lang: str) -> None:
    import tree_sitter
    import tree_sitter_powershell

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    script = completion_script("powershell", command(), words_of(lang))
    tree = parser.parse(script.encode())
    assert not tree.root_node.has_error
    assert parser.parse(script.replace("'@", "@").encode()).root_node.has_error
    # PowerShell 5.1 damages other characters between the program, the console and the profile.
    assert script.isascii()
    for rows in re.findall(r"@'\n(.*?)\n'@", script, re.DOTALL):
        assert len({row.count("\t") for row in rows.splitlines()}) == 1


# ---------------------------------------------------------------------------------------------
# The command
# ---------------------------------------------------------------------------------------------


@pytest.mark.process
def test_a_terminal_is_told_how_to_install_it() -> None:
    with Terminal([AMI, "completion", "fish", "--lang", "fr"], rows=100, columns=200) as terminal:
        assert terminal.end() == 0
        assert "~/.config/fish/completions/ami.fish" in "\n".join(terminal.everything())
    assert "~/.config" not in ami("completion", "fish").stdout


def test_its_help_says_how_to_install_each() -> None:
    screen = ami("completion", "--help", env={"COLUMNS": "200"}).stdout
    for shell in FILES:
        install = INSTALL[shell].rpartition("&& ")[2]
        assert install in " ".join(screen.replace("\\\n", " ").split())
