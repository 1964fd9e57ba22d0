"""What each kind of record becomes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from processors.events import EARLIEST_MS, LATEST_MS, ChatMessage, DeadLetter, Rating, Review
from streams.codec import MAX_EVENT_BYTES, MAX_RAW_BYTES, REASONS, Rejected, decode, decode_many, encode

CHAT: dict[str, Any] = {
    "event_id": "e1",
    "type": "chat.message",
    "occurred_at": "2026-11-09T07:53:00+08:00",
    "shop_id": "s1",
    "channel": "tmall",
    "conversation_id": "c1",
    "sender": "customer",
    "text": "退款多久到账？",
}
REVIEW = {key: CHAT[key] for key in ("event_id", "occurred_at", "shop_id", "channel", "text")} | {
    "type": "review"
}
RATING = {key: CHAT[key] for key in ("event_id", "occurred_at", "shop_id", "channel")} | {
    "type": "rating",
    "score": 4,
    "scale_max": 5,
}
AT_MS = 1_794_181_980_000


def raw(base: dict[str, Any], **changes: Any) -> bytes:
    return json.dumps({**base, **changes}, ensure_ascii=False).encode()


def taken(data: bytes) -> Any:
    event = decode(data, 1)
    assert not isinstance(event, DeadLetter), event
    return event


def refused(data: bytes) -> DeadLetter:
    letter = decode(data, 7)
    assert isinstance(letter, DeadLetter), letter
    assert letter.reason in REASONS
    assert letter.position == 7
    assert "\n" not in letter.detail
    return letter


def test_a_plain_message() -> None:
    event = taken(raw(CHAT))
    assert isinstance(event, ChatMessage)
    assert (event.text, event.occurred_at, event.content_type, event.bot) == (
        "退款多久到账？",
        AT_MS,
        "text",
        None,
    )


@pytest.mark.parametrize(
    ("given", "millis"),
    [
        ("2026-11-09T07:53:00+08:00", AT_MS),
        ("2026-11-08T23:53:00Z", AT_MS),
        ("2026-11-08t23:53:00z", AT_MS),
        ("2026-11-09 07:53:00+08:00", AT_MS),
        ("2026-11-09 07:53:00 +08:00", AT_MS),
        ("2026-11-09T07:53:00.5+0800", AT_MS + 500),
        ("2026-11-09T07:53:00.123987654321+08:00", AT_MS + 123),
        ("2026-11-09T07:52:60+08:00", AT_MS - 1000),
        ("2026-11-08T23:53:00-00:00", AT_MS),
        (AT_MS, AT_MS),
        (float(AT_MS), AT_MS),
        (str(AT_MS), AT_MS),
        ("2000-01-01T00:00:00Z", EARLIEST_MS),
        ("2099-12-31T23:59:59.999Z", LATEST_MS - 1),
    ],
)
def test_times_that_are_taken(given: object, millis: int) -> None:
    assert taken(raw(CHAT, occurred_at=given)).occurred_at == millis


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("2026-11-09T07:53:00", "bad_value"),
        ("2026-11-09", "bad_value"),
        ("昨天", "bad_value"),
        ("", "bad_value"),
        (True, "bad_value"),
        ([1], "bad_value"),
        ("2026-13-09T07:53:00Z", "bad_value"),
        ("1999-12-31T23:59:59Z", "time_out_of_range"),
        ("2100-01-01T00:00:00Z", "time_out_of_range"),
        ("9999-12-31T23:59:59-12:00", "time_out_of_range"),
        ("0000-01-01T00:00:00Z", "time_out_of_range"),
        ("12026-11-09T07:53:00Z", "time_out_of_range"),
        (0, "time_out_of_range"),
        (-1, "time_out_of_range"),
        (10**30, "time_out_of_range"),
        (1e300, "time_out_of_range"),
    ],
)
def test_times_that_are_refused(given: object, reason: str) -> None:
    letter = refused(raw(CHAT, occurred_at=given))
    assert letter.reason == reason
    assert letter.detail.startswith("occurred_at")


def test_hints_for_common_mistakes_with_times() -> None:
    assert "+08:00" in refused(raw(CHAT, occurred_at="2026-11-09 07:53:00")).detail
    assert "1000" in refused(raw(CHAT, occurred_at=AT_MS // 1000)).detail


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"not json", "not_json"),
        (b'{"event_id":', "not_json"),
        (raw(CHAT) + raw(CHAT), "not_json"),
        (raw(CHAT).replace(b'"s1"', b"NaN"), "not_json"),
        (raw(CHAT).replace(b"s1", b"s\x001"), "not_json"),
        (b"[]", "not_object"),
        (b"null", "not_object"),
        (b"12", "not_object"),
        (raw(CHAT).decode().encode("gb18030"), "invalid_utf8"),
        (raw(CHAT).replace(b"s1", b"\xed\xa0\x80"), "invalid_utf8"),
        (b"{}", "missing_field"),
        (b'{"type": []}', "unknown_type"),
        (raw(CHAT, type="chat"), "unknown_type"),
        (raw(CHAT, shop_id=None), "missing_field"),
        (raw(CHAT, event_id=""), "bad_value"),
        (raw(CHAT, channel="  "), "bad_value"),
        (raw(CHAT, channel=["jd"]), "bad_value"),
        (raw(CHAT, event_id=True), "bad_value"),
        (raw(CHAT, event_id=1.5e18), "bad_value"),
        (raw(CHAT, sender="老王13800138000"), "bad_value"),
        (raw(CHAT, text="长" * 100_001), "bad_value"),
        (raw(CHAT, bot="2.3"), "bad_value"),
        (raw(CHAT, bot={"confidence": 87}), "bad_value"),
        (raw(CHAT, attrs=[1]), "bad_value"),
        (raw(CHAT).replace(b'"s1"', b"1e999"), "bad_value"),
        (raw(CHAT).replace(b'"s1"', b"1" * 5000), "bad_value"),
        (raw(REVIEW, rating=6), "bad_value"),
        (raw(REVIEW, rating=4.5), "bad_value"),
        (raw(REVIEW, text=None), "missing_field"),
        (raw(RATING, score=6), "bad_value"),
        (raw(RATING, score="inf"), "bad_value"),
        (raw(RATING, scale_max=0), "bad_value"),
        (b"[" * 100_000, "too_deep"),
        (b'{"a":' * 100_000, "too_deep"),
        (raw(CHAT)[:-1] + b',"x":' + b"[" * 33 + b"]" * 33 + b"}", "too_deep"),
        (b" " * (MAX_EVENT_BYTES + 1), "too_large"),
    ],
)
def test_what_is_refused(data: bytes, reason: str) -> None:
    assert refused(data).reason == reason


def test_a_detail_names_the_field_and_never_the_value() -> None:
    letter = refused(raw(CHAT, sender="老王13800138000"))
    assert "sender" in letter.detail
    assert "customer" in letter.detail
    assert "13800138000" not in letter.detail
    assert "bot.confidence" in refused(raw(CHAT, bot={"confidence": 87})).detail
    assert refused(raw({"type": "review"})).detail.startswith("event_id, occurred_at, shop_id, channel, text")


def test_nesting_is_counted_in_attrs_and_stays_within_the_limit_when_written_again() -> None:
    deepest = raw(CHAT)[:-1] + b',"x":' + b"[" * 31 + b"]" * 31 + b"}"
    event = taken(deepest)
    assert taken(encode(event)) == event
    assert refused(deepest.replace(b'"x":', b'"x":[').replace(b"]}", b"]]}")).reason == "too_deep"


def test_unknown_fields_are_kept_in_attrs() -> None:
    event = taken(raw(CHAT, lang="zh", attrs={"a": None}, bot={"version": "1", "model": "m"}, score=3))
    assert event.attrs == {"lang": "zh", "a": None, "bot": {"model": "m"}, "score": 3}
    assert event.bot.version == "1"


def test_an_unknown_field_that_attrs_has_too_is_kept_beside_it() -> None:
    event = taken(raw(CHAT, lang="zh", attrs={"lang": "en", "event.lang": 1}))
    assert event.attrs == {"lang": "en", "event.lang": 1, "event.event.lang": "zh"}
    assert taken(raw(CHAT, lang="zh", attrs={"lang": "zh"})).attrs == {"lang": "zh"}


def test_null_is_absent() -> None:
    nulls = dict.fromkeys(("customer_id", "text", "content_type", "bot", "agent_id", "attrs", "other"))
    event = taken(raw(CHAT, **nulls))
    assert (event.text, event.content_type, event.attrs) == ("", "text", {})
    assert taken(raw(CHAT, bot={"version": None, "confidence": None})).bot.version == ""


def test_numbers_and_texts_stand_in_for_each_other() -> None:
    event = taken(raw(CHAT, event_id=123, order_id=2.0, bot={"version": 2.1}))
    assert (event.event_id, event.order_id, event.bot.version) == ("123", "2", "2.1")
    review = taken(raw(REVIEW, rating="5"))
    assert isinstance(review, Review)
    assert review.rating == 5
    rating = taken(raw(RATING, score="4.5", scale_max="5"))
    assert isinstance(rating, Rating)
    assert (rating.score, rating.scale_max) == (4.5, 5.0)


def test_channel_is_tidied() -> None:
    assert taken(raw(CHAT, channel="  TMall ")).channel == "tmall"


def test_a_byte_order_mark_is_skipped_and_the_last_of_a_repeated_key_counts() -> None:
    assert taken(b"\xef\xbb\xbf" + raw(CHAT)).event_id == "e1"
    assert taken(raw(CHAT)[:-1] + b',"event_id":"e2"}').event_id == "e2"


@pytest.mark.parametrize(
    ("escape", "text"),
    [
        (r"\ud83d\ude00", "😀"),
        (r"\ud83d", "\ufffd"),
        (r"a\ude00\ud83d", "a\ufffd\ufffd"),
        (r"\ud83d\ud83d\ude00", "\ufffd😀"),
        (r"\\ud83d", r"\ud83d"),
        (r"\u0000", "\0"),
    ],
)
def test_halves_of_emoji_do_not_break_later_writes(escape: str, text: str) -> None:
    event = taken(raw(CHAT).replace("退款多久到账？".encode(), escape.encode()))
    assert event.text == text
    assert taken(encode(event)) == event


def test_a_large_record_is_cut_at_a_character() -> None:
    letter = refused(raw(CHAT, text="长" * MAX_EVENT_BYTES))
    assert letter.reason == "too_large"
    assert letter.raw_bytes > 3 * MAX_EVENT_BYTES
    assert MAX_RAW_BYTES - 4 <= len(letter.raw.encode()) <= MAX_RAW_BYTES
    assert "\ufffd" not in letter.raw


def test_what_a_source_refused_stays_refused() -> None:
    letter = refused(Rejected(raw(CHAT), "bad_row", "引号", 99))
    assert (letter.reason, letter.detail, letter.raw_bytes) == ("bad_row", "引号", 99)


def test_a_mapping_is_judged_like_its_json() -> None:
    assert decode(CHAT, 1) == taken(raw(CHAT))
    loop: dict[str, Any] = dict(CHAT)
    loop["attrs"] = loop
    assert isinstance(decode(loop, 1), DeadLetter)


def test_many_keep_their_positions() -> None:
    decoded = decode_many([(3, raw(CHAT)), (5, b"x"), (9, raw(REVIEW))])
    assert decoded.positions == [3, 9]
    assert [letter.position for letter in decoded.dead] == [5]
    assert [type(event) for event in decoded.events] == [ChatMessage, Review]
