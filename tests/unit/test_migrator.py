"""Migrations are applied once, in order, whatever happened half-way."""

from __future__ import annotations

from contextlib import closing

import pytest

from streams.errors import WarehouseError
from streams.warehouse import migrator
from streams.warehouse.client import Warehouse

ONE = migrator.parse(
    "0101_one.sql", "CREATE TABLE IF NOT EXISTS one (a UInt8) ENGINE = MergeTree ORDER BY a; -- done;"
)
TWO = migrator.parse(
    "0102_two.sql",
    "CREATE TABLE IF NOT EXISTS two (a String DEFAULT ';') ENGINE = MergeTree ORDER BY a;\n"
    "/* ; */ ALTER TABLE two ADD COLUMN IF NOT EXISTS b String DEFAULT 'it''s; \\'';",
)


def test_statements_are_split_outside_quotes_and_comments() -> None:
    assert len(ONE.statements) == 1
    assert [statement[:11] for statement in TWO.statements] == ["CREATE TABL", "ALTER TABLE"]


def test_comments_do_not_change_the_checksum() -> None:
    assert migrator.parse("0101_one.sql", "-- why\n" + ONE.statements[0]).checksum == ONE.checksum


def test_shipped_files_are_numbered_without_gaps() -> None:
    assert [migration.version for migration in migrator.shipped()] == list(
        range(1, len(migrator.shipped()) + 1)
    )


def test_a_file_without_a_number_is_refused() -> None:
    with pytest.raises(WarehouseError, match="NNNN"):
        migrator.parse("first.sql", "SELECT 1")


def test_apply_is_idempotent_and_resumes(warehouse: Warehouse) -> None:
    with closing(warehouse.reader()) as reader:
        assert migrator.pending(reader) == []
    warehouse.command("DROP TABLE schema_migrations")
    assert migrator.pending(warehouse) == migrator.apply(warehouse) == migrator.shipped()
    warehouse.command(TWO.statements[0])  # killed half-way through the second file
    assert migrator.apply(warehouse, [ONE, TWO]) == [ONE, TWO]
    assert migrator.apply(warehouse, [ONE, TWO]) == []
    assert migrator.applied(warehouse)[102] == TWO.checksum
    assert warehouse.query("SELECT name FROM system.columns WHERE table = 'two'").rows == [("a",), ("b",)]


def test_a_changed_file_is_named(warehouse: Warehouse) -> None:
    migrator.apply(warehouse, [ONE])
    with pytest.raises(WarehouseError, match=r"0101_one\.sql has changed"):
        migrator.pending(warehouse, [ONE._replace(checksum="other")])
