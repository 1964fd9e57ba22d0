"""Quality of question clustering, by what `kefu-pulse cluster` does.

- Intents: B-cubed F1 of the clusters of all labelled questions against the labelled intents.
- LCQMC: all distinct texts of the file are clustered together; B-cubed F1 against the connected
  components of the pairs labelled alike. A text in no such pair is a component of its own. Beside
  it, only texts in components of four or more, clustered by themselves: pairs labelled only
  within themselves leave it open whether two components mean the same, which fewer of these share.
- BQ: all distinct texts are clustered together; a labelled pair is found when both texts are in
  one cluster; F1 over the labelled pairs.

The synonym table was written by someone who had read the intents' questions: their figure is
that of development data, not of unseen intents. `no synonyms` is the same without the table:
what is left where the table knows none of the words, of which too few make the texts a shop's.
- Golden intents: tests/golden/intents.jsonl, 46 intents of shops in 6 wordings each, written before
  the corpus of the intent model, whose author knew them: it has their intents, not their wordings.
  Half of them, `tune`, chose the thresholds; the figure is that of the other half.
- Intents unheard of: the same half, by an intent model trained without these intents.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from metrics import Measured, b_cubed, b_cubed_interval, bootstrap, pair_f1
from numpy.typing import NDArray

from processors.question_bank import cluster_texts
from processors.question_features import SynonymTable, Wordings
from processors.question_model import NO_INTENTS
from streams.language import load_language
from streams.synonyms import load_intents, load_synonyms, load_wordings
from streams.synonyms import wordings as reader
from streams.training.train_intents import fit, read_corpus

INTENTS = "labelled/questions.clusters.jsonl"
LCQMC = "pairs/lcqmc_dev.jsonl"
BQ = "pairs/bq_dev.jsonl"
NEEDS = (INTENTS, LCQMC, BQ)
GOLDEN = Path(__file__).parents[1] / "golden" / "intents.jsonl"
_SURE_COMPONENT = 4
_MET = frozenset(
    {
        *("exchange_size", "exchange", "fade", "material", "shelf_life", "warranty", "install_time"),
        *("arrive_when", "parcel_stuck", "missing_item", "damaged", "refund_when", "cancel_order"),
        *("pay_failed", "price_protect", "gift_what", "bargain", "invoice_type", "points", "power"),
        *("battery", "suitable_people", "capacity", "human", "complaint"),
    }
)
"""The intents of the model that are those of the golden half."""


def figures(data: Path) -> list[Measured]:
    """The lines of the table."""
    return [*_intents(data / INTENTS), *_golden(), *_components(data / LCQMC), _pairs(data / BQ)]


@cache
def wordings(synonyms: bool = True) -> Wordings:
    """The product's reader of wordings, with or without its synonym table."""
    language = load_language()
    if synonyms:
        return load_wordings(language)
    return reader(language, SynonymTable(forms={}, concepts={}), load_intents())


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


def _line(task: str, target: str, gold: Sequence[Hashable], guess: Sequence[int]) -> Measured:
    value = b_cubed(gold, guess).f1
    return Measured(task, "B-cubed F1", value, target, len(gold), b_cubed_interval(gold, guess))


def _intents(path: Path) -> list[Measured]:
    rows = _read(path)
    texts, gold = [row["text"] for row in rows], [row["cluster"] for row in rows]
    bare = b_cubed(gold, labels(texts, wordings(synonyms=False))).f1
    line = _line("clusters, intents (seen in development)", ">= .80", gold, labels(texts, wordings()))
    return [line, Measured("clusters, intents, no synonyms", "B-cubed F1", bare, "none", len(rows))]


def _golden() -> list[Measured]:
    rows = [row for row in _read(GOLDEN) if row["half"] == "test"]
    texts, gold = [row["text"] for row in rows], [row["intent"] for row in rows]
    return [
        _line("clusters, golden intents, unseen wordings", ">= .80", gold, labels(texts, wordings())),
        _line("clusters, golden intents, unheard of", ">= .80", gold, labels(texts, _unaware())),
    ]


def _unaware() -> Wordings:
    """A reader whose intent model never met the intents of the golden half."""
    language, synonyms = load_language(), load_synonyms()
    pairs = zip(*read_corpus(), strict=True)
    texts, intents = zip(*[(text, intent) for text, intent in pairs if intent not in _MET], strict=True)
    model, _ = fit(reader(language, synonyms, NO_INTENTS), texts, intents)
    return reader(language, synonyms, model)


def _components(path: Path) -> list[Measured]:
    rows = _read(path)
    texts = sorted({row[side] for row in rows for side in ("a", "b")})
    gold = components(texts, [(row["a"], row["b"]) for row in rows if row["label"]])
    size = Counter(gold)
    sure = [i for i, name in enumerate(gold) if size[name] >= _SURE_COMPONENT]
    some = labels([texts[i] for i in sure], wordings())
    return [
        _line("clusters, LCQMC, all texts", ">= .97", gold, labels(texts, wordings())),
        _line("clusters, LCQMC, components of 4 or more", ">= .97", [gold[i] for i in sure], some),
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
        "clusters, BQ, labelled pairs", "pair F1", value, ">= .40", len(rows), bootstrap(len(rows), resampled)
    )
