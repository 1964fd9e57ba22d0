"""All that a text is read by, packaged and a trainer's own; usable as a whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from processors.answers import AnswerReader
from processors.question_features import Wordings
from processors.tags import Tagger
from streams.exchange_weights import load_reader
from streams.language import load_language
from streams.synonyms import load_wordings
from streams.tag_weights import load_tag_model


class Knowledge(NamedTuple):
    """What tags customers' words, what reads the replies and reactions, what tells questions apart."""

    tagger: Tagger
    reader: AnswerReader
    wordings: Wordings


def load_knowledge(folder: Path | None) -> Knowledge:
    """Read everything; takes some tenths of a second.

    Raises InputError for whatever is wrong in `folder`.
    """
    language = load_language(folder)
    return Knowledge(Tagger(language, load_tag_model()), load_reader(folder), load_wordings(language, folder))
