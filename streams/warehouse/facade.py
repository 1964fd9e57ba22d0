"""ClickHouse's HTTP protocol over the embedded engine, for reading, on loopback.

Through it the command line, clickhouse-connect, curl and Grafana's ClickHouse data
source query a folder while this process owns it. Reference: ClickHouse docs,
"HTTP Interface". Answers are not compressed: they do not leave the machine.
"""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from aiohttp import web

from streams.warehouse.client import Warehouse
from streams.warehouse.engine import Answer, EngineError, Question, ask

THREADS = 4
WAITING = 32
MAX_BODY = 1 << 20

_CONTENT_TYPES = {
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "Native": "application/octet-stream",
}
# ErrorCodes.cpp; the HTTP status tells clients what a retry is good for.
_TOO_MANY_QUERIES, _NOT_IMPLEMENTED = 202, 48
_STATUS = {_TOO_MANY_QUERIES: 503, _NOT_IMPLEMENTED: 501, 159: 408, 60: 404, 81: 404, 164: 403}
_BAD_REQUEST = frozenset({36, 38, 41, 43, 46, 47, 62, 115, 456, 457})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def clickhouse_app(
    warehouse: Warehouse, *, threads: int = THREADS, waiting: int = WAITING
) -> web.Application:
    """An application to mount on a loopback socket; `warehouse` must be a folder and outlive it."""
    app = web.Application(middlewares=[_local_only], client_max_size=MAX_BODY)
    facade = _Facade(warehouse, threads, waiting)
    app.router.add_get("/", facade.query)
    app.router.add_post("/", facade.query)
    app.router.add_get("/ping", _ok)
    app.router.add_get("/replicas_status", _ok)
    app.on_cleanup.append(facade.close)
    return app


class _Facade:
    def __init__(self, warehouse: Warehouse, threads: int, waiting: int) -> None:
        if warehouse.lock is None:
            raise ValueError("only an embedded warehouse needs a façade; a server answers for itself")
        self._folder = str(warehouse.lock.folder)
        self._timezone = warehouse.timezone
        self._refused = warehouse.refused
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="clickhouse-http")
        self._limit = threads + waiting
        self._running = 0

    async def close(self, _: web.Application) -> None:
        await asyncio.to_thread(self._pool.shutdown)

    async def query(self, request: web.Request) -> web.Response:
        query_id = request.query.get("query_id") or str(uuid.uuid4())
        try:
            question = await _question(request, self._timezone)
            if not question.sql.strip():
                return _reply(_Head(query_id, self._timezone), b"Ok.\n", "TabSeparated")
            answer = await self._ask(question)
        except EngineError as error:
            return _refusal(_Head(query_id, self._timezone), error)
        return _reply(_Head(query_id, question.timezone), answer.body, answer.format, answer)

    async def _ask(self, question: Question) -> Answer:
        if self._running >= self._limit:
            raise EngineError(_TOO_MANY_QUERIES, f"{self._running} queries wait or run; retry in a moment")
        self._running += 1
        try:
            # In a thread, so that a client that leaves does not stop the handle from being closed.
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, ask, self._folder, question, self._refused)
        finally:
            self._running -= 1


class _Head(NamedTuple):
    query_id: str
    timezone: str


async def _question(request: web.Request, timezone: str) -> Question:
    fields = dict(request.query) | await _form(request)
    if fields.get("compress", "0") not in {"0", "false", ""}:
        raise EngineError(_NOT_IMPLEMENTED, "compress=1 is not supported here; use gzip or no compression")
    body = "" if _is_form(request) else (await request.read()).decode("utf-8", "replace")
    return Question(
        sql="\n".join(part for part in (fields.get("query", ""), body) if part),
        format=fields.get("default_format") or request.headers.get("X-ClickHouse-Format") or "TabSeparated",
        database=fields.get("database") or request.headers.get("X-ClickHouse-Database") or "",
        timezone=fields.get("session_timezone") or timezone,
        parameters={
            name.removeprefix("param_"): value for name, value in fields.items() if name.startswith("param_")
        },
        settings={name: value for name, value in fields.items() if not name.startswith("param_")},
        protocol_version=_number(fields.get("client_protocol_version", "")),
    )


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,9}", text) else 0


def _is_form(request: web.Request) -> bool:
    return request.content_type == "multipart/form-data"


async def _form(request: web.Request) -> dict[str, str]:
    if not _is_form(request):
        return {}
    form = await request.post()
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    if len(fields) < len(form):
        raise EngineError(_NOT_IMPLEMENTED, "external tables are not supported here")
    return fields


def _reply(head: _Head, body: bytes, fmt: str, answer: Answer | None = None) -> web.Response:
    headers = _headers(head) | {
        "Content-Type": _CONTENT_TYPES.get(fmt, "text/plain; charset=UTF-8"),
        "X-ClickHouse-Format": fmt,
        "X-ClickHouse-Summary": json.dumps(_summary(answer)),
    }
    return web.Response(body=body, headers=headers)


def _headers(head: _Head) -> dict[str, str]:
    return {
        "X-ClickHouse-Query-Id": re.sub(r"[^\w.:-]", "_", head.query_id)[:200],
        "X-ClickHouse-Server-Display-Name": "kefu-pulse",
        "X-ClickHouse-Timezone": re.sub(r"[^\w/+-]", "_", head.timezone),
        "X-Content-Type-Options": "nosniff",
    }


def _summary(answer: Answer | None) -> Mapping[str, str]:
    counts = {"read_rows": 0, "read_bytes": 0, "result_rows": 0, "result_bytes": 0, "elapsed_ns": 0}
    if answer is not None:
        counts |= {
            "read_rows": answer.read_rows,
            "read_bytes": answer.read_bytes,
            "result_rows": answer.result_rows,
            "result_bytes": len(answer.body),
            "elapsed_ns": answer.elapsed_ns,
        }
    return {name: str(count) for name, count in (counts | {"written_rows": 0, "written_bytes": 0}).items()}


def _refusal(head: _Head, error: EngineError) -> web.Response:
    status = _STATUS.get(error.code, 400 if error.code in _BAD_REQUEST else 500)
    headers = _headers(head) | {"X-ClickHouse-Exception-Code": str(error.code)}
    return web.Response(status=status, text=f"{error}\n", headers=headers)


async def _ok(_: web.Request) -> web.Response:
    return web.Response(text="Ok.\n")


@web.middleware
async def _local_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only this machine by its own names: a web page whose domain was re-bound to 127.0.0.1 is refused."""
    origin = request.headers.get("Origin")
    if not _is_local(f"//{request.host}") or (origin is not None and not _is_local(origin)):
        return web.Response(status=403, text="this address answers to 127.0.0.1 and localhost only\n")
    return await handler(request)


def _is_local(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
