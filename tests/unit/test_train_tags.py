"""Training the tagger: the same texts give the same bytes, and what is learned is what is read."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from processors.tag_model import HEADS, columns
from processors.tags import Tagger
from streams.language import load_language
from streams.synonyms import load_embeddings
from streams.tag_weights import read_tag_model
from streams.training.corpus import Utterance, utterances
from streams.training.train_tags import BLOCKS, Blocks, fit, targets, train, weights_file

ROOT = Path(__file__).parents[2]


@cache
def few() -> list[Utterance]:
    """The first texts of the corpus, whose order is mixed: all labels occur."""
    return utterances()[:400]


@cache
def trained() -> bytes:
    return train(few())


def test_training_twice_gives_the_same_bytes() -> None:
    assert train(few()) == trained()


def test_what_was_learned_is_read_back_and_fits_its_texts() -> None:
    tagger = Tagger(load_language(), read_tag_model(trained()))
    tags = tagger.tag_many([row.text for row in few()], [row.kind for row in few()])
    right = [tag.topics[0] == row.topics[0] for tag, row in zip(tags, few(), strict=True)]
    assert sum(right) / len(right) > 0.85


def test_small_weights_are_those_that_were_fitted() -> None:
    """One text's logits by the file equal those by the design, within what 8 bits lose."""
    language, embeddings = load_language(), load_embeddings()
    blocks = Blocks(language, embeddings)
    design = blocks.design(few())
    weights, bias = fit(design, few())
    model = read_tag_model(weights_file(design, blocks, embeddings, (weights, bias)))
    exact = np.asarray(design.features[:50] @ weights + bias)
    readings = [blocks.read(row.text, row.kind) for row in few()[:50]]
    found = model.logits(*map(list, zip(*readings, strict=True)))
    assert np.abs(found - exact).max() < 0.2


@pytest.mark.parametrize("names", [("grams",), ("words",), ("signals",), BLOCKS])
def test_a_silent_block_teaches_nothing(names: tuple[str, ...]) -> None:
    design = Blocks(load_language(), load_embeddings()).design(few()[:60])
    kept = design.only(names)
    sizes = (len(design.grams), design.signals - len(design.grams))
    parts = np.split(np.asarray(abs(kept.features).sum(axis=0)).ravel(), np.cumsum(sizes))
    assert {name for name, part in zip(BLOCKS, parts, strict=True) if part.any()} == set(names)


def test_each_head_has_its_targets() -> None:
    for head, labels in HEADS.items():
        wanted = targets(head, few())
        assert len(wanted) == (len(labels) if head in ("also", "question") else 1)
        assert columns(head).stop - columns(head).start == len(labels)
    with pytest.raises(KeyError):
        columns("mood")


def test_the_card_names_the_command() -> None:
    tree = ast.parse((ROOT / "streams" / "training" / "train_tags.py").read_text(encoding="utf-8"))
    command = "python -m streams.training.train_tags"
    assert command in (ast.get_docstring(tree) or "")
    assert f"`{command}`" in (ROOT / "docs" / "model-cards" / "tags.md").read_text(encoding="utf-8")
