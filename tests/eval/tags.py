"""Quality of the tags on the development data and on the held-out part of the corpus.

Texts are tagged in batches, as the pipeline does. The baseline is `baseline.naive_tag`; of the reviews it
reads every so many, for it takes milliseconds a text.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from baseline import naive_tag
from metrics import Measured, bootstrap, pair_f1
from numpy.typing import NDArray

from processors.scoring import macro_f1
from processors.tags import Tagger, Tags, TextKind
from streams.language import load_language
from streams.tag_weights import load_tag_model
from streams.training.corpus import utterances

JD = "jddc_messages_labelled_320.jsonl"
MESSAGES = "labelled/messages.jsonl"
MESSAGE_LABELS = "labelled/messages.labels.jsonl"
CONVERSATIONS = "labelled/conversations.jsonl"
CONVERSATION_LABELS = "labelled/conversations.labels.jsonl"
WAIMAI = "reviews/waimai_dev.jsonl"
SHOPPING = "reviews/online_shopping_dev.jsonl"
CHATS = "jddc_chats.jsonl"
NEEDS = (JD, MESSAGES, MESSAGE_LABELS, CONVERSATIONS, CONVERSATION_LABELS, WAIMAI, SHOPPING, CHATS)
BATCH = 256
NAIVE_REVIEWS, NAIVE_MESSAGES = 500, 200
"""Texts that the baseline reads where there are thousands."""

_SENTIMENTS = {"neg": "negative", "neu": "neutral", "pos": "positive"}
_JD_TOPICS = {
    "物流配送": {"logistics"},
    "退换退款取消": {"after_sales"},
    "商品咨询": {"product", "quality"},
    "价格保价优惠": {"promotion"},
    "商家账户会员": {"account"},
    "安装维修保修": {"after_sales"},
    "订单支付": {"order", "payment"},
    "发票": {"invoice"},
}
"""The nine JD topics in ours; 无主题 and 模糊 (unclear) are not scored."""
_KINDS: dict[str, TextKind] = {"chat.message": "chat", "review": "review", "complaint": "complaint"}


class Case(NamedTuple):
    """A text and the labels that it has, by field of `Tags`; of `topics` all, the main one first."""

    text: str
    kind: TextKind
    wanted: dict[str, Any]


ROUNDS = 200
"""Of the bootstrap."""

Metric = Callable[[Sequence[Any], Sequence[Tags]], float]
"""From the wanted values of a tag and the tags given to a figure."""


class Line(NamedTuple):
    """A figure of a labelled set; `only`: of the texts so labelled; `naive`: the baseline gives the tag."""

    tag: str
    metric: str
    target: str
    value: Metric
    only: str | None = None
    naive: bool = True

    @property
    def is_share(self) -> bool:
        """Whether the figure is a share of texts, whose interval is Wilson's."""
        return self.value is main_topic or self.only is not None


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@cache
def tagger() -> Tagger:
    """The product's tagger with its packaged language."""
    return Tagger(load_language(), load_tag_model())


def tagged(cases: Sequence[Case]) -> list[Tags]:
    """Our tags."""
    return tagger().tag_many([case.text for case in cases], [case.kind for case in cases])


def naive(cases: Sequence[Case]) -> list[Tags]:
    """The baseline's tags."""
    return [Tags(**naive_tag(case.text)) for case in cases]


def f1(gold: Sequence[object], guess: Sequence[object], label: object) -> float:
    """F1 of one class; 0 when it is never found."""
    return pair_f1([value == label for value in gold], [value == label for value in guess]).f1


def share(values: Sequence[bool]) -> float:
    """Share of true values."""
    return sum(values) / max(1, len(values))


def of_field(field: str) -> Metric:
    """Macro-F1 of a field."""
    return lambda gold, tags: macro_f1(gold, [getattr(one, field) for one in tags])


def main_topic(gold: Sequence[Sequence[str]], tags: Sequence[Tags]) -> float:
    """Share of texts whose first topic is the labelled main one."""
    return share([wanted[0] == one.topics[0] for wanted, one in zip(gold, tags, strict=True)])


def all_topics(gold: Sequence[Sequence[str]], tags: Sequence[Tags]) -> float:
    """Micro-F1 over all (text, topic) pairs."""
    right = sum(len(set(wanted) & set(one.topics)) for wanted, one in zip(gold, tags, strict=True))
    return 2 * right / max(1, sum(map(len, gold)) + sum(len(one.topics) for one in tags))


def found(field: str, label: str) -> Metric:
    """Share of texts that have a label."""
    return lambda _, tags: share([getattr(one, field) == label for one in tags])


def questions(gold: Sequence[bool], tags: Sequence[Tags]) -> float:
    """F1 of `is_question`."""
    return f1(gold, [one.is_question for one in tags], True)


LINES = (
    Line("sentiment", "macro-F1", ">= .85", of_field("sentiment")),
    Line("topics", "main topic right", ">= .88", main_topic),
    Line("topics", "all topics, micro-F1", "none", all_topics),
    Line("nature", "macro-F1", ">= .80", of_field("nature")),
    Line("urgency", "macro-F1", ">= .75", of_field("urgency")),
    Line("urgency", "critical found", ">= .95", found("urgency", "critical"), only="critical", naive=False),
    Line("is_question", "F1", ">= .93", questions),
)
_NAMES = {"is_question": "question"}
_JD_LINES = (
    Line("sentiment", "macro-F1", ">= .85", of_field("sentiment")),
    Line("sentiment", "negative found", ">= .75", found("sentiment", "negative"), only="negative"),
    Line("sentiment", "neutral called negative", "<= .03", found("sentiment", "negative"), only="neutral"),
    Line(
        "topics",
        "main topic right",
        ">= .85",
        lambda gold, tags: share([one.topics[0] in wanted for wanted, one in zip(gold, tags, strict=True)]),
    ),
)


def compared(name: str, cases: Sequence[Case], lines: Sequence[Line]) -> list[Measured]:
    """Figures of a labelled set, ours beside the baseline's."""
    ours, theirs = tagged(cases), naive(cases)
    return [_measured(name, line, cases, ours, theirs) for line in lines]


def _measured(
    name: str, line: Line, cases: Sequence[Case], ours: Sequence[Tags], theirs: Sequence[Tags]
) -> Measured:
    wanted = [case.wanted.get(line.tag) for case in cases]
    rows = [at for at, value in enumerate(wanted) if value is not None and line.only in (None, value)]
    gold, mine = [wanted[at] for at in rows], [ours[at] for at in rows]
    base = line.value(gold, [theirs[at] for at in rows])

    def resampled(pick: NDArray[np.intp]) -> float:
        return line.value([gold[at] for at in pick], [mine[at] for at in pick])

    return Measured(
        f"{_NAMES.get(line.tag, line.tag)}, {name}",
        line.metric,
        line.value(gold, mine),
        line.target,
        len(rows),
        None if line.is_share else bootstrap(len(rows), resampled, rounds=ROUNDS),
        base if line.naive else None,
    )


def own_cases(data: Path) -> list[Case]:
    """The labelled chat, review and complaint texts."""
    labels = {row.pop("event_id"): row for row in read_lines(data / MESSAGE_LABELS)}
    events = read_lines(data / MESSAGES)
    return [Case(event["text"], _KINDS[event["type"]], labels[event["event_id"]]) for event in events]


def held_cases() -> list[Case]:
    """The part of the corpus that is never trained on; what is not labelled is left out."""
    tags = ("sentiment", "topics", "nature", "urgency", "is_question")
    return [
        Case(row.text, row.kind, {tag: getattr(row, tag) for tag in tags if getattr(row, tag) != ""})
        for row in utterances()
        if row.part == "held"
    ]


def jd_cases(data: Path) -> list[Case]:
    """Real JD messages with sentiment and the topics that their main one may be."""
    cases = []
    for row in read_lines(data / JD):
        wanted: dict[str, Any] = {}
        if row["sentiment"] in _SENTIMENTS:
            wanted["sentiment"] = _SENTIMENTS[row["sentiment"]]
        if row["topic"] in _JD_TOPICS:
            wanted["topics"] = _JD_TOPICS[row["topic"]]
        cases.append(Case(row["text"], "chat", wanted))
    return cases


def polarity_figure(data: Path, file: str, name: str, target: str) -> Measured:
    """Negative against positive by the sign of the score."""
    rows = read_lines(data / file)
    cases = [Case(row["text"], "review", {"positive": row["label"] == 1}) for row in rows]
    some, tags = cases[:: max(1, len(cases) // NAIVE_REVIEWS)], tagged(cases)

    def resampled(pick: NDArray[np.intp]) -> float:
        return _polarity([cases[at] for at in pick], [tags[at] for at in pick])

    return Measured(
        f"review polarity, {name}",
        "macro-F1",
        _polarity(cases, tags),
        target,
        len(cases),
        bootstrap(len(cases), resampled, rounds=ROUNDS),
        _polarity(some, naive(some)),
    )


def _polarity(cases: Sequence[Case], tags: Sequence[Tags]) -> float:
    return macro_f1([case.wanted["positive"] for case in cases], [one.sentiment_score > 0 for one in tags])


def conversation_cases(data: Path) -> list[Case]:
    """The customer's messages of the labelled conversations."""
    asked = {part for row in read_lines(data / CONVERSATION_LABELS) for part in row["group_event_ids"]}
    rows = [row for row in read_lines(data / CONVERSATIONS) if row.get("sender") == "customer"]
    return [Case(row["text"], "chat", {"is_question": row["event_id"] in asked}) for row in rows]


def per_second(tag: Callable[[Sequence[Case]], object], cases: Sequence[Case], rounds: int = 3) -> float:
    """Texts tagged in a second of one core, in batches; the best of some rounds."""
    best = 0.0
    for _ in range(rounds):
        start = time.process_time()
        for at in range(0, len(cases), BATCH):
            tag(cases[at : at + BATCH])
        best = max(best, len(cases) / (time.process_time() - start))
    return best


def speed_figure(data: Path) -> Measured:
    """All tags of the customers' messages of the JD chats."""
    texts = [row["text"] for row in read_lines(data / CHATS) if row["sender"] == "customer"]
    cases = [Case(text, "chat", {}) for text in texts]
    base = per_second(naive, cases[:NAIVE_MESSAGES], rounds=1)
    return Measured(
        "tags speed", "messages/s", per_second(tagged, cases), ">= 10000", len(cases), baseline=base
    )


def figures(data: Path) -> list[Measured]:
    """Every figure of this module."""
    return [
        *compared("own messages", own_cases(data), LINES),
        *compared("JD messages", jd_cases(data), _JD_LINES),
        *compared("own conversations", conversation_cases(data), LINES[-1:]),
        *compared("held-out corpus", held_cases(), LINES),
        polarity_figure(data, WAIMAI, "waimai", ">= .88"),
        polarity_figure(data, SHOPPING, "online shopping", ">= .93"),
        speed_figure(data),
    ]
