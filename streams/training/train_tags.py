"""Train the learned tagger: `python -m streams.training.train_tags [OUT]`; needs scikit-learn.

Data: `processors/language/corpus/utterances.tsv` without its held-out part. Model: a logistic
regression a head on n-grams, on the mean of word embeddings and on what the cues say, fitted by
L-BFGS; the embedding part is then multiplied out into a weight a word. Same files, same
libraries: the same bytes. Train anew after a change of the lexicons, of the rules or of the corpus.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from processors.cues import FAMILIES, CueReader, Reading
from processors.grams import BITS, gram_numbers
from processors.language_model import LABELS, Language
from processors.question_model import Embeddings
from processors.segment import Segmenter
from processors.signals import KINDS, SIGNALS, FirstReading, first_reading
from processors.tag_model import GROUP_START, HEADS, columns, signal_row
from streams.language import load_language
from streams.synonyms import load_embeddings
from streams.training.corpus import Utterance, utterances

DEFAULT_OUT = Path(__file__).parents[2] / "processors" / "language" / "tag_model.npz"
COST = 0.5
"""Inverse of the L2 penalty. Flat between 0.2 and 2 on the held-out part."""
ROUNDS = 300
GRAM_GAIN, WORD_GAIN, GROUP_GAIN = 5.0, 2.5, 0.7
"""How loud each block of features is before the penalty; chosen on the held-out part."""
LEAST = 2
"""Texts that an n-gram must occur in."""
BALANCED = frozenset({"nature", "urgency"})
"""Heads whose rare labels count as much as the common ones: critical texts are few."""
_Sparse = sparse.csr_matrix


class Design(NamedTuple):
    """The features of texts, blocks side by side, and where each block begins."""

    features: _Sparse
    grams: NDArray[np.int64]
    """The number of the n-gram of each of the first columns."""
    signals: int


class Blocks:
    """Turns texts into features, always in the same columns."""

    def __init__(self, language: Language, embeddings: Embeddings) -> None:
        self._reader = CueReader(language)
        self._review = language.review
        self._cut = Segmenter(language.words).words
        self._embeddings = embeddings
        cues = [cue for found in language.cues.values() for cue in found]
        cues += [cue for pair in language.pairs for cue in pair.cues]
        names = {(FAMILIES.index(cue.family), cue.label, cue.group) for cue in cues}
        known = sorted(name for name in names if name[1] in LABELS[FAMILIES[name[0]]])
        self.groups = {name: row for row, name in enumerate(known)}

    def design(self, rows: Sequence[Utterance]) -> Design:
        """Features of utterances."""
        readings = [self._reader.read(row.text, row.kind) for row in rows]
        firsts = [first_reading(reading, self._review) for reading in readings]
        texts = [reading.text for reading in readings]
        grams, meanings = _grams(texts), self._meanings(texts)
        numbers = np.flatnonzero(np.bincount(grams.indices, minlength=grams.shape[1]) >= LEAST)
        blocks = [
            grams[:, numbers] * GRAM_GAIN,
            sparse.csr_matrix(meanings * WORD_GAIN),
            self._signals(readings, firsts),
        ]
        return Design(sparse.csr_matrix(sparse.hstack(blocks)), numbers, len(numbers) + meanings.shape[1])

    def _meanings(self, texts: Iterable[str]) -> NDArray[np.float32]:
        index, vectors = self._embeddings.index, self._embeddings.vectors
        lines = []
        for text in texts:
            known = [index[word] for word in self._cut(text) if word in index]
            lines.append(vectors[known].sum(axis=0) / np.sqrt(max(1, len(known))))
        return np.asarray(lines, dtype=np.float32)

    def _signals(self, readings: Sequence[Reading], firsts: Sequence[FirstReading]) -> _Sparse:
        """Signals once for all kinds of text and once for the kind at hand, so that kinds learn from
        each other; then the groups. Rows are those of `TagModel.signals` behind the common ones."""
        found = [signal_row(*pair, self.groups) for pair in zip(readings, firsts, strict=True)]
        spots, values, starts = [], [], [0]
        for row in found:
            for spot, value in row.items():
                if spot < GROUP_START:
                    spots.append(spot % len(SIGNALS))
                    values.append(value)
                spots.append(len(SIGNALS) + spot)
                values.append(value if spot < GROUP_START else value * GROUP_GAIN)
            starts.append(len(spots))
        size = (len(found), len(SIGNALS) + GROUP_START + len(self.groups))
        return sparse.csr_matrix((np.asarray(values, np.float32), spots, starts), shape=size)


def _grams(texts: Sequence[str]) -> _Sparse:
    numbers, owners = gram_numbers(texts)
    scale = 1 / np.sqrt(np.maximum(np.bincount(owners, minlength=len(texts)), 1))
    found = sparse.csr_matrix(
        (scale[owners].astype(np.float32), (owners, numbers)), shape=(len(texts), 1 << BITS)
    )
    found.sum_duplicates()
    return found


def targets(head: str, rows: Sequence[Utterance]) -> list[tuple[str, NDArray[np.str_]]]:
    """What is to be learned for a head: one problem, or one a label where each is yes or no."""
    if head == "also":
        return [(topic, np.array([str(topic in row.topics) for row in rows])) for topic in HEADS[head]]
    if head == "question":
        return [("is_question", np.array([str(row.is_question) for row in rows]))]
    value = {"topic": lambda row: row.topics[0]}.get(head, lambda row: getattr(row, head))
    return [(head, np.array([value(row) for row in rows]))]


def fit(design: Design, rows: Sequence[Utterance]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights, features by columns of all heads, and their intercepts."""
    width = sum(map(len, HEADS.values()))
    weights = np.zeros((design.features.shape[1], width))
    bias = np.zeros(width)
    for head, labels in HEADS.items():
        where = range(columns(head).start, columns(head).stop)
        for place, (_, wanted) in enumerate(targets(head, rows)):
            labelled = wanted != ""
            model = LogisticRegression(
                C=COST, max_iter=ROUNDS, class_weight="balanced" if head in BALANCED else None
            ).fit(design.features[labelled], wanted[labelled])
            if len(model.classes_) == 2:
                weights[:, where[place]], bias[where[place]] = model.coef_[0], model.intercept_[0]
                continue
            for label, coefficients, intercept in zip(
                model.classes_, model.coef_, model.intercept_, strict=True
            ):
                column = where[labels.index(label)]
                weights[:, column], bias[column] = coefficients, intercept
    return weights, bias


def signal_weights(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of `TagModel.signals`: what all kinds of text have in common added to each kind's own."""
    common, rows = weights[: len(SIGNALS)], weights[len(SIGNALS) :].copy()
    rows[:GROUP_START] += np.tile(common, (len(KINDS), 1))
    rows[GROUP_START:] *= GROUP_GAIN
    return rows


def save(
    out: Path, design: Design, blocks: Blocks, embeddings: Embeddings, fitted: tuple[NDArray[np.float64], ...]
) -> None:
    """Weights of 8 bits, each column scaled by its greatest; signals, which are few, of 16."""
    weights, bias = fitted
    first_word = len(design.grams)
    tables = {
        "grams": weights[:first_word] * GRAM_GAIN,
        "words": embeddings.vectors.astype(np.float64) @ weights[first_word : design.signals] * WORD_GAIN,
        "signals": signal_weights(weights[design.signals :]),
    }
    arrays: dict[str, NDArray[np.generic]] = {
        "gram_numbers": design.grams.astype(np.int32),
        "bias": bias.astype(np.float32),
    }
    for name in ("grams", "words"):
        scale = np.abs(tables[name]).max(axis=0) / 127
        arrays[name] = np.round(tables[name] / scale).astype(np.int8)
        arrays[f"{name}_scale"] = scale.astype(np.float32)
    arrays["signals"] = tables["signals"].astype(np.float16)
    words = sorted(embeddings.index, key=lambda word: embeddings.index[word])
    groups = ["\t".join((FAMILIES[family], label, group)) for family, label, group in blocks.groups]
    for name, lines in (("word_names", words), ("group_names", groups), ("signal_names", SIGNALS)):
        arrays[name] = np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]


def main(arguments: Sequence[str]) -> None:
    """Train, write the file, and say what it learned from."""
    out = Path(arguments[0]) if arguments else DEFAULT_OUT
    rows = [row for row in utterances() if row.part == "train"]
    embeddings = load_embeddings()
    blocks = Blocks(load_language(), embeddings)
    design = blocks.design(rows)
    save(out, design, blocks, embeddings, fit(design, rows))
    kinds = Counter(row.kind for row in rows)
    print(f"{len(rows):,} texts ({', '.join(f'{kinds[kind]:,} {kind}' for kind in sorted(kinds))})")
    print(f"wrote {out} ({out.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main(sys.argv[1:])
