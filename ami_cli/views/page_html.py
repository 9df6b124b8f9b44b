"""Renders one student's result as a standalone page of HTML: one A4, or one column on a phone.

Fills `page.html.jinja` and `page.css`, and sets the size of the letters on paper. The page loads
and runs nothing, and all text is escaped.
"""

import html
import re
from functools import cache
from math import floor, sqrt
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ami_cli.views.content import Page, is_link
from ami_cli.views.svg import calendar_svg, icon
from ami_cli.words import Words

_HERE = Path(__file__).parent


def page_html(page: Page, words: Words) -> str:
    """Return a page as HTML."""
    return _template().render(page=page, words=words)


@cache
def _template() -> Template:
    pages = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    pages.globals |= {
        "css": (_HERE / "page.css").read_text("utf-8"),
        "icon": icon,
        "calendar_svg": calendar_svg,
    }
    pages.filters["print_size"] = _print_size
    pages.tests["link"] = is_link
    return pages.get_template("page.html.jinja")


# The sizes of letters on paper, in points. At 1 pt a page would hold `_FULL` letters. The heading
# and the picture count as `_FRAME` letters. A block counts as `_BLOCK` letters more, because of its
# last line and its margins. All were measured in Chromium on results of all kinds, with a little to
# spare.
_SMALLEST, _LARGEST, _FULL, _FRAME, _BLOCK = 6.5, 9.5, 802_000, 1500, 35
_BLOCKS = re.compile(r"<(?:p|li(?! id)|tr|h2|h3|pre|caption)[ >]")
_NOT_PRINTED = re.compile(
    r'<ul class="conditions">.*?</ul>|<p class="(?:\w+ )?on-screen">.*?</p>', re.DOTALL
)
_TAGS = re.compile(r"\s*<[^>]*>\s*|[ \n]+(?=[ \n])")


def _print_size(body: str) -> float:
    """Return the largest size in points at which the body fits one A4.

    The surface of a text grows with the square of the size of its letters.
    """
    body = _NOT_PRINTED.sub("", body)
    letters = _FRAME + len(html.unescape(_TAGS.sub("", body)))
    letters += _BLOCK * len(_BLOCKS.findall(body))
    return min(_LARGEST, max(_SMALLEST, floor(20 * sqrt(_FULL / letters)) / 20))
