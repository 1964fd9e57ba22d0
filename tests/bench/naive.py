"""The end-to-end baseline: what a first script for the task looks like.

`python tests/bench/naive.py FILE FOLDER`: a loop over JSON lines, `naive_tag` on each
customer text, and inserts of 1,000 rows into an embedded ClickHouse table. No
masking, no verdicts, no duplicates, no recovery.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import clickhouse_connect

sys.path.insert(0, str(Path(__file__).parent.parent / "eval"))

from baseline import naive_tag

BATCH_ROWS = 1_000
COLUMNS = (
    *("event_id", "type", "occurred_at", "shop_id", "channel", "conversation_id", "sender", "text"),
    *("sentiment", "sentiment_score", "topics", "nature", "urgency", "is_question", "keywords"),
)
TABLE = """
CREATE TABLE messages (event_id String, type String, occurred_at String, shop_id String, channel String,
    conversation_id String, sender String, text String, sentiment String, sentiment_score Float32,
    topics Array(String), nature String, urgency String, is_question Bool, keywords Array(String))
ENGINE = MergeTree ORDER BY (shop_id, occurred_at)
"""
EMPTY: dict[str, Any] = {
    "sentiment": "",
    "sentiment_score": 0.0,
    "topics": [],
    "nature": "",
    "urgency": "",
    "is_question": False,
    "keywords": [],
}


def main(file: str, folder: str) -> None:
    """Import `file` into a new warehouse in `folder`."""
    client = clickhouse_connect.get_client(interface="chdb", path=folder)
    client.command(TABLE)
    rows: list[list[Any]] = []
    with Path(file).open(encoding="utf-8") as lines:
        for line in lines:
            rows.append(row(json.loads(line)))
            if len(rows) == BATCH_ROWS:
                client.insert("messages", rows, column_names=COLUMNS)
                rows = []
    if rows:
        client.insert("messages", rows, column_names=COLUMNS)
    print(client.query("SELECT count() FROM messages").result_rows[0][0])
    client.close()


def row(event: dict[str, Any]) -> list[Any]:
    """One row of an event; tags where a customer wrote."""
    text = event.get("text") or ""
    tags = naive_tag(text) if text and event.get("sender", "customer") == "customer" else EMPTY
    fact = {name: str(event.get(name) or "") for name in COLUMNS} | tags
    return [fact[name] for name in COLUMNS]


if __name__ == "__main__":
    main(*sys.argv[1:3])
