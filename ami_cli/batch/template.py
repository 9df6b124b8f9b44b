"""Writes an empty input file: a column per answer, one example row, and a legend beside them."""

from pathlib import Path
from typing import BinaryIO

from ami_cli.answers import FIELDS, ORDER, SAME_QUESTION, Field, Kind
from ami_cli.words import Words
from ami_cli.words.problems import options_of


def template_headers(words: Words) -> list[str]:
    """Return the columns: the French names of the answers, or in English their own."""
    return [answer.headers[0] if words.lang == "fr" else answer.name for answer in FIELDS]


def example_row() -> list[str]:
    """Return the row of an example student; of two answers to one question, the first."""
    return [
        "" if ORDER.get(SAME_QUESTION.get(answer.name, ""), rank) < rank else answer.example
        for rank, answer in enumerate(FIELDS)
    ]


def legend(words: Words) -> list[tuple[str, str]]:
    """Return each column with what to write there."""
    return [
        (
            header,
            words(f"labels.{answer.name}") + words("format.colon") + _accepted(answer, words),
        )
        for header, answer in zip(template_headers(words), FIELDS, strict=True)
    ]


def _accepted(answer: Field, words: Words) -> str:
    match answer.kind:
        case Kind.DATE:
            return words("legend.date")
        case Kind.NUMBER:
            return words("legend.number", low=answer.low, high=answer.high)
        case Kind.YES_NO:
            return words("legend.yes_no")
        case Kind.CHOICE:
            return words("legend.choice", options=options_of(answer.name, words))
        case Kind.NAME:
            return words(f"help.options.{answer.name}")


def write_template(file: BinaryIO, form: str, words: Words) -> None:
    """Write the template as CSV, or as XLSX with the legend in a second sheet."""
    if form == "xlsx":
        _write_workbook(file, words)
        return
    from ami_cli.batch.formats.csv import row_text

    rows = (template_headers(words), example_row())
    file.write(b"\xef\xbb\xbf" + "".join(f"{row_text(row, ';')}\n" for row in rows).encode())


def _write_workbook(file: BinaryIO, words: Words) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        students = book.add_worksheet(words("legend.sheet"))
        students.write_row(0, 0, template_headers(words), bold)
        students.write_row(1, 0, example_row())
        students.freeze_panes(1, 0)
        students.set_column(0, len(FIELDS) - 1, 18)
        notes = book.add_worksheet(words("legend.title"))
        notes.write_row(0, 0, (words("legend.column"), words("legend.meaning")), bold)
        for line, row in enumerate(legend(words), 1):
            notes.write_row(line, 0, row)
        notes.write_string(len(FIELDS) + 2, 0, words("legend.blank"))
        notes.set_column(0, 0, 20)
        notes.set_column(1, 1, 90)


def template_format(target: Path) -> str | None:
    """Return the format of a template by its ending: "csv" or "xlsx", None for another ending."""
    return {".csv": "csv", ".xlsx": "xlsx", "": "csv"}.get(target.suffix.lower())
