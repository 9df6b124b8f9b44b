"""Exports of the systems that offices use: what is read, what is asked about, and each verdict.

The names of columns are those that the public source named beside each export gives, and, behind
them, those that an office adds to ask about the grant. The students are made up, and each verdict
is worked out by hand from the rules for 23 November 2026.
"""

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import xlsxwriter

from tests.runner import DAY, ami


class Export(NamedTuple):
    """A file: its name, where its columns are from, its lines (cells by `|`), options, what is read
    (column → answer) and asked about, and the verdict of each row with what it lacks or fails."""

    name: str
    source: str
    lines: str
    options: tuple[str, ...]
    read: dict[str, str]
    asked: set[str]
    verdicts: list[str]


PUBLIC = ("--set", "establishment=public")
EXPORTS = (
    Export(
        "erasmus-2013.csv",
        "mskl/VI13, README.md: columns of data.europa.eu, Erasmus mobility statistics 2013-14",
        """
        Action|CallYear|MobiilityID|SendingCountry|ReceivingCountry|MobilityType|SpecialNeeds|\
StartDate|EndDate|DurationInMonths|LevelOfStudy|ParticipantID|SendingPartnerName|\
HostingPartnerName|HostingPartnerCountry|Age|Boursier
        LLP|2026|M1|FR|PT|SMS|0|2027-01-15|2027-06-20|5|1|P1|Lyon 1|Porto|PT|21|oui
        LLP|2026|M2|FR|DE|SMP|0|2027-02-01|2027-02-20|1|2|P2|Lyon 1|Bosch|DE|22|oui
        LLP|2026|M3|FR|FR|SMS|0|2027-01-15|2027-06-20|5|1|P3|Lyon 1|Nice|FR|23|oui
        LLP|2026|M4|FR|ES|SMS|0|2027-01-15|2027-06-20|5|1|P4|Lyon 1|Vigo|ES|30|oui
        """,
        (),
        {"ReceivingCountry": "destination", "MobilityType": "stay", "StartDate": "start",
         "EndDate": "end", "Age": "age", "Boursier": "scholarship",
         "SendingPartnerName": "school"},
        {"SpecialNeeds"},
        ["eligible", "ineligible: min_duration", "ineligible: stay", "undetermined: disability"],
    ),
    Export(
        "scodoc.csv",
        "ScoDoc, format_import_etudiants.txt (identite) and the table adresse of scolars.py",
        """
        Code_NIP|Code_INE|nom|nom_usuel|prenom|civilite|date_naissance|lieu_naissance|nationalite|\
domicile|codepostaldomicile|villedomicile|paysdomicile|boursier|echelon|date_debut|date_fin
        1|0A|MARTIN||Zoé|F|12/03/2005|Lyon|FR|1 rue A|69001|Lyon|FR|oui|5|15/01/2027|20/06/2027
        2|0B|DURAND||Léo|M|30/09/1998|Oran|DZ|2 rue B|13001|Marseille|FR|oui|1|15/01/2027|\
20/06/2027
        3|0C|PETIT||Ana|F|01/01/2004|Faro|PT|3 rue C|31000|Toulouse|FR|non||01/09/2026|30/06/2027
        4|0D|ROUX||Max|M|01/01/2004|Nice|FR|4 rue D|06000|Nice|FR|oui|0bis|31/02/2027|30/06/2027
        """,
        PUBLIC,
        {"date_naissance": "birth_date", "boursier": "scholarship", "echelon": "echelon",
         "date_debut": "start", "date_fin": "end"},
        {"codepostaldomicile", "villedomicile"},
        ["eligible", "undetermined: disability", "ineligible: scholarship", "invalid"],
    ),
    Export(
        "esup-stage.xlsx",
        "EsupPortail/esup-stage, columns of the export of conventions (« Données stage »)",
        """
        N° de la convention|N° étudiant|Étudiant (NOM Prénom)|Code UFR|Libellé UFR|Code étape|\
Date début du stage|Date fin du stage|Interruption|Date début interruption|\
Date fin interruption|Sujet|Durée du stage|Gratification|Échelon|Âge
        C1|21001|MARTIN Zoé|SCI|Sciences|L3|01/03/2027|31/08/2027|Non|||Optique|6|Oui|5|21
        C2|21002|DURAND Léo|SCI|Sciences|M1|01/09/2026|15/07/2027|Oui|01/12/2026|31/12/2026|\
Sols|10|Oui|3|23
        C3|21003|PETIT Ana|SCI|Sciences|M2|01/03/2027|31/08/2027|Non|||Textes|6|Non||24
        """,
        (*PUBLIC, "--set", "stay=internship"),
        {"Date début du stage": "start", "Date fin du stage": "end", "Échelon": "echelon",
         "Âge": "age"},
        set(),
        ["eligible", "ineligible: max_duration", "undetermined: scholarship"],
    ),
    Export(
        "demarches-simplifiees.csv",
        "demarches-simplifiees.fr, columns of procedure exports (procedure_export_service_spec.rb)",
        """
        ID|Email|FranceConnect ?|Civilité|Nom|Prénom|Dépôt pour un tiers|Archivé|État du dossier|\
Dernière mise à jour le|Déposé le|Passé en instruction le|Traité le|Instructeurs|\
Date de naissance|Êtes-vous boursier sur critères sociaux ?|Échelon de bourse|\
Date de début de la mobilité|Date de fin de la mobilité|Pays d’accueil|Pays d’accueil (Code)|\
Commune du foyer fiscal|Commune du foyer fiscal (Code INSEE)|\
Commune du foyer fiscal (Département)|Êtes-vous en situation de handicap ?
        7|a@b.fr|Non|Mme|MARTIN|Zoé|Non|Non|En instruction|2026-11-20|2026-11-02|2026-11-10||\
c@d.fr|\
2005-03-12|Oui|5|2027-01-15|2027-06-20|Portugal|PT|Ambert|63003|63 – Puy-de-Dôme|Non
        8|e@f.fr|Oui|M.|DURAND|Léo|Non|Non|En construction|2026-11-20|2026-11-02|||c@d.fr|\
1990-03-12|Oui|2|2027-01-15|2027-06-20|Chili|CL|Saint-Denis|93066|93 – Seine-Saint-Denis|Oui
        9|g@h.fr|Non|Mme|PETIT|Ana|Non|Non|Accepté|2026-11-20|2026-11-02|2026-11-10||c@d.fr|\
2004-03-12|Non||2027-01-15|2027-06-20|Espagne|ES|Lyon|69123|69 – Rhône|Non
        """,
        PUBLIC,
        {"Date de naissance": "birth_date", "Êtes-vous boursier sur critères sociaux ?":
         "scholarship", "Échelon de bourse": "echelon", "Date de début de la mobilité": "start",
         "Date de fin de la mobilité": "end", "Pays d’accueil": "destination",
         "Commune du foyer fiscal (Code INSEE)": "commune",
         "Êtes-vous en situation de handicap ?": "disability"},
        {"Pays d’accueil (Code)", "Commune du foyer fiscal",
         "Commune du foyer fiscal (Département)"},
        ["eligible", "eligible", "ineligible: scholarship"],
    ),
    Export(
        "ewp-omobilities.jsonl",
        "erasmus-without-paper/ewp-specs-api-omobilities, endpoints/get-response.xsd",
        """
        omobility-id|sending-hei|student.given-names|student.family-name|student.birth-date|\
activity-type|status|planned-arrival-date|planned-departure-date|echelon
        O1|uca.fr|Zoé|MARTIN|2005-03-12|study|live|2027-01-15|2027-06-20|5
        O2|uca.fr|Léo|DURAND|2004-03-12|study|nomination|2027-02-01|2027-02-20|5
        """,
        (*PUBLIC, "--map", "planned-arrival-date=start", "--map", "planned-departure-date=end"),
        {"student.birth-date": "birth_date", "activity-type": "stay", "echelon": "echelon",
         "planned-arrival-date": "start", "planned-departure-date": "end"},
        {"planned-arrival-date", "planned-departure-date"},
        ["eligible", "ineligible: min_duration"],
    ),
    Export(
        "cnous-etudiant-boursier.jsonl",
        "etalab/siade_staging_data, payloads of the API « Statut étudiant boursier » of the CNOUS",
        """
        identite.nom|identite.prenoms|identite.date_naissance|identite.nom_commune_naissance|\
est_boursier|echelon_bourse.echelon|echelon_bourse.echelon_bourse_regionale_provisoire|\
periode_versement_bourse.date_rentree|periode_versement_bourse.duree|\
etablissement_etudes.nom_etablissement|etablissement_etudes.nom_commune|date_debut|date_fin
        MARTIN|Zoé|2005-03-12|Paris|true|5|false|2026-09-01|12|Lyon 1|Villeurbanne|2027-01-15|\
2027-06-20
        DURAND|Léo|2004-03-12|Oran|false||false|2026-09-01|12|Lyon 1|Villeurbanne|2027-01-15|\
2027-06-20
        """,
        (),
        {"identite.date_naissance": "birth_date", "est_boursier": "scholarship",
         "echelon_bourse.echelon": "echelon", "date_debut": "start", "date_fin": "end",
         "etablissement_etudes.nom_etablissement": "school"},
        {"echelon_bourse.echelon_bourse_regionale_provisoire"},
        ["eligible", "ineligible: scholarship"],
    ),
    Export(
        "limesurvey.csv",
        "LimeSurvey, headers « question code & question text » (as in jspsych and survey scripts)",
        """
        id. Response ID|submitdate. Date submitted|lastpage. Last page|\
startlanguage. Start language|seed. Seed|startdate. Date started|datestamp. Date last action|\
G01Q01. Date de naissance|G01Q02. Es-tu boursier ou boursière du Crous ?|G01Q03[SQ001]. Échelon|\
G02Q04. Type de mobilité|G02Q05. Date de début du séjour|G02Q06. Date de fin du séjour|\
G02Q07. Pays d’accueil|G03Q08. As-tu une RQTH ?
        1|2026-11-20 10:00:00|3|fr|77|2026-11-20 09:50:00|2026-11-20 10:00:00|2005-03-12 00:00:00|\
Oui|5|Études|2027-01-15 00:00:00|2027-06-20 00:00:00|Portugal|Non
        2|2026-11-20 10:00:00|3|fr|78|2026-11-20 09:50:00|2026-11-20 10:00:00|1995-03-12 00:00:00|\
Oui|2|Stage|2027-03-01 00:00:00|2027-08-31 00:00:00|Japon|Oui
        3||1|fr|79|2026-11-20 09:50:00|2026-11-20 09:51:00|1995-03-12 00:00:00|\
Oui|2|Stage|2027-03-01 00:00:00|2027-08-31 00:00:00|Japon|Non
        """,
        PUBLIC,
        {"G01Q01. Date de naissance": "birth_date", "G01Q03[SQ001]. Échelon": "echelon",
         "G01Q02. Es-tu boursier ou boursière du Crous ?": "scholarship",
         "G02Q04. Type de mobilité": "stay", "G02Q05. Date de début du séjour": "start",
         "G02Q06. Date de fin du séjour": "end", "G02Q07. Pays d’accueil": "destination",
         "G03Q08. As-tu une RQTH ?": "disability"},
        set(),
        ["eligible", "eligible", "ineligible: age"],
    ),
    Export(
        "google-forms.csv",
        "Google Forms, sheet of answers: « Horodateur », then each question as it is asked",
        """
        Horodateur|Adresse e-mail|NOM et Prénom|1. Quelle est ta date de naissance ?|\
2. Es-tu boursier sur critères sociaux ?|3. Quel est ton échelon de bourse ?|\
4. Quel est ton établissement d’inscription ?|5. Date de début de ta mobilité|\
6. Date de fin de ta mobilité|7. Dans quel pays pars-tu ?|\
8. As-tu déjà bénéficié de l’AMI ? Si oui, combien de mois ?|\
9. Dans quelle commune habitent tes parents ?
        20/11/2026 10:01:22|a@b.fr|MARTIN Zoé|12/03/2005|Oui|Échelon 5|Université Lyon 1|\
15/01/2027|20/06/2027|Portugal|Non|Ambert
        21/11/2026 11:11:22|c@d.fr|DURAND Léo|12/03/2004|Oui|0 bis|Université Lyon 1|\
01/09/2026|30/06/2027|Chili|oui, 3 mois|Lyon
        22/11/2026 12:21:22|e@f.fr|PETIT Ana|12/03/2004|Je ne sais pas||Université Lyon 1|\
15/01/2027|20/06/2027|Espagne||Nice
        """,
        (),
        {"1. Quelle est ta date de naissance ?": "birth_date",
         "2. Es-tu boursier sur critères sociaux ?": "scholarship",
         "3. Quel est ton échelon de bourse ?": "echelon",
         "4. Quel est ton établissement d’inscription ?": "school",
         "5. Date de début de ta mobilité": "start", "6. Date de fin de ta mobilité": "end"},
        {"7. Dans quel pays pars-tu ?", "9. Dans quelle commune habitent tes parents ?",
         "8. As-tu déjà bénéficié de l’AMI ? Si oui, combien de mois ?"},
        ["eligible", "eligible", "undetermined: scholarship"],
    ),
    Export(
        "dynamics-365.xlsx",
        "Dynamics 365, export to Excel: three hidden columns « (Do Not Modify) … » before the view",
        """
        (Do Not Modify) Contact|(Do Not Modify) Row Checksum|(Do Not Modify) Modified On|\
Full Name|Birthday|Home Institution|Mobility Type|Start Date|End Date|Host Country|\
Scholarship Level|Status Reason
        6f1|x9==|2026-11-20|MARTIN Zoé|2005-03-12|INSA Lyon|Exchange|2027-01-15|2027-06-20|\
Portugal|5|Active
        6f2|y9==|2026-11-20|DURAND Léo|2004-03-12|INSA Lyon|Internship|2027-03-01|2027-03-25|\
Japan|3|Active
        6f3|z9==|2026-11-20|PETIT Ana|2004-03-12|INSA Lyon|Conference|2027-03-01|2027-06-25|\
Japan|3|Draft
        """,
        (),
        {"Birthday": "birth_date", "Home Institution": "school", "Mobility Type": "stay",
         "Start Date": "start", "End Date": "end", "Host Country": "destination",
         "Scholarship Level": "echelon"},
        set(),
        ["eligible", "ineligible: min_duration", "invalid"],
    ),
    Export(
        "mobility-tool.xlsx",
        "European Commission, NAITDOC wiki, page 33530300: import file of Mobility Tool+, whose "
        "second row says which columns are mandatory and how they are written",
        """
        Project ID|Activity Type|Long-term activity|Participant ID|Participant First Name|\
Participant Last Name|Date of Birth|Participant With Special Needs|Sending Organisation|\
Receiving Organisation|Receiving Country|Mobility Start Date|Mobility End Date|\
Interruption Duration (Days)|Scholarship
        *|* DICT|DICT|||*|* DD-MM-YYYY|DICT|*|*|* DICT|* DD-MM-YYYY|* DD-MM-YYYY||
        2026-1|SMS|YES|P1|Zoé|MARTIN|12-03-2005|NO|Université Lyon 1|Porto|PT|15-01-2027|\
20-06-2027|0|bcs
        2026-1|SMP|YES|P2|Léo|DURAND|12-03-2004|NO|Université Lyon 1|Bosch|DE|01-09-2026|\
15-07-2027|0|bcs
        """,
        (),
        {"Activity Type": "stay", "Date of Birth": "birth_date", "Sending Organisation": "school",
         "Receiving Country": "destination", "Mobility Start Date": "start",
         "Mobility End Date": "end", "Scholarship": "scholarship"},
        {"Participant With Special Needs"},
        ["invalid", "eligible", "ineligible: max_duration"],
    ),
    Export(
        "moveon.csv",
        "moveon.qs-unisolution.com, user manual (persons and stays) and exports named « Table: "
        "Column »",
        """
        Person: ID|Person: Last name|Person: First name|Person: Date of birth|\
Person: Home address city|Person: Special needs|Stay: Home institution|Stay: Host institution|\
Stay: Host country|Stay: Type|Stay: Framework|Stay: Start date|Stay: End date|Stay: Status|\
Scholarship holder
        1|MARTIN|Zoé|12/03/2005|Ambert|no|Université Lyon 1|Porto|Portugal|Study|Erasmus+|\
15/01/2027|20/06/2027|Accepted|yes
        2|DURAND|Léo|12/03/2004|Lyon|no|Université Lyon 1|Kyoto|Japan|Study|Bilateral|\
01/09/2026|30/06/2027|Accepted|no
        3|PETIT|Ana|12/03/2004|Nice|no|Université Lyon 1|Lima|Peru|Traineeship|Bilateral|\
30/06/2027|01/03/2027|Draft|yes
        """,
        (),
        {"Person: Date of birth": "birth_date", "Person: Home address city": "commune",
         "Stay: Home institution": "school",
         "Stay: Host country": "destination", "Stay: Type": "stay", "Stay: Start date": "start",
         "Stay: End date": "end", "Scholarship holder": "scholarship"},
        {"Person: Special needs", "Stay: Framework"},
        ["eligible", "ineligible: scholarship", "invalid"],
    ),
    Export(
        "ypareo.jsonl",
        "Ypareo, API r/v1/apprenants (codeApprenant, nomApprenant, prenomApprenant, …)",
        """
        codeApprenant|nomApprenant|prenomApprenant|dateNaissance|codeNationalite|codeCivilite|\
adresse.ville|isBoursier|echelonBourse|typeMobilite|paysMobilite|dateDebutMobilite|\
dateFinMobilite
        101|MARTIN|Zoé|12/03/2005|FR|2|Ambert|true|5|stage|Portugal|01/03/2027|31/08/2027
        102|DURAND|Léo|12/03/2004|FR|1|Lyon|false||études|Chili|01/09/2026|30/06/2027
        """,
        PUBLIC,
        {"dateNaissance": "birth_date", "isBoursier": "scholarship", "echelonBourse": "echelon",
         "typeMobilite": "stay", "paysMobilite": "destination", "dateDebutMobilite": "start",
         "dateFinMobilite": "end"},
        {"adresse.ville"},
        ["eligible", "ineligible: scholarship"],
    ),
)  # fmt: skip


def write(path: Path, export: Export) -> None:
    """Write an export in the format of its name; nested names of JSON become objects."""
    lines = [line.strip().split("|") for line in export.lines.strip().splitlines()]
    head, *rows = lines
    assert {len(line) for line in lines} == {len(head)}, export.name
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)
    elif path.suffix == ".jsonl":
        values = {"true": True, "false": False, "": None}
        objects = [
            {name: values.get(cell, cell) for name, cell in zip(head, row, strict=True)}
            for row in rows
        ]
        path.write_text("".join(f"{json.dumps(one)}\n" for one in objects), "utf-8")
    else:
        with xlsxwriter.Workbook(path) as book:
            sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
            for number, row in enumerate(lines):
                for rank, cell in enumerate(row):
                    try:
                        sheet.write_datetime(number, rank, date.fromisoformat(cell), day)
                    except ValueError:
                        sheet.write_string(number, rank, cell)
            if export.name.startswith("dynamics"):
                sheet.set_column(0, 2, None, None, {"hidden": True})


def result_of(row: dict[str, str]) -> str:
    """Return a verdict, with the criteria that fail or the answers that lack."""
    why = {"ineligible": row["ami_failed"], "undetermined": row["ami_missing"]}
    more = why.get(row["ami_verdict"])
    return f"{row['ami_verdict']}: {more}" if more else row["ami_verdict"]


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_export_is_read_as_it_comes(export: Export, tmp_path: Path) -> None:
    assert export.source
    write(tmp_path / export.name, export)
    summary = tmp_path / "s.json"
    done = ami("batch", str(tmp_path / export.name), *export.options, *DAY, "--format", "csv",
               "--summary-json", str(summary), "-o", str(tmp_path / "out.csv"))  # fmt: skip
    invalid = "invalid" in export.verdicts
    assert done.returncode == (4 if invalid else 0), done.stderr
    text = (tmp_path / "out.csv").read_text("utf-8-sig")
    separator = "," if export.name.endswith(".csv") else ";"
    rows = list(csv.DictReader(io.StringIO(text), delimiter=separator))
    assert [result_of(row) for row in rows] == export.verdicts
    document: dict[str, Any] = json.loads(summary.read_text("utf-8"))
    head = export.lines.strip().splitlines()[0].strip().split("|")
    unread = {*head} - export.read.keys()
    assert {*document["unread_columns"]} == unread


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_export_is_asked_about_where_a_name_may_be_several_things(
    export: Export, tmp_path: Path
) -> None:
    write(tmp_path / export.name, export)
    profile = tmp_path / "p.toml"
    assert ami("batch", str(tmp_path / export.name), "--propose", str(profile)).returncode == 0
    lines = profile.read_text("utf-8").partition("[columns]")[2].partition("\n[")[0].splitlines()
    read = {
        json.loads(line.partition(" = ")[0]): json.loads(line.partition(" = ")[2])
        for line in lines
        if line and not line.startswith("#")
    }
    mapped = {name.partition("=")[0] for name in export.options if "=" in name}
    assert read == {name: it for name, it in export.read.items() if name not in mapped}
    asked = {
        json.loads(line.removeprefix("# ").partition(" = ")[0])
        for line in lines
        if line.startswith('# "')
    }
    assert asked == export.asked
