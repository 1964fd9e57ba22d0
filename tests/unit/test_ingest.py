"""The edge of HTTP ingest: bodies, rates, tokens, limits."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from processors.events import DeadLetter
from streams.errors import KefuError
from streams.metrics import Metrics
from streams.sources.spool import Spool
from streams.web.ingest import Limits, RateLimit, RequestError, add_ingest_routes, split_body

NAMES = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12)


class Now:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_the_rate_is_kept_after_a_burst_of_two_seconds() -> None:
    now = Now()
    rate = RateLimit(10, now)
    assert rate.take(20)
    assert not rate.take(1)
    now.seconds += 0.5
    assert rate.take(5)
    assert not rate.take(1)
    now.seconds += 3_600
    assert rate.take(20)
    assert not rate.take(1)


def test_a_request_larger_than_the_bucket_passes_when_it_is_full_and_is_paid_for() -> None:
    now = Now()
    rate = RateLimit(10, now)
    assert rate.take(50)
    now.seconds += 4.9
    assert not rate.take(20)
    now.seconds += 0.2
    assert rate.take(20)


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(0, 60)), max_size=30))
def test_no_more_than_the_rate_ever_passes(steps: list[tuple[float, int]]) -> None:
    now = Now()
    rate, passed = RateLimit(10, now), 0
    for wait, events in steps:
        now.seconds += wait
        if rate.take(events):
            passed += events
    largest = max((events for _, events in steps), default=0)
    assert passed <= 20 + 10 * (now.seconds - 100.0) + largest


def test_bodies_are_arrays_or_lines() -> None:
    assert split_body(b"", 9) == []
    assert split_body(b" \n\n ", 9) == []
    assert split_body(b'[{"a": 1}, {"b": [2]}]', 9) == [b'{"a": 1}', b'{"b": [2]}']
    assert split_body(b'{"a":1}\r\n\n{"b":2}\r\n', 9) == [b'{"a":1}\r', b'{"b":2}']
    assert split_body('\ufeff{"a":1}'.encode(), 9) == [b'{"a":1}']
    assert split_body('\ufeff [1, "x"]\n'.encode(), 9) == [b"1", b'"x"']
    assert split_body(b"\xff\xfe\n{}", 9) == [b"\xff\xfe", b"{}"]


@pytest.mark.parametrize("body", [b"[", b"[1,", b"[1] 2", b"[" * 100_000, b"[\xff]"])
def test_an_array_that_is_none_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(RequestError, match="no JSON array") as refused:
        split_body(body, 9)
    assert refused.value.status == 400


@pytest.mark.parametrize("body", [b"{}\n" * 10, b"[" + b"{}," * 9 + b"{}]"])
def test_too_many_events_are_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(RequestError, match="10 events in one request; send at most 9") as refused:
        split_body(body, 9)
    assert refused.value.status == 413


@given(st.lists(st.dictionaries(NAMES, NAMES, max_size=3), max_size=8))
def test_both_forms_hold_the_same_events(events: list[dict[str, str]]) -> None:
    lines = [json.dumps(event, ensure_ascii=False).encode() for event in events]
    assert split_body(b"\n".join(lines), 9) == lines
    assert split_body(b"[" + b" , ".join(lines) + b"]", 9) == lines


class Taker:
    """An intake that takes everything but what says so."""

    def __init__(self) -> None:
        self.failure: KefuError | None = None
        self.taken: list[bytes] = []

    def accept(self, raws: Sequence[bytes]) -> list[DeadLetter]:
        if self.failure:
            raise self.failure
        self.taken += raws
        bad = [index for index, raw in enumerate(raws) if b"bad" in raw]
        return [DeadLetter(index, "not_json", "why", "", 3) for index in bad]


Sent = tuple[int, dict[str, Any], dict[str, str]]


def sent(
    tmp_path: Path, *requests: tuple[bytes, dict[str, str]], token: str = "", failure: KefuError | None = None
) -> list[Sent]:
    """The answers (status, body, headers) to requests one after the other."""

    async def conversation() -> list[Sent]:
        app, metrics = web.Application(client_max_size=1_000), Metrics()
        spool, taker = Spool(tmp_path / "spool.sqlite"), Taker()
        taker.failure = failure
        add_ingest_routes(app, taker, Limits(5, 10, token), metrics, spool)  # type: ignore[arg-type]
        async with TestClient(TestServer(app)) as client:
            answers = [
                await client.post("/v1/events", data=body, headers=headers) for body, headers in requests
            ]
            found = [(answer.status, await answer.json(), dict(answer.headers)) for answer in answers]
        spool.close()
        counted = sum(
            sample.value
            for sample in next(iter(metrics.requests.collect())).samples
            if "total" in sample.name
        )
        assert counted == len(requests)
        return found

    return asyncio.run(conversation())


def test_each_item_that_is_refused_is_named(tmp_path: Path) -> None:
    (mixed, none, nothing) = sent(tmp_path, (b"{}\nbad\n{}", {}), (b"bad", {}), (b"", {}))
    assert mixed[0] == 200
    assert mixed[1] == {
        "received": 3,
        "accepted": 2,
        "dead_lettered": 1,
        "errors": [{"index": 1, "reason": "not_json", "detail": "why"}],
    }
    assert none[0] == 422
    assert (nothing[0], nothing[1]["received"]) == (200, 0)


def test_limits_of_size_and_rate(tmp_path: Path) -> None:
    requests: list[tuple[bytes, dict[str, str]]] = [(b" " * 2_000, {}), *[(b"{}\n" * 5, {})] * 5]
    answers = sent(tmp_path, *requests)
    assert answers[0][0] == 413
    assert [status for status, *_ in answers[1:5]] == [200] * 4
    assert (answers[5][0], answers[5][2]["Retry-After"]) == (429, "1")


def test_compressed_bodies_and_bombs(tmp_path: Path) -> None:
    packed = {"Content-Encoding": "gzip"}
    good, broken, bomb = sent(
        tmp_path, (gzip.compress(b"{}"), packed), (b"no gzip", packed), (gzip.compress(b" " * 10**6), packed)
    )
    assert (good[0], broken[0], bomb[0]) == (200, 400, 413)


@pytest.mark.parametrize("given_token", ["", "Bearer", "Bearer nope", "Basic secret", "secret", "Bearer 密"])
def test_a_wrong_token_is_refused(tmp_path: Path, given_token: str) -> None:
    headers = {"Authorization": given_token} if given_token else {}
    ((status, body, answered),) = sent(tmp_path, (b"{}", headers), token="secret")
    assert (status, answered["WWW-Authenticate"]) == (401, "Bearer")
    assert "secret" not in json.dumps(body)


def test_the_right_token_passes(tmp_path: Path) -> None:
    assert sent(tmp_path, (b"{}", {"Authorization": "Bearer secret"}), token="secret")[0][0] == 200


def test_a_log_that_cannot_be_written_is_no_acknowledgement(tmp_path: Path) -> None:
    ((status, body, headers),) = sent(tmp_path, (b"{}", {}), failure=KefuError("the disk is full"))
    assert (status, body, headers["Retry-After"]) == (503, {"error": "the disk is full"}, "5")
