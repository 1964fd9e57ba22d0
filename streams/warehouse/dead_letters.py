"""Dead letters as they are stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from processors.rows import DeadLetterRow
from streams.warehouse.session import Result

DEAD_COLUMNS = ("reason", "source", "position", "detail", "raw", "raw_bytes")
Place = tuple[str, int]
"""(source, position)"""
PAGE_ROWS = 1_000
"""A letter keeps up to 64 KiB of its record: a page is 64 MiB at most."""


class _Queryable(Protocol):
    def query(self, sql: str, parameters: dict[str, Any] | None = None, /) -> Result: ...


def open_letters(reader: _Queryable, reason: str | None = None) -> Iterator[dict[str, Any]]:
    """Dead letters that were not replayed yet (`DEAD_COLUMNS`), by source and position, read page by page."""
    source, position = "", 0
    while True:
        after = {"reason": reason or "", "source": source, "position": position}
        page = [dict(zip(DEAD_COLUMNS, row, strict=True)) for row in reader.query(_PAGE, after).rows]
        yield from page
        if len(page) < PAGE_ROWS:
            return
        source, position = page[-1]["source"], page[-1]["position"]


_PAGE = f"""
SELECT {", ".join(DEAD_COLUMNS)} FROM dead_letters
WHERE replayed = 0 AND ({{reason:String}} = '' OR reason = {{reason:String}})
  AND (source, position) > ({{source:String}}, {{position:UInt64}})
ORDER BY source, position LIMIT {PAGE_ROWS}
"""


def places_of(reader: _Queryable, event_ids: Sequence[str]) -> dict[str, Place]:
    """Where each stored event of `event_ids` came from; one that is not stored is absent."""
    union = " UNION ALL ".join(
        f"SELECT event_id, source, position FROM {table} WHERE event_id IN {{ids:Array(String)}}"
        for table in ("messages", "statuses", "ratings")
    )
    rows = reader.query(union, {"ids": list(event_ids)}).rows if event_ids else []
    return {event_id: (source, position) for event_id, source, position in rows}


def replayed(letter: dict[str, Any], duplicate: bool) -> DeadLetterRow:
    """The row that marks `letter` as taken: stored, or dropped as a duplicate."""
    return DeadLetterRow(**letter, replayed=2 if duplicate else 1, version=1)
