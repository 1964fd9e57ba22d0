"""How well tags agree with labels: shares with their intervals, macro-F1, confusions and the worst misses."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from processors.language_model import TOPICS
from processors.tags import Tags

Interval = tuple[float, float]
Value = str | bool | tuple[str, ...]
"""A label of a tag; of `topics` all, the main one first."""

_Z95 = 1.959963984540054
_ORDERED = {
    "sentiment": ("negative", "neutral", "positive"),
    "urgency": ("low", "normal", "high", "critical"),
}
TAG_VALUES: dict[str, tuple[str, ...] | tuple[bool, ...]] = {
    "sentiment": _ORDERED["sentiment"],
    "topics": TOPICS,
    "nature": ("inquiry", "request", "complaint", "suggestion", "praise", "chitchat"),
    "urgency": _ORDERED["urgency"],
    "is_question": (True, False),
}
"""The tags that can be labelled, each with its values."""
_SIDE_TOPIC = 0.5


class Case(NamedTuple):
    """One label of a text and what the tagger says."""

    tag: str
    wanted: Value
    got: Value


class Confusion(Struct, frozen=True):
    """What was wanted and what was given instead, so many times."""

    wanted: str | bool
    got: str | bool
    n: int


class Score(Struct, frozen=True):
    """Agreement on one tag over `n` labels; of `topics` the main one counts.

    `share` is `right` of `n` with its 95 % `interval`; `confusion` the commonest, None without any.
    """

    tag: str
    n: int
    right: int
    share: float
    interval: Interval
    macro_f1: float
    confusion: Confusion | None


def macro_f1(gold: Sequence[Hashable], guess: Sequence[Hashable]) -> float:
    """Mean F1 over the classes that occur in the gold labels; 0 without any."""
    right = Counter(a for a, b in zip(gold, guess, strict=True) if a == b)
    truth, found = Counter(gold), Counter(guess)
    scores = [2 * right[label] / (truth[label] + found[label]) for label in truth]
    return sum(scores) / len(scores) if scores else 0.0


def wilson(share: float, n: int) -> Interval:
    """95 % score interval of a proportion (Wilson 1927); the whole range for n = 0."""
    if n == 0:
        return 0.0, 1.0
    square = _Z95 * _Z95
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = _Z95 / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def cases(wanted: Mapping[str, Value], tags: Tags) -> list[Case]:
    """The labels of a text beside what the tagger gave it."""
    return [Case(tag, value, getattr(tags, tag)) for tag, value in wanted.items()]


def scores(labelled: Sequence[Case]) -> list[Score]:
    """A score a tag that has labels, in the order of `TAG_VALUES`."""
    by_tag = {tag: [case for case in labelled if case.tag == tag] for tag in TAG_VALUES}
    return [_score(tag, found) for tag, found in by_tag.items() if found]


def _score(tag: str, found: Sequence[Case]) -> Score:
    gold, guess = [main(case.wanted) for case in found], [main(case.got) for case in found]
    wrong = Counter((a, b) for a, b in zip(gold, guess, strict=True) if a != b)
    right = len(found) - wrong.total()
    share = right / len(found)
    commonest = [Confusion(*pair, n) for pair, n in wrong.most_common(1)]
    return Score(
        tag=tag,
        n=len(found),
        right=right,
        share=share,
        interval=wilson(share, len(found)),
        macro_f1=macro_f1(gold, guess),
        confusion=commonest[0] if commonest else None,
    )


def main(value: Value) -> str | bool:
    """The value that counts: of several topics the first."""
    return value[0] if isinstance(value, tuple) else value


def is_right(case: Case) -> bool:
    """Whether the tagger says what was wanted."""
    return main(case.wanted) == main(case.got)


def severity(case: Case) -> float:
    """How bad a miss is, 0 for none: steps on an ordered scale, else 1; a topic named, not first: half."""
    wanted, got = main(case.wanted), main(case.got)
    if wanted == got:
        return 0.0
    scale = _ORDERED.get(case.tag, ())
    if wanted in scale and got in scale:
        return float(abs(scale.index(str(wanted)) - scale.index(str(got))))
    named = isinstance(case.got, tuple) and wanted in case.got
    return _SIDE_TOPIC if named else 1.0
