"""CSV and XLSX: rows become the JSON of events by a mapping; the codec judges them like any others.

The position is the row number that a spreadsheet shows (the header is row 1).
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from abc import abstractmethod
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, TextIO, cast
from xml.etree.ElementTree import ParseError

from openpyxl.reader.excel import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from streams.errors import InputError
from streams.refusals import MAX_EVENT_BYTES, Rejected, oversized
from streams.sources.base import Record, ReplayableSource
from streams.sources.columns import usual_mapping
from streams.sources.files import ByteInput, readable
from streams.sources.mapping import TableMapping, check_columns
from streams.sources.rowmap import Cell, RowMapper

_DELIMITERS: Final = (",", "\t", ";")
_BOMS: Final = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_MISFIT: Final = 0.05
"""More undecodable than this share of the non-ASCII characters, and the file is not UTF-8."""
_BROKEN_XLSX: Final = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    EOFError,
    OSError,
)
_MARK_UNDECODABLE: Final = "streams.mark_undecodable"


def _mark(error: UnicodeError) -> tuple[str, int]:
    """Undecodable bytes as lone surrogates: the row goes on, and the codec refuses it as no UTF-8."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_MARK_UNDECODABLE, _mark)


class Row(NamedTuple):
    """A row with its number; `refused` instead of cells when it could not be split into any."""

    number: int
    cells: Sequence[Cell]
    refused: Rejected | None = None


class TableSource(ReplayableSource):
    """Rows of a table as records; subclasses say how its rows are read."""

    label: str

    def __init__(self, name: str, label: str, mapping: TableMapping | None) -> None:
        """Check the header; raises InputError when it does not fit `mapping`."""
        super().__init__()
        self.name, self.label = name, label
        self._opened: Generator[Row] | None = self._rows()
        first = next(self._opened, None)
        self._header = _unique_names(first.cells if first else ())
        self._mapping = mapping or usual_mapping(self._header)
        if first:
            check_columns(self._mapping, self._header, label)

    @abstractmethod
    def _rows(self) -> Generator[Row]:
        """All rows that are not blank, the header first, from the start on every call."""

    def _records(self) -> Generator[Record]:
        mapper = RowMapper(self._mapping, self._header)
        width = len(self._header)
        # The rows behind the header that was checked: a pipe has no others.
        rows, self._opened = self._opened, None
        if rows is None:
            rows = self._rows()
            next(rows, None)
        for row in rows:
            yield Record(row.number, row.refused or _mapped(mapper, row.cells, width))


def _mapped(mapper: RowMapper, cells: Sequence[Cell], width: int) -> bytes:
    beyond = [cell for cell in cells[width:] if cell not in (None, "")]
    if beyond:
        words = (
            f"有 {width + len(beyond)} 格而表头只有 {width} 列，请检查引号和分隔符 / more cells than columns"
        )
        return _refused(",".join(map(str, cells)), "bad_row", words)
    return mapper([*cells[:width], *[None] * (width - len(cells))])


def _refused(text: str, reason: str, detail: str) -> Rejected:
    raw = text.encode("utf-8", "replace")
    return Rejected(raw, reason, detail, len(raw))


def _unique_names(cells: Sequence[Cell]) -> list[str]:
    """Column names, trimmed; a repeated one gets (2), (3) and so on."""
    names: list[str] = []
    for cell in cells:
        name = base = "" if cell is None else str(cell).strip()
        number = 1
        while name and name in names:
            number += 1
            name = f"{base} ({number})"
        names.append(name)
    return names


class CsvSource(TableSource):
    """CSV or TSV, plain or gzip; encoding and delimiter are found out unless the mapping names them."""

    def __init__(self, path: str, mapping: TableMapping | None = None) -> None:
        """Open `path` (`-` is stdin); raises InputError when it is no such table."""
        self._input = ByteInput(path)
        head = self._input.head
        self._encoding = (mapping and mapping.encoding) or _encoding(head, self._input.label)
        sample = head.decode(self._encoding, "replace")
        self._delimiter = (mapping and mapping.delimiter) or _delimiter(sample)
        self.total_bytes = self._input.total_bytes
        self.replayable = self._input.replayable
        super().__init__(self._input.source_name, self._input.label, mapping)

    @property
    def bytes_read(self) -> int:
        """See `Source.bytes_read`."""
        return self._input.bytes_read

    def close(self) -> None:
        """See `Source.close`."""
        super().close()
        self._input.close()

    def _rows(self) -> Generator[Row]:
        stream = cast(IO[bytes], self._input.from_start())
        text = io.TextIOWrapper(stream, self._encoding, _MARK_UNDECODABLE, newline="")
        lines = _Lines(text)
        reader = csv.reader(lines, delimiter=self._delimiter)
        number = 0
        while True:
            number += 1
            with readable(f"{self.label} 第 {number} 行 / row {number}"):
                row = lines.row(reader, number)
            if row is None:
                return
            if row.refused or any(row.cells):
                yield row


class _Lines:
    """Lines for a CSV reader, bounded: a row beyond `MAX_EVENT_BYTES` characters is refused, not held."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._row: list[str] = []
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_EVENT_BYTES)
        if not line:
            raise StopIteration
        self._row.append(line)
        self._size += len(line)
        if self._size >= MAX_EVENT_BYTES:
            self._skip_line(line)
            raise OverflowError
        return line

    def row(self, reader: Any, number: int) -> Row | None:
        """The next row of `reader`, or None at the end."""
        self._row, self._size = [], 0
        try:
            return Row(number, next(reader))
        except StopIteration:
            return None
        except OverflowError:
            head = "".join(self._row).encode("utf-8", "replace")
            return Row(number, (), oversized(head, max(self._size, len(head))))
        except csv.Error:
            words = "引号不成对或单格过长，请检查这一行 / unbalanced quotes or a huge cell: check this row"
            return Row(number, (), _refused("".join(self._row), "bad_row", words))

    def _skip_line(self, line: str) -> None:
        while line and not line.endswith("\n"):
            line = self._text.readline(MAX_EVENT_BYTES)
            self._size += len(line)


def _encoding(head: bytes, label: str) -> str:
    for bom, name in _BOMS.items():
        if head.startswith(bom):
            return name
    # A character may be cut in half at the end of the head.
    text = head.decode("utf-8", "replace").rstrip("\ufffd")
    foreign = sum(character > "\x7f" for character in text)
    if text.count("\ufffd") <= _MISFIT * foreign:
        return "utf-8"
    text = head.decode("gb18030", "replace").rstrip("\ufffd")
    if text.count("\ufffd") <= _MISFIT * len(text):
        return "gb18030"
    raise InputError(
        f"{label}：编码不明，请另存为 UTF-8 或在 --mapping 写 encoding / unknown encoding: save as UTF-8"
    )


def _delimiter(sample: str) -> str:
    """The delimiter that splits the header into most columns."""
    line = sample.lstrip("\ufeff\r\n").split("\n", 1)[0]
    return max(_DELIMITERS, key=lambda sign: len(next(csv.reader([line], delimiter=sign), ())))


class XlsxSource(TableSource):
    """The first sheet of a workbook, or the one that the mapping names; shared texts are held in memory."""

    def __init__(self, path: str, mapping: TableMapping | None = None) -> None:
        """Open `path`; raises InputError when it is no workbook or lacks the sheet."""
        self._path = Path(path)
        self._sheet = mapping.sheet if mapping else ""
        self._share = 0.0
        opened = ByteInput(path)
        opened.close()
        self.total_bytes = opened.total_bytes or 0
        super().__init__(opened.source_name, opened.label, mapping)

    @property
    def bytes_read(self) -> int:
        """The share of the rows read, in bytes of the file."""
        return int(self._share * self.total_bytes)

    def _rows(self) -> Generator[Row]:
        number = 0
        try:
            book = cast(Any, load_workbook)(self._path, read_only=True, data_only=True)
        except _BROKEN_XLSX:
            raise InputError(
                f"{self.label}：不是可读的 XLSX，请重新另存 / not a readable XLSX: save it anew"
            ) from None
        try:
            sheet = self._chosen(book)
            rows = sheet.max_row or 0
            # Some programs write a wrong size; without it the rows are read as they are.
            sheet.reset_dimensions()
            for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                self._share = min(1.0, number / rows) if rows else 0.0
                if any(cell not in (None, "") for cell in cells):
                    yield Row(number, cells)
            self._share = 1.0
        except _BROKEN_XLSX:
            words = f"{self.label} 第 {number + 1} 行：XLSX 已损坏，请重新另存"
            raise InputError(f"{words} / broken XLSX at row {number + 1}: save it anew") from None
        finally:
            book.close()

    def _chosen(self, book: Any) -> Any:
        names = [sheet.title for sheet in book.worksheets]
        if not names or (self._sheet and self._sheet not in names):
            wanted = self._sheet or "工作表 (a worksheet)"
            raise InputError(
                f"{self.label}：没有 {wanted} / no such sheet; 现有 / there are: {', '.join(names)}"
            )
        return book[self._sheet or names[0]]
