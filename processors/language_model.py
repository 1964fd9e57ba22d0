"""The language knowledge that the taggers are given: plain values, read by `streams.language`."""

from __future__ import annotations

from msgspec import Struct

TOPICS = (
    "product",
    "order",
    "logistics",
    "promotion",
    "payment",
    "after_sales",
    "invoice",
    "quality",
    "service",
    "account",
    "other",
)
"""First-level topics, the public contract; `other` is what no cue speaks for."""

GUARD = "guard"
"""Label of a cue without effect: it covers shorter cues (差价 is no 差)."""

LABELS: dict[str, tuple[str, ...]] = {
    "topics": TOPICS,
    "sentiment": ("negative", "problem", "trouble", "positive", "thanks", "negator", "booster", "softener"),
    "questions": ("ask", "request", "rhetorical", "quoted"),
    "nature": ("request", "complaint", "suggestion", "praise", "chitchat"),
    "urgency": ("critical", "high", "low"),
    "filler": ("greeting", "nudge", "thanks", "assent", "closing", "human", "sticker", "reference"),
}
"""Families of cues and the labels each may give; a family is one YAML file."""


class Cue(Struct, frozen=True):
    """What one wording speaks for: `weight` points for `label` in `family`.

    `group` is the second level of the taxonomy for topics and a name that
    explains the cue elsewhere.
    """

    family: str
    label: str
    group: str
    weight: float


class PairCue(Struct, frozen=True):
    """A wording in two parts (`以为~结果`): `then` within `gap` characters after `first`."""

    first: str
    then: str
    gap: int
    cues: tuple[Cue, ...]


class ReviewModel(Struct, frozen=True):
    """Linear polarity model: `weights` of character 1- to 3-grams, and the intercept `bias`.

    A positive logit means a positive review; trained by `streams.training.train_review`.
    """

    weights: dict[str, float]
    bias: float


class Language(Struct, frozen=True):
    """Everything the taggers know.

    `cues` maps a normalised wording to what it speaks for; `taxonomy` maps a topic
    to its second-level topics; `idf` is natural-log inverse document frequency,
    `default_idf` that of a word unknown to it; `words` are segmented as one.
    """

    cues: dict[str, tuple[Cue, ...]]
    pairs: tuple[PairCue, ...]
    taxonomy: dict[str, tuple[str, ...]]
    idf: dict[str, float]
    default_idf: float
    stop_words: frozenset[str]
    words: tuple[str, ...]
    review: ReviewModel
