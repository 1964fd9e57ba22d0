"""`python tests/bench/plain_faust.py BROKERS N STORE_URL TOPIC…`: the job as a first Faust agent would do it.

One agent over the topics, `take` with jieba, keyword lists and SnowNLP a text, and an insert a batch. No
masking, no verdicts, no duplicates, no recovery. Prints the seconds from the first record to the last.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterable
from pathlib import Path
from typing import Any

import clickhouse_connect
import faust

sys.path[:0] = [str(Path(__file__).parent.parent / "eval"), str(Path(__file__).parent)]

from naive import COLUMNS, TABLE, row  # noqa: E402

BATCH = 500


async def main(brokers: str, count: int, store: str, topics: list[str]) -> None:
    """Run until `count` records are stored."""
    logging.disable(logging.CRITICAL)
    client = clickhouse_connect.get_client(dsn=store)
    client.command(TABLE.replace("CREATE TABLE messages", "CREATE TABLE plain_messages"))
    app = faust.App(
        "plain",
        broker=[f"kafka://{broker}" for broker in brokers.split(",")],
        store="memory://",
        datadir=tempfile.mkdtemp(),
        web_enabled=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        loop=asyncio.get_running_loop(),
    )
    done, state = asyncio.Event(), {"seen": 0, "start": 0.0}

    @app.agent(app.topic(*topics, value_serializer="raw"))
    async def store_events(stream: AsyncIterable[Any]) -> None:
        async for values in stream.take(BATCH, within=1.0):  # type: ignore[attr-defined]
            state["start"] = state["start"] or time.perf_counter()
            client.insert("plain_messages", [row(json.loads(v)) for v in values], column_names=COLUMNS)
            state["seen"] += len(values)
            if state["seen"] >= count:
                done.set()

    await app.start()
    await done.wait()
    print(time.perf_counter() - state["start"], flush=True)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:]))
