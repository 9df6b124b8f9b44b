"""Tables whose rows are judged alike by `ami batch`, by frames and by engines: one fault each."""

# ruff: noqa: DTZ001  a time in a table may have no zone

import os
import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from ami_cli.answers import FIELDS, Kind
from tests.batch.test_columns import dossier

# A student who is eligible.
STUDENT: Mapping[str, Any] = {
    "age": 21,
    "disability": False,
    "echelon": "5",
    "establishment": "public",
    "start": date(2027, 1, 15),
    "end": date(2027, 6, 20),
    "months_received": 0,
}


# AMI_FULL draws as many as judge a release.
DOSSIERS = 200_000 if "AMI_FULL" in os.environ else 5_000
_TYPES = {Kind.DATE: pl.Date, Kind.NUMBER: pl.Int64, Kind.YES_NO: pl.Boolean}


def drawn_dossiers() -> tuple[list[dict[str, Any]], pl.DataFrame]:
    """Return the answers of students drawn at random, and the same as a table with types."""
    chosen = random.Random(14)
    dossiers = [dossier(chosen) for _ in range(DOSSIERS)]
    types = {field.name: _TYPES.get(field.kind, pl.String) for field in FIELDS}
    return dossiers, pl.DataFrame(dossiers, schema=types)


def _midnights(zone: str) -> pl.Series:
    """Return midnight of the 15th of January in Paris, and in Greenwich, in a time zone."""
    times = pl.Series([datetime(2027, 1, 14, 23), datetime(2027, 1, 15)])
    return times.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)


def _table(
    column: str, values: Sequence[Any] | pl.Series, kind: Any = None, **others: Any
) -> pl.DataFrame:
    """Return students who differ in one column; the column comes last."""
    columns = {**STUDENT, **others}
    columns.pop(column, None)
    rows = {name: [value] * len(values) for name, value in columns.items()}
    return pl.DataFrame({**rows, column: pl.Series(values, dtype=kind, strict=False)})


def _with_rows(column: str, values: Sequence[Any], **others: Sequence[Any]) -> pl.DataFrame:
    """Return rows that begin with a column, and have the answers of totals: numbers."""
    rows = len(values)
    none = pl.repeat(None, rows, dtype=pl.String)
    return pl.DataFrame({column: values, **others, "age": [21] * rows}).with_columns(échelon=none)


def numbered(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows with their numbers in the column `k`, because engines forget their order."""
    return frame.with_columns(k=pl.int_range(pl.len(), dtype=pl.Int32))


def _renamed(**names: str) -> pl.DataFrame:
    return _table("age", [21, 30, None]).rename(names)


PROBES: Mapping[str, pl.DataFrame] = {
    # numbers
    "age whole": _table("age", [21, -5, 0, 14, 15, 28, 120, 121, 300, None]),
    "age byte": _table("age", [21, -5, 120], pl.Int8),
    "age unsigned": _table("age", [21, 200], pl.UInt64),
    "age float": _table("age", [21.0, 21.7, 27.9, -1.0, float("nan"), float("inf"), 1e300, None]),
    "age single": _table("age", [21.0, 21.5], pl.Float32),
    "age decimal": _table("age", [Decimal("21.0"), Decimal("21.5"), None]),
    "age of many decimals": _table("age", [Decimal(21)], pl.Decimal(38, 18)),
    "age text": _table("age", ["21", " 21 ", "21,0", "21 ans", "21.5", "?", "1e1", "", None]),
    "age yes": _table("age", [True, False]),
    "age a date": _table("age", [date(2005, 3, 12)]),
    "age a list": _table("age", [[21], [], None]),
    "age void": _table("age", [None, None]),
    "age map": _table("age", [{"a": 1}, {}, None], pl.Map(pl.String, pl.Int64)),
    "age half": _table("age", [21.0, 21.5], pl.Float16),
    "months received": _table("months_received", [0, 2, 10, 60, 61, -3]),
    "months received float": _table("months_received", [2.9, 3.0]),
    "months received text": _table("months_received", ["3 mois", "aucun", "½"]),
    "grant": _table("erasmus_monthly", [-100, 0, 300, 5000, 9999]),
    "grant contradicted": _table("erasmus_monthly", [0, 300, None], erasmus=False),
    # yes or no
    "disability number": _table("disability", [0, 1, 2, None], age=30),
    "disability float": _table("disability", [0.0, 1.0, 0.5], age=30),
    "disability word": _table("disability", ["oui", "NON", "rqth", "peut-être", None], age=30),
    "disability yes": _table("disability", [True, False, None], age=30),
    # choices
    "échelon number": _table("echelon", [0, 5, 7, 8, None]),
    "échelon float": _table("echelon", [5.0, 6.5]),
    "échelon word": _table("echelon", ["0 bis", "0bis", "Ech. 5", "échelon n°5", "8e", "6-7"]),
    "échelon category": _table("echelon", ["0 bis", "5", "neuf"], pl.Categorical),
    "échelon bytes": _table("echelon", [b"5", b"\xff"]),
    "scholarship": _table("scholarship", ["bcs", "BCS 5", "aucune", "bourse régionale"]),
    "scholarship yes": _table("scholarship", [True, False], echelon=None),
    "establishment": _table("establishment", ["public", "privé", "Lyon 1", "culture", "publc"]),
    "stay enum": _table("stay", ["SMS", "stage"], pl.Enum(["SMS", "stage"])),
    # dates
    "start day": _table(
        "start", [date(2150, 1, 15), date(1999, 1, 1), date(2027, 6, 21), date(9999, 12, 31), None]
    ),
    "end day": _table("end", [date(2100, 2, 1), date(2027, 1, 15), date(2027, 1, 14), None]),
    "start time": _table("start", [datetime(2027, 1, 15), datetime(2027, 1, 15, 23, 30)]),
    "start time of nanoseconds": _table(
        "start", [datetime(2027, 1, 15), datetime(2027, 1, 15, 0, 0, 1)], pl.Datetime("ns")
    ),
    "start time of Paris": _table("start", _midnights("Europe/Paris")),
    "start time of Greenwich": _table("start", _midnights("UTC")),
    "start text": _table(
        "start",
        ["2027-01-15", "15/01/2027", "15 janvier 2027", "2027-01-15T23:30", "15/01/27", "x", None],
    ),
    "start number": _table("start", [46402, 20270115]),
    "start time of day": _table("start", [time(9)]),
    "start duration": _table("start", [timedelta(days=3)]),
    "start of either order": _table("start", ["03/04/2027", "04/03/2027"]),
    "start of American order": _table("start", ["03/04/2027", "15/01/2027", "01/15/2027"]),
    "birth date": _table("birth_date", [date(2005, 3, 12), date(2027, 1, 1), None], age=None),
    "birth date and age": _table("birth_date", [date(2005, 3, 12)]),
    # names
    "school": _table("school", ["Lyon 1", "UCA", "Lycée Jean Moulin", "-", "a" * 300]),
    "commune": _table("commune", ["Ambert", "63003", "Nulle-Part"], rural=None),
    "commune number": _table("commune", [63003, 1001]),
    "code insee": _table("code INSEE", ["63003", "69123"]),
    "destination": _table("destination", ["PT", "Portugal", "FR", "Congo", "Atlantide", "NA"]),
    # contradictions
    "échelon without scholarship": _table("scholarship", ["aucune", "bcs", "en attente"]),
    # headers
    "French headers": _renamed(
        age="Âge", start="Date de début", end="Date de fin", disability="RQTH", echelon="ÉCHELON *"
    ),
    "English labels": _renamed(
        start="Start date", end="End Date", months_received="months received"
    ),
    "answers none": _table("merit", [None, None]),
    # rows that are no students
    "totals": _with_rows("dossier", ["D1", "Total", "Somme-Leuze", "NB =", None, "Moyenne"]),
    "totals as bytes": _with_rows("dossier", [b"D1", b"Sous-total", b"Total \xff", b"\xff" * 900]),
    "totals behind a number": _with_rows("line", [1, None, 3], dossier=["Total", "Total", "x"]),
    "totals behind a list": _with_rows("tags", [["Total"], None, []], dossier=["Total"] * 3),
    "totals with answers": _table("dossier", ["Total", "TotalEnergies"]),
    "example of the template": _table("dossier", ["EXEMPLE (à remplacer)", "D2", None]),
}
