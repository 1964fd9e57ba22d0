"""`python -m tests.bench`: speed and memory of ours and of a naive baseline, in one run.

Everything runs on one core, the baseline too. `--quick` stops at 100,000 events;
`--json FILE` also writes the figures. Each import is a process of its own with a
fresh warehouse folder; seconds are wall time with start-up. Where other work shares
the machine, compare events per CPU second. Exit code 1 when a part fails; a missed
aim is printed and fails nothing, as it depends on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from tests.bench.process import BenchError, Run, run
from tests.bench.report import console, report

HERE = Path(__file__).parent
START_MS = 1_793_548_800_000
SIZES = (10_000, 100_000, 1_000_000)
QUICK_SIZES = SIZES[:-1]
MESSAGES = 20_000
BASELINE_EVENTS = 10_000
"""The baseline's rate does not change with the number of events, and a million would take very long."""

STORED = "SELECT sum(stored) AS stored FROM checkpoints"


def main() -> int:
    """Run all parts and print them."""
    options = _options()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder:
        try:
            result = measure(Path(folder), options.events, options.messages)
        except BenchError as error:
            console.print(f"bench failed: {error}", markup=False)
            return 1
    report(result)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1), encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Speed and memory, in one run."
    )
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", action="store_const", dest="events", const=QUICK_SIZES, help="no million")
    sizes.add_argument("--events", type=int, nargs="+", metavar="N", help="sizes of the imports, ascending")
    parser.add_argument("--messages", type=int, default=MESSAGES, metavar="N", help="texts to tag")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    parser.set_defaults(events=SIZES)
    return parser.parse_args()


def measure(folder: Path, sizes: tuple[int, ...], messages: int) -> dict[str, Any]:
    """All figures; rates a second, memory in MiB. Raises BenchError."""
    load = [os.getloadavg()[0]]
    console.print(f"tagging, {messages:,} messages …")
    tagging = json.loads(run([str(HERE / "tagging.py"), str(messages)]).output)
    growth = [ours(folder, count) for count in sizes]
    naive = baseline(folder, min(sizes[0], BASELINE_EVENTS))
    load.append(os.getloadavg()[0])
    return {"tagging": tagging, "naive": naive, "growth": growth, "load": load}


def ours(folder: Path, count: int) -> dict[str, float]:
    """Import `count` demo events into a fresh warehouse."""
    console.print(f"import, {count:,} events …")
    file = write_events(folder / f"{count}.jsonl", count)
    warehouse = folder / f"warehouse-{count}"
    command = ["-m", "streams.cli"]
    done = run([*command, "import", str(file), "--warehouse", str(warehouse)])
    file.unlink()
    check = run([*command, "query", STORED, "--warehouse", str(warehouse), "--format", "jsonl"])
    stored = int(json.loads(check.output)["stored"])
    if stored != count:
        raise BenchError(f"{count:,} events imported, {stored:,} stored: the speed means nothing")
    return figures(count, done)


def baseline(folder: Path, count: int) -> dict[str, float]:
    """The baseline's import of the same first `count` events."""
    console.print(f"baseline, {count:,} events …")
    file = write_events(folder / "naive.jsonl", count)
    return figures(count, run([str(HERE / "naive.py"), str(file), str(folder / "naive")]))


def write_events(file: Path, count: int) -> Path:
    """The first `count` events of the seeded demo as JSON lines."""
    from streams.demo import DemoConfig, stream

    with file.open("wb") as out:
        for event in islice(stream(DemoConfig(start_ms=START_MS)), count):
            out.write(msgspec.json.encode(event) + b"\n")
    return file


def figures(count: int, done: Run) -> dict[str, float]:
    """Events, seconds, events a second, processor seconds and memory of an import."""
    return {
        "events": count,
        "seconds": done.seconds,
        "rate": count / done.seconds,
        "cpu": done.cpu,
        "halfway": done.halfway,
        "peak": done.peak,
    }


if __name__ == "__main__":
    sys.exit(main())
