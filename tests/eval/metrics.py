"""Metrics of the quality table, each by its published definition, and intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.scoring import Interval, macro_f1, wilson

__all__ = ["macro_f1", "wilson"]


class Measured(NamedTuple):
    """A `figure.Figure` that also has a 95 % interval and, where there is one, the baseline's value."""

    task: str
    metric: str
    value: float
    target: str
    n: int
    interval: Interval | None = None
    baseline: float | None = None


class Fidelity(NamedTuple):
    """Precision, recall and their harmonic mean."""

    precision: float
    recall: float
    f1: float


def fidelity(precision: float, recall: float) -> Fidelity:
    """Precision and recall with their F1; 0 when both are."""
    total = precision + recall
    return Fidelity(precision, recall, 2 * precision * recall / total if total else 0.0)


def b_cubed_items(
    gold: Sequence[Hashable], guess: Sequence[Hashable]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """B-cubed precision and recall of each item (Bagga and Baldwin 1998)."""
    both = Counter(zip(gold, guess, strict=True))
    truth, found = Counter(gold), Counter(guess)
    precision = np.array([both[a, b] / found[b] for a, b in zip(gold, guess, strict=True)], dtype=float)
    recall = np.array([both[a, b] / truth[a] for a, b in zip(gold, guess, strict=True)], dtype=float)
    return precision, recall


def b_cubed(gold: Sequence[Hashable], guess: Sequence[Hashable]) -> Fidelity:
    """B-cubed precision, recall and F1 of a clustering against gold clusters; 1 for no items."""
    if not gold:
        return Fidelity(1.0, 1.0, 1.0)
    precision, recall = b_cubed_items(gold, guess)
    return fidelity(float(precision.mean()), float(recall.mean()))


def b_cubed_interval(gold: Sequence[Hashable], guess: Sequence[Hashable]) -> Interval:
    """95 % bootstrap interval of the B-cubed F1, items resampled."""
    precision, recall = b_cubed_items(gold, guess)

    def resampled(pick: NDArray[np.intp]) -> float:
        return fidelity(float(precision[pick].mean()), float(recall[pick].mean())).f1

    return bootstrap(len(gold), resampled)


def pair_f1(gold: Sequence[bool], guess: Sequence[bool]) -> Fidelity:
    """Precision, recall and F1 of the pairs said to be alike."""
    truth, found = np.asarray(gold, dtype=bool), np.asarray(guess, dtype=bool)
    right = float(np.sum(truth & found))
    return fidelity(right / max(1.0, float(found.sum())), right / max(1.0, float(truth.sum())))


def auc(positive: Sequence[bool], score: Sequence[float]) -> float:
    """Area under the ROC curve: how often a positive scores above a negative, ties half (Mann-Whitney U).

    Raises ValueError when there is only one class.
    """
    truth, value = np.asarray(positive, dtype=bool), np.asarray(score, dtype=float)
    yes, no = int(truth.sum()), int((~truth).sum())
    if not yes or not no:
        raise ValueError("AUC needs positives and negatives")
    _, place, size = np.unique(value, return_inverse=True, return_counts=True)
    rank = np.cumsum(size) - (size - 1) / 2
    return float((rank[place][truth].sum() - yes * (yes + 1) / 2) / (yes * no))


def calibration_error(positive: Sequence[bool], chance: Sequence[float], bins: int = 10) -> float:
    """Expected calibration error: mean distance of chance and frequency, over bins of equal width (Naeini et
    al. 2015); 0 without cases."""
    truth, value = np.asarray(positive, dtype=float), np.asarray(chance, dtype=float)
    place = np.minimum((value * bins).astype(int), bins - 1)
    gaps = np.bincount(place, weights=value - truth, minlength=bins)
    return float(np.abs(gaps).sum() / max(1, len(truth)))


def bootstrap(
    n: int, statistic: Callable[[NDArray[np.intp]], float], rounds: int = 300, seed: int = 20260101
) -> Interval:
    """95 % percentile interval of `statistic(indices)` over `rounds` seeded resamples of n items."""
    draw = np.random.default_rng(seed)
    values = [statistic(draw.integers(0, n, n)) for _ in range(rounds)]
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)
