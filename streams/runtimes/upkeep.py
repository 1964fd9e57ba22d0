"""What has to be done now and then, by one process for all: rollups and the question database."""

from __future__ import annotations

from typing import Protocol

from streams.runtimes.clock import Clock
from streams.warehouse.questions import PAGE

ROLLUPS_EVERY_MS = 1_000
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
        self._rolled_ms = self._sorted_ms = 0

    def run(self) -> bool:
        """Do what is due; whether there is more to do at once."""
        now_ms = self._clock()
        if now_ms - self._rolled_ms >= ROLLUPS_EVERY_MS:
            self._committer.refresh_rollups()
            self._rolled_ms = self._clock()
        if now_ms - self._sorted_ms < QUESTIONS_EVERY_MS:
            return False
        if self._committer.refresh_questions() >= PAGE:
            return True
        self._sorted_ms = self._clock()
        return False
