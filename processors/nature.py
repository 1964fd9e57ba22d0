"""What a customer does with a text: inquire, request, complain, suggest, praise, chat."""

from __future__ import annotations

from processors.cues import Reading
from processors.questions import Question
from processors.sentiment import Attitude, is_asked

ORDER = ("complaint", "request", "inquiry", "suggestion", "praise", "chitchat")
"""Ties go to the one that needs an answer soonest."""
_COMPLAINT_BIAS = 2.5
"""A filed complaint is one unless it says otherwise."""
_ASKED_SHARE = 0.4
"""A calm question about something broken (在保修范围内吗) wants an answer first."""
_FORGIVEN = 0.3
"""Share of a problem that counts in praise (错发过, 这次没错) and in a question about it."""


def _cue_points(reading: Reading) -> dict[str, float]:
    points = dict.fromkeys(ORDER, 0.0)
    for hit in reading.of("nature"):
        points[hit.label] += hit.weight
    return points


def _add_question(points: dict[str, float], question: Question) -> None:
    if question.is_question:
        points["inquiry"] += 0.9 + max(0.0, question.ask) * 0.4
        points["request"] += question.request
    else:
        points["request"] += 0.5 * question.request


def _add_attitude(points: dict[str, float], reading: Reading, attitude: Attitude, question: Question) -> None:
    problems = sum(
        hit.weight
        for hit in reading.of("sentiment")
        if hit.label == "problem" and not is_asked(reading.text, hit)
    )
    if attitude.label == "negative":
        points["complaint"] += 1.2 if question.is_question else 1.8
    elif attitude.label == "positive":
        points["praise"] += min(attitude.points, 1.8)
        points["complaint"] *= _FORGIVEN
    elif question.is_question:
        points["complaint"] *= _ASKED_SHARE
    weight = _FORGIVEN if question.is_question or attitude.label == "positive" else 0.9
    points["complaint"] += min(problems, 2.0) * weight


def judge(reading: Reading, question: Question, attitude: Attitude) -> str:
    """The nature with most points; a text without any is chit-chat."""
    if question.small_talk:
        return "chitchat"
    points = _cue_points(reading)
    _add_question(points, question)
    _add_attitude(points, reading, attitude, question)
    if reading.kind == "complaint":
        points["complaint"] += _COMPLAINT_BIAS
    elif reading.kind == "review":
        # A review judges: what is not praise tells what was wrong.
        points["complaint" if attitude.label != "positive" else "praise"] += 1.0
    best = max(ORDER, key=lambda nature: points[nature])
    return best if points[best] > 0 else "chitchat"
