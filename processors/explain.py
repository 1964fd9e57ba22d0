"""Why a tag was given: what spoke for the chosen label over the next best."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.tag_model import HEADS, columns

MOST = 6
"""Reasons shown a tag."""
_LEAST = 0.02
"""Logits; what weighs less explains nothing."""


class Explained(NamedTuple):
    """A tag's label, the next best label, by how many logits it won, and what spoke for it."""

    tag: str
    label: str
    instead: str
    margin: float
    reasons: list[tuple[str, float]]


def explained(
    head: str, settled: NDArray[np.float32], evidence: Callable[[int], Iterable[tuple[str, float]]]
) -> Explained:
    """Explain one head of one text's settled logits; `evidence` tells what speaks for a column."""
    where, names = columns(head), HEADS[head]
    values = settled[where]
    if len(names) == 1:
        margin = float(values[0])
        found = _sum(evidence(where.start), 1.0 if margin > 0 else -1.0)
        return Explained(head, str(margin > 0).lower(), str(margin <= 0).lower(), abs(margin), found)
    second, best = np.argsort(values, kind="stable")[-2:].tolist()
    rival = dict(_total(evidence(where.start + second)))
    pairs = _total(evidence(where.start + best))
    found = _top({name: value - rival.get(name, 0.0) for name, value in pairs.items()})
    return Explained(head, names[best], names[second], float(values[best] - values[second]), found)


def _total(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    totals: dict[str, float] = {}
    for name, value in pairs:
        totals[name] = totals.get(name, 0.0) + value
    return totals


def _sum(pairs: Iterable[tuple[str, float]], sign: float) -> list[tuple[str, float]]:
    return _top({name: sign * value for name, value in _total(pairs).items()})


def _top(totals: dict[str, float]) -> list[tuple[str, float]]:
    strong = [(name, value) for name, value in totals.items() if value >= _LEAST]
    return sorted(strong, key=lambda pair: (-pair[1], pair[0]))[:MOST]
