"""What the warehouse already holds: event ids and conversations.

A Bloom filter answers "surely new" for nearly every id from memory of a fixed
size; only what it is unsure of is looked up. Exact, and flat in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rbloom import Bloom

from processors.events import AnyEvent
from processors.pipeline import Key
from streams.warehouse.client import Warehouse

CAPACITY = 4_000_000
"""Ids a filter is made for at first: 7 MB at one false look-up in a thousand; doubled when full."""
FALSE_LOOKUPS = 0.001
PAGE_ROWS = 500_000
_TABLES = ("messages", "statuses", "ratings")


class Fresh(NamedTuple):
    """Events that are not stored yet, with their positions, and the number of duplicates."""

    events: list[AnyEvent]
    positions: list[int]
    duplicates: int


class KnownIds:
    """Tells new events from duplicates and new conversations from stored ones."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._load()

    def fresh(self, source: str, events: Sequence[AnyEvent], positions: Sequence[int]) -> Fresh:
        """The events of a batch without duplicates; the first of several with one id counts.

        An event that is stored under this very position is no duplicate: the
        batch is being repeated after a crash.
        """
        known = self._stored_at([event.event_id for event in events])
        taken: set[str] = set()
        result = Fresh([], [], 0)
        for event, position in zip(events, positions, strict=True):
            if event.event_id in taken or known.get(event.event_id, (source, position)) != (source, position):
                continue
            taken.add(event.event_id)
            result.events.append(event)
            result.positions.append(position)
        return result._replace(duplicates=len(events) - len(result.events))

    def stored_conversations(self, keys: Iterable[Key]) -> list[Key]:
        """Those of `keys` that may have facts in the warehouse."""
        return [key for key in keys if "\x00".join(key) in self._conversations]

    def remember(self, ids: Iterable[str], keys: Iterable[Key]) -> None:
        """Note what was just stored."""
        ids, names = list(ids), ["\x00".join(key) for key in keys]
        self._ids.update(ids)
        self._conversations.update(names)
        self._count += len(ids)
        if self._count > self._capacity:
            self._load()

    def _stored_at(self, ids: Sequence[str]) -> Mapping[str, tuple[str, int]]:
        suspects = [event_id for event_id in ids if event_id in self._ids]
        if not suspects:
            return {}
        union = " UNION ALL ".join(
            f"SELECT event_id, source, position FROM {table} WHERE event_id IN {{ids:Array(String)}}"
            for table in _TABLES
        )
        rows = self._warehouse.query(union, {"ids": suspects}).rows
        return {event_id: (source, position) for event_id, source, position in rows}

    def _load(self) -> None:
        """Build the filters from the warehouse, twice as large as what it holds."""
        counts = [self._warehouse.query(f"SELECT count() FROM {table}").rows[0][0] for table in _TABLES]
        self._count = sum(counts)
        self._capacity = max(CAPACITY, 2 * self._count)
        self._ids = Bloom(self._capacity, FALSE_LOOKUPS)
        self._conversations = Bloom(self._capacity, FALSE_LOOKUPS)
        for table, count in zip(_TABLES, counts, strict=True):
            self._load_table(table, 1 + count // PAGE_ROWS)

    def _load_table(self, table: str, pages: int) -> None:
        # Pages by hash: each is one bounded read of two columns, whatever the table's size.
        sql = (
            "SELECT event_id, concat(shop_id, '\\0', channel, '\\0', conversation_id) "
            f"FROM {table} WHERE cityHash64(event_id) % {pages} = {{page:UInt32}}"
        )
        for page in range(pages):
            rows = self._warehouse.query(sql, {"page": page}).rows
            self._ids.update(row[0] for row in rows)
            self._conversations.update({row[1] for row in rows})
