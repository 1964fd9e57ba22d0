"""The embedded runtime: one process, one warehouse, any number of sources.

Order of a commit, each step repeatable, the last one making it count:

1. mark the minutes whose rollups will change;
2. write facts and dead letters;
3. write the verdicts derived from them;
4. write the source's checkpoint.

A process killed between two steps resumes at the checkpoint and writes the same
rows again over those that were written: facts are keyed by event id, verdicts
by a version that grows with the facts considered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from msgspec import Struct

from processors.events import AnyEvent, DeadLetter
from processors.facts import FactBuilder, Facts
from processors.pipeline import FOREVER_MS, Key, Pipeline, Verdicts, chat_facts, key_of
from processors.redact import Redactor
from processors.rows import CheckpointRow, DeadLetterRow, MessageRow, RatingRow, TurnRow
from streams.codec import Decoded, decode_many, encode
from streams.metrics import Metrics
from streams.sources.base import Batch, Record
from streams.warehouse import rollups
from streams.warehouse.client import Warehouse
from streams.warehouse.known import Fresh, KnownIds
from streams.warehouse.stored import load_checkpoints, load_conversations, open_conversations

Clock = Callable[[], int]
"""Wall clock, epoch milliseconds."""


class Parts(NamedTuple):
    """The pure parts that a runtime drives."""

    redactor: Redactor
    builder: FactBuilder
    pipeline: Pipeline


class Commit(NamedTuple):
    """What became of one batch: `received` = `stored` + `duplicates` + `dead_letters`."""

    received: int
    stored: int
    duplicates: int
    dead_letters: int


def no_step(_name: str) -> None:
    """Called before each commit step; the crash tests put their kill here."""


class EmbeddedRuntime:
    """Drives the processors over batches of records and keeps the warehouse exact."""

    def __init__(
        self,
        warehouse: Warehouse,
        parts: Parts,
        metrics: Metrics,
        clock: Clock,
        on_step: Callable[[str], None] = no_step,
    ) -> None:
        self._warehouse = warehouse
        self._redactor, self._builder, self._pipeline = parts
        self._metrics = metrics
        self._clock = clock
        self._step = on_step
        self._known = KnownIds(warehouse)
        self._checkpoints = load_checkpoints(warehouse)
        self.watermark = max((row.watermark for row in self._checkpoints.values()), default=0)
        self._commit_number = rollups.last_commit_number(warehouse)
        self._dirty = True
        self._restore(open_conversations(warehouse))

    def checkpoint(self, source: str) -> CheckpointRow:
        """How far `source` is processed; position 0 if it never was."""
        row = self._checkpoints.get(source)
        return row or CheckpointRow(
            source=source, position=0, received=0, stored=0, duplicates=0, dead_letters=0, watermark=0
        )

    def process(
        self,
        batch: Batch,
        decode: Callable[[Sequence[Record]], Decoded] = decode_many,
        newest_ms: int = FOREVER_MS,
    ) -> Commit:
        """Take one batch wholly: on return its rows and its checkpoint are stored.

        Event times beyond `newest_ms` do not move the watermark: a sender's
        clock that runs ahead must not fire everybody's timers.
        """
        with self._metrics.stage("decode"):
            decoded = decode(batch.records)
        commit = self._take(batch, decoded, newest_ms)
        self._write_checkpoint(batch, commit)
        return commit

    def retake(self, batch: Batch) -> Commit:
        """Take dead letters again, under the positions they had; the checkpoint stays as it is."""
        return self._take(batch, decode_many(batch.records), FOREVER_MS)

    def _take(self, batch: Batch, decoded: Decoded, newest_ms: int) -> Commit:
        with self._metrics.stage("dedupe"):
            fresh = self._known.fresh(batch.source, decoded.events, decoded.positions)
        self._see_times(fresh.events, newest_ms)
        with self._metrics.stage("tag"):
            facts, poison = self._build(batch.source, fresh)
        dead = [self._dead_row(batch.source, letter) for letter in decoded.dead + poison]
        with self._metrics.stage("judge"):
            verdicts = self._judge(facts)
        with self._metrics.stage("insert"):
            self._write(facts, dead, verdicts)
        stored = len(fresh.events) - len(poison)
        commit = Commit(len(batch.records), stored, fresh.duplicates, len(dead))
        self._count(batch.source, commit, dead)
        return commit

    def _build(self, source: str, fresh: Fresh) -> tuple[Facts, list[DeadLetter]]:
        """Facts of the events; one that a processor cannot bear becomes a dead letter, not a standstill."""
        try:
            return self._builder.build(source, fresh.events, fresh.positions), []
        except Exception:  # noqa: BLE001 - whatever it is, find the event that causes it
            return self._build_one_by_one(source, fresh)

    def _build_one_by_one(self, source: str, fresh: Fresh) -> tuple[Facts, list[DeadLetter]]:
        facts, poison = Facts([], [], []), []
        for event, position in zip(fresh.events, fresh.positions, strict=True):
            try:
                rows = self._builder.build(source, [event], [position])
            except Exception as error:  # noqa: BLE001 - this is the one
                poison.append(_poison_letter(event, position, error))
            else:
                facts.messages.extend(rows.messages)
                facts.statuses.extend(rows.statuses)
                facts.ratings.extend(rows.ratings)
        return facts, poison

    def fire_timers(self, now_ms: int) -> None:
        """Judge the questions whose time has run out at event time `now_ms`."""
        self._advance(now_ms)

    def finish_history(self) -> None:
        """The input is over: whatever has no reply by now gets none."""
        self._advance(FOREVER_MS)

    def refresh_rollups(self) -> None:
        """Recompute the rollups of the minutes touched since the last time."""
        if not self._dirty:
            return
        self._step("rollups")
        with self._metrics.stage("rollup"):
            rollups.refresh(self._warehouse, 2 * self._commit_number)
        self._dirty = False

    def _see_times(self, events: Iterable[AnyEvent], newest_ms: int) -> None:
        newest = max((event.occurred_at for event in events), default=0)
        self.watermark = max(self.watermark, min(newest, newest_ms))

    def _judge(self, facts: Facts) -> Verdicts:
        keys = dict.fromkeys(key_of(fact) for fact in chat_facts(facts))
        self._restore(self._known.stored_conversations(self._pipeline.missing(keys)))
        verdicts = self._pipeline.apply(facts, self.watermark)
        fired = self._fired(self.watermark)
        return Verdicts(verdicts.turns + fired.turns, verdicts.conversations + fired.conversations)

    def _advance(self, now_ms: int) -> None:
        verdicts = self._fired(now_ms)
        if verdicts.conversations:
            self._write(Facts([], [], []), [], verdicts)

    def _fired(self, now_ms: int) -> Verdicts:
        self._restore(self._pipeline.missing(self._pipeline.due(now_ms)))
        return self._pipeline.on_watermark(now_ms)

    def _restore(self, keys: Sequence[Key]) -> None:
        if not keys:
            return
        for key, stored in load_conversations(self._warehouse, keys).items():
            self._pipeline.restore(key, stored)

    def _write(self, facts: Facts, dead: Sequence[DeadLetterRow], verdicts: Verdicts) -> None:
        self._step("dirty_minutes")
        self._commit_number += 1
        touched: list[MessageRow | TurnRow | RatingRow] = [*facts.messages, *verdicts.turns, *facts.ratings]
        marks = rollups.dirty_marks(touched, 2 * self._commit_number)
        self._warehouse.insert("dirty_minutes", marks)
        self._dirty = self._dirty or bool(marks)
        tables: dict[str, Sequence[Struct]] = {
            "messages": facts.messages,
            "statuses": facts.statuses,
            "ratings": facts.ratings,
            "dead_letters": dead,
            # Before the turns: a turn that is still open in storage is what brings its
            # conversation back after a restart; were it decided first, this row would stay stale.
            "conversations": verdicts.conversations,
            "turns": verdicts.turns,
        }
        for table, rows in tables.items():
            self._step(table)
            self._warehouse.insert(table, rows)
        ids = (row.event_id for rows in facts for row in rows)
        self._known.remember(ids, {key_of(fact) for fact in chat_facts(facts)})

    def _write_checkpoint(self, batch: Batch, commit: Commit) -> None:
        old = self.checkpoint(batch.source)
        row = CheckpointRow(
            source=batch.source,
            position=batch.records[-1].position if batch.records else old.position,
            received=old.received + commit.received,
            stored=old.stored + commit.stored,
            duplicates=old.duplicates + commit.duplicates,
            dead_letters=old.dead_letters + commit.dead_letters,
            watermark=self.watermark,
            prefix_digest=batch.prefix_digest,
        )
        self._step("checkpoints")
        self._warehouse.insert("checkpoints", [row])
        self._checkpoints[batch.source] = row
        self._step("committed")

    def _dead_row(self, source: str, letter: DeadLetter) -> DeadLetterRow:
        return DeadLetterRow(
            source=source,
            position=letter.position,
            reason=letter.reason,
            detail=self._redactor.redact(letter.detail),
            raw=self._redactor.redact_raw(letter.raw),
            raw_bytes=letter.raw_bytes,
        )

    def _count(self, source: str, commit: Commit, dead: Iterable[DeadLetterRow]) -> None:
        name = source.split("#", 1)[0]
        self._metrics.received.labels(name).inc(commit.received)
        self._metrics.stored.labels(name).inc(commit.stored)
        self._metrics.duplicates.labels(name).inc(commit.duplicates)
        for reason, number in Counter(row.reason for row in dead).items():
            self._metrics.dead_letters.labels(name, reason).inc(number)
        self._metrics.watermark.set(self.watermark / 1000)
        self._metrics.last_commit.set(self._clock() / 1000)
        self._metrics.lag.set(max(0.0, (self._clock() - self.watermark) / 1000))
        self._metrics.open_conversations.set(len(self._pipeline))


def _poison_letter(event: AnyEvent, position: int, error: Exception) -> DeadLetter:
    raw = encode(event).decode("utf-8", "replace")
    detail = f"处理时出错，升级后可重放 / processing failed ({type(error).__name__}): replay after an upgrade"
    return DeadLetter(position, "processing_failed", detail, raw, len(raw.encode()))
