"""The topics: their names, what goes where, and by which key.

All events of a conversation have one key and so one partition, whose number is the same in each
of the topics that come in: whoever reads partition 3 of `chat` reads partition 3 of `rating`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from aiokafka.partitioner import murmur2

from processors.events import AnyEvent, ChatMessage, ChatStatus, Complaint, Rating, Review

CHAT, REVIEW, COMPLAINT, RATING = "chat", "review", "complaint", "rating"
IN: Final = (CHAT, REVIEW, COMPLAINT, RATING)
"""Topics that the workers read; all with the same number of partitions."""
TAGS, UNANSWERED, RETRAINING, ALERTS, DEAD_LETTERS = (
    "tags",
    "unanswered",
    "retraining",
    "alerts",
    "dead-letters",
)
OUT: Final = (TAGS, UNANSWERED, RETRAINING, ALERTS, DEAD_LETTERS)
"""Topics that the workers write."""
RELEASES: Final = "releases"
"""Releases of the bot, promotions and the like, told to the workers: the annotations of every chart."""


class Kafka(NamedTuple):
    """Where the topics are, what stands before their names, and the lasting name of a worker or ""."""

    brokers: str
    prefix: str
    member: str = ""

    @property
    def group(self) -> str:
        """The consumer group of the workers."""
        return group_of(self.prefix)


_TOPIC_OF: Final[dict[type[AnyEvent], str]] = {
    ChatMessage: CHAT,
    ChatStatus: CHAT,
    Review: REVIEW,
    Complaint: COMPLAINT,
    Rating: RATING,
}
LARGEST_RECORD: Final = 4 << 20
"""An event of 1 MiB that is full of numbers to mask grows to about three times that."""
_KEYS_KEPT = 100_000


def group_of(prefix: str) -> str:
    """The consumer group of the workers."""
    return f"{prefix}worker"


def topic_of(event: AnyEvent) -> str:
    """The topic of an event, without prefix."""
    return _TOPIC_OF[type(event)]


def key_of_event(event: AnyEvent) -> str:
    """`shop_id/channel/conversation_id`; of an event outside conversations, its id."""
    conversation = getattr(event, "conversation_id", "")
    if not conversation:
        return event.event_id
    return conversation_key(event.shop_id, event.channel, conversation)


def conversation_key(shop_id: str, channel: str, conversation_id: str) -> str:
    """The key of all events of a conversation."""
    return f"{shop_id}/{channel}/{conversation_id}"


@lru_cache(_KEYS_KEPT)
def partition_of(key: str, partitions: int) -> int:
    """The partition of a key as Kafka's own clients choose it: murmur2 of its UTF-8 bytes."""
    hashed: int = murmur2(key.encode("utf-8", "surrogatepass"))
    return (hashed & 0x7FFFFFFF) % partitions


def source_of(topic: str, partition: int) -> str:
    """The name of a partition as the source of facts, `topic` in full; positions in it are offset + 1."""
    return f"kafka:{topic}/{partition}"
