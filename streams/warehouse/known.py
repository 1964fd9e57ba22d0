"""What the warehouse already holds: event ids and conversations.

A Bloom filter answers "surely new" for nearly every id from memory of a fixed
size; only what it is unsure of is looked up. Exact, and flat in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rbloom import Bloom

from processors.events import AnyEvent
from processors.pipeline import Key
from streams.warehouse.client import Warehouse

CAPACITY = 4_000_000
"""Ids a filter is made for at first: 7 MB at one false look-up in a thousand; doubled when full."""
FALSE_LOOKUPS = 0.001
PAGE_ROWS = 500_000
_IDS_PER_QUERY = 1_000
"""Ids travel as query parameters: a server reads at most 1 MB of them."""
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
        self._seen: dict[str, int] = {}
        self._load()

    def fresh(self, batches: Sequence[tuple[str, Sequence[AnyEvent], Sequence[int]]]) -> list[Fresh]:
        """The events of (source, events, positions) without duplicates; the first of an id counts.

        An event that is stored under this very position is no duplicate: the
        batch is being repeated after a crash.
        """
        known = self._stored_at([event.event_id for _, events, _ in batches for event in events])
        taken: set[str] = set()
        found = []
        for source, events, positions in batches:
            result = Fresh([], [], 0)
            for event, position in zip(events, positions, strict=True):
                place = source, position
                if event.event_id in taken or known.get(event.event_id, place) != place:
                    continue
                taken.add(event.event_id)
                result.events.append(event)
                result.positions.append(position)
            found.append(result._replace(duplicates=len(events) - len(result.events)))
        return found

    def catch_up(self) -> None:
        """Learn what other writers have stored since; raises WarehouseError."""
        before = dict(self._seen)
        newest = self._newest()
        news = {source: before.get(source, 0) for source, at in newest.items() if at > before.get(source, 0)}
        if not news:
            return
        parameters = {"sources": list(news), "positions": list(news.values())}
        for table in _TABLES:
            rows = self._warehouse.query(_SINCE.format(table=table), parameters).rows
            self.remember((row[0] for row in rows), {(row[1], row[2], row[3]) for row in rows})
        self._seen = newest

    def stored_conversations(self, keys: Iterable[Key]) -> list[Key]:
        """Those of `keys` that may have facts in the warehouse."""
        return [key for key in keys if "\x00".join(key) in self._conversations]

    def remember(self, ids: Iterable[str], keys: Iterable[Key]) -> None:
        """Note what is about to be stored; raises WarehouseError when larger filters cannot be loaded."""
        ids = list(ids)
        if self._count + len(ids) > self._capacity:
            self._load()
        self._ids.update(ids)
        self._conversations.update(["\x00".join(key) for key in keys])
        self._count += len(ids)

    def _stored_at(self, ids: Sequence[str]) -> Mapping[str, tuple[str, int]]:
        suspects = [event_id for event_id in ids if event_id in self._ids]
        found: dict[str, tuple[str, int]] = {}
        for start in range(0, len(suspects), _IDS_PER_QUERY):
            rows = self._warehouse.query(_PLACES, {"ids": suspects[start : start + _IDS_PER_QUERY]}).rows
            found.update({event_id: (source, position) for event_id, source, position in rows})
        return found

    def _load(self) -> None:
        """Build the filters from the warehouse, twice as large as what it holds.

        The old ones stay in use until the new ones are whole: a half-filled filter
        would let duplicates in.
        """
        # Before the ids: what is stored meanwhile is read twice rather than never.
        self._seen = self._newest()
        counts = [self._warehouse.query(f"SELECT count() FROM {table}").rows[0][0] for table in _TABLES]
        capacity = max(CAPACITY, 2 * sum(counts))
        ids, conversations = Bloom(capacity, FALSE_LOOKUPS), Bloom(capacity, FALSE_LOOKUPS)
        for table, count in zip(_TABLES, counts, strict=True):
            for event_ids, names in self._pages(table, 1 + count // PAGE_ROWS):
                ids.update(event_ids)
                conversations.update(names)
        self._ids, self._conversations = ids, conversations
        self._count, self._capacity = sum(counts), capacity

    def _newest(self) -> dict[str, int]:
        """The highest stored position of each source."""
        return dict(self._warehouse.query(_NEWEST).rows)

    def _pages(self, table: str, pages: int) -> Iterator[tuple[list[str], set[str]]]:
        # Pages by hash: each is one bounded read of two columns, whatever the table's size.
        sql = (
            "SELECT event_id, concat(shop_id, '\\0', channel, '\\0', conversation_id) "
            f"FROM {table} WHERE cityHash64(event_id) % {pages} = {{page:UInt32}}"
        )
        for page in range(pages):
            rows = self._warehouse.query(sql, {"page": page}).rows
            yield [row[0] for row in rows], {row[1] for row in rows}


_PLACES = " UNION ALL ".join(
    f"SELECT event_id, source, position FROM {table} WHERE event_id IN {{ids:Array(String)}}"
    for table in _TABLES
)
_NEWEST = "SELECT source, max(position) FROM ({}) GROUP BY source".format(
    " UNION ALL ".join(f"SELECT source, position FROM {table}" for table in _TABLES)
)
_SINCE = (
    "SELECT event_id, shop_id, channel, conversation_id FROM {table} WHERE position > "
    "transform(source, {{sources:Array(String)}}, {{positions:Array(UInt64)}}, toUInt64(-1))"
)
