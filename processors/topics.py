"""Topics of a text, main topic first, from weighted cues."""

from __future__ import annotations

from processors.cues import Reading
from processors.language_model import TOPICS
from processors.sentiment import Attitude, is_asked

_PRIORITY = {topic: rank for rank, topic in enumerate(TOPICS)}
_SIDE_SHARE = 0.5
"""A further topic is named when it has at least this share of the main one's points."""
_SIDE_POINTS = 1.0
_MOST = 3
_CAUSE_SHARE = 1.3
"""Reviews and complaints tell the cause (broken) and then the trouble (refund): the cause leads."""


def scores(reading: Reading) -> dict[str, float]:
    """Points by topic; the same wording counts once, however often it is repeated."""
    points: dict[str, float] = {}
    seen: set[tuple[str, str]] = set()
    for hit in reading.of("topics"):
        key = (hit.label, reading.text[hit.start : hit.end])
        if key not in seen:
            seen.add(key)
            # 掉色吗 asks for a property; nothing has lost its colour yet.
            asked = hit.label == "quality" and is_asked(reading.text, hit)
            topic = "product" if asked else hit.label
            points[topic] = points.get(topic, 0.0) + hit.weight
    return points


def _settle_goods(points: dict[str, float], label: str) -> None:
    """Goods that are scolded are a matter of quality, goods that are praised of the product."""
    if label == "negative":
        goods, side = points.pop("product", 0.0), "quality"
    elif label == "positive":
        goods, side = points.pop("quality", 0.0), "product"
    else:
        return
    if goods:
        points[side] = points.get(side, 0.0) + goods


def judge(reading: Reading, attitude: Attitude) -> tuple[str, ...]:
    """One to three topics; `other` when nothing speaks for any."""
    points = scores(reading)
    _settle_goods(points, attitude.label)
    if reading.kind != "chat" and "quality" in points:
        points["quality"] *= _CAUSE_SHARE
    ranked = sorted(
        (topic for topic in points if topic != "other"), key=lambda topic: (-points[topic], _PRIORITY[topic])
    )
    if not ranked:
        return _unnamed(reading, attitude)
    floor = max(_SIDE_POINTS, _SIDE_SHARE * points[ranked[0]])
    return (ranked[0], *[topic for topic in ranked[1:_MOST] if points[topic] >= floor])


def _unnamed(reading: Reading, attitude: Attitude) -> tuple[str, ...]:
    """A review that names nothing speaks of the goods."""
    if reading.kind != "review":
        return ("other",)
    return ("quality",) if attitude.label == "negative" else ("product",)


def subtopics(reading: Reading) -> tuple[str, ...]:
    """Second-level topics as `topic/subtopic`, in text order."""
    return tuple(dict.fromkeys(f"{hit.label}/{hit.group}" for hit in reading.of("topics")))
