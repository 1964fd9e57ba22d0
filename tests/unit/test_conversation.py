"""Rows, timers and bounds of the conversation state machine."""

from __future__ import annotations

import sys

import msgspec
import pytest

from processors.conversation import Conversation, Outcome
from processors.rows import MessageRow, RatingRow, StatusRow
from streams.answer_cues import load_answer_cues
from streams.exchange_weights import load_reader

READER = load_reader()
T0 = 1_790_000_000_000
FAR = 1 << 60
KEY = {"shop_id": "s", "channel": "jd", "conversation_id": "c", "customer_id": "u"}


def says(event_id: str, after_s: float, text: str, sender: str = "customer", **more: object) -> MessageRow:
    at = T0 + int(after_s * 1000)
    tags = {"is_question": sender == "customer", "topics": ("logistics",)} if sender == "customer" else {}
    fields = {"event_id": event_id, "occurred_at": at, "sender": sender, "text": text, **KEY, **tags, **more}
    return MessageRow(type="chat.message", **fields)  # type: ignore[arg-type]


def status(event_id: str, after_s: float, name: str) -> StatusRow:
    return StatusRow(event_id=event_id, occurred_at=T0 + int(after_s * 1000), status=name, **KEY)


def judged(*facts: MessageRow | StatusRow | RatingRow, now_ms: int = FAR) -> Outcome:
    conversation = Conversation(READER)
    conversation.restore(facts)
    return conversation.on_watermark(now_ms)


def test_a_question_is_open_until_its_time_runs_out() -> None:
    asked = says("q", 0, "什么时候发货")
    early = judged(asked, now_ms=T0 + 179_999)
    assert (early.turns[0].state, early.turns[0].reasons, early.deadline_ms) == ("open", (), T0 + 180_000)
    late = judged(asked, now_ms=T0 + 180_000)
    assert (late.turns[0].state, late.turns[0].evidence) == ("unanswered", {"no_reply": ["q"]})
    assert late.deadline_ms is None
    assert late.turns[0].version == early.turns[0].version + 1


def test_a_reply_that_arrives_late_but_came_in_time_removes_no_reply() -> None:
    conversation = Conversation(READER)
    conversation.on_event(says("q", 0, "什么时候发货"))
    assert conversation.on_watermark(FAR).turns[0].state == "unanswered"
    conversation.on_event(says("a", 60, "今天就发", "agent"))
    turn = conversation.on_watermark(FAR).turns[0]
    assert (turn.state, turn.responder, turn.response_ms) == ("answered", "agent", 60_000)


def test_the_waiting_time_is_settable() -> None:
    conversation = Conversation(READER, no_reply_ms=30_000)
    conversation.restore([says("q", 0, "什么时候发货"), says("a", 31, "今天就发", "agent")])
    assert conversation.on_watermark(FAR).turns[0].reasons == ("no_reply",)


def test_a_head_that_became_a_part_is_withdrawn() -> None:
    conversation = Conversation(READER)
    conversation.on_event(says("q1", 0, "肩带能拆下来洗吗"))
    assert [turn.event_id for turn in conversation.on_watermark(T0).turns] == ["q1"]
    conversation.on_event(says("q2", 60, "肩带能拆下来洗吗"))
    rows = {turn.event_id: turn for turn in conversation.on_watermark(T0).turns}
    assert rows["q2"].group_event_ids == ("q1", "q2")
    assert (rows["q2"].asked_at, rows["q2"].occurred_at) == (T0, T0 + 60_000)
    assert (rows["q1"].is_deleted, rows["q1"].version) == (1, rows["q2"].version)


def test_a_split_question_carries_what_its_parts_say() -> None:
    turn = judged(
        says("g", 0, "你好", is_question=False, urgency="low", topics=("other",)),
        says(
            "c",
            3,
            "杯子碎了扎到手",
            is_question=False,
            urgency="critical",
            topics=("quality",),
            keywords=("杯子",),
        ),
        says("q", 6, "几天能补发", urgency="normal", keywords=("补发",), product_id="P"),
    ).turns[0]
    assert turn.group_event_ids == ("g", "c", "q")
    assert turn.text == "你好 杯子碎了扎到手 几天能补发"
    assert (turn.urgency, turn.topics, turn.keywords) == (
        "critical",
        ("logistics", "quality"),
        ("补发", "杯子"),
    )
    assert turn.product_id == "P"


def test_bot_fields_are_of_the_answer_or_of_the_bot_on_duty() -> None:
    turns = judged(
        says("q", 0, "什么时候发货"),
        says("a", 1, "今天发", "bot", bot_version="2.3", bot_intent="ship", bot_confidence=0.9),
        says("r", 30, "对了能开发票吗"),
        says("b", 60, "可以开", "agent"),
    ).turns
    assert (turns[0].bot_version, turns[0].bot_intent, turns[0].bot_confidence) == ("2.3", "ship", 0.9)
    assert (turns[1].bot_version, turns[1].bot_intent, turns[1].responder) == ("2.3", "", "agent")


def test_the_conversation_row() -> None:
    row = judged(
        says("q", 0, "什么时候发货", sentiment="neutral"),
        says("a", 2, "亲,没听懂呢", "bot", bot_version="1"),
        says("w", 20, "转人工", is_question=False, sentiment="negative", topics=("service",)),
        status("h", 21, "handoff"),
        says("b", 80, "明天发出", "agent"),
        says("t", 90, "好的", is_question=False, sentiment="neutral", topics=("logistics",)),
        status("x", 200, "closed"),
        RatingRow(event_id="r", occurred_at=T0 + 300_000, score=4, scale_max=5, **KEY),
    ).conversation
    assert (row.customer_messages, row.bot_messages, row.agent_messages) == (3, 1, 1)
    assert (row.questions, row.unanswered, row.handed_off, row.closed) == (1, 1, True, True)
    assert (row.first_response_ms, row.agent_wait_ms, row.csat) == (2_000, 60_000, 0.8)
    assert (row.topic, row.sentiment, row.bot_version) == ("logistics", "negative", "1")
    assert (row.started_at, row.last_at, row.version >> 20) == (T0, T0 + 300_000, 8)


def test_a_conversation_without_customers_has_a_row_and_no_turns() -> None:
    found = judged(status("o", 0, "opened"))
    assert (found.turns, found.deadline_ms, found.conversation.first_response_ms) == ([], None, None)


def test_nothing_to_judge_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="call on_event or restore first"):
        Conversation(READER).on_watermark(T0)


@pytest.mark.parametrize("shape", ["questions", "context", "replies", "statuses", "turns"])
def test_time_grows_with_the_length_not_its_square(shape: str) -> None:
    def fact(number: int, size: int) -> MessageRow | StatusRow:
        half = number * 2 < size
        if shape == "questions" or (shape == "replies" and half):
            return says(f"e{number}", number, f"第{number}款{number * 7919}什么时候发货")
        if shape == "context" or (shape == "statuses" and half):
            return says(f"e{number}", number, f"我昨天买的{number}", is_question=False, topics=("other",))
        if shape == "statuses":
            return status(f"e{number}", number, "handoff")
        if shape == "replies" or number % 2:
            return says(f"e{number}", number, "明天发出", "bot", bot_confidence=0.4)
        return says(f"e{number}", number, f"第{number}款什么时候发货")

    def calls(size: int) -> int:
        """Calls of functions, also of built-in ones: a figure that no busy machine changes."""
        conversation = Conversation(load_reader())
        conversation.restore(fact(number, size) for number in range(size))
        count = 0

        def note(_frame: object, event: str, _argument: object) -> None:
            nonlocal count
            count += event in {"call", "c_call"}

        before = sys.getprofile()
        sys.setprofile(note)
        try:
            conversation.on_watermark(FAR)
        finally:
            sys.setprofile(before)
        return count

    assert calls(8_000) < 10 * calls(1_000)


def test_a_misspelt_lexicon_list_is_named() -> None:
    lists = msgspec.to_builtins(load_answer_cues())
    lists["lots"] = lists.pop("lost")
    with pytest.raises(msgspec.ValidationError, match=r"lost|lots"):
        msgspec.convert(lists, type(load_answer_cues()))
