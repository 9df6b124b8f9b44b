"""Tests the page of HTML: well formed, nothing in it runs, and no typed text becomes markup."""

import re
from itertools import pairwise
from typing import Any

import pytest

from ami_cli.views.content import is_link
from ami_cli.words import LANGUAGES, visible, words_of
from tests.pages import (
    CASES,
    HOSTILE,
    Outline,
    document_of,
    hostile_page,
    html_of,
    html_page,
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
def test_page_is_well_formed_html(case: str, lang: str) -> None:
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


def active_parts(outline: Outline) -> list[tuple[str, str, str]]:
    """Return what would run, load, or link anywhere but to the web."""
    active = [(tag, "", "") for tag in outline.tags if tag not in ALLOWED]
    for tag, name, value in outline.attributes:
        harmless = name in {
            *("lang", "id", "class", "role", "scope", "charset", "content", "name", "http-equiv"),
            *("viewbox", "d", "x", "y", "width", "height", "transform"),
            *("aria-hidden", "aria-labelledby", "aria-describedby"),
        }
        link = tag == "a" and name == "href" and re.match(r"(?i)https?://|#source-\d+$", value)
        if not (harmless or link):
            active.append((tag, name, value))
    return active


@both_languages
@every_case
def test_page_runs_and_loads_nothing(case: str, lang: str) -> None:
    page = html_of(case, lang)
    assert active_parts(Outline(page)) == []
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


def test_print_size_stays_within_its_limits() -> None:
    def print_size(document: Any) -> float:
        page = html_page(document, words_of("fr"), "ami check")
        (size,) = re.findall(r"@media print \{ html \{ font-size: ([\d.]+)pt \} \}", page)
        return float(size)

    longest = document_of("pending, private, too old")
    assert print_size(longest) >= 7
    assert print_size(document_of("nothing answered")) > 8
    assert print_size({**longest, "verdict_notes": ["mot " * 3000]}) == 6.5
    short = document_of("only a start")
    assert print_size({**short, "criteria": [], "supplements": [], "cumulation": []}) == 9.5


def test_command_is_shown_unchanged() -> None:
    command = 'ami check --school "École ``` normale" --start 2027-01-15 --no-rural'
    page = html_page(document_of("eligible"), words_of("fr"), command)
    assert Outline(page).of["code"] == [command]


# --- hostile texts --------------------------------------------------------------------------------


@pytest.mark.no_cover
@two_cases
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_never_becomes_html(text: str, case: str, lang: str) -> None:
    outline = Outline(hostile_page(html_page, text, case, lang))
    assert outline.tags == Outline(hostile_page(html_page, "x" + text, case, lang)).tags
    assert active_parts(outline) == []
    assert outline.others == []
    expected = visible(text, len(text))
    assert sum(expected in piece for piece in outline.texts) > 20
    assert f"ami check --school {expected}" in outline.of["code"][0]


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
def test_only_web_addresses_become_links(url: str, followed: bool) -> None:
    assert is_link(url) is followed
    document = document_of("ten months")
    for source in sources(document):
        source["url"] = url
    document["school"]["website"] = url
    words = words_of("fr")
    outline = Outline(html_page(document, words, "ami check"))
    targets = [value for _, name, value in outline.attributes if name == "href"]
    assert (url in targets) is followed
    assert active_parts(outline) == []
