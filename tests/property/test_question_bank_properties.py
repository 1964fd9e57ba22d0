"""Clustering holds for any texts, in any order."""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.question_bank import Cluster, cluster_texts
from processors.question_features import Wordings, plain, wording_key
from streams.language import load_language
from streams.synonyms import load_wordings

WORDS = [
    "退货",
    "怎么",
    "多久",
    "发票",
    "開票",
    "吗",
    "[手机#7f3a9c2e]",
    "[数字x]",
    "😀",
    "１２３",
    "请问",
    " ",
    "？",
    "XL",
    "\u200b",
    "\x00",
    "\ud800",
    "\u202e",
]
chat = st.lists(st.sampled_from(WORDS), max_size=6).map("".join)
hostile = st.text(st.characters(), max_size=30)
texts = st.lists(st.one_of(chat, hostile), max_size=12)


@cache
def wordings() -> Wordings:
    return load_wordings(load_language())


def by_text(
    found: list[Cluster], given_texts: list[str]
) -> list[tuple[str, str, tuple[str, ...], list[str]]]:
    return [(c.cluster_id, c.canonical, c.keywords, sorted(given_texts[i] for i in c.members)) for c in found]


@given(texts)
@settings(max_examples=60, deadline=None)
def test_every_text_is_in_exactly_one_cluster(items: list[str]) -> None:
    found = cluster_texts(items, wordings())
    assert sorted(index for cluster in found for index in cluster.members) == list(range(len(items)))
    assert len({cluster.cluster_id for cluster in found}) == len(found)


@given(texts, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_order_does_not_matter(items: list[str], random: st.DataObject) -> None:
    shuffled = list(items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert by_text(cluster_texts(items, wordings()), items) == by_text(
        cluster_texts(shuffled, wordings()), shuffled
    )


@given(st.lists(st.one_of(chat, hostile), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_equal_wordings_share_a_cluster(items: list[str]) -> None:
    doubled = items + [text + "！" for text in items]
    found = cluster_texts(doubled, wordings())
    where = {index: cluster.cluster_id for cluster in found for index in cluster.members}
    for index, text in enumerate(items):
        if wording_key(text) == wording_key(text + "！"):
            assert where[index] == where[index + len(items)]


@given(hostile)
@settings(max_examples=100, deadline=None)
def test_a_name_is_never_empty_unless_the_text_is(text: str) -> None:
    assert bool(plain(text)) == bool(text)


def test_a_huge_text_is_a_cluster() -> None:
    huge = "我要退货😀" * 20_000
    assert len(cluster_texts([huge, "怎么开发票"], wordings())) == 2
