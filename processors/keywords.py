"""Keywords: the few words that tell a text from others, by TF-IDF."""

from __future__ import annotations

from collections.abc import Sequence

from processors.language_model import Language

MOST = 5
"""A gap list shows a handful of words; more is the text itself."""
_LONGEST = 16


def _informative(word: str) -> bool:
    return len(word) <= _LONGEST and (
        word.isalpha() or (not word.isdecimal() and any(map(str.isalpha, word)))
    )


class KeywordTagger:
    """Picks keywords from the words of a plain text (masks already gone)."""

    def __init__(self, language: Language) -> None:
        self._idf = language.idf
        self._default = language.default_idf
        self._stop = language.stop_words

    def __call__(self, words: Sequence[str]) -> tuple[str, ...]:
        """At most five of a text's words, the most telling first; equal ones in text order."""
        counts: dict[str, int] = {}
        stop = self._stop
        for word in words:
            if len(word) > 1 and word not in stop and _informative(word):
                counts[word] = counts.get(word, 0) + 1
        if len(counts) > 1:
            ranked = sorted(counts, key=lambda word: -counts[word] * self._idf.get(word, self._default))
            return tuple(ranked[:MOST])
        return tuple(counts)
