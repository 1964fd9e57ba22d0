"""Keeps the question database in step with the questions that are stored.

One process keeps it at a time: the embedded one, or the worker that keeps the rollups. What it
wrote is its whole state, clusters before wordings, so a death in between leaves at most a cluster
without wordings, which the same wordings find again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

from processors.question_database import Asked, Changes, QuestionDatabase
from processors.question_features import Wordings
from processors.rows import ClusterRow, WordingRow
from streams.warehouse.client import Warehouse
from streams.warehouse.stored import load_rows

PAGE = 5_000
"""Wordings that are taken in at once: two seconds of work, and a few MB."""
LATE_MS = 3_600_000
"""A day's wordings are linked anew an hour after its end: what is later than that is few."""


def no_step(_name: str) -> None:
    """Called before each write; the crash tests put their kill here."""


class QuestionKeeper:
    """Takes in new wordings and closes days; each call leaves the tables whole."""

    def __init__(
        self, warehouse: Warehouse, reader: Wordings, on_step: Callable[[str], None] = no_step
    ) -> None:
        self._warehouse = warehouse
        self._reader = reader
        self._step = on_step
        self._zone = ZoneInfo(warehouse.timezone)
        self._database: QuestionDatabase | None = None

    def use(self, reader: Wordings) -> None:
        """Tell wordings apart by other knowledge from now on; clusters stay as they are."""
        self._reader, self._database = reader, None

    def forget(self) -> None:
        """Somebody else may write now: read the tables again before the next change."""
        self._database = None

    def refresh(self, now_ms: int, most: int = PAGE) -> int:
        """Take in up to `most` new wordings as of event time `now_ms`; returns how many there were.

        Raises WarehouseError; whatever was not written is found again the next time.
        """
        closed = self._closed_before(now_ms)
        try:
            database = self._restored()
            new = self._new(most)
            if new:
                self._write(database.learn(new, closed))
            elif database.unsettled(closed):
                self._write(database.settle(closed))
        except Exception:
            # Memory is ahead of the tables.
            self._database = None
            raise
        return len(new)

    def _restored(self) -> QuestionDatabase:
        if self._database is None:
            database = QuestionDatabase(self._reader)
            database.restore(
                load_rows(self._warehouse, "clusters", ClusterRow),
                load_rows(self._warehouse, "wordings", WordingRow),
            )
            self._database = database
        return self._database

    def _new(self, most: int) -> list[Asked]:
        rows = self._warehouse.query(_NEW, {"most": most}).rows
        return [Asked(text, first, asked) for text, first, asked in rows]

    def _write(self, changes: Changes) -> None:
        self._step("clusters")
        self._warehouse.insert("clusters", changes.clusters)
        self._step("wordings")
        self._warehouse.insert("wordings", changes.wordings)

    def _closed_before(self, now_ms: int) -> int:
        """The last midnight of the shop's day that is `LATE_MS` ago, epoch ms."""
        latest = dt.datetime(9_000, 1, 1, tzinfo=dt.UTC).timestamp() * 1000
        moment = dt.datetime.fromtimestamp(max(0.0, min(latest, now_ms - LATE_MS)) / 1000, self._zone)
        return int(moment.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


# Small talk is asked of nobody in particular. The oldest first: ids follow the first asking.
_NEW = """
SELECT argMin(text, (asked, event_id)) AS first_text, min(asked) AS first_asked, count()
FROM
(
    SELECT wording, text, toUnixTimestamp64Milli(occurred_at) AS asked, event_id
    FROM turns WHERE wording != 0 AND nature != 'chitchat'
    UNION ALL
    SELECT wording, text, toUnixTimestamp64Milli(occurred_at), event_id
    FROM messages WHERE wording != 0
)
WHERE wording NOT IN (SELECT wording FROM wordings)
GROUP BY wording
ORDER BY first_asked, wording
LIMIT {most:UInt64}
"""
