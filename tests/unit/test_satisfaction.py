"""Satisfaction of conversations: plain cases, reasons, and the parts of the model."""

from __future__ import annotations

import hashlib
import io
from functools import cache
from importlib import resources

import numpy as np
import pytest

from processors.satisfaction import Satisfaction, SatisfactionJudge
from processors.satisfaction_features import SIGNS, Turn, features
from processors.satisfaction_words import CUSTOMER, STAFF, found
from processors.tags import Tagger
from streams.errors import InputError
from streams.language import load_language
from streams.satisfaction_weights import load_satisfaction, load_satisfaction_model
from streams.tag_weights import load_tag_model
from streams.training.corpus import dialogues


@cache
def tagger() -> Tagger:
    return Tagger(load_language(), load_tag_model())


@cache
def judge() -> SatisfactionJudge:
    return load_satisfaction(load_language(), tagger())


def judged(*lines: str) -> Satisfaction:
    """Judge lines that begin with c, a, b or s for who wrote them."""
    senders = {"c": "customer", "a": "agent", "b": "bot", "s": "system"}
    return judge()([Turn(senders[line[0]], line[2:]) for line in lines])


GLAD = (
    "c 请问发票在哪里下载呀",
    "a 您好，订单详情页右上角就可以下载哦",
    "c 找到了，谢谢！",
    "a 不客气，祝您生活愉快~",
)
ANGRY = (
    "c 拖了半个月还不退款，打电话没人接，骗子！",
    "a 抱歉给您带来不便，请您耐心等待",
    "c 还等？我要投诉你们这种垃圾平台",
)


def test_glad_and_angry_conversations() -> None:
    assert judged(*GLAD).chance > 0.9
    assert judged(*ANGRY).chance < 0.1


def test_the_last_word_of_the_customer_counts() -> None:
    asked = ("c 耳机左边没有声音", "a 您好，请放回盒子重新配对试试")
    assert judged(*asked, "c 可以了，谢谢").points > judged(*asked, "c 试过了，没用，什么破东西").points


def test_reasons_say_what_was_seen() -> None:
    glad, angry = judged(*GLAD).reasons, judged(*ANGRY).reasons
    assert any("thanks" in reason.name and reason.points > 0 for reason in glad)
    assert any("negative" in reason.name and reason.points < 0 for reason in angry)
    assert [abs(r.points) for r in glad] == sorted((abs(r.points) for r in glad), reverse=True)


def test_a_text_names_the_words_that_weigh() -> None:
    said = "".join(ANGRY)
    examples = [part for reason in judged(*ANGRY).reasons for part in reason.examples]
    assert examples
    assert all(part in said.replace("，", ",") for part in examples)


@pytest.mark.parametrize("more", ["s 会话已转接", "c ", "a \u200b", "c \n"])
def test_system_and_blank_turns_say_nothing(more: str) -> None:
    assert judged(*GLAD, more) == judged(*GLAD)


def test_bot_and_agent_are_both_staff() -> None:
    assert judged(*GLAD) == judged(*(line.replace("a ", "b ", 1) for line in GLAD))


def test_no_turns_is_a_conversation_like_any() -> None:
    empty = judge()([])
    assert all(reason.name.startswith("no ") for reason in empty.reasons)
    assert 0 < empty.chance < 1
    assert judged("s x") == empty


def test_every_sign_has_a_value() -> None:
    for turns in ([], [Turn("customer", "谢谢")], [Turn("bot", "您好")]):
        assert len(features(turns, tagger()).signs) == len(SIGNS)
    assert len(set(SIGNS)) == len(SIGNS)


def test_signs_of_both_sides() -> None:
    names = [name for name, there in zip(CUSTOMER, found(CUSTOMER, "@a 谢谢,可以了"), strict=True) if there]
    assert {"thanks", "solved", "mentions"} <= set(names)
    names = [
        name for name, there in zip(STAFF, found(STAFF, "抱歉,请私信订单号,会尽快处理"), strict=True) if there
    ]
    assert {"apologises", "to a private message", "promises"} <= set(names)


def test_settled_logits_are_those_of_the_tags() -> None:
    texts = ["谢谢", "什么时候发货", "太差了"]
    assert tagger().settled(texts, ["chat"] * 3).shape[0] == 3
    assert np.array_equal(tagger().settled(texts[1:2], ["chat"])[0], tagger().settled(texts, ["chat"] * 3)[1])


def test_dialogues_are_parted_by_their_id() -> None:
    rows = dialogues()
    assert len({row.id for row in rows}) == len(rows) == 858
    for row in rows:
        number = int.from_bytes(hashlib.sha256(row.id.encode()).digest()[:8], "big")
        assert row.part == ("held" if number % 10 == 0 else "train")
        assert -2 <= row.satisfaction <= 2
        assert {sender for sender, _ in row.turns} <= {"customer", "agent", "bot"}


def test_held_out_dialogues_are_told_apart() -> None:
    held = [row for row in dialogues() if row.part == "held"]
    points = [judge()([Turn(*turn) for turn in row.turns]).points for row in held]
    pairs = [
        (a > b) + (a == b) / 2
        for a, glad in zip(points, held, strict=True)
        for b, sad in zip(points, held, strict=True)
        if glad.satisfaction >= 0 > sad.satisfaction
    ]
    assert sum(pairs) / len(pairs) > 0.85


def test_weights_for_other_signs_are_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    packaged = resources.files("processors") / "language" / "satisfaction_model.npz"
    with np.load(io.BytesIO(packaged.read_bytes())) as arrays:
        changed = dict(arrays) | {"sign_names": np.frombuffer(b"other", dtype=np.uint8)}
    file = tmp_path_factory.mktemp("model") / "satisfaction.npz"
    np.savez_compressed(file, **changed)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="train_satisfaction"):
        load_satisfaction_model(file)
