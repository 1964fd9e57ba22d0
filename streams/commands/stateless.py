"""`tag`, `redact` and `cluster`: text in, answers out, nothing stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

import click
import msgspec

from processors.facts import FactBuilder
from processors.question_bank import cluster_texts
from processors.records import Tagged
from processors.redact import Redactor
from processors.rows import MessageRow
from streams.codec import decode_many
from streams.commands.common import LeftOut, build_parts, build_redactor, input_batches, text_objects
from streams.commands.layouts import explain_layout
from streams.commands.options import file_argument, format_option
from streams.commands.reasons import told
from streams.language import load_language
from streams.output import choose_format, emit
from streams.settings import load_settings
from streams.synonyms import load_wordings
from streams.table import Column, plain_columns

TAG_COLUMNS = Tagged.__struct_fields__


@click.command(epilog="例 example:  kefu-pulse tag events.jsonl --explain --format table")
@file_argument
@click.option("--explain", is_flag=True, help="再说明每个标签凭什么 · also why each tag was given")
@format_option()
def tag(file: str, explain: bool, fmt: str | None) -> None:
    """给顾客的话打标签 · Tag the customer texts of events (one object a text out, nothing stored)."""
    builder, fmt = build_parts(load_settings()).builder, choose_format(fmt)
    with closing(LeftOut()) as left_out:
        rows = _tagged(file, builder, left_out)
        if not explain:
            emit(map(msgspec.structs.asdict, rows), TAG_COLUMNS, fmt, _tag_layout)
        elif fmt == "table":
            emit(_by_tag(rows, builder), (), fmt, explain_layout)
        else:
            emit(_explained(rows, builder), (*TAG_COLUMNS, "explain"), fmt)


def _explained(rows: Iterable[MessageRow], builder: FactBuilder) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield msgspec.structs.asdict(row) | {"explain": told(builder.explain(row))}


def _by_tag(rows: Iterable[MessageRow], builder: FactBuilder) -> Iterator[dict[str, Any]]:
    """A row a tag; the text stands at its first."""
    for row in rows:
        for place, reasons in enumerate(told(builder.explain(row))):
            yield {"text": "" if place else row.text, **reasons}


def _tagged(file: str, builder: FactBuilder, left_out: LeftOut) -> Iterator[MessageRow]:
    for batch in input_batches(file):
        decoded = decode_many(batch.records)
        for letter in decoded.dead:
            left_out.add(letter.position, f"{letter.reason} — {letter.detail}")
        for row in builder.build(batch.source, decoded.events, decoded.positions).messages:
            if row.sentiment:
                yield row


def _tag_layout(width: int) -> list[Column]:
    wide = ("event_id", "text", "sentiment", "topics", "nature", "urgency", "is_question", "keywords")
    return plain_columns(wide if width >= 120 else ("text", "sentiment", "topics", "nature", "urgency"))


@click.command(epilog='例 example:  echo \'{"text": "电话13800138000"}\' | kefu-pulse redact')
@file_argument
@format_option()
def redact(file: str, fmt: str | None) -> None:
    """隐去个人信息 · Mask personal data ({"text": …} lines in; masked text and spans out)."""
    redactor = build_redactor(load_settings())
    with closing(LeftOut()) as left_out:
        rows = (_masked(redactor, item["text"]) for item in text_objects(file, left_out))
        emit(rows, ("text", "spans"), choose_format(fmt))


def _masked(redactor: Redactor, text: str) -> dict[str, Any]:
    spans = redactor.spans(text)
    return {"text": redactor.mask(text, spans), "spans": [msgspec.structs.asdict(span) for span in spans]}


@click.command(epilog="例 example:  kefu-pulse cluster questions.jsonl --format csv > clusters.csv")
@file_argument
@format_option()
def cluster(file: str, fmt: str | None) -> None:
    """把同一个问题归到一起 · Group texts that ask the same (adds `cluster` and `canonical` to each line)."""
    settings = load_settings()
    redactor = build_redactor(settings)
    with closing(LeftOut()) as left_out:
        items = list(text_objects(file, left_out))
    for item in items:
        item["text"] = redactor.redact(item["text"])
    wordings = load_wordings(load_language(settings.language), settings.language)
    for group in cluster_texts([item["text"] for item in items], wordings):
        for index in group.members:
            items[index] |= {"cluster": group.cluster_id, "canonical": group.canonical}
    columns = dict.fromkeys(name for item in items for name in item)
    emit(items, tuple(columns) or ("text", "cluster", "canonical"), choose_format(fmt))
