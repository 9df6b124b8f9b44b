"""Three thousand command lines and documents that nobody would write: a verdict or a clean error.

Three hundred are hypothesis', which makes the smallest of what it finds; the others come from a
seeded generator, which is ten times as fast. AMI_FUZZ=N tries N times as many, each time others.
"""

import json
import os
import re
import string
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from typer.core import TyperOption

from ami_cli.answers import FIELDS, Kind
from ami_cli.cli import command
from tests.runner import ami
from tests.sizes import examples
from tests.students import COMMUNES, DESTINATIONS, SCHOOLS

TIMES = int(os.environ.get("AMI_FUZZ", "0"))
EXAMPLES, MORE, PARTS = examples(40) * max(1, TIMES), examples(300) * max(1, TIMES), 4
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

TREE = command()
FLAGS = sorted(
    {
        flag
        for part in (TREE, *TREE.commands.values())
        for option in part.params
        if isinstance(option, TyperOption)
        for flag in (*option.opts, *option.secondary_opts)
    }
    # Nothing is written by a fuzzer.
    - {"--output", "-o", "--template", "--summary-json", "--calendar", "--report"}
)

STRANGE = [
    *("oui", "non", "?", "", "-", "--", "=", "21", "-1", "3,0", "1e9", "½", "６", "0bis"),
    *("public", "privé", "abroad", "étranger", "bcs", "aucune", "study", "stage", "fr"),
    *("2027-01-15", "15/01/2027", "1/2/27", "2027-02-30", "2027-W03", "9999-99-99"),
    *("Lyon 1", "UCA", "INSA Lyon", "Skema", "Ambert", "63003", "Saint-Denis", "Baugy (18)"),
    *("2025-2026", "1999-2000", "csv", "auto", "absent.csv", "docs", "answers", "bash"),
    *("\x1b[31m", "\u202e", "\ud800", "a\nb", "[bold]", "%s", "{0}", "$(x)", "é" * 300),
]
WORDS = st.one_of(
    st.sampled_from(STRANGE),
    st.dates().map(str),
    st.integers().map(str),
    st.text(string.printable, max_size=12),
    st.text(max_size=8),
)
TOKENS = st.one_of(
    st.sampled_from([*TREE.commands, *TREE.commands]),
    st.sampled_from(FLAGS),
    st.builds("{}={}".format, st.sampled_from(FLAGS), WORDS),
    st.builds(lambda flag, at: flag[:at], st.sampled_from(FLAGS), st.integers(1, 20)),
    WORDS,
)


def without_files(line: list[str]) -> list[str]:
    """A line without the options that write a file."""
    return [
        word
        for word in line
        if not word.startswith(("-o", "--o", "--te", "--summ", "--cal", "--rep"))
    ]


def start_of(part: int) -> list[str]:
    """Each part begins in another way, so that they are not four times the same."""
    return [["check"], ["check", "--json"], [], ["batch", "-", "-q"]][part]


def flags_of(part: int) -> list[str]:
    """What stands behind the documents of each part."""
    return [
        ["--json"],
        ["--json", "--exit-code"],
        ["--json", "--lang", "en"],
        ["--rural", "--plain", "--exit-code"],
    ][part]


LINES = st.lists(TOKENS, max_size=9).map(without_files)

VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.sampled_from(["6", "bcs"])
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
GOOD = {
    Kind.DATE: st.dates().map(str),
    Kind.NUMBER: st.integers(0, 120),
    Kind.YES_NO: st.booleans(),
    Kind.NAME: st.sampled_from((*SCHOOLS, *COMMUNES)),
    Kind.COUNTRY: st.sampled_from(DESTINATIONS),
}
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        answer.name: st.one_of(
            GOOD.get(answer.kind, st.sampled_from(answer.options or ("",))), VALUES
        )
        for answer in FIELDS
    },
)
NEARLY = st.builds(
    lambda text, at, piece: text[:at] + piece + text[at:],
    MEMBERS.map(json.dumps),
    st.integers(0, 200),
    st.text(string.printable, max_size=3),
).map(lambda text: text.encode("utf-8", "surrogatepass"))
DOCUMENTS = st.one_of(
    MEMBERS.map(lambda members: json.dumps(members).encode()),
    NEARLY,
    VALUES.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=60),
)


@pytest.fixture(autouse=True, scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder of its own, and no words of this machine's environment."""
    before = Path.cwd()
    folder = tmp_path_factory.mktemp("fuzz")
    os.chdir(folder)
    yield
    os.chdir(before)
    assert list(folder.iterdir()) == []


def end_of(arguments: list[str], content: bytes) -> int:
    """Run a command and check how it ends; return its exit code."""
    done = ami(*arguments, stdin=content)
    code, out, stderr = done.returncode, done.stdout, done.stderr
    assert code in (0, 2, 3, 4, 10, 11), stderr
    assert "Traceback" not in stderr
    assert len(stderr) < 64 * 1024
    assert not CONTROL.search(stderr), repr(stderr)
    if code in (0, 10, 11):
        # Of a school that is not found, what is stderr is all there is.
        quiet = bool({"-q", "--quiet"} & set(arguments))
        assert out or "batch" in arguments or ("schools" in arguments and (stderr or quiet))
    elif code in (2, 3):
        assert out == ""
        if "--json" in arguments:
            errors = json.loads(stderr)["errors"]
            assert errors
            assert all(error["message"] and error["fix"] for error in errors)
        else:
            assert "→ " in stderr
    return code


class Maker:
    """Lines and documents from a seeded generator."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed if TIMES == 0 else None)

    def word(self) -> str:
        """A word, most often one of those that hurt."""
        random = self._random
        match random.randrange(5):
            case 0:
                return "".join(random.choices(string.printable, k=random.randrange(10)))
            case 1:
                day = date(1890, 1, 1) + timedelta(random.randrange(90_000))
                return random.choice([f"{day}", f"{day:%d/%m/%Y}", f"{day:%d/%m/%y}"])
            case 2:
                return str(random.choice([random.randrange(130), random.randrange(-9, 10**12)]))
        return random.choice(STRANGE)

    def line(self) -> list[str]:
        """The words of a command line."""
        random = self._random
        tokens: list[str] = []
        for _ in range(random.randrange(10)):
            flag = random.choice(FLAGS)
            tokens += random.choice(
                [
                    [flag],
                    [flag, self.word()],
                    [f"{flag}={self.word()}"],
                    [flag[: random.randrange(1, 12)]],
                    [self.word()],
                    [random.choice(sorted(TREE.commands))],
                ]
            )
        return without_files(tokens)

    def document(self) -> bytes:
        """Something like the answers of a student."""
        random = self._random
        names = [answer.name for answer in FIELDS]
        members = {name: self.value(3) for name in random.sample(names, random.randrange(9))}
        for answer in random.sample(FIELDS, random.randrange(9)):
            match answer.kind:
                case Kind.DATE:
                    members[answer.name] = str(
                        date(1995, 1, 1) + timedelta(random.randrange(13_000))
                    )
                case Kind.NUMBER:
                    members[answer.name] = random.randrange(answer.high + 1)
                case Kind.YES_NO:
                    members[answer.name] = random.random() < 0.5
                case Kind.CHOICE:
                    members[answer.name] = random.choice(answer.options)
                case Kind.NAME:
                    members[answer.name] = random.choice((*SCHOOLS, *COMMUNES))
                case Kind.COUNTRY:
                    members[answer.name] = random.choice(DESTINATIONS)
        if random.random() < 0.2:
            members[self.word()] = self.value(3)
        content = bytearray(json.dumps(members).encode())
        for _ in range(random.choice([0, 0, 0, 1, 3])):
            at = random.randrange(len(content) + 1)
            content[at : at + random.randrange(3)] = random.randbytes(random.randrange(3))
        return bytes(content)

    def value(self, depth: int) -> Any:
        """A value of JSON."""
        random = self._random
        match random.randrange(8 if depth else 5):
            case 0:
                return random.choice([None, True, False, 1e400, float("nan"), -0.0, 3.0, 10**30])
            case 1 | 2:
                return random.choice([21, 6, 0, -1, 2027, 1.5])
            case 5 | 6:
                return [self.value(depth - 1) for _ in range(random.randrange(3))]
            case 7:
                return {self.word(): self.value(depth - 1) for _ in range(random.randrange(3))}
        return self.word()


fuzzed = settings(
    max_examples=EXAMPLES,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


# Measuring what is covered would cost four times what the tests themselves do; a part of them
# shows it as well.
@pytest.mark.parametrize("part", range(PARTS))
def test_some_command_lines_and_documents_end_without_a_bug(part: int) -> None:
    maker = Maker(100 + part)
    for _ in range(60):
        end_of([*start_of(part), *maker.line()], maker.document())
        end_of(["check", "--answers", "-", *flags_of(part)], maker.document())


@pytest.mark.no_cover
@pytest.mark.parametrize("part", range(PARTS))
def test_any_command_line_ends_without_a_bug(part: int) -> None:
    seen: set[int] = set()

    @fuzzed
    @given(LINES, st.sampled_from([b"", b"{}", b'{"age": 21}', b"age;fin\n21;x\n"]))
    def any_line(line: list[str], content: bytes) -> None:
        seen.add(end_of([*start_of(part), *line], content))

    any_line()
    maker = Maker(part)
    for _ in range(MORE):
        seen.add(end_of([*start_of(part), *maker.line()], maker.document()))
    assert {0, 2} <= seen | ({0} if part == 3 else set())


@pytest.mark.no_cover
@pytest.mark.parametrize("part", range(PARTS))
def test_any_document_ends_without_a_bug(part: int) -> None:
    flags = flags_of(part)
    seen: set[int] = set()

    @fuzzed
    @given(DOCUMENTS)
    def any_document(content: bytes) -> None:
        seen.add(end_of(["check", "--answers", "-", *flags], content))

    any_document()
    maker = Maker(part)
    for _ in range(MORE):
        seen.add(end_of(["check", "--answers", "-", *flags], maker.document()))
    assert {2, 3} <= seen
    assert seen & {0, 10, 11}


def test_the_fuzz_fails_on_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*arguments: Any, **options: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("ami_cli.commands.check.assess", break_down)
    with pytest.raises(AssertionError):
        end_of(["check", "--json"], b"")
