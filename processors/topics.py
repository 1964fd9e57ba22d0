"""Topics of a text, main topic first, from weighted cues."""

from __future__ import annotations

from processors.cues import Reading
from processors.language_model import TOPICS

_PRIORITY = {topic: rank for rank, topic in enumerate(TOPICS)}
_SIDE_SHARE = 0.5
"""A further topic is named when it has at least this share of the main one's points."""
_SIDE_POINTS = 1.0
_MOST = 3


def scores(reading: Reading) -> dict[str, float]:
    """Points by topic; the same wording counts once, however often it is repeated."""
    points: dict[str, float] = {}
    seen: set[tuple[str, str]] = set()
    for hit in reading.of("topics"):
        key = (hit.label, reading.text[hit.start : hit.end])
        if key not in seen:
            seen.add(key)
            points[hit.label] = points.get(hit.label, 0.0) + hit.weight
    return points


def judge(reading: Reading) -> tuple[str, ...]:
    """One to three topics; `other` when nothing speaks for any."""
    points = scores(reading)
    ranked = sorted(
        (topic for topic in points if topic != "other"), key=lambda topic: (-points[topic], _PRIORITY[topic])
    )
    if not ranked or points[ranked[0]] <= 0:
        return ("other",)
    floor = max(_SIDE_POINTS, _SIDE_SHARE * points[ranked[0]])
    return (ranked[0], *[topic for topic in ranked[1:_MOST] if points[topic] >= floor])


def subtopics(reading: Reading) -> tuple[str, ...]:
    """Second-level topics as `topic/subtopic`, in text order."""
    return tuple(dict.fromkeys(f"{hit.label}/{hit.group}" for hit in reading.of("topics")))
