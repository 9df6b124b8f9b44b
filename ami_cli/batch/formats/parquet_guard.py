"""What a Parquet file says of itself, looked at before it is unpacked.

Its table of contents is Thrift, compact protocol (github.com/apache/thrift,
doc/specs/thrift-compact-protocol.md); its fields are those of parquet.thrift. A file of some
kilobytes may hold a column that unpacks to gigabytes, and a table no machine can write.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from ami_cli.failures import Problem, UnreadableInput

_MOST_FOOTER = 64 * 1024 * 1024  # bytes
_LARGE, _RATIO = 128 * 1024 * 1024, 200  # bytes of a column of a row group; unpacked per packed
_MANY_ROWS = 10_000_000
_ROWS_PER_BYTE = 10
_DEEPEST = 40

# parquet.thrift: FileMetaData, RowGroup, ColumnChunk, ColumnMetaData
_NUM_ROWS, _ROW_GROUPS, _COLUMNS, _META_DATA, _UNCOMPRESSED, _COMPRESSED = 3, 4, 1, 3, 6, 7


def refuse_bombs(file: BinaryIO) -> None:
    """Raises UnreadableInput for a file that is no whole Parquet file, is encrypted, or would
    unpack to a size out of all proportion."""
    size = file.seek(0, 2)
    file.seek(0)
    start = file.read(4)
    file.seek(max(0, size - 8))
    end = file.read(8)
    length = int.from_bytes(end[:4], "little")
    if b"PARE" in (start, end[4:]):
        raise UnreadableInput(Problem("parquet_encrypted", "input"))
    if start != b"PAR1" or end[4:] != b"PAR1" or not 0 < length <= min(size - 12, _MOST_FOOTER):
        raise UnreadableInput(Problem("parquet_damaged", "input"))
    file.seek(size - 8 - length)
    try:
        content = _struct(iter(file.read(length)), 0)
        rows = content[_NUM_ROWS]
        columns = [
            column[_META_DATA] for group in content[_ROW_GROUPS] for column in group[_COLUMNS]
        ]
        swollen = any(
            column[_UNCOMPRESSED] > max(_LARGE, _RATIO * column[_COMPRESSED]) for column in columns
        )
    except (StopIteration, LookupError, TypeError, ValueError):
        raise UnreadableInput(Problem("parquet_damaged", "input")) from None
    if swollen or rows > max(_MANY_ROWS, _ROWS_PER_BYTE * size):
        raise UnreadableInput(Problem("parquet_swollen", "input"))


# ---------------------------------------------------------------------------------------------
# Thrift, compact protocol
# ---------------------------------------------------------------------------------------------

_TRUE, _FALSE, _BYTE = 1, 2, 3
_NUMBERS = (4, 5, 6)
_DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 7, 8, 9, 10, 11, 12


def _struct(bytes_left: Iterator[int], depth: int) -> dict[int, Any]:
    """The fields of a struct by their number."""
    fields: dict[int, Any] = {}
    number = 0
    while head := next(bytes_left):
        number = number + (head >> 4) if head >> 4 else _signed(bytes_left)
        kind = head & 15
        fields[number] = kind == _TRUE if kind <= _FALSE else _value(bytes_left, kind, depth)
    return fields


def _value(bytes_left: Iterator[int], kind: int, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError("too deep")
    if kind in _NUMBERS:
        return _signed(bytes_left)
    if kind in (_TRUE, _FALSE, _BYTE):
        return next(bytes_left)
    if kind == _STRUCT:
        return _struct(bytes_left, depth + 1)
    if kind in (_LIST, _SET):
        head = next(bytes_left)
        count = head >> 4 if head >> 4 != 15 else _unsigned(bytes_left)
        return [_value(bytes_left, head & 15, depth + 1) for _ in range(count)]
    if kind in (_DOUBLE, _BINARY):
        for _ in range(8 if kind == _DOUBLE else _unsigned(bytes_left)):
            next(bytes_left)
        return None
    if kind == _MAP:
        count = _unsigned(bytes_left)
        kinds = next(bytes_left) if count else 0
        for _ in range(count):
            _value(bytes_left, kinds >> 4, depth + 1)
            _value(bytes_left, kinds & 15, depth + 1)
        return None
    raise ValueError("no such type")


def _unsigned(bytes_left: Iterator[int]) -> int:
    number = shift = 0
    while True:
        byte = next(bytes_left)
        number |= (byte & 127) << shift
        if byte < 128:
            return number
        shift += 7
        if shift > 63:
            raise ValueError("number too long")


def _signed(bytes_left: Iterator[int]) -> int:
    number = _unsigned(bytes_left)
    return (number >> 1) ^ -(number & 1)
