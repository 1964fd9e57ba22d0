"""Topics as they should be, as they are, and the way from one to the other."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from kafka.admin import ConfigResource
from kafka.errors import TopicAlreadyExistsError

from streams.errors import BrokerError
from streams.kafka.client import Admin, ask
from streams.sources.topics import ALERTS, IN, LARGEST_RECORD, OUT, RELEASES, RETRAINING

PARTITIONS: Final = 12
RETENTION_DAYS: Final = 30
MOST_REPLICAS: Final = 3
READY_SECONDS: Final = 20.0
DAY_MS: Final = 86_400_000
COMPACTED: Final = frozenset({RETRAINING, ALERTS, RELEASES})
"""Topics whose newest record of a key is the truth; they are thin, and have one partition, read in order."""
TOPICS: Final = (*IN, *OUT, RELEASES)
_CONFIGS: Final = ("cleanup.policy", "retention.ms", "min.insync.replicas", "max.message.bytes")


class Wish(NamedTuple):
    """What a user asked for; None where that is left to us."""

    partitions: int | None = None
    replication: int | None = None
    retention_days: int | None = None


class Topic(NamedTuple):
    """A topic as it is. `replicas` is that of its least replicated partition."""

    partitions: int
    replicas: int
    under_replicated: int
    leaderless: int
    configs: Mapping[str, str]


class Plan(NamedTuple):
    """Topics to create, with their settings, and topics to grow, with their new number of partitions."""

    create: dict[str, dict[str, Any]]
    grow: dict[str, int]


def full_names(prefix: str) -> dict[str, str]:
    """Each topic of the product and its name on the brokers."""
    return {name: f"{prefix}{name}" for name in TOPICS}


def live_brokers(client: Admin) -> int:
    """How many brokers are in service."""
    return len(_serving(client))


def broker_versions(client: Admin) -> list[str]:
    """The version of each broker in service, such as `4.1`, as its APIs tell it."""
    versions = [ask(client.get_broker_version_data, number).broker_version for number in _serving(client)]
    return [".".join(map(str, version)) for version in versions]


def _serving(client: Admin) -> list[int]:
    brokers = ask(client.describe_cluster)["brokers"]
    return [broker["broker_id"] for broker in brokers if not broker.get("is_fenced")]


def find_topics(client: Admin, names: Iterable[str]) -> dict[str, Topic]:
    """Those of `names` that exist, as they are."""
    there = [topic for topic in ask(client.describe_topics, list(names)) if topic["error_code"] == 0]
    resources = [ConfigResource("topic", topic["name"], list(_CONFIGS)) for topic in there]
    configs = ask(client.describe_configs, resources, config_filter="all") if resources else {}
    said = configs.get("topic", {})
    return {topic["name"]: _topic(topic["partitions"], said.get(topic["name"], {})) for topic in there}


def _topic(partitions: Sequence[Mapping[str, Any]], configs: Mapping[str, Any]) -> Topic:
    return Topic(
        partitions=len(partitions),
        replicas=min((len(part["replica_nodes"]) for part in partitions), default=0),
        under_replicated=sum(len(part["isr_nodes"]) < len(part["replica_nodes"]) for part in partitions),
        leaderless=sum(part["leader_id"] < 0 for part in partitions),
        configs={name: str(config["value"]) for name, config in configs.items()},
    )


def missing_topics(client: Admin, prefix: str) -> list[str]:
    """Topics that come in and are not there."""
    names = [full_names(prefix)[name] for name in IN]
    found = find_topics(client, names)
    return [name for name in names if name not in found]


def plan(wish: Wish, prefix: str, found: Mapping[str, Topic], brokers: int) -> Plan:
    """What to create and to grow. Raises BrokerError when the wish cannot be had."""
    replication = wish.replication or min(MOST_REPLICAS, max(1, brokers))
    if replication > brokers:
        raise BrokerError(
            f"只有 {brokers} 个 broker 在线，放不下 {replication} 份 · {brokers} brokers in service "
            f"cannot hold {replication} replicas: give a smaller --replication or start more"
        )
    names = full_names(prefix)
    partitions = _partitions(wish, [found[names[name]] for name in IN if names[name] in found])
    create = {
        full: {
            "num_partitions": 1 if name in COMPACTED else partitions,
            "replication_factor": replication,
            "configs": _configs(name, replication, wish.retention_days or RETENTION_DAYS),
        }
        for name, full in names.items()
        if full not in found
    }
    # Those that go out keep their number: their readers would find keys elsewhere, and gain nothing.
    grow = {
        names[name]: partitions
        for name in IN
        if names[name] in found and found[names[name]].partitions < partitions
    }
    return Plan(create, grow)


def _partitions(wish: Wish, present: Sequence[Topic]) -> int:
    """The number of partitions of all topics that come in."""
    most = max((topic.partitions for topic in present), default=0)
    if wish.partitions is None:
        return most if len(present) == len(IN) else max(most, PARTITIONS)
    if wish.partitions < most:
        raise BrokerError(
            f"已有 {most} 个分区，Kafka 不能减少 · there are {most} partitions, Kafka cannot take any away: "
            f"give --partitions {most} or more, or another KEFU_PULSE_TOPIC_PREFIX"
        )
    return wish.partitions


def _configs(name: str, replication: int, retention_days: int) -> dict[str, str]:
    kept = (
        {"cleanup.policy": "compact"}
        if name in COMPACTED
        else {"cleanup.policy": "delete", "retention.ms": str(retention_days * DAY_MS)}
    )
    return {
        **kept,
        "min.insync.replicas": str(_insync(replication)),
        "max.message.bytes": str(LARGEST_RECORD),
    }


def _insync(replication: int) -> int:
    """All but one: writing goes on while one broker is away, and a record of three copies has two."""
    return max(1, replication - 1)


def carry_out(client: Admin, todo: Plan) -> None:
    """Create and grow; raises BrokerError with the broker's own words."""
    if todo.create:
        answer = ask(client.create_topics, todo.create, raise_errors=False)
        _refuse((topic["name"], topic["error_code"], topic["error_message"]) for topic in answer["topics"])
    if todo.grow:
        grown = ask(client.create_partitions, todo.grow, raise_errors=False)
        _refuse((result.name, result.error_code, result.error_message) for result in grown.results)
    _wait(client, todo.grow | {name: options["num_partitions"] for name, options in todo.create.items()})


def _wait(client: Admin, partitions: Mapping[str, int]) -> None:
    """Return when all brokers asked know the topics with as many partitions, each with its leader."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        found = find_topics(client, partitions)
        waiting = [name for name, count in partitions.items() if not _ready(found.get(name), count)]
        if not waiting:
            return
        if time.monotonic() > deadline:
            raise BrokerError(
                f"已建，还没就绪 · created and not ready yet: {', '.join(waiting)}; "
                "look again in a minute: kefu-pulse topics describe"
            )
        time.sleep(0.2)


def _ready(topic: Topic | None, partitions: int) -> bool:
    return topic is not None and topic.partitions >= partitions and not topic.leaderless


def _refuse(results: Iterable[tuple[str, int, str | None]]) -> None:
    refused = [
        f"{name}: {message or f'error {code}'}"
        for name, code, message in results
        # Asked twice where the first answer was lost.
        if code not in (0, TopicAlreadyExistsError.errno)
    ]
    if refused:
        raise BrokerError(f"Kafka 没有照办 · Kafka refused: {'; '.join(refused)}")


class State(NamedTuple):
    """The topics by full name, brokers in service, and what of each topic is not as it should be."""

    found: dict[str, Topic]
    brokers: int
    differs: dict[str, list[str]]


def look(client: Admin, prefix: str, wish: Wish) -> State:
    """All topics of the product as they are, measured by `wish`."""
    names = full_names(prefix)
    found, brokers = find_topics(client, names.values()), live_brokers(client)
    inward = [found[names[name]] for name in IN if names[name] in found]
    differs = {
        full: _differences(name, found.get(full), wish, brokers, inward) for name, full in names.items()
    }
    return State(found, brokers, differs)


def _differences(
    name: str, topic: Topic | None, wish: Wish, brokers: int, inward: Sequence[Topic]
) -> list[str]:
    """In words; `inward` are the topics that come in."""
    if topic is None:
        return ["没有 · missing: kefu-pulse topics create"]
    return [
        *_health(topic),
        *_shape(name, topic, wish, brokers, inward),
        *_settings(name, topic, wish),
    ]


def _health(topic: Topic) -> list[str]:
    said = []
    if topic.leaderless:
        said.append(f"{topic.leaderless} 个分区没有主副本 · partitions without leader: start their brokers")
    if topic.under_replicated:
        said.append(f"{topic.under_replicated} 个分区副本不齐 · under-replicated partitions")
    return said


def _shape(name: str, topic: Topic, wish: Wish, brokers: int, inward: Sequence[Topic]) -> list[str]:
    said = []
    most = max([wish.partitions or 0, *(other.partitions for other in inward)])
    if name in IN and topic.partitions < most:
        said.append(f"分区 {topic.partitions}，应为 {most} · partitions {topic.partitions}, should be {most}")
    wanted = wish.replication or min(MOST_REPLICAS, brokers)
    if topic.replicas < wanted or (wish.replication and topic.replicas != wanted):
        said.append(f"副本 {topic.replicas}，应为 {wanted} · replicas {topic.replicas}, should be {wanted}")
    return said


def _settings(name: str, topic: Topic, wish: Wish) -> list[str]:
    wanted = _configs(name, topic.replicas, wish.retention_days or RETENTION_DAYS)
    if wish.retention_days is None:
        wanted.pop("retention.ms", None)
    return [
        f"{key}={topic.configs.get(key)}，应为 should be {value}"
        for key, value in wanted.items()
        if not _fits(key, topic.configs.get(key, ""), value)
    ]


def _fits(key: str, value: str, wanted: str) -> bool:
    if key == "max.message.bytes":
        return value.isdigit() and int(value) >= int(wanted)
    return value == wanted
