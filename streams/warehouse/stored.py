"""Reads stored facts and checkpoints back as the rows they were written from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from processors.conversation import ChatFact
from processors.pipeline import Key, key_of
from processors.rows import CheckpointRow, MessageRow, RatingRow, StatusRow
from streams.warehouse.client import Warehouse

Row = TypeVar("Row", bound=Struct)

_TIMES = frozenset({"occurred_at", "watermark"})
_CHAT_TABLES: dict[str, type[ChatFact]] = {
    "messages": MessageRow,
    "statuses": StatusRow,
    "ratings": RatingRow,
}
_KEYS_PER_QUERY = 5_000


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


def open_conversations(warehouse: Warehouse) -> list[Key]:
    """Conversations with a question that still waits for its reply or its timer."""
    sql = "SELECT DISTINCT shop_id, channel, conversation_id FROM turns WHERE state = 'open'"
    return [(shop, channel, conversation) for shop, channel, conversation in warehouse.query(sql).rows]


def load_checkpoints(warehouse: Warehouse) -> dict[str, CheckpointRow]:
    """The newest checkpoint of each source."""
    rows = _select(warehouse, "checkpoints", CheckpointRow, "", {})
    return {row.source: row for row in rows}


def _select(
    warehouse: Warehouse, table: str, row_type: type[Row], where: str, parameters: dict[str, Any]
) -> list[Row]:
    result = warehouse.query(f"SELECT {_columns(row_type)} FROM {table} {where}", parameters)
    names = [field.name for field in msgspec.structs.fields(row_type)]
    return [row_type(**dict(zip(names, map(_plain, row), strict=True))) for row in result.rows]


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@cache
def _columns(row_type: type[Struct]) -> str:
    return ", ".join(
        f"toUnixTimestamp64Milli({field.name})" if field.name in _TIMES else field.name
        for field in msgspec.structs.fields(row_type)
    )
