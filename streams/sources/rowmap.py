"""One row of a table to the JSON of one event, by a mapping."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final

import msgspec

from streams.sources.mapping import Rule, TableMapping

Cell = str | int | float | bool | datetime | date | time | timedelta | None

NEAR_ROWS: Final = 10_000
"""Identical rows within this many distinct rows are several events, further apart one."""

_NAIVE: Final = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T ]*(\d{1,2})[:：时](\d{1,2})(?:[:：分](\d{1,2})秒?(\.\d+)?|分?))?"
)
_PROTECTED: Final = re.compile(r'="(.*)"|\'(\d+)')
_EXCEL_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's clock has no zone
_EXCEL_DAYS: Final = range(36_526, 73_051)
"""Serial numbers of the days from 2000 to 2099; epoch milliseconds are far larger."""

_canonical = msgspec.json.Encoder(order="deterministic").encode


class RowMapper:
    """Maps the rows of one table, in order; the header must have been checked against the mapping."""

    def __init__(self, mapping: TableMapping, header: Sequence[str]) -> None:
        index = {name: number for number, name in reversed(list(enumerate(header)))}
        used = {column for rule in mapping.fields.values() for column in rule.columns}
        kept = header if mapping.attrs is None else mapping.attrs
        self._zone = mapping.zone
        self._fields = [
            (name, rule, [index[column] for column in rule.columns]) for name, rule in mapping.fields.items()
        ]
        self._attrs = [(name, index[name]) for name in kept if name and name not in used]
        self._seen: dict[bytes, int] = {}

    def __call__(self, cells: Sequence[Cell]) -> bytes:
        """JSON of the event in a row that is as wide as the header."""
        event: dict[str, Any] = {}
        for name, rule, columns in self._fields:
            value = self._value(name, rule, [cells[column] for column in columns])
            if value in ("", None):
                continue
            part = event.setdefault("bot", {}) if name.startswith("bot.") else event
            part[name.removeprefix("bot.")] = value
        if "event_id" not in event:
            event["event_id"] = self._derived_id(event)
        attrs = {name: _kept(cells[column]) for name, column in self._attrs if _text(cells[column])}
        if attrs:
            event["attrs"] = attrs
        return _json(event)

    def _value(self, name: str, rule: Rule, cells: list[Cell]) -> str | int:
        if rule.value:
            return rule.value
        if name == "occurred_at" and (when := _time(cells, rule.format, self._zone)):
            return when
        text = " ".join(filter(None, map(_text, cells)))
        if rule.translate:
            return rule.translate.get(text) or rule.default or text
        return text or rule.default

    def _derived_id(self, event: dict[str, Any]) -> str:
        content = hashlib.blake2b(_json(event), digest_size=10).digest()
        before = self._seen.pop(content, 0)
        self._seen[content] = before + 1
        if len(self._seen) > NEAR_ROWS:
            del self._seen[next(iter(self._seen))]
        return f"row-{content.hex()}" + (f"-{before + 1}" if before else "")


def _json(event: dict[str, Any]) -> bytes:
    try:
        return _canonical(event)
    except UnicodeEncodeError:
        # Bytes that are not in the file's encoding stay what they are; the codec names them.
        return json.dumps(event, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")


def _text(cell: Cell) -> str:
    """A cell as people see it, without what exports add to protect long numbers."""
    if isinstance(cell, str):
        text = cell.strip()
        found = _PROTECTED.fullmatch(text)
        return (found[1] or found[2] or "").strip() if found else text
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return str(cell)


def _kept(cell: Cell) -> str | int | float | bool:
    return cell if isinstance(cell, bool | int | float) else _text(cell)


def _time(cells: list[Cell], pattern: str, zone: tzinfo) -> str | None:
    """RFC 3339 of a time in whatever form tables have it; None leaves it to the codec."""
    first = cells[0] if cells else None
    if isinstance(first, date):
        return _at(_clocked(first, cells[1:]), zone)
    if isinstance(first, int | float) and not isinstance(first, bool) and int(first) in _EXCEL_DAYS:
        # Whole milliseconds: a serial number carries about that much.
        return _at(_EXCEL_EPOCH + timedelta(milliseconds=round(first * 86_400_000)), zone)
    text = " ".join(filter(None, map(_text, cells)))
    try:
        when = datetime.strptime(text, pattern) if pattern else _naive(text)  # noqa: DTZ007 - the zone follows
    except (ValueError, OverflowError):
        return None
    return _at(when, zone) if when else None


def _clocked(day: date, rest: Sequence[Cell]) -> datetime:
    """A date cell with the time cell beside it, where there is one."""
    clock = rest[0] if rest else None
    whole = day if isinstance(day, datetime) else datetime.combine(day, time())
    if isinstance(clock, time):
        return datetime.combine(whole.date(), clock)
    return whole + clock if isinstance(clock, timedelta) else whole


def _naive(text: str) -> datetime | None:
    found = _NAIVE.fullmatch(text)
    if not found:
        return None
    numbers = [int(part or 0) for part in found.groups()[:6]]
    fraction = timedelta(seconds=float(found[7] or 0))
    return datetime(*numbers) + fraction  # type: ignore[arg-type]  # noqa: DTZ001 - the zone follows


def _at(when: datetime, zone: tzinfo) -> str:
    return (when if when.tzinfo else when.replace(tzinfo=zone)).isoformat()
