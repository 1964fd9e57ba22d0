"""Reads what questions are grouped by, synonyms and learned tables, and builds the reader of wordings."""

from __future__ import annotations

import io
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from processors.language_model import Language
from processors.question_features import SynonymTable, Wordings
from processors.question_model import Embeddings, IntentModel
from processors.segment import Segmenter
from streams.errors import InputError

_FILE = "synonyms.yaml"
_EMBEDDINGS = "embeddings.npz"
_INTENTS = "intent_model.npz"
_GROUPS = ("forms", "concepts")


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

    Raises InputError with file, entry and what is wrong.
    """
    files: list[Traversable] = [resources.files("processors") / "language" / _FILE]
    if extra is not None and (extra / _FILE).is_file():
        files.append(extra / _FILE)
    place: dict[str, tuple[str, str]] = {}
    for file in files:
        place |= _read(file)
    table: dict[str, dict[str, tuple[str, ...]]] = {group: {} for group in _GROUPS}
    for wording, (group, meaning) in place.items():
        table[group][meaning] = (*table[group].get(meaning, ()), wording)
    return SynonymTable(forms=table["forms"], concepts=table["concepts"])


def _read(file: Traversable) -> dict[str, tuple[str, str]]:
    """Wording to its group and meaning; a meaning is a wording of itself."""
    place: dict[str, tuple[str, str]] = {}
    for group, entries in _parse(file).items():
        if group not in _GROUPS or not isinstance(entries, dict):
            raise InputError(
                f"{file}: {group!r} must be one of {', '.join(_GROUPS)}, each with entries 意思: [说法, …]"
            )
        for meaning, wordings in entries.items():
            for wording in _wordings(wordings, f"{file}: {group} / {meaning}", str(meaning)):
                if place.setdefault(wording, (group, str(meaning))) != (group, str(meaning)):
                    other = place[wording][1]
                    raise InputError(
                        f"{file}: {wording!r} 重复: in {other!r} and in {str(meaning)!r}; keep one"
                    )
    return place


def _parse(file: Traversable) -> dict[str, Any]:
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"cannot read {file} 读不了: {error}; it must be YAML in UTF-8") from error
    if not isinstance(data, dict):
        raise InputError(f"{file} is no table of synonyms 不是同义词表; start it with forms: or concepts:")
    return data


def _wordings(wordings: Any, where: str, meaning: str) -> list[str]:
    if not isinstance(wordings, list) or not all(isinstance(w, str) and w.strip() for w in wordings):
        raise InputError(f"{where}: write its wordings as a list of words 应为词语列表, numbers in quotes")
    return [meaning, *(wording.strip() for wording in wordings)]
