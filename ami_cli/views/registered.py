"""What the registers say of a school and of a commune, in the reader's language, with its source.

A name that may be several, or that a register does not hold, is said in a note: it is a question,
never a guess. Nothing is loaded for who names neither.
"""

from datetime import date
from typing import Any

from ami_cli.registers import COMMUNES, SCHOOLS, Register
from ami_cli.rules.assess import Assessment
from ami_cli.rules.entitlement import Supplement
from ami_cli.words import Words

NAMED = 6  # schools or communes that are named where several may be meant


def register_source(register: Register, words: Words) -> dict[str, Any]:
    """A register as a source is shown; it is data, and has no sentence to quote."""
    year_only = len(register.as_of) == 4
    as_of = register.as_of if year_only else words.date(date.fromisoformat(register.as_of))
    title = words(f"registers.{register.name}.title", as_of=as_of)
    return {"id": register.id, "title": title, "url": register.url, "quote": None}


def school(found: Assessment, words: Words) -> dict[str, Any] | None:
    """The school as the register has it, where a name is one school's."""
    if (known := _school(found)) is None:
        return None
    return {
        "name": known.name,
        "uai": list(known.uai),
        "type": known.type,
        "sector": known.sector,
        "commune": known.commune,
        "website": known.website or None,
        "note": _of_kind(known, words),
        "sources": school_sources(found, words),
    }


def school_notes(found: Assessment, words: Words) -> list[str]:
    """What the register adds to the question about the establishment."""
    given = found.given.get("school")
    if given is None:
        return []
    from ami_cli.registers import schools

    known = schools.find(given)
    if known.answer == "found":
        return [_of_kind(known.schools[0], words)]
    return [words(f"registers.schools.{known.answer}", **_doubt(given, words))]


def _doubt(given: str, words: Words) -> dict[str, str]:
    from ami_cli.registers import schools

    known = [each.name for each in schools.find(given).schools]
    names = _named(known, words) if known else _near([s.name for s in schools.near(given)], words)
    return {"school": words.datum(given), "schools": names}


def _named(names: list[str], words: Words) -> str:
    more = [words("registers.others")] if len(names) > NAMED else []
    return words.either([*names[:NAMED], *more])


def _near(names: list[str], words: Words) -> str:
    if not names:
        return words("registers.none_near")
    return words("registers.near", names=words.either(names))


def _of_kind(known: Any, words: Words) -> str:
    return words(f"registers.schools.{known.kind}", school=known.name)


def school_sources(found: Assessment, words: Words) -> list[dict[str, Any]]:
    """The source of what is said of a school, where one is named."""
    return [register_source(SCHOOLS, words)] if "school" in found.given else []


def website(found: Assessment) -> str | None:
    """The site of the school, where the register knows it."""
    known = _school(found)
    return (known.website or None) if known else None


def _school(found: Assessment) -> Any:
    given = found.given.get("school")
    if given is None:
        return None
    from ami_cli.registers import schools

    known = schools.find(given)
    return known.schools[0] if known.answer == "found" else None


def commune(found: Assessment, words: Words) -> dict[str, Any] | None:
    """The commune as the zoning has it, where a name is one commune's."""
    given = found.given.get("commune")
    if given is None:
        return None
    from ami_cli.registers import communes

    known = communes.find(given)
    if known.answer != "found":
        return None
    (only,) = known.communes
    return {
        "name": only.name,
        "department": only.department,
        "insee_code": only.insee,
        "frr_class": communes.CLASSES[only.frr_class],
        "rural": only.rural,
        "note": _zoning(only, words),
        "sources": commune_sources(found, words),
    }


def _zoning(only: Any, words: Words) -> str:
    said = {True: "rural", False: "not_rural", None: "partly"}[only.rural]
    return words(f"registers.communes.{said}", commune=only.title)


def commune_note(ground: Supplement, found: Assessment, words: Words) -> str | None:
    """What the zoning says of the rural ground; None where the student answered it, or named no
    commune."""
    given = found.given.get("commune")
    if ground.code != "rural" or given is None or "rural" in found.given:
        return None
    from ami_cli.registers import communes

    known = communes.find(given)
    if known.answer == "found":
        return _zoning(known.communes[0], words)
    near = None if known.communes else communes.near(given)
    named = [each.title for each in known.communes] or ([near] if near else [])
    names = _named(named, words) if known.communes else _near(named, words)
    params = {"commune": words.datum(given), "communes": names}
    return words(f"registers.communes.{known.answer}", **params)


def commune_sources(found: Assessment, words: Words) -> list[dict[str, Any]]:
    """The source of what is said of a commune, where one is named."""
    return [register_source(COMMUNES, words)] if "commune" in found.given else []
