"""Results to stdout in the format the user chose; words go to stderr."""

from __future__ import annotations

import csv
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

import msgspec

from streams.errors import KefuError

if TYPE_CHECKING:
    from streams.table import Column

FORMATS = ("table", "json", "jsonl", "csv")
Row = Mapping[str, Any]
Layout = Callable[[int], "Sequence[Column]"]
"""The columns of a table for a terminal of so many cells."""
TABLE_ROWS = 200
"""A terminal table is for looking; longer results are for the other formats."""
FILE_WIDTH = 160
"""Width of a table that goes to a file or pipe, unless COLUMNS says otherwise."""

# What a spreadsheet takes for the start of a formula; the full-width forms count in East Asian versions.
_FORMULA = tuple("=+@\t\r＝＋－＠")


def use_utf8() -> None:
    """Results are UTF-8 whatever the locale; a terminal of another encoding gets a mark for what it lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")


def say(message: str) -> None:
    """A word to the user, on stderr."""
    # Control characters of a file name or a customer's text must not steer the terminal.
    clean = "".join(char if char.isprintable() or char == "\n" else " " for char in message)
    # Where nobody listens any more, the exit code still speaks.
    with suppress(OSError):
        if sys.stderr is not None:
            print(clean, file=sys.stderr, flush=True)


def choose_format(wanted: str | None, stream: TextIO | None = None) -> str:
    """`wanted`, else a table on a terminal and JSON lines in a pipe."""
    stream = stream or sys.stdout
    if stream is None:
        raise KefuError("结果写不出去 · stdout is closed: redirect it to a file or a pipe")
    return wanted or ("table" if stream.isatty() else "jsonl")


class Part(NamedTuple):
    """One of several results of a command: its name, rows, columns and table."""

    name: str
    rows: Sequence[Row]
    columns: Sequence[str]
    layout: Layout


def emit(rows: Iterable[Row], columns: Sequence[str], fmt: str, layout: Layout | None = None) -> None:
    """Write `rows` to stdout as they come; a table has the columns of `layout`, other formats `columns`.

    Raises KefuError when stdout cannot be written, SystemExit when its reader left.
    """
    with _to_stdout():
        if fmt == "table":
            _emit_table(rows, columns, layout)
        else:
            _WRITERS[fmt](rows, columns)


def emit_parts(parts: Sequence[Part], fmt: str) -> None:
    """Write several results: tables one below the other, JSON as one object of lists, else all rows in turn.

    Rows of different parts then have the same columns, empty where a part lacks them. Raises as `emit`.
    """
    with _to_stdout():
        if fmt == "table":
            _emit_tables(parts)
        elif fmt == "json":
            _emit_object(parts)
        else:
            columns = tuple(dict.fromkeys(name for part in parts for name in part.columns))
            _WRITERS[fmt]([row for part in parts for row in part.rows], columns)


@contextmanager
def _to_stdout() -> Iterator[None]:
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # `… | head` closed the pipe: no error; and Python must not flush into it at exit.
        _abandon_stdout()
        raise SystemExit(0) from None
    except OSError as error:
        _abandon_stdout()
        raise KefuError(f"结果写不出去 · stdout cannot be written: {error.strerror or error}") from error


def _abandon_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _emit_json(rows: Iterable[Row], columns: Sequence[str]) -> None:
    separator = "["
    for row in rows:
        sys.stdout.write(f"{separator}\n{_json(row, columns)}")
        separator = ","
    sys.stdout.write("[]\n" if separator == "[" else "\n]\n")


def _emit_object(parts: Sequence[Part]) -> None:
    separator = "{"
    for part in parts:
        sys.stdout.write(f"{separator}{_encoded(part.name)}:")
        _emit_json(part.rows, part.columns)
        separator = ","
    sys.stdout.write("}\n")


def _emit_tables(parts: Sequence[Part]) -> None:
    shown = [part for part in parts if part.rows]
    for part in shown:
        _emit_table(part.rows, part.columns, part.layout)
        if part is not shown[-1]:
            sys.stdout.write("\n")


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
    return _encoded({name: row[name] for name in columns if name in row})


def _encoded(value: Any) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | dict):
        return _encoded(value)
    text = str(value)
    # It would run as a formula when a trainer opens the file in a spreadsheet.
    formula = text.startswith(_FORMULA) or (text.startswith("-") and not _is_number(text))
    # The csv module leaves a lone CR unquoted, where it ends the row for every reader.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if formula else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _emit_table(rows: Iterable[Row], columns: Sequence[str], layout: Layout | None) -> None:
    # Imported here because most runs print no table, and every run pays for what it imports.
    from streams.table import plain_columns, render  # noqa: PLC0415

    width = shutil.get_terminal_size((FILE_WIDTH, 24)).columns
    iterator = iter(rows)
    first = list(islice(iterator, TABLE_ROWS))
    lines, hidden = render(first, layout(width) if layout else plain_columns(columns), width)
    sys.stdout.writelines(f"{line}\n" for line in lines)
    if hidden:
        say(f"窗口太窄，{hidden} 列未显示 · {hidden} columns have no room; --format jsonl has them")
    if next(iterator, None) is not None:
        say(f"仅显示前 {TABLE_ROWS} 行；全部请用 --format csv 或 jsonl · first {TABLE_ROWS} rows shown")
