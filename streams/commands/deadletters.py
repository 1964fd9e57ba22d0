"""`deadletters`: what could not be taken, and taking it after a fix."""

from __future__ import annotations

from contextlib import closing

import click

from streams.codec import REASONS
from streams.commands.common import build_parts, input_batches
from streams.commands.layouts import letter_layout
from streams.commands.options import format_option, warehouse_option
from streams.metrics import Metrics
from streams.output import choose_format, emit, say
from streams.runtimes.clock import wall_clock_ms
from streams.runtimes.committer import Committer
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
        emit(open_letters(reader, reason), DEAD_COLUMNS, choose_format(fmt), letter_layout)


@deadletters.command(
    "replay", epilog="例 example:  kefu-pulse deadletters replay bad.jsonl --warehouse ./data"
)
@click.argument("file", required=False, metavar="[FILE]")
@warehouse_option
def replay_letters(file: str | None, warehouse: str | None) -> None:
    """再收一次：不带文件用原文，带文件用改过的 raw · Take them again, as they are or as corrected in FILE."""
    settings = load_settings(warehouse=warehouse)
    edits = corrected(record for batch in input_batches(file) for record in batch.records) if file else None
    with open_warehouse(settings.warehouse, timezone=settings.timezone, cluster=settings.cluster) as store:
        runtime = Committer(store, build_parts(settings), Metrics(), wall_clock_ms)
        done = replay(store, runtime, edits)
        runtime.finish_history()
        runtime.refresh_rollups()
    say(f"收下 taken {done.taken} · 仍为死信 still dead letters {done.left}")
    if done.unknown:
        say(f"{done.unknown} 行不是待收的死信 · lines that are no open dead letters (taken before?)")
