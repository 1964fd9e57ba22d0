"""The learned tagger: one linear model over wording, words and cues, with a head for each tag.

Everything is a look-up: each n-gram, word and signal has a row of weights, one column a label,
and a text's logits are the sums of its rows. Sums are taken row by row in a fixed order, never by
a matrix product, so a text has the same logits alone, in any batch and on any machine.
Trained by `streams.training.train_tags`; the model card is docs/model-cards/tags.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from processors.cues import Reading
from processors.grams import LONGEST, gram_number, gram_numbers
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
    _add(total, model.grams, rows[known], owners[known], _unit_scale(counts))


def _add_words(total: Floats, model: TagModel, words: Sequence[Sequence[str]]) -> None:
    row = model.word_row
    known = [[row[word] for word in text if word in row] for text in words]
    counts = np.array(list(map(len, known)), dtype=np.int64)
    rows = np.fromiter(chain.from_iterable(known), dtype=np.int64, count=int(counts.sum()))
    _add(total, model.words, rows, np.repeat(np.arange(len(words)), counts), _unit_scale(counts))


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
    _add(total, model.signals, rows, owners, None, values)


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
    scale: Floats | None,
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


def evidence(
    model: TagModel, reading: Reading, first: FirstReading, words: Sequence[str], column: int
) -> Iterator[tuple[str, float]]:
    """What speaks for (or, negative, against) a column in one text, and how much; not sorted."""
    text = f"\x02{reading.text}\x03"
    grams = [text[at : at + size] for size in range(1, LONGEST + 1) for at in range(len(text) - size + 1)]
    grams = [gram for gram in grams if len(gram) > 1 or gram not in "\x02\x03"]
    share = 1 / max(1, len(grams)) ** 0.5
    for gram in grams:
        row = model.gram_row[gram_number(gram)]
        yield gram.replace("\x02", "^").replace("\x03", "$"), float(model.grams[row, column]) * share
    known = [word for word in words if word in model.word_row]
    for word in known:
        weight = float(model.words[model.word_row[word], column])
        yield word, weight / max(1, len(known)) ** 0.5
    names = {row: f"{label}/{group}" for (_, label, group), row in model.groups.items()}
    for row, value in signal_row(reading, first, model.groups).items():
        name = SIGNALS[row % len(SIGNALS)] if row < GROUP_START else names[row - GROUP_START]
        yield f"[{name}]", float(model.signals[row, column]) * value
