"""Wires the processors: facts in, verdicts out.

Holds the conversations that were touched lately, at most `MAX_HELD_FACTS` facts
of them, so memory does not grow with the stream; the runtime reads an evicted
conversation back from storage when it is touched again. Both runtimes drive
this one class.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from processors.answers import AnswerReader
from processors.conversation import ChatFact, Conversation
from processors.facts import Facts
from processors.rows import ConversationRow, TurnRow

MAX_HELD_FACTS = 60_000
"""About 100 MB of facts; a busy hour of a shop with 2,000 chats an hour is 30,000."""

FOREVER_MS = 1 << 62

Key = tuple[str, str, str]
"""(shop_id, channel, conversation_id)"""


class Verdicts(NamedTuple):
    """The rows derived from a batch of facts."""

    turns: list[TurnRow]
    conversations: list[ConversationRow]


class Pipeline:
    """Conversations by key, their timers, and the rule which of them stay in memory."""

    def __init__(
        self, reader: AnswerReader, no_reply_ms: int = 180_000, held_facts: int = MAX_HELD_FACTS
    ) -> None:
        self._reader = reader
        self._no_reply_ms = no_reply_ms
        self._limit = held_facts
        self._held: OrderedDict[Key, Conversation] = OrderedDict()
        self._sizes: dict[Key, int] = {}
        self._facts = 0
        self._timers: list[tuple[int, Key]] = []
        self._deadlines: dict[Key, int] = {}

    def __len__(self) -> int:
        return len(self._held)

    def missing(self, keys: Iterable[Key]) -> list[Key]:
        """Those of `keys` that are not held: restore them if storage knows them."""
        return [key for key in keys if key not in self._held]

    def restore(self, key: Key, facts: Iterable[ChatFact]) -> None:
        """Hold the conversation `key` again, from its stored facts."""
        conversation = Conversation(self._reader, self._no_reply_ms)
        conversation.restore(facts)
        self._hold(key, conversation)
        # Its open questions wait on: the timers live here, not in storage.
        self._set_timer(key, conversation.on_watermark(0).deadline_ms)

    def apply(self, facts: Facts, now_ms: int) -> Verdicts:
        """Take a batch of facts and judge every conversation it touches, as of event time `now_ms`."""
        touched: dict[Key, None] = {}
        for fact in chat_facts(facts):
            key = key_of(fact)
            touched[key] = None
            conversation = self._held.get(key)
            if conversation is None:
                conversation = self._hold(key, Conversation(self._reader, self._no_reply_ms))
            conversation.on_event(fact)
        verdicts = self._judge(touched, now_ms)
        self._evict()
        return verdicts

    def due(self, now_ms: int) -> list[Key]:
        """Conversations with a question whose time has run out at `now_ms`."""
        return [key for key, deadline in self._deadlines.items() if deadline <= now_ms]

    def next_deadline(self) -> int | None:
        """The earliest time at which a timer fires, or None."""
        while self._timers and self._deadlines.get(self._timers[0][1]) != self._timers[0][0]:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def on_watermark(self, now_ms: int) -> Verdicts:
        """Judge the conversations whose timers fired; those `missing` must be restored before."""
        if self._deadline_ahead(now_ms):
            return Verdicts([], [])
        verdicts = self._judge(self.due(now_ms), now_ms)
        self._evict()
        return verdicts

    def _deadline_ahead(self, now_ms: int) -> bool:
        deadline = self.next_deadline()
        return deadline is None or deadline > now_ms

    def _judge(self, keys: Iterable[Key], now_ms: int) -> Verdicts:
        verdicts = Verdicts([], [])
        for key in keys:
            outcome = self._held[key].on_watermark(now_ms)
            verdicts.turns.extend(outcome.turns)
            verdicts.conversations.append(outcome.conversation)
            self._set_timer(key, outcome.deadline_ms)
            self._measure(key)
        return verdicts

    def _set_timer(self, key: Key, deadline_ms: int | None) -> None:
        if deadline_ms is None:
            self._deadlines.pop(key, None)
        elif self._deadlines.get(key) != deadline_ms:
            self._deadlines[key] = deadline_ms
            heapq.heappush(self._timers, (deadline_ms, key))

    def _hold(self, key: Key, conversation: Conversation) -> Conversation:
        self._held[key] = conversation
        self._measure(key)
        return conversation

    def _measure(self, key: Key) -> None:
        size = len(self._held[key].snapshot())
        self._facts += size - self._sizes.get(key, 0)
        self._sizes[key] = size
        self._held.move_to_end(key)

    def _evict(self) -> None:
        # The least lately touched go first; their timers stay, and fire through `due`.
        while self._facts > self._limit and len(self._held) > 1:
            key, _ = self._held.popitem(last=False)
            self._facts -= self._sizes.pop(key)


def chat_facts(facts: Facts) -> Sequence[ChatFact]:
    """The facts of `facts` that belong to a conversation: reviews and complaints do not."""
    rows: list[ChatFact] = [row for row in facts.messages if row.conversation_id]
    rows.extend(facts.statuses)
    rows.extend(row for row in facts.ratings if row.conversation_id)
    return rows


def key_of(fact: ChatFact) -> Key:
    """The conversation a fact belongs to; ids are unique within a shop and channel only."""
    return fact.shop_id, fact.channel, fact.conversation_id
