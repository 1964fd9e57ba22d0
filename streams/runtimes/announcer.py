"""Tells other consumers what a commit has written, and passes on events that came to the wrong partition.

Both are acknowledged before the commit's checkpoints are written, so a death in between sends
some of it again, never too little: consumers tell by key and version, workers by the event's id.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from msgspec import Struct

from processors.records import dead_letter_records, tag_records, unanswered_records
from streams.errors import BrokerError, KefuError
from streams.runtimes.committer import Written
from streams.sources.topics import DEAD_LETTERS, LARGEST_RECORD, TAGS, UNANSWERED, Kafka, partition_of

SEND_SECONDS = 60.0
"""After so long a broker counts as gone; the commit is tried again."""
_HEADERS = [("content-type", b"application/json")]
_REROUTED = [*_HEADERS, ("rerouted", b"1")]

Message = tuple[str, str, bytes]
"""Topic with prefix, key, value."""


class Announcer:
    """Sends from the committer's thread through a producer of the event loop."""

    def __init__(self, kafka: Kafka, loop: asyncio.AbstractEventLoop) -> None:
        self._prefix, self._brokers = kafka.prefix, kafka.brokers
        self._loop = loop
        self._strays: list[Message] = []
        self._encoder = msgspec.json.Encoder()
        self._producer = AIOKafkaProducer(
            bootstrap_servers=kafka.brokers,
            acks="all",
            enable_idempotence=True,
            max_batch_size=1 << 18,
            max_request_size=LARGEST_RECORD,
        )

    async def start(self) -> None:
        """Connect. Raises BrokerError."""
        try:
            await self._producer.start()
        except KafkaError as error:
            raise BrokerError(
                f"Kafka {self._brokers}: 没有应答 · no answer ({error}): is it running, is the address right?"
            ) from error

    async def stop(self) -> None:
        """Send what is under way and disconnect."""
        await self._producer.stop()

    def reroute(self, events: Iterable[Message]) -> None:
        """Send these events again, to where they belong, with the next commit."""
        self._strays.extend(events)

    def forget(self) -> None:
        """The commit did not come about: whatever it had to reroute comes again."""
        self._strays.clear()

    def announce(self, written: Written) -> None:
        """Send what a commit has written; acknowledged when this returns. Raises KefuError."""
        outgoing = [
            *self._messages(TAGS, tag_records(written.facts.messages)),
            *self._messages(UNANSWERED, unanswered_records(written.verdicts.turns)),
            *self._messages(DEAD_LETTERS, dead_letter_records(written.dead)),
        ]
        if not (outgoing or self._strays):
            return
        sending = asyncio.run_coroutine_threadsafe(self._send(outgoing, list(self._strays)), self._loop)
        try:
            sending.result(SEND_SECONDS)
        except (KafkaError, FutureTimeoutError, TimeoutError) as error:
            sending.cancel()
            raise KefuError(
                f"Kafka 不收 · does not take what was written: {type(error).__name__}: {error}"
            ) from error
        self._strays.clear()

    def _messages(self, topic: str, records: Iterable[tuple[str, Struct]]) -> list[Message]:
        name = self._prefix + topic
        return [(name, key, self._encoder.encode(record)) for key, record in records]

    async def _send(self, outgoing: Sequence[Message], strays: Sequence[Message]) -> None:
        futures = [*await self._batches(outgoing, _HEADERS), *await self._batches(strays, _REROUTED)]
        await asyncio.gather(*futures)

    async def _batches(
        self, messages: Sequence[Message], headers: list[tuple[str, bytes]]
    ) -> list[asyncio.Future[object]]:
        counts = {topic: len(await self._producer.partitions_for(topic)) for topic, _, _ in _firsts(messages)}
        by_place: dict[tuple[str, int], list[tuple[str, bytes]]] = defaultdict(list)
        for topic, key, value in messages:
            by_place[topic, partition_of(key, counts[topic])].append((key, value))
        futures = []
        for (topic, partition), pairs in by_place.items():
            batch = self._producer.create_batch()
            for key, value in pairs:
                item = {"key": key.encode(), "value": value, "timestamp": None, "headers": headers}
                if batch.append(**item) is None:
                    futures.append(await self._producer.send_batch(batch, topic, partition=partition))
                    batch = self._producer.create_batch()
                    batch.append(**item)
            futures.append(await self._producer.send_batch(batch, topic, partition=partition))
        return futures


def _firsts(messages: Iterable[Message]) -> Iterable[Message]:
    """One message of each topic."""
    return {message[0]: message for message in messages}.values()
