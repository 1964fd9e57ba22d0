"""Reads the learned models of exchanges, and builds the reader of a conversation's messages."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from processors.answers import AnswerReader
from processors.exchange_model import ExchangeModel, LinearModel
from processors.exchange_reader import ExchangeReader
from processors.exchange_signals import REACTION_SIGNALS, REPLY_SIGNALS
from processors.exchange_text import Meanings, SaidReader
from processors.grams import BITS
from processors.segment import Segmenter
from processors.verdict_model import AGAIN_SIGNALS, AGAINST_SIGNALS, Linear, VerdictModel
from streams.answer_cues import load_answer_cues
from streams.errors import InputError
from streams.language import load_language

_MODEL = "exchange_model.npz"
_VERDICTS = "verdict_model.json"
_EMBEDDINGS = "embeddings.npz"


def load_reader(extra: Path | None = None) -> AnswerReader:
    """Reads replies and reactions; `extra` is a trainer's folder, as for `load_answer_cues`."""
    return AnswerReader(
        load_answer_cues(extra),
        ExchangeReader(load_said_reader(extra), load_exchange_model(), load_verdict_model()),
    )


def load_said_reader(extra: Path | None = None) -> SaidReader:
    """The reader of single messages, over the packaged embeddings."""
    return SaidReader(Segmenter(load_language(extra).words).words, load_meanings())


def load_meanings() -> Meanings:
    """Vectors committed by `python -m streams.training.distill_embeddings`, as whole numbers."""
    with np.load(_packaged(_EMBEDDINGS), allow_pickle=False) as arrays:
        words = bytes(arrays["words"]).decode("utf-8").split("\n")
        vectors = arrays["vectors"]
        norms = np.sqrt(np.square(vectors, dtype=np.int32).sum(axis=1).astype(np.float64))
        return Meanings({word: row for row, word in enumerate(words)}, vectors, norms)


def load_exchange_model() -> ExchangeModel:
    """Weights committed by `python -m streams.training.train_exchanges`."""
    with np.load(_packaged(_MODEL), allow_pickle=False) as arrays:
        return exchange_model(arrays)


def exchange_model(arrays: Mapping[str, Any]) -> ExchangeModel:
    """The model that the arrays of a file hold."""
    return ExchangeModel(
        _linear(arrays, "reply", REPLY_SIGNALS), _linear(arrays, "reaction", REACTION_SIGNALS)
    )


def load_verdict_model() -> VerdictModel:
    """Weights committed by `python -m streams.training.train_verdicts`."""
    read = json.loads(_packaged(_VERDICTS).getvalue())
    signals = {"again": AGAIN_SIGNALS, "against": AGAINST_SIGNALS, "helped": AGAINST_SIGNALS}
    if any(tuple(read[name]["weights"]) != names for name, names in signals.items()):
        raise InputError(
            f"{_VERDICTS}: trained for other signals; run python -m streams.training.train_verdicts"
        )
    return VerdictModel(
        **{name: Linear(tuple(read[name]["weights"].values()), read[name]["bias"]) for name in signals}
    )


def _packaged(name: str) -> io.BytesIO:
    return io.BytesIO((resources.files("processors") / "language" / name).read_bytes())


def _linear(arrays: Mapping[str, Any], name: str, signals: tuple[str, ...]) -> LinearModel:
    if bytes(arrays[f"{name}_names"]).decode("utf-8").split("\n") != list(signals):
        raise InputError(
            f"{_MODEL}: trained for other signals; run python -m streams.training.train_exchanges"
        )
    numbers, grams = arrays[f"{name}_numbers"], arrays[f"{name}_grams"]
    gram_row = np.zeros(1 << BITS, dtype=np.int32)
    gram_row[numbers] = np.arange(1, len(numbers) + 1)
    return LinearModel(
        gram_row,
        np.vstack([np.zeros_like(grams[:1]), grams]),
        arrays[f"{name}_scale"].astype(np.float64),
        arrays[f"{name}_signals"].astype(np.float64),
        arrays[f"{name}_bias"].astype(np.float64),
    )
