"""Takes raw events in: masked first, then durable in the spool, then acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

import msgspec

from processors.events import DeadLetter
from processors.facts import FactBuilder
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
        builder: FactBuilder,
        redactor: Redactor,
        wake: Callable[[], None],
    ) -> None:
        self._spool = spool
        self._builder = builder
        self._redactor = redactor
        self._wake = wake

    def accept(self, raws: Sequence[bytes]) -> list[DeadLetter]:
        """Make `raws` durable; returns those that are no events, `position` being their index.

        Blocking: returns only when the spool is on disk.
        """
        decoded = decode_many(enumerate(raws))
        dead = [masked_letter(self._redactor, letter) for letter in decoded.dead]
        records: dict[int, bytes] = {}
        for event, index in zip(decoded.events, decoded.positions, strict=True):
            try:
                records[index] = encode(self._builder.mask(event))
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - one event must not stop those it came with
                dead.append(failed_letter(self._builder, event, index, error))
        records |= {letter.position: DEAD_MARK + msgspec.json.encode(letter) for letter in dead}
        self._spool.append([records[index] for index in sorted(records)])
        self._wake()
        return sorted(dead, key=attrgetter("position"))


def decode_spooled(records: Sequence[Record]) -> Decoded:
    """Decode what `Intake.accept` wrote."""
    marked = [record for record in records if record.raw.startswith(DEAD_MARK)]
    decoded = decode_many(record for record in records if not record.raw.startswith(DEAD_MARK))
    for record in marked:
        letter = _dead_decoder.decode(record.raw[len(DEAD_MARK) :])
        decoded.dead.append(msgspec.structs.replace(letter, position=record.position))
    return decoded
