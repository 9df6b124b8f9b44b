"""Completes and checks names of schools, communes and countries while a person can be asked.

A name that may mean several entries, or that the register lacks, is asked again with the names
that it may mean. An empty answer skips the question.
"""

from ami_cli.failures import Problem
from ami_cli.registers import find, propose_communes, propose_schools, unlisted_kind

REGISTERED = ("school", "commune", "destination")
MOST_NAMES = 6  # names that a problem lists


def completions(name: str, text: str, lang: str) -> list[str]:
    """Return the names that a typed text may become, countries in one language."""
    from ami_cli.registers import communes, countries, schools

    match name:
        case "school":
            return schools.completions(text)
        case "commune":
            return communes.completions(text)
    return countries.completions(text, lang)


def known_as(name: str, text: str) -> str | None:
    """Return the school or the commune that a text means; None where it is not certain."""
    entry = find(name, text).entry
    return entry.title if entry else None


def proposals(name: str, text: str, lang: str) -> list[str]:
    """Return the names that a refused text may mean: those that it fits, else the nearest."""
    if name != "destination":
        return (propose_schools(text) if name == "school" else propose_communes(text)).titles
    from ami_cli.registers import countries

    titles = [country.title(lang) for country in countries.find(text)]
    near = countries.near(text)
    return titles or ([] if near is None else [near])


def doubt(name: str, text: str) -> Problem | None:
    """Return the problem of a name that is not certain; None where it means one entry."""
    found = find(name, text)
    if found.answer == "found":
        return None
    titles = proposals(name, text, "fr")
    if found.answer != "unknown":
        more = ["…"] if len(titles) > MOST_NAMES else []
        options = ", ".join([*titles[:MOST_NAMES], *more])
        code = "several_schools" if name == "school" else "several_communes"
        return Problem(code, name, {"value": text, "options": options})
    code = "no_such_school" if name == "school" else "no_such_commune"
    if name == "school" and unlisted_kind(text) == "part":
        code = "part_of_a_university"
    return Problem(code, name, {"value": text, "suggestion": next(iter(titles), None)})
