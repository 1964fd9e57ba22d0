"""Reads one message of a conversation: what a reply is worth, what a customer says of a reply.

No state and no context: a reading depends on the text (and, for a bot, on its own flags)
alone, so it can be kept as long as the message is. What the messages mean to each other
is decided in `processors.dialogue` and `processors.verdicts`.
"""

from __future__ import annotations

from processors.answer_lexicon import AnswerCues
from processors.customer_words import CustomerReader, CustomerReading
from processors.reply_words import ReplyReader, ReplyReading

__all__ = ["AnswerCues", "AnswerReader", "CustomerReading", "ReplyReading"]


class AnswerReader:
    """Both readers over one lexicon; build it once and share it."""

    def __init__(self, cues: AnswerCues) -> None:
        self.reply = ReplyReader(cues).read
        self.customer = CustomerReader(cues).read
