"""`python tests/bench/bare_loop.py BROKERS N TOPIC…`: reads N records and decodes them.

Prints the seconds from the first record to the last.
"""

from __future__ import annotations

import asyncio
import sys
import time

from aiokafka import AIOKafkaConsumer

from streams.codec import decode_many


async def loop(brokers: str, count: int, topics: list[str]) -> float:
    """Read and decode `count` records."""
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=brokers, auto_offset_reset="earliest")
    await consumer.start()
    seen, start = 0, 0.0
    while seen < count:
        for records in (await consumer.getmany(timeout_ms=1_000, max_records=5_000)).values():
            start = start or time.perf_counter()
            decode_many([(record.offset + 1, record.value) for record in records])
            seen += len(records)
    took = time.perf_counter() - start
    await consumer.stop()
    return took


if __name__ == "__main__":
    print(asyncio.run(loop(sys.argv[1], int(sys.argv[2]), sys.argv[3:])))
