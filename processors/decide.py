"""From logits to tags: the learned tagger decides, and the cues keep a vote.

The model learned from texts written to be hard, where cues mislead; in plain talk they rarely do.
So the cues' verdict is added to its label's logit. How loud, was chosen on development data of
both kinds: JD chats and public reviews on one side, the corpus's held-out part on the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.cues import TextKind
from processors.signals import FirstReading
from processors.tag_model import HEADS, columns, places

Floats = NDArray[np.float32]

_PULL = {"chat": 1.6, "review": 1.0, "complaint": 0.0}
"""Logits a point of attitude."""
_MOST_POINTS = 6.0
_REVIEW_DOUBT = 0.4
"""Points a review's cues must have to speak for praise: people hide a fault behind a kind word."""
_CALM = {"chat": 1.2, "review": 0.0, "complaint": 0.0}
"""Logits that negative needs more than neutral: a calm question in a chat is no reproach."""
_VOTE = {"topic": 1.3, "nature": 0.4, "urgency": 1.2}
_ALARM = 0.5
"""Logits that critical gets ahead: to miss an injury costs more than to look twice."""
_ASKING = 0.4
"""Logits that a question gets ahead: one that is missed never reaches the gap list."""
_MOST_TOPICS = 3
_SENTIMENT, _TOPIC, _ALSO = columns("sentiment"), columns("topic"), columns("also")
_NEGATIVE, _POSITIVE = _SENTIMENT.start, _SENTIMENT.stop - 1
_CRITICAL = columns("urgency").start
_QUESTION_COLUMN = columns("question").start
_OTHER = HEADS["topic"].index("other")
_PLACES = {head: places(head) for head in _VOTE}


class Vote(NamedTuple):
    """What a rule adds to a column's logit."""

    rule: str
    column: int
    logits: float


def votes(first: FirstReading, kind: TextKind) -> Iterator[Vote]:
    """What the cues' verdict and what is due to each kind of text add to the model's logits."""
    points = _points(first, kind)
    yield Vote("attitude", _NEGATIVE, -points)
    yield Vote("attitude", _POSITIVE, points)
    yield Vote("calm", _NEGATIVE, -_CALM[kind])
    yield Vote("alarm", _CRITICAL, _ALARM)
    yield Vote("asking", _QUESTION_COLUMN, _ASKING)
    verdicts = (("topic", first.topics[0]), ("nature", first.nature), ("urgency", first.urgency))
    for head, label in verdicts:
        # That no cue speaks for a topic is no vote for `other`.
        if label != "other":
            yield Vote(f"vote/{head}", _PLACES[head][label], _VOTE[head])


def settle(logits: Floats, firsts: Sequence[FirstReading], kinds: Sequence[TextKind]) -> Floats:
    """Logits with the cues' vote, shape as given."""
    settled = logits.copy()
    width = logits.shape[1]
    places: list[int] = []
    added: list[float] = []
    for row, case in enumerate(zip(firsts, kinds, strict=True)):
        for _, column, logit in votes(*case):
            places.append(row * width + column)
            added.append(logit)
    np.add.at(settled.reshape(-1), places, np.array(added, np.float32))
    return settled


def _points(first: FirstReading, kind: TextKind) -> float:
    points = max(-_MOST_POINTS, min(first.attitude.points, _MOST_POINTS))
    return _PULL[kind] * (points - (_REVIEW_DOUBT if kind == "review" else 0.0))


def labels(settled: Floats, head: str) -> list[str]:
    """The label of each text in a head that picks one."""
    names = HEADS[head]
    return [names[place] for place in settled[:, columns(head)].argmax(axis=1).tolist()]


def scores(settled: Floats) -> list[float]:
    """Sentiment scores in [-1, 1]: the chance of positive less that of negative, to four places."""
    part = settled[:, _SENTIMENT].astype(np.float64)
    odds = np.exp(part - part.max(axis=1, keepdims=True))
    chances = odds / odds.sum(axis=1, keepdims=True)
    return [round(score, 4) for score in (chances[:, -1] - chances[:, 0]).tolist()]


def asked(settled: Floats) -> list[bool]:
    """Whether each text is a question."""
    found: list[bool] = (settled[:, _QUESTION_COLUMN] > 0).tolist()
    return found


def topics(settled: Floats) -> list[tuple[str, ...]]:
    """One to three topics each, the main one first, the others by how sure they are."""
    names = HEADS["topic"]
    main = settled[:, _TOPIC].argmax(axis=1).tolist()
    also = settled[:, _ALSO]
    ranked = np.argsort(-also, axis=1, kind="stable").tolist()
    found = []
    for row, first in enumerate(main):
        sure = [place for place in ranked[row][:_MOST_TOPICS] if also[row, place] > 0]
        side = [place for place in sure if place not in (first, _OTHER)] if first != _OTHER else []
        found.append(tuple(names[place] for place in (first, *side)[:_MOST_TOPICS]))
    return found
