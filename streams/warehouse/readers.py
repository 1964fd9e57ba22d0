"""A few read-only handles shared by the page's queries."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Mapping
from typing import Any

from streams.warehouse.client import Reader, Warehouse
from streams.warehouse.session import Result

HANDLES = 3
"""Queries that run at once; more wait, so that dashboards cannot starve the pipeline."""


class ReaderPool:
    """Runs queries in threads, each on a handle of its own."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._free: queue.SimpleQueue[Reader] = queue.SimpleQueue()
        self._readers = [warehouse.reader() for _ in range(HANDLES)]
        self._slots = asyncio.Semaphore(HANDLES)
        for reader in self._readers:
            self._free.put(reader)

    async def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Result:
        """The result of a bounded, read-only query."""
        async with self._slots:
            return await asyncio.to_thread(self._query, sql, parameters)

    def _query(self, sql: str, parameters: Mapping[str, Any] | None) -> Result:
        reader = self._free.get()
        try:
            return reader.query(sql, parameters)
        finally:
            self._free.put(reader)

    def close(self) -> None:
        """Close the handles; no query may be running."""
        for reader in self._readers:
            reader.close()
