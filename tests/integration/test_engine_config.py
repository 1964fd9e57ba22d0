"""The embedded engine reads our configuration: without it, its caches and threads are a server's."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.warehouse.client import open_warehouse


@pytest.mark.parametrize("name", ["plain", "with space", "中文 100%"])
def test_engine_reads_its_configuration(tmp_path: Path, name: str) -> None:
    """Whatever the folder is called, the bounds of `engine.xml` hold in it."""
    changed = "SELECT name FROM system.{table} WHERE changed"
    with open_warehouse(str(tmp_path / name), timezone="Asia/Shanghai") as warehouse:
        server = {row[0] for row in warehouse.query(changed.format(table="server_settings")).rows}
        tables = {row[0] for row in warehouse.query(changed.format(table="merge_tree_settings")).rows}
        assert (tmp_path / name / "store").is_dir()
    assert {"mark_cache_size", "primary_index_cache_size", "index_mark_cache_size"} <= server
    assert tables == {"concurrent_part_removal_threshold"}
