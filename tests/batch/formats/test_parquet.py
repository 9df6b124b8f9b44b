"""Parquet files of students: typed cells as text and back, damage in one line, bounded memory."""

import io
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from errno import EDQUOT, EIO, ENOSPC
from pathlib import Path
from typing import Any, BinaryIO, cast
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ami_cli.batch.formats import RESULTS, Chunk, Output, parquet
from ami_cli.batch.formats.parquet import ParquetSink, ParquetSource
from ami_cli.failures import InvalidAnswers, UnreadableInput
from ami_cli.reading import read
from ami_cli.words import words_of
from ami_cli.words.problems import describe
from tests.hostile import FullDisk
from tests.sizes import examples

WORDS = words_of("fr")

Written = Callable[..., pl.DataFrame]


def packed(frame: pl.DataFrame, **options: Any) -> bytes:
    file = io.BytesIO()
    frame.write_parquet(file, **options)
    return file.getvalue()


def source_of(content: bytes) -> ParquetSource:
    return ParquetSource(io.BytesIO(content))


def texts_of(*cells: Any, kind: Any = None) -> list[str | None]:
    """What a column of cells becomes as text."""
    source = source_of(packed(pl.DataFrame({"a": pl.Series(cells, dtype=kind)})))
    (chunk,) = source.chunks([0])
    assert chunk.frame.columns == ["0"]
    assert chunk.frame.dtypes == [pl.String]
    texts: list[str | None] = chunk.frame["0"].to_list()
    return texts


def results_of(rows: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            name: pl.Series(["eligible" if name == "ami_verdict" else None] * rows, dtype=kind)
            for name, kind in RESULTS.items()
        }
    )


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(source: ParquetSource, columns: list[int] | None = None) -> pl.DataFrame:
        ranks = list(range(len(source.headers)))
        columns = ranks if columns is None else columns
        with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
            file = io.BytesIO()
            sink = ParquetSink(file, Output("parquet", source.headers, columns), folder)
            for chunk in source.chunks(ranks):
                sink.write(chunk, results_of(chunk.frame.height), {})
            sink.close()
        return pl.read_parquet(file.getvalue())

    return write


def refusal_of(content: bytes) -> dict[str, Any]:
    def read_through() -> None:
        source = source_of(content)
        list(source.chunks(range(len(source.headers))))

    with pytest.raises(UnreadableInput) as refused:
        read_through()
    return describe(refused.value.problems[0], WORDS)


# ---------------------------------------------------------------------------------------------
# Cells as text
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "cells", "texts"),
    [
        (pl.String, ["Zoé", "", " 3 ", None], ["Zoé", "", " 3 ", None]),
        (pl.Categorical, ["bcs", None], ["bcs", None]),
        (pl.Enum(["bcs", "none"]), ["none", None], ["none", None]),
        (pl.Boolean, [True, False, None], ["true", "false", None]),
        (pl.Int8, [-3, 0, None], ["-3", "0", None]),
        (pl.UInt64, [2**64 - 1], ["18446744073709551615"]),
        (pl.Int128, [2**100], [str(2**100)]),
        (pl.Null, [None], [None]),
        (pl.Date, [date(2027, 1, 15), date(1, 1, 1), None], ["2027-01-15", "0001-01-01", None]),
        (pl.Date, [date(9999, 12, 31)], ["9999-12-31"]),
        (pl.Time, [time(8, 30)], ["08:30:00"]),
        (pl.Duration("us"), [timedelta(days=3)], ["P3D"]),
        (pl.Decimal(10, 2), [Decimal("3.00"), Decimal("-2.50"), None], ["3.00", "-2.50", None]),
        (pl.Float32, [3.0, 0.1], ["3", "0.1"]),
        (pl.Float64, [3.0, -0.0, 2.5, None], ["3", "0", "2.5", None]),
        (pl.Float64, [1e15, 2.0**53, 1e300], ["1000000000000000", "9007199254740992.0", "1e+300"]),
        (
            pl.Float64,
            [float("nan"), float("inf"), -float("inf")],
            ["NaN", "inf", "-inf"],
        ),
        (pl.Binary, ["Zoé".encode(), b"\xff", None], ["Zoé", "b'\\xff'", None]),
        (pl.List(pl.Int8), [[1, None], [], None], ["[1,null]", "[]", None]),
        (pl.Array(pl.Int8, 2), [[1, 2]], ["[1,2]"]),
        (pl.List(pl.Date), [[date(2027, 1, 15)]], ['["2027-01-15"]']),
        (pl.List(pl.Binary), [[b"\xff"]], ["[\"b'\\\\xff'\"]"]),
        (pl.Struct({"é": pl.String}), [{"é": "x"}, {"é": None}], ['{"é":"x"}', '{"é":null}']),
        (pl.Map(pl.String, pl.Int8), [{"é": 1}, {}, None], ['{"é":1}', "{}", None]),
        (pl.Extension("arrow.json", pl.String), ["[1]", None], ["[1]", None]),
    ],
)
def test_each_type_becomes_text(kind: Any, cells: list[Any], texts: list[str | None]) -> None:
    assert texts_of(*cells, kind=kind) == texts


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "Europe/Paris", "UTC"])
def test_date_times_at_midnight_are_dates(unit: Any, zone: str | None) -> None:
    cells = pl.Series(
        ["2027-01-15", "2027-01-15T08:05:00", "1969-12-31T23:00:00", None],
        dtype=pl.String,
    ).map_elements(lambda text: text + "T00:00:00" if len(text) == 10 else text)
    moments = cells.str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit=unit)
    texts = texts_of(*moments.dt.replace_time_zone(zone), kind=pl.Datetime(unit, zone))
    assert texts == ["2027-01-15", "2027-01-15T08:05:00", "1969-12-31T23:00:00", None]
    assert read("start", str(texts[0])) == date(2027, 1, 15)


@pytest.mark.parametrize("day", [2**31 - 1, -(2**31)])
def test_date_out_of_the_calendar_refuses_the_file(
    day: int, capfd: pytest.CaptureFixture[str]
) -> None:
    """polars panics over it and prints a page; no program writes such a date."""
    dates = pl.Series([0, day], dtype=pl.Int32).cast(pl.Date)
    content = packed(pl.DataFrame({"a": dates}))
    assert refusal_of(content)["code"] == "parquet_damaged"
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("day", [3_000_000, -800_000])
def test_year_without_four_digits_is_no_answer(day: int) -> None:
    dates = pl.Series([day], dtype=pl.Int32).cast(pl.Date)
    (chunk,) = source_of(packed(pl.DataFrame({"a": dates}))).chunks([0])
    with pytest.raises(InvalidAnswers):
        read("start", chunk.frame["0"][0])


CELLS: dict[Any, st.SearchStrategy[Any]] = {
    pl.String: st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    pl.Boolean: st.booleans(),
    pl.Int64: st.integers(-(2**63), 2**63 - 1),
    pl.Float64: st.floats(),
    pl.Date: st.dates(),
    pl.Datetime("us"): st.datetimes(),
    pl.Binary: st.binary(max_size=4),
    pl.List(pl.String): st.lists(st.text("aé", max_size=2), max_size=2),
    pl.Decimal(20, 3): st.decimals(-1000, 1000, places=3),
    pl.Time: st.times(),
    pl.Categorical: st.text("abc", max_size=2),
    pl.Map(pl.String, pl.Int8): st.dictionaries(st.text("aé", max_size=2), st.none(), max_size=2),
    pl.Extension("arrow.json", pl.String): st.text("[]", max_size=2),
}


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    rows = draw(st.integers(0, 6))
    kinds = draw(st.lists(st.sampled_from(list(CELLS)), max_size=5))
    return pl.DataFrame(height=rows).with_columns(
        pl.Series(
            f"{rank}é",
            draw(st.lists(st.none() | CELLS[kind], min_size=rows, max_size=rows)),
            dtype=kind,
        )
        for rank, kind in enumerate(kinds)
    )


@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(frames())
def test_what_goes_in_comes_out_unchanged(written: Written, frame: pl.DataFrame) -> None:
    if not frame.width:
        return
    source = source_of(packed(frame))
    assert source.headers == tuple(frame.columns)
    output = written(source)
    assert output.columns == [*frame.columns, *RESULTS]
    assert output.select(frame.columns).equals(frame)
    assert output.select(frame.columns).schema == frame.schema
    assert {name: output.schema[name] for name in RESULTS} == dict(RESULTS)


@settings(max_examples=examples(40), deadline=None)
@given(frames())
def test_no_cell_is_lost_as_text(frame: pl.DataFrame) -> None:
    if not frame.width:
        return
    (chunk,) = source_of(packed(frame)).chunks(range(frame.width))
    for rank, name in enumerate(frame.columns):
        assert chunk.frame[str(rank)].is_null().to_list() == frame[name].is_null().to_list()


# ---------------------------------------------------------------------------------------------
# Slices
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 7, 100])
@pytest.mark.parametrize("group", [3, 50])
def test_slices_hold_every_row_in_order(
    size: int, group: int, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pl.DataFrame(
        {
            "a": range(100),
            "b": [f"é{row}" for row in range(100)],
            "c": pl.Series([f"k{row % 3}" for row in range(100)], dtype=pl.Categorical),
        }
    )
    monkeypatch.setattr(parquet, "CHUNK_ROWS", size)
    source = source_of(packed(frame, row_group_size=group))
    chunks = list(source.chunks([1]))
    assert [line for chunk in chunks for line in chunk.lines] == list(range(1, 101))
    assert [text for chunk in chunks for text in chunk.frame["1"]] == frame["b"].to_list()
    assert all(chunk.frame.columns == ["1"] for chunk in chunks)
    assert written(source).select("a", "b", "c").equals(frame)


def test_wide_file_is_read_in_shorter_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_MOST_CELLS", 100)
    frame = pl.DataFrame({str(column): range(10) for column in range(20)})
    assert [len(chunk.lines) for chunk in source_of(packed(frame)).chunks(range(20))] == [5, 5]


def test_file_without_rows_gives_a_file_without_rows(written: Written) -> None:
    frame = pl.DataFrame(schema={"age": pl.Int64, "début": pl.Date})
    output = written(source_of(packed(frame)))
    assert output.height == 0
    assert output.schema == {"age": pl.Int64, "début": pl.Date, **RESULTS}


def test_some_columns_are_kept(written: Written) -> None:
    frame = pl.DataFrame({"a": [1], "b": ["x"], "c": [True]})
    source = source_of(packed(frame))
    assert written(source, [2, 0]).columns == ["c", "a", *RESULTS]
    assert written(source, []).columns == list(RESULTS)


@pytest.mark.parametrize("kind", ["file", "spooled", "rolled"])
def test_file_is_read_from_its_start_whatever_its_position(kind: str, tmp_path: Path) -> None:
    content = packed(pl.DataFrame({"a": range(1000)}))
    if kind == "file":
        (tmp_path / "a.parquet").write_bytes(content)
        file = cast("BinaryIO", (tmp_path / "a.parquet").open("rb"))
    else:
        size = 10 if kind == "rolled" else 10_000_000
        file = cast("BinaryIO", tempfile.SpooledTemporaryFile(size))  # noqa: SIM115
        file.write(content)
        file.seek(0)
    with file:
        file.read(3)
        source = ParquetSource(file)
        assert sum(chunk.frame.height for chunk in source.chunks([0])) == 1000


# ---------------------------------------------------------------------------------------------
# Damage
# ---------------------------------------------------------------------------------------------

GOOD = packed(
    pl.DataFrame(
        {
            "a": range(100),
            "s": [f"é{row % 7}" for row in range(100)],
            "d": [date(2027, 1, 1)] * 100,
            "b": [True, None] * 50,
            "l": [[1, 2]] * 100,
            "c": pl.Series(["x", "y"] * 50, dtype=pl.Categorical),
        }
    )
)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PAR1",
        b"PAR1PAR1",
        b"PAR1" + bytes(8) + b"PAR1",
        b"PAR1" + b"\xff" * 8 + b"PAR1",
        GOOD[:-1],
        GOOD[:-4],
        GOOD[: len(GOOD) // 2],
        GOOD[4:],
        GOOD + b"\n",
        b"\n" + GOOD,
        GOOD[:4] + GOOD[-600:],
        GOOD[:4] + bytes(len(GOOD) - 700) + GOOD[-696:],
        b"age;nom\n21;Zo\n",
    ],
)
def test_damaged_file_is_refused_in_one_line(
    content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    refusal = refusal_of(content)
    assert refusal["code"] == "parquet_damaged"
    assert "\n" not in refusal["message"] + refusal["fix"]
    assert capfd.readouterr() == ("", "")


def with_footer(footer: bytes) -> bytes:
    return b"PAR1" + bytes(16) + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def sizes(uncompressed: bytes, compressed: bytes) -> bytes:
    """Make a footer of one row group with one column, of which the sizes are any values."""
    return b"\x49\x1c\x19\x1c\x3c" + uncompressed + compressed + bytes(4)


NUMBER = b"\x66\x02", b"\x16\x02"  # 1, as field 6 and as the field behind it


@pytest.mark.parametrize(
    "footer",
    [
        b"\x46\x02\x00",  # row groups that are a number
        b"\x49\x16\x02\x00",  # a row group that is one
        b"\x41\x00",
        sizes(b"\x61", NUMBER[1]),  # true
        sizes(NUMBER[0], b"\x12"),  # false
        sizes(b"\x67" + bytes(8), NUMBER[1]),  # 0.0
        sizes(NUMBER[0], b"\x18\x01x"),
        sizes(NUMBER[0], b"\x19\xf3\xff\xff\x0f" + b"\x01" * 0x3FFFF),  # a list of bytes
        b"\x15" + b"\xff" * 1_000_000,  # a number of seven million bits
        b"\x1c" * 1_000_000,
        b"\x19\xfc" + b"\xff" * 8 + b"\x07",
    ],
)
def test_footer_with_values_of_the_wrong_type_is_refused(footer: bytes) -> None:
    assert refusal_of(with_footer(footer))["code"] == "parquet_damaged"


def test_encrypted_file_is_refused_as_such() -> None:
    assert refusal_of(b"PARE" + GOOD[4:-4] + b"PARE")["code"] == "parquet_encrypted"


@pytest.mark.parametrize("seed", range(4))
def test_random_damage_prints_nothing(seed: int, capfd: pytest.CaptureFixture[str]) -> None:
    """polars panics over some of these, each time with a page of its own."""
    chance = random.Random(seed)
    footer = len(GOOD) - 8 - int.from_bytes(GOOD[-8:-4], "little")
    for _ in range(100):
        content = bytearray(GOOD)
        for _ in range(chance.choice([1, 1, 2, 5])):
            place = chance.randrange(chance.choice([4, footer]), len(GOOD) - 4)
            content[place] = chance.choice([0, 255, 127, 128, chance.randrange(256)])
        try:
            source = source_of(bytes(content))
            chunks = list(source.chunks(range(len(source.headers))))
        except UnreadableInput:
            continue
        lines = [line for chunk in chunks for line in chunk.lines]
        assert lines == list(range(1, len(lines) + 1))
    assert capfd.readouterr().err == ""


def test_standard_error_is_restored(capfd: pytest.CaptureFixture[str]) -> None:
    refusal_of(GOOD[:-100] + GOOD[-90:])
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


@pytest.mark.process
def test_closed_standard_error_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(GOOD)
    program = (
        "import sys\n"
        "from ami_cli.batch.formats.parquet import ParquetSource\n"
        "from ami_cli.words import words_of\n"
        "source = ParquetSource(open(sys.argv[1], 'rb'))\n"
        "print(sum(len(chunk.lines) for chunk in source.chunks([0])))\n"
    )
    shell = ["sh", "-c", 'exec "$@" 2>&-', "sh", sys.executable, "-c", program]
    done = subprocess.run([*shell, str(tmp_path / "a.parquet")], stdout=-1, check=True)
    assert done.stdout == b"100\n"


def test_column_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked() -> None:
    content = packed(pl.DataFrame({"a": ["x" * 150_000_000]}))
    with (
        patch.object(pl, "scan_parquet", side_effect=AssertionError),
        pytest.raises(UnreadableInput) as refused,
    ):
        source_of(content)
    assert refused.value.problems[0].code == "parquet_bomb"


REPEATED = "x" * 20_000


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        (REPEATED, pl.String),
        (REPEATED, pl.Categorical),
        (REPEATED.encode(), pl.Binary),
        ([1] * 500, pl.List(pl.Int8)),
        ([REPEATED] * 2, pl.List(pl.String)),
        ({"a": REPEATED}, pl.Struct({"a": pl.String})),
        ({"a": REPEATED}, pl.Map(pl.String, pl.String)),
        (REPEATED, pl.Extension("arrow.json", pl.String)),
    ],
)
def test_equal_cells_that_are_stored_once_are_refused_before_they_are_text(
    cell: Any, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_LARGE", 10_000_000)
    monkeypatch.setattr(parquet, "_shown", None)  # never called
    content = packed(pl.DataFrame({"a": pl.Series([cell], dtype=kind).new_from_index(0, 10_000)}))
    assert len(content) < 200_000
    assert refusal_of(content)["code"] == "parquet_bomb"


def test_long_cells_are_made_text_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_MOST_TEXT", 1000)
    frame = pl.DataFrame({"a": ["é" * 100] * 20, "l": [["x" * 100] * 2] * 20})
    chunks = list(source_of(packed(frame)).chunks([0, 1]))
    assert [line for chunk in chunks for line in chunk.lines] == list(range(1, 21))
    assert max(chunk.frame.height for chunk in chunks) < 4
    assert pl.concat([chunk.frame for chunk in chunks])["0"].to_list() == frame["a"].to_list()


def test_rows_out_of_proportion_to_the_file_are_refused() -> None:
    frame = pl.select(a=pl.repeat(None, 12_000_000, dtype=pl.Boolean))
    content = packed(frame, row_group_size=12_000_000)
    assert len(content) < 1_000_000
    assert refusal_of(content)["code"] == "parquet_bomb"


# ---------------------------------------------------------------------------------------------
# Written
# ---------------------------------------------------------------------------------------------


def chunk_of(*columns: Sequence[str | None]) -> Chunk:
    frame = pl.DataFrame({str(rank): cells for rank, cells in enumerate(columns)})
    return Chunk(frame, pl.arange(2, 2 + frame.height, dtype=pl.UInt32, eager=True))


def test_rows_of_other_formats_are_text_letter_for_letter(tmp_path: Path) -> None:
    names = ["nom", "début", "mois", "bourse"]
    file = io.BytesIO()
    sink = ParquetSink(file, Output("parquet", names, range(4)), str(tmp_path))
    texts = (["Zoé", None], ["15/01/2027", "jeudi"], ["3,0", None], ["Boursier", "non"])
    typed = {
        1: pl.Series([date(2027, 1, 15), None], dtype=pl.Date),
        2: pl.Series([3, None], dtype=pl.Int32),
        3: pl.Series(["bcs", "none"], dtype=pl.Enum(["bcs", "none"])),
    }
    for _ in range(2):
        sink.write(chunk_of(*texts), results_of(2), typed)
    sink.close()
    output = pl.read_parquet(file.getvalue())
    assert output.schema == {
        **dict.fromkeys(names, pl.String), **RESULTS,
    }  # fmt: skip
    assert output.select(names).rows() == [
        ("Zoé", "15/01/2027", "3,0", "Boursier"), (None, "jeudi", None, "non"),
    ] * 2  # fmt: skip
    assert output["ami_verdict"].to_list() == ["eligible"] * 4


def test_output_without_rows_has_its_columns(tmp_path: Path) -> None:
    file = io.BytesIO()
    ParquetSink(file, Output("parquet", ["nom", "âge"], [1]), str(tmp_path)).close()
    assert pl.read_parquet(file.getvalue()).schema == {"âge": pl.String, **RESULTS}


@pytest.mark.parametrize("errno", [ENOSPC, EDQUOT, EIO])
@pytest.mark.parametrize("room", [0, 4, 100_000])
def test_failed_write_raises_the_error_of_the_system(
    room: int, errno: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sink = ParquetSink(
        FullDisk(room, OSError(errno, os.strerror(errno))),
        Output("parquet", ["a"], [0]),
        str(tmp_path),
    )
    chance = random.Random(0)
    for _ in range(2):
        cells = [chance.randbytes(30).hex() for _ in range(5000)]
        sink.write(chunk_of(cells), results_of(5000), {})
    with pytest.raises(OSError) as full:
        sink.close()
    assert full.value.errno == errno
    assert capfd.readouterr() == ("", "")


def test_parts_of_a_file_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    sink = ParquetSink(io.BytesIO(), Output("parquet", ["a"], [0]), str(tmp_path))
    sink.write(chunk_of(["x"]), results_of(1), {})
    assert [part.stat().st_mode & 0o777 for part in tmp_path.iterdir()] == [0o600]


def test_column_without_a_name_keeps_none() -> None:
    file = io.BytesIO()
    frame = pl.DataFrame({"0": ["21"], "1": ["x"], "2": ["y"]})
    with tempfile.TemporaryDirectory() as folder:
        sink = ParquetSink(file, Output("parquet", ["age", "", "column_1"], [0, 1, 2]), folder)
        sink.write(Chunk(frame, pl.Series([2], dtype=pl.UInt32)), results_of(1), {})
        sink.close()
    assert pl.read_parquet(file.getvalue()).columns[:3] == ["age", "", "column_1"]
