"""The readings of one conversation's messages, each made once."""

from __future__ import annotations

from processors.answers import AnswerReader
from processors.customer_words import CustomerReading
from processors.dialogue import Episode, Turn
from processors.exchange_reader import Question, Reaction, Reply
from processors.reply_words import ANSWER, ReplyReading
from processors.rows import MessageRow
from processors.verdict_model import VerdictModel


class Readings:
    """Reads messages with `reader`: alone by the cue lists, in their exchange also by the learned models."""

    def __init__(self, reader: AnswerReader) -> None:
        self.reader = reader
        self._words: dict[str, CustomerReading] = {}
        self._replies: dict[str, ReplyReading] = {}

    @property
    def verdicts(self) -> VerdictModel | None:
        """The models that weigh readings together, where there are any."""
        return self.reader.exchanges.verdicts if self.reader.exchanges is not None else None

    def forget(self, event_id: str) -> None:
        """Read the message anew: it changed."""
        self._words.pop(event_id, None)
        self._replies.pop(event_id, None)

    def customer(self, row: MessageRow) -> CustomerReading:
        """What a customer's message says, taken alone."""
        reading = self._words.get(row.event_id)
        if reading is None:
            reading = self._words[row.event_id] = self.reader.customer(row.text)
        return reading

    def reply(self, row: MessageRow) -> ReplyReading:
        """What a reply says, taken alone."""
        reading = self._replies.get(row.event_id)
        if reading is None:
            reading = self.reader.reply(row.text, intent=row.bot_intent, is_fallback=row.is_fallback)
            self._replies[row.event_id] = reading
        return reading

    def answer(self, turn: Turn, row: MessageRow) -> ReplyReading:
        """What a reply is worth to a question."""
        exchanges, reading = self.reader.exchanges, self.reply(row)
        if exchanges is None or not row.text:
            return reading
        weighed = exchanges.reply(self._question(turn), Reply(row.text, reading, row.sender == "agent"))
        # The bot's own word that it had no answer stands.
        return reading if row.is_fallback and weighed.kind == ANSWER else weighed

    def reaction(self, before: Episode | None, row: MessageRow) -> CustomerReading:
        """What a customer's message says of the replies in the episode before it."""
        exchanges, reading = self.reader.exchanges, self.customer(row)
        if exchanges is None or before is None or before.last is None or not row.text:
            return reading
        if before.chatted:
            return reading
        replied = before.last[0]
        reply = Reply(replied.text, self.reply(replied), replied.sender == "agent")
        said = Reaction(row.text, reading, row.is_question, row.nature)
        return exchanges.reaction(self._question(before.turns[-1]), reply, said)

    def _question(self, turn: Turn) -> Question:
        return Question(turn.wording(), self.customer(turn.head))
