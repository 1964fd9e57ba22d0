"""Takes dead letters again after a fix: a newer version, another limit, or a corrected text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec

from streams.codec import decode_many
from streams.errors import InputError
from streams.runtimes.committer import Committer
from streams.sources.base import Batch, Record
from streams.warehouse.client import Warehouse
from streams.warehouse.dead_letters import Place, open_letters, places_of, replayed

BATCH_LETTERS = 1_000
"""Letters taken in one commit; a page of them is in memory anyhow."""


class Replayed(NamedTuple):
    """How many letters were taken, how many stay, and how many corrections fit no open letter."""

    taken: int
    left: int
    unknown: int


class Correction(msgspec.Struct):
    """A line of the file that `deadletters --format jsonl` wrote, with `raw` corrected."""

    source: str
    position: int
    raw: str


def corrected(lines: Iterable[tuple[int, bytes]]) -> dict[Place, bytes]:
    """The corrected texts by place. Raises InputError naming the line that is none."""
    decoder = msgspec.json.Decoder(Correction)
    edits: dict[Place, bytes] = {}
    for number, line in lines:
        try:
            item = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InputError(
                f"line {number}: needs source, position and raw as exported ({error})"
            ) from error
        edits[item.source, item.position] = item.raw.encode("utf-8", "replace")
    return edits


def replay(warehouse: Warehouse, runtime: Committer, edits: Mapping[Place, bytes] | None = None) -> Replayed:
    """Take the open dead letters again; with `edits`, only those, as corrected.

    An event keeps the source and position of its dead letter. Letters are marked
    after their events are stored, by looking where those are: a replay that is
    killed in between and repeated stores nothing twice and marks what it missed.
    """
    found = taken = left = 0
    for source, letters in groupby(open_letters(warehouse), key=itemgetter("source")):
        while batch := list(islice(letters, BATCH_LETTERS)):
            chosen = batch if edits is None else [letter for letter in batch if _place(letter) in edits]
            done = _take(warehouse, runtime, source, chosen, edits)
            found, taken, left = found + len(chosen), taken + done, left + len(batch) - done
    return Replayed(taken, left, 0 if edits is None else len(edits) - found)


def _take(
    warehouse: Warehouse,
    runtime: Committer,
    source: str,
    letters: Sequence[dict[str, Any]],
    edits: Mapping[Place, bytes] | None,
) -> int:
    """Store the events of `letters`, all of one source, and mark those letters; how many there were."""
    raws = {letter["position"]: _raw(letter, edits) for letter in letters}
    decoded = decode_many(raws.items())
    runtime.retake(Batch(source, [Record(at, raws[at]) for at in decoded.positions], "", True))
    ids = {at: event.event_id for event, at in zip(decoded.events, decoded.positions, strict=True)}
    places = places_of(warehouse, list(ids.values()))
    marks = [
        replayed(letter, duplicate=places[ids[letter["position"]]] != _place(letter))
        for letter in letters
        if ids.get(letter["position"]) in places
    ]
    warehouse.insert("dead_letters", marks)
    return len(marks)


def _place(letter: dict[str, Any]) -> Place:
    return letter["source"], letter["position"]


def _raw(letter: dict[str, Any], edits: Mapping[Place, bytes] | None) -> bytes:
    return str(letter["raw"]).encode("utf-8", "replace") if edits is None else edits[_place(letter)]
