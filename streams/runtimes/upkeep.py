"""What has to be done now and then, by one process for all: rollups and the question database."""

from __future__ import annotations

from typing import Protocol

from streams.runtimes.clock import Clock
from streams.warehouse.questions import PAGE

ROLLUPS_EVERY_MS = 1_000
ROLLUPS_SHARE = 12
"""Rollups rest this many times as long as they took: with a backlog they would take the time of the facts."""
QUESTIONS_EVERY_MS = 20_000


class Refreshing(Protocol):
    """What a committer can refresh."""

    def refresh_rollups(self) -> None:
        """See `Committer.refresh_rollups`."""

    def refresh_questions(self) -> int:
        """See `Committer.refresh_questions`."""


class Upkeep:
    """Refreshes what is due; call it often, where no commit is at work."""

    def __init__(self, committer: Refreshing, clock: Clock) -> None:
        self._committer = committer
        self._clock = clock
        self._roll_at_ms = self._sorted_ms = 0

    def run(self) -> bool:
        """Do what is due; whether there is more to do at once."""
        now_ms = self._clock()
        if now_ms >= self._roll_at_ms:
            self._roll_at_ms = now_ms + ROLLUPS_EVERY_MS
            self._committer.refresh_rollups()
            took_ms = max(0, self._clock() - now_ms)
            self._roll_at_ms = now_ms + max(ROLLUPS_EVERY_MS, ROLLUPS_SHARE * took_ms)
        if now_ms - self._sorted_ms < QUESTIONS_EVERY_MS:
            return False
        self._sorted_ms = now_ms
        if self._committer.refresh_questions() < PAGE:
            return False
        self._sorted_ms = 0
        return True
