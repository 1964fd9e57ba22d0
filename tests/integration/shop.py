"""A runtime on a folder, and events of one shop to feed it, for tests."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from helpers import KEY, START_MS, contents

from processors.pipeline import Pipeline
from streams.commands.common import build_parts
from streams.demo import DemoConfig, disorder, stream
from streams.metrics import Metrics
from streams.runtimes.committer import Committer, Parts
from streams.runtimes.embedded import EmbeddedWorker
from streams.settings import load_settings
from streams.sources.base import Batch, Record
from streams.sources.spool import Spool
from streams.testing import ManualClock
from streams.warehouse.books import accounts
from streams.warehouse.client import Warehouse, open_warehouse

HOUR_MS = 3_600_000
FAR_MS = 1 << 42
"""A clock so late that no event is ahead of it."""


def make_parts() -> Parts:
    """The processors, with the key of all tests."""
    return build_parts(load_settings({"KEFU_PULSE_REDACTION_KEY": KEY}))


def reborn(parts: Parts, held_facts: int = 60_000) -> Parts:
    """`parts` with nothing in memory."""
    return parts._replace(pipeline=Pipeline(parts.pipeline._reader, held_facts=held_facts))


@contextmanager
def opened(
    folder: Path, parts: Parts, held_facts: int = 60_000, clock: ManualClock | None = None
) -> Iterator[tuple[Warehouse, Committer]]:
    """A fresh runtime on a folder: as after a restart, nothing is in memory."""
    with open_warehouse(str(folder), timezone="Asia/Shanghai") as store:
        clock = clock or ManualClock(FAR_MS)
        yield store, Committer(store, reborn(parts, held_facts), Metrics(), clock)


def batch(lines: Sequence[bytes], start: int = 1, source: str = "test") -> Batch:
    """Records of `source` at consecutive positions."""
    return Batch(source, [Record(start + i, line) for i, line in enumerate(lines)], "", False)


def golden_lines(events: int) -> list[bytes]:
    """The demo's stream with disorder up to an hour, events sent twice, and records that are none."""
    config = DemoConfig(seed=5, start_ms=START_MS, end_ms=START_MS + 6 * HOUR_MS, events_per_minute=30.0)
    arriving = disorder(stream(config), seed=2, late_share=0.1, late_ms=HOUR_MS, repeat_share=0.05)
    lines = [msgspec.json.encode(event) for event, _ in zip(arriving, range(events), strict=False)]
    lines[30:30] = [b'{"event_id": 1', b"\xff\xfe", b'{"type":"chat.message"}', b'{"text":"13812345678"}']
    lines += lines[50:60]
    return lines


def finished(store: Warehouse, runtime: Committer) -> dict[str, list[str]]:
    """All tables once every timer has fired and every rollup is fresh."""
    runtime.finish_history()
    runtime.refresh_rollups()
    return contents(store)


def run(
    folder: Path, parts: Parts, lines: Sequence[bytes], size: int, restart_every: int, held_facts: int
) -> dict[str, list[str]]:
    """Process `lines` in batches of `size`, with a restart every so many batches and a small memory."""
    starts = range(0, len(lines), size)
    for first in range(0, len(starts), restart_every):
        with opened(folder, parts, held_facts) as (_, runtime):
            for start in starts[first : first + restart_every]:
                runtime.process(batch(lines[start : start + size], start + 1))
                if start % (3 * size) == 0:
                    runtime.refresh_rollups()
    with opened(folder, parts, held_facts) as (store, runtime):
        return finished(store, runtime)


@contextmanager
def at_work(worker: EmbeddedWorker) -> Iterator[EmbeddedWorker]:
    """A worker that is stopped whatever happens: its thread would hold on to the folder."""
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def drained(worker: EmbeddedWorker, spool: Spool) -> None:
    """Wait until the worker has stored what the spool holds."""
    deadline = time.monotonic() + 60
    while spool.backlog():
        assert time.monotonic() < deadline, worker.status()
        time.sleep(0.01)


def message(event_id: str, second: float, text: str, sender: str = "customer", **more: Any) -> bytes:
    """A chat message of conversation `c`, `second` seconds after `START_MS`."""
    event = {
        "event_id": event_id,
        "type": "chat.message",
        "occurred_at": START_MS + int(1000 * second),
        "shop_id": "s",
        "channel": "jd",
        "conversation_id": "c",
        "sender": sender,
        "text": text,
    }
    return msgspec.json.encode(event | more)


def status(event_id: str, second: float, name: str, **more: Any) -> bytes:
    """A status of conversation `c`."""
    return message(event_id, second, "", type="chat.status", status=name, **more)


def states(store: Warehouse) -> list[tuple[Any, ...]]:
    """(event_id, state, reasons) of all questions."""
    return store.query("SELECT event_id, state, reasons FROM turns ORDER BY event_id").rows


def assert_books_balance(store: Warehouse) -> None:
    """Nothing is missing in any source."""
    assert all(account.missing == 0 for account in accounts(store))
