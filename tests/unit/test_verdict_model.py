"""The small models of verdicts: their signals and loader, and what no model may overrule."""

from __future__ import annotations

import io
import json

import pytest

from processors.cases import Case
from processors.conversation import Conversation
from processors.readings import Readings
from processors.rows import MessageRow, RatingRow
from processors.verdict_model import AGAIN_SIGNALS, AGAINST_SIGNALS, Linear, again_signals, against_signals
from processors.verdicts import weigh
from processors.walk import Walk
from streams import exchange_weights
from streams.errors import InputError
from streams.exchange_weights import load_reader, load_verdict_model
from streams.training.corpus import exchanges
from streams.training.train_verdicts import FROM_CHATS, conversations, readable

READER = load_reader()
T0 = 1_790_000_000_000
KEY = {"shop_id": "s", "channel": "jd", "conversation_id": "c", "customer_id": "u"}
ASKED = "这个砧板能进洗碗机吗"
REACTIONS = ("好的", "不是问这个", "那多少钱", "我问洗碗机能不能洗", "……", "", "👍", "就这样吧随便")


def says(event_id: str, after_s: int, text: str, sender: str, **more: object) -> MessageRow:
    tags = (
        {"is_question": "吗" in text or "不能" in text, "topics": ("product",)}
        if sender == "customer"
        else {}
    )
    at = T0 + after_s * 1000
    fields = {"event_id": event_id, "occurred_at": at, "sender": sender, "text": text, **KEY, **tags, **more}
    return MessageRow(type="chat.message", **fields)  # type: ignore[arg-type]


def chat(reply: str, reaction: str, **bot: object) -> list[MessageRow]:
    asked = says("q", 0, ASKED, "customer")
    return [asked, says("a", 20, reply, "bot", **bot), says("r", 40, reaction, "customer")]


def reasons(facts: list[MessageRow | RatingRow]) -> tuple[str, ...]:
    conversation = Conversation(READER)
    conversation.restore(facts)
    turns = conversation.on_watermark(1 << 60).turns
    return next(turn.reasons for turn in turns if turn.event_id == "q" and not turn.is_deleted)


def cases(facts: list[MessageRow]) -> list[Case]:
    walk = Walk(Readings(READER))
    walk.run(facts)
    return [case for group in weigh(walk.episodes) for case in group]


@pytest.mark.parametrize("reaction", REACTIONS)
def test_every_case_has_all_signals_and_a_chance(reaction: str) -> None:
    model = load_verdict_model()
    found = cases(
        [*chat("竹子做的,纹理清新", reaction, bot_confidence=0.4), says("q2", 60, "能机洗吗", "customer")]
    )
    signals = against_signals(found[0])
    assert len(signals) == len(AGAINST_SIGNALS)
    assert 0 < model.against.chance(signals) < 1
    assert 0 < model.helped.chance(signals) < 1
    again = again_signals(found[0], found[-1].turn)
    assert len(again) == len(AGAIN_SIGNALS)
    assert 0 < model.again.chance(again) < 1


def test_a_chance_stays_in_its_bounds_whatever_the_signals() -> None:
    model = Linear((1e9, -1e9), 0.0)
    assert 0 <= model.chance([1.0, 0.0]) <= 1
    assert 0 <= model.chance([0.0, 1.0]) < 1e-9


@pytest.mark.parametrize("reaction", REACTIONS)
def test_the_bots_own_word_that_it_had_no_answer_stands(reaction: str) -> None:
    assert "fallback" in reasons(
        chat("可以的,70度以下洗没问题", reaction, is_fallback=True, bot_confidence=0.9)
    )


def test_an_unsure_answer_of_which_nothing_is_said_is_unsure() -> None:
    asked, answer, _ = chat("可以的,70度以下洗没问题", "", bot_confidence=0.49)
    assert reasons([asked, answer]) == ("low_confidence",)


def test_thanks_in_listed_words_make_an_unsure_answer_an_answer() -> None:
    assert reasons(chat("可以的,70度以下洗没问题", "好的谢谢", bot_confidence=0.3)) == ()


@pytest.mark.parametrize("reaction", REACTIONS)
def test_a_thumb_down_rejects_whatever_was_said(reaction: str) -> None:
    down = {"score": 0.0, "scale_max": 1.0, "satisfied": False, "about_event_id": "a"}
    thumb = RatingRow(event_id="t", occurred_at=T0 + 50_000, **down, **KEY)  # type: ignore[arg-type]
    assert "rejected" in reasons([*chat("可以的,70度以下洗没问题", reaction), thumb])


def test_weights_of_other_signals_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    read = json.loads(exchange_weights._packaged("verdict_model.json").getvalue())
    read["again"]["weights"].pop("near")
    monkeypatch.setattr(exchange_weights, "_packaged", lambda _: io.BytesIO(json.dumps(read).encode()))
    with pytest.raises(InputError, match="train_verdicts"):
        load_verdict_model()


def test_nothing_is_learned_from_what_nobody_may_read() -> None:
    names = [file.name for file, _ in readable()]
    assert "chats-unread.jsonl" not in names
    older = next(file for file, _ in readable() if file.stem == "conversations")
    every = {json.loads(line)["conversation_id"] for line in older.read_text("utf-8").splitlines()}
    assert 0 < len(conversations(older)) < len(every)


def test_exchanges_of_chats_are_learned_from_and_never_held() -> None:
    assert {row.part for row in exchanges() if row.id >= FROM_CHATS} == {"train"}
