"""Writes the rows of a conversation from its questions and verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from processors.dialogue import ChatFact, Turn
from processors.question_features import wording_hash
from processors.rows import ConversationRow, MessageRow, TurnRow
from processors.totals import Totals
from processors.verdicts import Verdict

_URGENCIES = ("low", "normal", "high", "critical")
_MAX_TAGS = 16
"""Topics and keywords kept of a question; more would describe a conversation."""

# A conversation is judged anew with each of its facts.
_wording = lru_cache(4_096)(wording_hash)


def turn_row(turn: Turn, verdict: Verdict, totals: Totals, version: int) -> TurnRow:
    """The row of a question with its verdict."""
    head, first = turn.head, turn.episode.first
    bot = _bot_reply(turn, verdict)
    text = " ".join(dict.fromkeys(part.text for part in turn.parts if part.text))
    return TurnRow(
        event_id=head.event_id,
        occurred_at=head.occurred_at,
        shop_id=head.shop_id,
        channel=head.channel,
        conversation_id=head.conversation_id,
        customer_id=head.customer_id,
        customer_segment=head.customer_segment,
        product_id=_first(turn.parts, "product_id", head),
        product_name=_first(turn.parts, "product_name", head),
        asked_at=turn.asks[0].occurred_at,
        text=text,
        group_event_ids=tuple([part.event_id for part in turn.parts]),
        topics=_joined(turn, "topics"),
        nature=head.nature,
        urgency=max((part.urgency for part in turn.parts), key=_urgency_rank),
        sentiment=head.sentiment,
        keywords=_joined(turn, "keywords"),
        state=verdict.state,
        reasons=tuple(verdict.evidence),
        score=verdict.score,
        evidence=verdict.evidence,
        responder=first.sender if first else "",
        reply_event_id=first.event_id if first else "",
        response_ms=_response_ms(turn, first),
        bot_version=bot.bot_version if bot else totals.version_before(head.occurred_at),
        bot_intent=bot.bot_intent if bot else "",
        bot_confidence=bot.bot_confidence if bot else None,
        version=version,
        wording=_wording(text),
    )


def _bot_reply(turn: Turn, verdict: Verdict) -> MessageRow | None:
    if verdict.answer is not None and verdict.answer.sender == "bot":
        return verdict.answer
    first = turn.episode.first
    return first if first is not None and first.sender == "bot" else None


def _first(parts: Sequence[MessageRow], name: str, head: MessageRow) -> str:
    for part in (head, *parts):
        found: str = getattr(part, name)
        if found:
            return found
    return ""


def _urgency_rank(urgency: str) -> int:
    return _URGENCIES.index(urgency) if urgency in _URGENCIES else -1


def _joined(turn: Turn, name: str) -> tuple[str, ...]:
    """Tags of all parts without repeats, those of the asking part first."""
    head: tuple[str, ...] = getattr(turn.head, name)
    if len(turn.parts) == 1:
        return head
    tags = dict.fromkeys(head)
    for part in turn.parts:
        tags.update(dict.fromkeys(getattr(part, name)))
    if len(tags) > 1:
        tags.pop("other", None)
    return tuple(tags)[:_MAX_TAGS]


def _response_ms(turn: Turn, first: MessageRow | None) -> int | None:
    """From the first asking part: a customer who has to ask twice waits from the first time."""
    if first is None:
        return None
    return max(0, first.occurred_at - turn.asks[0].occurred_at)


def withdrawn_row(row: MessageRow, version: int) -> TurnRow:
    """Takes back the row that an earlier, incomplete view may have written for this message."""
    return TurnRow(
        event_id=row.event_id,
        occurred_at=row.occurred_at,
        shop_id=row.shop_id,
        channel=row.channel,
        conversation_id=row.conversation_id,
        asked_at=row.occurred_at,
        version=version,
        is_deleted=1,
    )


def conversation_row(
    facts: Sequence[ChatFact], judged: Sequence[tuple[Turn, Verdict]], seen: Totals, version: int
) -> ConversationRow:
    """The row of the whole conversation."""
    first, last = facts[0], facts[-1]
    return ConversationRow(
        shop_id=first.shop_id,
        channel=first.channel,
        conversation_id=first.conversation_id,
        customer_id=_any(facts, "customer_id"),
        customer_segment=_any(facts, "customer_segment"),
        product_id=_any(facts, "product_id"),
        product_name=_any(facts, "product_name"),
        started_at=first.occurred_at,
        last_at=last.occurred_at,
        customer_messages=seen.customer_messages,
        bot_messages=seen.bot_messages,
        agent_messages=seen.agent_messages,
        questions=len(judged),
        unanswered=sum(verdict.state == "unanswered" for _, verdict in judged),
        handed_off=seen.handed_off,
        closed=seen.closed,
        bot_version=seen.bot_version,
        topic=seen.topic,
        sentiment=seen.sentiment,
        first_response_ms=seen.first_response_ms,
        agent_wait_ms=seen.agent_wait_ms,
        csat=seen.csat,
        version=version,
    )


def _any(facts: Iterable[ChatFact], name: str) -> str:
    for fact in facts:
        value: str = getattr(fact, name)
        if value:
            return value
    return ""
