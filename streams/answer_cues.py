"""Reads the shipped lexicon of answers; the only place that opens the file."""

from __future__ import annotations

from importlib.resources import files

import msgspec
import yaml

from processors.answers import AnswerCues
from streams.errors import InputError

_LEXICON = "language/answers.yaml"


def load_answer_cues() -> AnswerCues:
    """The lexicon of `processors/language/answers.yaml`.

    Raises `InputError` where the file is not YAML or has a missing, misspelt or ill-typed list.
    """
    text = files("processors").joinpath(_LEXICON).read_text(encoding="utf-8")
    try:
        return msgspec.convert(yaml.safe_load(text), AnswerCues)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise InputError(f"processors/{_LEXICON}: {error}. Correct the list named there.") from error
