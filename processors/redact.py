"""Personal data, masked by stable pseudonyms before anything is stored, logged or exported."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from hashlib import blake2b

import msgspec

from processors.redact_anchored import anchored_spans
from processors.redact_bare_names import SURE, SURE_COMPOUND_BACK, bare_spans
from processors.redact_codes import document_spans, email_spans, plate_spans, waybill_spans
from processors.redact_digits import SPOKEN_DIGITS, plain_digits
from processors.redact_name_words import FOREIGN, GIVEN_CLASS, LOOKED_AT, NAME_STARTS
from processors.redact_names import (
    CUE_BACK,
    CUE_ENDS,
    WEAK_ENDS,
    introduced_spans,
)
from processors.redact_numbers import number_spans
from processors.redact_places import PLACE_WORD, WORDED, address_spans
from processors.redact_text import BARRIER, LABELS, LANDLINE_LABEL, PLACEHOLDER, Span, blank, fold
from processors.redact_wechat import wechat_spans

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_NEVER_PERSONAL = frozenset(
    {"event_id", "type", "occurred_at", "shop_id", "channel", "conversation_id", "about_event_id"}
)

__all__ = ["LABELS", "PLACEHOLDER", "Redactor", "Span"]

MAX_DEPTH = 64
TOO_DEEP = "[嵌套过深 nested too deep]"
"""Stands for what lies deeper than `MAX_DEPTH` in a value."""

_KEY_CUES = {
    "微信号": ("wechat", "weixin"),
    "电话": ("mobile", "phone"),
    "银行卡号": ("bank",),
    "身份证": ("idcard", "id_card"),
    "地址": ("address",),
    "订单号": ("order", "waybill", "tracking"),
    "商品编号": ("product", "sku"),
    "姓名": ("receiver", "consignee", "contact", "real_name", "customer_name", "user_name"),
}
"""What the name of a field says of its value, by a part of the name in lower case."""

_ROUNDS = 8
_LETTERS = re.compile(r"[A-Za-z信证照護邮卫泡友]")
# A search for one set of characters is several times as fast as one for alternatives: first any
# character that a cue may end with, then, looking back, whether one does.
_HINT = re.compile(
    rf"[\d@＠{WORDED}A-Za-zＡ-Ｚａ-ｚ{SPOKEN_DIGITS}区元寓道士姐太收启领取的舍院巢旁壁速往向朝{NAME_STARTS}{CUE_ENDS}]"
    rf"(?:(?<=[\d@＠{WORDED}])|(?<=[A-Za-zＡ-Ｚａ-ｚ])(?:[A-Za-zＡ-Ｚａ-ｚ0-9_-]{{5}}|[A-Za-z0-9_-]{{0,4}}[0-9_-])"
    rf"|(?<=号[A-Za-z])[A-Za-z]{{2}}|(?<=[{SPOKEN_DIGITS}])[ 、,-]?[{SPOKEN_DIGITS}]{{3}}"
    rf"|(?<=小区|单元|公寓|大道|先生|女士|太太|亲启|代领|代取)|(?<=小姐)(?!姐)|"
    rf"(?<=[{GIVEN_CLASS} ][代签亲]收)"
    r"|(?<=[校厂园务车]区|街道|宿舍|[医学生]院|丰巢|的旁|隔壁|高速)(?=[一-龥0-9A-Z])|(?<=[往向朝])(?=[东南西北])"
    rf"|(?<=[{GIVEN_CLASS}]的)[快包件订电手号地身]"
    rf"|(?<=[{SURE}])(?=[{GIVEN_CLASS}]{{2}})|{SURE_COMPOUND_BACK}(?=[{GIVEN_CLASS}])"
    rf"|(?<![一-龥][{NAME_STARTS}])(?<=[{NAME_STARTS}])(?=[{NAME_STARTS}]?[{GIVEN_CLASS}]{{2}}(?:[妈爸家同]|(?![一-龥])))"
    rf"|{CUE_BACK}|(?<=[{WEAK_ENDS}][{LOOKED_AT}])(?=[{GIVEN_CLASS}])"
    r"(?!(?<=明)[天书显]|(?<=正)常|(?<=任)[何务]|(?<=公)司|(?<=银)行|(?<=说明)|(?<=常)[温用]|(?<=儿童)|(?<=的单)|(?<=付)[定款成])"
    rf"|(?<=[{GIVEN_CLASS}生士姐总师傅 ]收)(?![一-龥])"
    ")"
)

# In a text without any Chinese only these can be: mail (also as "at"), WeChat, an order code, seven digits.
_ASCII_HINT = re.compile(
    r"[@#vwVWoOtT0-9](?:(?<=[@#vwVW])|(?<=[^A-Za-z][aA][tT])(?![A-Za-z])|(?<=[oO])[rR][dD]|"
    r"(?<=[0-9])(?:[ .\-()_,/~*|:;=&^+]{0,3}[0-9oOlI]){6})"
)


class Redactor:
    """Finds personal data and replaces it by masks; one secret `key` gives one set of pseudonyms."""

    def __init__(self, key: bytes) -> None:
        # blake2b takes at most 64 bytes of key; a longer secret counts in full.
        self._key = key if len(key) <= 64 else blake2b(key).digest()

    def spans(self, text: str) -> list[Span]:
        """Personal data in `text`: sorted, without overlaps."""
        if (_ASCII_HINT if text.isascii() else _HINT).search(text) is None:
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

    def redact_raw(self, raw: str) -> str:
        """A record as it was received, masked; unchanged when nothing was found.

        JSON hides text behind escapes: it is masked value by value, or, when it cannot
        be parsed, with its escapes resolved.
        """
        try:
            parsed = msgspec.json.decode(raw)
            masked = self._redact_event(parsed) if isinstance(parsed, dict) else self.redact_value(parsed)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            resolved = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), raw)
            plain = resolved.encode("utf-8", "replace").decode()
            masked_text = self.redact(plain)
            return raw if masked_text == plain else masked_text
        return raw if masked == parsed else msgspec.json.encode(masked).decode()

    def _redact_event(self, event: dict[str, object]) -> dict[str, object]:
        # A time or an id that was masked could never be replayed.
        kept = {name: value for name, value in event.items() if name in _NEVER_PERSONAL}
        rest = {name: value for name, value in event.items() if name not in _NEVER_PERSONAL}
        masked = self.redact_value(rest)
        both = {**kept, **(masked if isinstance(masked, dict) else {})}
        return {name: both[name] for name in event if name in both} | both

    def redact_value(self, value: object) -> object:
        """`value` with every string, key and long number inside masked; deeper than 64 levels is replaced."""
        return self._redact_value(value, 0)

    def _redact_value(self, value: object, depth: int, lead: str = "") -> object:
        if isinstance(value, str):
            return self._redact_led(value, lead)
        if isinstance(value, (int, float)) and 1e6 <= abs(value) < 1e24:
            written = str(int(value)) if value == int(value) else str(value)
            masked = self._redact_led(written, lead)
            return value if masked is written else masked
        if not isinstance(value, (dict, list, tuple)):
            return value
        if depth >= MAX_DEPTH:
            return TOO_DEEP
        if isinstance(value, dict):
            return {
                self._redact_value(k, depth + 1): self._redact_value(v, depth + 1, _lead(k))
                for k, v in value.items()
            }
        return [self._redact_value(item, depth + 1, lead) for item in value]

    def _redact_led(self, value: str, lead: str) -> str:
        """`value` is judged with `lead` before it: {"收件人": "王建国"} introduces a name."""
        skip = len(lead)
        ahead = ((span, max(0, span.start - skip)) for span in self.spans(lead + value) if span.end > skip)
        inside = [Span(start, span.end - skip, span.kind) for span, start in ahead]
        return self.mask(value, inside) if inside else value


def _lead(key: object) -> str:
    """The words by which a field's name introduces its value."""
    if not isinstance(key, str):
        return ""
    plain = key.lower()
    cue = next((cue for cue, words in _KEY_CUES.items() if any(word in plain for word in words)), key[-40:])
    return f"{cue}:"


def _find(folded: str) -> list[Span]:
    """One round over folded text; each finder sees barriers where the earlier ones found something."""
    found: list[Span] = []
    for finder, needed in _FINDERS if _LETTERS.search(folded) else _DIGITS_AND_WORDS:
        if needed.search(folded) is None:
            continue
        more = [span for span in finder(folded) if BARRIER not in folded[span.start : span.end]]
        if more:
            more = _disjoint(more)
            found += more
            folded = blank(folded, more)
    anchors = [span for span in found if span.kind in ("phone", "id_card", "bank_card", "address")]
    if anchors:
        found += _disjoint(anchored_spans(folded, anchors))
    return found


_Finder = tuple[Callable[[str], Iterable[Span]], re.Pattern[str]]
_DIGITS_AND_WORDS: tuple[_Finder, ...] = (
    (plate_spans, re.compile(r"[一-龥] ?[A-Za-z][·.\- ]{0,2}[A-Za-z0-9]{2}")),
    (
        number_spans,
        re.compile(rf"[0-9{SPOKEN_DIGITS}](?:[ .\-·()_,/~*、|:;=&^+xX]{{0,5}}[0-9oOlI{SPOKEN_DIGITS}]){{6}}"),
    ),
    (address_spans, PLACE_WORD),
    (introduced_spans, re.compile("[一-龥]")),
    (bare_spans, re.compile(f"[{NAME_STARTS}](?=[{GIVEN_CLASS}])|[{FOREIGN}]{{3}}")),
)
_FINDERS: tuple[_Finder, ...] = (
    (email_spans, re.compile("[@#]|at[ )\\]}>】]|艾特|爱特|圈a|邮箱?[^A-Za-z]{0,6}[0-9]{5}", re.I)),
    (document_spans, re.compile("[证照護]")),
    (wechat_spans, re.compile("[A-Z0-9_-]{3}", re.I)),
    (waybill_spans, re.compile("[A-Z0-9-]{8}|[0-9]{3} [0-9]{3}", re.I)),
    *_DIGITS_AND_WORDS,
)
"""Each finder with what a text must hold for it to find anything: most texts hold none of it."""


def _disjoint(spans: Iterable[Span]) -> list[Span]:
    """Without empty ones and overlaps: the earlier, then the longer wins."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if span.end > span.start and (not kept or span.start >= kept[-1].end):
            kept.append(span)
    return kept


_EMAIL_AT = re.compile(r" ?[(\[{<【] ?at ?[)\]}>】] ?| at |艾特|爱特|圈a|#")
_EMAIL_DOT = re.compile(r"[。｡点,]|[(\[{]? ?dot ?[)\]}]?")


def _canonical(kind: str, value: str) -> str:
    folded = fold(value).replace(BARRIER, " ")
    if kind == "phone":
        return plain_digits(folded)
    if kind == "email":
        return _EMAIL_DOT.sub(".", _EMAIL_AT.sub("@", folded.lower())).replace(" ", "")
    if kind == "wechat":
        return folded.lower()
    if kind in ("id_card", "bank_card"):
        tail = "X" if kind == "id_card" and folded[-1:] in "xX×Ⅹ" else ""
        return plain_digits(folded) + tail
    kept = re.sub(r"[^\w]|_", "", folded) or folded
    return kept.upper()
