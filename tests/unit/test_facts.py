"""Events to rows: what is masked, tagged and rounded."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.events import AnyEvent, Bot, ChatMessage, ChatStatus, Complaint, Rating, Review
from processors.facts import SMALLEST_SCALE, FactBuilder, single
from processors.redact import Redactor
from processors.tags import Tagger
from streams.language import load_language
from streams.tag_weights import load_tag_model

PLACE: dict[str, Any] = {"occurred_at": 1_790_000_000_000, "shop_id": "s", "channel": "jd"}
PHONE = "13812345678"


@pytest.fixture(scope="module")
def builder() -> FactBuilder:
    return FactBuilder(Redactor(b"a key for tests"), Tagger(load_language(), load_tag_model()))


def chat(text: str, **more: object) -> ChatMessage:
    fields = {"event_id": "m", "conversation_id": "c", "sender": "customer", "text": text, **PLACE, **more}
    return ChatMessage(**fields)


def test_each_type_goes_to_its_table_in_order(builder: FactBuilder) -> None:
    events: list[AnyEvent] = [
        chat("什么时候发货"),
        ChatStatus(event_id="o", conversation_id="c", status="opened", **PLACE),
        Review(event_id="v", text="质量太差了", rating=1, reply_text="抱歉", **PLACE),
        Rating(event_id="r", score=4, scale_max=5, **PLACE),
        Complaint(event_id="k", text="一直不退款", category="退款", **PLACE),
    ]
    facts = builder.build("src", events, [1, 2, 3, 4, 5])
    assert [(row.event_id, row.type, row.position) for row in facts.messages] == [
        ("m", "chat.message", 1),
        ("v", "review", 3),
        ("k", "complaint", 5),
    ]
    assert [(row.event_id, row.position) for row in facts.statuses] == [("o", 2)]
    assert [(row.event_id, row.satisfied, row.position) for row in facts.ratings] == [("r", True, 4)]
    assert {row.source for table in facts for row in table} == {"src"}
    assert (facts.messages[1].sentiment, facts.messages[1].rating) == ("negative", 1)
    assert facts.messages[2].category == "退款"


def test_only_what_a_customer_says_is_tagged(builder: FactBuilder) -> None:
    events = [
        chat("什么时候发货"),
        chat("什么时候发货", sender="bot"),
        chat("什么时候发货", content_type="image"),
        chat(""),
        chat("什么时候发货", content_type="voice"),
    ]
    rows = builder.build("s", events, range(5)).messages
    assert [bool(row.sentiment) for row in rows] == [True, False, False, False, True]


def test_personal_data_is_masked_in_every_field_that_may_hold_it(builder: FactBuilder) -> None:
    said = f"电话{PHONE}"
    events: list[AnyEvent] = [
        chat(said, customer_id=PHONE, order_id="A-1", attrs={"tel": PHONE, "deep": [{"x": said}]}),
        ChatStatus(event_id="o", conversation_id="c", status="handoff", reason=said, **PLACE),
        Review(event_id="v", text=said, reply_text=said, **PLACE),
        Complaint(event_id="k", text=said, category=said, **PLACE),
        Rating(event_id="r", score=1, scale_max=5, comment=said, **PLACE),
    ]
    facts = builder.build("s", events, range(5))
    assert PHONE not in repr(facts)
    assert "A-1" not in repr(facts)


def test_the_order_number_has_the_pseudonym_that_it_has_in_a_text(builder: FactBuilder) -> None:
    row = builder.build("s", [chat("订单号12345678901234567", order_id="12345678901234567")], [1]).messages[0]
    assert row.order_id in row.text


def test_bot_fields(builder: FactBuilder) -> None:
    bot = Bot(version="2.1", intent="ship", confidence=0.7, answer_id="a", is_fallback=False)
    row = builder.build("s", [chat("今天发", sender="bot", bot=bot)], [1]).messages[0]
    assert (row.bot_version, row.bot_intent, row.bot_confidence, row.answer_id, row.is_fallback) == (
        "2.1", "ship", 0.7, "a", False,
    )  # fmt: skip
    assert builder.build("s", [chat("你好")], [1]).messages[0].bot_confidence is None


@pytest.mark.parametrize(
    ("score", "scale", "satisfied"),
    [(4, 5, True), (3.9, 5, False), (1, 1, True), (0, 1, False), (8, 10, True)],
)
def test_satisfied(builder: FactBuilder, score: float, scale: float, satisfied: bool) -> None:
    rating = Rating(event_id="r", score=score, scale_max=scale, **PLACE)
    assert builder.build("s", [rating], [1]).ratings[0].satisfied is satisfied


def test_a_scale_too_small_to_store_can_still_be_divided_by(builder: FactBuilder) -> None:
    rating = Rating(event_id="r", score=0, scale_max=1e-60, **PLACE)
    assert builder.build("s", [rating], [1]).ratings[0].scale_max == SMALLEST_SCALE


@given(st.floats(0, 100))
def test_single_is_what_single_precision_gives_back(value: float) -> None:
    stored = struct.unpack("f", struct.pack("f", value))[0]
    assert single(stored) == single(value) == single(single(value))
    assert struct.pack("f", single(value)) == struct.pack("f", value)


@given(st.integers(0, 99_999), st.integers(0, 4))
def test_single_keeps_what_people_write(digits: int, places: int) -> None:
    assert single(digits / 10**places) == digits / 10**places


def test_masked_events_are_left_as_they_are(builder: FactBuilder) -> None:
    assert builder.build("s", [chat(PHONE)], [1], masked=True).messages[0].text == PHONE
