"""Lines of wrapped texts, widths and heights."""

import pytest

from ami_cli.batch.formats.xlsx_layout import (
    PRINTED_WIDTH,
    fitted,
    header_width,
    line_count,
    printed_width,
    shared_widths,
    text_width,
)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, 1),
        ("Zoé", 10, 1),
        ("un\ndeux", 10, 2),
        ("Bourse refusée", 10, 2),
        ("Bourse\u00a0refusée", 10, 2),  # one word, which is broken
        ("scholarship;max_duration", 13, 2),
        ("x" * 100, 10.0, 10),
        ("mot " * 6, 4, 6),
        ("\n" * 1_000, 10, 32),
        ("W" * 1_000_000, 10, 32),
    ],
)
def test_lines_are_counted_as_a_spreadsheet_wraps(text: str, width: float, lines: int) -> None:
    assert line_count(text, width) == lines


def test_widths_of_characters() -> None:
    assert text_width("0123456789") == pytest.approx(10.6)  # seven pixels, less than in print
    assert text_width("iiii") < text_width("nnnn") < text_width("NNNN") < text_width("WWWW")
    assert text_width("東京") > text_width("nnnn")


@pytest.mark.parametrize(
    "name", ["", " ", "a\nb\nc", "ami_months_max", "Code étudiant", "Mois déjà perçus (AMI) *"]
)
def test_header_has_two_lines_of_whole_words(name: str) -> None:
    width = header_width(name)
    assert line_count(" ".join(name.split()), (width - 1) / 1.1) <= 2
    assert all(1.1 * text_width(word) < width for word in name.split())


def test_widths_are_shared_so_that_rows_have_few_lines() -> None:
    rows = [("mot " * 10, "mot " * 40)] * 3
    narrow, wide = shared_widths(rows, 10, 100)
    assert narrow < wide
    assert printed_width((narrow, wide)) <= 100
    best = max(map(line_count, rows[0], (narrow, wide)))
    assert best < max(map(line_count, rows[0], (49, 49)))
    assert shared_widths([("a", "b", "c")], 10, 100) == [10, 10, 10]
    assert shared_widths([("mot " * 10, "")], 10, 5) == [10, 10]


def test_widest_texts_are_narrowed_to_the_paper() -> None:
    widths = fitted([12, 40, 300, 90], {1, 2, 3})
    assert widths[:2] == [12, 40]
    assert widths[2:] == [90, 70] or widths[2] == widths[3]
    assert PRINTED_WIDTH - 3 < printed_width(widths) <= PRINTED_WIDTH
    assert fitted([12, 40], {1}) == [12, 40]
