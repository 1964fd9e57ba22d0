"""The test kit keeps its word: acknowledged records outlive kill -9, and a quorum loses one."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from tests.real.kafka import Cluster

RECORDS = 1_000


def create(addresses: str, partitions: int = 1) -> str:
    """A new topic under a name of its own."""
    topic = f"t-{uuid.uuid4()}"
    with closing(KafkaAdminClient(bootstrap_servers=addresses)) as admin:
        admin.create_topics({topic: {"num_partitions": partitions}}, wait_for_metadata=True)
    return topic


def produce(addresses: str, topic: str, values: Iterable[int]) -> None:
    """Send `values`, and raise unless every one was acknowledged by all in-sync copies."""
    with closing(KafkaProducer(bootstrap_servers=addresses, acks="all")) as producer:
        for sent in [producer.send(topic, value=str(value).encode()) for value in values]:
            sent.get(timeout=30)


def read(addresses: str, topic: str) -> list[int]:
    """All values of the topic, sorted."""
    with closing(KafkaConsumer(bootstrap_servers=addresses, auto_offset_reset="earliest")) as consumer:
        parts = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic))]
        consumer.assign(parts)
        ends = consumer.end_offsets(parts)
        values: list[int] = []
        while any(consumer.position(part) < ends[part] for part in parts):
            for records in consumer.poll(timeout_ms=1_000).values():
                values += [int(record.value) for record in records]
    return sorted(values)


def test_shared_broker_gives_back_what_it_took(kafka: str) -> None:
    topic = create(kafka, partitions=3)
    produce(kafka, topic, range(RECORDS))
    assert read(kafka, topic) == list(range(RECORDS))


@pytest.mark.usefixtures("kafka_runs")
def test_acknowledged_records_survive_kill_9(tmp_path: Path) -> None:
    with Cluster.start(tmp_path) as cluster:
        topic = create(cluster.addresses)
        produce(cluster.addresses, topic, range(RECORDS))
        cluster.kill(1)
        assert not cluster.node(1).running
        cluster.restart(1)
        assert read(cluster.addresses, topic) == list(range(RECORDS))


@pytest.mark.usefixtures("kafka_runs")
def test_broker_outlives_the_thread_that_restarted_it(tmp_path: Path) -> None:
    with Cluster.start(tmp_path) as cluster:
        thread = threading.Thread(target=cluster.restart, args=(1,))
        thread.start()
        thread.join()
        topic = create(cluster.addresses)
        produce(cluster.addresses, topic, range(10))
        assert cluster.node(1).running


@pytest.mark.slow
@pytest.mark.usefixtures("kafka_runs")
def test_three_brokers_lose_one_and_go_on(tmp_path: Path) -> None:
    with Cluster.start(tmp_path, brokers=3) as cluster:
        topic = create(cluster.addresses, partitions=3)
        produce(cluster.addresses, topic, range(RECORDS))
        cluster.kill(2)
        produce(cluster.addresses, topic, range(RECORDS, 2 * RECORDS))
        assert read(cluster.addresses, topic) == list(range(2 * RECORDS))


@pytest.mark.slow
@pytest.mark.usefixtures("kafka_runs")
def test_paused_and_killed_brokers_come_back_into_service(tmp_path: Path) -> None:
    with Cluster.start(tmp_path, brokers=3) as cluster:
        cluster.pause(1)
        cluster.kill(3)
        cluster.resume(1)
        cluster.restart(3)
        topic = create(cluster.addresses, partitions=3)
        produce(cluster.addresses, topic, range(10))
        assert read(cluster.addresses, topic) == list(range(10))
