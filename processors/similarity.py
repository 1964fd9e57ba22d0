"""Which questions resemble each other: sparse vectors and average linkage.

A row has a sparse part and, in a matrix, a dense one; the similarity of two rows is the
sum of both dot products. The average similarity of two clusters is then that of their
mean rows, which makes average linkage exact without a table of all pairs.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Vector = dict[int, float]
Edge = tuple[int, int, float]
Floats = NDArray[np.float32]

NEIGHBOURS = 12
"""Most similar earlier texts kept for each text: bounds memory where thousands are near copies."""


class Postings:
    """For each feature, which rows have it and how strongly; rows are added in order."""

    def __init__(self, rows: Sequence[Vector], width: int) -> None:
        sizes = np.zeros(width + 1, dtype=np.int64)
        for row in rows:
            for feature in row:
                sizes[feature + 1] += 1
        self._start = np.cumsum(sizes).tolist()
        self._filled = self._start[:-1].copy()
        # The platform's own index type: any other is converted at each look-up.
        self._rows = np.zeros(self._start[-1], dtype=np.intp)
        self._values = np.zeros(self._start[-1], dtype=np.float32)
        self._scores = np.zeros(len(rows), dtype=np.float32)

    def similar(self, row: Vector, count: int) -> NDArray[np.float32]:
        """Dot products with the rows added so far, of which there are `count`; valid until the next call."""
        scores = self._scores[:count]
        scores[:] = 0
        for feature, value in row.items():
            start, end = self._start[feature], self._filled[feature]
            if end > start:
                scores[self._rows[start:end]] += self._values[start:end] * value
        return scores

    def add(self, number: int, row: Vector) -> None:
        """Make a row findable."""
        for feature, value in row.items():
            at = self._filled[feature]
            self._rows[at] = number
            self._values[at] = value
            self._filled[feature] = at + 1


def similar_pairs(rows: Sequence[Vector], dense: Floats, width: int, threshold: float) -> Iterator[Edge]:
    """Pairs of rows with a similarity of at least `threshold`, the later row first.

    `dense` has a line a row. The dense parts of two rows add at most the square of the greatest
    length: only pairs whose sparse parts come so near are looked at.
    """
    postings = Postings(rows, width)
    most = float((dense * dense).sum(axis=1).max(initial=0.0))
    for number, row in enumerate(rows):
        scores = postings.similar(row, number)
        near = np.flatnonzero(scores >= threshold - most)
        found = scores[near] + dense[near] @ dense[number]
        near, found = near[found >= threshold], found[found >= threshold]
        if len(near) > NEIGHBOURS:
            best = np.argsort(-found, kind="stable")[:NEIGHBOURS]
            near, found = near[best], found[best]
        for other, score in zip(near.tolist(), found.tolist(), strict=True):
            yield number, other, score
        postings.add(number, row)


class Linkage:
    """Average linkage: merge the two most similar clusters while they are similar enough.

    Only pairs at or above the threshold need be known: the average of two
    similarities below it stays below it. A row may stand for several texts, as the sum of theirs;
    `sizes` says for how many. Rows of `fixed` never come together.
    """

    def __init__(
        self,
        rows: Sequence[Vector],
        dense: Floats,
        edges: Iterator[Edge],
        threshold: float,
        *,
        sizes: Sequence[int] | None = None,
        fixed: Collection[int] = (),
    ) -> None:
        self._threshold = threshold
        self._sizes = list(sizes or [1] * len(rows))
        self._fixed = set(fixed)
        self._sums = [dict(row) for row in rows]
        self._dense = dense.copy()
        self.members = [[number] for number in range(len(rows))]
        self._near: list[set[int]] = [set() for _ in rows]
        self._version = [0] * len(rows)
        self._heap: list[tuple[float, int, int, int, int]] = []
        for one, other, score in edges:
            self._offer(other, one, score)
        heapq.heapify(self._heap)

    def _offer(self, one: int, other: int, score: float) -> None:
        self._near[one].add(other)
        self._near[other].add(one)
        self._heap.append((-score, one, other, self._version[one], self._version[other]))

    def run(self) -> list[list[int]]:
        """The clusters, as row numbers."""
        while self._heap:
            _, one, other, seen_one, seen_other = heapq.heappop(self._heap)
            if self._version[one] == seen_one and self._version[other] == seen_other:
                self._merge(one, other)
        return [members for members in self.members if members]

    def _merge(self, one: int, other: int) -> None:
        if one in self._fixed and other in self._fixed:
            return
        if len(self._sums[one]) < len(self._sums[other]):
            one, other = other, one
        total = self._sums[one]
        for feature, value in self._sums[other].items():
            total[feature] = total.get(feature, 0.0) + value
        self._dense[one] += self._dense[other]
        self._sizes[one] += self._sizes[other]
        if other in self._fixed:
            self._fixed.add(one)
        self.members[one] += self.members[other]
        self._sums[other], self.members[other] = {}, []
        self._version[one] += 1
        self._version[other] = -1
        self._rewire(one, other)

    def _rewire(self, one: int, gone: int) -> None:
        near = (self._near[one] | self._near[gone]) - {one, gone}
        self._near[one], self._near[gone] = set(), set()
        for third in sorted(near):
            self._near[third] -= {one, gone}
            score = self._average(one, third)
            if score >= self._threshold:
                low, high = min(one, third), max(one, third)
                self._near[one].add(third)
                self._near[third].add(one)
                heapq.heappush(self._heap, (-score, low, high, self._version[low], self._version[high]))

    def _average(self, one: int, other: int) -> float:
        small, large = self._sums[one], self._sums[other]
        if len(small) > len(large):
            small, large = large, small
        dot = sum([small[feature] * large[feature] for feature in sorted(small.keys() & large.keys())])
        dot += float(self._dense[one] @ self._dense[other])
        return dot / (self._sizes[one] * self._sizes[other])
