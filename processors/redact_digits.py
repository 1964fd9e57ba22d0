"""Digits as they are written: groups, spoken numerals, check digits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from processors.redact_text import after, before

_GROUP = re.compile(r"[0-9]+")
_LIGHT = re.compile(r"[ .\-·()_]{1,3}\Z")
MOBILE = re.compile(r"(?:0{0,2}86|0)?(1[3-9][0-9]{9})\Z")

_MIXED_DIGITS = dict(
    zip(
        "零〇○⓪洞一二三四五六七八九幺腰两拐勾壹贰叁肆伍陆柒捌玖①②③④⑤⑥⑦⑧⑨❶❷❸❹❺❻❼❽❾",
        "00000123456789" + "11279" + "123456789" * 3,
        strict=True,
    )
)
SPOKEN = re.compile(f"[0-9{''.join(_MIXED_DIGITS)}](?:[ .、,/-]{{0,2}}[0-9{''.join(_MIXED_DIGITS)}]){{9,24}}")
SPOKEN_TABLE = {ord(spoken): digit for spoken, digit in _MIXED_DIGITS.items()} | dict.fromkeys(
    map(ord, " .、,/-"), ""
)
_LETTER_DIGITS = dict(zip(map(ord, "oOlI"), "0011", strict=True))
SPOKEN_DIGITS = "".join(_MIXED_DIGITS)
"""Characters other than decimal digits by which a number may be written out."""

# GB 11643-1999 (ISO 7064 MOD 11-2): weights and check characters.
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
    ]
)
_EAN13_LENGTH = 13


def luhn_valid(digits: str) -> bool:
    """Check digit of ISO/IEC 7812-1."""
    doubled = "0246813579"
    return sum(int(doubled[int(d)] if i % 2 else d) for i, d in enumerate(reversed(digits))) % 10 == 0


def id_card_valid(number: str) -> bool:
    """18 characters with the check character of GB 11643-1999, province and birth date in range."""
    return (
        id_plausible(number) and _ID_CHECK[sum(map(_weighted, number[:17], _ID_WEIGHTS)) % 11] == number[17]
    )


def _weighted(digit: str, weight: int) -> int:
    return int(digit) * weight


def id_plausible(number: str) -> bool:
    """18 characters with a province and a birth date where an identity card has them."""
    birth = number[6:14]
    return (
        len(number) == 18 and number[:2] in _PROVINCES and birth[:2] in ("19", "20") and month_day(birth[4:])
    )


def month_day(mmdd: str) -> bool:
    """The first four digits are a month and a day."""
    return 1 <= int(mmdd[:2]) <= 12 and 1 <= int(mmdd[2:4]) <= 31


def ean13_valid(digits: str) -> bool:
    """A barcode with the check digit of GS1 EAN-13."""
    return (
        len(digits) == _EAN13_LENGTH
        and sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10 == 0
    )


class Run:
    """Neighbouring digit groups `[start, end)` of the folded text, seen as one number."""

    __slots__ = ("digits", "end", "folded", "shape", "start")

    def __init__(self, folded: str, groups: list[tuple[int, int]]) -> None:
        self.folded = folded
        self.start, self.end = groups[0][0], groups[-1][1]
        self.shape = tuple(end - start for start, end in groups)
        self.digits = "".join(folded[start:end] for start, end in groups)

    @property
    def before(self) -> str:
        """The words that may introduce the number."""
        return before(self.folded, self.start, 18)

    @property
    def after(self) -> str:
        """The words that may explain it afterwards."""
        return after(self.folded, self.end, 12)

    @property
    def written(self) -> str:
        """The number as written, separators included."""
        return self.folded[self.start : self.end]


def digit_chains(folded: str) -> Iterator[list[tuple[int, int]]]:
    """Digit groups as `(start, end)`, those with only light separators between together."""
    chain: list[tuple[int, int]] = []
    for match in _GROUP.finditer(folded):
        start = match.start()
        if chain and (start - chain[-1][1] > 3 or not _LIGHT.match(folded[chain[-1][1] : start])):
            yield chain
            chain = []
        chain.append((start, match.end()))
    if chain:
        yield chain


def plain_digits(written: str) -> str:
    """Digits of a folded number, spoken ones included, without separators or country code."""
    digits = "".join(re.findall(r"[0-9]", written.translate(SPOKEN_TABLE | _LETTER_DIGITS)))
    mobile = MOBILE.match(digits)
    return mobile[1] if mobile else digits
