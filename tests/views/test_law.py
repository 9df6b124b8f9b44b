"""Tests the law of a year as `ami rules` shows it."""

import re

import pytest

from ami_cli.law import law_book
from ami_cli.views.content import Source
from ami_cli.views.law import law_report
from ami_cli.views.terminal import Screen, law_text
from ami_cli.words import LANGUAGES, words_of
from tests.pages import with_plain_blanks


@pytest.mark.parametrize("lang", LANGUAGES)
def test_law_report_has_a_source_for_each_value_of_every_year(lang: str) -> None:
    words = words_of(lang)
    for year in (*law_book().years, "2027-2028"):
        document = law_report(law_book().law_of_year(year), words)
        assert document["provisional"] is (year > law_book().last_year)
        assert len(document["criteria"]) == 7
        for ground in (*document["criteria"], *document["figures"], *document["other"]):
            assert ground["sources"], ground
            assert ground["title"]
        assert all(figure["text"] for figure in document["figures"])
        text = with_plain_blanks(law_text(document, Screen(words, 80, False, False)))
        for figure in document["figures"]:
            assert (
                with_plain_blanks(f"{figure['title']}{words('format.colon')}{figure['text']}")
                in text
            )
        carried = [figure for figure in document["figures"] if figure["provisional"]]
        assert bool(carried) is document["provisional"]
        for figure in carried:
            assert "2025-2026" in figure["status"]
    names = {figure["name"] for figure in document["figures"]}
    assert {"monthly_rate", "min_months", "bcs_yearly", "merit_monthly"} <= names


def test_law_report_of_an_old_year_has_no_later_figure() -> None:
    document = law_report(law_book().law_of_year("2023-2024"), words_of("fr"))
    assert "bcs_yearly" not in {figure["name"] for figure in document["figures"]}
    (minimum,) = (figure for figure in document["figures"] if figure["name"] == "min_months")
    assert (minimum["value"], minimum["unit"], minimum["since"]) == (2, "months", "2020-2021")
    now = law_report(law_book().law_of_year("2026-2027"), words_of("fr"))
    since = {figure["name"]: figure["since"] for figure in now["figures"]}
    assert since["min_months"] == "2024-2025"  # not the year of the source that says it again
    assert since["monthly_rate"] == "2020-2021"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_law_text_lists_each_source_once(lang: str) -> None:
    words = words_of(lang)
    document = law_report(law_book().law_of_year("2025-2026"), words)
    text = law_text(document, Screen(words, 80, False, False))
    cited = [
        source
        for part in ("criteria", "figures", "other", "data")
        for entry in document[part]
        for source in entry["sources"]
    ]
    for source in cited:
        title = with_plain_blanks(source["title"])
        listed = with_plain_blanks(text[text.rindex(words("headings.sources")) :])
        line = Source(source["id"], 1, title, source["url"]).in_one_line
        assert f"] {title}" in listed or (line and f"] {line}" in listed)
        if source["quote"]:
            quote = with_plain_blanks(words("format.quote", text=source["quote"]))
            assert with_plain_blanks(text).count(quote) == 1
    for rank in range(1, len({source["id"] for source in cited}) + 1):
        assert len(re.findall(rf"(?m)^  \[{rank}\] ", text)) == 1
