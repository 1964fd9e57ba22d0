"""Edges of the worker that a broker seldom shows: nothing is lost or dropped uncounted there either."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from processors.rows import ReleaseRow
from streams.metrics import Metrics
from streams.runtimes.faust_app import take_release
from streams.runtimes.firehose import Firehose
from streams.sources.topics import Kafka
from streams.testing import ManualClock

PLACE = TopicPartition("kefu.chat", 0)


class Unsure:
    """A consumer that has records and cannot say where it stands."""

    async def getmany(self, **_options: Any) -> dict[TopicPartition, list[str]]:
        return {PLACE: ["a record"]}

    def highwater(self, _place: TopicPartition) -> int:
        return 5

    async def position(self, _place: TopicPartition) -> int:
        raise KafkaError("no position")


def test_what_was_polled_is_kept_although_nobody_knows_how_much_waits() -> None:
    async def poll() -> tuple[Any, Any]:
        stub: Any = None
        firehose = Firehose(Kafka("127.0.0.1:9", "kefu."), stub, stub, Metrics(), ManualClock())
        firehose._consumer, firehose._owned = Unsure(), frozenset({PLACE})
        polled = await firehose._poll()
        return polled.records, polled.backlog

    assert asyncio.run(poll()) == ({PLACE: ["a record"]}, {PLACE: -1})


def test_a_release_that_is_none_is_counted_and_the_next_one_is_stored() -> None:
    stored: list[ReleaseRow] = []
    metrics = Metrics()

    async def take() -> None:
        for raw in (None, b"", b"{", b"[]", b'{"release_id": "r"}', b"\xff"):
            await take_release(raw, stored.extend, metrics)
        await take_release(b'{"release_id":"r","kind":"promotion","starts_at":1}', stored.extend, metrics)

    asyncio.run(take())
    assert [row.release_id for row in stored] == ["r"]
    counted = metrics.registry.get_sample_value
    assert counted("kefu_pulse_releases_total", {"outcome": "refused"}) == 6
    assert counted("kefu_pulse_releases_total", {"outcome": "stored"}) == 1
