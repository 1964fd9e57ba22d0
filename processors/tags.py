"""All tags of one customer text."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from processors import nature, questions, sentiment, topics, urgency
from processors.cues import CueReader, Reading, TextKind
from processors.keywords import KeywordTagger
from processors.language_model import Language
from processors.segment import Segmenter

__all__ = ["Tagger", "Tags", "TextKind"]


class Tags(Struct, frozen=True):
    """Tags of a text; `topics` has the main one first, `sentiment_score` is in [-1, 1]."""

    sentiment: str
    sentiment_score: float
    topics: tuple[str, ...]
    nature: str
    urgency: str
    is_question: bool
    keywords: tuple[str, ...]


class Tagger:
    """Tags masked texts; holds no state between them."""

    def __init__(self, language: Language) -> None:
        self._reader = CueReader(language)
        self._review = language.review
        self._keywords = KeywordTagger(language, Segmenter(language.words).words)

    def read(self, text: str, kind: TextKind = "chat") -> Reading:
        """The cues found in a text: why it is tagged as it is."""
        return self._reader.read(text, kind)

    def tag(self, text: str, kind: TextKind = "chat") -> Tags:
        """Tag one text whose personal data is masked; any string has tags."""
        reading = self.read(text, kind)
        question = questions.judge(reading)
        attitude = sentiment.judge(reading, question, self._review)
        kind_of_act = nature.judge(reading, question, attitude)
        return Tags(
            sentiment=attitude.label,
            sentiment_score=round(attitude.score, 4),
            topics=topics.judge(reading, attitude),
            nature=kind_of_act,
            urgency=urgency.judge(reading, kind_of_act, attitude),
            is_question=question.is_question,
            keywords=self._keywords(reading.text),
        )

    def tag_many(self, texts: Sequence[str], kinds: Sequence[TextKind]) -> list[Tags]:
        """Tag texts in order; `kinds` has one entry a text."""
        return [self.tag(text, kind) for text, kind in zip(texts, kinds, strict=True)]
