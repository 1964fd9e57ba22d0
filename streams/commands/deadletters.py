"""`deadletters`: what could not be taken, and taking it after a fix."""

from __future__ import annotations

from contextlib import closing

import click

from streams.codec import REASONS
from streams.commands.common import build_parts, format_option, input_lines, warehouse_option
from streams.metrics import Metrics
from streams.output import choose_format, emit, say
from streams.runtimes.clock import wall_clock_ms
from streams.runtimes.embedded import EmbeddedRuntime
from streams.runtimes.replay import corrected, replay
from streams.settings import load_settings
from streams.warehouse.client import open_reader, open_warehouse
from streams.warehouse.dead_letters import DEAD_COLUMNS, open_letters


@click.group(
    invoke_without_command=True,
    epilog="""\b
例 examples:
  kefu-pulse deadletters
  kefu-pulse deadletters --format jsonl > bad.jsonl      # correct `raw` in an editor, then
  kefu-pulse deadletters replay bad.jsonl""",
)
@click.option("--reason", type=click.Choice(sorted(REASONS)), help="只看此原因 · only this reason")
@warehouse_option
@format_option()
@click.pass_context
def deadletters(context: click.Context, reason: str | None, warehouse: str | None, fmt: str | None) -> None:
    """没能收下的记录：原因、来源、位置 · What could not be taken, with reason, source and position."""
    if context.invoked_subcommand:
        return
    settings = load_settings(warehouse=warehouse)
    with closing(open_reader(settings.warehouse, timezone=settings.timezone)) as reader:
        letters = open_letters(reader, reason)
    emit(letters, DEAD_COLUMNS, choose_format(fmt), ("reason", "source", "position", "detail", "raw"))


@deadletters.command(
    "replay", epilog="例 example:  kefu-pulse deadletters replay bad.jsonl --warehouse ./data"
)
@click.argument("file", required=False, metavar="[FILE]")
@warehouse_option
def replay_letters(file: str | None, warehouse: str | None) -> None:
    """再收一次：不带文件用原文，带文件用改过的 raw · Take them again, as they are or as corrected in FILE."""
    settings = load_settings(warehouse=warehouse)
    edits = corrected(line for chunk in input_lines(file) for line in chunk) if file else None
    with open_warehouse(settings.warehouse, timezone=settings.timezone) as store:
        runtime = EmbeddedRuntime(store, build_parts(settings), Metrics(), wall_clock_ms)
        taken, left = replay(store, runtime, edits)
        runtime.finish_history()
        runtime.refresh_rollups()
    say(f"收下 taken {taken} · 仍为死信 still dead letters {left}")
