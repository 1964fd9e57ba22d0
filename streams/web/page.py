"""The live page: static files, panel definitions and panel data.

The browser names a panel and its variables; SQL never crosses the wire. All
browsers that ask the same thing within a second share one query.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import hashlib
import math
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import hdrs, web

from dashboards.labels import LABELS
from dashboards.panels import ENOUGH, FILTERS, PANELS, Panel, sql_of
from processors.events import EARLIEST_MS, LATEST_MS
from streams.errors import KefuError, UsageError


class Result(Protocol):
    """What a query returned."""

    @property
    def rows(self) -> Sequence[Sequence[Any]]:
        """Rows in the order of the query, cells in the order of the panel's columns."""


Read = Callable[[str, dict[str, Any]], Awaitable[Result]]
"""Runs a read: SQL and its parameters to rows."""
Clock = Callable[[], int]
"""Epoch milliseconds."""

LONGEST_RANGE_MS = 92 * 86_400_000
SHARED_SECONDS = 1.0
QUERY_SECONDS = 10.0
_MOST_VALUES = 50
_MOST_CHARACTERS = 512
_MOST_SHARED = 512
_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_RELATIVE = re.compile(r"now(?:-(\d{1,4})([smhd]))?")
_ABSOLUTE = re.compile(r"\d{1,13}")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_TYPES = {
    "html": "text/html",
    "js": "text/javascript",
    "css": "text/css",
    "svg": "image/svg+xml",
}
_BY_ID = {panel.id: panel for panel in PANELS}


def add_page_routes(
    app: web.Application, read: Read, clock: Clock | None = None, timezone: str = "Asia/Shanghai"
) -> None:
    """Serve `/`, `/static/*`, `/api/panels` and `/api/panels/{id}` from `app`.

    `read` runs one query; `clock` says what `now` in a range means (default: the
    system's); wall times are shown in `timezone`. A bad variable is answered 400,
    an unknown panel 404, a query that fails 503 and one that takes over 10 s 504,
    each with one line in `error`.
    """
    now_ms = clock or _system_clock
    panels = _PanelData(read, now_ms)
    assets = _load_assets()

    async def index(request: web.Request) -> web.Response:
        return assets["index.html"].answer(request)

    async def static(request: web.Request) -> web.Response:
        asset = assets.get(request.match_info["path"])
        if asset is None:
            raise web.HTTPNotFound(text="no such file\n")
        return asset.answer(request)

    async def panel_list(request: web.Request) -> web.Response:
        # Made anew each time: the offset changes with daylight saving time.
        return _Asset.of(_definitions(timezone, now_ms()), "application/json").answer(request)

    app.router.add_get("/", index)
    app.router.add_get("/static/{path:.+}", static)
    app.router.add_get("/api/panels", panel_list)
    app.router.add_get("/api/panels/{id}", panels.answer)


def _system_clock() -> int:
    return time.time_ns() // 1_000_000


def _definitions(timezone: str, now_ms: int) -> bytes:
    offset = dt.datetime.fromtimestamp(now_ms / 1000, ZoneInfo(timezone)).utcoffset() or dt.timedelta()
    return msgspec.json.encode(
        {
            "panels": PANELS,
            "labels": LABELS,
            "filters": FILTERS,
            "enough": ENOUGH,
            "timezone": timezone,
            "utc_offset_ms": int(offset.total_seconds() * 1000),
        }
    )


class _Asset(NamedTuple):
    """A file as it is sent; its tag is the hash of its bytes, so a new release is seen at once."""

    body: bytes
    packed: bytes
    tag: str
    content_type: str

    @classmethod
    def of(cls, body: bytes, content_type: str) -> _Asset:
        tag = hashlib.sha256(body).hexdigest()[:20]
        return cls(body, gzip.compress(body, compresslevel=6, mtime=0), tag, content_type)

    def answer(self, request: web.Request) -> web.Response:
        headers = {
            **_HEADERS,
            hdrs.CACHE_CONTROL: "no-cache",
            hdrs.ETAG: f'"{self.tag}"',
            hdrs.VARY: "Accept-Encoding",
        }
        if any(known.value in (self.tag, "*") for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        packed = "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "")
        if packed:
            headers[hdrs.CONTENT_ENCODING] = "gzip"
        body = self.packed if packed else self.body
        return web.Response(body=body, content_type=self.content_type, charset="utf-8", headers=headers)


def _load_assets() -> dict[str, _Asset]:
    found: dict[str, _Asset] = {}

    def walk(folder: Traversable, prefix: str) -> None:
        for entry in folder.iterdir():
            if entry.is_dir():
                walk(entry, f"{prefix}{entry.name}/")
            else:
                kind = _TYPES.get(entry.name.rsplit(".", 1)[-1], "text/plain")
                found[f"{prefix}{entry.name}"] = _Asset.of(entry.read_bytes(), kind)

    walk(files("streams.web").joinpath("static"), "")
    return found


class _PanelData:
    """Answers panel queries, each distinct one at most once a second."""

    def __init__(self, read: Read, clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._shared: dict[object, tuple[float, asyncio.Task[bytes]]] = {}

    async def answer(self, request: web.Request) -> web.Response:
        panel = _BY_ID.get(request.match_info["id"])
        if panel is None:
            return _problem(
                404, f"没有这个面板 · no panel {request.match_info['id'][:80]!r}: see /api/panels"
            )
        try:
            variables = parse_variables(request.query, self._clock())
            return _json(await asyncio.shield(self._share(panel, variables)))
        except UsageError as error:
            return _problem(400, str(error))
        except TimeoutError:
            return _problem(
                504, f"查询超过 {QUERY_SECONDS:g} 秒 · the query took too long: choose a shorter range"
            )
        except KefuError as error:
            return _problem(503, str(error))

    def _share(self, panel: Panel, variables: dict[str, Any]) -> asyncio.Task[bytes]:
        used = {
            name: value for name, value in variables.items() if name not in FILTERS or name in panel.filters
        }
        key = (panel.id, msgspec.json.encode(used))
        now = time.monotonic()
        expires, task = self._shared.get(key, (0.0, None))
        if task is None or (task.done() and now >= expires):
            self._forget(now)
            task = asyncio.create_task(self._run(panel, variables))
            # A failed query is shared too, but nobody may be left to look at it.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._shared[key] = (now + SHARED_SECONDS, task)
        return task

    def _forget(self, now: float) -> None:
        stale = [key for key, (expires, task) in self._shared.items() if task.done() and now >= expires]
        for key in stale:
            del self._shared[key]
        if len(self._shared) >= _MOST_SHARED:
            raise KefuError("查询太多 · too many different queries at once: try again in a second")

    async def _run(self, panel: Panel, variables: dict[str, Any]) -> bytes:
        started = time.monotonic()
        result = await asyncio.wait_for(self._read(sql_of(panel), variables), QUERY_SECONDS)
        return msgspec.json.encode(
            {
                "columns": [column.name for column in panel.columns],
                "rows": [[_plain(cell) for cell in row] for row in result.rows],
                "meta": {
                    "panel": panel.id,
                    "from_ms": variables["from_ms"],
                    "to_ms": variables["to_ms"],
                    "elapsed_ms": round((time.monotonic() - started) * 1000, 1),
                },
            }
        )


def parse_variables(query: Mapping[str, str], now_ms: int) -> dict[str, Any]:
    """The SQL parameters of a request's query string.

    `from` and `to` are epoch milliseconds or `now`, `now-1h` (s, m, h, d); the
    default is the last hour. `now` is cut to the second, so that browsers asking
    within it ask the same thing. `shop`, `channel`, `bot_version` and `topic` may
    repeat. Raises UsageError, naming the variable.
    """
    known = {"from", "to", *(name.removesuffix("s") for name in FILTERS)}
    unknown = set(query) - known
    if unknown:
        raise UsageError(
            f"未知参数 · unknown variable {min(unknown)[:80]!r}: choose from {', '.join(sorted(known))}"
        )
    start = _moment("from", query.get("from", "now-1h"), now_ms)
    end = _moment("to", query.get("to", "now"), now_ms)
    if not 0 < end - start <= LONGEST_RANGE_MS:
        raise UsageError("时段无效 · from must lie before to, by at most 92 days")
    return {"from_ms": start, "to_ms": end, **{name: _chosen(query, name) for name in FILTERS}}


def _moment(name: str, text: str, now_ms: int) -> int:
    relative = _RELATIVE.fullmatch(text)
    if relative:
        back = int(relative[1]) * _UNITS_MS[relative[2]] if relative[1] else 0
        return now_ms // 1_000 * 1_000 - back
    if not (_ABSOLUTE.fullmatch(text) and text.isascii() and EARLIEST_MS <= int(text) < LATEST_MS):
        raise UsageError(f"时间无效 · {name}={text[:40]!r}: use epoch milliseconds, now, or now-1h")
    return int(text)


def _chosen(query: Mapping[str, str], name: str) -> list[str]:
    singular = name.removesuffix("s")
    getall = getattr(query, "getall", None)
    values: list[str] = getall(singular, []) if getall else [query[singular]] if singular in query else []
    if len(values) > _MOST_VALUES or any(not 0 < len(value) <= _MOST_CHARACTERS for value in values):
        raise UsageError(
            f"筛选无效 · {singular}: at most {_MOST_VALUES} values of 1 to {_MOST_CHARACTERS} characters"
        )
    return sorted(set(values))


def _plain(cell: Any) -> Any:
    """A cell as JSON has it: times in epoch milliseconds, what is not a number as null."""
    if isinstance(cell, dt.datetime):
        # The driver gives UTC without a zone, or the column's own zone.
        aware = cell if cell.tzinfo else cell.replace(tzinfo=dt.UTC)
        return round(aware.timestamp() * 1000)
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    return cell


def _json(body: bytes) -> web.Response:
    headers = {**_HEADERS, hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(body=body, content_type="application/json", charset="utf-8", headers=headers)


def _problem(status: int, line: str) -> web.Response:
    response = _json(msgspec.json.encode({"error": line}))
    response.set_status(status)
    return response
