"""Quality of the verdicts through masking and tagging: on the labelled conversations they were developed on,
on the blind ones of tests/golden/blind, of another hand, whose second half nothing was tuned on, and on the
unread third of chats of three more hands; of the other two thirds, models learn and thresholds are set."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from metrics import Interval, Measured, bootstrap

from processors.conversation import Conversation
from processors.facts import FactBuilder
from processors.pipeline import chat_facts, key_of
from processors.redact import Redactor
from processors.rows import TurnRow
from processors.tags import Tagger
from streams.codec import decode_many
from streams.exchange_weights import load_reader
from streams.language import load_language
from streams.tag_weights import load_tag_model

CONVERSATIONS = "labelled/conversations.jsonl"
LABELS = "labelled/conversations.labels.jsonl"
NEEDS = (CONVERSATIONS, LABELS)
BLIND = Path(__file__).parents[1] / "golden" / "blind"
UNREAD = BLIND / "chats-unread.jsonl"


class Scored(NamedTuple):
    """A labelled question and our turn for it, if we found one."""

    label: dict[str, Any]
    turn: TurnRow | None


def turns_of(path: Path) -> list[TurnRow]:
    """The standing turns of all conversations in a JSONL file of events, long after they ended."""
    decoded = decode_many(enumerate(path.read_bytes().splitlines()))
    builder = FactBuilder(Redactor(b"eval"), Tagger(load_language(), load_tag_model()))
    conversations: dict[tuple[str, str, str], Conversation] = {}
    reader = load_reader()
    for fact in chat_facts(builder.build("eval", decoded.events, decoded.positions)):
        conversations.setdefault(key_of(fact), Conversation(reader)).on_event(fact)
    outcomes = [conversation.on_watermark(1 << 60) for conversation in conversations.values()]
    return [turn for outcome in outcomes for turn in outcome.turns if not turn.is_deleted]


def match(labels: Iterable[dict[str, Any]], turns: Iterable[TurnRow]) -> list[Scored]:
    """Pair labels with turns by any message that both hold; the turn's own key first."""
    by_part: dict[tuple[str, str], TurnRow] = {}
    for turn in turns:
        for part in turn.group_event_ids:
            by_part.setdefault((turn.conversation_id, part), turn)
        by_part[turn.conversation_id, turn.event_id] = turn
    return [Scored(label, _find(label, by_part)) for label in labels]


def _find(label: dict[str, Any], by_part: dict[tuple[str, str], TurnRow]) -> TurnRow | None:
    ids = [label["event_id"], *label["group_event_ids"]]
    found = (by_part.get((label["conversation_id"], part)) for part in ids)
    return next((turn for turn in found if turn is not None), None)


def _f1(right: int, wrong: int, missed: int) -> float:
    return 2 * right / (2 * right + wrong + missed) if right else 0.0


def unanswered_f1(scored: Sequence[Scored]) -> float:
    """F1 of `unanswered`; a question that was not found counts as answered."""
    gold = [bool(item.label["unanswered"]) for item in scored]
    ours = [item.turn is not None and item.turn.state == "unanswered" for item in scored]
    pairs = Counter(zip(gold, ours, strict=True))
    return _f1(pairs[True, True], pairs[False, True], pairs[True, False])


def reasons_f1(scored: Sequence[Scored]) -> float:
    """Micro F1 of the reasons; arguable ones are neither right nor wrong."""
    counts: dict[str, int] = defaultdict(int)
    for label, turn in scored:
        gold, ours = set(label["reasons"]), set(turn.reasons if turn else ())
        counts["right"] += len(gold & ours)
        counts["wrong"] += len(ours - gold - set(label["reasons_optional"]))
        counts["missed"] += len(gold - ours)
    return _f1(counts["right"], counts["wrong"], counts["missed"])


def figures(data: Path) -> list[Measured]:
    """Unanswered F1, reasons micro F1, and how well questions are found: development, then blind."""
    return [
        *_figures("", data / CONVERSATIONS, data / LABELS),
        *_figures(", blind", BLIND / Path(CONVERSATIONS).name, BLIND / Path(LABELS).name),
        *_figures(", chats of other hands, unread third", UNREAD, UNREAD.with_suffix(".labels.jsonl")),
    ]


def _figures(where: str, conversations: Path, labelled: Path) -> list[Measured]:
    labels = [json.loads(line) for line in labelled.read_text("utf-8").splitlines()]
    turns = turns_of(conversations)
    every = match(labels, turns)
    scored = [item for item in every if not item.label["optional"]]
    known = {id(item.turn) for item in every if item.turn is not None}
    found = sum(item.turn is not None for item in scored)
    precision = len(known) / max(1, len(turns))
    unread = [item for item in scored if where == ", blind" and _is_unread(item.label["conversation_id"])]
    return [
        *_verdicts(where, scored),
        *(_verdicts(f"{where}, unread half", unread) if unread else []),
        Measured(f"questions in chats{where}", "recall", found / len(scored), ">= 0.95", len(scored)),
        Measured(f"questions in chats{where}", "precision", precision, ">= 0.95", len(turns)),
    ]


def _is_unread(conversation_id: str) -> bool:
    """The half of the blind conversations that nobody read while rules and models were made."""
    return hashlib.sha256(conversation_id.encode()).digest()[0] % 2 == 1


def _verdicts(where: str, scored: Sequence[Scored]) -> list[Measured]:
    lines = (
        ("unanswered", "F1", ">= 0.92", unanswered_f1),
        ("unanswered reasons", "micro F1", ">= 0.85", reasons_f1),
    )
    return [
        Measured(f"{task}{where}", metric, value(scored), target, len(scored), _interval(scored, value))
        for task, metric, target, value in lines
    ]


def _interval(scored: Sequence[Scored], value: Callable[[Sequence[Scored]], float]) -> Interval:
    return bootstrap(len(scored), lambda pick: value([scored[at] for at in pick]))
