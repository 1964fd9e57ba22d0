"""The reasons of a tag in a trainer's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from dashboards.labels import LABELS
from processors.explain import Explained, Reason

_NAMED = 3
"""Wordings of a lexicon's reason that are named."""
_FAMILIES = {
    "topics": "主题",
    "sentiment": "情绪",
    "questions": "问句",
    "nature": "性质",
    "urgency": "紧急程度",
    "filler": "寒暄",
}
NATURES = {
    "inquiry": "咨询",
    "request": "请求",
    "complaint": "抱怨",
    "suggestion": "建议",
    "praise": "夸奖",
    "chitchat": "闲聊",
}
URGENCIES = {"critical": "危急", "high": "紧急", "normal": "一般", "low": "不急"}
_TOPICS = {code: name for code, (name, _) in LABELS["topic"].items()}
_LABELS: Mapping[str, Mapping[str, str]] = {
    "topics": _TOPICS,
    "sentiment": {
        "negative": "负面",
        "problem": "出问题",
        "trouble": "遇上麻烦",
        "positive": "正面",
        "thanks": "感谢",
        "negator": "否定词",
        "booster": "程度词",
        "softener": "轻描淡写",
    },
    "questions": {"ask": "询问", "request": "请求", "rhetorical": "反问", "quoted": "转述"},
    "nature": NATURES,
    "urgency": URGENCIES,
    "filler": {
        "greeting": "招呼",
        "nudge": "催促",
        "thanks": "致谢",
        "assent": "应答",
        "closing": "收尾",
        "human": "要人工",
        "sticker": "表情",
        "reference": "单号",
    },
}
_READINGS = {
    "is_question": "是问题",
    "ask": "问的力度",
    "request": "求的力度",
    "small_talk": "只是寒暄",
    "attitude": "情绪分",
    "is_negative": "负面",
    "is_positive": "正面",
    "length": "长短",
    "fragment": "很短",
    "question_mark": "有问号",
    "exclamation": "有叹号",
    "emphasis": "语气重",
    "digits": "有数字",
    "numbers_only": "只有数字",
}
_JUDGED = {"nature": ("性质", NATURES), "topic": ("主题", _TOPICS), "urgency": ("紧急程度", URGENCIES)}
_RULES = {
    "attitude": "词库的情绪分",
    "calm": "平静不算负面",
    "alarm": "危急宁可多看",
    "asking": "问题宁可多收",
    "vote/topic": "词库投票 主题",
    "vote/nature": "词库投票 性质",
    "vote/urgency": "词库投票 紧急程度",
}


def told(explained: list[Explained]) -> list[dict[str, Any]]:
    """Explanations as plain values, each reason with what it says in words."""
    return [
        msgspec.structs.asdict(one)
        | {"reasons": [msgspec.structs.asdict(reason) | {"says": says(reason)} for reason in one.reasons]}
        for one in explained
    ]


def says(reason: Reason) -> str:
    """A reason in words, such as 词库 主题/物流“快递” for `topics/logistics`."""
    return _SAYS[reason.source](reason.name) + "".join(f"“{wording}”" for wording in reason.found[:_NAMED])


def _lexicon(name: str) -> str:
    family, label, *group = name.split("/", 2)
    return "词库 " + "/".join((_FAMILIES[family], _LABELS[family].get(label, label), *group))


def _reading(name: str) -> str:
    head, _, label = name.partition("=")
    if not label:
        return f"初判 {_READINGS[head]}"
    family, words = _JUDGED[head]
    return f"初判 {family}/{words[label]}"


_SAYS: dict[str, Callable[[str], str]] = {
    "wording": lambda name: f"“{name}”",
    "lexicon": _lexicon,
    "reading": _reading,
    "rule": lambda name: f"规则 {_RULES[name]}",
    "base": lambda _: "起点",
}
