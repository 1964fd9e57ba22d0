"""Wires the processors: facts in, verdicts out.

Holds the conversations that were touched lately, at most `MAX_HELD_FACTS` facts
of them, so memory does not grow with the stream; the runtime reads an evicted
conversation back from storage when it is touched again. Both runtimes drive
this one class.

A conversation is *due* when it was touched or when its timer fired, and stays due
until the runtime says that its verdicts are `written`: a write that fails loses nothing.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from processors.answers import AnswerReader
from processors.conversation import ChatFact, Conversation
from processors.facts import Facts
from processors.rows import ConversationRow, RatingRow, TurnRow

MAX_HELD_FACTS = 60_000
"""About 100 MB of facts; a busy hour of a shop with 2,000 chats an hour is 30,000."""

FOREVER_MS = 1 << 62

LARGE = 1_000
"""Facts beyond which a conversation is not judged with every batch; hardly a chat has a tenth of it."""
GROWTH = 16
"""A large conversation is judged when it has grown by a sixteenth: in all at most 17 times its length."""
PATIENCE_MS = 60_000
"""So long, in event time and for each `LARGE` facts of it, may a large conversation's rows lag behind."""

Key = tuple[str, str, str]
"""(shop_id, channel, conversation_id)"""


class Failure(NamedTuple):
    """A conversation that a defect keeps from being judged; its facts are stored all the same."""

    key: Key
    error: Exception


class Verdicts(NamedTuple):
    """The rows derived from facts, and what could not be judged.

    `rated`: the ratings in these conversations. Rollups count a rating under the bot
    version, topic and product of its conversation, which a new fact may change.
    """

    turns: list[TurnRow]
    conversations: list[ConversationRow]
    rated: list[RatingRow]
    failures: list[Failure]


class Pipeline:
    """Conversations by key, their timers, and the rule which of them stay in memory."""

    def __init__(
        self, reader: AnswerReader, no_reply_ms: int = 180_000, held_facts: int = MAX_HELD_FACTS
    ) -> None:
        self.no_reply_ms = no_reply_ms
        self._reader = reader
        self._limit = held_facts
        self._held: OrderedDict[Key, Conversation] = OrderedDict()
        self._facts = 0
        self._due: dict[Key, None] = {}
        self._timers: list[tuple[int, Key]] = []
        self._deadlines: dict[Key, int] = {}
        self._judged: dict[Key, int] = {}

    def __len__(self) -> int:
        return len(self._held)

    def use(self, reader: AnswerReader) -> None:
        """Read with `reader` from now on: a conversation whose question is open, from its next fact on.

        Verdicts are told apart by the facts they rest on: other ones on the same facts could not win.
        """
        self._reader = reader
        for key, conversation in self._held.items():
            if key not in self._deadlines and key not in self._due:
                conversation.use(reader)

    def missing(self, keys: Iterable[Key]) -> list[Key]:
        """Those of `keys` that are not held: restore them if storage knows them."""
        return [key for key in keys if key not in self._held]

    def restore(self, key: Key, facts: Iterable[ChatFact]) -> None:
        """Hold the conversation `key` again, from its stored facts; it is due, whatever it was before."""
        for fact in facts:
            self._hold(key, fact)
        self._due[key] = None

    def take(self, facts: Facts, now_ms: int) -> None:
        """Take a batch of facts; the conversations that it touches are due, large ones a little later."""
        touched: dict[Key, None] = {}
        for fact in chat_facts(facts):
            key = key_of(fact)
            touched[key] = None
            self._hold(key, fact)
        for key in touched:
            if self._may_wait(key):
                judge_by = now_ms + PATIENCE_MS * (len(self._held[key]) // LARGE)
                self._set_timer(key, min(judge_by, self._deadlines.get(key, FOREVER_MS)))
            else:
                self._due[key] = None

    def forget(self, keys: Iterable[Key]) -> None:
        """Let go of conversations whose newest facts could not be stored: storage knows what is true."""
        for key in keys:
            conversation = self._held.pop(key, None)
            self._facts -= 0 if conversation is None else len(conversation)

    def reset(self) -> None:
        """Hold nothing and wait for nothing, as at the beginning."""
        self._held.clear()
        self._due.clear()
        self._timers.clear()
        self._deadlines.clear()
        self._judged.clear()
        self._facts = 0

    def due(self, now_ms: int) -> list[Key]:
        """Conversations to be judged at `now_ms`; those `missing` must be restored first."""
        while self._timers and self._timers[0][0] <= now_ms:
            deadline, key = heapq.heappop(self._timers)
            if self._deadlines.get(key) == deadline:
                del self._deadlines[key]
                self._due[key] = None
        return list(self._due)

    def on_watermark(self, now_ms: int) -> Verdicts:
        """Judge what is due as of event time `now_ms`."""
        verdicts = Verdicts([], [], [], [])
        for key in self.due(now_ms):
            # What is missing still has no stored fact: there is nothing to judge.
            if key in self._held:
                self._judge(key, now_ms, verdicts)
        return verdicts

    def written(self) -> None:
        """What was judged is stored: it is no longer due, and may leave memory."""
        self._due.clear()
        # The least lately touched go first; their timers stay.
        while self._facts > self._limit and len(self._held) > 1:
            _, conversation = self._held.popitem(last=False)
            self._facts -= len(conversation)

    def _judge(self, key: Key, now_ms: int, verdicts: Verdicts) -> None:
        conversation = self._held[key]
        try:
            outcome = conversation.on_watermark(now_ms)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not stop the other conversations
            verdicts.failures.append(Failure(key, error))
            self._set_timer(key, None)
            return
        verdicts.turns.extend(outcome.turns)
        verdicts.conversations.append(outcome.conversation)
        verdicts.rated.extend(fact for fact in conversation.snapshot() if isinstance(fact, RatingRow))
        self._set_timer(key, outcome.deadline_ms)
        if len(conversation) > LARGE:
            self._judged[key] = len(conversation)

    def _may_wait(self, key: Key) -> bool:
        # Judging is linear in the facts held: with every batch it would be quadratic in all.
        judged = self._judged.get(key, 0)
        return judged > 0 and (len(self._held[key]) - judged) * GROWTH < judged

    def _set_timer(self, key: Key, deadline_ms: int | None) -> None:
        if deadline_ms is None:
            self._deadlines.pop(key, None)
        elif self._deadlines.get(key) != deadline_ms:
            self._deadlines[key] = deadline_ms
            heapq.heappush(self._timers, (deadline_ms, key))

    def _hold(self, key: Key, fact: ChatFact) -> None:
        conversation = self._held.get(key)
        if conversation is None:
            conversation = self._held[key] = Conversation(self._reader, self.no_reply_ms)
        conversation.use(self._reader)
        before = len(conversation)
        conversation.on_event(fact)
        self._facts += len(conversation) - before
        self._held.move_to_end(key)


def chat_facts(facts: Facts) -> Sequence[ChatFact]:
    """The facts of `facts` that belong to a conversation: reviews and complaints do not."""
    rows: list[ChatFact] = [row for row in facts.messages if row.conversation_id]
    rows.extend(facts.statuses)
    rows.extend(row for row in facts.ratings if row.conversation_id)
    return rows


def key_of(fact: ChatFact) -> Key:
    """The conversation a fact belongs to; ids are unique within a shop and channel only."""
    return fact.shop_id, fact.channel, fact.conversation_id
