"""Faults of a running cluster, one function each: what is broken while events come in, and how often.

`python -m tests.real` strikes a thousand times and prints a table; test_failures.py strikes a
few times each. Whatever happens, the tables must equal those of the embedded runtime.
"""

from __future__ import annotations

import random
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from streams.demo import DemoConfig, disorder, stream
from tests.crash.helpers import START_MS
from tests.real.stage import FLAWLESS, Content, Stage, Verdict, expected_content

WORKERS = 2
SKEW_SECONDS = 90
POISON = [b'{"event_id": 1', b"\xff\xfe", b'{"type":"chat.message"}', b'{"text":"13812345678"}', b""]


class Outcome(NamedTuple):
    """What a fault did: how often it struck, over how many records, and how long catching up took."""

    fault: str
    strikes: int
    events: int
    verdict: Verdict
    recovery_seconds: float


class Strike(NamedTuple):
    """A fault: `work` strikes so many times; `brokers` it needs."""

    name: str
    work: Callable[[Stage, int, random.Random], None]
    brokers: int = 1


def run(strike: Strike, strikes: int, events: int, seed: int = 1) -> Outcome:
    """Feed a stream, a hundred events a second, while `strike` works; let it catch up, and compare."""
    chance = random.Random(f"{strike.name} {seed}")
    lines = hostile_lines(events)
    expected = _expected(events)
    with (
        tempfile.TemporaryDirectory(prefix="kefu-pulse-") as folder,
        Stage(Path(folder), strike.brokers) as stage,
    ):
        for number in range(WORKERS):
            stage.start_worker(f"w{number}")
        stage.wait_working()
        with feeding(stage, lines) as hurry:
            strike.work(stage, strikes, chance)
            struck = time.monotonic()
            hurry.set()
        stage.wait_stored(300)
        took = time.monotonic() - struck
        stage.wait_settled()
        verdict = stage.judge(expected)
        if verdict != FLAWLESS:
            print(stage.differences(expected))
    return Outcome(strike.name, strikes, len(lines), verdict, took)


@cache
def hostile_lines(events: int) -> list[bytes]:
    """Disorder up to an hour, events sent twice, records that are none; some producers' clocks are off."""
    config = DemoConfig(seed=5, start_ms=START_MS, end_ms=None, events_per_minute=600.0)
    skewed = (_skewed(event) for event in stream(config))
    arriving = disorder(skewed, seed=2, late_share=0.1, late_ms=3_600_000, repeat_share=0.05)
    lines = [msgspec.json.encode(event) for event, _ in zip(arriving, range(events), strict=False)]
    for at in range(30, len(lines), 500):
        lines[at:at] = [
            b'{"event_id": 1',
            b"\xff\xfe",
            b'{"type":"chat.message"}',
            b'{"text":"13812345678"}',
            b"",
        ]
    return lines


def _skewed(event: dict[str, Any]) -> dict[str, Any]:
    """As told by a producer whose clock is up to a minute and a half off: by the id, so always alike."""
    off = sum(event["event_id"].encode()) % 21
    if off <= 2:
        told = datetime.fromisoformat(event["occurred_at"]) + timedelta(seconds=SKEW_SECONDS * (off - 1))
        event["occurred_at"] = told.isoformat(timespec="milliseconds")
    return event


@cache
def _expected(events: int) -> Content:
    with tempfile.TemporaryDirectory(prefix="kefu-pulse-") as folder:
        return expected_content(Path(folder) / "embedded", hostile_lines(events))


@contextmanager
def feeding(stage: Stage, lines: Sequence[bytes]) -> Iterator[threading.Event]:
    """Send lines a few at a time as long as the body runs, and the rest at once when the event is set."""
    hurry, failures = threading.Event(), []

    def feed() -> None:
        try:
            for start in range(0, len(lines), 20):
                stage.send(lines[start : start + 20])
                hurry.wait(0.2)
        except Exception as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    thread = threading.Thread(target=feed, daemon=True)
    thread.start()
    try:
        yield hurry
    finally:
        hurry.set()
        thread.join(timeout=300)
    assert not failures, failures


def kill_workers(stage: Stage, strikes: int, chance: random.Random) -> None:
    """kill -9 of a worker at a random moment of its work; it comes back under its name."""
    names = [f"w{number}" for number in range(len(stage.workers))]
    for _ in range(strikes):
        at = chance.randrange(len(stage.workers))
        name, worker = names.pop(at), stage.workers[at]
        stage.end_worker(worker)
        stage.start_worker(name)
        names.append(name)
        # From before it has its partitions to well into its work.
        time.sleep(chance.uniform(0.5, 3.5))


def kill_store(stage: Stage, strikes: int, chance: random.Random) -> None:
    """kill -9 of ClickHouse."""
    for _ in range(strikes):
        time.sleep(chance.uniform(0.1, 0.9))
        stage.store.kill()
        time.sleep(chance.uniform(0.0, 0.2))
        stage.store.restart()


def kill_broker(stage: Stage, strikes: int, chance: random.Random) -> None:
    """kill -9 of the only broker."""
    for _ in range(strikes):
        time.sleep(chance.uniform(0.5, 2.0))
        stage.cluster.kill(1)
        stage.cluster.restart(1)


def stop_broker(stage: Stage, strikes: int, _chance: random.Random) -> None:
    """The only broker is away for `strikes` seconds."""
    time.sleep(1)
    stage.cluster.kill(1)
    time.sleep(strikes)
    stage.cluster.restart(1)
    time.sleep(1)


def lose_broker(stage: Stage, _strikes: int, _chance: random.Random) -> None:
    """One broker of three is lost for good."""
    time.sleep(2)
    stage.cluster.kill(2)
    time.sleep(5)


def change_workers(stage: Stage, strikes: int, chance: random.Random) -> None:
    """Workers come and go under load, by their own leave or by kill -9."""
    for number in range(strikes):
        added = stage.start_worker()
        time.sleep(chance.uniform(2.0, 5.0))
        stage.end_worker(added, signal.SIGTERM if number % 2 else signal.SIGKILL)


def pause_worker(stage: Stage, strikes: int, _chance: random.Random) -> None:
    """A worker is stopped past its session and woken when another has its partitions."""
    for _ in range(strikes):
        sleeper = stage.start_worker()
        time.sleep(8)
        sleeper.send_signal(signal.SIGSTOP)
        time.sleep(20)
        sleeper.send_signal(signal.SIGCONT)
        time.sleep(3)
        stage.end_worker(sleeper, signal.SIGTERM)


def _break_store(mode: str, after: int = 0, only: bytes = b"") -> Callable[[Stage, int, random.Random], None]:
    def work(stage: Stage, strikes: int, chance: random.Random) -> None:
        time.sleep(1)
        for _ in range(strikes):
            stage.faults.become(mode, after=after, only=only)  # type: ignore[arg-type]
            time.sleep(chance.uniform(0.5, 3.0) if strikes > 1 else 10.0)
            stage.faults.become("pass")
            time.sleep(chance.uniform(0.2, 1.0))

    return work


def refuse_long(stage: Stage, strikes: int, _chance: random.Random) -> None:
    """ClickHouse refuses connections for `strikes` seconds."""
    stage.faults.become("refuse")
    time.sleep(strikes)
    stage.faults.become("pass")


STRIKES = {
    strike.name: strike
    for strike in (
        Strike("worker: kill -9", kill_workers),
        Strike("ClickHouse: kill -9", kill_store),
        Strike("broker: kill -9", kill_broker),
        Strike("broker: away, seconds", stop_broker),
        Strike("one broker of three lost for good", lose_broker, 3),
        Strike("workers come and go", change_workers),
        Strike("worker paused past its session", pause_worker),
        Strike("ClickHouse: refuses", _break_store("refuse")),
        Strike("ClickHouse: refuses, seconds", refuse_long),
        Strike("ClickHouse: hangs", _break_store("hang")),
        Strike("ClickHouse: cut in mid-insert", _break_store("cut", after=3_000, only=b"INSERT")),
        Strike("ClickHouse: stored, answer lost", _break_store("cut_answer", only=b"INSERT")),
    )
}
