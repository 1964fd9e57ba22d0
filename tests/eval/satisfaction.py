"""How well a first simple score tells dissatisfied helpdesk conversations (STC-3).

Dissatisfied: the mean vote of the annotators is below 0. The score is the weighted
mean sentiment of the customer's turns, later turns weighing more, less a little for
how much the customer had to write; the baseline is the sentiment alone. The one
weight was picked by eye from four values on this very data, so the gain over the
baseline (less than the interval) is no evidence.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from metrics import Measured, auc, bootstrap
from numpy.typing import NDArray

from processors.tags import Tagger
from streams.language import load_language
from streams.tag_weights import load_tag_model

DIALOGUES = "stc3_satisfaction.jsonl"
NEEDS = (DIALOGUES,)
_LENGTH_COST = 0.1


def figures(data: Path) -> list[Measured]:
    """The lines of the table."""
    with (data / DIALOGUES).open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    tagger = Tagger(load_language(), load_tag_model())
    unhappy = np.array([row["satisfaction_mean"] < 0 for row in rows])
    score = np.array([-predicted(row["turns"], tagger) for row in rows])
    first = np.array([-mean_sentiment(row["turns"], tagger) for row in rows])

    def resampled(pick: NDArray[np.intp]) -> float:
        return auc(unhappy[pick].tolist(), score[pick].tolist())

    value, plain = (auc(unhappy.tolist(), s.tolist()) for s in (score, first))
    interval = bootstrap(len(rows), resampled, rounds=200)
    return [Measured("satisfaction, STC-3 dissatisfied", "AUC", value, ">= .90", len(rows), interval, plain)]


def predicted(turns: list[dict[str, Any]], tagger: Tagger) -> float:
    """Predicted satisfaction of a conversation; higher is better, no unit."""
    written = sum(len(turn["text"]) for turn in turns if turn["sender"] == "customer")
    return mean_sentiment(turns, tagger) - _LENGTH_COST * math.log1p(written)


def mean_sentiment(turns: list[dict[str, Any]], tagger: Tagger) -> float:
    """Mean sentiment of the customer's turns, the n-th weighing n."""
    scores = [tagger.tag(turn["text"]).sentiment_score for turn in turns if turn["sender"] == "customer"]
    total = sum(range(1, len(scores) + 1))
    return sum(n * s for n, s in enumerate(scores, 1)) / max(1, total)
