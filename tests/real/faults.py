"""A TCP proxy on loopback that breaks connections on demand, whatever protocol they carry.

A request is what a client sends until the server answers; that holds for HTTP and,
one request in flight at a time, for Kafka, whose advertised address must be the proxy's.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal, NamedTuple, cast

from tests.real.clickhouse import lasting_port

Mode = Literal["pass", "refuse", "hang", "cut", "cut_answer", "slow"]


class Fault(NamedTuple):
    """What is done to requests that contain `only` in their first packet; `after` in bytes."""

    mode: Mode = "pass"
    after: int = 0
    seconds: float = 0.0
    only: bytes = b""

    def hits(self, mode: Mode, request: bytes) -> bool:
        """Whether `mode` is in force for a request that begins so."""
        return self.mode == mode and self.only in request


class Faults:
    """Forwards `127.0.0.1:port` to `host:upstream`. A context manager, with a thread of its own.

    `requests` and `connections` count what clients began since `become` was last called.
    """

    def __init__(self, upstream: int, host: str = "127.0.0.1", port: int | None = None) -> None:
        self.port = port or lasting_port()
        self.requests = 0
        self.connections = 0
        self._target = (host, upstream)
        self._fault = Fault()
        self._links: set[_Link] = set()
        self._listener: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="faults", daemon=True)
        self._thread.start()
        self._call(self._listen)

    def become(self, mode: Mode, *, after: int = 0, seconds: float = 0.1, only: bytes = b"") -> None:
        """Behave so from now on, on open connections too; in force when it returns.

        - `pass`: forward. What hung goes on, unless its client has left: then the server never hears of it.
        - `refuse`: no listening socket, and no open connection.
        - `hang`: connections are accepted and bytes taken; nothing is forwarded either way.
        - `cut`: `after` bytes of a request arrive, then both sides are closed.
        - `cut_answer`: a request arrives; its answer is cut after `after` bytes. Outcome unknown. (Cut
          within an HTTP answer's headers, Python's http.client takes it for a whole, empty answer.)
        - `slow`: each packet takes `seconds`, in order.

        `only` (as in `b"INSERT"`) spares requests whose first packet lacks it; `refuse` spares none.
        """
        self._call(lambda: self._become(Fault(mode, after, seconds, only)))

    def close(self) -> None:
        """Close every connection and end the thread."""
        self._call(self._shut)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Faults:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, work: Callable[[], Any]) -> None:
        async def on_loop() -> None:
            result = work()
            if asyncio.iscoroutine(result):
                await result

        asyncio.run_coroutine_threadsafe(on_loop(), self._loop).result(timeout=10)

    async def _become(self, fault: Fault) -> None:
        self._fault = fault
        self.requests = self.connections = 0
        if fault.mode == "refuse":
            await self._shut()
        elif self._listener is None:
            await self._listen()
        for link in list(self._links):
            link.pump()

    async def _listen(self) -> None:
        self._listener = await self._loop.create_server(
            lambda: _Pipe(_Link(self), "client"), "127.0.0.1", self.port
        )

    async def _shut(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for link in list(self._links):
            link.cut()
        # One turn of the loop: sockets are closed, not only told to close.
        await asyncio.sleep(0)


class _Link:
    """One client's connection and the one to the server that it got."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.client: _Pipe | None = None
        self.server: _Pipe | None = None
        self._request = b""
        self._sent = 0
        self._answered = 0
        self._answering = True
        self._dialing: asyncio.Task[None] | None = None

    def opened(self, pipe: _Pipe) -> None:
        if pipe.role == "server":
            self.server = pipe
            self.pump()
            return
        self.client = pipe
        self.faults.connections += 1
        self.faults._links.add(self)
        self._dialing = asyncio.get_running_loop().create_task(self._dial())

    async def _dial(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: _Pipe(self, "server"), *self.faults._target
            )
        except OSError:
            if not self.faults._fault.hits("hang", b""):
                self.cut()

    def arrived(self, pipe: _Pipe, data: bytes) -> None:
        if pipe.role == "client" and self._answering:
            self._answering, self._request, self._sent, self._answered = False, data, 0, 0
            self.faults.requests += 1
        self._answering = self._answering or pipe.role == "server"
        pipe.waiting.append(data)
        self.pump()

    def pump(self) -> None:
        """Forward what has arrived, as the fault of the moment has it."""
        fault = self.faults._fault
        if fault.hits("hang", self._request):
            return
        if self.client is not None and self.client.gone and self.client.waiting:
            self.cut()
            return
        for source, target in ((self.client, self.server), (self.server, self.client)):
            if source is None or target is None:
                continue
            if fault.hits("slow", self._request):
                asyncio.get_running_loop().call_later(fault.seconds, self._forward, source, target, 1)
            else:
                self._forward(source, target, len(source.waiting))

    def _forward(self, source: _Pipe, target: _Pipe, packets: int) -> None:
        for _ in range(min(packets, len(source.waiting))):
            data = source.waiting.popleft()
            allowed = self._allowed(source, len(data))
            target.write(data[:allowed])
            if allowed < len(data):
                self.cut()
                return
        if source.gone and not source.waiting:
            self.cut()

    def _allowed(self, source: _Pipe, size: int) -> int:
        """How many of the next bytes may pass."""
        fault = self.faults._fault
        if source.role == "client":
            before, self._sent = self._sent, self._sent + size
            mode: Mode = "cut"
        else:
            before, self._answered = self._answered, self._answered + size
            mode = "cut_answer"
        return max(0, min(size, fault.after - before)) if fault.hits(mode, self._request) else size

    def cut(self) -> None:
        """Close both sides; what was forwarded still arrives."""
        self.faults._links.discard(self)
        for pipe in (self.client, self.server):
            if pipe is not None:
                pipe.transport.close()


class _Pipe(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, link: _Link, role: Literal["client", "server"]) -> None:
        self.role = role
        self.waiting: deque[bytes] = deque()
        self.gone = False
        self._link = link

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._link.opened(self)

    def data_received(self, data: bytes) -> None:
        self._link.arrived(self, data)

    def connection_lost(self, _error: Exception | None) -> None:
        self.gone = True
        self._link.pump()

    def write(self, data: bytes) -> None:
        if data and not self.transport.is_closing():
            self.transport.write(data)
