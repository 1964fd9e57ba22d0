"""What a check of `doctor` is."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from streams.errors import KefuError

CLOCK_DRIFT_MS = 2_000
"""Clocks that differ by more than this are wrong."""


class Check(NamedTuple):
    """One thing looked at; `advice` is empty when it is well."""

    name: str
    ok: bool
    found: str
    advice: str = ""


def guarded(name: str, check: Callable[[], Check]) -> Check:
    """What `check` finds; what it raises is a finding too."""
    try:
        return check()
    except KefuError as error:
        return Check(name, False, "", str(error))
