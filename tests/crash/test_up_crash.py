"""kill -9 of `kefu-pulse up` under load: what was acknowledged is there, once, and judged the same."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import pytest
from helpers import assert_books, assert_same, dump, strip_log, write_stream

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
from service import Service, start

KILLS = 4
BATCH = 25
# Where a record stood in the log, and how many tries it took, differ; what it says must not.
_LOG_TABLES = ("checkpoints", "books", "messages", "statuses", "ratings", "dead_letters", "dirty_minutes")


def send(service: Service, lines: list[bytes], done: int, until: float) -> int:
    """Post batches in order until `until`; returns how many lines were acknowledged."""
    while done < len(lines) and time.monotonic() < until:
        try:
            if service.post(b"\n".join(lines[done : done + BATCH])).status not in (200, 422):
                return done
        except OSError:
            return done
        done += BATCH
    return done


def finish(service: Service) -> None:
    """Let the pipeline catch up, then stop; what waits in the spool would wait for the next start."""
    deadline = time.monotonic() + 60
    time.sleep(1)  # the gauge is set in every round of the pipeline
    while b"kefu_pulse_spool_backlog_events 0.0" not in service.request("/metrics").body:
        assert time.monotonic() < deadline, "the spool was not drained"
        time.sleep(0.2)
    service.process.terminate()
    assert service.process.wait(timeout=30) == 0


@pytest.mark.slow
def test_killed_under_load(tmp_path: Path) -> None:
    lines = write_stream(tmp_path / "events.jsonl", 1_500)
    chance, done = random.Random(9), 0
    for _ in range(KILLS):
        service = start(tmp_path / "killed")
        done = send(service, lines, done, time.monotonic() + chance.uniform(0.2, 0.8))
        service.process.kill()
        service.process.wait()
    service = start(tmp_path / "killed")
    assert send(service, lines, done, time.monotonic() + 60) >= len(lines)
    finish(service)
    calm = start(tmp_path / "calm")
    assert send(calm, lines, 0, time.monotonic() + 60) >= len(lines)
    finish(calm)
    found, expected = dump(tmp_path, tmp_path / "killed"), dump(tmp_path, tmp_path / "calm")
    assert_books(found)
    assert_same(found, expected, ignore=_LOG_TABLES)
    for table in ("messages", "statuses", "ratings"):
        assert strip_log(found[table]) == strip_log(expected[table]), table
