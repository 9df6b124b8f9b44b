"""JSON Lines and JSON arrays: students read from objects, and written as objects.

Most lines are plain objects, of texts, numbers, true, false and null. A regular expression holds
that such a line is JSON, and polars reads all of them at once; that is exact, and many times as
fast as reading line by line. Every other line is read by itself, strictly (see `json_text`).
"""

import io
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

import polars as pl

from ami_cli.batch.formats import CHUNK_ROWS, MOST_COLUMNS, RESULTS, Chunk, Notice
from ami_cli.batch.formats.json_files import Block, blocks_of
from ami_cli.batch.formats.json_text import (
    NOT_PRINTABLE,
    Faulty,
    cell_text,
    json_text,
    keys_of,
    quoted,
    read_object,
)
from ami_cli.failures import Problem, UnreadableInput
from ami_cli.words import Words
from ami_cli.words.documents import printable

MOST_CELLS = 50_000_000  # a file may always have as many, blank ones included
_SPARSE = 8  # cells per byte; where every object has its cells, one takes six bytes and more
_CELLS_AT_ONCE = 4_000_000
_TRIED = 200  # lines read by themselves before the others are looked at again
_LONGEST_SHOWN = 200  # characters of a text that is no object


class Objects(NamedTuple):
    """What a chunk keeps of each row: its object, as the file writes it, on one line.

    A text that is no object stands in one, under the key ami_input.
    """

    texts: pl.Series


class JsonSource:
    """A file of JSON Lines, or of one array of objects (see `tables.Source`).

    The columns are all keys, in the order in which they first appear. Raises UnreadableInput when
    the file cannot be read; with `all_columns`, when all cells are written, also when its objects
    have so few keys in common that the table would be many times as large as the file.
    """

    format = "jsonl"

    def __init__(self, file: BinaryIO, words: Words, *, all_columns: bool) -> None:
        self._file = file
        self._words = words
        self._plain = _PlainObjects()
        self.notices: list[Notice] = []
        self.blank = 0
        headers: dict[str, None] = {}
        rows = 0
        for block in blocks_of(file):
            rows += len(block.texts)
            self._learn(block.texts, headers)
        cells = rows * len(headers)
        if all_columns and cells > max(MOST_CELLS, _SPARSE * file.seek(0, 2)):
            raise UnreadableInput(
                Problem("json_sparse", "input", {"columns": len(headers), "rows": rows})
            )
        self.headers = tuple(headers)

    def _learn(self, texts: pl.Series, headers: dict[str, None]) -> None:
        """Note the keys of objects; those of a faulty line are none."""
        new = texts.filter(~self._plain.fits(texts))
        new = new.filter(new.str.contains(_NEARLY_AN_OBJECT)).unique(maintain_order=True)
        while len(new):
            known = len(self._plain)
            for text in new[:_TRIED]:
                try:
                    members = read_object(text)
                except Faulty:
                    continue
                headers |= dict.fromkeys(members)
                self._plain.learn(members, text)
            if len(headers) > MOST_COLUMNS:
                raise UnreadableInput(
                    Problem("json_too_many_keys", "input", {"most": MOST_COLUMNS})
                )
            new = new[_TRIED:]
            if len(self._plain) != known:
                new = new.filter(~self._plain.fits(new))

    def chunks(self, wanted: Collection[int]) -> Iterator[Chunk]:
        """The rows, and of their columns those that are wanted (see `tables.Source`)."""
        columns = {self.headers[rank]: str(rank) for rank in wanted}
        size = max(1, min(CHUNK_ROWS, _CELLS_AT_ONCE // max(1, len(columns))))
        for block in blocks_of(self._file):
            self.blank += block.blank
            for start in range(0, len(block.texts), size):
                yield self._chunk(block, slice(start, start + size), columns)

    def _chunk(self, block: Block, part: slice, columns: Mapping[str, str]) -> Chunk:
        texts = block.texts[part]
        cells, plain = self._plain.cells(texts, columns)
        others = (~plain).arg_true()
        faults = None
        if len(others):
            rows = _Rows(len(others), columns)
            self._read_one_by_one(block, others + part.start, rows)
            cells = [cell.scatter(others, rows.cells(cell.name)) for cell in cells]
            if rows.faults:
                faulty = others.gather(list(rows.faults))
                nothing = pl.repeat(None, len(texts), dtype=pl.String, eager=True)
                faults = nothing.scatter(faulty, pl.Series(rows.faults.values()))
                texts = texts.clone().scatter(faulty, pl.Series(rows.shown))
        frame = pl.DataFrame(height=len(texts)).with_columns(cells)
        return Chunk(frame, block.lines[part], faults, Objects(texts))

    def _read_one_by_one(self, block: Block, ranks: pl.Series, rows: "_Rows") -> None:
        # A damaged file may hold the same few characters a million times.
        known: dict[tuple[str, int], tuple[str, str]] = {}
        texts = zip(block.originals.gather(ranks), block.texts.gather(ranks), ranks, strict=True)
        for row, (original, text, rank) in enumerate(texts):
            before = 0 if block.columns is None else block.columns[rank]
            fault = known.get((original, before))
            if fault is None:
                try:
                    rows.add(row, read_object(original))
                    continue
                except Faulty as wrong:
                    fault = self._sentence(wrong, original, before), _shown(wrong, text)
                    known[original, before] = fault
            rows.add_fault(row, *fault)

    def _sentence(self, wrong: Faulty, text: str, before: int) -> str:
        place = ""
        # In an object of several lines, a column would be that of another line than its first.
        if wrong.position is not None and "\n" not in text[: wrong.position]:
            place = self._words("rows.json_place", column=before + wrong.position + 1)
        params = dict(wrong.params)
        if "key" in params:
            params["key"] = self._words.datum(params["key"])
        return self._words.filled(wrong.code, {**params, "place": place})


class _Rows:
    """Rows that are read one by one, by column."""

    def __init__(self, height: int, columns: Mapping[str, str]) -> None:
        self._columns = columns
        self._cells: dict[str, list[str | None]] = {
            name: [None] * height for name in columns.values()
        }
        self.faults: dict[int, str] = {}
        self.shown: list[str] = []  # the text of each fault, as it is given back

    def add(self, row: int, members: Mapping[str, Any]) -> None:
        for key, value in members.items():
            if key in self._columns:
                self._cells[self._columns[key]][row] = cell_text(value)

    def add_fault(self, row: int, sentence: str, shown: str) -> None:
        self.faults[row] = sentence
        self.shown.append(shown)

    def cells(self, name: str) -> pl.Series:
        return pl.Series(self._cells[name], dtype=pl.String)


def _shown(wrong: Faulty, text: str) -> str:
    """How a faulty text is given back: as it is if it can stand among objects, but never with a
    verdict that it brings along."""
    if wrong.code == "rows.json_duplicate" and not any(
        key.startswith("ami_") for key in keys_of(text)
    ):
        return text
    return f'{{"ami_input":{quoted(text[:_LONGEST_SHOWN])}}}'


class _PlainObjects:
    """Objects of texts, numbers, true, false and null, under keys that are known.

    Each such object is held, by itself, against the grammar of JSON. Those that fit are read by
    polars, all at once; what it would lose of them, the spelling of a number and whether there was
    a null, is written as texts before. A key given twice is found by counting: every member has a
    quotation mark with a colon behind it.
    """

    _MOST_KEYS = 100  # for more, the grammar takes longer than reading line by line
    _LONGEST = 64 * 1024  # bytes of an object

    def __init__(self) -> None:
        self._spellings: dict[str, str] = {}  # a key as it is written -> the key
        self._seen: set[tuple[frozenset[str], bool, bool]] = set()
        self._colon = ":"  # with blanks before it once a line has some
        self._grammar = self._safe = ""

    def __len__(self) -> int:
        return len(self._spellings)

    def learn(self, members: Mapping[str, Any], text: str) -> None:
        """Know the keys of an object from now on, as its text writes them."""
        spaced = _SPACED_COLON.search(text) is not None
        alike = (frozenset(members), "\\" in text, spaced)
        if alike in self._seen or len(self._seen) > self._MOST_KEYS:
            return
        self._seen.add(alike)
        self._colon = f"{_BLANKS}:" if spaced else self._colon
        for key in members:
            for ascii_only in (False, True):
                spelling = json.dumps(key, ensure_ascii=ascii_only)[1:-1]
                if (
                    len(self._spellings) < self._MOST_KEYS
                    and f'"{spelling}"' in text
                    and _KEY_THAT_IS_SURE.fullmatch(spelling)
                ):
                    self._spellings[spelling] = key
        self._grammar = self._objects_of(_VALUE)
        self._safe = self._objects_of(_SAFE_VALUE)

    def _objects_of(self, value: str) -> str:
        keys = "|".join(map(re.escape, self._spellings))
        member = rf'"(?:{keys})"{self._colon}{_BLANKS}(?:{value}){_BLANKS}'
        return rf"^\{{{_BLANKS}(?:{member}(?:,{_BLANKS}{member})*)?\}}$"

    def fits(self, texts: pl.Series) -> pl.Series:
        """Which objects are plain, with known keys; a key may still be given twice."""
        return self._fitting(texts, self._grammar)

    def _fitting(self, texts: pl.Series, grammar: str) -> pl.Series:
        if not self._spellings:
            return pl.repeat(False, len(texts), dtype=pl.Boolean, eager=True)
        return texts.str.contains(grammar) & (texts.str.len_bytes() <= self._LONGEST)

    def cells(
        self, texts: pl.Series, columns: Mapping[str, str]
    ) -> tuple[list[pl.Series], pl.Series]:
        """The cells of the `columns` (key to name), and which rows are plain; the cells of other
        rows mean nothing."""
        nothing = pl.repeat(None, len(texts), dtype=pl.String, eager=True)
        safe = self._fitting(texts, self._safe)
        plain = safe if safe.all() else self.fits(texts)
        table = self._decoded(texts, safe, plain)
        if table is None:
            return [nothing.alias(name) for name in columns.values()], plain & False
        members = texts.str.count_matches(f'"{self._colon}', literal=self._colon == ":")
        found = table.select(pl.sum_horizontal(pl.all().is_not_null().cast(pl.UInt32)))
        return [
            (_without_null(table[key]) if key in table.columns else nothing).alias(name)
            for key, name in columns.items()
        ], plain & (found.to_series() == members)

    def _decoded(self, texts: pl.Series, safe: pl.Series, plain: pl.Series) -> pl.DataFrame | None:
        """The members of each plain object as texts, nulls as `_NULL`; of others, nothing."""
        if not plain.any():
            return None
        if not safe.all():
            text = pl.col("text")
            spelled = text.str.replace_all(_NUMBER_MEMBER, '${1}"${2}"')
            spelled = spelled.str.replace_all(_NULL_MEMBER, f'${{1}}"{_NULL_WRITTEN}"')
            sure = plain & ~texts.str.contains(_BEGINS_WITH_COLON)
            texts = (
                pl.DataFrame({"text": texts, "safe": safe, "sure": sure})
                .select(pl.when("safe").then(text).when("sure").then(spelled).otherwise(_EMPTY))
                .to_series()
            )
        lines = io.BytesIO()
        texts.to_frame().write_csv(lines, include_header=False, quote_style="never")
        keys = dict.fromkeys(self._spellings.values(), pl.String)
        try:
            table = pl.read_ndjson(lines.getvalue(), schema=keys)
        except pl.exceptions.ComputeError:
            return None
        return table if table.height == len(texts) else None


_EMPTY = pl.lit("{}")
_NULL, _NULL_WRITTEN = "\x01null\x01", r"\u0001null\u0001"  # no answer holds such a character


def _without_null(cells: pl.Series) -> pl.Series:
    is_null = cells == _NULL
    return cells.set(is_null, None) if is_null.any() else cells


_BLANKS = "[ \\t]*"
_CODE = (  # four digits that are no half of a pair, or both halves
    "u(?:[0-9abcefABCEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}"
    r"|[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)
_TEXT = rf'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|{_CODE}))*"'
_VALUE = _TEXT + r"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null"
_SAFE_VALUE = _TEXT + "|0|-?[1-9][0-9]{0,14}|true|false"  # what polars reads as it is written

_NEARLY_AN_OBJECT = rf'^\{{{_BLANKS}".*\}}$'
_SPACED_COLON = re.compile(r'"[ \t]+:')

# In a plain object, behind the key: a quotation mark that is not escaped, and a colon. Only in a
# text that begins with a colon could the same be found where no key is.
_NUMBER_MEMBER = rf'([^\\]"{_BLANKS}:{_BLANKS})(-?[0-9][-+.0-9eE]*)'
_NULL_MEMBER = rf'([^\\]"{_BLANKS}:{_BLANKS})(null)'
_BEGINS_WITH_COLON = rf':{_BLANKS}"{_BLANKS}:'

# A key is one that cannot be taken for something else: it holds no quotation mark, does not begin
# like what stands behind a text, and says something.
_KEY_THAT_IS_SURE = re.compile(r'(?!\s*[:,}])(?=.*\S)(?:[^"\\]|\\[^"\\])+')


class JsonSink:
    """JSON Lines in UTF-8 (see `tables.Sink`).

    Objects that were read are given back as they were written, the result behind their own
    members; with `only`, each with the members that are kept. Rows of other formats become
    objects of texts, letter for letter.
    """

    disarmed = 0

    def __init__(
        self,
        file: BinaryIO,
        headers: Sequence[str],
        columns: Sequence[int],
        words: Words,
        *,
        only: bool,
    ) -> None:
        self._file = file
        self._headers = headers
        self._columns = columns
        self._only = only

    def write(self, chunk: Chunk, results: pl.DataFrame, typed: Mapping[int, pl.Series]) -> None:
        """Write rows with their results (see `tables.Sink`)."""
        if not isinstance(chunk.kept, Objects):
            objects = self._from_cells(chunk.frame)
        elif self._only:
            objects = self._parts(chunk.kept.texts)
        else:
            objects = chunk.kept.texts
        members = pl.col("object").str.strip_suffix("}").str.strip_chars_end(" \t")
        frame = results.select(*RESULTS).with_columns(object=objects)
        written = frame.select(
            pl.concat_str(
                members,
                pl.when(members == "{").then(pl.lit("")).otherwise(pl.lit(",")),
                pl.struct(*RESULTS).struct.json_encode().str.strip_prefix("{"),
            ).alias("line"),
            pl.any_horizontal(
                pl.col("object").str.contains(NOT_PRINTABLE),
                pl.col("ami_errors").str.contains(NOT_PRINTABLE).fill_null(value=False),
            ).alias("hidden"),
        )
        lines, hidden = written["line"], written["hidden"]
        if hidden.any():
            shown = pl.Series(map(printable, lines.filter(hidden)), dtype=pl.String)
            lines = lines.scatter(hidden.arg_true(), shown)
        lines.to_frame().write_csv(self._file, include_header=False, quote_style="never")

    def close(self) -> None:
        """Nothing remains to be written."""

    def _from_cells(self, frame: pl.DataFrame) -> pl.Series:
        members: list[pl.Expr] = []
        for place, rank in enumerate(self._columns):
            key = quoted(self._headers[rank])
            members += [
                pl.lit(f"{',' if place else ''}{key}:"),
                pl.coalesce(_encoded(str(rank)), pl.lit("null")),
            ]
        if not members:
            return pl.repeat("{}", frame.height, dtype=pl.String, eager=True)
        return frame.select(
            pl.concat_str(pl.lit("{"), *members, pl.lit("}")).alias("object")
        ).to_series()

    def _parts(self, texts: pl.Series) -> pl.Series:
        """Of each object, the members that are kept, as they were written."""
        keys = [(self._headers[rank], quoted(self._headers[rank])) for rank in self._columns]
        objects = []
        for text in texts:
            try:
                members = read_object(text)
            except Faulty:
                members = {}
            parts = (f"{written}:{json_text(members.get(key))}" for key, written in keys)
            objects.append(f"{{{','.join(parts)}}}")
        return pl.Series(objects, dtype=pl.String)


def _encoded(name: str) -> pl.Expr:
    """The cells of a column as JSON, null where there is none."""
    value = pl.struct(pl.col(name).alias("")).struct.json_encode()
    inside = value.str.strip_prefix('{"":').str.strip_suffix("}")
    return pl.when(pl.col(name).is_not_null()).then(inside)
