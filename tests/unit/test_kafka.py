"""Kafka without a broker: plans, messages, and what is said when something is wrong."""

from __future__ import annotations

import socket
import threading

import pytest
from kafka.errors import KafkaTimeoutError, MessageSizeTooLargeError, TopicAuthorizationFailedError

from processors.facts import Masker
from processors.redact import Redactor
from streams.errors import BrokerError, SettingsError
from streams.kafka import client as kafka_client
from streams.kafka.admin import TOPICS, Topic, Wish, plan
from streams.kafka.client import admin_client, named_brokers, reason
from streams.kafka.lag import SOURCES
from streams.kafka.produce import messages
from streams.sources.base import Batch, Record
from streams.sources.topics import IN, source_of

EVENT = (
    b'{"event_id": "a1", "type": "rating", "occurred_at": 1794189600000, "shop_id": "s", "channel": "jd", '
    b'"score": 5, "scale_max": 5, "comment": "13812345678"}'
)


def topic(partitions: int) -> Topic:
    return Topic(partitions, 1, 0, 0, {})


def everything(partitions: int) -> dict[str, Topic]:
    return {f"p.{name}": topic(partitions) for name in TOPICS}


def test_nothing_is_there_and_everything_is_created() -> None:
    todo = plan(Wish(), "p.", {}, brokers=5)
    assert list(todo.create) == [f"p.{name}" for name in TOPICS]
    chat, alerts = todo.create["p.chat"], todo.create["p.alerts"]
    assert (chat["num_partitions"], chat["replication_factor"]) == (12, 3)
    assert chat["configs"]["min.insync.replicas"] == "2"
    assert chat["configs"]["retention.ms"] == str(30 * 86_400_000)
    assert alerts["num_partitions"] == 1
    assert alerts["configs"]["cleanup.policy"] == "compact"
    assert todo.grow == {}


def test_all_is_there_and_nothing_is_done() -> None:
    assert plan(Wish(), "p.", everything(24), brokers=1) == ({}, {})


def test_topics_that_come_in_grow_together_and_the_others_do_not() -> None:
    found = everything(12) | {"p.chat": topic(16)}
    assert plan(Wish(), "p.", found, 1).grow == dict.fromkeys(("p.review", "p.complaint", "p.rating"), 16)
    assert plan(Wish(partitions=20), "p.", found, 1).grow == {f"p.{name}": 20 for name in IN}


def test_one_made_up_by_a_broker_grows_to_the_usual_number() -> None:
    todo = plan(Wish(), "p.", {"p.chat": topic(1)}, brokers=1)
    assert todo.grow == {"p.chat": 12}
    assert todo.create["p.rating"]["num_partitions"] == 12


def test_partitions_are_never_taken_away() -> None:
    with pytest.raises(BrokerError, match=r"there are 12 partitions.*--partitions 12 or more"):
        plan(Wish(partitions=6), "p.", everything(12), brokers=1)


def test_replicas_need_brokers() -> None:
    with pytest.raises(BrokerError, match="2 brokers in service cannot hold 3 replicas"):
        plan(Wish(replication=3), "p.", {}, brokers=2)


def test_a_message_is_masked_and_says_what_it_is() -> None:
    redactor = Redactor(b"key")
    batch = Batch("file:a#1", [Record(7, b"no 13812345678"), Record(8, EVENT)], "", True)
    event, refused = messages(batch, Masker(redactor), redactor)
    assert (event.topic, event.key, event.refused) == ("rating", b"a1", False)
    assert dict(event.headers)["schema"] == b"kefu-pulse.event/1"
    assert (refused.topic, refused.key, refused.refused) == ("chat", None, True)
    assert {"position": b"7", "reason": b"not_json"}.items() <= dict(refused.headers).items()
    assert "schema" not in dict(refused.headers)
    assert b"13812345678" not in event.value + refused.value


def test_partitions_are_sources_under_one_prefix() -> None:
    assert source_of("kefu.chat", 3).startswith(SOURCES)


def test_no_brokers_is_a_usage_error() -> None:
    with pytest.raises(SettingsError, match="give --kafka"):
        named_brokers("")


def test_nobody_at_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    before = threading.active_count()
    said = f"cannot reach Kafka at 127.0.0.1:{port} .*is it running"
    with pytest.raises(BrokerError, match=said), admin_client(f"127.0.0.1:{port}"):
        pass
    assert threading.active_count() == before


def test_something_else_at_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_client, "BOOTSTRAP_MS", 500)
    with socket.create_server(("127.0.0.1", 0)) as server:
        brokers = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(BrokerError, match="does not answer as Kafka"), admin_client(brokers):
            pass


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TopicAuthorizationFailedError("kefu.chat"), "not authorized"),
        (MessageSizeTooLargeError(), "too large for its topic"),
        (KafkaTimeoutError(), "no answer in time"),
    ],
)
def test_errors_say_what_to_do(error: Exception, said: str) -> None:
    assert said in reason(error)
    assert "\n" not in reason(error)
