"""The worker thread: stopping, retrying, reporting, silence."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from processors.rows import CheckpointRow
from streams.errors import WarehouseError
from streams.metrics import Metrics
from streams.runtimes import embedded as worker_module
from streams.runtimes.embedded import EmbeddedWorker
from streams.sources.base import Batch
from streams.sources.spool import Spool
from streams.testing import ManualClock


class Recorder:
    """A runtime that keeps no rows, only what it was asked to do."""

    def __init__(self) -> None:
        self.position = 0
        self.batches: list[Batch] = []
        self.options: list[dict[str, Any]] = []
        self.silences: list[int] = []
        self.on_process: Callable[[Batch], None] = lambda _batch: None

    def checkpoint(self, source: str) -> CheckpointRow:
        return CheckpointRow(
            source=source,
            position=self.position,
            received=0,
            stored=0,
            duplicates=0,
            dead_letters=0,
            watermark=0,
        )

    def process(self, batch: Batch, *_decode: Any, **options: Any) -> None:
        self.on_process(batch)
        self.batches.append(batch)
        self.options.append(options)
        self.position = batch.records[-1].position

    def on_silence(self, silence_ms: int) -> None:
        self.silences.append(silence_ms)

    def refresh_rollups(self) -> None:
        """Nothing to refresh."""

    def refresh_questions(self) -> int:
        """Nothing new."""
        return 0


class Bench:
    """A worker on a real spool, driving a recorder."""

    def __init__(self, folder: Path) -> None:
        self.runtime, self.clock, self.metrics = Recorder(), ManualClock(1_000_000), Metrics()
        self.spool = Spool(folder / "spool.sqlite")
        self.worker = EmbeddedWorker(self.runtime, self.spool, self.metrics, self.clock)  # type: ignore[arg-type]

    def send(self, *raws: bytes) -> None:
        self.spool.append(raws)
        self.worker.wake()

    def wait(self, come: Callable[[], object]) -> None:
        deadline = time.monotonic() + 10
        while not come():
            assert time.monotonic() < deadline
            time.sleep(0.005)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(worker_module, "POLL_SECONDS", 0.005)
    monkeypatch.setattr(worker_module, "MAX_BACKOFF_SECONDS", 0.02)
    made = Bench(tmp_path)
    yield made
    if made.worker._thread.is_alive():
        made.worker.stop()
    made.spool.close()


def test_records_are_processed_in_order_and_trimmed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "BATCH_RECORDS", 2)
    bench.send(b"1", b"2", b"3")
    bench.worker.start()
    bench.send(b"4", b"5")
    bench.wait(lambda: bench.runtime.position == 5)
    bench.wait(lambda: bench.spool.backlog() == 0)
    records = [record for batch in bench.runtime.batches for record in batch.records]
    assert records == [(1, b"1"), (2, b"2"), (3, b"3"), (4, b"4"), (5, b"5")]
    assert max(len(batch.records) for batch in bench.runtime.batches) == 2
    assert bench.runtime.options[0] == {"now_ms": 1_000_000, "masked": True}


def test_stopping_finishes_the_batch_at_hand_and_leaves_the_rest(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "BATCH_RECORDS", 1)
    begun, go_on = threading.Event(), threading.Event()

    def slow(_batch: Batch) -> None:
        begun.set()
        assert go_on.wait(10)

    bench.runtime.on_process = slow
    bench.send(b"1", b"2")
    bench.worker.start()
    assert begun.wait(10)
    stopping = threading.Thread(target=bench.worker.stop)
    stopping.start()
    time.sleep(0.02)
    assert stopping.is_alive()
    go_on.set()
    stopping.join(10)
    assert bench.runtime.position == 1
    assert (bench.spool.backlog(), bench.spool.read(1, 9)) == (1, [(2, b"2")])
    assert bench.worker.status() == "the pipeline has stopped; restart kefu-pulse"


def test_a_failure_is_tried_again_reported_once_and_forgotten(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    failures = iter([WarehouseError("no space"), WarehouseError("no space"), KeyError("defect")])

    def failing(_batch: Batch) -> None:
        error = next(failures, None)
        if error:
            raise error

    bench.runtime.on_process = failing
    bench.send(b"1")
    bench.worker.start()
    bench.wait(lambda: bench.runtime.position == 1)
    bench.wait(lambda: bench.worker.status() is None)
    bench.worker.stop()
    said = capsys.readouterr().err
    assert said.count("no space") == 1
    assert said.count("Traceback") == 1
    assert [len(batch.records) for batch in bench.runtime.batches] == [1]


def test_while_it_fails_the_status_says_why(bench: Bench) -> None:
    def failing(_batch: Batch) -> None:
        raise WarehouseError("no space")

    bench.runtime.on_process = failing
    assert bench.worker.status() is None
    bench.send(b"1")
    bench.worker.start()
    bench.wait(lambda: bench.worker.status() == "no space")
    bench.worker.stop()
    assert bench.spool.backlog() == 1


def test_silence_is_counted_from_the_last_arrival_and_from_the_start(bench: Bench) -> None:
    bench.worker.start()
    bench.wait(lambda: bench.runtime.silences)
    assert bench.runtime.silences[0] == 0
    bench.clock.advance(5_000)
    bench.wait(lambda: bench.runtime.silences[-1] == 5_000)
    bench.send(b"1")
    bench.wait(lambda: bench.runtime.position == 1)
    bench.wait(lambda: bench.runtime.silences[-1] == 0)
    bench.clock.now_ms -= 3_000_000
    bench.wait(lambda: len(bench.runtime.silences) > 5)
    bench.worker.stop()
    assert min(bench.runtime.silences) == 0


def test_what_is_to_be_done_between_batches_is_done_between_them_and_in_silence(bench: Bench) -> None:
    done: list[str] = []
    between = partial(done.append, "between")
    bench.worker = EmbeddedWorker(bench.runtime, bench.spool, bench.metrics, bench.clock, between)  # type: ignore[arg-type]
    bench.runtime.on_process = lambda _batch: done.append("batch")
    bench.send(b"1")
    bench.worker.start()
    bench.wait(lambda: len(done) > 4)
    bench.worker.stop()
    assert done[:3] == ["between", "batch", "between"]
    assert done.count("batch") == 1


def test_the_backlog_is_measured(bench: Bench) -> None:
    bench.worker.start()
    bench.send(b"1", b"2")
    bench.wait(lambda: bench.runtime.position == 2)
    bench.wait(lambda: bench.metrics.registry.get_sample_value("kefu_pulse_spool_backlog_events") == 0)
