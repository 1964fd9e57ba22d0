"""`/v1/import`: how `kefu-pulse import` gives its records to the process that owns the folder.

Batches keep the source and the positions they were read from, so that an import
through a running process can be repeated and resumed like any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from processors.rows import CheckpointRow
from streams.errors import InputError, KefuError
from streams.sources.base import MAX_BATCH_BYTES, Batch
from streams.sources.handover import unpack
from streams.web.ingest import RequestError, authorize

MAX_PACKED_BYTES = 3 * MAX_BATCH_BYTES
"""A batch and its last record, with room for what packing adds."""

Take = Callable[[Batch], CheckpointRow]
"""Stores a batch, blocking, and returns the checkpoint of its source."""


def add_import_routes(
    app: web.Application, checkpoint: Callable[[str], CheckpointRow], take: Take, token: str
) -> None:
    """`GET /v1/import?source=…` tells how far a source is stored, `POST /v1/import` stores its next batch."""

    async def how_far(request: web.Request) -> CheckpointRow:
        return checkpoint(request.query.get("source", ""))

    async def next_batch(request: web.Request) -> CheckpointRow:
        # Not the ingest's limit of a body: what comes here was cut to size by a source.
        batch = unpack(await _read(request))
        return await asyncio.to_thread(take, batch)

    app.router.add_get("/v1/import", _answering(how_far, token))
    app.router.add_post("/v1/import", _answering(next_batch, token))


def _answering(
    work: Callable[[web.Request], Awaitable[CheckpointRow]], token: str
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            authorize(request, token)
            row = await work(request)
        except RequestError as refused:
            return web.Response(status=refused.status, text=str(refused))
        except InputError as error:
            return web.Response(status=409, text=str(error))
        except KefuError as error:
            return web.Response(status=503, text=str(error))
        return web.Response(body=msgspec.json.encode(row), content_type="application/json")

    return answer


async def _read(request: web.Request) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_PACKED_BYTES:
            raise RequestError(413, f"a batch of more than {MAX_PACKED_BYTES} bytes")
    return bytes(body)
