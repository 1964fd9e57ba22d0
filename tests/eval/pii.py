"""Personal data: how much is found, how much is masked that should not be.

The development texts, which the rules were written against, and two blind sets by
different hands; the second was written to be hard: rare surnames, addresses without
numbers, ids shorter than the rules allow. Of the blind ones a half, drawn by a hash of
the text, may be read to mend the rules; the other half is never read, so only its
figures tell of unseen texts.
"""

from __future__ import annotations

import hashlib
import json
import pathlib
from collections.abc import Iterable
from typing import NamedTuple

from figure import Figure

from processors.redact import Redactor, Span

NEEDS = ("labelled/pii.jsonl", "jddc_chats.jsonl")
_GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "blind"
BLIND = {"pii, blind": _GOLDEN / "pii.jsonl", "pii, blind, hard": _GOLDEN / "pii2.jsonl"}
STRONG = frozenset({"phone", "id_card", "bank_card", "email"})


class Row(NamedTuple):
    """A labelled text: what must be masked, what may be, and what was found."""

    text: str
    wanted: list[Span]
    optional: list[Span]
    found: list[Span]


def figures(data: pathlib.Path) -> list[Figure]:
    """Recall by containment and by exact span, of all and of strong kinds; false masks in 100 texts."""
    redactor = Redactor(b"eval")
    blind = {task: _rows(file, redactor) for task, file in BLIND.items()}
    chats = [json.loads(line).get("text", "") for line in (data / NEEDS[1]).read_text("utf-8").splitlines()]
    masked = 100 * sum(len(redactor.spans(text)) for text in chats) / len(chats)
    return [
        *_measured("pii", _rows(data / NEEDS[0], redactor)),
        Figure(
            "pii", "spans per 100 real chat messages (numbers were removed)", masked, "<= 0.2", len(chats)
        ),
        *(figure for task, rows in blind.items() for figure in _both(task, rows)),
    ]


def _both(task: str, rows: list[Row]) -> list[Figure]:
    unread = [row for row in rows if not readable(row.text)]
    return _measured(task, rows) + _measured(f"{task}, unread half", unread)


def readable(text: str) -> bool:
    """The blind text is of the half that may be read."""
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 0


def _rows(file: pathlib.Path, redactor: Redactor) -> list[Row]:
    parsed = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return [
        Row(row["text"], _spans(row["spans"]), _spans(row.get("spans_optional")), redactor.spans(row["text"]))
        for row in parsed
    ]


def _spans(labelled: list[dict[str, object]] | None) -> list[Span]:
    return [Span(int(str(s["start"])), int(str(s["end"])), str(s["kind"])) for s in labelled or ()]


def _measured(task: str, rows: list[Row]) -> list[Figure]:
    pairs = [(span, row.found) for row in rows for span in row.wanted]
    strong = [(span, own) for span, own in pairs if span.kind in STRONG]
    covered = _share(_covers(span, own) for span, own in pairs)
    exact = _share(span in own for span, own in pairs)
    strong_found = _share(_covers(span, own) for span, own in strong)
    false = sum(_false(span, row) for row in rows for span in row.found)
    return [
        Figure(task, "recall, span covered", covered, ">= 0.97", len(pairs)),
        Figure(task, "recall, span exact", exact, ">= 0.95", len(pairs)),
        Figure(task, "recall, strong kinds", strong_found, "1.00", len(strong)),
        Figure(task, "false spans per 100 texts", 100 * false / len(rows), "<= 2", len(rows)),
    ]


def _covers(wanted: Span, own: list[Span]) -> bool:
    return any(s.kind == wanted.kind and s.start <= wanted.start and wanted.end <= s.end for s in own)


def _false(span: Span, row: Row) -> bool:
    """Nothing of its kind was wanted there, and nothing arguable of any kind is there."""
    wanted = any(s.kind == span.kind and _meet(s, span) for s in row.wanted)
    return not wanted and not any(_meet(s, span) for s in row.optional)


def _meet(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _share(hits: Iterable[bool]) -> float:
    counted = list(hits)
    return sum(counted) / len(counted) if counted else 0.0
