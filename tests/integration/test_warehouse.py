"""Rows in, rows out, on the real embedded engine."""

from __future__ import annotations

import datetime as dt
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from processors.rows import (
    CheckpointRow,
    ConversationRow,
    DeadLetterRow,
    DirtyMinuteRow,
    MessageRow,
    RatingRow,
    ReleaseRow,
    StatusRow,
    TurnRow,
)
from streams.errors import QueryRefused, WarehouseError
from streams.warehouse.client import Warehouse, open_reader, open_warehouse

TIMEZONE = "Asia/Shanghai"
T0 = 1_795_000_020_000
KEY: dict[str, Any] = {"shop_id": "旗舰店", "channel": "jd"}

ROWS: dict[str, msgspec.Struct] = {
    "messages": MessageRow(
        event_id="e1",
        type="chat.message",
        occurred_at=T0,
        text="快递到哪了？😀\n'引号'\t\\",
        topics=("logistics", "order"),
        keywords=("快递",),
        bot_confidence=0.25,
        is_fallback=False,
        rating=5,
        attrs='{"a":1}',
        source="file:x",
        position=2**63,
        **KEY,
    ),
    "statuses": StatusRow(event_id="s1", occurred_at=T0, conversation_id="c1", status="handoff", **KEY),
    "ratings": RatingRow(event_id="r1", occurred_at=T0, score=4.5, satisfied=True, **KEY),
    "turns": TurnRow(
        event_id="t1",
        occurred_at=T0,
        conversation_id="c1",
        asked_at=T0 - 1,
        reasons=("no_reply",),
        evidence={"no_reply": ["e1", "e2"], "handoff": []},
        group_event_ids=("e1",),
        version=7,
        **KEY,
    ),
    "conversations": ConversationRow(conversation_id="c1", started_at=T0, last_at=T0 + 1, csat=0.5, **KEY),
    "dead_letters": DeadLetterRow(
        source="f", position=1, reason="not_json", detail="d", raw="{", raw_bytes=1
    ),
    "checkpoints": CheckpointRow(
        source="f", position=9, received=3, stored=1, duplicates=1, dead_letters=1, watermark=T0
    ),
    "releases": ReleaseRow(release_id="v2", kind="bot_version", starts_at=T0, ends_at=None),
    "dirty_minutes": DirtyMinuteRow(minute=T0 // 60_000 * 60_000, dirty=1, version=1),
}


def message(number: int, **fields: object) -> MessageRow:
    row = MessageRow(
        event_id=f"e{number}", type="chat.message", occurred_at=T0 + number, position=number, **KEY
    )
    return msgspec.structs.replace(row, **fields)


def as_stored(value: object) -> object:
    if isinstance(value, dt.datetime):
        return round(value.timestamp() * 1000)
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize("table", ROWS)
def test_a_row_comes_back_as_it_went_in(warehouse: Warehouse, table: str) -> None:
    warehouse.insert(table, [ROWS[table]])
    result = warehouse.query(f"SELECT * FROM {table}")
    assert [as_stored(value) for value in result.rows[0]] == list(msgspec.structs.astuple(ROWS[table]))


def test_times_are_aware_and_in_the_warehouse_time_zone(warehouse: Warehouse) -> None:
    warehouse.insert("messages", [message(0)])
    ((time_of_it,),) = warehouse.query("SELECT occurred_at FROM messages").rows
    assert time_of_it == dt.datetime.fromtimestamp(T0 / 1000, ZoneInfo(TIMEZONE))
    with closing(warehouse.reader()) as reader:
        assert reader.raw("SELECT toHour(occurred_at) FROM messages", "TSV") == b"%d\n" % time_of_it.hour


def test_no_rows_is_no_insert_and_a_foreign_row_is_an_error(warehouse: Warehouse) -> None:
    warehouse.insert("messages", [])
    with pytest.raises(WarehouseError, match="StatusRow has the fields"):
        warehouse.insert("messages", [ROWS["statuses"]])
    with pytest.raises(WarehouseError, match="no table nothing"):
        warehouse.insert("nothing", [ROWS["statuses"]])


def test_a_lone_surrogate_does_not_stop_its_batch(warehouse: Warehouse) -> None:
    warehouse.insert("messages", [message(1, text="a\ud83d", topics=("\udc00",)), message(2, text="b")])
    assert warehouse.query("SELECT text FROM messages ORDER BY position").rows == [("a�",), ("b",)]


def test_every_read_sees_the_newest_version_only(warehouse: Warehouse) -> None:
    warehouse.insert("messages", [message(1), message(2)])
    warehouse.insert("messages", [message(1), message(2)])
    turn = ROWS["turns"]
    warehouse.insert("turns", [turn, msgspec.structs.replace(turn, event_id="t2")])
    warehouse.insert("turns", [msgspec.structs.replace(turn, version=8, is_deleted=1)])
    warehouse.insert("turns", [msgspec.structs.replace(turn, event_id="t2", version=6, state="old")])
    reader = warehouse.reader()
    for sql, rows in {
        "SELECT count(), uniqExact(event_id) FROM messages": [(2, 2)],
        "SELECT event_id, state FROM turns": [("t2", "open")],
        "SELECT count() FROM turns WHERE state = 'old'": [(0,)],
        "SELECT count() FROM messages AS m CROSS JOIN turns AS t": [(2,)],
        "SELECT count() FROM messages WHERE shop_id IN (SELECT shop_id FROM turns WHERE event_id = 't1')": [
            (0,)
        ],
        "WITH m AS (SELECT * FROM messages) SELECT count() FROM m": [(2,)],
    }.items():
        assert warehouse.query(sql).rows == reader.query(sql).rows == rows, sql
    reader.close()


def test_a_batch_may_span_more_months_than_the_engine_allows_by_default(warehouse: Warehouse) -> None:
    month = 31 * 86_400_000
    rows = [message(n, occurred_at=946_684_800_000 + n * month) for n in range(200)]
    warehouse.insert("messages", rows)
    assert warehouse.query("SELECT count() FROM messages").rows == [(200,)]


def test_readers_on_threads_see_whole_inserts_while_the_writer_writes(warehouse: Warehouse) -> None:
    counts: list[list[int]] = [[], [], []]
    stop = threading.Event()

    def read(into: list[int]) -> None:
        reader = warehouse.reader()
        while not stop.is_set():
            into.append(reader.query("SELECT count() FROM messages").rows[0][0])
        reader.close()

    threads = [threading.Thread(target=read, args=(into,)) for into in counts]
    for thread in threads:
        thread.start()
    for batch in range(20):
        warehouse.insert("messages", [message(batch * 100 + n) for n in range(100)])
    deadline = time.monotonic() + 20
    while not all(seen and seen[-1] == 2000 for seen in counts) and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    for seen in counts:
        assert seen == sorted(seen)
        assert seen[-1] == 2000
        assert all(count % 100 == 0 for count in seen)


def test_a_reader_cannot_write_and_heals_after_a_failure(warehouse: Warehouse) -> None:
    reader = warehouse.reader()
    with pytest.raises(QueryRefused):
        reader.query("DROP TABLE messages")
    with pytest.raises(WarehouseError, match="readonly mode"):
        reader.query("SELECT 1 SETTINGS max_execution_time = 100")
    with pytest.raises(WarehouseError, match="Limit for result"):
        reader.raw("SELECT number FROM numbers(3000000)", "TSV")
    # Without healing, the next answer would begin with rows of the failed query.
    assert reader.raw("SELECT 7", "TSV") == b"7\n"
    assert reader.raw("SELECT 7 AS a FORMAT JSONEachRow", "TSV") == b'{"a":7}\n'
    with pytest.raises(WarehouseError, match="nope"):
        reader.query("SELECT * FROM nope")
    reader.close()


def test_the_session_itself_refuses_what_a_blind_guard_would_pass(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    session = warehouse.reader()._session  # type: ignore[attr-defined]
    for sql in (
        "INSERT INTO messages (event_id) VALUES ('x')",
        "CREATE TABLE t (a UInt8) ENGINE = Memory",
        "SET readonly = 0",
        f"SELECT * FROM file('{secret}')",
        f"DESCRIBE default.`{secret}`",
        "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
    ):
        with pytest.raises(WarehouseError):
            session.command(sql)
    session.close()


def test_open_reader_on_a_folder_at_rest(warehouse_path: Path) -> None:
    with pytest.raises(WarehouseError, match="kefu-pulse import FILE --warehouse"):
        open_reader(str(warehouse_path), timezone=TIMEZONE)
    warehouse_path.mkdir()
    with pytest.raises(WarehouseError, match="kefu-pulse import FILE --warehouse"):
        open_reader(str(warehouse_path), timezone=TIMEZONE)
    with open_warehouse(str(warehouse_path), timezone=TIMEZONE) as warehouse:
        warehouse.insert("messages", [message(1)])
    assert warehouse_path.stat().st_mode & 0o777 == 0o755  # made by the user, kept as it was
    for _ in range(2):
        reader = open_reader(str(warehouse_path), timezone=TIMEZONE)
        assert reader.query("SELECT count() FROM messages").rows == [(1,)]
        reader.close()


def test_folders_are_private_and_bad_ones_are_named(tmp_path: Path) -> None:
    with open_warehouse(str(tmp_path / "deep" / "wh"), timezone=TIMEZONE):
        assert (tmp_path / "deep" / "wh").stat().st_mode & 0o777 == 0o700
    file = tmp_path / "file"
    file.write_text("")
    for target in (file, file / "below"):
        with pytest.raises(WarehouseError, match="is a file, not a folder"):
            open_warehouse(str(target), timezone=TIMEZONE)
    with pytest.raises(WarehouseError, match="cannot have a"):
        open_warehouse(str(tmp_path / "what?"), timezone=TIMEZONE)


def test_a_folder_with_an_unusual_name_works(tmp_path: Path) -> None:
    with open_warehouse(str(tmp_path / "数据 #1 'a' %41"), timezone=TIMEZONE) as warehouse:
        warehouse.insert("messages", [message(1)])
        assert warehouse.query("SELECT count() FROM messages").rows == [(1,)]


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(WarehouseError, match=r"http://127\.0\.0\.1:1") as error:
        open_warehouse("http://me:secret@127.0.0.1:1/db", timezone=TIMEZONE)
    assert "secret" not in str(error.value)
