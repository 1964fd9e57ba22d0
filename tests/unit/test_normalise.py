"""Text normalisation: examples, and what holds for every text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.normalise import normalise
from processors.traditional import TO_SIMPLIFIED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("请问什么时候发货", "请问什么时候发货"),
        ("ＡＢＣ１２３　吗？？？", "abc123 吗?"),
        ("這個訂單還沒發貨,請問幾時退款", "这个订单还没发货,请问几时退款"),
        ("iPhone15 Pro", "iphone15 pro"),
        ("快\u200b递\ufeff呢", "快递呢"),
        ("  多  空格\t换行\n\n啊  ", "多 空格 换行 啊"),
        ("！！！！太差了。。。。", "!太差了。"),
        ("㎡和①", "m2和1"),
        ("\x00坏\x07了", "坏了"),
        ("😡😡😡退款", "😡退款"),
        ("哈哈哈哈", "哈哈哈哈"),
        ("", ""),
        ("甚至", "甚至"),
    ],
)
def test_examples(text: str, expected: str) -> None:
    assert normalise(text) == expected


@given(
    st.text(
        alphabet=st.one_of(st.characters(), st.sampled_from("這個訂單！！  \u200bＡ\ud800①")), max_size=50
    )
)
@settings(max_examples=500, deadline=None)
def test_any_text_is_taken_and_a_second_time_changes_little(text: str) -> None:
    once = normalise(text)
    assert not set(once) & set("\x00\t\n\u200b\ufeff")
    assert normalise(once) == normalise(normalise(once))


def test_the_table_is_one_to_one_and_has_no_chains() -> None:
    assert len(TO_SIMPLIFIED) > 500
    assert not set(TO_SIMPLIFIED) & set(TO_SIMPLIFIED.values())
    assert all(chr(simplified).encode("gb2312") for simplified in TO_SIMPLIFIED.values())


@pytest.mark.parametrize("piece", ["!", "a!", "ﷺ", "這", " ", "\u0301", "\x00"])
def test_huge_texts_take_linear_time(piece: str) -> None:
    begin = time.process_time()
    normalise(piece * 100_000)
    assert time.process_time() - begin < 3
