"""An XLSX file opened within bounds: a zip that says what it is, XML that cannot grow without end.

openpyxl trusts a file: the sizes that its zip declares, the number of its cells, its entities. So
every part is gone through here, by `zipfile` and `pyexpat` alone, before openpyxl may open it.
Every bound grows with the size of the file, so that a large honest sheet is read and a small file
can never cost more than a few seconds or some hundred megabytes. Nothing is written to disk and
nothing outside the file is opened: macros, links, pictures and queries are never looked at.
"""

import zipfile
import zlib
from collections.abc import Mapping
from typing import IO, Any, BinaryIO, Literal, NamedTuple
from xml.parsers import expat

from ami_cli.failures import Problem, UnreadableInput

LOOKS_LIKE = b"PK\x03\x04"  # how an XLSX file begins (so does every zip)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # an old .xls, or an .xlsx behind a password

BLOCK = 256 * 1024  # bytes of XML read at once; no honest text of a cell is as long
MOST_ENTRIES = 2_000  # files in the zip; a large workbook has some dozens
MOST_NAMES = 5_000  # different names of elements and attributes in one part; the format has fewer
MOST_ATTRIBUTES = 20  # of one element; those beyond cost extra
DEEPEST = 64  # elements inside one another; a sheet needs seven
TIGHTEST = 25  # bytes of XML that one byte of an honest file unpacks to, at most
LARGEST_FILE = 1 << 30

# What an element costs openpyxl, about, in microseconds.
TEXT_COST = 4  # of the shared texts
OBJECT_COST = 20  # of any other part: openpyxl makes an object of it


class Bounds(NamedTuple):
    """What reading a file may cost."""

    unpacked: int  # bytes of XML, all parts together
    work: int  # microseconds, about, by the elements there are
    characters: int  # different texts of the workbook, together
    repeated: int  # characters of all cells, each text as often as it is shown
    area: int  # cells of the table, blank ones and results included


def bounds_of(packed: int, unpacked: int) -> Bounds:
    """The bounds of a file by its bytes of XML, in the zip and out of it.

    Any file may cost what can be done in a few seconds; a large one as much more as it is larger,
    unless it is packed more tightly than sheets are. Measured on those that XlsxWriter and openpyxl
    write: they unpack to 7 times their size with various values and to 19 times where every row is
    the same, and a byte is 2 to 6 units of work.
    """
    dense = packed if unpacked <= TIGHTEST * packed else 0
    return Bounds(
        unpacked=max(100 << 20, 40 * packed),
        work=max(2_500_000, 6 * dense),
        characters=max(24 << 20, 8 * packed),
        repeated=max(64 << 20, 16 * packed),
        area=max(6_000_000, 2 * packed),
    )


class Package(zipfile.ZipFile):
    """The parts of an XLSX file, each looked through before its first byte is given away.

    Raises UnreadableInput where the file is no such thing, or a part is not what a workbook holds.
    """

    def __init__(self, file: BinaryIO) -> None:
        size = file.seek(0, 2)
        _tell_apart(file)
        if size > LARGEST_FILE:
            raise unreadable("sheet_too_large")
        self._seen: set[str] = set()
        file.seek(0)
        try:
            super().__init__(file)
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError):
            raise unreadable("sheet_damaged") from None
        _check_entries(self.infolist())
        # What is no XML has no weight: a picture would make room for a bomb.
        parts = [each for each in self.infolist() if _is_xml(each.filename)]
        packed = min(size, sum(part.compress_size for part in parts))
        self.bounds = bounds_of(packed, sum(part.file_size for part in parts))
        self._work = self.bounds.work
        if sum(entry.file_size for entry in self.infolist()) > self.bounds.unpacked:
            raise unreadable("sheet_bomb")

    def open(
        self,
        name: str | zipfile.ZipInfo,
        mode: Literal["r", "w"] = "r",
        pwd: bytes | None = None,
        *,
        force_zip64: bool = False,
    ) -> IO[bytes]:
        """Open a part that was looked through, or is now."""
        part = name if isinstance(name, str) else name.filename
        if part not in self._seen:
            self.walk(part, OBJECT_COST)
        return super().open(name, mode, pwd, force_zip64=force_zip64)

    def spend(self, cost: int) -> None:
        """Count what an element costs. Raises UnreadableInput when the file has cost too much."""
        self._work -= cost
        if self._work < 0:
            raise unreadable("sheet_bomb")

    def walk(self, part: str, cost: int) -> None:
        """Go through a whole part whose elements cost `cost` each. Raises KeyError without it."""
        depth = 0

        def begin(_: str, given: Mapping[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > DEEPEST:
                raise unreadable("sheet_bomb")
            self.spend(cost + max(0, len(given) - MOST_ATTRIBUTES))

        def finish(_: str) -> None:
            nonlocal depth
            depth -= 1

        parser = new_parser()
        parser.StartElementHandler = begin
        parser.EndElementHandler = finish
        self.feed(part, parser)

    def feed(self, part: str, parser: expat.XMLParserType) -> None:
        """Feed a part to a parser, block by block. Raises KeyError without the part."""
        parser.StartDoctypeDeclHandler = _refuse_doctype
        try:
            with super().open(part) as stream:
                while block := stream.read(BLOCK):
                    # A comment, attribute or text that fills a block is parsed again and again.
                    if len(block) == BLOCK and b"<" not in block:
                        raise unreadable("sheet_bomb")
                    parser.Parse(block, False)
                    # A parser keeps every name it has met.
                    if len(parser.intern) > MOST_NAMES:
                        raise unreadable("sheet_bomb")
            parser.Parse(b"", True)
        except (expat.ExpatError, *_ZIP_FAULTS):
            raise unreadable("sheet_damaged") from None
        self._seen.add(part)

    def kind(self) -> str | None:
        """What a zip is that is no XLSX workbook, by its usual ending; None for one that is."""
        names = set(self.namelist())
        for part, kind in _OTHERS.items():
            if part in names:
                return kind
        if "mimetype" in names:
            with super().open("mimetype") as stream:
                mime = stream.read(100).rpartition(b".")[2]
            return ".ods" if mime.startswith(b"spreadsheet") else ".odt"
        return None if any(name.startswith("xl/") for name in names) else ".zip"


_OTHERS = {
    "xl/workbook.bin": ".xlsb",
    "word/document.xml": ".docx",
    "ppt/presentation.xml": ".pptx",
}


def new_parser() -> expat.XMLParserType:
    """A parser that names elements `namespace}name`, and whose names can be counted."""
    parser = expat.ParserCreate(None, "}", intern={})
    parser.buffer_text = True
    parser.buffer_size = 64 * 1024
    return parser


def unreadable(code: str, params: Mapping[str, Any] | None = None) -> UnreadableInput:
    """A refusal of the file that is read."""
    return UnreadableInput(Problem(code, "input", params or {}))


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


def _is_xml(name: str) -> bool:
    return name.casefold().endswith((".xml", ".rels"))


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise unreadable("sheet_bomb")
    names: set[str] = set()
    for entry in entries:
        name = entry.orig_filename.replace("\\", "/")
        if name.startswith("/") or ":" in name or "\0" in name or ".." in name.split("/"):
            raise unreadable("sheet_unsafe_names")
        if entry.flag_bits & 0x1:
            raise unreadable("sheet_password")
        # Names of parts are compared without case; two of one name are two truths.
        if name.casefold() in names or entry.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            raise unreadable("sheet_damaged")
        names.add(name.casefold())
