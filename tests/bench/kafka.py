"""`make bench-kafka`: a worker on Kafka against a bare loop and a plain Faust agent, in one run.

    python -m tests.bench.kafka [--events 60000] [--quick]

Broker, ClickHouse engine and workers share this machine's cores; ratios travel, absolutes do not. A
missed aim is printed and fails nothing.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
sys.path[:0] = [str(ROOT / "tests" / "crash"), str(ROOT / "tests" / "integration")]

from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from streams.demo import DemoConfig, stream  # noqa: E402
from streams.sources.topics import IN  # noqa: E402
from tests.bench.__main__ import START_MS  # noqa: E402
from tests.real.stage import PREFIX, Stage  # noqa: E402

console = Console(width=None if sys.stdout.isatty() else 118, highlight=False)
PLAIN_EVENTS = 2_500
"""The plain agent's rate does not change with the number of events."""
OUTAGE_SECONDS, LATENCY_SECONDS = 60, 20
QUICK_EVENTS, QUICK_SECONDS = 2_000, 5


class Rate(NamedTuple):
    """Records a second, and what the worker's own metrics said of it."""

    rate: float
    rollup_share: float
    peak_mib: float


def main() -> int:
    """Run all parts and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.kafka", description=__doc__)
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--quick", action="store_true", help="see that it works; figures mean nothing")
    options = parser.parse_args()
    count = QUICK_EVENTS if options.quick else options.events
    away, probing = (QUICK_SECONDS,) * 2 if options.quick else (OUTAGE_SECONDS, LATENCY_SECONDS)
    lines = events(count)
    made = Table(title="kefu-pulse on Kafka")
    for name in ("", "measured", "against", "ratio", "aim"):
        made.add_column(name, justify="left" if not name else "right")
    one = measured(lines, 1)
    two = measured(lines, 2)
    untagged, loop = measured(lines, 1, tagging=False), bare(lines)
    plain = plain_faust(lines[:PLAIN_EVENTS])
    waits = latency(one.rate / 2, probing)
    peak = outage(lines, away)
    made.add_row(
        "one worker, records/s", f"{one.rate:,.0f}", f"plain Faust {plain:,.0f}", *aim(one.rate / plain, 30)
    )
    made.add_row(
        "… without tagging",
        f"{untagged.rate:,.0f}",
        f"bare loop {loop:,.0f}",
        *aim(untagged.rate / loop, 0.8),
    )
    made.add_row(
        "two workers", f"{two.rate:,.0f}", f"one worker {one.rate:,.0f}", *aim(two.rate / one.rate, 1.8)
    )
    made.add_row("rollups, share of insert time", f"{one.rollup_share:.0%}", "", "", "<= 30 %")
    made.add_row(
        "latency at half load, p50", f"{waits[len(waits) // 2]:.2f} s", f"{len(waits)} probes", "", ""
    )
    made.add_row("latency at half load, p99", f"{waits[int(len(waits) * 0.99)]:.2f} s", "", "", "<= 2 s")
    made.add_row("memory of a worker, peak", f"{one.peak_mib:,.0f} MiB", "", "", "")
    made.add_row(f"… ClickHouse away for {away} s", f"{peak:,.0f} MiB", "", "", "bounded")
    console.print(made)
    console.print(f"{count:,} records, {os.cpu_count()} cores shared by broker, store and workers")
    return 0


def aim(ratio: float, least: float) -> tuple[str, str]:
    """A ratio and its aim."""
    return f"{ratio:.2f} ×", f">= {least} × {'met' if ratio >= least else 'MISSED'}"


def events(count: int) -> list[bytes]:
    """The first events of the seeded demo."""
    return [msgspec.json.encode(event) for event in islice(stream(DemoConfig(start_ms=START_MS)), count)]


def measured(lines: list[bytes], workers: int, tagging: bool = True) -> Rate:
    """Fill the topics, start workers, and time them from when they have partitions to all stored."""
    console.print(f"{workers} worker{'s' * (workers > 1)}{'' if tagging else ', no tagging'} …")
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder, Stage(Path(folder)) as stage:
        stage.send(lines)
        stage.producer.flush()
        if not tagging:
            stage.program = (str(HERE / "untagged_worker.py"),)
        started = [stage.start_worker() for _ in range(workers)]
        stage.wait_working()
        at = time.perf_counter()
        wait(stage, len(lines))
        took = time.perf_counter() - at
        found = scrape(stage, 1)
        insert, rollup = (stage_seconds(found, name) for name in ("insert", "rollup"))
        peak = max(peak_mib(worker.pid) for worker in started)
    return Rate(len(lines) / took, rollup / insert if insert else 0.0, peak)


def wait(stage: Stage, least: int) -> None:
    """Wait until so many records are stored."""
    while sum(stage.stored().values()) < least:
        assert all(worker.poll() is None for worker in stage.workers), "a worker died"
        time.sleep(0.1)


def bare(lines: list[bytes]) -> float:
    """Records a second of a loop that only reads and decodes."""
    console.print("bare loop …")
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder, Stage(Path(folder)) as stage:
        stage.send(lines)
        stage.producer.flush()
        command = [str(HERE / "bare_loop.py"), stage.cluster.addresses, str(len(lines)), *topics()]
        return len(lines) / float(run(command))


def plain_faust(lines: list[bytes]) -> float:
    """Records a second of the plain agent."""
    console.print("plain Faust …")
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder, Stage(Path(folder)) as stage:
        stage.send(lines)
        stage.producer.flush()
        url = stage.store.url("default")
        command = [str(HERE / "plain_faust.py"), stage.cluster.addresses, str(len(lines)), url, *topics()]
        return len(lines) / float(run(command))


def latency(rate: float, seconds: int) -> list[float]:
    """Seconds from produce to a row that a query finds, of probes among `rate` records a second, sorted."""
    console.print(f"latency at {rate:,.0f} records/s …")
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder, Stage(Path(folder)) as stage:
        stage.start_worker()
        stage.wait_working()
        lines = events(int(rate * seconds))
        over = threading.Event()
        feeder = threading.Thread(target=feed, args=(stage, lines, rate, over))
        feeder.start()
        waits = []
        for number in range(10_000):
            if over.is_set():
                break
            waits.append(probe(stage, number))
            time.sleep(0.1)
        feeder.join()
    return sorted(waits)


def feed(stage: Stage, lines: list[bytes], rate: float, over: threading.Event) -> None:
    """Send lines evenly."""
    start, piece = time.perf_counter(), max(1, int(rate / 20))
    for at in range(0, len(lines), piece):
        stage.send(lines[at : at + piece])
        time.sleep(max(0.0, start + (at + piece) / rate - time.perf_counter()))
    over.set()


def probe(stage: Stage, number: int) -> float:
    """Send one message and wait until a query finds it."""
    at = int(time.time() * 1000)
    event = {"event_id": f"probe{number}", "type": "chat.message", "occurred_at": at, "shop_id": "probe"}
    more = {"channel": "jd", "conversation_id": f"probe{number}", "sender": "customer", "text": "怎么退货"}
    begun = time.perf_counter()
    stage.send([msgspec.json.encode(event | more)])
    found = f"SELECT count() FROM messages WHERE shop_id = 'probe' AND event_id = 'probe{number}'"
    while stage.store.ask(found) == "0":
        time.sleep(0.02)
    return time.perf_counter() - begun


def outage(lines: list[bytes], seconds: int) -> float:
    """Peak memory of a worker whose store refuses for so long while everything waits in Kafka, MiB."""
    console.print("outage …")
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder, Stage(Path(folder)) as stage:
        worker = stage.start_worker()
        stage.wait_working()
        stage.faults.become("refuse")
        stage.send(lines)
        stage.producer.flush()
        time.sleep(seconds)
        stage.faults.become("pass")
        wait(stage, len(lines))
        return peak_mib(worker.pid)


def topics() -> list[str]:
    """The topics that come in."""
    return [PREFIX + name for name in IN]


def run(command: list[str]) -> str:
    """The last line that a program prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *command],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    return done.stdout.decode().split()[-1]


def scrape(stage: Stage, number: int) -> str:
    """The metrics of the worker that was started as number `number`."""
    log = (stage.folder / f"worker{number}.log").read_text()
    url = re.search(r"http://\S+/metrics", log)
    assert url is not None, log
    with urllib.request.urlopen(url[0], timeout=10) as answer:
        return str(answer.read().decode())


def stage_seconds(metrics: str, name: str) -> float:
    """Seconds spent in a stage."""
    found = re.search(rf'kefu_pulse_stage_seconds_sum{{stage="{name}"}} (\S+)', metrics)
    return float(found[1]) if found else 0.0


def peak_mib(pid: int) -> float:
    """The highest resident memory of a process, MiB."""
    status: dict[str, Any] = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line
    )
    return int(status["VmHWM"].split()[0]) / 1024


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
