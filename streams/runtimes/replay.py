"""Takes dead letters again after a fix: a newer version, another limit, or a corrected text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from streams.codec import decode_many
from streams.errors import InputError
from streams.runtimes.embedded import EmbeddedRuntime
from streams.sources.base import Batch, Record
from streams.warehouse.client import Warehouse
from streams.warehouse.dead_letters import open_letters, replayed

Place = tuple[str, int]
"""(source, position) of a dead letter"""


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


def replay(
    warehouse: Warehouse, runtime: EmbeddedRuntime, edits: Mapping[Place, bytes] | None = None
) -> tuple[int, int]:
    """Take the open dead letters again; with `edits`, only those, as corrected.

    An event keeps the source and position of its dead letter. The letter is
    marked after its event is stored; killed in between, a repeated replay finds
    the event under the same position and marks it then. Returns how many were
    taken and how many stay.
    """
    letters = open_letters(warehouse)
    taken = 0
    for letter in letters:
        raw = _raw(letter, edits)
        if raw is None or decode_many([(letter["position"], raw)]).dead:
            continue
        commit = runtime.retake(Batch(letter["source"], [Record(letter["position"], raw)], "", True))
        warehouse.insert("dead_letters", [replayed(letter, duplicate=commit.duplicates > 0)])
        taken += 1
    return taken, len(letters) - taken


def _raw(letter: dict[str, Any], edits: Mapping[Place, bytes] | None) -> bytes | None:
    if edits is None:
        return str(letter["raw"]).encode("utf-8", "replace")
    return edits.get((letter["source"], letter["position"]))
