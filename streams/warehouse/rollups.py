"""Keeps the rollups equal to the facts: marks what a batch touches, recomputes what is marked.

Order of a commit: marks (version 2s), facts, then at any later time `refresh(2s)`.
A crash between any two steps leaves the marks, and recomputing twice is harmless.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple, Protocol

from processors.rows import DirtyMinuteRow, MessageRow, RatingRow, TurnRow

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


def dirty_marks(rows: Iterable[MessageRow | TurnRow | RatingRow], version: int) -> list[DirtyMinuteRow]:
    """One mark a minute (epoch milliseconds) that `rows` touch.

    `version` is even: twice the number of the commit, which only grows.
    Withdrawn turns (`is_deleted`) mark their minute too: it loses a question.
    """
    minutes = {row.occurred_at // 60_000 * 60_000 for row in rows}
    return [DirtyMinuteRow(minute=minute, dirty=1, version=version) for minute in sorted(minutes)]


def refresh(warehouse: Tables, version: int) -> int:
    """Recompute every marked minute and its hour; returns how many minutes were marked.

    `version` is that of the newest marks whose facts are stored. Marks up to it are
    cleared with `version` + 1; a mark of a later commit is higher and stays.
    """
    marked = _column(warehouse, _MARKED, {"version": version})
    for span in _spans(marked):
        touched = _column(warehouse, _sql("rollup_touched"), span.parameters("minutes"))
        _recompute(warehouse, {*span.buckets, *touched}, version)
        warehouse.command(_CLEAR, {"minutes": span.buckets, "version": version + 1})
    return len(marked)


def last_commit_number(warehouse: Tables) -> int:
    """The highest commit number that marks were written with; the next commit goes on from it."""
    return _column(warehouse, "SELECT intDiv(max(version), 2) FROM dirty_minutes", {})[0]


_MARKED = """
SELECT toUnixTimestamp(minute) FROM dirty_minutes
WHERE dirty = 1 AND version <= {version:UInt64}
ORDER BY minute
"""
_CLEAR = """
INSERT INTO dirty_minutes
SELECT toDateTime(arrayJoin({minutes:Array(UInt32)})) AS minute, 0, {version:UInt64}
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
