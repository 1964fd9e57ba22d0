"""Train the satisfaction model: `python -m streams.training.train_satisfaction [OUT]`; needs scikit-learn.

Data: `processors/language/corpus/dialogues.jsonl` without its held-out part. Model: a ridge regression of
the satisfaction on signs, n-grams and word embeddings (multiplied out into a weight a word); a logistic
regression on the held-out part then turns points into a chance. Same files, same libraries: the same bytes.
Train anew after a change of the tagger, of the signs or of the corpus.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression, Ridge

from processors.grams import BITS, gram_numbers
from processors.language_model import Language
from processors.question_model import Embeddings
from processors.satisfaction import points_of
from processors.satisfaction_features import (
    GRAM_TEXTS,
    SIGNS,
    WORD_TEXTS,
    Features,
    Turn,
    features,
    known_words,
)
from processors.segment import Segmenter
from processors.tags import Tagger
from streams.language import load_language
from streams.satisfaction_weights import load_satisfaction_model
from streams.synonyms import load_embeddings
from streams.tag_weights import load_tag_model
from streams.training.corpus import Dialogue, dialogues

DEFAULT_OUT = Path(__file__).parents[2] / "processors" / "language" / "satisfaction_model.npz"
PENALTY = 100.0
SIGN_GAIN = 0.2
GRAM_GAIN = {"opening": 1.4, "closing": 2.0}
WORD_GAIN = {"reply": 1.0, "staff": 0.7}
LEAST_SPREAD = 0.2
"""How loud each block is before the penalty, and the least standard deviation a sign is divided by, which
keeps rare signs quiet. All chosen on one half of the development dialogues, by hash of their ids."""
FREE = 1e6
"""Inverse of the penalty of a fit that shall have none."""
_Floats = NDArray[np.float64]


class Design(NamedTuple):
    """Features of dialogues, blocks side by side (signs, n-grams a text, meanings a text), the signs'
    mean and scale, and the numbers of the n-grams that occur."""

    table: sparse.csr_matrix
    usual: _Floats
    scale: _Floats
    grams: NDArray[np.int64]


class Reader:
    """Reads dialogues with the packaged language knowledge."""

    def __init__(self, language: Language, embeddings: Embeddings) -> None:
        self._tagger = Tagger(language, load_tag_model())
        self.cut = Segmenter(language.words).words
        self._embeddings = embeddings

    def features(self, rows: Sequence[Dialogue]) -> list[Features]:
        """Features of dialogues."""
        return [features([Turn(*turn) for turn in row.turns], self._tagger) for row in rows]

    def design(self, seen: Sequence[Features]) -> Design:
        """The table to be fitted."""
        signs = np.array([row.signs for row in seen])
        usual, scale = signs.mean(axis=0), SIGN_GAIN / np.maximum(signs.std(axis=0), LEAST_SPREAD)
        grams = [_grams([row.customer[column] for row in seen]) for column in range(len(GRAM_TEXTS))]
        numbers = np.flatnonzero(sum(np.bincount(table.indices, minlength=1 << BITS) for table in grams))
        blocks = [sparse.csr_matrix((signs - usual) * scale)]
        blocks += [table[:, numbers] * GRAM_GAIN[name] for table, name in zip(grams, GRAM_TEXTS, strict=True)]
        blocks += [
            sparse.csr_matrix(self._meanings([row.staff[column] for row in seen]) * WORD_GAIN[name])
            for column, name in enumerate(WORD_TEXTS)
        ]
        return Design(sparse.csr_matrix(sparse.hstack(blocks)), usual, scale, numbers)

    def _meanings(self, texts: Sequence[str]) -> _Floats:
        vectors = self._embeddings.vectors.astype(np.float64)
        lines = []
        for text in texts:
            rows = known_words(text, self.cut, self._embeddings.index)
            lines.append(vectors[rows].sum(axis=0) / math.sqrt(max(1, len(rows))))
        return np.array(lines)


def _grams(texts: Sequence[str]) -> sparse.csr_matrix:
    numbers, owners = gram_numbers(texts)
    scale = 1 / np.sqrt(np.maximum(np.bincount(owners, minlength=len(texts)), 1))
    table = sparse.csr_matrix((scale[owners], (owners, numbers)), shape=(len(texts), 1 << BITS))
    table.sum_duplicates()
    return table


def fit(design: Design, rows: Sequence[Dialogue]) -> tuple[_Floats, float]:
    """A weight a column, and the intercept."""
    model = Ridge(alpha=PENALTY, solver="lsqr", tol=1e-8, max_iter=5_000)
    model.fit(design.table, [row.satisfaction for row in rows])
    return model.coef_, float(model.intercept_)


def tables(
    design: Design, embeddings: Embeddings, weights: _Floats, bias: float
) -> dict[str, NDArray[np.generic]]:
    """The weights as the product looks them up: a table a block, 8 bit, each column with its scale."""
    width, size = len(design.grams), embeddings.vectors.shape[1]
    signs, grams, meanings = np.split(weights, [len(SIGNS), len(SIGNS) + width * len(GRAM_TEXTS)])
    gram_gains = np.array([GRAM_GAIN[name] for name in GRAM_TEXTS])
    word_gains = np.array([WORD_GAIN[name] for name in WORD_TEXTS])
    vectors = embeddings.vectors.astype(np.float64)
    blocks = {
        "signs": signs * design.scale,
        "grams": grams.reshape(len(GRAM_TEXTS), width).T * gram_gains,
        "words": vectors @ meanings.reshape(len(WORD_TEXTS), size).T * word_gains,
    }
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, block in blocks.items():
        scale = np.abs(block).max(axis=0) / 127
        arrays[name] = np.round(block / scale).astype(np.int8)
        arrays[f"{name}_scale"] = np.asarray(scale, dtype=np.float32)
    centre = float(design.usual @ blocks["signs"])
    return arrays | {
        "gram_numbers": design.grams.astype(np.int32),
        "usual": design.usual.astype(np.float32),
        "bias": np.array(bias - centre),
    }


def save(out: Path, arrays: dict[str, NDArray[np.generic]], embeddings: Embeddings) -> None:
    """Write the tables and the names of their rows."""
    words = sorted(embeddings.index, key=lambda word: embeddings.index[word])
    names = {
        f"{name}_names": np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)
        for name, lines in (("sign", SIGNS), ("word", words))
    }
    np.savez_compressed(out, **arrays, **names)  # type: ignore[arg-type]


def calibrate(points: Sequence[float], rows: Sequence[Dialogue]) -> tuple[float, float]:
    """Slope and shift that make a chance of points (Platt 1999)."""
    model = LogisticRegression(C=FREE)
    model.fit(np.array(points)[:, None], [row.satisfaction >= 0 for row in rows])
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def main(arguments: Sequence[str]) -> None:
    """Train, calibrate, write the file, and say what it learned from."""
    out = Path(arguments[0]) if arguments else DEFAULT_OUT
    rows = dialogues()
    parts = {part: [row for row in rows if row.part == part] for part in ("train", "held")}
    embeddings = load_embeddings()
    reader = Reader(load_language(), embeddings)
    design = reader.design(reader.features(parts["train"]))
    arrays = tables(design, embeddings, *fit(design, parts["train"]))
    save(out, arrays | {"slope": np.array(1.0), "shift": np.array(0.0)}, embeddings)
    model = load_satisfaction_model(out)
    points = [points_of(model, seen, reader.cut) for seen in reader.features(parts["held"])]
    slope, shift = calibrate(points, parts["held"])
    save(out, arrays | {"slope": np.array(slope), "shift": np.array(shift)}, embeddings)
    print(f"{len(parts['train']):,} dialogues, {len(parts['held']):,} held out to calibrate")
    print(f"wrote {out} ({out.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main(sys.argv[1:])
