"""`replay` on a real broker: what was lost comes back, what is there changes, nothing counts twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.helpers import KEY
from tests.integration.shop import golden_lines
from tests.real.clickhouse import ROOT
from tests.real.stage import FLAWLESS, Stage, expected_content

_DAMAGE = ("DELETE WHERE cityHash64(event_id) % 3 = 0", "UPDATE nature = 'praise' WHERE nature != ''")
pytestmark = [pytest.mark.usefixtures("kafka_runs"), pytest.mark.slow]


def replay(stage: Stage, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-m", "streams.cli", "replay", *options),
            *("--kafka", stage.cluster.addresses, "--warehouse", stage.store.url()),
        ],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(stage.folder),
            "PYTHONPATH": str(ROOT),
            "KEFU_PULSE_REDACTION_KEY": KEY,
            "KEFU_PULSE_NO_REPLY_SECONDS": "4",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_what_was_lost_comes_back_and_nothing_counts_twice(tmp_path: Path) -> None:
    lines = golden_lines(400)
    expected = expected_content(tmp_path / "embedded", lines)
    with Stage(tmp_path) as stage:
        stage.start_worker()
        stage.send(lines)
        stage.wait_caught_up()
        assert stage.judge(expected) == FLAWLESS
        # As after a restored backup, and with a tag that somebody got wrong.
        for change in _DAMAGE:
            stage.store.ask(f"ALTER TABLE messages {change} SETTINGS mutations_sync = 2")
        assert stage.judge(expected).lost > 0
        done = replay(stage, "--from", "2026-01-01")
        assert done.returncode == 0, done.stderr
        assert "taken again" in done.stderr
        stage.wait_settled()
        assert stage.judge(expected) == FLAWLESS, stage.differences(expected)
        before = replay(stage, "--from", "2026-01-01", "--to", "2026-01-02")
        assert "taken again 0" in before.stderr


def test_a_time_that_is_none_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-m", "streams.cli", "replay", "--from", "gestern"),
            "--kafka",
            "h:1",
        ],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "gestern" in done.stderr
