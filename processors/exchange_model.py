"""The learned readers of an exchange: what a reply is to its question, and a reaction to both.

Two linear models, each over the n-grams of the message and over signals of the exchange. An
exchange is judged alone: n-grams are summed as whole numbers, signals row by row in a fixed
order and never by a matrix product, so chances are the same in any batch.
Trained by `streams.training.train_exchanges`; the model card is docs/model-cards/exchanges.md.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from processors.exchange_signals import ReactionCase, ReplyCase
from processors.exchange_text import Whole

Floats = NDArray[np.float64]


class LinearModel(Struct, frozen=True):
    """Multinomial logistic regression of one message.

    `gram_row` maps the number of an n-gram to its row of `grams`, whose first row is zero and
    stands for all n-grams not learned; `grams` times `scale` and `signals` have a column a class.
    """

    gram_row: NDArray[np.int32]
    grams: NDArray[np.int8]
    scale: Floats
    signals: Floats
    bias: Floats

    def wording(self, numbers: Whole) -> Floats:
        """What the n-grams of a text say of each class."""
        total = np.add.reduce(self.grams[self.gram_row[numbers]].astype(np.int64), axis=0)
        wording: Floats = total * self.scale / math.sqrt(max(1, len(numbers)))
        return wording

    def chances(self, wording: Floats, signals: list[float]) -> tuple[float, ...]:
        """The probability of each class."""
        values = np.asarray(signals)
        rows = np.flatnonzero(values)
        total = self.bias + wording + np.add.reduce(self.signals[rows] * values[rows, None], axis=0)
        odds = [math.exp(value) for value in (total - total.max()).tolist()]
        whole = math.fsum(odds)
        return tuple(value / whole for value in odds)


class ExchangeModel(Struct, frozen=True):
    """Both models; classes are `REPLY_KINDS` and `REACTION_KINDS` of `processors.exchange_kinds`."""

    reply: LinearModel
    reaction: LinearModel

    def of_reply(self, case: ReplyCase) -> tuple[float, ...]:
        """Chances of what a reply is to its question."""
        return self.reply.chances(self.reply.wording(case.said.numbers), case.signals())

    def of_reaction(self, case: ReactionCase) -> tuple[float, ...]:
        """Chances of what a customer's words are to the question and the reply before them."""
        return self.reaction.chances(self.reaction.wording(case.said.numbers), case.signals())
