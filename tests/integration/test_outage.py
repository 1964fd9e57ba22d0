"""A warehouse that fails for a while: nothing lost, nothing doubled, senders told the truth."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from helpers import START_MS, assert_same
from shop import (
    FAR_MS,
    assert_books_balance,
    at_work,
    batch,
    drained,
    finished,
    golden_lines,
    make_parts,
    message,
    reborn,
    run,
    states,
)

from streams.errors import WarehouseError
from streams.metrics import Metrics
from streams.runtimes import embedded, upkeep
from streams.runtimes.committer import Committer, Parts
from streams.runtimes.embedded import EmbeddedWorker
from streams.sources.intake import Intake
from streams.sources.spool import Spool
from streams.testing import FlakyWarehouse, ManualClock
from streams.warehouse.client import open_warehouse
from streams.web import ingest
from streams.web.server import build_app

FACT_TABLES = ("messages", "statuses", "ratings", "dead_letters", "checkpoints")


@pytest.fixture(scope="module")
def parts() -> Parts:
    return make_parts()


class Fault:
    """What the warehouse does wrong; nothing until told."""

    def __init__(self) -> None:
        self.asked: Callable[[str], str] = lambda _name: ""

    def __call__(self, name: str) -> str:
        return self.asked(name)


def wait(come: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not come():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_warehouse_that_fails_at_random_loses_and_doubles_nothing(
    tmp_path: Path, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "MAX_BACKOFF_SECONDS", 0.002)
    monkeypatch.setattr(embedded, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(upkeep, "ROLLUPS_EVERY_MS", 0)
    lines, fault, chance = golden_lines(200), Fault(), random.Random(6)
    calm = run(tmp_path / "calm", parts, lines, 500, 1, 60_000)
    with open_warehouse(str(tmp_path / "w"), timezone="Asia/Shanghai") as store:
        metrics, spool = Metrics(), Spool(tmp_path / "spool.sqlite")
        flaky = FlakyWarehouse(store, fault)
        runtime = Committer(flaky, reborn(parts, 50), metrics, ManualClock(FAR_MS))
        worker = EmbeddedWorker(runtime, spool, metrics, ManualClock(FAR_MS))
        intake = Intake(spool, parts.builder, parts.redactor, worker.wake)
        fault.asked = lambda _name: chance.choice(["before", "after", *[""] * 30])
        with at_work(worker):
            for start in range(0, len(lines), 25):
                intake.accept(lines[start : start + 25])
                wait(lambda: spool.backlog() < 50)
            drained(worker, spool)
            fault.asked = lambda _name: ""
        assert worker.problem is None
        found = finished(store, runtime)
        received = metrics.registry.get_sample_value("kefu_pulse_events_received_total", {"source": "http"})
        assert received == len(lines)
        assert_books_balance(store)
        spool.close()
    assert_same(found, calm, ignore=FACT_TABLES)
    for table in FACT_TABLES[:-1]:
        assert len(found[table]) == len(calm[table]), table


@pytest.mark.parametrize("table", ["conversations", "turns", "dirty_minutes", "messages", "checkpoints"])
@pytest.mark.parametrize("kind", ["before", "after"])
def test_a_timer_whose_write_failed_fires_again(tmp_path: Path, parts: Parts, table: str, kind: str) -> None:
    fault = Fault()
    with open_warehouse(str(tmp_path / "w"), timezone="Asia/Shanghai") as store:
        flaky = FlakyWarehouse(store, fault)
        runtime = Committer(flaky, reborn(parts), Metrics(), ManualClock(FAR_MS))
        runtime.process(batch([message("q", 0, "这个能用多久")]))
        fault.asked = lambda name: kind if name == f"insert {table}" else ""
        later = batch([message("o", 600, "你好", conversation_id="other")], 2)
        with pytest.raises(WarehouseError):
            runtime.process(later)
        fault.asked = lambda _name: ""
        runtime.process(later)
        assert states(store) == [("q", "unanswered", ["no_reply"])]
        assert store.query("SELECT unanswered FROM conversations WHERE conversation_id = 'c'").rows == [(1,)]
        assert_books_balance(store)


def test_a_batch_that_never_comes_again_leaves_no_trace_in_memory(tmp_path: Path, parts: Parts) -> None:
    fault = Fault()
    with open_warehouse(str(tmp_path / "w"), timezone="Asia/Shanghai") as store:
        flaky = FlakyWarehouse(store, fault)
        runtime = Committer(flaky, reborn(parts), Metrics(), ManualClock(FAR_MS))
        runtime.process(batch([message("q", 0, "这个能用多久")]))
        fault.asked = lambda name: "before" if name == "insert messages" else ""
        answer = message("a", 5, "三到五年没有问题的", "agent")
        with pytest.raises(WarehouseError):
            runtime.process(batch([answer, message("n", 5, "在吗", conversation_id="new")], 1, "given up"))
        fault.asked = lambda _name: ""
        runtime.finish_history()
        assert states(store) == [("q", "unanswered", ["no_reply"])]
        assert store.query("SELECT count() FROM conversations").rows == [(1,)]


def test_a_filter_that_cannot_be_enlarged_lets_no_duplicate_in(
    tmp_path: Path, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.warehouse.known.CAPACITY", 4)
    fault, lines = Fault(), [message(f"m{i}", i, "你好") for i in range(12)]
    with open_warehouse(str(tmp_path / "w"), timezone="Asia/Shanghai") as store:
        flaky = FlakyWarehouse(store, fault)
        runtime = Committer(flaky, reborn(parts), Metrics(), ManualClock(FAR_MS))
        runtime.process(batch(lines[:4]))
        fault.asked = lambda name: "before" if name == "query" else ""
        with pytest.raises(WarehouseError):
            runtime.process(batch(lines[4:8], 5))
        fault.asked = lambda _name: ""
        assert runtime.process(batch(lines[4:8], 5)).stored == 4
        assert runtime.process(batch(lines, 1, "again")).duplicates == 8


def test_senders_are_acknowledged_until_the_backlog_is_full_and_readyz_says_why(
    tmp_path: Path, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "MAX_BACKLOG", 6)
    monkeypatch.setattr(embedded, "MAX_BACKOFF_SECONDS", 0.05)
    fault = Fault()
    with open_warehouse(str(tmp_path / "w"), timezone="Asia/Shanghai") as store:
        metrics, spool = Metrics(), Spool(tmp_path / "spool.sqlite")
        runtime = Committer(FlakyWarehouse(store, fault), reborn(parts), metrics, ManualClock(START_MS))
        worker = EmbeddedWorker(runtime, spool, metrics, ManualClock(START_MS))
        app = build_app(metrics, worker.status, "127.0.0.1", 1 << 20)
        intake = Intake(spool, parts.builder, parts.redactor, worker.wake)
        ingest.add_ingest_routes(app, intake, ingest.Limits(100, 10_000, ""), metrics, spool)
        with at_work(worker):
            asyncio.run(asyncio.wait_for(_outage(app, fault, spool), 60))
        assert store.query("SELECT count(), uniqExact(event_id) FROM messages").rows == [(9, 9)]
        assert_books_balance(store)
        spool.close()


async def _outage(app: web.Application, fault: Fault, spool: Spool) -> None:
    async with TestClient(TestServer(app)) as client:
        fault.asked = lambda name: "before" if name == "insert messages" else ""
        for number in range(9):
            answer = await client.post("/v1/events", data=message(f"m{number}", number, "你好"))
            if answer.status == 503:
                break
            assert answer.status == 200
        assert (answer.status, answer.headers["Retry-After"], number) == (503, "10", 7)
        assert "far behind" in (await answer.json())["error"]
        while (ready := await client.get("/readyz")).status == 200:
            await asyncio.sleep(0.02)
        assert (ready.status, "insert messages failed" in await ready.text()) == (503, True)
        assert (await client.get("/healthz")).status == 200
        fault.asked = lambda _name: ""
        while spool.backlog() or (await client.get("/readyz")).status != 200:
            await asyncio.sleep(0.02)
        for late in (7, 8):
            again = await client.post("/v1/events", data=message(f"m{late}", late, "你好"))
            assert again.status == 200
        while spool.backlog():
            await asyncio.sleep(0.02)
