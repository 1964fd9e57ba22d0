"""Each fault of a running cluster, a few times; `make failures` strikes a thousand times."""

from __future__ import annotations

import pytest

from tests.real.failures import STRIKES, run
from tests.real.stage import FLAWLESS

pytestmark = [pytest.mark.usefixtures("kafka_runs"), pytest.mark.slow]
SHORT = {
    "worker: kill -9": 6,
    "ClickHouse: kill -9": 4,
    "broker: kill -9": 2,
    "one broker of three lost for good": 1,
    "workers come and go": 2,
    "worker paused past its session": 1,
    "ClickHouse: refuses": 3,
    "ClickHouse: hangs": 2,
    "ClickHouse: cut in mid-insert": 4,
    "ClickHouse: stored, answer lost": 4,
}


@pytest.mark.parametrize("name", SHORT)
def test_nothing_is_lost_or_doubled(name: str) -> None:
    assert run(STRIKES[name], SHORT[name], 600).verdict == FLAWLESS
