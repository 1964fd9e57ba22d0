"""One conversation being written: who says what when, and what is true of each question."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from msgspec import Struct

from streams.demo.facts import Facts
from streams.demo.model import REPLY_LIMIT_MS, TruthQuestion
from streams.demo.scenarios import Family, IncidentPlan, Language, RegressionPlan, Shop
from streams.demo.speech import Speaker, pick
from streams.demo.timeline import Pool

Event = dict[str, Any]
Timed = tuple[int, str, Event]


class Setting(Struct, frozen=True):
    """Where and when a conversation takes place.

    `base` holds the fields that all its events share; `incident` and
    `regression` are set while they hit this shop.
    """

    shop: Shop
    conversation_id: str
    started_ms: int
    bot_version: str
    base: Event
    families: Pool
    incident: IncidentPlan | None
    regression: RegressionPlan | None


class Conversation:
    """Appends events in order of time and keeps the truth of each question beside them."""

    def __init__(self, rng: Random, language: Language, setting: Setting, speaker: Speaker) -> None:
        self.rng = rng
        self.language = language
        self.setting = setting
        self.speaker = speaker
        self.facts: Facts = speaker.facts
        self.now = setting.started_ms
        self.events: list[Timed] = []
        self.questions: list[TruthQuestion] = []
        self.agent_id = ""
        self.resolved = True

    def talk(self, name: str) -> str:
        """A filled line of talk.yaml."""
        return self.speaker.fill(pick(self.rng, self.language.talk[name]))

    def chance(self, share: float) -> bool:
        """True with probability `share`."""
        return self.rng.random() < share

    def wait(self, low_s: float, high_s: float) -> None:
        """Time passes, a uniform number of seconds."""
        self.now += int((low_s + (high_s - low_s) * self.rng.random()) * 1000)

    def _add(self, kind: str, **fields: Any) -> str:
        setting = self.setting
        event_id = f"{setting.conversation_id}.{len(self.events):x}"
        event = {"event_id": event_id, "type": kind, "occurred_at": "", **setting.base, **fields}
        self.events.append((self.now, event_id, event))
        return event_id

    def status(self, status: str, reason: str = "") -> str:
        """A chat.status event."""
        return self._add("chat.status", status=status, **({"reason": reason} if reason else {}))

    def customer(self, text: str) -> str:
        """The customer types `text` now."""
        return self._add("chat.message", sender="customer", text=text)

    def system(self, text: str) -> str:
        """A system notice."""
        return self._add("chat.message", sender="system", text=text)

    def bot(self, text: str, intent: str, confidence: float | None, fallback: bool | None = None) -> str:
        """The bot answers 1 to 3 s later."""
        self.wait(1.0, 3.0)
        bot: Event = {"version": self.setting.bot_version, "intent": intent}
        if confidence is not None:
            bot["confidence"] = round(confidence, 2)
        if fallback is not None:
            bot["is_fallback"] = fallback
        if intent not in ("unknown", "chitchat") and self.chance(0.6):
            bot["answer_id"] = f"KB-{intent}"
        return self._add("chat.message", sender="bot", text=text, bot=bot)

    def agent(self, text: str) -> str:
        """The agent on this conversation says `text` now."""
        self.agent_id = self.agent_id or pick(self.rng, self.setting.shop.agents)
        return self._add("chat.message", sender="agent", text=text, agent_id=self.agent_id)

    def rating(self, score: int, scale_max: int, **fields: str) -> str:
        """A CSAT score or a thumb."""
        return self._add("rating", score=score, scale_max=scale_max, **fields)

    def agent_wait(self) -> None:
        """An agent's typing and queueing time: log-normal, 20 to 160 s, so that it counts as a reply."""
        self.now += int(1000 * min(160.0, max(20.0, self.rng.lognormvariate(4.0, 0.6))))

    def late_wait(self) -> None:
        """A wait that breaks the 180 s limit beyond doubt."""
        self.wait(210, 600)

    def ask(self, family: Family, lines: Sequence[str]) -> TruthQuestion:
        """The customer asks, over as many messages as `lines`; the last one carries the question."""
        ids: list[str] = []
        for text in self.speaker.parts(lines):
            if ids:
                self.wait(1.5, 6)
            ids.append(self.customer(text))
        question = TruthQuestion(
            event_id=ids[-1],
            conversation_id=self.setting.conversation_id,
            shop_id=self.setting.shop.id,
            group_event_ids=tuple(ids),
            topic=family.topic,
            family=family.name,
            bot_version=self.setting.bot_version,
            asked_ms=self.now,
        )
        self.questions.append(question)
        return question

    def last_text(self) -> str:
        """The text of the newest event."""
        text: str = self.events[-1][2]["text"]
        return text

    def finish(self) -> None:
        """No more events: the verdicts are settled."""
        for question in self.questions:
            question.settled_ms = max(self.now, question.asked_ms + REPLY_LIMIT_MS) + 1


def mark(question: TruthQuestion, *reasons: str, maybe: tuple[str, ...] = ()) -> None:
    """`question` went unanswered for `reasons`; `maybe` are arguable ones."""
    question.unanswered = True
    question.reasons += tuple(reason for reason in reasons if reason not in question.reasons)
    question.reasons_optional += tuple(
        r for r in maybe if r not in question.reasons_optional + question.reasons
    )
