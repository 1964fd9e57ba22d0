"""The events kefu-pulse takes in, one Struct per type.

Field names, meanings and value ranges are the public contract of the product
(docs/events.md). Times are epoch milliseconds in UTC once an event is decoded.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

Name = Annotated[str, Meta(min_length=1, max_length=512)]
Text = Annotated[str, Meta(max_length=100_000)]
ShortText = Annotated[str, Meta(max_length=4_096)]

Sender = Literal["customer", "bot", "agent", "system"]
ContentType = Literal["text", "image", "card", "voice", "other"]
StatusName = Literal["opened", "handoff", "closed"]

EARLIEST_MS = 946_684_800_000
"""2000-01-01T00:00:00Z: an event older than online shops is a broken clock."""
LATEST_MS = 4_102_444_800_000
"""2100-01-01T00:00:00Z: a date in the year 9999 is a placeholder, not a time."""

Millis = Annotated[int, Meta(ge=EARLIEST_MS, lt=LATEST_MS)]


class Bot(Struct, frozen=True):
    """What the bot said of its own answer."""

    version: ShortText = ""
    intent: ShortText = ""
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None
    answer_id: ShortText = ""
    is_fallback: bool | None = None


class Event(Struct, kw_only=True, tag_field="type"):
    """Fields that every event has; optional ones are empty strings when absent."""

    event_id: Name
    occurred_at: Millis
    shop_id: Name
    channel: Name
    customer_id: ShortText = ""
    customer_segment: ShortText = ""
    product_id: ShortText = ""
    product_name: ShortText = ""
    order_id: ShortText = ""
    attrs: dict[str, Any] = field(default_factory=dict)


class ChatMessage(Event, kw_only=True, tag="chat.message"):
    """One message of a customer, the bot, a human agent or the system."""

    conversation_id: Name
    sender: Sender
    text: Text = ""
    content_type: ContentType = "text"
    bot: Bot | None = None
    agent_id: ShortText = ""


class ChatStatus(Event, kw_only=True, tag="chat.status"):
    """A conversation was opened, handed to a human, or closed."""

    conversation_id: Name
    status: StatusName
    reason: ShortText = ""


class Review(Event, kw_only=True, tag="review"):
    """A product review with its stars (1 to 5)."""

    text: Text
    rating: Annotated[int, Meta(ge=1, le=5)] | None = None
    reply_text: Text = ""


class Complaint(Event, kw_only=True, tag="complaint"):
    """A complaint filed outside the chat."""

    text: Text
    category: ShortText = ""


class Rating(Event, kw_only=True, tag="rating"):
    """A customer's score: CSAT (`scale_max` 5) or a thumb (`scale_max` 1)."""

    score: Annotated[float, Meta(ge=0)]
    scale_max: Annotated[float, Meta(gt=0, le=100)]
    conversation_id: ShortText = ""
    comment: Text = ""
    about_event_id: ShortText = ""


AnyEvent = ChatMessage | ChatStatus | Review | Complaint | Rating


class DeadLetter(Struct, frozen=True):
    """What could not be taken as an event.

    `reason` is one of the codes in `streams.codec.REASONS`; `detail` says what
    was wrong in words; `raw` is the masked input, cut to a bounded length with
    `raw_bytes` telling its full size.
    """

    position: int
    reason: str
    detail: str
    raw: str
    raw_bytes: int
