"""The files of `--calendar` and `--report`, as real commands write them."""

import json
import os
import re
import stat
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from ical.calendar_stream import IcsCalendarStream

from ami_cli import files
from tests.runner import DAY, ami

FLAGS = (
    *("--age", "21", "--echelon", "6", "--school", "Lyon 2", "--commune", "Ambert"),
    *("--start", "2027-09-15", "--end", "2028-02-20", *DAY),
)
OLDER = ("--age", "30", *FLAGS[2:])
EXPORTS = ("calendar.ics", "page.html", "page.md")


def written(folder: Path, *arguments: str, names: tuple[str, ...] = EXPORTS) -> dict[str, str]:
    """Write every file with a command; return their texts by name."""
    for name in names:
        option = "--calendar" if name.endswith(".ics") else "--report"
        done = ami("check", *arguments, option, str(folder / name))
        assert done.returncode == 0, done.stderr
        assert str(folder / name) in done.stderr
    return {name: (folder / name).read_text("utf-8") for name in names}


def refused(*arguments: str, env: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Return the errors of a command that writes no result."""
    done = ami("check", *arguments, "--json", env=env)
    assert done.stdout == ""
    assert done.returncode in (2, 5)
    errors: list[dict[str, Any]] = json.loads(done.stderr)["errors"]
    return errors


def test_the_calendar_holds_the_days_of_the_stay(tmp_path: Path) -> None:
    text = written(tmp_path, *FLAGS, names=("calendar.ics",))["calendar.ics"]
    events = IcsCalendarStream.calendar_from_ics(text).events
    days = {event.uid.partition("-")[0]: str(event.dtstart) for event in events}
    assert days == {
        "procedures": "2027-03-15",
        "scholarship_opens": "2027-03-13",
        "scholarship_closes": "2027-05-31",
        "departure": "2027-09-15",
        "return": "2028-02-20",
    }


def test_the_result_is_the_same_with_and_without_files(tmp_path: Path) -> None:
    alone = ami("check", *FLAGS, "--json").stdout
    files = ("--calendar", str(tmp_path / "a.ics"), "--report", str(tmp_path / "a.html"))
    with_files = ami("check", *FLAGS, "--json", *files)
    assert with_files.stdout == alone
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "a.ics"]
    assert "a.ics" in with_files.stderr
    assert "a.html" in with_files.stderr
    quiet = ami("check", *FLAGS, "--json", *files, "--force", "--quiet")
    assert (quiet.returncode, quiet.stderr) == (0, "")


def test_the_same_command_writes_the_same_files_and_only_for_their_owner(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    first, second = (written(tmp_path / folder, *FLAGS) for folder in "12")
    assert first == second
    for name in EXPORTS:
        assert stat.S_IMODE((tmp_path / "1" / name).stat().st_mode) == 0o600


def test_an_existing_file_is_kept_without_force(tmp_path: Path) -> None:
    target = tmp_path / "dates.ics"
    target.write_text("mine", "utf-8")
    (error,) = refused(*FLAGS, "--calendar", str(target))
    assert error["code"] == "output_exists"
    assert "--force" in error["fix"]
    assert target.read_text("utf-8") == "mine"
    assert ami("check", *FLAGS, "--calendar", str(target), "--force").returncode == 0
    assert target.read_text("utf-8").startswith("BEGIN:VCALENDAR")


def test_every_fault_of_the_files_is_told_at_once(tmp_path: Path) -> None:
    paths = ("--calendar", str(tmp_path / "dates.txt"), "--report", str(tmp_path / "page.pdf"))
    assert [error["code"] for error in refused(*FLAGS, *paths)] == ["not_a_calendar", "not_a_page"]
    assert [error["code"] for error in refused(*FLAGS, "--include-health")] == [
        "health_without_page"
    ]
    (error,) = refused(*FLAGS, "--report", str(tmp_path / "nowhere" / "page.md"))
    assert error["code"] == "no_folder"
    nowhere = ("--report", str(tmp_path / "nowhere" / "page.md"))
    assert ami("check", *FLAGS, *nowhere).returncode == 5  # as in a batch
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_the_answers_is_never_replaced(tmp_path: Path) -> None:
    answers = tmp_path / "answers.md"
    answers.write_text('{"age": 21}', "utf-8")
    (error,) = refused("--answers", str(answers), "--report", str(answers), "--force")
    assert error["code"] == "same_file"
    assert answers.read_text("utf-8") == '{"age": 21}'


def test_an_empty_file_name_is_refused() -> None:
    assert [error["code"] for error in refused(*FLAGS, "--report", "")] == ["not_a_page"]
    assert [error["code"] for error in refused(*FLAGS, "--calendar", "")] == ["not_a_calendar"]


def test_a_calendar_needs_a_start(tmp_path: Path) -> None:
    page = ("--report", str(tmp_path / "page.md"))
    (error,) = refused("--age", "21", "--calendar", str(tmp_path / "dates.ics"), *page)
    assert error["code"] == "calendar_without_start"
    assert list(tmp_path.iterdir()) == []  # neither of the two
    assert ami("check", "--age", "21", *page).returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_writes_no_result(tmp_path: Path) -> None:
    (tmp_path / "page.md").symlink_to("/dev/full")
    (error,) = refused(*FLAGS, "--report", str(tmp_path / "page.md"))
    assert error["code"] == "output_closed"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_no_file_is_written_where_one_of_them_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = files._created

    def created_on_a_full_disk(part: Path) -> BinaryIO:
        file = created(part)
        if "dates.ics" in part.name:
            full = os.open("/dev/full", os.O_WRONLY)
            os.dup2(full, file.fileno())
            os.close(full)
        return file

    monkeypatch.setattr(files, "_created", created_on_a_full_disk)
    names = ("--calendar", "dates.ics", "--report", "page.md", "--mail", "message.txt")
    exports = [str(tmp_path / name) if "." in name else name for name in names]
    (error,) = refused(*FLAGS, *exports)
    assert error["code"] == "output_closed"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "page.html").mkdir()
    (error,) = refused(*FLAGS, "--report", str(tmp_path / "page.html"))
    assert error["code"] == "output_closed"
    assert list((tmp_path / "page.html").iterdir()) == []


# --- health data ---------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [FLAGS, OLDER], ids=["22", "30"])
def test_without_include_health_no_file_depends_on_disability(
    flags: tuple[str, ...], tmp_path: Path
) -> None:
    seen = []
    for rank, answer in enumerate(((), ("--disability",), ("--no-disability",))):
        folder = tmp_path / str(rank)
        folder.mkdir()
        seen.append(written(folder, *flags, *answer))
    assert seen[0] == seen[1] == seen[2]
    assert "--disability" not in seen[0]["page.html"]


def test_the_student_is_warned_when_the_page_has_another_verdict(tmp_path: Path) -> None:
    page = ("--report", str(tmp_path / "page.md"))
    done = ami("check", *OLDER, "--disability", *page)
    assert "CONDITIONS REMPLIES" in done.stdout
    assert "pas encore tranché" in " ".join(done.stderr.split())
    assert "--include-health" in done.stderr
    with_health = ami("check", *OLDER, "--disability", *page, "--force", "--include-health")
    assert "--include-health" not in with_health.stderr


def test_include_health_keeps_the_answer_and_the_command(tmp_path: Path) -> None:
    name = ("page.html",)
    page = written(tmp_path, *OLDER, "--disability", "--include-health", names=name)["page.html"]
    assert "--disability" in page
    assert "Aucune limite d’âge ne s’applique" in page


# --- the command that the page gives again -------------------------------------------------------


@pytest.mark.parametrize("school", ["Lyon 2", "0691775E", "Université d'Orléans", 'a"b$c`d\\e!%f'])
def test_the_command_on_the_page_gives_the_same_result_again(school: str, tmp_path: Path) -> None:
    import shlex

    flags = ("--school", school, *FLAGS[6:], "--age", "21", "--echelon", "6")
    page = written(tmp_path, *flags, names=("page.md",))["page.md"]
    (command,) = re.findall(r"(?m)^ *(?:    |```\n)?(ami check .*)$", page)
    again = json.loads(ami(*shlex.split(command)[1:], "--json").stdout)
    assert again == json.loads(ami("check", *flags, "--json").stdout)


# --- the message to the international office ------------------------------------------------------


def test_message_is_written_or_takes_the_place_of_the_result(tmp_path: Path) -> None:
    target = tmp_path / "message.txt"
    written_done = ami("check", *FLAGS, "--mail", str(target))
    assert "CONDITIONS REMPLIES" in written_done.stdout
    shown = ami("check", *FLAGS, "--mail", "-")
    assert shown.stdout == target.read_text("utf-8")
    assert shown.stdout.startswith("Objet")
    assert "toutes les conditions" in shown.stderr
    (error,) = refused(*FLAGS, "--mail", "-")
    assert error["code"] == "message_and_json"
    (error,) = refused(*FLAGS, "--mail", str(tmp_path / "message.pdf"))
    assert error["code"] == "not_a_message"


def test_message_says_nothing_of_health_unless_asked() -> None:
    flags = ("check", *OLDER, "--disability", "--mail", "-")
    assert "handicap" not in ami(*flags).stdout
    assert "handicap" in ami(*flags, "--include-health").stdout
