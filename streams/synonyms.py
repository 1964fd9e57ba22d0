"""Reads what questions are grouped by, synonyms and learned tables, and builds the reader of wordings."""

from __future__ import annotations

import io
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from processors.language_model import Language
from processors.question_features import SynonymTable, Wordings
from processors.question_model import Embeddings, IntentModel
from processors.segment import Segmenter
from streams.lexicon.folder import SYNONYMS_FILE, layers
from streams.lexicon.problems import refuse_first
from streams.lexicon.tables import SYNONYM_GROUPS, read_synonyms

_EMBEDDINGS = "embeddings.npz"
_INTENTS = "intent_model.npz"


def load_wordings(language: Language, extra: Path | None = None) -> Wordings:
    """What `processors.question_bank.cluster_texts` needs; arguments as for `load_synonyms`."""
    return wordings(language, load_synonyms(extra), load_intents())


def wordings(language: Language, synonyms: SynonymTable, intents: IntentModel) -> Wordings:
    """The reader of wordings with a given table and model."""
    words = Segmenter(language.words).words
    return Wordings(
        words,
        language.idf,
        language.default_idf,
        synonyms,
        embeddings=load_embeddings(),
        intents=intents,
    )


def load_embeddings() -> Embeddings:
    """Vectors committed by `python -m streams.training.distill_embeddings`."""
    with _arrays(_EMBEDDINGS) as arrays:
        vectors = arrays["vectors"].astype(np.float32) * np.float32(arrays["scale"])
        return Embeddings(_index(arrays["words"]), vectors)


def load_intents() -> IntentModel:
    """Weights committed by `python -m streams.training.train_intents`."""
    with _arrays(_INTENTS) as arrays:
        weights = arrays["weights"].astype(np.float32) * np.float32(arrays["scale"])
        return IntentModel(_index(arrays["features"]), arrays["idf"], weights, arrays["bias"])


def _arrays(name: str) -> NpzFile:
    content = (resources.files("processors") / "language" / name).read_bytes()
    arrays: NpzFile = np.load(io.BytesIO(content), allow_pickle=False)
    return arrays


def _index(names: NDArray[np.uint8]) -> dict[str, int]:
    """Names, one a line, to their row."""
    return {name: row for row, name in enumerate(bytes(names).decode("utf-8").split("\n"))}


def load_synonyms(extra: Path | None = None) -> SynonymTable:
    """The packaged table; a wording in the `synonyms.yaml` of the folder `extra` moves to where that puts it.

    Raises InputError with file, line, entry and what is wrong.
    """
    place: dict[str, tuple[str, str]] = {}
    for folder in layers(extra):
        lexicon = read_synonyms(folder / SYNONYMS_FILE)
        refuse_first(lexicon.problems)
        place |= {entry.wording: (entry.label, entry.group) for entry in lexicon.entries}
    table: dict[str, dict[str, tuple[str, ...]]] = {group: {} for group in SYNONYM_GROUPS}
    for wording, (group, meaning) in place.items():
        table[group][meaning] = (*table[group].get(meaning, ()), wording)
    return SynonymTable(forms=table["forms"], concepts=table["concepts"])
