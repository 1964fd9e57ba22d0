"""Fixtures that every test folder shares.

The embedded engine hosts one folder per process at a time: a test closes every
warehouse and reader it opens, or the next test cannot open its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.warehouse.client import Warehouse, open_warehouse

TIMEZONE = "Asia/Shanghai"
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def warehouse_path(tmp_path: Path) -> Path:
    """A folder that does not exist yet, for one test's own warehouse."""
    return tmp_path / "warehouse"


@pytest.fixture
def warehouse(warehouse_path: Path) -> Iterator[Warehouse]:
    """An open, empty warehouse."""
    with open_warehouse(str(warehouse_path), timezone=TIMEZONE) as opened:
        yield opened


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The development data sets; without them the test is skipped aloud, or fails where CI=true."""
    folder = Path(os.environ.get("KEFU_PULSE_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        message = f"no data sets in {folder}; set KEFU_PULSE_DATA to their folder"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder
