"""Quality of the tags on the development data."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from figure import Figure

from processors.tags import Tagger, Tags, TextKind
from streams.language import load_language
from streams.tag_weights import load_tag_model

JD = "jddc_messages_labelled_320.jsonl"
MESSAGES = "labelled/messages.jsonl"
MESSAGE_LABELS = "labelled/messages.labels.jsonl"
CONVERSATIONS = "labelled/conversations.jsonl"
CONVERSATION_LABELS = "labelled/conversations.labels.jsonl"
WAIMAI = "reviews/waimai_dev.jsonl"
SHOPPING = "reviews/online_shopping_dev.jsonl"
CHATS = "jddc_chats.jsonl"
NEEDS = (JD, MESSAGES, MESSAGE_LABELS, CONVERSATIONS, CONVERSATION_LABELS, WAIMAI, SHOPPING, CHATS)

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


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@cache
def tagger() -> Tagger:
    """The product's tagger with its packaged language."""
    return Tagger(load_language(), load_tag_model())


def macro_f1(gold: Sequence[str], guess: Sequence[str]) -> float:
    """Mean F1 over the classes that occur in the gold labels."""
    return sum(f1(gold, guess, label) for label in set(gold)) / len(set(gold))


def f1(gold: Sequence[object], guess: Sequence[object], label: object) -> float:
    """F1 of one class; 0 when it is never found."""
    right = sum(a == b == label for a, b in zip(gold, guess, strict=True))
    return 2 * right / max(1, sum(a == label for a in gold) + sum(b == label for b in guess))


def share(values: Sequence[bool]) -> float:
    """Share of true values."""
    return sum(values) / max(1, len(values))


def own_messages(data: Path) -> list[tuple[dict[str, Any], dict[str, Any], Tags]]:
    """Event, labels and our tags of the labelled chat, review and complaint texts."""
    labels = {row["event_id"]: row for row in read_lines(data / MESSAGE_LABELS)}
    events = read_lines(data / MESSAGES)
    return [
        (event, labels[event["event_id"]], tagger().tag(event["text"], _KINDS[event["type"]]))
        for event in events
    ]


def own_figures(data: Path) -> list[Figure]:
    """All tags on the labelled messages."""
    rows = own_messages(data)
    n = len(rows)

    def pairs(field: str) -> tuple[list[Any], list[Any]]:
        return [gold[field] for _, gold, _ in rows], [getattr(tags, field) for _, _, tags in rows]

    critical = [tags.urgency == "critical" for _, gold, tags in rows if gold["urgency"] == "critical"]
    topic = [tags.topics[0] == gold["topics"][0] for _, gold, tags in rows]
    return [
        Figure("sentiment, own messages", "macro-F1", macro_f1(*pairs("sentiment")), ">= .85", n),
        Figure("topics, own messages", "main topic right", share(topic), ">= .88", n),
        Figure("nature, own messages", "macro-F1", macro_f1(*pairs("nature")), ">= .80", n),
        Figure("urgency, own messages", "macro-F1", macro_f1(*pairs("urgency")), ">= .75", n),
        Figure("urgency, own messages", "critical found", share(critical), ">= .95", len(critical)),
        Figure("question, own messages", "F1", f1(*pairs("is_question"), True), ">= .93", n),
    ]


def jd_figures(data: Path) -> list[Figure]:
    """Sentiment and main topic on real JD messages."""
    rows = [(row, tagger().tag(row["text"])) for row in read_lines(data / JD)]
    clear = [(_SENTIMENTS[row["sentiment"]], tags.sentiment) for row, tags in rows if row["sentiment"] != "x"]
    gold, guess = [pair[0] for pair in clear], [pair[1] for pair in clear]
    negative = [b == "negative" for a, b in clear if a == "negative"]
    neutral = [b == "negative" for a, b in clear if a == "neutral"]
    topic = [tags.topics[0] in _JD_TOPICS[row["topic"]] for row, tags in rows if row["topic"] in _JD_TOPICS]
    return [
        Figure("sentiment, JD messages", "macro-F1", macro_f1(gold, guess), ">= .85", len(clear)),
        Figure("sentiment, JD messages", "negative found", share(negative), ">= .75", len(negative)),
        Figure("sentiment, JD messages", "neutral called negative", share(neutral), "<= .03", len(neutral)),
        Figure("topics, JD messages", "main topic right", share(topic), ">= .85", len(topic)),
    ]


def polarity_figure(data: Path, file: str, name: str, target: str) -> Figure:
    """Negative against positive by the sign of the score."""
    rows = read_lines(data / file)
    guess = [tagger().tag(row["text"], "review").sentiment_score > 0 for row in rows]
    gold = [row["label"] == 1 for row in rows]
    return Figure(
        f"review polarity, {name}",
        "macro-F1",
        (f1(gold, guess, True) + f1(gold, guess, False)) / 2,
        target,
        len(rows),
    )


def question_figure(data: Path) -> Figure:
    """Questions among the customer's messages of the labelled conversations."""
    asked = {part for row in read_lines(data / CONVERSATION_LABELS) for part in row["group_event_ids"]}
    texts = [row for row in read_lines(data / CONVERSATIONS) if row.get("sender") == "customer"]
    gold = [row["event_id"] in asked for row in texts]
    guess = [tagger().tag(row["text"]).is_question for row in texts]
    return Figure("question, own conversations", "F1", f1(gold, guess, True), ">= .93", len(texts))


def messages_per_second(tag: Callable[[str], object], texts: Sequence[str]) -> float:
    """Best of three rounds on one core."""
    best = 0.0
    for _ in range(3):
        start = time.perf_counter()
        for text in texts:
            tag(text)
        best = max(best, len(texts) / (time.perf_counter() - start))
    return best


def speed_figure(data: Path) -> Figure:
    """All tags of the customers' messages of the JD chats."""
    texts = [row["text"] for row in read_lines(data / CHATS) if row["sender"] == "customer"]
    return Figure(
        "tags speed", "messages/s", messages_per_second(tagger().tag, texts), ">= 10000", len(texts)
    )


def figures(data: Path) -> list[Figure]:
    """Every figure of this module."""
    return [
        *own_figures(data),
        *jd_figures(data),
        question_figure(data),
        polarity_figure(data, WAIMAI, "waimai", ">= .88"),
        polarity_figure(data, SHOPPING, "online shopping", ">= .93"),
        speed_figure(data),
    ]
