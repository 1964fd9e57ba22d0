"""The decided questions of a week and the week before, for the gap list."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

from processors.gaps import Known, QuestionFact
from streams.errors import UsageError, WarehouseError
from streams.warehouse.client import Reader

MOST_FACTS = 300_000
"""Questions of two weeks that one gap list is made of: 100,000 different wordings take 45 s, 0.9 GB."""
ANSWER_WITHIN_MS = 1_800_000
"""An agent's message counts as the answer to a question for half an hour, as one says it in a chat."""
ANSWER_MESSAGES = 3
ANSWER_CHARS = 500

_WEEK = re.compile(r"(20\d\d)-?W(\d\d)")


def parse_week(week: str, timezone: str) -> tuple[int, int]:
    """Start and end (epoch ms, end exclusive) of an ISO 8601 week such as `2026-W45`, Monday to Sunday.

    Raises UsageError for a week that is none.
    """
    match = _WEEK.fullmatch(week.strip().upper())
    try:
        if match is None:
            raise ValueError("not of the form YYYY-Www")
        monday = dt.date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError as error:
        raise UsageError(
            f"{week!r} is no ISO week 不是有效的周 ({error}); write year and week like 2026-W45"
        ) from error
    return _midnight_ms(monday, timezone), _midnight_ms(monday + dt.timedelta(days=7), timezone)


def load_question_facts(
    reader: Reader, start_ms: int, end_ms: int, shop: str | None = None
) -> list[QuestionFact]:
    """Decided questions asked in [start_ms, end_ms) and in the span of equal length before it.

    Raises WarehouseError when there are more than `MOST_FACTS`.
    """
    parameters = {
        "before": start_ms - (end_ms - start_ms),
        "start": start_ms,
        "end": end_ms,
        "shop": shop or "",
        "within": ANSWER_WITHIN_MS,
        "messages": ANSWER_MESSAGES,
        "chars": ANSWER_CHARS,
        "most": MOST_FACTS + 1,
    }
    rows = reader.query(_FACTS, parameters).rows
    if len(rows) > MOST_FACTS:
        raise WarehouseError(
            f"more than {MOST_FACTS:,} questions in two weeks 问题太多; ask for one shop: --shop SHOP_ID"
        )
    return [_fact(row) for row in rows]


def load_known(reader: Reader, start_ms: int) -> dict[int, Known]:
    """What the question database says of each wording; new is what was first asked from `start_ms` on."""
    rows = reader.query(_KNOWN, {"start": start_ms}).rows
    return {
        wording: Known(cluster, canonical, tuple(keywords), bool(is_new))
        for wording, cluster, canonical, keywords, is_new in rows
    }


_KNOWN = """
SELECT w.wording, c.cluster_id, c.canonical, c.keywords,
       toUnixTimestamp64Milli(c.first_asked) >= {start:Int64}
FROM wordings AS w
INNER JOIN clusters AS c ON c.cluster_id = w.cluster_id
WHERE c.merged_into = ''
"""

# The answer is the longest of an agent's first messages after the question: the
# first is often a greeting or 请稍等. A question the bot answered has none.
_FACTS = """
SELECT t.event_id, t.conversation_id, t.customer_id, t.text, toUnixTimestamp64Milli(t.occurred_at) AS asked,
       t.state = 'unanswered', t.reasons, t.topics, t.nature, t.urgency, t.channel,
       t.product_id, t.product_name,
       if(t.state = 'answered' AND t.responder = 'bot', '', arraySort(text -> -length(text), arraySlice(
           arrayMap(said -> said.2, arrayFilter(
               said -> said.1 > asked AND said.1 <= asked + {within:Int64}, a.said)),
           1, {messages:UInt8}))[1]) AS answer,
       asked < {start:Int64} AS previous, t.wording
FROM turns AS t
LEFT JOIN
(
    SELECT shop_id, channel, conversation_id,
           arraySort(groupArray(
               (toUnixTimestamp64Milli(occurred_at), substringUTF8(text, 1, {chars:UInt32})))) AS said
    FROM messages
    WHERE sender = 'agent' AND text != '' AND ({shop:String} = '' OR shop_id = {shop:String})
      AND occurred_at >= fromUnixTimestamp64Milli({before:Int64})
      AND occurred_at < fromUnixTimestamp64Milli({end:Int64} + {within:Int64})
    GROUP BY shop_id, channel, conversation_id
) AS a ON a.shop_id = t.shop_id AND a.channel = t.channel AND a.conversation_id = t.conversation_id
WHERE t.state IN ('answered', 'unanswered') AND ({shop:String} = '' OR t.shop_id = {shop:String})
  AND t.occurred_at >= fromUnixTimestamp64Milli({before:Int64})
  AND t.occurred_at < fromUnixTimestamp64Milli({end:Int64})
ORDER BY t.event_id
LIMIT {most:UInt64}
"""


def _fact(row: tuple[Any, ...]) -> QuestionFact:
    return QuestionFact(
        event_id=row[0],
        conversation_id=row[1],
        customer_id=row[2],
        text=row[3],
        occurred_at=row[4],
        unanswered=bool(row[5]),
        reasons=tuple(row[6]),
        topics=tuple(row[7]),
        nature=row[8],
        urgency=row[9],
        channel=row[10],
        product_id=row[11],
        product_name=row[12],
        answer=row[13],
        previous=bool(row[14]),
        wording=row[15],
    )


def _midnight_ms(day: dt.date, timezone: str) -> int:
    return int(dt.datetime.combine(day, dt.time(), ZoneInfo(timezone)).timestamp() * 1000)
