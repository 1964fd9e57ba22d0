"""Takes up a trainer's own words while the process runs, between two batches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streams.errors import KefuError
from streams.knowledge import Knowledge, load_knowledge
from streams.lexicon.folder import READERS
from streams.metrics import Metrics
from streams.output import say
from streams.runtimes.clock import Clock

LOOK_EVERY_MS = 1_000

State = tuple[tuple[int, int, int] | None, ...]


class FolderWatch:
    """Tells when the files of a folder have changed and lie still; make it before they are read."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self._clock = clock
        self._looked_ms = clock()
        self._taken = self._seen = self._state()

    def changed(self) -> bool:
        """Whether there is something new, once for each change; looks at most once in `LOOK_EVERY_MS`."""
        # A clock that was set back must not end the looking.
        if 0 <= self._clock() - self._looked_ms < LOOK_EVERY_MS:
            return False
        self._looked_ms = self._clock()
        before, self._seen = self._seen, self._state()
        # What differs from the last look is still being written.
        if self._seen == self._taken or self._seen != before:
            return False
        self._taken = self._seen
        return True

    def _state(self) -> State:
        return tuple(_stamp(self.folder / name) for name in READERS)


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


class LanguageReload:
    """Hands new knowledge to `use` when the folder changes; what cannot be used changes nothing."""

    def __init__(self, watch: FolderWatch, use: Callable[[Knowledge], None], metrics: Metrics) -> None:
        self._watch = watch
        self._use = use
        self._count = metrics.language_reloads

    def poll(self) -> None:
        """Look, and take up what is new; never raises. Call it where no batch is at work."""
        if not self._watch.changed():
            return
        try:
            self._use(load_knowledge(self._watch.folder))
        except Exception as error:  # noqa: BLE001 - whatever is in those files, the stream goes on without it
            self._refuse(error)
        else:
            self._count.labels("ok").inc()
            say(f"词库已换用，只管之后的话 · own words taken up, for what comes now: {self._watch.folder}")

    def _refuse(self, error: Exception) -> None:
        self._count.labels("refused").inc()
        words = str(error) if isinstance(error, KefuError) else f"{type(error).__name__}: {error}"
        say(f"词库有误，仍用原来的 · own words refused, the old ones stay: {' '.join(words.split())}")
