"""Writes an empty input file: a column per answer, one example row, and a legend beside them.

The example row is known by its first cell, so that it is never judged where it is left in.
"""

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from ami_cli.answers import COUNTRIES, FIELDS, LATEST_DATE, ORDER, SAME_QUESTION, Field, Kind
from ami_cli.reading import read
from ami_cli.registers import countries
from ami_cli.registers.spelling import fold
from ami_cli.words import LANGUAGES, Words, words_of
from ami_cli.words.accepted import accepted_rows, column_of

if TYPE_CHECKING:
    from xlsxwriter import Workbook

_LAST_ROW = 5_000  # of the sheet that has lists and formats of dates
_LEGEND_WIDTHS = (22.0, 76.0)
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
    from ami_cli.batch.formats.xlsx_layout import open_book

    content = io.BytesIO()  # XlsxWriter would make another error of a full disk
    with open_book(content, in_memory=True) as book:
        _write_students(book, columns, words)
        _write_legend(book, columns, words)
    file.write(content.getvalue())


def _write_students(book: "Workbook", columns: Sequence[Column], words: Words) -> None:
    """Write the sheet to be filled in, with one example row."""
    from ami_cli.batch.formats.xlsx_layout import DATE_FORMATS, header_height, lay_out

    sheet = book.add_worksheet(words("legend.sheet"))
    sheet.freeze_panes(1, 1)
    lay_out(sheet, words("legend.blank"))
    sheet.fit_to_pages(2, 0)  # in readable letters
    sheet.repeat_columns(0)
    header = book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
    cell, day = {"text_wrap": True}, {"num_format": DATE_FORMATS[words.lang]}
    cells = book.add_format(cell), book.add_format({**cell, **day})
    look = {**cell, "italic": True, "font_color": "#666666", "bg_color": "#F2F2F2"}
    examples = book.add_format(look), book.add_format({**look, **day})
    widths = [_width(column, words) for column in columns]
    sheet.set_row(0, header_height([column.header for column in columns], widths))
    sheet.set_row(1, 26)
    for rank, (column, width) in enumerate(zip(columns, widths, strict=True)):
        answer = column.answer
        is_date = answer is not None and answer.kind is Kind.DATE
        sheet.set_column(rank, rank, width, cells[is_date])
        sheet.write_string(0, rank, column.header, header)
        if is_date and answer and column.example:
            sheet.write_datetime(1, rank, read(answer.name, column.example), examples[1])
        elif column.example.isdecimal():
            sheet.write_number(1, rank, int(column.example), examples[0])
        elif column.example:
            sheet.write_string(1, rank, column.example, examples[0])
        else:
            sheet.write_blank(1, rank, None, examples[0])
        message = {
            "input_title": column.header[:_LONGEST_TITLE],
            "input_message": column.meaning[:_LONGEST_MESSAGE],
            "error_type": "warning",  # more words are read than a list holds
        }
        sheet.data_validation(1, rank, _LAST_ROW, rank, {**_allowed(answer, words), **message})


def _write_legend(book: "Workbook", columns: Sequence[Column], words: Words) -> None:
    """Write what each column may hold, and, beside what is printed, the names of countries."""
    from ami_cli.batch.formats.xlsx_layout import lay_out, line_count, row_height

    sheet = book.add_worksheet(words("legend.title"))
    lay_out(sheet, "", portrait=True)
    sheet.fit_to_pages(1, 1)
    bold = book.add_format({"bold": True, "bottom": 1})
    wrapped = book.add_format({"text_wrap": True})
    sheet.set_column(0, 0, _LEGEND_WIDTHS[0], wrapped)
    sheet.set_column(1, 1, _LEGEND_WIDTHS[1], wrapped)
    sheet.set_column(3, 3, 32)
    rows = [
        (words("legend.column"), words("legend.meaning")),
        *((column.header, column.meaning) for column in columns),
        ("", words("legend.blank")),
        (words("legend.column"), words("help.accepted")),
        *accepted_rows(words),
    ]
    for line, texts in enumerate(rows):
        sheet.write_row(line, 0, texts, bold if texts[0] == rows[0][0] else wrapped)
        sheet.set_row(line, row_height(max(map(line_count, texts, _LEGEND_WIDTHS))) + 4)
    sheet.print_area(0, 0, len(rows) - 1, 1)
    sheet.write_string(0, 3, words("legend.countries"), bold)
    sheet.write_column(1, 3, _names_of_countries(words))


def _names_of_countries(words: Words) -> list[str]:
    return sorted((countries.title(code, words.lang) for code in COUNTRIES), key=fold)


def _width(column: Column, words: Words) -> float:
    """Return the width of a column: its header, and what is written below it."""
    from ami_cli.batch.formats.xlsx_layout import header_width, text_width

    match column.answer:
        case None:
            cell = 18.0
        case Field(kind=Kind.NAME):
            cell = 16.0
        case Field(kind=Kind.COUNTRY):
            cell = 12.0
        case Field(kind=Kind.DATE):
            cell = 11.0
        case Field(kind=Kind.NUMBER):
            cell = 5.0
        case answer:
            cell = max(
                text_width(word) for text in _choices(answer, words) for word in text.split()
            )
    return max(header_width(column.header), cell + 1)


def _allowed(answer: Field | None, words: Words) -> dict[str, object]:
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
        return {
            "validate": "list",
            "source": f"='{words('legend.title')}'!$D$2:$D${len(COUNTRIES) + 1}",
        }
    return {"validate": "list", "source": _choices(answer, words)}


def template_format(target: Path) -> str | None:
    """Return the format of a template by its ending: "csv" or "xlsx", None for another ending."""
    return {".csv": "csv", ".xlsx": "xlsx", "": "csv"}.get(target.suffix.lower())
