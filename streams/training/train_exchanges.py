"""Train the models of exchanges: `python -m streams.training.train_exchanges [OUT]`; needs scikit-learn.

Data: `processors/language/corpus/exchanges.tsv` without its held-out part. Model: two logistic
regressions, fitted by L-BFGS, on n-grams and on signals; the reaction's also on what the reply's
says of rows that it was not fitted on. Same files, same libraries: the same bytes. Train anew
after a change of the lexicons, of the rules, of the tagger or of the corpus.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from processors.answers import AnswerReader
from processors.exchange_kinds import REACTION_KINDS, REPLY_KINDS
from processors.exchange_signals import REACTION_SIGNALS, REPLY_SIGNALS, ReactionCase, ReplyCase
from processors.exchange_text import Whole
from processors.grams import BITS
from processors.tags import Tagger
from streams.answer_cues import load_answer_cues
from streams.exchange_weights import load_said_reader
from streams.language import load_language
from streams.tag_weights import load_tag_model
from streams.training.corpus import Exchange, exchanges

DEFAULT_OUT = Path(__file__).parents[2] / "processors" / "language" / "exchange_model.npz"
REPLY_COST, REACTION_COST = 0.3, 0.5
"""Inverse of the L2 penalty, chosen on the held-out part and on exchanges of hands that were left out."""
ROUNDS = 500
REPLY_GAIN, REACTION_GAIN = 5.0, 3.0
"""How loud n-grams are beside signals before the penalty; chosen likewise."""
LEAST = 2
"""Messages that an n-gram must occur in."""
_NEAR, _EVERY, _CROSSED = 2, 4, 5
"""Lines between a question and the next; one in how many answers is turned away from, is given to another."""
_WHETHER = re.compile(r"(.)[不没]\1|[吗么不没嘛伐]([ ,.?!~]|$)|能|可以|有没有|支持")
_AGREES = re.compile(r"^(亲[,~ ]*)?(不?可以|不?能|没?有|不?会|不?支持|是|不是|行|不行|都)")


class Design(NamedTuple):
    """Features of messages: n-grams, then signals; and the numbers of the n-grams."""

    features: csr_matrix
    grams: Whole
    gain: float


class Cases:
    """Turns exchanges into the cases that the models judge."""

    def __init__(self) -> None:
        language = load_language()
        self._said = load_said_reader().read
        self._reader = AnswerReader(load_answer_cues())
        self._tagger = Tagger(language, load_tag_model())

    def reply(self, row: Exchange) -> ReplyCase:
        """The reply of an exchange."""
        reading = self._reader.reply(row.reply)
        return ReplyCase(self._said(row.question), self._said(row.reply), reading, row.sender == "agent")

    def reaction(self, row: Exchange, chances: Sequence[float]) -> ReactionCase:
        """The reaction of an exchange, `chances` being those of its reply."""
        tags = self._tagger.tag(row.reaction)
        return ReactionCase(
            self.reply(row),
            tuple(map(float, chances)),
            self._said(row.reaction),
            self._reader.customer(row.reaction),
            self._reader.customer(row.question),
            tags.is_question,
            tags.nature,
        )


def design(cases: Sequence[ReplyCase] | Sequence[ReactionCase], gain: float) -> Design:
    """Features of cases, their n-grams `gain` times as loud as signals."""
    texts = [np.asarray(case.said.numbers) for case in cases]
    owners = np.repeat(np.arange(len(texts)), list(map(len, texts)))
    scale = np.repeat([1 / max(1, len(text)) ** 0.5 for text in texts], list(map(len, texts)))
    counts = csr_matrix((scale, (owners, np.concatenate(texts))), shape=(len(texts), 1 << BITS))
    counts.sum_duplicates()
    grams = np.flatnonzero(np.bincount(counts.indices, minlength=1 << BITS) >= LEAST)
    signals = np.asarray([case.signals() for case in cases])
    blocks = [counts[:, grams] * gain, csr_matrix(signals)]
    return Design(csr_matrix(hstack(blocks)), grams, gain)


def turned_away(rows: Sequence[Exchange]) -> list[Exchange]:
    """Exchanges in which the customer goes on to another question after an answer, made of two lines of the
    corpus that stand near each other and so are often of one trade."""
    return [
        row._replace(reaction=rows[place + _NEAR].question, reaction_kind="new_question")
        for place, row in enumerate(rows[:-_NEAR])
        if place % _EVERY == 0 and row.reply_kind == "answers"
    ]


def _could_answer(question: str, reply: str) -> bool:
    """可以的 is an answer to many questions."""
    return bool(_WHETHER.search(question) and _AGREES.search(reply))


def crossed(rows: Sequence[Exchange]) -> list[Exchange]:
    """Good answers given to other questions, in the style of the right ones: style cannot tell them apart."""
    good = [row for row in rows if row.reply_kind == "answers"]
    return [
        row._replace(reply=good[place - 1 - place % 3].reply, reply_kind="wrong", reaction="")
        for place, row in enumerate(good)
        if place % _CROSSED == 0 and not _could_answer(row.question, good[place - 1 - place % 3].reply)
    ]


def regression(cost: float) -> LogisticRegression:
    """The model, unfitted."""
    return LogisticRegression(C=cost, max_iter=ROUNDS)


def unseen_chances(made: Design, rows: Sequence[Exchange]) -> dict[str, NDArray[np.float64]]:
    """What a model fitted on the other half of the file says of each exchange, in the order of `REPLY_KINDS`.

    The halves are of different hands, so the chances are as unsure as those of a shop never seen.
    """
    kinds = np.array([row.reply_kind for row in rows])
    middle = sorted({row.id for row in rows})[len({row.id for row in rows}) // 2]
    first = np.array([row.id < middle for row in rows])
    chances: dict[str, NDArray[np.float64]] = {}
    for half in (first, ~first):
        model = regression(REPLY_COST).fit(made.features[~half], kinds[~half])
        order = [list(model.classes_).index(kind) for kind in REPLY_KINDS]
        found = model.predict_proba(made.features[half])[:, order]
        for place, chance in zip(np.flatnonzero(half).tolist(), found, strict=True):
            chances.setdefault(rows[place].id, chance)
    return chances


def fitted(
    made: Design, kinds: Sequence[str], names: Sequence[str], cost: float
) -> dict[str, NDArray[np.generic]]:
    """The arrays of one model: n-grams of 8 bits, each column scaled by its greatest; signals of 32."""
    model = regression(cost).fit(made.features, kinds)
    order = [list(model.classes_).index(name) for name in names]
    weights, first = model.coef_[order].T, len(made.grams)
    grams = weights[:first] * made.gain
    scale = np.abs(grams).max(axis=0) / 127
    return {
        "numbers": made.grams.astype(np.int32),
        "grams": np.round(grams / scale).astype(np.int8),
        "scale": scale.astype(np.float32),
        "signals": weights[first:].astype(np.float32),
        "bias": model.intercept_[order].astype(np.float32),
    }


def trained(rows: Sequence[Exchange], cases: Cases) -> dict[str, NDArray[np.generic]]:
    """The arrays of both models, fitted on exchanges, as one file holds them."""
    replied = [*rows, *crossed(rows)]
    replies = design([cases.reply(row) for row in replied], REPLY_GAIN)
    reply_kinds = [row.reply_kind for row in replied]
    chances = unseen_chances(replies, replied)
    reacted = [row for row in rows if row.reaction] + turned_away(rows)
    reactions = design([cases.reaction(row, chances[row.id].tolist()) for row in reacted], REACTION_GAIN)
    reaction_kinds = [row.reaction_kind for row in reacted]
    models = {
        "reply": fitted(replies, reply_kinds, REPLY_KINDS, REPLY_COST),
        "reaction": fitted(reactions, reaction_kinds, REACTION_KINDS, REACTION_COST),
    }
    arrays = {f"{name}_{part}": array for name, model in models.items() for part, array in model.items()}
    for name, lines in (("reply", REPLY_SIGNALS), ("reaction", REACTION_SIGNALS)):
        arrays[f"{name}_names"] = np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)
    return arrays


def main(arguments: Sequence[str]) -> None:
    """Train, write the file, and say what it learned from."""
    out = Path(arguments[0]) if arguments else DEFAULT_OUT
    rows = [row for row in exchanges() if row.part == "train"]
    np.savez_compressed(out, **trained(rows, Cases()))  # type: ignore[arg-type]
    print(f"{len(rows):,} exchanges: {dict(Counter(row.reply_kind for row in rows))}")
    print(f"wrote {out} ({out.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main(sys.argv[1:])
