"""What every test stands on: a fixed day, the law as published, and where the originals are."""

from datetime import date
from pathlib import Path

import pytest

from ami_cli.law import LawBook, law_book

TODAY = date(2026, 11, 23)
HERE = Path(__file__).parent
SHARED = HERE.parent.parent / "shared"


@pytest.fixture
def today() -> date:
    return TODAY


@pytest.fixture
def book() -> LawBook:
    return law_book()
