"""A conversation as the satisfaction model sees it: named signs, and four texts with their wording.

The signs were chosen for holding in public helpdesk dialogues what they promise in the corpus: how calm
or angry the customer's mildest turn is (who never calms down is unhappy), what they say first, later and
last, and what the staff's last reply does. See docs/model-cards/satisfaction.md for what was left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.cues import without_masks
from processors.normalise import normalise
from processors.satisfaction_words import CUSTOMER, STAFF, Signs, found
from processors.tag_model import HEADS, columns
from processors.tags import Tagger

CUSTOMER_SENDER = "customer"
STAFF_SENDERS = frozenset({"agent", "bot"})

GRAM_TEXTS = ("opening", "closing")
"""The customer's first turn, and their last where they wrote more than once: character n-grams."""
WORD_TEXTS = ("reply", "staff")
"""The last turn of the staff, and all of theirs: the meanings of words."""

_LEAST_OF = ("sentiment", "urgency")
_ASKING = ("first", "last", "least", "most", "mean", "change")


class Turn(NamedTuple):
    """Who wrote (`customer`, `bot`, `agent`, `system`), and what; personal data is masked."""

    sender: str
    text: str


class Features(NamedTuple):
    """Signs in the order of `SIGNS`, and the texts of `GRAM_TEXTS` and of `WORD_TEXTS`, normalised."""

    signs: list[float]
    customer: tuple[str, str]
    staff: tuple[str, str]


def _places() -> Iterator[tuple[str, Signs]]:
    for place in ("opening", "later", "closing"):
        yield place, CUSTOMER
    yield "reply", STAFF


SIGNS: tuple[str, ...] = (
    *(f"every turn: {label} {head}" for head in _LEAST_OF for label in HEADS[head]),
    *(f"asking: {when}" for when in _ASKING),
    *(f"{place}: {name}" for place, signs in _places() for name in signs),
)
"""Names of the signs: how surely every turn of the customer has a sentiment or urgency (the least chance
among them), how much of a question their turns are, and what is said in a place (`later` is all turns of
theirs but the first)."""


def features(turns: Sequence[Turn], tagger: Tagger) -> Features:
    """Features of a conversation; turns without text and of other senders say nothing."""
    spoken = [(turn, _plain(turn.text)) for turn in turns]
    customer = [(turn.text, plain) for turn, plain in spoken if turn.sender == CUSTOMER_SENDER and plain]
    theirs = [plain for turn, plain in spoken if turn.sender in STAFF_SENDERS and plain]
    ours = [plain for _, plain in customer]
    texts = {
        "opening": ours[0] if ours else "",
        "later": " ".join(ours[1:]),
        "closing": ours[-1] if len(ours) > 1 else "",
        "reply": theirs[-1] if theirs else "",
    }
    said = [float(is_there) for place, signs in _places() for is_there in found(signs, texts[place])]
    return Features(
        [*_moods([raw for raw, _ in customer], tagger), *said],
        (texts["opening"], texts["closing"]),
        (texts["reply"], "\n".join(theirs)),
    )


def _plain(text: str) -> str:
    return without_masks(normalise(text)).strip()


def _moods(customer: Sequence[str], tagger: Tagger) -> list[float]:
    """What the tagger makes of the customer's turns; zeros when there are none."""
    size = sum(len(HEADS[head]) for head in _LEAST_OF) + len(_ASKING)
    if not customer:
        return [0.0] * size
    logits = tagger.settled(customer, ["chat"] * len(customer)).astype(np.float64)
    least = [value for head in _LEAST_OF for value in _chances(logits[:, columns(head)]).min(axis=0).tolist()]
    asking: list[float] = (1 / (1 + np.exp(-logits[:, columns("question").start]))).tolist()
    first, last = asking[0], asking[-1]
    change = last - first
    answered = last if len(asking) > 1 else 0.0
    return [*least, first, answered, min(asking), max(asking), sum(asking) / len(asking), change]


def _chances(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances: NDArray[np.float64] = odds / odds.sum(axis=1, keepdims=True)
    return chances


Cutter = Callable[[str], Sequence[str]]


def known_words(text: str, cut: Cutter, rows: Mapping[str, int]) -> list[int]:
    """Rows of the words of a text that are known, in order."""
    return [rows[word] for word in cut(text) if word in rows]
