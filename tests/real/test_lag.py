"""`lag` and `doctor` on a real broker: by the warehouse where it answers, by the group where it does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from processors.rows import CheckpointRow, MessageRow
from streams.sources.topics import source_of
from streams.warehouse.client import open_warehouse
from tests.real.commands import User, chat

NEWEST_MS = 1_794_189_603_000


@pytest.fixture
def user(tmp_path: Path, kafka: str) -> User:
    """Ten messages of one conversation in a topic of one partition."""
    made = User(tmp_path, kafka)
    assert made.run("topics", "create", "--partitions", "1")[0] == 0
    assert made.run("produce", "-", stdin=b"".join(chat(n) for n in range(10)))[0] == 0
    return made


def of_chat(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return next(row for row in rows if row["topic"].endswith("chat"))


@contextmanager
def reading(user: User) -> Iterator[KafkaConsumer]:
    """A member of the workers' group that has read four messages."""
    consumer = KafkaConsumer(
        f"{user.prefix}chat",
        bootstrap_servers=user.brokers,
        group_id=f"{user.prefix}worker",
        client_id="w1",
        auto_offset_reset="earliest",
        max_poll_records=4,
    )
    with closing(consumer):
        read = 0
        while read < 4:
            read += sum(map(len, consumer.poll(timeout_ms=1_000).values()))
        consumer.commit()
        yield consumer


def test_without_a_warehouse_the_group_is_asked(user: User) -> None:
    rows = user.rows("lag")
    assert (of_chat(rows)["stored"], of_chat(rows)["lag"]) == (None, 10)
    with reading(user):
        code, out, err = user.run("lag", "--format", "jsonl")
        assert code == 0 and "members 1" in err and "going by what the group committed" in err
        row = of_chat([json.loads(line) for line in out.splitlines()])
        assert (row["end"], row["stored"], row["lag"]) == (10, 4, 6)
        assert row["member"].startswith("w1/")
        assert json.loads(out.splitlines()[-1])["lag"] == 6


def store(user: User, position: int) -> None:
    """What a worker leaves that has stored `position` messages."""
    source = source_of(f"{user.prefix}chat", 0)
    with open_warehouse(str(user.home / "data"), timezone="Asia/Shanghai") as warehouse:
        event = {"event_id": "e3", "type": "chat.message", "shop_id": "s", "channel": "jd", "source": source}
        row = MessageRow(**event, occurred_at=NEWEST_MS, conversation_id="c1", position=position)  # type: ignore[arg-type]
        warehouse.insert("messages", [row])
        books = {"received": 1, "stored": 1, "duplicates": 0, "dead_letters": 0, "watermark": NEWEST_MS}
        warehouse.insert("checkpoints", [CheckpointRow(source=source, position=position, **books)])  # type: ignore[arg-type]


def test_the_warehouse_counts_and_the_group_does_not(user: User) -> None:
    store(user, 7)
    with reading(user):
        pass
    code, out, err = user.run("lag", "--format", "jsonl")
    assert code == 0 and "going by the warehouse" in err
    *rows, total = [json.loads(line) for line in out.splitlines()]
    assert (of_chat(rows)["stored"], of_chat(rows)["lag"]) == (7, 3)
    assert of_chat(rows)["newest_event"] == "2026-11-09T10:00:03.000+08:00"
    assert (total["topic"], total["partition"], total["lag"], total["end"]) == ("total", 4, 3, 10)


def test_records_that_expired_before_they_were_stored_are_named(user: User) -> None:
    store(user, 2)
    with closing(KafkaAdminClient(bootstrap_servers=user.brokers)) as admin:
        admin.delete_records({TopicPartition(f"{user.prefix}chat", 0): 5})
    code, out, err = user.run("lag", "--format", "jsonl")
    row = of_chat([json.loads(line) for line in out.splitlines()])
    assert (code, row["lag"], row["lost"]) == (0, 5, 3)
    assert "3 records expired before they were stored" in err


def test_doctor_looks_at_kafka(user: User) -> None:
    store(user, 10)
    checks = {row["name"]: row for row in user.rows("doctor")}
    assert list(checks)[-4:] == ["kafka", "topics", "records", "lag"]
    assert checks["lag"]["found"].startswith("lag=0 lost=0")
    store(user, 12)
    user.run("produce", "-", stdin=b"".join(chat(n) for n in range(10, 15)))
    code, out, _ = user.run("doctor", "--format", "jsonl")
    lag = json.loads(out.splitlines()[-1])
    assert (code, lag["ok"], "start a worker" in lag["advice"]) == (1, False, True)
