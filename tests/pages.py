"""Results of all kinds and parsers of their pages, for the tests of the views."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from html.parser import HTMLParser
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ami_cli import Answers, assess
from ami_cli.views.brief import brief_of
from ami_cli.views.content import Content, page_of
from ami_cli.views.page_html import page_html
from ami_cli.views.page_markdown import page_markdown
from ami_cli.views.result import result_of
from ami_cli.wizard.command_line import command_line
from ami_cli.words import Words, words_of
from tests.conftest import TODAY

STAY: dict[str, Any] = {"start": date(2027, 1, 15), "end": date(2027, 6, 20)}
HOME: dict[str, Any] = {"rural": True, "priority_area": True}
GRANTS: dict[str, Any] = {"erasmus": True, "erasmus_monthly": 300, "merit": True}
NAMES: dict[str, Any] = {
    "school": "Université Clermont Auvergne",
    "commune": "Saint-Rémy-de-Provence",
}
NOTHING_MET: dict[str, Any] = {
    "birth_date": date(1998, 12, 1),
    "disability": False,
    "scholarship": "none",
    "establishment": "other_ministry",
    "stay": "other",
    "in_curriculum": False,
    "months_received": 60,
    "erasmus": False,
    "merit": False,
    "school": "École supérieure d’un autre ministère",
    "commune": "Saint-Rémy-de-Provence",
    **HOME,
}

# Names that a register finds once, several times or never.
SCHOOLS = ("Université Clermont Auvergne", "École normale supérieure", "HEC", "Nulle part")
COMMUNES = ("Ambert", "Paris", "Baugy (18)", "Sainte-Colombe", "Amberrt")

# One student per kind of result, the longest pages among them.
CASES: dict[str, dict[str, Any]] = {
    "nothing answered": {},
    "eligible": {
        "age": 21,
        "disability": False,
        "echelon": "3",
        "establishment": "public",
        "stay": "study",
        "in_curriculum": True,
        "months_received": 0,
        **STAY,
    },
    "all answered, private": {
        "age": 21,
        "disability": True,
        "echelon": "7",
        "establishment": "private_accredited",
        "stay": "study",
        "in_curriculum": True,
        "months_received": 6,
        "commune": "Saint-Rémy-de-Provence",
        **STAY,
        **HOME,
        **GRANTS,
    },
    "pending, private, too old": {
        "age": 30,
        "scholarship": "pending",
        "establishment": "private_accredited",
        "commune": "Saint-Rémy-de-Provence",
        **STAY,
        **HOME,
        **GRANTS,
    },
    "pending and missing": {
        "age": 30,
        "scholarship": "pending",
        "start": date(2026, 12, 15),
        "end": date(2027, 10, 10),
        "months_received": 2,
        **HOME,
        **GRANTS,
    },
    "no condition met, too short": {**NOTHING_MET, **STAY, "end": date(2027, 1, 20)},
    "no condition met, too long": {**NOTHING_MET, **STAY, "end": date(2028, 6, 20)},
    "to the end of the calendar": {
        "age": 30,
        "scholarship": "none",
        "establishment": "abroad",
        "stay": "other",
        "start": date(2026, 9, 1),
        "end": date(2099, 12, 31),
    },
    "ten months": {
        "birth_date": date(2005, 2, 28),
        "disability": False,
        "echelon": "0bis",
        "start": date(2026, 9, 1),
        "end": date(2027, 6, 30),
        "erasmus": False,
        "merit": False,
        **NAMES,
    },
    "published year": {
        "age": 21,
        "scholarship": "annual_allowance",
        "establishment": "public",
        "stay": "internship",
        "start": date(2025, 9, 15),
        "end": date(2026, 2, 14),
        "rural": False,
    },
    "older law": {
        "age": 21,
        "echelon": "6",
        "establishment": "public",
        "start": date(2022, 9, 15),
        "end": date(2023, 2, 20),
        "merit": True,
    },
    "names in doubt": {
        "age": 21,
        "scholarship": "pending",
        "school": "école de commerce",
        "commune": "Sainte-Colombe",
        **STAY,
        **GRANTS,
    },
    "only a start": {"age": 21, "disability": False, "start": date(2027, 9, 15)},
}


def document_of(case: str, lang: str = "fr", today: date = TODAY, **changes: Any) -> Any:
    """Return the result of a case, as `--json` prints it."""
    answers = Answers(**{**CASES[case], **changes})
    return result_of(assess(answers, today=today), words_of(lang))


def brief_of_case(case: str, lang: str = "fr", **changes: Any) -> Content:
    """Return the brief content of a case."""
    assessment = assess(Answers(**{**CASES[case], **changes}), today=TODAY)
    return brief_of(assessment, words_of(lang))


def command_of(case: str) -> str:
    """Return the command that gives the result of a case again."""
    answers = Answers(**CASES[case]).given()
    return command_line(answers, TODAY, health=True)


def html_page(result: Any, words: Words, command: str, brief: Content | None = None) -> str:
    """Return the page of a result in HTML."""
    return page_html(page_of(result, words, command, brief), words)


def markdown_page(result: Any, words: Words, command: str, brief: Content | None = None) -> str:
    """Return the page of a result in Markdown."""
    return page_markdown(page_of(result, words, command, brief), words)


def html_of(case: str, lang: str = "fr") -> str:
    """Return the page of a case in HTML."""
    return html_page(
        document_of(case, lang), words_of(lang), command_of(case), brief_of_case(case, lang)
    )


def markdown_of(case: str, lang: str = "fr") -> str:
    """Return the page of a case in Markdown."""
    return markdown_page(
        document_of(case, lang), words_of(lang), command_of(case), brief_of_case(case, lang)
    )


def with_plain_blanks(text: str) -> str:
    """Return a text whose no-break spaces and line ends are single spaces."""
    return " ".join(text.split())


def sources(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every source cited anywhere in a document."""
    if isinstance(part, dict):
        yield from part.get("sources", ())
        part = list(part.values())
    if isinstance(part, list):
        for value in part:
            yield from sources(value)


# --- parsers of a page ----------------------------------------------------------------------------

VOID = {"meta", "br", "hr", "img", "input", "link", "base"}


class Outline(HTMLParser):
    """A page as a parser reads it: elements in order, their attributes, the text of each."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.of: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.others: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)
            self.of.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.texts.append(data)
            for tag in set(self._open):
                self.of[tag][-1] += data

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]

    @property
    def attributes(self) -> Iterator[tuple[str, str, str]]:
        return (
            (tag, name, value)
            for tag, attributes in self.elements
            for name, value in attributes.items()
        )


def tokens_of(page: str) -> list[Token]:
    parser = MarkdownIt("commonmark").enable("table")
    return [
        token
        for block in parser.parse(page)
        for token in (block, *(block.children or ()))
        if token.type != "inline"
    ]


def text_of_html(page: str) -> str:
    """Return what a person reads, one piece of text per line."""
    return "\n".join(Outline(page).texts)


def text_of_markdown(page: str) -> str:
    """Return what a person reads, one piece of text per line."""
    return "\n".join(
        "".join(child.content for child in block.children or ()) or block.content
        for block in MarkdownIt("commonmark").enable("table").parse(page)
    )


# --- hostile texts --------------------------------------------------------------------------------

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title></head><body onload=alert(1)>",
    "<!-- -->",
    "<![CDATA[x]]>",
    "<?php x ?>",
    "&lt;b&gt; &amp; &#60;i&#62; &nbsp",
    "javascript:alert(1)",
    "{0} {name} {{7*7}} %s ${x}",
    "\x1b[31m\x07\x00",
    "\u202eabc\u2066\u200f",
    "\ud800",
    "\ufffe\u00ad\u200b",
    "a\r\nb\n\n# c\n\n<b>d</b>\u2028e\u0085f",
    "`x` ``y`` ```",
    "*a* _b_ **c** __d__ ~~e~~",
    "[x](http://example.invalid) ![y](http://example.invalid/z.png)",
    "[x]: http://example.invalid",
    "<http://example.invalid> http://example.invalid www.example.invalid a@example.invalid",
    "a | b || c \\| d \\",
    "# title",
    "1. one",
    "12) two",
    "- item",
    "+ item",
    "= item",
    "---",
    "***",
    "> quote",
    "    code",
    "\tcode",
    "~~~",
    "$x$ $$y$$",
    "x  ",
    "x\\",
    "a" * 5000,
)

# Keys of codes and dates, which no person types.
CODES = {
    *("schema_version", "lang", "verdict", "code", "criterion", "status", "missing", "assumed"),
    *("today", "start", "end", "birth_date", "start_by", "academic_year", "basis", "id"),
    *("scholarship", "echelon", "establishment", "stay"),
}


def replaced(part: Any, text: str, key: str = "") -> Any:
    """Return a document with every free text replaced."""
    if isinstance(part, str):
        return part if key in CODES else text
    if isinstance(part, list):
        return [replaced(value, text, key) for value in part]
    if isinstance(part, dict):
        return {name: replaced(value, text, name) for name, value in part.items()}
    return part


# Control and direction characters, which a terminal or a browser obeys.
CONTROL_CHARACTERS = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
)


def hostile_page(render: Callable[..., str], text: str, case: str, lang: str = "fr") -> str:
    """Return the page of a case whose every free text is a hostile one."""
    document = replaced(document_of(case, lang), text)
    return render(document, words_of(lang), f"ami check --school {text}")
