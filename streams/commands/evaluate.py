"""`eval`: how well the tags agree with a trainer's own labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import click
import msgspec

from processors.scoring import Case, Score, cases, is_right, scores, severity
from processors.tags import Tagger
from streams.commands.common import build_redactor, input_batches
from streams.commands.layouts import miss_layout, score_layout
from streams.commands.options import format_option
from streams.errors import InputError
from streams.labelled import Labelled, read_labelled
from streams.language import load_language
from streams.output import Part, choose_format, emit_parts
from streams.settings import Settings, load_settings
from streams.tag_weights import load_tag_model

MISS_COLUMNS = ("tag", "line", "type", "wanted", "got", "text")


class Tagged(NamedTuple):
    """A labelled text as masked, and each of its labels beside what the tagger says."""

    item: Labelled
    text: str
    cases: list[Case]


@click.command("eval", epilog="例 example:  kefu-pulse eval labels.jsonl --misses 50")
@click.argument("file", metavar="FILE")
@click.option(
    "--misses",
    default=20,
    show_default=True,
    type=click.IntRange(0),
    help="最多列出几处判错 · at most so many misses",
)
@format_option()
def evaluate(file: str, misses: int, fmt: str | None) -> None:
    """用自己标注的话检验标签 · Measure the tags on your own labelled texts."""
    records = (record for batch in input_batches(file) for record in batch.records)
    labelled = read_labelled(records)
    if not labelled:
        raise InputError(f'{file} 没有一行标注 · has no labelled line; write {{"text": …, "sentiment": …}}')
    tagged = _tagged(labelled, load_settings())
    found = scores([case for one in tagged for case in one.cases])
    tags = Part(
        "tags", [msgspec.to_builtins(score) for score in found], Score.__struct_fields__, score_layout
    )
    worst = Part("misses", _misses(tagged, misses), MISS_COLUMNS, miss_layout)
    emit_parts((tags, worst), choose_format(fmt))


def _tagged(labelled: Sequence[Labelled], settings: Settings) -> list[Tagged]:
    """Tagged as in the stream: masked first."""
    redact = build_redactor(settings).redact
    texts = [redact(item.text) for item in labelled]
    tags = Tagger(load_language(settings.language), load_tag_model()).tag_many(
        texts, [item.kind for item in labelled]
    )
    return [
        Tagged(item, text, cases(item.wanted, given))
        for item, text, given in zip(labelled, texts, tags, strict=True)
    ]


def _misses(tagged: Sequence[Tagged], most: int) -> list[dict[str, Any]]:
    """The worst first; of equally bad ones those of texts with many wrong tags, then by line."""
    wrong = [(one, case) for one in tagged for case in one.cases if not is_right(case)]
    in_text = Counter(one.item.line for one, _ in wrong)
    wrong.sort(key=lambda miss: (-severity(miss[1]), -in_text[miss[0].item.line], miss[0].item.line))
    return [
        {
            **case._asdict(),
            "line": one.item.line,
            "type": one.item.type,
            "text": one.text,
        }
        for one, case in wrong[:most]
    ]
