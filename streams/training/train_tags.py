"""Train the learned tagger: `python -m streams.training.train_tags [OUT]`; needs scikit-learn.

Data: `processors/language/corpus/utterances.tsv` without its held-out part. Model: a logistic
regression a head on n-grams, on the mean of word embeddings and on what the cues say, fitted by
L-BFGS; the embedding part is then multiplied out into a weight a word. Same files, same
libraries: the same bytes. Train anew after a change of the lexicons, of the rules or of the corpus.
"""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags_array, hstack
from sklearn.linear_model import LogisticRegression

from processors.cues import FAMILIES, CueReader, Reading, TextKind
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
GRAM_GAIN, WORD_GAIN, GROUP_GAIN = 3.0, 2.5, 0.7
"""How loud each block of features is before the penalty; chosen on the held-out part."""
LEAST = 2
"""Texts that an n-gram must occur in."""
BALANCED = frozenset({"nature", "urgency"})
"""Heads whose rare labels count as much as the common ones: critical texts are few."""
BLOCKS = ("grams", "words", "signals")
"""The blocks of features, in the order of their columns."""
_Floats = NDArray[np.float64]
_SILENT = 1e-12
"""Stands for the scale of a column without weights, which would divide by nothing."""


class Design(NamedTuple):
    """The features of texts, blocks side by side: n-grams, meanings of words, signals.

    `grams` has the number of the n-gram of each of the first columns; signals begin at column `signals`.
    """

    features: csr_matrix
    grams: NDArray[np.int64]
    signals: int

    def only(self, names: Collection[str]) -> Design:
        """The same with the features of other blocks than `names` silent: what is learned without them."""
        ends = (len(self.grams), self.signals, self.features.shape[1])
        sizes = np.diff((0, *ends))
        kept = np.repeat([float(name in names) for name in BLOCKS], sizes)
        return self._replace(features=csr_matrix(self.features @ diags_array(kept)))


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

    def read(self, text: str, kind: TextKind) -> tuple[Reading, FirstReading, list[str]]:
        """A text as the tagger sees it."""
        reading = self._reader.read(text, kind)
        return reading, first_reading(reading, self._review), self._cut(reading.text)

    def design(self, rows: Sequence[Utterance]) -> Design:
        """Features of utterances."""
        read = [self.read(row.text, row.kind) for row in rows]
        grams = _grams([reading.text for reading, _, _ in read])
        meanings = self._meanings([words for _, _, words in read])
        numbers = np.flatnonzero(np.bincount(grams.indices, minlength=grams.shape[1]) >= LEAST)
        blocks = [
            grams[:, numbers] * GRAM_GAIN,
            csr_matrix(meanings * WORD_GAIN),
            self._signals([(reading, first) for reading, first, _ in read]),
        ]
        return Design(csr_matrix(hstack(blocks)), numbers, len(numbers) + meanings.shape[1])

    def _meanings(self, texts: Iterable[Sequence[str]]) -> NDArray[np.float32]:
        index, vectors = self._embeddings.index, self._embeddings.vectors
        lines = []
        for words in texts:
            known = [index[word] for word in words if word in index]
            lines.append(vectors[known].sum(axis=0) / np.sqrt(max(1, len(known))))
        return np.asarray(lines, dtype=np.float32)

    def _signals(self, read: Sequence[tuple[Reading, FirstReading]]) -> csr_matrix:
        """Signals once for all kinds of text and once for the kind at hand, so that kinds learn from
        each other; then the groups. Rows are those of `TagModel.signals` behind the common ones."""
        found = [signal_row(*pair, self.groups) for pair in read]
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
        return csr_matrix((np.asarray(values, np.float32), spots, starts), shape=size)


def _grams(texts: Sequence[str]) -> csr_matrix:
    numbers, owners = gram_numbers(texts)
    scale = 1 / np.sqrt(np.maximum(np.bincount(owners, minlength=len(texts)), 1))
    values = scale[owners].astype(np.float32)
    found = csr_matrix((values, (owners, numbers)), shape=(len(texts), 1 << BITS))
    found.sum_duplicates()
    return found


def targets(head: str, rows: Sequence[Utterance]) -> list[NDArray[np.str_]]:
    """What is to be learned for a head: one problem, or one a label where each is yes or no."""
    if head == "also":
        return [np.array([str(topic in row.topics) for row in rows]) for topic in HEADS[head]]
    if head == "question":
        return [np.array([str(row.is_question) for row in rows])]
    if head == "topic":
        return [np.array([row.topics[0] for row in rows])]
    return [np.array([getattr(row, head) for row in rows])]


def fit(design: Design, rows: Sequence[Utterance]) -> tuple[_Floats, _Floats]:
    """Weights, features by columns of all heads, and their intercepts."""
    width = sum(map(len, HEADS.values()))
    weights, bias = np.zeros((design.features.shape[1], width)), np.zeros(width)
    for head in HEADS:
        start = columns(head).start
        for place, wanted in enumerate(targets(head, rows)):
            labelled = wanted != ""
            labels, found, intercepts = _solve(head, design.features[labelled], wanted[labelled])
            where = [start + (HEADS[head].index(label) if label else place) for label in labels]
            weights[:, where], bias[where] = found.T, intercepts
    return weights, bias


def _solve(
    head: str, features: csr_matrix, wanted: NDArray[np.str_]
) -> tuple[Sequence[str], _Floats, _Floats]:
    """Labels, weights (labels by features) and intercepts; the label of a yes or no is empty."""
    balance = "balanced" if head in BALANCED else None
    model = LogisticRegression(C=COST, max_iter=ROUNDS, class_weight=balance).fit(features, wanted)
    # Of two classes the solver gives one row: what speaks for the second, here `True`.
    labels = [""] if len(model.classes_) == 2 else model.classes_.tolist()
    return labels, model.coef_, model.intercept_


def _signal_weights(weights: _Floats) -> _Floats:
    """Rows of `TagModel.signals`: what all kinds of text have in common added to each kind's own."""
    common, rows = weights[: len(SIGNALS)], weights[len(SIGNALS) :].copy()
    rows[:GROUP_START] += np.tile(common, (len(KINDS), 1))
    rows[GROUP_START:] *= GROUP_GAIN
    return rows


def weights_file(
    design: Design, blocks: Blocks, embeddings: Embeddings, fitted: tuple[_Floats, _Floats]
) -> bytes:
    """What `streams.tag_weights` reads: weights of 8 bits, scaled by a column's greatest; signals of 16."""
    weights, bias = fitted
    first_word = len(design.grams)
    meanings = weights[first_word : design.signals]
    arrays: dict[str, NDArray[Any]] = {
        "gram_numbers": design.grams.astype(np.int32),
        "bias": bias.astype(np.float32),
        **_small("grams", weights[:first_word] * GRAM_GAIN),
        **_small("words", embeddings.vectors.astype(np.float64) @ meanings * WORD_GAIN),
        "signals": _signal_weights(weights[design.signals :]).astype(np.float16),
        "word_names": _text(sorted(embeddings.index, key=embeddings.index.__getitem__)),
        "group_names": _text("\t".join((FAMILIES[family], *rest)) for family, *rest in blocks.groups),
        "signal_names": _text(SIGNALS),
    }
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def _small(name: str, table: _Floats) -> dict[str, NDArray[Any]]:
    scale = np.maximum(np.abs(table).max(axis=0, initial=0.0) / 127, _SILENT)
    return {name: np.round(table / scale).astype(np.int8), f"{name}_scale": scale.astype(np.float32)}


def _text(lines: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)


def train(rows: Sequence[Utterance]) -> bytes:
    """The weights file that these texts teach."""
    embeddings = load_embeddings()
    blocks = Blocks(load_language(), embeddings)
    design = blocks.design(rows)
    return weights_file(design, blocks, embeddings, fit(design, rows))


def main(arguments: Sequence[str]) -> None:
    """Train, write the file, and say what it learned from."""
    out = Path(arguments[0]) if arguments else DEFAULT_OUT
    rows = [row for row in utterances() if row.part == "train"]
    out.write_bytes(train(rows))
    kinds = Counter(row.kind for row in rows)
    print(f"{len(rows):,} texts ({', '.join(f'{kinds[kind]:,} {kind}' for kind in sorted(kinds))})")
    print(f"wrote {out} ({out.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main(sys.argv[1:])
