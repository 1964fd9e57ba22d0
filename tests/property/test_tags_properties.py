"""Any string has tags: valid, the same each time, in time that grows with its length."""

from __future__ import annotations

import time
from functools import cache
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.cues import TextKind
from processors.language_model import TOPICS
from processors.nature import ORDER
from processors.tags import Tagger, Tags
from streams.language import load_language
from streams.tag_weights import load_tag_model

KINDS: tuple[TextKind, ...] = get_args(TextKind)
PIECES = st.sampled_from(
    [
        "不",
        "没",
        "好吃",
        "垃圾",
        "退款",
        "?",
        "!",
        "？！",
        "吗",
        "谢谢",
        "[数字x]",
        "[手机#7f3a9c2e]",
        "[",
        "]",
        "~",
        "12315",
        "以为",
        "结果",
        "😡",
        "\u200b",
        "\u202e",
        "\x00",
        "\ud800",
        "ＡＢＣ",
        "發貨",
        "0",
        "呢",
        " ",
        "\n",
    ]
)
HOSTILE = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map("".join))


@cache
def tagger() -> Tagger:
    return Tagger(load_language(), load_tag_model())


def assert_valid(tags: Tags) -> None:
    assert tags.sentiment in {"negative", "neutral", "positive"}
    assert -1 <= tags.sentiment_score <= 1
    assert tags.topics
    assert set(tags.topics) <= set(TOPICS)
    assert len(set(tags.topics)) == len(tags.topics)
    assert tags.nature in ORDER
    assert tags.urgency in {"critical", "high", "normal", "low"}
    assert len(tags.keywords) <= 5
    assert not any("[" in word or "]" in word for word in tags.keywords)


@settings(max_examples=300, deadline=None)
@given(text=HOSTILE, kind=st.sampled_from(KINDS))
def test_any_text_has_valid_tags(text: str, kind: TextKind) -> None:
    tags = tagger().tag(text, kind)
    assert_valid(tags)
    assert tagger().tag(text, kind) == tags
    assert (tags.sentiment_score < 0) == (tags.sentiment == "negative") or tags.sentiment == "neutral"


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(HOSTILE, max_size=8))
def test_many_equals_one_by_one(texts: list[str]) -> None:
    kinds: list[TextKind] = ["chat"] * len(texts)
    assert tagger().tag_many(texts, kinds) == [tagger().tag(text) for text in texts]


@settings(max_examples=100, deadline=None)
@given(text=st.text(alphabet="  \n\t。，、~…", max_size=30))
def test_blank_text_is_neutral_small_talk(text: str) -> None:
    tags = tagger().tag(text)
    assert (tags.sentiment, tags.topics, tags.nature) == ("neutral", ("other",), "chitchat")
    assert not tags.is_question
    assert tags.keywords == ()


def _seconds(text: str) -> float:
    start = time.perf_counter()
    assert_valid(tagger().tag(text, "review"))
    return time.perf_counter() - start


@pytest.mark.parametrize("piece", ["垃圾退款不发货?", "啊", "以为结果", "不没", "[数字x]", "[手机#", "吗 "])
def test_time_grows_with_length_alone(piece: str) -> None:
    """100,000 characters in at most 40 times the time of 10,000: linear with room for noise."""
    short = min(_seconds(piece * (10_000 // len(piece))) for _ in range(3))
    long = min(_seconds(piece * (100_000 // len(piece))) for _ in range(2))
    assert long < max(40 * short, 0.5)
