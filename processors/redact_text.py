"""What every finder of personal data shares: folding one character for one, and barriers.

Offsets must stay those of the input, so folding maps each code point to exactly
one code point. What is already masked becomes a *barrier*: a character that no
finder looks across, whatever the length of the mask. That is what makes masking
idempotent: the masked text offers the finders nothing that the input did not.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable

from msgspec import Struct

BARRIER = "\x00"

LABELS = {
    "phone": "手机",
    "id_card": "身份证",
    "bank_card": "银行卡",
    "email": "邮箱",
    "address": "地址",
    "name": "姓名",
    "wechat": "微信",
    "plate": "车牌",
    "order_no": "订单号",
}
"""Kind of personal data to the word shown in its mask."""

LANDLINE_LABEL = "座机"

PLACEHOLDER = re.compile(r"\[(?:" + "|".join([*LABELS.values(), LANDLINE_LABEL]) + r")#[0-9a-f]{8}\]")
"""A mask written by `processors.redact.Redactor`, such as `[手机#7f3a9c2e]`."""

_MASKED = re.compile(PLACEHOLDER.pattern + r"|\[[\u4e00-\u9fff]{1,8}x\]")


class Span(Struct, frozen=True):
    """Personal data at `[start, end)` of a text, in code points; `kind` is a key of `LABELS`."""

    start: int
    end: int
    kind: str


def _fold_table() -> dict[int, str]:
    table = {
        code: str(unicodedata.decimal(chr(code)))
        for code in range(128, sys.maxunicode + 1)
        if unicodedata.category(chr(code)) == "Nd"
    }
    table |= {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table |= dict.fromkeys(map(ord, "‐‑‒–—―−﹣－ー⁃"), "-")
    table |= dict.fromkeys(map(ord, "•・‧∙●"), "·")
    # Zero-width characters and the parts of a keycap emoji are spaces: they hide between digits.
    hidden = [*range(0x2000, 0x2010), *range(0x202A, 0x2030), *range(0x2060, 0x2070), *range(0xFE00, 0xFE10)]
    return table | dict.fromkeys([*hidden, 0x09, 0xA0, 0xAD, 0x3000, 0xFEFF, 0x20E3], " ")


_FOLD = _fold_table()


def fold(text: str) -> str:
    """Digits, ASCII, dashes and spaces in their plain form; same length as `text`; masks as barriers."""
    if "[" in text:
        # Before folding: ［手机＃…］ is not a mask of ours.
        text = _MASKED.sub(lambda match: BARRIER * len(match[0]), text)
    return text.translate(_FOLD)


def blank(folded: str, spans: Iterable[Span]) -> str:
    """`folded` with barriers in place of `spans`."""
    parts, at = [], 0
    for span in sorted(spans, key=lambda s: s.start):
        parts += [folded[at : span.start], BARRIER * (span.end - span.start)]
        at = span.end
    return "".join(parts) + folded[at:]


def before(folded: str, at: int, width: int) -> str:
    """Up to `width` characters before `at`, not across a barrier."""
    return folded[max(0, at - width) : at].rpartition(BARRIER)[2]


def after(folded: str, at: int, width: int) -> str:
    """Up to `width` characters from `at`, not across a barrier."""
    return folded[at : at + width].partition(BARRIER)[0]
