"""Why a tag was given: what spoke for the chosen label over the next best, and what against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from processors.cues import FAMILIES, Reading
from processors.decide import Vote
from processors.tag_model import Sign, places

if TYPE_CHECKING:
    from processors.tags import Tags

MOST = 6
"""Reasons shown a tag."""
LEAST = 0.02
"""Logits; what weighs less explains nothing."""
_DIGITS = 3

Floats = NDArray[np.float64]


class Reason(Struct, frozen=True):
    """A sign and how many logits it speaks for the label over the next best; negative: against.

    `found`: the wordings in the text that a lexicon's sign comes from.
    """

    source: str
    name: str
    weight: float
    found: tuple[str, ...]


class Explained(Struct, frozen=True):
    """A tag's label, the next best, by how many logits it won, and why.

    `topics` is the main topic, `also` a further one, whose next best is to say nothing of it (empty).
    The weights of `reasons`, the greatest first, and `other`, the rest, add up to `margin`.
    """

    tag: str
    label: str
    instead: str
    margin: float
    reasons: list[Reason]
    other: float


class Evidence(NamedTuple):
    """What each sign in a text adds to each column, and the wordings that the lexicons' signs come from."""

    added: Mapping[Sign, Floats]
    found: Mapping[str, tuple[str, ...]]


def gathered(
    reading: Reading, pairs: Iterable[tuple[Sign, NDArray[np.float32]]], votes: Iterable[Vote]
) -> Evidence:
    """The sum of each sign, in the order in which they come."""
    added: dict[Sign, Floats] = {}
    for sign, logits in pairs:
        known = added.get(sign)
        added[sign] = logits.astype(np.float64) if known is None else known + logits
    width = len(next(iter(added.values())))
    for rule, column, more in votes:
        added.setdefault(Sign("rule", rule), np.zeros(width))[column] += more
    return Evidence(added, _wordings(reading))


def _wordings(reading: Reading) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for family, hits in zip(FAMILIES, reading.hits, strict=True):
        for hit in hits:
            label = f"{family}/{hit.label}"
            for name in (label, f"{label}/{hit.group}"):
                found.setdefault(name, {})[reading.text[hit.start : hit.end]] = None
    return {name: tuple(wordings) for name, wordings in found.items()}


def explained(evidence: Evidence, tags: Tags) -> list[Explained]:
    """Explain all tags of a text, in the order of their fields."""
    return [
        _picked("sentiment", tags.sentiment, evidence),
        _picked("topics", tags.topics[0], evidence),
        *(_yes_or_no("also", topic, True, evidence) for topic in tags.topics[1:]),
        _picked("nature", tags.nature, evidence),
        _picked("urgency", tags.urgency, evidence),
        _yes_or_no("question", "is_question", tags.is_question, evidence),
    ]


def _picked(tag: str, label: str, evidence: Evidence) -> Explained:
    column = places("topic" if tag == "topics" else tag)
    settled = np.sum(list(evidence.added.values()), axis=0)
    instead = max((name for name in column if name != label), key=lambda name: float(settled[column[name]]))
    best, second = column[label], column[instead]
    weights = {sign: float(added[best] - added[second]) for sign, added in evidence.added.items()}
    return _told((tag, label, instead), weights, evidence)


def _yes_or_no(head: str, name: str, yes: bool, evidence: Evidence) -> Explained:
    column = places(head)[name]
    weights = {
        sign: float(added[column] if yes else -added[column]) for sign, added in evidence.added.items()
    }
    if head == "also":
        return _told(("also", name, ""), weights, evidence)
    return _told((name, str(yes).lower(), str(not yes).lower()), weights, evidence)


def _told(verdict: tuple[str, str, str], weights: Mapping[Sign, float], evidence: Evidence) -> Explained:
    strong = [(sign, weight) for sign, weight in weights.items() if abs(weight) >= LEAST]
    ranked = sorted(strong, key=lambda pair: (-abs(pair[1]), pair[0]))[:MOST]
    reasons = [
        Reason(
            *sign,
            round(weight, _DIGITS),
            evidence.found.get(sign.name, ()) if sign.source == "lexicon" else (),
        )
        for sign, weight in ranked
    ]
    # A tie that single precision decided has no margin, not one of -0.0.
    margin = max(0.0, round(sum(weights.values()), _DIGITS))
    rest = margin - sum(reason.weight for reason in reasons)
    return Explained(*verdict, margin, reasons, round(rest, _DIGITS))
