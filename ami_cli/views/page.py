"""Stub until the page lands."""

from typing import Any

from ami_cli.words import Words


def page_html(document: Any, words: Words, command: str, *, health: bool) -> str:
    """Later."""
    raise NotImplementedError


page_markdown = page_html
