"""JSON Lines and JSON arrays: bytes in, rows out; rows in, bytes out."""

import io
import json
import os
import string
import subprocess
import sys
import time
import unicodedata
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ami_cli.batch.formats import RESULTS, Chunk, Output
from ami_cli.batch.formats.json import LARGEST_ARRAY, JsonSink, JsonSource
from ami_cli.batch.formats.text import BLOCK
from ami_cli.failures import InvalidAnswers, UnreadableInput
from ami_cli.reading import read
from ami_cli.words import words_of
from ami_cli.words.json_output import printable
from ami_cli.words.problems import describe
from tests.runner import PLAIN_ENV

WORDS = words_of("fr")


class Trickle(io.BytesIO):
    """A file whose blocks are short, so that they end anywhere."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(content)
        self._size = size

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._size if size == BLOCK else size)


def source_of(content: bytes | str, *, all_columns: bool = True, block: int = BLOCK) -> JsonSource:
    raw = content.encode() if isinstance(content, str) else content
    return JsonSource(Trickle(raw, block), WORDS, all_columns=all_columns)


class Rows:
    """Everything a source says, as lists."""

    def __init__(self, content: bytes | str, block: int = BLOCK) -> None:
        self.source = source_of(content, block=block)
        self.headers = self.source.headers
        self.chunks = list(self.source.chunks(range(len(self.headers))))
        self.cells: list[dict[str, str | None]] = []
        self.lines: list[int] = []
        self.faults: list[str | None] = []
        self.texts: list[str] = []
        for chunk in self.chunks:
            frame = chunk.frame
            assert frame.width == 0 or frame.height == len(chunk.lines)
            assert all(kind == pl.String for kind in frame.dtypes)
            columns = [frame[str(rank)].to_list() for rank in range(len(self.headers))]
            for row in range(len(chunk.lines)):
                cells = {
                    header: cells[row]
                    for header, cells in zip(self.headers, columns, strict=True)
                    if cells[row] is not None
                }
                self.cells.append(cells)
            self.lines += chunk.lines.to_list()
            none = [None] * len(chunk.lines)
            self.faults += none if chunk.faults is None else chunk.faults.to_list()
            assert chunk.texts is not None
            assert chunk.texts.dtype == pl.String
            self.texts += chunk.texts.to_list()
        self.blank = self.source.blank


def refusal_of(content: bytes | str, block: int = BLOCK) -> dict[str, Any]:
    with pytest.raises(UnreadableInput) as refused:
        for _ in source_of(content, block=block).chunks(()):
            pass
    return describe(refused.value.problems[0], WORDS)


def results_of(rows: int, **columns: list[Any]) -> pl.DataFrame:
    verdicts = columns.pop("ami_verdict", ["eligible"] * rows)
    return pl.DataFrame(
        {
            name: pl.Series(
                verdicts if name == "ami_verdict" else columns.get(name, [None] * rows), dtype=kind
            )
            for name, kind in RESULTS.items()
        }
    )


def written(content: bytes | str, *, only: list[str] | None = None, **columns: list[Any]) -> str:
    """What a run would write for a file, with results of our own."""
    source = source_of(content)
    ranks = [rank for rank, name in enumerate(source.headers) if only is None or name in only]
    file = io.BytesIO()
    sink = JsonSink(file, Output("jsonl", source.headers, ranks, repeats=True))
    done = 0
    for chunk in source.chunks(ranks):
        rows = len(chunk.lines)
        part = {name: values[done : done + rows] for name, values in columns.items()}
        sink.write(chunk, results_of(rows, **part), {})
        done += rows
    sink.close()
    return file.getvalue().decode()


def objects_in(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


# ---------------------------------------------------------------------------------------------
# Objects read
# ---------------------------------------------------------------------------------------------


def test_columns_are_all_keys_in_the_order_of_their_first_appearance() -> None:
    rows = Rows('{"b": 1}\n{"a": "x", "b": null}\n{"c": true, "a": "y"}\n')
    assert rows.headers == ("b", "a", "c")
    assert rows.cells == [{"b": "1"}, {"a": "x"}, {"a": "y", "c": "true"}]
    assert rows.lines == [1, 2, 3]
    assert rows.faults == [None] * 3


def test_keys_that_are_numbers_stay_apart() -> None:
    for number in ("x", "1.5"):  # an object that polars reads, and one that it does not
        value = json.dumps(number) if number == "x" else number
        rows = Rows(f'{{"1": "a", "2": "b", "0": {value}}}\n')
        assert rows.cells == [{"1": "a", "2": "b", "0": number}]


def test_only_the_columns_asked_for_are_read() -> None:
    source = source_of('{"a": 1, "b": 2}\n{"b": {"x": 3}, "a": 4}\n')
    (chunk,) = source.chunks([1])
    assert chunk.frame.to_dict(as_series=False) == {"1": ["2", '{"x":3}']}
    (chunk,) = source.chunks([])
    assert len(chunk.lines) == 2


@pytest.mark.parametrize(
    "number",
    [
        "0",
        "-1",
        "3",
        "3.0",
        "-0.0",
        "1e1",
        "1E+2",
        "-1.5e-3",
        "1000000000000000000000000",
        "9" * 4000,
        "1e400",
    ],
)
def test_number_stays_as_it_was_written(number: str) -> None:
    rows = Rows(f'{{"mois": {number}}}\n{{"mois": [{number}]}}\n')
    assert rows.cells == [{"mois": number}, {"mois": f"[{number}]"}]
    assert rows.texts == [f'{{"mois": {number}}}', f'{{"mois": [{number}]}}']


def test_minus_zero_is_no_zero_and_stays_in_the_text_of_its_row() -> None:
    lines = ['{"mois": -0}', '{"mois":[1,-0], "x": -0.5}', '{"mois": 1, "x": "a:-0 \\" -0"}']
    rows = Rows("\n".join(lines))
    cells = [(row["mois"], row.get("x")) for row in rows.cells]
    assert cells == [("-0.0", None), ("[1,-0.0]", "-0.5"), ("1", 'a:-0 " -0')]
    assert rows.texts == lines
    with pytest.raises(InvalidAnswers):
        read("months_received", str(rows.cells[0]["mois"]))


@pytest.mark.parametrize("number", ["1e1", "1000000000000000000000000", "-3", "3.5", "true", '"½"'])
def test_number_outside_the_documented_forms_is_no_answer(number: str) -> None:
    (cells,) = Rows(f'{{"months_received": {number}}}').cells
    with pytest.raises(InvalidAnswers):
        read("months_received", str(cells["months_received"]))


def test_true_false_and_null_differ_from_their_texts() -> None:
    rows = Rows('{"a": true, "b": false, "c": null, "d": "null", "e": "true", "f": ""}')
    assert rows.cells == [{"a": "true", "b": "false", "d": "null", "e": "true", "f": ""}]


def test_lists_and_objects_are_cells_of_compact_json() -> None:
    rows = Rows('{"x": { "é" : [1, 2.50, "a\\"b", null, true, {}] }, "y": []}')
    assert rows.cells == [{"x": '{"é":[1,2.50,"a\\"b",null,true,{}]}', "y": "[]"}]


@pytest.mark.parametrize("inside", ["a", '\\"', "\\\\", '\\\\\\"', "\\u00e9", "\\ud83d\\ude00"])
@pytest.mark.parametrize("around", ["{}", "{} ", ' "a": 1, ', ": {}", "\\t{}\\n"])
def test_escapes_are_read(inside: str, around: str) -> None:
    text = around.format(inside).replace('"a"', '\\"a\\"')
    line = f'{{"a": "{text}", "b": "{inside}", "c": 1}}'
    rows = Rows(f'{line}\n{{"a": "x", "b": "y", "c": 2}}\n{line}')
    expected = {key: str(value) for key, value in json.loads(line).items()}
    assert rows.cells == [expected, {"a": "x", "b": "y", "c": "2"}, expected]


@pytest.mark.parametrize(
    "key",
    ["", " ", ",", ":", "}", '"', "\\", ",a", ":a", " :a", "a,b", "a:b", "{", "[a]", "a.b", "(a|b",
     "^$", "é", "😀", "a\nb", "\u2028", "null", "1", '","', '":', 'a"b', "a\\", "$1"],
)  # fmt: skip
def test_any_key_is_a_column(key: str) -> None:
    other = ':x"},{"b'
    objects = [
        {key: "1", other: "2"}, {other: key, key: other}, {key: "3"}, {other: f'","{key}":'},
    ]  # fmt: skip
    for ascii_only in (True, False):
        text = "\n".join(json.dumps(each, ensure_ascii=ascii_only) for each in objects)
        rows = Rows(text)
        assert rows.headers == (key, other)
        assert rows.cells == objects


def test_escaped_spellings_of_a_key_are_one_column() -> None:
    rows = Rows('{"é": 1}\n{"\\u00e9": 2}\n{"\\u00E9": 3}\n{"é": 4, "\\u00e9": 5}\n')
    assert rows.headers == ("é",)
    assert rows.cells == [{"é": "1"}, {"é": "2"}, {"é": "3"}, {}]
    assert rows.faults[:3] == [None] * 3
    assert rows.faults[3] == "la clé «\u00a0é\u00a0» y est deux fois, colonne 19"


# ---------------------------------------------------------------------------------------------
# Lines that are no objects
# ---------------------------------------------------------------------------------------------

GOOD = '{"age": 21, "nom": "Zoé"}'


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        ('{"age": 21, "age": 22}', "la clé «\u00a0age\u00a0» y est deux fois, colonne 19"),
        (
            '{"age": 21, "x": {"a": 1, "a": 2}}',
            "la clé «\u00a0a\u00a0» y est deux fois, colonne 31",
        ),
        ('{"age": NaN}', "NaN n’est pas une valeur du JSON, colonne 9"),
        ('{"nom": "NaN", "age": NaN}', "NaN n’est pas une valeur du JSON, colonne 23"),
        ('{"age": -Infinity}', "-Infinity n’est pas une valeur du JSON, colonne 10"),
        ('{"x": [Infinity]}', "Infinity n’est pas une valeur du JSON, colonne 8"),
        ('{"age": 21', "ce n’est pas du JSON lisible, colonne 10"),
        ('{"age": 21,}', "ce n’est pas du JSON lisible, colonne 12"),
        ('{"age": 21} x', "ce n’est pas du JSON lisible, colonne 13"),
        ('{"age": 21}{"age": 22}', "ce n’est pas du JSON lisible, colonne 12"),
        ('{"age": 21},', "ce n’est pas du JSON lisible, colonne 12"),
        ("{'age': 21}", "ce n’est pas du JSON lisible, colonne 2"),
        ("{age: 21}", "ce n’est pas du JSON lisible, colonne 2"),
        ('{"age": 021}', "ce n’est pas du JSON lisible, colonne 10"),
        ('{"age": +21}', "ce n’est pas du JSON lisible, colonne 9"),
        ('{"age": .5}', "ce n’est pas du JSON lisible, colonne 9"),
        ('{"age": 5.}', "ce n’est pas du JSON lisible, colonne 11"),
        ('{"age": 0x15}', "ce n’est pas du JSON lisible, colonne 10"),
        ('{"age": True}', "ce n’est pas du JSON lisible, colonne 9"),
        ('{"age": ２１}', "ce n’est pas du JSON lisible, colonne 9"),
        ('{"age" 21}', "ce n’est pas du JSON lisible, colonne 8"),
        ('{"nom": "a\\qb"}', "ce n’est pas du JSON lisible, colonne 12"),
        ('{"nom": "a\tb"}', "ce n’est pas du JSON lisible, colonne 11"),
        ('{"nom": "a\x01b"}', "ce n’est pas du JSON lisible, colonne 11"),
        ('{"é": "Zoé", "x": y}', "ce n’est pas du JSON lisible, colonne 19"),
        (f'{{"n": {"9" * 5000}}}', "ce n’est pas du JSON lisible, colonne 4308"),
        ('{"nom": "\\ud800"}', "un caractère n’est écrit qu’à moitié, colonne 16"),
        ('{"nom": "\\\\ud800 \\uDFFF"}', "un caractère n’est écrit qu’à moitié, colonne 23"),
        ('{"nom": "\\ud83d\\ude00\\ud83d"}', "un caractère n’est écrit qu’à moitié, colonne 28"),
        ('{"\\udc00": 1}', "un caractère n’est écrit qu’à moitié, colonne 8"),
        ('"age"', "ce n’est pas un objet JSON, entre accolades"),
        ("21", "ce n’est pas un objet JSON, entre accolades"),
        ("null", "ce n’est pas un objet JSON, entre accolades"),
        ("[1, 2]", "ce n’est pas un objet JSON, entre accolades"),
        ("age;nom", "ce n’est pas du JSON lisible, colonne 1"),
        ("// note", "ce n’est pas du JSON lisible, colonne 1"),
        ("\ufeff" + GOOD, "ce n’est pas du JSON lisible, colonne 1"),
        ("\u00a0" + GOOD, "ce n’est pas du JSON lisible, colonne 1"),
        (
            f'{{"x": {"[" * 201}{"]" * 201}}}',
            "des valeurs s’emboîtent sur plus de 200 niveaux, colonne 207",
        ),
        (
            '{"x": ' * 5000 + "1" + "}" * 5000,
            "des valeurs s’emboîtent sur plus de 200 niveaux, colonne 1207",
        ),
        ("[" * 100_000, "des valeurs s’emboîtent sur plus de 200 niveaux, colonne 202"),
        ('  {"age": x}', "ce n’est pas du JSON lisible, colonne 11"),
        ('{"age": 1, "age": NaN}', "la clé «\u00a0age\u00a0» y est deux fois, colonne 18"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_bad_line_is_one_invalid_row(bad: str, fault: str, end: str) -> None:
    rows = Rows(end.join((GOOD, bad, "", GOOD, "")))
    assert rows.headers[:2] == ("age", "nom")
    good = {"age": "21", "nom": "Zoé"}
    assert rows.cells == [good, {}, good]
    assert rows.faults == [None, fault, None]
    assert rows.lines == [1, 2, 4]
    assert rows.texts[::2] == [GOOD, GOOD]
    assert json.loads(rows.texts[1]) == {"ami_input": bad.strip(" \t")[:2000]}
    assert rows.blank == 1


def test_truncated_last_line_is_invalid() -> None:
    rows = Rows(f'{GOOD}\n{GOOD}\n{{"age": 21, "nom": "Zo')
    assert rows.faults == [None, None, "ce n’est pas du JSON lisible, colonne 22"]


def test_keys_of_a_faulty_line_are_no_columns() -> None:
    assert Rows(f'{GOOD}\n{{"autre": 1, "x": NaN}}\n').headers == ("age", "nom")


@pytest.mark.parametrize(
    "lines",
    [
        ['{"x":[{}', "{}]}"],
        ['{"a":1},{"b":2}', '{"a":1'],
        ['{"a":1}', ',{"a":2}'],
        ['{"a":"x', 'y"}', '{"a":1},{"a":2}'],
        ['{"a":[{"b":1}', '{"b":2}]}', '{"a":3},{"a":4}'],
        ['{"a":{"b":1', "}}"],
        ['{"a":"}', '{"}'],
        ['{"a":1,', '"b":2}'],
        ['{"a":1', "}"],
        ['{"a":"\\"},{', '{"a":"}', '{"b":\\""}'],
    ],
)
def test_damaged_lines_are_parsed_one_by_one(lines: list[str]) -> None:
    rows = Rows("\n".join((GOOD, *lines, GOOD)))
    assert len(rows.cells) == len(lines) + 2
    for line, cells, fault in zip(lines, rows.cells[1:-1], rows.faults[1:-1], strict=True):
        try:
            json.loads(line)
        except ValueError:
            assert cells == {}
            assert fault is not None


# Pieces of JSON whose combinations are nearly JSON.
PIECES = st.sampled_from(
    ["{", "}", "[", "]", ",", ":", '"', '""', '"a"', '"b"', '"a":', '"b" :', "\\", '\\"', "\\\\",
     "\\u00e9", "\\ud800", "\\udc00", "\\n", "1", "-1", "0", "01", "1.5", "1e5", "true", "false",
     "null", "NaN", " ", "\t", "a", "é", "\x01", "\x02", "\x7f", "\u202e", "{}", '{"a":1}',
     '{"a":"x","b":null}']
)  # fmt: skip
ALMOST = st.lists(PIECES, min_size=1, max_size=12).map("".join)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS | st.sampled_from(["a", '"a": ', '","', '\\"', ':"a":'])
    | TEXTS.map(lambda text: ":" + text),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=4,
)  # fmt: skip
OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "é", ",", 'x"']) | TEXTS, VALUES, max_size=5)
LINES = st.builds(
    lambda members, ascii_only, separators: json.dumps(
        members, ensure_ascii=ascii_only, separators=separators
    ),
    OBJECTS,
    st.booleans(),
    st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " : ")]),
)


@st.composite
def broken(draw: st.DrawFn) -> str:
    """An object with a piece put in, or characters taken out."""
    line = draw(LINES)
    start = draw(st.integers(0, len(line)))
    end = draw(st.integers(start, min(len(line), start + 3)))
    return line[:start] + draw(PIECES | st.just("")) + line[end:]


class Spelled(str):
    """A number as it is written."""


def members_of(line: str) -> dict[str, Any] | None:
    """The members of a strict object, by the reader of the standard library."""

    def each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(members)) != len(members):
            raise ValueError("duplicate key")
        return dict(members)

    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        value = json.loads(
            line, object_pairs_hook=each_once, parse_float=Spelled, parse_constant=refuse
        )
        json.dumps(value, ensure_ascii=False).encode()  # fails for half a character
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def assert_is_cell(cell: str, value: object) -> None:
    match value:
        case str():
            assert cell == value
        case list() | dict():
            assert json.loads(cell, parse_float=Spelled) == value
        case _:
            assert cell == json.dumps(value)


@given(st.lists(LINES | broken() | ALMOST | ALMOST.map('{{"a":{}}}'.format), min_size=1))
def test_every_line_agrees_with_a_second_strict_reader(lines: list[str]) -> None:
    lines = [GOOD, *(line for line in lines if line.strip(" \t"))]
    rows = Rows("\n".join(lines))
    headers: dict[str, None] = {}
    for line, cells, fault in zip(lines, rows.cells, rows.faults, strict=True):
        members = members_of(line)
        assert (fault is None) is (members is not None)
        members = members or {}
        headers |= dict.fromkeys(members)
        filled = {key: value for key, value in members.items() if value is not None}
        assert list(cells) == [key for key in rows.headers if key in filled]
        for key, value in filled.items():
            assert_is_cell(cells[key] or "", value)
    assert rows.headers == tuple(headers)


@pytest.mark.no_cover
@given(st.lists(OBJECTS, min_size=1, max_size=8), st.booleans())
def test_what_goes_in_comes_out_unchanged(objects: list[dict[str, Any]], ascii_only: bool) -> None:
    objects = [{k: v for k, v in each.items() if not k.startswith("ami_")} for each in objects]
    lines = [json.dumps(each, ensure_ascii=ascii_only) for each in objects]
    text = written("\n".join(lines))
    output = objects_in(text)
    assert len(output) == len(objects)
    for before, after, line, raw in zip(objects, output, lines, text.split("\n"), strict=False):
        assert {key: value for key, value in after.items() if key not in RESULTS} == before
        assert list(after) == [*before, *RESULTS]
        # polars knows characters that the Unicode of an older Python has not assigned yet.
        if not any(unicodedata.category(character) == "Cn" for character in line):
            assert raw.startswith(printable(line)[:-1])


@given(st.lists(OBJECTS, min_size=1, max_size=6), st.sampled_from([None, 1, "\t"]))
def test_array_and_lines_give_the_same_rows(
    objects: list[dict[str, Any]], indent: int | None
) -> None:
    array = json.dumps(objects, ensure_ascii=False, indent=indent)
    lines = "\n".join(json.dumps(each, ensure_ascii=False) for each in objects)
    one, other = Rows(array), Rows(lines)
    assert (one.headers, one.cells, one.faults) == (other.headers, other.cells, other.faults)
    for text, members in zip(one.texts, objects, strict=True):
        assert "\n" not in text
        assert json.loads(text) == members


# ---------------------------------------------------------------------------------------------
# The file
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\n \r\n\t\n", b" "])
def test_empty_file_is_refused(content: bytes) -> None:
    assert refusal_of(content)["code"] == "empty_file"


@pytest.mark.parametrize("text", [f"{GOOD}\n{GOOD}\n", f"[{GOOD},\n{GOOD}]\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_every_encoding_of_json_is_read(text: str, end: str, encoding: str) -> None:
    raw = text.replace("\n", end).encode(encoding)
    if encoding == "utf-16-be":
        raw = b"\xfe\xff" + raw
    rows = Rows(raw)
    assert rows.cells == [{"age": "21", "nom": "Zoé"}] * 2
    assert rows.lines == [1, 2]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("array", [False, True])
def test_bad_byte_names_its_line(end: bytes, array: bool) -> None:
    good, bad = GOOD.encode(), '{"nom": "Zoé"}'.encode("cp1252")
    lines = [good] * 5000 + [bad] + [good] * 10
    content = b"[" + (b"," + end).join(lines) + b"]" if array else end.join(lines)
    refusal = refusal_of(content, block=1009)
    assert refusal["code"] == "json_bad_byte"
    assert refusal["message"].startswith("Ligne 5001\u00a0:")


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (f"{GOOD}\n{GOOD}".encode()[:-4] + b"\xc3", "json_bad_byte", 2),
        (f"{GOOD}\n{GOOD}".encode("utf-16")[:-1], "bad_byte", 2),
        (f"[{GOOD},\n{GOOD}]".encode("utf-16")[:-1], "json_bad_byte", 2),
        (b"\xff\xfe\x00\xd8" + GOOD.encode("utf-16-le"), "bad_byte", 1),
        (GOOD.encode("utf-16-le"), "control_byte", 1),
        (f"{GOOD}\n\0".encode(), "control_byte", 2),
        (f"{GOOD}\n\x1a".encode(), "control_byte", 2),
    ],
)
def test_text_that_is_cut_or_no_text_is_refused(content: bytes, code: str, line: int) -> None:
    refusal = refusal_of(content)
    assert refusal["code"] == code
    assert f"Ligne {line}\u00a0:" in refusal["message"]


def test_blank_lines_are_counted_and_keep_their_numbers() -> None:
    rows = Rows(f"\n\n{GOOD}\n \t\n{GOOD}\n\n")
    assert rows.lines == [3, 5]
    assert rows.blank == 4


@pytest.mark.parametrize("block", [1, 2, 7, 64])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_ends_of_blocks_change_nothing(block: int, end: str, encoding: str) -> None:
    lines = [GOOD, "", '{"age": "\\u00e9", "x": [1, {"é": "😀"}]}', '{"age":', GOOD]
    content = end.join(lines).encode(encoding)
    whole, parts = Rows(content), Rows(content, block)
    assert (parts.headers, parts.cells, parts.lines) == (whole.headers, whole.cells, whole.lines)
    assert (parts.faults, parts.texts, parts.blank) == (whole.faults, whole.texts, whole.blank)
    assert len(parts.chunks) > len(whole.chunks)


def test_each_value_of_an_array_is_a_row() -> None:
    values = [GOOD, '{"age": "\\u00e9", "x": [1,\n {"é": "😀"}]}', "12345", '"abc"', "true", GOOD]
    rows = Rows("[" + ",\n".join(values) + "]\n")
    assert rows.lines == [1, 2, 4, 5, 6, 7]
    assert [fault is None for fault in rows.faults] == [True, True, False, False, False, True]
    assert rows.texts[1] == '{"age": "\\u00e9", "x": [1, {"é": "😀"}]}'


def test_long_array_is_given_in_several_chunks() -> None:
    rows = Rows("[" + ",\n".join(f'{{"n": {rank}}}' for rank in range(60_000)) + "]")
    assert len(rows.chunks) > 1
    assert rows.cells == [{"n": str(rank)} for rank in range(60_000)]
    assert rows.lines == list(range(1, 60_001))


def test_array_above_the_limit_is_refused() -> None:
    assert Rows(b"[" + b" " * (LARGEST_ARRAY - 2) + b"]").lines == []
    refusal = refusal_of(b"[" + b" " * LARGEST_ARRAY + b"]")
    assert refusal["code"] == "json_array_large"
    assert "64\u00a0Mo" in refusal["message"]


def test_empty_array_has_no_rows() -> None:
    rows = Rows(" [ ] \n")
    assert rows.headers == ()
    assert rows.cells == []


@pytest.mark.parametrize(
    ("array", "line", "column"),
    [
        (f"[{GOOD}", 1, 26),
        (f"[{GOOD},", 1, 27),
        (f"[{GOOD},\n{GOOD[:-1]}", 2, 24),
        (f"[{GOOD},]", 1, 28),
        (f"[,{GOOD}]", 1, 2),
        (f"[{GOOD} {GOOD}]", 1, 28),
        (f"[\n{GOOD}]\nx", 3, 1),
        (f"[{GOOD}][]", 1, 28),
        (f'[\n{GOOD},\n{{"age": 21, "nom": "Zo\n"}}]', 4, 1),
        (f'[\n{GOOD},\n{{"age": 021}}]', 3, 10),
        ('[{"a": "\\x"}]', 1, 10),
        ("[", 1, 1),
    ],
)
@pytest.mark.parametrize("rows", [0, 1000])
def test_damage_in_an_array_names_its_place(array: str, line: int, column: int, rows: int) -> None:
    before = f"{GOOD},\n" * rows
    refusal = refusal_of("[" + before + array[1:])
    assert refusal["code"] == "json_array_damaged"
    if line == 1 and rows:
        column -= 1
    assert f"Ligne {line + rows}, colonne {max(1, column)}\u00a0:" in refusal["message"]


def test_bad_object_of_an_array_is_one_invalid_row() -> None:
    rows = Rows(f'[{GOOD},\n  {{"age": NaN}}, {{"age": 1, "age": 2}},\n {{\n"age": NaN}}, 5]')
    assert rows.lines == [1, 2, 2, 3, 4]
    assert rows.faults == [
        None,
        "NaN n’est pas une valeur du JSON, colonne 11",
        "la clé «\u00a0age\u00a0» y est deux fois, colonne 34",
        "NaN n’est pas une valeur du JSON",
        "ce n’est pas un objet JSON, entre accolades",
    ]


def test_deeply_nested_array_is_refused() -> None:
    assert refusal_of("[" * 2_000_000)["code"] == "json_array_deep"
    assert refusal_of(f"[{GOOD},\n" + '{"a":' * 200_000)["code"] == "json_array_deep"


def test_nesting_is_allowed_up_to_the_documented_depth() -> None:
    nested = [f"{'[' * levels}{']' * levels}" for levels in (200, 201)]
    rows = Rows("\n".join(f'{{"x": {text}}}' for text in nested))
    assert rows.cells == [{"x": nested[0]}, {}]


def test_too_long_a_line_is_refused() -> None:
    refusal = refusal_of(f"{GOOD}\n".encode() + b" " * (32 * 1024 * 1024 + 1))
    assert refusal["code"] == "line_too_long"
    assert "Ligne 2" in refusal["message"]


def test_objects_with_too_many_keys_in_all_are_refused() -> None:
    assert refusal_of(json.dumps(dict.fromkeys(map(str, range(20_001)))))["code"] == (
        "json_too_many_keys"
    )
    many = Rows(json.dumps({str(key): key for key in range(20_000)}))
    assert many.cells == [{str(key): str(key) for key in range(20_000)}]


def test_objects_without_common_keys_are_refused_as_sparse() -> None:
    content = "\n".join(f'{{"k{row}": 1}}' for row in range(10_000))
    assert refusal_of(content)["code"] == "json_sparse"
    source = source_of(content, all_columns=False)
    assert len(source.headers) == 10_000
    assert sum(len(chunk.lines) for chunk in source.chunks([5])) == 10_000


# Each of 2 MB or less with AMI_FULL; else those of many values have three tenths of them.
FULL = "AMI_FULL" in os.environ
MANY = 10 if FULL else 3
HOSTILE = {
    "a long text": GOOD + "\n" + json.dumps({"nom": "é" * 1_000_000}, ensure_ascii=False),
    "a long text in an array": json.dumps([{"age": 21, "nom": "x" * 2_000_000}]),
    "escapes": json.dumps({"age": 21, "nom": '"\\' * 500_000}),
    "blanks": GOOD + "\n{" + " " * 2_000_000 + "}\n",
    "quotation marks": GOOD + "\n" + '"' * 2_000_000,
    "backslashes": GOOD + '\n{"' + "\\" * 2_000_001,
    "an open text": GOOD + '\n{"nom": "' + '\\"' * 1_000_000,
    "lines before an object": "[" + "\n" * 2_000_000 + GOOD + "]",
    "lines in an object": "[{" + " \n" * 1_000_000 + "}]",
    "blank lines": "\n" * 2_000_000 + GOOD,
    "open objects": "{\n" * (50_000 * MANY),
    "an array of numbers": "[" + "1," * (30_000 * MANY) + "1]",
    "one key many times": "{" + '"a":1,' * 300_000 + '"b":2}',
    "half characters": '{"a":"\\ud800"}\n' * (13_000 * MANY),
    "faults that all differ": "".join(f'{{"{row}":}}\n' for row in range(10_000 * MANY)),
    "deep lists": ('{"a":' + "[" * 190 + "]" * 190 + "}\n") * (500 * MANY),
    "long numbers": ('{"a":' + "9" * 4000 + "}\n") * 490,
    "many keys": json.dumps(dict.fromkeys(map(str, range(20_000)))) + "\n{}" * (20 * MANY),
    "a long key": json.dumps({"k" * 100_000: 1.5}) + "\n{}" * 200_000,
    "long keys": json.dumps({str(rank) * 9_500: 1.5 for rank in range(10, 109)}) + "\n{}" * 20_000,
}
MEASURE = """
import io, re, sys
from pathlib import Path
import polars as pl
from ami_cli.batch.formats import RESULTS, Output
from ami_cli.batch.formats.json import JsonSink, JsonSource
from ami_cli.words import words_of
source = JsonSource(io.BytesIO(sys.stdin.buffer.read()), words_of("fr"), all_columns=True)
columns = range(len(source.headers))
with open("/dev/null", "wb") as file:
    sinks = [
        JsonSink(file, Output("jsonl", source.headers, kept, repeats=True))
        for kept in (columns, columns[::-1])
    ]
    for chunk in source.chunks(columns):
        none = [None] * len(chunk.lines)
        nothing = pl.DataFrame({name: none for name in RESULTS}, schema=dict(RESULTS))
        for sink in sinks:
            sink.write(chunk, nothing, {})
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.no_cover
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_take_bounded_time(name: str) -> None:
    assert len(HOSTILE[name].encode()) < 2_100_000
    begun = time.process_time()
    source = source_of(HOSTILE[name])
    for chunk in source.chunks(range(len(source.headers))):
        columns = range(len(source.headers))
        sink = JsonSink(io.BytesIO(), Output("jsonl", source.headers, columns, repeats=True))
        sink.write(chunk, results_of(len(chunk.lines)), {})
    assert time.process_time() - begun < (5 if FULL else 4)


@pytest.mark.process
@pytest.mark.no_cover
@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the peak")
@pytest.mark.parametrize("name", ["long keys", "a long key"])
def test_hostile_files_take_bounded_memory(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE],
        input=HOSTILE[name].encode(),
        capture_output=True,
        check=True,
        timeout=60,
        env=PLAIN_ENV,
    )
    assert int(done.stdout) < 400


# ---------------------------------------------------------------------------------------------
# Objects written
# ---------------------------------------------------------------------------------------------


def test_result_follows_the_members() -> None:
    text = written(
        '{"nom":"Zoé" ,\t"n": 1.0 }\n{}\n{ }',
        ami_months=[5, None, None], ami_start_by=[date(2026, 7, 15), None, None],
        ami_provisional=[True, False, None], ami_failed=["age;stay", None, None],
        ami_errors=[None, 'a: "\\": x', None],
    )  # fmt: skip
    lines = text.splitlines()
    assert lines[0].startswith('{"nom":"Zoé" , "n": 1.0,"ami_verdict":"eligible","ami_failed":')
    first, second, third = objects_in(text)
    assert list(second) == list(RESULTS)
    assert first["ami_months"] == 5
    assert first["ami_start_by"] == "2026-07-15"
    assert first["ami_provisional"] is True
    assert first["ami_failed"] == "age;stay"
    assert second["ami_provisional"] is False
    assert second["ami_errors"] == 'a: "\\": x'
    assert third["ami_months"] is None


def test_line_that_is_no_object_is_written_as_text() -> None:
    long = "x" * 3000
    text = written(f'{GOOD}\n{{"age": NaN}}\n{long}\n["a"]\n{{"nom": "\\ud800"}}\n"\u202e"\n')
    output = objects_in(text)
    assert [each.get("ami_input") for each in output] == [
        None, '{"age": NaN}', "x" * 2000, '["a"]', '{"nom": "\\ud800"}', '"\u202e"',
    ]  # fmt: skip
    assert "\u202e" not in text
    assert all(next(iter(each)) == "ami_input" for each in output[1:])


def test_duplicate_key_cannot_forge_a_verdict() -> None:
    twice = '{"ami_verdict": "eligible", "age": 1, "age": 2}'
    (output,) = objects_in(written(twice, ami_verdict=["invalid"]))
    assert next(iter(output.items())) == ("ami_input", twice)
    assert output["ami_verdict"] == "invalid"


def test_texts_that_resemble_null_stay_texts() -> None:
    texts = ["null", "\x01null\x01", "NULL", "\\N", "", "\x00", "true", "NaN"]
    content = "\n".join(json.dumps({"a": text, "b": 1.5}) for text in texts)
    assert [cells["a"] for cells in Rows(content).cells] == texts
    assert [each["a"] for each in objects_in(written(content))] == texts


def test_result_column_in_any_line_is_a_header() -> None:
    assert "ami_total" in source_of(f'{GOOD}\n{GOOD}\n{{"ami_total": 1}}').headers


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_nothing_that_is_not_printable_is_written(texts: list[str]) -> None:
    content = "\n".join(json.dumps({"a": text}, ensure_ascii=False) for text in texts)
    text = written(content, ami_errors=texts)
    for character in text.replace("\n", ""):
        # Which characters are not assigned yet depends on the age of Python's Unicode.
        assert unicodedata.category(character) not in ("Cc", "Cf", "Co", "Cs")
        assert character not in "\u2028\u2029"
    assert [each["a"] for each in objects_in(text)] == texts
    assert [each["ami_errors"] for each in objects_in(text)] == texts


def test_object_in_an_object_is_told_with_what_makes_columns_of_its_keys() -> None:
    source = Rows('{"id": 1, "a b": {"age": 21}}\n{"id": 2, "a b": null}').source
    (notice,) = source.notices
    assert notice.params == {"columns": ("a b",), "meant": """jq -c '. + .["a b"]'"""}


def test_only_some_members_are_kept_as_they_were() -> None:
    content = (
        '{"nom": "Zoé", "id": 12, "x": {"a": [1.50]}, "ok": true}\n'
        '{"id": "7"}\n{"id": NaN}\n{"id": 1, "id": 2}\n'
    )
    output = [json.loads(line, parse_float=str) for line in
             written(content, only=["id", "x", "ok"]).splitlines()]  # fmt: skip
    members = [{k: v for k, v in each.items() if k not in RESULTS} for each in output]
    assert members == [
        {"id": 12, "x": {"a": ["1.50"]}, "ok": True},
        {"id": "7"},
        {},
        {},
    ]
    assert list(json.loads(written(content, only=[]).splitlines()[0])) == list(RESULTS)


def test_rows_of_other_formats_become_objects_letter_for_letter() -> None:
    frame = pl.DataFrame(
        {
            "0": ["Zoé\x1b[2J", None, 'a"b'],
            "1": ["15/01/2027", "jeudi", None],
            "2": ["3,0", None, "x"],
            "3": ["oui", "non", "?"],
            "4": ["Boursier", None, "bcs"],
        },
        schema_overrides={str(rank): pl.String for rank in range(5)},
    )
    typed = {
        1: pl.Series([date(2027, 1, 15), None, None], dtype=pl.Date),
        2: pl.Series([3, None, None], dtype=pl.Int32),
        3: pl.Series([True, False, None], dtype=pl.Boolean),
        4: pl.Series(["bcs", None, "bcs"], dtype=pl.Enum(["bcs", "none"])),
    }
    file = io.BytesIO()
    sink = JsonSink(file, Output("jsonl", ["nom", "début", "mois", 'er"a', "bourse"], range(5)))
    chunk = Chunk(frame, pl.Series([2, 3, 4], dtype=pl.UInt32))
    sink.write(chunk, results_of(3), typed)
    text = file.getvalue().decode()
    assert "\x1b" not in text
    members = [{k: v for k, v in each.items() if k not in RESULTS} for each in objects_in(text)]
    assert members == [
        {
            "nom": "Zoé\x1b[2J",
            "début": "15/01/2027",
            "mois": "3,0",
            'er"a': "oui",
            "bourse": "Boursier",
        },
        {"nom": None, "début": "jeudi", "mois": None, 'er"a': "non", "bourse": None},
        {"nom": 'a"b', "début": None, "mois": "x", 'er"a': "?", "bourse": "bcs"},
    ]
    none = io.BytesIO()
    JsonSink(none, Output("jsonl", ["nom"], [])).write(chunk, results_of(3), {})
    assert [list(each) for each in objects_in(none.getvalue().decode())] == [list(RESULTS)] * 3


def test_every_character_of_json_is_read_and_written() -> None:
    every = string.printable + "".join(map(chr, range(0x80, 0x2100)))
    for ascii_only in (True, False):
        content = json.dumps({"a": every}, ensure_ascii=ascii_only)
        assert Rows(f"{content}\n{content}").cells == [{"a": every}] * 2
        assert objects_in(written(content))[0]["a"] == every
