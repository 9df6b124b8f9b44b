"""Puts the result of each row into words: the columns of `--words`.

A sentence is made once per distinct combination of the facts that it depends on. None of them is
an answer about a disability, and no sentence names one.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache, lru_cache
from typing import Any

import polars as pl

from ami_cli.batch.columns import MANY_BOOKS, UNANSWERED, law_columns
from ami_cli.law import LawBook
from ami_cli.words import Words, within

SENTENCES: Mapping[str, Any] = dict.fromkeys(("ami_result", "ami_why", "ami_to_do"), pl.String)

_Facts = Mapping[str, Any]
_AGE_NOTES = {"annual_allowance": "do_age_allowance"}


class Sentences:
    """Writes the sentences of rows, in the language of `words`."""

    def __init__(self, today: date, book: LawBook, words: Words) -> None:
        self._facts = _facts(today, book)
        self._words = words
        self._law = book.law_of(None)
        limit = self._law.fact("allowance_age_limit")
        self._figures = {
            "allowance_limit": words.count("year", limit),
            "allowance_limit_number": limit,
            "days_per_month": words.count("day", self._law.days_per_month),
        }
        self._names = [fact.meta.output_name() for fact in self._facts]
        self._written = cache(self._texts)

    def columns(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the columns of SENTENCES for rows as `with_results` returns them."""
        facts = rows.select(self._facts)
        distinct = facts.unique()
        texts = pl.DataFrame(
            [self._written(values) for values in distinct.iter_rows()],
            schema=dict(SENTENCES),
            orient="row",
        )
        written = facts.join(
            distinct.hstack(texts),
            on=self._names,
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        return written.select(*SENTENCES)

    def _texts(self, values: tuple[Any, ...]) -> tuple[str | None, ...]:
        names = (name.removeprefix("\0") for name in self._names)
        facts = dict(zip(names, values, strict=True))
        reasons = self._words("brief.and_also").join(self._reasons(facts))
        steps = self._say("then").join(self._steps(facts))
        return self._result(facts), _capitalized(reasons), _capitalized(steps)

    def _say(self, code: str, **params: object) -> str:
        return self._words.filled(f"sentences.{code}", {**self._figures, **params})

    # --- the result -------------------------------------------------------------------------------

    def _result(self, facts: _Facts) -> str:
        verdict = facts["verdict"]
        total, total_max = facts["total"], facts["total_max"]
        if facts["unanswered"]:
            return self._say("unanswered")
        if verdict == "eligible" and facts["stage"] == "over":
            return self._say("eligible_over")
        if not total_max:
            return self._say(verdict)
        amount = self._words.euros(total or total_max)
        if total != total_max:
            code = "part" if total else "only_part"
            amount = self._say(code, total=amount, total_max=self._words.euros(total_max))
        return self._say(f"amount_{verdict}", amount=amount)

    # --- why --------------------------------------------------------------------------------------

    def _reasons(self, facts: _Facts) -> Iterator[str]:
        colon = self._words("format.colon")
        for code in _split(facts["failed"]):
            yield f"{self._title(code)}{colon}{self._failure(code, facts)}"
        if facts["verdict"] == "ineligible" or facts["unanswered"]:
            return
        if names := self._missing(facts):
            yield self._say("missing", answers=names)
        if self._awaits_only_a_disability(facts):
            yield f"{self._title('age')}{colon}{self._say('age_open', limit=self._law.age_limit)}"
        for code in _split(facts["to_check"]):
            known = f"sentences.check_{code}" in self._words
            point = self._say(f"check_{code}" if known else "check_other")
            yield f"{self._title(code)}{colon}{point}"
        if facts["establishment"] == "private_accredited":
            yield f"{self._title('establishment')}{colon}{self._say('private_accredited')}"
        if presumed := _split(facts["assumed"]):
            names = ", ".join(self._say(f"presumed_{name}") for name in presumed)
            yield self._say("presumed", answers=names)

    def _title(self, code: str) -> str:
        return self._words(f"brief.title_{code}")

    def _failure(self, code: str, facts: _Facts) -> str:
        words, law = self._words, self._law
        match code:
            case "age":
                return self._say("age", age=facts["age"], limit=law.age_limit)
            case "scholarship":
                return words("brief.scholarship_none")
            case "establishment":
                return words(f"brief.establishment_{facts['establishment']}")
            case "stay":
                return self._say(f"stay_{facts['stay']}")
            case "min_duration":
                whole = words.count("whole_month", facts["whole"])
                return words(
                    "brief.known_min_duration", whole=whole, min_months_number=facts["least"]
                )
            case "max_duration":
                begun = words.count("begun_month", facts["begun"])
                return words(
                    "brief.known_max_duration", begun=begun, max_months_number=facts["most"]
                )
            case _:
                return words("brief.left_none", total_months_number=facts["cap"])

    def _missing(self, facts: _Facts) -> str:
        """Return the missing answers, enumerated; that about a disability is not named."""
        names = [name for name in _split(facts["missing"]) if name != "disability"]
        labels = [self._words(f"labels.{name}") for name in names]
        return self._words.all(map(within, labels))

    def _awaits_only_a_disability(self, facts: _Facts) -> bool:
        return "disability" in _split(facts["missing"]) and facts["age"] is not None

    # --- what to do -------------------------------------------------------------------------------

    def _steps(self, facts: _Facts) -> Iterator[str]:
        match facts["verdict"]:
            case "invalid":
                yield self._say("do_correct")
            case "ineligible":
                yield from self._changes(facts)
                yield self._say("do_other_grants")
            case "undetermined" if facts["unanswered"]:
                return
            case verdict:
                yield from self._open_points(facts)
                if facts["establishment"] == "private_accredited":
                    yield self._say("do_private")
                stage = facts["stage"]
                if verdict == "eligible" or stage in ("departed", "over"):
                    yield self._say(f"do_{stage}")

    def _changes(self, facts: _Facts) -> Iterator[str]:
        """Yield what may change a no, by condition that is not met."""
        for code in _split(facts["failed"]):
            match code:
                case "age":
                    yield self._say(_AGE_NOTES.get(facts["scholarship"], "do_age_scholarship"))
                case "scholarship":
                    yield self._say("do_scholarship")
                case "establishment":
                    yield self._say(f"do_{facts['establishment']}")
                case "stay" if facts["stay"] == "outside":
                    yield self._say("do_stay_outside")
                case "min_duration":
                    months = self._words.count("month", facts["least"])
                    yield self._say("do_min_duration", months=months)
                case "max_duration":
                    months = self._words.count("month", facts["most"])
                    yield self._say("do_max_duration", months=months)

    def _open_points(self, facts: _Facts) -> Iterator[str]:
        """Yield how the conditions that are still open are settled."""
        if names := self._missing(facts):
            yield self._say("do_complete", answers=names)
        if self._awaits_only_a_disability(facts):
            yield self._say("do_age_open")
        points = _split(facts["to_check"])
        if "scholarship" in points:
            yield self._say("do_follow")
        if titles := [self._title(code).lower() for code in points if code != "scholarship"]:
            yield self._say("do_ask", points=self._words.all(titles))


@lru_cache(MANY_BOOKS)
def _facts(today: date, book: LawBook) -> tuple[pl.Expr, ...]:
    """Return what the sentences depend on, null where they do not, on the frame of `with_results`.

    The fewer combinations there are, the fewer sentences are written.
    """
    law = law_columns(book)
    verdict = pl.col("ami_verdict")
    is_open = verdict.is_in(["eligible", "undetermined"])

    def fails(code: str) -> pl.Expr:
        return (verdict == "ineligible") & ~pl.col(f"\0{code}").fill_null(value=True)

    def fact(name: str, where: pl.Expr, value: Any) -> pl.Expr:
        return pl.when(where).then(value).alias(f"\0{name}")

    outside = ~pl.col("in_curriculum").fill_null(value=True)
    unlike = (
        pl.when(pl.col("destination").cast(pl.String) == "FR")
        .then(pl.lit("france"))
        .when(pl.col("stay").cast(pl.String) == "other")
        .then(pl.lit("other"))
        .when(outside)
        .then(pl.lit("outside"))
        .otherwise(pl.lit("other"))
    )
    stage = (
        pl.when(pl.col("end") < today)
        .then(pl.lit("over"))
        .when(pl.col("start") <= today)
        .then(pl.lit("departed"))
        .when(pl.col("ami_days_left") < 0)
        .then(pl.lit("late"))
        .otherwise(pl.lit("ahead"))
    )
    establishment = pl.col("establishment").cast(pl.String)
    is_private = is_open & (establishment == "private_accredited")
    needs_age = fails("age") | (verdict == "undetermined") & pl.col("ami_missing").str.contains(
        "disability", literal=True
    )
    return (
        verdict.alias("\0verdict"),
        pl.col(UNANSWERED),
        pl.col("ami_failed").alias("\0failed"),
        fact("to_check", is_open, pl.col("ami_to_check")),
        fact("missing", is_open, pl.col("ami_missing")),
        fact("assumed", is_open, pl.col("ami_assumed")),
        fact("total", is_open, pl.col("ami_total")),
        fact("total_max", is_open, pl.col("ami_total_max")),
        fact("stage", is_open, stage),
        fact("age", needs_age, pl.col("age")),
        fact("scholarship", fails("age"), pl.col("scholarship").cast(pl.String)),
        fact("establishment", fails("establishment") | is_private, establishment),
        fact("stay", fails("stay"), unlike),
        fact("whole", fails("min_duration"), pl.col("\0whole")),
        fact("least", fails("min_duration"), law.min_months),
        fact("begun", fails("max_duration"), pl.col("\0begun")),
        fact("most", fails("max_duration"), law.max_months),
        fact("cap", fails("entitlement"), law.total_months),
    )


def _split(codes: str | None) -> list[str]:
    return codes.split(";") if codes else []


def _capitalized(text: str) -> str | None:
    return text[0].upper() + text[1:] if text else None
