"""Runs commands as a user types them, on topics of their own."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from service import ROOT, environment


class User:
    """Somebody with a broker, a folder and a prefix that nobody else has."""

    def __init__(self, home: Path, brokers: str) -> None:
        self.home = home
        self.brokers = brokers
        self.prefix = f"t-{uuid.uuid4().hex[:8]}."

    def start(self, *args: str) -> subprocess.Popen[bytes]:
        """A running command."""
        env = environment(
            self.home,
            KEFU_PULSE_KAFKA=self.brokers,
            KEFU_PULSE_TOPIC_PREFIX=self.prefix,
            KEFU_PULSE_WAREHOUSE=str(self.home / "data"),
        )
        return subprocess.Popen(
            [sys.executable, "-m", "streams.cli", *args],
            env=env,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *args: str, stdin: bytes = b"") -> tuple[int, str, str]:
        """Exit code, results and words of a command."""
        process = self.start(*args)
        out, err = process.communicate(stdin, timeout=120)
        return process.returncode, out.decode(), err.decode()

    def rows(self, *args: str) -> list[dict[str, Any]]:
        """The results of a command that succeeds."""
        code, out, err = self.run(*args, "--format", "jsonl")
        assert code == 0, err
        return [json.loads(line) for line in out.splitlines()]


def chat(number: int, conversation: str = "c1") -> bytes:
    """A customer's message as JSON."""
    event = {
        "event_id": f"e{number}",
        "type": "chat.message",
        "occurred_at": 1_794_189_600_000 + number * 1000,
        "shop_id": "s",
        "channel": "jd",
        "conversation_id": conversation,
        "sender": "customer",
        "text": f"快递到哪了 {number} 电话13812345678",
    }
    return json.dumps(event, ensure_ascii=False).encode() + b"\n"
