"""One clickhouse-connect client that heals itself: embedded engine or server, same calls.

The embedded engine (chDB) lives in this process, one folder at a time, and does
not survive a fork: start helpers with `spawn`.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import SplitResult, quote, unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, ReadTimeoutError

from streams.errors import WarehouseError
from streams.warehouse.arrow import ArrowTable

DATABASE = "kefu"
"""Database of an embedded warehouse and of a server URL that names none."""

READING: dict[str, Any] = {"final": 1, "do_not_merge_across_partitions_select_final": 1}
"""On every session: facts are replaced, not updated, so each read merges; rows of a key share a partition."""

WRITING: dict[str, Any] = READING | {"async_insert": 0, "max_partitions_per_insert_block": 0}
"""An insert is durable when it returns; a history of many years may come in one batch."""

BOUNDS: dict[str, Any] = READING | {
    "max_execution_time": 30,
    "max_result_rows": 1_000_000,
    "max_result_bytes": 256 << 20,
    "result_overflow_mode": "throw",
    "max_memory_usage": 2 << 30,
    "max_rows_to_read": 2_000_000_000,
    "allow_introspection_functions": 0,
    "readonly": 1,
}
"""On sessions for reads. `throw`: a cut result looks like a whole one. `readonly` last: it locks the rest."""

CONNECT_SECONDS = 5
"""A server that is up takes a connection at once; a host that is gone would hold the caller for minutes."""

SILENCE_SECONDS = 45
"""Longer than a bounded read may take (`BOUNDS`). The driver has a busy server send progress 5 s before,
so this much silence means that it hangs. The driver's own default would block a writer for 5 minutes."""

_ENGINE = Path(__file__).with_name("engine.xml")
"""Configuration of the embedded engine: bounds what it keeps in memory."""

FAILURES = (ClickHouseError, HTTPError, HTTPException, OSError)
"""What the driver raises, and what it lets through from below when an answer breaks off."""

T = TypeVar("T")

# The driver logs what it raises as well; one line a failure is enough.
logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())


class Result(NamedTuple):
    """Rows of a query; times are aware datetimes in the session's time zone."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Session:
    """Calls on one client, one at a time. Raises `WarehouseError` with the engine's own reason.

    A `disposable` client is replaced after a failure: a chDB handle whose query failed
    half-way prefixes its next answer with the rows of the failed one. A client of a
    server holds no state, and to open another would only wait for the server again.
    """

    def __init__(
        self, connect: Callable[[], Client], timezone: str, where: str, *, disposable: bool = False
    ) -> None:
        self._connect = connect
        self._timezone = timezone
        self._where = where
        self._disposable = disposable
        self._lock = threading.RLock()
        self._client = self._opened()

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Result:
        """All rows of `sql`, with `{name:Type}` taken from `parameters`."""
        bound = dict(parameters or {})
        answer = self._run(lambda client: client.query(sql, parameters=bound, query_tz=self._timezone))
        return Result(tuple(answer.column_names), [tuple(row) for row in answer.result_rows])

    def raw(self, sql: str, fmt: str, parameters: Mapping[str, Any] | None = None) -> bytes:
        """The answer in a ClickHouse output format, such as `JSONEachRow`."""
        bound = dict(parameters or {})
        return bytes(self._run(lambda client: client.raw_query(sql, parameters=bound, fmt=fmt)))

    def command(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """A statement without rows, such as DDL."""
        self._run(lambda client: client.command(sql, parameters=dict(parameters or {})))

    def insert_arrow(self, table: str, data: ArrowTable) -> None:
        """Append `data`, whose columns have the names of the table's."""
        self._run(lambda client: client.insert_arrow(table, data))

    def close(self) -> None:
        """Close the client; an embedded engine stops with its last session."""
        with self._lock:
            self._client.close()

    def _run(self, call: Callable[[Client], T]) -> T:
        with self._lock:
            try:
                return call(self._client)
            except FAILURES as error:
                if self._disposable:
                    self._client.close()
                    self._client = self._opened()
                raise WarehouseError(f"{self._where}: {plain_reason(error)}") from error

    def _opened(self) -> Client:
        try:
            return self._connect()
        # The embedded engine raises a bare RuntimeError when it cannot start.
        except (*FAILURES, RuntimeError) as error:
            raise WarehouseError(f"cannot open the warehouse {self._where}: {plain_reason(error)}") from error


_INNER = re.compile(r"e\.what\(\) = (.*?)(?:, Stack trace|$)")
_WRAPPING = re.compile(
    r"\(version [^()]*(\([^()]*\))?\)|Received ClickHouse exception, code: \d+, server response: |"
    r"Code: \d+\. DB::\w*Exception: |\s*\(for url \S+\)$"
)
_AUTHENTICATION_FAILED = 516


def plain_reason(error: BaseException) -> str:
    """One line: why there was no connection or answer, or what the engine said, without code and stack."""
    if getattr(error, "code", None) == _AUTHENTICATION_FAILED:
        return "用户名或密码不对 · wrong user or password; write http://user:password@host:8123/database"
    return _connection_reason(error) or _engine_reason(str(error)) or type(error).__name__


def _connection_reason(error: BaseException | None) -> str | None:
    """None where the server answered."""
    match error:
        case None:
            return None
        case MaxRetryError(reason=reason):
            return (
                f"没有应答 · no answer ({_unreached(reason)}): is the server running, is the address right?"
            )
        case ReadTimeoutError():
            return (
                f"没有回应 · silent for {SILENCE_SECONDS} s: the server hangs or has too much to do; "
                "what was sent may still be stored"
            )
        case HTTPError() | HTTPException() | ConnectionError():
            return (
                "连接中断 · the connection broke before the whole answer: does the server restart? "
                "What was sent may be stored"
            )
    return _connection_reason(error.__cause__)


def _unreached(reason: Exception | None) -> str:
    strerror = getattr(reason.__cause__, "strerror", None) if reason else None
    if strerror is None and isinstance(reason, ConnectTimeoutError):
        return f"nothing within {CONNECT_SECONDS} s"
    return strerror or str(reason)[:200]


def _engine_reason(message: str) -> str:
    text = _WRAPPING.sub("", message).strip()
    if inner := _INNER.search(text):
        return f"{inner[1]}: check free space, permissions, and that TMPDIR can be written"
    return " ".join(text.splitlines()[:1]).strip()[:500]


def embedded(folder: Path, timezone: str, settings: Mapping[str, Any], database: str = DATABASE) -> Session:
    """A session on the engine of `folder`, which this process must own (`streams.warehouse.lock`)."""

    def connect() -> Client:
        return clickhouse_connect.get_client(
            interface="chdb",
            path=f"{folder}?config-file={quote(str(_ENGINE))}",
            database=database,
            settings={"session_timezone": timezone, **settings},
            tz_mode="aware",
        )

    return Session(connect, timezone, str(folder), disposable=True)


def server(url: str, timezone: str, settings: Mapping[str, Any], database: str | None = None) -> Session:
    """A session on the ClickHouse server at `http(s)://user:password@host:port/database`.

    Without `settings`, for a server that fixes them, as the façade of a folder does.
    """
    parts = _split(url)
    options = {"session_timezone": timezone, **settings} if settings else {}

    def connect() -> Client:
        return clickhouse_connect.get_client(
            interface=parts.scheme,
            host=parts.hostname or "localhost",
            port=parts.port or (8443 if parts.scheme == "https" else 8123),
            username=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            database=database or url_database(url),
            settings=options,
            autogenerate_session_id=False,
            connect_timeout=CONNECT_SECONDS,
            send_receive_timeout=SILENCE_SECONDS,
            tz_mode="aware",
        )

    return Session(connect, timezone, f"{parts.scheme}://{parts.hostname}:{parts.port or ''}".rstrip(":"))


def url_database(url: str) -> str:
    """The database that a server URL names."""
    return unquote(_split(url).path.strip("/")) or DATABASE


def is_url(target: str) -> bool:
    """Whether a warehouse target is a server rather than a folder."""
    return target.startswith(("http://", "https://"))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        # Python's own reason quotes what it takes for the port: a piece of a password with a slash.
        raise WarehouseError(
            "not a ClickHouse URL; write http://user:password@host:8123/database, "
            "with / ? # @ in a password as %2F %3F %23 %40"
        ) from None
    return parts
