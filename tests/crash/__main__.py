"""`make crash`: hundreds of kill -9 of `import` and `up`, and what they cost.

    python -m tests.crash [--kills 300] [--seed 1]

Prints one line a fault: how often it struck, over how many events, how many were lost or
doubled, how many rows differ from those of an undisturbed run, and how long a life took
from its start to its death or, for `up`, to readiness. Exits 1 when anything was lost,
doubled or different.
"""

from __future__ import annotations

import argparse
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration")]

from helpers import ROOT, child, dump, environment, strip_log, write_stream  # noqa: E402
from service import start  # noqa: E402
from test_up_crash import finish, send  # noqa: E402

FACTS = ("messages", "statuses", "ratings")
DERIVED = ("turns", "conversations", "rollup_minute", "rollup_hour")
IMPORT = [sys.executable, "-m", "streams.cli", "import"]


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
        work, share = Path(folder), max(1, options.kills // 6)
        outcomes = [
            kill_steps(work / "import", "import", 2 * share, chance),
            kill_imports(work / "moments", share, chance),
            kill_steps(work / "worker", "serve", 2 * share, chance),
        ]
        rest = options.kills - sum(outcome.kills for outcome in outcomes)
        outcomes.append(kill_services(work / "up", rest, chance))
    show(outcomes)
    return int(any(outcome.lost or outcome.doubled or outcome.different for outcome in outcomes))


def kill_steps(work: Path, mode: str, kills: int, chance: random.Random) -> Outcome:
    """Kill `child.py` at random commit steps, each time from where the last kill left it."""
    work.mkdir()
    file = work / "events.jsonl"
    write_stream(file, 300 + {"import": 30, "serve": 90}[mode] * kills)
    struck, times = 0, []
    while struck < kills:
        began = time.monotonic()
        done = child(work, mode, work / "killed", file, chance.randint(1, 14))
        times.append(time.monotonic() - began)
        if done.returncode != -signal.SIGKILL:
            break
        struck += 1
    for name in ("killed", "calm"):
        done = child(work, mode, work / name, file, 0)
        assert done.returncode == 0, done.stderr
    name = {"import": "import", "serve": "spool and worker"}[mode]
    return compared(f"{name}: a random commit step", struck, work, times)


def kill_imports(work: Path, kills: int, chance: random.Random) -> Outcome:
    """Kill `kefu-pulse import` at random moments; once it is through, there is nothing left to kill."""
    work.mkdir()
    file = work / "events.jsonl"
    write_stream(file, 1_500 * kills)
    run_import(work / "calm", file)
    began = time.monotonic()
    run_import(work / "calm", file)
    idle = time.monotonic() - began
    struck = 0
    while struck < kills:
        process = subprocess.Popen(
            [*IMPORT, str(file), "--warehouse", str(work / "killed")],
            env=environment(work), cwd=ROOT, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(chance.uniform(0.5, 1.1) * idle)
        process.kill()
        if process.wait() != -signal.SIGKILL:
            break
        struck += 1
    run_import(work / "killed", file)
    return compared("import: a random moment", struck, work, [idle])


def run_import(folder: Path, file: Path) -> None:
    """An undisturbed `kefu-pulse import`."""
    command = [*IMPORT, str(file), "--warehouse", str(folder)]
    subprocess.run(command, env=environment(folder.parent), cwd=ROOT, stderr=subprocess.DEVNULL, check=True)


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
    return compared("up: a random moment under load", struck, work, times)


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
    # A client that got no answer sends again: a dead letter has no id by which to tell that.
    letters = [set(map(without_place, tables["dead_letters"])) for tables in (found, expected)]
    different += len(letters[0] ^ letters[1])
    different += sum(account[1] != sum(account[2:5]) for account in found["books"])
    return Outcome(fault, kills, events, lost, doubled, different, statistics.median(times))


def without_place(row: str) -> str:
    """A dead letter without its first two columns, source and position."""
    return row.split(", ", 2)[2]


def show(outcomes: list[Outcome]) -> None:
    """The table, as docs/guarantees.md quotes it."""
    table = Table(title="kefu-pulse: kill -9 survived")
    for name in ("killed at", "kills", "events", "lost", "doubled", "rows different", "restart, median s"):
        table.add_column(name, justify="left" if name == "killed at" else "right")
    for outcome in outcomes:
        cells: list[Any] = [*outcome[:6], f"{outcome.restart_seconds:.1f}"]
        table.add_row(*map(str, cells))
    Console(width=120).print(table)


if __name__ == "__main__":
    sys.exit(main())
