"""The learned models of exchanges: their features, their loader, and what the cue lists keep to say."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from processors import customer_words as word
from processors.answers import AnswerReader
from processors.exchange_kinds import REACTION_KINDS, REPLY_KINDS
from processors.exchange_reader import Question, Reaction, Reply
from processors.exchange_signals import REACTION_SIGNALS, REPLY_SIGNALS, ReactionCase, ReplyCase
from processors.exchange_text import Said, SaidReader, likeness
from processors.grams import gram_numbers, text_grams
from processors.reply_words import ANSWER, POINTER
from streams import exchange_weights
from streams.errors import InputError
from streams.exchange_weights import load_exchange_model, load_reader, load_said_reader
from streams.training.corpus import exchanges

ASKED, TOLD, OBJECTED = (
    "这个砧板能进洗碗机吗",
    "亲,砧板采用整竹压制,纹理自然清新",
    "我是问放洗碗机里洗会不会裂",
)
HOSTILE = ("", " ", "\x00\ud83d", "？？？", "[图片]", "好" * 3000, "ｏｋ", "\u202e発票\u200b怎么开?", "12.5")


@cache
def said_reader() -> SaidReader:
    return load_said_reader()


@cache
def reader() -> AnswerReader:
    return load_reader()


def said(text: str) -> Said:
    return said_reader().read(text)


def reply_case(question: str, text: str) -> ReplyCase:
    return ReplyCase(said(question), said(text), reader().reply(text), by_agent=False)


def reaction_case(question: str, reply: str, text: str) -> ReactionCase:
    alone = reader()
    chances = load_exchange_model().of_reply(reply_case(question, reply))
    return ReactionCase(
        reply_case(question, reply),
        chances,
        said(text),
        alone.customer(text),
        alone.customer(question),
        is_question=True,
        nature="inquiry",
    )


@pytest.mark.parametrize("text", [ASKED, TOLD, "a", "👍", "1234567"])
def test_one_text_has_the_grams_it_has_among_others(text: str) -> None:
    assert sorted(text_grams(text)) == sorted(gram_numbers([text])[0])
    numbers, owners = gram_numbers(["前", text, "后"])
    assert sorted(text_grams(text)) == sorted(numbers[owners == 1])


def test_how_a_shop_addresses_its_customers_is_left_out() -> None:
    assert said("亲亲,您好~三天内发货").text == said("三天内发货").text == "三天内发货"
    assert said("亲").text == "亲"


def test_figures_are_alike_as_wording_and_kept_as_figures() -> None:
    one, two = said("送3个滤芯"), said("送12个滤芯")
    assert list(one.numbers) == list(two.numbers)
    assert (one.figures, two.figures) == (frozenset({"3"}), frozenset({"12"}))


def test_likeness_is_in_its_bounds_and_full_with_itself() -> None:
    for text in (ASKED, TOLD, *HOSTILE):
        for other in (ASKED, *HOSTILE):
            assert all(-1.000001 <= value <= 1.000001 for value in likeness(said(text), said(other)))
    alike = likeness(said(ASKED), said(ASKED))
    assert alike == pytest.approx((1, 1, 1, 1, 1), abs=1e-6)


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_has_signals_and_chances(text: str) -> None:
    model = load_exchange_model()
    case, reaction = reply_case(text, text), reaction_case(text, text, text)
    assert len(case.signals()) == len(REPLY_SIGNALS)
    assert len(reaction.signals()) == len(REACTION_SIGNALS)
    for chances, kinds in (
        (model.of_reply(case), REPLY_KINDS),
        (model.of_reaction(reaction), REACTION_KINDS),
    ):
        assert len(chances) == len(kinds)
        assert sum(chances) == pytest.approx(1)


def test_chances_do_not_depend_on_what_was_read_before() -> None:
    first = load_exchange_model().of_reaction(reaction_case(ASKED, TOLD, OBJECTED))
    for text in HOSTILE:
        load_exchange_model().of_reaction(reaction_case(text, TOLD, text))
    assert load_exchange_model().of_reaction(reaction_case(ASKED, TOLD, OBJECTED)) == first


def test_words_that_would_fit_any_question_are_no_answer() -> None:
    exchange = reader().exchanges
    assert exchange is not None
    question = Question(ASKED, reader().customer(ASKED))
    empty, full = "每一份等待都值得,愿好物早日与您相伴", "可以的,70度以下洗没问题"
    kinds = [
        exchange.reply(question, Reply(text, reader().reply(text), False)).kind for text in (empty, full)
    ]
    assert kinds == [POINTER, ANSWER]


def test_what_a_trainer_lists_counts_against_the_models(tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text("reject: [搁这儿绕]\n", encoding="utf-8")
    own = load_reader(tmp_path)

    def flags(by: AnswerReader) -> int:
        assert by.exchanges is not None
        reply = Reply(TOLD, by.reply(TOLD), False)
        reaction = Reaction("搁这儿绕", by.customer("搁这儿绕"), False, "chitchat")
        return by.exchanges.reaction(Question(ASKED, by.customer(ASKED)), reply, reaction).flags

    assert flags(own) & word.REJECT
    assert not own.customer("好的").flags & word.REJECT


def test_a_model_of_other_signals_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with np.load(exchange_weights._packaged("exchange_model.npz")) as arrays:
        changed = dict(arrays) | {"reply_names": np.frombuffer(b"other", dtype=np.uint8)}
    out = io.BytesIO()
    np.savez(out, **changed)
    monkeypatch.setattr(exchange_weights, "_packaged", lambda _: io.BytesIO(out.getvalue()))
    with pytest.raises(InputError, match="train_exchanges"):
        load_exchange_model()


def test_the_corpus_keeps_its_kinds_and_its_held_part() -> None:
    rows = exchanges()
    assert len({row.id for row in rows}) == len(rows)
    assert {row.reply_kind for row in rows} == set(REPLY_KINDS)
    assert {row.reaction_kind for row in rows} == {*REACTION_KINDS, "none"}
    assert all(bool(row.reaction) != (row.reaction_kind == "none") for row in rows)
    assert {row.sender for row in rows} == {"bot", "agent"}
    assert 0.1 < sum(row.part == "held" for row in rows) / len(rows) < 0.2
    held = {row.question for row in rows if row.part == "held"}
    assert held.isdisjoint(row.question for row in rows if row.part == "train")


def test_the_models_read_exchanges_they_never_saw() -> None:
    model, rows = load_exchange_model(), [row for row in exchanges() if row.part == "held"]
    right = 0
    for row in rows:
        chances = model.of_reply(reply_case(row.question, row.reply))
        right += REPLY_KINDS[chances.index(max(chances))] == row.reply_kind
    assert right / len(rows) > 0.75
