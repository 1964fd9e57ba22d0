"""Takes raw events in: masked first, then durable in the spool, then acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

import msgspec

from processors.events import AnyEvent, DeadLetter
from processors.facts import Masker
from processors.redact import Redactor
from streams.codec import Decoded, decode_many, encode
from streams.dead import failed_letter, masked_letter
from streams.sources.base import Record
from streams.sources.spool import Spool

DEAD_MARK = b"!"
"""First byte of a spooled dead letter; a JSON text never begins with it."""

_dead_decoder = msgspec.json.Decoder(DeadLetter)


class Intake:
    """Takes raw events, masks them, and writes them to the spool."""

    def __init__(
        self,
        spool: Spool,
        masker: Masker,
        redactor: Redactor,
        wake: Callable[[], None],
    ) -> None:
        self._spool = spool
        self._masker = masker
        self._redactor = redactor
        self._wake = wake

    def accept(self, raws: Sequence[bytes]) -> list[DeadLetter]:
        """Make `raws` durable; returns those that are no events, `position` being their index.

        Blocking: returns only when the spool is on disk.
        """
        taken = masked(enumerate(raws), self._masker, self._redactor)
        records = {event.position: event.raw for event in taken.events}
        records |= {letter.position: DEAD_MARK + msgspec.json.encode(letter) for letter in taken.dead}
        self._spool.append([records[index] for index in sorted(records)])
        self._wake()
        return sorted(taken.dead, key=attrgetter("position"))


class MaskedEvent(NamedTuple):
    """An event without personal data, and its JSON."""

    position: int
    event: AnyEvent
    raw: bytes


class Masked(NamedTuple):
    """What `masked` made of records: events in their order, and letters without personal data."""

    events: list[MaskedEvent]
    dead: list[DeadLetter]


def masked(records: Iterable[tuple[int, bytes]], masker: Masker, redactor: Redactor) -> Masked:
    """Decode (position, raw) pairs and mask them: each becomes an event or a dead letter."""
    decoded = decode_many(records)
    dead = [masked_letter(redactor, letter) for letter in decoded.dead]
    events = []
    for event, position in zip(decoded.events, decoded.positions, strict=True):
        try:
            events.append(MaskedEvent(position, event, encode(masker.mask(event))))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - one event must not stop those it came with
            dead.append(failed_letter(masker, event, position, error))
    return Masked(events, dead)


def decode_spooled(records: Sequence[Record]) -> Decoded:
    """Decode what `Intake.accept` wrote."""
    marked = [record for record in records if record.raw.startswith(DEAD_MARK)]
    decoded = decode_many(record for record in records if not record.raw.startswith(DEAD_MARK))
    for record in marked:
        letter = _dead_decoder.decode(record.raw[len(DEAD_MARK) :])
        decoded.dead.append(msgspec.structs.replace(letter, position=record.position))
    return decoded
