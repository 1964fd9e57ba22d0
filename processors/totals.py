"""Counts and times of a conversation as a whole."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable

from processors.dialogue import ChatFact
from processors.rows import MessageRow, StatusRow


class Totals:
    """What a conversation amounts to: times in milliseconds, `csat` in [0, 1].

    `wants_human` tells whether a customer's message asks for a human.
    """

    def __init__(self, facts: Iterable[ChatFact], wants_human: Callable[[MessageRow], bool]) -> None:
        self.customer_messages = self.bot_messages = self.agent_messages = 0
        self.handed_off = self.closed = False
        self.sentiment = "neutral"
        self.first_response_ms: int | None = None
        self.agent_wait_ms: int | None = None
        self.csat: float | None = None
        self._wants_human = wants_human
        self._asked_at: int | None = None
        self._handed_at: int | None = None
        self._topics: Counter[str] = Counter()
        self._bot_times: list[int] = []
        self._bot_versions: list[str] = []
        for fact in facts:
            if isinstance(fact, MessageRow):
                self._on_message(fact)
            elif isinstance(fact, StatusRow):
                self._on_status(fact)
            elif fact.scale_max > 1:
                self.csat = min(1.0, fact.score / fact.scale_max)

    def _on_message(self, row: MessageRow) -> None:
        if row.sender == "customer":
            self._on_customer(row)
        elif row.sender == "bot":
            self.bot_messages += 1
            if row.bot_version:
                self._bot_times.append(row.occurred_at)
                self._bot_versions.append(row.bot_version)
        elif row.sender == "agent":
            self.agent_messages += 1
            if self._handed_at is not None and self.agent_wait_ms is None:
                self.agent_wait_ms = row.occurred_at - self._handed_at
        if row.sender in ("bot", "agent") and self._asked_at is not None and self.first_response_ms is None:
            self.first_response_ms = row.occurred_at - self._asked_at

    def _on_customer(self, row: MessageRow) -> None:
        self.customer_messages += 1
        if self._asked_at is None:
            self._asked_at = row.occurred_at
        if row.sentiment in ("negative", "positive"):
            self.sentiment = row.sentiment
        if row.topics:
            self._topics[row.topics[0]] += 1
        if self._handed_at is None and self._wants_human(row):
            self._handed_at = row.occurred_at

    def _on_status(self, row: StatusRow) -> None:
        # A conversation that is opened again is no longer closed.
        if row.status in ("closed", "opened"):
            self.closed = row.status == "closed"
        elif row.status == "handoff":
            self.handed_off = True
            if self._handed_at is None:
                self._handed_at = row.occurred_at

    @property
    def topic(self) -> str:
        """The main topic of most customer texts; `other` only where there is none else."""
        named = [(topic, count) for topic, count in self._topics.items() if topic != "other"]
        return max(named, key=lambda pair: pair[1])[0] if named else "other" if self._topics else ""

    @property
    def bot_version(self) -> str:
        """The bot version seen last, or empty."""
        return self._bot_versions[-1] if self._bot_versions else ""

    def version_before(self, at: int) -> str:
        """The version of the last bot message before `at` (epoch milliseconds), or empty."""
        place = bisect_left(self._bot_times, at)
        return self._bot_versions[place - 1] if place else ""
