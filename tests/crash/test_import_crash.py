"""An import dies at every commit step, and at random moments: the rows equal those of an undisturbed run."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import (
    KEY,
    QUESTION_TABLES,
    ROOT,
    assert_books,
    assert_same,
    child,
    contents,
    dump,
    environment,
    write_stream,
)

from streams.commands.common import build_parts
from streams.metrics import Metrics
from streams.runtimes.committer import Committer, Parts, Share, no_step
from streams.settings import load_settings
from streams.sources import open_source
from streams.testing import AbortAt, Aborted, ManualClock
from streams.warehouse import rollups
from streams.warehouse.books import accounts
from streams.warehouse.client import Warehouse, open_warehouse

BATCH = 30
NOW_MS = 1 << 42


def live(
    store: Warehouse, file: Path, parts: Parts, steps: Callable[[str], None], writer: str = ""
) -> Committer:
    """One life of an import: from its checkpoint to the end or to its death; with `writer` one of several."""
    # The pipeline of a dead process is gone with it.
    pipeline = type(parts.pipeline)(parts.pipeline._reader, held_facts=200)
    parts, clock = parts._replace(pipeline=pipeline), ManualClock(NOW_MS)
    runtime = Committer(store, parts, Metrics(), clock, steps, share=Share(writer))
    source = open_source(str(file), None)
    if writer:
        runtime.take_over(lambda _key: True, [source.name])
    done = runtime.checkpoint(source.name)
    assert not done.position or source.seek(done.position, done.prefix_digest)
    for number, batch in enumerate(source.batches(BATCH)):
        runtime.process(batch)
        if number % 3 == 1:
            runtime.refresh_rollups()
    runtime.finish_history()
    runtime.refresh_rollups()
    while runtime.refresh_questions():
        pass
    return runtime


def received(store: Warehouse) -> int:
    return int(store.query("SELECT sum(received) FROM checkpoints").rows[0][0])


@pytest.mark.parametrize("writer", ["", "one of several"])
def test_aborted_at_every_commit_step(tmp_path: Path, writer: str) -> None:
    file = tmp_path / "events.jsonl"
    write_stream(file, 170)
    parts = build_parts(load_settings({"KEFU_PULSE_REDACTION_KEY": KEY}))
    with open_warehouse(str(tmp_path / "calm"), timezone="Asia/Shanghai") as store:
        live(store, file, parts, no_step)
        expected = contents(store)
    died_at: list[str] = []
    with open_warehouse(str(tmp_path / "killed"), timezone="Asia/Shanghai") as store:
        number, before = 1, 0
        while True:
            try:
                live(store, file, parts, AbortAt(number), writer)
                break
            except Aborted as death:
                died_at.append(str(death))
            # As long as no batch is added, each life gets one step further than the last.
            number = number + 1 if received(store) == before else 1
            before = received(store)
        # What a dead writer was about to write counts as written after a while.
        rollups.refresh(store, NOW_MS + rollups.LOST_MS + 60_000)
        found, books = contents(store), list(accounts(store))
        if writer:
            expected["dirty_minutes"] = found["dirty_minutes"]
            assert not store.query("SELECT count() FROM dirty_minutes WHERE dirty != 0").rows[0][0]
    assert all(account.missing == 0 for account in books)
    assert_same(found, expected)
    assert set(died_at) >= {"dirty_minutes", "messages", "turns", "conversations", "checkpoints"}
    assert len(died_at) > 6 * 9
    assert set(died_at) >= ({"written", "announced"} if writer else {"rollups"})


@pytest.mark.slow
def test_killed_at_every_kind_of_step(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    write_stream(file, 140)
    killed = child(tmp_path, "kinds", tmp_path / "killed", file)
    assert killed.returncode == 0, killed.stderr
    assert json.loads(killed.stdout) >= 11
    calm = child(tmp_path, "import", tmp_path / "calm", file, 0)
    assert calm.returncode == 0, calm.stderr
    found, expected = (dump(tmp_path, tmp_path / name, QUESTION_TABLES) for name in ("killed", "calm"))
    assert_books(found)
    assert_same(found, expected)


@pytest.mark.slow
def test_killed_at_random_moments(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    write_stream(file, 3_000)
    command = [sys.executable, "-m", "streams.cli", "import", str(file), "--warehouse"]
    began = time.monotonic()
    calm = subprocess.run(
        [*command, str(tmp_path / "calm")], env=environment(tmp_path), cwd=ROOT, check=False
    )
    assert calm.returncode == 0
    took = time.monotonic() - began
    chance, kills = random.Random(3), 0
    while kills < 4:
        process = subprocess.Popen([*command, str(tmp_path / "killed")], env=environment(tmp_path), cwd=ROOT)
        time.sleep(chance.uniform(0.4, 0.9) * took)
        process.kill()
        if process.wait() == -signal.SIGKILL:
            kills += 1
        else:
            # It finished first: begin anew, and strike sooner.
            shutil.rmtree(tmp_path / "killed")
            took *= 0.7
    done = subprocess.run(
        [*command, str(tmp_path / "killed")], env=environment(tmp_path), cwd=ROOT, check=False
    )
    assert done.returncode == 0
    found, expected = (dump(tmp_path, tmp_path / name, QUESTION_TABLES) for name in ("killed", "calm"))
    assert_books(found)
    assert_same(found, expected)
