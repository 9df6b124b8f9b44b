"""Reports the institutions of the register that a query may mean, in the reader's language."""

from typing import Any

from ami_cli.registers import ESTABLISHMENT_BY_KIND, SCHOOLS, schools
from ami_cli.views.result import register_source
from ami_cli.words import Words


def schools_report(query: str, words: Words) -> dict[str, Any]:
    """Return the dict that `ami schools --json` prints.

    `certain` is the name that `--school` would take for the query, null where it may mean several
    or none; `establishment` of a school is the answer its entry settles, null where the question
    stays.
    """
    school = schools.find(query).entry
    certain = school.name if school else None
    listed = schools.search(query)
    key = "schools.not_certain" if query else "schools.all"
    query_text = words.datum(query)
    return {
        "schema_version": "1",
        "lang": words.lang,
        "query": query,
        "certain": certain,
        "text": words(
            "schools.certain" if certain else key,
            query=query_text,
            school=certain,
            count=len(listed),
        ),
        "schools": [
            {
                "name": school.name,
                "uai": list(school.uai),
                "former_uai": list(school.former_uai),
                "names": list(school.names),
                "type": school.type,
                "sector": school.sector,
                "commune": school.commune,
                "website": school.website or None,
                "establishment": ESTABLISHMENT_BY_KIND.get(school.kind),
                "text": words(f"schools.{school.kind}"),
            }
            for school in listed
        ],
        "sources": [register_source(SCHOOLS, words)],
    }
