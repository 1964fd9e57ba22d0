"""What holds for every record, however hostile."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.events import (
    EARLIEST_MS,
    LATEST_MS,
    AnyEvent,
    Bot,
    ChatMessage,
    ChatStatus,
    Complaint,
    DeadLetter,
    Rating,
    Review,
)
from streams.codec import MAX_RAW_BYTES, REASONS, decode, decode_many, encode

# Everything but lone surrogates: NUL, RTL marks, zero-width joiners, emoji, CJK.
TEXT = st.text(max_size=30)
NAME = st.text(min_size=1, max_size=20)
CHANNEL = NAME.map(lambda text: text.strip().lower()).filter(
    lambda text: bool(text) and text == text.strip().lower()
)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
JSON = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
)
BASE = {
    "event_id": NAME,
    "occurred_at": st.integers(EARLIEST_MS, LATEST_MS - 1),
    "shop_id": NAME,
    "channel": CHANNEL,
    "customer_id": TEXT,
    "product_name": TEXT,
    "attrs": st.dictionaries(TEXT, JSON, max_size=4),
}
BOT = st.builds(
    Bot,
    version=TEXT,
    intent=TEXT,
    confidence=st.none() | st.floats(0, 1),
    is_fallback=st.none() | st.booleans(),
)
EVENTS: st.SearchStrategy[AnyEvent] = st.one_of(
    st.builds(
        ChatMessage,
        **BASE,
        conversation_id=NAME,
        sender=st.sampled_from(["customer", "bot", "agent", "system"]),
        text=TEXT,
        bot=st.none() | BOT,
    ),
    st.builds(
        ChatStatus, **BASE, conversation_id=NAME, status=st.sampled_from(["opened", "handoff", "closed"])
    ),
    st.builds(Review, **BASE, text=TEXT, rating=st.none() | st.integers(1, 5)),
    st.builds(Complaint, **BASE, text=TEXT, category=TEXT),
    st.builds(Rating, **BASE, score=st.floats(0, 5), scale_max=st.just(5.0), comment=TEXT),
)
FIELDS = [*BASE, "type", "text", "sender", "conversation_id", "bot", "rating", "score", "scale_max", "extra"]


@given(EVENTS)
def test_encode_then_decode_gives_the_same_event(event: AnyEvent) -> None:
    assert decode(encode(event), 1) == event


@given(st.binary(max_size=200), st.integers(0, 2**60))
def test_any_bytes_become_one_event_or_one_dead_letter(data: bytes, position: int) -> None:
    check(data, position)


@given(EVENTS, st.data())
def test_damaged_events_become_one_event_or_one_dead_letter(event: AnyEvent, data: st.DataObject) -> None:
    encoded = bytearray(encode(event))
    for _ in range(data.draw(st.integers(1, 4))):
        encoded[data.draw(st.integers(0, len(encoded) - 1))] = data.draw(st.integers(0, 255))
    check(bytes(encoded), 1)


@settings(max_examples=300)
@given(
    EVENTS, st.dictionaries(st.sampled_from(FIELDS), JSON | st.text(alphabet="\ud800\udfff:0", max_size=5))
)
def test_any_value_in_any_field_becomes_one_event_or_one_dead_letter(
    event: AnyEvent, changes: dict[str, Any]
) -> None:
    check(json.dumps({**json.loads(encode(event)), **changes}).encode(), 1)


@given(st.lists(EVENTS.map(encode) | st.binary(max_size=50), max_size=8))
def test_many_lose_nothing_and_keep_their_positions(raws: list[bytes]) -> None:
    records = [(10 * number, raw) for number, raw in enumerate(raws)]
    decoded = decode_many(records)
    assert len(decoded.events) == len(decoded.positions)
    assert sorted([*decoded.positions, *(letter.position for letter in decoded.dead)]) == [
        p for p, _ in records
    ]
    assert decoded.positions == sorted(decoded.positions)


def check(data: bytes, position: int) -> None:
    got = decode(data, position)
    if isinstance(got, DeadLetter):
        assert got.reason in REASONS
        assert got.position == position
        assert got.raw_bytes == len(data)
        assert len(got.raw) <= MAX_RAW_BYTES
        got.raw.encode()
    else:
        assert decode(encode(got), position) == got
