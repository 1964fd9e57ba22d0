"""`make failures`: a thousand kills and every other fault of a running cluster, and what they cost.

    python -m tests.real [--scale 1.0] [--only NAME] [--seed 1]

Prints one line a fault: how often it struck (or for how many seconds), how many records came in
meanwhile, how many were lost or doubled, how many rows differ from those of the embedded runtime on
the same events, how many records the books miss, and the seconds from the last strike until all was
stored. Exits 1 unless nothing was lost, doubled or different.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "crash"), str(HERE.parent / "integration")]

from tests.real.failures import STRIKES, Outcome, run  # noqa: E402

FULL = {
    "worker: kill -9": (400, 60_000),
    "ClickHouse: kill -9": (500, 40_000),
    "broker: kill -9": (100, 40_000),
    "broker: away, seconds": (60, 3_000),
    "one broker of three lost for good": (1, 2_000),
    "workers come and go": (12, 4_000),
    "worker paused past its session": (3, 4_000),
    "ClickHouse: refuses": (40, 6_000),
    "ClickHouse: refuses, seconds": (120, 6_000),
    "ClickHouse: hangs": (40, 6_000),
    "ClickHouse: cut in mid-insert": (40, 6_000),
    "ClickHouse: stored, answer lost": (40, 6_000),
}
"""Strikes and events of each fault."""


def main() -> int:
    """Run the faults and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.real", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the strikes and events")
    parser.add_argument("--only", default="", help="faults whose name has this in it")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    outcomes = []
    for name, (strikes, events) in FULL.items():
        if options.only in name:
            share = (max(1, round(strikes * options.scale)), max(400, round(events * options.scale)))
            outcomes.append(run(STRIKES[name], *share, options.seed))
            print(outcomes[-1], file=sys.stderr, flush=True)
    Console(width=118).print(table(outcomes))
    return int(any(any(outcome.verdict) for outcome in outcomes))


def table(outcomes: list[Outcome]) -> Table:
    """One line a fault."""
    made = Table(title="kefu-pulse: faults of a running cluster survived")
    made.add_column("fault")
    for name in ("times", "records", "lost", "doubled", "rows different", "books out", "recovery s"):
        made.add_column(name, justify="right")
    for o in outcomes:
        numbers = (o.strikes, o.events, *o.verdict, round(o.recovery_seconds, 1))
        made.add_row(o.fault, *map(str, numbers))
    return made


if __name__ == "__main__":
    sys.exit(main())
