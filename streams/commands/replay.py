"""`replay`: what Kafka still holds of a stretch of time, taken again."""

from __future__ import annotations

import datetime as dt
import os
import socket
from zoneinfo import ZoneInfo

import click

from streams.commands.common import build_parts
from streams.commands.options import kafka_option, warehouse_option
from streams.commands.progress import counting
from streams.errors import UsageError
from streams.kafka.client import named_brokers
from streams.kafka.history import history
from streams.metrics import Metrics
from streams.output import say
from streams.runtimes.clock import wall_clock_ms
from streams.runtimes.committer import Committer, Share
from streams.settings import load_settings
from streams.warehouse.client import open_warehouse


@click.command(
    epilog="""\b
例 examples:
  kefu-pulse replay --from 2026-11-24 --to 2026-11-25
  kefu-pulse replay --from "2026-11-24 08:00" --to "2026-11-24 09:30" --warehouse http://127.0.0.1:8123/kefu"""
)
@click.option("--from", "start", required=True, metavar="TIME", help="到达时刻，起（含） · arrived from")
@click.option("--to", "end", metavar="TIME", help="到达时刻，止（不含），默认现在 · arrived before [now]")
@kafka_option
@warehouse_option
def replay(start: str, end: str | None, kafka: str | None, warehouse: str | None) -> None:
    """把 Kafka 里一段时间的记录重新处理，不会重复计数 · Take a stretch of time again; nothing counts twice.

    换了词库、修了缺陷、恢复了备份之后用：标签和判定按现在的来，进度不变，worker 可以照常运行。
    After other words, a mended defect or a restored backup: tags and verdicts become those of now.
    """
    settings = load_settings(kafka=kafka, warehouse=warehouse)
    brokers = named_brokers(settings.kafka)
    zone = ZoneInfo(settings.timezone)
    span = _moment(start, zone), _moment(end, zone) if end else wall_clock_ms()
    share = Share(f"replay-{socket.gethostname()}-{os.getpid()}-{wall_clock_ms():x}")
    taken = refused = 0
    with (
        history(brokers, settings.topic_prefix) as past,
        open_warehouse(settings.warehouse, timezone=settings.timezone, cluster=settings.cluster) as store,
        counting("重新处理 · taking again") as show,
    ):
        committer = Committer(store, build_parts(settings), Metrics(), wall_clock_ms, share=share)
        for stretch in past.stretches(*span):
            for batch in past.batches(stretch):
                done = committer.retake(batch)
                taken, refused = taken + done.stored, refused + done.dead_letters
                show(done.received)
        committer.refresh_rollups()
    say(f"重新处理 taken again {taken}，死信 dead letters {refused}")


def _moment(text: str, zone: ZoneInfo) -> int:
    """Epoch milliseconds of an ISO date or time, in the shop's time zone unless it says another."""
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(f"{text!r} 不是时刻 · is no time: write 2026-11-24 or 2026-11-24T08:00") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp() * 1000)
