"""The books of the pipeline: what was received and where it went, from the tables themselves."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from streams.warehouse.session import Result


class _Queryable(Protocol):
    def query(self, sql: str, /) -> Result: ...


class Account(NamedTuple):
    """One source: `received` = `stored` + `duplicates` + `dead_letters`, or something was lost."""

    source: str
    received: int
    stored: int
    duplicates: int
    dead_letters: int

    @property
    def missing(self) -> int:
        """Records that are in no place; 0 when nothing was lost."""
        return self.received - self.stored - self.duplicates - self.dead_letters


def accounts(reader: _Queryable) -> list[Account]:
    """One account per source, each number counted where the records are."""
    return [Account(*row) for row in reader.query(_BOOKS).rows]


# A letter that was replayed moved from the dead letters to the facts (1) or the duplicates (2).
_BOOKS = """
SELECT source, sum(received), sum(stored), sum(duplicates), sum(dead)
FROM (
    SELECT source, received, 0 AS stored, duplicates, 0 AS dead FROM checkpoints
    UNION ALL SELECT source, 0, count(), 0, 0 FROM messages GROUP BY source
    UNION ALL SELECT source, 0, count(), 0, 0 FROM statuses GROUP BY source
    UNION ALL SELECT source, 0, count(), 0, 0 FROM ratings GROUP BY source
    UNION ALL
    SELECT source, 0, 0, countIf(replayed = 2), countIf(replayed = 0) FROM dead_letters GROUP BY source
)
GROUP BY source ORDER BY source
"""
