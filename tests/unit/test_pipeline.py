"""Which conversations are due, when their timers fire, and what stays in memory."""

from __future__ import annotations

import pytest

from processors.conversation import Conversation, Outcome
from processors.facts import Facts
from processors.pipeline import FOREVER_MS, GROWTH, LARGE, PATIENCE_MS, Key, Pipeline, chat_facts, key_of
from processors.rows import MessageRow, RatingRow, StatusRow
from streams.exchange_weights import load_reader

READER = load_reader()
T0 = 1_790_000_000_000
WAIT = 180_000


def says(event_id: str, after_s: float = 0, conversation: str = "c", sender: str = "customer") -> MessageRow:
    return MessageRow(
        event_id=event_id,
        type="chat.message",
        occurred_at=T0 + int(1000 * after_s),
        shop_id="s",
        channel="jd",
        conversation_id=conversation,
        sender=sender,
        text="什么时候发货" if sender == "customer" else "今天就发",
        is_question=sender == "customer",
    )


def key(conversation: str = "c") -> Key:
    return ("s", "jd", conversation)


def judged(pipeline: Pipeline, *rows: MessageRow, now_ms: int = T0) -> list[tuple[str, str]]:
    pipeline.take(Facts(list(rows), [], []), now_ms)
    return settled(pipeline, now_ms)


def settled(pipeline: Pipeline, now_ms: int) -> list[tuple[str, str]]:
    verdicts = pipeline.on_watermark(now_ms)
    pipeline.written()
    return [(turn.event_id, turn.state) for turn in verdicts.turns]


def test_touched_conversations_are_judged_once_a_batch() -> None:
    pipeline = Pipeline(READER)
    assert judged(pipeline, says("a"), says("b", conversation="d")) == [("a", "open"), ("b", "open")]
    assert settled(pipeline, T0) == []
    assert judged(pipeline, says("r", 5, sender="agent")) == [("a", "answered")]


def test_timers_fire_when_their_time_comes_and_once() -> None:
    pipeline = Pipeline(READER)
    judged(pipeline, says("a"), says("b", 10, "d"))
    assert pipeline.due(T0 + WAIT - 1) == []
    assert settled(pipeline, T0 + WAIT) == [("a", "unanswered")]
    assert settled(pipeline, FOREVER_MS) == [("b", "unanswered")]
    assert settled(pipeline, FOREVER_MS) == []


def test_a_reply_stops_the_timer() -> None:
    pipeline = Pipeline(READER)
    judged(pipeline, says("a"))
    judged(pipeline, says("r", 5, sender="agent"))
    assert pipeline.due(FOREVER_MS) == []


def test_what_was_not_written_stays_due() -> None:
    pipeline = Pipeline(READER)
    judged(pipeline, says("a"))
    for _ in range(3):
        assert [turn.state for turn in pipeline.on_watermark(T0 + WAIT).turns] == ["unanswered"]
    assert settled(pipeline, T0) == [("a", "open")]
    assert settled(pipeline, T0 + WAIT) == [("a", "unanswered")]


def test_the_least_lately_touched_leave_memory_after_the_write_and_keep_their_timers() -> None:
    pipeline = Pipeline(READER, held_facts=2)
    pipeline.take(Facts([says(name, conversation=name) for name in "abc"], [], []), T0)
    pipeline.on_watermark(T0)
    assert len(pipeline) == 3
    pipeline.written()
    assert pipeline.missing(map(key, "abc")) == [key("a")]
    assert pipeline.missing(pipeline.due(T0 + WAIT)) == [key("a")]
    pipeline.restore(key("a"), [says("a", conversation="a")])
    assert ("a", "unanswered") in settled(pipeline, T0 + WAIT)


def test_one_conversation_larger_than_memory_stays() -> None:
    pipeline = Pipeline(READER, held_facts=1)
    judged(pipeline, *(says(f"m{i}", i) for i in range(5)))
    assert len(pipeline) == 1


def test_a_restored_conversation_is_due() -> None:
    pipeline = Pipeline(READER)
    pipeline.restore(key(), [says("a")])
    assert settled(pipeline, T0) == [("a", "open")]
    assert settled(pipeline, T0 + WAIT) == [("a", "unanswered")]


def test_forgotten_conversations_are_not_judged_until_restored() -> None:
    pipeline = Pipeline(READER)
    pipeline.take(Facts([says("a")], [], []), T0)
    pipeline.forget([key(), key("unknown")])
    assert len(pipeline) == 0
    assert pipeline.on_watermark(T0).conversations == []
    assert pipeline.missing(pipeline.due(T0)) == [key()]


def test_a_conversation_that_cannot_be_judged_is_named_and_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = Conversation.on_watermark

    def defective(self: Conversation, now_ms: int) -> Outcome:
        if self.snapshot()[0].conversation_id == "bad":
            raise ZeroDivisionError
        return judge(self, now_ms)

    monkeypatch.setattr(Conversation, "on_watermark", defective)
    pipeline = Pipeline(READER)
    pipeline.take(Facts([says("x", conversation="bad"), says("a")], [], []), T0)
    verdicts = pipeline.on_watermark(T0)
    pipeline.written()
    assert [row.conversation_id for row in verdicts.conversations] == ["c"]
    assert [(failed.key, type(failed.error)) for failed in verdicts.failures] == [
        (key("bad"), ZeroDivisionError)
    ]
    assert pipeline.due(FOREVER_MS) == [key()]


def test_running_out_of_memory_is_no_defect_of_a_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    def starved(_self: Conversation, _now_ms: int) -> Outcome:
        raise MemoryError

    monkeypatch.setattr(Conversation, "on_watermark", starved)
    pipeline = Pipeline(READER)
    pipeline.take(Facts([says("a")], [], []), T0)
    with pytest.raises(MemoryError):
        pipeline.on_watermark(T0)


def test_a_large_conversation_waits_until_it_has_grown_or_a_minute_has_passed() -> None:
    pipeline = Pipeline(READER)
    sizes = iter(range(10 * LARGE))
    assert judged(pipeline, *(says(f"m{next(sizes)}") for _ in range(LARGE + 1)))
    growth = (LARGE + 1) // GROWTH
    for _ in range(growth):
        assert judged(pipeline, says(f"m{next(sizes)}")) == []
    assert judged(pipeline, says(f"m{next(sizes)}")) != []
    assert judged(pipeline, says(f"m{next(sizes)}")) == []
    assert pipeline.due(T0 + PATIENCE_MS - 1) == []
    assert settled(pipeline, T0 + PATIENCE_MS) != []


def test_reviews_belong_to_no_conversation() -> None:
    review = MessageRow(event_id="r", type="review", occurred_at=T0, shop_id="s", channel="jd")
    rating = RatingRow(event_id="x", occurred_at=T0, shop_id="s", channel="jd")
    status = StatusRow(event_id="o", occurred_at=T0, shop_id="s", channel="jd", conversation_id="c")
    facts = chat_facts(Facts([review, says("a")], [status], [rating]))
    assert [(fact.event_id, key_of(fact)) for fact in facts] == [("a", key()), ("o", key())]
