"""The page of HTML: well made, nothing in it acts, and no text of a person becomes markup."""

import re
from itertools import pairwise
from typing import Any

import pytest

from ami_cli.views.content import is_link
from ami_cli.views.page_html import page_html
from ami_cli.words import LANGUAGES, visible, words_of
from tests.pages import (
    ACTING,
    CASES,
    HOSTILE,
    Outline,
    document_of,
    html_of,
    replaced,
    sources,
)

ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "section", "footer"),
    *("div", "h1", "h2", "h3", "p", "ul", "ol", "li", "dl", "dt", "dd", "a", "span", "strong"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "pre", "code"),
    *("svg", "desc", "path", "text", "rect", "g"),
}
both_languages = pytest.mark.parametrize("lang", LANGUAGES)
every_case = pytest.mark.parametrize("case", CASES)
two_cases = pytest.mark.parametrize(
    ("case", "lang"), [("ten months", "fr"), ("no condition met, too long", "en")]
)


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
    def size(document: Any) -> float:
        page = page_html(document, words_of("fr"), "ami check")
        (found,) = re.findall(r"@media print \{ html \{ font-size: ([\d.]+)pt \} \}", page)
        return float(found)

    longest = document_of("pending, private, too old")
    assert size(longest) >= 7
    assert size(document_of("nothing answered")) > 8
    assert size({**longest, "verdict_notes": ["mot " * 3000]}) == 6.5
    short = document_of("only a start")
    assert size({**short, "criteria": [], "supplements": [], "cumulation": []}) == 9.5


def test_the_command_stands_as_it_is() -> None:
    command = 'ami check --school "École ``` normale" --start 2027-01-15 --no-rural'
    page = page_html(document_of("eligible"), words_of("fr"), command)
    assert Outline(page).of["code"] == [command]


# --- what a person typed -------------------------------------------------------------------------


def hostile_page(case: str, text: str, lang: str = "fr") -> str:
    document = replaced(document_of(case, lang), text)
    return page_html(document, words_of(lang), f"ami check --school {text}")


@pytest.mark.no_cover
@two_cases
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_html(text: str, case: str, lang: str) -> None:
    outline = Outline(hostile_page(case, text, lang))
    assert outline.tags == Outline(hostile_page(case, "x" + text, lang)).tags
    assert acts(outline) == []
    assert outline.others == []
    shown = visible(text, len(text))
    assert sum(shown in piece for piece in outline.texts) > 20
    assert f"ami check --school {shown}" in outline.of["code"][0]


def test_no_character_that_acts_is_left() -> None:
    for text in HOSTILE:
        assert not ACTING.search(hostile_page("ten months", text))


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
    outline = Outline(page_html(document, words, "ami check"))
    targets = [value for _, name, value in outline.attributes if name == "href"]
    assert (url in targets) is followed
    assert acts(outline) == []
