"""Train the intent model: `python -m streams.training.train_intents [OUT]`.

Data: `processors/language/intents.yaml`, questions to shops written for this product. Model:
multinomial logistic regression on what the product reads of a question (concepts, ways to ask,
words, characters and their pairs) and on its vector of word embeddings, trained by full-batch
Adam with L2. Same files, same numpy: the same model. Train anew after a change of
`synonyms.yaml` or of the embeddings.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import yaml

from processors.question_features import Wordings, signs, wording_key
from processors.question_model import NO_INTENTS, Floats, IntentModel, meaning
from streams.language import load_language
from streams.synonyms import load_synonyms, wordings

DEFAULT_OUT = Path(__file__).parents[2] / "processors" / "language" / "intent_model.npz"
ROUNDS = 300
LEARNING_RATE = 0.1
L2 = 5e-5
FOLDS = 5


def read_corpus() -> tuple[list[str], list[str]]:
    """Questions and their intents."""
    file = resources.files("processors") / "language" / "intents.yaml"
    table: dict[str, str] = yaml.safe_load(file.read_text(encoding="utf-8"))
    rows = [
        (text.strip(), intent) for intent, line in table.items() for text in line.split(",") if text.strip()
    ]
    return [text for text, _ in rows], [intent for _, intent in rows]


def looks(reader: Wordings, text: str) -> tuple[set[str], Floats]:
    """What the model sees of a text: its features and its vector."""
    key = wording_key(text)
    return signs(key, reader.features(key)), reader.vector(key)


def untrained(seen: Sequence[tuple[set[str], Floats]], intents: int) -> IntentModel:
    """A model of weight 0, with a row for each feature of the corpus and each dimension."""
    counts = Counter(feature for features, _ in seen for feature in features)
    names = sorted(counts)
    idf = np.array([np.log(len(seen) / counts[name]) for name in names], dtype=np.float32)
    rows = len(names) + len(seen[0][1])
    weights = np.zeros((rows, intents), dtype=np.float32)
    index = {name: row for row, name in enumerate(names)}
    return IntentModel(index, idf, weights, np.zeros(intents, dtype=np.float32))


def design(model: IntentModel, seen: Sequence[tuple[set[str], Floats]]) -> Floats:
    """The input matrix, texts by rows of the weights."""
    matrix = np.zeros((len(seen), len(model.weights)), dtype=np.float32)
    for line, (features, vector) in zip(matrix, seen, strict=True):
        rows, values = model.inputs(features)
        line[rows] = values
        line[len(model.index) :] = meaning(vector)
    return matrix


def train(inputs: Floats, labels: Sequence[int], intents: int) -> Floats:
    """Minimise the mean log loss with L2 by Adam over the full batch; the last row is the bias."""
    inputs = np.hstack([inputs, np.ones((len(inputs), 1), dtype=np.float32)])
    target = np.eye(intents, dtype=np.float32)[labels]
    weights = np.zeros((inputs.shape[1], intents), dtype=np.float32)
    mean, spread = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, ROUNDS + 1):
        logits = inputs @ weights
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        error = odds / odds.sum(axis=1, keepdims=True) - target
        gradient = inputs.T @ error / np.float32(len(labels))
        gradient[:-1] += np.float32(L2) * weights[:-1]
        mean = 0.9 * mean + 0.1 * gradient
        spread = 0.99 * spread + 0.01 * gradient**2
        root = np.sqrt(spread / (1 - 0.99**step)) + 1e-8
        weights = (weights - LEARNING_RATE * (mean / (1 - 0.9**step)) / root).astype(np.float32)
    return weights


def fit(reader: Wordings, texts: Sequence[str], intents: Sequence[str]) -> tuple[IntentModel, list[str]]:
    """The model of a corpus, and the names of its intents."""
    names = sorted(set(intents))
    seen = [looks(reader, text) for text in texts]
    empty = untrained(seen, len(names))
    weights = train(design(empty, seen), [names.index(intent) for intent in intents], len(names))
    return IntentModel(empty.index, empty.idf, weights[:-1], weights[-1]), names


def accuracy(reader: Wordings, texts: Sequence[str], intents: Sequence[str]) -> float:
    """Share of wordings whose likeliest intent is theirs, each judged by a model that did not see it."""
    right = 0
    for fold in range(FOLDS):
        kept = [at for at in range(len(texts)) if at % FOLDS != fold]
        model, names = fit(reader, [texts[at] for at in kept], [intents[at] for at in kept])
        for at in range(fold, len(texts), FOLDS):
            likely = model.likely(*looks(reader, texts[at]))
            right += names[max(likely, key=lambda number: likely[number])] == intents[at]
    return right / len(texts)


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
    """Train on the whole corpus and write the file; print the accuracy of five-fold validation."""
    out = Path(arguments[0]) if arguments else DEFAULT_OUT
    texts, intents = read_corpus()
    reader = wordings(load_language(), load_synonyms(), NO_INTENTS)
    model, names = fit(reader, texts, intents)
    save(out, model, names)
    print(f"wrote {out} ({len(model.index):,} features, {len(names)} intents, {out.stat().st_size:,} bytes)")
    share = accuracy(reader, texts, intents)
    print(f"accuracy by {FOLDS}-fold validation {share:.3f} (n={len(texts)})")


if __name__ == "__main__":
    main(sys.argv[1:])
