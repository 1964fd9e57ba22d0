"""What a demo stream is asked for, and what is true of it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from processors.rows import ReleaseRow

MINUTE_MS = 60_000
REPLY_LIMIT_MS = 180_000
"""A question without a bot or agent message for longer than this is `no_reply`."""


class DemoConfig(Struct, frozen=True, kw_only=True):
    """Which stream: `events_per_minute` is the mean over a week, before promotions and the incident.

    Everything on the timeline is relative to `start_ms` (epoch milliseconds).
    Without `end_ms` the stream never ends; with it, events before it are given.
    """

    start_ms: int
    end_ms: int | None = None
    seed: int = 11
    events_per_minute: float = 240.0


class Incident(Struct, frozen=True):
    """What goes wrong in one shop: from `starts_at` = start_ms + 114 min, for 75 min.

    A demo with two hours of history behind it therefore shows it under way.
    """

    shop_id: str
    topic: str
    starts_at: int
    ends_at: int
    title: str
    detail: str


class Regression(Struct, frozen=True):
    """A bot release that made the answers to `intents` worse: start_ms + 70 min to + 26 h."""

    shop_id: str
    bot_version: str
    intents: tuple[str, ...]
    starts_at: int
    ends_at: int


class TruthQuestion(Struct, kw_only=True):
    """The verdict on one customer question, keyed by its last asking message.

    `reasons` must be found, `reasons_optional` are arguable. `family` names the
    scenario: questions of one family mean the same or lie close together.
    From `settled_ms` on no event of the stream can change the verdict.
    """

    event_id: str
    conversation_id: str
    shop_id: str
    unanswered: bool = False
    reasons: tuple[str, ...] = ()
    reasons_optional: tuple[str, ...] = ()
    group_event_ids: tuple[str, ...] = ()
    topic: str = ""
    family: str = ""
    bot_version: str = ""
    asked_ms: int = 0
    settled_ms: int = 0


class Truth(Struct):
    """What really happened; `questions` is read once, in order of event time, and lazily.

    `releases` holds bot versions and promotions, what a shop would have entered
    itself; the incident is kept apart, because it is to be discovered.
    """

    releases: list[ReleaseRow]
    incident: Incident
    regression: Regression
    questions: Iterator[TruthQuestion]
