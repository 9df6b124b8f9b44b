"""An XLSX file opened within bounds: a zip that says what it is, XML that cannot grow without end.

Nothing is trusted: not the sizes that the zip declares, not the number of cells, not the depth of
the XML. Every bound grows with the size of the file, so that a large honest sheet is read and a
small file can never cost more than a few seconds or some hundred megabytes. A part is read once,
from its first byte to its last, by `zipfile` and `pyexpat` alone; nothing is written to disk and
nothing outside the file is opened: macros, links, pictures and queries are never looked at.
"""

import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple
from xml.parsers import expat

from ami_cli.answers import Problem
from ami_cli.batch.tables import Refused

LOOKS_LIKE = b"PK\x03\x04"  # how an XLSX file begins (so does every zip)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # an old .xls, or an .xlsx behind a password

BLOCK = 256 * 1024  # bytes of XML read at once; no honest text of a cell is as long
MOST_ENTRIES = 2_000  # files in the zip; a large workbook has some dozens
MOST_NAMES = 5_000  # different names of elements and attributes in one part; the format has fewer
DEEPEST = 64  # elements inside one another; a sheet needs seven
LARGEST_FILE = 1 << 30

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


class Bounds(NamedTuple):
    """What reading a file may cost."""

    unpacked: int  # bytes of XML, all parts together
    tags: int  # begin and end tags
    characters: int  # different texts of the workbook, together
    repeated: int  # characters of all cells, each text as often as it is shown
    area: int  # cells of the table, blank ones and results included


def bounds_of(size: int) -> Bounds:
    """The bounds of a file of `size` bytes.

    Any file may cost what can be done in a few seconds; a large one as much more as it is larger.
    Measured on sheets that XlsxWriter and openpyxl write: they unpack to 7 times their size with
    various values and to 15 times where every row is the same, with 0.9 to 1.8 tags for a byte.
    """
    return Bounds(
        unpacked=max(100 << 20, 40 * size),
        tags=max(4_500_000, 2 * size + 500_000),
        characters=max(24 << 20, 8 * size),
        repeated=max(64 << 20, 16 * size),
        area=max(6_000_000, 2 * size),
    )


class Package:
    """The parts of an XLSX file, by name. Raises Refused where the file is no such thing."""

    def __init__(self, file: BinaryIO) -> None:
        size = file.seek(0, 2)
        _tell_apart(file)
        if size > LARGEST_FILE:
            raise unreadable("sheet_too_large")
        self.bounds = bounds_of(size)
        self._tags_left = self.bounds.tags
        file.seek(0)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError):
            raise unreadable("sheet_damaged") from None
        self._parts = self._checked(self._zip.infolist())

    def _checked(self, entries: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        if len(entries) > MOST_ENTRIES:
            raise unreadable("sheet_bomb")
        parts: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            name = entry.orig_filename.replace("\\", "/")
            if name.startswith("/") or ":" in name or "\0" in name or ".." in name.split("/"):
                raise unreadable("sheet_unsafe_names")
            if entry.flag_bits & 0x1:
                raise unreadable("sheet_password")
            # Names of parts are compared without case; two of one name are two truths.
            if name.casefold() in parts or entry.compress_type not in (
                zipfile.ZIP_STORED,
                zipfile.ZIP_DEFLATED,
            ):
                raise unreadable("sheet_damaged")
            parts[name.casefold()] = entry
        if sum(entry.file_size for entry in entries) > self.bounds.unpacked:
            raise unreadable("sheet_bomb")
        return parts

    def __contains__(self, part: str) -> bool:
        return part.casefold() in self._parts

    def read(self, part: str, most: int = 100) -> bytes:
        """The first bytes of a small part."""
        try:
            with self._zip.open(self._parts[part.casefold()]) as stream:
                return stream.read(most)
        except _ZIP_FAULTS:
            raise unreadable("sheet_damaged") from None

    def parse(self, part: str, parser: expat.XMLParserType) -> Iterator[None]:
        """Feed a part to a parser, block by block; a step for each block."""
        if part not in self:
            raise unreadable("sheet_damaged")
        parser.StartDoctypeDeclHandler = _refuse_doctype
        try:
            with self._zip.open(self._parts[part.casefold()]) as stream:
                while block := stream.read(BLOCK):
                    self._count(block)
                    parser.Parse(block, False)
                    # A parser keeps every name it has met.
                    if len(parser.intern) > MOST_NAMES:
                        raise unreadable("sheet_bomb")
                    yield
            parser.Parse(b"", True)
        except (expat.ExpatError, *_ZIP_FAULTS):
            raise unreadable("sheet_damaged") from None

    def _count(self, block: bytes) -> None:
        tags = block.count(b"<")
        # One comment, attribute or text that fills a whole block would be parsed again and again.
        if len(block) == BLOCK and not tags:
            raise unreadable("sheet_bomb")
        self._tags_left -= tags
        if self._tags_left < 0:
            raise unreadable("sheet_bomb")

    def walk(self, part: str, start: Start, end: End | None = None) -> None:
        """Go through a whole part; elements are given by their name without its prefix."""
        depth = 0

        def begin(name: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > DEEPEST:
                raise unreadable("sheet_bomb")
            start(local(name), attributes)

        def finish(name: str) -> None:
            nonlocal depth
            depth -= 1
            if end is not None:
                end(local(name))

        parser = new_parser()
        parser.StartElementHandler = begin
        parser.EndElementHandler = finish
        for _ in self.parse(part, parser):
            pass

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """The parts that a part refers to: kind and name by the id of the relation."""
        folder, name = posixpath.split(part)
        relations: dict[str, tuple[str, str]] = {}

        def start(element: str, given: dict[str, str]) -> None:
            if element == "Relationship" and given.get("TargetMode", "Internal") == "Internal":
                kind = given.get("Type", "").rpartition("/")[2]
                target = posixpath.normpath(posixpath.join("/", folder, given.get("Target", "")))
                relations[given.get("Id", "")] = kind, target.lstrip("/")

        relations_part = posixpath.join(folder, "_rels", f"{name}.rels")
        if relations_part in self:
            self.walk(relations_part, start)
        return relations


def new_parser() -> expat.XMLParserType:
    """A parser that gives a text in one piece, and whose names can be counted."""
    parser = expat.ParserCreate(intern={})
    parser.buffer_text = True
    parser.buffer_size = 64 * 1024
    return parser


def unreadable(code: str, params: Mapping[str, Any] | None = None) -> Refused:
    """A refusal of the file that is read."""
    return Refused(Problem(code, "input", params or {}))


def local(name: str) -> str:
    """The name of an element without its prefix."""
    return name.rpartition(":")[2]


_ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    ValueError,
    OverflowError,
    RuntimeError,
)


def _refuse_doctype(*_: object) -> None:
    """A document type declares entities; no sheet needs one, and they are how XML attacks."""
    raise unreadable("sheet_entities")


def _tell_apart(file: BinaryIO) -> None:
    """Refuse what is no zip at all; an old .xls and an .xlsx behind a password are alike."""
    file.seek(0)
    head = file.read(len(OLE))
    if head.startswith(OLE):
        raise unreadable("not_a_table_old_excel")
    if not head.startswith(b"PK"):
        raise unreadable("not_a_workbook" if head else "empty_file")
