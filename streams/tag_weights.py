"""Reads the learned tagger's weights."""

from __future__ import annotations

import io
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processors.cues import FAMILIES
from processors.grams import BITS
from processors.signals import SIGNALS
from processors.tag_model import TagModel
from streams.errors import InputError

PACKAGED = resources.files("processors") / "language" / "tag_model.npz"
"""Committed by `python -m streams.training.train_tags`."""


def load_tag_model(file: Traversable = PACKAGED) -> TagModel:
    """Read weights from a file; raises InputError when they belong to other signals than this version's."""
    try:
        return read_tag_model(file.read_bytes())
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


def read_tag_model(content: bytes) -> TagModel:
    """Weights from the bytes of a file; raises as `load_tag_model`."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        if _lines(arrays["signal_names"]) != list(SIGNALS):
            raise InputError("trained for other signals; run python -m streams.training.train_tags")
        numbers = arrays["gram_numbers"]
        gram_row = np.zeros(1 << BITS, dtype=np.int32)
        gram_row[numbers] = np.arange(1, len(numbers) + 1)
        grams = np.vstack([np.zeros_like(arrays["bias"]), _table(arrays, "grams")])
        groups = [line.split("\t") for line in _lines(arrays["group_names"])]
        return TagModel(
            gram_row=gram_row,
            grams=grams,
            word_row={word: row for row, word in enumerate(_lines(arrays["word_names"]))},
            words=_table(arrays, "words"),
            groups={(FAMILIES.index(f), label, group): row for row, (f, label, group) in enumerate(groups)},
            signals=arrays["signals"].astype(np.float32),
            bias=arrays["bias"],
        )


def _lines(names: NDArray[np.uint8]) -> list[str]:
    return bytes(names).decode("utf-8").split("\n")


def _table(arrays: Any, name: str) -> NDArray[np.float32]:
    """A table of 8-bit weights, each column with its scale."""
    table: NDArray[np.float32] = arrays[name].astype(np.float32) * arrays[f"{name}_scale"]
    return table
