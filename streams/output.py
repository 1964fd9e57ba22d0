"""Results to stdout in the format the user chose; words go to stderr."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TextIO

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

FORMATS = ("table", "json", "jsonl", "csv")
Row = Mapping[str, Any]
TABLE_ROWS = 200
"""A terminal table is for looking; longer results are for the other formats."""

CELL_CHARS = 160
"""Of a long text a table shows the beginning."""

console = Console(stderr=True)


def say(message: str) -> None:
    """A word to the user, on stderr, never parsed as markup."""
    console.print(Text(message), soft_wrap=True)


def choose_format(wanted: str | None, stream: TextIO | None = None) -> str:
    """`wanted`, else a table on a terminal and JSON lines in a pipe."""
    stream = stream or sys.stdout
    return wanted or ("table" if stream.isatty() else "jsonl")


def emit(rows: Iterable[Row], columns: Sequence[str], fmt: str, shown: Sequence[str] | None = None) -> None:
    """Write `rows` (with `columns`) to stdout; a table shows the columns `shown` only."""
    try:
        if fmt == "table":
            _emit_table(rows, shown or columns)
        else:
            _WRITERS[fmt](rows, columns)
        sys.stdout.flush()
    except BrokenPipeError:
        # `… | head` closed the pipe: no error; and Python must not flush into it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None


def _emit_json(rows: Iterable[Row], columns: Sequence[str]) -> None:
    separator = "["
    for row in rows:
        sys.stdout.write(f"{separator}\n{_json(row, columns)}")
        separator = ","
    sys.stdout.write("[]\n" if separator == "[" else "\n]\n")


def _emit_jsonl(rows: Iterable[Row], columns: Sequence[str]) -> None:
    for row in rows:
        sys.stdout.write(_json(row, columns) + "\n")


def _emit_csv(rows: Iterable[Row], columns: Sequence[str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])


_WRITERS: dict[str, Callable[[Iterable[Row], Sequence[str]], None]] = {
    "json": _emit_json,
    "jsonl": _emit_jsonl,
    "csv": _emit_csv,
}


def _json(row: Row, columns: Sequence[str]) -> str:
    return msgspec.json.encode({name: row[name] for name in columns if name in row}, enc_hook=str).decode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple | dict):
        return msgspec.json.encode(value, enc_hook=str).decode()
    text = str(value)
    # A leading = + - @ would run as a formula when a trainer opens the file in a spreadsheet.
    return f"'{text}" if text[:1] in "=+@\t\r" or (text[:1] == "-" and not _is_number(text)) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _emit_table(rows: Iterable[Row], columns: Sequence[str]) -> None:
    table = Table(show_lines=False, header_style="bold", expand=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    iterator = iter(rows)
    for row in islice(iterator, TABLE_ROWS):
        table.add_row(*(Text(_cut(_shown(row.get(name)))) for name in columns))
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160).print(table)
    if next(iterator, None) is not None:
        say(f"仅显示前 {TABLE_ROWS} 行；全部请用 --format csv 或 jsonl · first {TABLE_ROWS} rows shown")


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, Mapping):
        return " ".join(f"{key}:{_shown(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return " ".join(_shown(item) for item in value)
    return "" if value is None else _printable(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= CELL_CHARS else f"{text[:CELL_CHARS]}…"


def _printable(text: str) -> str:
    # Control characters in a customer's text must not steer the terminal.
    return "".join(char if char.isprintable() else " " for char in text)


def csv_text(rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> str:
    """The rows as CSV text, for downloads."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return buffer.getvalue()
