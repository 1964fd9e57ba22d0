"""Dead letters without personal data, whatever the masking makes of what is in them."""

from __future__ import annotations

import msgspec

from processors.events import AnyEvent, DeadLetter
from processors.facts import Masker
from processors.redact import Redactor
from streams.codec import encode

_FAILED = "处理时出错，升级后可重放 / processing failed ({error}): replay after an upgrade"
_WITHHELD = (
    "，无法脱敏，原文未保存，请从来源重发 / it cannot be masked, so its text is not kept: send it again"
)


def masked_letter(redactor: Redactor, letter: DeadLetter) -> DeadLetter:
    """`letter` masked; what cannot be masked keeps its reason and its size, and loses its text."""
    try:
        raw, detail = redactor.redact_raw(letter.raw), redactor.redact(letter.detail)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a defect in masking must neither stop the stream nor leak
        raw, detail = "", letter.reason + _WITHHELD
    return msgspec.structs.replace(letter, raw=raw, detail=detail)


def failed_letter(masker: Masker, event: AnyEvent, position: int, error: Exception) -> DeadLetter:
    """The dead letter of an event on which a processor raised `error`; all of it is kept, to be replayed."""
    detail = _FAILED.format(error=type(error).__name__)
    size = len(encode(event))
    try:
        raw = encode(masker.mask(event)).decode("utf-8", "replace")
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the masking is what fails
        raw, detail = "", detail + _WITHHELD
    return DeadLetter(position, "processing_failed", detail, raw, size)
