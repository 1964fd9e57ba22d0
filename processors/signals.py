"""What the cues say of a text, as numbers: the features of the learned tagger that explain themselves.

The lexicons judge first (`first_reading`): points for each tag, by rules that a trainer can read.
The learned tagger weighs these judgements, the sums of each family of cues and the cues' groups
against the wording itself. So a word that a trainer adds counts at once, with the weight that its
family has earned on the labelled corpus.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from processors import nature, questions, sentiment, topics, urgency
from processors.cues import FAMILIES, Reading
from processors.language_model import LABELS, TOPICS, ReviewModel
from processors.nature import ORDER as NATURES
from processors.questions import Question
from processors.sentiment import Attitude

URGENCIES = ("critical", "high", "normal", "low")
SENTIMENTS = ("negative", "neutral", "positive")

_MOST_WEIGHT = 4.0
"""More cues of one kind than this say nothing more."""
_SHORT, _LONG = 4, 60
"""Characters: a fragment; a text whose length says nothing more."""


class FirstReading(NamedTuple):
    """What the lexicons alone make of a text."""

    question: Question
    attitude: Attitude
    nature: str
    topics: tuple[str, ...]
    urgency: str


_SUMS = {
    (family, label): row for row, (family, label) in enumerate((f, v) for f in LABELS for v in LABELS[f])
}
_BY_FAMILY = [[_SUMS[family, label] for label in LABELS[family]] for family in FAMILIES]
_LABEL_ROW = [{label: _SUMS[family, label] for label in LABELS[family]} for family in FAMILIES]

_JUDGED = (
    *("is_question", "ask", "request", "small_talk", "attitude", "is_negative", "is_positive"),
    *("length", "fragment", "question_mark", "exclamation", "emphasis", "digits", "numbers_only"),
)
_NAMED = (
    *(f"{family}/{label}" for family, label in _SUMS),
    *_JUDGED,
    *(f"nature={name}" for name in NATURES),
    *(f"topic={name}" for name in TOPICS),
    *(f"urgency={name}" for name in URGENCIES),
)
_ROW = {name: row for row, name in enumerate(_NAMED)}
_KINDS = ("chat", "review", "complaint")

SIGNALS: tuple[str, ...] = tuple(
    f"{name}@{kind}" if kind != "any" else name for kind in ("any", *_KINDS) for name in (*_NAMED, "always")
)
"""Names of the signals; each stands once for all texts and once for each kind of text."""
_BLOCK = len(_NAMED) + 1
_KIND_START = {kind: _BLOCK * (1 + place) for place, kind in enumerate(_KINDS)}


def first_reading(reading: Reading, model: ReviewModel) -> FirstReading:
    """Judge a text by its cues alone, and a review also by the linear polarity model."""
    question = questions.judge(reading)
    attitude = sentiment.judge(reading, question, model)
    act = nature.judge(reading, question, attitude)
    about = topics.judge(reading, attitude)
    return FirstReading(question, attitude, act, about, urgency.judge(reading, act, attitude))


def signal_values(reading: Reading, first: FirstReading) -> dict[int, float]:
    """Row in `SIGNALS` to value, without zeros."""
    values: dict[int, float] = {}
    for family, hits in enumerate(reading.hits):
        rows = _LABEL_ROW[family]
        for hit in hits:
            row = rows[hit.label]
            values[row] = min(values.get(row, 0.0) + hit.weight, _MOST_WEIGHT)
    values.update(_judged(reading, first))
    values[_BLOCK - 1] = 1.0
    start = _KIND_START[reading.kind]
    values.update({start + row: value for row, value in values.items() if value})
    return values


def _judged(reading: Reading, first: FirstReading) -> dict[int, float]:
    question, attitude, bare = first.question, first.attitude, reading.bare
    numbers = (
        float(question.is_question),
        min(question.ask, _MOST_WEIGHT) / 2,
        min(question.request, _MOST_WEIGHT) / 2,
        float(question.small_talk),
        attitude.score,
        float(attitude.label == "negative"),
        float(attitude.label == "positive"),
        min(len(bare), _LONG) / (_LONG / 2),
        float(len(bare) <= _SHORT),
        float("?" in reading.text),
        float("!" in reading.text),
        sentiment.emphasis(reading) / 2,
        float(any(map(str.isdigit, bare))),
        float(bare.isdigit()),
    )
    start = _ROW[_JUDGED[0]]
    found = {start + place: value for place, value in enumerate(numbers) if value}
    for name in (f"nature={first.nature}", f"topic={first.topics[0]}", f"urgency={first.urgency}"):
        found[_ROW[name]] = 1.0
    return found


def group_rows(reading: Reading, rows: Mapping[tuple[int, str, str], int]) -> Iterable[int]:
    """Rows of the cues' groups in a text, each once; groups that the model never met have none."""
    found = {(family, hit.label, hit.group) for family, hits in enumerate(reading.hits) for hit in hits}
    return sorted(row for row in map(rows.get, found) if row is not None)
