"""`worker`: the processors on Kafka, as many processes as one likes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import click

from processors.rows import ReleaseRow
from streams.commands.common import build_parts
from streams.commands.options import kafka_option, warehouse_option
from streams.errors import UsageError
from streams.metrics import Metrics
from streams.output import say
from streams.runtimes.announcer import Announcer
from streams.runtimes.clock import wall_clock_ms
from streams.runtimes.committer import Committer, Share
from streams.runtimes.faust_app import serve
from streams.runtimes.firehose import Firehose
from streams.settings import Settings, load_settings
from streams.sources.topics import Kafka
from streams.warehouse.client import Warehouse, open_warehouse
from streams.warehouse.session import is_url
from streams.web.server import build_app, listen

_NO_BODY = 1 << 10


@click.command(
    epilog="""\b
例 examples:
  kefu-pulse topics create --kafka 127.0.0.1:9092
  kefu-pulse worker --kafka 127.0.0.1:9092 --warehouse http://127.0.0.1:8123/kefu"""
)
@kafka_option
@warehouse_option
@click.option("--host", help="指标监听地址 · address of the metrics [default 127.0.0.1]")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="指标端口，0 任选 · port of the metrics [default 8482]"
)
def worker(kafka: str | None, warehouse: str | None, host: str | None, port: int | None) -> None:
    """处理进程：读 Kafka，可以开很多个 · A Faust worker on Kafka; run as many as you like."""
    settings = load_settings(kafka=kafka, warehouse=warehouse, host=host, worker_port=port)
    if not settings.kafka:
        raise UsageError("no brokers 没有 Kafka 地址: give --kafka HOST:PORT or set KEFU_PULSE_KAFKA")
    if not is_url(settings.warehouse):
        raise UsageError(
            "worker 要写 ClickHouse 服务器 · workers write to a ClickHouse server: --warehouse http://…; "
            "for a folder there is `kefu-pulse up`"
        )
    asyncio.run(_work(settings, Kafka(settings.kafka, settings.topic_prefix, settings.worker_id)))


async def _work(settings: Settings, kafka: Kafka) -> None:
    """Run until Ctrl-C, SIGTERM or the end of the terminal."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(name) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
    with (
        open_warehouse(settings.warehouse, timezone=settings.timezone, cluster=settings.cluster) as store,
        tempfile.TemporaryDirectory(prefix="kefu-pulse-worker-") as folder,
    ):
        async with AsyncExitStack() as stack:
            metrics = Metrics()
            firehose = await _firehose(settings, kafka, store, metrics, stack)

            def store_releases(rows: list[ReleaseRow]) -> None:
                store.insert("releases", rows)

            await serve(kafka, Path(folder), firehose, store_releases, metrics, stop=stop)
    say("已停止，没做完的由其他 worker 接着做 · stopped; what is left goes to the other workers")


async def _firehose(
    settings: Settings, kafka: Kafka, store: Warehouse, metrics: Metrics, stack: AsyncExitStack
) -> Firehose:
    announcer = Announcer(kafka, asyncio.get_running_loop())
    await announcer.start()
    stack.push_async_callback(announcer.stop)
    share = Share(f"{socket.gethostname()}-{os.getpid()}-{wall_clock_ms():x}", announcer.announce)
    committer = Committer(store, build_parts(settings), metrics, wall_clock_ms, share=share)
    firehose = Firehose(kafka, committer, announcer, metrics, wall_clock_ms)
    app = build_app(metrics, lambda: firehose.problem, settings.host, _NO_BODY)
    port, close = await listen(app, settings.host, settings.worker_port)
    stack.push_async_callback(close)
    say(f"指标 metrics   http://{settings.host}:{port}/metrics")
    say("Ctrl-C 结束 · Ctrl-C ends it")
    return firehose
