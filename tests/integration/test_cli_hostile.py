"""The command line in hostile hands: interrupts, closed streams, no permission, a folder in use."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from service import ROOT, Service, environment, free_port, running

from processors.answers import AnswerReader
from processors.pipeline import Pipeline
from streams.answer_cues import load_answer_cues
from streams.cli import COMMANDS, cli
from streams.commands.common import build_parts
from streams.metrics import Metrics
from streams.runtimes.committer import Committer, Parts
from streams.runtimes.replay import Replayed, corrected, replay
from streams.settings import load_settings
from streams.sources.base import Batch, Record
from streams.testing import AbortAt, Aborted, ManualClock
from streams.warehouse.client import Warehouse
from streams.warehouse.dead_letters import open_letters

COMMAND = [sys.executable, "-m", "streams.cli"]


def chat(number: int, **more: Any) -> dict[str, Any]:
    return {
        "event_id": f"e{number}",
        "type": "chat.message",
        "occurred_at": 1_793_600_000_000 + number * 1000,
        "shop_id": "s",
        "channel": "jd",
        "conversation_id": f"c{number // 4}",
        "sender": "agent" if number % 2 else "customer",
        "text": "亲，正在为您查询" if number % 2 else "快递到哪了",
        **more,
    }


def ndjson(*events: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def run(home: Path, *args: str, stdin: bytes | None = b"", **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *args],
        env=environment(home, **env),
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
    )


def shell(home: Path, script: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """`script` in bash, in which $K is the command and `plain` runs it without root's powers."""
    powers = "-dac_override,-dac_read_search"
    plain = f"setpriv --bounding-set={powers} --inh-caps={powers}" if os.geteuid() == 0 else ""
    head = f'K="{" ".join(COMMAND)}"; plain() {{ {plain} "$@"; }}; '
    return subprocess.run(
        ["bash", "-c", head + script],
        env=environment(home, **env),
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=False,
    )


def one_line(done: subprocess.CompletedProcess[bytes], code: int, *words: str) -> None:
    said = done.stderr.decode()
    assert (done.returncode, done.stdout, said.count("\n")) == (code, b"", 1), said
    for word in words:
        assert word in said


# --- the overview ------------------------------------------------------------------------------


def test_the_overview_loads_no_command_and_no_engine(tmp_path: Path) -> None:
    script = (
        "import sys; from streams.cli import _run; code = _run(['--help'], False);"
        "print(code, sorted({'chdb', 'numpy', 'rich', 'aiohttp', 'jieba'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(tmp_path), cwd=ROOT, capture_output=True, check=True
    )
    assert done.stdout.decode().splitlines()[-1] == "0 []"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_overview_exists_and_shows_how(name: str) -> None:
    command = cli.commands[name]
    assert command.name == name
    assert f"kefu-pulse {name}" in (command.epilog or "")
    assert "一" <= (command.help or "")[0] <= "龥", "Chinese first"


def test_a_bare_call_shows_the_overview_and_a_typo_gets_a_guess(tmp_path: Path) -> None:
    bare = run(tmp_path)
    assert (bare.returncode, bare.stderr) == (0, b"")
    assert "kefu-pulse demo" in bare.stdout.decode()
    one_line(run(tmp_path, "improt", "x"), 2, "import")
    one_line(run(tmp_path, "--nonsense"), 2, "--help")
    one_line(run(tmp_path, "unanswered", "--form", "csv", "--frob"), 2, "kefu-pulse unanswered --help")


# --- where it may not write --------------------------------------------------------------------


def test_no_permission_is_one_line(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    (tmp_path / "secret.jsonl").write_bytes(ndjson(chat(0)))
    (tmp_path / "secret.jsonl").chmod(0o000)
    locked.chmod(0o555)
    words = f"-u KEFU_PULSE_REDACTION_KEY HOME={locked}"
    one_line(shell(tmp_path, f"plain env {words} $K redact </dev/null"), 2, "KEFU_PULSE_REDACTION_KEY")
    for folder in (locked, locked / "below"):
        one_line(shell(tmp_path, f"plain $K import - --warehouse {folder} </dev/null"), 1, "--warehouse")
    one_line(shell(tmp_path, f"plain $K redact {tmp_path}/secret.jsonl"), 1, "secret.jsonl")
    one_line(shell(tmp_path, f"plain $K up --warehouse {tmp_path}/d", TMPDIR=str(locked)), 1, "TMPDIR")
    one_line(run(tmp_path, "query", "SELECT 1", "--warehouse", ""), 2, "KEFU_PULSE_WAREHOUSE")
    one_line(run(tmp_path, "query", "SELECT 1", "--warehouse", "tcp://h/db"), 2, "http(s)://")


def test_a_server_that_is_not_there_is_one_line_without_its_password(tmp_path: Path) -> None:
    url = f"http://user:hidden-word@127.0.0.1:{free_port()}/db"
    done = run(tmp_path, "query", "SELECT 1", "--warehouse", url)
    one_line(done, 1, "no answer")
    assert b"hidden-word" not in done.stderr


def test_closed_and_full_streams(tmp_path: Path) -> None:
    line = """printf '{"text": "好"}\\n' | """
    one_line(shell(tmp_path, f"{line} $K redact >/dev/full"), 1, "stdout")
    one_line(shell(tmp_path, f"{line} $K redact >&-"), 1, "stdout")
    one_line(shell(tmp_path, "$K redact <&-"), 1, "stdin")
    silent = shell(tmp_path, "$K nonsense 2>&-")
    assert (silent.returncode, silent.stdout) == (2, b"")
    many = f"yes 2>/dev/null '{json.dumps({'text': '好'})}' | $K redact | head -1"
    cut = shell(tmp_path, f"{many}; exit ${{PIPESTATUS[1]}}")
    assert (cut.returncode, cut.stderr) == (0, b"")


def test_output_is_utf8_whatever_the_locale(tmp_path: Path) -> None:
    line = json.dumps({"text": "快递😀"}).encode()
    locale = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = run(tmp_path, "redact", stdin=line + b"\nnot json\n", **locale)
    assert json.loads(done.stdout) == {"text": "快递😀", "spans": []}
    assert "第 2 行" in done.stderr.decode()


# --- bad lines -----------------------------------------------------------------------------------


def test_bad_lines_are_named_and_never_a_wall_of_text(tmp_path: Path) -> None:
    lines = [b'{"text": "\\ud83d\xe7\x94\xb5\xe8\xaf\x9d13800138000"}', *[b"nope"] * 50, b"", b'{"text": 5}']
    lines += [
        b'{"text": "' + b"x" * 10_000_000 + b'"}',
        b'{"n": 12345678901234567890123, "text": "\xe5\xa5\xbd"}',
    ]
    done = run(tmp_path, "redact", stdin=b"\n".join(lines))
    first, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert first["spans"] == [{"start": 3, "end": 14, "kind": "phone"}]
    assert last == {"text": "好", "spans": []}
    said = done.stderr.decode().splitlines()
    assert done.returncode == 0
    assert len(said) == 6
    assert "52 in all" in said[-1]
    kept = run(tmp_path, "cluster", stdin=lines[-1]).stdout
    assert json.loads(kept)["n"] == 12345678901234567890123


def test_sql_injection_through_options_is_text(tmp_path: Path) -> None:
    folder = str(tmp_path / "data")
    run(tmp_path, "import", "-", "--warehouse", folder, stdin=ndjson(*map(chat, range(8))))
    for args in (("unanswered",), ("gaps", "--week", "2026-W45")):
        done = run(tmp_path, *args, "--shop", "' OR '1' = '1", "--warehouse", folder)
        assert (done.returncode, done.stdout) == (0, b"")
    one_line(
        run(tmp_path, "gaps", "--week", "2026-W45'; DROP TABLE turns", "--warehouse", folder), 2, "2026-W45"
    )
    for sql, code in (("SELECT 1; DROP TABLE turns", 1), ("SELECT 1 FORMAT CSV", 2), ("SELEC 1", 1)):
        one_line(run(tmp_path, "query", sql, "--warehouse", folder), code)
    wide = run(tmp_path, "gaps", "--week", "２０２６-W４５", "--warehouse", folder, "--format", "json")
    assert wide.returncode == 0


# --- interrupts ------------------------------------------------------------------------------------


def test_an_interrupted_import_says_one_line_and_goes_on(tmp_path: Path) -> None:
    folder, file = tmp_path / "data", tmp_path / "chats.jsonl"
    events = ndjson(*map(chat, range(12_000)))
    file.write_bytes(events)
    (tmp_path / "pipe").mkdir()
    fifo = tmp_path / "pipe" / "chats.jsonl"
    os.mkfifo(fifo)
    process = subprocess.Popen(
        [*COMMAND, "import", str(fifo), "--warehouse", str(folder)],
        env=environment(tmp_path),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with fifo.open("wb") as pipe:
        # It waits for the rest of the file when Ctrl-C comes: a batch is stored, another half read.
        pipe.write(events[: len(events) // 2])
        pipe.flush()
        _wait_for_data(folder)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.count(b"\n")) == (130, b"", 1), err.decode()
    again = run(tmp_path, "import", str(file), "--warehouse", str(folder))
    assert again.returncode == 0, again.stderr.decode()
    sql = "SELECT count() AS n, uniqExact(event_id) AS ids FROM messages"
    counted = run(tmp_path, "query", sql, "--warehouse", str(folder))
    assert json.loads(counted.stdout) == {"n": 12_000, "ids": 12_000}
    checks = [
        json.loads(line) for line in run(tmp_path, "doctor", "--warehouse", str(folder)).stdout.splitlines()
    ]
    assert all(check["ok"] for check in checks)


def _wait_for_data(folder: Path, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if sum(1 for _ in folder.glob("store/*/*/*/data.bin")) + sum(
            1 for _ in folder.glob("store/*/*/*/*.cmrk*")
        ):
            time.sleep(0.3)
            return
        time.sleep(0.1)
    raise AssertionError("nothing was stored")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_demo_leaves_nothing_behind(tmp_path: Path, name: str) -> None:
    process = subprocess.Popen(
        [*COMMAND, "demo", "--port", "0", "--clickhouse-port", "0"],
        env=environment(tmp_path, TMPDIR=str(tmp_path)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    assert any("SQL" in line for line in process.stderr)
    process.send_signal(signal.Signals[name])
    out, _ = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert not list(tmp_path.glob("kefu-pulse-demo-*"))


# --- a folder in use -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("cli-up") / "data", KEFU_PULSE_TOKEN="a-token") as started:
        yield started


def test_an_import_goes_through_the_running_process(service: Service, tmp_path: Path) -> None:
    file = tmp_path / "chats.jsonl"
    oversized = b'{"event_id": "big", "text": "' + b"x" * 1_200_000 + b'"}\n'
    file.write_bytes(ndjson(*map(chat, range(6_000))) + b"\nnot json\n" + oversized + ndjson(chat(1)))
    args = ("import", str(file), "--warehouse", str(service.folder))
    one_line_less = run(service.folder.parent, *args)
    assert one_line_less.returncode == 1
    assert "KEFU_PULSE_TOKEN" in one_line_less.stderr.decode().splitlines()[-1]
    for now in (6_003, 0):
        done = run(service.folder.parent, *args, KEFU_PULSE_TOKEN="a-token")
        assert done.returncode == 0, done.stderr.decode()
        assert f"received now {now}\n" in done.stderr.decode()
        assert "6003 = 入库 stored 6000 + 重复 duplicates 1 + 死信 dead letters 2" in done.stderr.decode()
    assert service.sql("SELECT count() FROM messages") == "6000"
    places = service.sql(
        "SELECT position, reason FROM dead_letters WHERE source LIKE 'file:%' ORDER BY position"
    )
    assert places == "6002\tnot_json\n6003\ttoo_large"
    checks = run(service.folder.parent, "doctor", "--warehouse", str(service.folder))
    assert checks.returncode == 0, checks.stdout.decode()


def test_a_batch_that_does_not_follow_is_refused(service: Service) -> None:
    token = {"Authorization": "Bearer a-token"}
    assert service.request("/v1/import?source=nobody", headers=token).json()["position"] == 0
    assert service.request("/v1/import?source=nobody").status == 401
    assert service.request("/v1/import", b"not a batch", token).status == 409
    assert service.request("/v1/import", b"\x94\xa1s\x90\xa0\xc3", token).status == 409


def test_replay_needs_the_folder_for_itself_and_says_so(service: Service) -> None:
    one_line(
        run(service.folder.parent, "deadletters", "replay", "--warehouse", str(service.folder)),
        *(1, str(service.process.pid)),
    )


# --- replay ----------------------------------------------------------------------------------------


def dead_batch() -> Batch:
    """An event and five letters: two that are good once corrected, two duplicates, one that is hopeless."""
    lines = [
        chat(0),
        chat(1, sender="robot"),
        chat(2, sender="robot"),
        chat(2, sender="robot"),
        chat(0, sender="?"),
    ]
    raws = [json.dumps(line).encode() for line in lines] + [b"hopeless"]
    return Batch("file:x#1", [Record(number, raw) for number, raw in enumerate(raws, 1)], "", True)


@pytest.fixture(scope="module")
def parts() -> Parts:
    return build_parts(load_settings({"KEFU_PULSE_REDACTION_KEY": "k"}))


def new_runtime(store: Warehouse, parts: Parts, abort_at: int = 0) -> Committer:
    fresh = parts._replace(pipeline=Pipeline(AnswerReader(load_answer_cues())))
    return Committer(store, fresh, Metrics(), ManualClock(1), AbortAt(abort_at))


def corrections(store: Warehouse) -> dict[tuple[str, int], bytes]:
    letters = [
        letter | {"raw": letter["raw"].replace("robot", "customer").replace("?", "bot")}
        for letter in open_letters(store)
    ]
    return corrected((number, json.dumps(letter).encode()) for number, letter in enumerate(letters, 1))


def test_a_replay_that_dies_and_is_repeated_counts_nothing_twice(warehouse: Warehouse, parts: Parts) -> None:
    new_runtime(warehouse, parts).process(dead_batch())
    edits = corrections(warehouse)
    assert len(edits) == 5
    aborted = 0
    for step in range(1, 8):
        with pytest.raises(Aborted):
            replay(warehouse, new_runtime(warehouse, parts, step), edits)
        aborted += 1
    assert aborted == 7
    assert replay(warehouse, new_runtime(warehouse, parts), edits) == Replayed(taken=4, left=1, unknown=0)
    assert replay(warehouse, new_runtime(warehouse, parts), edits) == Replayed(taken=0, left=1, unknown=4)
    marks = warehouse.query("SELECT position, replayed FROM dead_letters ORDER BY position").rows
    assert marks == [(2, 1), (3, 1), (4, 2), (5, 2), (6, 0)]
    assert warehouse.query("SELECT count(), uniqExact(event_id) FROM messages").rows == [(3, 3)]
