"""Writes an empty input file: a column per answer, one example row, and a legend beside them.

The example row is known by its first cell, so that it is never judged where it is left in.
"""

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ami_cli.answers import COUNTRIES, FIELDS, LATEST_DATE, ORDER, SAME_QUESTION, Field, Kind
from ami_cli.reading import read
from ami_cli.registers import countries
from ami_cli.registers.spelling import fold
from ami_cli.words import LANGUAGES, Words, words_of
from ami_cli.words.accepted import accepted_rows, column_of

_LAST_ROW = 5_000  # of the sheet that has lists and formats of dates
_LONGEST_TITLE, _LONGEST_MESSAGE = 32, 255  # characters that a spreadsheet shows beside a cell


class Column(NamedTuple):
    """A column of the template: its header, the cell of the example, and what to write there.

    `answer` is None for the column that tells who a student is.
    """

    header: str
    example: str
    meaning: str
    answer: Field | None = None


def template_columns(words: Words) -> list[Column]:
    """Return a column per answer, behind one that tells who a student is; of two answers to one
    question, the first has an example."""
    identity = Column(words("legend.identity"), words("legend.example"), words("legend.own_mark"))
    return [
        identity,
        *(
            Column(
                column_of(answer, words.lang),
                "" if _is_second(answer) else _example(answer, words),
                words(f"labels.{answer.name}") + words("format.colon") + _accepted(answer, words),
                answer,
            )
            for answer in FIELDS
        ),
    ]


def example_column(headers: Sequence[str]) -> int | None:
    """Return the column by which the example row of a template is known, None without one."""
    names = {fold(words_of(lang)("legend.identity")) for lang in LANGUAGES}
    return next((rank for rank, name in enumerate(headers) if fold(name[:50]) in names), None)


def example_marks() -> list[str]:
    """Return what that column says in the example row, in lower case, in every language."""
    return [words_of(lang)("legend.example").lower() for lang in LANGUAGES]


def _is_second(answer: Field) -> bool:
    other = SAME_QUESTION.get(answer.name)
    return other is not None and ORDER[other] < ORDER[answer.name]


def _example(answer: Field, words: Words) -> str:
    value = read(answer.name, answer.example)
    match answer.kind:
        case Kind.DATE if words.lang != "fr":
            return str(value)
        case Kind.YES_NO:
            return _yes_no(words)[not value]
        case Kind.CHOICE:
            return _choice(answer, value, words)
        case Kind.COUNTRY:
            return countries.title(value, words.lang)
    return answer.example


def _yes_no(words: Words) -> list[str]:
    return [words("legend.yes"), words("legend.no")]


def _choice(answer: Field, option: str, words: Words) -> str:
    """Return the word of an option; a figure is its own."""
    word = f"legend.choices.{answer.name}.{option}"
    return words(word) if word in words else option


def _choices(answer: Field, words: Words) -> list[str]:
    if answer.kind is Kind.YES_NO:
        return _yes_no(words)
    return [_choice(answer, option, words) for option in answer.options]


def _accepted(answer: Field, words: Words) -> str:
    match answer.kind:
        case Kind.DATE:
            return words("legend.date")
        case Kind.NUMBER:
            return words("legend.number", low=answer.low, high=answer.high)
        case Kind.YES_NO | Kind.CHOICE:
            return words.either(_choices(answer, words))
        case Kind.NAME | Kind.COUNTRY:
            return words(f"legend.{answer.name}")


def write_template(file: BinaryIO, form: str, words: Words) -> None:
    """Write the template as CSV, or as XLSX with lists, cells of dates and a legend."""
    columns = template_columns(words)
    if form == "csv":
        from ami_cli.batch.formats.csv import row_text

        rows = ([column.header for column in columns], [column.example for column in columns])
        file.write(b"\xef\xbb\xbf" + "".join(f"{row_text(row, ';')}\n" for row in rows).encode())
        return
    import xlsxwriter

    names = sorted((countries.title(code, words.lang) for code in COUNTRIES), key=fold)
    content = io.BytesIO()  # XlsxWriter would make another error of a full disk
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        look = {"italic": True, "font_color": "#666666"}
        example, example_date = (
            book.add_format({**look, **more}) for more in ({}, {"num_format": "dd/mm/yyyy"})
        )
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        students = book.add_worksheet(words("legend.sheet"))
        students.freeze_panes(1, 1)
        for rank, column in enumerate(columns):
            answer = column.answer
            is_date = answer is not None and answer.kind is Kind.DATE
            students.set_column(rank, rank, 18 if rank else 26, day if is_date else None)
            students.write_string(0, rank, column.header, bold)
            value = read(answer.name, column.example) if is_date and answer else column.example
            if isinstance(value, date):
                students.write_datetime(1, rank, value, example_date)
            elif column.example.isdecimal():
                students.write_number(1, rank, int(column.example), example)
            else:
                students.write_string(1, rank, column.example, example)
            allowed = _allowed(answer, words, len(names))
            message = {
                "input_title": column.header[:_LONGEST_TITLE],
                "input_message": column.meaning[:_LONGEST_MESSAGE],
                "error_type": "warning",  # more words are read than a list holds
            }
            students.data_validation(1, rank, _LAST_ROW, rank, {**allowed, **message})
        students.set_landscape()
        students.fit_to_pages(1, 0)
        students.repeat_rows(0)
        legend = book.add_worksheet(words("legend.title"))
        legend.set_column(0, 0, 24, wrapped)
        legend.set_column(1, 1, 90, wrapped)
        legend.set_column(3, 3, 32)
        legend.write_row(0, 0, (words("legend.column"), words("legend.meaning")), bold)
        legend.write_column(1, 0, [column.header for column in columns])
        legend.write_column(1, 1, [column.meaning for column in columns])
        legend.write_string(len(columns) + 2, 0, words("legend.blank"))
        accepted = len(columns) + 4
        legend.write_row(accepted, 0, (words("legend.column"), words("help.accepted")), bold)
        for line, row in enumerate(accepted_rows(words), accepted + 1):
            legend.write_row(line, 0, row)
        legend.write_string(0, 3, words("legend.countries"), bold)
        legend.write_column(1, 3, names)
    file.write(content.getvalue())


def _allowed(answer: Field | None, words: Words, names: int) -> dict[str, object]:
    """Return which cells of a column are valid, for XlsxWriter."""
    if answer is None or answer.kind is Kind.NAME:
        return {"validate": "any"}
    if answer.kind is Kind.DATE:
        between = {"minimum": date(1900, 3, 1), "maximum": LATEST_DATE}
        return {"validate": "date", "criteria": "between", **between}
    if answer.kind is Kind.NUMBER:
        between_numbers = {"minimum": answer.low, "maximum": answer.high}
        return {"validate": "integer", "criteria": "between", **between_numbers}
    if answer.kind is Kind.COUNTRY:
        return {"validate": "list", "source": f"='{words('legend.title')}'!$D$2:$D${names + 1}"}
    return {"validate": "list", "source": _choices(answer, words)}


def template_format(target: Path) -> str | None:
    """Return the format of a template by its ending: "csv" or "xlsx", None for another ending."""
    return {".csv": "csv", ".xlsx": "xlsx", "": "csv"}.get(target.suffix.lower())
