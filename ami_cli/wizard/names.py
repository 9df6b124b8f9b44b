"""Names in the conversation: what a typed text may become, and the question a doubtful one is.

A person is there to ask: a name that may be several, or that a register does not hold, comes back
with the names it may be. An empty answer passes over it.
"""

from ami_cli.failures import Problem

NAMED = 6  # names that are told where several may be meant


def completions(name: str, text: str) -> list[str]:
    """What a text may become, as the answer to the question of a name."""
    from ami_cli.registers import communes, schools

    return {"school": schools.completions, "commune": communes.completions}[name](text)


def known_as(name: str, text: str) -> str | None:
    """The school or the commune that a text is taken for; None where it is not certain."""
    from ami_cli.registers import communes, schools

    if name == "school":
        school = schools.find(text)
        return school.schools[0].name if school.answer == "found" else None
    commune = communes.find(text)
    return commune.communes[0].title if commune.answer == "found" else None


def doubt(name: str, text: str) -> Problem | None:
    """The problem of a name that is not certain; None where it is one school's or commune's."""
    from ami_cli.registers import communes, schools

    if name == "school":
        school = schools.find(text)
        near = [each.name for each in school.schools or schools.near(text)]
        answer, none, several = school.answer, "no_such_school", "several_schools"
    else:
        commune = communes.find(text)
        near = [each.title for each in commune.communes]
        answer, none, several = commune.answer, "no_such_commune", "several_communes"
    if answer == "found":
        return None
    if answer == "several":
        options = ", ".join([*near[:NAMED], *(["…"] if len(near) > NAMED else [])])
        return Problem(several, name, {"value": text, "options": options})
    suggestion = near[0] if near else communes.near(text) if name == "commune" else None
    return Problem(none, name, {"value": text, "suggestion": suggestion})
