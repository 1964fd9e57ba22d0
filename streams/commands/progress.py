"""How far an import is: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from streams.output import say
from streams.sources.base import Source

LINE_SECONDS = 5.0

Show = Callable[[int], None]
"""Called with the number of records read so far."""


@contextmanager
def progress(source: Source, name: str) -> Iterator[Show]:
    """Something to call after each batch of `source`; what it draws is gone at the end."""
    if not sys.stderr.isatty():
        yield _lines(source, name)
        return
    # Imported here because it takes as long as the rest of a small import.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    words, count = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[records]:,} 条")
    bar = Progress(
        words, BarColumn(), count, TimeRemainingColumn(), console=Console(stderr=True), transient=True
    )
    with bar:
        task = bar.add_task(name, total=source.total_bytes, records=0)
        yield lambda records: bar.update(task, completed=source.bytes_read, records=records)


def _lines(source: Source, name: str) -> Show:
    last = time.monotonic()

    def show(records: int) -> None:
        nonlocal last
        if time.monotonic() - last < LINE_SECONDS:
            return
        last = time.monotonic()
        share = f" ({source.bytes_read / source.total_bytes:.0%})" if source.total_bytes else ""
        say(f"{name}: 已读入 read so far {records:,}{share}")

    return show


@contextmanager
def counting(name: str) -> Iterator[Show]:
    """Something to call with each page of work whose end is not known; silent away from a terminal."""
    if not sys.stderr.isatty():
        yield lambda _page: None
        return
    from rich.console import Console  # noqa: PLC0415

    done = 0
    with Console(stderr=True).status(name) as status:

        def show(page: int) -> None:
            nonlocal done
            done += page
            status.update(f"{name} {done:,}")

        yield show
