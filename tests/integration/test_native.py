"""Every type is walked to its end: a re-written block re-read gives the same bytes."""

from __future__ import annotations

from contextlib import closing

import pytest

from streams.warehouse.client import Warehouse
from streams.warehouse.native import BLOCK_INFO, UnreadableTypeError, transcode

VALUES = [
    "1::UInt8, -1::Int16, 1::UInt32, -1::Int64, 1::UInt128, 1::Int256, 1.5::Float32, 1.5, true",
    "toDate('2026-11-11'), toDate32('2026-11-11'), now(), now64(3, 'Asia/Shanghai'), toIntervalHour(3)",
    "toDecimal32(1.5, 2), toDecimal64(1.5, 3), toDecimal128(1.5, 4), toDecimal256(1.5, 5)",
    "'中文', toFixedString('abc', 5), repeat('x', 300), '', CAST('b', 'Enum8(\\'a, (\\' = 1, \\'b\\' = 2)')",
    "generateUUIDv4(), toIPv4('127.0.0.1'), toIPv6('::1'), NULL, [NULL], ()",
    "toNullable(1), NULL::Nullable(String), [NULL, 'a'], toLowCardinality(toNullable('a'))",
    "[]::Array(UInt8), [[1], []], []::Array(LowCardinality(String)), ['a']::Array(LowCardinality(String))",
    "map('a', ['b'])::Map(LowCardinality(String), Array(String))",
    "(1, 'x')::Tuple(`a b` UInt8, c LowCardinality(String)), toLowCardinality('a')",
    "[(1, 'a')]::Nested(a UInt8, b String), (1., 2.)::Point, [[(1., 2.)]]::Polygon",
    "materialize(toLowCardinality(toString(number % 1000))), range(number % 5), toString(number)",
]


def rows_of(warehouse: Warehouse, sql: str) -> bytes:
    with closing(warehouse.reader()) as reader:
        return reader.raw(sql, "Native")


@pytest.mark.parametrize("values", VALUES)
def test_every_type_is_walked_to_its_end(warehouse: Warehouse, values: str) -> None:
    body = rows_of(warehouse, f"SELECT {values}, 'end' FROM numbers(70000)")
    old = transcode(body, 54_405)
    new = transcode(body, 54_470)
    blocks = old.count(BLOCK_INFO)
    assert old.replace(BLOCK_INFO, b"") == body.replace(BLOCK_INFO, b"")
    columns = body[0]
    assert len(new) - len(old) == blocks * columns
    assert new.startswith(BLOCK_INFO + body[:2])


def test_empty_results_and_unreadable_types(warehouse: Warehouse) -> None:
    assert transcode(b"", 54_470) == b""
    state = rows_of(warehouse, "SELECT sumState(number) FROM numbers(3)")
    with pytest.raises(UnreadableTypeError, match="AggregateFunction"):
        transcode(state, 54_470)
