"""Why a record is refused: the codes of dead letters and the words that go with them.

Details name the field and what is expected there, never the value: a value may
be somebody's phone number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

MAX_EVENT_BYTES: Final = 1 << 20
"""A larger record is a dead letter; no chat message comes near it."""
MAX_RAW_BYTES: Final = 64 << 10
"""How much of a refused record is kept to show what it was."""
MAX_DEPTH: Final = 32
"""Levels of nesting in `attrs`; parsers stop far later, people far earlier."""

REASONS: Final[Mapping[str, str]] = {
    "empty": "空记录 / empty record",
    "not_json": "不是合法的 JSON / not JSON",
    "not_object": "不是 JSON 对象 / not a JSON object",
    "invalid_utf8": "不是 UTF-8 编码 / not UTF-8",
    "missing_field": "缺少必填字段 / a required field is missing",
    "bad_value": "字段取值不合要求 / a field has a value that cannot be used",
    "unknown_type": "未知的事件类型 / unknown event type",
    "time_out_of_range": "时间不在 2000–2099 年 / time is not within 2000 to 2099",
    "too_large": "记录超过 1 MiB / larger than 1 MiB",
    "too_deep": "嵌套过深 / nested too deeply",
    "bad_row": "表格行无法对应到各列 / a table row does not fit its columns",
    "processing_failed": "处理时出错，升级后可重放 / a processor failed on it: replay after an upgrade",
}
"""Code of a dead letter to what it means, Chinese and English."""


class Rejected(bytes):
    """The head of a record that its source already refused; it travels like any other raw record.

    `reason` is a code of `REASONS`, `size` the bytes of what the head was cut from.
    """

    reason: str
    detail: str
    size: int

    def __new__(cls, head: bytes, reason: str, detail: str, size: int) -> Rejected:
        """Keep at most `MAX_RAW_BYTES` of `head`."""
        self = super().__new__(cls, head[:MAX_RAW_BYTES])
        self.reason, self.detail, self.size = reason, detail, size
        return self


class Refused(Exception):
    """A record cannot be an event: the code and the detail of its dead letter."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def oversized(head: bytes, size: int) -> Rejected:
    """The verdict on a record of `size` bytes, of which `head` is the beginning."""
    detail = f"{size} 字节，超过 {MAX_EVENT_BYTES}，请拆分或去掉附件 / split it or drop attachments"
    return Rejected(head, "too_large", detail, size)


def empty() -> Refused:
    """There is nothing but white space."""
    return Refused("empty", "没有内容，请发送一个 JSON 对象 / no content: send one JSON object")


def too_deep() -> Refused:
    """Objects or arrays are nested beyond `MAX_DEPTH`."""
    return Refused("too_deep", f"嵌套请勿超过 {MAX_DEPTH} 层 / nest at most {MAX_DEPTH} levels")


def not_json(byte: int | None) -> Refused:
    """JSON ends or breaks at `byte`, counted from 1; None when the record stops early."""
    where = "内容不完整 / cut short" if byte is None else f"第 {byte} 字节有误 / wrong at byte {byte}"
    return Refused("not_json", f"{where}；每条须为一个完整的 JSON 对象 / one whole JSON object a record")


def invalid_utf8(byte: int) -> Refused:
    """The bytes from `byte`, counted from 1, are in another encoding."""
    return Refused(
        "invalid_utf8", f"第 {byte} 字节起不是 UTF-8，请转码 / not UTF-8 at byte {byte}: convert it"
    )


def not_object() -> Refused:
    """JSON, but a list, text or number."""
    return Refused("not_object", "每条须为一个 JSON 对象 {…} / each record must be one JSON object {…}")


def missing(names: Iterable[str]) -> Refused:
    """Required fields that are absent or null."""
    return Refused("missing_field", f"{', '.join(names)}：必填，请补上 / required: add it")


def bad_value(path: str, expected: str) -> Refused:
    """The value at `path` is not what is `expected` there."""
    return Refused("bad_value", f"{path}：应为 {expected}" if path else expected)


def unknown_type(known: Iterable[str]) -> Refused:
    """`type` is none of the `known`."""
    return Refused("unknown_type", f"type：请改为 {' | '.join(known)} 之一 / must be one of these")


def out_of_range(looks_like_seconds: bool) -> Refused:
    """The time is before 2000 or after 2099."""
    hint = "请核对时钟 / check the clock"
    if looks_like_seconds:
        hint = "像是秒，请乘以 1000 / looks like seconds: multiply by 1000"
    return Refused("time_out_of_range", f"occurred_at：须在 2000–2099 年，{hint}")


def no_offset() -> Refused:
    """A local time of nobody knows where."""
    return Refused(
        "bad_value", "occurred_at：缺少时区，请加上如 +08:00 / no UTC offset: append one like +08:00"
    )


def not_a_time() -> Refused:
    """`occurred_at` is in no known form."""
    form = "2026-11-09T07:53:00+08:00"
    return bad_value("occurred_at", f"{form} 或毫秒时间戳 / this form or epoch milliseconds")
