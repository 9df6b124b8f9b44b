"""The committed snapshot of results: a change of law, or of the rules, must show as its diff."""

from tests.snapshot import FILE, text


def test_snapshot_is_unchanged() -> None:
    assert FILE.read_text("utf-8").splitlines() == text().splitlines(), "read, then make snapshot"


def test_snapshot_has_every_verdict_and_past_years() -> None:
    lines = FILE.read_text("utf-8").splitlines()
    assert len(lines) > 200
    verdicts = {line.split(",")[4] for line in lines[1:]}
    assert verdicts == {"eligible", "ineligible", "undetermined"}
    assert any(line.endswith("return_from 2023-10-31") for line in lines)
