"""The ingest log: what was acknowledged survives kill -9, and positions never come twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from streams.errors import KefuError
from streams.sources.base import MAX_BATCH_BYTES
from streams.sources.spool import Spool

APPEND_FOR_EVER = """
import sys
from pathlib import Path
from streams.sources.spool import Spool

spool = Spool(Path(sys.argv[1]))
number = spool.last_position()
while True:
    positions = spool.append([b"%d" % (number + 1), b"%d" % (number + 2)])
    number += 2
    print(positions[-1], flush=True)
"""


def test_append_and_read(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db")
    assert spool.append([b"a", b"\x00\xff"]) == range(1, 3)
    assert spool.append([]) == range(3, 3)
    assert spool.append([b"c"]) == range(3, 4)
    assert spool.read(0, 2) == [(1, b"a"), (2, b"\x00\xff")]
    assert spool.read(2, 9) == [(3, b"c")]
    assert spool.read(3, 9) == []
    assert (spool.last_position(), spool.backlog()) == (3, 3)
    spool.close()


def test_positions_go_on_after_trim_and_restart(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db")
    spool.append([b"a"] * 5)
    spool.trim(3)
    assert [record.position for record in spool.read(0, 9)] == [4, 5]
    assert spool.backlog() == 2
    spool.trim(99)
    assert spool.backlog() == 0
    spool.close()
    spool = Spool(tmp_path / "spool.db")
    assert (spool.last_position(), spool.backlog()) == (5, 0)
    assert spool.append([b"b"]) == range(6, 7)
    spool.close()


def test_a_new_log_goes_on_beyond_the_checkpoint_of_a_lost_one(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db")
    assert spool.seek(500, "")
    assert spool.append([b"a"]) == range(501, 502)
    assert [batch.records for batch in spool.batches(10)] == [[(501, b"a")]]
    assert spool.seek(3, "")
    assert spool.last_position() == 501
    spool.close()


def test_batches_give_what_is_there(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db")
    spool.append([b"a"] * 5)
    assert spool.seek(1, "")
    assert [(len(batch.records), batch.exhausted) for batch in spool.batches(3)] == [(3, False), (1, True)]
    assert list(spool.batches(3)) == []
    spool.append([b"x" * (MAX_BATCH_BYTES // 2)] * 5)
    assert len(spool.read(5, 5)) == 2
    spool.close()


def test_many_threads_append_at_once(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db")
    given: list[tuple[range, bytes]] = []

    def work(thread: int) -> None:
        for number in range(20):
            raw = b"%d-%d" % (thread, number)
            given.append((spool.append([raw] * 3), raw))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = dict(spool.read(0, 1000))
    assert len(stored) == spool.last_position() == 480
    assert all(stored[position] == raw for positions, raw in given for position in positions)
    spool.close()


def test_every_acknowledged_record_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    for _ in range(4):
        process = subprocess.Popen([sys.executable, "-c", APPEND_FOR_EVER, str(path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(40)]
        os.kill(process.pid, signal.SIGKILL)
        acknowledged += [
            int(line) for line in process.stdout.read().splitlines(keepends=True) if line[-1:] == b"\n"
        ]
        process.wait()
        process.stdout.close()
        spool = Spool(path)
        stored = spool.read(0, 1_000_000)
        assert stored[-1].position >= acknowledged[-1]
        assert [record.position for record in stored] == list(range(1, len(stored) + 1))
        assert all(record.raw == b"%d" % record.position for record in stored)
        assert len(stored) % 2 == 0
        spool.close()


def test_a_locked_log_fails_with_a_clear_line_and_then_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.sources.spool.BUSY_SECONDS", 0.05)
    spool = Spool(tmp_path / "spool.db")
    other = sqlite3.connect(tmp_path / "spool.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(KefuError, match="in use by another process"):
        spool.append([b"a"])
    other.execute("ROLLBACK")
    other.close()
    assert spool.append([b"b"]) == range(1, 2)
    spool.close()


def test_a_full_disk_stores_nothing_and_says_so(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db")
    spool.append([b"a"])
    # SQLite answers a full disk and its own page limit with the same error.
    spool._writer.execute("PRAGMA max_page_count = 10")
    with pytest.raises(KefuError, match="disk is full"):
        spool.append([b"b" * 1000] * 100)
    assert spool.read(0, 10) == [(1, b"a")]
    assert spool.append([b"c"]) == range(2, 3)
    spool.close()


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("这不是数据库" * 100, "utf-8")
    with pytest.raises(KefuError, match="damaged"):
        Spool(tmp_path / "text.db")
    with pytest.raises(KefuError, match="cannot be opened"):
        Spool(tmp_path / "none" / "spool.db")
