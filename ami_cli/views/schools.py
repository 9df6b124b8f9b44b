"""The institutions of the register that some words may mean, in the reader's language."""

from typing import Any

from ami_cli.registers import SCHOOLS, schools
from ami_cli.views.result import register_source
from ami_cli.words import Words


def schools_report(query: str, words: Words) -> dict[str, Any]:
    """The dict that `ami schools --json` prints.

    `certain` is the name that `--school` would take for these words, null where they may mean
    several or none; `establishment` of a school is the answer its entry settles, null where the
    question stays.
    """
    found = schools.find(query)
    certain = found.schools[0].name if found.answer == "found" else None
    listed = schools.search(query)
    return {
        "schema_version": "1",
        "lang": words.lang,
        "query": query,
        "certain": certain,
        "text": _text(query, certain, len(listed), words),
        "schools": [
            {
                "name": school.name,
                "uai": list(school.uai),
                "names": list(school.names),
                "type": school.type,
                "sector": school.sector,
                "commune": school.commune,
                "website": school.website or None,
                "establishment": "public" if school.kind == "university" else None,
                "text": words(f"schools.{school.kind}"),
            }
            for school in listed
        ],
        "sources": [register_source(SCHOOLS, words)],
    }


def _text(query: str, certain: str | None, count: int, words: Words) -> str:
    if certain is not None:
        return words("schools.certain", query=words.datum(query), school=certain)
    if query:
        return words("schools.not_certain", query=words.datum(query), count=count)
    return words("schools.all", count=count)
