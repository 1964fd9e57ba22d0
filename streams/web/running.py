"""The other side of `/v1/import`: a running process as somewhere to put batches."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException
from urllib.parse import quote, urlsplit

import msgspec

from processors.rows import CheckpointRow
from streams.errors import KefuError
from streams.sources.base import Batch
from streams.sources.handover import pack

WAIT_SECONDS = 300
"""A batch waits for its turn behind the live events; a process that is busy for longer is stuck."""


class RunningProcess:
    """The `kefu-pulse` that owns the warehouse folder, reached through its page. Raises KefuError."""

    def __init__(self, page_url: str, token: str) -> None:
        parts = urlsplit(page_url)
        self._where = page_url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=WAIT_SECONDS)
        self._checkpoints: dict[str, CheckpointRow] = {}

    def checkpoint(self, source: str) -> CheckpointRow:
        """How far `source` is stored; position 0 if it never was."""
        if source not in self._checkpoints:
            self._checkpoints[source] = self._ask("GET", f"/v1/import?source={quote(source, safe='')}", b"")
        return self._checkpoints[source]

    def process(self, batch: Batch) -> None:
        """Have one batch stored: on return its rows and its checkpoint are."""
        self._checkpoints[batch.source] = self._ask("POST", "/v1/import", pack(batch))

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: bytes) -> CheckpointRow:
        try:
            self._connection.request(method, path, body, self._headers)
            answer = self._connection.getresponse()
            said = answer.read()
        except (OSError, HTTPException) as error:
            raise KefuError(
                f"运行中的 kefu-pulse 没有回应 · {self._where} does not answer"
                f" ({error or type(error).__name__}); what it took is safe: import again to go on"
            ) from error
        if answer.status == 401:
            raise KefuError(
                f"{self._where} wants its token 需要令牌: set KEFU_PULSE_TOKEN as it was set for `up`"
            )
        if answer.status != 200:
            raise KefuError(f"{self._where}: {said.decode('utf-8', 'replace')[:500].strip()}")
        return msgspec.json.decode(said, type=CheckpointRow)
