"""Headers: which column is which answer, which columns are written, and what is refused."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from ami_cli.answers import FIELDS, Field
from ami_cli.batch.formats import Head
from ami_cli.batch.headers import (
    IGNORED,
    HeaderRow,
    match_headers,
    number_of,
    output_columns,
    refuse_twins,
)
from ami_cli.failures import UnreadableInput, UsageError
from tests.runner import ami


def refused(headers: list[str]) -> tuple[str, dict[str, object]]:
    with pytest.raises(UnreadableInput) as error:
        match_headers(headers, {})
    (problem,) = error.value.problems
    return problem.code, dict(problem.params)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_an_answer_is_found_by_its_name_and_by_each_of_its_french_headers(field: Field) -> None:
    for header in (field.name, *field.headers):
        for spelt in (header, header.upper(), f" {header.replace('_', ' ')} "):
            assert match_headers(["dossier", spelt], {}).answers == {1: field.name}


def test_other_columns_are_no_answers_and_a_near_miss_is_named() -> None:
    matched = match_headers(["nom", "âge", "date_naissanc", ""], {})
    assert matched.answers == {1: "age"}
    assert matched.near == {"date_naissanc": ("birth_date",)}
    assert list(matched.unread) == ["nom", "date_naissanc", ""]


def test_a_mapped_column_wins_over_its_name() -> None:
    headers = ["âge", "DEPART", "rural"]
    mapped = {"DEPART": "start", "RURAL": IGNORED}
    assert match_headers(headers, mapped).answers == {0: "age", 1: "start"}
    with pytest.raises(UsageError) as error:
        match_headers(headers, {"DÉPARTS": "start"})
    (problem,) = error.value.problems
    assert (problem.code, problem.params["suggestion"]) == ("no_such_column", "DEPART")


def test_two_columns_of_one_answer_are_refused() -> None:
    assert refused(["âge", "AGE"]) == (
        "answer_twice",
        {"value": "âge", "key": "AGE", "answer": "age", "meant": '--map "AGE=-"'},
    )


def test_a_repeated_name_that_is_no_answer_is_refused_in_json_and_parquet_only() -> None:
    headers = ["âge", "nom", "x", "nom", "", ""]
    assert match_headers(headers, {}).answers == {0: "age"}
    refuse_twins(headers, [0, 1, 2, 4, 5])
    with pytest.raises(UnreadableInput) as error:
        refuse_twins(headers, range(6))
    (problem,) = error.value.problems
    assert (problem.code, dict(problem.params)) == (
        "same_column_twice",
        {"value": "nom", "first": 2, "second": 4},
    )


def test_a_column_named_as_a_result_is_refused() -> None:
    assert refused(["âge", "AMI_verdict"])[0] == "reserved_column"


def test_a_column_of_a_result_gives_no_answer() -> None:
    headers = ["nom", "ami_verdict", "ami_why", "Date"]
    assert match_headers(headers, {"D": "start", "C": "-"}, again=True).answers == {3: "start"}
    with pytest.raises(UnreadableInput) as error:
        match_headers(headers, {"B": "start"}, again=True)
    assert error.value.problems[0].code == "mapped_result"


def test_a_first_row_without_an_answer_is_refused_without_its_cells() -> None:
    code, params = refused(["Dupont", "12/03/2005"])
    assert code == "no_answer_column"
    assert params == {"columns": 2, "line": 1, "suggestion": None}


def test_output_columns_are_all_or_those_named() -> None:
    headers = ["Dossier ", "nom", "Nom", "échelon"]
    assert output_columns(headers, None) == [0, 1, 2, 3]
    assert output_columns(headers, ("Échelon", "dossier")) == [0, 3]
    assert output_columns(headers, ("Nom",)) == [2]
    assert output_columns(headers, ()) == []
    for name in ("NOM", "prénom"):
        with pytest.raises(UsageError):
            output_columns(headers, (name,))


def absent(*headers: str) -> list[str]:
    notices = {notice.code: notice for notice in match_headers(headers, {}).notices()}
    names: list[str] = notices["absent"].params["answers"]
    return names


def test_answers_without_a_column_are_told_but_for_those_that_another_spares() -> None:
    assert absent("merit")[:3] == ["birth_date", "age", "disability"]
    spared = absent("birth_date", "echelon", "school", "commune")
    assert not {"age", "scholarship", "establishment", "rural"} & set(spared)
    assert not {"school", "commune", "erasmus_monthly"} & set(absent("age"))
    assert match_headers([field.name for field in FIELDS], {}).notices() == []


def test_at_most_ten_near_headers_are_told() -> None:
    headers = ["âge", *(f"date_naissance{number}" for number in range(15))]
    near = [
        notice for notice in match_headers(headers, {}).notices() if notice.code == "near_header"
    ]
    assert len(near) == 10


def header_row(*rows: tuple[str, ...], wanted: int | None = None) -> HeaderRow:
    """Choose the header among rows of which the first is line 1."""
    row = HeaderRow(wanted, {"DEPART": "start"})
    row(iter([Head("Feuil1", list(enumerate(rows, 1)))]))
    return row


def test_header_is_the_first_row_in_which_two_columns_are_known() -> None:
    titles = ("Départs 2026-2027",), ("Bourse", "", "Mobilité"), ("Nom", "Date de naissance", "Fin")
    row = header_row(*titles)
    assert (row.line, row.above) == (3, 2)
    assert [notice.params for notice in row.notices()] == [{"line": 3, "rows": 2}]
    assert header_row(("Nom", "âge"), ("DUPONT", "21")).line == 1
    assert header_row(("titre",), ("DEPART", "âge")).line == 2
    assert header_row(*titles, wanted=2).line == 2


def test_row_of_a_student_is_no_header() -> None:
    assert header_row(("DUPONT", "RQTH", "bcs"), ("MARTIN", "RQTH", "bcs")).above == 0
    assert refused(["Dupont", "RQTH", "bcs"])[0] == "no_answer_column"


def test_refusal_names_the_sheet_the_row_and_where_known_names_are() -> None:
    row = header_row(("titre", ""), ("Nom", "âge", "fin"), wanted=1)
    with pytest.raises(UnreadableInput) as error:
        match_headers(["titre", ""], {}, row)
    (problem,) = error.value.problems
    assert problem.code == "no_answer_in_sheet"
    assert (problem.params["sheet"], problem.params["line"]) == ("Feuil1", 1)


@pytest.mark.parametrize("separator", [";", ",", "|", "\t", "    "])
def test_table_in_one_column_is_told_as_such(separator: str) -> None:
    assert refused([separator.join(("Nom", "âge", "fin"))])[0] == "one_column"


def test_columns_are_named_by_letter_too() -> None:
    names = ["nom", "e", "départ"]
    assert number_of("C", names) == 2
    assert number_of("E", names) == 1  # a name wins
    assert number_of("D", names, first_column=1) == 2
    with pytest.raises(UsageError) as error:
        number_of("Pays", ["nom", "Pays", "pays", "Pays"], first_column=1)
    (problem,) = error.value.problems
    assert (problem.code, problem.params["columns"]) == ("same_names", "C, E")
    for column in ("D", "AAA", "c"):
        with pytest.raises(UsageError):
            number_of(column, names)
    assert match_headers(["nom", "x"], {"B": "start"}).answers == {1: "start"}


def test_departure_beside_an_arrival_is_asked_about() -> None:
    matched = match_headers(["âge", "Date de départ", "Date d'arrivée"], {})
    assert matched.answers == {0: "age"}
    assert matched.near == {"Date de départ": ("start", "end"), "Date d'arrivée": ("start",)}
    mapped = {"Date de départ": "end", "Date d'arrivée": "start"}
    assert match_headers(["Date de départ", "Date d'arrivée"], mapped).answers == {
        0: "end",
        1: "start",
    }


def test_columns_of_an_earlier_result_are_replaced_when_asked() -> None:
    headers = ["âge", "ami_verdict", "AMI_errors"]
    assert match_headers(headers, {}, again=True).answers == {0: "age"}
    assert output_columns(headers, None) == [0]


def test_answer_of_the_whole_file_replaces_its_column() -> None:
    matched = match_headers(["âge", "établissement"], {}, given={"establishment"})
    assert (matched.answers, matched.unread) == ({0: "age"}, ["établissement"])


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        ("DAT_DEB_SEJ", "start"),
        ("DAT_FIN_SEJ", "end"),
        ("Départ le", "start"),
        ("Retour le", "end"),
        ("Stay from (planned)", "start"),
        ("Stay to", "end"),
        ("Stay: Host country", "destination"),
        ("Stay: Home institution", "school"),
        ("Person: Date of birth", "birth_date"),
        ("Type Mobilité.Libellé", "stay"),
        ("Activity Type Code", "stay"),
        ("Pays du stage", "destination"),
        ("Échelon Bourse CROUS", "echelon"),
        ("RQTH O/N", "disability"),
        ("HasDisability", "disability"),
        ("Situation de handicap reconnue", "disability"),
        ("Nb mois AMI déjà eus", "months_received"),
        ("Mois AMI reçus", "months_received"),
        ("AMI déjà perçue (mois)", "months_received"),
        ("Zone FRR", "rural"),
        ("residenceQpv", "priority_area"),
        ("COD_UAI_ETB", "school"),
        ("LIB_COM_FIX", "commune"),
        ("COD_COM_FIX", "commune"),
        ("communeFoyerInsee", "commune"),
    ],
)
def test_names_of_exports_are_read(header: str, answer: str) -> None:
    assert match_headers([header, "Nom"], {}).answers == {0: answer}


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        ("Déjà bénéficiaire AMI", "months_received"),
        ("AMI année précédente", "months_received"),
        ("Stay: Planned start date", "start"),
        ("Du", "start"),
        ("Type de départ", "stay"),
        ("ProgramType", "stay"),
        ("Niveau de bourse", "echelon"),
        ("etatBourse", "scholarship"),
        ("Person: Special needs", "disability"),
        ("Person: Address city", "commune"),
        ("Current address postcode", "commune"),
    ],
)
def test_names_that_may_be_an_answer_are_asked_about(header: str, answer: str) -> None:
    matched = match_headers(["âge", header], {})
    assert (matched.answers, matched.near) == ({0: "age"}, {header: (answer,)})


@pytest.mark.parametrize(
    "header",
    [
        "Code commune naissance",
        "Stay: University",
        "Étudiant - Commune de naissance",
        "Stay: Status",
    ],
)
def test_names_of_something_else_are_neither_read_nor_near(header: str) -> None:
    matched = match_headers(["âge", header], {})
    assert (matched.answers, matched.near) == ({0: "age"}, {})


def test_town_is_read_rather_than_the_postal_code_beside_it() -> None:
    french = ["CP Parents", "Ville Parents"], ["Ville famille", "Code postal famille"]
    for headers in (*french, ["Home address postcode", "Home address city"]):
        town = next(number for number, name in enumerate(headers) if re.search("Ville|city", name))
        matched = match_headers(headers, {})
        assert (matched.answers, matched.near) == (
            {town: "commune"},
            {headers[1 - town]: ("commune",)},
        )
        postcode = match_headers(headers, {headers[town]: IGNORED})
        assert postcode.answers == {1 - town: "commune"}


def test_period_or_length_in_the_place_of_days_says_what_lacks() -> None:
    def told(*headers: str, given: Sequence[str] = ()) -> list[object]:
        notices = match_headers(["âge", *headers], {}, given=given).notices()
        return [notice.params["columns"] for notice in notices if notice.code == "no_days"]

    assert told("Année universitaire", "Semestre") == [("Année universitaire", "Semestre")]
    assert told("Début", "Durée (mois)") == [("Durée (mois)",)]
    assert told("Dates du séjour") == [("Dates du séjour",)]
    assert told("Début", "Fin", "Durée du séjour") == []
    assert told("Année d'étude", "Pays") == []
    assert told("Période", given=["start", "end"]) == []


def test_accents_that_were_garbled_before_are_told() -> None:
    notices = match_headers(["age", "Début du jeu", "DÃ©but"], {}).notices()
    (params,) = (notice.params for notice in notices if notice.code == "garbled")
    assert params == {"value": "DÃ©but", "columns": ("Début",)}


def test_answer_given_for_the_whole_file_is_not_told_as_absent() -> None:
    notices = match_headers(["âge", "Composante"], {}, given=["establishment"]).notices()
    (absent,) = (notice.params["answers"] for notice in notices if notice.code == "absent")
    assert "establishment" not in absent
    assert "scholarship" in absent


def test_every_pair_of_columns_of_one_answer_is_refused_at_once() -> None:
    with pytest.raises(UnreadableInput) as error:
        match_headers(["Début (prévu)", "Début (réel)", "Fin (prévue)", "Fin (réelle)"], {})
    assert [problem.params["answer"] for problem in error.value.problems] == ["start", "end"]


def test_header_is_below_titles_of_groups_of_columns() -> None:
    groups = ("Étudiant", "", "Séjour", "", "Bourse")
    names = ("Nom", "Né(e) le", "Début", "Fin", "Boursier")
    assert header_row(groups, names, ("DUPONT", "", "", "", "oui")).line == 2
    assert header_row(names, groups).line == 1


def under(title: str, *names: str, over: Sequence[int]) -> tuple[dict[int, str], set[str]]:
    """Match names below a title that stands over some of them."""
    matched = match_headers(names, {}, groups=dict.fromkeys(over, title))
    return dict(matched.answers), set(matched.near)


def test_column_below_the_title_of_something_else_is_not_read() -> None:
    names = ("Nom", "Âge", "Établissement", "Pays d’accueil")
    assert under("Destination", *names, over=(2, 3)) == ({1: "age", 3: "destination"}, set())
    names = ("Nom", "Âge", "Début", "Fin")
    assert under("Cours de langue", *names, over=(2, 3)) == ({1: "age"}, set())


def test_column_below_the_title_of_another_time_is_asked_about() -> None:
    names = ("Nom", "Âge", "Boursier", "Échelon")
    for title in ("Année N-1", "2024-2025"):
        asked = {1: "age"}, {"Boursier", "Échelon"}
        assert under(title, *names, over=(2, 3)) == asked


def test_title_of_the_whole_list_is_none_of_a_group() -> None:
    names = ("", "Nom", "Âge", "Boursier", "Échelon", "Établissement", "Remarque")
    read = {2: "age", 3: "scholarship", 4: "echelon", 5: "establishment"}
    title = "Mobilités et séjours 2026-2027"
    assert under(title, *names, over=range(1, 6)) == (read, set())
    titles = {1: dict.fromkeys(range(1, 6), title)}
    row = HeaderRow(None, {})
    row(iter([Head("Feuil1", [(1, ("", title)), (2, names)], titles)]))
    assert (row.line, row.above) == (2, 1)


def test_mapped_column_wins_over_one_named_like_its_answer() -> None:
    headers = ["Début (réel)", "Début (prévu)", "âge"]
    matched = match_headers(headers, {"Début (prévu)": "start"})
    assert (matched.answers, matched.near) == ({1: "start", 2: "age"}, {"Début (réel)": ("start",)})
    with pytest.raises(UnreadableInput):
        match_headers(headers, {"Début (prévu)": "start", "Début (réel)": "start"})


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("Etablisement", '--map "Etablisement=establishment"'),
        ("date $naisance", "--map 'date $naisance=birth_date'"),
    ],
)
def test_proposed_mapping_can_be_typed(header: str, shown: str, tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text(f"âge;{header}\n21;x\n", "utf-8")
    assert shown in " ".join(ami("batch", str(file), "--lang", "fr").stderr.split())
