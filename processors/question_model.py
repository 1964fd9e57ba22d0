"""What a question means, learned: static word vectors, and a classifier of a shop's intents.

Both are plain tables, trained by `streams.training` and read by `streams.synonyms`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_STOP_WEIGHT = 0.5
"""A stop word counts half in a text's vector: 不能 and 什么 carry some meaning, but less."""
_MEANING = 1.5
"""Length of the word vector beside the features, which have length 1: where wordings are new, it
decides. Chosen with the penalty on half of tests/golden/intents.jsonl."""
GENERAL = "general"
"""The intent of questions that are not to a shop (哪首歌好听)."""
_FAINT = 0.04
"""Intents less probable than this are left out, which keeps rows sparse: half a dozen intents a question."""


class Embeddings(Struct, frozen=True):
    """`vectors[index[word]]` is a word's vector, of length 1; shape (words, dimensions)."""

    index: Mapping[str, int]
    vectors: Floats

    def vector(self, words: Sequence[str], stop: Collection[str]) -> Floats:
        """The direction of the sum of the words' vectors, zero if no word is known.

        An unknown word is the sum of its known characters over the root of their number.
        """
        rows: list[int] = []
        weights: list[float] = []
        for word in words:
            known = [word] if word in self.index else [char for char in word if char in self.index]
            share = (_STOP_WEIGHT if word in stop else 1.0) / math.sqrt(max(1, len(known)))
            rows += (self.index[part] for part in known)
            weights += [share] * len(known)
        total = np.asarray(weights, dtype=np.float32) @ self.vectors[rows]
        length = float(np.sqrt(total @ total))
        return total / np.float32(length) if length > 0 else total


class Meant(NamedTuple):
    """What a question may mean: how surely it is one to a shop, in [0, 1], and the intents it may have,
    each with the root of its probability, the faint left out, of length 1 together: the product
    of two questions' roots is their Bhattacharyya coefficient."""

    shop: float
    roots: dict[int, float]


class IntentModel(Struct, frozen=True):
    """Multinomial logistic regression: what a shop's customer may want, given a question.

    `index` maps a feature to its row of `weights` and entry of `idf`; the last rows of
    `weights` belong to the vector of `Embeddings`; `bias` has an entry an intent. The first
    intent is `GENERAL`: not a shop's question at all.
    """

    index: Mapping[str, int]
    idf: Floats
    weights: Floats
    bias: Floats

    def inputs(self, features: Collection[str]) -> tuple[list[int], Floats]:
        """Rows of the known features and their values, together of length 1."""
        rows = sorted(self.index[feature] for feature in features if feature in self.index)
        values = self.idf[rows]
        length = float(np.sqrt(values @ values))
        return rows, values / np.float32(length or 1.0)

    def meant(self, features: Collection[str], vector: Floats) -> Meant:
        """What a question with these features and this vector may mean."""
        if not len(self.bias):
            return Meant(0.0, {})
        rows, values = self.inputs(features)
        logits = self.bias + values @ self.weights[rows] + meaning(vector) @ self.weights[len(self.index) :]
        odds = np.exp(logits - logits.max())
        shop = 1.0 - float(odds[0] / odds.sum())
        chances = odds[1:] / odds[1:].sum()
        strong = np.flatnonzero(chances >= min(_FAINT, chances.max()))
        roots = np.sqrt(chances[strong] / chances[strong].sum())
        return Meant(shop, dict(zip(strong.tolist(), roots.tolist(), strict=True)))


def meaning(vector: Floats) -> Floats:
    """A text's vector as the intent model takes it."""
    return vector * np.float32(_MEANING)


NO_INTENTS = IntentModel(
    {}, np.zeros(0, dtype=np.float32), np.zeros((0, 0), dtype=np.float32), np.zeros(0, dtype=np.float32)
)
"""Before the model is trained."""
