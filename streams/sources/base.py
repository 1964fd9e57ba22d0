"""What a source is: numbered raw records in batches, and a way to go on where it stopped.

A source judges nothing but size and shape; whether a record is an event is up to
`streams.codec`. The digest of a batch tells a changed file from the same file
with more at its end: it covers each record up to the batch's last, with its
position, and not the blank lines or line ends between them.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Generator, Iterator
from typing import Final, NamedTuple, Protocol

from streams.errors import InputError
from streams.refusals import Rejected

MAX_BATCH_BYTES: Final = 16 << 20
"""A batch ends early beyond this, so that memory does not depend on how long records are."""


class Record(NamedTuple):
    """One raw record; `position` starts at 1 and ascends within a source."""

    position: int
    raw: bytes


class Batch(NamedTuple):
    """Consecutive records of one source.

    `prefix_digest` belongs to the position of the last record and is what `seek`
    wants to see again. `exhausted`: there is nothing after this batch.
    """

    source: str
    records: list[Record]
    prefix_digest: str
    exhausted: bool


class Source(Protocol):
    """What the runtimes read from."""

    name: str

    @property
    def bytes_read(self) -> int:
        """Bytes consumed so far, in the unit of `total_bytes`."""

    @property
    def total_bytes(self) -> int | None:
        """Size as stored (compressed, for gzip); None when nobody can know."""

    def seek(self, position: int, prefix_digest: str) -> bool:
        """Go on after `position`; False (and back at the start) when what came before has changed."""

    def batches(self, size: int) -> Iterator[Batch]:
        """Batches of at most `size` records; an empty source has none.

        Raises:
            InputError: reading cannot go on; all records before that were yielded.
        """

    def close(self) -> None:
        """Let go of files."""


class ReplayableSource:
    """A source that can be read again from its start; subclasses say how in `_records`.

    One that is not `replayable` (a pipe) is never resumed beyond its start: events
    that were stored before are dropped as duplicates by their id.
    """

    name: str
    replayable: bool = True

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)
        self._reading: Generator[Record] | None = None

    @abstractmethod
    def _records(self) -> Generator[Record]:
        """All records from the start, on every call anew; raises InputError when it cannot go on."""

    def seek(self, position: int, prefix_digest: str) -> bool:
        """See `Source.seek`; reads all records up to `position` once."""
        if not self.replayable:
            return position == 0
        self._restart()
        last = 0
        while last < position:
            record = self._next()
            if record is None:
                break
            last = record.position
        if last == position and (position == 0 or self._hash.hexdigest() == prefix_digest):
            return True
        self._restart()
        return False

    def batches(self, size: int) -> Iterator[Batch]:
        """See `Source.batches`."""
        failure: InputError | None = None
        ended = False
        while not ended:
            records: list[Record] = []
            try:
                ended = self._fill(records, size)
            except InputError as error:
                failure, ended = error, True
            if records:
                yield Batch(self.name, records, self._hash.hexdigest(), ended and failure is None)
        if failure:
            raise failure

    def close(self) -> None:
        """See `Source.close`."""
        self._restart()

    def _restart(self) -> None:
        if self._reading:
            self._reading.close()
            self._reading = None
        self._hash = hashlib.blake2b(digest_size=16)

    def _fill(self, records: list[Record], size: int) -> bool:
        """Append records up to a full batch; True when there are no more."""
        held = 0
        while len(records) < size and held < MAX_BATCH_BYTES:
            record = self._next()
            if record is None:
                return True
            records.append(record)
            held += len(record.raw)
        return False

    def _next(self) -> Record | None:
        if self._reading is None:
            self._reading = self._records()
        record = next(self._reading, None)
        if record is not None:
            raw = record.raw
            full = raw.size if isinstance(raw, Rejected) else len(raw)
            self._hash.update(b"%d %d\n" % (record.position, full))
            self._hash.update(raw)
        return record
