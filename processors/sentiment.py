"""Attitude of a text: cues with negation, structure, and for reviews a linear model."""

from __future__ import annotations

import math
from typing import NamedTuple

from processors.cues import Hit, Reading, longest_repeat
from processors.language_model import ReviewModel
from processors.questions import Question

THRESHOLD = 1.0
_SCALE = 2.5
"""Points at which tanh(points / scale) is clearly sure (0.76)."""
_NEGATION_REACH = 2
_PROBLEM_SHARE = {"chat": 0.35, "review": 1.0, "complaint": 1.0}
"""A calm problem report in a chat is neutral; in a review or complaint it is the verdict."""
_COMPLAINT_BIAS = -1.2
_MODEL_SHARE = 1.0
_ASKED = "吗么嘛?"


class Attitude(NamedTuple):
    """Label, score in [-1, 1], and the points it came from."""

    label: str
    score: float
    points: float


def _asked(text: str, hit: Hit) -> bool:
    """The judgement is what the customer asks about (好用吗, 甜不甜), not what they think."""
    after = text[hit.end : hit.end + 2]
    if not after:
        return False
    if after[0] in _ASKED:
        return True
    if after[0] == "不":
        return len(after) == 1 or not after[1].isalnum() or after[1] == text[hit.end - 1] or after[1] == text[hit.start]
    return False


def _negated(hit: Hit, negators: list[Hit]) -> bool:
    """An odd number of negators stands right before the hit (不能说不好 has two)."""
    before = [
        negator
        for negator in negators
        if negator.start < hit.start and 0 <= hit.start - negator.end <= _NEGATION_REACH
    ]
    return len(before) % 2 == 1


def _points_of(hit: Hit, negated: bool, problem_share: float) -> float:
    if hit.label == "positive":
        return -hit.weight if negated else hit.weight
    if hit.label == "problem":
        return 0.2 if negated else -hit.weight * problem_share
    if hit.label == "negative":
        return 0.3 if negated else -hit.weight
    return 0.0


def cue_points(reading: Reading) -> float:
    """Signed points of the judging and problem cues."""
    hits = reading.of("sentiment")
    negators = [hit for hit in hits if hit.label == "negator"]
    boosters = [hit.end for hit in hits if hit.label == "booster"]
    share = _PROBLEM_SHARE[reading.kind]
    positive = negative = 0.0
    for hit in hits:
        if reading.kind == "chat" and _asked(reading.text, hit):
            continue
        points = _points_of(hit, _negated(hit, negators), share)
        if points and any(0 <= hit.start - end <= 1 for end in boosters):
            points *= 1.4
        if points > 0:
            positive += points
        else:
            negative += points
    return positive + negative


def _thanks(reading: Reading, question: Question) -> float:
    """Thanks are warm by themselves; at the end of a request they are manners."""
    thanks = sum(hit.weight for hit in reading.of("sentiment") if hit.label == "thanks")
    if not thanks:
        return 0.0
    return min(thanks, 2.0) if not question.is_question else 0.2


def emphasis(reading: Reading) -> float:
    """Points of voice: exclamation marks, repeated marks, drawn-out characters, dots."""
    text = reading.text
    marks = min(text.count("!"), 3)
    points = 0.5 * marks if marks else 0.0
    if "??" in text or "?!" in text:
        points += 0.6
    if "..." in text or "。。" in text or "…" in text:
        points += 0.4
    if longest_repeat(reading.bare) >= 4:
        points += 0.3
    return points


def review_logit(model: ReviewModel, text: str) -> float:
    """Logit of a positive review: mean-free sum over distinct character 1- to 3-grams.

    Binary features scaled to unit length, as in training; positive means praise.
    """
    grams = set(text)
    grams.update(map("".join, zip(text, text[1:], strict=False)))
    grams.update(map("".join, zip(text, text[1:], text[2:], strict=False)))
    if not grams:
        return 0.0
    weights = model.weights
    return sum(weights.get(gram, 0.0) for gram in grams) / math.sqrt(len(grams)) + model.bias


def judge(reading: Reading, question: Question, model: ReviewModel) -> Attitude:
    """Sum the points and name the side; between the thresholds a text is neutral."""
    points = cue_points(reading)
    if reading.kind == "chat":
        points += _thanks(reading, question)
        voice = emphasis(reading)
        # Voice strengthens the side taken; alone it is not an attitude.
        points += voice if points > 0 else -voice if points < 0 else 0.0
    else:
        points += _MODEL_SHARE * review_logit(model, reading.bare)
        points += _COMPLAINT_BIAS if reading.kind == "complaint" else 0.0
    score = math.tanh(points / _SCALE)
    if points <= -THRESHOLD:
        return Attitude("negative", score, points)
    return Attitude("positive" if points >= THRESHOLD else "neutral", score, points)
