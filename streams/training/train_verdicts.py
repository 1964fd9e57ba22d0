"""Train the small models of verdicts: `python -m streams.training.train_verdicts [OUT]`; needs scikit-learn.

Data: the labelled conversations of `tests/golden/blind` that may be read: the parts `train` and
`tune` of `chats`, and the even half of `conversations`. Signals come from models of exchanges
that saw none of these conversations, so they are as unsure as those of a shop never seen. Same
files, same libraries: the same bytes. Train anew after `train_exchanges`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from processors.answers import AnswerReader
from processors.cases import Case
from processors.dialogue import ChatFact
from processors.exchange_reader import ExchangeReader
from processors.facts import FactBuilder
from processors.pipeline import chat_facts, key_of
from processors.readings import Readings
from processors.redact import Redactor
from processors.tags import Tagger
from processors.verdict_model import AGAIN_SIGNALS, AGAINST_SIGNALS, again_signals, against_signals
from processors.verdicts import weigh
from processors.walk import Walk
from streams.answer_cues import load_answer_cues
from streams.codec import decode_many
from streams.exchange_weights import exchange_model, load_said_reader
from streams.language import load_language
from streams.tag_weights import load_tag_model
from streams.training.corpus import exchanges
from streams.training.train_exchanges import Cases, trained

ROOT = Path(__file__).parents[2]
DEFAULT_OUT = ROOT / "processors" / "language" / "verdict_model.json"
CHATS = ROOT / "tests" / "golden" / "blind"
FROM_CHATS = "x03827"
"""Exchanges from this one on are of conversations of the part `train`."""
COSTS = {"again": 0.5, "against": 0.3, "helped": 0.2}
"""Inverse of the L2 penalty, chosen by ten folds of conversations."""

Label = dict[str, Any]


class Sample(NamedTuple):
    """Signals of one model and whether it is so."""

    model: str
    signals: list[float]
    holds: bool


def readable() -> Iterator[tuple[Path, Path]]:
    """Conversations and their labels."""
    for name in ("chats-train", "chats-tune", "conversations"):
        yield CHATS / f"{name}.jsonl", CHATS / f"{name}.labels.jsonl"


def may_read(file: Path, conversation_id: str) -> bool:
    """The older set is one file, whose odd half nobody reads."""
    return file.stem != "conversations" or hashlib.sha256(conversation_id.encode()).digest()[0] % 2 == 0


def conversations(file: Path) -> dict[str, list[ChatFact]]:
    """The facts of each conversation in order of time."""
    decoded = decode_many(enumerate(file.read_bytes().splitlines()))
    builder = FactBuilder(Redactor(b"train"), Tagger(load_language(), load_tag_model()))
    found: dict[str, list[ChatFact]] = defaultdict(list)
    for fact in chat_facts(builder.build("train", decoded.events, decoded.positions)):
        if may_read(file, key_of(fact)[-1]):
            found[key_of(fact)[-1]].append(fact)
    order = attrgetter("occurred_at", "position", "event_id")
    return {name: sorted(facts, key=order) for name, facts in found.items()}


def samples(groups: Sequence[Sequence[Case]], labels: dict[str, Label]) -> Iterator[Sample]:
    """What one conversation teaches; arguable labels teach nothing."""
    for before, group in pairwise(groups):
        label = _label(before[-1], labels, "rephrased")
        if label is not None:
            yield Sample("again", again_signals(before[-1], group[0].turn), "rephrased" in label["reasons"])
    for group in groups:
        case = group[-1]
        if not case.turn.episode.words:
            continue
        label = _label(case, labels, "rejected")
        if label is not None and not case.turn.episode.low_scores:
            yield Sample("against", against_signals(case), "rejected" in label["reasons"])
        label = _label(case, labels, "low_confidence")
        if label is not None and case.unsure:
            yield Sample("helped", against_signals(case), "low_confidence" not in label["reasons"])


def _label(case: Case, labels: dict[str, Label], reason: str) -> Label | None:
    found = (labels.get(part.event_id) for part in (case.turn.head, *case.turn.parts))
    label = next((label for label in found if label is not None), None)
    if case.answer is None or label is None or label["optional"] or reason in label["reasons_optional"]:
        return None
    return label


def all_samples(reader: AnswerReader) -> list[Sample]:
    """What all conversations teach, in the order of the files."""
    found: list[Sample] = []
    for file, labelled in readable():
        labels: dict[str, Label] = {}
        for line in labelled.read_text("utf-8").splitlines():
            label = json.loads(line)
            labels |= dict.fromkeys((*label["group_event_ids"], label["event_id"]), label)
        for facts in conversations(file).values():
            walk = Walk(Readings(reader))
            walk.run(facts)
            found += samples(weigh(walk.episodes), labels)
    return found


def fitted(found: Sequence[Sample], cost: float) -> tuple[list[float], float]:
    """Weights and bias; signals are first made about as loud as one another."""
    signals = np.asarray([sample.signals for sample in found])
    loud = np.sqrt(signals.std(axis=0)) + 0.05
    model = LogisticRegression(C=cost, max_iter=5000).fit(signals / loud, [sample.holds for sample in found])
    return [round(float(weight), 4) for weight in model.coef_[0] / loud], round(float(model.intercept_[0]), 4)


def main(arguments: Sequence[str]) -> None:
    """Train, write the file, and say what it learned from."""
    out = Path(arguments[0]) if arguments else DEFAULT_OUT
    rows = [row for row in exchanges() if row.part == "train" and row.id < FROM_CHATS]
    stranger = ExchangeReader(load_said_reader(), exchange_model(trained(rows, Cases())))
    found = all_samples(AnswerReader(load_answer_cues(), stranger))
    written = {}
    for name, cost in COSTS.items():
        own = [sample for sample in found if sample.model == name]
        weights, bias = fitted(own, cost)
        names = AGAIN_SIGNALS if name == "again" else AGAINST_SIGNALS
        written[name] = {"bias": bias, "weights": dict(zip(names, weights, strict=True))}
        print(f"{name}: {len(own)} cases, {sum(sample.holds for sample in own)} hold")
    out.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {out} ({out.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main(sys.argv[1:])
