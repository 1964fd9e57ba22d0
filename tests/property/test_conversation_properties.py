"""What holds for every conversation, however hostile and in whatever order it arrives."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.conversation import ChatFact, Conversation, Outcome
from processors.rows import MessageRow, RatingRow, StatusRow
from processors.verdicts import REASONS
from streams.exchange_weights import load_reader

READER = load_reader()
START = 1_790_000_000_000
KEY = {"shop_id": "s", "channel": "jd", "conversation_id": "c"}
SAID = (
    "你好", "什么时候发货", "到底什么时候发货", "转人工", "好的谢谢", "答非所问", "对了有黑色吗",
    "那白色的呢",
    "算了",
    "杯子碎了", "58", "不会少?我数了三遍", "复读机吗你", "拆门吧", "人呢", "怎么办", "", "[微笑]", "😅",
    "再问个", "我昨天买的", "退貨運費誰出", "ｏｋ", "\x00\ud83d", "\u202e発票\u200b怎么开?",
    "好" * 3000,
)  # fmt: skip
REPLIED = (
    "亲,48小时内发货", "抱歉,没听懂呢", "以详情页为准哦", "请稍等,正在查询", "您好,有什么可以帮您",
    "请问您的身高是多少呢?",
    "正在为您转接人工", "请您耐心等待", "感谢您的支持,祝您生活愉快", "亲,72小时内发货", "", "是的亲",
    "\ud83d\x00",
)  # fmt: skip
NATURES = st.sampled_from(["inquiry", "complaint", "chitchat", "request", "praise", ""])
TOPICS = st.sampled_from([("quality",), ("logistics", "order"), ("service",), ("other",), ()])


@st.composite
def facts_of(draw: st.DrawFn) -> list[ChatFact]:
    """Up to 14 facts at uneven, sometimes equal times."""
    at, facts = START, []
    for number in range(draw(st.integers(1, 14))):
        at += draw(st.sampled_from([0, 1_000, 20_000, 60_000, 180_000, 400_000]))
        facts.append(draw(fact_at(f"e{number}", at)))
    return facts


def fact_at(event_id: str, at: int) -> st.SearchStrategy[ChatFact]:
    """A fact of any kind."""
    key = {"event_id": event_id, "occurred_at": at, **KEY}
    texts = st.one_of(st.sampled_from(SAID), st.text(max_size=20))
    customer = st.builds(
        lambda text, asks, nature, topics: MessageRow(
            **key, type="chat.message", text=text, is_question=asks, nature=nature, topics=topics
        ),
        texts, st.booleans(), NATURES, TOPICS,
    )  # fmt: skip
    reply = st.builds(
        lambda sender, text, confidence: MessageRow(
            **key, type="chat.message", sender=sender, text=text, bot_confidence=confidence
        ),
        st.sampled_from(["bot", "bot", "agent", "system"]),
        st.sampled_from(REPLIED),
        st.sampled_from([None, 0.3, 0.9]),
    )  # fmt: skip
    status = st.sampled_from(["opened", "handoff", "closed"]).map(lambda name: StatusRow(**key, status=name))
    rating = st.sampled_from([(1, 5, ""), (5, 5, ""), (0, 1, "e1"), (1, 1, "e2")]).map(
        lambda said: RatingRow(**key, score=said[0], scale_max=said[1], about_event_id=said[2])
    )
    return st.one_of(customer, customer, reply, status, rating)


def outcome(facts: Sequence[ChatFact], now_ms: int) -> Outcome:
    conversation = Conversation(READER)
    conversation.restore(facts)
    return conversation.on_watermark(now_ms)


NOWS = st.sampled_from([START, START + 100_000, START + 900_000, 1 << 60])


@given(facts_of(), NOWS, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_order_batches_and_duplicates_change_nothing(
    facts: list[ChatFact], now_ms: int, random: object
) -> None:
    shuffled = [*facts, *facts[::2]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    conversation = Conversation(READER)
    for fact in shuffled:
        conversation.on_event(fact)
        conversation.on_watermark(START)
    assert conversation.on_watermark(now_ms) == outcome(facts, now_ms)


@given(facts_of(), NOWS)
@settings(max_examples=80, deadline=None)
def test_a_restored_conversation_goes_on_the_same(facts: list[ChatFact], now_ms: int) -> None:
    before = Conversation(READER)
    before.restore(facts[: len(facts) // 2])
    after = Conversation(READER)
    after.restore(before.snapshot())
    for fact in facts[len(facts) // 2 :]:
        after.on_event(fact)
    assert after.on_watermark(now_ms) == outcome(facts, now_ms)
    assert sorted(after.snapshot(), key=lambda fact: fact.event_id) == sorted(
        facts, key=lambda fact: fact.event_id
    )


@given(facts_of(), NOWS)
@settings(max_examples=150, deadline=None)
def test_verdicts_are_sound(facts: list[ChatFact], now_ms: int) -> None:
    found = outcome(facts, now_ms)
    ids = {fact.event_id for fact in facts}
    standing = [turn for turn in found.turns if not turn.is_deleted]
    for turn in standing:
        assert (turn.state == "unanswered") == bool(turn.reasons)
        assert turn.reasons == tuple(reason for reason in REASONS if reason in turn.evidence)
        assert all(shown and ids.issuperset(shown) for shown in turn.evidence.values())
        assert (turn.score >= 0.5) == (turn.state == "unanswered")
        assert 0 <= turn.score <= 1
        assert turn.event_id in turn.group_event_ids
    assert len({turn.event_id for turn in found.turns}) == len(found.turns)
    assert len({part for turn in standing for part in turn.group_event_ids}) == sum(
        len(turn.group_event_ids) for turn in standing
    )
    assert (found.deadline_ms is not None) == any(turn.state == "open" for turn in standing)
    assert found.conversation.questions == len(standing)


@given(facts_of(), NOWS)
@settings(max_examples=80, deadline=None)
def test_versions_grow_and_no_row_is_left_behind(facts: list[ChatFact], now_ms: int) -> None:
    conversation, last, written = Conversation(READER), 0, set[str]()
    for fact in reversed(facts):
        conversation.on_event(fact)
        found = conversation.on_watermark(now_ms)
        assert found.conversation.version > last
        last = found.conversation.version
        assert {turn.version for turn in found.turns} <= {last}
        written |= {turn.event_id for turn in found.turns}
        assert written == {turn.event_id for turn in found.turns}


@given(facts_of())
@settings(max_examples=80, deadline=None)
def test_a_timer_fires_once_and_raises_the_version(facts: list[ChatFact]) -> None:
    conversation = Conversation(READER)
    conversation.restore(facts)
    found = conversation.on_watermark(START)
    while found.deadline_ms is not None:
        fired = conversation.on_watermark(found.deadline_ms)
        assert fired.conversation.version > found.conversation.version
        assert fired.deadline_ms is None or fired.deadline_ms > found.deadline_ms
        found = fired
    assert conversation.on_watermark(1 << 60) == found
