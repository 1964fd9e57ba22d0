"""Which columns a table shows on a terminal of a given width, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

from dashboards.labels import LABELS
from streams.table import Column, Row, percent, plain_columns, shown

WIDE = 140
MEDIUM = 100
_TAGS = {
    "sentiment": "情绪",
    "topics": "主题",
    "also": "也谈到",
    "nature": "性质",
    "urgency": "紧急程度",
    "is_question": "是否问题",
}
_LEVELS = {"error": "错误 error", "warning": "提醒 warning"}
_STATES = {"answered": "答上了", "unanswered": "没答上", "open": "等回复"}


def gap_layout(width: int) -> list[Column]:
    """A gap on one or two lines; where the sentence that explains it has no room, its main reason stands."""
    names = ["rank", "canonical", "count"]
    if width >= WIDE:
        names += ["share", "unanswered_rate", "previous_count", "topic", "why"]
    elif width >= MEDIUM:
        names += ["topic", "why"]
    else:
        names += ["share", "unanswered_rate", "previous_count", "reasons"]
    return [_GAPS[name] for name in names]


def question_layout(width: int) -> list[Column]:
    """A question with its verdict; the ids that prove it where there is room."""
    names = ["asked_at", "text", "state", "reasons"]
    if width >= MEDIUM:
        names = ["conversation_id", *names]
    if width >= WIDE:
        names += ["score", "evidence"]
    return [_QUESTIONS[name] for name in names]


def letter_layout(width: int) -> list[Column]:
    """A dead letter: why, where, and its beginning where there is room."""
    columns = plain_columns(("reason", "source", "position", "detail"))
    raw = Column("raw", lambda row: shown(row["raw"][:200]), lines=2)
    return [*columns, raw] if width >= MEDIUM else columns


def check_layout(width: int) -> list[Column]:  # noqa: ARG001 - advice is given in full on any terminal
    """A check of `doctor`, with all of its advice."""
    return [
        Column("检查\ncheck", lambda row: shown(row["name"])),
        Column("结果\nresult", lambda row: "正常 ok" if row["ok"] else "异常 BAD", whole=True),
        Column("所见\nfound", lambda row: shown(row["found"])),
        Column("怎么办\nadvice", lambda row: shown(row["advice"]), lines=20),
    ]


def topic_layout(width: int) -> list[Column]:  # noqa: ARG001 - what differs gives way
    """A topic as it is, and all that is not as it should be."""
    return [
        Column("主题\ntopic", _value("topic"), whole=True),
        Column("结果\nresult", lambda row: "正常 ok" if row["ok"] else "不符 BAD", whole=True),
        Column("分区\nparts", _value("partitions"), whole=True),
        Column("副本\nreplicas", _value("replicas"), whole=True),
        Column("不齐\nunder", _value("under_replicated"), whole=True),
        Column("写需\nin sync", _value("min_insync"), whole=True),
        Column("保留天\ndays", _value("retention_days"), whole=True),
        Column("清理\ncleanup", _value("cleanup"), whole=True),
        Column("差在哪\ndiffers", lambda row: "；".join(row["differs"]), lines=20),
    ]


def lag_layout(width: int) -> list[Column]:
    """A partition: how far it is stored, what waits, and who reads it where there is room."""
    columns = [
        Column("主题\ntopic", _value("topic"), whole=True),
        Column("分区\npart", _value("partition"), whole=True),
        Column("末尾\nend", _value("end"), whole=True),
        Column("已存\nstored", _value("stored"), whole=True),
        Column("待存\nlag", _value("lag"), whole=True),
        Column("存下的最新事件\nnewest event", lambda row: shown(row["newest_event"])[:19], whole=True),
    ]
    return [*columns, Column("读它的\nmember", _value("member"))] if width >= MEDIUM else columns


def problem_layout(width: int) -> list[Column]:  # noqa: ARG001 - advice is given in full on any terminal
    """A problem of a lexicon: where it stands, what is wrong, what to do."""
    return [
        Column("程度\nlevel", lambda row: _LEVELS[row["level"]], whole=True),
        Column("哪里\nwhere", _place, lines=4),
        Column("问题\nproblem", _value("problem"), lines=20),
        Column("怎么办\nadvice", _value("advice"), lines=20),
    ]


def taxonomy_layout(width: int) -> list[Column]:  # noqa: ARG001 - four narrow columns fit any terminal
    """A second-level topic under its topic, with how many wordings it has."""
    return [
        Column("主题\ntopic", lambda row: f"{_label('topic', row['topic'])} {row['topic']}", whole=True),
        Column("二级主题\nsubtopic", _value("subtopic")),
        Column("自带\npackaged", _value("packaged"), whole=True),
        Column("自有\nown", _value("own"), whole=True),
    ]


def score_layout(width: int) -> list[Column]:  # noqa: ARG001 - narrow columns fit any terminal
    """How well a tag agrees with the labels."""
    return [
        Column("标签\ntag", _tag_name, whole=True),
        Column("条数\nn", _value("n"), whole=True),
        Column("对\nright", _value("right"), whole=True),
        Column("比例\nshare", _percent("share"), whole=True),
        Column("95 %", lambda row: "–".join(percent(bound) for bound in row["interval"]), whole=True),
        Column("macro-F1", _value("macro_f1"), whole=True),
        Column("最常见的混淆\nconfusion", _confusion),
    ]


def miss_layout(width: int) -> list[Column]:  # noqa: ARG001 - the text gives way
    """A miss: which line, what was wanted, what was given, and the text, masked."""
    return [
        Column("标签\ntag", _tag_name, whole=True),
        Column("行\nline", _value("line"), whole=True),
        Column("应为\nwanted", _said("wanted"), most=24),
        Column("判为\ngot", _said("got"), most=24),
        Column("原话\ntext", _value("text"), lines=2),
    ]


def explain_layout(width: int) -> list[Column]:
    """A tag of a text, the label it won over and by how much, and what spoke for and against it."""
    return [
        Column("原话\ntext", _value("text"), most=max(16, width // 5), lines=4),
        Column("标签\ntag", lambda row: f"{_TAGS[row['tag']]} {row['label']}", whole=True),
        Column("胜过\nover", _value("instead"), whole=True),
        Column("差\nmargin", lambda row: f"{row['margin']:.1f}", whole=True),
        Column("凭什么（＋ 支持 － 反对）\nwhy", _why, lines=20),
    ]


def _why(row: Row) -> str:
    said = [f"{reason['says']} {reason['weight']:+.1f}" for reason in row["reasons"]]
    return "；".join([*said, f"其余 {row['other']:+.1f}"])


def _tag_name(row: Row) -> str:
    return f"{_TAGS[row['tag']]} {row['tag']}"


def _confusion(row: Row) -> str:
    found = row["confusion"]
    return f"{_word(found['wanted'])}→{_word(found['got'])} ×{found['n']}" if found else ""


def _said(name: str) -> Callable[[Row], str]:
    return lambda row: _word(row[name])


def _word(value: Any) -> str:
    return shown(value).lower() if isinstance(value, bool) else shown(value)


def _place(row: Row) -> str:
    file = PurePath(row["file"]).name
    line = "" if row["line"] is None else f":{row['line']}"
    return f"{file}{line} {shown(row['key'])}".rstrip()


def _value(name: str) -> Callable[[Row], str]:
    return lambda row: shown(row[name])


def _percent(name: str) -> Callable[[Row], str]:
    return lambda row: percent(row[name])


def _label(group: str, code: str) -> str:
    return LABELS[group].get(code, (code, code))[0]


def _main_reason(row: Row) -> str:
    reasons: Mapping[str, Any] = row["reasons"]
    return next((f"{_label('reason', code)} {count}" for code, count in reasons.items()), "")


_GAPS = {
    "rank": Column("名次\nrank", _value("rank"), whole=True),
    "canonical": Column("问法\ncanonical", _value("canonical"), most=32, lines=2),
    "count": Column("没答上\ncount", _value("count"), whole=True),
    "share": Column("占比\nshare", _percent("share"), whole=True),
    "unanswered_rate": Column("未答率\nrate", _percent("unanswered_rate"), whole=True),
    "previous_count": Column("上周\nbefore", _value("previous_count"), whole=True),
    "topic": Column("主题\ntopic", lambda row: _label("topic", row["topic"]), whole=True),
    "reasons": Column("主因\nmain reason", _main_reason, whole=True),
    "why": Column("说明\nwhy", _value("why")),
}
_QUESTIONS = {
    "conversation_id": Column("会话\nconversation_id", _value("conversation_id"), most=20, lines=2),
    # Month to minute: the year is known, and seconds tell nobody anything.
    "asked_at": Column("时间\nasked_at", lambda row: row["asked_at"][5:16], whole=True),
    "text": Column("问题\ntext", _value("text"), lines=2),
    "state": Column("结论\nstate", lambda row: _STATES[row["state"]], whole=True),
    "reasons": Column(
        "原因\nreasons", lambda row: " ".join(_label("reason", code) for code in row["reasons"]), most=24
    ),
    "score": Column("把握\nscore", _value("score"), whole=True),
    "evidence": Column("证据\nevidence", _value("evidence"), most=40, lines=2),
}
