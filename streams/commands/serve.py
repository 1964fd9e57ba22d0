"""`up` and `demo`: the whole product in one process."""

from __future__ import annotations

import asyncio
import hashlib
import signal
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from streams.commands.common import build_parts
from streams.commands.options import warehouse_option
from streams.demo.feed import DemoFeed
from streams.errors import UsageError
from streams.metrics import Metrics
from streams.output import say
from streams.runtimes.clock import wall_clock_ms
from streams.runtimes.committer import Committer
from streams.runtimes.embedded import EmbeddedWorker, nothing
from streams.runtimes.reload import FolderWatch, LanguageReload
from streams.settings import Settings, load_settings, state_dir
from streams.sources.intake import Intake
from streams.sources.spool import Spool
from streams.warehouse.client import Warehouse, open_warehouse
from streams.warehouse.facade import clickhouse_app
from streams.warehouse.readers import ReaderPool
from streams.web.handover import add_import_routes
from streams.web.ingest import Limits, add_ingest_routes
from streams.web.page import add_page_routes
from streams.web.server import build_app, is_loopback, listen

LOOPBACK = "127.0.0.1"
Function = TypeVar("Function", bound=Callable[..., Any])


def _listen_options(function: Function) -> Function:
    port = click.option(
        "--port", type=click.IntRange(0, 65535), help="页面端口 · page and ingest [default 8480]"
    )
    clickhouse = click.option(
        "--clickhouse-port",
        type=click.IntRange(0, 65535),
        help="只读查询端口 · read-only ClickHouse HTTP [default 8481]",
    )
    return port(clickhouse(function))


@click.command(
    epilog="""\b
例 examples:
  kefu-pulse up --warehouse ./data
  curl -s 127.0.0.1:8480/v1/events --data-binary @events.jsonl
  KEFU_PULSE_TOKEN_FILE=token kefu-pulse up --host 0.0.0.0"""
)
@click.option(
    "--host",
    help="监听地址；非本机须设 KEFU_PULSE_TOKEN · beyond loopback a token is compulsory [default 127.0.0.1]",
)
@_listen_options
@warehouse_option
def up(host: str | None, port: int | None, clickhouse_port: int | None, warehouse: str | None) -> None:
    """接收本店事件：HTTP 接入、页面、指标、只读查询 · Take your own events, durable on disk."""
    settings = load_settings(warehouse=warehouse, host=host, port=port, clickhouse_port=clickhouse_port)
    if not is_loopback(settings.host) and not settings.token:
        raise UsageError(
            "listening beyond this machine needs KEFU_PULSE_TOKEN (or KEFU_PULSE_TOKEN_FILE): "
            "set it, or use --host 127.0.0.1"
        )
    asyncio.run(_serve(settings, None))


@click.command(epilog="例 example:  kefu-pulse demo --seed 7")
@click.option(
    "--seed", default=11, show_default=True, help="同一种子同一条流 · the same seed gives the same stream"
)
@click.option(
    "--rate",
    default=240.0,
    show_default=True,
    type=click.FloatRange(1, 100_000),
    help="每分钟事件数 · events a minute",
)
@_listen_options
@click.option(
    "--warehouse",
    metavar="DIR",
    help="保留数据的文件夹；默认用完即删 · keep the data here; default: a temporary folder",
)
def demo(
    seed: int, rate: float, port: int | None, clickhouse_port: int | None, warehouse: str | None
) -> None:
    """完整产品跑在模拟直播流上 · The whole product on a seeded live stream, with its page."""
    with ExitStack() as stack:
        folder = warehouse or stack.enter_context(tempfile.TemporaryDirectory(prefix="kefu-pulse-demo-"))
        settings = load_settings(warehouse=folder, host=LOOPBACK, port=port, clickhouse_port=clickhouse_port)
        asyncio.run(_serve(settings, DemoFeed(seed, rate, wall_clock_ms)))


async def _serve(settings: Settings, feed: DemoFeed | None) -> None:
    """Run until Ctrl-C, SIGTERM or the end of the terminal."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # `nohup` has SIGHUP ignored, and means it.
        if signal.getsignal(name) is not signal.SIG_IGN:
            loop.add_signal_handler(name, stop.set)
    with open_warehouse(settings.warehouse, timezone=settings.timezone, cluster=settings.cluster) as store:
        async with _running(settings, store, feed):
            await stop.wait()
            say("正在收尾 · finishing the batch at hand …")
    say("已停止，数据都在 · stopped; nothing is lost")


@asynccontextmanager
async def _running(settings: Settings, store: Warehouse, feed: DemoFeed | None) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        spool = Spool(_spool_path(settings.warehouse))
        stack.callback(spool.close)
        watch = FolderWatch(settings.language, wall_clock_ms) if settings.language else None
        parts, metrics = build_parts(settings), Metrics()
        runtime = Committer(store, parts, metrics, wall_clock_ms)
        spool.seek(runtime.checkpoint(spool.name).position, "")
        between = LanguageReload(watch, runtime.use, metrics).poll if watch else nothing
        worker = EmbeddedWorker(runtime, spool, metrics, wall_clock_ms, between)
        intake = Intake(spool, parts.builder, parts.redactor, worker.wake)
        await _listen(Running(settings, store, metrics, runtime, worker, intake, spool), stack)
        worker.start()
        stack.callback(worker.stop)
        if feed:
            store.insert("releases", feed.releases())
            stack.callback(feed.stop)
            feed.start(intake)
        yield


class Running(NamedTuple):
    """What the web side of a running process is made of."""

    settings: Settings
    store: Warehouse
    metrics: Metrics
    runtime: Committer
    worker: EmbeddedWorker
    intake: Intake
    spool: Spool


async def _listen(running: Running, stack: AsyncExitStack) -> None:
    settings, store, metrics, runtime, worker, intake, spool = running
    readers = ReaderPool(store)
    stack.callback(readers.close)
    app = build_app(metrics, worker.status, settings.host, settings.max_body_bytes)
    add_page_routes(app, readers.query, timezone=settings.timezone)
    limits = Limits(settings.max_batch_events, settings.max_events_per_second, settings.token)
    add_ingest_routes(app, intake, limits, metrics, spool)
    add_import_routes(app, runtime.checkpoint, worker.take, settings.token)
    page_port, stop_page = await listen(app, settings.host, settings.port)
    stack.push_async_callback(stop_page)
    page = f"http://{_reachable(settings.host)}:{page_port}/"
    _announce(settings, page)
    if store.lock:  # a folder has no server of its own to answer queries
        query_port, stop_query = await listen(clickhouse_app(store), LOOPBACK, settings.clickhouse_port)
        stack.push_async_callback(stop_query)
        sql_url = f"http://{LOOPBACK}:{query_port}"
        store.lock.publish(clickhouse_url=sql_url, page_url=page)
        say(f"只读查询 SQL   {sql_url}  (ClickHouse HTTP)")


def _reachable(host: str) -> str:
    """How this machine reaches a socket that listens on `host`."""
    own = {"0.0.0.0": LOOPBACK, "::": "::1", "": LOOPBACK}.get(host, host)  # noqa: S104 - nothing is bound here
    return f"[{own}]" if ":" in own and not own.startswith("[") else own


def _announce(settings: Settings, page: str) -> None:
    say(f"页面 page      {page}")
    say(f"接入 ingest    POST {page}v1/events")
    say(f"指标 metrics   {page}metrics")
    say(f"另开终端 try   kefu-pulse unanswered --only-unanswered --warehouse {settings.warehouse_shown}")
    say("Ctrl-C 结束 · Ctrl-C ends it")


def _spool_path(warehouse: str) -> Path:
    if not warehouse.startswith(("http://", "https://")):
        return Path(warehouse) / "spool.sqlite"
    # Named by a digest: the URL may hold a password.
    folder = state_dir() / hashlib.blake2b(warehouse.encode(), digest_size=8).hexdigest()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / "spool.sqlite"
