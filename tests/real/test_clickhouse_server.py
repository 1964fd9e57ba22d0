"""The product's warehouse over HTTP: the same rows as from a folder, and the truth about every failure."""

from __future__ import annotations

import gzip
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import clickhouse_connect
import lz4.frame
import msgspec
import pyarrow as pa
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from processors.rows import ConversationRow, MessageRow, ReleaseRow, TurnRow
from streams.errors import WarehouseError
from streams.warehouse import session
from streams.warehouse.client import Warehouse, open_reader, open_warehouse
from tests.real.clickhouse import ROOT, ClickHouse
from tests.real.faults import Faults, Mode

TIMEZONE = "Asia/Shanghai"
T0 = 1_795_000_020_000
KEY: dict[str, Any] = {"shop_id": "旗舰店", "channel": "jd"}
UNMERGED = "SELECT count() FROM messages SETTINGS final = 0"


def messages(count: int, first: int = 0) -> list[MessageRow]:
    return [
        MessageRow(
            event_id=f"e{n}",
            type="chat.message",
            occurred_at=T0 + n,
            text=f"快递到哪了？😀 {n}\n'引号'\t\\;\0",
            topics=("logistics", "order")[: n % 3],
            bot_confidence=n / 8 if n % 2 else None,
            position=2**63 + n,
            **KEY,
        )
        for n in range(first, first + count)
    ]


def count(server: ClickHouse, database: str = "kefu") -> int:
    return int(server.ask("SELECT count() FROM messages FINAL", database))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    with ClickHouse.start(tmp_path_factory.mktemp("clickhouse"), "kefu", "p w/ö@:") as started:
        yield started


@pytest.fixture
def database(request: pytest.FixtureRequest, server: ClickHouse) -> Iterator[str]:
    """A database of the test's own, whose name needs quoting."""
    name = f"t-{abs(hash(request.node.name))}"
    yield name
    server.ask(f"DROP DATABASE IF EXISTS `{name}`", "default")


@pytest.fixture
def store(server: ClickHouse, database: str) -> Iterator[Warehouse]:
    with open_warehouse(server.url(database), timezone=TIMEZONE) as opened:
        yield opened


def test_migrations_apply_once_and_databases_are_apart(server: ClickHouse, database: str) -> None:
    for _ in range(2):
        open_warehouse(server.url(database), timezone=TIMEZONE).close()
    with open_warehouse(server.url(f"{database}-2"), timezone=TIMEZONE) as other:
        other.insert("messages", messages(1))
    files = len(list((ROOT / "deploy/clickhouse/migrations").glob("*.sql")))
    assert server.ask("SELECT count() FROM schema_migrations", database) == str(files)
    assert (count(server, database), count(server, f"{database}-2")) == (0, 1)


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("messages", messages(50)),
        (
            "turns",
            [
                TurnRow(
                    event_id="t",
                    occurred_at=T0,
                    conversation_id="c",
                    evidence={"no_reply": ["e1", "'e2'"], "转人工": []},
                    group_event_ids=("e1",),
                    version=7,
                    **KEY,
                )
            ],
        ),
        ("conversations", [ConversationRow(conversation_id="c", started_at=T0, last_at=T0, csat=0.5, **KEY)]),
        ("releases", [ReleaseRow(release_id="v2", kind="bot_version", starts_at=T0, ends_at=None)]),
    ],
)
def test_rows_come_back_as_from_a_folder(
    store: Warehouse, warehouse: Warehouse, table: str, rows: list[msgspec.Struct]
) -> None:
    columns = ", ".join(rows[0].__struct_fields__)
    sql = f"SELECT {columns} FROM {table} ORDER BY ALL"
    found = []
    for place in (store, warehouse):
        place.insert(table, rows)
        found.append(place.query(sql))
    assert len(found[0].rows) == len(rows)
    assert found[0] == found[1]


def test_text_parameters_and_settings_arrive(store: Warehouse, server: ClickHouse, database: str) -> None:
    store.insert("messages", messages(3))
    assert store.query("SELECT text, topics, bot_confidence, position FROM messages ORDER BY ALL").rows == [
        (row.text, list(row.topics), row.bot_confidence, row.position) for row in messages(3)
    ]
    hostile = "a'b\\c\n\t中"
    assert store.query("SELECT {s:String}, {l:Array(String)}", {"s": hostile, "l": [hostile]}).rows == [
        (hostile, [hostile])
    ]
    names = "SELECT timezone(), getSetting('final'), getSetting('async_insert'), currentDatabase()"
    assert store.query(names).rows == [(TIMEZONE, True, False, database)]
    reader = open_reader(server.url(database), timezone=TIMEZONE)
    assert reader.raw("SELECT 1 AS a", "JSONEachRow") == b'{"a":1}\n'
    with pytest.raises(WarehouseError, match="readonly"):
        reader._session.command("TRUNCATE TABLE messages")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("compression", "pack"), [(None, bytes), ("gzip", gzip.compress), ("lz4", lz4.frame.compress)]
)
def test_bodies_may_be_compressed(
    server: ClickHouse, database: str, compression: str | None, pack: Callable[[bytes], bytes]
) -> None:
    server.ask(f"CREATE DATABASE `{database}`", "default")
    server.ask("CREATE TABLE t (a UInt32, s String) ENGINE = MergeTree ORDER BY a", database)
    client = clickhouse_connect.get_client(
        host="127.0.0.1", port=server.port, username="kefu", password="p w/ö@:", database=database
    )
    sink = pa.BufferOutputStream()
    table = pa.table({"a": pa.array(range(1000), pa.uint32()), "s": ["中;'\n"] * 1000})
    with pa.RecordBatchFileWriter(sink, table.schema) as writer:
        writer.write(table)
    client.raw_insert(
        "t", ["a", "s"], pack(sink.getvalue().to_pybytes()), fmt="Arrow", compression=compression
    )
    client.raw_insert(
        "t", ["a", "s"], pack(b'{"a":1000,"s":";"}'), fmt="JSONEachRow", compression=compression
    )
    client.insert("t", [[1001, "a"], [1002, "b"]], ["a", "s"])
    client.command("INSERT INTO t VALUES (1003, 'x;y')")
    assert client.query("SELECT count(), countIf(s = '中;\\'\\n') FROM t").first_row == (1004, 1000)
    client.close()


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    with (
        ClickHouse.start(tmp_path / "f") as server,
        open_warehouse(server.url(), timezone=TIMEZONE) as store,
    ):
        for turn in range(3):
            store.insert("messages", messages(500, turn * 500))
            server.kill()
            with pytest.raises(WarehouseError, match=r"没有应答.*Connection refused"):
                store.insert("messages", messages(1, 9_999))
            server.restart()
            assert count(server) == 500 * (turn + 1)
        # The same handle goes on: the address is the same.
        assert store.query("SELECT uniqExact(event_id) FROM messages").rows == [(1500,)]


def test_several_clients_write_at_once(server: ClickHouse, database: str) -> None:
    def write(first: int) -> None:
        with open_warehouse(server.url(database), timezone=TIMEZONE) as mine:
            for turn in range(5):
                mine.insert("messages", messages(100, first + turn * 100))
                mine.query("SELECT count() FROM messages")

    open_warehouse(server.url(database), timezone=TIMEZONE).close()
    threads = [threading.Thread(target=write, args=(n * 500,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(server, database) == 2000


def test_errors_give_the_engines_reason_in_one_line(store: Warehouse, server: ClickHouse) -> None:
    for sql, reason in {
        "SELECT * FROM nope": f"http://127.0.0.1:{server.port}: Unknown table expression identifier 'nope'",
        "SELECT 1 +)": "Syntax error: failed at position 11",
        "SELECT 1; SELECT 2": "Multi-statements are not allowed",
        "SELECT throwIf(1, '不行')": "不行",
    }.items():
        for call in (store.query, store.command):
            with pytest.raises(WarehouseError) as error:
                call(sql)
            assert reason in str(error.value)
            assert "\n" not in str(error.value)
            assert "Code:" not in str(error.value)
    assert store.query("SELECT 7").rows == [(7,)]


def test_errors_have_clickhouses_code_and_status(server: ClickHouse) -> None:
    client = clickhouse_connect.get_client(
        host="127.0.0.1", port=server.port, username="kefu", password="p w/ö@:"
    )
    for sql, code in {"SELECT * FROM nope": 60, "SELECT 1 +)": 62, "USE nope": 81}.items():
        with pytest.raises(DatabaseError) as error:
            client.command(sql)
        assert error.value.code == code
    client.close()


def test_a_wrong_password_is_said_without_being_shown(server: ClickHouse) -> None:
    with pytest.raises(WarehouseError) as error:
        open_warehouse(f"http://kefu:s3cret@127.0.0.1:{server.port}/kefu", timezone=TIMEZONE)
    assert "用户名或密码不对 · wrong user or password" in str(error.value)
    assert "s3cret" not in str(error.value)
    with pytest.raises(WarehouseError) as error:
        open_warehouse(f"http://kefu:s3/cret@127.0.0.1:{server.port}/kefu", timezone=TIMEZONE)
    assert "%2F" in str(error.value)
    assert "s3" not in str(error.value)


FAULTS: list[tuple[Mode, dict[str, Any], str, int]] = [
    ("refuse", {}, "没有应答 · no answer (Connection refused)", 0),
    ("hang", {}, "没有回应 · silent for 1 s", 0),
    ("cut", {}, "连接中断", 0),
    ("cut", {"after": 20_000}, "连接中断", 0),
    ("cut_answer", {}, "连接中断", 1000),
]


@pytest.mark.parametrize(("mode", "how", "reason", "stored"), FAULTS)
def test_each_fault_is_told_in_time_and_no_insert_is_sent_twice(
    server: ClickHouse,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    mode: Mode,
    how: dict[str, Any],
    reason: str,
    stored: int,
) -> None:
    monkeypatch.setattr(session, "SILENCE_SECONDS", 1)
    with (
        Faults(server.port) as faults,
        open_warehouse(server.url(database, faults.port), timezone=TIMEZONE) as store,
    ):
        store.insert("messages", messages(10))
        faults.become(mode, **how)
        began = time.monotonic()
        with pytest.raises(WarehouseError) as error:
            store.insert("messages", messages(1000, 10))
        assert reason in str(error.value)
        assert faults.requests == (mode != "refuse")
        if not how:
            for call in (lambda: store.query("SELECT 1"), lambda: store.command("SELECT 1")):
                with pytest.raises(WarehouseError) as error:
                    call()
                assert reason in str(error.value)
            with pytest.raises(WarehouseError) as error:
                open_warehouse(server.url(database, faults.port), timezone=TIMEZONE)
            assert reason in str(error.value)
        assert time.monotonic() - began < 8
        faults.become("pass")
        assert store.query(UNMERGED).rows == [(10 + stored,)]
        store.insert("messages", messages(1000, 10))
        assert count(server, database) == 1010


def test_a_fault_can_be_for_inserts_alone(store: Warehouse, server: ClickHouse, database: str) -> None:
    with (
        Faults(server.port) as faults,
        open_warehouse(server.url(database, faults.port), timezone=TIMEZONE) as proxied,
    ):
        faults.become("cut", after=5_000, only=b"INSERT")
        with pytest.raises(WarehouseError):
            proxied.insert("messages", messages(1000))
        assert proxied.query("SELECT count() FROM messages").rows == [(0,)]
        faults.become("slow", seconds=0.2)
        began = time.monotonic()
        assert proxied.query("SELECT 1").rows == [(1,)]
        assert time.monotonic() - began > 0.35


def test_a_paused_server_goes_on_where_it_stood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SILENCE_SECONDS", 1)
    with (
        ClickHouse.start(tmp_path / "f") as server,
        open_warehouse(server.url(), timezone=TIMEZONE) as store,
    ):
        store.query("SELECT 1")
        server.pause()
        with pytest.raises(WarehouseError, match="没有回应"):
            store.query("SELECT 1")
        server.resume()
        assert store.query("SELECT 1").rows == [(1,)]


@pytest.mark.parametrize("paused", [False, True])
def test_the_server_dies_with_the_process_that_started_it(tmp_path: Path, paused: bool) -> None:
    script = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom tests.real.clickhouse import ClickHouse\n"
        "server = ClickHouse.start(Path(sys.argv[1]))\nprint(server.pid, flush=True)\n"
        "if sys.argv[2] == 'True':\n    server.pause()\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "f"), str(paused)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    deadline = time.monotonic() + 10
    while _alive(int(done.stdout)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
