"""What the product says to others: one Struct per kind of record, made from the rows that are stored.

These are the values of the topics that go out (docs/topics.md; docs/schemas has them as JSON Schema). Rows
may change with the warehouse, records only with a new name in `SCHEMA_NAMES`; but a field may be added at any
time, and readers leave out what they do not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Final, Literal, TypeVar, cast, get_args

from msgspec import Meta, Struct

from processors.events import AnyEvent
from processors.rows import DeadLetterRow, MessageRow, TurnRow

Record = TypeVar("Record", bound=Struct)
Keyed = tuple[str, Record]
"""A record with the key by which its topic is partitioned."""

Kind = Literal["chat.message", "review", "complaint"]
Sentiment = Literal["negative", "neutral", "positive"]
Nature = Literal["inquiry", "request", "complaint", "suggestion", "praise", "chitchat"]
Urgency = Literal["critical", "high", "normal", "low"]
State = Literal["open", "answered", "unanswered"]
Share = Annotated[float, Meta(ge=0, le=1)]
Signed = Annotated[float, Meta(ge=-1, le=1)]
Count = Annotated[int, Meta(ge=0)]


class Tagged(Struct, frozen=True, kw_only=True):
    """The tags of a text, as `kefu-pulse tag` prints them; `text` has its personal data masked."""

    event_id: str
    sentiment: Sentiment
    sentiment_score: Signed
    topics: tuple[str, ...]
    nature: Nature
    urgency: Urgency
    is_question: bool
    keywords: tuple[str, ...]
    text: str


class TagRecord(Tagged, frozen=True, kw_only=True):
    """The tags of a customer's message, review or complaint, and where it was said.

    `topics` has the main one first. `occurred_at` is in epoch milliseconds. Ids that the event did not
    have are empty.
    """

    type: Kind
    occurred_at: int
    shop_id: str
    channel: str
    conversation_id: str
    customer_id: str
    product_id: str


class UnansweredRecord(Struct, frozen=True, kw_only=True):
    """A question as it is judged now: a record of the same `event_id` with a higher `version` replaces it.

    `unanswered` is `state` being `unanswered`; `score` is how sure that is. `evidence` has the ids of the
    messages that show it, `evidence_by_reason` says which shows what. Questions of one `wording` (16
    hexadecimal digits) are worded alike. `withdrawn`: the message is a part of another question after all.
    """

    conversation_id: str
    event_id: str
    text: str
    unanswered: bool
    reasons: tuple[str, ...]
    score: Share
    evidence: tuple[str, ...]
    evidence_by_reason: dict[str, list[str]]
    state: State
    occurred_at: int
    shop_id: str
    channel: str
    topics: tuple[str, ...]
    urgency: Literal["critical", "high", "normal", "low", ""]
    bot_version: str
    wording: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    version: Count
    withdrawn: bool


class DeadLetterRecord(Struct, frozen=True, kw_only=True):
    """A record that could not be taken: where it stood, why, and its masked text.

    `raw` is cut to 64 KiB; `raw_bytes` is how long all of it was.
    """

    source: str
    position: Count
    reason: str
    detail: str
    raw: str
    raw_bytes: Count


EVENT_SCHEMA: Final = "kefu-pulse.event/1"
SCHEMA_NAMES: Final[Mapping[type[Struct], str]] = {
    **dict.fromkeys(get_args(AnyEvent), EVENT_SCHEMA),
    TagRecord: "kefu-pulse.tag/1",
    UnansweredRecord: "kefu-pulse.unanswered/1",
    DeadLetterRecord: "kefu-pulse.dead-letter/1",
}
"""Name and version of the format of a value; the number rises when a reader has to change."""


def tag_records(rows: Iterable[MessageRow]) -> list[Keyed[TagRecord]]:
    """The tags of the customers' texts among `rows`; other rows have none."""
    return [(_key(row), _taken(row, TagRecord)) for row in rows if row.sentiment]


def unanswered_records(rows: Iterable[TurnRow]) -> list[Keyed[UnansweredRecord]]:
    """The verdicts in `rows`, withdrawn and open ones too: what was said before has to be taken back."""
    return [(_key(row), _verdict(row)) for row in rows]


def dead_letter_records(rows: Iterable[DeadLetterRow]) -> list[Keyed[DeadLetterRecord]]:
    """The dead letters in `rows`, keyed by their place, so that one told twice is told under one key."""
    return [(f"{row.source}:{row.position}", _taken(row, DeadLetterRecord)) for row in rows]


def evidence_ids(by_reason: Mapping[str, Sequence[str]]) -> list[str]:
    """All ids of the evidence, in the order of the reasons, each once."""
    return list(dict.fromkeys(event_id for ids in by_reason.values() for event_id in ids))


def _verdict(row: TurnRow) -> UnansweredRecord:
    return UnansweredRecord(
        conversation_id=row.conversation_id,
        event_id=row.event_id,
        text=row.text,
        unanswered=row.state == "unanswered",
        reasons=row.reasons,
        score=round(row.score, 3),
        evidence=tuple(evidence_ids(row.evidence)),
        evidence_by_reason=row.evidence,
        state=cast(State, row.state),
        occurred_at=row.occurred_at,
        shop_id=row.shop_id,
        channel=row.channel,
        topics=row.topics,
        urgency=cast(Urgency, row.urgency),
        bot_version=row.bot_version,
        wording=f"{row.wording:016x}",
        version=row.version,
        withdrawn=bool(row.is_deleted),
    )


def _taken(row: Struct, record: type[Record]) -> Record:
    """A record whose fields are all fields of `row`."""
    return record(**{name: getattr(row, name) for name in record.__struct_fields__})


def _key(row: MessageRow | TurnRow) -> str:
    """The key of the event that the row came from: both stand in the same partition of their topics."""
    if not row.conversation_id:
        return row.event_id
    return f"{row.shop_id}/{row.channel}/{row.conversation_id}"
