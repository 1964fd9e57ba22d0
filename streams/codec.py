"""Raw bytes to an event or a dead letter, and an event back to bytes.

`decode` and `decode_many` never raise: every record becomes exactly one event or
one dead letter. What is taken besides the letter of docs/events.md:

- `occurred_at`: RFC 3339 with an offset (any case, a space for `T`, any number of
  decimals, cut to milliseconds) or epoch milliseconds as a number or a string of
  digits. A time without an offset is refused: nobody can know when it was.
- A `null` field is an absent field. An unknown field moves into `attrs`, one of
  `bot` into `attrs.bot`; where `attrs` holds another value of that name the moved
  one is called `event.NAME`.
- A number where text belongs (`event_id: 123`) is its digits; a number given as
  text (`rating: "5"`) is that number. `channel` is stripped and lower-cased.
- A byte order mark before a record is skipped. Of a repeated key the last counts.
- A lone surrogate escape (`"\\ud83d"`, half an emoji cut by another program) is
  U+FFFD: it has no UTF-8 form and would break every later write.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from sys import intern
from typing import Any, NamedTuple

import msgspec

from processors.events import AnyEvent, DeadLetter, Rating
from streams.event_schema import BOT, REPEATED, SCHEMAS
from streams.mending import epoch_millis, mended, shallow
from streams.refusals import (
    MAX_DEPTH,
    MAX_EVENT_BYTES,
    MAX_RAW_BYTES,
    REASONS,
    Refused,
    Rejected,
    oversized,
)

__all__ = [
    "MAX_EVENT_BYTES",
    "MAX_RAW_BYTES",
    "REASONS",
    "Decoded",
    "Rejected",
    "decode",
    "decode_many",
    "encode",
]

_UNUSUAL = (msgspec.MsgspecError, ValueError, TypeError, KeyError, AttributeError, RecursionError)
_decode_json = msgspec.json.Decoder().decode
_encode_json = msgspec.json.Encoder(order="deterministic").encode


class Decoded(NamedTuple):
    """Events with their positions (same length and order), and what was refused."""

    events: list[AnyEvent]
    positions: list[int]
    dead: list[DeadLetter]


def encode(event: AnyEvent) -> bytes:
    """Canonical JSON of an event: equal events give equal bytes, and `decode` takes them back."""
    return _encode_json(event)


def decode(raw: bytes | Mapping[str, Any], position: int) -> AnyEvent | DeadLetter:
    """The event in one record, or the dead letter that says why there is none. Never raises."""
    data = raw if isinstance(raw, bytes) else _dumped(raw)
    if data.__class__ is bytes and len(data) <= MAX_EVENT_BYTES:
        try:
            event = _plain(data)
        except _UNUSUAL:
            event = None
        if event is not None:
            return event
    return _second_look(data, position)


def decode_many(records: Iterable[tuple[int, bytes]]) -> Decoded:
    """Decode (position, raw) pairs; events and dead letters keep the order of the records."""
    decoded = Decoded([], [], [])
    for position, raw in records:
        got = decode(raw, position)
        if isinstance(got, DeadLetter):
            decoded.dead.append(got)
        else:
            decoded.events.append(got)
            decoded.positions.append(position)
    return decoded


def _plain(raw: bytes) -> AnyEvent | None:
    """The event in a record with nothing to mend; None or one of `_UNUSUAL` asks for a second look."""
    obj = _decode_json(raw)
    schema = SCHEMAS[obj["type"]]
    if not obj.keys() <= schema.names or ("attrs" in obj and not shallow(obj["attrs"], MAX_DEPTH)):
        return None
    if "bot" in obj and not obj["bot"].keys() <= BOT.names:
        return None
    if (when := obj["occurred_at"]).__class__ is str:
        obj["occurred_at"] = epoch_millis(datetime.fromisoformat(when))
    obj["channel"] = obj["channel"].strip().lower()
    # Thousands of events in memory share these; each would hold copies of its own.
    for name in REPEATED:
        if name in obj:
            obj[name] = intern(obj[name])
    event: AnyEvent = msgspec.convert(obj, schema.type)
    return None if event.__class__ is Rating and event.score > event.scale_max else event


def _second_look(raw: bytes, position: int) -> AnyEvent | DeadLetter:
    if len(raw) > MAX_EVENT_BYTES:
        raw = oversized(raw, len(raw))
    if isinstance(raw, Rejected):
        return _dead(position, raw.reason, raw.detail, raw, raw.size)
    try:
        return mended(raw)
    except Refused as refused:
        return _dead(position, refused.reason, refused.detail, raw, len(raw))


def _dead(position: int, reason: str, detail: str, raw: bytes, size: int) -> DeadLetter:
    head = raw[:MAX_RAW_BYTES]
    # A character cut in half at the end is left out, not shown as damaged.
    shown = codecs.getincrementaldecoder("utf-8")("replace").decode(head, final=len(head) == size)
    return DeadLetter(position=position, reason=reason, detail=detail, raw=shown, raw_bytes=size)


def _dumped(obj: Mapping[str, Any]) -> bytes:
    """JSON of a mapping that did not come as JSON, to be judged like any other bytes."""
    try:
        return json.dumps(dict(obj), default=str).encode()
    except RecursionError:
        return Rejected(b"", "too_deep", "嵌套过深 / nested too deeply", 0)
    except (TypeError, ValueError):
        return Rejected(b"", "not_json", "不能表示为 JSON / cannot be written as JSON", 0)
