"""The state machine of a conversation: pairs questions with answers, decides unanswered and why.

State: the facts of one conversation, and nothing else. Every outcome is derived from the
sorted set of facts and from how far time has come, so late, repeated, replayed and
out-of-order facts need no case of their own, and a restart restores from stored facts.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import NamedTuple

from processors.answers import AnswerReader
from processors.customer_words import HUMAN
from processors.dialogue import ChatFact
from processors.readings import Readings
from processors.rows import ConversationRow, MessageRow, TurnRow
from processors.totals import Totals
from processors.turn_rows import conversation_row, turn_row, withdrawn_row
from processors.verdicts import judge
from processors.walk import Walk

__all__ = ["ChatFact", "Conversation", "Outcome"]

_ORDER = attrgetter("occurred_at", "position", "event_id")
_VERSION_BITS = 20
"""A conversation has fewer than a million questions; the facts count above them."""


class Outcome(NamedTuple):
    """Rows of a conversation as of a moment; `deadline_ms`: when its first open question times out."""

    turns: list[TurnRow]
    conversation: ConversationRow
    deadline_ms: int | None


class Conversation:
    """One conversation of a shop and channel; `no_reply_ms` is how long a customer may wait."""

    def __init__(self, reader: AnswerReader, no_reply_ms: int = 180_000) -> None:
        self._readings = Readings(reader)
        self._no_reply_ms = no_reply_ms
        self._facts: dict[str, ChatFact] = {}
        self._sorted: list[ChatFact] | None = None

    def __len__(self) -> int:
        return len(self._facts)

    def on_event(self, fact: ChatFact) -> None:
        """Take a fact; one whose `event_id` is known replaces the known one."""
        known = self._facts.get(fact.event_id)
        if known is not None:
            self._readings.forget(fact.event_id)
        self._facts[fact.event_id] = fact
        self._sorted = None

    def use(self, reader: AnswerReader) -> None:
        """Read all messages with `reader` from now on."""
        if reader is not self._readings.reader:
            self._readings = Readings(reader)

    def on_watermark(self, now_ms: int) -> Outcome:
        """Rows as of `now_ms` (epoch milliseconds).

        Raises `ValueError` while no fact was taken: there is no conversation to speak of.
        """
        facts = self._in_order()
        if not facts:
            raise ValueError("Conversation.on_watermark before any fact: call on_event or restore first.")
        walk = Walk(self._readings)
        walk.run(facts)
        horizon = max(now_ms, facts[-1].occurred_at)
        judged = judge(walk.episodes, horizon, walk.closed_at, self._no_reply_ms, self._readings.verdicts)
        decided = sum(verdict.state != "open" for _, verdict in judged)
        totals = Totals(facts, self._wants_human)
        version = (len(facts) << _VERSION_BITS) | decided
        turns = [turn_row(turn, verdict, totals, version) for turn, verdict in judged]
        heads = {turn.event_id for turn in turns}
        turns += [withdrawn_row(row, version) for row in walk.candidates if row.event_id not in heads]
        deadline = min((verdict.due for _, verdict in judged if verdict.due is not None), default=None)
        return Outcome(turns, conversation_row(facts, judged, totals, version), deadline)

    def snapshot(self) -> list[ChatFact]:
        """The facts held, in order of time."""
        return list(self._in_order())

    def restore(self, facts: Iterable[ChatFact]) -> None:
        """Take facts from `snapshot` or from storage, besides those already held."""
        for fact in facts:
            self.on_event(fact)

    def _in_order(self) -> list[ChatFact]:
        if self._sorted is None:
            self._sorted = sorted(self._facts.values(), key=_ORDER)
        return self._sorted

    def _wants_human(self, row: MessageRow) -> bool:
        return bool(self._readings.customer(row).flags & HUMAN)
