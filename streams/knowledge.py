"""All that a text is read by, packaged and a trainer's own; usable as a whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from processors.answers import AnswerReader
from processors.tags import Tagger
from streams.exchange_weights import load_reader
from streams.language import load_language
from streams.lexicon.folder import SYNONYMS_FILE, layers
from streams.lexicon.problems import refuse_first
from streams.lexicon.tables import read_synonyms
from streams.tag_weights import load_tag_model


class Knowledge(NamedTuple):
    """What tags customers' words, and what reads replies and reactions to them."""

    tagger: Tagger
    reader: AnswerReader


def load_knowledge(folder: Path | None) -> Knowledge:
    """Read everything; takes some tenths of a second.

    Raises InputError for whatever is wrong in `folder`, in synonyms too: `gaps` would stop at them later.
    """
    refuse_first(read_synonyms(layers(folder)[-1] / SYNONYMS_FILE).problems)
    return Knowledge(Tagger(load_language(folder), load_tag_model()), load_reader(folder))
