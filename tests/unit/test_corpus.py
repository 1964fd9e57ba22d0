"""The labelled corpora: legal labels, no text twice, none of the texts that the tagger is measured on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from processors.cues import TextKind
from processors.language_model import TOPICS
from processors.normalise import normalise
from processors.scoring import TAG_VALUES
from streams.training.corpus import questions, utterances

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "labelling-guide.md"
LABELLED = (
    "messages.jsonl",
    "conversations.jsonl",
    "pii.jsonl",
    "questions.clusters.jsonl",
)
NEAR, SAME_SOURCE = 0.8, 0.5
"""Jaccard similarity of character trigrams: a copy with a letter changed; a text that may have been seen."""
EVERYBODYS = 4
"""Characters: what is no longer (好的, 怎么洗) anybody says in these words."""
REPEATED = {("人工人工人工人工", "人工人工人工"), ("66666", "666"), ("6666", "666"), ("66666", "6666")}
"""Pairs that differ in how often they say it."""


def grams(text: str) -> set[str]:
    """Trigrams of letters and digits, with marks for the ends."""
    marked = f"^{bare(text)}$"
    return {marked[at : at + 3] for at in range(len(marked) - 2)}


def bare(text: str) -> str:
    return "".join(char for char in normalise(text) if char.isalnum())


def alike(some: Sequence[str], others: Sequence[str], least: float) -> list[tuple[int, int]]:
    """Indices of the pairs whose similarity is above `least`."""
    index: dict[str, int] = {}
    a, b = _table(some, index), _table(others, index)
    sizes_a, sizes_b = np.diff(a.indptr), np.diff(b.indptr)
    a.resize(len(some), len(index))
    found: list[tuple[int, int]] = []
    for at in range(0, len(some), 1_000):
        shared = (a[at : at + 1_000] @ b.T).tocoo()
        rows = at + shared.row
        near = shared.data > least * (sizes_a[rows] + sizes_b[shared.col] - shared.data)
        found += zip(rows[near].tolist(), shared.col[near].tolist(), strict=True)
    return found


def _table(texts: Sequence[str], index: dict[str, int]) -> csr_matrix:
    rows = [sorted(grams(text)) for text in texts]
    columns = [index.setdefault(gram, len(index)) for gram in chain.from_iterable(rows)]
    starts = np.cumsum([0, *map(len, rows)])
    return csr_matrix((np.ones(len(columns)), columns, starts), shape=(len(texts), len(index)))


@cache
def texts() -> dict[str, str]:
    """All texts by id."""
    return {row.id: row.text for row in (*utterances(), *questions())}


def test_ids_are_unique_and_texts_clean() -> None:
    assert len(texts()) == len(utterances()) + len(questions())
    assert not [text for text in texts().values() if text != text.strip() or not text.isprintable()]


def test_labels_are_legal() -> None:
    for row in utterances():
        assert row.part in ("train", "held"), row.id
        assert row.kind in get_args(TextKind), row.id
        assert 1 <= len(row.topics) <= 3 and len(set(row.topics)) == len(row.topics), row.id
        assert set(row.topics) <= set(TOPICS), row.id
        assert row.sentiment in TAG_VALUES["sentiment"], row.id
        assert row.nature in TAG_VALUES["nature"], row.id
        assert row.urgency in (*TAG_VALUES["urgency"], ""), row.id
    assert {row.part for row in questions()} == {"train", "held"}
    assert all(row.intent.replace("_", "").isalnum() for row in questions())


def test_there_is_enough_and_a_tenth_is_held_out() -> None:
    assert len(utterances()) >= 6_000
    wordings = Counter(row.intent for row in questions())
    assert sum(n >= 15 for n in wordings.values()) >= 150
    for rows in (utterances(), questions()):
        parts = Counter(row.part for row in rows)
        assert 0.07 <= parts["held"] / parts.total() <= 0.13


@pytest.mark.parametrize("tag", ["sentiment", "nature", "urgency"])
def test_the_held_part_has_every_label(tag: str) -> None:
    held = Counter(getattr(row, tag) for row in utterances() if row.part == "held" and getattr(row, tag))
    assert set(held) == set(TAG_VALUES[tag])
    assert min(held.values()) >= 20


@pytest.mark.parametrize("read", [utterances, questions], ids=["utterances", "questions"])
def test_no_text_is_nearly_another(read: object) -> None:
    said = [row.text for row in read()]  # type: ignore[operator]
    near = {(said[a], said[b]) for a, b in alike(said, said, NEAR) if a != b}
    assert {(a, b) for a, b in near if len(a) >= len(b)} - REPEATED == set()


@pytest.mark.needs_data
@pytest.mark.parametrize("file", LABELLED)
def test_no_text_is_near_one_that_the_tagger_is_measured_on(file: str, data_dir: Path) -> None:
    rows = map(json.loads, (data_dir / "labelled" / file).read_text(encoding="utf-8").splitlines())
    measured = [row["text"] for row in rows if row.get("text")]
    ours = list(texts().values())
    near = [(measured[a], ours[b]) for a, b in alike(measured, ours, SAME_SOURCE)]
    assert [pair for pair in near if len(bare(pair[1])) > EVERYBODYS] == []


def test_alike_is_the_share_of_trigrams() -> None:
    assert alike(["退货地址发我下"], ["退货地址发我"], 0.6) == [(0, 0)]
    assert alike(["退货地址发我下"], ["退货地址发我"], 0.7) == []
    assert alike(["😡"], ["😡", "好"], 0.1) == []


def test_the_guide_names_every_label() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    labels = {
        *TOPICS,
        *(str(value) for tag in ("sentiment", "nature", "urgency") for value in TAG_VALUES[tag]),
    }
    assert [label for label in sorted(labels) if f"`{label}`" not in guide] == []
