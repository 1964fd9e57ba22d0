"""Sends records: events to their topics by their keys, and what is no event to where a worker meets it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from kafka import KafkaProducer
from kafka.errors import KafkaError
from kafka.producer.future import FutureRecordMetadata

from processors.events import DeadLetter
from processors.facts import Masker
from processors.records import EVENT_SCHEMA
from processors.redact import Redactor
from streams.errors import BrokerError
from streams.kafka.client import CLOSE_SECONDS, reason
from streams.sources.base import Batch
from streams.sources.intake import MaskedEvent, masked
from streams.sources.topics import CHAT, key_of_event, topic_of

DELIVERY_SECONDS: Final = 120
Headers = list[tuple[str, bytes]]
_Sent = tuple["Message", FutureRecordMetadata]


class Message(NamedTuple):
    """A message as it is sent; `topic` without prefix, `refused` where it holds no event."""

    topic: str
    key: bytes | None
    value: bytes
    headers: Headers
    refused: bool = False


class Tally(NamedTuple):
    """Acknowledged messages by topic without prefix: events, and records that are none."""

    events: Counter[str]
    refused: Counter[str]

    @property
    def acknowledged(self) -> int:
        """All of them."""
        return self.events.total() + self.refused.total()


def messages(batch: Batch, masker: Masker, redactor: Redactor) -> Iterator[Message]:
    """The messages of a batch: its events in order, then what is refused. Personal data is masked."""
    taken = masked(batch.records, masker, redactor)
    yield from (_event(event, batch.source) for event in taken.events)
    yield from (_refused(letter, batch.source) for letter in taken.dead)


def _event(taken: MaskedEvent, source: str) -> Message:
    headers = [
        ("content-type", b"application/json"),
        ("schema", EVENT_SCHEMA.encode()),
        ("source", source.encode("utf-8", "replace")),
    ]
    return Message(topic_of(taken.event), key_of_event(taken.event).encode(), taken.raw, headers)


def _refused(letter: DeadLetter, source: str) -> Message:
    """A record that is no event, as it is but masked: the worker that reads it makes a dead letter of it."""
    headers = [
        ("content-type", b"text/plain; charset=utf-8"),
        ("source", source.encode("utf-8", "replace")),
        ("position", str(letter.position).encode()),
        ("reason", letter.reason.encode()),
        ("detail", letter.detail.encode()),
    ]
    return Message(CHAT, None, letter.raw.encode(), headers, refused=True)


class Sender:
    """Sends messages and counts what was acknowledged; at most two batches are under way at once."""

    def __init__(self, producer: KafkaProducer, prefix: str, delivery_seconds: float) -> None:
        self.tally = Tally(Counter(), Counter())
        self.sent = 0
        self._producer = producer
        self._prefix = prefix
        # The producer gives up first, but for a broker that hangs with requests on their way.
        self._patience = delivery_seconds + CLOSE_SECONDS
        self._waiting: list[_Sent] = []

    def send(self, batch: Iterable[Message]) -> None:
        """Send `batch`, and wait for the one before it.

        Raises BrokerError, once all that is under way is settled, when something was not acknowledged.
        """
        before, self._waiting = self._waiting, []
        failure: KafkaError | None = None
        try:
            for message in batch:
                self._waiting.append((message, self._append(message)))
                self.sent += 1
        except KafkaError as error:
            failure = error
        deadline = time.monotonic() + self._patience
        self._check(self._settle(before, deadline) or failure, deadline)

    def finish(self) -> None:
        """Wait until all that was sent is acknowledged; raises as `send` does."""
        deadline = time.monotonic() + self._patience
        self._check(self._settle(self._taken(), deadline), deadline)

    def _append(self, message: Message) -> FutureRecordMetadata:
        topic = f"{self._prefix}{message.topic}"
        future: FutureRecordMetadata = self._producer.send(topic, message.value, message.key, message.headers)
        return future

    def _settle(self, sent: Iterable[_Sent], deadline: float) -> KafkaError | None:
        """Wait for `sent` until `deadline` and count; the first failure among them."""
        failure: KafkaError | None = None
        for message, future in sent:
            try:
                future.get(timeout=max(0.0, deadline - time.monotonic()))
            except KafkaError as error:
                failure = failure or error
            else:
                counted = self.tally.refused if message.refused else self.tally.events
                counted[message.topic] += 1
        return failure

    def _taken(self) -> list[_Sent]:
        taken, self._waiting = self._waiting, []
        return taken

    def _check(self, failure: KafkaError | None, deadline: float) -> None:
        if failure is None:
            return
        self._settle(self._taken(), deadline)
        done = self.tally.acknowledged
        raise BrokerError(
            f"已确认 {done} 条，其余没有 · {done} records were acknowledged and the rest was not "
            f"({reason(failure)}): once the brokers are well, send the file again; what arrived counts once"
        )
