"""Reads what came in between two moments again, from the topics."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from kafka import KafkaConsumer, TopicPartition

from streams.kafka.client import BOOTSTRAP_MS, worded
from streams.sources.base import Batch, Record
from streams.sources.topics import IN, source_of

POLL_MS: Final = 5_000
BATCH_RECORDS: Final = 5_000


class Stretch(NamedTuple):
    """The records of a partition from offset `first` up to `end`, which is not one of them."""

    topic: str
    partition: int
    first: int
    end: int


class History:
    """The topics that come in, by when their records arrived."""

    def __init__(self, consumer: KafkaConsumer, prefix: str) -> None:
        self._consumer = consumer
        self._prefix = prefix

    def stretches(self, start_ms: int, end_ms: int) -> list[Stretch]:
        """What arrived in [start_ms, end_ms), by the time that the broker or the producer gave it."""
        places = [
            TopicPartition(self._prefix + topic, number)
            for topic in IN
            for number in sorted(self._consumer.partitions_for_topic(self._prefix + topic) or ())
        ]
        ends = self._consumer.end_offsets(places)
        first = self._consumer.offsets_for_times(dict.fromkeys(places, start_ms))
        last = self._consumer.offsets_for_times(dict.fromkeys(places, end_ms))
        found = []
        for place in places:
            begin = first[place].offset if first[place] else ends[place]
            end = last[place].offset if last[place] else ends[place]
            if begin < end:
                found.append(Stretch(place.topic, place.partition, begin, end))
        return found

    def batches(self, stretch: Stretch) -> Iterator[Batch]:
        """The records of a stretch, under the source and the positions that a worker gives them."""
        place = TopicPartition(stretch.topic, stretch.partition)
        self._consumer.assign([place])
        self._consumer.seek(place, stretch.first)
        source, at = source_of(stretch.topic, stretch.partition), stretch.first
        while at < stretch.end:
            polled = self._consumer.poll(timeout_ms=POLL_MS, max_records=BATCH_RECORDS).get(place, [])
            records = [Record(r.offset + 1, r.value or b"") for r in polled if r.offset < stretch.end]
            # Past what compaction or a transaction left out: the position says more than the records do.
            at = self._consumer.position(place)
            if records:
                yield Batch(source, records, "", at >= stretch.end)


@contextmanager
def history(brokers: str, prefix: str) -> Iterator[History]:
    """Connect. Raises BrokerError, in the body too."""
    with worded(brokers):
        consumer = KafkaConsumer(
            bootstrap_servers=brokers.split(","),
            bootstrap_timeout_ms=BOOTSTRAP_MS,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            group_id=None,
        )
        try:
            yield History(consumer, prefix)
        finally:
            consumer.close()
