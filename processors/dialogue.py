"""What a conversation is made of: questions, and the episodes in which they are dealt with.

An *episode* holds the questions that were asked without a reply between them, the
replies, and what the customer said of those. `processors.walk` fills episodes;
`processors.verdicts` reads them.
"""

from __future__ import annotations

from processors import customer_words as word
from processors import reply_words as kinds
from processors.customer_words import CustomerReading
from processors.reply_words import ReplyReading
from processors.rows import MessageRow, RatingRow, StatusRow

ChatFact = MessageRow | StatusRow | RatingRow
Asked = tuple[MessageRow, CustomerReading]
Replied = tuple[MessageRow, ReplyReading]

_COMPARED_PARTS = 8
_WORDED_PARTS = 3
_FRAGMENT = 8
"""Characters: a question this short after another is part of it."""
_MAX_CHOICE = 8
_HEARD = 4
_CONFIRMS = ("能", "会", "可以", "是", "不", "没", "应该", "还")
PHATIC = word.ACKS | word.NUDGE | word.GREET | word.EMPTY
"""Flags of messages that add no facts."""


class Turn:
    """One question: `parts` in order with their context, `asks` the parts that ask.

    `changed`: the customer said that it is another subject. `chance`: of what it is to the
    exchange before. `earlier`: wording of the question before. `place`: index in its episode.
    """

    __slots__ = (
        "asks",
        "asks_for",
        "chance",
        "changed",
        "earlier",
        "episode",
        "flags",
        "follows",
        "grams",
        "parts",
        "place",
    )

    def __init__(self, context: list[MessageRow], ask: Asked, episode: Episode, changed: bool) -> None:
        row, reading = ask
        self.parts = [*context, row]
        self.asks = [row]
        self.grams = reading.grams
        self.asks_for = reading.asks
        self.flags = reading.flags
        self.follows = reading.follows
        self.chance = reading.chance
        self.earlier = ""
        self.episode = episode
        self.changed = changed
        self.place = len(episode.turns)

    def add(self, ask: Asked) -> None:
        """Another asking part: the rest of the question, or the question once more."""
        row, reading = ask
        self.parts.append(row)
        self.asks.append(row)
        # A flood of parts must not make the set to compare grow without end.
        if len(self.asks) <= _COMPARED_PARTS:
            self.grams = self.grams | reading.grams
            self.asks_for |= reading.asks
            self.flags |= reading.flags

    def wording(self) -> str:
        """What was asked with its context, the last parts of it; mobi呢 needs the question before it."""
        said = " ".join(part.text for part in self.parts[-_WORDED_PARTS:])
        return f"{self.earlier} {said}" if self.earlier and len(said) <= _FRAGMENT else said

    @property
    def head(self) -> MessageRow:
        """The last asking part: the key of the question."""
        return self.asks[-1]


class Episode:
    """Questions, the replies to them and what was said of the replies.

    `agent_on`: a human was in charge when the question came. `attempt`: replies up to the
    customer's first word on an answer; `said`: those of them that speak to the question.
    `agents`: agents' messages after a bot's answer. `late`: an agent's answer that came
    after other questions. `remarks`: what was said of an answer, neither for nor against
    it. `data`: what the customer gave when asked back. `words`: the first messages that the
    customer said after an answer. The lists of ids are evidence and concern the last turn.
    """

    __slots__ = (
        "accepted",
        "agent_on",
        "agents",
        "answered",
        "attempt",
        "bot_answered",
        "bot_on",
        "data",
        "failed",
        "failed_again",
        "first",
        "handed",
        "human",
        "last",
        "last_word",
        "late",
        "low_scores",
        "rejected",
        "remarks",
        "said",
        "settled",
        "thanked",
        "touched_at",
        "turns",
        "weak",
        "words",
    )

    def __init__(self, *, agent_on: bool, bot_on: bool) -> None:
        self.turns: list[Turn] = []
        self.agent_on, self.bot_on = agent_on, bot_on
        self.first: MessageRow | None = None
        self.last: Replied | None = None
        self.attempt: list[Replied] = []
        self.said: list[Replied] = []
        self.agents: list[Replied] = []
        self.answered = self.bot_answered = self.settled = self.thanked = False
        self.late: MessageRow | None = None
        self.data: MessageRow | None = None
        self.last_word = self.touched_at = 0
        self.accepted: list[str] = []
        self.rejected: list[str] = []
        self.remarks: list[str] = []
        self.failed: list[str] = []
        self.failed_again: list[str] = []
        self.weak: list[str] = []
        self.human: list[str] = []
        self.handed: list[str] = []
        self.low_scores: list[str] = []
        self.words: list[tuple[str, CustomerReading]] = []

    @property
    def asked_back(self) -> bool:
        """The last reply waits for something that the customer should tell."""
        return self.last is not None and self.last[1].asks_back

    @property
    def chatted(self) -> bool:
        """The last reply is the bot's to something said after its answer, and not to the questions."""
        by_bot = self.last is not None and self.last[0].sender == "bot"
        return self.settled and by_bot and self.last not in self.attempt

    def take_reply(self, row: MessageRow, reading: ReplyReading) -> None:
        """A bot's or agent's message after the questions."""
        self.first = self.first or row
        self.last = (row, reading)
        self.data = None
        if row.sender == "bot":
            self.bot_on = True
            self.touched_at = row.occurred_at
            if reading.kind == kinds.TRANSFER and self.last_word != word.ACCEPT:
                self.handed.append(row.event_id)
        if row.sender == "agent" and self.bot_answered:
            self.object()
            self.agents.append(self.last)
        elif not self.settled:
            self.attempt.append(self.last)
            farewell = reading.kind == kinds.BYE and row.sender == "agent"
            if reading.kind not in kinds.SOFT_KINDS and not farewell:
                self.said.append(self.last)
                self.answered = True
                self.bot_answered |= row.sender == "bot"

    def object(self) -> None:
        """A human steps in: what was said of the bot's answer was an objection."""
        if self.bot_answered and not self.agents and self.last_word != word.ACCEPT:
            self.rejected += self.remarks
        self.remarks = []

    def object_by(self, other: Episode) -> None:
        """What `other` asked was an objection to the answer here."""
        self.rejected.append(other.turns[0].asks[0].event_id)
        self.human += other.human
        self.last_word = word.REJECT
        self.touched_at = max(self.touched_at, other.touched_at)

    def take_back(self) -> None:
        """What was taken for acceptance was a remark."""
        self.remarks += self.accepted
        self.accepted, self.thanked, self.last_word = [], False, 0

    def retract(self, event_id: str) -> None:
        """What was taken for a word on the answer was a question."""
        for words in (self.accepted, self.remarks):
            if event_id in words:
                words.remove(event_id)
        if not self.accepted and self.last_word == word.ACCEPT:
            self.last_word = 0

    def take_word(self, row: MessageRow, reading: CustomerReading, asks: bool) -> None:
        """What the customer says next; `asks`: the message is a new question besides."""
        self.touched_at = row.occurred_at
        if reading.flags & word.HUMAN:
            self._take_wish(row)
        if self.answered:
            self.settled = True
            if not self.agents and len(self.words) < _HEARD:
                self.words.append((row.event_id, reading))
            self._take_judgement(row, reading, asks)
        elif self.last is not None and self.last[1].closes and reading.flags & word.ACCEPT:
            self.last_word = word.ACCEPT
        elif self.attempt and not asks and not reading.flags & PHATIC:
            # Said after being asked back: the ball is with the shop again.
            self.data = row

    def _take_wish(self, row: MessageRow) -> None:
        by_agent = self.last is not None and self.last[0].sender == "agent"
        if self.last_word != word.ACCEPT and not by_agent and (self.bot_on or self.first is None):
            self.human.append(row.event_id)

    def _take_judgement(self, row: MessageRow, reading: CustomerReading, asks: bool) -> None:
        flags = reading.flags
        if flags & word.REJECT or self.is_echo(reading):
            self.rejected.append(row.event_id)
            self.last_word = word.REJECT
        elif flags & word.FAIL and asks:
            self.failed_again.append(row.event_id)
        elif flags & word.FAIL and not self._invites_no(reading):
            self.failed.append(row.event_id)
            self.last_word = word.REJECT
        elif flags & (word.ACCEPT_LEAD if asks else word.ACCEPT) or (not asks and self.is_choice(reading)):
            self._accept(row, flags)
        elif flags & word.WEAK:
            self.weak.append(row.event_id)
        elif not asks and not flags & PHATIC and not self.asked_back:
            self.remarks.append(row.event_id)

    def _accept(self, row: MessageRow, flags: int) -> None:
        # Thanks to an agent say nothing about the bot's answer before.
        if not self.agents:
            self.accepted.append(row.event_id)
            self.thanked |= bool(flags & word.THANKS)
        self.last_word = word.ACCEPT

    def _invites_no(self, reading: CustomerReading) -> bool:
        """没有 after 还有其他可以帮您吗 or after being asked back is no complaint."""
        return self.last is not None and (self.last[1].asks_back or (self.last[1].closes and reading.pure))

    def is_echo(self, reading: CustomerReading) -> bool:
        """不会少?我数了三遍: the answer's own words thrown back, and more."""
        echo = reading.echo
        if not echo or len(reading.bare) <= len(echo) + 3:
            return False
        return any(echo in reply.bare for _, reply in self.attempt[-2:])

    def is_choice(self, reading: CustomerReading) -> bool:
        """拆门吧, 那我要大号: takes up what the answer offered."""
        if reading.asking or not self.answered or len(reading.content) > _MAX_CHOICE:
            return False
        takes = bool(reading.flags & word.ACCEPT_LEAD) or reading.bare.endswith(("吧", "呗"))
        if not takes or reading.bare.startswith(_CONFIRMS):
            return False
        offers = (*self.attempt[-2:], *self.agents[-2:])
        return any(not reading.grams.isdisjoint(reply.grams) for _, reply in offers)
