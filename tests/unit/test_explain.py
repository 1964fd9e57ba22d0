"""Why a tag was given: what is shown adds up to the margin, and says it in a trainer's words."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from processors import decide
from processors.cues import TextKind
from processors.explain import LEAST, MOST, Reason, gathered
from processors.signals import SIGNALS, first_reading
from processors.tag_model import Sign, TagModel, evidence, signal_sign
from processors.tags import Tagger
from streams.cli import _run
from streams.commands.reasons import says
from streams.language import load_language
from streams.tag_weights import load_tag_model

TEXTS: list[tuple[str, TextKind]] = [
    ("快递三天没动了，到底什么时候发货", "chat"),
    ("东西是坏的，要求退货，客服还不理", "review"),
    ("收到的手机是翻新机，要求退一赔三", "complaint"),
    ("充电宝鼓包了 会不会爆炸", "chat"),
    ("人呢", "chat"),
    ("😡😡", "chat"),
    ("", "chat"),
]
ANY = st.text(alphabet="不没好吃退款快递吗?!😡 \ud800a1", max_size=30)


@cache
def model() -> TagModel:
    return load_tag_model()


@cache
def tagger() -> Tagger:
    return Tagger(load_language(), model())


def whole(text: str, kind: TextKind) -> tuple[np.ndarray, np.ndarray]:
    """The sum of all evidence of a text, and its settled logits."""
    taken = tagger()
    reading = taken.read(text, kind)
    first = first_reading(reading, taken._review)
    words = taken._words(reading.text)
    found = gathered(reading, evidence(model(), reading, first, words), decide.votes(first, kind))
    settled = decide.settle(model().logits([reading], [first], [words]), [first], [kind])[0]
    return np.sum(list(found.added.values()), axis=0), settled


@settings(max_examples=150, deadline=None)
@given(text=ANY, kind=st.sampled_from(["chat", "review", "complaint"]))
def test_all_evidence_adds_up_to_the_settled_logits(text: str, kind: TextKind) -> None:
    total, settled = whole(text, kind)
    np.testing.assert_allclose(total, settled, atol=1e-4)


@pytest.mark.parametrize(("text", "kind"), TEXTS)
def test_reasons_and_the_rest_add_up_to_the_margin(text: str, kind: TextKind) -> None:
    for one in tagger().explain(text, kind):
        assert sum(reason.weight for reason in one.reasons) + one.other == pytest.approx(one.margin, abs=1e-9)
        weights = [abs(reason.weight) for reason in one.reasons]
        assert weights == sorted(weights, reverse=True)
        assert len(weights) <= MOST and min(weights, default=LEAST) >= LEAST
        assert one.margin >= 0


@pytest.mark.parametrize(("text", "kind"), TEXTS)
def test_what_is_explained_is_what_is_tagged(text: str, kind: TextKind) -> None:
    tags, told = tagger().tag(text, kind), tagger().explain(text, kind)
    by_tag = {one.tag: one.label for one in told}
    assert by_tag["sentiment"] == tags.sentiment
    assert (by_tag["nature"], by_tag["urgency"]) == (tags.nature, tags.urgency)
    assert by_tag["is_question"] == str(tags.is_question).lower()
    topics = [one.label for one in told if one.tag in ("topics", "also")]
    assert tuple(topics) == tags.topics
    assert all(one.label != one.instead for one in told)


def test_the_rules_show_where_they_decide() -> None:
    review = {(reason.source, reason.name) for one in tagger().explain(*TEXTS[1]) for reason in one.reasons}
    assert ("rule", "attitude") in review
    assert ("rule", "vote/urgency") in review


def test_a_lexicons_reason_names_its_wordings() -> None:
    topic = next(one for one in tagger().explain("小件快递怎么还没动") if one.tag == "topics")
    found = next(reason for reason in topic.reasons if reason.name == "topics/logistics")
    assert "快递" in found.found
    assert says(found).startswith("词库 主题/物流“")


def test_every_sign_has_words() -> None:
    """No code of the tagger reaches a trainer as it is."""
    signs = {signal_sign(signal) for signal in SIGNALS}
    first = first_reading(tagger().read("退款"), tagger()._review)
    signs |= {Sign("rule", vote.rule) for vote in decide.votes(first, "chat")}
    signs |= {Sign("rule", f"vote/{head}") for head in ("topic", "nature", "urgency")}
    said = {sign: says(Reason(*sign, 1.0, ())) for sign in signs}
    assert not [text for text in said.values() if any(char.isascii() and char.isalpha() for char in text)]
    assert len(set(said.values())) == len(said)
    assert says(Reason("lexicon", "topics/logistics/发货", 1.0, ())) == "词库 主题/物流/发货"


EVENT = {"event_id": "e", "type": "review", "occurred_at": 1794189600000, "shop_id": "s", "channel": "web"}


def printed(capsys: pytest.CaptureFixture[str], tmp_path: Path, *options: str) -> str:
    (tmp_path / "events.jsonl").write_text(
        json.dumps({**EVENT, "text": "东西是坏的，打13812345678，客服还不理"}), encoding="utf-8"
    )
    assert _run(["tag", str(tmp_path / "events.jsonl"), *options], debug=False) == 0
    return capsys.readouterr().out


def test_explain_adds_a_field_and_masks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain: dict[str, Any] = json.loads(printed(capsys, tmp_path, "--format", "jsonl"))
    row: dict[str, Any] = json.loads(printed(capsys, tmp_path, "--format", "jsonl", "--explain"))
    told = row.pop("explain")
    assert row == plain
    assert [one["tag"] for one in told if one["tag"] != "also"] == [
        *("sentiment", "topics", "nature", "urgency", "is_question")
    ]
    assert {"source", "name", "says", "weight"} <= set(told[0]["reasons"][0])
    assert "13812345678" not in printed(capsys, tmp_path, "--format", "json", "--explain")


@pytest.mark.parametrize("width", [80, 100, 160])
def test_the_table_fits_and_cuts_no_reason(
    width: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    out = printed(capsys, tmp_path, "--format", "table", "--explain")
    assert max(map(cell_len, out.splitlines())) <= width
    assert out.replace("\n", "").replace(" ", "").count("其余") >= 5
    assert "…" not in out
