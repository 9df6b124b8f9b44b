"""An empty input file: a column per answer, one example row, and a legend beside them."""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from ami_cli.answers import FIELDS, ORDER, SAME_QUESTION, Field, Kind
from ami_cli.words import Words
from ami_cli.words.problems import options_of


def headers(words: Words) -> list[str]:
    """The columns: the French names of the answers, or in English their own."""
    return [answer.headers[0] if words.lang == "fr" else answer.name for answer in FIELDS]


def example_row() -> list[str]:
    """The row of an example student; of two answers to one question, the first."""
    return [
        "" if ORDER.get(SAME_QUESTION.get(answer.name, ""), rank) < rank else answer.example
        for rank, answer in enumerate(FIELDS)
    ]


def legend(words: Words) -> list[tuple[str, str]]:
    """Each column with what to write there."""
    return [
        (title, _meaning(answer, words))
        for title, answer in zip(headers(words), FIELDS, strict=True)
    ]


def _meaning(answer: Field, words: Words) -> str:
    said = words(f"labels.{answer.name}") + words("format.colon")
    match answer.kind:
        case Kind.DATE:
            return said + words("legend.date")
        case Kind.NUMBER:
            return said + words("legend.number", low=answer.low, high=answer.high)
        case Kind.YES_NO:
            return said + words("legend.yes_no")
        case Kind.CHOICE:
            return said + words("legend.choice", options=options_of(answer.name, words))
        case Kind.NAME:
            return said + words(f"help.options.{answer.name}")


def write_template(file: BinaryIO, form: str, words: Words) -> None:
    """Write the template as CSV, or as XLSX with the legend in a second sheet."""
    example = example_row()
    if form == "xlsx":
        _write_sheets(file, example, words)
        return
    from ami_cli.batch.formats.csv import row_text

    rows = (headers(words), example)
    file.write(b"\xef\xbb\xbf" + "".join(f"{row_text(row, ';')}\n" for row in rows).encode())


def _write_sheets(file: BinaryIO, example: Sequence[str], words: Words) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        students = book.add_worksheet(words("legend.sheet"))
        students.write_row(0, 0, headers(words), bold)
        students.write_row(1, 0, example)
        students.freeze_panes(1, 0)
        students.set_column(0, len(FIELDS) - 1, 18)
        other = book.add_worksheet(words("legend.title"))
        other.write_row(0, 0, (words("legend.column"), words("legend.meaning")), bold)
        for rank, row in enumerate(legend(words), 1):
            other.write_row(rank, 0, row)
        other.write_string(len(FIELDS) + 2, 0, words("legend.blank"))
        other.set_column(0, 0, 20)
        other.set_column(1, 1, 90)


def template_format(target: Path) -> str | None:
    """The format of a template by its ending: "csv" or "xlsx", None for another."""
    return {".csv": "csv", ".xlsx": "xlsx", "": "csv"}.get(target.suffix.lower())
