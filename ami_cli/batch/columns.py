"""The rules on columns: the criteria of `rules/` taken as they are, on polars expressions.

A condition receives columns where it received values; the law of each row is that of the year in
which its stay starts; the primitives are registered for expressions at the end of this file, and
a test proves both kinds equal. Unknown is null, which polars combines as Kleene does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache, reduce
from itertools import pairwise
from operator import add, and_, or_
from typing import Any

import polars as pl

from ami_cli.answers import FIELDS, Field, Kind
from ami_cli.batch.formats import RESULTS
from ami_cli.law import Law, LawBook, law_book
from ami_cli.registers import communes
from ami_cli.rules.assess import today_in_paris
from ami_cli.rules.coherence import CONTRADICTIONS, Contradiction
from ami_cli.rules.conditions import AllOf, Condition, Rule
from ami_cli.rules.criteria import CRITERIA
from ami_cli.rules.entitlement import SUPPLEMENTS, Months, estimate
from ami_cli.rules.facts import DERIVED, PRESUMED, REGISTER_FACTS
from ami_cli.rules.primitives import (
    ONE_DAY,
    add_months,
    is_no,
    least,
    left_open,
    months_begun,
    one_of,
    whole_months,
    years_between,
)

INVALID = "\0invalid"  # whether something is wrong with a row; no column of a file is named so


def assess_frame(
    frame: pl.LazyFrame, today: date | None = None, book: LawBook | None = None
) -> pl.LazyFrame:
    """A table of students, judged: the same rows with the `ami_…` columns of the contract.

    Columns that bear the name of an answer are its column, of the type in TYPES or castable to
    it; an absent one is an answer nobody gave. Rows whose answers contradict each other are
    `invalid`, and `ami_errors` names the contradictions by their codes, joined by `;`. `today`
    is by default the date in Europe/Paris. Nothing is collected here; values that are not of
    their type raise the errors of polars when it is.
    """
    book = book or law_book()
    today = today or today_in_paris()
    names = frame.collect_schema().names()
    given = frame.select(
        *(pl.col(name).alias(f"\0kept {name}") for name in names),
        *(
            (pl.col(name).cast(kind) if name in names else pl.lit(None, kind)).alias(name)
            for name, kind in TYPES.items()
        ),
    )
    given = given.with_columns(registered())
    errors = _codes([(each.rule.name, wrong) for each, wrong in contradictory(today, book)])
    given = given.with_columns(errors.alias("ami_errors"))
    given = given.with_columns(pl.col("ami_errors").is_not_null().alias(INVALID))
    judged = judge(given, today, book)
    return judged.select(*(pl.col(f"\0kept {name}").alias(name) for name in names), *RESULTS)


def _type_of(answer: Field) -> Any:
    match answer.kind:
        case Kind.DATE:
            return pl.Date()
        case Kind.NUMBER:
            return pl.Int32()
        case Kind.YES_NO:
            return pl.Boolean()
        case Kind.CHOICE:
            return pl.Enum(answer.options)
        case Kind.NAME:
            return pl.String()


# The type of each answer's column.
TYPES: Mapping[str, Any] = {each.name: _type_of(each) for each in FIELDS}


def contradictory(today: date, book: LawBook) -> list[tuple[Contradiction, pl.Expr]]:
    """For each contradiction of `rules.coherence`, which rows it is found in."""
    law = book.law_of(None)
    day = pl.lit(today)
    return [(each, _to_expr(each.rule, law, {"today": day})) for each in CONTRADICTIONS]


def judge(answers: pl.LazyFrame, today: date, book: LawBook) -> pl.LazyFrame:
    """The columns of RESULTS but `ami_errors`, added to the answers (TYPES), what is `registered`
    and INVALID."""
    law = law_columns(book)
    facts = answers.with_columns(_derived()).with_columns(_presumed())
    facts = facts.with_columns(_year(book).alias(_YEAR))
    facts = facts.with_columns(
        *(_to_expr(each.rule, law).alias(f"\0{each.code}") for each in CRITERIA),
        _column(whole_months, pl.col("start"), pl.col("end") + ONE_DAY).alias("\0whole"),
        _column(months_begun, pl.col("start"), pl.col("end") + ONE_DAY).alias("\0begun"),
        _column(add_months, pl.col("start"), -law.months_ahead).alias("ami_start_by"),
    )
    facts = facts.with_columns(_met().alias(_MET))
    sound = ~pl.col(INVALID)
    possible = sound & pl.col(_MET).fill_null(value=True)
    stay = Months(pl.col("\0whole"), pl.col("\0begun"))  # type: ignore[arg-type]
    payable = estimate(stay, {"months_received": pl.col("months_received")}, law)
    columns = {
        "ami_verdict": _verdict(),
        "ami_failed": _where(sound, _failed()),
        "ami_to_check": _where(sound, _to_check(law)),
        "ami_missing": _where(sound & pl.col(_MET).is_null(), _missing(law)),
        "ami_assumed": _where(sound, pl.col(_ASSUMED)),
        "ami_months": _where(possible, payable.months),
        "ami_months_max": _where(possible, payable.months_max),
        "ami_total": _where(possible, payable.total),
        "ami_total_max": _where(possible, payable.total_max),
        "ami_supplements": _where(sound, _supplements(law)),
        "ami_start_by": _where(sound, pl.col("ami_start_by")),
        "ami_days_left": _where(
            sound, (pl.col("ami_start_by") - pl.lit(today)).dt.total_days().cast(pl.Int32)
        ),
        "ami_basis": _where(sound, _basis(book)),
        "ami_provisional": _where(
            sound, (pl.col("start") > _last_day_of(book)).fill_null(value=False)
        ),
    }
    return facts.with_columns(
        column.cast(RESULTS[name]).alias(name) for name, column in columns.items()
    )


# --- rules and law as expressions ----------------------------------------------------------------


def _to_expr(rule: Rule, law: Law, beside: Mapping[str, pl.Expr] | None = None) -> pl.Expr:
    """A rule as a Boolean expression; `beside` holds facts that are no columns."""
    match rule:
        case Condition():
            columns = [(beside or {}).get(name, pl.col(name)) for name in rule.needs]
            present = pl.all_horizontal(column.is_not_null() for column in columns)
            return pl.when(present).then(rule.holds(law, *columns))
        case AllOf():
            return reduce(and_, (_to_expr(part, law, beside) for part in rule.parts))
        case _:
            return reduce(or_, (_to_expr(part, law, beside) for part in rule.parts))


def law_columns(book: LawBook) -> Law:
    """The law whose figures are those of each row's year: the figure itself where all years agree,
    else an expression of `_YEAR`."""
    law = book.law_of(None)
    by_year = {int(year[:4]): book.law_of_year(year) for year in book.years}
    return law._replace(
        **{
            figure: _by_year({year: getattr(law, figure) for year, law in by_year.items()})
            for figure in book.figures
        }
    )


def _by_year(values: Mapping[int, Any]) -> Any:
    """One value of the law, by the first calendar year of each academic year known."""
    *_, last = values.values()
    if isinstance(last, Mapping):
        return {
            key: _by_year({year: value.get(key) for year, value in values.items()}) for key in last
        }
    by_year = last
    for (year, value), (_, following) in reversed(list(pairwise(values.items()))):
        if value != following:
            until = pl.col(_YEAR) <= year
            by_year = pl.when(until).then(pl.lit(value, pl.Int32)).otherwise(by_year)
    return by_year


def _year(book: LawBook) -> pl.Expr:
    """The first calendar year of the academic year that a row is judged by."""
    start = pl.col("start")
    last = int(book.last_year[:4])
    year = (_number_of(start) - 9 * _MONTH) // _YEAR_OF_MONTHS
    return year.clip(int(book.first_year[:4]), last).fill_null(last)


def _basis(book: LawBook) -> pl.Expr:
    first = int(book.first_year[:4])
    return _looked_up(pl.col(_YEAR) - first, list(book.years))


def _last_day_of(book: LawBook) -> pl.Expr:
    return pl.lit(date(int(book.last_year[5:]), 8, 31))


# --- derived and presumed ------------------------------------------------------------------------


def _derived() -> list[pl.Expr]:
    """What follows from the answers given (see `rules.facts.derive`)."""
    by_birth = _column(years_between, pl.col("birth_date"), pl.col("start"))
    return [
        *(
            pl.coalesce(
                pl.col(answer),
                pl.col(source).replace_strict(values, default=None, return_dtype=TYPES[answer]),
            ).alias(answer)
            for answer, (source, values) in DERIVED.items()
        ),
        pl.coalesce(by_birth, pl.col("age")).alias("age"),
        pl.when(pl.col("erasmus_monthly") > 0)
        .then(pl.lit(value=True))
        .otherwise(pl.col("erasmus"))
        .alias("erasmus"),
        _codes([(name, pl.col(name).is_null()) for name in PRESUMED]).alias(_ASSUMED),
    ]


def registered() -> list[pl.Expr]:
    """What the registers say of the names, as columns beside the answers (see
    `rules.facts.registered`): `judge` and `contradictory` need them."""
    return [_each_once(name, said).alias(fact) for fact, (name, said) in REGISTER_FACTS.items()]


def _each_once(name: str, said: Callable[[str], str]) -> pl.Expr:
    """What is said of each name, asked once per distinct name; null where there is none."""

    def look_up(column: pl.Series) -> pl.Series:
        if column.null_count() == len(column):
            return pl.repeat(None, len(column), dtype=pl.String, eager=True)
        communes.open_whole()
        names, numbers = distinct(column)
        return pl.Series([said(name) for name in names], dtype=pl.String).gather(numbers)

    return pl.col(name).map_batches(look_up, return_dtype=pl.String, is_elementwise=True)


def distinct(column: pl.Series) -> tuple[list[str], pl.Series]:
    """The distinct texts of a column, and for each row the number of its text among them."""
    # Categories of its own: their numbers are 0, 1, 2, … in the order of the rows.
    coded = column.cast(pl.Categorical(pl.Categories.random()))
    numbers = coded.to_physical()
    count: Any = -1 if (last := numbers.max()) is None else last
    texts = pl.int_range(count + 1, dtype=pl.UInt32, eager=True).cat.to(coded.dtype).cast(pl.String)
    return texts.to_list(), numbers


def _presumed() -> list[pl.Expr]:
    """The answers that may be presumed (see `rules.facts.presume`)."""
    return [
        pl.col(name).fill_null(pl.lit(value, TYPES[name])).alias(name)
        for name, value in PRESUMED.items()
    ]


# --- results -------------------------------------------------------------------------------------


def _met() -> pl.Expr:
    """Whether every criterion is met, as Kleene's logic has it."""
    return reduce(and_, (pl.col(f"\0{each.code}") for each in CRITERIA))


def _verdict() -> pl.Expr:
    met = pl.col(_MET)
    return (
        pl.when(pl.col(INVALID))
        .then(pl.lit("invalid"))
        .when(met)
        .then(pl.lit("eligible"))
        .when(met.is_null())
        .then(pl.lit("undetermined"))
        .otherwise(pl.lit("ineligible"))
    )


def _failed() -> pl.Expr:
    return _codes([(each.code, ~pl.col(f"\0{each.code}")) for each in CRITERIA])


def _to_check(law: Law) -> pl.Expr:
    """The criteria that are open although nothing more can be answered."""
    return _codes(
        [
            (
                each.code,
                pl.col(f"\0{each.code}").is_null() & ~_any(_awaited(each.rule, law).values()),
            )
            for each in CRITERIA
        ]
    )


def _missing(law: Law) -> pl.Expr:
    """The answers that the criteria still wait for, in the order of the rules."""
    waiting: dict[str, list[pl.Expr]] = {name: [] for name in TYPES}
    for each in CRITERIA:
        for name, awaited in _awaited(each.rule, law).items():
            waiting[name].append(awaited)
    # With a birth date, an age awaits the start (see `rules.facts.askable`).
    born = pl.col("birth_date").is_not_null()
    age = _any(waiting["age"])
    waiting["age"] = [age & ~born]
    waiting["start"].append(age & born)
    return _codes([(name, _any(awaited)) for name, awaited in waiting.items() if awaited])


def _awaited(rule: Rule, law: Law) -> dict[str, pl.Expr]:
    """For each answer of a rule, where it is missing in a branch that is still undecided."""
    if isinstance(rule, Condition):
        return {name: pl.col(name).is_null() for name in rule.needs if name not in PRESUMED}
    undecided = _to_expr(rule, law).is_null()
    found: dict[str, list[pl.Expr]] = {}
    for part in rule.parts:
        for name, awaited in _awaited(part, law).items():
            found.setdefault(name, []).append(awaited)
    return {name: undecided & _any(each) for name, each in found.items()}


def _any(found: Iterable[pl.Expr]) -> pl.Expr:
    return reduce(or_, found, pl.lit(value=False))


def _supplements(law: Law) -> pl.Expr:
    return _codes([(extra.code, _to_expr(extra.rule, law)) for extra in SUPPLEMENTS])


def _where(condition: pl.Expr, value: Any) -> pl.Expr:
    return pl.when(condition).then(value)


def _codes(found: Sequence[tuple[str, pl.Expr]]) -> pl.Expr:
    """The codes that hold in a row, joined by `;`; null where none does."""
    mask = reduce(
        add,
        (
            holds.fill_null(value=False).cast(pl.UInt16) * (1 << rank)
            for rank, (_, holds) in enumerate(found)
        ),
    )
    codes = [code for code, _ in found]
    texts: list[str | None] = [
        ";".join(code for rank, code in enumerate(codes) if bits >> rank & 1) or None
        for bits in range(1 << len(codes))
    ]
    return _looked_up(mask, texts)


def _looked_up(rank: pl.Expr, texts: Sequence[str | None]) -> pl.Expr:
    """The text at a rank: one lookup, where putting it together would cost ten times as much."""
    table = pl.Series(texts, dtype=pl.String)

    def look_up(ranks: pl.Series) -> pl.Series:
        return table.gather(ranks)

    return rank.map_batches(look_up, return_dtype=pl.String, is_elementwise=True)


_YEAR, _MET, _ASSUMED = "\0year", "\0met", "\0assumed"


# --- the primitives on columns -------------------------------------------------------------------


def _column(primitive: Callable[..., Any], *columns: Any) -> pl.Expr:
    """What a primitive gives for columns: a column."""
    found: pl.Expr = primitive(*columns)
    return found


# A day as one number, 12 x 32 for a year, 32 for a month and 1 for a day: months and years between
# two days are a subtraction and a division. Looked up in a table, a number costs a quarter of what
# polars takes to split a date; dates that no answer may be are split.
_MONTH = 32
_YEAR_OF_MONTHS = 12 * _MONTH
_FIRST_DAY, _LAST_DAY = date(1880, 1, 1), date(2119, 12, 31)


def _split(day: pl.Expr) -> pl.Expr:
    """The number of a day."""
    month = _YEAR_OF_MONTHS * day.dt.year() + _MONTH * day.dt.month().cast(pl.Int32)
    return month + day.dt.day().cast(pl.Int32)


def _split_to_31(day: pl.Expr) -> pl.Expr:
    """The number of a day, where the last day of a month counts as its 31st."""
    is_last = day.dt.day() == day.dt.days_in_month()
    return _split(day) + pl.when(is_last).then(31 - day.dt.day().cast(pl.Int32)).otherwise(0)


def _joined(number: pl.Expr) -> pl.Expr:
    """The day of a number, clipped to the end of its month."""
    month = number // _MONTH - 1
    first = pl.date(month // 12, month % 12 + 1, 1)
    last = first.dt.days_in_month().cast(pl.Int32)
    return first + pl.duration(days=pl.min_horizontal(number % _MONTH, last) - 1)


def _tabled(
    column: pl.Expr, convert: Callable[[pl.Expr], pl.Expr], first: int, last: int, kind: Any
) -> pl.Expr:
    """What `convert` gives, from a table where all values stand between `first` and `last`."""

    def look_up(values: pl.Series) -> pl.Series:
        ranks = values.to_physical() - first
        if ((ranks < 0) | (ranks > last - first)).any():
            return _converted(values, convert)
        return _table(convert, first, last, values.dtype).gather(ranks)

    return column.map_batches(look_up, return_dtype=kind, is_elementwise=True)


@cache
def _table(convert: Callable[[pl.Expr], pl.Expr], first: int, last: int, kind: Any) -> pl.Series:
    return _converted(pl.int_range(first, last + 1, dtype=pl.Int32, eager=True).cast(kind), convert)


def _converted(values: pl.Series, convert: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    return values.to_frame("value").select(convert(pl.col("value"))).to_series()


def _number_of(day: pl.Expr, convert: Callable[[pl.Expr], pl.Expr] = _split) -> pl.Expr:
    first, last = ((day - date(1970, 1, 1)).days for day in (_FIRST_DAY, _LAST_DAY))
    return _tabled(day, convert, first, last, pl.Int32)


@add_months.register(pl.Expr)
def _(day: pl.Expr, months: Any) -> pl.Expr:
    first, last = (
        _YEAR_OF_MONTHS * day.year + _MONTH * day.month for day in (_FIRST_DAY, _LAST_DAY)
    )
    return _tabled(_number_of(day) + _MONTH * months, _joined, first + 1, last + 31, pl.Date)


@whole_months.register(pl.Expr)
def _(start: pl.Expr, until: pl.Expr) -> pl.Expr:
    # The end of a month completes one begun on any later day: it counts as the 31st.
    return (_number_of(until, _split_to_31) - _number_of(start)) // _MONTH


@months_begun.register(pl.Expr)
def _(start: pl.Expr, until: pl.Expr) -> pl.Expr:
    return -((_number_of(start) - _number_of(until)) // _MONTH)


@years_between.register(pl.Expr)
def _(birth: pl.Expr, day: pl.Expr) -> pl.Expr:
    return (_number_of(day) - _number_of(birth)) // _YEAR_OF_MONTHS


@one_of.register(pl.Expr)
def _(value: pl.Expr, *options: str) -> pl.Expr:
    return reduce(or_, (value == option for option in options))


@is_no.register(pl.Expr)
def _(value: pl.Expr) -> pl.Expr:
    return value == False  # noqa: E712


@least.register(pl.Expr)
def _(first: pl.Expr, second: Any) -> pl.Expr:
    # Not min_horizontal, which passes over a null.
    return pl.when(first <= second).then(first).when(first > second).then(second)


@left_open.register(pl.Expr)
def _(is_open: pl.Expr, otherwise: pl.Expr) -> pl.Expr:
    return pl.when(~is_open).then(otherwise)
