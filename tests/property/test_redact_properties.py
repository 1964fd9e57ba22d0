"""What holds for every text, however hostile, and numbers found wherever they stand."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processors.redact import PLACEHOLDER, Redactor
from processors.redact_digits import id_card_valid, luhn_valid

REDACTOR = Redactor(b"secret")
PIECES = st.sampled_from(
    [
        "13812345678",
        "138 1234 5678",
        "0571-87654321",
        "11010519491231002X",
        "6222021234567890128",
        "a.b@qq.com",
        "王建国",
        "李女士",
        "收件人",
        "我叫",
        "地址",
        "浙江省",
        "杭州市",
        "西湖区",
        "文三路",
        "100号",
        "3栋",
        "502",
        "小区",
        "微信",
        "vx abc_12345",
        "粤B12345",
        "订单号",
        "苏E·3K899",
        "京市江宁区 将军大道 29号",
        "上海市浦东新区张江路88弄5号楼1202",
        "261108-7719302",
        "SF1234567890123",
        "批号",
        "银行",
        " ",
        "，",
        "\n",
        "\x00",
        "\u200b",
        "１３８",
        "一三八",
        "[手机#7f3a9c2e]",
        "[电话x]",
        "[",
        "]",
        "#",
        "@",
        "-",
        ".",
        "1",
        "1399",
        "元",
        "\ud800",
        "😀",
        "的",
        "到",
        "和",
        "村",
        "路",
        "·",
        "a",
        "号",
        "单",
        "查物流",
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join))
CHINESE = st.text(alphabet="你好请问这个什么时候能到呀谢谢想问下，。！？ 颜色大小合适吗", max_size=15)


@given(TEXTS)
@example("我叫王建国13812345678杭州市西湖区文三路100号")
@settings(max_examples=600, deadline=None)
def test_masking_twice_changes_nothing(text: str) -> None:
    masked = REDACTOR.redact(text)
    assert REDACTOR.redact(masked) is masked


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_spans_are_sorted_disjoint_and_the_rest_is_kept(text: str) -> None:
    spans = REDACTOR.spans(text)
    at, masked = 0, REDACTOR.redact(text)
    for span in spans:
        assert at <= span.start < span.end <= len(text)
        kept = text[at : span.start]
        assert masked.startswith(kept)
        masked = masked.removeprefix(kept)
        mask = PLACEHOLDER.match(masked)
        assert mask is not None
        masked, at = masked[mask.end() :], span.end
    assert masked == text[at:]


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_the_key_decides_the_pseudonym(text: str) -> None:
    masked = REDACTOR.redact(text)
    assert Redactor(b"secret").redact(text) == masked
    if masked is not text:
        assert Redactor(b"another").redact(text) != masked


@given(st.text(alphabet=st.characters(), max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_string_is_taken(text: str) -> None:
    REDACTOR.spans(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
@settings(max_examples=100, deadline=None)
def test_any_value_is_taken(value: object) -> None:
    REDACTOR.redact_value(value)


@st.composite
def mobiles(draw: st.DrawFn) -> str:
    digits = (
        "1" + draw(st.sampled_from("3456789")) + draw(st.text(alphabet="0123456789", min_size=9, max_size=9))
    )
    form = draw(
        st.sampled_from(
            ["{0}{1}{2}", "{0} {1} {2}", "{0}-{1}-{2}", "+86{0}{1}{2}", "+86 {0} {1} {2}", "86-{0}{1}{2}"]
        )
    )
    return form.format(digits[:3], digits[3:7], digits[7:])


@st.composite
def id_cards(draw: st.DrawFn) -> str:
    region = draw(st.sampled_from(["110105", "330106", "440308", "510104", "650102"]))
    birth = f"{draw(st.integers(1940, 2015))}{draw(st.integers(1, 12)):02}{draw(st.integers(1, 28)):02}"
    body = region + birth + draw(st.text(alphabet="0123456789", min_size=3, max_size=3))
    return next(body + check for check in "0123456789X" if id_card_valid(body + check))


@st.composite
def bank_cards(draw: st.DrawFn) -> str:
    length = draw(st.sampled_from([16, 19]))
    prefix = draw(st.sampled_from(["6222", "6217", "6228"] + (["4392", "5187"] if length == 16 else [])))
    body = prefix + draw(st.text(alphabet="0123456789", min_size=length - 5, max_size=length - 5))
    number = next(body + check for check in "0123456789" if luhn_valid(body + check))
    return draw(st.sampled_from([number, " ".join(number[i : i + 4] for i in range(0, length, 4))]))


@st.composite
def emails(draw: st.DrawFn) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    local = draw(st.text(alphabet=letters, min_size=1, max_size=12)) + draw(
        st.sampled_from(["", "_x", ".y1", "-88"])
    )
    return f"{local}@{draw(st.sampled_from(['qq.com', '163.com', 'mail.corp.com.cn', 'Gmail.com']))}"


STRONG = st.one_of(
    st.tuples(st.just("phone"), mobiles()),
    st.tuples(st.just("id_card"), id_cards()),
    st.tuples(st.just("bank_card"), bank_cards()),
    st.tuples(st.just("email"), emails()),
)


@given(CHINESE, STRONG, CHINESE, st.booleans())
@settings(max_examples=600, deadline=None)
def test_strong_kinds_are_found_anywhere(
    head: str, strong: tuple[str, str], tail: str, full_width: bool
) -> None:
    kind, value = strong
    if full_width:
        value = value.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789X@"})
    spans = REDACTOR.spans(head + value + tail)
    inside = [s for s in spans if s.start <= len(head) and s.end >= len(head) + len(value)]
    assert [s.kind for s in inside] == [kind], spans


HOSTILE = [
    "1",
    "-",
    "a",
    "路号",
    "1 ",
    "1-",
    "138 ",
    "一",
    "王",
    "王建国 ",
    "收件人",
    "微信",
    "微信号是",
    "@",
    "a@",
    "a.",
    "[",
    "省市区路1号",
    "5栋",
    "村",
    "我叫",
    "6222 ",
    "李女士",
    "订单",
    "V信:",
    "\x00",
    "http://a.cn/",
    "1399 1299 149 ",
    "13812345678 ",
    "·王",
    "地址",
    "文三路 ",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_linearly(piece: str) -> None:
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        took = []
        for _ in range(3):
            begin = time.process_time()
            REDACTOR.spans(text)
            took.append(time.process_time() - begin)
        # The quickest: what else the machine does can only add.
        return min(took)

    seconds(1_000)
    small, large = seconds(12_500), seconds(100_000)
    assert large < 0.2 + 24 * small
    assert large < 5
