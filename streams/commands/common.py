"""What commands share: input lines, and the parts they are composed of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from processors.facts import FactBuilder
from processors.pipeline import Pipeline
from processors.redact import Redactor
from streams.knowledge import load_knowledge
from streams.mending import json_object
from streams.output import say
from streams.refusals import Refused, Rejected, bad_value, missing
from streams.runtimes.committer import Parts
from streams.settings import Settings
from streams.sources import open_source
from streams.sources.base import Batch

CHUNK_LINES = 2_000
LEFT_OUT_NAMED = 5
"""Lines of a bad input that are named one by one; the rest is a number."""


def build_redactor(settings: Settings) -> Redactor:
    """The redactor with this installation's key."""
    return Redactor(settings.redaction_key)


def build_parts(settings: Settings) -> Parts:
    """The pure parts, composed from packaged and the trainer's own language files."""
    redactor = build_redactor(settings)
    knowledge = load_knowledge(settings.language)
    pipeline = Pipeline(knowledge.reader, settings.no_reply_ms)
    return Parts(redactor, FactBuilder(redactor, knowledge.tagger), pipeline, knowledge.wordings)


def input_batches(file: str) -> Iterator[Batch]:
    """Numbered records of a file (JSONL or a table, gzip or not) or stdin, in batches.

    Raises InputError when the file cannot be read.
    """
    source = open_source(file)
    try:
        yield from source.batches(CHUNK_LINES)
    finally:
        source.close()


class LeftOut:
    """Names on stderr what is left out of a result: the first few, then how many there were."""

    def __init__(self) -> None:
        self._count = 0

    def add(self, position: int, why: str) -> None:
        """Record `position` is left out because of `why`."""
        self._count += 1
        if self._count <= LEFT_OUT_NAMED:
            say(f"第 {position} 行略去 · line {position} left out: {why}")

    def close(self) -> None:
        """Say how many there were beyond those named."""
        more = self._count - LEFT_OUT_NAMED
        if more > 0:
            say(f"另有 {more} 行略去 · {more} more lines left out, {self._count} in all")


def text_objects(file: str, left_out: LeftOut) -> Iterator[dict[str, Any]]:
    """The `{"text": …}` objects of a file, one a line; a line that is none goes to `left_out`."""
    for batch in input_batches(file):
        for position, raw in batch.records:
            try:
                yield _text_object(raw)
            except Refused as refused:
                left_out.add(position, f"{refused.reason} — {refused.detail}")


def _text_object(raw: bytes) -> dict[str, Any]:
    if isinstance(raw, Rejected):
        raise Refused(raw.reason, raw.detail)
    item = json_object(raw)
    if not isinstance(item.get("text"), str):
        raise missing(["text"]) if item.get("text") is None else bad_value("text", "文本 / text")
    return item
