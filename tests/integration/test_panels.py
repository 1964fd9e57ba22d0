"""Every panel's SQL on the migrated schema, and the routes that serve it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from dashboards.labels import LABELS
from dashboards.panels import FILTERS, PANELS, Panel, sql_of
from processors.rows import ConversationRow, DirtyMinuteRow, MessageRow, RatingRow, ReleaseRow, TurnRow
from streams.errors import UsageError, WarehouseError
from streams.warehouse.client import Warehouse, open_warehouse
from streams.warehouse.readers import ReaderPool
from streams.warehouse.rollups import WRITTEN, refresh, touched_minutes
from streams.warehouse.session import Result
from streams.web.page import add_page_routes, parse_variables

NOON = 1_795_406_400_000
HOUR = 3_600_000
OPEN = {"from_ms": NOON - HOUR, "to_ms": NOON, "shops": [], "channels": [], "bot_versions": [], "topics": []}
CHOSEN = {
    **OPEN,
    "shops": ["s1", "it's \\ 店"],
    "channels": ["jd"],
    "bot_versions": ["v1"],
    "topics": ["logistics"],
}
STREAM: dict[str, Any] = {"shop_id": "s1", "channel": "jd", "conversation_id": "c1"}

Get = Callable[[str], Awaitable[tuple[int, Any]]]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with open_warehouse(str(tmp_path_factory.mktemp("panels")), timezone="Asia/Shanghai") as opened:
        _fill(opened)
        yield opened


def _fill(warehouse: Warehouse) -> None:
    at = NOON - HOUR // 2
    messages = [
        MessageRow(
            event_id=f"m{i}",
            type="chat.message",
            occurred_at=at + i * 1000,
            topics=("logistics",),
            sentiment="negative" if i % 4 == 0 else "neutral",
            text="快递到哪了",
            **STREAM,
        )
        for i in range(40)
    ]
    turns = [
        TurnRow(
            event_id=f"m{i}",
            occurred_at=at + i * 1000,
            topics=("logistics",),
            state="unanswered" if i % 2 else "answered",
            reasons=("fallback", "handoff") if i % 2 else (),
            responder="bot",
            response_ms=1000 + i,
            bot_version="v1",
            text="快递到哪了",
            version=1,
            **STREAM,
        )
        for i in range(40)
    ]
    ratings = [
        RatingRow(event_id=f"r{i}", occurred_at=at + i, score=5.0, satisfied=i % 5 > 0, **STREAM)
        for i in range(40)
    ]
    minutes = touched_minutes([*messages, *turns, *ratings])
    marks = [DirtyMinuteRow(minute=minute, dirty=WRITTEN, version=2) for minute in minutes]
    warehouse.insert("dirty_minutes", marks)
    warehouse.insert("messages", messages)
    warehouse.insert("turns", turns)
    warehouse.insert("ratings", ratings)
    warehouse.insert(
        "conversations", [ConversationRow(bot_version="v1", topic="logistics", version=1, **STREAM)]
    )
    warehouse.insert("releases", [ReleaseRow(release_id="1", kind="bot_version", starts_at=at, title="v1")])
    refresh(warehouse, 0)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.id)
@pytest.mark.parametrize("variables", [OPEN, CHOSEN], ids=["open", "chosen"])
def test_a_panel_returns_its_declared_columns(
    warehouse: Warehouse, panel: Panel, variables: dict[str, Any]
) -> None:
    described = warehouse.query(f"DESCRIBE TABLE ({sql_of(panel)})", variables).rows
    assert [row[0] for row in described] == [column.name for column in panel.columns]
    reader = warehouse.reader()
    rows = reader.query(sql_of(panel), variables).rows
    reader.close()
    assert all(len(row) == len(panel.columns) for row in rows)
    if panel.kind not in ("annotations", "options") and panel.id != "freshness":
        assert rows, "forty messages, turns and ratings lie in the range"


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.id)
def test_the_sql_honours_exactly_the_declared_filters(panel: Panel) -> None:
    assert {name for name in FILTERS if "{" + name + ":" in sql_of(panel)} == set(panel.filters)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.id)
def test_a_panel_is_bounded_and_its_labels_exist(panel: Panel) -> None:
    assert "LIMIT" in sql_of(panel)
    assert {column.labels for column in panel.columns} - {""} <= set(LABELS)
    assert panel.title_zh and panel.title_en and panel.description_zh


def test_ids_are_unique_and_trends_name_panels() -> None:
    ids = [panel.id for panel in PANELS]
    assert len(set(ids)) == len(ids)
    assert {panel.trend for panel in PANELS} - {""} <= set(ids)


def test_csat_has_the_wilson_interval(warehouse: Warehouse) -> None:
    panel = next(panel for panel in PANELS if panel.id == "csat")
    value, low, high, n, *_ = warehouse.query(sql_of(panel), OPEN).rows[0]
    # 32 of 40: statsmodels.stats.proportion.proportion_confint(32, 40, method="wilson")
    assert (value, n) == (0.8, 40)
    assert (round(low, 4), round(high, 4)) == (0.6524, 0.8950)


def test_a_filter_that_matches_nothing_leaves_nothing(warehouse: Warehouse) -> None:
    other = {**OPEN, "shops": ["another"]}
    for panel in PANELS:
        if "shops" in panel.filters and panel.kind in ("timeseries", "bar", "table"):
            assert warehouse.query(sql_of(panel), other).rows == []


def _ask(
    read: Callable[[str, dict[str, Any]], Awaitable[Result]], body: Callable[[TestClient[Any, Any]], Any]
) -> Any:
    async def run() -> Any:
        app = web.Application()
        add_page_routes(app, read, clock=lambda: NOON + 678)
        async with TestClient(TestServer(app)) as client:
            return await body(client)

    return asyncio.run(run())


def test_the_api_gives_json_with_times_in_milliseconds(warehouse: Warehouse) -> None:
    async def body(client: TestClient[Any, Any]) -> Any:
        answer = await client.get("/api/panels/unanswered_newest?shop=s1&topic=logistics")
        return answer.status, answer.headers, await answer.json()

    pool = ReaderPool(warehouse)
    status, headers, data = _ask(pool.query, body)
    pool.close()
    assert status == 200
    assert headers["Cache-Control"] == "no-store"
    assert "'unsafe-inline'" not in headers["Content-Security-Policy"].split("script-src")[1].split(";")[0]
    assert (data["meta"]["from_ms"], data["meta"]["to_ms"]) == (NOON - HOUR, NOON)
    row = dict(zip(data["columns"], data["rows"][0], strict=True))
    assert row["time"] == NOON - HOUR // 2 + 39_000
    assert row["reasons"] == ["fallback", "handoff"]


def test_many_browsers_share_one_query() -> None:
    calls = []

    async def slow(sql: str, variables: dict[str, Any]) -> Result:
        calls.append(sql)
        await asyncio.sleep(0.05)
        return Result((), [])

    async def body(client: TestClient[Any, Any]) -> list[int]:
        answers = await asyncio.gather(*(client.get("/api/panels/csat?from=now-6h") for _ in range(50)))
        return [answer.status for answer in answers]

    assert set(_ask(slow, body)) == {200}
    assert len(calls) == 1


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "from=now&to=now-1h",
        "from=1&to=2",
        "from=now-9999d",
        "shop=",
        "sql=SELECT+1",
        "topic=" + "x" * 600,
        "&".join(f"shop={i}" for i in range(51)),
        "from=９９９９９９９９９９９９９",
    ],
)
def test_bad_variables_are_told(query: str) -> None:
    async def never(sql: str, variables: dict[str, Any]) -> Result:
        raise AssertionError("a bad request must not reach the warehouse")

    async def body(client: TestClient[Any, Any]) -> tuple[int, Any]:
        answer = await client.get(f"/api/panels/csat?{query}")
        return answer.status, await answer.json()

    status, data = _ask(never, body)
    assert status == 400
    assert " · " in data["error"] and "\n" not in data["error"]


def test_failures_and_unknown_panels_have_their_line() -> None:
    async def broken(sql: str, variables: dict[str, Any]) -> Result:
        raise WarehouseError("warehouse: disk is full")

    async def body(client: TestClient[Any, Any]) -> list[tuple[int, Any]]:
        answers = [await client.get(path) for path in ("/api/panels/csat", "/api/panels/nope")]
        return [(answer.status, (await answer.json())["error"]) for answer in answers]

    (failed, line), (missing, _) = _ask(broken, body)
    assert (failed, line, missing) == (503, "warehouse: disk is full", 404)


def test_static_files_are_revalidated() -> None:
    async def body(client: TestClient[Any, Any]) -> tuple[int, int, str, int]:
        first = await client.get("/static/app.js")
        again = await client.get("/static/app.js", headers={"If-None-Match": first.headers["ETag"]})
        outside = await client.get("/static/..%2fpage.py")
        return first.status, again.status, first.headers["Cache-Control"], outside.status

    async def never(sql: str, variables: dict[str, Any]) -> Result:
        raise AssertionError

    assert _ask(never, body) == (200, 304, "no-cache", 404)


def test_variables_default_to_the_last_hour_and_sort_their_values() -> None:
    variables = parse_variables({"shop": "b"}, NOON + 999)
    assert variables == {**OPEN, "shops": ["b"]}
    with pytest.raises(UsageError, match="unknown variable 'x'"):
        parse_variables({"x": "1"}, NOON)


def test_static_files_name_no_other_host() -> None:
    folder = Path(__file__).parents[2] / "streams" / "web" / "static"
    for path in folder.iterdir():
        if path.suffix in (".js", ".css", ".html"):
            assert "//" not in path.read_text(encoding="utf-8").replace("// ", "").replace(
                "http://www.w3.org/2000/svg", ""
            )
