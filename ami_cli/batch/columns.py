"""Applies the rules to columns: the criteria of `rules/` as they are, on expressions of polars.

A condition receives columns where it received values. The law of each row is that of the year for
which its stay counts. Unknown is null, which polars combines in Kleene's logic. The primitives for
columns stand in `batch.primitives`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache, reduce
from itertools import pairwise
from operator import add, and_, or_
from typing import Any

import polars as pl

from ami_cli.answers import FIELD, FIELDS, Field, Kind
from ami_cli.batch.formats import RESULTS
from ami_cli.batch.primitives import MONTH, YEAR, day_number, looked_up
from ami_cli.law import Law, LawBook
from ami_cli.registers import Found, communes, schools
from ami_cli.rules.coherence import CONTRADICTIONS, Contradiction
from ami_cli.rules.conditions import AllOf, Condition, Rule
from ami_cli.rules.criteria import CRITERIA, Criterion
from ami_cli.rules.entitlement import SUPPLEMENTS, Months, estimate
from ami_cli.rules.facts import DEFAULTS, DERIVED, PRESUMED, REGISTER_FACTS
from ami_cli.rules.plausibility import WARNINGS
from ami_cli.rules.primitives import ONE_DAY, add_months, months_begun, whole_months, years_between

# Columns beside the answers. No column of a file has such a name.
INVALID = "\0invalid"  # whether the row is invalid
UNANSWERED = "\0unanswered"  # whether it has no answer at all
# The first calendar year of an academic year.
LAW_YEAR = "\0law_year"  # whose law applies
_STAY_YEAR = "\0stay_year"  # for which the stay counts; null without a start
WARNED = "\0warned"  # the codes of its warnings, joined by `;`
_MET = "\0met"  # whether every criterion is met
_ASSUMED = "\0assumed"  # which answers are presumed
MANY_BOOKS = 8  # law books and days whose columns are kept
_MANY_NAMES = 100  # of communes: looking up fewer costs less than a table of all


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
        case Kind.COUNTRY:
            return pl.Enum((DEFAULTS[answer.name], *answer.options))
        case Kind.NAME:
            return pl.String()


ANSWER_TYPES: Mapping[str, Any] = {answer.name: _type_of(answer) for answer in FIELDS}


@lru_cache(MANY_BOOKS)
def contradicting(today: date, book: LawBook) -> list[tuple[Contradiction, pl.Expr]]:
    """Return each contradiction of `rules.coherence` with the rows that hold it."""
    law = book.law_of(None)
    facts = {"today": pl.lit(today), "last_known_day": pl.coalesce("end", "start")}
    return [(item, _to_expr(item.rule, law, facts)) for item in CONTRADICTIONS]


def with_results(answers: pl.DataFrame, today: date, book: LawBook) -> pl.DataFrame:
    """Add the columns of RESULTS, except `ami_errors`, and WARNED.

    The frame has the answers (ANSWER_TYPES), the `register_facts` of each name and INVALID.
    """
    for columns in _steps(today, book):
        answers = answers.with_columns(columns)
    return answers


@lru_cache(MANY_BOOKS)
def _steps(today: date, book: LawBook) -> tuple[Sequence[pl.Expr], ...]:
    """Return the columns that `with_results` adds, step by step: each step uses those before.

    They are made once, because that takes as long as judging a small file by them.
    """
    law = law_columns(book)
    first, last = int(book.first_year[:4]), int(book.last_year[:4])
    defaults = [
        pl.col(name).fill_null(pl.lit(value, ANSWER_TYPES[name]))
        for name, value in DEFAULTS.items()
    ]
    until = pl.col("end") + ONE_DAY
    return (
        _derived(),
        [*defaults, year_of_stay().alias(_STAY_YEAR)],
        [pl.col(_STAY_YEAR).clip(first, last).fill_null(last).alias(LAW_YEAR)],
        [
            *(_to_expr(item.rule, law).alias(f"\0{item.code}") for item in CRITERIA),
            _column(whole_months, pl.col("start"), until).alias("\0whole"),
            _column(months_begun, pl.col("start"), until).alias("\0begun"),
            _column(add_months, pl.col("start"), -law.months_ahead).alias("ami_start_by"),
        ],
        [reduce(and_, map(_is_met, CRITERIA)).alias(_MET)],
        _results(today, book, law),
    )


def _results(today: date, book: LawBook, law: Law) -> list[pl.Expr]:
    """Return the columns of RESULTS, except `ami_errors`, and WARNED."""
    met, start_by = pl.col(_MET), pl.col("ami_start_by")
    valid = ~pl.col(INVALID)
    possible = valid & met.fill_null(value=True)
    stay = Months(pl.col("\0whole"), pl.col("\0begun"))  # type: ignore[arg-type]
    payable = estimate(stay, {"months_received": pl.col("months_received")}, law)
    verdict = (
        pl.when(met.is_null())
        .then(pl.lit("undetermined"))
        .otherwise(pl.when(met).then(pl.lit("eligible")).otherwise(pl.lit("ineligible")))
    )
    warned = [
        (item.rule.name, _to_expr(item.rule, law, {"today": pl.lit(today)})) for item in WARNINGS
    ]
    grounds = [(extra.code, _to_expr(extra.rule, law)) for extra in SUPPLEMENTS]
    awaited = {item.code: _awaited(item.rule, _is_met(item), law) for item in CRITERIA}
    first, last = int(book.first_year[:4]), int(book.last_year[:4])
    columns: dict[str, tuple[pl.Expr, Any]] = {
        "ami_failed": (valid, _codes([(item.code, ~_is_met(item)) for item in CRITERIA])),
        "ami_to_check": (valid, _to_check(awaited)),
        "ami_missing": (valid & met.is_null(), _missing(awaited)),
        "ami_assumed": (valid, pl.col(_ASSUMED)),
        "ami_months": (possible, payable.months),
        "ami_months_max": (possible, payable.months_max),
        "ami_total": (possible, payable.total),
        "ami_total_max": (possible, payable.total_max),
        "ami_supplements": (valid, _codes(grounds)),
        "ami_start_by": (valid, start_by),
        "ami_days_left": (valid, (start_by - pl.lit(today)).dt.total_days()),
        "ami_basis": (valid, looked_up(pl.col(LAW_YEAR) - first, pl.Series(book.years))),
        "ami_provisional": (valid, (pl.col(_STAY_YEAR) > last).fill_null(value=False)),
        "ami_school": (valid, pl.col("ami_school")),
        "ami_commune": (valid, pl.col("ami_commune")),
    }
    return [
        pl.when(valid).then(verdict).otherwise(pl.lit("invalid")).alias("ami_verdict"),
        pl.when(valid).then(_codes(warned)).alias(WARNED),
        *(
            pl.when(condition).then(value).cast(RESULTS[name]).alias(name)
            for name, (condition, value) in columns.items()
        ),
    ]


# --- rules and law as expressions ----------------------------------------------------------------


def _to_expr(rule: Rule, law: Law, facts: Mapping[str, pl.Expr] | None = None) -> pl.Expr:
    """Return a rule as a Boolean expression; `facts` are those that are no columns."""
    match rule:
        case Condition():
            columns = [(facts or {}).get(name, pl.col(name)) for name in rule.needs]
            present = pl.all_horizontal(column.is_not_null() for column in columns)
            return pl.when(present).then(rule.holds(law, *columns))
        case AllOf():
            return reduce(and_, (_to_expr(part, law, facts) for part in rule.parts))
        case _:
            return reduce(or_, (_to_expr(part, law, facts) for part in rule.parts))


def law_columns(book: LawBook) -> Law:
    """Return the law with the figures of each row's year.

    A figure that is the same in all years is that figure, another one an expression of LAW_YEAR.
    """
    laws = {int(year[:4]): book.law_of_year(year) for year in book.years}
    figures = {
        figure: _by_year({year: getattr(law, figure) for year, law in laws.items()})
        for figure in book.figures
    }
    return book.law_of(None)._replace(**figures)


def _by_year(values: Mapping[int, Any]) -> Any:
    *_, last = values.values()
    if isinstance(last, Mapping):
        return {
            key: _by_year({year: value.get(key) for year, value in values.items()}) for key in last
        }
    figure = last
    for (year, value), (_, following) in reversed(list(pairwise(values.items()))):
        if value != following:
            until = pl.col(LAW_YEAR) <= year
            figure = pl.when(until).then(pl.lit(value, pl.Int32)).otherwise(figure)
    return figure


def year_of_stay() -> pl.Expr:
    """Return the first calendar year of the year that counts (see `law.year_of_stay`)."""
    start, end = pl.col("start"), pl.col("end")
    middle = ((start.to_physical() + end.to_physical()) // 2).cast(pl.Date)
    first, counted = (
        (day_number(day) - 9 * MONTH) // YEAR for day in (start, pl.coalesce(middle, start))
    )
    return pl.when(counted > first).then(first + 1).otherwise(counted)


def _column(primitive: Callable[..., Any], *columns: Any) -> pl.Expr:
    """Call a primitive on columns, which its declared types do not know."""
    column: pl.Expr = primitive(*columns)
    return column


# --- derived facts -------------------------------------------------------------------------------


def _derived() -> list[pl.Expr]:
    """Return what follows from the answers given (see `rules.facts.derive`), and _ASSUMED."""
    by_source = [
        pl.coalesce(
            pl.col(name),
            pl.col(source).replace_strict(values, default=None, return_dtype=ANSWER_TYPES[name]),
        )
        for name, (source, values) in DERIVED.items()
    ]
    age = _column(years_between, pl.col("birth_date"), pl.col("start"))
    grant = pl.when(pl.col("erasmus_monthly") > 0).then(pl.lit(value=True))
    return [
        *by_source,
        pl.coalesce(age, pl.col("age")).alias("age"),
        pl.col("age").alias("given_age"),
        grant.otherwise(pl.col("erasmus")).alias("erasmus"),
        _codes([(name, pl.col(name).is_null()) for name in PRESUMED]).alias(_ASSUMED),
    ]


def answer_columns(name: str, values: Sequence[Any]) -> list[pl.Series]:
    """Return values of an answer, and what its register says of them, as columns."""
    facts = register_facts(name, values) if FIELD[name].kind is Kind.NAME else []
    return [pl.Series(name, values, ANSWER_TYPES[name]), *facts]


def register_facts(name: str, texts: Sequence[str | None]) -> list[pl.Series]:
    """Return what the register of an answer says of names (see `rules.facts.REGISTER_FACTS`).

    The columns are the fact and the title of the entry.
    """
    if name == "commune" and len(texts) >= _MANY_NAMES:
        communes.load_for_many_lookups()
    # Not `registers.find`, which imports its module for each name.
    look_up: Callable[[str], Found[Any]] = {"school": schools, "commune": communes}[name].find
    kinds: list[str | None] = []
    titles: list[str | None] = []
    for text in texts:
        found = None if text is None else look_up(text)
        entry = found and found.entry
        kinds.append(found and found.kind)
        titles.append(entry and entry.title)
    (fact,) = (fact for fact, answer in REGISTER_FACTS.items() if answer == name)
    return [pl.Series(fact, kinds, pl.String), pl.Series(f"ami_{name}", titles, pl.String)]


# --- codes ---------------------------------------------------------------------------------------


def _is_met(criterion: Criterion) -> pl.Expr:
    return pl.col(f"\0{criterion.code}")


def _to_check(awaited: Mapping[str, Mapping[str, pl.Expr]]) -> pl.Expr:
    """Return the criteria that are open although nothing more can be answered."""
    return _codes(
        [
            (item.code, _is_met(item).is_null() & ~_any(awaited[item.code].values()))
            for item in CRITERIA
        ]
    )


def _missing(awaited: Mapping[str, Mapping[str, pl.Expr]]) -> pl.Expr:
    """Return the answers that the criteria still wait for, in the order of the rules."""
    waiting: dict[str, list[pl.Expr]] = {name: [] for name in ANSWER_TYPES}
    for by_answer in awaited.values():
        for name, is_awaited in by_answer.items():
            waiting[name].append(is_awaited)
    # With a birth date, an age awaits the start (see `rules.facts.askable`).
    born = pl.col("birth_date").is_not_null()
    age = _any(waiting["age"])
    waiting["age"] = [age & ~born]
    waiting["start"].append(age & born)
    return _codes([(name, _any(branches)) for name, branches in waiting.items() if branches])


def _awaited(rule: Rule, value: pl.Expr, law: Law) -> dict[str, pl.Expr]:
    """Return, by answer of a rule, where it is missing in a branch that is still undecided."""
    if isinstance(rule, Condition):
        return {name: pl.col(name).is_null() for name in rule.needs if name not in DEFAULTS}
    awaited: dict[str, list[pl.Expr]] = {}
    for part in rule.parts:
        for name, is_missing in _awaited(part, _to_expr(part, law), law).items():
            awaited.setdefault(name, []).append(is_missing)
    return {name: value.is_null() & _any(branches) for name, branches in awaited.items()}


def _any(conditions: Iterable[pl.Expr]) -> pl.Expr:
    return reduce(or_, conditions, pl.lit(value=False))


def _codes(conditions: Sequence[tuple[str, pl.Expr]]) -> pl.Expr:
    """Return the codes whose conditions hold in a row, joined by `;`; null where none does.

    They are looked up by a number with a bit for each: to join texts in each row takes ten times as
    long.
    """
    bits = [
        pl.when(holds).then(pl.lit(1 << rank, pl.UInt32)).otherwise(pl.lit(0, pl.UInt32))
        for rank, (_, holds) in enumerate(conditions)
    ]
    return looked_up(reduce(add, bits), _joined(tuple(code for code, _ in conditions)))


@cache
def _joined(codes: tuple[str, ...]) -> pl.Series:
    """Return the codes of each number, joined by `;`; null where it has none."""
    texts = [
        ";".join(code for rank, code in enumerate(codes) if bits >> rank & 1) or None
        for bits in range(1 << len(codes))
    ]
    return pl.Series(texts, dtype=pl.String)
