"""The durable local log behind the HTTP ingest: what is acknowledged is in here."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from streams.errors import KefuError
from streams.sources.base import MAX_BATCH_BYTES, Batch, Record

BUSY_SECONDS: Final = 5.0

# AUTOINCREMENT: a position is never given twice, not even after everything was trimmed.
# The identity tells the logs of two machines apart that feed one warehouse.
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS log (position INTEGER PRIMARY KEY AUTOINCREMENT, raw BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS identity (one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL)",
    "INSERT OR IGNORE INTO identity VALUES (1, 'http#' || lower(hex(randomblob(6))))",
)
_HINTS: Final = {
    "full": "磁盘已满，请腾出空间 / the disk is full: free some space",
    "locked": "被另一个进程占用，请先停止它 / in use by another process: stop that one first",
    "readonly": "没有写权限，请检查文件夹 / no permission to write: check the folder",
    "not a database": "文件已损坏，请移走后重启 / the file is damaged: move it away and restart",
    "malformed": "文件已损坏，请移走后重启 / the file is damaged: move it away and restart",
    "unable to open": "打不开，请检查文件夹 / cannot be opened: check the folder",
}


class _Ticket:
    """What one caller of `append` waits for."""

    def __init__(self, raws: Sequence[bytes]) -> None:
        self.raws = raws
        self.positions: range | None = None
        self.error: KefuError | None = None

    @property
    def settled(self) -> bool:
        return self.positions is not None or self.error is not None


class Spool:
    """An append-only log in SQLite: appended by web threads, read by the pipeline's.

    WAL with synchronous=FULL: `append` returns when the records survive a power cut.
    Appends that arrive while another one waits for the disk share the next commit.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the log; raises KefuError when it cannot be."""
        self._path = path
        self._queue: list[_Ticket] = []
        self._queueing, self._writing, self._reading = threading.Lock(), threading.Lock(), threading.Lock()
        with self._worded():
            self._writer = _connect(path)
            for statement in _SCHEMA:
                self._writer.execute(statement)
            self._reader = _connect(path)
            self.name = str(self._reader.execute("SELECT name FROM identity").fetchone()[0])
            self._last = self._stored_last()
            first = self._reader.execute("SELECT min(position) FROM log").fetchone()[0]
        self._trimmed = self._last if first is None else first - 1
        self._read_bytes = 0
        self._next_read = 0

    @property
    def bytes_read(self) -> int:
        """Bytes of the records read since the log was opened."""
        return self._read_bytes

    @property
    def total_bytes(self) -> int | None:
        """None: a log has no end."""
        return None

    def append(self, raws: Sequence[bytes]) -> range:
        """The positions of `raws`, all or none of which are on disk when this returns or raises KefuError."""
        ticket = _Ticket(raws)
        with self._queueing:
            self._queue.append(ticket)
        with self._writing:
            if not ticket.settled:
                self._commit_queue()
        if ticket.error:
            raise ticket.error
        assert ticket.positions is not None  # noqa: S101 - settled without an error
        return ticket.positions

    def read(self, after: int, limit: int) -> list[Record]:
        """At most `limit` records beyond position `after`, in order; fewer when they are large."""
        records: list[Record] = []
        held = 0
        query = "SELECT position, raw FROM log WHERE position > ? ORDER BY position LIMIT ?"
        with self._reading, self._worded():
            rows = self._reader.execute(query, (after, limit))
            for position, raw in rows:
                records.append(Record(position, raw))
                held += len(raw)
                if held >= MAX_BATCH_BYTES:
                    break
            rows.close()
        self._read_bytes += held
        return records

    def last_position(self) -> int:
        """The highest position ever given; 0 before the first."""
        return self._last

    def backlog(self) -> int:
        """How many records are not trimmed yet."""
        return self._last - self._trimmed

    def trim(self, up_to: int) -> None:
        """Drop the records up to and including `up_to`: they are processed."""
        with self._writing, self._transaction():
            self._writer.execute("DELETE FROM log WHERE position <= ?", (up_to,))
        self._trimmed = max(self._trimmed, min(up_to, self._last))

    def seek(self, position: int, prefix_digest: str) -> bool:  # noqa: ARG002 - a log never changes what it gave
        """See `Source.seek`; always True.

        A log that was deleted while the warehouse kept its checkpoint goes on beyond that
        checkpoint, or the first new records would be taken for processed ones.
        """
        self._next_read = position
        if position > self._last:
            with self._writing, self._transaction():
                self._writer.execute("DELETE FROM sqlite_sequence WHERE name = 'log'")
                self._writer.execute("INSERT INTO sqlite_sequence VALUES ('log', ?)", (position,))
            self._last = self._trimmed = position
        return True

    def batches(self, size: int) -> Iterator[Batch]:
        """See `Source.batches`: what is there now; it does not wait for more."""
        while records := self.read(self._next_read, size):
            self._next_read = records[-1].position
            yield Batch(self.name, records, "", self._next_read == self._last)

    def close(self) -> None:
        """Close the log; nothing may be appended afterwards."""
        with self._writing, self._reading:
            self._reader.close()
            self._writer.close()

    def _commit_queue(self) -> None:
        with self._queueing:
            tickets, self._queue = self._queue, []
        failure = KefuError(f"接收日志 ingest log {self._path}：写入中断，请重试 / interrupted: try again")
        try:
            end = self._insert([(raw,) for ticket in tickets for raw in ticket.raws])
            for ticket in reversed(tickets):
                ticket.positions = range(end + 1 - len(ticket.raws), end + 1)
                end -= len(ticket.raws)
        except KefuError as error:
            failure = error
        finally:
            # Whatever happened, those who wait behind this commit must not wait in vain.
            for ticket in tickets:
                ticket.error = None if ticket.positions is not None else failure

    def _insert(self, rows: list[tuple[bytes]]) -> int:
        """Commit `rows`; the position of the last, as SQLite gave it."""
        if rows:
            with self._transaction():
                self._writer.executemany("INSERT INTO log (raw) VALUES (?)", rows)
                end = int(self._writer.execute("SELECT last_insert_rowid()").fetchone()[0])
            self._last = end
        return self._last

    def _stored_last(self) -> int:
        row = self._reader.execute("SELECT seq FROM sqlite_sequence WHERE name = 'log'").fetchone()
        return int(row[0]) if row else 0

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._worded():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def _worded(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            said = str(error)
            hint = next((hint for sign, hint in _HINTS.items() if sign in said), said)
            raise KefuError(f"接收日志 ingest log {self._path}：{hint}") from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection
