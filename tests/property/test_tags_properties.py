"""Any string has tags: valid, the same each time, in time that grows with its length."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from processors import decide
from processors.cues import TextKind
from processors.language_model import TOPICS
from processors.nature import ORDER
from processors.signals import first_reading
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


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.tuples(HOSTILE, st.sampled_from(KINDS)), min_size=1, max_size=12), data=st.data())
def test_logits_are_the_same_alone_in_any_batch_and_in_any_order(
    texts: list[tuple[str, TextKind]], data: st.DataObject
) -> None:
    """To the last bit, or a restart in the middle of a batch could change a tag."""
    alone = np.vstack([logits([case]) for case in texts])
    assert logits(texts).tobytes() == alone.tobytes()
    order = data.draw(st.permutations(range(len(texts))))
    assert logits([texts[at] for at in order]).tobytes() == alone[order].tobytes()


def logits(cases: list[tuple[str, TextKind]]) -> NDArray[np.float32]:
    """Settled logits of texts, as one batch."""
    taken = tagger()
    readings = [taken.read(*case) for case in cases]
    firsts = [first_reading(reading, taken._review) for reading in readings]
    found = taken._model.logits(readings, firsts, [taken._words(reading.text) for reading in readings])
    return decide.settle(found, firsts, [kind for _, kind in cases])


@settings(max_examples=100, deadline=None)
@given(text=st.text(alphabet="  \n\t。，、~…", max_size=30))
def test_blank_text_is_neutral_small_talk(text: str) -> None:
    tags = tagger().tag(text)
    assert (tags.sentiment, tags.topics, tags.nature) == ("neutral", ("other",), "chitchat")
    assert not tags.is_question
    assert tags.keywords == ()


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


PIECES_OF_MANY = [
    "垃圾退款不发货?",
    "啊",
    "以为结果",
    "不没",
    "[数字x]",
    "[手机#",
    "吗 ",
    "12315",
    "\ud800",
    "好\n",
]


@pytest.mark.parametrize("piece", PIECES_OF_MANY)
def test_time_grows_with_length_alone(piece: str) -> None:
    """100,000 characters in at most 40 times the time of 10,000: linear with room for noise."""
    few, many = piece * (10_000 // len(piece)), piece * (100_000 // len(piece))
    assert_valid(tagger().tag(many, "review"))
    short = min(_seconds(lambda: tagger().tag(few, "review")) for _ in range(3))
    long = min(_seconds(lambda: tagger().tag(many, "review")) for _ in range(2))
    assert long < max(40 * short, 0.5)


def test_time_to_explain_grows_with_length_alone() -> None:
    few, many = "垃圾退款不发货?" * 500, "垃圾退款不发货?" * 5_000
    short = min(_seconds(lambda: tagger().explain(few)) for _ in range(3))
    long = min(_seconds(lambda: tagger().explain(many)) for _ in range(2))
    assert long < max(40 * short, 0.5)


def test_time_grows_with_the_number_of_texts_alone() -> None:
    """One long text among many short ones costs its own length, not that of the batch."""
    texts: list[str] = ["快递到哪了"] * 2_000
    kinds: list[TextKind] = ["chat"] * 2_001
    plain = min(_seconds(lambda: tagger().tag_many(texts, kinds[:-1])) for _ in range(3))
    one = min(_seconds(lambda: tagger().tag("啊" * 50_000)) for _ in range(3))
    mixed = min(_seconds(lambda: tagger().tag_many([*texts, "啊" * 50_000], kinds)) for _ in range(3))
    assert mixed < max(3 * (plain + one), 0.5)
