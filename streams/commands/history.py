"""`import`: history from files, resumable and repeatable without double counting."""

from __future__ import annotations

import itertools
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from processors.rows import CheckpointRow
from streams.commands.common import build_parts, warehouse_option
from streams.errors import InputError, UsageError
from streams.metrics import Metrics
from streams.output import console, say
from streams.runtimes.clock import wall_clock_ms
from streams.runtimes.embedded import EmbeddedRuntime
from streams.settings import load_settings
from streams.sources import open_source
from streams.sources.base import Source
from streams.warehouse.client import open_warehouse

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
@click.option(
    "--mapping",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV/XLSX 列对应表 · YAML column mapping",
)
@warehouse_option
def import_files(files: tuple[str, ...], mapping: Path | None, warehouse: str | None) -> None:
    """导入历史：JSONL、CSV、XLSX、gzip、- 为标准输入 · Import history; repeat or resume at will."""
    if files.count("-") > 1:
        raise UsageError("stdin (-) can be given once only")
    settings = load_settings(warehouse=warehouse)
    sources = [open_source(file, mapping) for file in files]
    with open_warehouse(settings.warehouse, timezone=settings.timezone) as store:
        runtime = EmbeddedRuntime(store, build_parts(settings), Metrics(), wall_clock_ms)
        problems = [_import_one(runtime, source) for source in sources]
        runtime.finish_history()
        runtime.refresh_rollups()
    for problem in filter(None, problems):
        raise problem
    say(f"下一步 · next: kefu-pulse unanswered --only-unanswered --warehouse {settings.warehouse}")


def _import_one(runtime: EmbeddedRuntime, source: Source) -> InputError | None:
    """Import one source; what cannot be read on is returned, so that the other files still get their turn."""
    done = _resume(runtime, source)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[events]} 条"),
        TimeRemainingColumn(),
    )
    try:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task(source.name.partition("#")[0], total=source.total_bytes, events=0)
            for batch in source.batches(BATCH_RECORDS):
                runtime.process(batch)
                _show(progress, task, source, runtime)
    except InputError as error:
        return error
    finally:
        source.close()
        _summary(runtime, source.name, done.received)
    return None


def _resume(runtime: EmbeddedRuntime, source: Source) -> CheckpointRow:
    """Go on where an earlier import of the same content stopped.

    A file whose beginning changed is another source: its positions mean other
    records, so it gets a name of its own and is read from the start.
    """
    base = source.name
    for attempt in itertools.count(2):
        done = runtime.checkpoint(source.name)
        if not done.position or source.seek(done.position, done.prefix_digest):
            return done
        source.name = f"{base}~{attempt}"
    raise AssertionError("unreachable")


def _show(progress: Progress, task: TaskID, source: Source, runtime: EmbeddedRuntime) -> None:
    progress.update(task, completed=source.bytes_read, events=runtime.checkpoint(source.name).received)


def _summary(runtime: EmbeddedRuntime, name: str, before: int) -> None:
    now = runtime.checkpoint(name)
    say(f"{name.partition('#')[0]}: 本次读入 received now {now.received - before}")
    parts = (
        f"入库 stored {now.stored} + 重复 duplicates {now.duplicates} + 死信 dead letters {now.dead_letters}"
    )
    say(f"累计 in all {now.received} = {parts}")
    if now.dead_letters:
        say("查看死信 · see them: kefu-pulse deadletters")
