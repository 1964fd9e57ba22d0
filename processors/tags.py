"""All tags of one customer text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import starmap

from msgspec import Struct

from processors import nature, questions, sentiment, topics, urgency
from processors.cues import CueReader, Reading, TextKind
from processors.keywords import KeywordTagger
from processors.language_model import Language
from processors.segment import Segmenter

__all__ = ["Tagger", "Tags", "TextKind"]


_CHUNK = 256
"""Texts are tagged step by step, each step over so many: its code and tables stay in the core's cache,
which saves a quarter of the time; more texts would push the readings themselves out of it."""


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
        return self._tag_chunk(((text, kind),))[0]

    def tag_many(self, texts: Sequence[str], kinds: Sequence[TextKind]) -> list[Tags]:
        """Tag texts in order; `kinds` has one entry a text. Much faster than one by one."""
        cases = list(zip(texts, kinds, strict=True))
        tags: list[Tags] = []
        for at in range(0, len(cases), _CHUNK):
            tags += self._tag_chunk(cases[at : at + _CHUNK])
        return tags

    def _tag_chunk(self, cases: Sequence[tuple[str, TextKind]]) -> list[Tags]:
        review = self._review
        readings = list(starmap(self._reader.read, cases))
        asked = list(map(questions.judge, readings))
        attitudes = [
            sentiment.judge(reading, question, review)
            for reading, question in zip(readings, asked, strict=True)
        ]
        natures = list(map(nature.judge, readings, asked, attitudes))
        named = list(map(topics.judge, readings, attitudes))
        urgencies = list(map(urgency.judge, readings, natures, attitudes))
        words = [self._keywords(reading.text) for reading in readings]
        return [
            Tags(felt.label, round(felt.score, 4), about, act, soon, question.is_question, telling)
            for felt, about, act, soon, question, telling in zip(
                attitudes, named, natures, urgencies, asked, words, strict=True
            )
        ]
