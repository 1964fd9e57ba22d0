"""The benchmark of workers runs to its end and prints its table; what it measures depends on the machine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.real.clickhouse import ROOT

pytestmark = [pytest.mark.usefixtures("kafka_runs"), pytest.mark.slow]


def test_a_short_run_prints_every_line() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.bench.kafka", "--quick"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    for line in ("one worker", "without tagging", "two workers", "rollups", "latency", "memory", "away"):
        assert line in done.stdout, done.stdout
