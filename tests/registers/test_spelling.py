"""Names in the form in which they are compared."""

from ami_cli.registers.spelling import numbered, spelled


def test_spelled_ignores_case_accents_and_roman_numbers() -> None:
    assert spelled("L’Haÿ-les-Roses") == spelled("l'hay LES roses") == "l hay les roses"
    assert spelled("Œuvre") == "oeuvre"
    assert numbered("Paris XIII") == numbered("paris13") == "paris 13"
    assert numbered("UT2J") == "ut2j"
