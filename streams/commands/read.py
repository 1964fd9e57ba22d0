"""`unanswered` and `query`: what the warehouse knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import click

from streams.commands.layouts import question_layout
from streams.commands.options import format_option, warehouse_option
from streams.errors import UsageError, WarehouseError
from streams.output import choose_format, emit
from streams.settings import load_settings
from streams.warehouse.client import Reader, open_reader
from streams.warehouse.guard import split_format
from streams.warehouse.session import Result
from streams.warehouse.turns import TURN_COLUMNS, question_rows


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
        emit(rows, TURN_COLUMNS, choose_format(fmt), question_layout)


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
    if split_format(sql)[1]:
        raise UsageError("FORMAT 请改用 --format · leave FORMAT out of the SQL and use --format")
    settings = load_settings(warehouse=warehouse)
    with closing(open_reader(settings.warehouse, timezone=settings.timezone)) as reader:
        result = _bounded(reader, sql)
    emit(_named(result.columns, result.rows), result.columns, choose_format(fmt))


def _bounded(reader: Reader, sql: str) -> Result:
    try:
        return reader.query(sql)
    except WarehouseError as error:
        hint = next((hint for sign, hint in _TOO_MUCH.items() if sign in str(error)), "")
        raise WarehouseError(f"{error}{hint}") from error


_NARROWER = "；请缩小范围 · narrow it with WHERE, GROUP BY or LIMIT"
_TOO_MUCH = dict.fromkeys(
    ("TOO_MANY_ROWS", "TIMEOUT_EXCEEDED", "MEMORY_LIMIT_EXCEEDED", "TOO_MANY_BYTES"), _NARROWER
)


def _named(columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    return (dict(zip(columns, row, strict=True)) for row in rows)
