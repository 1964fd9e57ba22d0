"""Personal data, masked by stable pseudonyms before anything is stored, logged or exported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from processors.redact_codes import email_spans, plate_spans, waybill_spans, wechat_spans
from processors.redact_names import anchored_spans, introduced_spans
from processors.redact_numbers import SPOKEN_DIGITS, number_spans, plain_digits
from processors.redact_places import WORDED, address_spans
from processors.redact_text import BARRIER, LABELS, LANDLINE_LABEL, PLACEHOLDER, Span, blank, fold

__all__ = ["LABELS", "PLACEHOLDER", "Redactor", "Span"]

MAX_DEPTH = 64
TOO_DEEP = "[嵌套过深 nested too deep]"
"""Stands for what lies deeper than `MAX_DEPTH` in a value."""

_KEY_CUES = (
    ("wechat", "微信号"), ("weixin", "微信号"), ("mobile", "电话"), ("phone", "电话"), ("bank", "银行卡号"),
    ("idcard", "身份证"), ("id_card", "身份证"), ("address", "地址"), ("order", "订单号"), ("waybill", "运单号"), ("tracking", "运单号"),
    ("product", "商品编号"), ("sku", "商品编号"), ("shop", "店铺"), ("receiver", "收件人"), ("consignee", "收件人"), ("real_name", "姓名"),
    ("contact", "联系人"), ("customer_name", "姓名"), ("user_name", "姓名"),
)  # fmt: skip
_ROUNDS = 8
_LETTERS = re.compile(r"[A-Za-z信]")
# A search for one set of characters is several times as fast as one for alternatives: first any
# character that a cue may end with, then, looking back, whether one does.
_HINT = re.compile(
    rf"[\d@＠{WORDED}A-Za-zＡ-Ｚａ-ｚ{SPOKEN_DIGITS}区元寓道生士姐太叫是字名人主者款注 收]"
    rf"(?:(?<=[\d@＠{WORDED}])|(?<=[A-Za-zＡ-Ｚａ-ｚ])[A-Za-zＡ-Ｚａ-ｚ0-9_-]{{5}}|(?<=[{SPOKEN_DIGITS}])[{SPOKEN_DIGITS}]{{3}}"
    r"|(?<=小区|单元|公寓|大道|先生|女士|小姐|太太|名字|机主|车主|业主|患者|落款|备注)"
    r"|(?<=[妈爸公婆子女儿友弟妹姐哥人员童娃事学傅名我]叫)|(?<=[我他她妈爸公婆子女儿友弟妹姐哥人事]是)|(?<=[姓户戶署全真实大小]名)"
    r"|(?<=[件货系收领款持开订取寄卡保记请约本户责办院车机行购]人)|(?<=[爸妈公婆子女儿友事学妹弟哥姐东板长理] )|(?<=收)(?![一-龥]))"
)


class Redactor:
    """Finds personal data and replaces it by masks; one secret `key` gives one set of pseudonyms."""

    def __init__(self, key: bytes) -> None:
        # blake2b takes at most 64 bytes of key; a longer secret counts in full.
        self._key = key if len(key) <= 64 else blake2b(key).digest()

    def spans(self, text: str) -> list[Span]:
        """Personal data in `text`: sorted, without overlaps."""
        if _HINT.search(text) is None:
            return []
        folded = fold(text)
        found: list[Span] = []
        # What one mask covers may have been another's cue; repeat until masking changes nothing more.
        for _ in range(_ROUNDS):
            more = _find(folded)
            if not more:
                break
            found += more
            folded = blank(folded, more)
        return sorted(found, key=lambda span: span.start)

    def redact(self, text: str) -> str:
        """`text` with masks; the same object if there is nothing to mask."""
        spans = self.spans(text)
        return self.mask(text, spans) if spans else text

    def mask(self, text: str, spans: Iterable[Span]) -> str:
        """`text` with each of the sorted, non-overlapping `spans` replaced by its pseudonym."""
        parts, at = [], 0
        for span in spans:
            parts += [text[at : span.start], self.pseudonym(span.kind, text[span.start : span.end])]
            at = span.end
        return "".join(parts) + text[at:]

    def pseudonym(self, kind: str, value: str) -> str:
        """The mask of `value`: `[label#8 hex digits]`, equal for different spellings of the same thing."""
        canonical = _canonical(kind, value)
        label = LANDLINE_LABEL if kind == "phone" and not canonical.startswith("1") else LABELS[kind]
        content = f"{kind}\x00{canonical}".encode("utf-8", "surrogatepass")
        return f"[{label}#{blake2b(content, key=self._key, digest_size=4).hexdigest()}]"

    def redact_value(self, value: object) -> object:
        """`value` with every string, key and long number inside masked; deeper than 64 levels is replaced."""
        return self._redact_value(value, 0)

    def _redact_value(self, value: object, depth: int) -> object:
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, (int, float)):
            return self._redact_number(value)
        if not isinstance(value, (dict, list, tuple)):
            return value
        if depth >= MAX_DEPTH:
            return TOO_DEEP
        if isinstance(value, dict):
            return {self._redact_value(k, depth + 1): self._redact_item(k, v, depth + 1) for k, v in value.items()}
        return [self._redact_value(item, depth + 1) for item in value]

    def _redact_item(self, key: object, value: object, depth: int) -> object:
        """A value is judged with its key before it: {"收件人": "王建国"} introduces a name."""
        if not isinstance(key, str) or not isinstance(value, str):
            return self._redact_value(value, depth)
        lead = _lead(key)
        inside = [
            Span(s.start - len(lead), s.end - len(lead), s.kind)
            for s in self.spans(lead + value)
            if s.start >= len(lead)
        ]
        return self.redact(self.mask(value, inside))

    def _redact_number(self, value: int | float) -> object:
        if not 1e6 <= abs(value) < 1e24:
            return value
        written = str(int(value)) if value == int(value) else str(value)
        masked = self.redact(written)
        return value if masked is written else masked


def _lead(key: str) -> str:
    """The words by which a field's name introduces its value."""
    plain = key.lower()
    cue = next((cue for word, cue in _KEY_CUES if word in plain), key[-40:])
    return f"{cue}:"


def _find(folded: str) -> list[Span]:
    """One round over folded text; each finder sees barriers where the earlier ones found something."""
    found: list[Span] = []
    for finder in _finders(folded):
        more = _disjoint(finder(folded))
        if more:
            found += more
            folded = blank(folded, more)
    anchors = [span for span in found if span.kind in ("phone", "id_card", "bank_card", "address")]
    if anchors:
        found += _disjoint(anchored_spans(folded, anchors))
    return found


def _finders(folded: str):  # type: ignore[no-untyped-def]
    if _LETTERS.search(folded):
        yield from (email_spans, wechat_spans, waybill_spans)
    yield plate_spans
    yield number_spans
    yield address_spans
    yield introduced_spans


def _disjoint(spans: Iterable[Span]) -> list[Span]:
    """Without empty ones and overlaps: the earlier, then the longer wins."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if span.end > span.start and (not kept or span.start >= kept[-1].end):
            kept.append(span)
    return kept


def _canonical(kind: str, value: str) -> str:
    folded = fold(value).replace(BARRIER, " ")
    if kind == "phone":
        return plain_digits(folded)
    if kind == "email":
        return folded.lower().replace(" ", "").replace("。", ".").replace("点", ".")
    if kind == "wechat":
        return folded.lower()
    if kind in ("id_card", "bank_card"):
        tail = "X" if kind == "id_card" and folded[-1:] in "xX×Ⅹ" else ""
        return plain_digits(folded) + tail
    kept = re.sub(r"[^\w]|_", "", folded) or folded
    return kept.upper()
