"""Tests the page in a real browser: on a phone, a screen and paper, and for screen readers."""

import io
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PageObject, PdfReader

from ami_cli.words import LANGUAGES, words_of
from tests.pages import CASES, command_of, document_of, html_of, html_page

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]

PHONES_AND_SCREENS = (320, 375, 1280)
A4 = (595, 842)  # points
THREE_VERDICTS = ("eligible", "nothing answered", "no condition met, too long")
SMALLEST = 7.0  # points, of every case here


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=as_root)
        yield chromium
        chromium.close()


class Tab:
    """A tab that records its requests and its errors."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.errors.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def show(self, file: Path, html: str) -> None:
        file.write_text(html, "utf-8")
        self.page.goto(file.as_uri())


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Tab]:
    page = browser.new_page()
    yield Tab(page)
    page.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "page.html"


def without_blanks(text: str) -> str:
    """Return a text without its blanks, because a PDF loses some at the ends of lines."""
    return re.sub(r"\s", "", text)


class Printed(NamedTuple):
    """A page on paper: its text without blanks, and the smallest letters in points."""

    text: str
    smallest: float


def printed(page: PageObject) -> Printed:
    sizes = set()

    def note(text: str, matrix: list[float], line: list[float], _: Any, size: float) -> None:
        if text.strip():
            sizes.add(abs(size * line[3] * matrix[3]))

    text = page.extract_text(visitor_text=note)
    return Printed(without_blanks(text), round(min(sizes), 1))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_page_prints_on_one_readable_sheet(case: str, lang: str, tab: Tab, file: Path) -> None:
    tab.show(file, html_of(case, lang))
    # Also where the box « background graphics » is not ticked, as it is by default.
    pdf = PdfReader(io.BytesIO(tab.page.pdf(prefer_css_page_size=True, print_background=False)))
    (sheet,) = pdf.pages
    assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) == A4
    text, smallest = printed(sheet)
    assert smallest >= SMALLEST
    document, words = document_of(case, lang), words_of(lang)
    texts = [
        document["headline"],
        words("page.health" if "disability" in CASES[case] else "page.no_health"),
        command_of(case),
    ]
    for criterion in document["criteria"]:
        texts.append(criterion["reason"])
        for source in criterion["sources"]:
            texts += [source["title"], (source["url"] or "").removeprefix("https://")]
    assert [each for each in texts if without_blanks(each) not in text] == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("case", THREE_VERDICTS)
def test_page_has_no_accessibility_violation_on_a_phone(
    case: str, lang: str, tab: Tab, file: Path
) -> None:
    tab.page.set_viewport_size({"width": 375, "height": 800})
    tab.show(file, html_of(case, lang))
    report = Axe().run(tab.page)
    assert report.violations_count == 0, report.generate_report()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("case", [*THREE_VERDICTS, "all answered, private"])
def test_page_is_no_wider_than_the_screen(case: str, lang: str, tab: Tab, file: Path) -> None:
    tab.show(file, html_of(case, lang))
    assert_no_overflow(tab)


def assert_no_overflow(tab: Tab) -> None:
    for width in PHONES_AND_SCREENS:
        tab.page.set_viewport_size({"width": width, "height": 800})
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
        wide = tab.page.evaluate(
            "[...document.querySelectorAll('body *')]"
            ".filter(element => element.getBoundingClientRect().right > innerWidth + 1)"
            ".map(element => element.tagName + ' ' + element.textContent.slice(0, 40))"
        )
        assert wide == []


def test_long_name_breaks_instead_of_widening_the_page(tab: Tab, file: Path) -> None:
    name = "É" * 200
    document = document_of("eligible", school=name)
    tab.show(file, html_page(document, words_of("fr"), f"ami check --school {name}"))
    assert_no_overflow(tab)


def test_letters_are_large_on_a_phone(tab: Tab, file: Path) -> None:
    tab.page.set_viewport_size({"width": 375, "height": 800})
    tab.show(file, html_of("eligible", "fr"))
    small = tab.page.evaluate(
        "[...document.querySelectorAll('p, li, h2, h3, td, th, dt, dd, a:not(.reference)')]"
        ".filter(element => parseFloat(getComputedStyle(element).fontSize) < 16).length"
    )
    assert small == 0


@pytest.mark.parametrize(
    "text", ["<img src=//example.invalid onerror=alert(1)>", '"><script src=x>']
)
def test_page_makes_no_request_and_logs_no_error(text: str, tab: Tab, file: Path) -> None:
    tab.requests.clear()
    tab.errors.clear()
    document = document_of("all answered, private", school=text)
    document["headline"] = text
    tab.show(file, html_page(document, words_of("fr"), f"ami check {text}"))
    tab.page.wait_for_load_state("networkidle")
    assert tab.requests == [file.as_uri()]
    assert tab.errors == []
    assert tab.page.evaluate("document.scripts.length + document.images.length") == 0
    assert tab.page.locator(".headline").inner_text() == text


def test_content_security_policy_blocks_injected_elements(tab: Tab, file: Path) -> None:
    """An element injected into the page is neither run nor loaded."""
    drawing = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
    file.with_name("drawing.svg").write_text(drawing, "utf-8")
    injected = "<img src=drawing.svg><script>document.title = 'ran'</script>"
    page = html_of("eligible", "fr").replace("<main>", f"<main>{injected}")
    width, title = "document.images[0].naturalWidth", "document.title"
    tab.show(file, page)
    assert tab.page.evaluate(width) == 0
    assert tab.page.evaluate(title) != "ran"
    tab.show(file, page.replace("Content-Security-Policy", "X-Without"))  # the test can fail
    assert tab.page.evaluate(width) == 9
    assert tab.page.evaluate(title) == "ran"


def test_command_is_copied_unchanged(tab: Tab, file: Path) -> None:
    tab.show(file, html_of("all answered, private", "fr"))
    copied = tab.page.locator("code").inner_text()
    assert copied == command_of("all answered, private")
