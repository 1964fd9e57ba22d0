"""One line of the quality table."""

from __future__ import annotations

from typing import NamedTuple


class Figure(NamedTuple):
    """A measured quality figure; `target` is what we hold ourselves to, as text."""

    task: str
    metric: str
    value: float
    target: str
    n: int
