"""Test doubles that ship with the product: a manual clock, and a kill at any commit step."""

from __future__ import annotations

import os
import signal


class ManualClock:
    """A clock that stands until told otherwise; epoch milliseconds."""

    def __init__(self, now_ms: int = 0) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms

    def advance(self, ms: int) -> None:
        """Let `ms` milliseconds pass."""
        self.now_ms += ms


class KillAt:
    """Kills this very process, as `kill -9` does, when commit step number `number` (from 1) is reached."""

    def __init__(self, number: int) -> None:
        self._left = number

    def __call__(self, _step: str) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class CountSteps:
    """Counts the commit steps of an undisturbed run, so that a test can kill at each of them."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, step: str) -> None:
        self.names.append(step)
