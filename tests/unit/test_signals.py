"""The numbers that the cues give the learned tagger."""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.cues import TextKind
from processors.signals import KINDS, SIGNALS, first_reading, group_rows, signal_values
from processors.tag_model import GROUP_START, TagModel, signal_row
from processors.tags import Tagger
from streams.language import load_language
from streams.tag_weights import load_tag_model

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
    assert len(model().signals) == len(KINDS) * len(SIGNALS) + len(model().groups)


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
@given(text=TEXT)
def test_each_kind_of_text_has_rows_of_its_own(text: str) -> None:
    readings = [tagger().read(text, kind) for kind in KINDS]
    rows = [
        {
            row
            for row in signal_row(reading, first_reading(reading, tagger()._review), {})
            if row < GROUP_START
        }
        for reading in readings
    ]
    assert [{row // len(SIGNALS) for row in found} for found in rows] == [{0}, {1}, {2}]
    assert all("always" in {SIGNALS[row % len(SIGNALS)] for row in found} for found in rows)


def test_what_the_lexicons_say_is_there() -> None:
    reading = tagger().read("退款怎么还没到?12315")
    values = signal_values(reading, first_reading(reading, tagger()._review))
    names = {SIGNALS[row] for row in values}
    assert {"topics/after_sales", "question_mark", "digits", "urgency/critical", "is_question"} <= names
    assert "exclamation" not in names
