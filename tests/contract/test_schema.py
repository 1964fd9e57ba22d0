"""One spelling of the schema: each Struct of processors.rows is its table in system.columns."""

from __future__ import annotations

import typing
from typing import Any

import msgspec
import pytest

from processors import rows
from streams.warehouse.client import Warehouse

TABLES: dict[str, type[msgspec.Struct]] = {
    "messages": rows.MessageRow,
    "statuses": rows.StatusRow,
    "ratings": rows.RatingRow,
    "turns": rows.TurnRow,
    "conversations": rows.ConversationRow,
    "dead_letters": rows.DeadLetterRow,
    "checkpoints": rows.CheckpointRow,
    "releases": rows.ReleaseRow,
    "dirty_minutes": rows.DirtyMinuteRow,
    "clusters": rows.ClusterRow,
    "wordings": rows.WordingRow,
}
INTEGERS = ("UInt", "Int", "DateTime")
COMPATIBLE: dict[Any, tuple[str, ...]] = {
    str: ("String",),
    int: INTEGERS,
    float: ("Float",),
    bool: ("Bool",),
    tuple[str, ...]: ("Array(String)",),
    dict[str, list[str]]: ("Map(String, Array(String))",),
}


def columns_of(warehouse: Warehouse, table: str) -> list[tuple[str, str]]:
    sql = (
        "SELECT name, type FROM system.columns "
        "WHERE database = 'kefu' AND table = {table:String} ORDER BY position"
    )
    return [(name, kind) for name, kind in warehouse.query(sql, {"table": table}).rows]


def bare(kind: str) -> str:
    """A column type without LowCardinality, which changes storage and not values."""
    while "LowCardinality(" in kind:
        before, _, after = kind.partition("LowCardinality(")
        inner, _, rest = after.partition(")")
        kind = before + inner + rest
    return kind


@pytest.mark.parametrize("table", TABLES)
def test_struct_equals_its_table(warehouse: Warehouse, table: str) -> None:
    struct = TABLES[table]
    columns = columns_of(warehouse, table)
    assert [name for name, _ in columns] == list(struct.__struct_fields__)
    hints = typing.get_type_hints(struct)
    for name, column_type in columns:
        hint, optional = hints[name], False
        if type(None) in typing.get_args(hint):
            optional = True
            (hint,) = (part for part in typing.get_args(hint) if part is not type(None))
        kind = bare(column_type)
        assert kind.startswith("Nullable(") == optional, f"{table}.{name}: {kind} against {hints[name]}"
        assert kind.removeprefix("Nullable(").startswith(COMPATIBLE[hint]), (
            f"{table}.{name}: {kind} against {hint}"
        )


def test_every_row_type_and_every_table_is_named(warehouse: Warehouse) -> None:
    structs = {value for name, value in vars(rows).items() if name.endswith("Row")}
    assert structs == set(TABLES.values())
    found = {
        name for (name,) in warehouse.query("SELECT name FROM system.tables WHERE database = 'kefu'").rows
    }
    assert found == set(TABLES) | {"rollup_minute", "rollup_hour", "schema_migrations"}
