"""How far sources are stored, from the tables themselves."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from streams.warehouse.session import Result


class _Queryable(Protocol):
    def query(self, sql: str, parameters: dict[str, str], /) -> Result: ...


class Stored(NamedTuple):
    """A source: the position of its last processed record, and the time of its newest event (epoch ms)."""

    position: int
    newest_event: int | None


def stored_sources(reader: _Queryable, prefix: str) -> dict[str, Stored]:
    """The sources whose names begin with `prefix`; one that was never read is absent."""
    rows = reader.query(_STORED, {"prefix": prefix}).rows
    return {source: Stored(position, newest or None) for source, position, newest in rows}


_FACTS = " UNION ALL ".join(
    f"SELECT source, 0 AS position, toUnixTimestamp64Milli(max(occurred_at)) AS newest FROM {table} "
    "WHERE startsWith(source, {prefix:String}) GROUP BY source"
    for table in ("messages", "statuses", "ratings")
)
_STORED = f"""
SELECT source, max(position), max(newest)
FROM (
    SELECT source, position, toInt64(0) AS newest FROM checkpoints WHERE startsWith(source, {{prefix:String}})
    UNION ALL {_FACTS}
)
GROUP BY source HAVING max(position) > 0
"""
