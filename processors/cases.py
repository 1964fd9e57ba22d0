"""A question on its way to a verdict: the reply to judge it by, and what will be shown."""

from __future__ import annotations

from processors import reply_words as kinds
from processors.dialogue import Replied, Turn
from processors.reply_words import ReplyReading
from processors.rows import MessageRow
from processors.wording import dice, overlap

LOW_CONFIDENCE = 0.5
MOST_COMPARED = 8
"""Replies or turns compared with one another; bounds the cost of a hostile conversation."""


class Case:
    """A turn, the `answer` it is judged by with its `reading` and `kind`, the `evidence` of each reason.

    `chain`: the bot's answer to the same question before, which a human may correct.
    """

    __slots__ = ("answer", "chain", "evidence", "kind", "reading", "turn")

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self.evidence: dict[str, list[str]] = {}
        self.chain: Replied | None = None
        picked = _pick(turn)
        self.answer: MessageRow | None = picked[0] if picked else None
        self.reading: ReplyReading | None = picked[1] if picked else None
        self.kind = picked[1].kind if picked else ""

    @property
    def is_last(self) -> bool:
        """The last question of its episode, which what was said of the replies is about."""
        return self.turn is self.turn.episode.turns[-1]

    @property
    def by_bot(self) -> bool:
        """Whether a bot gave the answer."""
        return self.answer is not None and self.answer.sender == "bot"

    @property
    def accepted(self) -> bool:
        """Whether the customer took the answer."""
        return self.is_last and bool(self.turn.episode.accepted)

    @property
    def unsure(self) -> bool:
        """Whether the bot's own confidence in its answer is low."""
        answer = self.answer
        return (
            answer is not None
            and answer.bot_confidence is not None
            and answer.bot_confidence < LOW_CONFIDENCE
        )

    @property
    def poor(self) -> bool:
        """Whether the answer is none, or unsure."""
        return self.kind != kinds.ANSWER or self.unsure

    def chance(self, kind: str) -> float:
        """The chance that the answer is such a reply; 0 where none was weighed."""
        return self.reading.chance(kind) if self.reading is not None else 0.0


def _pick(turn: Turn) -> Replied | None:
    """The reply to judge: the turn's own among several, an answer before a non-answer."""
    found, turns, place = turn.episode.said, len(turn.episode.turns), turn.place
    one_each = 1 < turns <= len(found)
    start = place if one_each else 0
    own = found[start : start + (1 if one_each and place < turns - 1 else MOST_COMPARED)]
    for reply in own:
        if reply[1].kind == kinds.ANSWER:
            return reply
    return own[0] if own else None


def nearness(old: Turn, new: Turn) -> float:
    """How much of the wording two questions share."""
    return max(dice(old.grams, new.grams), _contained(old, new))


def _contained(old: Turn, new: Turn) -> float:
    """The whole subject of a short question comes back, unless it is but one word."""
    return overlap(old.grams, new.grams) * 0.75 if min(len(old.grams), len(new.grams)) >= 2 else 0.0


def different_aim(old: Turn, new: Turn) -> bool:
    """Whether they ask for different things: when, where, how much."""
    return bool(old.asks_for and new.asks_for) and not old.asks_for & new.asks_for


def related(one: MessageRow, two: MessageRow) -> bool:
    """Whether two messages share a keyword or a topic."""
    if any(keyword in two.keywords for keyword in one.keywords):
        return True
    return any(topic in two.topics for topic in one.topics if topic != "other")
