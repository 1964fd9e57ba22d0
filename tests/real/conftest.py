"""The broker that the tests of this folder share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.real.kafka import Cluster, KafkaUnavailable, broker_libs, java


@pytest.fixture(scope="session")
def kafka_runs() -> None:
    """What a test needs to start clusters of its own; skipped aloud without it, or failed where CI=true."""
    try:
        java()
        broker_libs()
    except KafkaUnavailable as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker's address: KEFU_PULSE_TEST_KAFKA where that is set, else a node of our own."""
    given = os.environ.get("KEFU_PULSE_TEST_KAFKA")
    if given:
        yield given
        return
    request.getfixturevalue("kafka_runs")
    with Cluster.start(tmp_path_factory.mktemp("kafka")) as cluster:
        yield cluster.addresses
