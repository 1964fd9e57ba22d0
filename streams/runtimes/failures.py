"""Says what a defect kept from being judged: each conversation in a metric, each defect once in words."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from pathlib import Path

from processors.pipeline import Failure
from streams.metrics import Metrics
from streams.output import say


class FailureLog:
    """Counts failures and reports each kind of them, told by its place in the code, once a process."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._reported: set[str] = set()

    def report(self, failures: Iterable[Failure]) -> None:
        """Count `failures`; the text of an error is not shown, it may quote a customer."""
        for failure in failures:
            self._metrics.judging_failed.inc()
            defect = _defect(failure.error)
            if defect not in self._reported:
                self._reported.add(defect)
                say(
                    f"会话 {'/'.join(failure.key)} 无法判定，消息已入库，其余不受影响 · "
                    f"cannot be judged ({defect}); its messages are stored. Please report it; "
                    "further ones are counted in kefu_pulse_judging_failed_total"
                )


def _defect(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
