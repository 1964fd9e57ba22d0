"""Numbers that are not written as digits in groups: spelt out, with odd signs, partly starred."""

from __future__ import annotations

import re
from collections.abc import Iterator

from processors.redact_digits import MOBILE, SPOKEN, SPOKEN_TABLE, id_plausible, luhn_valid
from processors.redact_text import Span, before

LANDLINE = re.compile(r"(?:(?:010|02[0-9])[2-8][0-9]{7}|0[3-9][0-9]{2}[2-8][0-9]{6,7})\Z")
PHONE_CUE = re.compile(
    r"(?:电话|電話|手机|手機|号码|座机|固话|联系|致电|tel|phone|mobile|拨打?|打)[^0-9]{0,6}\Z", re.I
)
ID_TAIL = re.compile(r"[ -]{0,2}([xX×Ⅹ叉])(?![A-Za-z0-9])")
# Signs that part prices, too: only a number of this very shape, and where it is said to be one.
_ODD_SIGNS = re.compile(
    r"(?<![0-9A-Za-z])1[3-9][0-9]([,/~*、|:;=&^+ ]{1,3})[0-9]{4}\1[0-9]{4}(?![0-9A-Za-z])"
)
_PRICE_SIGNS = ",/、:;+"
# 138O0138OOO: letters in place of digits.
_LETTERED = re.compile(r"(?<![0-9A-Za-z])[1lI][3-9][0-9oOlI](?:[ -]?[0-9oOlI]{4}){2}(?![0-9A-Za-z])")
_STARRED = re.compile(r"(?<![0-9A-Za-z])1[3-9][0-9][xX*＊×]{3,5}[0-9]{4}(?![0-9A-Za-z])")
"""A mobile number as shops show it: enough of it is left to know whose it is."""


def disguised(folded: str) -> Iterator[Span]:
    """Mobile numbers with unusual signs between the groups, or with letters for digits."""
    for match in _ODD_SIGNS.finditer(folded):
        alone = match[0] == folded.strip()
        if match[1].strip(_PRICE_SIGNS) or alone or PHONE_CUE.search(before(folded, match.start(), 18)):
            yield Span(match.start(), match.end(), "phone")
    for match in _LETTERED.finditer(folded):
        if sum(c.isdigit() for c in match[0]) >= 6 and not match[0].isdigit():
            yield Span(match.start(), match.end(), "phone")
    for match in _STARRED.finditer(folded):
        yield Span(match.start(), match.end(), "phone")


def spoken(folded: str) -> Iterator[Span]:
    """Numbers written out (一三八…), circled, or mixed with digits."""
    for match in SPOKEN.finditer(folded):
        digits = match[0].translate(SPOKEN_TABLE)
        if match[0].isascii():
            continue
        if MOBILE.match(digits) or (LANDLINE.match(digits) and len(digits) >= 11):
            yield Span(match.start(), match.end(), "phone")
        elif (
            len(digits) == 17 and id_plausible(digits + "X") and (tail := ID_TAIL.match(folded, match.end()))
        ):
            yield Span(match.start(), tail.end(), "id_card")
        elif len(digits) == 18 and id_plausible(digits):
            yield Span(match.start(), match.end(), "id_card")
        elif 16 <= len(digits) <= 19 and (
            luhn_valid(digits) if digits[0] in "45" else digits.startswith("62")
        ):
            yield Span(match.start(), match.end(), "bank_card")
