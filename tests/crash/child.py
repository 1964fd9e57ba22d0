"""A process to be killed: imports a file in small batches, drains a spool, or dumps a warehouse.

python tests/crash/child.py import FOLDER FILE KILL_AT    # 0: never; prints the steps
python tests/crash/child.py serve FOLDER FILE KILL_AT     # the same through spool and worker
python tests/crash/child.py kinds FOLDER FILE             # a life for each kind of step, each killed there
python tests/crash/child.py dump FOLDER                   # flush timers, print every table as JSON
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from helpers import TABLES, contents

from streams.commands.common import build_parts
from streams.metrics import Metrics
from streams.runtimes.committer import Committer, Parts
from streams.runtimes.embedded import EmbeddedWorker
from streams.settings import load_settings
from streams.sources import open_source
from streams.sources.intake import Intake
from streams.sources.spool import Spool
from streams.testing import CountSteps, KillAt, ManualClock
from streams.warehouse.books import accounts
from streams.warehouse.client import open_warehouse

BATCH = 40
ROLLUP_EVERY = 3
KINDS = 13
"""Steps of a commit, the step after it, the rollups, and the two of the question database."""
ZONE = "Asia/Shanghai"
Steps = Callable[[str], None]


def run_import(folder: str, file: str, parts: Parts, steps: Steps) -> None:
    """Import `file` from where the last life stopped."""
    with open_warehouse(folder, timezone=ZONE) as store:
        runtime = Committer(store, parts, Metrics(), ManualClock(1 << 42), steps)
        source = open_source(file, None)
        done = runtime.checkpoint(source.name)
        if done.position:
            assert source.seek(done.position, done.prefix_digest)
        for number, batch in enumerate(source.batches(BATCH)):
            runtime.process(batch)
            if number % ROLLUP_EVERY == ROLLUP_EVERY - 1:
                runtime.refresh_rollups()
        runtime.finish_history()
        runtime.refresh_rollups()
        while runtime.refresh_questions():
            pass


def serve(folder: str, file: str, parts: Parts, steps: Steps) -> None:
    """Send what of `file` is not acknowledged yet to the spool, bit by bit, and let the worker drain it."""
    lines = [line for line in Path(file).read_bytes().split(b"\n") if line]
    with open_warehouse(folder, timezone=ZONE) as store:
        spool = Spool(Path(folder) / "spool.sqlite")
        runtime, metrics = Committer(store, parts, Metrics(), ManualClock(1 << 42), steps), Metrics()
        spool.seek(runtime.checkpoint(spool.name).position, "")
        worker = EmbeddedWorker(runtime, spool, metrics, ManualClock(1 << 42))
        worker.start()
        intake = Intake(spool, parts.builder, parts.redactor, worker.wake)
        for start in range(spool.last_position(), len(lines), BATCH):
            intake.accept(lines[start : start + BATCH])
            while spool.backlog() > 2 * BATCH:
                time.sleep(0.001)
        while spool.backlog():
            time.sleep(0.001)
        worker.stop()
        spool.close()


def kill_each_kind(folder: str, file: str, parts: Parts) -> int:
    """Lives that die at step 1, 2, 3 … of what the one before left; returns how many there were.

    The lives are forks of this process, so that each needs no second of imports. The engine,
    which does not survive a fork, is loaded by each of them.
    """
    assert "chdb" not in sys.modules
    deaths = 0
    while True:
        pid = os.fork()
        if pid == 0:
            run_import(folder, file, parts, KillAt(deaths % KINDS + 1))
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status == 0:
            return deaths
        assert status == -signal.SIGKILL, status
        deaths += 1


def dump(folder: str, parts: Parts, tables: Sequence[str]) -> None:
    with open_warehouse(folder, timezone=ZONE) as store:
        runtime = Committer(store, parts, Metrics(), ManualClock(1 << 42))
        runtime.finish_history()
        runtime.refresh_rollups()
        while runtime.refresh_questions():
            pass
        print(json.dumps(contents(store, tables) | {"books": list(accounts(store))}))


def main(mode: str, folder: str, *rest: str) -> None:
    parts = build_parts(load_settings(warehouse=folder))
    if mode == "dump":
        dump(folder, parts, (*TABLES, *rest))
    elif mode == "kinds":
        print(json.dumps(kill_each_kind(folder, rest[0], parts)))
    else:
        steps = KillAt(int(rest[1])) if int(rest[1]) else CountSteps()
        (run_import if mode == "import" else serve)(folder, rest[0], parts, steps)
        if isinstance(steps, CountSteps):
            print(json.dumps(steps.names))


if __name__ == "__main__":
    main(*sys.argv[1:])
