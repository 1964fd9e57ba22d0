"""A running `up` takes up a trainer's changes between two batches; no event is lost or counted twice."""

from __future__ import annotations

import json
import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from service import Service, running

QUESTION = "小蓝柜怎么打开"
NOT_UNDERSTOOD = "小客还在上学呢"


def message(event_id: str, text: str = QUESTION, sender: str = "customer", **more: Any) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "type": "chat.message",
        "occurred_at": int(time.time() * 1000),
        "shop_id": "s1",
        "channel": "jd",
        "conversation_id": f"c-{event_id}",
        "sender": sender,
        "text": text,
        **more,
    }


def post(service: Service, *events: dict[str, Any]) -> None:
    answer = service.post(json.dumps(events).encode())
    assert (answer.status, answer.json()["accepted"]) == (200, len(events))


class Traffic(threading.Thread):
    """Posts without a pause; `sent` counts what was acknowledged."""

    def __init__(self, service: Service) -> None:
        super().__init__(daemon=True)
        self._service, self._over, self.sent = service, threading.Event(), 0

    def run(self) -> None:
        while not self._over.wait(0.01):
            post(self._service, *[message(f"t{self.sent + number}") for number in range(20)])
            self.sent += 20

    def stop(self) -> int:
        self._over.set()
        self.join(30)
        return self.sent


def reloads(service: Service, outcome: str) -> int:
    page = service.request("/metrics").body.decode()
    found = re.search(rf'language_reloads_total{{outcome="{outcome}"}} (\d+)', page)
    assert found
    return int(found[1])


def wait_reloads(service: Service, outcome: str, number: int) -> None:
    deadline = time.monotonic() + 15
    while reloads(service, outcome) != number:
        assert time.monotonic() < deadline, (outcome, number)
        time.sleep(0.1)


def test_own_words_are_taken_up_while_events_come_in(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    topics = own / "topics.yaml"
    with running(tmp_path / "data", KEFU_PULSE_LANGUAGE=str(own)) as service:
        traffic = Traffic(service)
        traffic.start()
        post(service, message("before"))
        tagged(service, "before", "product")

        topics.write_text("logistics:\n  驿站: {weight: 2, words: 小蓝柜}\n", encoding="utf-8")
        wait_reloads(service, "ok", 1)
        post(service, message("after"))
        tagged(service, "after", "logistics")

        topics.write_text("logistic:\n  驿站: 小蓝柜\n", encoding="utf-8")
        wait_reloads(service, "refused", 1)
        assert service.request("/readyz").status == 200
        post(service, message("refused"))
        tagged(service, "refused", "logistics")

        topics.write_text("account:\n  柜: {weight: 2, words: 小蓝柜}\n", encoding="utf-8")
        (own / "answers.yaml").write_text(f"lost: [{NOT_UNDERSTOOD}]\n", encoding="utf-8")
        wait_reloads(service, "ok", 2)
        chat = {"conversation_id": "c-mended"}
        post(service, message("mended", **chat), message("reply", NOT_UNDERSTOOD, "bot", **chat))
        tagged(service, "mended", "account")
        service.wait_for("SELECT reasons FROM turns WHERE event_id = 'mended'", "['fallback']")

        sent = traffic.stop() + 5
        service.wait_for("SELECT count(), uniqExact(event_id) FROM messages", f"{sent}\t{sent}", 60)
        tagged(service, "before", "product")
        assert (reloads(service, "ok"), reloads(service, "refused")) == (2, 1)
    said = [line for line in capfd.readouterr().err.splitlines() if "own words" in line]
    assert ["refused" in line for line in said] == [False, True, False]
    assert "topics.yaml line 1: logistic" in said[1]


def tagged(service: Service, event_id: str, topic: str) -> None:
    service.wait_for(f"SELECT topics[1] FROM messages WHERE event_id = '{event_id}'", topic)
