"""`produce` on a real broker: masked, keyed, acknowledged, and honest when the broker goes away."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from streams.codec import decode
from streams.sources.topics import IN, key_of_event, partition_of
from tests.real.commands import User, chat
from tests.real.kafka import Cluster

BATCH = 5_000


@pytest.fixture
def user(tmp_path: Path, kafka: str) -> User:
    made = User(tmp_path, kafka)
    assert made.run("topics", "create", "--partitions", "3")[0] == 0
    return made


def read(user: User) -> Iterator[Any]:
    """All records of the topics that come in."""
    with closing(KafkaConsumer(bootstrap_servers=user.brokers, auto_offset_reset="earliest")) as consumer:
        names = [f"{user.prefix}{name}" for name in IN]
        parts = [TopicPartition(name, n) for name in names for n in consumer.partitions_for_topic(name)]
        consumer.assign(parts)
        ends = consumer.end_offsets(parts)
        while any(consumer.position(part) < ends[part] for part in parts):
            for records in consumer.poll(timeout_ms=1_000).values():
                yield from records


def rating(number: int, conversation: str) -> bytes:
    event = {"event_id": f"r{number}", "type": "rating", "occurred_at": 1_794_189_600_000, "shop_id": "s"}
    event |= {"channel": "jd", "conversation_id": conversation, "score": 5, "scale_max": 5}
    return json.dumps(event).encode() + b"\n"


def test_a_file_arrives_masked_keyed_and_whole(user: User) -> None:
    file = user.home / "events.jsonl.gz"
    good = [chat(n, f"c{n % 5}") for n in range(20)] + [rating(n, f"c{n}") for n in range(5)]
    bad = [b'{"event_id": "x", "text": "13812345678"}\n', b"nothing\n"]
    file.write_bytes(gzip.compress(b"".join([*good, *bad])))
    code, _, err = user.run("produce", str(file))
    assert code == 0, err
    assert "all acknowledged: 27" in err and "sending again is harmless" in err
    records = list(read(user))
    assert len(records) == 27
    assert not any(b"13812345678" in record.value for record in records)
    refused = [record for record in records if record.key is None]
    assert {dict(record.headers)["reason"] for record in refused} == {b"missing_field", b"not_json"}
    for record in records:
        if record.key is not None:
            event = decode(record.value, 1)
            assert record.key.decode() == key_of_event(event)  # type: ignore[arg-type]
            assert record.partition == partition_of(record.key.decode(), 3)
            assert dict(record.headers)["source"].startswith(b"file:events.jsonl.gz#")


def test_tables_and_stdin_are_sent_too(user: User) -> None:
    mapping, table = user.home / "mapping.yaml", user.home / "reviews.csv"
    mapping.write_text(
        "fields:\n  type: {value: review}\n  shop_id: {value: s}\n  channel: {value: jd}\n"
        "  event_id: id\n  occurred_at: at\n  text: words\n"
    )
    table.write_text("id,at,words\n1,2026-11-09 10:00:00,好\n2,never,不好\n")
    code, _, err = user.run("produce", str(table), "-", "--mapping", str(mapping), stdin=b"id,at,words\n")
    assert code == 0, err
    assert f"{user.prefix}review: 事件 events 1" in err
    assert f"{user.prefix}chat: 事件 events 0 · 不是事件 refused 1" in err


def test_without_topics_nothing_is_sent(tmp_path: Path, kafka: str) -> None:
    code, _, err = User(tmp_path, kafka).run("produce", "-", stdin=chat(1))
    assert code == 1 and "run kefu-pulse topics create" in err


@pytest.mark.slow
@pytest.mark.usefixtures("kafka_runs")
@pytest.mark.parametrize("hangs", [False, True])
def test_a_broker_that_goes_away_is_not_taken_for_success(tmp_path: Path, hangs: bool) -> None:
    with Cluster.start(tmp_path / "kafka") as cluster:
        user = User(tmp_path, cluster.addresses)
        assert user.run("topics", "create", "--partitions", "1")[0] == 0
        process = user.start("produce", "-", "--timeout", "3")
        assert process.stdin is not None
        process.stdin.write(b"".join(chat(n) for n in range(BATCH)))
        process.stdin.flush()
        time.sleep(3)
        cluster.pause(1) if hangs else cluster.kill(1)
        began = time.monotonic()
        _, err = process.communicate(b"".join(chat(n) for n in range(BATCH, 2 * BATCH)), timeout=60)
        assert process.returncode == 1
        assert time.monotonic() - began < 30
        assert re.fullmatch(rb"kefu-pulse: .*5000 records were acknowledged and the rest was not.*\n", err), (
            err
        )
        cluster.resume(1) if hangs else cluster.restart(1)
        cluster.wait_ready()
        there = {decode(record.value, 1).event_id for record in read(user)}  # type: ignore[union-attr]
        assert {f"e{n}" for n in range(BATCH)} <= there
