"""One outside question to the embedded engine, on a handle of its own.

A fresh handle costs 1 ms and keeps a question from seeing another's settings,
database, or, after a failure half-way, rows. Raises `EngineError` only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from streams.errors import QueryRefused, WarehouseError
from streams.warehouse.guard import check_readonly, split_format
from streams.warehouse.native import UnreadableTypeError, transcode
from streams.warehouse.session import BOUNDS, DATABASE, plain_reason

try:
    import chdb
except RuntimeError as error:  # it starts an engine as soon as it is imported
    raise WarehouseError(f"数据引擎无法启动 · the engine cannot start: {plain_reason(error)}") from error

_READONLY, _NOT_IMPLEMENTED = 164, 48

_HARMLESS = re.compile(r"(output_format_(?!native)\w+|date_time_output_format|limit|offset|extremes)")
"""Settings from outside that only shape the answer; others are ignored, as on a server that fixes them."""

_LOWERABLE = (
    "max_execution_time",
    "max_result_rows",
    "max_result_bytes",
    "max_memory_usage",
    "max_rows_to_read",
)


class EngineError(Exception):
    """A question that got no answer; `code` is ClickHouse's (src/Common/ErrorCodes.cpp)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {reason}")
        self.code = code


class Question(NamedTuple):
    """SQL from outside. `parameters` are in the escaped text form of `param_name=`; `settings` are raw."""

    sql: str
    format: str
    database: str
    timezone: str
    parameters: Mapping[str, str]
    settings: Mapping[str, str]
    protocol_version: int = 0


class Answer(NamedTuple):
    """A formatted result and what it took to get it."""

    body: bytes
    format: str
    read_rows: int = 0
    read_bytes: int = 0
    result_rows: int = 0
    elapsed_ns: int = 0


def ask(folder: str, question: Question, refused: frozenset[str]) -> Answer:
    """Answer `question` from the engine of `folder`, which this process owns. Blocks, without the GIL."""
    try:
        sql, own_format = split_format(check_readonly(question.sql, refused))
    except QueryRefused as error:
        raise EngineError(_READONLY, f"{error}. (READONLY)") from error
    fmt = own_format or question.format
    if not re.fullmatch(r"[A-Za-z0-9]{1,64}", fmt):
        raise EngineError(73, f"Unknown format {fmt[:64]!r}. (UNKNOWN_FORMAT)")
    handle = chdb.connect(folder)
    try:
        result = _run(handle, question, f"{sql}\nFORMAT {fmt}")
        body = bytes(result.bytes() or b"")
        if fmt == "Native":
            body = transcode(body, question.protocol_version)
    except UnreadableTypeError as error:
        reason = f"columns of type {error} cannot be sent to this client; convert them with toString()"
        raise EngineError(_NOT_IMPLEMENTED, f"{reason}. (NOT_IMPLEMENTED)") from error
    finally:
        handle.close()
    return answer_of(result, body, fmt)


def answer_of(result: Any, body: bytes, fmt: str) -> Answer:
    """`body` with what the engine says of the work that a result took."""
    return Answer(
        body,
        fmt,
        result.storage_rows_read(),
        result.storage_bytes_read(),
        result.rows_read(),
        int(result.elapsed() * 1e9),
    )


def _run(handle: Any, question: Question, sql: str) -> Any:
    try:
        handle.query(f"USE {_identifier(_database(question.database))}", "TabSeparated")
        handle.query(f"SET {_settings(question)}", "TabSeparated")
        return handle.query(sql, "TabSeparated", params=dict(question.parameters))
    except Exception as error:
        code = re.search(r"Code: (\d+)", str(error))
        raise EngineError(int(code.group(1)) if code else 1002, plain_reason(error)) from error


def _database(name: str) -> str:
    # Clients send `default` unasked; the engine's shows the files of the machine.
    return DATABASE if name.lower() in {"", "default"} else name


def _settings(question: Question) -> str:
    """The `SET` list: harmless wishes, lowered bounds, and `readonly` last, which locks the rest."""
    wanted: dict[str, Any] = {
        name: value for name, value in question.settings.items() if _HARMLESS.fullmatch(name)
    }
    wanted["session_timezone"] = question.timezone
    for name, bound in BOUNDS.items():
        wanted[name] = _lowered(question.settings.get(name, ""), bound) if name in _LOWERABLE else bound
    return ", ".join(f"{name} = {_literal(value)}" for name, value in wanted.items())


def _lowered(wish: str, bound: int) -> int:
    return min(int(wish), bound) if re.fullmatch(r"[1-9]\d{0,18}", wish) else bound


def _literal(value: object) -> str:
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _identifier(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"
