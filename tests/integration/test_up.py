"""`kefu-pulse up` as its users meet it: ingest, acknowledgement, queries, metrics, health, errors."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest
from service import ROOT, Service, environment, free_port, running


def message(number: int, text: str = "快递到哪了", **more: Any) -> dict[str, Any]:
    return {
        "event_id": f"e{number}",
        "type": "chat.message",
        "occurred_at": f"2026-11-09T10:{number % 60:02d}:00+08:00",
        "shop_id": "s1",
        "channel": "JD",
        "conversation_id": f"c{number // 4}",
        "sender": "customer",
        "text": text,
        **more,
    }


def ndjson(*events: dict[str, Any]) -> bytes:
    return b"\n".join(json.dumps(event).encode() for event in events)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("up") / "data") as started:
        yield started


def test_array_and_ndjson_are_stored_once(service: Service) -> None:
    events = [message(1), message(2)]
    assert service.post(json.dumps(events).encode()).json() == {
        "received": 2,
        "accepted": 2,
        "dead_lettered": 0,
        "errors": [],
    }
    assert service.post(ndjson(message(2), message(3))).status == 200
    service.wait_for(
        "SELECT count(), uniqExact(event_id) FROM messages WHERE event_id IN ('e1','e2','e3')", "3\t3"
    )


def test_personal_data_never_reaches_the_disk(service: Service) -> None:
    secret = "13812345678"
    broken = b'{"event_id": "x", "text": "%s"}' % secret.encode()
    service.post(ndjson(message(7, text=f"我电话{secret}", attrs={"tel": secret})) + b"\n" + broken)
    service.wait_for("SELECT count() FROM messages WHERE event_id = 'e7'", "1")
    for file in service.folder.rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), file


def test_a_bad_item_is_named_and_kept_as_dead_letter(service: Service) -> None:
    answer = service.post(ndjson(message(10), {"event_id": "e11", "type": "nonsense"}, message(12)))
    assert answer.status == 200
    body = answer.json()
    assert (body["accepted"], body["dead_lettered"], body["errors"][0]["index"]) == (2, 1, 1)
    service.wait_for("SELECT count() FROM messages WHERE event_id IN ('e10', 'e12')", "2")
    service.wait_for("SELECT count() > 0 FROM dead_letters WHERE raw LIKE '%nonsense%'", "1")


def test_all_bad_items_is_422_and_a_bad_body_400(service: Service) -> None:
    assert service.post(b'{"type": "nonsense"}').status == 422
    assert service.post(b'[{"a": 1},').status == 400
    assert service.post(b"").json()["received"] == 0


def test_gzip_bodies(service: Service) -> None:
    answer = service.post(gzip.compress(ndjson(message(20))), **{"Content-Encoding": "gzip"})
    assert answer.json()["accepted"] == 1
    assert service.post(b"not gzip", **{"Content-Encoding": "gzip"}).status == 400


def test_other_sites_and_other_names_are_refused(service: Service) -> None:
    assert service.post(ndjson(message(21)), Origin="http://evil.example").status == 403
    assert service.request("/", headers={"Host": "evil.example"}).status == 403


def test_limits(tmp_path: Path) -> None:
    limits = {"KEFU_PULSE_MAX_BODY_BYTES": "4096", "KEFU_PULSE_MAX_BATCH_EVENTS": "5"}
    with running(tmp_path / "data", **limits, KEFU_PULSE_MAX_EVENTS_PER_SECOND="1") as small:
        assert small.post(b" " * 5000).status == 413
        assert small.post(b"{}\n" * 6).status == 413
        assert small.post(b"{}\n" * 5).status == 422
        refused = small.post(b"{}\n" * 5)
        assert (refused.status, refused.headers["Retry-After"]) == (429, "1")


def test_token_is_required_when_set_and_never_logged(tmp_path: Path) -> None:
    token = "a-secret-token"
    with running(tmp_path / "data", KEFU_PULSE_TOKEN=token) as guarded:
        assert guarded.post(ndjson(message(1))).status == 401
        assert guarded.post(ndjson(message(1)), Authorization="Bearer wrong").status == 401
        assert guarded.post(ndjson(message(1)), Authorization=f"Bearer {token}").status == 200


def test_beyond_loopback_a_token_is_compulsory(tmp_path: Path) -> None:
    done = _cli(tmp_path, "up", "--host", "0.0.0.0", "--warehouse", str(tmp_path / "data"))
    assert done.returncode == 2
    assert "KEFU_PULSE_TOKEN" in done.stderr


def test_metrics_add_up(service: Service) -> None:
    service.post(ndjson(message(30), message(30), {"type": "?"}))
    service.wait_for("SELECT count() FROM messages WHERE event_id = 'e30'", "1")
    lines = service.request("/metrics").body.decode().splitlines()
    totals = {line.split(" ")[0]: float(line.split(" ")[1]) for line in lines if not line.startswith("#")}

    def total(name: str) -> float:
        return sum(value for key, value in totals.items() if key.startswith(f"kefu_pulse_{name}_total"))

    assert total("events_received") == total("events_stored") + total("events_duplicate") + total(
        "events_dead_lettered"
    )
    assert total("events_received") > 0


def test_clickhouse_clients_can_read_and_not_write(service: Service) -> None:
    host, port = service.sql_url.removeprefix("http://").split(":")
    client = clickhouse_connect.get_client(host=host, port=int(port))
    service.post(ndjson(message(40)))
    service.wait_for("SELECT count() FROM messages WHERE event_id = 'e40'", "1")
    rows = client.query("SELECT text FROM messages WHERE event_id = {id:String}", {"id": "e40"}).result_rows
    assert rows == [("快递到哪了",)]
    with pytest.raises(Exception, match=r"(?i)read|refused"):
        client.command("DROP TABLE messages")


def test_the_command_line_finds_the_running_process(service: Service) -> None:
    done = _cli(service.folder.parent, "query", "SELECT 6 * 7 AS answer", "--warehouse", str(service.folder))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"answer": 42}


def test_a_second_writer_and_a_used_port_get_one_clear_line(service: Service, tmp_path: Path) -> None:
    locked = _cli(tmp_path, "up", "--warehouse", str(service.folder), "--port", str(free_port()))
    assert (locked.returncode, locked.stderr.count("\n")) == (1, 1), locked.stderr
    port = service.url.rsplit(":", 1)[1]
    taken = _cli(tmp_path, "up", "--warehouse", str(tmp_path / "other"), "--port", port)
    assert taken.returncode == 1
    assert port in taken.stderr.splitlines()[-1]


def _cli(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streams.cli", *args],
        env=environment(home),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
