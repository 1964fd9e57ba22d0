"""Workers on a real broker and a store behind HTTP: the rows of the embedded runtime, whatever happens."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.integration.shop import golden_lines
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
