"""`tag`, `redact` and `cluster`: text in, answers out, nothing stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
import msgspec

from processors.facts import FactBuilder
from processors.question_bank import cluster_texts
from streams.codec import decode_many
from streams.commands.common import (
    build_parts,
    build_redactor,
    file_argument,
    format_option,
    input_lines,
    text_lines,
)
from streams.language import load_language
from streams.output import choose_format, emit, say
from streams.settings import load_settings
from streams.synonyms import load_wordings

TAG_COLUMNS = (
    "event_id",
    "sentiment",
    "sentiment_score",
    "topics",
    "nature",
    "urgency",
    "is_question",
    "keywords",
    "text",
)


@click.command(epilog="例 example:  kefu-pulse tag events.jsonl | head")
@file_argument
@format_option()
def tag(file: str, fmt: str | None) -> None:
    """给顾客的话打标签 · Tag the customer texts of events (JSONL in, one object a text out)."""
    builder = build_parts(load_settings()).builder
    emit(_tagged(file, builder), TAG_COLUMNS, choose_format(fmt))


def _tagged(file: str, builder: FactBuilder) -> Iterator[dict[str, Any]]:
    for chunk in input_lines(file):
        decoded = decode_many(chunk)
        for letter in decoded.dead:
            say(f"line {letter.position} 行: {letter.reason} — {letter.detail}; left out")
        for row in builder.build(file, decoded.events, decoded.positions).messages:
            if row.sentiment:
                yield msgspec.structs.asdict(row)


@click.command(epilog='例 example:  echo \'{"text": "电话13800138000"}\' | kefu-pulse redact')
@file_argument
@format_option()
def redact(file: str, fmt: str | None) -> None:
    """隐去个人信息 · Mask personal data ({"text": …} lines in; masked text and spans out)."""
    redactor = build_redactor(load_settings())

    def rows() -> Iterator[dict[str, Any]]:
        for chunk in text_lines(file):
            for item in chunk:
                spans = redactor.spans(item["text"])
                masked = redactor.mask(item["text"], spans)
                yield {"text": masked, "spans": [msgspec.structs.asdict(span) for span in spans]}

    emit(rows(), ("text", "spans"), choose_format(fmt))


@click.command(epilog="例 example:  kefu-pulse cluster questions.jsonl --format csv > clusters.csv")
@file_argument
@format_option()
def cluster(file: str, fmt: str | None) -> None:
    """把同一个问题归到一起 · Group texts that ask the same (adds `cluster` and `canonical` to each line)."""
    settings = load_settings()
    redactor = build_redactor(settings)
    items = [item for chunk in text_lines(file) for item in chunk]
    for item in items:
        item["text"] = redactor.redact(item["text"])
    wordings = load_wordings(load_language(settings.language), settings.language)
    for group in cluster_texts([item["text"] for item in items], wordings):
        for index in group.members:
            items[index] |= {"cluster": group.cluster_id, "canonical": group.canonical}
    columns = dict.fromkeys(name for item in items for name in item)
    emit(items, tuple(columns) or ("text", "cluster", "canonical"), choose_format(fmt))
