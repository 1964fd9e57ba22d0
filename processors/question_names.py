"""What a group of questions is called: its id, the wording it goes by, and its keywords."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

from msgspec import Struct

from processors.question_features import CONCEPT, FORM, PAIR
from processors.similarity import Vector

_KEYWORDS = 5
_IDEAL_LENGTH = 8
_AGREEING = ("好的", "嗯", "哦", "是的", "可以 ", "行 ", "好 ", "是 ", "没有 ")
_ID_BYTES = 6


class Naming(Struct):
    """A wording that may name its group: its key, its text as one would write it, how often it was asked,
    and its TF-IDF row."""

    key: str
    text: str
    weight: int
    row: Vector


def cluster_id(key: str) -> str:
    """`q` and 12 hexadecimal digits of the BLAKE2b hash of a wording's key."""
    return "q" + hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=_ID_BYTES).hexdigest()


def summed(namings: Sequence[Naming]) -> Vector:
    """The rows of a group together, each as often as it was asked."""
    total: Vector = {}
    for naming in namings:
        for feature, value in naming.row.items():
            total[feature] = total.get(feature, 0.0) + value * naming.weight
    return total


def fittest(namings: Sequence[Naming], total: Vector, names: Sequence[str]) -> Naming:
    """The wording that names its group best."""
    return min(namings, key=lambda naming: (-_fitness(naming, total, names), naming.key))


def _fitness(naming: Naming, total: Vector, names: Sequence[str]) -> float:
    """How good a name a wording makes: central, frequent, in usual terms, of handy length, no particulars."""
    typical = sum([value * total[feature] for feature, value in naming.row.items()])
    length = abs(math.log(max(1, len(naming.text)) / _IDEAL_LENGTH))
    usual = any(names[f][0] == CONCEPT and names[f][1:] in naming.text for f in naming.row)
    particulars = any(map(str.isdigit, naming.key)) or naming.key.startswith(_AGREEING)
    return (
        math.log1p(typical) + 0.5 * math.log1p(naming.weight) - 0.5 * length + 0.5 * usual - 1.5 * particulars
    )


def keywords(total: Vector, canonical: Vector, names: Sequence[str]) -> tuple[str, ...]:
    """The words that weigh most, what it is about before how it is asked; at most five."""

    def rank(feature: int) -> tuple[bool, float, str]:
        return names[feature][0] == FORM, -total[feature], names[feature]

    telling = [f for f in sorted(total, key=rank) if names[f][0] != PAIR and len(names[f]) > 2]
    shared = [f for f in telling if f in canonical] + [f for f in telling if f not in canonical]
    return tuple(dict.fromkeys(names[f][1:] for f in shared))[:_KEYWORDS]
