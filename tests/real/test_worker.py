"""Workers on a real broker and a store behind HTTP: the rows of the embedded runtime, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.shop import golden_lines
from tests.real.clickhouse import ROOT
from tests.real.stage import FLAWLESS, Stage, expected_content

pytestmark = [pytest.mark.usefixtures("kafka_runs"), pytest.mark.slow]


def test_two_workers_give_the_rows_of_the_embedded_runtime(tmp_path: Path) -> None:
    lines = golden_lines(1_500)
    expected = expected_content(tmp_path / "embedded", lines)
    with Stage(tmp_path) as stage:
        workers = [stage.start_worker(), stage.start_worker()]
        stage.send(lines)
        # The same events again, on a partition that is not theirs.
        stage.send(lines[:20], key=b"another key")
        stage.wait_caught_up()
        assert stage.judge(expected) == FLAWLESS, stage.differences(expected)
        assert [stage.end_worker(worker, signal.SIGTERM) for worker in workers] == [0, 0]


def test_a_topic_made_anew_is_not_read_as_the_old_one(tmp_path: Path) -> None:
    lines = golden_lines(60)
    with Stage(tmp_path) as stage:
        worker = stage.start_worker()
        stage.send(lines)
        stage.wait_stored()
        stage.end_worker(worker, signal.SIGTERM)
        stage.store.ask(
            "INSERT INTO checkpoints SELECT * REPLACE (position + 1000 AS position) FROM checkpoints FINAL"
        )
        late = stage.start_worker()
        assert late.wait(timeout=60) == 1
        stage.workers.remove(late)
        assert "KEFU_PULSE_TOPIC_PREFIX" in (tmp_path / "worker2.log").read_text()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--warehouse", "http://127.0.0.1:9/kefu"], "KEFU_PULSE_KAFKA"),
        (["--kafka", "127.0.0.1:9", "--warehouse", "./data"], "kefu-pulse up"),
        (["--kafka", "127.0.0.1", "--warehouse", "http://127.0.0.1:9/kefu"], "host:port"),
        (["--kafka", "127.0.0.1:9", "--warehouse", "http://127.0.0.1:9/kefu"], "no answer"),
    ],
)
def test_what_is_missing_is_said_in_one_line(tmp_path: Path, options: list[str], word: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "streams.cli", "worker", *options],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode in (1, 2)
    assert word in done.stderr
    assert "Traceback" not in done.stderr
