"""Makes the examples of the manuals with the program itself: `make docs`.

The README shows the summary of a result as text, because an index of packages shows no picture
of a repository. The manual of advisers has a picture: an SVG without a script or a font from
elsewhere. The example page is the one of `--report`; the pages of words say what cells may hold.
"""

import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

from ami_cli import Answers, assess
from ami_cli.batch.inputs import Input
from ami_cli.batch.run import BatchOptions, run
from ami_cli.batch.tables import TableOptions
from ami_cli.law import law_book
from ami_cli.rules.assess import without_health
from ami_cli.views.batch_summary import summary_text
from ami_cli.views.brief import brief_of
from ami_cli.views.content import page_of
from ami_cli.views.page_markdown import page_markdown
from ami_cli.views.result import result_of
from ami_cli.views.terminal import Screen
from ami_cli.wizard.command_line import command_line
from ami_cli.words import words_of
from ami_cli.words.accepted import accepted_rows

ROOT = Path(__file__).resolve().parent.parent
DOCS, README = ROOT / "docs", ROOT / "README.md"
TODAY = date(2026, 6, 2)
STUDENT = Answers(
    birth_date=date(2005, 3, 12),
    disability=False,
    echelon="6",
    school="Université Lumière - Lyon 2",
    stay="study",
    in_curriculum=True,
    start=date(2027, 1, 15),
    end=date(2027, 6, 20),
    months_received=0,
    commune="Ambert",
    priority_area=False,
    erasmus_monthly=300,
    merit=False,
)
BATCH = ("lot.svg", "fr")  # the summary of the example file
PAGE = ("exemple.md", "fr")  # the page of --report
ACCEPTED = {"fr": "mots.md", "en": "words.md"}  # the words that cells may hold
# A command line of the README, and the block right below that shows its result.
README_RESULT = re.compile(r"(\$ ami (check [^\n]*)\n```\n+```text\n)✓.*?(?=```)", re.DOTALL)

SVG = """<svg class="ami" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def readme_with_results(readme: str) -> str:
    """Return the README with the results that its own command lines show."""
    return README_RESULT.sub(lambda block: block[1] + _shown(shlex.split(block[2])), readme)


def _shown(arguments: list[str]) -> str:
    """Return what a command line prints where no terminal is, at 80 columns."""
    command = [sys.executable, "-m", "ami_cli", *arguments]
    env = {**os.environ, "COLUMNS": "80", "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        command, env=env, capture_output=True, encoding="utf-8", timeout=60, check=True
    ).stdout


def page_example() -> str:
    """The page of the example student, in Markdown, which a reader of the README sees at once."""
    words = words_of(PAGE[1])
    assessment = without_health(assess(STUDENT, today=TODAY))
    command = command_line(assessment.given, TODAY)
    result = result_of(assessment, words)
    page = page_of(result, words, command, brief_of(assessment, words))
    return page_markdown(page, words)


def accepted_page(lang: str) -> str:
    """The words that cells may hold, as a table in Markdown."""
    words = words_of(lang)
    (other,) = {*ACCEPTED} - {lang}
    return "\n".join(
        (
            f"# {words('help.accepted')}",
            "",
            f"*[{words_of(other)('help.accepted')}]({ACCEPTED[other]})*",
            "",
            f"| {words('legend.column')} | {words('legend.meaning')} |",
            "|---|---|",
            *(f"| {name} | {texts} |" for name, texts in accepted_rows(words)),
            "",
        )
    )


def batch_picture() -> str:
    """The summary of the example file as SVG."""
    words = words_of(BATCH[1])
    students = DOCS / "etudiants.csv"
    with tempfile.TemporaryDirectory() as folder:
        options = BatchOptions(
            TableOptions([Input(str(students))]),
            target=Path(folder) / "verdicts.csv",
            form=None,
            only=None,
            force=False,
            raw=False,
        )
        summary = run(options, TODAY, law_book(), words, lambda _: None, lambda *_: None)
    summary["input"] = students.name
    text = summary_text(summary, Screen(words, 80, color=True, plain=False))
    return _svg("ami batch", text.splitlines()[1:])


def _svg(title: str, lines: list[str]) -> str:
    console = Console(record=True, width=82, file=io.StringIO(), _environ={})
    for line in lines:
        console.print(Text(" ") + Text.from_ansi(line), soft_wrap=True, highlight=False)
    svg = console.export_svg(title=title, theme=DIMMED_MONOKAI, code_format=SVG, unique_id="ami")
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def main() -> None:
    """Write every example."""
    (DOCS / BATCH[0]).write_text(batch_picture(), "utf-8")
    (DOCS / PAGE[0]).write_text(page_example(), "utf-8")
    for lang, name in ACCEPTED.items():
        (DOCS / name).write_text(accepted_page(lang), "utf-8")
    README.write_text(readme_with_results(README.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
