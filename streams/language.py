"""Reads the taggers' lexicons: the packaged YAML, and a trainer's own folder over it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path

import jieba
import numpy as np

from processors.language_model import GUARD, LABELS, Cue, Language, PairCue, ReviewModel
from streams.lexicon.cues import WORD_KEYS, Lexicon, read_family, read_words
from streams.lexicon.folder import WORDS_FILE, layers, packaged
from streams.lexicon.problems import refuse_first

PAIR_GAP = 12
"""Characters allowed between the two parts of a `a~b` cue: about one clause."""
NUMERALS = (*"0123456789一二两三四五六七八九十几", "好几")
"""What `#` in a cue stands for."""


def load_language(extra: Path | None = None) -> Language:
    """Read all lexicons; `extra` is a folder of YAML files named like the packaged ones.

    A wording in `extra` replaces what the packaged file of the same name says of it.
    Raises InputError with file, line, key and what is wrong.
    """
    folder = packaged()
    folders = layers(extra)
    cues = {family: _family(folders, family) for family in LABELS}
    words, stop_words = _word_lists(folders)
    idf = _read_idf()
    return Language(
        cues=_single(cues),
        pairs=_pairs(cues),
        taxonomy=_taxonomy(cues["topics"]),
        idf=idf,
        default_idf=sorted(idf.values())[len(idf) // 2],
        stop_words=stop_words,
        words=words,
        review=_read_review(folder / "review_model.npz"),
    )


def _family(folders: list[Traversable], family: str) -> dict[str, tuple[Cue, ...]]:
    """Wordings of one family as written, later folders over earlier ones."""
    merged: dict[str, tuple[Cue, ...]] = {}
    for folder in folders:
        lexicon = read_family(folder / f"{family}.yaml", family)
        refuse_first(lexicon.problems)
        merged.update(cues_of(lexicon, family))
    return merged


def cues_of(lexicon: Lexicon, family: str) -> dict[str, tuple[Cue, ...]]:
    """What each wording of a file speaks for; two groups of a label are one observation, not two."""
    found: dict[str, tuple[Cue, ...]] = {}
    for wording, label, group, weight, _ in lexicon.entries:
        known = found.get(wording, ())
        if all(cue.label != label for cue in known):
            found[wording] = (*known, Cue(family, label, group, weight))
    return found


def expanded(word: str) -> Iterator[str]:
    """The forms of a wording: one a numeral where it has a `#`."""
    if "#" not in word:
        yield word
        return
    for numeral in NUMERALS:
        yield word.replace("#", numeral)


def _single(families: dict[str, dict[str, tuple[Cue, ...]]]) -> dict[str, tuple[Cue, ...]]:
    """Cues of one part by wording, all families together."""
    merged: dict[str, tuple[Cue, ...]] = {}
    for cues in families.values():
        for word, found in cues.items():
            if "~" not in word:
                for form in expanded(word):
                    merged[form] = (*merged.get(form, ()), *found)
    return merged


def _pairs(families: dict[str, dict[str, tuple[Cue, ...]]]) -> tuple[PairCue, ...]:
    pairs: list[PairCue] = []
    for cues in families.values():
        for word, found in cues.items():
            if "~" in word:
                first, then = word.split("~")
                pairs.extend(PairCue(a, b, PAIR_GAP, found) for a in expanded(first) for b in expanded(then))
    return tuple(pairs)


def _taxonomy(topics: dict[str, tuple[Cue, ...]]) -> dict[str, tuple[str, ...]]:
    levels: dict[str, dict[str, None]] = {topic: {} for topic in LABELS["topics"]}
    for cues in topics.values():
        for cue in cues:
            if cue.label != GUARD:
                levels[cue.label][cue.group] = None
    return {topic: tuple(names) for topic, names in levels.items()}


def _word_lists(folders: list[Traversable]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Words to segment as one, and stop words, of all folders."""
    lists: dict[str, list[str]] = {key: [] for key in WORD_KEYS}
    for folder in folders:
        lexicon = read_words(folder / WORDS_FILE)
        refuse_first(lexicon.problems)
        for entry in lexicon.entries:
            lists[entry.label].append(entry.wording)
    return tuple(dict.fromkeys(lists["words"])), frozenset(lists["stop_words"])


def _read_idf() -> dict[str, float]:
    """jieba's table (MIT): natural-log IDF of 258,000 words."""
    with jieba.get_module_res("analyse", "idf.txt") as table:  # type: ignore[no-untyped-call]
        lines = table.read().decode("utf-8").splitlines()
    return {word: float(value) for word, _, value in (line.rpartition(" ") for line in lines) if word}


def _read_review(file: Traversable) -> ReviewModel:
    """Weights committed by `python -m streams.training.train_review`."""
    with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as arrays:
        grams = bytes(arrays["grams"]).decode("utf-8").split("\n")
        weights = (arrays["weights"].astype(np.float64) * float(arrays["scale"])).tolist()
        return ReviewModel(dict(zip(grams, weights, strict=True)), float(arrays["bias"]))
