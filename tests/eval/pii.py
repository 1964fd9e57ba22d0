"""Personal data: how much is found, how much is masked that should not be."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterable

from figure import Figure

from processors.redact import Redactor, Span

NEEDS = ("labelled/pii.jsonl", "jddc_chats.jsonl")
STRONG = frozenset({"phone", "id_card", "bank_card", "email"})


def figures(data: pathlib.Path) -> list[Figure]:
    """Recall by containment and by exact span, of all and of strong kinds; false masks in 100 texts."""
    redactor = Redactor(b"eval")
    rows = [json.loads(line) for line in (data / NEEDS[0]).read_text("utf-8").splitlines()]
    wanted = [[Span(**span) for span in row["spans"]] for row in rows]
    found = [redactor.spans(row["text"]) for row in rows]
    chats = [json.loads(line).get("text", "") for line in (data / NEEDS[1]).read_text("utf-8").splitlines()]
    masked = sum(len(redactor.spans(text)) for text in chats)
    pairs = [(span, own) for spans, own in zip(wanted, found, strict=True) for span in spans]
    strong = [(span, own) for span, own in pairs if span.kind in STRONG]
    false = sum(not _covered(span, spans) for spans, own in zip(wanted, found, strict=True) for span in own)
    return [
        Figure(
            "pii", "recall, span covered", _share(_covers(s, own) for s, own in pairs), ">= 0.97", len(pairs)
        ),
        Figure("pii", "recall, span exact", _share(s in own for s, own in pairs), ">= 0.95", len(pairs)),
        Figure(
            "pii", "recall, strong kinds", _share(_covers(s, own) for s, own in strong), "1.00", len(strong)
        ),
        Figure("pii", "false spans per 100 texts", 100 * false / len(rows), "<= 2", len(rows)),
        Figure(
            "pii",
            "spans per 100 real chat messages (numbers were removed)",
            100 * masked / len(chats),
            "<= 0.2",
            len(chats),
        ),
    ]


def _covers(wanted: Span, own: list[Span]) -> bool:
    return any(s.kind == wanted.kind and s.start <= wanted.start and wanted.end <= s.end for s in own)


def _covered(span: Span, wanted: list[Span]) -> bool:
    return any(s.kind == span.kind and s.start < span.end and span.start < s.end for s in wanted)


def _share(hits: Iterable[bool]) -> float:
    counted = list(hits)
    return sum(counted) / len(counted) if counted else 0.0
