"""Groups questions that ask the same and names each group.

A pure function of the multiset of texts: their order does not matter. Wordings
that differ in case, marks, politeness or personal data count as one text.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from processors.question_features import MASK, PAIR, Wordings, plain, wording_key
from processors.question_model import Floats
from processors.question_names import Naming, cluster_id, fittest, keywords, summed
from processors.question_vectors import meaning_share, mixed, row_of, setting_for, shop_share, weight_of
from processors.similarity import Linkage, Vector, similar_pairs


class Cluster(Struct, frozen=True):
    """Texts that ask the same. `members` are indices into the input, ascending.

    `cluster_id` depends on `canonical` alone, so it stays while the wording does.
    """

    cluster_id: str
    canonical: str
    keywords: tuple[str, ...]
    members: list[int]


class _Wording(Struct):
    """One wording: its key, the texts that use it and how often it was asked."""

    key: str
    members: list[int]
    text: str
    weight: int


def cluster_texts(
    texts: Sequence[str], wordings: Wordings, weights: Sequence[int] | None = None
) -> list[Cluster]:
    """Clusters of `texts`, largest first; `weights[i]` says how often text i was asked (once)."""
    distinct = _distinct(texts, weights or [1] * len(texts))
    counts = [wordings.features(wording.key) for wording in distinct]
    meant = [wordings.meant(wording.key, count) for wording, count in zip(distinct, counts, strict=True)]
    share = shop_share(meant)
    chances = [share * one.shop for one in meant]
    setting = setting_for(len(chances), sum(chances) / max(1, len(chances)))
    names, rows = _rows(counts, wordings, setting.gain)
    first = 1 + max((feature for row in rows for feature in row), default=0)
    vectors = [mixed(*parts, first) for parts in zip(rows, meant, chances, strict=True)]
    dense = _meanings(distinct, wordings, chances)
    width = 1 + max((feature for vector in vectors for feature in vector), default=0)
    edges = similar_pairs(vectors, dense, width, setting.threshold)
    groups = Linkage(vectors, dense, edges, setting.threshold).run()
    clusters = [_named(group, distinct, rows, names) for group in groups]
    size = {
        cluster.cluster_id: sum(distinct[i].weight for i in group)
        for cluster, group in zip(clusters, groups, strict=True)
    }
    return sorted(clusters, key=lambda cluster: (-size[cluster.cluster_id], cluster.cluster_id))


def _distinct(texts: Sequence[str], weights: Sequence[int]) -> list[_Wording]:
    """The distinct wordings in the order of their keys."""
    by_key: dict[str, list[int]] = defaultdict(list)
    for index, text in enumerate(texts):
        by_key[wording_key(text)].append(index)
    found = []
    for key in sorted(by_key):
        members = by_key[key]
        uses: Counter[str] = Counter()
        for index in members:
            uses[plain(texts[index])] += weights[index]
        text = min(uses, key=lambda form: (MASK.search(form) is not None, -uses[form], len(form), form))
        found.append(_Wording(key, members, text, uses.total()))
    return found


def _rows(
    counts: Sequence[Mapping[str, int]], wordings: Wordings, gain: float
) -> tuple[list[str], list[Vector]]:
    """Feature names, and one TF-IDF row a text."""
    seen: Counter[str] = Counter()
    for count in counts:
        seen.update(count.keys())
    names = sorted(seen)
    number = {name: i for i, name in enumerate(names)}
    weights = [weight_of(name, seen[name], len(counts), wordings) for name in names]
    rows = []
    for count in counts:
        row = row_of({number[name]: count[name] for name in sorted(count)}, names, weights, gain)
        # A character pair of one text alone has had its say in the length.
        rows.append({f: value for f, value in row.items() if seen[names[f]] > 1 or names[f][0] != PAIR})
    return names, rows


def _meanings(distinct: Sequence[_Wording], wordings: Wordings, chances: Sequence[float]) -> Floats:
    """The texts' vectors, scaled to their share of the similarity; no columns if none has one."""
    shares = np.array([meaning_share(chance) for chance in chances])
    if not shares.any():
        return np.zeros((len(distinct), 0), dtype=np.float32)
    vectors = np.stack([wordings.vector(wording.key) for wording in distinct])
    return np.asarray(vectors * shares[:, None].astype(np.float32))


def _named(
    group: list[int], distinct: Sequence[_Wording], rows: Sequence[Vector], names: Sequence[str]
) -> Cluster:
    namings = [
        Naming(one.key, one.text, one.weight, rows[number])
        for number, one in ((number, distinct[number]) for number in sorted(group))
    ]
    total = summed(namings)
    best = fittest(namings, total, names)
    members = sorted(index for number in group for index in distinct[number].members)
    return Cluster(cluster_id(best.key), best.text, keywords(total, best.row, names), members)
