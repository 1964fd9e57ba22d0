"""Test doubles that ship with the product: a manual clock, death at any commit step, a failing warehouse."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from streams.errors import WarehouseError
from streams.warehouse.client import Warehouse
from streams.warehouse.session import Result


class ManualClock:
    """A clock that stands until told otherwise; epoch milliseconds."""

    def __init__(self, now_ms: int = 0) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms

    def advance(self, ms: int) -> None:
        """Let `ms` milliseconds pass."""
        self.now_ms += ms


class KillAt:
    """Kills this very process, as `kill -9` does, when commit step number `number` (from 1) is reached."""

    def __init__(self, number: int) -> None:
        self._left = number

    def __call__(self, _step: str) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Aborted(BaseException):
    """The process died here; no `except Exception` takes it for an error to recover from."""


class AbortAt(KillAt):
    """As `KillAt`, but raises `Aborted`: build a new runtime then, as a new process would."""

    def __call__(self, step: str) -> None:
        self._left -= 1
        if self._left == 0:
            raise Aborted(step)


class CountSteps:
    """Counts the commit steps of an undisturbed run, so that a test can kill at each of them."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, step: str) -> None:
        self.names.append(step)


class FlakyWarehouse(Warehouse):
    """An open warehouse whose calls fail as `fault` says.

    `fault` is asked before each call, with its name (`insert messages`, `query`, `command`):
    "" lets it pass, "before" fails without doing it, "after" does it and fails then, as
    when the answer is lost.
    """

    def __init__(self, inner: Warehouse, fault: Callable[[str], str]) -> None:
        self.__dict__.update(inner.__dict__)
        self._fault = fault

    def insert(self, table: str, rows: Sequence[Struct]) -> None:
        """See `Warehouse.insert`."""
        if rows:
            self._faulty(f"insert {table}", lambda: super(FlakyWarehouse, self).insert(table, rows))

    def command(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """See `Warehouse.command`."""
        self._faulty("command", lambda: super(FlakyWarehouse, self).command(sql, parameters))

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Result:
        """See `Warehouse.query`."""
        found: list[Result] = []
        self._faulty("query", lambda: found.append(super(FlakyWarehouse, self).query(sql, parameters)))
        return found[0]

    def _faulty(self, name: str, call: Callable[[], None]) -> None:
        kind = self._fault(name)
        if kind != "before":
            call()
        if kind:
            raise WarehouseError(f"{name} failed {kind} it was done, as the test wants; try again")
