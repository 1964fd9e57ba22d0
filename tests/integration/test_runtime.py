"""The embedded runtime on the real engine: order, batches, restarts, lateness, timers, books."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from helpers import START_MS, write_stream

from processors.facts import FactBuilder
from processors.pipeline import Pipeline
from streams.commands.common import build_parts
from streams.metrics import Metrics
from streams.runtimes.embedded import EmbeddedRuntime, Parts
from streams.runtimes.replay import replay
from streams.settings import Settings, load_settings
from streams.sources.base import Batch, Record
from streams.sources.intake import Intake
from streams.sources.spool import Spool
from streams.testing import ManualClock
from streams.warehouse import known
from streams.warehouse.books import accounts
from streams.warehouse.client import Warehouse, open_warehouse

DERIVED = (
    "turns",
    "conversations",
    "messages",
    "statuses",
    "ratings",
    "dead_letters",
    "rollup_minute",
    "rollup_hour",
)
HIDDEN = {"rollup_minute": "version, bot_response, agent_response", "rollup_hour": "version"}


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings({"KEFU_PULSE_REDACTION_KEY": "a key for tests"})


@pytest.fixture(scope="module")
def parts(settings: Settings) -> Parts:
    return build_parts(settings)


@contextmanager
def opened(
    folder: Path, parts: Parts, held_facts: int = 60_000
) -> Iterator[tuple[Warehouse, EmbeddedRuntime]]:
    """A fresh runtime on a folder: as after a restart, nothing is in memory."""
    pipeline = Pipeline(parts.pipeline._reader, 180_000, held_facts)
    with open_warehouse(str(folder), timezone="Asia/Shanghai") as store:
        yield (
            store,
            EmbeddedRuntime(store, parts._replace(pipeline=pipeline), Metrics(), ManualClock(START_MS)),
        )


def tables(store: Warehouse) -> dict[str, list[str]]:
    found = {}
    for name in DERIVED:
        columns = f"* EXCEPT ({HIDDEN[name]})" if name in HIDDEN else "*"
        found[name] = sorted(map(repr, store.query(f"SELECT {columns} FROM {name}").rows))
    return found


def batch(lines: list[bytes], start: int = 1, source: str = "test") -> Batch:
    return Batch(source, [Record(start + i, line) for i, line in enumerate(lines)], "", False)


def run(
    folder: Path, parts: Parts, lines: list[bytes], size: int, restart_every: int, held: int
) -> dict[str, list[str]]:
    """Process `lines` in batches of `size`, with a restart every so many batches and a tiny memory."""
    starts = range(0, len(lines), size)
    for first in range(0, len(starts), restart_every):
        with opened(folder, parts, held) as (_, runtime):
            for start in starts[first : first + restart_every]:
                runtime.process(batch(lines[start : start + size], start + 1))
    with opened(folder, parts, held) as (store, runtime):
        runtime.finish_history()
        runtime.refresh_rollups()
        return tables(store)


def test_batches_restarts_and_eviction_give_the_same_rows(tmp_path: Path, parts: Parts) -> None:
    lines = write_stream(tmp_path / "events.jsonl", 400)
    whole = run(tmp_path / "whole", parts, lines, len(lines), 1, 60_000)
    assert whole["turns"]
    for size, restart_every, held in ((500, 1, 5), (37, 4, 60_000), (11, 20, 8)):
        found = run(tmp_path / f"by{size}", parts, lines, size, restart_every, held)
        for table, rows in whole.items():
            assert found[table] == rows, (table, size)


def message(event_id: str, second: int, text: str, sender: str = "customer", **more: Any) -> bytes:
    event = {
        "event_id": event_id,
        "type": "chat.message",
        "occurred_at": START_MS + 1000 * second,
        "shop_id": "s",
        "channel": "jd",
        "conversation_id": "c",
        "sender": sender,
        "text": text,
    }
    return msgspec.json.encode(event | more)


def states(store: Warehouse) -> list[tuple[Any, ...]]:
    return store.query("SELECT event_id, state, reasons FROM turns ORDER BY event_id").rows


def test_a_late_reply_withdraws_no_reply(tmp_path: Path, parts: Parts) -> None:
    with opened(tmp_path / "w", parts) as (store, runtime):
        runtime.process(batch([message("q", 0, "这个能用多久")]))
        assert states(store) == [("q", "open", [])]
        runtime.process(batch([message("later", 3600, "在吗", conversation_id="other")], 2))
        assert states(store) == [("q", "unanswered", ["no_reply"])]
    with opened(tmp_path / "w", parts) as (store, runtime):
        bot = {"version": "1", "intent": "life", "confidence": 0.9}
        runtime.process(batch([message("a", 5, "正常使用三到五年没有问题的", "bot", bot=bot)], 3))
        assert states(store) == [("q", "answered", [])]


def test_the_timer_fires_in_silence_and_after_a_restart(tmp_path: Path, parts: Parts) -> None:
    with opened(tmp_path / "w", parts) as (store, runtime):
        runtime.process(batch([message("q", 0, "这个能用多久")]))
        runtime.fire_timers(START_MS + 179_000)
        assert states(store) == [("q", "open", [])]
    with opened(tmp_path / "w", parts) as (store, runtime):
        runtime.fire_timers(START_MS + 180_000)
        assert states(store) == [("q", "unanswered", ["no_reply"])]


def test_a_clock_far_ahead_does_not_move_the_watermark(tmp_path: Path, parts: Parts) -> None:
    with opened(tmp_path / "w", parts) as (store, runtime):
        runtime.process(batch([message("q", 0, "这个能用多久")]), newest_ms=START_MS + 300_000)
        ahead = message("x", 30 * 86_400, "你好", conversation_id="other")
        runtime.process(batch([ahead], 2), newest_ms=START_MS + 1_000)
        assert states(store) == [("q", "open", [])]


def test_the_books_add_up(tmp_path: Path, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    # A filter made for ten ids is full at once: everything must be looked up, and still be right.
    monkeypatch.setattr(known, "CAPACITY", 10)
    lines = write_stream(tmp_path / "events.jsonl", 200)
    with opened(tmp_path / "w", parts) as (store, runtime):
        for start in range(0, len(lines), 50):
            runtime.process(batch(lines[start : start + 50], start + 1))
        runtime.process(batch(lines, 1, "again"))
        books = {account.source: account for account in accounts(store.reader())}
        assert all(account.missing == 0 for account in books.values())
        assert books["test"].received == len(lines)
        assert books["test"].duplicates == 4
        assert (books["test"].dead_letters, books["again"].dead_letters) == (4, 4)
        assert books["again"].stored == 0


def test_the_spool_gives_the_rows_of_a_file(tmp_path: Path, parts: Parts) -> None:
    from streams.sources.intake import decode_spooled

    lines = [line for line in write_stream(tmp_path / "events.jsonl", 200) if line]
    by_file = run(tmp_path / "file", parts, lines, 64, 99, 60_000)
    builder = FactBuilder(parts.redactor, parts.builder._tagger)
    spool = Spool(tmp_path / "spool.sqlite")
    Intake(spool, builder, parts.redactor, lambda: None).accept(lines)
    with opened(tmp_path / "spooled", parts) as (store, runtime):
        while records := spool.read(runtime.checkpoint("test").position, 64):
            runtime.process(Batch("test", records, "", False), decode_spooled)
        runtime.finish_history()
        runtime.refresh_rollups()
        found = tables(store)
    spool.close()
    for table, rows in by_file.items():
        assert found[table] == rows, table


class PoisonedBuilder(FactBuilder):
    """A builder that cannot bear one text, as a defect in a tagger would have it."""

    def build(self, source: str, events: Any, positions: Any) -> Any:
        if any(getattr(event, "text", "") == "毒" for event in events):
            raise RuntimeError("a defect")
        return super().build(source, events, positions)


def test_an_event_that_breaks_a_processor_becomes_a_dead_letter(tmp_path: Path, parts: Parts) -> None:
    lines = [message("a", 0, "这个能用多久"), message("b", 1, "毒"), message("c", 2, "怎么退货")]
    poisoned = parts._replace(builder=PoisonedBuilder(parts.redactor, parts.builder._tagger))
    with opened(tmp_path / "w", poisoned) as (store, runtime):
        commit = runtime.process(batch(lines))
        assert (commit.stored, commit.dead_letters) == (2, 1)
        assert store.query("SELECT reason, position FROM dead_letters").rows == [("processing_failed", 2)]
        assert all(account.missing == 0 for account in accounts(store.reader()))
    with opened(tmp_path / "w", parts) as (store, runtime):
        assert replay(store, runtime) == (1, 0)
        assert store.query("SELECT count() FROM messages").rows == [(3,)]
        assert all(account.missing == 0 for account in accounts(store.reader()))


@pytest.mark.parametrize("step", ["dirty_minutes", "conversations", "turns"])
def test_a_death_while_a_timer_fires_leaves_nothing_stale(tmp_path: Path, parts: Parts, step: str) -> None:
    def die(name: str) -> None:
        if armed and name == step:
            raise KeyboardInterrupt

    armed = False
    with opened(tmp_path / "w", parts) as (_, runtime):
        runtime._step = die
        runtime.process(batch([message("q", 0, "这个能用多久")]))
        armed = True
        with pytest.raises(KeyboardInterrupt):
            runtime.fire_timers(START_MS + 180_000)
    with opened(tmp_path / "w", parts) as (store, runtime):
        runtime.fire_timers(START_MS + 180_000)
        assert states(store) == [("q", "unanswered", ["no_reply"])]
        assert store.query("SELECT questions, unanswered FROM conversations").rows == [(1, 1)]
