"""How well the satisfaction model tells dissatisfied helpdesk conversations (STC-3).

Dissatisfied: the mean vote of the annotators is below 0. The features and penalties of the model were chosen
on the half of the dialogues that `chosen_on` names, none of its weights was learned from either; the other
half has a line of its own. The baseline is a formula by hand: the mean sentiment of the customer's turns,
later turns weighing more, less a little for how much the customer had to write (one weight, by eye).
"""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from metrics import Measured, auc, bootstrap, calibration_error
from numpy.typing import NDArray

from processors.satisfaction_features import Turn
from processors.tags import Tagger
from streams.language import load_language
from streams.satisfaction_weights import load_satisfaction
from streams.tag_weights import load_tag_model

DIALOGUES = "stc3_satisfaction.jsonl"
NEEDS = (DIALOGUES,)
_LENGTH_COST = 0.1
_Row = dict[str, Any]


def figures(data: Path) -> list[Measured]:
    """The lines of the table."""
    with (data / DIALOGUES).open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    language = load_language()
    tagger = Tagger(language, load_tag_model())
    judge = load_satisfaction(language, tagger)
    found = [judge([Turn(turn["sender"], turn["text"]) for turn in row["turns"]]) for row in rows]
    unhappy = np.array([row["satisfaction_mean"] < 0 for row in rows])
    score = np.array([-each.points for each in found])
    plain = np.array([-by_hand(row["turns"], tagger) for row in rows])
    kept = np.array([not chosen_on(row) for row in rows])
    chance = [1 - each.chance for each in found]
    error = calibration_error(unhappy.tolist(), chance)
    return [
        _ranked("satisfaction, STC-3 dissatisfied", unhappy, score, plain),
        _ranked("satisfaction, STC-3, half not chosen on", unhappy[kept], score[kept], plain[kept]),
        Measured("satisfaction, STC-3", "expected calibration error", error, "none", len(rows)),
    ]


def chosen_on(row: _Row) -> bool:
    """Whether a dialogue is of the half that features and penalties were chosen on."""
    return int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 2 == 0


def _ranked(
    task: str, unhappy: NDArray[np.bool_], score: NDArray[np.float64], plain: NDArray[np.float64]
) -> Measured:
    def resampled(pick: NDArray[np.intp]) -> float:
        return auc(unhappy[pick].tolist(), score[pick].tolist())

    value, baseline = (auc(unhappy.tolist(), each.tolist()) for each in (score, plain))
    interval = bootstrap(len(unhappy), resampled, rounds=200)
    return Measured(task, "AUC", value, ">= .90", len(unhappy), interval, baseline)


def by_hand(turns: list[_Row], tagger: Tagger) -> float:
    """Predicted satisfaction by the formula; higher is better, no unit."""
    texts = [turn["text"] for turn in turns if turn["sender"] == "customer"]
    scores = [tags.sentiment_score for tags in tagger.tag_many(texts, ["chat"] * len(texts))]
    total = sum(range(1, len(scores) + 1))
    mean = sum(n * s for n, s in enumerate(scores, 1)) / max(1, total)
    return mean - _LENGTH_COST * math.log1p(sum(map(len, texts)))
