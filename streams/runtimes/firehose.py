"""Carries records of Kafka's partitions into the warehouse, in as large batches as there are.

What is stored is the truth of progress: on assignment each partition is read on from its
checkpoint, and conversations are rebuilt from stored facts. The offsets committed to Kafka are
for those who look at the group from outside. A worker that was paused and replaced writes
rows that are there already, or older ones that lose.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from processors.events import AnyEvent
from processors.pipeline import FOREVER_MS, Key
from streams.codec import Decoded, decode_many
from streams.errors import KefuError
from streams.metrics import Metrics
from streams.output import say
from streams.runtimes.announcer import Announcer
from streams.runtimes.clock import Clock
from streams.runtimes.committer import Committer, Times
from streams.runtimes.upkeep import Upkeep
from streams.sources.base import Batch, Record
from streams.sources.topics import (
    IN,
    LARGEST_RECORD,
    Kafka,
    conversation_key,
    key_of_event,
    partition_of,
    source_of,
)

BATCH_RECORDS = 5_000
"""Records of one commit when there is a backlog; with less at hand a commit is as small as that."""
POLL_MS = 200
MAX_BACKOFF_SECONDS = 3.0
PATIENCE_MS = 1_800_000
"""A warehouse that has not taken anything for so long is gone for good: the worker ends, others take over."""
SESSION_MS = 10_000
POLL_LIMIT_MS = 2 * PATIENCE_MS
"""A worker that waits for the warehouse keeps its partitions: nobody else could write either."""
FETCH_BYTES = 32 << 20
"""Bytes that a fetch from one broker brings at most: what lies in memory while the warehouse is away."""


# What the driver has to say comes up as an error, which is reported once, or mends itself.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


class Polled(NamedTuple):
    """Records of one poll, not yet committed, by partition."""

    records: Mapping[TopicPartition, Sequence[ConsumerRecord]]
    backlog: Mapping[TopicPartition, int]


class Firehose(ConsumerRebalanceListener):  # type: ignore[misc]
    """Reads, commits and answers rebalances; `run` until cancelled.

    `committer` works in a thread, one call at a time under `_lock`, while the event loop
    keeps the membership alive.
    """

    def __init__(
        self,
        kafka: Kafka,
        committer: Committer,
        announcer: Announcer,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._prefix = kafka.prefix
        self._committer = committer
        self._announcer = announcer
        self._metrics = metrics
        self._clock = clock
        self._upkeep = Upkeep(committer, clock)
        self._lock = asyncio.Lock()
        self._owned: frozenset[TopicPartition] = frozenset()
        self._pending: Polled | None = None
        self._fatal: KefuError | None = None
        self._newest: dict[TopicPartition, int] = {}
        self._arrived_ms = self._healthy_ms = clock()
        self.problem: str | None = "waiting for partitions"
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=kafka.brokers,
            group_id=kafka.group,
            group_instance_id=kafka.member or None,
            client_id=f"kefu-pulse-{socket.gethostname()}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=SESSION_MS,
            max_poll_interval_ms=POLL_LIMIT_MS,
            max_partition_fetch_bytes=LARGEST_RECORD,
            fetch_max_bytes=FETCH_BYTES,
            metadata_max_age_ms=60_000,
        )

    @property
    def keeper(self) -> bool:
        """Whether this worker keeps rollups and questions for all: it has the first partition."""
        return TopicPartition(self._prefix + IN[0], 0) in self._owned

    async def run(self) -> None:
        """Read until cancelled; the batch at hand is finished first.

        Raises KefuError when the warehouse does not take anything any more.
        """
        self._consumer.subscribe(topics=[self._prefix + name for name in IN], listener=self)
        await self._consumer.start()
        try:
            backoff = 0.0
            while True:
                await asyncio.sleep(backoff)
                if self._fatal is not None:
                    raise self._fatal
                try:
                    await asyncio.shield(asyncio.ensure_future(self._round()))
                except Exception as error:  # noqa: BLE001 - whatever it is, the records are safe in Kafka: try again
                    self._announcer.forget()
                    backoff = min(MAX_BACKOFF_SECONDS, max(0.2, 2 * backoff))
                    self._report(error)
                else:
                    backoff, self._healthy_ms = 0.0, self._clock()
                    self.problem = None if self._owned else "waiting for partitions"
        finally:
            async with self._lock:
                self._owned = frozenset()
            await self._consumer.stop()

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Finish what is at hand; what is not committed comes again, to us or to another."""
        async with self._lock:
            self._owned, self._pending = frozenset(), None
            # What waits in them is for their next owner to say.
            self._metrics.kafka_lag.clear()
            self._metrics.rebalances.inc(bool(set(revoked)))

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Read on where the warehouse says."""
        owned = frozenset(assigned)
        counts = {tp.topic: len(self._consumer.partitions_for_topic(tp.topic) or ()) for tp in owned}
        numbers = {tp.partition for tp in owned}
        # One number for all topics: `topics create` sees to that.
        partitions = max(counts.values(), default=1)

        def owns(key: Key) -> bool:
            return partition_of(conversation_key(*key), partitions) in numbers

        async with self._lock:
            sources = [source_of(tp.topic, tp.partition) for tp in owned]
            await self._patiently(lambda: self._committer.take_over(owns, sources))
            positions = {tp: self._position(tp) for tp in owned}
            await self._check(positions)
            for tp, position in positions.items():
                self._consumer.seek(tp, position)
            self._owned, self._pending = owned, None
            self._newest = {}
            self._arrived_ms = self._clock()
        if owned:
            say(f"接手分区 partitions {_named(numbers)}")

    async def _check(self, positions: Mapping[TopicPartition, int]) -> None:
        """End the worker where more is stored of a partition than it ever held: it is another topic.

        Say what Kafka has dropped before it was stored.
        """
        ends = await self._consumer.end_offsets(list(positions)) if positions else {}
        starts = await self._consumer.beginning_offsets(list(positions)) if positions else {}
        for tp, position in positions.items():
            if 0 < position < starts[tp]:
                gone = starts[tp] - position
                place = f"{tp.topic}/{tp.partition}"
                say(f"{place}: {gone} 条在入库前已被 Kafka 删除 · dropped by Kafka before they were stored")
        for tp, position in positions.items():
            if position > ends[tp]:
                self._fatal = KefuError(
                    f"{tp.topic}/{tp.partition}: 已存到 {position}，主题只到 {ends[tp]} · "
                    f"stored up to {position}, and the topic ends at {ends[tp]}: was it made anew? "
                    "Take a new KEFU_PULSE_TOPIC_PREFIX"
                )

    async def _patiently(self, work: Callable[[], None]) -> None:
        """Do work that a rebalance cannot go on without, as often as it takes."""
        while True:
            try:
                await asyncio.to_thread(work)
            except KefuError as error:
                self._report(error)
                await asyncio.sleep(1)
            else:
                return

    def _position(self, tp: TopicPartition) -> int:
        return self._committer.checkpoint(source_of(tp.topic, tp.partition)).position

    def _bare(self, topic: str) -> str:
        return topic.removeprefix(self._prefix)

    async def _round(self) -> None:
        async with self._lock:
            if self._pending is None:
                self._pending = await self._poll()
            polled = self._pending
            if polled.records:
                await self._take(polled)
                self._arrived_ms = self._clock()
            self._pending = None
            await asyncio.to_thread(self._between, self._silence(polled))

    async def _poll(self) -> Polled:
        with self._metrics.stage("read"):
            found = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH_RECORDS)
        records = {tp: batch for tp, batch in found.items() if tp in self._owned}
        return Polled(records, {tp: await self._behind(tp) for tp in self._owned})

    async def _behind(self, tp: TopicPartition) -> int:
        """Records that wait in a partition beyond those polled; -1 when nobody knows yet.

        Never raises: what was polled is gone from the driver, and must not be lost for a number.
        """
        try:
            end = self._consumer.highwater(tp)
            behind = -1 if end is None else max(0, end - await self._consumer.position(tp))
        except KafkaError:
            behind = -1
        self._metrics.kafka_lag.labels(self._bare(tp.topic), tp.partition).set(max(0, behind))
        return behind

    async def _take(self, polled: Polled) -> None:
        now_ms = self._clock()
        await asyncio.to_thread(self._commit, polled, now_ms)
        # What is committed is not to be committed again, whatever fails from here on.
        self._pending = None
        offsets = {tp: records[-1].offset + 1 for tp, records in polled.records.items()}
        try:
            await self._consumer.commit(offsets)
        except KafkaError:
            # A courtesy to those who watch the group; the checkpoints are stored.
            self._metrics.offset_commits_failed.inc()

    def _commit(self, polled: Polled, now_ms: int) -> None:
        batches = [self._decoded(tp, polled.records[tp]) for tp in sorted(polled.records)]
        slowest = min(
            (self._newest.get(tp, self._committer.watermark) for tp, left in polled.backlog.items() if left),
            default=FOREVER_MS,
        )
        strays = sum(len(batch.records) - len(d.events) - len(d.dead) for batch, d in batches)
        self._committer.commit(batches, Times(now_ms, slowest))
        self._metrics.rerouted.inc(strays)

    def _decoded(self, tp: TopicPartition, records: Sequence[ConsumerRecord]) -> tuple[Batch, Decoded]:
        """The events of a partition; those that belong to another one go there instead."""
        numbered = [Record(record.offset + 1, record.value or b"") for record in records]
        with self._metrics.stage("decode"):
            decoded = decode_many(numbered)
        partitions = len(self._consumer.partitions_for_topic(tp.topic) or ()) or 1
        strays = {
            position
            for event, position in zip(decoded.events, decoded.positions, strict=True)
            if partition_of(key_of_event(event), partitions) != tp.partition
        }
        source = source_of(tp.topic, tp.partition)
        if strays:
            raw = {record.position: record.raw for record in numbered}
            self._announcer.reroute(
                (tp.topic, key_of_event(event), raw[position])
                for event, position in zip(decoded.events, decoded.positions, strict=True)
                if position in strays
            )
            decoded = _without(decoded, strays)
        self._see(tp, decoded.events)
        return Batch(source, numbered, "", False), decoded

    def _see(self, tp: TopicPartition, events: Sequence[AnyEvent]) -> None:
        newest = max((event.occurred_at for event in events), default=0)
        self._newest[tp] = max(self._newest.get(tp, 0), min(newest, self._clock()))

    def _silence(self, polled: Polled) -> int:
        """For how long nothing has come, 0 while there is more to read."""
        if polled.records or not self._owned or any(polled.backlog.values()):
            return 0
        return max(0, self._clock() - self._arrived_ms)

    def _between(self, silence_ms: int) -> None:
        """What is done between two commits: let time pass, and what one worker does for all."""
        if silence_ms:
            self._committer.on_silence(silence_ms)
        if self.keeper:
            try:
                self._upkeep.run()
            except KefuError as error:
                # Commits go on meanwhile: it is tried again in its turn.
                self._report(error)

    def _report(self, error: Exception) -> None:
        """Say once what is wrong; raises KefuError when it has been wrong for too long."""
        self._metrics.sink_retries.inc()
        known = isinstance(error, (KefuError, KafkaError))
        words = str(error) if isinstance(error, KefuError) else f"{type(error).__name__}: {error}"
        if words != self.problem:
            say(f"稍后重试 · will be tried again: {words}")
            if not known:
                say("".join(traceback.format_exception(error)))
        self.problem = words
        if self._clock() - self._healthy_ms > PATIENCE_MS:
            minutes = PATIENCE_MS // 60_000
            raise KefuError(
                f"{minutes} 分钟写不进，退出，由其他 worker 接手 · gave up after {minutes} min: {words}"
            )


def _without(decoded: Decoded, strays: set[int]) -> Decoded:
    kept = [
        (event, position)
        for event, position in zip(decoded.events, decoded.positions, strict=True)
        if position not in strays
    ]
    return Decoded([event for event, _ in kept], [position for _, position in kept], decoded.dead)


def _named(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))
