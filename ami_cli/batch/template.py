"""Writes an empty input file: a column per answer, one example row, and a legend beside them."""

from pathlib import Path
from typing import BinaryIO, NamedTuple

from ami_cli.answers import FIELDS, ORDER, SAME_QUESTION, Field, Kind
from ami_cli.words import Words
from ami_cli.words.problems import options_of


class Column(NamedTuple):
    """A column of the template: its header, the cell of the example, and what to write there."""

    header: str
    example: str
    meaning: str


def template_columns(words: Words) -> list[Column]:
    """Return a column per answer; of two answers to one question, the first has an example."""
    return [
        Column(
            answer.headers[0] if words.lang == "fr" else answer.name,
            "" if ORDER.get(SAME_QUESTION.get(answer.name, ""), rank) < rank else answer.example,
            words(f"labels.{answer.name}") + words("format.colon") + _accepted(answer, words),
        )
        for rank, answer in enumerate(FIELDS)
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
        case Kind.NAME | Kind.COUNTRY:
            return words(f"help.options.{answer.name}")


def write_template(file: BinaryIO, form: str, words: Words) -> None:
    """Write the template as CSV, or as XLSX with the legend in a second sheet."""
    headers, examples, meanings = zip(*template_columns(words), strict=True)
    if form == "csv":
        from ami_cli.batch.formats.csv import row_text

        lines = [f"{row_text(row, ';')}\n" for row in (headers, examples)]
        file.write(b"\xef\xbb\xbf" + "".join(lines).encode())
        return
    import xlsxwriter

    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        students = book.add_worksheet(words("legend.sheet"))
        students.write_row(0, 0, headers, bold)
        students.write_row(1, 0, examples)
        students.freeze_panes(1, 0)
        students.set_column(0, len(headers) - 1, 18)
        legend = book.add_worksheet(words("legend.title"))
        legend.write_row(0, 0, (words("legend.column"), words("legend.meaning")), bold)
        legend.write_column(1, 0, headers)
        legend.write_column(1, 1, meanings)
        legend.write_string(len(headers) + 2, 0, words("legend.blank"))
        legend.set_column(0, 0, 20)
        legend.set_column(1, 1, 90)


def template_format(target: Path) -> str | None:
    """Return the format of a template by its ending: "csv" or "xlsx", None for another ending."""
    return {".csv": "csv", ".xlsx": "xlsx", "": "csv"}.get(target.suffix.lower())
