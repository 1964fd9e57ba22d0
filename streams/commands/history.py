"""`import`: history from files, resumable and repeatable without double counting."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

import click

from processors.rows import CheckpointRow
from streams.commands.common import build_parts
from streams.commands.options import mapping_option, warehouse_option
from streams.commands.progress import counting, progress
from streams.errors import InputError, UsageError, WarehouseLocked
from streams.metrics import Metrics
from streams.output import say
from streams.runtimes.clock import wall_clock_ms
from streams.runtimes.committer import Committer
from streams.settings import Settings, load_settings
from streams.sources import open_source
from streams.sources.base import Batch, Source
from streams.warehouse.client import Warehouse, open_warehouse
from streams.web.running import RunningProcess

BATCH_RECORDS = 5_000


@click.command(
    "import",
    epilog="""\b
例 examples:
  kefu-pulse import chats.jsonl --warehouse ./data
  kefu-pulse import export.xlsx --mapping mapping.yaml
  zcat chats.jsonl.gz | kefu-pulse import -""",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@mapping_option
@warehouse_option
def import_files(files: tuple[str, ...], mapping: Path | None, warehouse: str | None) -> None:
    """导入历史：JSONL、CSV、XLSX、gzip、- 为标准输入 · Import history; repeat or resume at will."""
    if files.count("-") > 1:
        raise UsageError("stdin (-) can be given once only")
    settings = load_settings(warehouse=warehouse)
    sources = [open_source(file, mapping) for file in files]
    try:
        store = open_warehouse(settings.warehouse, timezone=settings.timezone, cluster=settings.cluster)
    except WarehouseLocked as locked:
        if locked.page is None:
            raise
        problems = _hand_over(locked.page, settings, sources)
    else:
        with store:
            problems = _take_in(store, settings, sources)
    for problem in filter(None, problems):
        raise problem
    say(f"下一步 · next: kefu-pulse unanswered --only-unanswered --warehouse {settings.warehouse_shown}")


def _take_in(store: Warehouse, settings: Settings, sources: Sequence[Source]) -> list[InputError | None]:
    runtime = Committer(store, build_parts(settings), Metrics(), wall_clock_ms)
    problems = [_import_one(runtime, source) for source in sources]
    runtime.finish_history()
    runtime.refresh_rollups()
    with counting("问题归并 · sorting questions") as show:
        while page := runtime.refresh_questions():
            show(page)
    return problems


def _hand_over(page: str, settings: Settings, sources: Sequence[Source]) -> list[InputError | None]:
    """The same through the process that owns the folder; it keeps the positions, and fires its own timers."""
    say(f"仓库由运行中的 kefu-pulse 使用，交给它收 · handed to the process that owns the folder: {page}")
    with closing(RunningProcess(page, settings.token)) as running:
        return [_import_one(running, source) for source in sources]


class Taker(Protocol):
    """Takes batches and knows how far each source is: a runtime here, or a running process."""

    def checkpoint(self, source: str, /) -> CheckpointRow:
        """How far `source` is stored."""

    def process(self, batch: Batch, /) -> object:
        """Store `batch` and its checkpoint."""


def _import_one(taker: Taker, source: Source) -> InputError | None:
    """Import one source; what cannot be read on is returned, so that the other files still get their turn."""
    problem = None
    with closing(source):
        before = _resume(taker, source).received
        read = 0
        with progress(source, _short(source.name)) as show:
            try:
                for batch in source.batches(BATCH_RECORDS):
                    taker.process(batch)
                    read += len(batch.records)
                    show(read)
            except InputError as error:
                problem = error
    _summary(taker.checkpoint(source.name), before)
    return problem


def _resume(taker: Taker, source: Source) -> CheckpointRow:
    """Go on where an earlier import of the same content stopped.

    A file whose beginning changed is another source: its positions mean other
    records, so it gets a name of its own and is read from the start.
    """
    base = source.name
    for attempt in itertools.count(2):
        done = taker.checkpoint(source.name)
        if not done.position or source.seek(done.position, done.prefix_digest):
            return done
        source.name = f"{base}~{attempt}"
    raise AssertionError("unreachable")


def _summary(now: CheckpointRow, before: int) -> None:
    say(f"{_short(now.source)}: 本次读入 received now {now.received - before}")
    parts = (
        f"入库 stored {now.stored} + 重复 duplicates {now.duplicates} + 死信 dead letters {now.dead_letters}"
    )
    say(f"累计 in all {now.received} = {parts}")
    if now.dead_letters:
        say("查看死信 · see them: kefu-pulse deadletters")


def _short(source_name: str) -> str:
    return source_name.rpartition("#")[0] or source_name
