"""Groups questions that ask the same and names each group.

A pure function of the multiset of texts: their order does not matter. Wordings
that differ in case, marks, politeness or personal data count as one text.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from processors.question_features import CONCEPT, FORM, MASK, PAIR, WORD, Wordings, plain, wording_key
from processors.question_model import Floats, Meant
from processors.similarity import Linkage, Vector, similar_pairs


class Setting(NamedTuple):
    """How to group: clusters merge while their average similarity is at least `threshold`.

    `gain` raises agreement in what a question is about, so that it groups where words differ.
    """

    threshold: float
    gain: float


_SHOP = Setting(threshold=0.25, gain=2.0)
_GENERAL = Setting(threshold=0.65, gain=1.0)
"""For questions to a shop, and for texts about anything, where a shop's word is no sign of a shop's
question. A batch lies between by how many of its texts are a shop's. The first was chosen on half
of tests/golden/intents.jsonl and on BQ, the second on LCQMC; both lie on wide plateaus."""
_INTENTS, _MEANING = 0.6, 0.5
"""Share of the similarity that the intents have between two questions to a shop, and the vectors of
the words between two texts about anything; wording is the rest."""
_SHOP_LEAST, _SHOP_MOST = 0.4, 0.6
"""Mean chance of being a shop's question up to which a batch is about anything, and from which it is a
shop's: .9 and more for the questions of shops, .64 for those of a bank, .35 for LCQMC."""
FEW_TEXTS = 300
FINER = 0.02
"""Beyond FEW_TEXTS wordings, each doubling raises the threshold by so much: among more questions
there are finer differences, and more chance likeness. Chosen on BQ and on parts of LCQMC."""
PRIOR_TEXTS = 2_000
"""Rarity in the batch is blended with that of the language at large, which weighs as so many texts."""

_KIND_WEIGHT = {CONCEPT: 1.0, FORM: 0.8, WORD: 0.7, PAIR: 0.25}
_KIND_IDF = {CONCEPT: 6.0, FORM: 3.0, PAIR: 8.0}
_HIGHEST_IDF = 9.0
_LOWEST_WEIGHT = 0.2
_KEYWORDS = 5
_IDEAL_LENGTH = 8
_AGREEING = ("好的", "嗯", "哦", "是的", "可以 ", "行 ", "好 ", "是 ", "没有 ")
_ID_BYTES = 6


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
    share = _shop_share(meant)
    chances = [share * one.shop for one in meant]
    setting = _setting(chances)
    names, rows = _vectors(counts, wordings, setting.gain)
    mixed = _with_intents(rows, meant, chances)
    dense = _meanings(distinct, wordings, chances)
    width = 1 + max((feature for row in mixed for feature in row), default=0)
    edges = similar_pairs(mixed, dense, width, setting.threshold)
    groups = Linkage(mixed, dense, edges, setting.threshold).run()
    clusters = [_named(group, distinct, rows, names) for group in groups]
    size = {
        cluster.cluster_id: sum(distinct[i].weight for i in group)
        for cluster, group in zip(clusters, groups, strict=True)
    }
    return sorted(clusters, key=lambda cluster: (-size[cluster.cluster_id], cluster.cluster_id))


def _shop_share(meant: Sequence[Meant]) -> float:
    """How far the texts together are a shop's, in [0, 1]: those of a batch are of one origin."""
    mean = sum(one.shop for one in meant) / max(1, len(meant))
    return min(1.0, max(0.0, (mean - _SHOP_LEAST) / (_SHOP_MOST - _SHOP_LEAST)))


def _setting(chances: Sequence[float]) -> Setting:
    """How to group texts with these chances of being a shop's."""
    share = sum(chances) / max(1, len(chances))
    finer = FINER * math.log2(max(1.0, len(chances) / FEW_TEXTS))
    threshold, gain = (share * a + (1 - share) * b for a, b in zip(_SHOP, _GENERAL, strict=True))
    return Setting(threshold + finer, gain)


def _id(key: str) -> str:
    """`q` and 12 hexadecimal digits of the BLAKE2b hash of a wording's key."""
    return "q" + hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=_ID_BYTES).hexdigest()


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


def _vectors(
    counts: Sequence[Mapping[str, int]], wordings: Wordings, concept_gain: float
) -> tuple[list[str], list[Vector]]:
    """Feature names, and one vector a text: TF-IDF of length 1, concepts then raised by their gain."""
    seen: Counter[str] = Counter()
    for count in counts:
        seen.update(count.keys())
    names = sorted(seen)
    number = {name: i for i, name in enumerate(names)}
    weight = [_weight(name, seen[name], len(counts), wordings) for name in names]
    gain = [math.sqrt(concept_gain) if name[0] == CONCEPT else 1.0 for name in names]
    rows = []
    for count in counts:
        row = {
            number[name]: weight[number[name]] * (1 + math.log(times))
            for name, times in sorted(count.items())
        }
        length = math.sqrt(sum(value * value for value in row.values()))
        # A character pair of one text alone has had its say in the length.
        rows.append(
            {
                f: value / length * gain[f]
                for f, value in row.items()
                if seen[names[f]] > 1 or names[f][0] != PAIR
            }
        )
    return names, rows


def _with_intents(rows: Sequence[Vector], meant: Sequence[Meant], chances: Sequence[float]) -> list[Vector]:
    """The rows scaled to their share of the similarity, intents added as further features."""
    first = 1 + max((feature for row in rows for feature in row), default=0)
    mixed = []
    for row, one, chance in zip(rows, meant, chances, strict=True):
        own = math.sqrt(1 - _INTENTS * chance - _MEANING * (1 - chance))
        scaled = {feature: value * own for feature, value in row.items()}
        share = math.sqrt(_INTENTS * chance)
        scaled.update({first + number: share * value for number, value in one.roots.items() if share})
        mixed.append(scaled)
    return mixed


def _meanings(distinct: Sequence[_Wording], wordings: Wordings, chances: Sequence[float]) -> Floats:
    """The texts' vectors, scaled to their share of the similarity; no columns if none has one."""
    shares = np.sqrt(_MEANING * (1 - np.array(chances)))
    if not shares.any():
        return np.zeros((len(distinct), 0), dtype=np.float32)
    vectors = np.stack([wordings.vector(wording.key) for wording in distinct])
    return np.asarray(vectors * shares[:, None].astype(np.float32))


def _weight(name: str, seen: int, texts: int, wordings: Wordings) -> float:
    """Weight of a feature: of its kind, times its rarity here and in the language at large."""
    kind = name[0]
    general = _KIND_IDF[kind] if kind != WORD else min(wordings.rarity(name[1:]), _HIGHEST_IDF)
    idf = math.log((texts + PRIOR_TEXTS) / (seen + PRIOR_TEXTS * math.exp(-general)))
    return _KIND_WEIGHT[kind] * max(_LOWEST_WEIGHT, idf)


def _named(
    group: list[int], distinct: Sequence[_Wording], rows: Sequence[Vector], names: Sequence[str]
) -> Cluster:
    total: Vector = defaultdict(float)
    for number in sorted(group):
        for feature, value in rows[number].items():
            total[feature] += value * distinct[number].weight
    best = min(group, key=lambda i: (-_fitness(distinct[i], rows[i], total, names), distinct[i].key))
    members = sorted(index for number in group for index in distinct[number].members)
    canonical = distinct[best].text
    return Cluster(_id(distinct[best].key), canonical, _keywords(total, rows[best], names), members)


def _fitness(wording: _Wording, row: Vector, total: Vector, names: Sequence[str]) -> float:
    """How good a name a wording makes: central, frequent, in usual terms, of handy length, no particulars."""
    typical = sum(value * total[feature] for feature, value in row.items())
    length = abs(math.log(max(1, len(wording.text)) / _IDEAL_LENGTH))
    usual = any(names[f][0] == CONCEPT and names[f][1:] in wording.text for f in row)
    particulars = any(map(str.isdigit, wording.key)) or wording.key.startswith(_AGREEING)
    return (
        math.log1p(typical)
        + 0.5 * math.log1p(wording.weight)
        - 0.5 * length
        + 0.5 * usual
        - 1.5 * particulars
    )


def _keywords(total: Vector, canonical: Vector, names: Sequence[str]) -> tuple[str, ...]:
    """The words that weigh most, what it is about before how it is asked; at most five."""

    def rank(feature: int) -> tuple[bool, float, str]:
        return names[feature][0] == FORM, -total[feature], names[feature]

    telling = [f for f in sorted(total, key=rank) if names[f][0] != PAIR and len(names[f]) > 2]
    shared = [f for f in telling if f in canonical] + [f for f in telling if f not in canonical]
    return tuple(dict.fromkeys(names[f][1:] for f in shared))[:_KEYWORDS]
