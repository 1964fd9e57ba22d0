"""Rewrites ClickHouse's Native format for clients that name a protocol version.

The embedded engine writes Native as for version 0; the Go client (Grafana's data
source) reads only newer ones: a header before each block and a byte after each
column's type. Columns have no length, so their ends are found by walking them.
Reference: ClickHouse `src/Formats/NativeWriter.cpp`, `src/Core/ProtocolDefines.h`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
"""Field 1, is_overflows: false; field 2, bucket_num: -1; end. Written for any version above 0."""
WITH_CUSTOM_SERIALIZATION = 54_454
"""From this version a byte after the type says whether the column is serialized specially: it is not."""

_WIDTHS: dict[str, int] = {
    **dict.fromkeys(("UInt8", "Int8", "Bool", "Enum8", "Nothing"), 1),
    **dict.fromkeys(("UInt16", "Int16", "Date", "Enum16", "BFloat16"), 2),
    **dict.fromkeys(("UInt32", "Int32", "Float32", "Date32", "DateTime", "IPv4", "Decimal32", "Time"), 4),
    **dict.fromkeys(("UInt64", "Int64", "Float64", "DateTime64", "Decimal64", "Time64"), 8),
    **dict.fromkeys(("UInt128", "Int128", "UUID", "IPv6", "Decimal128"), 16),
    **dict.fromkeys(("UInt256", "Int256", "Decimal256"), 32),
}
_INTERVALS = ("Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour", "Day", "Week", "Month")
_WIDTHS |= {f"Interval{unit}": 8 for unit in (*_INTERVALS, "Quarter", "Year")}
_GEO = {
    "Point": "Tuple(Float64, Float64)",
    "Ring": "Array(Point)",
    "LineString": "Array(Point)",
    "Polygon": "Array(Ring)",
    "MultiLineString": "Array(LineString)",
    "MultiPolygon": "Array(Polygon)",
}
_HAS_ADDITIONAL_KEYS = 1 << 9


class UnreadableTypeError(ValueError):
    """A column type whose length cannot be told; the message names it."""


def transcode(body: bytes, version: int) -> bytes:
    """Native blocks of version 0 as blocks of `version`; raises `UnreadableTypeError`."""
    if version <= 0:
        return body
    return b"".join(_blocks(body, version))


def _blocks(body: bytes, version: int) -> Iterator[bytes]:
    mark = b"\x00" if version >= WITH_CUSTOM_SERIALIZATION else b""
    position = 0
    while position < len(body):
        start = position
        columns, position = _varint(body, position)
        rows, position = _varint(body, position)
        yield BLOCK_INFO + body[start:position]
        for _ in range(columns):
            start = position
            position = _skip_strings(body, position, 2)
            kind = _type_before(body, start)
            header = body[start:position]
            start = position
            position = _skip_column(body, position, kind, rows)
            yield header + mark + body[start:position]


def _type_before(body: bytes, start: int) -> str:
    _, at = _string(body, start)
    kind, _ = _string(body, at)
    return kind


def _skip_column(body: bytes, position: int, kind: str, rows: int) -> int:
    return _skip(body, position + 8 * _dictionaries(kind), kind, rows) if rows else position


@cache
def _dictionaries(kind: str) -> int:
    """LowCardinality columns in a type: each writes an 8-byte version before the data of all."""
    name, arguments = _parsed(kind)
    return int(name == "LowCardinality") + sum(map(_dictionaries, arguments))


def _skip(body: bytes, position: int, kind: str, rows: int) -> int:
    """The position after `rows` values of `kind`."""
    name, arguments = _parsed(kind)
    if name in _WIDTHS:
        return position + _WIDTHS[name] * rows
    if name == "String":
        return _skip_strings(body, position, rows)
    if name == "Nullable":
        return _skip(body, position + rows, arguments[0], rows)
    if name == "LowCardinality":
        return _skip_dictionary(body, position, arguments[0], rows)
    if name == "Array":
        end = position + 8 * rows
        return _skip(body, end, arguments[0], _u64(body, end - 8) if rows else 0)
    if name == "Tuple":
        for argument in arguments:
            position = _skip(body, position, argument, rows)
        return position if arguments else position + rows
    raise UnreadableTypeError(kind)


def _skip_strings(body: bytes, position: int, count: int) -> int:
    for _ in range(count):
        length = body[position]
        position += 1
        if length >= 128:
            length, position = _varint(body, position - 1)
        position += length
    return position


def _skip_dictionary(body: bytes, position: int, kind: str, rows: int) -> int:
    if not rows:
        return position
    flags = _u64(body, position)
    position += 8
    if flags & _HAS_ADDITIONAL_KEYS:
        keys = _u64(body, position)
        inner = _parsed(kind)
        position = _skip(body, position + 8, inner[1][0] if inner[0] == "Nullable" else kind, keys)
    count = _u64(body, position)
    return position + 8 + count * (1 << (flags & 0xFF))


@cache
def _parsed(kind: str) -> tuple[str, tuple[str, ...]]:
    """A type's name and the types inside it, aliases resolved; values in parentheses are left out."""
    name, _, rest = kind.partition("(")
    inside = rest[:-1]
    if kind in _GEO or name in _ALIASES:
        return _parsed(_GEO.get(kind) or _ALIASES[name](inside))
    if name == "Tuple":
        return name, tuple(_element_type(element) for element in _split(inside))
    if name in {"Nullable", "LowCardinality", "Array"}:
        return name, (inside,)
    return name, ()


def _decimal(arguments: str) -> str:
    precision = int(arguments.partition(",")[0])
    return next(
        f"Decimal{bits}" for bits, digits in ((32, 9), (64, 18), (128, 38), (256, 76)) if precision <= digits
    )


_ALIASES: dict[str, Callable[[str], str]] = {
    "Decimal": _decimal,
    "FixedString": lambda size: f"Tuple({', '.join(['UInt8'] * int(size))})",
    "Map": lambda inside: f"Array(Tuple({inside}))",
    "Nested": lambda inside: f"Array(Tuple({inside}))",
    "SimpleAggregateFunction": lambda inside: _split(inside)[1],
}


def _element_type(element: str) -> str:
    """`name Type` or `Type`, where a name may be in backticks."""
    named = re.match(r"(?:`(?:[^`\\]|\\.)*`|[A-Za-z_]\w*) (?=[A-Z])", element)
    return element[named.end() :] if named else element


def _split(arguments: str) -> list[str]:
    """Split at commas outside parentheses and quotes."""
    parts = re.findall(r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[(),]|[^'`(),]+", arguments)
    found, depth = [""], 0
    for part in parts:
        depth += (part == "(") - (part == ")")
        if part == "," and not depth:
            found.append("")
        else:
            found[-1] += part
    return [part.strip() for part in found if part.strip()]


def _string(body: bytes, position: int) -> tuple[str, int]:
    length, position = _varint(body, position)
    return body[position : position + length].decode("utf-8", "replace"), position + length


def _u64(body: bytes, position: int) -> int:
    return int.from_bytes(body[position : position + 8], "little")


def _varint(body: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 128:
            return value, position
        shift += 7
