"""The page that is printed or filed: nothing of the result is lost, nothing a person typed acts."""

import copy
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ami_cli.views.page import page_html, page_markdown
from ami_cli.views.sheet import is_link, sheet
from ami_cli.words import LANGUAGES, visible, words_of
from tests.pages import CASES, command_of, document_of

VOID = {"meta", "br", "hr", "img", "input", "link", "base"}
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "section", "footer"),
    *("div", "h1", "h2", "h3", "p", "ul", "ol", "li", "dl", "dt", "dd", "a", "span", "strong"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "pre", "code"),
    *("svg", "desc", "path", "text", "rect", "g"),
}
PAGES: dict[str, Callable[..., str]] = {"html": page_html, "markdown": page_markdown}
both_forms = pytest.mark.parametrize("form", PAGES)
both_languages = pytest.mark.parametrize("lang", LANGUAGES)
every_case = pytest.mark.parametrize("case", CASES)


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
        return ((tag, *each) for tag, attributes in self.elements for each in attributes.items())


def html_of(case: str, lang: str = "fr", health: bool = False) -> str:
    return page_html(document_of(case, lang), words_of(lang), command_of(case), health=health)


def markdown_of(case: str, lang: str = "fr") -> str:
    return page_markdown(document_of(case, lang), words_of(lang), command_of(case), health=False)


def tokens_of(page: str) -> list[Token]:
    parser = MarkdownIt("commonmark").enable("table")
    return [
        token
        for block in parser.parse(page)
        for token in (block, *(block.children or ()))
        if token.type != "inline"
    ]


def text_of(page: str, form: str) -> str:
    """What a person reads, one piece of text per line."""
    if form == "html":
        return "\n".join(Outline(page).texts)
    return "\n".join(
        "".join(child.content for child in block.children or ()) or block.content
        for block in MarkdownIt("commonmark").enable("table").parse(page)
    )


def sentences(document: dict[str, Any]) -> Iterator[str]:
    """Everything of a result that a person must find on the page."""
    plain_no = words_of(document["lang"])("supplements.note.not_met")
    yield document["headline"]
    yield document["rules"]["note"]
    yield from document["verdict_notes"]
    yield from document["next_steps"]
    for change in document["advice"]:
        yield change["text"]
    for criterion in document["criteria"]:
        yield criterion["reason"]
        yield from criterion["notes"]
    for part in (*document["supplements"], *document["cumulation"]):
        if part["note"] != plain_no:
            yield part["note"]
        if part.get("indication"):
            yield part["indication"]
    if document["estimate"]:
        yield document["estimate"]["text"]
        yield from document["estimate"]["notes"]
    if document["budget"]:
        yield document["budget"]["note"]
    if document["reminder"]:
        yield document["reminder"]["text"]
    for name in ("school", "commune"):
        if document[name]:
            yield document[name]["name"]
            yield document[name]["note"]


def sources(part: Any) -> Iterator[dict[str, Any]]:
    """Every source cited anywhere in a document."""
    if isinstance(part, dict):
        yield from part.get("sources", ())
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from sources(each)


# --- all of the result, and only once ------------------------------------------------------------


@both_forms
@both_languages
@every_case
def test_nothing_of_the_result_is_lost(case: str, lang: str, form: str) -> None:
    document, words = document_of(case, lang), words_of(lang)
    page = PAGES[form](document, words, command_of(case), health=False)
    text = text_of(page, form)
    for sentence in sentences(document):
        assert sentence in text, sentence
    for criterion in document["criteria"]:
        assert words(f"criteria.{criterion['code']}") in text
        assert words(f"status.{criterion['status']}") in text
    for source in sources(document):
        assert source["title"] in text
        assert not source["url"] or f"{source['url']}" in page
    for line in document["budget"]["lines"] if document["budget"] else ():
        assert words(f"budget.{line['code']}") in text
        assert words.euros(line["total"]) in text
        assert words.euros(line.get("total_max", line["total"])) in text
    assert words("page.title").partition(" — ")[0] in text
    assert "23\u00a0" in text
    assert words("page.no_health") in text


@both_forms
@both_languages
@every_case
def test_each_official_quote_stands_once(case: str, lang: str, form: str) -> None:
    document, words = document_of(case, lang), words_of(lang)
    page = PAGES[form](document, words, command_of(case), health=False)
    text = text_of(page, form)
    quotes = {source["quote"] for source in sources(document) if source["quote"]}
    assert quotes
    for quote in quotes:
        assert text.count(words("format.quote", text=quote)) == 1, quote


@both_languages
@every_case
def test_each_criterion_has_its_quote_or_says_where_it_is(case: str, lang: str) -> None:
    document, words = document_of(case, lang), words_of(lang)
    content = sheet(document, words, "", health=False)
    for criterion, shown in zip(document["criteria"], content.criteria, strict=True):
        if any(source["quote"] for source in criterion["sources"]):
            elsewhere = words("page.same_quote", title="|").partition("|")[0]
            assert shown.quotes or any(note.startswith(elsewhere) for note in shown.notes)
        cited = {source["title"] for source in criterion["sources"]}
        numbers = {*shown.numbers, *(quote.number for quote in shown.quotes)}
        assert {source.title for source in content.sources if source.number in numbers} == cited


@both_forms
def test_the_command_stands_as_it_is(form: str) -> None:
    command = 'ami check --school "École ``` normale" --start 2027-01-15 --no-rural'
    page = PAGES[form](document_of("eligible"), words_of("fr"), command, health=False)
    if form == "html":
        assert Outline(page).of["code"] == [command]
    else:
        (fence,) = (token for token in tokens_of(page) if token.type == "fence")
        assert fence.content == f"{command}\n"


@both_forms
@pytest.mark.parametrize("health", [True, False])
def test_the_page_says_whether_it_holds_health_data(form: str, health: bool) -> None:
    words = words_of("fr")
    page = PAGES[form](document_of("eligible"), words, "ami check", health=health)
    assert (words("page.health") in page, words("page.no_health") in page) == (health, not health)


@both_forms
@every_case
def test_the_same_result_gives_the_same_bytes(case: str, form: str) -> None:
    document, words = document_of(case), words_of("fr")
    before = copy.deepcopy(document)
    first = PAGES[form](document, words, "ami check", health=False)
    assert document == before
    assert PAGES[form](before, words, "ami check", health=False) == first
    assert first.endswith("\n")
    first.encode("utf-8")


def test_the_sums_of_the_budget_stand_apart() -> None:
    document, words = document_of("all answered, private"), words_of("fr")
    content = sheet(document, words, "", health=True)
    assert content.budget is not None
    kept, decided = content.budget.parts
    assert [row.code for row in kept] == ["certain", "bcs", "merit_aid"]
    assert [row.code for row in decided] == ["depends", "ami", "erasmus_plus"]
    assert kept[1].title == "Bourse sur critères sociaux, échelon\u00a07"
    assert kept[0].amount == words.euros(document["budget"]["certain"])
    assert content.budget.total.depth == 0


def test_the_calendar_says_in_words_what_it_draws() -> None:
    content = sheet(document_of("eligible"), words_of("fr"), "", health=False)
    assert content.calendar is not None
    assert content.calendar.in_words == (
        "2026\u00a0: juillet (démarches à commencer), novembre (aujourd’hui). "
        "2027\u00a0: janvier (départ et mois payable), février (mois payable), "
        "mars (mois payable), avril (mois payable), mai (mois payable), "
        "juin (retour et mois commencé, paiement à confirmer)."
    )


def test_a_stay_of_many_years_is_drawn_short() -> None:
    content = sheet(document_of("to the end of the calendar"), words_of("fr"), "", health=False)
    assert content.calendar is not None
    years = [row and row[0] for row in content.calendar.picture]
    assert years == [2026, 2027, 2028, None, 2099]
    assert "…" in content.calendar.in_words
    assert "| …     |" in markdown_of("to the end of the calendar")


def test_no_answer_is_said() -> None:
    for form in (html_of, markdown_of):
        assert "Aucune réponse n’a été donnée." in form("nothing answered")


def test_a_name_is_shown_as_its_register_has_it() -> None:
    page = markdown_of("ten months")
    assert "- **Ton établissement\u00a0:** Université Clermont Auvergne, à Clermont-Fe" in page
    assert "- **Commune\u00a0:** Saint-Rémy-de-Provence (13, code Insee\u00a013100)" in page
    doubtful = markdown_of("names in doubt")
    assert "- **Ton établissement\u00a0:** école de commerce\n" in doubtful


# --- HTML ----------------------------------------------------------------------------------------


@both_languages
@every_case
def test_the_page_of_html_is_well_made(case: str, lang: str) -> None:
    page = html_of(case, lang)
    assert page.startswith("<!doctype html>\n<html lang=")
    outline = Outline(page)
    assert set(outline.tags) <= ALLOWED
    assert outline.others == []
    assert outline.elements[0] == ("html", {"lang": lang})
    for only in ("head", "body", "header", "main", "footer", "h1"):
        assert outline.tags.count(only) == 1
    levels = [int(tag[1]) for tag in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    names = [value for _, name, value in outline.attributes if name == "id"]
    assert len(names) == len(set(names))
    for _, name, value in outline.attributes:
        if name in ("aria-labelledby", "aria-describedby"):
            assert value in names
        if name == "href" and value.startswith("#"):
            assert value[1:] in names
    for tag, attributes in outline.elements:
        assert tag != "th" or attributes["scope"] in ("row", "col")
    assert outline.tags.count("caption") == outline.tags.count("table")


def acts(outline: Outline) -> list[tuple[str, str, str]]:
    """What would run, load or lead anywhere but to the web."""
    found = [(tag, "", "") for tag in outline.tags if tag not in ALLOWED]
    for tag, name, value in outline.attributes:
        harmless = name in {
            *("lang", "id", "class", "role", "scope", "charset", "content", "name", "http-equiv"),
            *("viewbox", "d", "x", "y", "width", "height", "transform"),
            *("aria-hidden", "aria-labelledby", "aria-describedby"),
        }
        link = tag == "a" and name == "href" and re.match(r"(?i)https?://|#source-\d+$", value)
        if not (harmless or link):
            found.append((tag, name, value))
    return found


@both_languages
@every_case
def test_nothing_runs_and_nothing_is_loaded(case: str, lang: str) -> None:
    page = html_of(case, lang)
    assert acts(Outline(page)) == []
    style = page[page.index("<style>") : page.index("</style>")]
    for loading in ("url(", "@import", "src:", "expression", "image-set"):
        assert loading not in style
    policies = [
        attributes["content"]
        for _, attributes in Outline(page).elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies
    assert policies[0].startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_the_letters_on_paper_have_their_limits() -> None:
    def size(document: dict[str, Any]) -> float:
        page = page_html(document, words_of("fr"), "ami check", health=False)
        (found,) = re.findall(r"@media print \{ html \{ font-size: ([\d.]+)pt \} \}", page)
        return float(found)

    longest = document_of("pending, private, too old")
    assert size(longest) >= 7
    assert size(document_of("nothing answered")) > 8
    assert size({**longest, "verdict_notes": ["mot " * 3000]}) == 6.5
    short = document_of("only a start")
    assert size({**short, "criteria": [], "supplements": [], "cumulation": []}) == 9.5


# --- what a person typed -------------------------------------------------------------------------

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

# Codes and dates: the machine's own, never typed.
CODES = {
    *("schema_version", "lang", "verdict", "code", "criterion", "status", "missing", "assumed"),
    *("today", "start", "end", "birth_date", "start_by", "academic_year", "basis", "id"),
    *("scholarship", "echelon", "establishment", "stay"),
}


def replaced(part: Any, text: str, key: str = "") -> Any:
    """A document whose every free text is another one."""
    if isinstance(part, str):
        return part if key in CODES else text
    if isinstance(part, list):
        return [replaced(each, text, key) for each in part]
    if isinstance(part, dict):
        return {name: replaced(value, text, name) for name, value in part.items()}
    return part


def hostile_page(case: str, text: str, form: str, lang: str = "fr") -> str:
    document = replaced(document_of(case, lang), text)
    return PAGES[form](document, words_of(lang), f"ami check --school {text}", health=False)


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("case", "lang"), [("ten months", "fr"), ("no condition met, too long", "en")]
)
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_html(text: str, case: str, lang: str) -> None:
    outline = Outline(hostile_page(case, text, "html", lang))
    assert outline.tags == Outline(hostile_page(case, "x" + text, "html", lang)).tags
    assert acts(outline) == []
    assert outline.others == []
    shown = visible(text, len(text))
    assert sum(shown in each for each in outline.texts) > 20
    assert f"ami check --school {shown}" in outline.of["code"][0]


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("case", "lang"), [("ten months", "fr"), ("no condition met, too long", "en")]
)
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markdown(text: str, case: str, lang: str) -> None:
    page = hostile_page(case, text, "markdown", lang)
    found = [token.type for token in tokens_of(page)]
    harmless = [token.type for token in tokens_of(hostile_page(case, "word", "markdown", lang))]
    # An escaped character may be a token of its own; it is text all the same.
    assert [each for each in found if each not in ("text", "text_special")] == [
        each for each in harmless if each not in ("text", "text_special")
    ]
    assert "html_block" not in found
    assert "html_inline" not in found
    assert visible(text, len(text)).strip() in text_of(page, "markdown")
    # What GitHub would make a link of by itself.
    outside = re.sub(r"<https?://[^>]*>|`{3,}[^\0]*`{3,}", "", page)
    assert not re.search(r"(?<!\\)://|www\.(?!\\)|(?<!\\)@", outside)


ACTING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@both_forms
def test_no_character_that_acts_is_left(form: str) -> None:
    for text in HOSTILE:
        page = hostile_page("ten months", text, form)
        assert not re.search(
            r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", page
        )


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("https://www.service-public.fr/particuliers/vosdroits/F380", True),
        ("http://www.example.fr/a?b=c&d=é".encode("ascii", "replace").decode(), True),
        ("HTTPS://WWW.EXAMPLE.FR", True),
        ("javascript:alert(1)", False),
        ("data:text/html,<script>alert(1)</script>", False),
        ("file:///etc/passwd", False),
        ("//example.fr", False),
        ("www.example.fr", False),
        ('https://example.fr/" onclick="x', False),
        ("https://example.fr/a b", False),
        ("https://example.fr/\njavascript:x", False),
        ("https://éxample.fr", True),
        (" https://example.fr", False),
        ("https://", False),
    ],
)
def test_only_the_web_is_linked(url: str, followed: bool) -> None:
    assert is_link(url) is followed
    document = document_of("ten months")
    for source in sources(document):
        source["url"] = url
    document["school"]["website"] = url
    words = words_of("fr")
    outline = Outline(page_html(document, words, "ami check", health=False))
    targets = [value for _, name, value in outline.attributes if name == "href"]
    assert (url in targets) is followed
    assert acts(outline) == []
    page = page_markdown(document, words, "ami check", health=False)
    assert any(token.type == "link_open" for token in tokens_of(page)) is followed
