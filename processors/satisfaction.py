"""How satisfied a customer is with a conversation, by a linear model over signs, wording and meaning.

Everything is a look-up and an exactly rounded sum (`math.fsum`), so a conversation has the same value
alone, in any batch and on any machine that gives the tagger's logits alike. Trained by
`streams.training.train_satisfaction`; the model card is docs/model-cards/satisfaction.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from processors.grams import LONGEST, gram_number, gram_numbers
from processors.satisfaction_features import (
    GRAM_TEXTS,
    SIGNS,
    WORD_TEXTS,
    Cutter,
    Features,
    Turn,
    features,
    known_words,
)
from processors.tags import Tagger

MOST_REASONS = 5
_LEAST_REASON = 0.02
"""Points of satisfaction; what weighs less explains nothing."""
_MANY_EXAMPLES = 2
_DIGITS = 4

Floats = NDArray[np.float32]


class SatisfactionModel(Struct, frozen=True):
    """Weights, in points of satisfaction on a scale of -2 to 2.

    `signs` and `usual` (their mean in the corpus) follow `SIGNS`; `gram_row` maps the number of an n-gram
    to its row of `grams`, a column a text of `GRAM_TEXTS`, whose first row is zero; `word_row` maps a word
    to its row of `words`, a column a text of `WORD_TEXTS`. The chance of a satisfied customer is the
    logistic function of `slope` times the points plus `shift`.
    """

    signs: Floats
    usual: Floats
    gram_row: NDArray[np.int32]
    grams: Floats
    word_row: Mapping[str, int]
    words: Floats
    bias: float
    slope: float
    shift: float


class Reason(NamedTuple):
    """What was seen, and the points it adds (negative: takes) compared with the usual conversation.

    `examples` are the n-grams or words that weigh most, of a text; signs have none.
    """

    name: str
    points: float
    examples: tuple[str, ...]


class Satisfaction(NamedTuple):
    """`chance` that the customer is satisfied (not below neutral), the `points` behind it, and why."""

    chance: float
    points: float
    reasons: tuple[Reason, ...]


class SatisfactionJudge:
    """Judges conversations; holds no state between them."""

    def __init__(self, tagger: Tagger, model: SatisfactionModel, cut: Cutter) -> None:
        self._tagger = tagger
        self._model = model
        self._cut = cut

    def __call__(self, turns: Sequence[Turn]) -> Satisfaction:
        """Judge a conversation whose turns are in order; one without text is as likely as the bias says."""
        seen = features(turns, self._tagger)
        points = points_of(self._model, seen, self._cut)
        return Satisfaction(chance_of(self._model, points), points, self._reasons(seen))

    def _reasons(self, seen: Features) -> tuple[Reason, ...]:
        found = [*_sign_reasons(self._model, seen), *self._text_reasons(seen)]
        strong = [reason for reason in found if abs(reason.points) >= _LEAST_REASON]
        return tuple(sorted(strong, key=lambda reason: (-abs(reason.points), reason.name))[:MOST_REASONS])

    def _text_reasons(self, seen: Features) -> Iterator[Reason]:
        for column, (name, text) in enumerate(zip(GRAM_TEXTS, seen.customer, strict=True)):
            title = f"{name}: wording" if text else f"no {name}"
            yield _reason(title, _gram_weights(self._model, text, column))
        for column, (name, text) in enumerate(zip(WORD_TEXTS, seen.staff, strict=True)):
            words = [word for word in self._cut(text) if word in self._model.word_row]
            share = 1 / math.sqrt(max(1, len(words)))
            table = self._model.words[:, column]
            pairs = [(word, float(table[self._model.word_row[word]]) * share) for word in words]
            yield _reason(f"{name}: words", pairs)


def chance_of(model: SatisfactionModel, points: float) -> float:
    """Calibrated chance of a satisfied customer, to four places."""
    return round(1 / (1 + math.exp(-(model.slope * points + model.shift))), _DIGITS)


def points_of(model: SatisfactionModel, seen: Features, cut: Cutter) -> float:
    """Predicted satisfaction in points, about -2 to 2, to four places."""
    parts = [model.bias]
    parts += [weight * value for weight, value in zip(model.signs.tolist(), seen.signs, strict=True) if value]
    for column, text in enumerate(seen.customer):
        parts.append(_grams_sum(model, text, column))
    for column, text in enumerate(seen.staff):
        rows = known_words(text, cut, model.word_row)
        parts.append(math.fsum(model.words[rows, column].tolist()) / math.sqrt(max(1, len(rows))))
    return round(math.fsum(parts), _DIGITS)


def _grams_sum(model: SatisfactionModel, text: str, column: int) -> float:
    numbers, _ = gram_numbers([text])
    weights: list[float] = model.grams[model.gram_row[numbers], column].tolist()
    return math.fsum(weights) / math.sqrt(max(1, len(weights)))


def _sign_reasons(model: SatisfactionModel, seen: Features) -> Iterator[Reason]:
    for name, weight, usual, value in zip(
        SIGNS, model.signs.tolist(), model.usual.tolist(), seen.signs, strict=True
    ):
        # An absent sign is no reason, though it may be unusual.
        if value:
            yield Reason(name, round(weight * (value - usual), _DIGITS), ())


def _gram_weights(model: SatisfactionModel, text: str, column: int) -> list[tuple[str, float]]:
    marked = f"\x02{text}\x03"
    grams = [marked[at : at + size] for size in range(1, LONGEST + 1) for at in range(len(marked) - size + 1)]
    grams = [gram for gram in grams if len(gram) > 1 or gram not in "\x02\x03"]
    share = 1 / math.sqrt(max(1, len(grams)))
    return [
        (gram.strip("\x02\x03"), float(model.grams[model.gram_row[gram_number(gram)], column]) * share)
        for gram in grams
    ]


def _reason(name: str, pairs: Sequence[tuple[str, float]]) -> Reason:
    """A text's reason: all of its weights, and those that pull most its way as examples."""
    total = math.fsum(weight for _, weight in pairs)
    sums: dict[str, float] = {}
    for part, weight in pairs:
        sums[part] = sums.get(part, 0.0) + math.copysign(1.0, total) * weight
    best = sorted((part for part in sums if part.strip()), key=lambda part: (-sums[part], part))
    return Reason(name, round(total, _DIGITS), tuple(best[:_MANY_EXAMPLES]))
