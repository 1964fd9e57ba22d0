"""`lag`: what waits in Kafka to be stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any
from zoneinfo import ZoneInfo

import click

from streams.commands.layouts import lag_layout
from streams.commands.options import format_option, kafka_option, warehouse_option
from streams.errors import BrokerError, WarehouseError
from streams.kafka.client import admin_client, named_brokers
from streams.kafka.lag import SOURCES, Partition, Progress, committed, find_group
from streams.kafka.lag import lag as measured
from streams.output import choose_format, emit, say
from streams.settings import Settings, load_settings
from streams.sources.topics import group_of
from streams.warehouse.client import Reader, open_reader
from streams.warehouse.progress import stored_sources

LAG_COLUMNS = Partition._fields
TOTAL = "total"


@click.command(epilog="例 example:  kefu-pulse lag --kafka 127.0.0.1:9092 --warehouse ./data")
@kafka_option
@warehouse_option
@format_option()
def lag(kafka: str | None, warehouse: str | None, fmt: str | None) -> None:
    """积压：Kafka 里还有多少没入库，每个分区一行 · What waits, a row a partition and a total."""
    settings = load_settings(kafka=kafka, warehouse=warehouse)
    brokers = named_brokers(settings.kafka)
    stored = _stored(settings)
    with admin_client(brokers) as client:
        prefix = settings.topic_prefix
        group = find_group(client, group_of(prefix))
        progress = committed(client, prefix) if stored is None else stored
        partitions = measured(client, prefix, progress, group)
    if not partitions:
        raise BrokerError(f"没有主题 · no topics {prefix}…: run kefu-pulse topics create")
    say(f"消费组 group {group_of(prefix)}: {group.state}, 成员 members {group.members}")
    emit(_rows(partitions, settings.timezone), LAG_COLUMNS, choose_format(fmt), lag_layout)
    if lost := sum(partition.lost for partition in partitions):
        say(
            f"{lost} 条过了保留期，没来得及入库 · {lost} records expired before they were stored: "
            "send them again, and keep more days (kefu-pulse topics describe)"
        )


def _stored(settings: Settings) -> dict[str, Progress] | None:
    """By source, what the warehouse has; None, and a word, when it does not answer."""
    try:
        with closing(open_reader(settings.warehouse, timezone=settings.timezone)) as reader:
            found = stored_progress(reader)
    except WarehouseError as error:
        say(f"仓库没有应答，改看消费组提交的 · going by what the group committed, as: {error}")
        return None
    say(f"以仓库为准 · going by the warehouse {settings.warehouse_shown}")
    return found


def stored_progress(reader: Reader) -> dict[str, Progress]:
    """By source, how far the partitions are stored."""
    return {source: Progress(*stored) for source, stored in stored_sources(reader, SOURCES).items()}


def _rows(partitions: Sequence[Partition], timezone: str) -> Iterable[dict[str, Any]]:
    zone = ZoneInfo(timezone)
    for row in [*partitions, _total(partitions)]:
        yield row._asdict() | {"newest_event": _shown(row.newest_event, zone)}


def _total(partitions: Sequence[Partition]) -> Partition:
    times = [row.newest_event for row in partitions if row.newest_event]
    stored = [row.stored for row in partitions if row.stored is not None]
    return Partition(
        topic=TOTAL,
        partition=len(partitions),
        start=sum(row.start for row in partitions),
        end=sum(row.end for row in partitions),
        stored=sum(stored) if stored else None,
        lag=sum(row.lag for row in partitions),
        lost=sum(row.lost for row in partitions),
        newest_event=max(times, default=None),
        member="",
    )


def _shown(at_ms: int | None, zone: ZoneInfo) -> str | None:
    return dt.datetime.fromtimestamp(at_ms / 1000, zone).isoformat(timespec="milliseconds") if at_ms else None
