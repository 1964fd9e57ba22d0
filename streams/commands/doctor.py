"""`doctor`: checks settings, warehouse, schema, clock and books, and says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import click

from streams.commands.checks import CLOCK_DRIFT_MS, Check, guarded
from streams.commands.common import build_parts
from streams.commands.kafka_checks import kafka_checks
from streams.commands.lag import stored_progress
from streams.commands.layouts import check_layout
from streams.commands.options import format_option, kafka_option, warehouse_option
from streams.errors import KefuError
from streams.kafka.lag import Progress
from streams.output import choose_format, emit
from streams.runtimes.clock import wall_clock_ms
from streams.settings import Settings, load_settings
from streams.warehouse.books import accounts
from streams.warehouse.client import Reader, open_reader, open_warehouse
from streams.warehouse.migrator import pending


@click.command(epilog="例 example:  kefu-pulse doctor --warehouse ./data")
@warehouse_option
@kafka_option
@click.option(
    "--migrate",
    is_flag=True,
    help="把表结构更新到这个版本，只查这一项 · bring the schema up to date and check no more than that",
)
@format_option()
def doctor(warehouse: str | None, kafka: str | None, migrate: bool, fmt: str | None) -> None:
    """体检：哪里不对、怎么办 · Check everything and say what to do."""
    settings = load_settings(warehouse=warehouse, kafka=kafka)
    checks = list(_migrated(settings) if migrate else _checks(settings))
    emit((check._asdict() for check in checks), Check._fields, choose_format(fmt), check_layout)
    if not all(check.ok for check in checks):
        raise KefuError("some checks failed; do what the advice says and run doctor again")


def _checks(settings: Settings) -> Iterator[Check]:
    stored: dict[str, Progress] | None = None
    yield Check("settings", True, f"{settings.timezone}, {settings.host}:{settings.port}")
    yield guarded("language", lambda: _language(settings))
    try:
        with closing(open_reader(settings.warehouse, timezone=settings.timezone)) as reader:
            for name, check in _WAREHOUSE_CHECKS.items():
                yield guarded(name, lambda check=check: check(reader))  # type: ignore[misc]
            stored = stored_progress(reader)
    except KefuError as error:
        yield Check("warehouse", False, settings.warehouse_shown, str(error))
    if settings.kafka:
        yield from kafka_checks(settings, stored)


def _migrated(settings: Settings) -> Iterator[Check]:
    """The schema alone: workers may be writing meanwhile, and their books add up only between commits."""
    open_warehouse(settings.warehouse, timezone=settings.timezone, cluster=settings.cluster).close()
    with closing(open_reader(settings.warehouse, timezone=settings.timezone)) as reader:
        yield guarded("clickhouse", lambda: _version(reader))
        yield guarded("schema", lambda: _schema(reader))


def _language(settings: Settings) -> Check:
    build_parts(settings)
    return Check("language", True, "词库与脱敏密钥可用 · lexicons and redaction key load")


def _version(reader: Reader) -> Check:
    return Check("clickhouse", True, str(reader.query("SELECT version()").rows[0][0]))


def _schema(reader: Reader) -> Check:
    names = [migration.name for migration in pending(reader)]
    advice = "`kefu-pulse doctor --migrate` applies them, as any command does that writes" if names else ""
    return Check("schema", not names, ", ".join(names) or "up to date", advice)


def _clock(reader: Reader) -> Check:
    theirs = reader.query("SELECT toUnixTimestamp64Milli(now64(3))").rows[0][0]
    drift = theirs - wall_clock_ms()
    advice = (
        "" if abs(drift) <= CLOCK_DRIFT_MS else "set both clocks by NTP; timers and freshness depend on them"
    )
    return Check("clock", not advice, f"{drift:+d} ms", advice)


def _books(reader: Reader) -> Check:
    rows = accounts(reader)
    wrong = [account.source for account in rows if account.missing]
    total: dict[str, Any] = {name: sum(getattr(row, name) for row in rows) for name in _BOOK_COLUMNS}
    found = " ".join(f"{name}={number}" for name, number in total.items())
    return Check("books", not wrong, found, f"these do not add up: {', '.join(wrong)}" if wrong else "")


_BOOK_COLUMNS = ("received", "stored", "duplicates", "dead_letters")
_WAREHOUSE_CHECKS: dict[str, Callable[[Reader], Check]] = {
    "clickhouse": _version,
    "schema": _schema,
    "clock": _clock,
    "books": _books,
}
