"""The labelled corpora that the packaged models learn from, as `processors/language/corpus` holds them.

Written for this product by the rules of docs/labelling-guide.md. `utterances.tsv` has tags,
`questions.tsv` has intents, `dialogues.jsonl` has satisfaction, `exchanges.tsv` has replies and
reactions. Rows of `part` `held` are never trained on.
"""

from __future__ import annotations

import csv
import io
import json
from importlib import resources
from typing import NamedTuple

from processors.cues import TextKind


class Utterance(NamedTuple):
    """One labelled text; the main topic comes first. `urgency` is empty where it was not labelled."""

    id: str
    part: str
    kind: TextKind
    sentiment: str
    topics: tuple[str, ...]
    nature: str
    urgency: str
    is_question: bool
    text: str


class Question(NamedTuple):
    """One wording of an intent."""

    id: str
    part: str
    intent: str
    text: str


class Exchange(NamedTuple):
    """A question, a reply by `sender` (bot or agent), what it is to the question, and the customer's next
    words, empty if none came, and what they are."""

    id: str
    part: str
    sender: str
    reply_kind: str
    reaction_kind: str
    question: str
    reply: str
    reaction: str


class Dialogue(NamedTuple):
    """A conversation, its turns as (sender, text), and how satisfied the customer is, from -2 to 2."""

    id: str
    part: str
    turns: tuple[tuple[str, str], ...]
    satisfaction: float


def _text(name: str) -> str:
    return (resources.files("processors") / "language" / "corpus" / name).read_text(encoding="utf-8")


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_text(name)), delimiter="\t", quoting=csv.QUOTE_NONE))


def utterances() -> list[Utterance]:
    """All labelled texts, in the order of the file."""
    return [
        Utterance(
            **(row | {"topics": tuple(row["topics"].split(",")), "is_question": row["is_question"] == "1"})  # type: ignore[arg-type]
        )
        for row in _rows("utterances.tsv")
    ]


def questions() -> list[Question]:
    """All wordings of intents, in the order of the file."""
    return [Question(**row) for row in _rows("questions.tsv")]


def exchanges() -> list[Exchange]:
    """All exchanges, in the order of the file."""
    return [Exchange(**row) for row in _rows("exchanges.tsv")]


def dialogues() -> list[Dialogue]:
    """All conversations, in the order of the file."""
    rows = [json.loads(line) for line in _text("dialogues.jsonl").splitlines()]
    return [
        Dialogue(**(row | {"turns": tuple((turn["sender"], turn["text"]) for turn in row["turns"])}))
        for row in rows
    ]
