"""Consoles whose encoding lacks some of what is written: nothing raises, nothing is dropped."""

import io
import json
import subprocess
import sys
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import ami_cli
from ami_cli.main import main
from ami_cli.streams import encodable
from ami_cli.words import LANGUAGES
from tests.runner import AMI, DAY, PLAIN_ENV
from tests.students import COMPLETE, STUDENTS
from tests.terminal import CTRL_C, Terminal

# Code pages of Windows and DOS in Europe, the encodings of old Unix systems, and the poorest.
ENCODINGS = (
    "ascii", "latin-1", "cp1252", "cp850", "cp1250", "cp1251", "cp1253", "cp1257", "cp437",
    "cp852", "cp866", "iso8859-2", "iso8859-7", "koi8-r", "tis-620", "cp932", "utf-8",
)  # fmt: skip
LACKING_LETTERS = ENCODINGS[4:15]
EVERY_ENCODING = pytest.mark.parametrize("encoding", ENCODINGS)
PACKAGE = Path(ami_cli.__file__).parent
INELIGIBLE = (
    "--age", "30", "--scholarship", "none", "--start", "2027-01-15", "--end", "2027-01-20",
)  # fmt: skip
RUNS: dict[str, tuple[str, ...]] = {
    "help": ("--help",),
    "no command": (),
    "version": ("--version",),
    "check": ("check", *COMPLETE),
    "check names": ("check", *COMPLETE, "--school", "UCA", "--commune", "Saint-Denis"),
    "check no": ("check", *INELIGIBLE),
    "check details": ("check", *COMPLETE, "--details"),
    "check nothing": ("check",),
    "check help": ("check", "--help"),
    "wrong answers": ("check", "--age", "x", "--start", "31/02/2027", "--stay", "stge"),
    "wrong option": ("check", "--aeg", "21"),
    "batch help": ("batch", "--help"),
    "batch": ("batch", STUDENTS),
    "template": ("batch", "--template", "-"),
    "rules": ("rules",),
    "rules help": ("rules", "--help"),
    "schools": ("schools", "lyon"),
    "no school": ("schools", "œuvre ☃"),
    "schools help": ("schools", "--help"),
    "schema help": ("schema", "--help"),
    "completion help": ("completion", "--help"),
}
FOR_PROGRAMS: dict[str, tuple[str, ...]] = {
    "check json": ("check", *COMPLETE, "--json"),
    "wrong answers json": ("check", "--age", "«é»", "--json"),
    "rules json": ("rules", "--json"),
    "schools json": ("schools", "lyon", "--json"),
    "schema": ("schema", "result"),
    "completion": ("completion", "bash"),
}


class Run:
    """One run in this process, with stdout and stderr in an encoding."""

    def __init__(self, arguments: tuple[str, ...], lang: str, encoding: str) -> None:
        out, err = io.BytesIO(), io.BytesIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", None)
            patch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding, newline="\n"))
            patch.setattr(sys, "stderr", io.TextIOWrapper(err, encoding, newline="\n"))
            patch.setenv("COLUMNS", "80")
            self.code = main([*arguments, "--lang", lang, *DAY])
            self.out, self.err = out.getvalue(), err.getvalue()


@cache
def in_utf8(name: str, lang: str) -> Run:
    return Run({**RUNS, **FOR_PROGRAMS}[name], lang, "utf-8")


def leaves(value: Any) -> list[str]:
    """The texts in a table of sentences."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value
    return [text for part in inner for text in leaves(part)]


@cache
def own_characters() -> frozenset[str]:
    """The characters of every sentence, and of every result and message that is shown here."""
    tables = [tomllib.loads(path.read_text("utf-8")) for path in PACKAGE.glob("words/*/*.toml")]
    texts = [text for table in tables for text in leaves(table)]
    for name in RUNS.keys() - {"no school"}:  # it holds text of somebody else
        for lang in LANGUAGES:
            run = in_utf8(name, lang)
            texts.append(run.err.decode())
            if name not in ("batch", "template"):  # their stdout is a file
                texts.append(run.out.decode())
    return frozenset("".join(texts)) - {"\n"}


def can_encode(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


# --- characters ----------------------------------------------------------------------------------


@EVERY_ENCODING
def test_every_own_character_has_a_form_in_every_encoding(encoding: str) -> None:
    assert own_characters() >= set("é«»’…→€✓✗─╭█·\u202f\u00a0")
    for character in own_characters() | {"œ", "Œ", "æ", "×", "≈"}:
        shown = encodable(character, encoding)
        assert can_encode(shown, encoding), character
        if can_encode(character, encoding):
            assert shown == character
            continue
        assert shown, character
        assert "\\" not in shown, character
        assert "?" not in shown, character
        if character.isalpha():
            expected = {"œ": "oe", "Œ": "OE", "æ": "ae"}.get(character) or unicodedata.normalize(
                "NFD", character
            )[0]
            assert shown == expected


@pytest.mark.parametrize("file", ["communes.txt", "establishments.csv"])
@EVERY_ENCODING
def test_names_of_the_registers_lose_nothing_but_accents(file: str, encoding: str) -> None:
    characters = set((PACKAGE / "registers" / file).read_text("utf-8")) - {"\n", "\r"}
    for character in characters:
        assert can_encode(encodable(character, encoding), encoding)
        assert "\\" not in encodable(character, encoding), character


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("L’été à Nîmes : 2\u202f000\u00a0€…", "ascii", "L'ete a Nimes : 2 000 EUR..."),
        ("L’été à Nîmes : 2\u202f000\u00a0€…", "cp866", "L'ete a Nimes : 2\u00a0000\u00a0EUR..."),
        ("L’été à Nîmes : 2\u202f000\u00a0€…", "cp1251", "L’ete a Nimes : 2\u00a0000\u00a0€…"),
        ("Œuvre, À l’Évêché", "cp437", "OEuvre, A l'Évêché"),
        ("Œuvre, À l’Évêché", "iso8859-2", "OEuvre, A l'Éveché"),
        ("✓ ✗ × → • ╭─╮", "tis-620", "+ x x -> - +-+"),
        ("╭─╮ ■ □", "koi8-r", "+─+ ■ o"),
        ("Łódź", "cp1250", "Łódź"),
        ("Łódź", "cp1252", "\\u0141ódz"),
        ("漢 ☃ 😀 \udcff", "cp1253", "\\u6f22 \\u2603 \\U0001f600 \\udcff"),
        ("e\u0301", "cp437", "e\\u0301"),
        ("é\udcff", "utf-8", "é\\udcff"),
    ],
)
def test_encodable_replaces_missing_characters(text: str, encoding: str, shown: str) -> None:
    assert encodable(text, encoding) == shown


# --- every command -------------------------------------------------------------------------------


@EVERY_ENCODING
@pytest.mark.parametrize("name", [name for name in RUNS if name != "batch"])
def test_every_command_on_every_console(name: str, encoding: str) -> None:
    lang = LANGUAGES[ENCODINGS.index(encoding) % 2]
    meant, shown = in_utf8(name, lang), Run(RUNS[name], lang, encoding)
    assert shown.code == meant.code != 1
    assert shown.err.decode(encoding) == encodable(meant.err.decode(), encoding)
    if name == "template":  # a CSV file is UTF-8 everywhere
        assert shown.out == meant.out
    else:
        assert shown.out.decode(encoding) == encodable(meant.out.decode(), encoding)


@pytest.mark.parametrize("encoding", ["ascii", "cp1250", "cp866"])
def test_a_batch_on_a_console(encoding: str) -> None:
    meant, shown = in_utf8("batch", "fr"), Run(RUNS["batch"], "fr", encoding)
    assert (shown.code, shown.out) == (meant.code, meant.out)
    # The last line but one says how long it took, and a slow run tells its progress.
    lines = [
        [line for line in run.splitlines()[:-1] if "par seconde" not in line]
        for run in (encodable(meant.err.decode(), encoding), shown.err.decode(encoding))
    ]
    assert lines[0] == lines[1] != []


@EVERY_ENCODING
@pytest.mark.parametrize("name", FOR_PROGRAMS)
def test_programs_read_the_same_bytes_whatever_the_console(name: str, encoding: str) -> None:
    expected, run = in_utf8(name, "fr"), Run(FOR_PROGRAMS[name], "fr", encoding)
    assert (run.code, run.out, run.err) == (expected.code, expected.out, expected.err)
    if name.endswith("json"):
        json.loads(run.out or run.err)


# --- real processes ------------------------------------------------------------------------------


@pytest.mark.process
@pytest.mark.parametrize("encoding", LACKING_LETTERS)
def test_a_redirected_process_writes_its_encoding(encoding: str) -> None:
    name = "check" if encoding in ("cp1250", "cp1251") else "check help"
    done = subprocess.run(
        [AMI, *RUNS[name], "--lang", "fr", *DAY],
        env={**PLAIN_ENV, "PYTHONIOENCODING": encoding, "LANG": "C", "COLUMNS": "80"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode(encoding) == encodable(in_utf8(name, "fr").out.decode(), encoding)


@pytest.mark.process
def test_questions_are_shown_on_an_ascii_terminal() -> None:
    command = [AMI, "check", "--lang", "fr", *DAY]
    with Terminal(command, env={"PYTHONIOENCODING": "ascii"}) as terminal:
        terminal.wait_for("Elle donne ton age le jour du depart.", "vide si tu ne sais pas")
        terminal.send(CTRL_C)
        terminal.end()
        assert terminal.raw.isascii()
        assert terminal.raw.count(b"?") == terminal.raw.count(b" ?") + terminal.raw.count(b"[?")
