"""`unanswered`, `gaps` and `query`: what the warehouse knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import click
import msgspec

from processors.gaps import Gap, rank_gaps
from streams.commands.common import format_option, warehouse_option
from streams.errors import UsageError
from streams.language import load_language
from streams.output import choose_format, emit, say
from streams.settings import Settings, load_settings
from streams.synonyms import load_wordings
from streams.warehouse.client import Reader, open_reader
from streams.warehouse.gap_queries import load_question_facts, parse_week
from streams.warehouse.turns import TURN_COLUMNS, question_rows

GAP_COLUMNS = tuple(field.name for field in msgspec.structs.fields(Gap))
GAP_TABLE = (
    "rank",
    "canonical",
    "count",
    "share",
    "customers",
    "unanswered_rate",
    "previous_count",
    "topic",
    "reasons",
    "why",
)


@click.command(epilog="例 example:  kefu-pulse unanswered --only-unanswered --shop jd_sample")
@click.option("--only-unanswered", is_flag=True, help="只列没答上的 · only those without a usable answer")
@click.option("--shop", help="店铺 · shop_id")
@click.option("--since", metavar="DATE", help="从这天起，如 2026-11-02 · from this day on")
@click.option("--until", metavar="DATE", help="到这天止（不含）· before this day")
@warehouse_option
@format_option()
def unanswered(
    *,
    only_unanswered: bool,
    shop: str | None,
    since: str | None,
    until: str | None,
    warehouse: str | None,
    fmt: str | None,
) -> None:
    """每个顾客问题一行：答没答上、为什么、证据 · One row per customer question, with verdict and evidence."""
    settings = load_settings(warehouse=warehouse)
    with closing(open_reader(settings.warehouse, timezone=settings.timezone)) as reader:
        rows = question_rows(
            reader, settings.timezone, only_unanswered=only_unanswered, shop=shop, since=since, until=until
        )
        emit(
            rows,
            TURN_COLUMNS,
            choose_format(fmt),
            ("conversation_id", "text", "unanswered", "reasons", "score", "evidence"),
        )


@click.command(epilog="例 example:  kefu-pulse gaps --week 2026-W46 --limit 20")
@click.option("--week", required=True, metavar="YYYY-Www", help="ISO 周，如 2026-W46 · ISO week")
@click.option(
    "--limit",
    default=50,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="最多几条 · at most so many",
)
@click.option("--shop", help="店铺 · shop_id")
@warehouse_option
@format_option()
def gaps(week: str, limit: int, shop: str | None, warehouse: str | None, fmt: str | None) -> None:
    """一周里机器人答不上来的问题，按代价排序 · The ranked list of what the bot could not answer in a week."""
    settings = load_settings(warehouse=warehouse)
    start_ms, end_ms = parse_week(week, settings.timezone)
    with closing(open_reader(settings.warehouse, timezone=settings.timezone)) as reader:
        found = _ranked(settings, reader, (start_ms, end_ms), shop, limit)
    if not found:
        say(
            f"{week} 没有未答上的问题 · no unanswered questions in {week};"
            " which days have data: kefu-pulse unanswered"
        )
    emit((msgspec.structs.asdict(gap) for gap in found), GAP_COLUMNS, choose_format(fmt), GAP_TABLE)


def _ranked(
    settings: Settings, reader: Reader, week: tuple[int, int], shop: str | None, limit: int
) -> list[Gap]:
    facts = load_question_facts(reader, *week, shop=shop)
    wordings = load_wordings(load_language(settings.language), settings.language)
    return rank_gaps(facts, wordings, limit=limit)


@click.command(
    epilog='例 example:  kefu-pulse query "SELECT shop_id, count() FROM messages GROUP BY shop_id"'
)
@click.argument("sql")
@warehouse_option
@format_option()
def query(sql: str, warehouse: str | None, fmt: str | None) -> None:
    """只读 SQL · Read-only SQL on the warehouse (bounded in time and rows)."""
    if not sql.strip():
        raise UsageError('give a query, such as "SELECT count() FROM messages"')
    settings = load_settings(warehouse=warehouse)
    with closing(open_reader(settings.warehouse, timezone=settings.timezone)) as reader:
        result = reader.query(sql)
    emit(_named(result.columns, result.rows), result.columns, choose_format(fmt))


def _named(columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    return (dict(zip(columns, row, strict=True)) for row in rows)
