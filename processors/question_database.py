"""The question database: every wording that customers asked, in clusters whose ids stay.

`cluster_texts` groups a batch; this grows. A new wording joins the cluster whose members it
resembles most on average, or founds one; once its day is over the day's wordings are linked
anew with all of that day known, after which they stay where they are. A cluster keeps its id
for good; one that was taken up into another says where it went.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from processors.question_features import Wordings, wording_hash, wording_key
from processors.question_names import cluster_id
from processors.question_shelf import TRAINER, Shelf, Units
from processors.rows import ClusterRow, WordingRow
from processors.similarity import Linkage

CANDIDATES = 12
"""Neighbours of a wording that linking starts from, clusters and new wordings each."""


class Asked(Struct, frozen=True):
    """A wording as it was first asked (epoch ms), and how often since."""

    text: str
    first_asked: int
    asked: int = 1


class Changes(NamedTuple):
    """Rows to store, clusters before wordings: a wording must not name a cluster that is not there."""

    clusters: list[ClusterRow]
    wordings: list[WordingRow]


class QuestionDatabase:
    """Clusters of wordings: `restore`, then `learn` and `settle`. Not for several threads at once.

    Its state is the rows that it gave out: one restored from them goes on as it would have.
    """

    def __init__(self, reader: Wordings) -> None:
        self._shelf = Shelf(reader)
        self._ids: dict[str, int] = {}
        self._gone: dict[str, ClusterRow] = {}
        self._version = 0

    def __len__(self) -> int:
        return len(self._shelf.wordings)

    def restore(self, clusters: Iterable[ClusterRow], wordings: Iterable[WordingRow]) -> None:
        """Take up stored rows; a wording whose cluster is unknown is left out and can be learned anew."""
        for row in sorted(clusters, key=lambda row: (row.first_asked, row.cluster_id)):
            self._version = max(self._version, row.version)
            if row.merged_into:
                self._gone[row.cluster_id] = row
            else:
                self._found(row)
        for wording in sorted(wordings, key=lambda row: (row.first_asked, row.wording)):
            self._version = max(self._version, wording.version)
            number = self._ids.get(self.resolve(wording.cluster_id))
            if number is not None and wording.wording not in self._shelf.known:
                self._shelf.put(self._shelf.add(wording), number)

    def resolve(self, cluster: str) -> str:
        """The cluster that `cluster` is now a part of, itself if it stands."""
        seen: set[str] = set()
        while cluster in self._gone and cluster not in seen:
            seen.add(cluster)
            cluster = self._gone[cluster].merged_into
        return cluster

    def cluster_of(self, text: str) -> ClusterRow | None:
        """The cluster of a wording, None for one that was never learned."""
        number = self._shelf.known.get(wording_hash(text))
        return None if number is None else self._shelf.clusters[self._shelf.wordings[number].cluster].row

    def unsettled(self, before_ms: int) -> bool:
        """Whether there are wordings first asked before `before_ms` that no `settle` has seen."""
        return any(not one.row.settled and one.row.first_asked < before_ms for one in self._shelf.wordings)

    def learn(self, asked: Iterable[Asked], settled_before_ms: int = 0) -> Changes:
        """Put new wordings into clusters, all of them at once; known ones are left alone.

        Those first asked before `settled_before_ms` count as settled: their day is over and all here.
        Clusters that exist do not merge with each other.
        """
        fresh = [one for one in asked if wording_hash(one.text) not in self._shelf.known]
        self._version += bool(fresh)
        new = []
        for one in sorted(fresh, key=lambda one: (one.first_asked, wording_key(one.text), one.text)):
            code = wording_hash(one.text)
            if code not in self._shelf.known:
                row = WordingRow(
                    wording=code,
                    text=one.text,
                    cluster_id="",
                    first_asked=one.first_asked,
                    asked=one.asked,
                    settled=one.first_asked < settled_before_ms,
                    version=self._version,
                )
                new.append(self._shelf.add(row))
        return self._link(new, range(len(self._shelf.clusters)), {})

    def settle(self, before_ms: int) -> Changes:
        """Link anew the wordings first asked before `before_ms` that were put somewhere as they came.

        Clusters that a trainer named or put together neither merge with each other nor lose a wording.
        """
        wordings = self._shelf.wordings
        due = [n for n, one in enumerate(wordings) if not one.row.settled and one.row.first_asked < before_ms]
        self._version += bool(due)
        for number in due:
            wordings[number].row.settled, wordings[number].row.version = True, self._version
        homes = {n: wordings[n].cluster for n in due if not wordings[n].row.pinned}
        self._shelf.take_out(homes)
        decided = [n for n, house in enumerate(self._shelf.clusters) if house.row.named_by == TRAINER]
        changes = self._link(list(homes), decided, homes)
        return Changes(changes.clusters, [wordings[number].row for number in due])

    def _link(self, new: Sequence[int], fixed: Iterable[int], homes: Mapping[int, int]) -> Changes:
        """Link the wordings `new`, which are nowhere, with each other and with the clusters.

        `homes`: the clusters they were in, so that a group keeps the id that most of it had.
        """
        if not new:
            return Changes([], [])
        units = Units(self._shelf, new, CANDIDATES)
        linkage = Linkage(
            units.sums(),
            units.dense(),
            iter(units.edges),
            self._shelf.threshold,
            sizes=units.sizes(),
            fixed=units.seats(fixed),
        )
        changed: dict[int, None] = dict.fromkeys(homes.values())
        buried = []
        for group in sorted(linkage.run(), key=min):
            members, old = units.split(group)
            if members or len(old) > 1:
                target, gone = self._join(members, old, homes)
                changed[target] = None
                buried += gone
        buried += self._bury_empty(homes)
        standing = [number for number in changed if self._shelf.clusters[number].members]
        for number in standing:
            self._shelf.clusters[number].row.version = self._version
            self._shelf.name(number)
        rows = buried + [self._shelf.clusters[number].row for number in standing]
        rows.sort(key=lambda row: row.cluster_id)
        return Changes(rows, [self._shelf.wordings[number].row for number in sorted(new)])

    def _join(
        self, members: Sequence[int], old: Sequence[int], homes: Mapping[int, int]
    ) -> tuple[int, list[ClusterRow]]:
        """Make one cluster of wordings and clusters; returns it and the rows of those that it took up."""
        ranked = sorted(old, key=self._seniority)
        target = ranked[0] if ranked else self._house(members, homes)
        for number in members:
            self._shelf.put(number, target)
        for number in ranked[1:]:
            moving = list(self._shelf.clusters[number].members)
            self._shelf.take_out(moving)
            for member in moving:
                self._shelf.put(member, target)
        return target, [self._bury(number, target) for number in ranked[1:]]

    def _seniority(self, number: int) -> tuple[bool, int, str]:
        """What a trainer decided goes first, then what is oldest."""
        row = self._shelf.clusters[number].row
        return row.named_by != TRAINER, row.first_asked, row.cluster_id

    def _house(self, members: Sequence[int], homes: Mapping[int, int]) -> int:
        """The cluster for a group of wordings: one that they were in and that is empty now, or a new one."""
        empty = Counter(
            homes[number]
            for number in members
            if number in homes and not self._shelf.clusters[homes[number]].members
        )
        if empty:
            return min(empty, key=lambda home: (-empty[home], *self._seniority(home)))
        first = min(
            members, key=lambda n: (self._shelf.wordings[n].row.first_asked, self._shelf.wordings[n].key)
        )
        founder = self._shelf.wordings[first]
        name = cluster_id(founder.key)
        standing = self._ids.get(name)
        if standing is not None and not self._shelf.clusters[standing].members:
            # Whoever wrote it died before its wordings were stored.
            return standing
        if standing is not None or name in self._gone:
            # It founded a cluster before, which others now have.
            name = cluster_id(f"{founder.key}\n{self._version}")
        return self._found(ClusterRow(cluster_id=name, first_asked=founder.row.first_asked))

    def _found(self, row: ClusterRow) -> int:
        number = self._ids[row.cluster_id] = self._shelf.found(row)
        return number

    def _bury_empty(self, homes: Mapping[int, int]) -> list[ClusterRow]:
        """Clusters that lost all their wordings went where most of those went."""
        rows = []
        for home in sorted(set(homes.values())):
            house = self._shelf.clusters[home]
            # One whose other wordings were taken up is buried already.
            if not house.members and house.row.cluster_id in self._ids:
                moved = [number for number, old in homes.items() if old == home]
                heirs = Counter(self._shelf.wordings[number].cluster for number in moved)
                rows.append(self._bury(home, heirs.most_common(1)[0][0]))
        return rows

    def _bury(self, number: int, heir: int) -> ClusterRow:
        row = self._shelf.clusters[number].row
        del self._ids[row.cluster_id]
        row.merged_into, row.version = self._shelf.clusters[heir].row.cluster_id, self._version
        self._gone[row.cluster_id] = row
        return row
