"""Wordings and clusters with the vectors that tell them apart; the shelf of `question_database`."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from msgspec import Struct

from processors.question_features import Wordings, plain, wording_key
from processors.question_model import Floats
from processors.question_names import Naming, fittest, keywords, summed
from processors.question_vectors import meaning_share, mixed, row_of, setting_for, weight_of
from processors.rows import ClusterRow, WordingRow
from processors.similarity import Vector

NAMED_BY = 200
"""Members among which a cluster's name is looked for: its most asked."""
TRAINER = "trainer"
"""`ClusterRow.named_by` of what a trainer has decided."""
NOWHERE = -1
CAREFUL = 0.08
"""What a wording needs more to join a lasting cluster than one of a batch: a trainer puts two clusters
together sooner than one takes apart, and a cluster should be what one answer answers. On the demo's 630
ways to ask (372 answers) precision by answer is .38 at a threshold of .25 and .48 at .35; the golden
intents lose four points."""
_INTENTS = 1 << 40
"""Features from here on are intents: wordings never have so many."""


class ShelvedWording(Struct):
    """A wording: its TF-IDF row, its whole vector, and the number of its cluster or `NOWHERE`."""

    row: WordingRow
    key: str
    plain: Vector
    vector: Vector
    cluster: int


class ShelvedCluster(Struct):
    """A cluster: the numbers of its wordings, and the sums of their vectors."""

    row: ClusterRow
    members: list[int]
    total: Vector
    dense: Floats


class Shelf:
    """Numbers wordings and clusters as they come, and never forgets one."""

    def __init__(self, reader: Wordings) -> None:
        self._reader = reader
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        self._weights: list[float] = []
        self._dense = np.zeros((0, reader.dimensions), dtype=np.float32)
        self._longest = 0.0
        self._index = _Index()
        self._shop = 0.0
        self.wordings: list[ShelvedWording] = []
        self.clusters: list[ShelvedCluster] = []
        self.known: dict[int, int] = {}
        """The number of a wording by its hash."""

    @property
    def threshold(self) -> float:
        """The average likeness from which wordings ask the same."""
        return CAREFUL + setting_for(len(self.wordings), self._shop / max(1, len(self.wordings))).threshold

    def add(self, row: WordingRow) -> int:
        """Read a wording and make it findable; it is in no cluster yet."""
        number = len(self.wordings)
        key = wording_key(row.text)
        counts = self._reader.features(key)
        meant = self._reader.meant(key, counts)
        own = self._row(counts)
        vector = mixed(own, meant, meant.shop, _INTENTS)
        self.wordings.append(ShelvedWording(row, key, own, vector, NOWHERE))
        if number >= len(self._dense):
            grown = np.zeros((max(1_024, 2 * len(self._dense)), self._dense.shape[1]), dtype=np.float32)
            grown[: len(self._dense)] = self._dense
            self._dense = grown
        self._dense[number] = self._reader.vector(key) * np.float32(meaning_share(meant.shop))
        self._longest = max(self._longest, meaning_share(meant.shop))
        self._index.add(number, vector)
        self.known[row.wording] = number
        self._shop += meant.shop
        return number

    def found(self, row: ClusterRow) -> int:
        """A new, empty cluster."""
        self.clusters.append(ShelvedCluster(row, [], {}, np.zeros(self._dense.shape[1], dtype=np.float32)))
        return len(self.clusters) - 1

    def put(self, number: int, cluster: int) -> None:
        """Put a wording that is nowhere into a cluster."""
        one, house = self.wordings[number], self.clusters[cluster]
        one.cluster = cluster
        one.row.cluster_id = house.row.cluster_id
        house.members.append(number)
        for feature, value in one.vector.items():
            house.total[feature] = house.total.get(feature, 0.0) + value
        house.dense += self._dense[number]
        house.row.first_asked = min(house.row.first_asked, one.row.first_asked)

    def take_out(self, numbers: Iterable[int]) -> None:
        """Take wordings out of their clusters."""
        leaving: dict[int, set[int]] = defaultdict(set)
        for number in numbers:
            leaving[self.wordings[number].cluster].add(number)
            self.wordings[number].cluster = NOWHERE
        for cluster, gone in leaving.items():
            house = self.clusters[cluster]
            stay = [member for member in house.members if member not in gone]
            # Summed anew rather than subtracted: rounding must not depend on who was here.
            house.members, house.total, house.dense = [], {}, np.zeros_like(house.dense)
            for member in stay:
                self.put(member, cluster)

    def near(self, number: int, threshold: float) -> list[tuple[float, int]]:
        """The wordings at least `threshold` like wording `number`, with their likeness, by their number."""
        dense = self._dense
        scores = self._index.similar(self.wordings[number].vector)
        # The dense parts add at most the product of their lengths.
        most = self._longest * float(np.sqrt(dense[number] @ dense[number]))
        near = np.flatnonzero(scores >= threshold - most)
        found = scores[near] + dense[near] @ dense[number]
        return [
            (score, other)
            for other, score in zip(near.tolist(), found.tolist(), strict=True)
            if score >= threshold and other != number
        ]

    def average(self, number: int, cluster: int) -> float:
        """The average likeness of a wording to those of a cluster."""
        house, vector = self.clusters[cluster], self.wordings[number].vector
        dot = sum([value * house.total.get(feature, 0.0) for feature, value in vector.items()])
        return (dot + float(self._dense[number] @ house.dense)) / len(house.members)

    def dense_of(self, number: int) -> Floats:
        """The dense part of a wording's vector."""
        part: Floats = self._dense[number]
        return part

    def name(self, cluster: int) -> None:
        """Choose canonical wording and keywords anew, unless a trainer chose them."""
        house = self.clusters[cluster]
        if house.row.named_by == TRAINER:
            return
        asked = sorted(house.members, key=lambda n: (-self.wordings[n].row.asked, self.wordings[n].key))
        namings = [
            Naming(one.key, plain(one.row.text), one.row.asked, one.plain)
            for one in (self.wordings[member] for member in asked[:NAMED_BY])
        ]
        total = summed(namings)
        best = fittest(namings, total, self._names)
        house.row.canonical = best.text
        house.row.keywords = keywords(total, best.row, self._names)

    def _row(self, counts: Mapping[str, int]) -> Vector:
        """As `cluster_texts` has it, with the rarity of the language at large: a row must not depend on
        what else was asked."""
        for name in sorted(counts):
            if name not in self._numbers:
                self._numbers[name] = len(self._names)
                self._names.append(name)
                self._weights.append(weight_of(name, 0, 0, self._reader))
        numbered = {self._numbers[name]: counts[name] for name in sorted(counts)}
        return row_of(numbered, self._names, self._weights, setting_for(1, 1.0).gain)


class Units:
    """What is to be linked: wordings that are nowhere, one unit each, then the clusters that are like one."""

    def __init__(self, shelf: Shelf, new: Sequence[int], most: int) -> None:
        """`most` neighbours of each kind are kept for a wording."""
        self.new = list(new)
        self.clusters: list[int] = []
        self.edges: list[tuple[int, int, float]] = []
        self._shelf = shelf
        seats: dict[int, int] = {}
        units = {number: unit for unit, number in enumerate(self.new)}
        for unit, number in enumerate(self.new):
            singles, housed = self._neighbours(number)
            earlier = [(score, units[other]) for score, other in singles if units.get(other, unit) < unit]
            self.edges += [(unit, other, score) for score, other in _strongest(earlier, most)]
            for score, cluster in _strongest(housed, most):
                seat = seats.setdefault(cluster, len(self.new) + len(seats))
                self.edges.append((seat, unit, score))
        self.clusters = list(seats)

    def _neighbours(self, number: int) -> tuple[list[tuple[float, int]], list[tuple[float, int]]]:
        """Wordings that are nowhere and clusters that are like a wording, with their likeness."""
        shelf, threshold = self._shelf, self._shelf.threshold
        near = shelf.near(number, threshold)
        singles = [pair for pair in near if shelf.wordings[pair[1]].cluster == NOWHERE]
        # An average that reaches the threshold has a member that does.
        houses = {shelf.wordings[other].cluster for _, other in near} - {NOWHERE}
        averages = [(shelf.average(number, cluster), cluster) for cluster in sorted(houses)]
        return singles, [pair for pair in averages if pair[0] >= threshold]

    def split(self, group: Sequence[int]) -> tuple[list[int], list[int]]:
        """The wordings and the clusters of a group of units."""
        first = len(self.new)
        wordings = sorted(self.new[unit] for unit in group if unit < first)
        return wordings, [self.clusters[unit - first] for unit in group if unit >= first]

    def sums(self) -> list[Vector]:
        """The sum of the vectors of each unit."""
        shelf = self._shelf
        return [shelf.wordings[n].vector for n in self.new] + [shelf.clusters[c].total for c in self.clusters]

    def dense(self) -> Floats:
        """The same of the dense parts."""
        shelf = self._shelf
        parts = [shelf.dense_of(n) for n in self.new] + [shelf.clusters[c].dense for c in self.clusters]
        return np.stack(parts)

    def sizes(self) -> list[int]:
        """How many wordings each unit has."""
        return [1] * len(self.new) + [len(self._shelf.clusters[c].members) for c in self.clusters]

    def seats(self, clusters: Iterable[int]) -> set[int]:
        """The units that are these clusters."""
        wanted = set(clusters)
        return {len(self.new) + seat for seat, number in enumerate(self.clusters) if number in wanted}


def _strongest(pairs: Iterable[tuple[float, int]], most: int) -> list[tuple[float, int]]:
    return sorted(pairs, key=lambda pair: (-pair[0], pair[1]))[:most]


class _Index:
    """For each feature, which wordings have it and how strongly; grows."""

    def __init__(self) -> None:
        self._rows: dict[int, array[int]] = {}
        self._values: dict[int, array[float]] = {}
        self._size = 0

    def add(self, number: int, vector: Vector) -> None:
        for feature, value in vector.items():
            if feature not in self._rows:
                self._rows[feature], self._values[feature] = array("q"), array("f")
            self._rows[feature].append(number)
            self._values[feature].append(value)
        self._size = max(self._size, number + 1)

    def similar(self, vector: Vector) -> Floats:
        """Dot products with all wordings."""
        scores = np.zeros(self._size, dtype=np.float32)
        for feature, value in vector.items():
            if rows := self._rows.get(feature):
                # A feature occurs once a wording: no index comes twice.
                numbers = np.frombuffer(rows, dtype=np.int64)
                scores[numbers] += np.frombuffer(self._values[feature], dtype=np.float32) * np.float32(value)
        return scores
