"""Reads stored facts and checkpoints back as the rows they were written from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from processors.conversation import ChatFact
from processors.facts import single
from processors.pipeline import LARGE, Key, key_of
from processors.rows import CheckpointRow, MessageRow, RatingRow, StatusRow
from streams.warehouse.client import Warehouse

Row = TypeVar("Row", bound=Struct)

_TIMES = frozenset({"occurred_at", "watermark", "first_asked"})
_CHAT_TABLES: dict[str, type[ChatFact]] = {
    "messages": MessageRow,
    "statuses": StatusRow,
    "ratings": RatingRow,
}
_KEYS_PER_QUERY = 500
"""Keys travel as query parameters: a server reads at most 1 MB of them."""


def load_conversations(warehouse: Warehouse, keys: Sequence[Key]) -> dict[Key, list[ChatFact]]:
    """All stored facts of the conversations `keys`; a key without facts is absent."""
    found: dict[Key, list[ChatFact]] = defaultdict(list)
    for start in range(0, len(keys), _KEYS_PER_QUERY):
        shops, channels, ids = zip(*keys[start : start + _KEYS_PER_QUERY], strict=True)
        parameters = {"shops": list(shops), "channels": list(channels), "ids": list(ids)}
        for table, row_type in _CHAT_TABLES.items():
            for fact in _select(warehouse, table, row_type, _OF_KEYS, parameters):
                found[key_of(fact)].append(fact)
    return found


# The plain IN on conversation_id is what the bloom filter index can use.
_OF_KEYS = (
    "WHERE conversation_id IN {ids:Array(String)} AND (shop_id, channel, conversation_id) IN "
    "(SELECT arrayJoin(arrayZip({shops:Array(String)}, {channels:Array(String)}, {ids:Array(String)})))"
)


def unsettled_conversations(warehouse: Warehouse) -> list[Key]:
    """Conversations that a stopped process left to be judged again.

    Those with a question that waits for its reply or its timer, and large ones with facts
    that no verdict has considered yet (see `processors.pipeline.LARGE`).
    """
    keys = warehouse.query(_OPEN).rows
    if warehouse.query(f"SELECT count() FROM ({_LARGE})").rows[0][0]:
        keys += warehouse.query(_BEHIND).rows
    return [(shop, channel, conversation) for shop, channel, conversation in dict.fromkeys(keys)]


_KEY = "shop_id, channel, conversation_id"
_OPEN = f"SELECT DISTINCT {_KEY} FROM turns WHERE state = 'open'"
# The version of a conversation says how many facts its verdict considered.
_JUDGED = "bitShiftRight(version, 20) AS judged"
_LARGE = f"SELECT {_KEY}, {_JUDGED}, 0 AS facts FROM conversations WHERE judged > {LARGE}"
_STORED = " ".join(
    f"UNION ALL SELECT {_KEY}, 0, count() FROM {table} "
    f"WHERE conversation_id IN (SELECT conversation_id FROM ({_LARGE})) GROUP BY {_KEY}"
    for table in _CHAT_TABLES
)
_BEHIND = (
    f"SELECT {_KEY} FROM ({_LARGE} {_STORED}) "
    f"GROUP BY {_KEY} HAVING max(judged) > 0 AND sum(facts) > max(judged)"
)


def load_rows(warehouse: Warehouse, table: str, row_type: type[Row]) -> list[Row]:
    """The whole of a small table."""
    return _select(warehouse, table, row_type, "", {})


def load_checkpoints(warehouse: Warehouse) -> dict[str, CheckpointRow]:
    """The newest checkpoint of each source."""
    return {row.source: row for row in load_rows(warehouse, "checkpoints", CheckpointRow)}


def _select(
    warehouse: Warehouse, table: str, row_type: type[Row], where: str, parameters: dict[str, Any]
) -> list[Row]:
    result = warehouse.query(f"SELECT {_columns(row_type)} FROM {table} {where}", parameters)
    names = [field.name for field in msgspec.structs.fields(row_type)]
    return [row_type(**dict(zip(names, map(_plain, row), strict=True))) for row in result.rows]


def _plain(value: Any) -> Any:
    """As it was when it was written: see `processors.facts.single`."""
    if isinstance(value, float):
        return single(value)
    return tuple(value) if isinstance(value, list) else value


@cache
def _columns(row_type: type[Struct]) -> str:
    return ", ".join(
        f"toUnixTimestamp64Milli({field.name})" if field.name in _TIMES else field.name
        for field in msgspec.structs.fields(row_type)
    )
