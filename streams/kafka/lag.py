"""How far the topics that come in are stored: what waits, what is gone before it was read, who reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from kafka import TopicPartition
from kafka.protocol.consumer import OffsetSpec

from streams.kafka.admin import find_topics, full_names
from streams.kafka.client import Admin, ask
from streams.sources.topics import IN, group_of, source_of

SOURCES: Final = "kafka:"
"""How the names of all partitions begin as sources of facts."""


class Progress(NamedTuple):
    """How far a partition is stored: the next offset to read, and the newest event of it (epoch ms)."""

    position: int
    newest_event: int | None = None


class Partition(NamedTuple):
    """One partition; `stored` is None before anything of it is stored, `member` empty when nobody reads it.

    `lag` counts the records that wait, `lost` those that the broker dropped before they were stored.
    """

    topic: str
    partition: int
    start: int
    end: int
    stored: int | None
    lag: int
    lost: int
    newest_event: int | None
    member: str


class Group(NamedTuple):
    """The workers' consumer group: its state in Kafka's word, and who reads which (full topic, partition)."""

    state: str
    members: int
    readers: Mapping[tuple[str, int], str]


def find_group(client: Admin, group: str) -> Group:
    """The group as it is; one that never was has the state `Dead` and no members."""
    found = ask(client.describe_groups, [group])[group]
    readers = {
        (assigned["topic"], number): f"{member['client_id']}{member['client_host']}"
        for member in found["members"]
        for assigned in _assigned(member)
        for number in assigned["partitions"]
    }
    return Group(found["group_state"], len(found["members"]), readers)


def _assigned(member: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    # While the group shares out its partitions a member has none yet, and then this is no mapping.
    assignment = member["member_assignment"]
    return assignment["assigned_partitions"] if isinstance(assignment, Mapping) else ()


def committed(client: Admin, prefix: str) -> dict[str, Progress]:
    """What the group committed, by source. A hint: what counts is what the warehouse has."""
    group = group_of(prefix)
    offsets = ask(client.list_group_offsets, {group: None})[group]
    return {
        source_of(place.topic, place.partition): Progress(found.offset)
        for place, found in offsets.items()
        if found.offset >= 0
    }


def lag(client: Admin, prefix: str, progress: Mapping[str, Progress], group: Group) -> list[Partition]:
    """Each partition of the topics that come in and exist, measured by `progress` (by source)."""
    names = {full: name for name, full in full_names(prefix).items() if name in IN}
    found = find_topics(client, names)
    places = [
        TopicPartition(full, number)
        for full in names
        if full in found
        for number in range(found[full].partitions)
    ]
    starts = ask(client.list_partition_offsets, dict.fromkeys(places, OffsetSpec.EARLIEST)) if places else {}
    ends = ask(client.list_partition_offsets, dict.fromkeys(places, OffsetSpec.LATEST)) if places else {}
    return [
        _partition(
            place,
            starts[place].offset,
            ends[place].offset,
            progress.get(source_of(place.topic, place.partition)),
            group.readers.get((place.topic, place.partition), ""),
        )
        for place in places
    ]


def _partition(place: TopicPartition, start: int, end: int, done: Progress | None, member: str) -> Partition:
    position = done.position if done else 0
    return Partition(
        topic=place.topic,
        partition=place.partition,
        start=start,
        end=end,
        stored=done.position if done else None,
        lag=max(0, end - max(position, start)),
        lost=max(0, start - position),
        newest_event=done.newest_event if done else None,
        member=member,
    )


def newest_records(client: Admin, prefix: str) -> dict[str, int]:
    """The time of the newest record (epoch ms, by the clock of who sent it) of each topic that has one."""
    names = [full_names(prefix)[name] for name in IN]
    found = find_topics(client, names)
    places = {
        TopicPartition(name, n): OffsetSpec.MAX_TIMESTAMP
        for name in found
        for n in range(found[name].partitions)
    }
    newest: dict[str, int] = {}
    for place, record in (ask(client.list_partition_offsets, places) if places else {}).items():
        if record.timestamp >= 0:
            newest[place.topic] = max(newest.get(place.topic, 0), record.timestamp)
    return newest
