"""Keeps the rollups equal to the facts: marks what a commit touches, recomputes what is marked.

One writer marks before it writes and recomputes between two commits: a crash between any
two steps leaves the marks, and recomputing twice is harmless. Of several writers one keeps the
rollups for all. It must not take a mark whose facts are still on their way, so each writer
marks twice: as being written, and as written before its checkpoint. A mark of the first
kind that stays has lost its writer, and is taken all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple, Protocol

from processors.rows import MessageRow, RatingRow, TurnRow

CLEAN, WRITTEN, WRITING = 0, 1, 2
"""States of a mark: see `DirtyMinuteRow.dirty`."""
LOST_MS = 600_000
"""A commit that takes longer than this has lost its writer, or ends with a mark of its own."""
_HOUR = 3_600
_SPAN_SECONDS = 86_400
"""The longest range that one statement recomputes: bounds its memory and its scan."""


class Rows(Protocol):
    """What a query returned."""

    @property
    def rows(self) -> Sequence[Sequence[Any]]:
        """Rows in the order of the query."""


class Tables(Protocol):
    """The part of the warehouse that rollups need."""

    def query(self, sql: str, parameters: Mapping[str, Any] = ..., /) -> Rows:
        """Rows of a read."""

    def command(self, sql: str, parameters: Mapping[str, Any] = ..., /) -> Any:
        """Run a statement that returns no rows."""


class Span(NamedTuple):
    """Buckets close to each other, as epoch seconds of their starts, ascending."""

    buckets: list[int]

    def parameters(self, name: str) -> dict[str, Any]:
        """As parameters of the SQL files: the bucket list as `name`, and its bounds."""
        return {name: self.buckets, "first": self.buckets[0], "last": self.buckets[-1]}


def touched_minutes(rows: Iterable[MessageRow | TurnRow | RatingRow]) -> list[int]:
    """The minutes (epoch milliseconds) that `rows` touch.

    Withdrawn turns (`is_deleted`) touch theirs too: it loses a question.
    """
    return sorted({row.occurred_at // 60_000 * 60_000 for row in rows})


def refresh(warehouse: Tables, now_ms: int) -> int:
    """Recompute every marked minute and its hour; returns how many minutes were marked.

    One process at a time; a second one that was thought dead does no harm, for each statement
    reads the facts of its own moment, and the newest computation of a key wins.
    """
    marks = _marks(warehouse, now_ms)
    if not marks:
        return 0
    # Above every version so far, also where a clock was set back.
    newest = int(warehouse.query("SELECT max(version) FROM dirty_minutes", {}).rows[0][0])
    version = max(now_ms * 1000, newest + 2)
    minutes = sorted({mark.minute for mark in marks})
    for span in _spans(minutes):
        touched = _column(warehouse, _sql("rollup_touched"), span.parameters("minutes"))
        _recompute(warehouse, {*span.buckets, *touched}, version)
        _clear(
            warehouse, [mark for mark in marks if span.buckets[0] <= mark.minute <= span.buckets[-1]], version
        )
    return len(minutes)


def last_version(warehouse: Tables) -> int:
    """The highest version of any mark; a writer's next one is above it."""
    return _column(warehouse, "SELECT max(version) FROM dirty_minutes", {})[0]


class _Mark(NamedTuple):
    """A mark to be cleared; `minute` in epoch seconds."""

    minute: int
    writer: str
    version: int


def _marks(warehouse: Tables, now_ms: int) -> list[_Mark]:
    lost_before = max(0, now_ms - LOST_MS) * 1000
    rows = warehouse.query(_MARKED, {"written": WRITTEN, "clean": CLEAN, "lost_before": lost_before}).rows
    return [_Mark(int(minute), str(writer), int(version)) for minute, writer, version in rows]


def _clear(warehouse: Tables, marks: Sequence[_Mark], version: int) -> None:
    # A newer mark of the same writer is above and stays. The last row remembers the version of the rollups.
    cleared = [*((m.minute, m.writer, m.version + 1) for m in marks), (0, "", version)]
    minutes, writers, versions = zip(*cleared, strict=True)
    parameters = {"minutes": list(minutes), "writers": list(writers), "versions": list(versions)}
    warehouse.command(_CLEAR, {**parameters, "clean": CLEAN})


_MARKED = """
SELECT toUnixTimestamp(minute), writer, version FROM dirty_minutes
WHERE dirty = {written:UInt8} OR (dirty != {clean:UInt8} AND version < {lost_before:UInt64})
ORDER BY minute, writer
"""
_CLEAR = """
INSERT INTO dirty_minutes (minute, dirty, version, writer)
SELECT toDateTime(mark.1), {clean:UInt8}, mark.2, mark.3
FROM (SELECT arrayJoin(arrayZip(
    {minutes:Array(UInt32)}, {versions:Array(UInt64)}, {writers:Array(String)})) AS mark)
"""


def _recompute(warehouse: Tables, minutes: set[int], version: int) -> None:
    for span in _spans(sorted(minutes)):
        warehouse.command(_sql("rollup_minute"), {**span.parameters("minutes"), "version": version})
    for span in _spans(sorted({minute // _HOUR * _HOUR for minute in minutes})):
        warehouse.command(_sql("rollup_hour"), {**span.parameters("hours"), "version": version})


def _spans(buckets: Sequence[int]) -> Iterator[Span]:
    """Cut ascending `buckets` so that no span is longer than a day."""
    start = 0
    for end in range(1, len(buckets) + 1):
        if end == len(buckets) or buckets[end] - buckets[start] >= _SPAN_SECONDS:
            yield Span(list(buckets[start:end]))
            start = end


def _column(warehouse: Tables, sql: str, parameters: Mapping[str, Any]) -> list[int]:
    return [int(row[0]) for row in warehouse.query(sql, parameters).rows]


@cache
def _sql(name: str) -> str:
    return files("streams.warehouse").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
