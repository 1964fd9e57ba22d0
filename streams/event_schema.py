"""What the codec needs to know of each event type, derived from its Struct so that it is spelt once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, get_args

from msgspec import Struct, inspect

from processors.events import AnyEvent, Bot


class Schema(NamedTuple):
    """One Struct: its field names, which are required, which hold text, and what each takes in words."""

    type: Any
    names: frozenset[str]
    required: tuple[str, ...]
    texts: frozenset[str]
    expected: dict[str, str]


def _span(kind: inspect.FloatType) -> str:
    low = f"> {kind.gt}" if kind.gt is not None else f"≥ {kind.ge}"
    return low if kind.le is None else f"{low}, ≤ {kind.le}"


def _expected(kind: inspect.Type) -> str:
    match kind:
        case inspect.UnionType(types=types):
            words = _expected(types[0])
        case inspect.StrType(min_length=low, max_length=high):
            words = f"{low or 0}–{high} 个字符的文本 / text of {low or 0} to {high} characters"
        case inspect.LiteralType(values=values):
            words = f"{' | '.join(str(value) for value in values)} 之一 / one of these"
        case inspect.IntType(ge=low, le=high):
            words = f"{low}–{high} 的整数 / an integer from {low} to {high}"
        case inspect.FloatType():
            words = f"数值 {_span(kind)} / a number {_span(kind)}"
        case inspect.BoolType():
            words = "true 或 false / true or false"
        case _:
            words = "JSON 对象 / a JSON object"
    return words


def _schema(struct: type[Struct], *tag_field: str) -> Schema:
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)  # noqa: S101 - narrows the type
    return Schema(
        type=struct,
        names=frozenset(field.name for field in info.fields).union(tag_field),
        required=tuple(field.name for field in info.fields if field.required),
        texts=frozenset(f.name for f in info.fields if isinstance(f.type, inspect.StrType)),
        expected={field.name: _expected(field.type) for field in info.fields},
    )


SCHEMAS: Final[Mapping[str, Schema]] = {
    str(struct.__struct_config__.tag): _schema(struct, "type") for struct in get_args(AnyEvent)
}
"""Event type, such as `chat.message`, to its schema."""
BOT: Final = _schema(Bot)
"""The schema of the object in `bot`."""
REPEATED: Final = (
    *("shop_id", "channel", "conversation_id", "customer_id", "customer_segment"),
    *("product_id", "product_name", "agent_id"),
)
"""Text fields whose values come again in many events."""
