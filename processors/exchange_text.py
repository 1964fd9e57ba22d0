"""One message as the models of exchanges see it, and how alike two messages are.

Word vectors are whole numbers of 8 bits, so that sums and products of them are exact and a
likeness is the same alone, in any batch and on any machine.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from processors.answer_lexicon import clauses, fold
from processors.grams import text_grams
from processors.wording import Grams, figures, grams, overlap

Whole = NDArray[np.int64]

READ = 160
"""Characters of a message that are read; what it is worth stands at the beginning."""
_ADDRESS = re.compile(
    r"^(?:(?:亲爱[的哒]|亲亲|亲|您好|你好|宝贝|宝宝|宝|哈喽|hi|hello|老板|老铁|顾客|用户|阿姨|叔叔|哥|姐)+"
    r"[呢哦呀哈]?[ ,.!~]+)+"
)
"""How a shop addresses its customers says nothing of what it answers."""
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
_COMPARED_WORDS = 24
_NOTHING = 1e-9
_STOP = frozenset(
    "的了吗呢啊呀吧嘛么哦噢哈嗯呗哇诶哎啦我你您他她它这那是就都也还又再才在把被给跟和与或而但个上下里得地着过很太要会去来到说想让用对从请该亲"
)


class Meanings(Struct, frozen=True):
    """Word vectors as whole numbers, shape (words, dimensions), and their lengths."""

    index: Mapping[str, int]
    vectors: NDArray[np.int8]
    norms: NDArray[np.float64]


class Said(Struct, frozen=True):
    """A message: its text folded, numbers of its n-grams, character pairs, words and figures.

    `vectors` are those of its known content words, `norms` their lengths, `whole` their sum, `square`
    the square of its length.
    """

    text: str
    bare: str
    numbers: Whole
    pairs: Grams
    words: frozenset[str]
    figures: frozenset[str]
    vectors: NDArray[np.int32]
    norms: NDArray[np.float64]
    whole: Whole
    square: int


class Likeness(NamedTuple):
    """How alike two messages are, each in [0, 1] or [-1, 1].

    `meaning`: cosine of the sums of word vectors; `pairs`: shared character pairs over the
    smaller set; `kept`: share of the first message's words that the second has; `met`: mean over
    the first's words of the best cosine with a word of the second, `missed` the least of them.
    """

    meaning: float
    pairs: float
    kept: float
    met: float
    missed: float


class SaidReader:
    """Reads messages; `words` splits a text."""

    def __init__(self, words: Callable[[str], Sequence[str]], meanings: Meanings) -> None:
        self._words = words
        self._meanings = meanings

    def read(self, text: str) -> Said:
        """The message as the models see it; any string has one."""
        folded = _ADDRESS.sub("", fold(text[:READ])) or fold(text[:READ])
        bare = "".join(clauses(folded)).replace("?", "")
        words = [word for word in self._words(folded) if word[0].isalnum() and word not in _STOP]
        index = self._meanings.index
        rows = [index[word] for word in dict.fromkeys(words) if word in index][:_COMPARED_WORDS]
        vectors = self._meanings.vectors[rows].astype(np.int32)
        whole = np.add.reduce(vectors, axis=0, dtype=np.int64)
        return Said(
            folded,
            bare,
            text_grams(_FIGURE.sub("0", folded)),
            grams(bare),
            frozenset(words),
            figures(bare),
            vectors,
            self._meanings.norms[rows],
            whole,
            int(np.add.reduce(whole * whole)),
        )


def likeness(one: Said, two: Said) -> Likeness:
    """How alike two messages are; not the same both ways."""
    cosines = _cosines(one, two)
    return _likeness(one, two, _cosine(one, two), cosines.max(axis=1) if cosines is not None else None)


def likeness_both_ways(one: Said, two: Said) -> tuple[Likeness, Likeness]:
    """How alike the first is to the second, and the second to the first."""
    meaning, cosines = _cosine(one, two), _cosines(one, two)
    if cosines is None:
        return _likeness(one, two, meaning, None), _likeness(two, one, meaning, None)
    return (
        _likeness(one, two, meaning, cosines.max(axis=1)),
        _likeness(two, one, meaning, cosines.max(axis=0)),
    )


def _likeness(one: Said, two: Said, meaning: float, best: NDArray[np.float64] | None) -> Likeness:
    """`best`: for each word of the first, its best cosine with a word of the second."""
    kept = len(one.words & two.words) / len(one.words) if one.words else 0.0
    if best is None:
        return Likeness(meaning, overlap(one.pairs, two.pairs), kept, 0.0, 0.0)
    met = float(np.add.reduce(best)) / len(best)
    return Likeness(meaning, overlap(one.pairs, two.pairs), kept, met, float(best.min()))


def _cosine(one: Said, two: Said) -> float:
    product = int(np.add.reduce(one.whole * two.whole))
    return product / math.sqrt(one.square * two.square) if product else 0.0


def _cosines(one: Said, two: Said) -> NDArray[np.float64] | None:
    """Of each word of the first with each of the second, None if either has no known word."""
    if not len(one.norms) or not len(two.norms):
        return None
    # Whole numbers are multiplied without BLAS, whose sums depend on the shape.
    cosines: NDArray[np.float64] = (one.vectors @ two.vectors.T) / (one.norms[:, None] * two.norms + _NOTHING)
    return cosines
