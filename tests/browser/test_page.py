"""The live page in headless Chromium: its numbers are those of the warehouse, and its states are told."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from processors.rows import CheckpointRow, DirtyMinuteRow, MessageRow, RatingRow, ReleaseRow, TurnRow
from streams.errors import WarehouseError
from streams.warehouse.client import Warehouse, open_warehouse
from streams.warehouse.readers import ReaderPool
from streams.warehouse.rollups import WRITTEN, refresh, touched_minutes
from streams.warehouse.session import Result
from streams.web.page import add_page_routes

pytestmark = pytest.mark.needs_browser

CHROMIUM = Path(os.environ.get("KEFU_PULSE_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
MINUTE = 60_000
NOW = 1_795_406_400_000
START = NOW - 60 * MINUTE
RANGE = f"?from={START}&to={NOW}"
Read = Callable[[str, dict[str, Any]], Awaitable[Result]]


class Site:
    """The page's routes on a free port, in a thread of their own."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = 0
        self.start()

    def start(self) -> None:
        self._call(self._start())

    def stop(self) -> None:
        self._call(self._runner.cleanup())

    def close(self) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    async def _start(self) -> None:
        app = web.Application()
        add_page_routes(app, self._read, clock=lambda: NOW)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    def _call(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with open_warehouse(str(tmp_path_factory.mktemp("page")), timezone="Asia/Shanghai") as opened:
        _fill(opened)
        yield opened


@pytest.fixture(scope="module")
def site(warehouse: Warehouse) -> Iterator[Site]:
    pool = ReaderPool(warehouse)
    served = Site(pool.query)
    yield served
    served.close()
    pool.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{CHROMIUM} is missing: install Chromium (apt-get install chromium fonts-noto-cjk)")
        pytest.skip(f"{CHROMIUM} is missing: install Chromium to check the page")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield running
        running.close()


class Tab:
    """A page and what went wrong on it."""

    def __init__(self, browser: Any, width: int = 1440, scheme: str = "light") -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.wrong: list[str] = []
        self.page.on("console", lambda line: self.wrong.append(line.text) if line.type == "error" else None)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("requestfailed", self._failed)

    def _failed(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # leaving a page ends its requests
            self.wrong.append(f"{request.url}: {request.failure}")

    def open(self, url: str) -> Any:
        self.page.goto(url)
        self.page.wait_for_selector("body[data-ready=true]", timeout=20_000)
        return self.page

    def value(self, panel: str, name: str = "value") -> float:
        found = self.page.get_attribute(f'[data-panel="{panel}"]', f"data-{name}")
        assert found is not None, f"{panel} shows no {name}"
        return float(found)

    def state(self, panel: str) -> str:
        return str(self.page.get_attribute(f'[data-panel="{panel}"]', "data-state"))


@pytest.fixture
def tab(browser: Any) -> Iterator[Tab]:
    opened = Tab(browser)
    yield opened
    opened.page.close()


def _stream(i: int) -> dict[str, Any]:
    shop = "小店" if i % 40 == 9 else ("松鹤家居", "青禾母婴")[i % 2]
    return {"shop_id": shop, "channel": ("taobao", "jd")[i % 3 == 0], "conversation_id": f"c{i}"}


def _at(i: int) -> int:
    return START + i * 15_000 - (20 * MINUTE if i % 5 == 0 else 0)


def _topic(i: int) -> str:
    return ("logistics", "after_sales", "product")[i % 7 % 3]


def _messages(i: int) -> list[MessageRow]:
    asked = MessageRow(
        event_id=f"q{i}",
        type="chat.message",
        occurred_at=_at(i),
        topics=(_topic(i),),
        sentiment="negative" if i % 9 == 0 else "neutral",
        **_stream(i),
    )
    said = MessageRow(
        event_id=f"b{i}", type="chat.message", occurred_at=_at(i) + 1500, sender="bot", **_stream(i)
    )
    return [asked, said]


def _turn(i: int) -> TurnRow:
    missed = i % 6 == 0
    return TurnRow(
        event_id=f"q{i}",
        occurred_at=_at(i),
        text=f"第{i}个问题 <b>&</b>",
        topics=(_topic(i),),
        bot_version="v1",
        state="unanswered" if missed else "answered",
        reasons=("fallback",) if missed else (),
        responder="agent" if i % 11 == 0 else "bot",
        response_ms=1500 + i * 10,
        version=1,
        **_stream(i),
    )


def _rating(i: int) -> RatingRow:
    return RatingRow(
        event_id=f"r{i}", occurred_at=_at(i) + 5000, score=5.0, satisfied=i % 4 > 0, **_stream(i)
    )


def _fill(warehouse: Warehouse) -> None:
    messages = [row for i in range(240) for row in _messages(i)]
    turns = [_turn(i) for i in range(240)]
    ratings = [_rating(i) for i in range(0, 240, 3)]
    release = ReleaseRow(release_id="1", kind="bot_version", starts_at=NOW - 30 * MINUTE, title="v1 上线")
    progress = CheckpointRow(
        source="s", position=9, received=560, stored=560, duplicates=0, dead_letters=0, watermark=NOW
    )
    minutes = touched_minutes([*messages, *turns, *ratings])
    marks = [DirtyMinuteRow(minute=minute, dirty=WRITTEN, version=2) for minute in minutes]
    warehouse.insert("dirty_minutes", marks)
    warehouse.insert("messages", messages)
    warehouse.insert("turns", turns)
    warehouse.insert("ratings", ratings)
    warehouse.insert("releases", [release])
    warehouse.insert("checkpoints", [progress])
    refresh(warehouse, 0)


IN_RANGE = (
    f"occurred_at >= fromUnixTimestamp64Milli({START}) AND occurred_at < fromUnixTimestamp64Milli({NOW})"
)


def _one(warehouse: Warehouse, what: str, table: str, where: str = "1") -> tuple[Any, ...]:
    return tuple(warehouse.query(f"SELECT {what} FROM {table} WHERE {IN_RANGE} AND {where}").rows[0])


def test_numbers_equal_sql_on_the_warehouse(tab: Tab, site: Site, warehouse: Warehouse) -> None:
    page = tab.open(site.url + RANGE)
    csat, rated = _one(warehouse, "avg(satisfied), count()", "ratings")
    assert tab.value("csat") == pytest.approx(csat)
    assert tab.value("csat", "n") == rated
    (missed,) = _one(warehouse, "avg(state = 'unanswered')", "turns")
    assert tab.value("unanswered") == pytest.approx(missed)
    assert page.text_content('[data-panel="unanswered"] .number') == f"{missed * 100:.1f}"
    (sent,) = _one(warehouse, "count()", "messages")
    assert tab.value("messages", "n") == sent
    (negative,) = _one(warehouse, "avg(sentiment = 'negative')", "messages", "sender = 'customer'")
    assert tab.value("negative") == pytest.approx(negative)
    (median,) = _one(warehouse, "quantileExact(0.5)(response_ms)", "turns", "responder = 'bot'")
    assert tab.value("bot_response") == pytest.approx(median, rel=0.02)
    assert tab.value("freshness", "stored") == 560
    assert tab.wrong == []


def test_lists_equal_sql_on_the_warehouse(tab: Tab, site: Site, warehouse: Warehouse) -> None:
    page = tab.open(site.url + RANGE)
    read_bars = "all => all.map(li => [li.dataset.key, +li.dataset.value])"
    bars = page.eval_on_selector_all('[data-panel="topics"] li', read_bars)
    by_topic = f"SELECT topics[1], count() FROM messages WHERE sender = 'customer' AND {IN_RANGE} GROUP BY 1"
    assert dict(bars) == dict(warehouse.query(by_topic).rows)
    read_ids = "all => all.map(td => td.dataset.value)"
    shown = page.eval_on_selector_all('[data-panel="unanswered_newest"] td.k-conversation_id', read_ids)
    newest = (
        f"SELECT conversation_id FROM turns WHERE state = 'unanswered' AND {IN_RANGE} "
        "ORDER BY occurred_at DESC LIMIT 50"
    )
    assert shown == [row[0] for row in warehouse.query(newest).rows]
    assert "<b>&</b>" in page.text_content('[data-panel="unanswered_newest"] td.k-text')
    assert page.text_content('[data-panel="unanswered_newest"] .chip') == "未能理解"
    assert page.text_content('[data-panel="annotations"]').endswith("v1 上线")


def test_filters_live_in_the_address(tab: Tab, site: Site, warehouse: Warehouse) -> None:
    page = tab.open(site.url + RANGE)
    page.click('[data-filter="channels"] summary')
    page.check('[data-filter="channels"] input[value="jd"]')
    (asked,) = _one(warehouse, "count()", "turns", "channel = 'jd'")
    page.wait_for_selector(f'[data-panel="unanswered"][data-n="{asked}"]')
    assert "channel=jd" in page.url
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.parentElement.dataset.filter") == "channels"
    shared = page.url
    tab.open(shared)
    assert tab.value("unanswered", "n") == asked
    tab.open(site.url + RANGE + "&topic=logistics")
    assert "话题" in page.text_content('[data-panel="by_shop"] .ignored')
    assert tab.wrong == []


@pytest.mark.parametrize("width", [360, 390, 1024, 2560])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_overflows_sideways(browser: Any, site: Site, width: int, scheme: str) -> None:
    tab = Tab(browser, width, scheme)
    page = tab.open(site.url + RANGE)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    drawn = page.eval_on_selector_all(
        ".chart canvas", "all => all.filter(c => c.width > 100 && c.height > 100).length"
    )
    assert drawn >= 5
    page.close()
    assert tab.wrong == []


def test_empty_and_insufficient_are_told(tab: Tab, site: Site) -> None:
    page = tab.open(f"{site.url}?from={START - 900 * MINUTE}&to={START - 840 * MINUTE}")
    assert {tab.state(panel) for panel in ("csat", "messages_rate", "topics", "by_shop")} == {"empty"}
    page.wait_for_selector('[data-notice="elsewhere"]:not([hidden])')
    page.click('[data-notice="elsewhere"] button')
    page.wait_for_selector('[data-panel="csat"][data-state="ok"]')
    tab.open(site.url + RANGE + "&shop=小店")
    assert tab.state("csat") == "insufficient"
    assert page.text_content('[data-panel="csat"] .number') == "样本不足"
    assert tab.wrong == []


def test_a_failing_query_is_told_on_its_panel(tab: Tab, warehouse: Warehouse) -> None:
    pool = ReaderPool(warehouse)

    async def read(sql: str, variables: dict[str, Any]) -> Result:
        if "FROM turns" in sql:
            raise WarehouseError("磁盘已满 · disk is full: free some space")
        return await pool.query(sql, variables)

    site = Site(read)
    page = tab.open(site.url + RANGE)
    assert (tab.state("unanswered"), tab.state("csat")) == ("error", "ok")
    assert "disk is full" in page.text_content('[data-panel="unanswered"] .cover')
    site.close()
    pool.close()


def test_a_lost_connection_is_told_and_heals(tab: Tab, warehouse: Warehouse) -> None:
    pool = ReaderPool(warehouse)
    site = Site(pool.query)
    page = tab.open(site.url + "?range=1h")
    stored = page.text_content('[data-panel="csat"] .number')
    site.stop()
    page.wait_for_selector("body[data-connection=lost]", timeout=20_000)
    assert "连接中断，正在重试" in page.text_content('[data-notice="offline"]')
    assert page.text_content('[data-panel="csat"] .number') == stored
    site.start()
    page.wait_for_selector("body[data-connection=ok]", timeout=20_000)
    assert page.is_hidden('[data-notice="offline"]')
    site.close()
    pool.close()


def test_a_panel_can_be_read_as_a_table_and_taken_as_csv(tab: Tab, site: Site, tmp_path: Path) -> None:
    page = tab.open(site.url + RANGE)
    page.click('[data-panel="csat_over_time"] [data-act="table"]')
    assert page.locator('[data-panel="csat_over_time"] tbody tr').count() >= 12
    with page.expect_download() as download:
        page.click('[data-panel="unanswered_newest"] [data-act="csv"]')
    download.value.save_as(tmp_path / "rows.csv")
    lines = (tmp_path / "rows.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("时间 time,店铺 shop,")
    assert len(lines) == 1 + page.locator('[data-panel="unanswered_newest"] tbody tr').count()
    assert "+08:00" in lines[1]


def test_the_theme_can_be_chosen_and_the_page_paused(tab: Tab, site: Site) -> None:
    page = tab.open(site.url + RANGE)
    light = page.evaluate("getComputedStyle(document.body).color")
    page.click('[data-act="theme"]')
    assert page.evaluate("getComputedStyle(document.body).color") != light
    page.reload()
    page.wait_for_selector("body[data-ready=true]")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.click('[data-act="pause"]')
    assert page.get_attribute('[data-act="pause"]', "aria-pressed") == "true"
    assert tab.wrong == []
