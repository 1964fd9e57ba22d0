"""`gaps`: the week's unanswered questions, grouped and ranked."""

from __future__ import annotations

from contextlib import closing
from unicodedata import normalize

import click
import msgspec

from processors.gaps import Gap, rank_gaps
from streams.commands.layouts import gap_layout
from streams.commands.options import format_option, warehouse_option
from streams.language import load_language
from streams.output import choose_format, emit, say
from streams.settings import Settings, load_settings
from streams.synonyms import load_wordings
from streams.warehouse.client import Reader, open_reader
from streams.warehouse.gap_queries import load_known, load_question_facts, parse_week

GAP_COLUMNS = tuple(field.name for field in msgspec.structs.fields(Gap))
TABLE_GAPS = 20
"""What a trainer works through in a sitting; the other formats give more."""
MORE_GAPS = 50


@click.command(epilog="例 example:  kefu-pulse gaps --week 2026-W46 --limit 20")
@click.option("--week", required=True, metavar="YYYY-Www", help="ISO 周，如 2026-W46 · ISO week")
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    help=f"最多几条；表格默认 {TABLE_GAPS}，其他 {MORE_GAPS} · at most so many"
    f" [default: {TABLE_GAPS} in a table, else {MORE_GAPS}]",
)
@click.option("--shop", help="店铺 · shop_id")
@warehouse_option
@format_option()
def gaps(week: str, limit: int | None, shop: str | None, warehouse: str | None, fmt: str | None) -> None:
    """一周里机器人答不上来的问题，按代价排序 · The ranked list of what the bot could not answer in a week."""
    settings = load_settings(warehouse=warehouse)
    span = parse_week(normalize("NFKC", week), settings.timezone)
    fmt = choose_format(fmt)
    limit = limit or (TABLE_GAPS if fmt == "table" else MORE_GAPS)
    with closing(open_reader(settings.warehouse, timezone=settings.timezone)) as reader:
        found = _ranked(settings, reader, span, shop, limit)
    if not found:
        say(
            f"{week} 没有未答上的问题 · no unanswered questions in {week};"
            " which days have data: kefu-pulse unanswered"
        )
    if found or fmt != "table":
        emit((msgspec.structs.asdict(gap) for gap in found), GAP_COLUMNS, fmt, gap_layout)


def _ranked(
    settings: Settings, reader: Reader, week: tuple[int, int], shop: str | None, limit: int
) -> list[Gap]:
    facts = load_question_facts(reader, *week, shop=shop)
    known = load_known(reader, week[0])
    wordings = load_wordings(load_language(settings.language), settings.language)
    return rank_gaps(facts, wordings, known, limit=limit)
