"""Lists the words that the cells of each answer may hold, for help, documents and the template."""

from ami_cli.answers import FIELD, Field, Kind
from ami_cli.reading import NO, NOT_ANSWERED, YES, words_by_value
from ami_cli.words import Words


def accepted_rows(words: Words) -> list[tuple[str, str]]:
    """Return each answer that is written in words, as a column, with the words that are read."""
    colon, not_answered = words("format.colon"), words("help.not_answered")
    rows = [
        (not_answered, ", ".join(sorted(filter(None, NOT_ANSWERED)))),
        *((kind[0], ", ".join(kind)) for kind in (YES, NO)),
    ]
    for answer in FIELD.values():
        listed = []
        for value, accepted in words_by_value(answer).items():
            listed_above = {*YES, *NO}
            if answer.kind is not Kind.YES_NO:
                listed_above -= {YES[0], NO[0], str(value)}
            own = [word for word in accepted if word not in listed_above]
            if own:
                title = (
                    not_answered
                    if value is None
                    else {True: YES[0], False: NO[0]}.get(value, str(value).replace("_", "-"))
                )
                listed.append(f"{title}{colon}{', '.join(own)}")
        if listed:
            rows.append((column_of(answer, words.lang), "; ".join(listed)))
    return rows


def column_of(answer: Field, lang: str) -> str:
    """Return the name of an answer as a column of a table."""
    return answer.headers[0] if lang == "fr" else answer.name
