"""The worker on Kafka: a Faust app that hosts the firehose and listens to releases.

Faust has the lifecycle and the thin streams. What carries every event, and what is true, is
elsewhere: Faust's own tables and streams lose events when they raise (docs/decisions.md).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, Callable
from pathlib import Path

import faust
import msgspec
from mode import Service

from processors.rows import ReleaseRow
from streams.errors import KefuError
from streams.metrics import Metrics
from streams.output import say
from streams.runtimes.firehose import Firehose
from streams.sources.topics import RELEASES, Kafka

StoreReleases = Callable[[list[ReleaseRow]], None]
SESSION_SECONDS = 10.0
_RETRY_SECONDS = 5.0


class _FirehoseService(Service):  # type: ignore[misc]
    """Runs the firehose as long as the app lives; its end is told to `ended`."""

    def __init__(self, firehose: Firehose, ended: asyncio.Future[None], **options: object) -> None:
        super().__init__(**options)
        self._firehose = firehose
        self._ended = ended

    async def on_started(self) -> None:
        self._running = asyncio.ensure_future(self._run())

    async def on_stop(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self) -> None:
        try:
            await self._firehose.run()
        except Exception as error:  # noqa: BLE001 - whoever waits for the end is told
            if not self._ended.done():
                self._ended.set_exception(error)


async def serve(
    kafka: Kafka,
    folder: Path,
    firehose: Firehose,
    store_releases: StoreReleases,
    metrics: Metrics,
    *,
    stop: asyncio.Event,
) -> None:
    """Run until `stop` is set; raises what ended the firehose. `folder` is for what Faust leaves behind."""
    logging.getLogger("faust").setLevel(logging.ERROR)
    logging.getLogger("mode").setLevel(logging.ERROR)
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    app = faust.App(
        f"{kafka.prefix}control",
        broker=[f"kafka://{broker}" for broker in kafka.brokers.split(",")],
        loop=loop,
        datadir=folder,
        store="memory://",
        web_enabled=False,
        autodiscover=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=SESSION_SECONDS,
        broker_heartbeat_interval=SESSION_SECONDS / 3,
        # An event is acknowledged when its agent is done with it, not when it was read.
        stream_wait_empty=True,
    )
    releases = app.topic(kafka.prefix + RELEASES, value_serializer="raw", key_serializer="raw")

    @app.agent(releases, name="releases")  # type: ignore[untyped-decorator]
    async def take_releases(stream: AsyncIterable[bytes | None]) -> None:
        async for raw in stream:
            await take_release(raw, store_releases, metrics)

    ended.add_done_callback(lambda _: stop.set())
    carrier = _FirehoseService(firehose, ended, loop=loop, beacon=app.beacon)
    await carrier.start()
    # Not waited for: the group of the thin streams may take a minute to find itself after a death.
    starting = asyncio.ensure_future(app.start())
    starting.add_done_callback(lambda done: _pass_on(done, ended))
    try:
        await stop.wait()
    finally:
        await carrier.stop()
        starting.cancel()
        await app.stop()
    if ended.done():
        ended.result()


def _pass_on(done: asyncio.Future[None], ended: asyncio.Future[None]) -> None:
    error = None if done.cancelled() else done.exception()
    if error is not None and not ended.done():
        ended.set_exception(error)


async def take_release(raw: bytes | None, store: StoreReleases, metrics: Metrics) -> None:
    """Store a release; what cannot be read is said, counted and left, what cannot be stored is retried.

    A record without a value, as a compacted topic may have, is none.
    """
    try:
        row = msgspec.json.decode(raw or b"", type=ReleaseRow)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        metrics.releases.labels("refused").inc()
        say(f"releases: 读不懂，略去 · cannot be read, left out: {error}")
        return
    while True:
        try:
            await asyncio.to_thread(store, [row])
        except KefuError as error:
            say(f"releases: {error}")
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            metrics.releases.labels("stored").inc()
            return
