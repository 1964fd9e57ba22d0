"""`produce`: files to Kafka, masked, each record acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click

from processors.facts import Masker
from streams.commands.common import build_redactor
from streams.commands.options import kafka_option, mapping_option
from streams.commands.progress import progress
from streams.errors import BrokerError, InputError, UsageError
from streams.kafka.admin import missing_topics
from streams.kafka.client import admin_client, named_brokers, producer_client
from streams.kafka.produce import DELIVERY_SECONDS, Sender, Tally, messages
from streams.output import say
from streams.settings import Settings, load_settings
from streams.sources import open_source
from streams.sources.base import Source
from streams.sources.topics import IN

BATCH_RECORDS = 5_000


@click.command(
    epilog="""\b
例 examples:
  kefu-pulse produce chats.jsonl --kafka 127.0.0.1:9092
  kefu-pulse produce export.xlsx --mapping mapping.yaml
  zcat chats.jsonl.gz | kefu-pulse produce -"""
)
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@mapping_option
@click.option(
    "--timeout",
    type=click.IntRange(1, 86_400),
    default=DELIVERY_SECONDS,
    show_default=True,
    help="一条记录最多等多少秒的确认 · seconds that a record may wait to be acknowledged",
)
@kafka_option
def produce(files: tuple[str, ...], mapping: Path | None, timeout: int, kafka: str | None) -> None:
    """把文件发到 Kafka，先脱敏，全部确认才算完；重发无害 · Send files to Kafka, masked, all acknowledged."""
    if files.count("-") > 1:
        raise UsageError("stdin (-) can be given once only")
    settings = load_settings(kafka=kafka)
    brokers = named_brokers(settings.kafka)
    sources = [open_source(file, mapping) for file in files]
    _require_topics(brokers, settings.topic_prefix)
    with producer_client(brokers, timeout * 1000) as producer:
        sender = Sender(producer, settings.topic_prefix, timeout)
        problems = _send_all(sender, settings, sources)
    _summary(sender.tally, settings.topic_prefix)
    for problem in problems:
        raise problem


def _require_topics(brokers: str, prefix: str) -> None:
    with admin_client(brokers) as client:
        missing = missing_topics(client, prefix)
    if missing:
        raise BrokerError(f"没有主题 · no such topics: {', '.join(missing)}; run kefu-pulse topics create")


def _send_all(sender: Sender, settings: Settings, sources: Sequence[Source]) -> list[InputError]:
    """Send each source; what cannot be read on is returned, so that the other files still get their turn."""
    redactor = build_redactor(settings)
    masker = Masker(redactor)
    problems = []
    for source in sources:
        with closing(source), progress(source, source.name.rpartition("#")[0]) as show:
            read = 0
            try:
                for batch in source.batches(BATCH_RECORDS):
                    sender.send(messages(batch, masker, redactor))
                    read += len(batch.records)
                    show(read)
            except InputError as error:
                problems.append(error)
            sender.finish()
    return problems


def _summary(tally: Tally, prefix: str) -> None:
    for topic in IN:
        if tally.events[topic] or tally.refused[topic]:
            say(
                f"{prefix}{topic}: 事件 events {tally.events[topic]} · "
                f"不是事件 refused {tally.refused[topic]}"
            )
    if tally.refused:
        say("不是事件的也发了，worker 会记为死信 · those that are no events will be dead letters")
    say(
        f"全部已确认 · all acknowledged: {tally.acknowledged}；"
        "再发一次也无妨，按编号去重 · sending again is harmless, ids drop duplicates"
    )
