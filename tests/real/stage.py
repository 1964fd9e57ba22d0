"""A cluster on one machine: brokers, a store behind a proxy, workers to kill; and what must come out."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from processors.pipeline import Pipeline
from streams.codec import decode_many
from streams.metrics import Metrics
from streams.runtimes.committer import Committer
from streams.sources.topics import CHAT, IN, OUT, RELEASES, key_of_event, source_of, topic_of
from streams.testing import ManualClock
from streams.warehouse.books import accounts
from streams.warehouse.client import Warehouse, open_warehouse
from tests.crash.helpers import KEY
from tests.integration.shop import FAR_MS, batch, make_parts
from tests.real.clickhouse import ROOT, ClickHouse
from tests.real.faults import Faults
from tests.real.kafka import Cluster

PREFIX = "kefu."
NO_REPLY_SECONDS = 4
"""Short, so that the end of the stream is soon taken for silence."""
ZONE = "Asia/Shanghai"
FACTS = ("messages", "statuses", "ratings")
CONTENT = {
    **dict.fromkeys(FACTS, "source, position"),
    "dead_letters": "source, position",
    "turns": "is_deleted",
    "conversations": "version",
    "rollup_minute": "version, bot_response, agent_response",
    "rollup_hour": "version",
}
"""What is compared of each table: not where a row was read, nor a sketch that depends on the order."""

Row = tuple[Any, ...]
Content = dict[str, list[Row]]


class Verdict(NamedTuple):
    """What a run lost, doubled or got wrong against the embedded runtime on the same events, in rows, and by
    how many records its books are out."""

    lost: int
    doubled: int
    different: int
    books: int


FLAWLESS = Verdict(0, 0, 0, 0)


class Stage:
    """Brokers, store and workers; a context manager that leaves nothing behind."""

    def __init__(self, folder: Path, brokers: int = 1, partitions: int = 4) -> None:
        self.folder = folder
        self.partitions = partitions
        self._stack = contextlib.ExitStack()
        self.cluster = self._stack.enter_context(Cluster.start(folder / "kafka", brokers=brokers))
        self.store = self._stack.enter_context(ClickHouse.start(folder / "clickhouse"))
        self.faults = self._stack.enter_context(Faults(self.store.port))
        self.workers: list[subprocess.Popen[bytes]] = []
        self.program: tuple[str, ...] = ("-m", "streams.cli")
        self._logs = 0
        admin = KafkaAdminClient(bootstrap_servers=self.cluster.addresses)
        topic = {"num_partitions": partitions, "replication_factor": min(3, brokers)}
        admin.create_topics({PREFIX + t: topic for t in (*IN, *OUT, RELEASES)}, wait_for_metadata=True)
        admin.close()
        self.producer = KafkaProducer(
            bootstrap_servers=self.cluster.addresses,
            acks="all",
            reconnect_backoff_max_ms=500,
            # It waits for a broker that is away as long as a test lets it be away.
            max_block_ms=300_000,
            delivery_timeout_ms=300_000,
        )

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_error: object) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()
        with contextlib.suppress(Exception):
            self.producer.close(timeout=5)
        self._stack.close()

    def start_worker(self, name: str = "") -> subprocess.Popen[bytes]:
        """One more worker; one with a name comes back to its partitions when it is started again."""
        self._logs += 1
        url = self.store.url(port=self.faults.port)
        with (self.folder / f"worker{self._logs}.log").open("wb") as log:
            worker = subprocess.Popen(
                [
                    *(sys.executable, "-W", "ignore", *self.program, "worker", "--port", "0"),
                    *("--kafka", self.cluster.addresses, "--warehouse", url),
                ],
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(self.folder),
                    "PYTHONPATH": str(ROOT),
                    "KEFU_PULSE_REDACTION_KEY": KEY,
                    "KEFU_PULSE_NO_REPLY_SECONDS": str(NO_REPLY_SECONDS),
                    "KEFU_PULSE_WORKER_ID": name,
                },
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        self.workers.append(worker)
        return worker

    def end_worker(self, worker: subprocess.Popen[bytes], how: signal.Signals = signal.SIGKILL) -> int:
        """End a worker; its exit code."""
        worker.send_signal(how)
        self.workers.remove(worker)
        return worker.wait(timeout=60)

    def send(self, lines: Sequence[bytes], key: bytes | None = None) -> None:
        """Produce lines as they are, each to its topic, by the key of its conversation or by `key`."""
        for line in lines:
            events = decode_many([(1, line)]).events
            if events:
                own = key_of_event(events[0]).encode()
                self.producer.send(PREFIX + topic_of(events[0]), key=key or own, value=line)
            else:
                self.producer.send(PREFIX + CHAT, value=line)

    def ends(self) -> dict[str, int]:
        """The end offset of each partition that comes in, by the name of its source."""
        consumer = KafkaConsumer(bootstrap_servers=self.cluster.addresses)
        try:
            places = [TopicPartition(PREFIX + topic, n) for topic in IN for n in range(self.partitions)]
            found = consumer.end_offsets(places)
        finally:
            consumer.close()
        return {source_of(tp.topic, tp.partition): at for tp, at in found.items() if at}

    def stored(self) -> dict[str, int]:
        """How far each source is stored; nothing while the store is away."""
        with contextlib.suppress(OSError, AssertionError):
            lines = self.store.ask("SELECT source, position FROM checkpoints FINAL").splitlines()
            return {source: int(position) for source, position in (line.split("\t") for line in lines)}
        return {}

    def wait_working(self, seconds: float = 60) -> None:
        """Wait until the workers have partitions."""
        for number in range(1, self._logs + 1):
            log = self.folder / f"worker{number}.log"
            self._wait(lambda log=log: "partitions" in log.read_text(), seconds, "no partitions")

    def wait_caught_up(self, seconds: float = 120) -> None:
        """Wait until all that was sent is stored, and timers and rollups are done."""
        self.wait_stored(seconds)
        self.wait_settled(seconds)

    def wait_stored(self, seconds: float = 120) -> None:
        """Wait until all that was sent is stored."""
        self.producer.flush(timeout=60)
        ends = self.ends()
        self._wait(lambda: self.stored() == ends or self._moved(ends), seconds, "records are not all stored")

    def wait_settled(self, seconds: float = 120) -> None:
        """Wait until every timer has fired and rollups are right."""
        settled = (
            "SELECT (SELECT count() FROM turns FINAL WHERE state = 'open') + "
            "(SELECT count() FROM dirty_minutes FINAL WHERE dirty = 1)"
        )
        quiet = 0

        def calm() -> bool:
            nonlocal quiet
            quiet = quiet + 1 if self.store.ask(settled) == "0" else 0
            return quiet >= 5

        self._wait(calm, seconds, "timers or rollups are behind")

    def _moved(self, ends: dict[str, int]) -> bool:
        """Rerouted records have made the ends move on."""
        ends.update(self.ends())
        return self.stored() == ends

    def _wait(self, done: Callable[[], bool], seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                logs = "\n".join(p.read_text()[-2_000:] for p in sorted(self.folder.glob("worker*.log"))[-3:])
                raise AssertionError(f"{what}: {self.stored()} of {self.ends()}\n{logs}")
            time.sleep(0.2)

    def judge(self, expected: Content) -> Verdict:
        """Compare the tables with those of the embedded runtime."""
        with open_warehouse(self.store.url(), timezone=ZONE) as store:
            found = content(store)
            missing = sum(abs(account.missing) for account in accounts(store))
        lost = doubled = 0
        for table in FACTS:
            ids = [row[0] for row in found[table]]
            wanted = {row[0] for row in expected[table]}
            lost += len(wanted - set(ids))
            doubled += len(ids) - len(wanted & set(ids))
        different = sum(len(_difference(found[table], expected[table])) for table in expected)
        return Verdict(lost, doubled, different, missing)

    def differences(self, expected: Content) -> str:
        """The first rows of each table that are not as they should be."""
        with open_warehouse(self.store.url(), timezone=ZONE) as store:
            found = content(store)
        return "\n".join(
            f"{table}: {row}" for table in expected for row in _difference(found[table], expected[table])[:4]
        )


def content(store: Warehouse) -> Content:
    """What tables say, without where it was read and when it was written."""
    return {
        table: sorted(store.query(f"SELECT * EXCEPT ({hidden}) FROM {table}").rows, key=repr)
        for table, hidden in CONTENT.items()
    }


def expected_content(folder: Path, lines: Sequence[bytes]) -> Content:
    """What the embedded runtime makes of the same events."""
    parts = make_parts()
    pipeline = Pipeline(parts.pipeline._reader, NO_REPLY_SECONDS * 1000)
    with open_warehouse(str(folder), timezone=ZONE) as store:
        runtime = Committer(store, parts._replace(pipeline=pipeline), Metrics(), ManualClock(FAR_MS))
        for start in range(0, len(lines), 500):
            runtime.process(batch(lines[start : start + 500], start + 1))
        runtime.finish_history()
        runtime.refresh_rollups()
        return content(store)


def _difference(found: Sequence[Row], expected: Sequence[Row]) -> list[str]:
    """Rows that only one side has."""
    mine, theirs = Counter(map(repr, found)), Counter(map(repr, expected))
    extra = [f"unexpected {row}" for row in (mine - theirs).elements()]
    return extra + [f"missing {row}" for row in (theirs - mine).elements()]
