"""The learned tagger: one linear model over wording, words and cues, with a head for each tag.

Everything is a look-up: each n-gram, word and signal has a row of weights, one column a label,
and a text's logits are the sums of its rows. Sums are taken row by row in a fixed order, never by
a matrix product, so a text has the same logits alone, in any batch and on any machine.
Trained by `streams.training.train_tags`; the model card is docs/model-cards/tags.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from processors.cues import FAMILIES, Reading
from processors.grams import LONGEST, gram_numbers
from processors.language_model import TOPICS
from processors.nature import ORDER as NATURES
from processors.signals import KINDS, SENTIMENTS, SIGNALS, URGENCIES, FirstReading, group_rows, signal_values

Floats = NDArray[np.float32]

HEADS: Mapping[str, tuple[str, ...]] = {
    "sentiment": SENTIMENTS,
    "topic": TOPICS,
    "nature": NATURES,
    "urgency": URGENCIES,
    "question": ("is_question",),
    "also": TOPICS,
}
"""Heads and their labels, in the order of the columns. `topic` picks the main one; `also` says of
each topic alone whether the text is about it; `question` and `also` are yes or no, the others pick one."""


_KIND_START = {kind: place * len(SIGNALS) for place, kind in enumerate(KINDS)}
GROUP_START = len(KINDS) * len(SIGNALS)
"""The first row of the groups in `TagModel.signals`."""


def columns(head: str) -> slice:
    """The columns of a head."""
    start = 0
    for name, labels in HEADS.items():
        if name == head:
            return slice(start, start + len(labels))
        start += len(labels)
    raise KeyError(head)


def places(head: str) -> dict[str, int]:
    """The column of each label of a head."""
    return dict(zip(HEADS[head], range(columns(head).start, columns(head).stop), strict=True))


class TagModel(Struct, frozen=True):
    """Weights of the learned tagger, a column a label.

    `gram_row` maps the number of an n-gram to its row of `grams`, whose first row is zero and
    stands for all n-grams not learned; `word_row` maps a word to its row of `words`; `signals`
    has a row for each of `SIGNALS`, for each kind of text, and then for each group of cues in `groups`.
    """

    gram_row: NDArray[np.int32]
    grams: Floats
    word_row: Mapping[str, int]
    words: Floats
    groups: Mapping[tuple[int, str, str], int]
    signals: Floats
    bias: Floats

    def logits(
        self, readings: Sequence[Reading], firsts: Sequence[FirstReading], words: Sequence[Sequence[str]]
    ) -> Floats:
        """Logits of texts, shape (texts, columns)."""
        total = np.tile(self.bias, (len(readings), 1))
        _add_grams(total, self, [reading.text for reading in readings])
        _add_words(total, self, words)
        _add_signals(total, self, readings, firsts)
        return total


def _add_grams(total: Floats, model: TagModel, texts: Sequence[str]) -> None:
    numbers, owners = gram_numbers(texts)
    counts = np.bincount(owners, minlength=len(texts))
    rows = model.gram_row[numbers]
    known = rows > 0
    _add(total, model.grams, rows[known], owners[known], scale=_unit_scale(counts))


def _add_words(total: Floats, model: TagModel, words: Sequence[Sequence[str]]) -> None:
    row = model.word_row
    known = [[row[word] for word in text if word in row] for text in words]
    counts = np.array(list(map(len, known)), dtype=np.int64)
    rows = np.fromiter(chain.from_iterable(known), dtype=np.int64, count=int(counts.sum()))
    _add(total, model.words, rows, np.repeat(np.arange(len(words)), counts), scale=_unit_scale(counts))


def _add_signals(
    total: Floats, model: TagModel, readings: Sequence[Reading], firsts: Sequence[FirstReading]
) -> None:
    found = [
        signal_row(reading, first, model.groups) for reading, first in zip(readings, firsts, strict=True)
    ]
    counts = [len(row) for row in found]
    rows = np.fromiter(chain.from_iterable(found), dtype=np.int64, count=sum(counts))
    values = np.fromiter(
        chain.from_iterable(row.values() for row in found), dtype=np.float32, count=len(rows)
    )
    owners = np.repeat(np.arange(len(readings)), counts)
    _add(total, model.signals, rows, owners, values=values)


def signal_row(
    reading: Reading, first: FirstReading, groups: Mapping[tuple[int, str, str], int]
) -> dict[int, float]:
    """Signals and groups of a text: row of `TagModel.signals` to value."""
    start = _KIND_START[reading.kind]
    values = {start + row: value for row, value in signal_values(reading, first).items()}
    for row in group_rows(reading, groups):
        values[GROUP_START + row] = 1.0
    return values


def _unit_scale(counts: NDArray[np.int64]) -> Floats:
    """What each text's sum is multiplied by: long texts do not shout."""
    return (1 / np.sqrt(np.maximum(counts, 1))).astype(np.float32)


def _add(
    total: Floats,
    table: Floats,
    rows: NDArray[np.int64] | NDArray[np.int32],
    owners: NDArray[np.int64],
    *,
    scale: Floats | None = None,
    values: Floats | None = None,
) -> None:
    """Add to each text the sum of its rows of `table`; `owners` ascends."""
    if not len(rows):
        return
    picked = table[rows]
    if values is not None:
        picked *= values[:, None]
    starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]])
    sums = np.add.reduceat(picked, starts, axis=0)
    texts = owners[starts]
    if scale is not None:
        sums *= scale[texts, None]
    total[texts] += sums


class Sign(NamedTuple):
    """What speaks for or against a label.

    `source`: `wording` (a word of the text), `lexicon` (`family/label` or `family/label/group`), `reading`
    (what the lexicons or the looks of a text say of it), `rule` (`processors.decide`), or `base` (what
    holds of any text of the kind).
    """

    source: str
    name: str


def evidence(
    model: TagModel, reading: Reading, first: FirstReading, words: Sequence[str]
) -> Iterator[tuple[Sign, Floats]]:
    """What is in a text and the logits that it adds to each column; they add up to `TagModel.logits`."""
    yield Sign("base", ""), model.bias
    known = [word for word in words if word in model.word_row]
    for word in known:
        yield Sign("wording", word), model.words[model.word_row[word]] / np.float32(len(known) ** 0.5)
    for word, added in zip(words or [""], _grams_by_word(model, reading.text, words), strict=True):
        yield Sign("wording", word), added
    groups = {GROUP_START + row: "/".join((FAMILIES[f], *rest)) for (f, *rest), row in model.groups.items()}
    for row, value in signal_row(reading, first, model.groups).items():
        sign = Sign("lexicon", groups[row]) if row in groups else signal_sign(SIGNALS[row % len(SIGNALS)])
        yield sign, model.signals[row] * np.float32(value)


def _grams_by_word(model: TagModel, text: str, words: Sequence[str]) -> Floats:
    """What the n-grams of a text add, by word: each character has its share of the n-grams that it is in."""
    rows = model.gram_row[gram_numbers([text])[0]]
    share, marked = np.float32(len(rows) ** -0.5), len(text) + 2
    shares = np.zeros((marked, len(model.bias)), dtype=np.float32)
    for size in range(1, LONGEST + 1):
        begin, count = (1, len(text)) if size == 1 else (0, marked - size + 1)
        added = model.grams[rows[:count]] * (share / np.float32(size))
        for at in range(begin, begin + size):
            shares[at : at + count] += added
        rows = rows[count:]
    # The marks of begin and end belong to the first and the last word.
    starts = [0, *(1 + end for end in accumulate(map(len, words[:-1])))]
    return np.asarray(np.add.reduceat(shares, starts, axis=0), dtype=np.float32)


def signal_sign(signal: str) -> Sign:
    """What a signal is to a reader."""
    if signal == "always":
        return Sign("base", "")
    return Sign("lexicon" if "/" in signal else "reading", signal)
