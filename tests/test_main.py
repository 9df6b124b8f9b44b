"""Every mistake a person can make on the command line: named, with its fix, in their language."""

import json
import re
import shlex
import signal

import pytest
from typer.core import TyperArgument

from ami_cli import mistakes
from ami_cli.cli import command
from ami_cli.failures import Problem, UnreadableInput
from ami_cli.registers.spelling import fold
from ami_cli.words import words_of
from tests.runner import ami, foreign_words
from tests.students import COMPLETE, STUDENTS

# command line → what the message names, and what the fix says
MISTAKES = {
    "misspelt option": (["check", "--etablissement", "x"], "--etablissement", "--establishment"),
    "misspelt command": (["chek"], "chek", "check"),
    "unknown command": (["delete-everything"], "delete-everything", "check"),
    "option without a value": (["check", "--age"], "--age", "--age 21"),
    "value for a switch": (["check", "--rural=oui"], "--rural", "--rural"),
    "a stray word": (["check", "public"], "public", "--help"),
    "an answer twice": (["check", "--age", "21", "--age", "22"], "--age", None),
    "unknown word of the shell": (["check", "--nno-rural"], "--nno-rural", "--no-rural"),
    "two documents": (["check", "--answers", "-", "--answers", "x"], "--answers", None),
    "two years": (["rules", "--year", "2024-2025", "--year=2023-2024"], "--year", None),
    "yes and no": (["check", "--rural", "--no-rural"], "--rural", None),
    "age out of range": (["check", "--age", "121"], "121", "120"),
    "negative age": (["check", "--age", "-1"], "-1", "120"),
    "age in words": (["check", "--age", "vingt"], "vingt", "120"),
    "amount out of range": (["check", "--erasmus-monthly", "5001"], "5001", "5000"),
    "amount with its sign": (["check", "--erasmus-monthly", "300 $"], "300", "5000"),
    "amount without Erasmus+": (
        ["check", "--erasmus-monthly", "300", "--no-erasmus"], "Erasmus+", None
    ),
    "endless name": (["check", "--school", "n" * 201], "nnnn", "200"),
    "endless commune": (["check", "--commune", "n" * 201], "nnnn", "200"),
    "school of another kind": (
        ["check", "--school", "Lyon 1", "--establishment", "abroad"], None, None
    ),
    "misspelt new option": (["check", "--comune", "Ambert"], "--comune", "--commune"),
    "option without a name": (["check", "--school"], "--school", '--school "Lyon 2"'),
    "option without a commune": (["check", "--commune"], "--commune", "--commune Ambert"),
    "option without a calendar": (["check", "--calendar"], "--calendar", ".ics"),
    "option without a page": (["check", "--report"], "--report", ".html"),
    "calendar that is none": (["check", "--calendar", "dates.txt"], "dates.txt", ".ics"),
    "page that is none": (["check", "--report", "page.pdf"], "page.pdf", ".html"),
    "health without a page": (["check", "--include-health"], "--include-health", "--report"),
    "calendar without a start": (["check", "--calendar", "dates.ics"], "--calendar", "--start"),
    "two schools": (["check", "--school", "UCA", "--school", "Skema"], "--school", None),
    "months out of range": (["check", "--months-received", "61"], "61", "60"),
    "impossible day": (["check", "--start", "31/02/2027"], "31/02/2027", "15/01/2027"),
    "two-digit year": (["check", "--end", "1/2/27"], "1/2/27", "15/01/2027"),
    "month only": (["check", "--start", "janvier 2027"], "janvier 2027", "15/01/2027"),
    "far date": (["check", "--start", "2100-01-01"], "2100", "31/12/2099"),
    "near word": (["check", "--establishment", "publik"], "publik", "public"),
    "ambiguous word": (["check", "--establishment", "privé"], "privé", "private-accredited"),
    "unknown échelon": (["check", "--echelon", "8"], "8", "0bis"),
    "end before start": (["check", "--start", "2027-02-01", "--end", "2027-01-01"], "2027", None),
    "échelon without BCS": (["check", "--scholarship", "none", "--echelon", "3"], None, "bcs"),
    "two ages": (["check", "--age", "21", "--birth-date", "2005-01-01"], None, None),
    "born after the start": (
        ["check", "--birth-date", "2026-10-01", "--start", "2026-09-01"], "2026", None
    ),
    "not born yet": (["check", "--birth-date", "2090-01-01"], "2090", None),
    "before the first year": (["check", "--start", "2020-08-31"], "2020-2021", "2020"),
    "language without a value": (["check", "--lang"], "--lang", "fr"),
    "day without a value": (["check", "--today"], "--today", "2027-01-15"),
    "unknown language": (["check", "--lang", "de"], "de", "fr"),
    "unknown colour": (["check", "--color", "maybe"], "maybe", "auto"),
    "wrong today": (["check", "--today", "demain"], "demain", "2027-01-15"),
    "unknown year": (["rules", "--year", "1999-2000"], "1999-2000", "2020-2021"),
    "one year of two": (["rules", "--year", "2026"], "2026", "2026-2027"),
    "half a year": (["rules", "--year", "2025-2027"], "2025-2027", "2025-2026"),
    "no year": (["rules", "--year"], "--year", "2025-2026"),
}  # fmt: skip


# command line → what the fix proposes, whole
PROPOSED = {
    # French names, usual names and English names of an option; a value as an option
    "check --no-handicap": "--no-disability",
    "check --sans-handicap": "--no-disability",
    "check --bourse bcs": "--scholarship",
    "check --no-bourse": "--scholarship none",
    "check --boursier": "--scholarship bcs",
    "check --stage": "--stay internship",
    "check --fin 2027-01-01": "--end",
    "check --date-de-retour 2027-01-01": "--end",
    "check --ville Lens": "--commune",
    "check --hors-cursus": "--outside-curriculum",
    "check --aide": "--help",
    "check --country Espagne": "--destination",
    "check --pays Espagne": "--destination",
    "check --courriel x.txt": "--mail",
    "check --premier-jour 2027-01-01": "--start",
    "check --birth_date 2005-03-12": "--birth-date",
    "check --ÂGE 21": "--age",
    "check --etablissment public": "--establishment",
    "check '--age 21'": "--age",
    "batch x.csv --sortie y.csv": "--output",
    "batch x.csv --feuille 2": "--sheet",
    "rules --annee 2025-2026": "--year",
    "rules 2025-2026": "--year 2025-2026",
    "--langue en": "--lang",
    # of another command, or without one
    "--age 21": "ami check --age",
    "age 21": "ami check --age",
    "check --version": "ami --version",
    "mes_etudiants.csv": "ami batch mes_etudiants.csv",
    "'mes etudiants.xlsx'": 'ami batch "mes etudiants.xlsx"',
    "verifier": "check",
    "aide": "help",
    # a dash too long, too few dashes
    "check —age 21": "--age",
    "check –échelon 6": "--echelon",
    "check −fin 2027-01-01": "--end",
    "—help": "--help",
    "check -age 21": "--age",
    "check -help": "--help",
    "check age 21": "--age",
    "check /age 21": "--age",
    "check public": "--establishment public",
    "batch -output=y.csv x.csv": "--output",
    "batch -sortie y.csv": "--output",
    # quotes
    "check --commune Lons le Saunier": '--commune "Lons le Saunier"',
    "check --age 21 --commune Lons le Saunier --no-merit": '--commune "Lons le Saunier"',
    "check --commune=Lons le Saunier": '--commune "Lons le Saunier"',
    "check --commune “Lons le Saunier”": '--commune "Lons le Saunier"',
    "check --school Université de Tours": '--school "Université de Tours"',
    "check --start 15 janvier 2027": '--start "15 janvier 2027"',
    "check --today 15 janvier 2027": '--today "15 janvier 2027"',
    "check --answers mon dossier.json": '--answers "mon dossier.json"',
    "check --establishment privé habilité": '--establishment "privé habilité"',
    "batch mes etudiants.csv": 'ami batch "mes etudiants.csv"',
    "batch x.csv --set establishment=privé habilité": '--set "establishment=privé habilité"',
    "batch x.csv sortie y.csv": "--output",
    "check --commune = Ambert": "--commune Ambert",
    "check --age= 21": "--age 21",
    # yes and no
    "check --rural oui": "--rural",
    "check --rural non": "--no-rural",
    "check --disability=non": "--no-disability",
    "--today 15 janvier 2027 check": '--today "15 janvier 2027"',
    # an option where a value is awaited
    "check --start --end 2027-01-01": "--start 2027-01-15",
    "check --mail --end=2027-01-01": "--mail message.txt",
}


@pytest.mark.parametrize("flag", ["--no-erasmus", "--outside-curriculum"])
def test_a_no_behind_the_option_of_a_no_may_mean_either(flag: str) -> None:
    done = ami("check", f"{flag}=non")
    assert (done.returncode, done.stdout) == (2, "")
    yes = "--erasmus" if flag == "--no-erasmus" else "--in-curriculum"
    assert f"{yes} pour oui, {flag} pour non." in done.stderr


@pytest.mark.parametrize("line", PROPOSED)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_what_was_meant_is_proposed(line: str, lang: str) -> None:
    done = ami(*shlex.split(line), env={"AMI_LANG": lang})
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search(rf" {re.escape(PROPOSED[line])}[.?]( |$)", done.stderr.rstrip()), done.stderr
    assert "Retire" not in done.stderr
    assert "Remove" not in done.stderr


@pytest.mark.parametrize("lang", ["EN", "En"])
def test_language_is_read_in_capitals_too(lang: str) -> None:
    assert "Find out" in ami("--lang", lang).stdout
    assert "Find out" in ami(env={"AMI_LANG": lang}).stdout


def test_every_usual_name_is_that_of_an_option_and_of_no_two() -> None:
    tree = command()
    flags = {flag for each in (tree, *tree.commands.values()) for flag in mistakes._flags(each)}
    assert {"--help", *flags} >= set(mistakes.OPTION_WORDS)
    assert set(tree.commands) >= set(mistakes.COMMAND_WORDS)
    for names in (mistakes.OPTION_WORDS, mistakes.COMMAND_WORDS):
        words = [word for others in names.values() for word in others]
        assert len(words) == len(set(words))
        assert all(word == fold(word) for word in words)


def test_huge_options_are_answered_at_once() -> None:
    for text in ("é" * 100_000, "--" + "a-" * 50_000, "-" + "a" * 100_000, "—" + "b" * 100_000):
        for line in ([text], ["check", text], ["check", "--commune", "a", text]):
            done = ami(*line)
            assert done.returncode == 2
            assert len(done.stderr) < 700


def test_help_is_a_command_and_a_word_behind_each_command() -> None:
    assert ami("help").stdout == ami().stdout == ami("--help").stdout
    for name in command().commands:
        screens = {ami(name, "--help").stdout, ami("help", name).stdout, ami(name, "help").stdout}
        assert len(screens) == 1


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_mistake_is_named_with_its_fix_in_the_language(name: str, lang: str) -> None:
    arguments, named, fix = MISTAKES[name]
    done = ami(*arguments, env={"AMI_LANG": lang})
    assert done.returncode == 2
    assert done.stdout == ""
    message, _, advice = done.stderr.partition("→")
    assert named is None or named in message
    assert advice.strip()
    assert fix is None or fix in advice
    assert "Traceback" not in done.stderr
    assert not foreign_words(done.stderr, lang), done.stderr


@pytest.mark.parametrize("name", MISTAKES)
def test_with_json_errors_are_json_on_stderr(name: str) -> None:
    arguments, _, _ = MISTAKES[name]
    done = ami(*arguments, "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    errors = json.loads(done.stderr)["errors"]
    assert errors
    assert all(list(error) == ["code", "message", "fix", "field"] for error in errors)


# Every command: what is right, and each kind of mistake with what the fix must name.
MATRIX: dict[str, dict[str, tuple[list[str], str]]] = {
    "check": {
        "good": ([*COMPLETE], ""),
        "missing": (["--echelon"], "--echelon 6"),
        "misspelt": (["--echellon", "6"], "--echelon"),
        "repeated": (["--echelon", "6", "--echelon", "6"], ""),
        "out of range": (["--echelon", "8"], "0bis"),
        "near": (["--stay", "estudes"], "study"),
        "misspelt name": (["--scool", "Lyon 1"], "--school"),
        "amount out of range": (["--erasmus-monthly", "9999"], "5000"),
    },
    "batch": {
        "good": ([STUDENTS], ""),
        "missing": ([], "-o verdicts.csv"),
        "misspelt": ([STUDENTS, "--formt", "csv"], "--format"),
        "repeated": ([STUDENTS, "--format", "csv", "--format", "xlsx"], ""),
        "out of range": ([STUDENTS, "--format", "doc"], "parquet"),
        "near": ([STUDENTS, "--format", "xls"], "xlsx"),
        "near column": ([STUDENTS, "--only", "dosier"], "dossier"),
        "near answer": ([STUDENTS, "--map", "rural=erasmuss"], "erasmus"),
        "near encoding": ([STUDENTS, "--encoding", "cp12522"], "cp1252"),
    },
    "rules": {
        "good": (["--year", "2024-2025"], ""),
        "missing": (["--year"], "--year 2025-2026"),
        "misspelt": (["--yaer", "2024-2025"], "--year"),
        "repeated": (["--year", "2024-2025", "--year", "2024-2025"], ""),
        "out of range": (["--year", "1999-2000"], "2020-2021"),
    },
    "schools": {
        "good": (["Lyon 1"], ""),
        "missing": (["--color"], "--color never"),
        "misspelt": (["--jsno"], "--json"),
        "repeated": (["Lyon", "--color", "x", "--color", "y"], "auto"),
        "out of range": (["Lyon", "--color", "42"], "auto"),
        "near": (["--color", "alway"], "always"),
    },
    "schema": {
        "good": (["answers"], ""),
        "missing": ([], "answers, result"),
        "misspelt": (["anwsers"], "answers"),
        "repeated": (["answers", "answers"], "ami schema --help"),
        "out of range": (["batch"], "answers, result"),
    },
    "help": {
        "good": (["check"], ""),
        "missing": (["--lang"], "--lang fr"),
        "misspelt": (["chek"], "check"),
        "repeated": (["check", "check"], "ami help --help"),
        "out of range": (["zzz"], "check, batch"),
    },
    "completion": {
        "good": (["bash"], ""),
        "missing": ([], "bash, zsh, fish, powershell"),
        "misspelt": (["bahs"], "bash"),
        "repeated": (["bash", "bash"], "ami completion --help"),
        "out of range": (["tcsh"], "bash, zsh, fish, powershell"),
    },
    "": {
        "good": ([], ""),
        "missing": (["--lang"], "--lang fr"),
        "misspelt": (["--vresion"], "--version"),
        "out of range": (["--color", "42"], "auto"),
        "near": (["--color", "alway"], "always"),
        "near language": (["--lang", "frr"], "fr"),
    },
}


def test_the_matrix_leaves_no_command_out() -> None:
    assert set(MATRIX) == {"", *command().commands}
    for kinds in MATRIX.values():
        assert {"good", "missing", "misspelt", "out of range"} <= set(kinds)


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, kinds in MATRIX.items() for kind in kinds]
)
def test_every_command_with_every_mistake(name: str, kind: str, lang: str) -> None:
    arguments, fix = MATRIX[name][kind]
    done = ami(*([name] if name else []), *arguments, env={"AMI_LANG": lang})
    if kind == "good":
        assert done.returncode in ((0, 4) if name == "batch" else (0,))
        assert done.stdout
        return
    assert done.returncode == 2
    assert done.stdout == ""
    message, _, advice = done.stderr.rpartition("→")
    assert message.strip()
    assert fix in advice, done.stderr
    if kind.startswith(("near", "misspelt")):
        words = words_of(lang, adviser=name == "batch")
        near = words("errors.near", suggestion="\0").partition("\0")[0].strip()
        assert near in advice, done.stderr
    assert not foreign_words(done.stderr, lang), done.stderr


def test_all_errors_are_told_at_once() -> None:
    done = ami(
        *("check", "--age", "x", "--start", "3/4/26", "--establishment", "prive", "--json"),
        *("--end", "31/4/2027"),
    )
    errors = json.loads(done.stderr)["errors"]
    assert [error["field"] for error in errors] == ["age", "establishment", "start", "end"]
    assert [error["code"] for error in errors] == [
        *("not_a_number", "private_is_two", "two_digit_year", "no_such_day"),
    ]


def test_user_text_cannot_command_the_terminal_nor_flood_it() -> None:
    for text in ("\x1b[31mrouge", "\u202egauche", "a\nb\rc", "[bold]x[/bold] :warning:", "\x07"):
        for arguments in (
            ["check", "--age", text],
            ["check", f"--{text}"],
            [text],
            ["check", text],
        ):
            done = ami(*arguments)
            assert done.returncode == 2
            assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.stderr), arguments
    long = ami("check", "--establishment", "p" * 100_000)
    assert long.returncode == 2
    assert len(long.stderr) < 600


@pytest.mark.parametrize("kind", [RuntimeError, EOFError, BrokenPipeError, SystemExit])
def test_a_bug_is_one_line_without_values(
    kind: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*arguments: object, **options: object) -> None:
        raise kind("/".join(("12", "03", "2005")))

    monkeypatch.setattr("ami_cli.commands.check.assess", break_down)
    for flags in ([], ["--debug"], ["--json"]):
        done = ami("check", *COMPLETE, *flags)
        assert (done.returncode, done.stdout) == (1, "")
        assert kind.__name__ in done.stderr
        assert "12/03/2005" not in done.stderr
        assert ("test_main.py" in done.stderr) is ("--debug" in flags)


@pytest.mark.parametrize(
    "error", [RuntimeError(), UnreadableInput(Problem("no_memory", "input")), MemoryError()]
)
def test_what_a_library_makes_of_ctrl_c_ends_as_ctrl_c_does(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def translate(*arguments: object, **options: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as interruption:
            raise error from interruption

    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        monkeypatch.setattr("ami_cli.commands.check.assess", translate)
        done = ami("check", *COMPLETE)
        assert (done.returncode, done.stdout) == (130, "")
        assert done.stderr == words_of("fr")("wizard.interrupted") + "\n"
        assert ami("check", "--bogus").returncode == 2
    finally:
        signal.signal(signal.SIGINT, before)


def test_help_and_version_are_on_stdout() -> None:
    for arguments in (["-h"], ["--help"], [], ["check", "-h"], ["rules", "--help"], ["--version"]):
        done = ami(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.strip()
    assert "2025-2026" in ami("--version").stdout


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("width", [60, 80])
def test_help_names_every_option_whole(lang: str, width: int) -> None:
    tree = command()
    for name, subcommand in tree.commands.items():
        shown = ami(name, "--help", "--lang", lang, env={"COLUMNS": str(width)}).stdout
        assert max(map(len, shown.splitlines())) <= width
        for option in [*subcommand.params, *tree.params]:
            if option.name == "version":
                continue
            assert words_of(lang)(f"help.options.{option.name}").split()[0] in shown
            for flag in [*option.opts, *option.secondary_opts]:
                if isinstance(option, TyperArgument):
                    continue  # shown by what it stands for
                assert re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", shown), flag


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("name", [None, *command().commands])
def test_help_breaks_no_word_of_a_narrow_terminal(name: str | None, lang: str) -> None:
    shown = [
        ami(*filter(None, [name]), "--help", "--lang", lang, env={"COLUMNS": width}).stdout
        for width in ("20", "96")
    ]
    narrow, wide = (text.replace(" \\\n", "\n").split() for text in shown)
    assert narrow == wide


@pytest.mark.parametrize("fault", [KeyError("errors.bug"), OSError(5, "io"), MemoryError()])
def test_a_fault_of_the_words_themselves_is_one_line(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*arguments: object, **options: object) -> None:
        raise fault

    for broken in ("ami_cli.main.words_of", "ami_cli.words.Words.__call__"):
        monkeypatch.setattr(broken, break_down)
        for arguments in (["check", "--age", "x"], ["--help"], ["check", "--json"]):
            done = ami(*arguments)
            assert (done.returncode, done.stdout) == (1, "")
            assert done.stderr == f"ami : erreur interne, internal error ({type(fault).__name__})\n"


@pytest.mark.parametrize("width", [1, 40, 60])
def test_errors_fit_the_terminal_and_what_is_copied_stays_whole(width: int) -> None:
    env = {"COLUMNS": str(width)}
    done = ami("check", "--age", "vingt", "--start", "31/02/2027", "--stay", "x", env=env)
    assert done.stderr.count("→") == 3
    assert max(map(len, done.stderr.splitlines())) <= max(20, width)
    done = ami("check", "--commune", "Lons", "le", "Saunier", env=env)
    assert '--commune "Lons le Saunier".' in done.stderr
    assert ami("--help", env=env).returncode == 0


@pytest.mark.parametrize(
    ("lang", "name", "values"),
    [
        ("fr", "establishment", "private-accredited (privé habilité à recevoir des boursiers)"),
        ("fr", "stay", "study (études), internship (stage) ou other (autre séjour)"),
        ("en", "establishment", "private-accredited (habilité)"),
        ("en", "scholarship", "bcs (bourse sur critères sociaux)"),
        ("en", "echelon", "Choose from: 0bis, 1, 2, 3, 4, 5, 6 or 7."),
    ],
)
def test_values_are_shown_with_their_meaning(lang: str, name: str, values: str) -> None:
    assert values in ami("check", f"--{name}", "zzzz", "--lang", lang).stderr
