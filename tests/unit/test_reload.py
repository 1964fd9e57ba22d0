"""A trainer's folder while the process runs: what counts as a change, what is taken up, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from processors.answers import AnswerReader
from processors.facts import FactBuilder, Facts
from processors.pipeline import FOREVER_MS, Pipeline
from processors.redact import Redactor
from processors.rows import MessageRow
from streams.answer_cues import load_answer_cues
from streams.codec import decode_many
from streams.knowledge import Knowledge, load_knowledge
from streams.metrics import Metrics
from streams.runtimes.reload import LOOK_EVERY_MS, FolderWatch, LanguageReload
from streams.testing import ManualClock

NOT_UNDERSTOOD = "小客还在上学呢"
LOCKER = "logistics:\n  驿站: {weight: 2, words: 小蓝柜}\n"
T0 = 1_790_000_000_000


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(T0)


def looks(watch: FolderWatch, clock: ManualClock, times: int) -> list[bool]:
    found = []
    for _ in range(times):
        clock.advance(LOOK_EVERY_MS)
        found.append(watch.changed())
    return found


def test_a_change_counts_once_and_only_when_it_lies_still(tmp_path: Path, clock: ManualClock) -> None:
    watch = FolderWatch(tmp_path, clock)
    assert looks(watch, clock, 2) == [False, False]
    (tmp_path / "topics.yaml").write_text(LOCKER, encoding="utf-8")
    assert looks(watch, clock, 1) == [False]
    (tmp_path / "topics.yaml").write_text(LOCKER * 2, encoding="utf-8")
    assert looks(watch, clock, 3) == [False, True, False]
    (tmp_path / "topics.yaml").unlink()
    assert looks(watch, clock, 3) == [False, True, False]


def test_it_looks_once_a_second_and_a_clock_set_back_does_not_stop_it(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, looked = FolderWatch(tmp_path, clock), []
    state = watch._state
    monkeypatch.setattr(watch, "_state", lambda: looked.append(1) or state())
    for _ in range(LOOK_EVERY_MS):
        clock.advance(1)
        watch.changed()
    assert len(looked) == 1
    clock.now_ms -= 3_600_000
    watch.changed()
    assert len(looked) == 2


def test_other_files_and_a_vanished_folder(tmp_path: Path, clock: ManualClock) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "words.yaml").write_text("words: {}\n")
    watch = FolderWatch(folder, clock)
    (folder / ".topics.yaml.swp").write_text("x")
    (folder / "notes.md").write_text("x")
    assert looks(watch, clock, 3) == [False] * 3
    folder.rename(tmp_path / "away")
    assert looks(watch, clock, 3) == [False, True, False]


def test_what_is_valid_is_used_and_what_is_not_leaves_the_old(
    tmp_path: Path, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics, used = Metrics(), list[Knowledge]()
    reload = LanguageReload(FolderWatch(tmp_path, clock), used.append, metrics)

    def after(name: str, content: str) -> str:
        (tmp_path / name).write_text(content, encoding="utf-8")
        for _ in range(3):
            clock.advance(LOOK_EVERY_MS)
            reload.poll()
        return capsys.readouterr().err

    assert "taken up" in after("topics.yaml", LOCKER)
    for name in ("urgency.yaml", "synonyms.yaml", "answers.yaml"):
        said = after(name, "critcal: {a: 词}\nnone: 1\n")
        assert said.count("\n") == 1
        assert f"{name} line 1: critcal" in said
        assert "1 more" in said
        (tmp_path / name).unlink()
    assert "taken up" in after("answers.yaml", f"lost: [{NOT_UNDERSTOOD}]\n")
    counts = [
        metrics.registry.get_sample_value("kefu_pulse_language_reloads_total", {"outcome": outcome})
        for outcome in ("ok", "refused")
    ]
    assert counts == [2, 3]
    assert [knowledge.tagger.tag("小蓝柜怎么打开").topics[0] for knowledge in used] == ["logistics"] * 2
    assert [knowledge.reader.reply(NOT_UNDERSTOOD).kind for knowledge in used] == ["answer", "lost"]


def test_a_defect_while_reading_is_refused_too(
    tmp_path: Path, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_knowledge: Knowledge) -> None:
        raise KeyError("defect")

    reload = LanguageReload(FolderWatch(tmp_path, clock), broken, Metrics())
    (tmp_path / "topics.yaml").write_text(LOCKER, encoding="utf-8")
    for _ in range(2):
        clock.advance(LOOK_EVERY_MS)
        reload.poll()
    assert "refused" in capsys.readouterr().err


def test_a_builder_tags_with_what_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "topics.yaml").write_text(LOCKER, encoding="utf-8")
    builder = FactBuilder(Redactor(b"key"), load_knowledge(None).tagger)
    event = {"event_id": "a", "type": "chat.message", "occurred_at": T0, "shop_id": "s", "channel": "web"}
    event |= {"conversation_id": "c", "sender": "customer", "text": "小蓝柜"}

    def topics() -> tuple[str, ...]:
        decoded = decode_many([(1, json.dumps(event).encode())])
        return builder.build("test", decoded.events, decoded.positions).messages[0].topics

    assert topics() == ("other",)
    builder.use(load_knowledge(tmp_path).tagger)
    assert topics() == ("logistics",)


# --- conversations -----------------------------------------------------------------------------


def says(event_id: str, after_s: int, text: str, conversation: str = "c") -> MessageRow:
    return MessageRow(
        event_id=event_id,
        type="chat.message",
        occurred_at=T0 + 1000 * after_s,
        shop_id="s",
        channel="jd",
        conversation_id=conversation,
        sender="bot" if text == NOT_UNDERSTOOD else "customer",
        text=text,
        is_question=text != NOT_UNDERSTOOD,
    )


def states(pipeline: Pipeline, *rows: MessageRow, now_ms: int = T0) -> dict[str, str]:
    pipeline.take(Facts(list(rows), [], []), now_ms)
    verdicts = pipeline.on_watermark(now_ms)
    pipeline.written()
    return {turn.event_id: turn.state for turn in verdicts.turns}


def test_a_conversation_is_read_anew_from_its_next_message_on(tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text(f"lost: [{NOT_UNDERSTOOD}]\n", encoding="utf-8")
    pipeline = Pipeline(AnswerReader(load_answer_cues()))
    opening = (says("q", 0, "什么时候发货"), says("r", 5, NOT_UNDERSTOOD))
    assert states(pipeline, *opening) == {"q": "answered"}
    pipeline.use(AnswerReader(load_answer_cues(tmp_path)))
    assert states(pipeline) == {}
    assert states(pipeline, says("p", 60, "发票怎么开"))["q"] == "unanswered"


def test_a_timer_is_judged_by_what_its_question_was_read_by(tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text("nudge: [什么时候发货]\n", encoding="utf-8")
    pipeline = Pipeline(AnswerReader(load_answer_cues()))
    assert states(pipeline, says("q", 0, "什么时候发货")) == {"q": "open"}
    pipeline.use(AnswerReader(load_answer_cues(tmp_path)))
    assert states(pipeline, now_ms=FOREVER_MS) == {"q": "unanswered"}
