"""The commands as a user types them: results on stdout, words on stderr, exit codes, hostile input."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from helpers import write_stream
from service import ROOT, environment

CHAT = {
    "event_id": "a1",
    "type": "chat.message",
    "occurred_at": "2026-11-09T10:00:00+08:00",
    "shop_id": "s",
    "channel": "jd",
    "conversation_id": "c",
    "sender": "customer",
    "text": "快递到哪了 我电话13812345678",
}


def run(home: Path, *args: str, stdin: bytes = b"", **env: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "streams.cli", *args]
    return subprocess.run(
        command,
        env=environment(home, **env),
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
    )


def lines(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


def count(home: Path, folder: Path, table: str = "messages") -> int:
    return int(
        lines(run(home, "query", f"SELECT count() AS n FROM {table}", "--warehouse", str(folder)))[0]["n"]
    )


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of a small stream with poison and duplicates in it, at `<here>/data`."""
    home = tmp_path_factory.mktemp("cli")
    write_stream(home / "events.jsonl", 600)
    done = run(home, "import", str(home / "events.jsonl"), "--warehouse", str(home / "data"))
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == b""
    return home


def test_importing_again_adds_nothing(imported: Path) -> None:
    before = count(imported, imported / "data")
    again = run(imported, "import", str(imported / "events.jsonl"), "--warehouse", str(imported / "data"))
    assert "received now 0" in again.stderr.decode()
    packed = imported / "copy.jsonl.gz"
    packed.write_bytes(gzip.compress((imported / "events.jsonl").read_bytes()))
    assert run(imported, "import", str(packed), "--warehouse", str(imported / "data")).returncode == 0
    raw = (imported / "events.jsonl").read_bytes()
    assert run(imported, "import", "-", "--warehouse", str(imported / "data"), stdin=raw).returncode == 0
    assert count(imported, imported / "data") == before


def test_a_grown_file_goes_on_where_it_stopped(tmp_path: Path) -> None:
    file = tmp_path / "grows.jsonl"
    file.write_text(json.dumps(CHAT) + "\n")
    run(tmp_path, "import", str(file), "--warehouse", str(tmp_path / "data"))
    file.write_text(json.dumps(CHAT) + "\n" + json.dumps(CHAT | {"event_id": "a2"}) + "\n")
    done = run(tmp_path, "import", str(file), "--warehouse", str(tmp_path / "data"))
    assert "received now 1" in done.stderr.decode()
    file.write_text(json.dumps(CHAT | {"text": "改了"}) + "\n")
    run(tmp_path, "import", str(file), "--warehouse", str(tmp_path / "data"))
    assert count(tmp_path, tmp_path / "data") == 2
    books = lines(run(tmp_path, "doctor", "--warehouse", str(tmp_path / "data")))
    assert all(check["ok"] for check in books)


def test_unanswered_has_one_row_a_question_with_evidence(imported: Path) -> None:
    rows = lines(run(imported, "unanswered", "--warehouse", str(imported / "data")))
    fields = ["conversation_id", "event_id", "text", "unanswered", "reasons", "score", "evidence"]
    assert list(rows[0])[: len(fields)] == fields
    assert len({row["event_id"] for row in rows}) == len(rows)
    assert all(bool(row["reasons"]) == row["unanswered"] == bool(row["evidence"]) for row in rows)
    only = lines(run(imported, "unanswered", "--only-unanswered", "--warehouse", str(imported / "data")))
    assert only == [row for row in rows if row["unanswered"]]


@pytest.mark.parametrize("fmt", ["table", "json", "jsonl", "csv"])
def test_gaps_in_every_format(imported: Path, fmt: str) -> None:
    done = run(imported, "gaps", "--week", "2026-W44", "--warehouse", str(imported / "data"), "--format", fmt)
    assert done.returncode == 0, done.stderr.decode()
    text = done.stdout.decode()
    if fmt == "json":
        gaps = json.loads(text)
        assert [gap["rank"] for gap in gaps] == list(range(1, len(gaps) + 1))
        assert gaps[0]["samples"][0].keys() == {"event_id", "conversation_id", "text"}
    elif fmt == "csv":
        assert next(csv.reader(io.StringIO(text)))[:3] == ["rank", "cluster_id", "canonical"]
    else:
        assert "canonical" in text


def test_hostile_lines_are_dead_letters_and_stop_nothing(tmp_path: Path) -> None:
    hostile = [
        json.dumps(CHAT).encode(),
        b'{"event_id":"big","text":"' + b"x" * 10_000_000 + b'"}',
        b"\xff\xfe\xfa",
        json.dumps(CHAT | {"event_id": "y", "occurred_at": "9999-12-31T00:00:00Z"}).encode(),
        b'{"a":' * 100_000,
        b"",
        b"[1,2]",
        json.dumps(CHAT | {"event_id": "a2", "attrs": {"deep": [[[1]]]}, "unknown": 1}).encode(),
    ]
    file = tmp_path / "hostile.jsonl"
    file.write_bytes(b"\n".join(hostile))
    (tmp_path / "empty.jsonl").write_bytes(b"")
    folder = str(tmp_path / "data")
    assert (
        run(tmp_path, "import", str(file), str(tmp_path / "empty.jsonl"), "--warehouse", folder).returncode
        == 0
    )
    letters = lines(run(tmp_path, "deadletters", "--warehouse", folder))
    assert [(letter["position"], letter["reason"]) for letter in letters] == [
        (2, "too_large"),
        (3, "invalid_utf8"),
        (4, "time_out_of_range"),
        (5, "too_deep"),
        (7, "not_object"),
    ]
    assert count(tmp_path, tmp_path / "data") == 2


def test_dead_letters_are_replayed_as_corrected(tmp_path: Path) -> None:
    folder = str(tmp_path / "data")
    bad = json.dumps(CHAT | {"sender": "robot"}).encode()
    run(tmp_path, "import", "-", "--warehouse", folder, stdin=bad)
    letters = lines(run(tmp_path, "deadletters", "--warehouse", folder))
    assert "13812345678" not in letters[0]["raw"]
    (tmp_path / "fixed.jsonl").write_text(
        json.dumps(letters[0] | {"raw": letters[0]["raw"].replace("robot", "customer")})
    )
    for _ in range(2):
        done = run(tmp_path, "deadletters", "replay", str(tmp_path / "fixed.jsonl"), "--warehouse", folder)
        assert done.returncode == 0, done.stderr.decode()
    assert lines(run(tmp_path, "deadletters", "--warehouse", folder)) == []
    assert count(tmp_path, tmp_path / "data") == 1


def test_tables_with_a_mapping(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(
        "fields:\n  type: {value: chat.message}\n  shop_id: {value: s}\n  channel: {value: JD}\n"
        "  conversation_id: 会话\n  occurred_at: {columns: [时刻], format: '%Y/%m/%d %H:%M:%S'}\n"
        "  sender: {column: 谁, map: {买家: customer}}\n  text: 内容\n",
        encoding="utf-8",
    )
    rows = [
        ["会话", "时刻", "谁", "内容"],
        ["c1", "2026/11/09 10:00:00", "买家", "有货吗"],
        ["c1", "昨天", "买家", "?"],
    ]
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "chats.xlsx")
    (tmp_path / "chats.csv").write_text("\n".join(map(",".join, rows)), encoding="gb18030")
    for name in ("chats.xlsx", "chats.csv"):
        folder = tmp_path / name.replace(".", "-")
        mapping = str(tmp_path / "map.yaml")
        done = run(tmp_path, "import", str(tmp_path / name), "--mapping", mapping, "--warehouse", str(folder))
        assert done.returncode == 0, done.stderr.decode()
        assert (count(tmp_path, folder), count(tmp_path, folder, "dead_letters")) == (1, 1)


def test_tag_redact_cluster(tmp_path: Path) -> None:
    tagged = lines(run(tmp_path, "tag", stdin=json.dumps(CHAT).encode() + b"\nnot json\n"))
    assert [*tagged[0]][:2] == ["event_id", "sentiment"]
    assert tagged[0]["is_question"] is True
    assert "13812345678" not in tagged[0]["text"]
    masked = lines(run(tmp_path, "redact", stdin='{"text": "😀电话13812345678"}'.encode()))
    assert masked[0]["spans"] == [{"start": 3, "end": 14, "kind": "phone"}]
    given = [{"text": "怎么退货", "k": 1}, {"text": "退货怎么弄"}, {"text": "几天能到"}]
    grouped = lines(run(tmp_path, "cluster", stdin="\n".join(json.dumps(g) for g in given).encode()))
    assert grouped[0]["cluster"] == grouped[1]["cluster"] != grouped[2]["cluster"]
    assert grouped[0]["k"] == 1
    assert "k" not in grouped[1]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("nonsense",), 2),
        (("gaps",), 2),
        (("gaps", "--week", "2026-W99"), 2),
        (("import", "no-such-file.jsonl"), 1),
        (("import", "."), 1),
        (("query", "DROP TABLE messages"), 1),
        (("query", "SELECT file('/etc/passwd')"), 1),
        (("query", "SELECT 1", "--warehouse", "/nonexistent/folder"), 1),
        (("query", ""), 2),
        (("unanswered", "--since", "yesterday"), 2),
    ],
)
def test_failures_are_one_line_with_the_right_code(imported: Path, args: tuple[str, ...], code: int) -> None:
    done = run(imported, *args, KEFU_PULSE_WAREHOUSE=str(imported / "data"))
    assert (done.returncode, done.stdout) == (code, b""), done.stderr.decode()
    assert len([line for line in done.stderr.splitlines() if line.strip()]) == 1, done.stderr.decode()


def test_a_bad_setting_names_its_variable(imported: Path) -> None:
    done = run(imported, "doctor", KEFU_PULSE_PORT="eighty")
    assert done.returncode == 2
    assert "KEFU_PULSE_PORT" in done.stderr.decode()


def test_doctor_brings_the_schema_up_to_date_when_asked(tmp_path: Path) -> None:
    folder = str(tmp_path / "data")
    assert run(tmp_path, "doctor", "--warehouse", folder).returncode == 1
    for _ in range(2):
        checks = lines(run(tmp_path, "doctor", "--warehouse", folder, "--migrate"))
        assert [(check["name"], check["ok"]) for check in checks] == [("clickhouse", True), ("schema", True)]


def test_a_closed_pipe_is_no_error(imported: Path) -> None:
    command = f"{sys.executable} -m streams.cli unanswered --warehouse {imported / 'data'} | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        env=environment(imported),
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    "command", ["demo", "up", "import", "tag", "redact", "cluster", "unanswered", "gaps", "query"]
)
def test_help_has_an_example(tmp_path: Path, command: str) -> None:
    done = run(tmp_path, command, "--help")
    assert done.returncode == 0
    assert f"kefu-pulse {command}" in done.stdout.decode()
