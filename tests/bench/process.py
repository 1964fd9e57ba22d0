"""Runs one Python process and tells what it took: seconds, processor seconds, memory over time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, NamedTuple

ROOT = Path(__file__).parent.parent.parent
SAMPLE_SECONDS = 1.0
MIB = 1024
"""The kernel counts memory in KiB."""


class BenchError(RuntimeError):
    """A measured process failed; the message has its last words."""


class Run(NamedTuple):
    """A finished process: what it printed, wall and processor seconds, resident memory in MiB.

    `peak` is the kernel's own figure; `halfway` is the largest sample of the first half of the time.
    """

    output: str
    seconds: float
    cpu: float
    peak: float
    halfway: float


def run(arguments: list[str]) -> Run:
    """Run Python with `arguments` to its end, on the cores this process may use. Raises BenchError."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        # The kernel's peak of a child begins at this process's size: nothing heavy is imported here.
        process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=output, stderr=errors)
        with _Sampler(process.pid) as sampler:
            _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise BenchError(
                f"{' '.join(arguments)} exited with {process.returncode}: {_text(errors)[-2000:]}"
            )
        peak = usage.ru_maxrss / MIB
        return Run(
            _text(output), seconds, usage.ru_utime + usage.ru_stime, peak, sampler.halfway(seconds) or peak
        )


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode("utf-8", "replace").strip()


class _Sampler:
    """Notes the resident memory of a process once a second."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._samples: list[tuple[float, float]] = []
        self._start = time.perf_counter()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def halfway(self, seconds: float) -> float:
        """The largest sample before half of `seconds`, in MiB; 0 if there is none."""
        return max((memory for at, memory in self._samples if at <= seconds / 2), default=0.0)

    def _sample(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            try:
                status = self._status.read_text(encoding="ascii", errors="replace")
            except OSError:
                return
            resident = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
            if resident:
                self._samples.append((time.perf_counter() - self._start, int(resident[0]) / MIB))

    def __enter__(self) -> _Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
