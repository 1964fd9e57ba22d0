"""Quality of question clustering, by what `kefu-pulse cluster` does.

- Intents: B-cubed F1 of the clusters of all labelled questions against the labelled intents.
  The synonym table was written by someone who had read these questions.
- Golden intents: tests/golden/intents.jsonl, 46 intents of shops in 6 wordings each. Half of them,
  `tune`, chose the thresholds; the figures are those of the other half, clustered at once and kept
  by the question database as they come.
- Corpus: the held-out wordings of the intents that the model knows; and, `unheard of`, seven wordings
  each of 24 intents, by a model trained without these intents. The corpus was written to be hard:
  most of its wordings imply what they ask.
- LCQMC: B-cubed F1 against the connected components of the pairs labelled alike: for the texts of
  1,000 components drawn at random, most of which are single texts, and for those in components of
  four or more. All texts together have no target: whether two components mean the same, nobody said.
- BQ: all distinct texts are clustered together; a labelled pair is found when both texts are in
  one cluster; F1 over the labelled pairs.
- Baseline: texts are alike when they have the same set of characters, but for the commonest.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Hashable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from metrics import Measured, b_cubed, b_cubed_interval, bootstrap, pair_f1
from numpy.typing import NDArray

from processors.normalise import normalise
from processors.question_bank import cluster_texts
from processors.question_database import Asked, QuestionDatabase
from processors.question_features import Wordings
from processors.question_model import GENERAL, NO_INTENTS
from streams.language import load_language
from streams.synonyms import load_synonyms, load_wordings
from streams.synonyms import wordings as reader
from streams.training.corpus import Question, questions
from streams.training.train_intents import fit

INTENTS = "labelled/questions.clusters.jsonl"
LCQMC = "pairs/lcqmc_dev.jsonl"
BQ = "pairs/bq_dev.jsonl"
NEEDS = (INTENTS, LCQMC, BQ)
GOLDEN = Path(__file__).parents[1] / "golden" / "intents.jsonl"
LEAST_COMPONENT = 4
DRAWN = 1_000
WEEK, DAY_MS = 7, 86_400_000
UNHEARD_INTENTS, UNHEARD_WORDINGS = 24, 7
_COMMON = frozenset("的了吗呢啊呀吧嘛么是我你他她有啥什怎样哪在一个")


def figures(data: Path) -> list[Measured]:
    """The lines of the table."""
    return [_intents(data / INTENTS), *_golden(), *_corpus(), *_components(data / LCQMC), _pairs(data / BQ)]


@cache
def wordings() -> Wordings:
    """The product's reader of wordings."""
    return load_wordings(load_language())


def naive(texts: Sequence[str]) -> list[str]:
    """The baseline: a text's cluster is its set of characters."""
    return ["".join(sorted({c for c in normalise(text) if c.isalnum()} - _COMMON)) for text in texts]


def labels(texts: Sequence[str], reader: Wordings) -> list[int]:
    """The number of each text's cluster."""
    found = [0] * len(texts)
    for number, cluster in enumerate(cluster_texts(texts, reader)):
        for index in cluster.members:
            found[index] = number
    return found


def components(texts: Sequence[str], alike: Sequence[tuple[str, str]]) -> list[str]:
    """A name for each text's connected component in the graph of `alike` pairs."""
    parent = {text: text for text in texts}

    def root(text: str) -> str:
        while parent[text] != text:
            parent[text] = parent[parent[text]]
            text = parent[text]
        return text

    for one, other in alike:
        parent[root(one)] = root(other)
    return [root(text) for text in texts]


def _read(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _line(
    task: str, target: str, gold: Sequence[Hashable], texts: Sequence[str], by: Wordings | None = None
) -> Measured:
    guess = labels(texts, by or wordings())
    value, plain = b_cubed(gold, guess).f1, b_cubed(gold, naive(texts)).f1
    return Measured(task, "B-cubed F1", value, target, len(gold), b_cubed_interval(gold, guess), plain)


def _intents(path: Path) -> Measured:
    rows = _read(path)
    return _line(
        "clusters, intents (seen in development)",
        ">= .80",
        [row["cluster"] for row in rows],
        [row["text"] for row in rows],
    )


def _golden() -> list[Measured]:
    rows = [row for row in _read(GOLDEN) if row["half"] == "test"]
    texts, gold = [row["text"] for row in rows], [row["intent"] for row in rows]
    return [
        _line("clusters, golden intents, unseen wordings", ">= .80", gold, texts),
        _kept("clusters, golden intents, question database over a week", gold, texts),
    ]


def _kept(task: str, gold: Sequence[str], texts: Sequence[str]) -> Measured:
    """The same questions as they would come: in disorder over a week, a few at a time."""
    database = QuestionDatabase(wordings())
    coming = random.Random(WEEK).sample(texts, len(texts))
    for day in range(WEEK):
        for number, text in enumerate(coming[day::WEEK]):
            database.learn([Asked(text, day * DAY_MS + number)])
        database.settle((day + 1) * DAY_MS)
    found = [row.cluster_id for text in texts if (row := database.cluster_of(text))]
    value, plain = b_cubed(gold, found).f1, b_cubed(gold, naive(texts)).f1
    return Measured(task, "B-cubed F1", value, ">= .80", len(gold), b_cubed_interval(gold, found), plain)


def _corpus() -> list[Measured]:
    held = [row for row in questions() if row.part == "held" and row.intent != GENERAL]
    unheard = _unheard()
    names = {row.intent for row in unheard}
    language, synonyms = load_language(), load_synonyms()
    rows = [row for row in questions() if row.part == "train" and row.intent not in names]
    model, _ = fit(reader(language, synonyms, NO_INTENTS), rows)
    return [
        _line("clusters, corpus, held-out wordings", "none", *_columns(held)),
        _line(
            "clusters, corpus, intents unheard of",
            "none",
            *_columns(unheard),
            by=reader(language, synonyms, model),
        ),
    ]


def _columns(rows: Sequence[Question]) -> tuple[list[str], list[str]]:
    return [row.intent for row in rows], [row.text for row in rows]


def _unheard() -> list[Question]:
    """Some wordings of some intents, always the same."""
    by_intent: dict[str, list[Question]] = {}
    for row in questions():
        by_intent.setdefault(row.intent, []).append(row)
    known = [
        rows
        for intent, rows in sorted(by_intent.items())
        if intent != GENERAL and len(rows) > 2 * UNHEARD_WORDINGS
    ]
    return [
        row
        for rows in known[:: len(known) // UNHEARD_INTENTS][:UNHEARD_INTENTS]
        for row in rows[:: len(rows) // UNHEARD_WORDINGS][:UNHEARD_WORDINGS]
    ]


def _components(path: Path) -> list[Measured]:
    rows = _read(path)
    texts = sorted({row[side] for row in rows for side in ("a", "b")})
    gold = components(texts, [(row["a"], row["b"]) for row in rows if row["label"]])
    size = Counter(gold)
    drawn = set(random.Random(DRAWN).sample(sorted(size), DRAWN))
    some = [at for at, name in enumerate(gold) if name in drawn]
    large = [at for at, name in enumerate(gold) if size[name] >= LEAST_COMPONENT]
    parts = {
        ("1,000 components", ">= .97"): some,
        ("components of 4 or more", ">= .97"): large,
        ("all texts", "none"): range(len(texts)),
    }
    return [
        _line(f"clusters, LCQMC, {name}", target, [gold[at] for at in part], [texts[at] for at in part])
        for (name, target), part in parts.items()
    ]


def _pairs(path: Path) -> Measured:
    rows = _read(path)
    texts = sorted({row[side] for row in rows for side in ("a", "b")})
    cluster = dict(zip(texts, labels(texts, wordings()), strict=True))
    gold = np.array([row["label"] == 1 for row in rows])
    guess = np.array([cluster[row["a"]] == cluster[row["b"]] for row in rows])

    def resampled(pick: NDArray[np.intp]) -> float:
        return pair_f1(gold[pick].tolist(), guess[pick].tolist()).f1

    value = pair_f1(gold.tolist(), guess.tolist()).f1
    return Measured(
        "clusters, BQ, labelled pairs",
        "pair F1",
        value,
        ">= .40",
        len(rows),
        bootstrap(len(rows), resampled),
        _naive_pairs(rows),
    )


def _naive_pairs(rows: Sequence[dict[str, Any]]) -> float:
    same = [
        one == other
        for one, other in zip(naive([r["a"] for r in rows]), naive([r["b"] for r in rows]), strict=True)
    ]
    return pair_f1([row["label"] == 1 for row in rows], same).f1
