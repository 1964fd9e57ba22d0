"""Reads one message of a conversation: what a reply is worth, what a customer says of a reply.

No state and no context: a reading depends on the text (and, for a bot, on its own flags)
alone, so it can be kept as long as the message is. What the messages mean to each other
is decided in `processors.dialogue` and `processors.verdicts`.
"""

from __future__ import annotations

from functools import lru_cache

from processors.answer_lexicon import AnswerCues
from processors.customer_words import CustomerReader, CustomerReading
from processors.exchange_reader import ExchangeReader
from processors.reply_words import ReplyReader, ReplyReading

__all__ = ["AnswerCues", "AnswerReader", "CustomerReading", "ReplyReading"]

KEPT = 8_192
SHORT = 120
"""Characters up to which a reading is kept; with `KEPT` it bounds the memory at about 20 MB."""


class AnswerReader:
    """Both readers over one lexicon; build it once and share it.

    Stock answers and 好的 come again and again, so the readings of short texts are kept,
    at most `KEPT` of each reader, least lately used out first.
    """

    def __init__(self, cues: AnswerCues, exchanges: ExchangeReader | None = None) -> None:
        self.exchanges = exchanges
        self._reply = ReplyReader(cues).read
        self._customer = CustomerReader(cues).read
        self._kept_reply = lru_cache(KEPT)(self._reply)
        self._kept_customer = lru_cache(KEPT)(self._customer)

    def reply(self, text: str, *, intent: str = "", is_fallback: bool | None = None) -> ReplyReading:
        """The reading of a bot's or agent's message."""
        read = self._kept_reply if len(text) <= SHORT else self._reply
        return read(text, intent=intent, is_fallback=is_fallback)

    def customer(self, text: str) -> CustomerReading:
        """The reading of a customer's message."""
        return self._kept_customer(text) if len(text) <= SHORT else self._customer(text)
