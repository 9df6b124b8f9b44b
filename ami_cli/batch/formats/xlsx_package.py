"""Opens the zip of an XLSX file and parses the XML of its parts, within limits.

Every limit grows with the size of the file: a large honest workbook is read, and a small file
never costs more than a few seconds and some hundred megabytes. Nothing is written to disk and
nothing outside the file is opened: macros, links, pictures and queries are never read.
"""

import sys
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO
from xml.parsers import expat

from ami_cli.batch.formats import unreadable

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main}"
_NAMES = {
    f"{namespace}{name}": sys.intern(MAIN + name)
    for name in (
        *("worksheet", "sheetData", "row", "c", "v", "f", "is", "t", "r", "mergeCell"),
        *("workbook", "workbookPr", "calcPr", "sheet", "si", "sst"),
        *("styleSheet", "numFmt", "cellXfs", "cellStyleXfs", "xf"),
    )
    for namespace in (MAIN, _STRICT)
} | {"http://purl.oclc.org/ooxml/officeDocument/relationships}id": f"{RELATED}id"}

# Limits of the format.
LONGEST_TEXT = 32_767  # UTF-16 units in one cell
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # an old .xls, or an .xlsx with a password
_BLOCK = 256 * 1024  # bytes of XML parsed at once; no honest text of a cell is as long
_LARGEST_FILE = 1 << 30
_MOST_ENTRIES = 2_000  # files in the zip; a large workbook has some dozens
DEEPEST = 64  # elements inside one another; a sheet needs seven
_MOST_NAMES = 5_000  # different names of elements and attributes in one part; Excel uses fewer
_OTHER_KINDS = {
    "xl/workbook.bin": ".xlsb",
    "word/document.xml": ".docx",
    "ppt/presentation.xml": ".pptx",
}
_ZIP_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError),
    *(ValueError, OverflowError, RuntimeError),
)


def xml_parser() -> expat.XMLParserType:
    """Make a parser that names elements `namespace}name`, and whose names can be counted.

    Names of Strict Open XML become those of the other kind. Names that are interned are compared
    without a look at their letters.
    """
    parser = expat.ParserCreate(None, "}", intern=dict(_NAMES))
    parser.buffer_text = True
    parser.buffer_size = 64 * 1024
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    """Refuse a document type: it declares entities, no workbook needs one and attacks do."""
    raise unreadable("sheet_entities")


class Package:
    """The parts of an XLSX file.

    `most_characters` is how much text the cells may hold together, `most_cells` how many cells
    the table may have, blank ones included. Raises UnreadableInput where the file is no zip, has
    names that leave the archive, or unpacks to more than a workbook of its size does.

    Measured on what XlsxWriter and openpyxl write: parts unpack to 7 times their size where the
    values differ and to 19 times where every row is the same, and one byte in the zip gives one
    to three tags.
    """

    def __init__(self, file: BinaryIO) -> None:
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(len(_OLE))
        if head.startswith(_OLE):
            raise unreadable("not_a_table_old_excel")
        if not head.startswith(b"PK"):
            raise unreadable("not_a_workbook" if head else "empty_file")
        if size > _LARGEST_FILE:
            raise unreadable("sheet_too_large")
        try:
            self._zip = zipfile.ZipFile(file)
        except _ZIP_ERRORS:
            raise unreadable("sheet_damaged") from None
        entries = self._zip.infolist()
        _check_names(entries)
        self._parts = {_part_name(entry): entry for entry in entries}
        # Only XML counts: a picture must not make room for a bomb.
        xml = (e.compress_size for e in entries if e.filename.lower().endswith((".xml", ".rels")))
        packed = min(size, sum(xml))
        if sum(entry.file_size for entry in entries) > max(64 << 20, 25 * packed):
            raise unreadable("sheet_bomb")
        self._most_tags = self._tags = max(5_000_000, 3 * packed)
        self.most_characters = max(64 << 20, 16 * packed)
        self.most_cells = max(4_000_000, 2 * packed)

    def count_tags_anew(self) -> None:
        """Allow as many tags again, after the heads of the sheets have been read."""
        self._tags = self._most_tags

    def parse(self, part: str, parser: expat.XMLParserType) -> None:
        """Parse a whole part. Raises UnreadableInput where it is missing or damaged."""
        for _ in self.parsed(part, parser):
            pass

    def parsed(self, part: str, parser: expat.XMLParserType) -> Iterator[None]:
        """Parse a part block by block; the caller takes in between what the handlers collect.

        A LookupError or ValueError of a handler means damage: a text or a style that is not
        there, a value that is no number. Raises UnreadableInput.
        """
        try:
            with self._zip.open(self._parts[part.casefold()]) as stream:
                while block := stream.read(_BLOCK):
                    self._tags -= block.count(b"<") + block.count(b"/>")
                    # expat reads an unfinished tag, comment or text again with every block.
                    endless = len(block) == _BLOCK and b"<" not in block
                    if self._tags < 0 or endless or len(parser.intern) > _MOST_NAMES:
                        raise unreadable("sheet_bomb")
                    parser.Parse(block, False)
                    yield
            parser.Parse(b"", True)
            yield
        except (LookupError, expat.ExpatError, *_ZIP_ERRORS):
            raise unreadable("sheet_damaged") from None

    def elements(self, part: str, *names: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield the elements of these names with their attributes, in the order of a part."""
        elements: list[tuple[str, dict[str, str]]] = []
        depth = 0

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > DEEPEST:
                raise unreadable("sheet_bomb")
            if name in names:
                elements.append((name, attributes))

        def end(_: str) -> None:
            nonlocal depth
            depth -= 1

        parser = xml_parser()
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        for _ in self.parsed(part, parser):
            yield from elements
            elements.clear()

    def has(self, part: str) -> bool:
        """Tell whether there is such a part; their names are compared without case."""
        return part.casefold() in self._parts

    def holds(self, part: str, text: str) -> bool:
        """Tell whether a part holds an ASCII text, in UTF-8 or UTF-16. Raises UnreadableInput."""
        tail = b""
        try:
            with self._zip.open(self._parts[part.casefold()]) as stream:
                while block := stream.read(_BLOCK):
                    window = tail + block
                    # Without zeros, UTF-16 of ASCII is ASCII.
                    if text.encode() in window.replace(b"\0", b""):
                        return True
                    tail = window[-2 * len(text) :]
        except (LookupError, *_ZIP_ERRORS):
            raise unreadable("sheet_damaged") from None
        return False

    def other_kind(self) -> str | None:
        """Return the usual ending of a zip that is no XLSX workbook; None for a workbook."""
        for part, kind in _OTHER_KINDS.items():
            if self.has(part):
                return kind
        if self.has("mimetype"):
            with self._zip.open(self._parts["mimetype"]) as stream:
                mime = stream.read(100).rpartition(b".")[2]
            return ".ods" if mime.startswith(b"spreadsheet") else ".odt"
        is_office = any(name.startswith(("[content_types].xml", "xl/")) for name in self._parts)
        return None if is_office else ".zip"


def _part_name(entry: zipfile.ZipInfo) -> str:
    """Return the name to look a part up by: some programs write backslashes, or another case."""
    return entry.orig_filename.replace("\\", "/").casefold()


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > _MOST_ENTRIES:
        raise unreadable("sheet_bomb")
    names: set[str] = set()
    for entry in entries:
        name = _part_name(entry)
        if name.startswith("/") or ":" in name or "\0" in name or ".." in name.split("/"):
            raise unreadable("sheet_unsafe_names")
        if entry.flag_bits & 0x1:
            raise unreadable("sheet_password")
        # Names of parts are compared without case, so that two alike are ambiguous.
        if name in names or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise unreadable("sheet_damaged")
        names.add(name)
