"""One Struct per ClickHouse table: the rows that processors emit.

The only spelling of the schema besides the migrations; a test compares each
Struct with `system.columns`. Times are epoch milliseconds UTC; durations are
milliseconds; scores are as said at the field. `source` and `position` name the
record a fact came from and are what a reader resumes by.
"""

from __future__ import annotations

from msgspec import Struct, field


class MessageRow(Struct, kw_only=True):
    """A text of a customer, bot, agent or the system: chat message, review or complaint.

    Tags (`sentiment` to `keywords`) are empty for texts that are not a customer's. `wording` says of
    reviews and complaints what `TurnRow.wording` says of chats, 0 where nothing is asked.
    """

    event_id: str
    type: str
    occurred_at: int
    shop_id: str
    channel: str
    conversation_id: str = ""
    customer_id: str = ""
    customer_segment: str = ""
    product_id: str = ""
    product_name: str = ""
    order_id: str = ""
    sender: str = "customer"
    content_type: str = "text"
    text: str = ""
    bot_version: str = ""
    bot_intent: str = ""
    bot_confidence: float | None = None
    answer_id: str = ""
    is_fallback: bool | None = None
    agent_id: str = ""
    rating: int | None = None
    reply_text: str = ""
    category: str = ""
    sentiment: str = ""
    sentiment_score: float = 0.0
    topics: tuple[str, ...] = ()
    nature: str = ""
    urgency: str = ""
    is_question: bool = False
    keywords: tuple[str, ...] = ()
    attrs: str = ""
    source: str = ""
    position: int = 0
    wording: int = 0


class StatusRow(Struct, kw_only=True):
    """A conversation was opened, handed over or closed."""

    event_id: str
    occurred_at: int
    shop_id: str
    channel: str
    conversation_id: str
    customer_id: str = ""
    customer_segment: str = ""
    product_id: str = ""
    product_name: str = ""
    order_id: str = ""
    status: str = ""
    reason: str = ""
    attrs: str = ""
    source: str = ""
    position: int = 0


class RatingRow(Struct, kw_only=True):
    """A customer's score. `satisfied`: score of at least four fifths of the scale (CSAT top two boxes)."""

    event_id: str
    occurred_at: int
    shop_id: str
    channel: str
    conversation_id: str = ""
    customer_id: str = ""
    customer_segment: str = ""
    product_id: str = ""
    product_name: str = ""
    order_id: str = ""
    score: float = 0.0
    scale_max: float = 5.0
    satisfied: bool = False
    comment: str = ""
    about_event_id: str = ""
    attrs: str = ""
    source: str = ""
    position: int = 0


class TurnRow(Struct, kw_only=True):
    """A customer's question, what followed it, and the verdict.

    Keyed by the message that asks (`event_id`, the last asking part of a split
    question). `state` is `open` until a reply came or its time ran out, then
    `answered` or `unanswered`. `score` in [0, 1] is how sure the verdict
    `unanswered` is. `evidence` maps each reason to the ids that show it.
    A higher `version` replaces a lower one; `is_deleted` = 1 withdraws the row
    (the message turned out to be a part of another question). `wording` is the
    `question_features.wording_hash` of `text`, by which a question finds its cluster.
    """

    event_id: str
    occurred_at: int
    shop_id: str
    channel: str
    conversation_id: str
    customer_id: str = ""
    customer_segment: str = ""
    product_id: str = ""
    product_name: str = ""
    asked_at: int = 0
    text: str = ""
    group_event_ids: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    nature: str = ""
    urgency: str = ""
    sentiment: str = ""
    keywords: tuple[str, ...] = ()
    state: str = "open"
    reasons: tuple[str, ...] = ()
    score: float = 0.0
    evidence: dict[str, list[str]] = field(default_factory=dict)
    responder: str = ""
    reply_event_id: str = ""
    response_ms: int | None = None
    bot_version: str = ""
    bot_intent: str = ""
    bot_confidence: float | None = None
    version: int = 0
    is_deleted: int = 0
    wording: int = 0


class ConversationRow(Struct, kw_only=True):
    """A conversation as it stands; a higher `version` replaces a lower one."""

    shop_id: str
    channel: str
    conversation_id: str
    customer_id: str = ""
    customer_segment: str = ""
    product_id: str = ""
    product_name: str = ""
    started_at: int = 0
    last_at: int = 0
    customer_messages: int = 0
    bot_messages: int = 0
    agent_messages: int = 0
    questions: int = 0
    unanswered: int = 0
    handed_off: bool = False
    closed: bool = False
    bot_version: str = ""
    topic: str = ""
    sentiment: str = ""
    first_response_ms: int | None = None
    agent_wait_ms: int | None = None
    csat: float | None = None
    version: int = 0


class DeadLetterRow(Struct, kw_only=True):
    """A record that could not be taken; after a fix `replayed` is 1 (stored) or 2 (a duplicate)."""

    source: str
    position: int
    reason: str
    detail: str
    raw: str
    raw_bytes: int
    replayed: int = 0
    version: int = 0


class CheckpointRow(Struct, kw_only=True):
    """How far a source is processed and what became of its records so far.

    Written last in a commit: all rows of records up to `position` are stored.
    `received` = `stored` + `duplicates` + `dead_letters`. `prefix_digest` is the
    hash of the source's bytes up to `position`, by which a changed file is told.
    """

    source: str
    position: int
    received: int
    stored: int
    duplicates: int
    dead_letters: int
    watermark: int
    prefix_digest: str = ""


class ReleaseRow(Struct, kw_only=True):
    """Something that happened to the shop or its bot: the annotations of every chart.

    `kind`: `bot_version`, `promotion`, `policy` or `incident`.
    """

    release_id: str
    kind: str
    starts_at: int
    ends_at: int | None = None
    shop_id: str = ""
    title: str = ""
    detail: str = ""


class DirtyMinuteRow(Struct, kw_only=True):
    """A minute whose rollups `writer` has touched: `dirty` is 1 when they must be recomputed, 2 while the
    facts are being written, 0 once the rollups are right. Each writer's versions ascend."""

    minute: int
    dirty: int
    version: int
    writer: str = ""


class ClusterRow(Struct, kw_only=True):
    """A cluster of the question database. `cluster_id` is for good; `merged_into` names the cluster that
    took it up. `named_by` is `trainer` where a trainer chose the name or put it together."""

    cluster_id: str
    canonical: str = ""
    keywords: tuple[str, ...] = ()
    first_asked: int = 0
    merged_into: str = ""
    named_by: str = ""
    version: int = 0


class WordingRow(Struct, kw_only=True):
    """A wording of the question database and its cluster.

    `text` is how it was first written, `asked` how often it had been asked when it was last looked at.
    `settled`: its day is over and it was linked with all of that day. `pinned`: a trainer put it there.
    """

    wording: int
    text: str
    cluster_id: str
    first_asked: int
    asked: int = 1
    settled: bool = False
    pinned: bool = False
    version: int = 0
