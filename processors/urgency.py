"""How soon somebody must act on a text."""

from __future__ import annotations

from processors.cues import Reading
from processors.sentiment import Attitude

_CRITICAL_POINTS = 2.0
_HIGH_POINTS = 2.0
_ANGER_POINTS = -3.5
_COMPLAINT_POINTS = 1.0
"""Who files a complaint outside the chat has usually asked before."""
_CALM = frozenset({"praise", "suggestion"})


def _points(reading: Reading, label: str) -> float:
    return sum(hit.weight for hit in reading.of("urgency") if hit.label == label)


def _is_high(reading: Reading, nature: str, attitude: Attitude) -> bool:
    points = _points(reading, "high")
    if reading.kind == "complaint":
        points += _COMPLAINT_POINTS
    if nature == "complaint" and attitude.points <= _ANGER_POINTS:
        points += 1.0
    return points >= _HIGH_POINTS


def judge(reading: Reading, nature: str, attitude: Attitude) -> str:
    """`critical` and `high` by their cues, `low` where nothing is asked or wanted soon."""
    if _points(reading, "critical") >= _CRITICAL_POINTS:
        return "critical"
    if nature not in _CALM and _is_high(reading, nature, attitude):
        return "high"
    if nature in _CALM or nature == "chitchat":
        return "low"
    idle = nature in {"inquiry", "request"} and _points(reading, "low") >= 1.0
    return "low" if idle else "normal"
