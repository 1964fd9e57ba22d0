"""One process owns a folder; the others are told who, and where to ask."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streams.errors import WarehouseError, WarehouseLocked
from streams.warehouse.client import open_reader, open_warehouse
from streams.warehouse.lock import LOCK_FILE, FolderLock

HOLDER = """
import sys
from streams.warehouse.client import open_warehouse
warehouse = open_warehouse(sys.argv[1], timezone="Asia/Shanghai")
if len(sys.argv) > 2:
    warehouse.lock.publish(clickhouse_url=sys.argv[2], page_url="http://127.0.0.1:9/")
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLDER, str(folder), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_process_is_told_who_and_where(warehouse_path: Path) -> None:
    with holder(warehouse_path, "http://127.0.0.1:8123") as process:
        with pytest.raises(
            WarehouseLocked, match=f"process {process.pid} since .*kefu-pulse query"
        ) as locked:
            open_warehouse(str(warehouse_path), timezone="Asia/Shanghai")
        assert locked.value.endpoint == "http://127.0.0.1:8123"
        assert "http://127.0.0.1:9/" in str(locked.value)


def test_a_holder_that_answers_no_queries_is_named(warehouse_path: Path) -> None:
    with holder(warehouse_path) as process:
        with pytest.raises(WarehouseLocked, match=f"kill {process.pid}") as locked:
            open_reader(str(warehouse_path), timezone="Asia/Shanghai")
        assert locked.value.endpoint is None


def test_a_killed_holder_leaves_the_folder_free(warehouse_path: Path) -> None:
    with holder(warehouse_path, "http://127.0.0.1:8123") as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (warehouse_path / LOCK_FILE).read_text() != ""  # what it said is still there
        with open_warehouse(str(warehouse_path), timezone="Asia/Shanghai") as warehouse:
            assert warehouse.query("SELECT 1").rows == [(1,)]


def test_two_locks_in_one_process_exclude_each_other(tmp_path: Path) -> None:
    with FolderLock(tmp_path), pytest.raises(WarehouseLocked, match=str(os.getpid())):
        FolderLock(tmp_path).acquire()
    lock = FolderLock(tmp_path)
    lock.acquire()
    lock.release()
    lock.release()


def test_a_damaged_lock_file_still_locks(tmp_path: Path) -> None:
    with FolderLock(tmp_path):
        (tmp_path / LOCK_FILE).write_text("{")
        with pytest.raises(WarehouseLocked, match="another process"):
            FolderLock(tmp_path).acquire()


@pytest.mark.parametrize("folder", ["/proc", "/proc/kefu"])
def test_a_folder_where_nobody_may_write_is_named(folder: str) -> None:
    with pytest.raises(WarehouseError, match=f"{folder}.*choose another --warehouse"):
        open_warehouse(folder, timezone="Asia/Shanghai")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).mkdir()
    with pytest.raises(WarehouseError, match="cannot write in"):
        FolderLock(tmp_path).acquire()
