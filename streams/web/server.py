"""The web server of a running process: page, ingest, metrics, health."""

from __future__ import annotations

import errno
import ipaddress
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from streams.errors import ServerError
from streams.metrics import Metrics

Health = Callable[[], str | None]
"""None when all is well, else what is wrong."""


def is_loopback(host: str) -> bool:
    """Whether `host` is reachable from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def build_app(metrics: Metrics, ready: Health, host: str, max_body_bytes: int) -> web.Application:
    """An application with `/metrics`, `/healthz` and `/readyz`; the caller adds its own routes."""
    guards = [_no_other_sites, *([_same_machine_only] if is_loopback(host) else [])]
    app = web.Application(middlewares=guards, client_max_size=max_body_bytes)

    async def metrics_page(_request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    async def alive(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def is_ready(_request: web.Request) -> web.Response:
        problem = ready()
        return web.Response(text=f"{problem or 'ok'}\n", status=503 if problem else 200)

    app.router.add_get("/metrics", metrics_page)
    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", is_ready)
    return app


@web.middleware
async def _same_machine_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    # A web page elsewhere may point its own name at 127.0.0.1 (DNS rebinding): only our names pass.
    name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if not is_loopback(name):
        raise web.HTTPForbidden(text="this server answers on 127.0.0.1 and localhost only\n")
    return await handler(request)


@web.middleware
async def _no_other_sites(request: web.Request, handler: Handler) -> web.StreamResponse:
    # A browser names the page that posts; a page of another site must not write here.
    origin = request.headers.get("Origin")
    if request.method not in ("GET", "HEAD") and origin and origin.split("://", 1)[-1] != request.host:
        raise web.HTTPForbidden(text="requests from other sites are refused\n")
    return await handler(request)


async def listen(app: web.Application, host: str, port: int) -> tuple[int, Callable[[], Awaitable[None]]]:
    """Serve `app`; returns the port (chosen when `port` is 0) and how to stop.

    Raises ServerError when the address cannot be used.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise ServerError(_listen_problem(error, host, port)) from error
    return runner.addresses[0][1], runner.cleanup


def _listen_problem(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"端口 {port} 已被占用 · port {port} on {host} is in use: choose another (see --help)"
    if error.errno == errno.EACCES:
        return f"无权使用端口 {port} · no permission for port {port}: choose one above 1023"
    return f"无法监听 {host}:{port} · cannot listen on {host}:{port}: {error.strerror or error}"
