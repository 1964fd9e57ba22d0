"""A ClickHouse server as a child process of a test, at one address for its life."""

from __future__ import annotations

import base64
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

ROOT = Path(__file__).parents[2]
READY_SECONDS = 60


def lasting_port() -> int:
    """A free port below the range of outgoing connections, so that it is still free after a restart.

    In that range a client that retries could even connect to itself.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class ClickHouse:
    """The server on one folder. A context manager; the child ends with this process, however that ends."""

    def __init__(self, folder: Path, user: str = "default", password: str = "") -> None:
        self.folder = folder
        self.port = lasting_port()
        self._login = (user, password)
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls, folder: Path, user: str = "default", password: str = "") -> ClickHouse:
        """A server that answers already."""
        server = cls(folder, user, password)
        server.restart()
        return server

    def url(self, database: str = "kefu", port: int | None = None) -> str:
        """What `open_warehouse` takes; `port` for a proxy in front."""
        user, password = (quote(part, safe="") for part in self._login)
        login = f"{user}:{password}@" if password else ""
        return f"http://{login}127.0.0.1:{port or self.port}/{database}"

    def ask(self, sql: str, database: str = "kefu") -> str:
        """The answer in tab-separated text, past any proxy; for what a test has to know for itself."""
        login = base64.b64encode(":".join(self._login).encode()).decode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/?database={quote(database)}",
            data=sql.encode(),
            headers={"Authorization": f"Basic {login}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return str(answer.read().decode()).strip()
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error

    @property
    def pid(self) -> int:
        """The process; raises `AssertionError` when it does not run."""
        assert self._process is not None, "the server does not run"
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL, as a power cut for the process."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """An orderly end."""
        if self._process is not None:
            self.resume()
            self._end(signal.SIGTERM)

    def pause(self) -> None:
        """It hangs: connections are taken, nothing is answered."""
        os.kill(self.pid, signal.SIGSTOP)
        # The signal takes effect later; the kernel ends an orphan only if it has stopped by then.
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        """It goes on where it stood."""
        os.kill(self.pid, signal.SIGCONT)

    def restart(self) -> None:
        """Start it again on the same folder and port, after a kill if it runs; returns when it answers."""
        if self._process is not None:
            self.kill()
        user, password = self._login
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.real.clickhouse_server", "--child"),
                *("--folder", str(self.folder), "--port", str(self.port)),
                *("--user", user, "--password", password),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            # A group of its own: stopped and orphaned, the kernel ends it; Ctrl-C leaves it to us.
            process_group=0,
        )
        self._wait_ready(self._process)

    def __enter__(self) -> ClickHouse:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()

    def _wait_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            assert process.poll() is None, f"the server exited with {process.returncode}"
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ping", timeout=5):
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"the server does not answer on port {self.port}")
