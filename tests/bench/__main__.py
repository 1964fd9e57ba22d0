"""`python -m tests.bench`: speed and memory of ours and of a naive baseline, in one run.

Everything runs on one core. `--quick` stops at 100,000 events; `--json FILE` also
writes the figures. Each import is a process of its own with a fresh warehouse
folder; seconds are wall time with start-up, memory is the peak resident set that
the kernel reports for it. Where other work shares the machine, compare events per
CPU second. Exit code 1 when a part fails.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
START_MS = 1_793_548_800_000
TAGGED_MESSAGES = 20_000
NAIVE_EVENTS = 10_000
"""The baseline's rate does not change with the number of events; a million would take half an hour."""
SIZES = (10_000, 100_000, 1_000_000)

STORED = "SELECT sum(stored) AS stored FROM checkpoints"

console = Console(width=None if sys.stdout.isatty() else 120)


class BenchError(RuntimeError):
    """A measured process failed; the message has its last words."""


def main() -> int:
    """Run all parts and print them."""
    options = _options()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder:
        try:
            result = measure(Path(folder), SIZES[:-1] if options.quick else SIZES)
        except BenchError as error:
            console.print(f"bench failed: {error}", highlight=False, markup=False)
            return 1
    report(result)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1), encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Speed and memory, in one run."
    )
    parser.add_argument("--quick", action="store_true", help="stop at 100,000 events")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    return parser.parse_args()


def measure(folder: Path, sizes: tuple[int, ...]) -> dict[str, Any]:
    """All figures; rates a second, memory in MiB. Raises BenchError."""
    console.print("tagging …")
    tagging = json.loads(run([str(HERE / "tagging.py"), str(TAGGED_MESSAGES)])["output"])
    growth = [ours(folder, count) for count in sizes]
    console.print(f"baseline, {NAIVE_EVENTS:,} events …")
    file = write_events(folder / "naive.jsonl", NAIVE_EVENTS)
    naive = timed(NAIVE_EVENTS, [str(HERE / "naive.py"), str(file), str(folder / "naive")])
    return {"tagging": tagging, "ours": growth[-1], "naive": naive, "growth": growth}


def ours(folder: Path, count: int) -> dict[str, float]:
    """Import `count` demo events into a fresh warehouse."""
    console.print(f"import, {count:,} events …")
    file = write_events(folder / f"{count}.jsonl", count)
    warehouse = folder / f"warehouse-{count}"
    command = ["-m", "streams.cli"]
    figures = timed(count, [*command, "import", str(file), "--warehouse", str(warehouse)])
    file.unlink()
    check = run([*command, "query", STORED, "--warehouse", str(warehouse), "--format", "jsonl"])
    stored = int(json.loads(check["output"])["stored"])
    if stored != count:
        raise BenchError(f"{count:,} events imported, {stored:,} stored: the speed means nothing")
    return figures


def write_events(file: Path, count: int) -> Path:
    """The first `count` events of the seeded demo as JSON lines."""
    from streams.demo import DemoConfig, stream

    with file.open("wb") as out:
        for event in islice(stream(DemoConfig(start_ms=START_MS)), count):
            out.write(msgspec.json.encode(event) + b"\n")
    return file


def timed(count: int, arguments: list[str]) -> dict[str, float]:
    """Events, seconds, events a second, processor seconds and peak memory of a Python process."""
    done = run(arguments)
    return {
        "events": count,
        "seconds": done["seconds"],
        "rate": count / done["seconds"],
        "cpu": done["cpu"],
        "memory": done["memory"],
    }


def run(arguments: list[str]) -> dict[str, Any]:
    """Run Python with `arguments` to its end. Raises BenchError when it fails."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        # The kernel's peak of a child begins at this process's size: nothing heavy is imported here.
        process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (output, errors):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
    if process.returncode:
        raise BenchError(
            f"{' '.join(arguments)} exited with {process.returncode}: {texts[1].strip()[-2000:]}"
        )
    return {
        "output": texts[0],
        "seconds": seconds,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss / 1024,
    }


def report(result: dict[str, Any]) -> None:
    """Print the figures as tables."""
    tagging, mine, naive = result["tagging"], result["ours"], result["naive"]
    table = Table("", "ours", "naive", "ratio", "aim", title="kefu-pulse on one core")
    for column in table.columns[1:]:
        column.justify = "right"
    ratio = tagging["ours"] / tagging["naive"]
    masked = tagging["ours_masked"] / tagging["naive"]
    speed = mine["rate"] / naive["rate"]
    per_cpu = [row["events"] / row["cpu"] for row in (mine, naive)]
    table.add_row(
        "tagging, messages/s", *_numbers(tagging["ours"], tagging["naive"]), _ratio(ratio), "≥ 30 ×"
    )
    table.add_row(
        "masking and tagging, messages/s",
        *_numbers(tagging["ours_masked"], tagging["naive"]),
        _ratio(masked),
        "",
    )
    table.add_row("end to end, events/s", *_numbers(mine["rate"], naive["rate"]), _ratio(speed), "≥ 8,000/s")
    table.add_row(
        "end to end, events per CPU second", *_numbers(*per_cpu), _ratio(per_cpu[0] / per_cpu[1]), ""
    )
    table.add_row("peak memory, MiB", *_numbers(mine["memory"], naive["memory"]), "", "")
    console.print(table)
    console.print(
        f"ours: {mine['events']:,} events; naive: {naive['events']:,} events; start-up included",
        highlight=False,
    )
    growth = Table("events", "seconds", "CPU s", "events/s", "peak MiB", title="growth")
    for column in growth.columns:
        column.justify = "right"
    for row in result["growth"]:
        seconds = [f"{row[name]:.1f}" for name in ("seconds", "cpu")]
        growth.add_row(f"{row['events']:,}", *seconds, *_numbers(row["rate"], row["memory"]))
    console.print(growth)


def _numbers(*values: float) -> list[str]:
    return [f"{value:,.0f}" for value in values]


def _ratio(value: float) -> str:
    return f"{value:.1f} ×"


if __name__ == "__main__":
    sys.exit(main())
