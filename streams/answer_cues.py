"""Reads the lexicon of answers: the packaged YAML, and a trainer's own over it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from processors.answers import AnswerCues
from streams.lexicon.cues import Entry
from streams.lexicon.folder import ANSWERS_FILE, layers
from streams.lexicon.problems import refuse_first
from streams.lexicon.tables import ASK_KINDS, ASKS, PARTICLES, read_answers, side

Places = dict[tuple[str, str], list[Entry]]
"""The entries of a phrase, by the side it is read on and its wording."""


def load_answer_cues(extra: Path | None = None) -> AnswerCues:
    """All phrases; `extra` is a folder that may have an `answers.yaml` like the packaged one.

    A phrase in `extra` replaces what the packaged file says of it on the same side: in what
    bots say, in what customers say, in what is asked for. `particles` are added.
    Raises InputError with file, line, list and what is wrong.
    """
    merged: Places = {}
    for folder in layers(extra):
        lexicon = read_answers(folder / ANSWERS_FILE)
        refuse_first(lexicon.problems)
        merged |= places(lexicon.entries)
    return _cues(merged)


def places(entries: list[Entry]) -> Places:
    """Entries by what they replace."""
    found: Places = {}
    for entry in entries:
        found.setdefault((side(entry.label), entry.wording), []).append(entry)
    return found


def _cues(merged: Places) -> AnswerCues:
    lists: dict[str, list[str]] = {name: [] for name in AnswerCues.__struct_fields__}
    asks: dict[str, list[str]] = {kind: [] for kind in ASK_KINDS}
    for entries in merged.values():
        for entry in entries:
            (asks[entry.group] if entry.label == ASKS else lists[entry.label]).append(entry.wording)
    return msgspec.convert(lists | {ASKS: asks, PARTICLES: "".join(lists[PARTICLES])}, AnswerCues)
