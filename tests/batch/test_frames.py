"""One = many = engine: what `ami batch` says of a file, frames and Arrow batches say too."""

import traceback
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib import util
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

import ami_cli
from ami_cli import (
    RESULT_DDL,
    RESULT_SCHEMA,
    Answers,
    assess,
    assess_batches,
    assess_frame,
    doubted_columns,
    report,
)
from ami_cli.batch import frames
from ami_cli.batch.formats import RESULTS
from ami_cli.failures import UnreadableInput, UsageError
from ami_cli.law import law_book
from tests.batch.probes import PROBES, drawn_dossiers
from tests.batch.test_columns import one
from tests.conftest import TODAY
from tests.runner import DAY, ami

SMALL = 7  # rows of a part, so that a probe is cut


def batch_of(frame: pl.DataFrame, folder: Path, form: str = "parquet") -> pl.DataFrame:
    """What `ami batch` makes of a frame in a file."""
    source, target = folder / f"students.{form}", folder / "verdicts.parquet"
    frame.write_parquet(source) if form == "parquet" else frame.write_csv(source)
    done = ami("batch", str(source), "-o", str(target), "--force", "-q", *DAY)
    assert done.returncode in (0, 4), done.stderr
    return pl.read_parquet(target)


def batches_of(frame: pl.DataFrame, rows: int) -> list[pa.RecordBatch]:
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches(max_chunksize=rows)  # type: ignore[no-any-return]


def results(table: pl.DataFrame) -> list[dict[str, Any]]:
    return table.select(*RESULTS).to_dicts()


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of a few rows, as a large table has parts of many."""
    monkeypatch.setattr(frames, "CHUNK_ROWS", SMALL)


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("name", PROBES)
def test_frames_and_batches_are_judged_as_a_file_is(name: str, tmp_path: Path) -> None:
    frame = PROBES[name]
    expected = results(batch_of(frame, tmp_path))
    assert results(assess_frame(frame, today=TODAY)) == expected
    assert results(assess_frame(frame.lazy(), today=TODAY).collect(engine="streaming")) == expected
    doubted = doubted_columns(batches_of(frame, 2))
    judged = assess_batches(batches_of(frame, 2), today=TODAY, doubted=doubted)
    table = pa.Table.from_batches(judged)
    assert results(pl.DataFrame(pl.from_arrow(table))) == expected


def test_the_probes_tell_right_from_wrong() -> None:
    verdicts = [
        row["ami_verdict"]
        for frame in PROBES.values()
        for row in results(assess_frame(frame, today=TODAY))
    ]
    assert verdicts.count("eligible") > 20
    assert verdicts.count("invalid") > 20


@pytest.mark.no_cover
@pytest.mark.timeout(1800)
def test_random_dossiers_typed_and_as_text_are_judged_alike(tmp_path: Path) -> None:
    dossiers, typed = drawn_dossiers()
    text = typed.select(pl.all().cast(pl.String))
    expected = batch_of(typed, tmp_path, "csv").select(*RESULTS)
    for judged in (
        assess_frame(typed, today=TODAY),
        assess_frame(text, today=TODAY),
        assess_frame(typed.lazy(), today=TODAY).collect(engine="streaming"),
        pl.DataFrame(pa.Table.from_batches(assess_batches(batches_of(typed, 999), today=TODAY))),
    ):
        assert_frame_equal(judged.select(*RESULTS), expected)
    for answers, row in zip(dossiers, expected.iter_rows(named=True), strict=True):
        alone = one(answers, law_book())
        is_invalid = alone.pop("ami_errors") is not None
        assert is_invalid == (row.pop("ami_errors") is not None), answers
        assert alone == row, answers


# --- what comes in is what goes out --------------------------------------------------------------

OTHERS: dict[str, Any] = {
    "tags": ["a", "b"],
    "place": {"town": "Lyon", "points": [1, 2]},
    "price": Decimal("1.50"),
    "seen": datetime(2026, 1, 1, 10, 30, tzinfo=UTC),
    "at": time(9),
    "took": timedelta(hours=3),
    "raw": b"\xff",
    "large": 2**40,
    "nothing": None,
}


def test_other_columns_stay_as_they_are() -> None:
    frame = pl.DataFrame([{**OTHERS, "age": 21}, {**OTHERS, "age": 30}])
    judged = assess_frame(frame, today=TODAY)
    assert judged.columns == [*frame.columns, *RESULTS]
    assert judged.select(frame.columns).equals(frame)
    assert {name: judged.schema[name] for name in RESULTS} == dict(RESULTS)
    types = [
        ("age", pa.int8()),
        ("map", pa.map_(pa.string(), pa.int32())),
        ("interval", pa.month_day_nano_interval()),
        ("code", pa.dictionary(pa.int8(), pa.string())),
    ]
    schema = pa.schema(types, {"origin": "a test"})
    cells = [[21, None], [[("a", 1)], None], [pa.MonthDayNano([1, 2, 3]), None], ["x", "y"]]
    batch = pa.record_batch(
        [pa.array(column, kind) for column, (_, kind) in zip(cells, types, strict=True)], schema
    )
    (out,) = assess_batches([batch], today=TODAY)
    assert out.select(schema.names).equals(batch, check_metadata=True)
    assert list(out.schema)[4:] == list(RESULT_SCHEMA)


def test_columns_of_types_that_polars_lacks_pass_by(tmp_path: Path) -> None:
    others = [
        pa.array([pa.MonthDayNano([1, 2, 3]), None]),
        pa.array([Decimal(1), None], pa.decimal256(50, 2)),
        pa.array([["a"], None], pa.list_view(pa.string())),
        pa.array([0, None], pa.timestamp("us", "Mars/Olympus")),
        pa.RunEndEncodedArray.from_arrays(pa.array([2], pa.int32()), pa.array(["x"])),
        pa.UnionArray.from_sparse(pa.array([0, 0], pa.int8()), [pa.array([1, None])]),
    ]
    names = [str(other.type) for other in others]
    age = pa.array([21, 22])
    (out,) = assess_batches([pa.record_batch([*others, age], [*names, "age"])], today=TODAY)
    assert out["ami_verdict"].to_pylist() == ["undetermined"] * 2
    for name, other in zip(names, others, strict=True):
        assert out[name].equals(other)
        with pytest.raises(UnreadableInput, match="column_type"):
            list(assess_batches([pa.record_batch([other], ["age"])], today=TODAY))


def test_all_that_hands_out_batches_is_judged() -> None:
    frame = pl.DataFrame({"age": ["21", "x"], "start": ["01/15/2027", None]})
    table = frame.to_arrow()
    for students in (
        frame,
        table,
        table.to_reader(),
        table.to_pandas(),
        duckdb.from_arrow(table),
        iter(table.to_batches()),
    ):
        judged = pa.Table.from_batches(assess_batches(students, today=TODAY))
        assert judged["ami_verdict"].to_pylist() == ["invalid"] * 2, type(students)
    assert doubted_columns(frame) == {"start"}


def test_texts_that_are_no_utf8_are_invalid() -> None:
    offsets, texts = np.array([0, 2, 4], "int32").tobytes(), b"21\xff\xfe"
    age = pa.Array.from_buffers(pa.string(), 2, [None, pa.py_buffer(offsets), pa.py_buffer(texts)])
    (out,) = assess_batches([pa.record_batch([age, age], ["age", "name"])], today=TODAY)
    assert out["ami_verdict"].to_pylist() == ["undetermined", "invalid"]
    assert out["ami_errors"][1].as_py().startswith(r"age: b'\xff\xfe': ")


def test_types_of_arrow_beside_those_of_files() -> None:
    start = [date(2027, 1, 15), None]
    for column in (
        pa.array(["2027-01-15", None]).dictionary_encode(),
        pa.array(start).dictionary_encode(),
        pa.array(start, pa.date64()),
        pa.array(["2027-01-15", None], pa.string_view()),
        pa.array([b"2027-01-15", None], pa.binary(10)),
        pa.array(["2027-01-15", None], pa.json_()),
    ):
        (out,) = assess_batches([pa.record_batch([column], ["start"])], today=TODAY)
        assert "start" not in out["ami_missing"][0].as_py(), column.type
        assert out["ami_errors"].null_count == 2, column.type


def test_objects_of_python_are_read_as_they_are_shown() -> None:
    cells = pl.Series([5, 5.0, "0 bis", None], dtype=pl.Object)
    dates = pl.Series(
        [date(2027, 1, 15), "15/01/2027", np.datetime64("2027-01-15"), None], dtype=pl.Object
    )
    frame = pl.DataFrame({"échelon": cells, "start": dates})
    for judged in (assess_frame(frame, today=TODAY), assess_frame(frame.lazy(), today=TODAY)):
        missing = judged.lazy().collect()["ami_missing"].to_list()
        assert ["start" in answers for answers in missing] == [False] * 3 + [True]
        assert ["scholarship" in answers for answers in missing] == [False] * 3 + [True]


def test_empty_parts_and_tables() -> None:
    frame = pl.DataFrame({"age": [21, 22], "name": ["Zoé", "Ali"]})
    assert assess_frame(frame.clear(), today=TODAY).schema == {**frame.schema, **RESULTS}
    assert assess_frame(frame.lazy().clear(), today=TODAY).collect().height == 0
    assert assess_frame(pl.DataFrame(), today=TODAY).schema == RESULTS
    assert assess_frame(pl.LazyFrame(), today=TODAY).collect().height == 0
    assert list(assess_batches([], today=TODAY)) == []
    (full,) = batches_of(frame, 9)
    judged = list(assess_batches([full.slice(0, 0), full, full.slice(2)], today=TODAY))
    assert [part.num_rows for part in judged] == [0, 2, 0]
    assert {part.schema for part in judged} == {pa.schema([*full.schema, *RESULT_SCHEMA])}
    (alone,) = assess_batches([full.slice(0, 0)], today=TODAY)
    assert alone.num_rows == 0


def test_a_lazy_frame_stays_lazy_and_typed_columns_are_not_read_before() -> None:
    def read(part: pl.DataFrame) -> pl.DataFrame:
        raise AssertionError("collected")

    lazy = pl.LazyFrame({"age": [21], "start": [date(2027, 1, 15)]}).map_batches(read)
    judged = assess_frame(lazy, today=TODAY)
    assert judged.collect_schema().names() == ["age", "start", *RESULTS]


def test_a_lazy_result_is_filtered_cut_and_selected() -> None:
    frame = pl.DataFrame({"age": list(range(18, 40))})
    lazy, whole = assess_frame(frame.lazy(), today=TODAY), assess_frame(frame, today=TODAY)
    failed = pl.col("ami_failed").is_not_null()
    assert lazy.filter(failed).collect().equals(whole.filter(failed))
    assert lazy.head(5).collect().equals(whole.head(5))
    assert lazy.select("ami_verdict").collect().equals(whole.select("ami_verdict"))
    assert lazy.filter(failed).select("age").head(3).collect()["age"].len() <= 3


# --- columns -------------------------------------------------------------------------------------


def test_columns_are_named_as_in_a_batch() -> None:
    frame = pl.DataFrame({"Âge ?": ["17"], "Combien de mois": ["3"], "Échelon bourse": ["5"]})
    judged = assess_frame(frame, today=TODAY, columns={"Combien de mois": "months_received"})
    assert judged["ami_assumed"].to_list() == ["stay;in_curriculum"]
    ignored = assess_frame(frame, today=TODAY, columns={"Âge ?": "-"})
    assert "age" in ignored["ami_missing"][0]


@pytest.mark.parametrize(
    ("columns", "code", "sentence"),
    [
        (["name"], "no_answer_column", "none of the columns"),
        (["age", "Age"], "answer_twice", "Age"),
        (["age", "age.1"], "answer_twice", "age.1"),  # as pandas renames it
        (["Âge", "Âge_duplicated_0"], "answer_twice", "Âge_duplicated_0"),  # as polars does
        (["age", "name", "age_right"], "answer_twice", "age_right"),
        (["age", "age_1"], "answer_twice", "age_1"),  # as DuckDB does
        (["age", "ami_verdict"], "reserved_column", "ami_verdict"),
    ],
)
def test_a_table_that_cannot_be_judged_says_why(
    columns: list[str], code: str, sentence: str
) -> None:
    frame = pl.DataFrame({name: ["Zoé"] for name in columns})
    for judge in (
        lambda: assess_frame(frame, today=TODAY, lang="en"),
        lambda: list(assess_batches(batches_of(frame, 9), today=TODAY, lang="en")),
    ):
        with pytest.raises(UnreadableInput, match=code) as caught:
            judge()
        text = "".join(traceback.format_exception(caught.value))
        assert sentence in text
        assert "Zoé" not in text


def test_a_column_that_a_library_renamed_is_named_or_left_out() -> None:
    frame = pl.DataFrame({"age": [21], "age.1": [30], "name.1": ["Zoé"], "disability": [False]})
    for columns, age in (({"age.1": "-"}, 21), ({"age": "-", "age.1": "age"}, 30)):
        judged = assess_frame(frame, today=TODAY, columns=columns)
        assert judged["ami_failed"].to_list() == [None if age == 21 else "age"]


def test_arguments_that_mean_nothing_are_refused() -> None:
    frame = pl.DataFrame({"age": [21]})
    with pytest.raises(UsageError, match="no_such_column"):
        assess_frame(frame, today=TODAY, columns={"Alter": "age"})
    with pytest.raises(ValueError, match="birth_date"):
        assess_frame(frame, today=TODAY, columns={"age": "years"})
    with pytest.raises(ValueError, match="fr, en"):
        assess_frame(frame, today=TODAY, lang="de")
    with pytest.raises(TypeError, match="from_pandas"):
        assess_frame(frame.to_pandas(), today=TODAY)
    with pytest.raises(TypeError, match="date"):
        assess_frame(frame, today=datetime(2026, 11, 23, tzinfo=UTC))


# --- dates that are doubted ----------------------------------------------------------------------

AMERICAN = pl.DataFrame({"start": ["03/04/2027"] * 9 + ["01/15/2027"], "age": [21] * 10})


@pytest.mark.usefixtures("cut")
def test_a_column_of_american_dates_is_doubted_as_a_whole() -> None:
    for judged in (
        assess_frame(AMERICAN, today=TODAY),
        assess_frame(AMERICAN.lazy(), today=TODAY).collect(engine="streaming"),
    ):
        assert judged["ami_verdict"].to_list() == ["invalid"] * 10
    batches = batches_of(AMERICAN, 3)
    assert doubted_columns(batches) == {"start"}
    part = assess_frame(AMERICAN.head(3), today=TODAY, doubted=doubted_columns(batches))
    assert part["ami_verdict"].to_list() == ["invalid"] * 3
    table = pa.Table.from_batches(assess_batches(batches, today=TODAY, doubted={"start"}))
    assert table["ami_verdict"].to_pylist() == ["invalid"] * 10


def test_columns_beside_american_dates_are_doubted_unless_a_day_of_theirs_comes_first() -> None:
    ends = ["06/20/2027", "07/07/2027", "20/06/2027"]
    for last_start, verdict, doubted in (
        ("02/03/2027", "invalid", {"start", "end"}),
        ("15/01/2027", "undetermined", {"end"}),
    ):
        starts = ["02/03/2027", "02/03/2027", last_start]
        frame = pl.DataFrame({"age": [21] * 3, "start": starts, "end": ends})
        assert doubted_columns(batches_of(frame, 1)) == doubted
        for judged in (
            assess_frame(frame, today=TODAY),
            assess_frame(frame.lazy(), today=TODAY).collect(),
        ):
            assert judged["ami_verdict"].to_list() == ["invalid", verdict, verdict]


@pytest.mark.usefixtures("cut")
def test_a_doubt_that_comes_too_late_is_refused() -> None:
    with pytest.raises(UnreadableInput, match="doubted_later") as caught:
        list(assess_batches(batches_of(AMERICAN, 3), today=TODAY))
    text = "".join(traceback.format_exception(caught.value))
    assert "Une date de start" in text
    assert "2027" not in text.replace("test_frames", "")


# --- the public names ----------------------------------------------------------------------------


def test_the_public_names_are_shown_and_typed() -> None:
    assert set(ami_cli.__all__) <= set(dir(ami_cli))
    for name in ami_cli.__all__:
        assert getattr(ami_cli, name) is not None
    for function in (assess, report, assess_frame, assess_batches, doubted_columns):
        assert function.__doc__
        assert "return" in function.__annotations__
    with pytest.raises(AttributeError, match="verdict_of"):
        _ = ami_cli.verdict_of  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="SCHEMA"):
        _ = frames.SCHEMA


def test_the_schema_of_the_results_is_that_of_the_columns() -> None:
    assert pl.DataFrame(pl.from_arrow(RESULT_SCHEMA.empty_table())).schema == RESULTS
    assert RESULT_DDL.startswith("ami_verdict string, ")
    assert "ami_months bigint, " in RESULT_DDL
    assert [part.split()[0] for part in RESULT_DDL.split(", ")] == list(RESULTS)


def test_a_result_is_that_of_the_command(tmp_path: Path) -> None:
    assessment = assess(Answers(age=21, disability=True), today=TODAY)
    for lang in ("fr", "en"):
        result = report(assessment, lang)
        assert result["lang"] == lang
        assert result["answers"] == {"age": 21, "disability": True}


def test_no_answer_is_seen_in_what_holds_answers() -> None:
    answers = Answers(age=29, disability=True, school="Lyon 1", start=date(2027, 1, 15))
    assessment = assess(answers, today=TODAY)
    for text in (repr(answers), repr(assessment), f"{assessment}", repr([assessment])):
        for value in ("29", "True", "Lyon", "2027"):
            assert value not in text
    assert repr(assessment) == f"Assessment(verdict={assessment.verdict!r})"


def test_names_that_need_an_absent_library_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    find = util.find_spec
    for library, shown in (("pyarrow", {"assess", "assess_frame"}), ("polars", {"assess"})):
        with monkeypatch.context() as absent:
            absent.setattr(util, "find_spec", lambda name, it=library: name != it and find(name))
            names = {"assess", "assess_frame", "assess_batches"} & {*dir(ami_cli)}
        assert names == shown
