"""Rows of `processors.rows` as Arrow tables, typed by the ClickHouse table they go to."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from streams.errors import WarehouseError

# pyarrow ships no type information.
pa: Any = importlib.import_module("pyarrow")
ArrowType: TypeAlias = Any
ArrowArray: TypeAlias = Any
ArrowSchema: TypeAlias = Any
ArrowTable: TypeAlias = Any

_SCALARS: dict[str, ArrowType] = {
    "String": pa.string(),
    "Bool": pa.bool_(),
    "Float32": pa.float32(),
    "Float64": pa.float64(),
    "UInt8": pa.uint8(),
    "UInt16": pa.uint16(),
    "UInt32": pa.uint32(),
    "UInt64": pa.uint64(),
    "Int32": pa.int32(),
    "Int64": pa.int64(),
    "DateTime": pa.timestamp("s", "UTC"),
    "DateTime64(3)": pa.timestamp("ms", "UTC"),
}
_WRAPPER = re.compile(r"(Nullable|LowCardinality|Array|Map)\((.*)\)")


def arrow_type(column_type: str) -> ArrowType:
    """The Arrow type of a ClickHouse column type; raises `WarehouseError` for one the schema does not use."""
    if column_type in _SCALARS:
        return _SCALARS[column_type]
    wrapper = _WRAPPER.fullmatch(column_type)
    if wrapper is None:
        raise WarehouseError(
            f"no Arrow type for the column type {column_type}; add it to streams/warehouse/arrow.py"
        )
    kind, inner = wrapper.groups()
    if kind == "Array":
        return pa.list_(arrow_type(inner))
    if kind == "Map":
        key, _, value = inner.partition(", ")
        return pa.map_(arrow_type(key), arrow_type(value))
    return arrow_type(inner)


def arrow_schema(columns: Iterable[tuple[str, str]]) -> ArrowSchema:
    """The schema of a table from its (name, ClickHouse type) pairs."""
    return pa.schema([(name, arrow_type(column_type)) for name, column_type in columns])


def to_table(rows: Sequence[Struct], schema: ArrowSchema) -> ArrowTable:
    """Columns of `rows` in `schema`; raises `WarehouseError` when their fields are not its columns.

    Epoch milliseconds become timestamps; of a `DateTime` column, whole seconds.
    """
    fields = rows[0].__struct_fields__
    if list(fields) != schema.names:
        known = ", ".join(schema.names)
        raise WarehouseError(
            f"{type(rows[0]).__name__} has the fields {', '.join(fields)}; its table has {known}"
            ". Code and schema are of different versions: install the newer one"
        )
    columns = zip(*map(msgspec.structs.astuple, rows), strict=True)
    arrays = [_array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(values: tuple[Any, ...], kind: ArrowType) -> ArrowArray:
    if kind == _SCALARS["DateTime"]:
        values = tuple(value // 1000 for value in values)
    elif pa.types.is_map(kind):
        values = tuple(list(value.items()) for value in values)
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:
        return pa.array(_without_surrogates(values), kind)


def _without_surrogates(value: Any) -> Any:
    """Lone surrogates have no UTF-8 form; one must not stop the batch it is in."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list | tuple):
        return [_without_surrogates(item) for item in value]
    return value
