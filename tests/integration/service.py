"""Starts `kefu-pulse up` (or `demo`) as a user would, for tests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
READY_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(home: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "KEFU_PULSE_REDACTION_KEY": "a key for tests",
        **more,
    }


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        return json.loads(self.body)


class Service(NamedTuple):
    process: subprocess.Popen[bytes]
    url: str
    sql_url: str
    folder: Path

    def request(self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        request = urllib.request.Request(self.url + path, data=body, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, answer.read(), dict(answer.headers))
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read(), dict(error.headers))

    def post(self, body: bytes, **headers: str) -> Answer:
        return self.request("/v1/events", body, headers)

    def sql(self, query: str) -> str:
        with urllib.request.urlopen(f"{self.sql_url}/", data=query.encode(), timeout=30) as answer:
            return str(answer.read().decode()).strip()

    def wait_for(self, query: str, expected: str, seconds: float = 30) -> None:
        deadline, found = time.monotonic() + seconds, ""
        while time.monotonic() < deadline:
            found = self.sql(query)
            if found == expected:
                return
            time.sleep(0.2)
        raise AssertionError(f"{query}: {found!r} instead of {expected!r}")


def start(folder: Path, command: str = "up", *options: str, **more: str) -> Service:
    port, sql_port = free_port(), free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "streams.cli", command, "--warehouse", str(folder)),
            *("--port", str(port), "--clickhouse-port", str(sql_port), *options),
        ],
        env=environment(folder.parent, **more),
        cwd=ROOT,
    )
    service = Service(process, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sql_port}", folder)
    _wait_ready(service)
    return service


def _wait_ready(service: Service) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        assert service.process.poll() is None, f"exited with {service.process.returncode}"
        try:
            if service.request("/readyz").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("not ready in time")


@contextmanager
def running(folder: Path, command: str = "up", *options: str, **more: str) -> Iterator[Service]:
    service = start(folder, command, *options, **more)
    try:
        yield service
    finally:
        service.process.terminate()
        assert service.process.wait(timeout=30) == 0
