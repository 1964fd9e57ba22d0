"""Reads the satisfaction model's weights."""

from __future__ import annotations

import io
from importlib import resources
from importlib.resources.abc import Traversable

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from processors.grams import BITS
from processors.language_model import Language
from processors.satisfaction import SatisfactionJudge, SatisfactionModel
from processors.satisfaction_features import SIGNS
from processors.segment import Segmenter
from processors.tags import Tagger
from streams.errors import InputError


def load_satisfaction(language: Language, tagger: Tagger) -> SatisfactionJudge:
    """The judge of conversations with the packaged weights."""
    return SatisfactionJudge(tagger, load_satisfaction_model(), Segmenter(language.words).words)


def load_satisfaction_model(file: Traversable | None = None) -> SatisfactionModel:
    """Weights committed by `python -m streams.training.train_satisfaction`, or those in `file`.

    Raises InputError if they were trained for other signs.
    """
    file = file or resources.files("processors") / "language" / "satisfaction_model.npz"
    with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as arrays:
        if _lines(arrays["sign_names"]) != list(SIGNS):
            raise InputError(
                f"{file}: trained for other signs; run python -m streams.training.train_satisfaction"
            )
        numbers = arrays["gram_numbers"]
        gram_row = np.zeros(1 << BITS, dtype=np.int32)
        gram_row[numbers] = np.arange(1, len(numbers) + 1)
        grams = _table(arrays, "grams")
        return SatisfactionModel(
            signs=_table(arrays, "signs"),
            usual=arrays["usual"],
            gram_row=gram_row,
            grams=np.vstack([np.zeros_like(grams[:1]), grams]),
            word_row={word: row for row, word in enumerate(_lines(arrays["word_names"]))},
            words=_table(arrays, "words"),
            bias=float(arrays["bias"]),
            slope=float(arrays["slope"]),
            shift=float(arrays["shift"]),
        )


def _lines(names: NDArray[np.uint8]) -> list[str]:
    return bytes(names).decode("utf-8").split("\n")


def _table(arrays: NpzFile, name: str) -> NDArray[np.float32]:
    """A table of 8-bit weights, each column with its scale."""
    table: NDArray[np.float32] = arrays[name].astype(np.float32) * arrays[f"{name}_scale"]
    return table
