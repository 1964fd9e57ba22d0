"""`python -m tests.eval.ablation`: what each part of the learned tagger is worth; some minutes.

The parts: the lexicons alone (cues), the same weighed by a linear model (signals), character n-grams, word
embeddings, and the cues' vote after the model. Each row but the first two and the last is a model trained
without the other parts, on the same texts. Figures as in `tests.eval`: sentiment, nature and urgency are
macro-F1, topics the share of main topics right, question F1.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from metrics import macro_f1  # noqa: E402
from tags import Case, f1, held_cases, jd_cases, naive, own_cases, share  # noqa: E402

from processors import decide  # noqa: E402
from processors.cues import Reading  # noqa: E402
from processors.signals import FirstReading  # noqa: E402
from processors.tag_model import TagModel  # noqa: E402
from streams.language import load_language  # noqa: E402
from streams.synonyms import load_embeddings  # noqa: E402
from streams.tag_weights import load_tag_model, read_tag_model  # noqa: E402
from streams.training.corpus import utterances  # noqa: E402
from streams.training.train_tags import BLOCKS, Blocks, fit, weights_file  # noqa: E402

PARTS = {
    "cues weighed": ("signals",),
    "n-grams alone": ("grams",),
    "n-grams, words": ("grams", "words"),
    "n-grams, words, cues": BLOCKS,
}
FIELDS = ("sentiment", "topic", "nature", "urgency", "question")
Read = tuple[Reading, FirstReading, list[str]]
Given = dict[str, list[Any]]
"""The values given to texts, by `FIELDS`."""
Judge = Callable[[Sequence[Case]], Given]


def by_cues(blocks: Blocks, cases: Sequence[Case]) -> Given:
    """What the lexicons make of texts."""
    firsts = [blocks.read(case.text, case.kind)[1] for case in cases]
    return {
        "sentiment": [first.attitude.label for first in firsts],
        "topic": [first.topics[0] for first in firsts],
        "nature": [first.nature for first in firsts],
        "urgency": [first.urgency for first in firsts],
        "question": [first.question.is_question for first in firsts],
    }


def by_model(model: TagModel, vote: bool, blocks: Blocks, cases: Sequence[Case]) -> Given:
    """What a model makes of texts, with the cues' vote or without."""
    read = [blocks.read(case.text, case.kind) for case in cases]
    readings, firsts, words = map(list, zip(*read, strict=True))
    logits: NDArray[np.float32] = model.logits(readings, firsts, words)
    if vote:
        logits = decide.settle(logits, firsts, [case.kind for case in cases])
    picked = {name: decide.labels(logits, name) for name in FIELDS[:-1]}
    return picked | {"question": decide.asked(logits)}


def by_baseline(cases: Sequence[Case]) -> Given:
    """What the naive baseline makes of texts."""
    tags = naive(cases)
    picked = {name: [getattr(one, name) for one in tags] for name in ("sentiment", "nature", "urgency")}
    return picked | {
        "topic": [one.topics[0] for one in tags],
        "question": [one.is_question for one in tags],
    }


def judges(blocks: Blocks) -> Iterator[tuple[str, Judge]]:
    """The rows of the table; a model is trained when its turn comes."""
    embeddings = load_embeddings()
    yield "naive baseline", by_baseline
    yield "cues alone", partial(by_cues, blocks)
    rows = [row for row in utterances() if row.part == "train"]
    design = blocks.design(rows)
    for name, parts in PARTS.items():
        kept = design.only(parts)
        model = read_tag_model(weights_file(kept, blocks, embeddings, fit(kept, rows)))
        yield name, partial(by_model, model, False, blocks)
    yield "all, and the cues' vote", partial(by_model, load_tag_model(), True, blocks)


def scores(cases: Sequence[Case], given: Given) -> Iterator[float]:
    """A figure for each field that has labels."""
    for field in labelled(cases):
        pairs = [(case.wanted[_tag(field)], value) for case, value in _labelled(field, cases, given[field])]
        yield _score(field, *zip(*pairs, strict=True))


def labelled(cases: Sequence[Case]) -> list[str]:
    """The fields that a set has labels for."""
    return [field for field in FIELDS if any(_tag(field) in case.wanted for case in cases)]


def _labelled(field: str, cases: Sequence[Case], values: Sequence[Any]) -> list[tuple[Case, Any]]:
    return [pair for pair in zip(cases, values, strict=True) if _tag(field) in pair[0].wanted]


def _tag(field: str) -> str:
    return {"topic": "topics", "question": "is_question"}.get(field, field)


def _score(field: str, gold: Sequence[Any], guess: Sequence[Any]) -> float:
    if field == "topic":
        # A set where either is right, else the main one of several.
        right = [
            value in (wanted if isinstance(wanted, set) else wanted[:1])
            for wanted, value in zip(gold, guess, strict=True)
        ]
        return share(right)
    return f1(gold, guess, True) if field == "question" else macro_f1(gold, guess)


def main() -> None:
    """Print a table a labelled set."""
    data = Path(os.environ.get("KEFU_PULSE_DATA", HERE.parents[2] / "shared" / "data"))
    sets = {"held-out corpus": held_cases(), "own messages": own_cases(data), "JD messages": jd_cases(data)}
    tables = {
        name: Table("parts", *labelled(cases), title=f"{name}, {len(cases)}") for name, cases in sets.items()
    }
    for name, judge in judges(Blocks(load_language(), load_embeddings())):
        for title, cases in sets.items():
            found = scores(cases, judge(cases))
            tables[title].add_row(name, *(f"{value:.3f}" for value in found))
    console = Console(width=100)
    for table in tables.values():
        console.print(table)


if __name__ == "__main__":
    main()
