"""HTTP ingest: `POST /v1/events`, acknowledged when the events are durable.

What is written to the spool is masked already; a record that is no event is
written as a dead letter and named in the answer.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
from aiohttp import web

from processors.events import DeadLetter
from streams.errors import KefuError
from streams.metrics import Metrics
from streams.sources.intake import Intake
from streams.sources.spool import Spool

MAX_BACKLOG = 2_000_000
"""Acknowledged events that may wait for the warehouse before senders are told to slow down."""


class Limits(NamedTuple):
    """What one request, and all requests together, may ask for."""

    max_batch_events: int
    max_events_per_second: int
    token: str


class RequestError(Exception):
    """A request that is not taken at all: HTTP `status` and a line that says why.

    `hang_up`: its body was not read to the end, so no other request can follow on the connection.
    """

    def __init__(
        self, status: int, message: str, retry_after: int | None = None, hang_up: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        self.hang_up = hang_up


class RateLimit:
    """A token bucket that holds two seconds' worth of events."""

    def __init__(self, per_second: int, now: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_second
        self._now = now
        self._tokens = 2.0 * per_second
        self._last = now()

    def take(self, events: int) -> bool:
        """Whether `events` more are allowed now; a request larger than the bucket passes when it is full."""
        now = self._now()
        self._tokens = min(2.0 * self._rate, self._tokens + (now - self._last) * self._rate)
        self._last = now
        if self._tokens < min(events, 2 * self._rate):
            return False
        self._tokens -= events
        return True


def add_ingest_routes(
    app: web.Application, intake: Intake, limits: Limits, metrics: Metrics, spool: Spool
) -> None:
    """`POST /v1/events` on `app`."""
    rate = RateLimit(limits.max_events_per_second)

    async def post_events(request: web.Request) -> web.Response:
        try:
            authorize(request, limits.token)
            if spool.backlog() > MAX_BACKLOG:
                raise RequestError(503, "the warehouse is far behind; retry later", retry_after=10)
            raws = split_body(await _body(request), limits.max_batch_events)
            if not rate.take(len(raws)):
                raise RequestError(429, f"over {limits.max_events_per_second} events a second", retry_after=1)
            dead = await asyncio.to_thread(intake.accept, raws)
        except RequestError as refused:
            answer = _answer(metrics, refused.status, {"error": str(refused)}, refused.retry_after)
            if refused.hang_up:
                answer.force_close()
            return answer
        except KefuError as error:
            return _answer(metrics, 503, {"error": str(error)}, 5)
        status = 422 if raws and len(dead) == len(raws) else 200
        return _answer(metrics, status, _outcome(len(raws), dead))

    app.router.add_post("/v1/events", post_events)


def _outcome(received: int, dead: Sequence[DeadLetter]) -> dict[str, Any]:
    errors = [{"index": d.position, "reason": d.reason, "detail": d.detail} for d in dead]
    return {
        "received": received,
        "accepted": received - len(dead),
        "dead_lettered": len(dead),
        "errors": errors,
    }


def _answer(
    metrics: Metrics, status: int, body: dict[str, Any], retry_after: int | None = None
) -> web.Response:
    metrics.requests.labels(str(status)).inc()
    headers = {"Retry-After": str(retry_after)} if retry_after else None
    if status == 401:
        headers = {"WWW-Authenticate": "Bearer"}
    return web.json_response(
        body, status=status, headers=headers, dumps=lambda o: msgspec.json.encode(o).decode()
    )


def authorize(request: web.Request, token: str) -> None:
    """Raises RequestError (401) unless the request carries the token, or none is set."""
    if not token:
        return
    given = request.headers.get("Authorization", "")
    # A header is bytes: what is no UTF-8 arrives as lone surrogates.
    if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), f"Bearer {token}".encode()):
        raise RequestError(401, "send the ingest token: Authorization: Bearer <token>")


async def _body(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise RequestError(413, "body too large; send fewer events a request", hang_up=True) from error
    except web.HTTPException:
        raise
    except Exception as error:  # a broken Content-Encoding ends here, whatever the codec raises
        # Or the server would try to read on, and log the same failure with a traceback.
        request.content.feed_eof()
        raise RequestError(400, "the body cannot be read; check Content-Encoding", hang_up=True) from error


def split_body(body: bytes, max_events: int) -> list[bytes]:
    """The events of a request body: a JSON array, or one JSON object a line.

    Raises RequestError when the body as a whole cannot be told apart into events.
    """
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    if text.startswith(b"["):
        try:
            raws = [bytes(item) for item in msgspec.json.decode(text, type=list[msgspec.Raw])]
        except (msgspec.DecodeError, RecursionError) as error:
            raise RequestError(400, f"the body is no JSON array of events: {error}") from error
    else:
        raws = [line for line in text.split(b"\n") if line.strip()]
    if len(raws) > max_events:
        raise RequestError(413, f"{len(raws)} events in one request; send at most {max_events}")
    return raws
