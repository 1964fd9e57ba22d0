"""Events to fact rows: masked, tagged, ready to store and to judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import msgspec
import numpy as np

from processors.events import AnyEvent, Bot, ChatMessage, ChatStatus, Complaint, Event, Rating, Review
from processors.explain import Explained
from processors.question_features import wording_hash
from processors.redact import PLACEHOLDER, Redactor
from processors.rows import MessageRow, RatingRow, StatusRow
from processors.tags import Tagger, Tags, TextKind

NO_BOT = Bot()
SATISFIED_SHARE = 0.8
"""A score of 4 of 5 and better is satisfied: the usual top-two-box CSAT; a thumb up is 1 of 1."""

SMALLEST_SCALE = 1e-6
"""A scale that storage would round to 0 could not be divided by."""

TEXT_KINDS: dict[str, TextKind] = {"chat.message": "chat", "review": "review", "complaint": "complaint"}
"""The types of events that have a customer's text, and what the tagger takes it for."""


class Facts(NamedTuple):
    """The fact rows of a batch, by table."""

    messages: list[MessageRow]
    statuses: list[StatusRow]
    ratings: list[RatingRow]


class Masker:
    """Takes personal data out of events."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def mask(self, event: AnyEvent) -> AnyEvent:
        """The event without personal data, in place; masking twice changes nothing more."""
        redact = self._redactor.redact
        if event.customer_id:
            event.customer_id = redact(event.customer_id)
        if event.order_id:
            # Whatever it looks like, this field is an order number: same pseudonym as in a text.
            event.order_id = self._masked_order(event.order_id)
        if event.attrs:
            event.attrs = cast(dict[str, object], self._redactor.redact_value(event.attrs))
        for name in _TEXT_FIELDS[type(event)]:
            text = getattr(event, name)
            if text:
                setattr(event, name, redact(text))
        return event

    def _masked_order(self, order_id: str) -> str:
        if PLACEHOLDER.fullmatch(order_id):
            return order_id
        return self._redactor.pseudonym("order_no", order_id)


class FactBuilder(Masker):
    """Masks and tags events; the same events give the same rows on every machine."""

    def __init__(self, redactor: Redactor, tagger: Tagger) -> None:
        super().__init__(redactor)
        self._tagger = tagger

    def use(self, tagger: Tagger) -> None:
        """Tag with `tagger` from now on; not while `build` is at work, `mask` may be."""
        self._tagger = tagger

    def build(
        self, source: str, events: Sequence[AnyEvent], positions: Sequence[int], masked: bool = False
    ) -> Facts:
        """Rows of `events`, which stand at `positions` of `source`, in the same order.

        `masked`: they went through `mask` before; it is slow, and twice changes nothing more.
        """
        facts = Facts([], [], [])
        for event, position in zip(events, positions, strict=True):
            if not masked:
                self.mask(event)
            if isinstance(event, ChatStatus):
                facts.statuses.append(_status_row(event, source, position))
            elif isinstance(event, Rating):
                facts.ratings.append(_rating_row(event, source, position))
            else:
                facts.messages.append(_message_row(event, source, position))
        self._tag(facts.messages)
        return facts

    def explain(self, row: MessageRow) -> list[Explained]:
        """Why a row that `build` tagged has its tags."""
        return self._tagger.explain(row.text, TEXT_KINDS[row.type])

    def _tag(self, rows: list[MessageRow]) -> None:
        own = [row for row in rows if _is_customer_text(row)]
        tags = self._tagger.tag_many([r.text for r in own], [TEXT_KINDS[r.type] for r in own])
        for row, tag in zip(own, tags, strict=True):
            _put(row, tag)


_TEXT_FIELDS: dict[type[Event], tuple[str, ...]] = {
    ChatMessage: ("text",),
    ChatStatus: ("reason",),
    Review: ("text", "reply_text"),
    Complaint: ("text", "category"),
    Rating: ("comment",),
}


def _is_customer_text(row: MessageRow) -> bool:
    return row.sender == "customer" and row.content_type in ("text", "voice") and bool(row.text)


def _put(row: MessageRow, tags: Tags) -> None:
    row.sentiment = tags.sentiment
    row.sentiment_score = tags.sentiment_score
    row.topics = tags.topics
    row.nature = tags.nature
    row.urgency = tags.urgency
    row.is_question = tags.is_question
    row.keywords = tags.keywords
    if tags.is_question and not row.conversation_id:
        row.wording = wording_hash(row.text)


def _message_row(event: ChatMessage | Review | Complaint, source: str, position: int) -> MessageRow:
    row = MessageRow(
        event_id=event.event_id,
        type=type(event).__struct_config__.tag,  # type: ignore[arg-type]
        occurred_at=event.occurred_at,
        shop_id=event.shop_id,
        channel=event.channel,
        customer_id=event.customer_id,
        customer_segment=event.customer_segment,
        product_id=event.product_id,
        product_name=event.product_name,
        order_id=event.order_id,
        text=event.text,
        attrs=_attrs(event),
        source=source,
        position=position,
    )
    if isinstance(event, ChatMessage):
        _put_chat(row, event)
    elif isinstance(event, Review):
        row.rating, row.reply_text = event.rating, event.reply_text
    else:
        row.category = event.category
    return row


def _put_chat(row: MessageRow, event: ChatMessage) -> None:
    bot = event.bot or NO_BOT
    row.conversation_id = event.conversation_id
    row.sender = event.sender
    row.content_type = event.content_type
    row.agent_id = event.agent_id
    row.bot_version = bot.version
    row.bot_intent = bot.intent
    row.bot_confidence = None if bot.confidence is None else single(bot.confidence)
    row.answer_id = bot.answer_id
    row.is_fallback = bot.is_fallback


def _status_row(event: ChatStatus, source: str, position: int) -> StatusRow:
    return StatusRow(
        event_id=event.event_id,
        occurred_at=event.occurred_at,
        shop_id=event.shop_id,
        channel=event.channel,
        conversation_id=event.conversation_id,
        customer_id=event.customer_id,
        customer_segment=event.customer_segment,
        product_id=event.product_id,
        product_name=event.product_name,
        order_id=event.order_id,
        status=event.status,
        reason=event.reason,
        attrs=_attrs(event),
        source=source,
        position=position,
    )


def _rating_row(event: Rating, source: str, position: int) -> RatingRow:
    return RatingRow(
        event_id=event.event_id,
        occurred_at=event.occurred_at,
        shop_id=event.shop_id,
        channel=event.channel,
        conversation_id=event.conversation_id,
        customer_id=event.customer_id,
        customer_segment=event.customer_segment,
        product_id=event.product_id,
        product_name=event.product_name,
        order_id=event.order_id,
        score=single(event.score),
        scale_max=max(SMALLEST_SCALE, single(event.scale_max)),
        satisfied=event.score >= SATISFIED_SHARE * event.scale_max,
        comment=event.comment,
        about_event_id=event.about_event_id,
        attrs=_attrs(event),
        source=source,
        position=position,
    )


def single(value: float) -> float:
    """The shortest decimal of the single-precision number nearest to `value`.

    Storage holds such columns in single precision. A conversation judged from memory and
    one judged from what was read back must see the same number, and 0.4 must stay 0.4.
    """
    return float(str(np.float32(value)))


def _attrs(event: Event) -> str:
    return msgspec.json.encode(event.attrs).decode() if event.attrs else ""
