"""Statements for a cluster of replicas, and what a write to one waits for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import streams.commands
from streams.errors import WarehouseError
from streams.settings import SettingsError, load_settings
from streams.warehouse import migrator
from streams.warehouse.client import Warehouse
from streams.warehouse.cluster import REPLICA, on_cluster, writing
from streams.warehouse.session import SILENCE_SECONDS, Result

SHIPPED = [
    pytest.param(statement, id=f"{migration.version}-{number}")
    for migration in migrator.shipped()
    for number, statement in enumerate(migration.statements)
]
ENGINE = re.compile(r"\bENGINE = Replicated(\w*MergeTree)\((.*?)\)$", re.MULTILINE)


def undone(statement: str) -> str:
    """What `on_cluster` was given, from what it gave."""
    plain = statement.replace(" ON CLUSTER 'main'", "", 1)
    bare = plain.replace(f"({REPLICA})", "").replace(f"{REPLICA}, ", "")
    return bare.replace("ENGINE = Replicated", "ENGINE = ")


@pytest.mark.parametrize("statement", SHIPPED)
def test_a_shipped_statement_changes_in_name_and_engine_alone(statement: str) -> None:
    clustered = on_cluster(statement, "main")
    assert clustered.count(" ON CLUSTER 'main'") == 1
    assert undone(clustered) == statement
    if statement.startswith("CREATE TABLE"):
        engine = ENGINE.search(clustered)
        assert engine is not None
        assert engine[2].startswith(REPLICA)


@pytest.mark.parametrize("statement", SHIPPED)
def test_the_engine_understands_it(statement: str, warehouse: Warehouse) -> None:
    sql = "SELECT formatQuerySingleLine({sql:String})"
    (formatted,) = warehouse.query(sql, {"sql": on_cluster(statement, "main")}).rows[0]
    (original,) = warehouse.query(sql, {"sql": statement}).rows[0]
    assert undone(formatted.replace(" ON CLUSTER main", " ON CLUSTER 'main'")) == original


@pytest.mark.parametrize("statement", SHIPPED)
def test_without_a_cluster_nothing_changes(statement: str) -> None:
    assert on_cluster(statement, "") == statement


@pytest.mark.parametrize(
    ("statement", "clustered"),
    [
        (
            "CREATE DATABASE IF NOT EXISTS `a``b`",
            "CREATE DATABASE IF NOT EXISTS `a``b` ON CLUSTER 'c'",
        ),
        (
            "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a",
            f"CREATE TABLE t ON CLUSTER 'c' (a UInt8) ENGINE = ReplicatedMergeTree({REPLICA}) ORDER BY a",
        ),
        (
            "CREATE TABLE t (a String DEFAULT '= MergeTree')\nENGINE=ReplacingMergeTree (a) ORDER BY a",
            "CREATE TABLE t ON CLUSTER 'c' (a String DEFAULT '= MergeTree')\n"
            f"ENGINE=ReplicatedReplacingMergeTree ({REPLICA}, a) ORDER BY a",
        ),
        ("alter table t drop column a", "alter table t ON CLUSTER 'c' drop column a"),
    ],
)
def test_other_spellings(statement: str, clustered: str) -> None:
    assert on_cluster(statement, "c") == clustered


def test_a_statement_of_another_kind_is_refused() -> None:
    with pytest.raises(WarehouseError, match="CREATE MATERIALIZED"):
        on_cluster("CREATE MATERIALIZED VIEW v AS SELECT 1", "c")


class Recorder:
    """A server that has no tables yet and notes what it is told to do."""

    def __init__(self, shards: int, replicas: int) -> None:
        self.shape = (shards, replicas)
        self.commands: list[str] = []

    def query(self, sql: str, _parameters: Mapping[str, Any] | None = None) -> Result:
        return Result((), [self.shape if "system.clusters" in sql else (0,)])

    def command(self, sql: str, _parameters: Mapping[str, Any] | None = None) -> None:
        self.commands.append(sql)


def test_all_tables_and_the_ledger_are_on_the_cluster_and_checksums_stay() -> None:
    server = Recorder(1, 2)
    assert migrator.apply(server, cluster="main") == migrator.shipped()
    ddl = [sql for sql in server.commands if not sql.startswith("INSERT")]
    assert "CREATE TABLE IF NOT EXISTS schema_migrations ON CLUSTER 'main'" in ddl[0]
    assert all("ON CLUSTER 'main'" in sql for sql in ddl)
    assert len(ddl) == 1 + len(SHIPPED)


def test_a_write_waits_for_every_replica_but_less_long_than_the_driver() -> None:
    settings = writing(Recorder(1, 3), "main")
    assert settings["insert_quorum"] == 3
    assert settings["insert_quorum_timeout"] < SILENCE_SECONDS * 1000
    assert settings["distributed_ddl_task_timeout"] < SILENCE_SECONDS


@pytest.mark.parametrize("shards", [0, 2])
def test_a_cluster_has_one_shard(shards: int) -> None:
    with pytest.raises(WarehouseError, match="KEFU_PULSE_CLUSTER"):
        writing(Recorder(shards, 4), "main")


def test_the_engine_knows_the_settings_and_has_no_such_cluster(warehouse: Warehouse) -> None:
    with pytest.raises(WarehouseError, match="0 shards"):
        writing(warehouse, "main")
    for name, value in writing(Recorder(1, 2), "main").items():
        warehouse.command(f"SELECT 1 SETTINGS {name} = {value}")


def test_every_command_that_writes_knows_of_the_cluster() -> None:
    commands = Path(streams.commands.__file__).parent
    sources = [path.read_text(encoding="utf-8") for path in commands.glob("*.py")]
    calls = [call for source in sources for call in re.findall(r"\bopen_warehouse\(([^)]*)\)", source)]
    assert len(calls) >= 6
    assert all("cluster=settings.cluster" in call for call in calls)


def test_a_name_that_needs_quoting_is_refused() -> None:
    assert load_settings({"KEFU_PULSE_CLUSTER": "main-1"}).cluster == "main-1"
    with pytest.raises(SettingsError, match=r"system\.clusters"):
        load_settings({"KEFU_PULSE_CLUSTER": "a'b"})
