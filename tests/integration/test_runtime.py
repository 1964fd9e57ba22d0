"""The embedded runtime on the real engine: batches, paths, restarts, duplicates, defects, books."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from helpers import START_MS, assert_same, strip_log
from shop import (
    FAR_MS,
    assert_books_balance,
    at_work,
    batch,
    drained,
    finished,
    golden_lines,
    make_parts,
    message,
    opened,
    run,
    states,
    status,
)

from processors.conversation import Conversation, Outcome
from processors.facts import FactBuilder, Facts
from processors.pipeline import LARGE
from processors.redact import Redactor
from processors.tags import Tagger, Tags, TextKind
from streams.codec import decode_many
from streams.runtimes.committer import Committer, Parts
from streams.runtimes.embedded import EmbeddedWorker
from streams.runtimes.replay import replay
from streams.sources.base import Batch
from streams.sources.intake import Intake, decode_spooled
from streams.sources.spool import Spool
from streams.testing import ManualClock
from streams.warehouse import known
from streams.warehouse.books import Account, accounts
from streams.warehouse.client import Warehouse
from streams.warehouse.stored import load_conversations

QUESTION = "这个能用多久"


@pytest.fixture(scope="module")
def parts() -> Parts:
    return make_parts()


def books(store: Warehouse) -> dict[str, Account]:
    return {account.source: account for account in accounts(store)}


@pytest.mark.slow
def test_batches_restarts_and_eviction_give_the_same_rows(tmp_path: Path, parts: Parts) -> None:
    lines = golden_lines(110)
    whole = run(tmp_path / "whole", parts, lines, len(lines), 1, 60_000)
    assert len(whole["turns"]) > 10
    assert whole["statuses"] and whole["ratings"] and whole["dead_letters"]
    for size, restart_every, held in ((500, 1, 5), (7, 20, 60_000), (23, 3, 8), (1, 400, 60_000)):
        found = run(tmp_path / f"by{size}", parts, lines, size, restart_every, held)
        assert_same(found, whole)


def test_the_spool_gives_the_rows_of_a_file(tmp_path: Path, parts: Parts) -> None:
    lines = golden_lines(240)
    by_file = run(tmp_path / "file", parts, lines, 500, 1, 60_000)
    spool = Spool(tmp_path / "spool.sqlite")
    with opened(tmp_path / "spooled", parts) as (store, runtime):
        worker = EmbeddedWorker(runtime, spool, runtime._metrics, ManualClock(FAR_MS))
        intake = Intake(spool, parts.builder, parts.redactor, worker.wake)
        with at_work(worker):
            for start in range(0, len(lines), 50):
                intake.accept(lines[start : start + 50])
            drained(worker, spool)
        found = finished(store, runtime)
        assert_books_balance(store)
    spool.close()
    assert_same(found, by_file, ignore=("messages", "statuses", "ratings", "dead_letters", "checkpoints"))
    for table in ("messages", "statuses", "ratings"):
        assert strip_log(found[table]) == strip_log(by_file[table]), table
    # The same letters at the same places of a log of another name.
    assert [row.partition(",")[2] for row in found["dead_letters"]] == [
        row.partition(",")[2] for row in by_file["dead_letters"]
    ]


def test_what_is_read_back_is_judged_as_what_is_in_memory(tmp_path: Path, parts: Parts) -> None:
    """Numbers that single precision cannot hold must not decide otherwise after a restart."""
    lines = [
        message("q", 0, QUESTION),
        message("a", 5, "三到五年", "bot", bot={"version": "1", "confidence": 0.49999999}),
        message("q2", 60, "那白色的会发黄吗", "customer"),
        message("a2", 65, "不会的亲", "bot", bot={"version": "1", "confidence": 0.895}),
        message("r", 70, "", type="rating", score=0.4, scale_max=1, about_event_id="a2"),
        message("r2", 80, "", type="rating", score=3.3, scale_max=7.7),
        message("r3", 90, "", type="rating", score=0, scale_max=1e-50),
    ]
    assert_same(
        run(tmp_path / "small", parts, lines, 1, 1, 1), run(tmp_path / "whole", parts, lines, 9, 1, 60_000)
    )


def test_stored_facts_come_back_as_they_were(tmp_path: Path, parts: Parts) -> None:
    decoded = decode_many(enumerate(golden_lines(240)))
    facts = parts.builder.build("s", decoded.events, decoded.positions)
    with opened(tmp_path / "w", parts) as (store, _):
        for name, rows in facts._asdict().items():
            store.insert(name, rows)
        rows = {fact.event_id: fact for table in facts for fact in table if fact.conversation_id}
        keys = list({(fact.shop_id, fact.channel, fact.conversation_id) for fact in rows.values()})
        back = [fact for found in load_conversations(store, keys).values() for fact in found]
    assert {fact.event_id: fact for fact in back} == rows


def test_a_late_reply_withdraws_no_reply(tmp_path: Path, parts: Parts) -> None:
    with opened(tmp_path / "w", parts) as (store, runtime):
        runtime.process(batch([message("q", 0, QUESTION)]))
        assert states(store) == [("q", "open", [])]
        runtime.process(batch([message("later", 3600, "在吗", conversation_id="other")], 2))
        assert states(store) == [("q", "unanswered", ["no_reply"])]
    with opened(tmp_path / "w", parts) as (store, runtime):
        bot = {"version": "1", "intent": "life", "confidence": 0.9}
        runtime.process(batch([message("a", 5, "正常使用三到五年没有问题的", "bot", bot=bot)], 3))
        assert states(store) == [("q", "answered", [])]


def test_the_timer_fires_in_silence_and_after_a_restart(tmp_path: Path, parts: Parts) -> None:
    with opened(tmp_path / "w", parts) as (store, runtime):
        runtime.process(batch([message("q", 0, QUESTION)]))
        runtime.on_silence(179_000)
        assert states(store) == [("q", "open", [])]
    with opened(tmp_path / "w", parts) as (store, runtime):
        runtime.on_silence(180_000)
        assert states(store) == [("q", "unanswered", ["no_reply"])]


def test_a_late_status_moves_a_rating_to_another_product(tmp_path: Path, parts: Parts) -> None:
    lines = [
        message("m", 0, "好的"),
        message("r", 1_000, "", type="rating", score=5, scale_max=5),
        status("x", 100, "closed", product_id="P9"),
    ]
    whole = run(tmp_path / "whole", parts, lines, 9, 1, 60_000)
    with opened(tmp_path / "w", parts) as (store, runtime):
        for position, line in enumerate(lines, 1):
            runtime.process(batch([line], position))
            runtime.refresh_rollups()
        assert_same(finished(store, runtime), whole)


def test_a_clock_far_ahead_does_not_move_the_watermark(tmp_path: Path, parts: Parts) -> None:
    """See also test_timers.py, with the clock of a running service."""
    with opened(tmp_path / "w", parts) as (store, runtime):
        runtime.process(batch([message("q", 0, QUESTION)]), now_ms=START_MS + 1_000)
        ahead = [message("x", 30 * 86_400, "你好", conversation_id="other")]
        runtime.process(batch(ahead, 2), now_ms=START_MS + 1_000)
        assert runtime.watermark == START_MS
        assert states(store) == [("q", "open", [])]


HOSTILE = (
    "'",
    '"',
    "\\",
    "a\\'b",
    "\t",
    "x\ny",
    "\x00",
    "a\x00b",
    "，",
    "😅",
    "\u202e",
    "[']",
    "{a:b}",
    "%s",
)


def test_hostile_ids_are_told_apart_and_found_again(tmp_path: Path, parts: Parts) -> None:
    lines = []
    for number, name in enumerate(HOSTILE):
        place = {"conversation_id": name, "shop_id": name + "s", "channel": name + "c"}
        lines += [message(f"q{name}", number, QUESTION, **place), status(f"x{name}", 60, "closed", **place)]
    with opened(tmp_path / "w", parts) as (store, runtime):
        assert runtime.process(batch(lines[::2])).stored == len(HOSTILE)
    with opened(tmp_path / "w", parts) as (store, runtime):
        again = runtime.process(batch(lines, 100))
        assert (again.stored, again.duplicates) == (len(HOSTILE), len(HOSTILE))
        assert {state for _, state, _ in states(store)} == {"unanswered"}
        assert store.query("SELECT count(), min(bitShiftRight(version, 20)) FROM conversations").rows == [
            (len(HOSTILE), 2)
        ]


def test_duplicates_count_once_wherever_they_come_from(
    tmp_path: Path, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A filter made for ten ids is full at once: everything must be looked up, and still be right.
    monkeypatch.setattr(known, "CAPACITY", 10)
    lines = golden_lines(150)
    clean = run(tmp_path / "clean", parts, list(dict.fromkeys(lines)), 500, 1, 60_000)
    with opened(tmp_path / "w", parts) as (store, runtime):
        for start in range(0, len(lines), 50):
            runtime.process(batch([*lines[start : start + 50], *lines[start : start + 9]], 10 * start + 1))
        assert runtime.process(batch(lines, 1, "again")).stored == 0
    with opened(tmp_path / "w", parts) as (store, runtime):
        assert runtime.process(batch(lines, 1, "after a restart")).stored == 0
        found = finished(store, runtime)
        told = books(store)
    for table in ("turns", "conversations", "rollup_minute", "rollup_hour"):
        assert found[table] == clean[table], table
    assert all(account.missing == 0 for account in told.values())
    assert told["again"].duplicates + told["again"].dead_letters == len(lines)


def test_the_books_add_up(tmp_path: Path, parts: Parts) -> None:
    lines = golden_lines(200)
    with opened(tmp_path / "w", parts) as (store, runtime):
        for start in range(0, len(lines), 50):
            runtime.process(batch(lines[start : start + 50], start + 1))
        account = books(store)["test"]
        assert account.missing == 0
        assert account.received == len(lines)
        assert account.dead_letters == 4
        metrics = runtime._metrics
        told = {
            name: metrics.registry.get_sample_value(f"kefu_pulse_{name}_total", {"source": "test"})
            for name in ("events_received", "events_stored", "events_duplicate")
        }
        assert tuple(told.values()) == (account.received, account.stored, account.duplicates)
        dead = [
            sample.value
            for metric in metrics.dead_letters.collect()
            for sample in metric.samples
            if sample.name.endswith("_total")
        ]
        assert sum(dead) == account.dead_letters


class PoisonedTagger(Tagger):
    """A tagger with a defect: it cannot bear one text."""

    def __init__(self, sound: Tagger) -> None:
        self.__dict__.update(sound.__dict__)

    def tag_many(self, texts: Sequence[str], kinds: Sequence[TextKind]) -> list[Tags]:
        if "毒" in texts:
            raise RuntimeError("a defect")
        return super().tag_many(texts, kinds)


class PoisonedRedactor(Redactor):
    """A redactor with a defect."""

    def redact(self, text: str) -> str:
        if "毒" in text:
            raise RuntimeError("a defect")
        return super().redact(text)

    def redact_raw(self, raw: str) -> str:
        return self.redact(raw)


def test_an_event_that_breaks_a_processor_becomes_a_dead_letter(tmp_path: Path, parts: Parts) -> None:
    phone = {"customer_id": "13812345678", "order_id": "A-1"}
    lines = [
        message("a", 0, QUESTION),
        message("b13912345678", 1, "毒", **phone),
        message("c", 2, "怎么退货"),
    ]
    poisoned = parts._replace(builder=FactBuilder(parts.redactor, PoisonedTagger(parts.builder._tagger)))
    with opened(tmp_path / "w", poisoned) as (store, runtime):
        commit = runtime.process(batch(lines))
        assert (commit.received, commit.stored, commit.dead_letters) == (3, 2, 1)
        ((reason, position, raw),) = store.query("SELECT reason, position, raw FROM dead_letters").rows
        assert (reason, position) == ("processing_failed", 2)
        assert "b13912345678" in raw
        assert "13812345678" not in raw and "A-1" not in raw
        assert_books_balance(store)
        assert replay(store, runtime)[:2] == (0, 1)
    with opened(tmp_path / "w", parts) as (store, runtime):
        assert replay(store, runtime)[:2] == (1, 0)
        assert store.query("SELECT count() FROM messages").rows == [(3,)]
        assert_books_balance(store)


def test_what_cannot_be_masked_is_neither_stored_nor_in_the_way(tmp_path: Path, parts: Parts) -> None:
    lines = [
        message("a", 0, QUESTION),
        message("b", 1, "毒"),
        b'{"event_id": "\xe6\xaf\x92',
        b'{"a":"\xe6\xaf\x92"}',
    ]
    redactor = PoisonedRedactor(b"k")
    poisoned = parts._replace(redactor=redactor, builder=FactBuilder(redactor, parts.builder._tagger))
    spool = Spool(tmp_path / "spool.sqlite")
    dead = Intake(spool, poisoned.builder, redactor, lambda: None).accept(lines)
    assert [(letter.position, letter.reason) for letter in dead] == [
        (1, "processing_failed"),
        (2, "not_json"),
        (3, "missing_field"),
    ]
    with opened(tmp_path / "w", poisoned) as (store, runtime):
        runtime.process(Batch(spool.name, spool.read(0, 10), "", False), decode_spooled, masked=True)
        assert runtime.process(batch([*lines[1:], message("c", 9, "怎么退货")])).dead_letters == 3
        assert store.query("SELECT groupUniqArray(raw), min(raw_bytes) > 0 FROM dead_letters").rows == [
            ([""], 1)
        ]
        assert_books_balance(store)
    spool.close()


def test_a_conversation_that_cannot_be_judged_does_not_stop_the_others(
    tmp_path: Path, parts: Parts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judge = Conversation.on_watermark

    def defective(self: Conversation, now_ms: int) -> Outcome:
        if any(fact.conversation_id == "毒" for fact in self.snapshot()):
            raise RuntimeError("13812345678")
        return judge(self, now_ms)

    lines = [message("a", 0, QUESTION), message("b", 1, QUESTION, conversation_id="毒")]
    with opened(tmp_path / "w", parts) as (store, runtime):
        monkeypatch.setattr(Conversation, "on_watermark", defective)
        runtime.process(batch(lines))
        runtime.process(batch([message("c", 2, "在吗", conversation_id="毒")], 3))
        runtime.finish_history()
        assert [event_id for event_id, *_ in states(store)] == ["a"]
        assert store.query("SELECT count() FROM messages").rows == [(3,)]
        assert runtime._metrics.registry.get_sample_value("kefu_pulse_judging_failed_total") == 2
        assert_books_balance(store)
    said = capsys.readouterr().err
    assert said.count("无法判定") == 1
    assert "s/jd/毒" in said and "13812345678" not in said
    with opened(tmp_path / "w", parts) as (store, runtime):
        monkeypatch.setattr(Conversation, "on_watermark", judge)
        runtime.process(batch([message("d", 3, "好的", conversation_id="毒")], 4))
        assert [event_id for event_id, *_ in states(store)] == ["a", "b"]


def flood(size: int) -> list[bytes]:
    """A conversation that never ends, a question and an answer at a time."""
    said = ((QUESTION, "customer"), ("可以用三到五年", "bot"))
    return [message(f"f{i}", i, f"{said[i % 2][0]}{i}", said[i % 2][1]) for i in range(size)]


def test_a_flood_in_one_conversation_is_not_judged_with_every_batch(
    tmp_path: Path, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = flood(2 * LARGE)
    whole = run(tmp_path / "whole", parts, lines, len(lines), 1, 60_000)
    judged: list[int] = []
    judge: Callable[[Conversation, int], Outcome] = Conversation.on_watermark

    def counted(self: Conversation, now_ms: int) -> Outcome:
        judged.append(len(self))
        return judge(self, now_ms)

    monkeypatch.setattr(Conversation, "on_watermark", counted)
    with opened(tmp_path / "w", parts) as (_, runtime):
        for start in range(0, len(lines), 25):
            runtime.process(batch(lines[start : start + 25], start + 1))
    behind = [size for size in judged if size > LARGE]
    assert len(behind) < 30
    # The process died before it judged the last batches; the next one catches up by itself.
    assert max(behind) < len(lines)
    with opened(tmp_path / "w", parts) as (store, runtime):
        runtime.on_silence(0)
        assert judged[-1] == len(lines)
        assert_same(finished(store, runtime), whole)


def test_random_batches_of_random_sources_end_alike(tmp_path: Path, parts: Parts) -> None:
    """Sources differ in name and position only; what is derived from the events is the same."""
    lines = golden_lines(120)
    chance = random.Random(4)
    whole = run(tmp_path / "whole", parts, lines, 500, 1, 60_000)
    with opened(tmp_path / "w", parts, held_facts=20) as (store, runtime):
        feeds: dict[str, int] = dict.fromkeys(("a", "b"), 0)
        while min(feeds.values()) < len(lines):
            name = chance.choice(sorted(feeds))
            size = chance.randint(1, 40)
            take = lines[feeds[name] : feeds[name] + size]
            if take:
                runtime.process(batch(take, feeds[name] + 1, name))
            feeds[name] += size
        found = finished(store, runtime)
        assert_books_balance(store)
    for table in ("turns", "conversations", "rollup_minute", "rollup_hour"):
        assert found[table] == whole[table], table


def masked_twice(builder: FactBuilder, line: bytes) -> tuple[Facts, Facts]:
    once = decode_many([(1, line)]).events
    builder.mask(once[0])
    twice = msgspec.convert(msgspec.to_builtins(once), type=list[type(once[0])])  # type: ignore[misc]
    return builder.build("s", once, [1], masked=True), builder.build("s", twice, [1])


def test_masking_once_is_enough(parts: Parts) -> None:
    for line in (*golden_lines(60), message("p", 0, "我叫张三丰，电话13812345678", order_id="2024110912345")):
        if decode_many([(1, line)]).events:
            once, twice = masked_twice(parts.builder, line)
            assert once == twice


def test_event_times_are_kept_to_the_millisecond(tmp_path: Path, parts: Parts) -> None:
    with opened(tmp_path / "w", parts) as (store, runtime):
        runtime.process(batch([message("q", 0.001, QUESTION)]))
        found: Any = store.query("SELECT toUnixTimestamp64Milli(occurred_at) FROM messages").rows
        assert found == [(START_MS + 1,)]
        assert isinstance(runtime, Committer)
