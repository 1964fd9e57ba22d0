"""kill -9 at every commit step of an import: the rows equal those of an undisturbed run."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers import ROOT, assert_books, assert_same, child, dump, environment, write_stream

EVENTS = 220


@pytest.mark.slow
def test_killed_at_every_commit_step(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    write_stream(file, EVENTS)
    undisturbed = child(tmp_path, "import", tmp_path / "calm", file, 0)
    assert undisturbed.returncode == 0, undisturbed.stderr
    steps = json.loads(undisturbed.stdout)
    expected = dump(tmp_path, tmp_path / "calm")
    assert_books(expected)
    # One warehouse is killed at each step in turn, from where the last kill left it.
    folder, kills, step = tmp_path / "killed", 0, 1
    while True:
        done = child(tmp_path, "import", folder, file, step)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        kills += 1
        step = step % 12 + 1
        assert kills < 10 * len(steps)
    assert kills >= 10
    found = dump(tmp_path, folder)
    assert_books(found)
    assert_same(found, expected)


@pytest.mark.slow
def test_killed_at_random_moments(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    write_stream(file, 3_000)
    command = [sys.executable, "-m", "streams.cli", "import", str(file), "--warehouse"]
    calm = subprocess.run(
        [*command, str(tmp_path / "calm")], env=environment(tmp_path), cwd=ROOT, check=False
    )
    assert calm.returncode == 0
    chance, kills = random.Random(3), 0
    for _ in range(4):
        process = subprocess.Popen([*command, str(tmp_path / "killed")], env=environment(tmp_path), cwd=ROOT)
        time.sleep(chance.uniform(0.8, 2.5))
        process.kill()
        kills += process.wait() == -signal.SIGKILL
    assert kills
    done = subprocess.run(
        [*command, str(tmp_path / "killed")], env=environment(tmp_path), cwd=ROOT, check=False
    )
    assert done.returncode == 0
    found, expected = dump(tmp_path, tmp_path / "killed"), dump(tmp_path, tmp_path / "calm")
    assert_books(found)
    assert_same(found, expected)
