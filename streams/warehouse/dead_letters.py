"""Dead letters as they are stored."""

from __future__ import annotations

from typing import Any, Protocol

from processors.rows import DeadLetterRow
from streams.warehouse.session import Result

DEAD_COLUMNS = ("reason", "source", "position", "detail", "raw", "raw_bytes")


class _Queryable(Protocol):
    def query(self, sql: str, parameters: dict[str, Any] | None = None, /) -> Result: ...


def open_letters(reader: _Queryable, reason: str | None = None) -> list[dict[str, Any]]:
    """Dead letters that were not replayed yet (`DEAD_COLUMNS`), by source and position."""
    sql = (
        f"SELECT {', '.join(DEAD_COLUMNS)} FROM dead_letters WHERE replayed = 0 "
        "AND ({reason:String} = '' OR reason = {reason:String}) ORDER BY source, position LIMIT 100000"
    )
    rows = reader.query(sql, {"reason": reason or ""}).rows
    return [dict(zip(DEAD_COLUMNS, row, strict=True)) for row in rows]


def replayed(letter: dict[str, Any], duplicate: bool) -> DeadLetterRow:
    """The row that marks `letter` as taken: stored, or dropped as a duplicate."""
    return DeadLetterRow(**letter, replayed=2 if duplicate else 1, version=1)
