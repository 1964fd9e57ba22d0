"""Time: lateness, the 180 s timer by event time and by the clock, and clocks that are wrong."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from helpers import START_MS, assert_same
from shop import FAR_MS, HOUR_MS, at_work, batch, finished, make_parts, message, opened, run, states, status

from streams.metrics import Metrics
from streams.runtimes.committer import AHEAD_MS, Parts
from streams.runtimes.embedded import EmbeddedWorker
from streams.sources.intake import Intake
from streams.sources.spool import Spool
from streams.testing import ManualClock
from streams.warehouse.client import Warehouse
from streams.warehouse.turns import question_rows

QUESTION = "这个能用多久"
DAY_S = 86_400


@pytest.fixture(scope="module")
def parts() -> Parts:
    return make_parts()


class Service:
    """Intake, spool and worker on a folder, with a clock of its own."""

    def __init__(self, store: Warehouse, worker: EmbeddedWorker, intake: Intake, spool: Spool) -> None:
        self.store, self.worker, self.intake, self.spool = store, worker, intake, spool

    def post(self, *lines: bytes) -> None:
        self.intake.accept(lines)
        self.wait(lambda: not self.spool.backlog())

    def wait_for(self, expected: list[tuple[object, ...]]) -> None:
        self.wait(lambda: states(self.store) == expected)

    def wait(self, come: object) -> None:
        deadline = time.monotonic() + 20
        while not come():  # type: ignore[operator]
            assert time.monotonic() < deadline, (states(self.store), self.worker.status())
            self.worker.wake()
            time.sleep(0.01)

    def rounds(self) -> None:
        """Let the worker look at its clock a few times."""
        for _ in range(5):
            self.worker.wake()
            time.sleep(0.03)


@contextmanager
def serving(folder: Path, parts: Parts, clock: ManualClock) -> Iterator[Service]:
    with opened(folder, parts, clock=clock) as (store, runtime):
        spool = Spool(folder / "spool.sqlite")
        worker = EmbeddedWorker(runtime, spool, Metrics(), clock)
        with at_work(worker):
            yield Service(store, worker, Intake(spool, parts.builder, parts.redactor, worker.wake), spool)
        spool.close()


def test_late_by_an_hour_out_of_order_and_across_restarts(tmp_path: Path, parts: Parts) -> None:
    lines = [
        message("q", 0, QUESTION),
        message("a", 20, "亲，没听懂呢", "bot", bot={"version": "1"}),
        message("q2", 60, "我问的是这个杯子能用多久"),
        status("h", 70, "handoff"),
        message("b", 100, "正常使用三到五年没有问题的", "agent"),
        message("t", 130, "好的谢谢"),
        *(message(f"o{i}", i * 600, "在吗", conversation_id=f"other{i}") for i in range(8)),
        message("late", HOUR_MS / 1000, "还有黑色的吗"),
        status("x", HOUR_MS / 1000 + 60, "closed"),
    ]
    whole = run(tmp_path / "whole", parts, lines, len(lines), 1, 60_000)
    assert len(whole["turns"]) >= 2
    chance = random.Random(7)
    for attempt in range(3):
        shuffled = chance.sample(lines, len(lines))
        found = run(tmp_path / f"try{attempt}", parts, shuffled, 2, 2, 60_000)
        for table in ("turns", "conversations", "rollup_minute", "rollup_hour"):
            assert found[table] == whole[table], table


def test_event_time_fires_the_timer_to_the_millisecond(tmp_path: Path, parts: Parts) -> None:
    with opened(tmp_path / "w", parts) as (store, runtime):
        runtime.process(batch([message("q", 0, QUESTION)]))
        runtime.process(batch([message("o", 179.999, "你好", conversation_id="other")], 2))
        assert states(store) == [("q", "open", [])]
        runtime.process(batch([message("p", 180, "你好", conversation_id="other")], 3))
        assert states(store) == [("q", "unanswered", ["no_reply"])]


def test_the_clock_fires_the_timer_of_a_silent_stream(tmp_path: Path, parts: Parts) -> None:
    clock = ManualClock(START_MS)
    with serving(tmp_path / "w", parts, clock) as service:
        service.post(message("q", 0, QUESTION))
        service.wait_for([("q", "open", [])])
        clock.advance(179_000)
        service.rounds()
        assert states(service.store) == [("q", "open", [])]
        clock.advance(1_000)
        service.wait_for([("q", "unanswered", ["no_reply"])])


def test_an_open_question_fires_after_the_process_died(tmp_path: Path, parts: Parts) -> None:
    clock = ManualClock(START_MS)
    with serving(tmp_path / "w", parts, clock) as service:
        service.post(message("q", 0, QUESTION))
        service.wait_for([("q", "open", [])])
    clock.advance(60_000)
    with serving(tmp_path / "w", parts, clock) as service:
        service.rounds()
        assert states(service.store) == [("q", "open", [])]
        clock.advance(180_000)
        service.wait_for([("q", "unanswered", ["no_reply"])])
        service.post(message("a", 30, "三到五年没有问题的", "bot", bot={"version": "1", "confidence": 0.9}))
        service.wait_for([("q", "answered", [])])


@pytest.mark.parametrize("ahead_s", [240, AHEAD_MS / 1000 + 1, 30 * DAY_S])
def test_a_clock_that_runs_ahead_does_not_fire_the_timers_of_others(
    tmp_path: Path, parts: Parts, ahead_s: float
) -> None:
    clock = ManualClock(START_MS + 2_000)
    with serving(tmp_path / "w", parts, clock) as service:
        service.post(message("q", 0, QUESTION))
        service.post(message("x", ahead_s, QUESTION, conversation_id="ahead"))
        service.wait_for([("q", "open", []), ("x", "open", [])])
        clock.advance(100_000)
        service.post(message("y", 100, "你好", conversation_id="third"))
        service.rounds()
        assert states(service.store) == [("q", "open", []), ("x", "open", [])]
        # After as much silence as a customer bears, even the question from the future has waited enough.
        clock.advance(180_000)
        service.wait_for([("q", "unanswered", ["no_reply"]), ("x", "unanswered", ["no_reply"])])


def test_a_file_that_tells_of_the_future_does_not_fire_what_is_asked_now(
    tmp_path: Path, parts: Parts
) -> None:
    with opened(tmp_path / "w", parts) as (_, runtime):
        runtime.process(batch([message("x", 10_000 * DAY_S, "你好", conversation_id="future")], 1, "file"))
        assert runtime.watermark > START_MS + 9_999 * DAY_S * 1000
    with serving(tmp_path / "w", parts, ManualClock(START_MS)) as service:
        service.post(message("q", 0, QUESTION))
        service.rounds()
        assert states(service.store)[0] == ("q", "open", [])


def test_a_sender_whose_clock_is_behind_still_gets_its_verdicts(tmp_path: Path, parts: Parts) -> None:
    clock = ManualClock(START_MS + 30 * DAY_S * 1000)
    with serving(tmp_path / "w", parts, clock) as service:
        service.post(message("q", 0, QUESTION))
        service.wait_for([("q", "open", [])])
        clock.advance(180_000)
        service.wait_for([("q", "unanswered", ["no_reply"])])


def test_firing_early_or_late_ends_alike(tmp_path: Path, parts: Parts) -> None:
    """The same events under a clock that jumps and under none: the same rows in the end."""
    lines = [
        message(f"{kind}{i}", 400 * i + after, text, sender, conversation_id=f"c{i % 3}")
        for i in range(12)
        for kind, after, text, sender in (
            ("q", 0, f"第{i}款能用多久", "customer"),
            ("a", 200, "三年", "agent"),
        )
    ]
    calm = run(tmp_path / "calm", parts, lines, 500, 1, 60_000)
    clock = ManualClock(START_MS)
    chance = random.Random(1)
    for part in (lines[:9], lines[9:]):
        with serving(tmp_path / "w", parts, clock) as service:
            for line in part:
                service.post(line)
                clock.advance(chance.choice([0, 1_000, 200_000]))
                service.rounds() if chance.random() < 0.3 else None
    with opened(tmp_path / "w", parts, clock=ManualClock(FAR_MS)) as (store, runtime):
        found = finished(store, runtime)
    ignore = ("messages", "checkpoints", "dirty_minutes", "dead_letters")
    assert_same(found, calm, ignore=ignore)


@pytest.mark.parametrize("step", ["dirty_minutes", "conversations", "turns"])
def test_a_death_while_a_timer_fires_leaves_nothing_stale(tmp_path: Path, parts: Parts, step: str) -> None:
    def die(name: str) -> None:
        if armed and name == step:
            raise KeyboardInterrupt

    armed = False
    with opened(tmp_path / "w", parts) as (_, runtime):
        runtime._step = die
        runtime.process(batch([message("q", 0, QUESTION)]))
        armed = True
        with pytest.raises(KeyboardInterrupt):
            runtime.on_silence(180_000)
    with opened(tmp_path / "w", parts) as (store, runtime):
        runtime.on_silence(180_000)
        assert states(store) == [("q", "unanswered", ["no_reply"])]
        assert store.query("SELECT questions, unanswered FROM conversations").rows == [(1, 1)]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "UTC"])
def test_times_of_questions_are_shown_in_the_zone_asked_for(tmp_path: Path, parts: Parts, zone: str) -> None:
    asked = dt.datetime.fromtimestamp(START_MS / 1000, ZoneInfo(zone))
    with opened(tmp_path / "w", parts) as (store, runtime):
        runtime.process(batch([message("q", 0, QUESTION)]))
        row = next(question_rows(store, zone))
    assert row["asked_at"][:19] == f"{asked:%Y-%m-%d %H:%M:%S}"
