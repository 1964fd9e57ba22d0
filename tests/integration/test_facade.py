"""ClickHouse's HTTP protocol as real clients speak it, on a real socket."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import clickhouse_connect
import pytest
from aiohttp import web
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from processors.rows import MessageRow, TurnRow
from streams.warehouse.client import Warehouse, open_reader
from streams.warehouse.facade import clickhouse_app

TIMEZONE = "Asia/Shanghai"
T0 = 1_795_000_020_000


@contextmanager
def served(warehouse: Warehouse, **options: int) -> Iterator[int]:
    """The façade on a free loopback port, in a thread with its own event loop."""
    listener = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(clickhouse_app(warehouse, **options))

    async def start() -> None:
        await runner.setup()
        await web.SockSite(runner, listener).start()

    loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def port(warehouse: Warehouse) -> Iterator[int]:
    key: dict[str, Any] = {"shop_id": "s", "channel": "jd"}
    warehouse.insert(
        "messages",
        [
            MessageRow(
                event_id=f"e{n}",
                type="chat.message",
                occurred_at=T0 + n,
                text="快递到哪了" * n,
                topics=("logistics", "order")[: n % 3],
                bot_confidence=n / 8 if n % 2 else None,
                **key,
            )
            for n in range(200)
        ],
    )
    warehouse.insert(
        "turns",
        [
            TurnRow(
                event_id="t",
                occurred_at=T0,
                conversation_id="c",
                evidence={"fallback": ["e1"]},
                version=1,
                **key,
            )
        ],
    )
    with served(warehouse) as opened:
        yield opened


@pytest.fixture
def client(port: int) -> Iterator[Client]:
    opened = clickhouse_connect.get_client(host="127.0.0.1", port=port)
    yield opened
    opened.close()


def ask(
    port: int, body: bytes = b"", headers: Mapping[str, str] | None = None, **fields: object
) -> tuple[int, Message, bytes]:
    url = f"http://127.0.0.1:{port}/?{urlencode(fields)}"
    request = urllib.request.Request(url, data=body or None, headers=dict(headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def test_clickhouse_connect_reads_every_kind_of_column(client: Client) -> None:
    assert client.ping()
    assert client.query("SELECT count(), max(occurred_at) FROM messages").first_row == (
        200,
        dt.datetime.fromtimestamp((T0 + 199) / 1000, dt.UTC),
    )
    row = client.query(
        "SELECT text, topics, bot_confidence, is_question FROM messages WHERE event_id = 'e5'"
    ).first_row
    assert row == ("快递到哪了" * 5, ["logistics", "order"], 0.625, False)
    assert client.query("SELECT evidence, response_ms FROM turns").first_row == ({"fallback": ["e1"]}, None)
    assert client.query("SELECT * FROM messages WHERE 0").result_rows == []
    assert client.query_arrow("SELECT * FROM messages").num_rows == 200
    assert client.command("SELECT 1 + 1") == 2
    assert "messages" in str(client.command("SHOW TABLES"))
    with client.query_row_block_stream("SELECT event_id FROM messages") as stream:
        assert sum(map(len, stream)) == 200


def test_clickhouse_connect_binds_parameters(client: Client, port: int) -> None:
    noon = dt.datetime(2026, 11, 11, 12, tzinfo=dt.UTC)
    values: dict[str, Any] = {"s": "a'b\\c\n\t中", "l": ["x'", "y"], "d": noon, "n": 7}
    sql = "SELECT {s:String}, {l:Array(String)}, {d:DateTime}, {n:UInt8}"
    assert client.query(sql, parameters=values).first_row == (values["s"], values["l"], noon, 7)
    form = clickhouse_connect.get_client(host="127.0.0.1", port=port, form_encode_query_params=True)
    assert form.query(sql, parameters=values).first_row == (values["s"], values["l"], noon, 7)
    form.close()


def test_clickhouse_connect_gets_errors_with_their_code(client: Client) -> None:
    for sql, code in {"SELECT * FROM nope": 60, "SELECT file('/etc/passwd')": 164, "SELECT 1 +)": 62}.items():
        with pytest.raises(DatabaseError) as error:
            client.query(sql)
        assert error.value.code == code
    with pytest.raises(DatabaseError, match="only reads are allowed"):
        client.command("DROP TABLE messages")


def test_the_command_line_finds_the_running_process(
    warehouse: Warehouse, warehouse_path: Path, port: int
) -> None:
    assert warehouse.lock is not None
    warehouse.lock.publish(clickhouse_url=f"http://127.0.0.1:{port}")
    reader = open_reader(str(warehouse_path), timezone=TIMEZONE)
    ((newest,),) = reader.query(
        "SELECT max(occurred_at) FROM messages WHERE shop_id = {s:String}", {"s": "s"}
    ).rows
    assert (
        newest.isoformat()
        == dt.datetime.fromtimestamp((T0 + 199) / 1000).astimezone(newest.tzinfo).isoformat()
    )
    assert reader.raw("SELECT 1 AS a", "JSONEachRow") == b'{"a":1}\n'
    reader.close()


def test_plain_http_in_every_form(port: int) -> None:
    status, headers, body = ask(
        port, query="SELECT count() AS n FROM messages FORMAT JSONEachRow", query_id="q-1"
    )
    assert (status, body) == (200, b'{"n":200}\n')
    assert headers["X-ClickHouse-Format"] == "JSONEachRow"
    assert headers["X-ClickHouse-Query-Id"] == "q-1"
    assert headers["X-ClickHouse-Timezone"] == TIMEZONE
    assert json.loads(headers["X-ClickHouse-Summary"])["result_rows"] == "1"
    assert ask(port, b"SELECT 1, 2;")[2] == b"1\t2\n"
    assert ask(port, b"+ 1", query="SELECT 1")[2] == b"2\n"
    assert ask(port, b"SELECT {x:UInt8}", param_x=7, default_format="CSV")[2] == b"7\n"
    assert ask(port, b"SELECT 1 AS a", {"X-ClickHouse-Format": "JSONEachRow"})[2] == b'{"a":1}\n'
    assert ask(port, gzip.compress(b"SELECT 5"), {"Content-Encoding": "gzip"})[2] == b"5\n"
    assert ask(port)[2] == b"Ok.\n"
    for path in ("ping", "replicas_status"):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}") as response:
            assert response.read() == b"Ok.\n"


def test_settings_shape_the_answer_but_never_unlock(port: int) -> None:
    assert ask(port, b"SELECT 1 AS a FORMAT CSV", output_format_csv_crlf_end_of_line=1)[2] == b"1\r\n"
    assert ask(port, b"SELECT timezone()", session_timezone="UTC")[2] == b"UTC\n"
    assert ask(port, b"SELECT number FROM numbers(10)", limit=2)[2] == b"0\n1\n"
    assert (
        ask(port, b"SELECT count() FROM numbers(10)", max_execution_time=1, made_up="x", session_id="s")[2]
        == b"10\n"
    )
    names = "'readonly','final','max_result_rows','max_execution_time'"
    sql = f"SELECT name, value FROM system.settings WHERE name IN ({names}) ORDER BY name"
    loose: dict[str, Any] = {"readonly": 0, "final": 0, "max_result_rows": 0, "max_execution_time": 999}
    settings = "final\t1\nmax_execution_time\t30\nmax_result_rows\t1000000\nreadonly\t1\n"
    assert ask(port, sql.encode(), **loose)[2].decode() == settings
    assert ask(port, b"SELECT 1", session_timezone="x', readonly='0")[0] != 200
    assert ask(port, b"SELECT 1", database="x`; DROP TABLE kefu.messages")[0] == 404


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"SELECT * FROM nope", 404, 60),
        (b"SELECT 1; SELECT 2", 403, 164),
        (b"INSERT INTO messages (event_id) VALUES ('x')", 403, 164),
        (b"SELECT 1 SETTINGS readonly = 0", 403, 164),
        (b"SELECT 1 FORMAT Nope", 500, 73),
        (b"SELECT {x:UInt8}", 400, 456),
        (b"SELECT number FROM numbers(3000000)", 500, 396),
        (b"SELECT \xff\xfe", 403, 164),
    ],
)
def test_errors_look_like_clickhouse(port: int, body: bytes, status: int, code: int) -> None:
    got, headers, text = ask(port, body)
    assert (got, headers["X-ClickHouse-Exception-Code"]) == (status, str(code))
    assert text.startswith(f"Code: {code}. DB::Exception: ".encode())
    assert ask(port, b"SELECT 7")[2] == b"7\n"  # nothing of the failed query is left


def test_unsupported_requests_are_said_to_be(port: int) -> None:
    assert b"compress=1 is not supported" in ask(port, b"SELECT 1", compress=1)[2]
    sql = b"SELECT quantilesTDigestState(0.5)(1) AS s FORMAT Native"
    assert b"toString()" in ask(port, sql, client_protocol_version=54_470)[2]


def test_only_this_machine_by_its_own_name(port: int) -> None:
    for host in (f"localhost:{port}", f"[::1]:{port}", "127.0.0.1"):
        assert ask(port, b"SELECT 1", {"Host": host})[0] == 200
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "10.0.0.1", "a]b["):
        assert ask(port, b"SELECT 1", {"Host": host})[0] == 403
    assert ask(port, b"SELECT 1", {"Origin": "https://evil.example"})[0] == 403


def test_a_crowd_is_told_to_come_back(warehouse: Warehouse) -> None:
    with served(warehouse, threads=1, waiting=0) as port:
        slow = b"SELECT count() FROM numbers(2000000000) WHERE NOT ignore(sipHash64(number))"
        statuses: list[int] = []
        work: Callable[[], Any] = lambda: statuses.append(ask(port, slow, max_execution_time=2)[0])  # noqa: E731
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses.count(503) == 2
        assert ask(port, b"SELECT 1")[2] == b"1\n"


def test_a_client_that_leaves_does_not_hold_the_engine(warehouse: Warehouse) -> None:
    with served(warehouse, threads=1, waiting=1) as port:
        with socket.create_connection(("127.0.0.1", port)) as leaver:
            sql = b"SELECT count() FROM numbers(2000000000) WHERE NOT ignore(sipHash64(number))"
            head = b"POST /?max_execution_time=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
            leaver.sendall(head % len(sql) + sql)
        assert ask(port, b"SELECT 1")[2] == b"1\n"
