"""How alike questions are: what weighs how much, and from which likeness on they ask the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from processors.question_features import CONCEPT, FORM, PAIR, WORD, Wordings
from processors.question_model import Meant
from processors.similarity import Vector


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


def setting_for(texts: int, shop: float) -> Setting:
    """How to group so many texts, whose mean chance of being a shop's question is `shop`."""
    finer = FINER * math.log2(max(1.0, texts / FEW_TEXTS))
    threshold, gain = (shop * a + (1 - shop) * b for a, b in zip(_SHOP, _GENERAL, strict=True))
    return Setting(threshold + finer, gain)


def shop_share(meant: Sequence[Meant]) -> float:
    """How far texts together are a shop's, in [0, 1]: those of a batch are of one origin."""
    mean = sum(one.shop for one in meant) / max(1, len(meant))
    return min(1.0, max(0.0, (mean - _SHOP_LEAST) / (_SHOP_MOST - _SHOP_LEAST)))


def weight_of(name: str, seen: int, texts: int, wordings: Wordings) -> float:
    """Weight of a feature: of its kind, times its rarity among `texts` texts, of which `seen` have it,
    and in the language at large; with no texts, in the language alone."""
    kind = name[0]
    general = _KIND_IDF[kind] if kind != WORD else min(wordings.rarity(name[1:]), _HIGHEST_IDF)
    idf = math.log((texts + PRIOR_TEXTS) / (seen + PRIOR_TEXTS * math.exp(-general)))
    return _KIND_WEIGHT[kind] * max(_LOWEST_WEIGHT, idf)


def row_of(count: Mapping[int, int], names: Sequence[str], weights: Sequence[float], gain: float) -> Vector:
    """TF-IDF of length 1 of the counts of features, concepts then raised by their gain."""
    row = {f: weights[f] * (1 + math.log(times)) for f, times in count.items()}
    length = math.sqrt(sum([value * value for value in row.values()]))
    concept = math.sqrt(gain)
    return {f: value / length * (concept if names[f][0] == CONCEPT else 1.0) for f, value in row.items()}


def own_share(chance: float) -> float:
    """The share of the wording in the similarity, as a factor of both vectors."""
    return math.sqrt(1 - _INTENTS * chance - _MEANING * (1 - chance))


def mixed(row: Vector, meant: Meant, chance: float, first: int) -> Vector:
    """A row scaled to its share of the similarity, intents added as the features from `first` on."""
    own, share = own_share(chance), math.sqrt(_INTENTS * chance)
    scaled = {feature: value * own for feature, value in row.items()}
    scaled.update({first + number: share * value for number, value in meant.roots.items() if share})
    return scaled


def meaning_share(chance: float) -> float:
    """The share of the meaning in the similarity, as a factor of both vectors."""
    return math.sqrt(_MEANING * (1 - chance))
