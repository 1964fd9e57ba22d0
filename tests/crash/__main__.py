"""`make crash`: hundreds of kill -9 of `import` and `up` under load, and what they cost.

    python -m tests.crash [--kills 300] [--seed 1]

Prints one line a fault: how often it struck, over how many events, how many were lost or
doubled, how many rows differ from those of an undisturbed run, and how long a restart took.
Exits 1 when anything was lost, doubled or different.
"""

from __future__ import annotations

import argparse
import random
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration")]

from helpers import child, dump, write_stream  # noqa: E402
from service import start  # noqa: E402
from test_up_crash import finish, send, strip_log  # noqa: E402

FACTS = ("messages", "statuses", "ratings")
DERIVED = ("turns", "conversations", "rollup_minute", "rollup_hour")


class Outcome(NamedTuple):
    """What a fault did."""

    fault: str
    kills: int
    events: int
    lost: int
    doubled: int
    different: int
    restart_seconds: float


def main() -> int:
    """Run both faults and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="kefu-pulse-crash-") as folder:
        work = Path(folder)
        served = max(1, options.kills // 6)
        outcomes = [
            kill_imports(work / "import", options.kills - served, chance),
            kill_services(work / "up", served, chance),
        ]
    show(outcomes)
    return int(any(outcome.lost or outcome.doubled or outcome.different for outcome in outcomes))


def kill_imports(work: Path, kills: int, chance: random.Random) -> Outcome:
    """Kill an import at random commit steps, each time from where the last kill left it."""
    work.mkdir()
    file = work / "events.jsonl"
    write_stream(file, 300 + 25 * kills)
    folder, struck, times = work / "killed", 0, []
    while struck < kills:
        began = time.monotonic()
        done = child(work, "import", folder, file, chance.randint(1, 14))
        times.append(time.monotonic() - began)
        if done.returncode != -signal.SIGKILL:
            break
        struck += 1
    assert child(work, "import", folder, file, 0).returncode == 0
    assert child(work, "import", work / "calm", file, 0).returncode == 0
    return compared("import, kill -9 at a random commit step", struck, work, times)


def kill_services(work: Path, kills: int, chance: random.Random) -> Outcome:
    """Kill a serving process at random moments while a client posts and retries."""
    work.mkdir()
    lines = write_stream(work / "events.jsonl", 300 + 60 * kills)
    done, struck, times = 0, 0, []
    for _ in range(kills):
        began = time.monotonic()
        service = start(work / "killed")
        times.append(time.monotonic() - began)
        done = send(service, lines, done, time.monotonic() + chance.uniform(0.05, 0.6))
        service.process.kill()
        struck += service.process.wait() == -signal.SIGKILL
    for name, position in (("killed", done), ("calm", 0)):
        service = start(work / name)
        assert send(service, lines, position, time.monotonic() + 120) >= len(lines)
        finish(service)
    return compared("up, kill -9 at a random moment under load", struck, work, times)


def compared(fault: str, kills: int, work: Path, times: list[float]) -> Outcome:
    """Both warehouses of `work`, killed and calm, table by table."""
    found, expected = dump(work, work / "killed"), dump(work, work / "calm")
    lost = doubled = events = 0
    for table in FACTS:
        ours, theirs = strip_log(found[table]), strip_log(expected[table])
        events += len(theirs)
        lost += len(set(theirs) - set(ours))
        doubled += len(ours) - len(set(ours))
    different = sum(len(set(found[table]) ^ set(expected[table])) for table in DERIVED)
    different += sum(account[1] != sum(account[2:5]) for account in found["books"])
    return Outcome(fault, kills, events, lost, doubled, different, statistics.median(times))


def show(outcomes: list[Outcome]) -> None:
    """The table, as docs/guarantees.md quotes it."""
    table = Table(title="kefu-pulse: kills survived")
    for name in ("fault", "kills", "events", "lost", "doubled", "rows different", "restart, median s"):
        table.add_column(name, justify="left" if name == "fault" else "right")
    for outcome in outcomes:
        cells: list[Any] = [*outcome[:6], f"{outcome.restart_seconds:.1f}"]
        table.add_row(*map(str, cells))
    Console(width=120).print(table)


if __name__ == "__main__":
    sys.exit(main())
