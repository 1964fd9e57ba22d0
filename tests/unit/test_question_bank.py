"""Grouping of questions: what belongs together, what must stay apart, and how groups are named."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from processors.question_bank import Cluster, cluster_texts
from processors.question_features import Wordings, plain, wording_key
from streams.errors import InputError
from streams.language import load_language
from streams.synonyms import load_synonyms, load_wordings


@cache
def wordings() -> Wordings:
    return load_wordings(load_language())


def groups(*texts: str) -> list[set[str]]:
    return [{texts[i] for i in cluster.members} for cluster in cluster_texts(texts, wordings())]


def together(one: str, other: str) -> bool:
    return {one, other} in groups(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("发票怎么开", "如何开票"),
        ("快递几天能到", "物流多久到货"),
        ("怎么退货", "请问一下退货流程"),
        ("降价了能补差价吗", "买贵了可以退差价不"),
        ("电脑蓝屏怎么解决", "蓝屏了电脑怎么解决"),
        ("電腦藍屏怎麼解決", "電腦藍屏 怎麼解決??"),
    ],
)
def test_same_question_in_other_words(one: str, other: str) -> None:
    assert together(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("怎么退货", "退款多久到账"),
        ("怎么改收货地址", "发票怎么开"),
        ("能送货上门吗", "有上门安装吗"),
        ("赠品没收到", "快递没收到"),
        ("孕妇能用吗", "优惠券能用吗"),
        ("运费多少", "运费险怎么用"),
    ],
)
def test_near_misses_stay_apart(one: str, other: str) -> None:
    assert not together(one, other)


def test_masks_marks_and_politeness_are_one_wording() -> None:
    texts = [
        "我的手机[手机#7f3a9c2e]收不到验证码",
        "你好，我的手机[手机#00000000]收不到验证码！！",
        "我的手机[数字x]收不到验证码 谢谢",
    ]
    assert len({wording_key(text) for text in texts}) == 1
    assert len(cluster_texts(texts, wordings())) == 1


def test_the_name_is_a_plain_question_without_personal_data() -> None:
    texts = ["怎么退货", "怎么退货", "你好，请问怎么退货呀", "我的订单[订单号#0a1b2c3d]怎么退货", "退货"]
    (cluster,) = cluster_texts(texts, wordings())
    assert cluster.canonical == "怎么退货"
    assert cluster.keywords[0] == "退货"
    assert cluster.members == [0, 1, 2, 3, 4]


def test_often_asked_wording_names_the_group() -> None:
    texts = ["发票怎么开", "怎么开发票"]
    assert cluster_texts(texts, wordings(), [1, 50])[0].canonical == "怎么开发票"
    assert cluster_texts(texts, wordings(), [50, 1])[0].canonical == "发票怎么开"


def test_identity_depends_on_the_name_alone() -> None:
    def invoice(texts: list[str]) -> Cluster:
        return next(c for c in cluster_texts(texts, wordings()) if c.canonical == "发票怎么开")

    alone, among = invoice(["发票怎么开"]), invoice(["发票怎么开", "保修几年", "有没有蓝色的"])
    assert alone.cluster_id == among.cluster_id == "q8dd591ec95b0"


def test_largest_group_first() -> None:
    found = cluster_texts(["保修几年", "怎么退货", "如何退货", "退货流程"], wordings())
    assert [len(cluster.members) for cluster in found] == [3, 1]


def test_polite_noise_is_left_out_of_names() -> None:
    assert plain("亲，请问一下这款有蓝色吗？谢谢") == "这款有蓝色吗？"
    assert plain("您好") == "您好"


def test_a_trainers_table_moves_a_wording(tmp_path: Path) -> None:
    (tmp_path / "synonyms.yaml").write_text("concepts:\n  乐购节: [冲呀日, 降价]\n", encoding="utf-8")
    table = load_synonyms(tmp_path)
    assert "冲呀日" in table.concepts["乐购节"]
    assert "降价" in table.concepts["乐购节"]
    assert "降价" not in table.concepts["价保"]


@pytest.mark.parametrize(
    "content",
    [
        "- 退货",
        "concepts: [退货]",
        "topics:\n  退货: [退]",
        "concepts:\n  投诉: [12315]",
        "concepts:\n  a: [x]\n  b: [x]",
        ":\n -",
    ],
)
def test_a_broken_table_says_where(tmp_path: Path, content: str) -> None:
    (tmp_path / "synonyms.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"synonyms\.yaml"):
        load_synonyms(tmp_path)


@pytest.mark.parametrize(
    ("one", "other", "stranger"),
    [
        ("吵不吵", "晚上开着声音大吗", "充一次电用多久"),
        ("有货了叫我", "断码了还上吗", "尺码怎么选"),
        ("能给我抹个零不", "老板便宜点呗", "优惠券用不了"),
        ("原路返回吗", "退的钱回到花呗还是零钱", "退款几天到账"),
    ],
)
def test_intents_group_where_no_word_is_shared(one: str, other: str, stranger: str) -> None:
    shop = ["怎么退货", "发票怎么开", "保修几年", "怎么改收货地址", "包邮吗"]
    group = next(group for group in groups(one, other, stranger, *shop) if one in group)
    assert other in group
    assert stranger not in group


def test_texts_outside_of_shops_group_by_wording_only() -> None:
    shop_words = ["手机号怎么查星座", "手机号码归属地是什么意思", "大小多少的鱼好养"]
    others = [
        "周杰伦最新的歌",
        "怎么做红烧肉",
        "北京有什么好玩的",
        "谁是世界首富",
        "长城有多长",
        "天为什么蓝",
    ]
    assert all(len(group) == 1 for group in groups(*shop_words, *others))


def test_learned_parts_are_directions() -> None:
    reader = wordings()
    for text in ("退款多久到账", "😀", "", "龘龘", "0"):
        assert float(np.linalg.norm(reader.vector(text))) == pytest.approx(1, abs=1e-5) or not any(
            reader.vector(text)
        )
        meant = reader.meant(text, reader.features(text))
        assert 0 <= meant.shop <= 1
        assert sum(value * value for value in meant.roots.values()) == pytest.approx(1, abs=1e-5)
