"""`eval`: metrics by hand, labelled lines, and what the command prints."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from processors.scoring import TAG_VALUES, Case, Confusion, cases, macro_f1, scores, severity, wilson
from processors.tags import Tagger
from streams.cli import _run
from streams.language import load_language
from streams.tag_weights import load_tag_model

PHONE = "13812345678"
LINES: list[dict[str, Any]] = [
    {"text": "快递到哪了", "sentiment": "neutral", "topics": ["logistics"], "is_question": True},
    {"text": f"太垃圾了，打{PHONE}", "sentiment": "positive", "urgency": "critical", "nature": "praise"},
    {"type": "review", "text": "很好", "topics": "product", "sentiment": "positive", "note": "ours"},
]


def lines(*items: Any) -> str:
    return "\n".join(json.dumps(item, ensure_ascii=False) for item in items)


def test_macro_f1_and_wilson_by_hand() -> None:
    assert macro_f1("aabb", "abbb") == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert macro_f1("", "") == 0.0
    assert wilson(0.5, 0) == (0.0, 1.0)
    low, high = wilson(0.8, 10)
    assert (round(low, 3), round(high, 3)) == (0.49, 0.943)
    assert wilson(1.0, 5)[1] == 1.0


def test_a_score_counts_the_main_topic_and_names_the_commonest_confusion() -> None:
    wanted = [("logistics",), ("order", "payment"), ("order",), ("product",)]
    got = [("logistics", "order"), ("payment", "order"), ("payment",), ("quality",)]
    (score,) = scores([Case("topics", *pair) for pair in zip(wanted, got, strict=True)])
    assert (score.tag, score.n, score.right, score.share) == ("topics", 4, 1, 0.25)
    assert score.confusion == Confusion("order", "payment", 2)
    assert score.macro_f1 == pytest.approx(1 / 3)
    assert scores([]) == []


@pytest.mark.parametrize(
    ("case", "value"),
    [
        (Case("sentiment", "neutral", "neutral"), 0.0),
        (Case("sentiment", "negative", "positive"), 2.0),
        (Case("urgency", "critical", "low"), 3.0),
        (Case("nature", "praise", "complaint"), 1.0),
        (Case("is_question", True, False), 1.0),
        (Case("topics", ("order",), ("payment", "order")), 0.5),
        (Case("topics", ("order",), ("payment",)), 1.0),
    ],
)
def test_how_bad_a_miss_is(case: Case, value: float) -> None:
    assert severity(case) == value


def test_every_tag_of_a_text_can_be_labelled() -> None:
    tagger = Tagger(load_language(), load_tag_model())
    for text in ("快递到哪了", "垃圾", "谢谢", "我要投诉到12315", "建议出个大码", "帮我退款"):
        tags = tagger.tag(text)
        wanted = {tag: getattr(tags, tag) for tag in TAG_VALUES}
        for case in cases(wanted, tags):
            values = case.got if isinstance(case.got, tuple) else (case.got,)
            assert set(values) <= set(TAG_VALUES[case.tag])
        assert [score.share for score in scores(cases(wanted, tags))] == [1.0] * 5


# --- the command -------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KEFU_PULSE_REDACTION_KEY", "a key for tests")
    path = tmp_path / "labels.jsonl"
    path.write_text(lines(*LINES[:2]) + "\n\n" + lines(LINES[2]) + "\n", encoding="utf-8")
    return path


def test_eval_scores_each_tag_and_lists_the_worst_misses_masked(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(["eval", str(file), "--format", "json"], debug=False) == 0
    said = json.loads(capsys.readouterr().out)
    tags = {row["tag"]: row for row in said["tags"]}
    assert {tag: (row["n"], row["right"]) for tag, row in tags.items()} == {
        "sentiment": (3, 2),
        "topics": (2, 2),
        "nature": (1, 0),
        "urgency": (1, 0),
        "is_question": (1, 1),
    }
    assert tags["sentiment"]["confusion"] == {"wanted": "positive", "got": "negative", "n": 1}
    assert tags["sentiment"]["interval"] == pytest.approx([0.2077, 0.9385], abs=1e-4)
    assert {(miss["line"], miss["type"]) for miss in said["misses"]} == {(2, "chat.message")}
    assert said["misses"][0]["tag"] == "sentiment"
    assert PHONE not in json.dumps(said)
    assert "[手机#" in said["misses"][0]["text"]


def test_eval_bounds_the_misses_and_knows_every_format(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(["eval", str(file), "--misses", "1", "--format", "jsonl"], debug=False) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert ["text" in row for row in rows] == [False] * 5 + [True]
    assert _run(["eval", str(file), "--misses", "0", "--format", "csv"], debug=False) == 0
    table = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["tag"] for row in table] == list(TAG_VALUES)
    assert _run(["eval", str(file), "--format", "table"], debug=False) == 0
    said = capsys.readouterr().out
    assert "positive→negative ×1" in said
    assert "\n\n" in said


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"text": "好"}', "sentiment | topics | nature | urgency | is_question"),
        ('{"sentiment": "neutral"}', "text"),
        ('{"text": 5, "sentiment": "neutral"}', "text"),
        ('{"text": "好", "sentiment": "neg"}', "sentiment：应为 negative | neutral | positive"),
        ('{"text": "好", "topics": []}', "topics：应为 product | order"),
        ('{"text": "好", "topics": ["物流"]}', "topics：应为 product | order"),
        ('{"text": "好", "nature": ["praise"]}', "nature：应为 inquiry | request"),
        ('{"text": "好", "urgency": 1}', "urgency：应为 low | normal | high | critical"),
        ('{"text": "好", "is_question": 1}', "is_question：应为 true | false"),
        ('{"text": "好", "nature": "praise", "type": "rating"}', "type：应为 chat.message | review"),
        ('{"text": "好", "nature": "praise", "type": ["review"]}', "type：应为"),
        ("not json", "JSON"),
        ("[]", "JSON"),
    ],
)
def test_a_bad_line_is_named_with_its_field(
    line: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(f"{lines(LINES[0])}\n\n{line}\n", encoding="utf-8")
    assert _run(["eval", str(path)], debug=False) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "line 3" in said.err
    assert says in said.err


def test_a_file_without_labels_says_how_to_write_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "none.jsonl").write_text("\n")
    assert _run(["eval", str(tmp_path / "none.jsonl")], debug=False) == 1
    assert '"sentiment"' in capsys.readouterr().err


def test_eval_knows_the_trainers_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "labels.jsonl").write_text(lines({"text": "小蓝柜怎么打开", "topics": "logistics"}))
    (tmp_path / "topics.yaml").write_text(
        "logistics:\n  驿站: {weight: 2, words: 小蓝柜}\n", encoding="utf-8"
    )
    for folder, right in (("", 0), (str(tmp_path), 1)):
        monkeypatch.setenv("KEFU_PULSE_LANGUAGE", folder)
        assert _run(["eval", str(tmp_path / "labels.jsonl"), "--format", "json"], debug=False) == 0
        assert json.loads(capsys.readouterr().out)["tags"][0]["right"] == right
