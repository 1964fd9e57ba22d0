"""The thread that carries acknowledged events from the spool into the warehouse."""

from __future__ import annotations

import queue
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future

from processors.rows import CheckpointRow
from streams.errors import InputError, KefuError
from streams.metrics import Metrics
from streams.output import say
from streams.runtimes.clock import Clock
from streams.runtimes.committer import Committer
from streams.runtimes.upkeep import Upkeep
from streams.sources.base import Batch
from streams.sources.intake import decode_spooled
from streams.sources.spool import Spool

BATCH_RECORDS = 5_000
POLL_SECONDS = 0.2
MAX_BACKOFF_SECONDS = 30.0


def nothing() -> None:
    """What there is to do between two batches unless the caller has something."""


class EmbeddedWorker:
    """Runs until stopped; a warehouse that fails is tried again, nothing is skipped.

    `between` is called in its thread before each batch and, in silence, every `POLL_SECONDS`.
    """

    def __init__(
        self,
        runtime: Committer,
        spool: Spool,
        metrics: Metrics,
        clock: Clock,
        between: Callable[[], None] = nothing,
    ) -> None:
        self._runtime = runtime
        self._spool = spool
        self._metrics = metrics
        self._clock = clock
        self._between = between
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._handed: queue.SimpleQueue[tuple[Batch, Future[CheckpointRow]]] = queue.SimpleQueue()
        self._arrived_ms = clock()
        self._upkeep = Upkeep(runtime, clock)
        self._backoff = POLL_SECONDS
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)
        self.problem: str | None = None

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def wake(self) -> None:
        """There is something new in the spool."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the batch at hand and return; what is left stays in the spool for the next start."""
        self._stop.set()
        self._wake.set()
        self._thread.join()

    def take(self, batch: Batch) -> CheckpointRow:
        """Store a batch of a file that another process reads; blocks until its checkpoint is stored.

        Raises InputError for a batch that does not follow the last one, KefuError when it is not taken.
        """
        future: Future[CheckpointRow] = Future()
        self._handed.put((batch, future))
        self._wake.set()
        while True:
            try:
                return future.result(timeout=1)
            except TimeoutError:
                if not self._thread.is_alive():
                    raise KefuError("kefu-pulse 正在停止 · is stopping; import again later") from None

    def status(self) -> str | None:
        """None while the thread works, else what is wrong."""
        if self._thread.ident is not None and not self._thread.is_alive():
            return "the pipeline has stopped; restart kefu-pulse"
        return self.problem

    def _run(self) -> None:
        while not self._stop.is_set():
            self._guarded(self._round)
        self._guarded(self._runtime.refresh_rollups)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the events are safe in the spool: try again
            self._report(error)
            self._stop.wait(self._backoff)
            self._backoff = min(2 * self._backoff, MAX_BACKOFF_SECONDS)
        else:
            self.problem, self._backoff = None, POLL_SECONDS

    def _report(self, error: Exception) -> None:
        known = isinstance(error, KefuError)
        words = str(error) if known else f"{type(error).__name__}: {error}"
        if words != self.problem:
            say(f"稍后重试 · will be tried again: {words}")
            if not known:
                say(traceback.format_exc())
        self.problem = words

    def _round(self) -> None:
        self._wake.clear()
        self._between()
        handed, drained = self._take_handed(), self._drain_one()
        if not (handed or drained):
            self._runtime.on_silence(max(0, self._clock() - self._arrived_ms))
            self._runtime.refresh_rollups()
            if not self._upkeep.run():
                self._wake.wait(POLL_SECONDS)
        else:
            self._upkeep.run()

    def _take_handed(self) -> bool:
        """Process one batch given to `take`; False when there is none. A failure is the giver's to know."""
        try:
            batch, future = self._handed.get_nowait()
        except queue.Empty:
            return False
        self._arrived_ms = self._clock()
        try:
            done = self._runtime.checkpoint(batch.source).position
            if batch.records[0].position <= done:
                raise InputError(
                    f"{batch.source}: already stored up to {done}; is it imported twice at once?"
                )
            self._runtime.process(batch, now_ms=self._arrived_ms)
            future.set_result(self._runtime.checkpoint(batch.source))
        except Exception as error:  # noqa: BLE001 - whatever it is, it goes to whom it concerns
            known = error if isinstance(error, KefuError) else KefuError(f"{type(error).__name__}: {error}")
            future.set_exception(known)
        return True

    def _drain_one(self) -> bool:
        """Process one batch of the spool; False when there is none."""
        name = self._spool.name
        with self._metrics.stage("read"):
            records = self._spool.read(self._runtime.checkpoint(name).position, BATCH_RECORDS)
        self._metrics.backlog.set(self._spool.backlog())
        if not records:
            return False
        self._arrived_ms = self._clock()
        batch = Batch(name, records, "", False)
        self._runtime.process(batch, decode_spooled, now_ms=self._arrived_ms, masked=True)
        self._spool.trim(records[-1].position)
        return True
