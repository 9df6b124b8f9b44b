"""The result on a terminal: the calendar as characters, and lines that fit."""

from datetime import date
from typing import Any

import pytest

from ami_cli.views.content import content_of
from ami_cli.views.terminal import Screen, result_text
from ami_cli.words import words_of
from tests.conftest import TODAY
from tests.pages import document_of


def text(width: int, today: date = TODAY, plain: bool = False, **changes: Any) -> str:
    content = content_of(document_of("eligible", today=today, **changes), words_of("fr"))
    return result_text(content, Screen(words_of("fr"), width, False, plain))


def calendar(width: int = 80, today: date = TODAY, **changes: Any) -> list[str]:
    lines = text(width, today, **changes).splitlines()
    begin = lines.index("Calendrier")
    return lines[begin + 1 : lines.index("", begin)]


def test_calendar_shows_days_and_paid_months() -> None:
    assert calendar() == [
        "        J   F   M   A   M   J   J   A   S   O   N   D",
        "  2026  ·   ·   ·   ·   ·   ·  ▲·   ·   ·   ·  ●·   ·",
        "  2027 ▶■   ■   ■   ■   ■  ◀□   ·   ·   ·   ·   ·   ·",
    ]
    assert calendar(40) == [
        "       J F M A M J J A S O N D",
        "  2026 · · · · · ·▲· · · ·●· ·",
        "  2027▶■ ■ ■ ■ ■◀□ · · · · · ·",
    ]


def test_calendar_shows_unpaid_months_of_capped_and_ineligible_stays() -> None:
    assert calendar(40, months_received=8)[2] == "  2027▶■ ■ ─ ─ ─◀─ · · · · · ·"
    assert calendar(40, age=30)[2] == "  2027▶─ ─ ─ ─ ─◀─ · · · · · ·"
    assert calendar(40, end=None)[2] == "  2027▶· · · · · · · · · · · ·"


def test_calendar_leaves_out_a_far_today() -> None:
    far = calendar(40, date(2035, 1, 1))
    assert [line.split()[0][:4] for line in far[1:]] == ["2026", "2027"]
    assert "1er\u00a0janvier 2035" in text(80, date(2035, 1, 1))


def test_calendar_is_absent_without_a_start() -> None:
    assert "Calendrier" not in text(80, start=None, end=None)


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("width", [40, 60, 80])
def test_lines_fit_the_width_except_addresses(width: int, plain: bool) -> None:
    for changes in ({}, {"age": 30, "scholarship": "none", "echelon": None}, {"start": None}):
        for line in text(width, plain=plain, **changes).splitlines():
            assert len(line) <= width or " " not in line.strip(" │"), line
            assert line == line.rstrip()


def test_calendar_column_is_as_wide_as_its_events() -> None:
    both: dict[str, Any] = {"start": date(2026, 11, 20), "end": date(2026, 11, 30)}
    assert calendar(**both)[0] == "        J   F   M   A   M   J   J   A   S   O    N   D"
    assert calendar(**both)[1] == "  2026  ·   ·   ·   ·  ▲·   ·   ·   ·   ·   · ●▶◀─   ·"
    assert calendar(40, **both)[0] == "       J F M A M J J A S O   N D"
    assert calendar(40, **both)[1] == "  2026 · · · ·▲· · · · · ·●▶◀─ ·"


def test_plain_text_has_no_mark_and_no_drawing() -> None:
    plain = text(80, plain=True)
    assert plain.startswith("CONDITIONS REMPLIES\n")
    assert not set(plain) & set("╭│✓✗≈▲●▶◀■□")


def test_source_whose_address_names_it_takes_one_line() -> None:
    shown = text(80)
    page = "service-public.fr/particuliers/vosdroits"
    assert f"  [3] {page}/F380, modifiée le 22 avril 2025\n" in shown
    assert f"{page}/F12215 (bourse pendant l’été)\n" in shown
    assert "] github.com/betagouv/aides-jeunes, fichiers régionaux (août 2026)\n" in shown
    # What would not fit keeps its address on a line of its own.
    assert "2024-2025\n      https://www.decouvrirlemonde.jeunes.gouv.fr/aide-la-" in shown
