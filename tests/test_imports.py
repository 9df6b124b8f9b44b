"""Which library lives where: one table, held against every import of the package."""

import ast
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import ami_cli

PACKAGE = Path(ami_cli.__file__).parent

# Library: the modules that may import it, at any depth. A heavy one has one room.
ROOMS = {
    "typer": {"main", "mistakes", "cli", "help_screen"},
    "rich": {"views.terminal", "views.batch_summary", "views.progress"},
    "questionary": {"wizard.prompts"},
    "prompt_toolkit": {"wizard.prompts"},
    "jinja2": {"views.page_html"},
    "markupsafe": {"views.svg"},
    "icalendar": {"views.calendar_file"},
    "pydantic": {"schema", "views.result_types"},
    "jiter": {"strict_json", "answers_file"},
    "typing_extensions": {"views.result_types"},
    "polars": {
        *("batch.columns", "batch.primitives", "batch.judge", "batch.counts", "batch.frames"),
        *("batch.sentences", "batch.tables", "batch.run"),
        *("batch.formats", "batch.formats.totals", "batch.formats.csv", "batch.formats.json"),
        *("batch.formats.parquet", "batch.formats.sheets", "batch.formats.xlsx_write"),
    },
    "pyarrow": {"batch.frames"},
    "xlsxwriter": {
        *("batch.formats.sheets", "batch.formats.xlsx_read", "batch.formats.xlsx_sheet"),
        *("batch.formats.xlsx_write", "batch.formats.xlsx_layout"),
        *("batch.headers", "batch.template", "batch.workbook_report"),
    },
}
# The ground floor: the standard library and each other, nothing else.
BARE = ("failures", "answers", "reading", "rules", "law", "registers", "words", "streams", "files")
# Made for one kind of system, or starting what no part of the product may start.
FORBIDDEN = {"socket", "urllib", "http", "ssl", "multiprocessing", "pickle", "marshal", "shelve"}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__"), path


def imported(path: Path) -> set[str]:
    """The full names that a module imports anywhere, in functions too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names.add(str(node.module))
    return names


FOUND = {
    name: {each.partition(".")[0] for each in imported(path)} - {"ami_cli"}
    for name, path in modules()
}


def test_every_library_is_imported_in_its_room_only() -> None:
    for name, libraries in FOUND.items():
        for library in libraries - set(sys.stdlib_module_names):
            assert name in ROOMS.get(library, set()), f"{name} imports {library}"


def test_every_room_of_the_table_imports_its_library() -> None:
    for library, rooms in ROOMS.items():
        assert {name for name, libraries in FOUND.items() if library in libraries} == rooms, library


def test_the_ground_floor_imports_the_standard_library_only() -> None:
    for name, libraries in FOUND.items():
        if name.partition(".")[0] in BARE:
            assert libraries <= set(sys.stdlib_module_names), name


def test_nothing_opens_a_connection_or_loads_code_from_data() -> None:
    for name, libraries in FOUND.items():
        assert not libraries & FORBIDDEN, name


def test_nothing_of_the_product_imports_what_developers_run() -> None:
    for name, libraries in FOUND.items():
        assert not libraries & {"tools", "tests"}, name


def test_public_names_have_their_types_in_the_stub() -> None:
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text("utf-8")).body
    typed = {
        alias.name: str(node.module)
        for node in stub
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    declared = {ast.unparse(node.target) for node in stub if isinstance(node, ast.AnnAssign)}
    assert {*typed, *declared} == {*ami_cli.__all__, "__all__"}
    for name, module in typed.items():
        assert getattr(ami_cli, name) is getattr(import_module(module), name)
