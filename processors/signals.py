"""What the cues say of a text, as numbers: the features of the learned tagger that explain themselves.

The lexicons judge first (`first_reading`): points for each tag, by rules that a trainer can read.
The learned tagger weighs these judgements, the sums of each family of cues and the cues' groups
against the wording itself. So a word that a trainer adds counts at once, with the weight that its
family has earned on the labelled corpus.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from processors import nature, questions, sentiment, topics, urgency
from processors.cues import FAMILIES, Reading, TextKind
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
_LABEL_ROW = [{label: _SUMS[family, label] for label in LABELS[family]} for family in FAMILIES]
_JUDGED = (
    *("is_question", "ask", "request", "small_talk", "attitude", "is_negative", "is_positive"),
    *("length", "fragment", "question_mark", "exclamation", "emphasis", "digits", "numbers_only"),
)
SIGNALS: tuple[str, ...] = (
    *(f"{family}/{label}" for family, label in _SUMS),
    *_JUDGED,
    *(f"nature={name}" for name in NATURES),
    *(f"topic={name}" for name in TOPICS),
    *(f"urgency={name}" for name in URGENCIES),
    "always",
)
"""Names of the signals; the model weighs each apart for each of `KINDS`."""
KINDS: tuple[TextKind, ...] = ("chat", "review", "complaint")
_ROW = {name: row for row, name in enumerate(SIGNALS)}
_FIRST_JUDGED = _ROW[_JUDGED[0]]
_NATURE_ROW = {name: _ROW[f"nature={name}"] for name in NATURES}
_TOPIC_ROW = {name: _ROW[f"topic={name}"] for name in TOPICS}
_URGENCY_ROW = {name: _ROW[f"urgency={name}"] for name in URGENCIES}
_DIGIT = re.compile(r"\d")


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
    for rows, hits in zip(_LABEL_ROW, reading.hits, strict=True):
        for hit in hits:
            row = rows[hit.label]
            values[row] = min(values.get(row, 0.0) + hit.weight, _MOST_WEIGHT)
    values.update(pair for pair in enumerate(_judged(reading, first), _FIRST_JUDGED) if pair[1])
    values[_NATURE_ROW[first.nature]] = 1.0
    values[_TOPIC_ROW[first.topics[0]]] = 1.0
    values[_URGENCY_ROW[first.urgency]] = 1.0
    values[len(SIGNALS) - 1] = 1.0
    return values


def _judged(reading: Reading, first: FirstReading) -> tuple[float, ...]:
    question, attitude, bare = first.question, first.attitude, reading.bare
    return (
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
        attitude.voice / 2,
        float(_DIGIT.search(bare) is not None),
        float(bare.isdigit()),
    )


def group_rows(reading: Reading, rows: Mapping[tuple[int, str, str], int]) -> Iterable[int]:
    """Rows of the cues' groups in a text, each once; groups that the model never met have none."""
    found = {(family, hit.label, hit.group) for family, hits in enumerate(reading.hits) for hit in hits}
    return sorted(row for row in map(rows.get, found) if row is not None)
