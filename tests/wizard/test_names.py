"""Names in the wizard: completions, and problems of uncertain names."""

import pytest

from ami_cli.wizard import names


def test_completions_ignore_accents_and_order() -> None:
    assert names.completions("school", "universite evry", "fr") == [
        "Université d'Évry-Val-d'Essonne"
    ]
    assert "Université Lumière - Lyon 2" in names.completions("school", "lyon", "fr")
    assert names.completions("commune", "haye les", "fr") == []
    assert names.completions("commune", "l'haÿ", "fr") == ["L'Haÿ-les-Roses (94)"]
    assert names.completions("commune", "saint-denis", "fr")[0] == "Saint-Denis (11)"
    assert len(names.completions("commune", "saint", "fr")) == 20
    assert names.completions("school", "", "fr") == names.completions("commune", "", "fr") == []


@pytest.mark.no_cover
def test_every_completion_is_certain() -> None:
    for typed in ("lyon", "ens", "universite", "ecole", "paris"):
        for name in names.completions("school", typed, "fr"):
            assert names.doubt("school", name) is None, name
    for typed in ("saint-denis", "sainte-colombe", "paris", "l"):
        for name in names.completions("commune", typed, "fr"):
            assert names.doubt("commune", name) is None, name


@pytest.mark.parametrize(
    ("name", "text", "code", "suggestion"),
    [
        ("school", "UCA", "several_schools", None),
        ("school", "École de Poudlard", "no_such_school", None),
        ("school", "iut de nantes", "part_of_a_university", "Nantes Université"),
        ("school", "Univ Strasbourgh", "no_such_school", "Université de Strasbourg"),
        ("commune", "Saint-Denis", "several_communes", None),
        ("commune", "Amberte", "no_such_commune", "Ambert (63)"),
        ("commune", "Zzzz", "no_such_commune", None),
    ],
)
def test_doubt_gives_the_names_that_may_be_meant(
    name: str, text: str, code: str, suggestion: str | None
) -> None:
    problem = names.doubt(name, text)
    assert problem is not None
    assert (problem.code, problem.field) == (code, name)
    assert problem.params.get("suggestion") == suggestion
    if code.startswith("several"):
        assert "Clermont" in problem.params["options"] or "(93)" in problem.params["options"]
