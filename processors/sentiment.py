"""Attitude of a text: cues with negation, structure, and for reviews a linear model."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise
from typing import NamedTuple

from processors.cues import Hit, Reading
from processors.language_model import ReviewModel
from processors.questions import Question

THRESHOLDS = {"chat": 1.0, "review": 0.35, "complaint": 0.35}
"""Points from which a text takes a side; who writes a review or complaint mostly has one."""
_SCALE = 2.5
"""Points at which tanh(points / scale) is clearly sure (0.76)."""
_NEGATION_REACH = 2
_PROBLEM_SHARE = {"chat": 0.35, "review": 1.0, "complaint": 1.0}
"""A calm problem report in a chat is neutral; in a review or complaint it is the verdict."""
_TROUBLE_SHARE = {"chat": 0.0, "review": 1.0, "complaint": 0.0}
"""Chats and complaints are about refunds and waiting; a review that tells of them is seldom content."""
_CALM_PROBLEMS = -0.9
"""However much is broken, telling it calmly stays neutral in a chat."""
_THANKS_SHARE = {"chat": 1.0, "review": 1.5}
_BOOST = 1.4
_SOFTEN = 0.6
"""有点慢 is less than 慢."""
_INSISTING = ("??", "？？", "?!", "？！")
_TRAILING_OFF = ("...", "。。", "…")
_LOUD = re.compile(r"[!！?？…]|\.\.\.|。。")
_DRAWN_OUT = re.compile(r"(.)\1{3}", re.DOTALL)
_ALARM = 0.8
_MILD_SHARE_ASKING = 0.5
"""Who calmly asks for something has mild words for why (没用, 不行) without meaning a reproach."""
_COMPLAINT_BIAS = -1.2
_MODEL_SHARE = 1.6
_MOST_IN_REVIEW = 6.0
"""Points that a review's cues can have: twenty times 差 is one opinion."""
_ASKING_IN_REVIEW = -0.8
"""Who asks back in a review (怎么能这样?) is seldom content."""
_ASKED = "吗么嘛?"


class Attitude(NamedTuple):
    """Label, score in [-1, 1], the points it came from, and the points of voice (see `emphasis`)."""

    label: str
    score: float
    points: float
    voice: float


def is_asked(text: str, hit: Hit) -> bool:
    """What the customer asks about (好用吗, 甜不甜), not what they think; reproaches are meant."""
    if hit.label == "negative":
        return False
    if text[hit.start - 1 : hit.start] == "不" and text[hit.start - 2 : hit.start - 1] == text[hit.start]:
        return True
    after = text[hit.end : hit.end + 2]
    if not after or after[0] != "不":
        return bool(after) and after[0] in _ASKED
    return len(after) == 1 or not after[1].isalnum() or after[1] == text[hit.start]


def _negated(hit: Hit, negations: Counter[int]) -> bool:
    """An odd number of negators ends right before the hit (不能说不好 has two)."""
    before = sum(negations[end] for end in range(hit.start - _NEGATION_REACH, hit.start + 1))
    return before % 2 == 1


class _Scale(NamedTuple):
    """How much of a problem's, of a trouble's and of a mild reproach's weight counts in this text."""

    problem: float
    trouble: float
    mild: float


def _points_of(hit: Hit, negated: bool, scale: _Scale) -> float:
    if hit.label == "positive":
        return -hit.weight if negated else hit.weight
    if hit.label == "problem":
        return 0.2 if negated else -hit.weight * scale.problem
    if hit.label == "trouble":
        return 0.0 if negated else -hit.weight * scale.trouble
    if hit.label == "negative":
        return 0.3 if negated else -hit.weight * (scale.mild if hit.weight < 1 else 1.0)
    return 0.0


def cue_points(reading: Reading, question: Question) -> float:
    """Signed points of the judging and problem cues."""
    hits = reading.of("sentiment")
    # By where they end: a look-up a hit, however many there are in a hostile text.
    negations = Counter(hit.end for hit in hits if hit.label == "negator")
    boosters = {hit.end for hit in hits if hit.label == "booster"}
    softeners = {hit.end for hit in hits if hit.label == "softener"}
    calm = question.is_question and "!" not in reading.text
    # 不太好吃 is 不太 + 好吃, though 不太好 was found first.
    turned = {
        start
        for hit in hits
        if hit.label == "negative" and reading.text[hit.start] in "不没"
        for start in range(hit.start + 1, hit.end)
    }
    scale = _Scale(
        _PROBLEM_SHARE[reading.kind], _TROUBLE_SHARE[reading.kind], _MILD_SHARE_ASKING if calm else 1.0
    )
    judged = problems = 0.0
    for hit in hits:
        if reading.kind == "chat" and is_asked(reading.text, hit):
            continue
        negated = _negated(hit, negations) or (hit.label == "positive" and hit.start in turned)
        points = _points_of(hit, negated, scale)
        if points and (hit.start in boosters or hit.start - 1 in boosters):
            points *= _BOOST
        if hit.start in softeners:
            points *= _SOFTEN
        if hit.label == "problem":
            problems += points
        else:
            judged += points
    return judged + (max(problems, _CALM_PROBLEMS) if reading.kind == "chat" else problems)


def _thanks(reading: Reading, question: Question) -> float:
    """Thanks are warm by themselves; at the end of a request or of a complaint they are manners."""
    thanks = sum(hit.weight for hit in reading.of("sentiment") if hit.label == "thanks")
    if not thanks or reading.kind == "complaint":
        return 0.0
    if question.is_question:
        return 0.2
    return min(thanks * _THANKS_SHARE[reading.kind], 2.0)


def _alarm(reading: Reading) -> float:
    """Nobody tells of fire, injury or the law without an attitude, unless they ask whether it can happen."""
    alarms = (hit for hit in reading.of("urgency") if hit.label == "critical")
    return -_ALARM if any(not is_asked(reading.text, hit) for hit in alarms) else 0.0


def emphasis(reading: Reading) -> float:
    """Points of voice: exclamation marks, repeated marks, dots, drawn-out characters."""
    raw = reading.raw
    drawn_out = 0.3 if _DRAWN_OUT.search(reading.bare) else 0.0
    # Most texts have no loud mark at all: one look instead of many.
    if not _LOUD.search(raw):
        return drawn_out
    points = 0.5 * min(raw.count("!") + raw.count("！"), 3)
    if any(marks in raw for marks in _INSISTING):
        points += 0.6
    if any(marks in raw for marks in _TRAILING_OFF):
        points += 0.4
    return points + drawn_out


def review_logit(model: ReviewModel, text: str) -> float:
    """Logit of a positive review: sum over distinct character 1- to 3-grams.

    Binary features scaled to unit length, as in training; positive means praise.
    """
    grams = set(text)
    grams.update(map("".join, pairwise(text)))
    grams.update(map("".join, zip(text, text[1:], text[2:], strict=False)))
    if not grams:
        return 0.0
    weights = model.weights
    return sum(weights.get(gram, 0.0) for gram in grams) / math.sqrt(len(grams)) + model.bias


def judge(reading: Reading, question: Question, model: ReviewModel) -> Attitude:
    """Sum the points and name the side; between the thresholds a text is neutral."""
    voice = emphasis(reading)
    points = cue_points(reading, question) + _alarm(reading) + _thanks(reading, question)
    if reading.kind == "chat":
        # Voice strengthens the side taken; alone it is not an attitude.
        points += voice if points > 0 else -voice if points < 0 else 0.0
    else:
        points = max(-_MOST_IN_REVIEW, min(points, _MOST_IN_REVIEW))
        points += _MODEL_SHARE * review_logit(model, reading.bare)
        points += _COMPLAINT_BIAS if reading.kind == "complaint" else 0.0
        points += _ASKING_IN_REVIEW if "?" in reading.text else 0.0
    score = math.tanh(points / _SCALE)
    threshold = THRESHOLDS[reading.kind]
    if points <= -threshold:
        return Attitude("negative", score, points, voice)
    return Attitude("positive" if points >= threshold else "neutral", score, points, voice)
