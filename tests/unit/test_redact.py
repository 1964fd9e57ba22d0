"""Masks, pseudonyms and structured values."""

from __future__ import annotations

import json
import re

import pytest

from processors.redact import LABELS, PLACEHOLDER, TOO_DEEP, Redactor, Span
from processors.redact_digits import id_card_valid, luhn_valid

REDACTOR = Redactor(b"key")


def test_the_mask_names_the_kind_and_hides_the_value() -> None:
    masked = REDACTOR.redact("电话13812345678")
    assert re.fullmatch(r"电话\[手机#[0-9a-f]{8}\]", masked)


def test_a_text_without_personal_data_is_the_same_object() -> None:
    text = "价格1399元,2024-11-08发货"
    assert REDACTOR.redact(text) is text


@pytest.mark.parametrize(
    ("kind", "spellings"),
    [
        (
            "phone",
            [
                "13812345678",
                "138-1234-5678",
                "+86 138 1234 5678",
                "１３８１２３４５６７８",
                "一三八一二三四五六七八",
            ],
        ),
        ("phone", ["0571-87654321", "(0571)87654321", "0571 8765 4321"]),
        ("id_card", ["11010519491231002X", "11010519491231002x", "110105 19491231 002X"]),
        ("bank_card", ["6222021234567890128", "6222 0212 3456 7890 128"]),
        ("email", ["A.b@QQ.com", "a.b@qq.com", "a.b＠qq。com"]),
        ("plate", ["粤B12345", "粤B·12345", "粤b 12345"]),
        ("order_no", ["SF1234567890123", "sf 1234567890123"]),
        ("address", ["杭州市文三路100号 3幢", "杭州市文三路１００号3幢"]),
        ("name", ["王建国", "王 建国"]),
    ],
)
def test_spellings_of_one_thing_share_a_pseudonym(kind: str, spellings: list[str]) -> None:
    assert len({REDACTOR.pseudonym(kind, spelling) for spelling in spellings}) == 1


def test_other_values_kinds_and_keys_give_other_pseudonyms() -> None:
    values = [REDACTOR.pseudonym(kind, value) for kind in LABELS for value in ("13812345678", "13812345679")]
    assert len(set(values)) == len(values)
    assert Redactor(b"other").pseudonym("name", "王建国") != REDACTOR.pseudonym("name", "王建国")


@pytest.mark.parametrize("kind", LABELS)
def test_every_mask_is_a_placeholder(kind: str) -> None:
    assert PLACEHOLDER.fullmatch(REDACTOR.pseudonym(kind, "13812345678"))
    assert PLACEHOLDER.fullmatch(REDACTOR.pseudonym(kind, "0571-87654321"))


def test_keys_of_any_length_count_in_full() -> None:
    long = [Redactor(b"x" * 100 + tail).pseudonym("name", "王建国") for tail in (b"a", b"b")]
    assert long[0] != long[1]
    assert Redactor(b"").redact("我叫王建国") != "我叫王建国"


def test_mask_takes_spans_of_the_caller() -> None:
    assert PLACEHOLDER.sub("*", REDACTOR.mask("ab王建国cd", [Span(2, 5, "name")])) == "ab*cd"


def test_offsets_count_code_points() -> None:
    assert REDACTOR.spans("😀😀13812345678") == [Span(2, 13, "phone")]


def test_values_are_masked_at_every_place() -> None:
    value = {
        "note": ["打13812345678", {"13812345678": 1}],
        "n": 13812345678,
        "f": 13812345678.0,
        "ok": [1, None, True, 2.5],
    }
    masked = REDACTOR.redact_value(value)
    assert "13812345678" not in str(masked)
    assert isinstance(masked, dict)
    assert masked["ok"] == [1, None, True, 2.5]


@pytest.mark.parametrize(
    "item",
    [
        {"收件人": "王建国"},
        {"receiver": "王建国"},
        {"wechat": "abc_12345"},
        {"座机": "87654321"},
        {"order_id": "88123456"},
        {"phone": "87654321"},
    ],
)
def test_a_key_introduces_its_value(item: dict[str, str]) -> None:
    masked = REDACTOR.redact_value(item)
    assert isinstance(masked, dict)
    assert all(PLACEHOLDER.fullmatch(value) for value in masked.values())
    assert list(masked) == list(item)


def test_plain_values_stay() -> None:
    value = {
        "sku": "100012043978",
        "price": 1399,
        "shop": "京东自营",
        "product_name": "高铁模型",
        "count": 3,
        "ts": 1762588800,
        "ms": 1762588800123,
        "product_id": 100012043978,
    }
    assert REDACTOR.redact_value(value) == value


def test_endless_values_end() -> None:
    value: list[object] = ["13812345678"]
    value.append(value)
    assert TOO_DEEP in str(REDACTOR.redact_value(value))


def test_check_digits() -> None:
    assert luhn_valid("4111111111111111")
    assert not luhn_valid("4111111111111112")
    assert id_card_valid("11010519491231002X")
    assert not id_card_valid("110105194912310021")


def test_raw_records_are_masked_behind_their_escapes() -> None:
    redactor = Redactor(b"key")
    raw = json.dumps({"occurred_at": 1794189603000, "text": "我电话13812345678", "n": [13812345678]})
    masked = redactor.redact_raw(raw)
    assert "13812345678" not in masked
    assert json.loads(masked)["occurred_at"] == 1794189603000
    assert redactor.redact_raw(masked) == masked
    assert "13812345678" not in redactor.redact_raw(raw[:-1])
    assert redactor.redact_raw('{"text": "\\u5feb\\u9012"}') == '{"text": "\\u5feb\\u9012"}'
    broken = redactor.redact_raw('{"text": "\\ud800 13812345678')
    assert "13812345678" not in broken
    broken.encode()
