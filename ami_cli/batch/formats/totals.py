"""Finds the lines of totals that stand under a table and are no students."""

import re
from collections.abc import Callable, Iterable, Sequence

import polars as pl

from ami_cli.batch.formats import Chunk
from ami_cli.registers.spelling import fold

_TOTAL = re.compile(r"(?:sous |grand |s/ ?)?tota(?:l|ux)\b")
_COUNT = re.compile(
    r"(?:effectifs?|nb|nbre|nombre|moyenne|somme|count|number|average|sum)\.?"
    r"(?: (?:d'|de |des |of )?(?:etudiants?|dossiers?|departs?|lignes?|students|rows|total))?"
    r"(?: ?[:=] ?\d*)?"
)
# What every such line has, and how the text of a row begins that may be one.
_COUNTS = "effectif|nb|nombre|moyenne|somme|count|number|average|sum"
_MAY_BE_TOTAL = rf"(?i)tota|{_COUNTS}"
MAY_BEGIN_TOTAL = rf"[^\x00-\x7f]|(?i:sous|s/|grand|tota|{_COUNTS})"


def is_total(cells: Iterable[str]) -> bool:
    """Tell whether the cells of a row are a line of totals under a table, and no student.

    >>> is_total(["", "Sous-total :", "12"]), is_total(["NB =", "62"]), is_total(["Totaro", "3"])
    (True, True, False)
    >>> is_total(["S/TOTAL Droit"])
    True
    """
    texts = (cell for cell in cells if not cell.isspace() and cell)
    first = next(texts, "")[:50]
    if first.isascii() and not re.search(_MAY_BE_TOTAL, first):
        return False  # at a tenth of the time
    first = fold(first)
    if _TOTAL.match(first):
        return True
    return _COUNT.fullmatch(first) is not None and any(text.strip().isdecimal() for text in texts)


def with_totals(
    chunk: Chunk,
    fault: str,
    rows_as_text: Callable[[pl.Series], pl.DataFrame] | None = None,
) -> Chunk:
    """Give lines of totals that fault, in rows of a format that has no lines under its table.

    `rows_as_text` returns rows by their ranks, with all their columns, where those of the frame are
    not all.
    """
    suspect = chunk.frame.select(
        pl.any_horizontal(pl.all().str.contains(_MAY_BE_TOTAL))
    ).to_series()
    if chunk.faults is not None:
        suspect &= chunk.faults.is_null()
    ranks = suspect.fill_null(value=False).arg_true()
    rows = (rows_as_text or chunk.frame.__getitem__)(ranks).iter_rows()
    totals = [
        rank
        for rank, cells in zip(ranks, rows, strict=True)
        if is_total(cell or "" for cell in cells)
    ]
    return with_fault(chunk, totals, fault)


def with_fault(chunk: Chunk, ranks: Sequence[int] | pl.Series, fault: str) -> Chunk:
    """Give some rows, none perhaps, a fault as a whole."""
    if not len(ranks):
        return chunk
    faults = chunk.faults
    if faults is None:
        faults = pl.repeat(None, len(chunk.lines), dtype=pl.String, eager=True)
    return chunk._replace(faults=faults.scatter(ranks, fault))
