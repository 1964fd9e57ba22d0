"""The verdicts of questions, for `kefu-pulse unanswered`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from processors.records import evidence_ids
from streams.errors import UsageError
from streams.warehouse.client import Reader

TURN_COLUMNS = (
    "conversation_id",
    "event_id",
    "text",
    "unanswered",
    "reasons",
    "score",
    "evidence",
    "evidence_by_reason",
    "state",
    "asked_at",
    "shop_id",
    "channel",
    "topics",
    "responder",
    "response_ms",
    "group_event_ids",
)
PAGE_ROWS = 10_000
_FIRST = (-(1 << 62), "")


def question_rows(
    reader: Reader,
    timezone: str,
    *,
    only_unanswered: bool = False,
    shop: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Iterator[dict[str, Any]]:
    """One dict (`TURN_COLUMNS`) per question, oldest first, read page by page.

    `evidence` lists the ids that show the verdict, `evidence_by_reason` says
    which shows what. Raises UsageError for a day that is none.
    """
    parameters = {
        "timezone": timezone,
        "only": int(only_unanswered),
        "shop": shop or "",
        "since": _day_ms(since, timezone, -(1 << 40)),
        "until": _day_ms(until, timezone, 1 << 43),
    }
    after: tuple[int, str] = _FIRST
    while True:
        place = {"floor": max(0, after[0]), "after_ms": after[0], "after_id": after[1]}
        page = reader.query(_PAGE, {**parameters, **place}).rows
        for row in page:
            yield _row(row)
        if len(page) < PAGE_ROWS:
            return
        after = page[-1][-1], page[-1][1]


_PAGE = f"""
SELECT conversation_id, event_id, text, state = 'unanswered', reasons, score, evidence, state,
       toString(asked_at, {{timezone:String}}), shop_id, channel, topics,
       responder, response_ms, group_event_ids,
       toUnixTimestamp64Milli(occurred_at) AS at_ms
FROM turns
WHERE ({{only:UInt8}} = 0 OR state = 'unanswered')
  AND ({{shop:String}} = '' OR shop_id = {{shop:String}})
  AND at_ms >= {{since:Int64}} AND at_ms < {{until:Int64}}
  AND occurred_at >= fromUnixTimestamp64Milli({{floor:Int64}})
  AND (at_ms, event_id) > ({{after_ms:Int64}}, {{after_id:String}})
ORDER BY at_ms, event_id
LIMIT {PAGE_ROWS}
"""


def _row(row: tuple[Any, ...]) -> dict[str, Any]:
    by_reason = row[6]
    values = (
        *row[:3],
        bool(row[3]),
        row[4],
        round(row[5], 3),
        evidence_ids(by_reason),
        by_reason,
        *row[7:-1],
    )
    return dict(zip(TURN_COLUMNS, values, strict=True))


def _day_ms(day: str | None, timezone: str, default: int) -> int:
    if day is None:
        return default
    try:
        start = dt.datetime.fromisoformat(day)
    except ValueError as error:
        raise UsageError(f"{day!r} is no day; write it as 2026-11-02") from error
    start = start if start.tzinfo else start.replace(tzinfo=ZoneInfo(timezone))
    return int(start.timestamp() * 1000)
