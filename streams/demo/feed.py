"""Feeds the demo's stream to the intake: two hours of history at once, then in real time."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from processors.rows import ReleaseRow
from streams.demo import DemoConfig, stream, truth
from streams.output import say
from streams.sources.intake import Intake

HISTORY_MS = 2 * 3_600_000
BATCH_EVENTS = 2_000
TICK_SECONDS = 0.5
_MINUTE_MS = 60_000

DemoEvent = dict[str, Any]


class DemoFeed:
    """A shop's day as it happens; the same seed and start minute give the same events."""

    def __init__(self, seed: int, events_per_minute: float, clock: Callable[[], int]) -> None:
        start_ms = (clock() - HISTORY_MS) // _MINUTE_MS * _MINUTE_MS
        self._config = DemoConfig(
            seed=seed, start_ms=start_ms, end_ms=None, events_per_minute=events_per_minute
        )
        self._clock = clock
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def releases(self) -> list[ReleaseRow]:
        """The promotions and bot releases of the stream; its incident is for the user to discover."""
        return truth(self._config).releases

    def start(self, intake: Intake) -> None:
        """Begin feeding, in a thread."""
        self._thread = threading.Thread(target=self._run, args=(intake,), name="demo", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop feeding; returns when the last events are durable."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def _run(self, intake: Intake) -> None:
        events = _timed(stream(self._config))
        at_ms, event = next(events)
        history = True
        while not self._stop.is_set():
            due: list[bytes] = []
            while at_ms <= self._clock() and len(due) < BATCH_EVENTS:
                due.append(msgspec.json.encode(event))
                at_ms, event = next(events)
            if due:
                intake.accept(due)
            if len(due) < BATCH_EVENTS:
                if history:
                    say("历史两小时已送入，转为实时 · two hours of history sent, now live")
                history = False
                self._stop.wait(TICK_SECONDS)


def _timed(events: Iterator[DemoEvent]) -> Iterator[tuple[int, DemoEvent]]:
    for event in events:
        yield int(dt.datetime.fromisoformat(event["occurred_at"]).timestamp() * 1000), event
