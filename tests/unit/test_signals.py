"""The numbers that the cues give the learned tagger."""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.cues import TextKind
from processors.signals import SIGNALS, first_reading, group_rows, signal_values
from processors.tag_model import TagModel
from processors.tags import Tagger
from streams.language import load_language
from streams.tag_weights import load_tag_model

KINDS: tuple[TextKind, ...] = ("chat", "review", "complaint")
TEXT = st.lists(
    st.sampled_from(
        ["不", "好吃", "垃圾", "退款", "?", "吗", "谢谢", "12315", "12", "漏电", "😡", "\ud800", " "]
    ),
    max_size=30,
).map("".join)


@cache
def model() -> TagModel:
    return load_tag_model()


@cache
def tagger() -> Tagger:
    return Tagger(load_language(), model())


def test_each_signal_has_one_name() -> None:
    assert len(set(SIGNALS)) == len(SIGNALS)
    assert len(model().signals) == len(SIGNALS) + len(model().groups)


@settings(max_examples=200, deadline=None)
@given(text=TEXT, kind=st.sampled_from(KINDS))
def test_values_have_rows_and_bounds(text: str, kind: TextKind) -> None:
    reading = tagger().read(text, kind)
    values = signal_values(reading, first_reading(reading, tagger()._review))
    assert all(0 <= row < len(SIGNALS) for row in values)
    assert all(0 < abs(value) <= 4.0 for value in values.values())
    rows = list(group_rows(reading, model().groups))
    assert rows == sorted(set(rows))
    assert all(0 <= row < len(model().groups) for row in rows)


@settings(max_examples=100, deadline=None)
@given(text=TEXT, kind=st.sampled_from(KINDS))
def test_each_value_stands_for_all_texts_and_for_its_kind(text: str, kind: TextKind) -> None:
    reading = tagger().read(text, kind)
    values = signal_values(reading, first_reading(reading, tagger()._review))
    named = {SIGNALS[row]: value for row, value in values.items()}
    general = {name: value for name, value in named.items() if "@" not in name}
    assert named == general | {f"{name}@{kind}": value for name, value in general.items()}
    assert named["always"] == 1.0


def test_what_the_lexicons_say_is_there() -> None:
    reading = tagger().read("退款怎么还没到?12315")
    values = signal_values(reading, first_reading(reading, tagger()._review))
    names = {SIGNALS[row] for row in values}
    assert {"topics/after_sales", "question_mark", "digits", "urgency/critical", "is_question@chat"} <= names
    assert "exclamation" not in names
