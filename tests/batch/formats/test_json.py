"""JSON Lines and JSON arrays of students: strict, row by row, and given back unchanged."""

import io
import json
import string
import sys
import time
import tracemalloc
import unicodedata
from datetime import date
from typing import Any

import polars as pl
import pytest
from ami_cli.batch.formats.json_text import DEEPEST, Faulty, cell_text, read_object
from hypothesis import given
from hypothesis import strategies as st

from ami_cli.batch.formats import RESULTS, Chunk, json_files
from ami_cli.batch.formats import json as json_rows
from ami_cli.batch.formats.json import JsonSink, JsonSource, Objects
from ami_cli.failures import InvalidAnswers, UnreadableInput
from ami_cli.reading import read
from ami_cli.words import words_of
from ami_cli.words.json_output import printable
from ami_cli.words.problems import spoken

WORDS = words_of("fr")


def source_of(content: bytes | str, *, all_columns: bool = True) -> JsonSource:
    raw = content.encode() if isinstance(content, str) else content
    return JsonSource(io.BytesIO(raw), WORDS, all_columns=all_columns)


class Rows:
    """Everything a source says, as lists."""

    def __init__(self, content: bytes | str) -> None:
        self.source = source_of(content)
        self.headers = self.source.headers
        self.chunks = list(self.source.chunks(range(len(self.headers))))
        self.cells: list[dict[str, str | None]] = []
        self.lines: list[int] = []
        self.faults: list[str | None] = []
        self.kept: list[str] = []
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
            assert isinstance(chunk.kept, Objects)
            self.kept += chunk.kept.texts.to_list()
        self.blank = self.source.blank


def refusal_of(content: bytes | str) -> dict[str, Any]:
    with pytest.raises(UnreadableInput) as refused:
        for _ in source_of(content).chunks(()):
            pass
    return spoken(refused.value.problems[0], WORDS)


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
    sink = JsonSink(file, source.headers, ranks, WORDS, only=only is not None)
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


def test_only_the_columns_asked_for_are_read() -> None:
    source = source_of('{"a": 1, "b": 2}\n{"b": {"x": 3}, "a": 4}\n')
    (chunk,) = source.chunks([1])
    assert chunk.frame.to_dict(as_series=False) == {"1": ["2", '{"x":3}']}
    (chunk,) = source.chunks([])
    assert len(chunk.lines) == 2


@pytest.mark.parametrize(
    "number",
    ["0", "-0", "3", "3.0", "1e1", "1E+2", "-1.5e-3", "1000000000000000000000000", "1e400"],
)
def test_a_number_stays_as_it_was_written(number: str) -> None:
    rows = Rows(f'{{"mois": {number}}}\n{{"mois": [{number}]}}\n')
    assert rows.cells == [{"mois": number}, {"mois": f"[{number}]"}]


@pytest.mark.parametrize("number", ["1e1", "1000000000000000000000000", "-3", "3.5", "true", '"½"'])
def test_a_number_that_is_no_answer_is_refused_as_an_answer(number: str) -> None:
    (cells,) = Rows(f'{{"months_received": {number}}}').cells
    with pytest.raises(InvalidAnswers):
        read("months_received", str(cells["months_received"]))


def test_true_false_and_null_are_no_text() -> None:
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


def test_a_key_may_be_spelled_in_several_ways() -> None:
    rows = Rows('{"é": 1}\n{"\\u00e9": 2}\n{"\\u00E9": 3}\n{"é": 4, "\\u00e9": 5}\n')
    assert rows.headers == ("é",)
    assert rows.cells == [{"é": "1"}, {"é": "2"}, {"é": "3"}, {}]
    assert rows.faults[:3] == [None] * 3
    assert rows.faults[3] == "la clé «\u00a0é\u00a0» y est deux fois"


# ---------------------------------------------------------------------------------------------
# Lines that are no objects
# ---------------------------------------------------------------------------------------------

# Python 3.13 points at the comma, its elders at what follows it.
TRAILING_COMMA = 11 if sys.version_info >= (3, 13) else 12
GOOD = '{"age": 21, "nom": "Zoé"}'


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ('{"age": 21, "age": 22}', "la clé «\u00a0age\u00a0» y est deux fois"),
        ('{"age": 21, "x": {"a": 1, "a": 2}}', "la clé «\u00a0a\u00a0» y est deux fois"),
        ('{"age": NaN}', "NaN n’est pas une valeur du JSON, colonne 9"),
        ('{"nom": "NaN", "age": NaN}', "NaN n’est pas une valeur du JSON, colonne 23"),
        ('{"age": -Infinity}', "-Infinity n’est pas une valeur du JSON, colonne 9"),
        ('{"x": [Infinity]}', "Infinity n’est pas une valeur du JSON, colonne 8"),
        ('{"age": 21', "ce n’est pas du JSON lisible, colonne 11"),
        ('{"age": 21,}', f"ce n’est pas du JSON lisible, colonne {TRAILING_COMMA}"),
        ('{"age": 21} x', "ce n’est pas du JSON lisible, colonne 13"),
        ('{"age": 21}{"age": 22}', "ce n’est pas du JSON lisible, colonne 12"),
        ('{"age": 21},', "ce n’est pas du JSON lisible, colonne 12"),
        ("{'age': 21}", "ce n’est pas du JSON lisible, colonne 2"),
        ("{age: 21}", "ce n’est pas du JSON lisible, colonne 2"),
        ('{"age": 021}', "ce n’est pas du JSON lisible, colonne 10"),
        ('{"age": +21}', "ce n’est pas du JSON lisible, colonne 9"),
        ('{"age": .5}', "ce n’est pas du JSON lisible, colonne 9"),
        ('{"age": 5.}', "ce n’est pas du JSON lisible, colonne 10"),
        ('{"age": 0x15}', "ce n’est pas du JSON lisible, colonne 10"),
        ('{"age": True}', "ce n’est pas du JSON lisible, colonne 9"),
        ('{"age": ２１}', "ce n’est pas du JSON lisible, colonne 9"),
        ('{"age" 21}', "ce n’est pas du JSON lisible, colonne 8"),
        ('{"nom": "a\\qb"}', "ce n’est pas du JSON lisible, colonne 11"),
        ('{"nom": "a\tb"}', "ce n’est pas du JSON lisible, colonne 11"),
        ('{"nom": "a\x00b"}', "ce n’est pas du JSON lisible, colonne 11"),
        ('{"nom": "\\ud800"}', "un caractère n’est écrit qu’à moitié, colonne 10"),
        ('{"nom": "\\\\ud800 \\uDFFF"}', "un caractère n’est écrit qu’à moitié, colonne 18"),
        ('{"nom": "\\ud83d\\ude00\\ud83d"}', "un caractère n’est écrit qu’à moitié, colonne 22"),
        ('{"\\udc00": 1}', "un caractère n’est écrit qu’à moitié, colonne 3"),
        ('"age"', "ce n’est pas un objet JSON, entre accolades"),
        ("21", "ce n’est pas un objet JSON, entre accolades"),
        ("null", "ce n’est pas un objet JSON, entre accolades"),
        ("[1, 2]", "ce n’est pas un objet JSON, entre accolades"),
        ("age;nom", "ce n’est pas du JSON lisible, colonne 1"),
        ("// note", "ce n’est pas du JSON lisible, colonne 1"),
        ("\ufeff" + GOOD, "ce n’est pas du JSON lisible, colonne 1"),
        ("\x1a", "ce n’est pas du JSON lisible, colonne 1"),
        ("\u00a0" + GOOD, "ce n’est pas du JSON lisible, colonne 1"),
        (f'{{"x": {"[" * 101}{"]" * 101}}}', "des valeurs s’emboîtent sur plus de 100 niveaux"),
        ('{"x": ' * 5000 + "1" + "}" * 5000, "des valeurs s’emboîtent sur plus de 100 niveaux"),
        ("[" * 100_000, "des valeurs s’emboîtent sur plus de 100 niveaux"),
        ('  {"age": x}', "ce n’est pas du JSON lisible, colonne 11"),
        ('{"age": 1, "age": NaN}', "NaN n’est pas une valeur du JSON, colonne 19"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_bad_line_is_one_invalid_row(bad: str, said: str, end: str) -> None:
    rows = Rows(end.join((GOOD, bad, "", GOOD, "")))
    assert rows.headers[:2] == ("age", "nom")
    good = {"age": "21", "nom": "Zoé"}
    assert rows.cells == [good, {}, good]
    assert rows.faults == [None, said, None]
    assert rows.lines == [1, 2, 4]
    assert rows.kept[::2] == [GOOD, GOOD]
    if "deux fois" not in said:
        assert json.loads(rows.kept[1]) == {"ami_input": bad.strip(" \t")[:200]}
    assert rows.blank == 1


def test_the_last_line_may_be_cut() -> None:
    rows = Rows(f'{GOOD}\n{GOOD}\n{{"age": 21, "nom": "Zo')
    assert rows.faults == [None, None, "ce n’est pas du JSON lisible, colonne 20"]


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
def test_lines_do_not_make_up_for_each_other(lines: list[str]) -> None:
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


@given(st.lists(LINES | broken() | ALMOST | ALMOST.map('{{"a":{}}}'.format), min_size=1))
def test_reading_many_lines_is_reading_each_strictly(lines: list[str]) -> None:
    """The fast way and the slow way say the same of every line."""
    lines = [GOOD, *(line for line in lines if line.strip(" \t"))]
    rows = Rows("\n".join(lines))
    assert len(rows.cells) == len(lines)
    headers: dict[str, None] = {}
    for line, cells, fault in zip(lines, rows.cells, rows.faults, strict=True):
        try:
            members = read_object(line)
        except Faulty:
            assert fault
            assert cells == {}
            continue
        assert fault is None
        headers |= dict.fromkeys(members)
        expected = {key: cell_text(value) for key, value in members.items()}
        assert cells == {key: text for key, text in expected.items() if text is not None}
    assert rows.headers == tuple(headers)


@given(LINES | broken() | ALMOST)
def test_an_object_read_strictly_is_json_to_everyone(line: str) -> None:
    pairs: list[list[tuple[str, Any]]] = []

    def noted(members: list[tuple[str, Any]]) -> dict[str, Any]:
        pairs.append(members)
        return dict(members)

    def no_value(name: str) -> None:
        raise ValueError(name)

    try:
        members = read_object(line)
    except Faulty:
        members = None
    try:
        found = json.loads(line, object_pairs_hook=noted, parse_float=str, parse_constant=no_value)
        fine = isinstance(found, dict)
        fine &= all(len(dict(each)) == len(each) for each in pairs)
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        fine = False
    assert (members is not None) is fine


@pytest.mark.no_cover
@given(st.lists(OBJECTS, min_size=1, max_size=8), st.booleans())
def test_what_goes_in_comes_out_unchanged(objects: list[dict[str, Any]], ascii_only: bool) -> None:
    objects = [{k: v for k, v in each.items() if not k.startswith("ami_")} for each in objects]
    lines = [json.dumps(each, ensure_ascii=ascii_only) for each in objects]
    text = written("\n".join(lines))
    found = objects_in(text)
    assert len(found) == len(objects)
    for before, after, line, raw in zip(objects, found, lines, text.split("\n"), strict=False):
        assert {key: value for key, value in after.items() if key not in RESULTS} == before
        assert list(after) == [*before, *RESULTS]
        # polars knows characters that the Unicode of an older Python has not assigned yet.
        if not any(unicodedata.category(character) == "Cn" for character in line):
            assert raw.startswith(printable(line)[:-1])


@given(st.lists(OBJECTS, min_size=1, max_size=6), st.sampled_from([None, 1, "\t"]))
def test_an_array_says_what_lines_say(objects: list[dict[str, Any]], indent: int | None) -> None:
    array = json.dumps(objects, ensure_ascii=False, indent=indent)
    lines = "\n".join(json.dumps(each, ensure_ascii=False) for each in objects)
    one, other = Rows(array), Rows(lines)
    assert (one.headers, one.cells, one.faults) == (other.headers, other.cells, other.faults)
    for text, each in zip(one.kept, objects, strict=True):
        assert "\n" not in text
        assert json.loads(text) == each


# ---------------------------------------------------------------------------------------------
# The file
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\n \r\n\t\n", b" "])
def test_an_empty_file_is_refused(content: bytes) -> None:
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
def test_a_bad_byte_names_its_line(
    end: bytes, array: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_files, "BLOCK", 1009)
    monkeypatch.setattr(json_files, "_FIRST", 1009)
    good, bad = GOOD.encode(), '{"nom": "Zoé"}'.encode("cp1252")
    lines = [good] * 5000 + [bad] + [good] * 10
    content = b"[" + (b"," + end).join(lines) + b"]" if array else end.join(lines)
    said = refusal_of(content)
    assert said["code"] == "json_bad_byte"
    assert said["message"].startswith("Ligne 5001\u00a0:")


def test_text_that_is_cut_or_of_another_encoding_is_refused() -> None:
    assert "Ligne 2" in refusal_of(f"{GOOD}\n{GOOD}".encode()[:-4] + b"\xc3")["message"]
    assert "Ligne 2" in refusal_of(f"{GOOD}\n{GOOD}".encode("utf-16")[:-1])["message"]
    assert "Ligne 1" in refusal_of(GOOD.encode("utf-16-le"))["message"]
    assert "Ligne 1" in refusal_of(b"\xff\xfe" + b"\x00\xd8" + GOOD.encode("utf-16-le"))["message"]


def test_blank_lines_are_counted_and_keep_their_numbers() -> None:
    rows = Rows(f"\n\n{GOOD}\n \t\n{GOOD}\n\n")
    assert rows.lines == [3, 5]
    assert rows.blank == 4


@pytest.mark.parametrize("block", [1, 2, 7, 64])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_where_a_block_ends_changes_nothing(
    block: int, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [GOOD, "", '{"age": "\\u00e9", "x": [1, {"é": "😀"}]}', '{"age":', GOOD]
    whole = Rows(end.join(lines))
    objects = [GOOD, '{"age": "\\u00e9", "x": [1,\n {"é": "😀"}]}', "12345", '"abc"', "true", GOOD]
    array = "[" + f",{end}".join(objects) + f"]{end}"
    whole_array = Rows(array)
    monkeypatch.setattr(json_files, "BLOCK", block)
    monkeypatch.setattr(json_files, "_FIRST", block)
    monkeypatch.setattr(json_files, "CHUNK_ROWS", 2)
    monkeypatch.setattr(json_rows, "CHUNK_ROWS", 2)
    for parts, one in ((Rows(end.join(lines)), whole), (Rows(array), whole_array)):
        assert (parts.headers, parts.cells, parts.lines) == (one.headers, one.cells, one.lines)
        assert (parts.faults, parts.kept, parts.blank) == (one.faults, one.kept, one.blank)
    assert whole_array.lines == [1, 2, 4, 5, 6, 7]
    assert [fault is None for fault in whole_array.faults] == [
        True,
        True,
        False,
        False,
        False,
        True,
    ]


def test_an_empty_array_has_no_rows() -> None:
    rows = Rows(" [ ] \n")
    assert rows.headers == ()
    assert rows.cells == []


@pytest.mark.parametrize(
    ("array", "line", "column"),
    [
        (f"[{GOOD}", 1, 27),
        (f"[{GOOD},", 1, 28),
        (f"[{GOOD},\n{GOOD[:-1]}", 2, 25),
        (f"[{GOOD},]", 1, 28),
        (f"[,{GOOD}]", 1, 2),
        (f"[{GOOD} {GOOD}]", 1, 28),
        (f"[\n{GOOD}]\nx", 3, 1),
        (f"[{GOOD}][]", 1, 28),
        (f'[\n{GOOD},\n{{"age": 21, "nom": "Zo\n"}}]', 3, 23),
        (f'[\n{GOOD},\n{{"age": 021}}]', 3, 10),
        ('[{"a": "\\x"}]', 1, 9),
        ("[", 1, 2),
    ],
)
@pytest.mark.parametrize("rows", [0, 1000])
@pytest.mark.parametrize("block", [100, json_files.BLOCK])
def test_damage_in_an_array_names_its_place(
    array: str, line: int, column: int, rows: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_files, "BLOCK", block)
    monkeypatch.setattr(json_files, "_FIRST", block)
    before = f"{GOOD},\n" * rows
    said = refusal_of("[" + before + array[1:])
    assert said["code"] == "json_array_damaged"
    if line == 1 and rows:
        column -= 1
    assert f"Ligne {line + rows}, colonne {column}\u00a0:" in said["message"]


def test_damage_far_from_the_end_is_not_searched_for_at_the_end() -> None:
    before = "{}," * 1000
    said = refusal_of(f"[\n{before}\n{{x}},\n" + "{},\n" * 3_000_000)
    assert "Ligne 3, colonne 2" in said["message"]


def test_a_bad_object_of_an_array_is_one_invalid_row() -> None:
    rows = Rows(f'[{GOOD},\n  {{"age": NaN}}, {{"age": 1, "age": 2}},\n {{\n"age": NaN}}, 5]')
    assert rows.lines == [1, 2, 2, 3, 4]
    assert rows.faults == [
        None,
        "NaN n’est pas une valeur du JSON, colonne 11",
        "la clé «\u00a0age\u00a0» y est deux fois",
        "NaN n’est pas une valeur du JSON",
        "ce n’est pas un objet JSON, entre accolades",
    ]


def test_an_array_nested_without_end_is_refused() -> None:
    assert refusal_of("[" * 200_000)["code"] == "json_array_deep"
    assert refusal_of(f"[{GOOD},\n" + '{"a":' * 200_000)["code"] == "json_array_deep"


def test_nesting_is_allowed_as_deep_as_it_is_said() -> None:
    for levels in (DEEPEST - 1, DEEPEST):
        rows = Rows(f'{{"x": {"[" * levels}{"]" * levels}}}')
        assert (rows.faults == [None]) is (levels < DEEPEST)


def test_too_long_a_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_files, "BLOCK", 100)
    monkeypatch.setattr(json_files, "_FIRST", 100)
    monkeypatch.setattr(json_files, "LONGEST_CELL", 1000)
    long = json.dumps({"a": "x" * 2000})
    for content in (f"{GOOD}\n{long}\n", f"[{GOOD},\n{long}]"):
        said = refusal_of(content)
        assert said["code"] == "line_too_long"
        assert "Ligne 2" in said["message"]


def test_objects_with_too_many_keys_in_all_are_refused() -> None:
    assert refusal_of(json.dumps(dict.fromkeys(map(str, range(20_001)))))["code"] == (
        "json_too_many_keys"
    )
    many = Rows(json.dumps({str(key): key for key in range(20_000)}))
    assert many.cells == [{str(key): str(key) for key in range(20_000)}]


def test_objects_without_keys_in_common_are_no_table() -> None:
    content = "\n".join(f'{{"k{row}": 1}}' for row in range(10_000))
    assert refusal_of(content)["code"] == "json_sparse"
    source = source_of(content, all_columns=False)
    assert len(source.headers) == 10_000
    assert sum(len(chunk.lines) for chunk in source.chunks([5])) == 10_000


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "content",
    [
        GOOD + "\n" + json.dumps({"age": 21, "nom": "é" * 10_000_000}, ensure_ascii=False) + "\n",
        json.dumps([{"age": 21, "nom": "x" * 10_000_000}]),
        json.dumps({"age": 21, "nom": '"\\' * 5_000_000}),
        GOOD + "\n{" + " " * 10_000_000 + "}\n",
        GOOD + "\n" + '"' * 2_000_000 + "\n",
        GOOD + "\n" + '{"' + "\\" * 2_000_001 + "\n",
        GOOD + "\n" + '{"nom": "' + '\\"' * 1_000_000 + "\n",
        "[" + "\n" * 2_000_000 + GOOD + "]",
        "[" + GOOD + " " * 2_000_000 + "]",
        "[{" + " \n" * 1_000_000 + "}]",
        "{}\n" * 700_000,
        "{\n" * 1_000_000,
        "{" + '"a":1,' * 300_000 + '"b":2}',
        "{" + '"\\u0061":"",' * 100_000,
        "{},\n" * 400_000,
        '{"a":"\\ud800"}\n' * 100_000,
        "".join(f"{{{row}}}\n" for row in range(250_000)),
        "".join(f'{{"{row}":}}\n' for row in range(200_000)),
        "".join(f'{{"a":[{row}]}}\n' for row in range(150_000)),
    ],
)  # fmt: skip
def test_hostile_sizes_take_bounded_time(content: str) -> None:
    begun = time.process_time()
    rows = source_of(content)
    for chunk in rows.chunks(range(len(rows.headers))):
        file = io.BytesIO()
        sink = JsonSink(file, rows.headers, range(len(rows.headers)), WORDS, only=False)
        sink.write(chunk, results_of(len(chunk.lines)), {})
    assert time.process_time() - begun < 20


@pytest.mark.no_cover
def test_memory_does_not_grow_with_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_files, "BLOCK", 64 * 1024)
    monkeypatch.setattr(json_files, "CHUNK_ROWS", 100)
    file = io.BytesIO(("[" + f"{GOOD},\n" * 30_000 + GOOD + "]").encode())
    tracemalloc.start()
    source = JsonSource(file, WORDS, all_columns=True)
    assert sum(len(chunk.lines) for chunk in source.chunks([0])) == 30_001
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


# ---------------------------------------------------------------------------------------------
# Objects written
# ---------------------------------------------------------------------------------------------


def test_the_result_stands_behind_the_members() -> None:
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


def test_a_line_that_is_no_object_is_written_as_text() -> None:
    long = "x" * 300
    text = written(f'{GOOD}\n{{"age": NaN}}\n{long}\n["a"]\n{{"nom": "\\ud800"}}\n"\u202e"\n')
    found = objects_in(text)
    assert [each.get("ami_input") for each in found] == [
        None, '{"age": NaN}', "x" * 200, '["a"]', '{"nom": "\\ud800"}', '"\u202e"',
    ]  # fmt: skip
    assert "\u202e" not in text
    assert all(next(iter(each)) == "ami_input" for each in found[1:])


def test_an_object_with_a_key_twice_is_kept_as_it_is() -> None:
    twice = '{"age": 1, "age": 2}'
    text = written(f'{GOOD}\n{twice}\n{{"ami_verdict": "eligible", "age": 1, "age": 2}}')
    _, kept, other = text.splitlines()
    assert kept.startswith(twice[:-1] + ",")
    # Nobody brings a verdict along.
    assert next(iter(json.loads(other))) == "ami_input"
    assert json.loads(other)["ami_verdict"] == "eligible"


def test_a_column_of_the_result_is_seen_wherever_it_stands() -> None:
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


def test_only_some_members_are_kept_as_they_were() -> None:
    content = (
        '{"nom": "Zoé", "id": 12, "x": {"a": [1.50]}, "ok": true}\n'
        '{"id": "7"}\n{"id": NaN}\n{"id": 1, "id": 2}\n'
    )
    found = [json.loads(line, parse_float=str) for line in
             written(content, only=["id", "x", "ok"]).splitlines()]  # fmt: skip
    members = [{k: v for k, v in each.items() if k not in RESULTS} for each in found]
    assert members == [
        {"id": 12, "x": {"a": ["1.50"]}, "ok": True},
        {"id": "7", "x": None, "ok": None},
        {"id": None, "x": None, "ok": None},
        {"id": None, "x": None, "ok": None},
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
    sink = JsonSink(file, ["nom", "début", "mois", 'er"a', "bourse"], range(5), WORDS, only=False)
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
    JsonSink(none, ["nom"], [], WORDS, only=True).write(chunk, results_of(3), {})
    assert [list(each) for each in objects_in(none.getvalue().decode())] == [list(RESULTS)] * 3


def test_tables_of_every_character_that_json_can_hold() -> None:
    every = string.printable + "".join(map(chr, range(0x80, 0x2100)))
    for ascii_only in (True, False):
        content = json.dumps({"a": every}, ensure_ascii=ascii_only)
        assert Rows(f"{content}\n{content}").cells == [{"a": every}] * 2
        assert objects_in(written(content))[0]["a"] == every
