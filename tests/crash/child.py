"""A process to be killed: imports a file in small batches, or dumps a warehouse.

python tests/crash/child.py import FOLDER FILE KILL_AT    # 0: never; prints the number of steps
python tests/crash/child.py dump FOLDER                   # flush timers, print every table as JSON
"""

from __future__ import annotations

import json
import sys

from streams.commands.common import build_parts
from streams.metrics import Metrics
from streams.runtimes.embedded import EmbeddedRuntime
from streams.settings import load_settings
from streams.sources import open_source
from streams.testing import CountSteps, KillAt, ManualClock
from streams.warehouse.books import accounts
from streams.warehouse.client import Warehouse, open_warehouse

BATCH = 40
# What says where and when a row was written, not what it says.
_NOT_CONTENT = {
    "dirty_minutes": "version",
    "rollup_minute": "version, bot_response, agent_response",
    "rollup_hour": "version",
}
TABLES = (
    "messages",
    "statuses",
    "ratings",
    "turns",
    "conversations",
    "dead_letters",
    "checkpoints",
    "dirty_minutes",
    "rollup_minute",
    "rollup_hour",
)


def run_import(folder: str, file: str, kill_at: int) -> None:
    settings = load_settings(warehouse=folder)
    steps = KillAt(kill_at) if kill_at else CountSteps()
    with open_warehouse(folder, timezone=settings.timezone) as store:
        runtime = EmbeddedRuntime(store, build_parts(settings), Metrics(), ManualClock(1), steps)
        source = open_source(file, None)
        done = runtime.checkpoint(source.name)
        if done.position:
            assert source.seek(done.position, done.prefix_digest)
        for number, batch in enumerate(source.batches(BATCH)):
            runtime.process(batch)
            if number % 3 == 2:
                runtime.refresh_rollups()
        runtime.finish_history()
        runtime.refresh_rollups()
    if isinstance(steps, CountSteps):
        print(json.dumps(steps.names))


def dump(folder: str) -> None:
    settings = load_settings(warehouse=folder)
    with open_warehouse(folder, timezone=settings.timezone) as store:
        runtime = EmbeddedRuntime(store, build_parts(settings), Metrics(), ManualClock(1))
        runtime.finish_history()
        runtime.refresh_rollups()
        print(json.dumps({name: _rows(store, name) for name in TABLES} | {"books": list(accounts(store))}))


def _rows(store: Warehouse, table: str) -> list[str]:
    hidden = _NOT_CONTENT.get(table)
    columns = f"* EXCEPT ({hidden})" if hidden else "*"
    return sorted(map(repr, store.query(f"SELECT {columns} FROM {table}").rows))


if __name__ == "__main__":
    if sys.argv[1] == "import":
        run_import(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        dump(sys.argv[2])
