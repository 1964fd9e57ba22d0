"""Each tagger by itself, and the loader's errors."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from processors.cues import CueReader, TextKind, covered, without_masks
from processors.language_model import TOPICS, Cue, Language, PairCue, ReviewModel
from processors.questions import judge as judge_question
from processors.sentiment import cue_points, review_logit
from processors.tags import Tagger
from processors.topics import subtopics
from streams.errors import InputError
from streams.language import load_language
from streams.tag_weights import load_tag_model


@cache
def tagger() -> Tagger:
    return Tagger(load_language(), load_tag_model())


def small_language(
    cues: dict[str, tuple[Cue, ...]], pairs: tuple[PairCue, ...] = (), words: tuple[str, ...] = ()
) -> Language:
    return Language(
        cues, pairs, {}, {"电饭煲": 9.0, "买": 1.0}, 5.0, frozenset(), words, ReviewModel({}, 0.0)
    )


def sentiment_cue(label: str, weight: float = 1.0) -> tuple[Cue, ...]:
    return (Cue("sentiment", label, "test", weight),)


def test_a_longer_cue_covers_a_shorter_one_of_its_family() -> None:
    reader = CueReader(small_language({"差": sentiment_cue("negative"), "差价": sentiment_cue("guard")}))
    assert reader.read("退差价", "chat").of("sentiment") == []
    assert [hit.start for hit in reader.read("质量差", "chat").of("sentiment")] == [2]


def test_a_pair_needs_its_parts_in_order_and_near() -> None:
    pair = PairCue("以为", "结果", 4, sentiment_cue("negative"))
    reader = CueReader(small_language({}, (pair,)))
    assert len(reader.read("以为今天到结果没有", "chat").of("sentiment")) == 1
    assert reader.read("结果我以为", "chat").of("sentiment") == []
    assert reader.read("以为今天上午就会到了结果没有", "chat").of("sentiment") == []


def test_number_cues_do_not_match_inside_numbers() -> None:
    reader = CueReader(small_language({"110": (Cue("urgency", "critical", "test", 2.0),)}))
    assert reader.read("单号20261107", "chat").of("urgency") == []
    assert len(reader.read("我打110了", "chat").of("urgency")) == 1


def test_masks_are_no_words_of_the_customer() -> None:
    assert without_masks("[手机#7f3a9c2e]打不通") == " 打不通"
    assert without_masks("等了[数字x]天") == "等了0天"
    assert tagger().tag("[订单x]").topics == ("other",)
    assert tagger().tag("联系[姓名#7f3a9c2e] [手机#7f3a9c2e]").keywords == ("联系",)


def test_helpers() -> None:
    reading = tagger().read("谢谢 好的")
    assert covered(reading.of("filler")) == 4


@pytest.mark.parametrize(
    ("text", "sign"),
    [("不好吃", -1), ("好吃", 1), ("不难吃", 1), ("没有不满意", 1), ("好吃吗", 0), ("好不好吃", 0)],
)
def test_negation_and_questions_turn_cues(text: str, sign: int) -> None:
    reading = tagger().read(text)
    points = cue_points(reading, judge_question(reading))
    assert (points > 0) - (points < 0) == sign


@pytest.mark.xfail(reason="two faults told calmly in a chat are called negative")
def test_a_calm_problem_is_neutral_in_chat_and_negative_in_a_review() -> None:
    text = "收到的杯子裂了一道缝,盖子也断了"
    assert tagger().tag(text).sentiment == "neutral"
    assert tagger().tag(text, "review").sentiment == "negative"
    assert tagger().tag(text, "complaint").sentiment == "negative"


@pytest.mark.parametrize(
    "marks",
    [
        "!!!",
        "！！！",
        pytest.param("??", marks=pytest.mark.xfail(reason="to the lexicons it asks, and who asks is calm")),
        "。。。",
        "…",
    ],
)
def test_marks_strengthen_a_reproach(marks: str) -> None:
    """Folding makes one mark of many; the voice is heard before it."""
    assert tagger().tag("又坏了" + marks).sentiment_score < tagger().tag("又坏了").sentiment_score
    assert tagger().tag("又坏了!!!").sentiment_score < tagger().tag("又坏了!").sentiment_score


def test_topics_lead_with_the_main_one() -> None:
    assert tagger().tag("发票没开,快递也没到").topics == ("invoice", "logistics")
    assert "logistics/发货" in subtopics(tagger().read("什么时候发货"))


def test_keywords_are_informative_words() -> None:
    tags = tagger().tag("请问这款电饭煲可以煮杂粮粥吗")
    assert "电饭煲" in tags.keywords
    assert not {"请问", "可以", "吗"} & set(tags.keywords)
    assert len(tagger().tag("电饭煲 空气炸锅 破壁机 洗碗机 热水器 净水器 投影仪").keywords) == 5


def test_review_logit_is_zero_without_text_and_follows_its_weights() -> None:
    model = ReviewModel({"好": 2.0, "差": -2.0}, 0.5)
    assert review_logit(model, "") == 0.0
    assert review_logit(model, "好") == pytest.approx(2.5)
    assert review_logit(model, "差") == pytest.approx(-1.5)


def test_tag_many_keeps_order_and_needs_a_kind_for_each() -> None:
    texts, kinds = ["谢谢", "垃圾"], ["chat", "review"]
    many: list[TextKind] = ["chat", "review"]
    assert tagger().tag_many(texts, many) == [tagger().tag("谢谢"), tagger().tag("垃圾", "review")]
    with pytest.raises(ValueError, match="zip"):
        tagger().tag_many(texts, many[:1])
    assert kinds == many


def test_packaged_language_is_broad() -> None:
    language = load_language()
    assert len(language.cues) > 1500
    assert set(language.taxonomy) == set(TOPICS)
    assert {"尺码", "用法"} <= set(language.taxonomy["product"])


def test_trainers_words_and_second_level_topics(tmp_path: Path) -> None:
    (tmp_path / "topics.yaml").write_text(
        "product:\n  宠物:\n    weight: 3\n    words: 冻干桶 猫爬架\n", encoding="utf-8"
    )
    (tmp_path / "words.yaml").write_text("words:\n  我们的: 冻干桶\n", encoding="utf-8")
    language = load_language(tmp_path)
    assert "宠物" in language.taxonomy["product"]
    tags = Tagger(language, load_tag_model()).tag("冻干桶还有别的吗")
    assert tags.topics[0] == "product"
    assert "冻干桶" in tags.keywords


def test_a_trainer_can_silence_a_word(tmp_path: Path) -> None:
    (tmp_path / "sentiment.yaml").write_text("guard:\n  品牌名: 坑爹\n", encoding="utf-8")
    assert tagger().tag("坑爹").sentiment == "negative"
    assert Tagger(load_language(tmp_path), load_tag_model()).tag("坑爹").sentiment == "neutral"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("topics.yaml", "shipping:\n  a: 词\n", "shipping"),
        ("topics.yaml", "product: [词]\n", "mapping"),
        ("topics.yaml", "product:\n  a: [词]\n", "blanks between"),
        ("topics.yaml", "product:\n  a: {weight: x, words: 词}\n", "weight 'x'"),
        ("topics.yaml", "product:\n  a: {wieght: 1, words: 词}\n", "wieght"),
        ("sentiment.yaml", "negative:\n  a: 前~\n", "前~后"),
        ("sentiment.yaml", "negative: {a: 词\n", "line"),
        ("words.yaml", "word:\n  a: 词\n", "unknown key 'word'"),
    ],
)
def test_bad_yaml_names_file_key_and_remedy(tmp_path: Path, name: str, content: str, says: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_language(tmp_path)
    assert name in str(error.value)
    assert says in str(error.value)


def test_a_missing_or_unreadable_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder"):
        load_language(tmp_path / "none")
    (tmp_path / "topics.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        load_language(tmp_path)
