"""A batch of numbered records on its way from one process to the one that owns the warehouse."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from streams.errors import InputError
from streams.refusals import Rejected
from streams.sources.base import Batch, Record


class _Refusal(Struct, array_like=True):
    reason: str
    detail: str
    size: int


class _Record(Struct, array_like=True):
    position: int
    raw: bytes
    refusal: _Refusal | None


class _Batch(Struct, array_like=True):
    source: str
    records: list[_Record]
    prefix_digest: str
    exhausted: bool


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Batch)


def pack(batch: Batch) -> bytes:
    """`batch` as bytes, with what its source refused of it."""
    records = [_Record(position, bytes(raw), _refusal(raw)) for position, raw in batch.records]
    return _encoder.encode(_Batch(batch.source, records, batch.prefix_digest, batch.exhausted))


def unpack(body: bytes) -> Batch:
    """The batch in `body`; raises InputError when there is none, or its positions do not ascend."""
    try:
        packed = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"no batch of records ({error}); are both processes of one version?") from error
    positions = [record.position for record in packed.records]
    if not positions or positions != sorted(set(positions)) or positions[0] < 1:
        raise InputError("the positions of a batch must ascend from 1; are both processes of one version?")
    records = [Record(record.position, _raw(record)) for record in packed.records]
    return Batch(packed.source, records, packed.prefix_digest, packed.exhausted)


def _refusal(raw: bytes) -> _Refusal | None:
    return _Refusal(raw.reason, raw.detail, raw.size) if isinstance(raw, Rejected) else None


def _raw(record: _Record) -> bytes:
    refusal = record.refusal
    return Rejected(record.raw, refusal.reason, refusal.detail, refusal.size) if refusal else record.raw
