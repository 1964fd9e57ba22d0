"""Applies `deploy/clickhouse/migrations/NNNN_*.sql`, the only DDL, to an engine or a server.

Each statement is idempotent (IF NOT EXISTS), and a file is recorded after its last
statement: killed half-way, it is simply applied again.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from streams.errors import WarehouseError
from streams.warehouse.cluster import on_cluster
from streams.warehouse.session import Result
from streams.warehouse.sqltext import statements

_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations
(
    version    UInt32,
    name       String,
    checksum   String,
    applied_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY version
"""


class Migration(NamedTuple):
    """A migration file; `checksum` is the SHA-256 of its statements, comments aside."""

    version: int
    name: str
    checksum: str
    statements: tuple[str, ...]


class Querier(Protocol):
    """What looking at the schema needs: a reader is enough."""

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Result:
        """Run a read."""


class Executor(Querier, Protocol):
    """What changing the schema needs."""

    def command(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Run a statement without rows."""


def shipped() -> list[Migration]:
    """The migrations of this installation, by version."""
    folder = importlib.resources.files("deploy") / "clickhouse" / "migrations"
    files = ((file.name, file.read_text("utf-8")) for file in folder.iterdir())
    return sorted(parse(name, text) for name, text in files if name.endswith(".sql"))


def parse(name: str, text: str) -> Migration:
    """One migration file; raises `WarehouseError` for a name without a number."""
    number = re.match(r"(\d{4})_\w+\.sql$", name)
    if number is None:
        raise WarehouseError(f"a migration is named NNNN_what.sql, not {name}")
    body = tuple(statements(text))
    return Migration(
        int(number.group(1)), name, hashlib.sha256("\n;\n".join(body).encode()).hexdigest(), body
    )


def applied(client: Querier) -> dict[int, str]:
    """Checksum by version of what was applied."""
    if client.query("EXISTS TABLE schema_migrations").rows != [(1,)]:
        return {}
    return dict(client.query("SELECT version, checksum FROM schema_migrations FINAL ORDER BY version").rows)


def pending(client: Querier, migrations: Sequence[Migration] | None = None) -> list[Migration]:
    """Migrations not yet applied; raises `WarehouseError` when an applied file has changed since."""
    done = applied(client)
    known = shipped() if migrations is None else migrations
    for migration in known:
        if done.get(migration.version, migration.checksum) != migration.checksum:
            raise WarehouseError(
                f"the applied migration {migration.name} has changed since; "
                "restore it and put the change in a new file"
            )
    return [migration for migration in known if migration.version not in done]


def apply(
    client: Executor, migrations: Sequence[Migration] | None = None, *, cluster: str = ""
) -> list[Migration]:
    """Apply what is pending, in order, on every replica of `cluster` if there is one; returns it."""
    todo = pending(client, migrations)
    if todo:
        client.command(on_cluster(_LEDGER, cluster))
    for migration in todo:
        for statement in migration.statements:
            client.command(on_cluster(statement, cluster))
        client.command(
            "INSERT INTO schema_migrations (version, name, checksum) "
            "SELECT {version:UInt32}, {name:String}, {checksum:String}",
            {"version": migration.version, "name": migration.name, "checksum": migration.checksum},
        )
    return todo
