"""`topics`: the product's topics on the brokers, made and looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from streams.commands.layouts import topic_layout
from streams.commands.options import format_option, kafka_option
from streams.errors import BrokerError
from streams.kafka.admin import (
    DAY_MS,
    PARTITIONS,
    RETENTION_DAYS,
    State,
    Topic,
    Wish,
    carry_out,
    look,
    plan,
)
from streams.kafka.client import admin_client, named_brokers
from streams.output import choose_format, emit, say
from streams.settings import load_settings

TOPIC_COLUMNS = (
    "topic",
    "ok",
    "partitions",
    "replicas",
    "under_replicated",
    "min_insync",
    "retention_days",
    "cleanup",
    "differs",
)


@click.group(epilog="例 example:  kefu-pulse topics create --kafka 127.0.0.1:9092")
def topics() -> None:
    """主题：在 Kafka 上建立、查看 · The product's topics: create and describe them."""


@topics.command(
    epilog="""\b
例 examples:
  kefu-pulse topics create --kafka 127.0.0.1:9092
  kefu-pulse topics create --partitions 24          # grow; never fewer"""
)
@click.option(
    "--partitions",
    type=click.IntRange(1, 10_000),
    help=f"来路主题的分区数，默认 {PARTITIONS}，只能增加 · of the topics that come in; can only grow",
)
@click.option(
    "--replication",
    type=click.IntRange(1, 15),
    help="副本数，默认 3，broker 不足时是其数目 · replicas, by default 3 or as many as there are brokers",
)
@click.option(
    "--retention-days",
    type=click.IntRange(1, 36_500),
    help=f"保留天数，默认 {RETENTION_DAYS} · days that records are kept",
)
@kafka_option
def create(
    partitions: int | None, replication: int | None, retention_days: int | None, kafka: str | None
) -> None:
    """建立缺的主题，分区不够就增加；可重复 · Create what is missing, grow what is too small; repeatable."""
    settings = load_settings(kafka=kafka)
    wish = Wish(partitions, replication, retention_days)
    with admin_client(named_brokers(settings.kafka)) as client:
        before = look(client, settings.topic_prefix, wish)
        todo = plan(wish, settings.topic_prefix, before.found, before.brokers)
        carry_out(client, todo)
        after = look(client, settings.topic_prefix, wish)
    for name, options in todo.create.items():
        parts, copies = options["num_partitions"], options["replication_factor"]
        say(f"{name}: 已建 created, partitions {parts}, replicas {copies}")
    for name, count in todo.grow.items():
        say(f"{name}: 分区 partitions {before.found[name].partitions} → {count}")
    if todo.grow:
        say(
            "有的会话从此换到别的分区；这没有关系：判定与先后无关，编号去重 · some conversations "
            "move to another partition; that is safe: verdicts do not depend on order, ids drop duplicates"
        )
    if not todo.create and not todo.grow:
        say("主题都在，什么也没改 · all topics are there; nothing was changed")
    _refuse_differences(after)


def _refuse_differences(state: State) -> None:
    """Say what is not as it should be and was not touched; BrokerError when there is something."""
    for name, differs in state.differs.items():
        for what in differs:
            say(f"{name}: {what}")
    if any(state.differs.values()):
        raise BrokerError(
            "上面这些与所要的不符，没有代改 · these differ and were left alone: change settings with "
            "kafka-configs.sh --alter, replicas with kafka-reassign-partitions.sh"
        )


@topics.command(epilog="例 example:  kefu-pulse topics describe --format jsonl")
@kafka_option
@format_option()
def describe(kafka: str | None, fmt: str | None) -> None:
    """列出主题，说明对不对；有不对的就以 1 退出 · List the topics; exits with 1 when one is not right."""
    settings = load_settings(kafka=kafka)
    with admin_client(named_brokers(settings.kafka)) as client:
        state = look(client, settings.topic_prefix, Wish())
    rows = [_row(name, state.found.get(name), differs) for name, differs in state.differs.items()]
    emit(rows, TOPIC_COLUMNS, choose_format(fmt), topic_layout)
    if not all(row["ok"] for row in rows):
        raise BrokerError("有主题不符；照 differs 改 · some topics are not right: do what `differs` says")


def _row(name: str, topic: Topic | None, differs: list[str]) -> dict[str, Any]:
    configs: Mapping[str, str] = topic.configs if topic else {}
    return {
        "topic": name,
        "ok": not differs,
        "partitions": topic.partitions if topic else 0,
        "replicas": topic.replicas if topic else 0,
        "under_replicated": topic.under_replicated if topic else 0,
        "min_insync": _number(configs.get("min.insync.replicas")),
        "retention_days": _days(configs),
        "cleanup": configs.get("cleanup.policy"),
        "differs": differs,
    }


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _days(configs: Mapping[str, str]) -> float | None:
    """Days that records are kept; None for as long as there is room, or where a newer one replaces them."""
    kept = _number(configs.get("retention.ms"))
    if kept is None or kept < 0 or "delete" not in configs.get("cleanup.policy", ""):
        return None
    return kept // DAY_MS if kept % DAY_MS == 0 else round(kept / DAY_MS, 3)
