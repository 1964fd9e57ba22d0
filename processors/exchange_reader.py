"""Reads exchanges: what the cue lists and the learned models together make of a reply and a reaction."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from msgspec.structs import replace

from processors import customer_words as word
from processors import reply_words as kinds
from processors.customer_words import CustomerReading
from processors.exchange_model import ExchangeModel
from processors.exchange_signals import ReactionCase, ReplyCase
from processors.exchange_text import SaidReader
from processors.reply_words import ReplyReading
from processors.verdict_model import VerdictModel

KEPT = 4_096
"""Texts, and exchanges, whose reading is kept; with `exchange_text.READ` it bounds the memory at 40 MB."""

EMPTY, CLARIFIES, ANSWERS = 0.65, 0.7, 0.9
"""Chances from which a reply that the cue lists take for an answer is none, or is a question; from which one
that they take for none is an answer."""
EMPTY_OF_HUMAN, REJECTED_HUMAN = 0.75, 0.75
"""The same of a human's reply, and for words against it: one talks step by step with a human, and few of the
steps are objections. Set so that real chats with staff keep to what one reads in them."""
ACCEPTED, REJECTED, AGAINST_THANKS, ASKING_AGAINST, WISHES, HARDLY = 0.8, 0.65, 0.7, 0.55, 0.35, 0.12
"""Chances from which words without a cue accept, reject (with thanks; in a question) or want a human; below
`HARDLY` cues do not count.
All set on the conversations that may be read, development ones among them, in the middle of plateaus."""


class Question(NamedTuple):
    """The wording of a question, and its reading by the cue lists."""

    text: str
    reading: CustomerReading


class Reply(NamedTuple):
    """A reply's text, its reading by the cue lists, and whether a human wrote it."""

    text: str
    reading: ReplyReading
    by_agent: bool


class Reaction(NamedTuple):
    """A customer's words after a reply, with their tags."""

    text: str
    reading: CustomerReading
    is_question: bool
    nature: str


class ExchangeReader:
    """Weighs replies and reactions; build it once and share it.

    Stock answers come again and again, and a conversation is judged anew with each event, so
    readings are kept, least lately used out first.
    """

    def __init__(self, said: SaidReader, model: ExchangeModel, verdicts: VerdictModel | None = None) -> None:
        self.verdicts = verdicts
        self._said = lru_cache(KEPT)(said.read)
        self._model = model
        self.reply = lru_cache(KEPT)(self._weigh_reply)
        self.reaction = lru_cache(KEPT)(self._weigh_reaction)

    def _weigh_reply(self, question: Question, reply: Reply) -> ReplyReading:
        """The reading of a reply once it was weighed against its question."""
        chances = self._model.of_reply(self._case(question, reply))
        weighed = reply.reading.weighed(reply.reading.kind, chances)
        kind = _kind(weighed, reply.by_agent)
        return weighed if kind == weighed.kind else reply.reading.weighed(kind, chances)

    def _weigh_reaction(self, question: Question, reply: Reply, said: Reaction) -> CustomerReading:
        """The reading of a customer's words once they were weighed against what was said before them."""
        chances = self._model.of_reaction(
            ReactionCase(
                self._case(question, reply),
                self.reply(question, reply).chances,
                self._said(said.text),
                said.reading,
                question.reading,
                said.is_question,
                said.nature,
            )
        )
        weighed = replace(said.reading, chances=chances)
        return replace(weighed, flags=_flags(weighed, reply.by_agent))

    def _case(self, question: Question, reply: Reply) -> ReplyCase:
        return ReplyCase(self._said(question.text), self._said(reply.text), reply.reading, reply.by_agent)


def _kind(reply: ReplyReading, by_agent: bool) -> str:
    """The kind of a reply: what it says of itself by the cue lists, unless its wording is sure of another."""
    empty = reply.chance("generic") + (0.0 if by_agent else reply.chance("acknowledges"))
    if reply.kind == kinds.ANSWER:
        if empty >= (EMPTY_OF_HUMAN if by_agent else EMPTY):
            return kinds.POINTER
        if reply.chance("clarifies") >= CLARIFIES:
            return kinds.CLARIFY
    elif reply.kind == kinds.HELLO and not by_agent and reply.chance("generic") >= EMPTY:
        return kinds.POINTER
    elif reply.kind in (kinds.POINTER, kinds.STALL, kinds.BYE) and reply.chance("answers") >= ANSWERS:
        return kinds.ANSWER
    return reply.kind


def _flags(said: CustomerReading, by_agent: bool) -> int:
    """What a customer's words say: as for replies."""
    flags, chance = said.flags, said.chance
    if said.pure:
        # Nothing but cues: the lists have read all of it.
        return flags
    if chance("accepts") >= ACCEPTED:
        flags |= word.ACCEPT
    elif chance("accepts") < HARDLY:
        flags &= ~(word.ACCEPT | word.ACCEPT_LEAD | word.THANKS)
    if _objects(said, by_agent):
        flags |= word.REJECT
    elif chance("rejects", "rephrases") < HARDLY:
        flags &= ~(word.REJECT | word.FAIL)
    if chance("asks_human") >= WISHES:
        flags |= word.HUMAN
    return flags


def _objects(said: CustomerReading, by_agent: bool) -> bool:
    if said.flags & (word.NUDGE | word.GREET | word.EMPTY):
        return False
    # What asks again objects too, but says so as a question.
    against = said.chance("rejects") if said.asking else said.chance("rejects", "rephrases")
    if by_agent:
        return against >= REJECTED_HUMAN
    if said.asking:
        return against >= ASKING_AGAINST
    return against >= (AGAINST_THANKS if said.flags & word.THANKS else REJECTED)
