"""Takes batches of records wholly: what both runtimes do with what they read.

Order of a commit, each step repeatable, the last one making it count:

1. mark the minutes whose rollups will change;
2. write facts and dead letters;
3. write the verdicts derived from them: conversations, then turns;
4. where others write too, mark the minutes again, as written;
5. announce what was written to whoever listens;
6. write the checkpoints of the sources.

A process killed between two steps resumes at the checkpoints and writes the same
rows again over those that were written: facts are keyed by event id, verdicts
by a version that grows with the facts considered. A timer has no checkpoint: it
fires again as long as its turn is stored as open, so turns are written last. A
warehouse that fails in between is the same case: what was not written stays due.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from msgspec import Struct

from processors.events import AnyEvent, DeadLetter
from processors.facts import FactBuilder, Facts
from processors.pipeline import FOREVER_MS, Key, Pipeline, Verdicts, chat_facts, key_of
from processors.question_features import Wordings
from processors.redact import Redactor
from processors.rows import CheckpointRow, DeadLetterRow, DirtyMinuteRow, MessageRow, RatingRow, TurnRow
from streams.codec import Decoded, decode_many
from streams.dead import failed_letter, masked_letter
from streams.knowledge import Knowledge
from streams.metrics import Metrics
from streams.runtimes.clock import Clock
from streams.runtimes.failures import FailureLog
from streams.sources.base import Batch, Record
from streams.warehouse import rollups
from streams.warehouse.client import Warehouse
from streams.warehouse.known import Fresh, KnownIds
from streams.warehouse.questions import QuestionKeeper
from streams.warehouse.stored import load_checkpoints, load_conversations, unsettled_conversations

AHEAD_MS = 300_000
"""A sender's clock that runs further ahead of ours is broken; its times say nothing about now."""


class Parts(NamedTuple):
    """The pure parts that a runtime drives."""

    redactor: Redactor
    builder: FactBuilder
    pipeline: Pipeline
    wordings: Wordings


class Times(NamedTuple):
    """Bounds of event time: our clock, which a sender's may not outrun; and how far the slowest source that
    has more to read has come, lest its replies seem to be missing."""

    now_ms: int = FOREVER_MS
    slowest_ms: int = FOREVER_MS


class Commit(NamedTuple):
    """What became of one batch: `received` = `stored` + `duplicates` + `dead_letters`."""

    received: int
    stored: int
    duplicates: int
    dead_letters: int


class Written(NamedTuple):
    """What a commit has written, before its checkpoints."""

    facts: Facts
    dead: Sequence[DeadLetterRow]
    verdicts: Verdicts


class Share(NamedTuple):
    """Which part of the work is ours: `writer` names us among others who write at the same time;
    "" says that there are none."""

    writer: str = ""
    announce: Callable[[Written], None] = lambda _written: None


ALONE = Share()


def no_step(_name: str) -> None:
    """Called before each commit step; the crash tests put their kill here."""


class Committer:
    """Drives the processors over batches of records and keeps the warehouse exact."""

    def __init__(
        self,
        warehouse: Warehouse,
        parts: Parts,
        metrics: Metrics,
        clock: Clock,
        on_step: Callable[[str], None] = no_step,
        *,
        share: Share = ALONE,
    ) -> None:
        self._warehouse = warehouse
        self._redactor, self._builder, self._pipeline = parts[:3]
        self._metrics = metrics
        self._clock = clock
        self._step = on_step
        self._share = share
        self._failures = FailureLog(metrics)
        self._known = KnownIds(warehouse)
        self._questions = QuestionKeeper(warehouse, parts.wordings, on_step)
        self._checkpoints = load_checkpoints(warehouse)
        self.watermark = 0
        self._mark_version = rollups.last_version(warehouse)
        self._dirty = True
        if not share.writer:
            self._begin(unsettled_conversations(warehouse), self._checkpoints)

    def use(self, knowledge: Knowledge) -> None:
        """Read what comes by other knowledge; between two batches only. Stored facts keep their tags."""
        self._builder.use(knowledge.tagger)
        self._pipeline.use(knowledge.reader)
        self._questions.use(knowledge.wordings)

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
        now_ms: int = FOREVER_MS,
        masked: bool = False,
    ) -> Commit:
        """Take one batch wholly: on return its rows and its checkpoint are stored.

        Event time does not go beyond `now_ms`: a sender's clock that runs ahead must
        not fire everybody's timers. `masked`: the records went through `FactBuilder.mask`.
        """
        with self._metrics.stage("decode"):
            decoded = decode(batch.records)
        return self.commit([(batch, decoded)], Times(now_ms), masked)[0]

    def commit(
        self, batches: Sequence[tuple[Batch, Decoded]], times: Times, masked: bool = False
    ) -> list[Commit]:
        """Take batches of several sources, already decoded, in one commit."""
        taken = self._take(batches, times, masked)
        self._write_checkpoints(
            [(batch, commit) for (batch, _), (commit, _) in zip(batches, taken, strict=True)]
        )
        for (batch, _), (commit, dead) in zip(batches, taken, strict=True):
            self._count(batch.source, commit, dead)
        return [commit for commit, _ in taken]

    def take_over(self, owns: Callable[[Key], bool], sources: Collection[str]) -> None:
        """Begin anew with the conversations that `owns` names and the records of `sources`.

        Others may have written in the meantime: nothing that is in memory counts.
        """
        self._pipeline.reset()
        self._checkpoints = load_checkpoints(self._warehouse)
        self._known.catch_up()
        self._questions.forget()
        self._begin([key for key in unsettled_conversations(self._warehouse) if owns(key)], sources)

    def _begin(self, unsettled: Sequence[Key], sources: Iterable[str]) -> None:
        newest = max((self.checkpoint(source).watermark for source in sources), default=0)
        # A file may have told of the future; what is processed now happens now.
        self.watermark = min(newest, self._clock())
        self._restore(unsettled)

    def retake(self, batch: Batch) -> Commit:
        """Take dead letters again, under the positions they had; the checkpoint stays as it is."""
        return self._take([(batch, decode_many(batch.records))], Times(), masked=False)[0][0]

    def on_silence(self, silence_ms: int) -> None:
        """Nothing has arrived for `silence_ms` by the clock, which carries event time on.

        Whoever asked before a silence as long as the patience of a customer has
        waited that long, whatever the sender's clock says.
        """
        over = silence_ms >= self._pipeline.no_reply_ms
        self._advance(FOREVER_MS if over else self.watermark + silence_ms)

    def finish_history(self) -> None:
        """The input is over: whatever has no reply by now gets none."""
        self._advance(FOREVER_MS)

    def refresh_rollups(self) -> None:
        """Recompute the rollups of the minutes touched since the last time."""
        if not (self._dirty or self._share.writer):
            return
        self._step("rollups")
        with self._metrics.stage("rollup"):
            rollups.refresh(self._warehouse, self._clock())
        self._dirty = False

    def refresh_questions(self) -> int:
        """Put new wordings into the question database, some thousand at most; returns how many there were."""
        with self._metrics.stage("questions"):
            return self._questions.refresh(self.watermark)

    def _take(
        self, batches: Sequence[tuple[Batch, Decoded]], times: Times, masked: bool
    ) -> list[tuple[Commit, list[DeadLetterRow]]]:
        with self._metrics.stage("dedupe"):
            fresh = self._known.fresh([(batch.source, d.events, d.positions) for batch, d in batches])
        self._see_times((event for one in fresh for event in one.events), times)
        facts, taken = Facts([], [], []), []
        with self._metrics.stage("tag"):
            for (batch, decoded), one in zip(batches, fresh, strict=True):
                built, failed = self._build(batch.source, one, masked)
                _extend(facts, built)
                refused = [masked_letter(self._redactor, letter) for letter in decoded.dead]
                dead = [_dead_row(batch.source, letter) for letter in refused + failed]
                received = len(decoded.events) + len(decoded.dead)
                stored = len(one.events) - len(failed)
                taken.append((Commit(received, stored, one.duplicates, len(dead)), dead))
        try:
            with self._metrics.stage("judge"):
                verdicts = self._judge(facts)
            with self._metrics.stage("insert"):
                self._write(Written(facts, [row for _, dead in taken for row in dead], verdicts))
        except Exception:
            # Whether the batches come again is not ours to know: what is stored counts.
            self._pipeline.forget(map(key_of, chat_facts(facts)))
            raise
        return taken

    def _build(self, source: str, fresh: Fresh, masked: bool) -> tuple[Facts, list[DeadLetter]]:
        """Facts of the events; one that a processor cannot bear becomes a dead letter, not a standstill."""
        try:
            return self._builder.build(source, fresh.events, fresh.positions, masked), []
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, find the event that causes it
            return self._build_one_by_one(source, fresh, masked)

    def _build_one_by_one(self, source: str, fresh: Fresh, masked: bool) -> tuple[Facts, list[DeadLetter]]:
        facts, failed = Facts([], [], []), []
        for event, position in zip(fresh.events, fresh.positions, strict=True):
            try:
                rows = self._builder.build(source, [event], [position], masked)
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - this is the one
                failed.append(failed_letter(self._builder, event, position, error))
            else:
                _extend(facts, rows)
        return facts, failed

    def _see_times(self, events: Iterable[AnyEvent], times: Times) -> None:
        believed = (e.occurred_at for e in events if e.occurred_at <= times.now_ms + AHEAD_MS)
        self.watermark = max(self.watermark, min(*times, max(believed, default=0)))

    def _judge(self, facts: Facts) -> Verdicts:
        keys = dict.fromkeys(key_of(fact) for fact in chat_facts(facts))
        self._restore(self._known.stored_conversations(self._pipeline.missing(keys)))
        self._pipeline.take(facts, self.watermark)
        return self._verdicts(self.watermark)

    def _verdicts(self, now_ms: int) -> Verdicts:
        self._restore(self._pipeline.missing(self._pipeline.due(now_ms)))
        return self._pipeline.on_watermark(now_ms)

    def _advance(self, now_ms: int) -> None:
        verdicts = self._verdicts(now_ms)
        if verdicts.conversations or verdicts.failures:
            self._write(Written(Facts([], [], []), [], verdicts))

    def _restore(self, keys: Sequence[Key]) -> None:
        if not keys:
            return
        for key, stored in load_conversations(self._warehouse, keys).items():
            self._pipeline.restore(key, stored)

    def _write(self, written: Written) -> None:
        facts, dead, verdicts = written
        # Before they are stored, so that a write of unknown outcome leaves no id unknown.
        chat = chat_facts(facts)
        self._known.remember((row.event_id for rows in facts for row in rows), set(map(key_of, chat)))
        touched: list[MessageRow | TurnRow | RatingRow] = [*facts.messages, *facts.ratings]
        touched += [*verdicts.turns, *verdicts.rated]
        minutes = rollups.touched_minutes(touched)
        self._dirty = self._dirty or bool(minutes)
        self._step("dirty_minutes")
        self._mark(minutes, rollups.WRITING if self._share.writer else rollups.WRITTEN)
        tables: dict[str, Sequence[Struct]] = {
            "messages": facts.messages,
            "statuses": facts.statuses,
            "ratings": facts.ratings,
            "dead_letters": dead,
            "conversations": verdicts.conversations,
            "turns": verdicts.turns,
        }
        for table, rows in tables.items():
            self._step(table)
            self._warehouse.insert(table, rows)
        if self._share.writer:
            self._step("written")
            self._mark(minutes, rollups.WRITTEN)
            self._step("announced")
        self._share.announce(written)
        self._pipeline.written()
        self._failures.report(verdicts.failures)

    def _mark(self, minutes: Iterable[int], state: int) -> None:
        # By the clock, so that others can tell a mark that stays from one just made.
        version = self._mark_version = max(self._mark_version + 2, self._clock() * 1000)
        writer = self._share.writer
        rows = [DirtyMinuteRow(minute=m, dirty=state, version=version, writer=writer) for m in minutes]
        self._warehouse.insert("dirty_minutes", rows)

    def _write_checkpoints(self, commits: Iterable[tuple[Batch, Commit]]) -> None:
        rows = [self._advanced(batch, commit) for batch, commit in commits]
        self._step("checkpoints")
        self._warehouse.insert("checkpoints", rows)
        self._checkpoints.update({row.source: row for row in rows})
        self._step("committed")

    def _advanced(self, batch: Batch, commit: Commit) -> CheckpointRow:
        old = self.checkpoint(batch.source)
        return CheckpointRow(
            source=batch.source,
            position=batch.records[-1].position if batch.records else old.position,
            received=old.received + commit.received,
            stored=old.stored + commit.stored,
            duplicates=old.duplicates + commit.duplicates,
            dead_letters=old.dead_letters + commit.dead_letters,
            watermark=self.watermark,
            prefix_digest=batch.prefix_digest,
        )

    def _count(self, source: str, commit: Commit, dead: Iterable[DeadLetterRow]) -> None:
        # After the checkpoint: a batch that is tried again counts once.
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


def _extend(facts: Facts, more: Facts) -> None:
    facts.messages.extend(more.messages)
    facts.statuses.extend(more.statuses)
    facts.ratings.extend(more.ratings)


def _dead_row(source: str, letter: DeadLetter) -> DeadLetterRow:
    return DeadLetterRow(
        source=source,
        position=letter.position,
        reason=letter.reason,
        detail=letter.detail,
        raw=letter.raw,
        raw_bytes=letter.raw_bytes,
    )
