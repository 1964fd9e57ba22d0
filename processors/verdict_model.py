"""Small calibrated models over what the lists, the exchange models and the course of a chat say.

Three questions, each a logistic regression over named signals: whether a question asks what the
one before asked (`again`), whether the customer is against the answer (`against`), and whether an
unsure answer helped (`helped`). Sums go in the order of the names, so a chance is the same on
any machine. Trained by `streams.training.train_verdicts`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from processors import customer_words as word
from processors.cases import Case, different_aim, nearness, related
from processors.dialogue import Turn
from processors.exchange_kinds import REPLY_KINDS

AGAIN, AGAINST, HELPED = 0.4, 0.4, 0.4
"""Chances from which it is so; all lie on plateaus of the conversations that the models learn from."""
_PATIENCE_MS = 600_000
_SAID = ("accepts", "rejects", "rephrases", "follows_up", "new_question", "asks_human")

AGAIN_SIGNALS = (
    *("near", "other aim", "same aim", "related"),
    *(f"said {kind}" for kind in _SAID),
    *("reply answers", "reply generic", "reply wrong"),
    *("unsure", "bot", "no answer"),
    *("accepted before", "rejected before", "objects", "fails", "other subject"),
    *("insists", "doubts", "follows", "confirms", "context", "wait"),
)
"""Names of the signals of a question and the one before it, in the order of `again`."""

AGAINST_SIGNALS = (
    *(f"reply {kind}" for kind in REPLY_KINDS),
    *("unsure", "bot", "no answer"),
    *(f"first {kind}" for kind in _SAID),
    *(f"most {kind}" for kind in _SAID),
    *("takes", "rejects", "fails", "weak", "thanks", "insists", "doubts"),
    *("asks", "only cues", "more said", "handed over", "wants a human", "human came"),
    *("accepted last", "rejected last", "low score", "said again", "complaint"),
)
"""Names of the signals of an answer and what the customer said of it, in the order of `against`."""


class Linear(Struct, frozen=True):
    """A logistic regression: a weight for each signal, in order, and the bias."""

    weights: tuple[float, ...]
    bias: float

    def chance(self, signals: Sequence[float]) -> float:
        """The probability; a plain sum in order."""
        total = self.bias
        for weight, value in zip(self.weights, signals, strict=True):
            total += weight * value
        return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, total))))


class VerdictModel(Struct, frozen=True):
    """The three models: `again` of `AGAIN_SIGNALS`, the others of `AGAINST_SIGNALS`."""

    again: Linear
    against: Linear
    helped: Linear

    def asks_again(self, old: Case, new: Turn) -> bool:
        """Whether `new` asks what `old` asked."""
        return self.again.chance(again_signals(old, new)) >= AGAIN

    def objects(self, case: Case) -> bool:
        """Whether the customer's words are against the answer."""
        return self.against.chance(against_signals(case)) >= AGAINST

    def took(self, case: Case) -> bool:
        """Whether the customer's words show that an unsure answer helped."""
        return self.helped.chance(against_signals(case)) >= HELPED


def again_signals(old: Case, new: Turn) -> list[float]:
    """Values of `AGAIN_SIGNALS`."""
    first, episode = new.asks[0], old.turn.episode
    asked_before = bool(old.turn.asks_for & new.asks_for)
    wait = new.parts[0].occurred_at - old.answer.occurred_at if old.answer is not None else 0
    marks = (
        old.unsure,
        old.by_bot,
        old.poor and not old.unsure,
        old.accepted or episode.last_word == word.ACCEPT,
        episode.last_word == word.REJECT,
        first.event_id in episode.rejected,
        first.event_id in episode.failed_again,
        new.changed,
        *(new.flags & bit for bit in (word.INSIST, word.DOUBT)),
        new.follows,
        new.flags & word.CONFIRM,
        len(new.parts) > len(new.asks),
    )
    return [
        nearness(old.turn, new),
        float(different_aim(old.turn, new)),
        float(asked_before),
        float(related(old.turn.head, first)),
        *(new.chance(kind) for kind in _SAID),
        *(old.chance(kind) for kind in ("answers", "generic", "wrong")),
        *(float(bool(mark)) for mark in marks),
        max(0.0, min(1.0, wait / _PATIENCE_MS)),
    ]


def against_signals(case: Case) -> list[float]:
    """Values of `AGAINST_SIGNALS`."""
    episode = case.turn.episode
    words = [said for _, said in episode.words]
    first = words[0] if words else None
    flags = 0
    for said in words:
        flags |= said.flags
    marks = (
        *(flags & bit for bit in (word.ACCEPT, word.REJECT, word.FAIL, word.WEAK, word.THANKS)),
        *(flags & bit for bit in (word.INSIST, word.DOUBT)),
        first is not None and first.asking,
        first is not None and first.pure,
        len(words) > 1,
        episode.handed,
        episode.human,
        episode.agents,
        episode.last_word == word.ACCEPT,
        episode.last_word == word.REJECT,
        episode.low_scores,
        "rephrased" in case.evidence,
        case.turn.head.nature == "complaint",
    )
    return [
        *(case.chance(kind) for kind in REPLY_KINDS),
        float(case.unsure),
        float(case.by_bot),
        float(case.poor and not case.unsure),
        *(first.chance(kind) if first is not None else 0.0 for kind in _SAID),
        *(max((said.chance(kind) for said in words), default=0.0) for kind in _SAID),
        *(float(bool(mark)) for mark in marks),
    ]
