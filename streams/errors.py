"""The few errors that users meet. Each message says what, where and what to do next.

Only `streams.cli` turns them into a line on stderr and an exit code.
"""

from __future__ import annotations


class KefuError(Exception):
    """Base of every error with a word for the user; exit code 1."""

    exit_code = 1


class UsageError(KefuError):
    """The command was called wrongly; exit code 2."""

    exit_code = 2


class InputError(KefuError):
    """A file or mapping cannot be read at all (a bad record is a dead letter, not an error)."""


class WarehouseError(KefuError):
    """The warehouse cannot be opened, reached or queried."""


class WarehouseLocked(WarehouseError):
    """Another process owns the folder; `endpoint`: its ClickHouse HTTP URL, `page`: its page, if any."""

    def __init__(self, message: str, endpoint: str | None = None, page: str | None = None) -> None:
        super().__init__(message)
        self.endpoint = endpoint
        self.page = page


class BrokerError(KefuError):
    """Kafka cannot be reached, refuses, or did not acknowledge."""


class QueryRefused(KefuError):
    """SQL from outside that is not a bounded read."""


class ServerError(KefuError):
    """A listening socket cannot be opened."""


class SettingsError(UsageError):
    """A setting has a value that cannot be used."""
