"""Starts and compares the processes of the crash tests."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from streams.demo import DemoConfig, stream
from streams.warehouse.client import Warehouse

ROOT = Path(__file__).parents[2]
CHILD = [sys.executable, str(Path(__file__).with_name("child.py"))]
START_MS = 1_793_000_000_000
KEY = "a key for tests"
TABLES = (
    "messages",
    "statuses",
    "ratings",
    "turns",
    "conversations",
    "dead_letters",
    "checkpoints",
    "dirty_minutes",
    "rollup_minute",
    "rollup_hour",
)
QUESTION_TABLES = ("clusters", "wordings")
"""These depend on the order of arrival: only runs that read the same in the same order have the same."""
# What says when a row was written or holds a sketch that depends on the order of insertion.
NOT_CONTENT = {
    "dirty_minutes": "version",
    "rollup_minute": "version, bot_response, agent_response",
    "rollup_hour": "version",
    "clusters": "version",
    "wordings": "version",
}


def environment(tmp_path: Path) -> dict[str, str]:
    """A clean environment with a fixed redaction key, so that two runs mask alike."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "KEFU_PULSE_REDACTION_KEY": KEY,
    }


def child(tmp_path: Path, *args: object) -> subprocess.CompletedProcess[str]:
    """Run `child.py` with `args`."""
    return subprocess.run(
        [*CHILD, *map(str, args)],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def dump(tmp_path: Path, folder: Path, more: Sequence[str] = ()) -> dict[str, Any]:
    """The tables of a warehouse, with its timers fired and its rollups fresh, and its books."""
    done = child(tmp_path, "dump", folder, *more)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def contents(store: Warehouse, tables: Sequence[str] = TABLES) -> dict[str, list[str]]:
    """Tables as sorted rows, without what says when they were written."""
    found = {}
    for table in tables:
        hidden = NOT_CONTENT.get(table)
        columns = f"* EXCEPT ({hidden})" if hidden else "*"
        found[table] = sorted(map(repr, store.query(f"SELECT {columns} FROM {table}").rows))
    return found


def strip_log(rows: list[str]) -> list[str]:
    """Rows of a fact table without source and position, which stand last or before the wording."""
    cut = re.compile(r", '[^']*', \d+(, \d+)?\)?$")
    return sorted(cut.sub(r"\1", row) for row in rows)


def assert_same(found: dict[str, Any], expected: dict[str, Any], ignore: tuple[str, ...] = ()) -> None:
    """Table by table, so that a failure names the table."""
    for table, rows in expected.items():
        if table not in ignore:
            assert found[table] == rows, table


def assert_books(tables: dict[str, Any]) -> None:
    """received = stored + duplicates + dead letters, for each source."""
    for source, received, stored, duplicates, dead in tables["books"]:
        assert received == stored + duplicates + dead, source


def write_stream(path: Path, events: int, seed: int = 5) -> list[bytes]:
    """A seeded stream with everything that can go wrong in it: duplicates, disorder, poison."""
    generated = stream(DemoConfig(seed=seed, start_ms=START_MS, end_ms=None, events_per_minute=600.0))
    lines = [msgspec.json.encode(event) for event, _ in zip(generated, range(events), strict=False)]
    lines[30:30] = [b'{"event_id": 1', b"\xff\xfe", b"[" * 2_000, b'{"type":"chat.message"}']
    lines[60:60] = lines[5:9]
    lines[80], lines[140] = lines[140], lines[80]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return lines
