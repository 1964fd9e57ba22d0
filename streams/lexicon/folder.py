"""Which files a folder may hold, and where the packaged ones are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from processors.language_model import LABELS
from streams.errors import InputError
from streams.lexicon.cues import Lexicon, read_family, read_words
from streams.lexicon.tables import read_answers, read_synonyms

WORDS_FILE, SYNONYMS_FILE, ANSWERS_FILE = "words.yaml", "synonyms.yaml", "answers.yaml"
READERS: dict[str, Callable[[Traversable], Lexicon]] = {
    **{f"{family}.yaml": partial(read_family, family=family) for family in LABELS},
    WORDS_FILE: read_words,
    SYNONYMS_FILE: read_synonyms,
    ANSWERS_FILE: read_answers,
}
"""The files that a trainer may write, and how each is read."""


def packaged() -> Traversable:
    """The folder of the packaged files."""
    return resources.files("processors") / "language"


def layers(extra: Path | None) -> list[Traversable]:
    """The packaged folder and a trainer's own over it; InputError when that is none."""
    if extra is None:
        return [packaged()]
    if not extra.is_dir():
        raise InputError(
            f"{extra} 不是文件夹 · is no folder; 放入其中几个文件 · give a folder with {', '.join(READERS)}"
        )
    return [packaged(), extra]
