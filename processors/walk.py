"""One pass over the sorted facts of a conversation that finds its episodes."""

from __future__ import annotations

from collections.abc import Iterable

from processors import customer_words as word
from processors import reply_words as kinds
from processors.asking import (
    JOIN_MS,
    PROTESTS,
    asks_here,
    is_taken_up,
    may_ask,
    protests,
    reports,
    same_asking,
    says_again,
)
from processors.customer_words import CustomerReading
from processors.dialogue import PHATIC, Asked, ChatFact, Episode, Replied, Turn
from processors.readings import Readings
from processors.reply_words import ReplyReading
from processors.rows import MessageRow, RatingRow, StatusRow

HANDOFF_MS = 180_000
"""A hand-over later than this after the last word is not about the question before it."""
LOW_SHARE = 0.4
HIGH_SHARE = 0.8
"""CSAT 2 of 5 and a thumb down reject; 4 of 5 and a thumb up accept."""


class Walk:
    """Finds `episodes`; `candidates` are the messages that may ask, `closed_at` -1 if never closed.

    Customer messages without a reply between them are a *run*.
    """

    def __init__(self, readings: Readings) -> None:
        self._read = readings
        self.episodes: list[Episode] = []
        self.candidates: list[MessageRow] = []
        self.closed_at = -1
        self._by_reply: dict[str, Episode] = {}
        self._held: list[Episode] = []
        self._thumbs: list[RatingRow] = []
        self._leads: list[Asked] = []
        self._implied: set[str] = set()
        self._weighed = 0
        self._turn: Turn | None = None
        self._changed = self._run_over = self._agent_on = self._bot_on = False

    def run(self, facts: Iterable[ChatFact]) -> None:
        """Walk facts sorted by time; call it once."""
        for fact in facts:
            if isinstance(fact, MessageRow):
                if fact.sender == "customer":
                    self._on_customer(fact)
                elif fact.sender != "system":
                    self._on_reply(fact)
            elif isinstance(fact, StatusRow):
                self._on_status(fact)
            else:
                self._on_rating(fact)
        self._promote()
        for thumb in self._thumbs:
            self._rate(thumb, self._by_reply.get(thumb.about_event_id))

    def _on_customer(self, row: MessageRow) -> None:
        if self._run_over:
            self._run_over, self._turn, self._changed = False, None, False
            self._forget_leads()
        before = self.episodes[-1] if self.episodes else None
        reading = self._read.customer(row)
        if may_ask(row, reading):
            self.candidates.append(row)
        if self._turn is None:
            reading = self._read.reaction(before, row)
        asks = asks_here(row, reading, before if self._turn is None else None)
        if before is not None and (self._turn is None or not asks):
            before.take_word(row, reading, asks)
            if not self._read.customer(row).flags & (word.ACCEPT | word.ACCEPT_LEAD):
                self._implied.add(row.event_id)
        if asks:
            self._ask(row, reading)
        else:
            self._add_context(row, reading)

    def _ask(self, row: MessageRow, reading: CustomerReading) -> None:
        turn = self._turn
        changed = self._changed or bool(reading.flags & word.CHANGE)
        if (
            turn is not None
            and not changed
            and same_asking(turn, self._read.customer(turn.head), (row, reading))
        ):
            turn.add((row, reading))
        else:
            self._turn = self._new_turn(row, reading, changed)
        self._changed = False

    def _new_turn(self, row: MessageRow, reading: CustomerReading, changed: bool) -> Turn:
        earlier = ""
        if self._turn is None:
            earlier = self.episodes[-1].turns[-1].head.text if self.episodes and not changed else ""
            self._new_episode()
        episode = self.episodes[-1]
        context = [lead for lead, _ in self._leads if row.occurred_at - lead.occurred_at <= JOIN_MS]
        turn = Turn(context, (row, reading), episode, changed)
        turn.earlier = earlier
        episode.turns.append(turn)
        episode.touched_at = row.occurred_at
        self._forget_leads()
        return turn

    def _forget_leads(self) -> None:
        self._leads, self._weighed = [], 0

    def _new_episode(self) -> None:
        before = self.episodes[-1] if self.episodes else None
        if before is not None and before.first is not None and not before.answered and before.late is None:
            self._held.append(before)
        self.episodes.append(Episode(agent_on=self._agent_on, bot_on=self._bot_on))

    def _add_context(self, row: MessageRow, reading: CustomerReading) -> None:
        flags, turn = reading.flags, self._turn
        if flags & word.CHANGE and reading.pure:
            self._changed = True
            self._forget_leads()
        elif self._read.customer(row).flags & (word.ACKS | word.NUDGE) and not protests(reading):
            # Who hurries the shop on waits for an answer to what was said.
            if not flags & word.NUDGE or self._turn is not None or not self._hurried():
                self._forget_leads()
        elif flags & word.EMPTY and row.content_type == "text":
            # A sticker or an emoji is no part of a question.
            return
        elif turn is None:
            self._leads.append((row, reading))
        elif (
            not flags & (word.GREET | word.OPENER) and row.occurred_at - turn.parts[-1].occurred_at <= JOIN_MS
        ):
            turn.parts.append(row)

    def _hurried(self) -> bool:
        """Whether what was said before a nudge wants help."""
        self._promote()
        return self._turn is not None or (not self.episodes and bool(self._leads))

    def _promote(self, reply: Replied | None = None) -> None:
        """A run that only reports a problem asks for help with it; what the reply answers was asked."""
        if self._turn is not None or self._run_over:
            return
        before = self.episodes[-1] if self.episodes else None
        for place in range(self._weighed, len(self._leads)):
            row, reading = self._leads[place]
            if reports((row, reading), before) or self._taken_up((row, reading), before, reply):
                after = self._leads[place + 1 :]
                self._leads = self._leads[:place]
                self._turn = self._new_turn(row, reading, self._changed)
                self._turn.parts.extend(part for part, _ in after)
                return
        # Not again for every status of a long run.
        self._weighed = len(self._leads)

    def _taken_up(self, lead: Asked, before: Episode | None, reply: Replied | None) -> bool:
        """Who was in charge when it was said answers it: mobi? 支持,azw3也支持."""
        if reply is None or (reply[0].sender == "agent") != self._agent_on:
            return False
        phatic = PHATIC & ~word.ACKS if protests(lead[1]) else PHATIC
        if self._read.customer(lead[0]).flags & phatic or not is_taken_up(lead, before, reply):
            return False
        if before is not None:
            before.retract(lead[0].event_id)
        return True

    def _on_reply(self, row: MessageRow) -> None:
        reading = self._read.reply(row)
        self._promote((row, reading))
        if self.episodes:
            episode = self.episodes[-1]
            reading = self._read.answer(episode.turns[-1], row)
            episode.take_reply(row, reading)
            self._by_reply[row.event_id] = episode
        # After a mere welcome the customer goes on with the same question.
        self._run_over = self._turn is None or reading.kind != kinds.HELLO or self.episodes[-1].answered
        if row.sender == "agent":
            self._agent_on = True
            self._settle_held(row, reading)
        else:
            self._bot_on = True
            self._agent_on = self._agent_on and reading.kind in (kinds.HELLO, kinds.BYE, kinds.TRANSFER)

    def _settle_held(self, row: MessageRow, reading: ReplyReading) -> None:
        """An agent who was looking comes back with the answer, perhaps after another question."""
        if reading.kind == kinds.ANSWER and self._held:
            for episode in self._held:
                episode.late = row
            self._held = []

    def _on_status(self, row: StatusRow) -> None:
        self._promote()
        if row.status == "closed":
            self.closed_at = row.occurred_at
        elif row.status == "handoff":
            if self.episodes:
                self._fold()
                self._hand_over(row, self.episodes[-1])
            self._agent_on = True

    def _fold(self) -> None:
        """A human steps in at an objection that the bot had no time for: it was no question of its own."""
        if len(self.episodes) < 2 or self._turn is None:
            return
        before, last = self.episodes[-2:]
        by_bot = before.bot_answered and not before.agents and not before.agent_on
        if last.first is None and by_bot and before.last_word != word.ACCEPT and self._objects(before, last):
            self.episodes.pop()
            before.object_by(last)
            self._turn, self._run_over = None, True

    def _objects(self, before: Episode, last: Episode) -> bool:
        """Whether what has the form of a question speaks of the answer before it."""
        turn = last.turns[-1]
        first, head = turn.asks[0], turn.head
        if turn.changed or says_again(before.turns[-1], self._read.reaction(before, first)):
            return False
        about_answer = turn.chance("new_question") < PROTESTS
        if last.human or not self._read.customer(head).asking or head.nature == "complaint":
            return about_answer
        return head is first and turn.chance("rejects") >= PROTESTS

    def _hand_over(self, row: StatusRow, episode: Episode) -> None:
        soon = row.occurred_at - episode.touched_at <= HANDOFF_MS
        if not soon or episode.agent_on or episode.agents:
            return
        if episode.last_word == word.ACCEPT and self._implied.issuperset(episode.accepted):
            # No word of thanks, and a human steps in: what seemed to take the answer objected to it.
            episode.take_back()
        if episode.last_word != word.ACCEPT:
            episode.handed.append(row.event_id)
            episode.object()

    def _on_rating(self, row: RatingRow) -> None:
        self._promote()
        if row.about_event_id:
            self._thumbs.append(row)
        elif self.episodes:
            self._rate(row, self.episodes[-1])

    @staticmethod
    def _rate(row: RatingRow, episode: Episode | None) -> None:
        if episode is None or episode.first is None:
            return
        share = row.score / row.scale_max
        if share <= LOW_SHARE:
            # A low CSAT after 懂了谢谢 is about something else; a thumb names what it is about.
            if row.about_event_id or not episode.thanked:
                episode.low_scores.append(row.event_id)
        elif share >= HIGH_SHARE and not episode.rejected and not episode.agents:
            episode.accepted.append(row.event_id)
