"""Whether a customer's message asks something, given what was said before it."""

from __future__ import annotations

from processors import customer_words as word
from processors import reply_words as kinds
from processors.customer_words import CustomerReading
from processors.dialogue import PHATIC, Asked, Episode, Replied, Turn
from processors.rows import MessageRow
from processors.wording import overlap

JOIN_MS = 120_000
"""Context said longer than this before or after a question is not part of it."""
REPEAT_MS = 1_800_000
"""A question repeated within this time without a reply is the same asking."""

_SAME_ASKING = 0.6
_SAME_AFTER_WAIT = 0.25
_WAIT_MS = 45_000
"""Who waited this long for a reply and speaks of the same thing asks the same thing."""
_BREATH_MS = 30_000
"""Who says 我问的是 this soon still speaks of what was asked just before."""
_NO_SUBJECT, _OWN_SUBJECT = 3, 6
_HELP_NATURES = frozenset({"complaint", "request"})
_TROUBLE_TOPICS = frozenset({"quality", "after_sales"})
_HELP_TOPICS = frozenset({"quality", "after_sales", "logistics", "order", "payment", "account", "invoice"})


ASKING = ("rephrases", "follows_up", "new_question")
"""Reactions that are questions."""
PROTESTS, _SUBJECT = 0.5, 0.15
"""Chance from which words are a protest; pairs shared with a question from which they name what it asked."""
_MOSTLY, _SURELY, _MAYBE, _HARDLY = 0.9, 0.7, 0.45, 0.25


def may_ask(row: MessageRow, reading: CustomerReading) -> bool:
    """Whether the message could be a question in some order of events; all others never are."""
    if not reading.content or (reading.pure and not reading.flags & word.BARE_QUESTION):
        return False
    if reading.flags & word.HUMAN and len(reading.content) < _NO_SUBJECT:
        return False
    return row.is_question or len(reading.content) >= 2


def asks_here(row: MessageRow, reading: CustomerReading, before: Episode | None) -> bool:
    """Whether the message asks, `before` being the episode that it may comment on."""
    if not may_ask(row, reading):
        return False
    question = row.is_question or (reading.openly and row.nature != "praise")
    if before is None or before.last is None:
        return question
    if before.asked_back and not reading.asking:
        return False
    if not before.answered:
        return question
    if not reading.chances:
        return _asks_by_rules(row, reading, before, question)
    return _asks_by_chances(row, reading, before, question)


def _asks_by_rules(row: MessageRow, reading: CustomerReading, before: Episode, question: bool) -> bool:
    if not question:
        return _restates(before, row, reading)
    return not (_only_scolds(before, reading) or before.is_choice(reading))


def _asks_by_chances(row: MessageRow, reading: CustomerReading, before: Episode, question: bool) -> bool:
    """What has the form of a question is one unless the models are sure that it only reacts; what has
    not must be likely one, for what is answered will be taken for one later."""
    asking = reading.chance(*ASKING)
    if _only_scolds(before, reading) and asking < _MOSTLY:
        return False
    if protests(reading) and not reading.asking and not says_again(before.turns[-1], reading):
        return False
    if asking >= _SURELY:
        return not (question and before.is_choice(reading))
    if _asks_back_hotly(reading):
        return True
    if question and (reading.asking or row.nature == "request"):
        return asking >= _HARDLY and not before.is_choice(reading)
    return asking >= _MAYBE and (question or _restates(before, row, reading))


def protests(reading: CustomerReading) -> bool:
    """我又不是问这个: says more of the answer than it asks. Whether it is a question shows in what follows:
    a bot that goes on makes it one; a human who steps in, or silence, leaves it a word on the answer."""
    return reading.chance("rejects", "rephrases") >= PROTESTS


def says_again(turn: Turn, reading: CustomerReading) -> bool:
    """Whether a protest names what was asked, or the asking."""
    if reading.flags & word.INSIST or any(
        reading.echo and reading.echo in r.bare for _, r in turn.episode.attempt[-2:]
    ):
        return True
    return overlap(turn.grams, reading.grams) >= _SUBJECT


def _asks_back_hotly(reading: CustomerReading) -> bool:
    """你这65真带得动?别忽悠我: an objection that is a question of its own."""
    asks = reading.asking or bool(reading.flags & word.INSIST)
    return asks and reading.chance("rejects") >= _MAYBE and len(reading.content) >= _OWN_SUBJECT


def _only_scolds(episode: Episode, reading: CustomerReading) -> bool:
    """复读机吗你 16!寸!: nothing that the question before did not say."""
    if not reading.flags & (word.REJECT | word.WEAK):
        return False
    fresh = reading.grams - episode.turns[-1].grams
    return len(reading.content) < _NO_SUBJECT or len(fresh) * 2 <= len(reading.grams)


def _restates(episode: Episode, row: MessageRow, reading: CustomerReading) -> bool:
    """A protest that says the question again, or new words after "I did not understand"."""
    flags = reading.flags
    if len(reading.content) < _NO_SUBJECT or (flags & word.ACCEPT and not flags & word.REJECT):
        return False
    if flags & (word.REJECT | word.INSIST) or episode.is_echo(reading):
        about_service = row.topics[:1] == ("service",) and not flags & word.INSIST
        return not about_service and not _only_scolds(episode, reading)
    if episode.last is None or episode.last[1].kind != kinds.LOST or flags & PHATIC:
        return False
    turn = episode.turns[-1]
    return overlap(turn.grams, reading.grams) > 0 or row.topics[:1] == turn.head.topics[:1]


def same_asking(turn: Turn, last: CustomerReading, ask: Asked) -> bool:
    """Whether an asking message continues or repeats the question before it, `last` its last reading."""
    row, reading = ask
    gap = row.occurred_at - turn.parts[-1].occurred_at
    if gap > REPEAT_MS:
        return False
    near = overlap(last.grams, reading.grams)
    if _is_bare(reading) or near >= (_SAME_AFTER_WAIT if gap >= _WAIT_MS else _SAME_ASKING):
        return True
    if gap > JOIN_MS:
        return False
    if reading.flags & word.INSIST and (near > 0 or gap <= _BREATH_MS):
        return True
    short = min(len(last.content), len(reading.content)) <= _NO_SUBJECT
    return short or not (turn.head.is_question or last.openly) or _is_bare(last)


def _is_bare(reading: CustomerReading) -> bool:
    return reading.pure and bool(reading.flags & word.BARE_QUESTION)


def reports(ask: Asked, before: Episode | None) -> bool:
    """A problem told without a question: 少了三包 箱子没破 wants help, a pasted order number does not."""
    row, reading = ask
    main = row.topics[0] if row.topics else ""
    helps = row.nature in _HELP_NATURES, main in _HELP_TOPICS
    if row.nature == "praise" or main == "service" or not (helps[0] or main in _TROUBLE_TOPICS):
        return False
    if not may_ask(row, reading) or not _says_enough(reading):
        return False
    return before is None or (all(helps) and (before.last_word == word.ACCEPT or is_news(row, before)))


def is_news(row: MessageRow, before: Episode) -> bool:
    """A problem told that the question before was not about: nothing said of its answer."""
    main, known = row.topics[0] if row.topics else "", before.turns[-1].head.topics
    return row.nature == "complaint" and main in _TROUBLE_TOPICS and not _TROUBLE_TOPICS.intersection(known)


def is_taken_up(ask: Asked, before: Episode | None, reply: Replied) -> bool:
    """Whether words without the form of a question were one, `reply` being what they were answered with."""
    row, reading = ask
    if row.nature == "praise" or not may_ask(row, reading):
        return False
    if before is None:
        chats = row.nature == "chitchat" and row.topics[:1] == ("other",)
        return not chats and reply[1].kind != kinds.HELLO and len(reading.content) >= _NO_SUBJECT
    if not before.answered or before.asked_back:
        return False
    return _goes_on(reading, reply) or _answers(before, reading, reply)


def _goes_on(reading: CustomerReading, reply: Replied) -> bool:
    """A bot goes on after a protest."""
    by_bot = reply[0].sender == "bot" and reply[1].kind not in (kinds.HELLO, kinds.BYE)
    return by_bot and protests(reading) and len(reading.content) >= _NO_SUBJECT


def _answers(before: Episode, reading: CustomerReading, reply: Replied) -> bool:
    if reply[1].kind != kinds.ANSWER or reply[1].closes:
        return False
    return reading.chance("accepts", "answers") < _MOSTLY and not before.is_choice(reading)


def _says_enough(reading: CustomerReading) -> bool:
    if reading.flags & (word.ACKS & ~word.FAIL):
        return False
    return sum(not letter.isascii() for letter in reading.content) >= _NO_SUBJECT
