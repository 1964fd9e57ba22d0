"""One spelling of a text for matching: width, case, repeats, hidden characters, traditional script.

Offsets change; masking therefore folds by itself (`processors.redact_text`).
"""

from __future__ import annotations

import re
import sys
import unicodedata

from processors.traditional import TO_SIMPLIFIED

_SPACES = dict.fromkeys(map(ord, "\t\n\r\x0b\x0c\x85\u2028\u2029"), " ")
_HIDDEN = dict.fromkeys(
    code
    for code in range(sys.maxunicode + 1)
    if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs") or 0xFE00 <= code <= 0xFE0F or code == 0x20E3
)
_TABLE: dict[int, int | str | None] = {**_HIDDEN, **_SPACES, **TO_SIMPLIFIED}
# A set with characters beyond the BMP is searched one by one; those few are one range of their own.
_ODD = re.compile(
    "[" + "".join(re.escape(chr(code)) for code in _TABLE if code < 0x10000) + "]|[\U00010000-\U000e0fff]"
)
_REPEATED = re.compile(r"([\W_])\1+")


def normalise(text: str) -> str:
    """`text` in NFKC, lower case, simplified; without control and zero-width characters; each
    run of one punctuation mark, symbol or space is a single one; no space at the ends."""
    folded = unicodedata.normalize("NFKC", text)
    if _ODD.search(folded):
        folded = folded.translate(_TABLE)
    folded = unicodedata.normalize("NFKC", folded.lower())
    if folded.isalnum():
        return folded
    return _REPEATED.sub(r"\1", folded).strip()
