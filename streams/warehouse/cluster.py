"""A ClickHouse cluster of replicas: the migrations' statements as it runs them, and how it is written to.

One shard only: each reader and writer speaks to one replica and must find everything there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from streams.errors import WarehouseError
from streams.warehouse.session import Result
from streams.warehouse.sqltext import Token, tokenize

REPLICA = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"
"""Where a table's replicas meet in Keeper; each server fills in its own macros."""

DDL: Mapping[str, Any] = {"distributed_ddl_task_timeout": 30}
"""A replica that is down is told as such, before the driver takes the waiting for a server that hangs."""

_QUORUM_MS = 30_000
"""Likewise for an insert: below `streams.warehouse.session.SILENCE_SECONDS`."""

_NAMED = {("CREATE", "DATABASE"), ("CREATE", "TABLE"), ("ALTER", "TABLE")}
_NOT_NAMES = {"IF", "NOT", "EXISTS"}


class _Queryable(Protocol):
    def query(self, sql: str, parameters: Mapping[str, Any], /) -> Result: ...


class _Insertion(NamedTuple):
    """`text` to be put in at character `at`."""

    at: int
    text: str


def writing(client: _Queryable, cluster: str) -> dict[str, Any]:
    """Session settings for writes: an insert is acknowledged when every replica has it (docs/decisions.md).

    Raises WarehouseError when the server has no such cluster, or one of several shards.
    """
    shards, replicas = client.query(_SHAPE, {"cluster": cluster}).rows[0]
    if shards != 1:
        raise WarehouseError(
            f"the cluster {cluster} has {shards} shards, and must have one, of any number of replicas: "
            "see `SELECT cluster, shard_num, host_name FROM system.clusters` and KEFU_PULSE_CLUSTER"
        )
    return {**DDL, "insert_quorum": replicas, "insert_quorum_timeout": _QUORUM_MS}


_SHAPE = "SELECT uniqExact(shard_num), count() FROM system.clusters WHERE cluster = {cluster:String}"


def on_cluster(statement: str, cluster: str) -> str:
    """`statement` (CREATE DATABASE, CREATE TABLE or ALTER TABLE) for every replica of `cluster`.

    MergeTree engines become their replicated kind. Without a cluster, the statement as it is.
    """
    if not cluster:
        return statement
    tokens = list(tokenize(statement))
    added = [_Insertion(_name(tokens).end, f" ON CLUSTER '{cluster}'"), *_replicated(tokens)]
    for insertion in reversed(added):
        statement = statement[: insertion.at] + insertion.text + statement[insertion.at :]
    return statement


def _name(tokens: Sequence[Token]) -> Token:
    """The name of what a statement creates or alters; raises WarehouseError for another statement."""
    words = tuple(token.value.upper() for token in tokens[:2])
    if words not in _NAMED:
        raise WarehouseError(f"a migration with {' '.join(words)} cannot be run on a cluster")
    return next(token for token in tokens[2:] if token.value.upper() not in _NOT_NAMES)


def _replicated(tokens: Sequence[Token]) -> list[_Insertion]:
    """What makes the engine a replicated one; nothing where no MergeTree is named."""
    for (before, engine), after in zip(pairwise(tokens), [*tokens[2:], None], strict=True):
        if before.value == "=" and engine.kind == "word" and engine.value.endswith("MergeTree"):
            prefix = _Insertion(engine.start, "Replicated")
            if after is None or after.value != "(":
                return [prefix, _Insertion(engine.end, f"({REPLICA})")]
            return [prefix, _Insertion(after.end, f"{REPLICA}, ")]
    return []
