"""`topics` on a real broker: made once, grown together, never shrunk, and looked at honestly."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from streams.kafka.admin import TOPICS
from streams.sources.topics import IN
from tests.real.commands import User
from tests.real.kafka import Cluster


@pytest.fixture
def user(tmp_path: Path, kafka: str) -> User:
    return User(tmp_path, kafka)


def test_topics_are_made_once_and_are_as_they_should_be(user: User) -> None:
    code, out, err = user.run("topics", "describe", "--format", "csv")
    assert code == 1 and out.count("missing: kefu-pulse topics create") == len(TOPICS)
    assert user.run("topics", "create", "--partitions", "3")[0] == 0
    code, _, err = user.run("topics", "create")
    assert code == 0 and "nothing was changed" in err
    rows = {row["topic"].removeprefix(user.prefix): row for row in user.rows("topics", "describe")}
    assert list(rows) == list(TOPICS)
    assert all(row["ok"] for row in rows.values())
    assert (rows["chat"]["partitions"], rows["chat"]["retention_days"]) == (3, 30)
    assert (rows["alerts"]["partitions"], rows["alerts"]["cleanup"]) == (1, "compact")


def test_partitions_grow_together_and_are_never_taken_away(user: User) -> None:
    user.run("topics", "create", "--partitions", "2")
    code, _, err = user.run("topics", "create", "--partitions", "4")
    assert code == 0 and "that is safe" in err
    rows = {
        row["topic"].removeprefix(user.prefix): row["partitions"] for row in user.rows("topics", "describe")
    }
    assert {rows[name] for name in IN} == {4}
    code, _, err = user.run("topics", "create", "--partitions", "3")
    assert code == 1 and "Kafka cannot take any away" in err


def test_what_differs_is_said_and_left_alone(user: User) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=user.brokers)) as admin:
        configs = {"cleanup.policy": "compact"}
        admin.create_topics({f"{user.prefix}chat": {"num_partitions": 1, "configs": configs}})
    code, _, err = user.run("topics", "create", "--partitions", "2", "--retention-days", "7")
    assert code == 1
    assert f"{user.prefix}chat: partitions 1 → 2" in err.replace("分区 ", "")
    assert f"{user.prefix}chat: cleanup.policy=compact，应为 should be delete" in err
    assert user.run("topics", "describe")[0] == 1


@pytest.mark.slow
@pytest.mark.usefixtures("kafka_runs")
def test_three_brokers_hold_three_copies_and_a_missing_one_shows(tmp_path: Path) -> None:
    with Cluster.start(tmp_path / "kafka", brokers=3) as cluster:
        user = User(tmp_path, cluster.addresses)
        assert user.run("topics", "create", "--partitions", "2")[0] == 0
        chat = user.rows("topics", "describe")[0]
        assert (chat["replicas"], chat["min_insync"], chat["under_replicated"]) == (3, 2, 0)
        cluster.kill(2)
        # Its absence shows once its session is over.
        deadline, code, out = time.monotonic() + 30, 0, ""
        while code == 0 and time.monotonic() < deadline:
            code, out, _ = user.run("topics", "describe", "--format", "csv")
        assert code == 1 and "under-replicated" in out
