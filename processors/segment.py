"""Words of a text, for keywords and clustering."""

from __future__ import annotations

from collections.abc import Iterable

from rjieba import Jieba


class Segmenter:
    """rjieba with the shop's own words.

    New-word guessing (HMM) is off: it joins characters by their look alone, and
    without it the words equal those of jieba (tests/unit/test_segment_parity.py).
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._jieba = Jieba()
        for word in words:
            self._jieba.add_word(word, None, None)

    def words(self, text: str) -> list[str]:
        """The words of `text` in order, blanks and marks included; they join to `text`."""
        words: list[str] = self._jieba.cut(text, False)
        return words
