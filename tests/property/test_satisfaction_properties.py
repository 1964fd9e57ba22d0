"""Any conversation has a satisfaction: in range, the same each time, in time that grows with its length."""

from __future__ import annotations

import time
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.satisfaction import MOST_REASONS, SatisfactionJudge
from processors.satisfaction_features import Turn
from processors.satisfaction_words import CUSTOMER, STAFF, found
from processors.tags import Tagger
from streams.language import load_language
from streams.satisfaction_weights import load_satisfaction
from streams.tag_weights import load_tag_model

PIECES = st.sampled_from(
    ["谢谢", "好的", "可以了", "没用", "投诉", "垃圾", "?", "!", "@", "私信", "抱歉", "[手机#7f3a9c2e]",
     "[数字x]", "\x00", "\x02", "\x03", "\ud800", "\u200b", "ＡＢ", "發貨", " ", "1" * 9, "😡"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=12).map("".join))
SENDERS = st.sampled_from(["customer", "agent", "bot", "system", "", "谁"])
CONVERSATIONS = st.lists(st.builds(Turn, SENDERS, TEXTS), max_size=8)


@cache
def judge() -> SatisfactionJudge:
    language = load_language()
    return load_satisfaction(language, Tagger(language, load_tag_model()))


@given(CONVERSATIONS)
@settings(max_examples=150, deadline=None)
def test_any_conversation_has_a_satisfaction(turns: list[Turn]) -> None:
    found_ = judge()(turns)
    assert 0 <= found_.chance <= 1
    assert abs(found_.points) < 20
    assert len(found_.reasons) <= MOST_REASONS
    assert all(reason.name for reason in found_.reasons)


@given(CONVERSATIONS, CONVERSATIONS)
@settings(max_examples=50, deadline=None)
def test_it_depends_on_the_conversation_alone(turns: list[Turn], other: list[Turn]) -> None:
    first = judge()(turns)
    judge()(other)
    assert judge()(turns) == first
    assert judge()(tuple(turns)) == first


def test_hostile_texts_take_time_that_grows_with_their_length() -> None:
    judge()([Turn("customer", "x")])
    for piece in ("@", "请", "会", "感谢", "\\", ".", "1", "反馈", "天"):
        start = time.perf_counter()
        for signs in (CUSTOMER, STAFF):
            found(signs, piece * 20_000)
        assert time.perf_counter() - start < 2
