"""A trainer's own labelled texts: one JSON object a line, checked to the field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from processors.facts import TEXT_KINDS
from processors.scoring import TAG_VALUES, Value
from processors.tags import TextKind
from streams.errors import InputError
from streams.mending import json_object
from streams.refusals import Refused, Rejected, bad_value, missing
from streams.sources.base import Record


class Labelled(NamedTuple):
    """A text with what it should be tagged; `line` counts from 1, `wanted` is by tag."""

    line: int
    type: str
    text: str
    wanted: dict[str, Value]

    @property
    def kind(self) -> TextKind:
        """What the tagger takes the text for."""
        return TEXT_KINDS[self.type]


def read_labelled(records: Iterator[Record]) -> list[Labelled]:
    """The labelled texts of all records; InputError names line and field of the first bad one."""
    found = []
    for position, raw in records:
        try:
            if isinstance(raw, Rejected):
                raise Refused(raw.reason, raw.detail)
            found.append(_labelled(position, json_object(raw)))
        except Refused as refused:
            raise InputError(f"第 {position} 行 · line {position}: {refused.detail}") from None
    return found


def _labelled(line: int, item: dict[str, Any]) -> Labelled:
    if item.get("text") is None:
        raise missing(["text"])
    if not isinstance(item["text"], str):
        raise bad_value("text", "文本 / text")
    kind = item.get("type") or "chat.message"
    if not isinstance(kind, str) or kind not in TEXT_KINDS:
        raise bad_value("type", _choice(TEXT_KINDS))
    wanted = {tag: _value(tag, item[tag]) for tag in TAG_VALUES if item.get(tag) is not None}
    if not wanted:
        raise Refused("missing_field", f"{' | '.join(TAG_VALUES)}：至少写一个 / label at least one of these")
    return Labelled(line, kind, item["text"], wanted)


def _value(tag: str, value: Any) -> Value:
    allowed = TAG_VALUES[tag]
    if tag == "topics":
        return _topics(value)
    if isinstance(value, bool) != (tag == "is_question") or value not in allowed:
        raise bad_value(tag, _choice(allowed))
    return bool(value) if tag == "is_question" else str(value)


def _topics(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(isinstance(topic, str) and topic in TAG_VALUES["topics"] for topic in listed):
        raise bad_value("topics", f"{_choice(TAG_VALUES['topics'])}，一个或列表 / one or a list, main first")
    return tuple(listed)


def _choice(values: Any) -> str:
    names = (str(value).lower() if isinstance(value, bool) else value for value in values)
    return f"{' | '.join(names)} 之一 / one of these"
