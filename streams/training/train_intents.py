"""Train the intent model: `python -m streams.training.train_intents [OUT]`; needs scikit-learn.

Data: `processors/language/corpus/questions.tsv` without its held-out part: questions to shops by
intent, and questions about anything. Model: multinomial logistic regression on what the product
reads of a question (concepts, ways to ask, words, characters and their pairs) and on its vector of
word embeddings, fitted by L-BFGS. Same files, same libraries: the same bytes. Train anew after a
change of `synonyms.yaml`, of the embeddings or of the corpus.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from processors.question_features import Wordings, signs, wording_key
from processors.question_model import GENERAL, NO_INTENTS, Floats, IntentModel, meaning
from streams.language import load_language
from streams.synonyms import load_synonyms, wordings
from streams.training.corpus import Question, questions

DEFAULT_OUT = Path(__file__).parents[2] / "processors" / "language" / "intent_model.npz"
COST = 20.0
"""Inverse of the L2 penalty; chosen on half of tests/golden/intents.jsonl."""
ROUNDS = 120
Look = tuple[set[str], Floats]


def look(reader: Wordings, text: str) -> Look:
    """What the model sees of a text: its features and its vector."""
    key = wording_key(text)
    return signs(key, reader.features(key)), reader.vector(key)


def untrained(seen: Sequence[Look]) -> IntentModel:
    """A model without intents, with a row for each feature of the corpus."""
    counts = Counter(feature for features, _ in seen for feature in features)
    names = sorted(counts)
    idf = np.array([np.log(len(seen) / counts[name]) for name in names], dtype=np.float32)
    return IntentModel(
        {name: row for row, name in enumerate(names)}, idf, NO_INTENTS.weights, NO_INTENTS.bias
    )


def design(model: IntentModel, seen: Sequence[Look]) -> sparse.csr_matrix:
    """The input matrix, texts by rows of the weights."""
    inputs = [model.inputs(features) for features, _ in seen]
    starts = np.cumsum([0, *(len(rows) for rows, _ in inputs)])
    spots = [row for rows, _ in inputs for row in rows]
    values = np.concatenate([values for _, values in inputs])
    wording = sparse.csr_matrix((values, spots, starts), shape=(len(seen), len(model.index)))
    vectors = sparse.csr_matrix(np.stack([meaning(vector) for _, vector in seen]))
    return sparse.csr_matrix(sparse.hstack([wording, vectors]))


def fit(reader: Wordings, rows: Sequence[Question]) -> tuple[IntentModel, list[str]]:
    """The model of a corpus, and the names of its intents, `GENERAL` first."""
    seen = [look(reader, row.text) for row in rows]
    empty = untrained(seen)
    model = LogisticRegression(C=COST, max_iter=ROUNDS).fit(design(empty, seen), [row.intent for row in rows])
    order = sorted(range(len(model.classes_)), key=lambda at: (model.classes_[at] != GENERAL, at))
    weights = np.ascontiguousarray(model.coef_[order].T, dtype=np.float32)
    bias = model.intercept_[order].astype(np.float32)
    return IntentModel(empty.index, empty.idf, weights, bias), [str(model.classes_[at]) for at in order]


def accuracy(reader: Wordings, fitted: tuple[IntentModel, list[str]], rows: Sequence[Question]) -> float:
    """Share of questions to shops whose likeliest intent is theirs."""
    model, names = fitted
    right = 0
    for row in rows:
        roots = model.meant(*look(reader, row.text)).roots
        right += names[1 + max(roots, key=lambda number: roots[number])] == row.intent
    return right / len(rows)


def save(out: Path, model: IntentModel, names: Sequence[str]) -> None:
    """Weights of 8 bits, scaled so that the largest is 127."""
    scale = float(np.abs(model.weights).max()) / 127
    np.savez_compressed(
        out,
        features=np.frombuffer("\n".join(model.index).encode(), dtype=np.uint8),
        idf=model.idf,
        weights=np.round(model.weights / scale).astype(np.int8),
        scale=np.float64(scale),
        bias=model.bias,
        intents=np.frombuffer("\n".join(names).encode(), dtype=np.uint8),
    )


def main(arguments: Sequence[str]) -> None:
    """Train, write the file, and print how often the held-out part's intent is the likeliest."""
    out = Path(arguments[0]) if arguments else DEFAULT_OUT
    rows = [row for row in questions() if row.part == "train"]
    held = [row for row in questions() if row.part == "held" and row.intent != GENERAL]
    reader = wordings(load_language(), load_synonyms(), NO_INTENTS)
    model, names = fit(reader, rows)
    save(out, model, names)
    print(f"{len(rows):,} questions, {len(names)} intents; held out: {len(held)}")
    print(f"wrote {out} ({len(model.index):,} features, {out.stat().st_size:,} bytes)")
    print(f"likeliest intent right on the held-out part: {accuracy(reader, (model, names), held):.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
