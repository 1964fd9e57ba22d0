"""All tags of one customer text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import starmap

from msgspec import Struct

from processors import decide
from processors.cues import CueReader, Reading, TextKind
from processors.explain import Explained, explained, gathered
from processors.keywords import KeywordTagger
from processors.language_model import Language
from processors.segment import Segmenter
from processors.signals import first_reading
from processors.tag_model import TagModel, evidence

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

    def __init__(self, language: Language, model: TagModel) -> None:
        self._reader = CueReader(language)
        self._review = language.review
        self._model = model
        self._words = Segmenter(language.words).words
        self._keywords = KeywordTagger(language)

    def read(self, text: str, kind: TextKind = "chat") -> Reading:
        """The cues found in a text."""
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

    def explain(self, text: str, kind: TextKind = "chat") -> list[Explained]:
        """Why a text has its tags: for each, the label chosen, the next best, and what spoke for the choice
        over that one, in logits."""
        reading = self._reader.read(text, kind)
        first = first_reading(reading, self._review)
        found = evidence(self._model, reading, first, self._words(reading.text))
        return explained(gathered(reading, found, decide.votes(first, kind)), self.tag(text, kind))

    def settled(self, texts: Sequence[str], kinds: Sequence[TextKind]) -> decide.Floats:
        """The logits that the tags are decided by, shape (texts, columns of `tag_model.HEADS`)."""
        return self._settle(list(zip(texts, kinds, strict=True)))[0]

    def _settle(self, cases: Sequence[tuple[str, TextKind]]) -> tuple[decide.Floats, list[list[str]]]:
        """Settled logits and words of texts."""
        readings = list(starmap(self._reader.read, cases))
        firsts = [first_reading(reading, self._review) for reading in readings]
        words = [self._words(reading.text) for reading in readings]
        logits = self._model.logits(readings, firsts, words)
        return decide.settle(logits, firsts, [kind for _, kind in cases]), words

    def _tag_chunk(self, cases: Sequence[tuple[str, TextKind]]) -> list[Tags]:
        settled, words = self._settle(cases)
        columns = (
            decide.labels(settled, "sentiment"),
            decide.scores(settled),
            decide.topics(settled),
            decide.labels(settled, "nature"),
            decide.labels(settled, "urgency"),
            decide.asked(settled),
            list(map(self._keywords, words)),
        )
        return list(starmap(Tags, zip(*columns, strict=True)))
