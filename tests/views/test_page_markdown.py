"""The page of Markdown: tables, lists and references, and no text of a person becomes markup."""

import re

import pytest

from ami_cli.views.page_markdown import page_markdown
from ami_cli.words import visible, words_of
from tests.pages import (
    ACTING,
    HOSTILE,
    document_of,
    markdown_of,
    replaced,
    sources,
    text_of_markdown,
    tokens_of,
)

two_cases = pytest.mark.parametrize(
    ("case", "lang"), [("ten months", "fr"), ("no condition met, too long", "en")]
)


def test_the_command_stands_as_it_is() -> None:
    command = 'ami check --school "École ``` normale" --start 2027-01-15 --no-rural'
    page = page_markdown(document_of("eligible"), words_of("fr"), command)
    (fence,) = (token for token in tokens_of(page) if token.type == "fence")
    assert fence.content == f"{command}\n"


def test_the_marks_stand_before_the_words_that_they_repeat() -> None:
    page = markdown_of("all answered, private")
    assert "\n## ✓ Conditions remplies\n" in page
    assert "\n- ✓ **Âge\u00a0:** condition remplie" in page
    assert "\n- \\+ **Bourse sur critères sociaux\u00a0:** cumulable" in page
    assert "\n- ≈ **Aides régionales\u00a0:** cela dépend" in page
    assert "\n- · **Situation de handicap\u00a0:** non concerné" in markdown_of("eligible")


def test_years_that_are_left_out_are_shown_as_an_ellipsis() -> None:
    assert "| …     |" in markdown_of("to the end of the calendar")


def test_a_name_is_shown_as_its_register_has_it() -> None:
    page = markdown_of("ten months")
    assert "- **Ton établissement\u00a0:** Université Clermont Auvergne, à Clermont-Fe" in page
    assert "- **Commune\u00a0:** Saint-Rémy-de-Provence (13, code Insee\u00a013100)" in page
    doubtful = markdown_of("names in doubt")
    assert "- **Ton établissement\u00a0:** école de commerce\n" in doubtful


# --- what a person typed -------------------------------------------------------------------------


def hostile_page(case: str, text: str, lang: str = "fr") -> str:
    document = replaced(document_of(case, lang), text)
    return page_markdown(document, words_of(lang), f"ami check --school {text}")


@pytest.mark.no_cover
@two_cases
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markdown(text: str, case: str, lang: str) -> None:
    page = hostile_page(case, text, lang)
    found = [token.type for token in tokens_of(page)]
    harmless = [token.type for token in tokens_of(hostile_page(case, "word", lang))]
    # An escaped character may be a token of its own; it is text all the same.
    assert [each for each in found if each not in ("text", "text_special")] == [
        each for each in harmless if each not in ("text", "text_special")
    ]
    assert "html_block" not in found
    assert "html_inline" not in found
    assert visible(text, len(text)).strip() in text_of_markdown(page)
    # What GitHub would make a link of by itself.
    outside = re.sub(r"<https?://[^>]*>|`{3,}[^\0]*`{3,}", "", page)
    assert not re.search(r"(?<!\\)://|www\.(?!\\)|(?<!\\)@", outside)


def test_no_character_that_acts_is_left() -> None:
    for text in HOSTILE:
        assert not ACTING.search(hostile_page("ten months", text))


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("https://www.service-public.fr/particuliers/vosdroits/F380", True),
        ("javascript:alert(1)", False),
        ("https://example.fr/\njavascript:x", False),
    ],
)
def test_only_the_web_is_linked(url: str, followed: bool) -> None:
    document = document_of("ten months")
    for source in sources(document):
        source["url"] = url
    document["school"]["website"] = url
    page = page_markdown(document, words_of("fr"), "ami check")
    assert any(token.type == "link_open" for token in tokens_of(page)) is followed
