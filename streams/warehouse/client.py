"""The warehouse as the rest of the product sees it: insert rows, run SQL, hand out readers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from msgspec import Struct

from streams.errors import WarehouseError, WarehouseLocked
from streams.warehouse import cluster as clusters
from streams.warehouse import migrator
from streams.warehouse.arrow import ArrowSchema, arrow_schema, to_table
from streams.warehouse.guard import check_readonly, refused_functions, split_format
from streams.warehouse.lock import FolderLock
from streams.warehouse.session import (
    BOUNDS,
    DATABASE,
    WRITING,
    Result,
    Session,
    embedded,
    is_url,
    server,
    url_database,
)


class Reader(Protocol):
    """Bounded reads. Use one per thread; raises `QueryRefused` and `WarehouseError`."""

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Result:
        """All rows of `sql`; times are aware datetimes in the warehouse's time zone."""

    def raw(self, sql: str, fmt: str, parameters: Mapping[str, Any] | None = None) -> bytes:
        """The answer in a ClickHouse output format; a FORMAT in `sql` itself wins."""

    def close(self) -> None:
        """Give the connection back."""


class GuardedReader:
    """A read-only session behind `streams.warehouse.guard`."""

    def __init__(
        self, session: Session, refused: frozenset[str], on_close: Callable[[], None] | None = None
    ) -> None:
        self._session = session
        self._refused = refused
        self._on_close = on_close

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Result:
        """See `Reader.query`."""
        return self._session.query(check_readonly(sql, self._refused), parameters)

    def raw(self, sql: str, fmt: str, parameters: Mapping[str, Any] | None = None) -> bytes:
        """See `Reader.raw`."""
        statement, own_format = split_format(check_readonly(sql, self._refused))
        return self._session.raw(statement, own_format or fmt, parameters)

    def close(self) -> None:
        """See `Reader.close`."""
        self._session.close()
        if self._on_close is not None:
            self._on_close()


class Warehouse:
    """The pipeline's side: reads and writes without bounds. A context manager; safe to share among threads.

    `lock` is the hold on the folder, through which a serving process publishes its
    endpoint; a server has none.
    """

    def __init__(
        self,
        session: Session,
        open_session: Callable[[Mapping[str, Any]], Session],
        timezone: str,
        lock: FolderLock | None,
    ) -> None:
        self.timezone = timezone
        self._session = session
        self._open_session = open_session
        self._schemas: dict[str, ArrowSchema] = {}
        self.lock = lock
        names = session.query("SELECT name FROM system.table_functions").rows
        self.refused = refused_functions(name for (name,) in names)

    def insert(self, table: str, rows: Sequence[Struct]) -> None:
        """Append `rows`; durable when it returns. No rows, no insert."""
        if rows:
            self._session.insert_arrow(table, to_table(rows, self._schema(table)))

    def command(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Run a statement that gives no rows."""
        self._session.command(sql, parameters)

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Result:
        """All rows of a statement of our own."""
        return self._session.query(sql, parameters)

    def reader(self, on_close: Callable[[], None] | None = None) -> Reader:
        """A new bounded, read-only session on the same data, for use on another thread."""
        return GuardedReader(self._open_session(BOUNDS), self.refused, on_close)

    def close(self) -> None:
        """End the session and free the folder; readers must be closed before."""
        self._session.close()
        if self.lock is not None:
            self.lock.release()

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _schema(self, table: str) -> ArrowSchema:
        if table not in self._schemas:
            sql = (
                "SELECT name, type FROM system.columns WHERE database = currentDatabase() "
                "AND table = {table:String} ORDER BY position"
            )
            columns = [(name, kind) for name, kind in self._session.query(sql, {"table": table}).rows]
            if not columns:
                raise WarehouseError(
                    f"the warehouse has no table {table}; is it of another version? Try `kefu-pulse doctor`"
                )
            self._schemas[table] = arrow_schema(columns)
        return self._schemas[table]


def open_warehouse(target: str, *, timezone: str, cluster: str = "") -> Warehouse:
    """Open a folder (created, locked) or a server by URL, with its schema brought up to date.

    With `cluster`, a server's tables are on every replica of it. Raises `WarehouseLocked`
    when another process owns the folder, `WarehouseError` when it cannot be opened.
    """
    if is_url(target):
        return _open_server(target, timezone, cluster)
    folder = _prepared(Path(target))
    lock = FolderLock(folder)
    lock.acquire()
    try:
        return _open_folder(folder, timezone, lock)
    except BaseException:
        lock.release()
        raise


def open_reader(target: str, *, timezone: str) -> Reader:
    """Bounded reads of a folder, of the process that serves it right now, or of a server.

    Raises `WarehouseError` when there is nothing to read yet, `WarehouseLocked` when
    the folder is in use by a process that answers no queries.
    """
    if is_url(target):
        return GuardedReader(server(target, timezone, BOUNDS), refused_functions(()))
    if not (Path(target) / "store").is_dir():
        raise WarehouseError(
            f"there is no warehouse in {target} yet; `kefu-pulse import FILE --warehouse {target}` makes one"
        )
    try:
        warehouse = open_warehouse(target, timezone=timezone)
    except WarehouseLocked as locked:
        if locked.endpoint is None:
            raise
        return GuardedReader(server(locked.endpoint, timezone, {}), refused_functions(()))
    try:
        return warehouse.reader(on_close=warehouse.close)
    except BaseException:
        warehouse.close()
        raise


def _open_folder(folder: Path, timezone: str, lock: FolderLock) -> Warehouse:
    # The engine's own default database overlays the files of the machine; ours holds tables only.
    bootstrap = embedded(folder, timezone, {}, database="default")
    try:
        bootstrap.command(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
        return _migrated(lambda settings: embedded(folder, timezone, settings), timezone, lock)
    finally:
        bootstrap.close()


def _open_server(url: str, timezone: str, cluster: str) -> Warehouse:
    bootstrap = server(url, timezone, clusters.DDL if cluster else {}, database="default")
    try:
        writing = WRITING | (clusters.writing(bootstrap, cluster) if cluster else {})
        _create_database(bootstrap, url_database(url), cluster)
    finally:
        bootstrap.close()
    return _migrated(lambda settings: server(url, timezone, settings), timezone, None, writing, cluster)


def _create_database(session: Session, name: str, cluster: str) -> None:
    # Asked first: with a replica down, a statement for the whole cluster fails, needed or not.
    if not session.query("SELECT 1 FROM system.databases WHERE name = {name:String}", {"name": name}).rows:
        quoted = name.replace("`", "``")
        session.command(clusters.on_cluster(f"CREATE DATABASE IF NOT EXISTS `{quoted}`", cluster))


def _migrated(
    open_session: Callable[[Mapping[str, Any]], Session],
    timezone: str,
    lock: FolderLock | None,
    writing: Mapping[str, Any] = WRITING,
    cluster: str = "",
) -> Warehouse:
    session = open_session(writing)
    try:
        migrator.apply(session, cluster=cluster)
        return Warehouse(session, open_session, timezone, lock)
    except BaseException:
        session.close()
        raise


def _prepared(target: Path) -> Path:
    """The real path of the folder, made if absent; other users cannot look in."""
    if "?" in str(target):
        raise WarehouseError(
            f"a warehouse folder cannot have a ? in its name: {target}; choose another --warehouse"
        )
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise WarehouseError(f"{target} is a file, not a folder; choose another --warehouse") from error
    except OSError as error:
        raise WarehouseError(
            f"cannot make the folder {target} ({error.strerror}); choose another --warehouse"
        ) from error
    if not os.access(target, os.W_OK | os.X_OK):
        raise WarehouseError(f"no permission to write in {target}; choose another --warehouse")
    return target.resolve()
