"""From logits to tags: what the cues' vote and the rules add, and where the borders lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors import decide
from processors.cues import TextKind
from processors.questions import Question
from processors.sentiment import Attitude
from processors.signals import FirstReading
from processors.tag_model import HEADS, places

WIDTH = sum(map(len, HEADS.values()))
CALM = Attitude("neutral", 0.0, 0.0, 0.0)


def first(points: float = 0.0, **more: Any) -> FirstReading:
    """What the lexicons say; by default nothing much."""
    given = {"nature": "inquiry", "topics": ("other",), "urgency": "normal"} | more
    return FirstReading(Question(False, 0.0, 0.0, False), CALM._replace(points=points), **given)


def settled(values: dict[str, float], reading: FirstReading | None = None, kind: TextKind = "chat") -> Any:
    """One text's settled logits; `values` by `head/label`, elsewhere zero."""
    logits = np.zeros((1, WIDTH), np.float32)
    for name, value in values.items():
        head, label = name.split("/")
        logits[0, places(head)[label]] = value
    return decide.settle(logits, [reading or first()], [kind])


def test_columns_follow_each_other() -> None:
    every = [column for head in HEADS for column in places(head).values()]
    assert every == list(range(WIDTH))


def test_settling_leaves_the_logits_alone() -> None:
    logits = np.zeros((2, WIDTH), np.float32)
    decide.settle(logits, [first(), first(2.0)], ["chat", "review"])
    assert not logits.any()


@pytest.mark.parametrize(("points", "label"), [(-2.0, "negative"), (0.0, "neutral"), (2.0, "positive")])
def test_the_cues_attitude_pulls(points: float, label: str) -> None:
    assert decide.labels(settled({"sentiment/neutral": 0.1}, first(points)), "sentiment") == [label]


def test_the_pull_has_an_end() -> None:
    assert np.array_equal(settled({}, first(90.0)), settled({}, first(decide._MOST_POINTS)))
    assert np.array_equal(settled({}, first(-90.0)), settled({}, first(-decide._MOST_POINTS)))


def test_a_filed_complaint_is_not_pulled_and_only_a_chat_is_calm() -> None:
    column = places("sentiment")["negative"]
    assert np.array_equal(settled({}, first(3.0), "complaint"), settled({}, first(), "complaint"))
    assert settled({}, first(), "chat")[0, column] < 0 == settled({}, first(), "complaint")[0, column]


def test_a_reviews_kind_word_must_outweigh_a_doubt() -> None:
    assert decide.scores(settled({}, first(decide._REVIEW_DOUBT), "review")) == [0.0]
    assert decide.scores(settled({}, first(decide._REVIEW_DOUBT - 0.1), "review"))[0] < 0


@pytest.mark.parametrize(
    ("head", "reading", "label"),
    [
        ("topic", first(topics=("logistics",)), "logistics"),
        ("nature", first(nature="praise"), "praise"),
        ("urgency", first(urgency="high"), "high"),
    ],
)
def test_the_cues_verdict_wins_where_the_model_has_none(head: str, reading: FirstReading, label: str) -> None:
    assert decide.labels(settled({}, reading), head) == [label]


def test_no_cue_is_no_vote_for_other() -> None:
    assert settled({})[0, places("topic")["other"]] == 0


def test_critical_and_questions_get_ahead() -> None:
    reading = first(urgency="normal")
    votes = {vote.rule: vote.logits for vote in decide.votes(reading, "chat")}
    assert votes["alarm"] > 0
    assert votes["asking"] > 0
    assert decide.asked(settled({})) == [True]
    assert decide.asked(settled({"question/is_question": -votes["asking"] - 0.01})) == [False]


def test_further_topics_are_those_that_are_sure_at_most_two_and_the_main_one_once() -> None:
    wanted = {"topic/quality": 5.0, "also/quality": 3.0, "also/after_sales": 2.0, "also/logistics": 1.0}
    sure = settled({f"also/{topic}": -1.0 for topic in HEADS["also"]} | wanted)
    assert decide.topics(sure) == [("quality", "after_sales", "logistics")]
    alone = settled({f"also/{topic}": -1.0 for topic in HEADS["also"]} | {"topic/quality": 5.0})
    assert decide.topics(alone) == [("quality",)]


def test_other_has_no_company_and_joins_none() -> None:
    asked_of_all = {f"also/{topic}": -1.0 for topic in HEADS["also"]}
    assert decide.topics(settled(asked_of_all | {"topic/other": 5.0, "also/quality": 3.0})) == [("other",)]
    assert decide.topics(settled(asked_of_all | {"topic/quality": 5.0, "also/other": 3.0})) == [("quality",)]


@given(values=st.lists(st.floats(-60, 60, width=32), min_size=3, max_size=3), points=st.floats(-9, 9))
def test_scores_have_their_range_and_the_sign_of_the_label(values: list[float], points: float) -> None:
    named = dict(zip((f"sentiment/{label}" for label in HEADS["sentiment"]), values, strict=True))
    found = settled(named, first(points))
    score, label = decide.scores(found)[0], decide.labels(found, "sentiment")[0]
    assert -1 <= score <= 1
    assert label != "negative" or score <= 0
    assert label != "positive" or score >= 0
