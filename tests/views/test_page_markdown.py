"""Tests the page of Markdown: tables, lists, references, and no typed text becomes markup."""

import re

import pytest

from ami_cli.words import visible, words_of
from tests.pages import (
    HOSTILE,
    document_of,
    hostile_page,
    markdown_of,
    markdown_page,
    sources,
    text_of_markdown,
    tokens_of,
)

two_cases = pytest.mark.parametrize(
    ("case", "lang"), [("ten months", "fr"), ("no condition met, too long", "en")]
)


def test_command_is_shown_unchanged() -> None:
    command = 'ami check --school "École ``` normale" --start 2027-01-15 --no-rural'
    page = markdown_page(document_of("eligible"), words_of("fr"), command)
    (fence,) = (token for token in tokens_of(page) if token.type == "fence")
    assert fence.content == f"{command}\n"


def test_marks_precede_the_words_they_repeat() -> None:
    page = markdown_of("all answered, private")
    assert "\n## ✓ Conditions remplies\n" in page
    assert "\n- ✓ **Âge\u00a0:** condition remplie" in page
    assert "\n- \\+ **Bourse sur critères sociaux\u00a0:** cumulable" in page
    assert "\n- ≈ **Aides régionales\u00a0:** cela dépend" in page
    assert "\n- · **Situation de handicap\u00a0:** non concerné" in markdown_of("eligible")


def test_calendar_shows_left_out_years_as_an_ellipsis() -> None:
    assert "| …     |" in markdown_of("to the end of the calendar")


def test_names_are_shown_as_the_registers_spell_them() -> None:
    page = markdown_of("ten months")
    assert "- **Ton établissement\u00a0:** Université Clermont Auvergne, à Clermont-Fe" in page
    assert "- **Commune\u00a0:** Saint-Rémy-de-Provence (13, code Insee\u00a013100)" in page
    doubtful = markdown_of("names in doubt")
    assert "- **Ton établissement\u00a0:** école de commerce\n" in doubtful


# --- hostile texts --------------------------------------------------------------------------------


@pytest.mark.no_cover
@two_cases
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_never_becomes_markdown(text: str, case: str, lang: str) -> None:
    page = hostile_page(markdown_page, text, case, lang)
    # An escaped character may be a token of its own; it is text all the same.
    types, harmless = (
        [token.type for token in tokens_of(page) if token.type not in ("text", "text_special")]
        for page in (page, hostile_page(markdown_page, "word", case, lang))
    )
    assert types == harmless
    assert not {"html_block", "html_inline"} & {*types}
    assert visible(text, len(text)).strip() in text_of_markdown(page)
    # What GitHub would make a link of by itself.
    outside = re.sub(r"<https?://[^>]*>|`{3,}[^\0]*`{3,}", "", page)
    assert not re.search(r"(?<!\\)://|www\.(?!\\)|(?<!\\)@", outside)


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("https://www.service-public.fr/particuliers/vosdroits/F380", True),
        ("javascript:alert(1)", False),
        ("https://example.fr/\njavascript:x", False),
    ],
)
def test_only_web_addresses_become_links(url: str, followed: bool) -> None:
    document = document_of("ten months")
    for source in sources(document):
        source["url"] = url
    document["school"]["website"] = url
    page = markdown_page(document, words_of("fr"), "ami check")
    assert any(token.type == "link_open" for token in tokens_of(page)) is followed
