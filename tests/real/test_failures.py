"""Each fault of a running cluster, a few times; `make failures` strikes a thousand times."""

from __future__ import annotations

import pytest

from tests.real.failures import STRIKES, run
from tests.real.stage import FLAWLESS

pytestmark = [pytest.mark.usefixtures("kafka_runs"), pytest.mark.slow]
SHORT = {
    "worker: kill -9": (40, 5_000),
    "ClickHouse: kill -9": (60, 4_000),
    "broker: kill -9": (8, 2_000),
    "one broker of three lost for good": (1, 600),
    "workers come and go": (2, 600),
    "worker paused past its session": (1, 600),
    "ClickHouse: refuses": (3, 600),
    "ClickHouse: hangs": (2, 600),
    "ClickHouse: cut in mid-insert": (4, 600),
    "ClickHouse: stored, answer lost": (4, 600),
}
"""Strikes and events: a hundred kills, and a few of everything else."""


@pytest.mark.parametrize("name", SHORT)
def test_nothing_is_lost_or_doubled(name: str) -> None:
    assert run(STRIKES[name], *SHORT[name]).verdict == FLAWLESS
