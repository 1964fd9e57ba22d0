"""One process owns a warehouse folder; the lock file says which, and where to ask it."""

from __future__ import annotations

import fcntl
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import msgspec

from streams.errors import WarehouseError, WarehouseLocked

LOCK_FILE = "kefu-pulse.lock"


class Holder(msgspec.Struct, frozen=True):
    """The process that owns a folder; URLs are empty until it serves."""

    pid: int
    started_at: str
    clickhouse_url: str = ""
    page_url: str = ""


class FolderLock:
    """An exclusive `flock` on `<folder>/kefu-pulse.lock`; the kernel frees it when the process dies.

    A file left by a dead process is no obstacle: the lock decides, not the file. A
    forked child would share the lock and hang in the engine; use `spawn`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = -1
        self._holder = Holder(os.getpid(), datetime.now(UTC).isoformat(timespec="seconds"))

    def acquire(self) -> None:
        """Take the lock; raises `WarehouseLocked` when another process has it."""
        path = self.folder / LOCK_FILE
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise WarehouseError(
                f"cannot write in {self.folder} ({error.strerror}); choose another --warehouse"
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _read(file)
            os.close(file)
            raise _locked(self.folder, holder) from error
        self._file = file
        self._write(self._holder)

    def publish(self, clickhouse_url: str = "", page_url: str = "") -> None:
        """Tell other processes where this one answers; call it when the sockets listen."""
        self._write(msgspec.structs.replace(self._holder, clickhouse_url=clickhouse_url, page_url=page_url))

    def release(self) -> None:
        """Give the folder free; a second call does nothing."""
        if self._file >= 0:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> FolderLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _write(self, holder: Holder) -> None:
        content = msgspec.json.encode(holder)
        os.pwrite(self._file, content, 0)
        os.ftruncate(self._file, len(content))


def _read(file: int) -> Holder | None:
    # Written in place, since a renamed file would carry another lock: a reader may see half of it.
    for _ in range(20):
        try:
            return msgspec.json.decode(os.pread(file, 65_536, 0), type=Holder)
        except msgspec.DecodeError:
            time.sleep(0.01)
    return None


def _locked(folder: Path, holder: Holder | None) -> WarehouseLocked:
    if holder is None:
        return WarehouseLocked(f"仓库正被占用 · another process is using {folder}; wait for it or stop it")
    pid = holder.pid
    who = f"仓库正被进程 {pid} 占用 · {folder} is in use by process {pid} since {holder.started_at}"
    if not holder.clickhouse_url:
        return WarehouseLocked(f"{who}; wait until it ends, or stop it with: kill {pid}")
    page = f" Its page: {holder.page_url}." if holder.page_url else ""
    return WarehouseLocked(
        f"{who}. Read while it runs with `kefu-pulse query`, or stop it with: kill {pid}.{page}",
        holder.clickhouse_url,
        holder.page_url or None,
    )
