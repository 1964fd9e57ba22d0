"""Every panel, defined once: what it shows, its SQL and the meaning of its columns.

Variables are ClickHouse server-side parameters: `from_ms`, `to_ms` (Int64, epoch
milliseconds, end exclusive) and `shops`, `channels`, `bot_versions`, `topics`
(Array(String), empty for all). `Panel.filters` names those that the SQL honours.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

from msgspec import Struct

Kind = Literal["stat", "timeseries", "bar", "table", "annotations", "options"]
Unit = Literal["", "per_minute", "share", "ms", "count"]
Filter = Literal["shops", "channels", "bot_versions", "topics"]
Draw = Literal["line", "stack", "band"]

FILTERS: dict[Filter, tuple[str, str]] = {
    "shops": ("店铺", "Shop"),
    "channels": ("渠道", "Channel"),
    "bot_versions": ("机器人版本", "Bot version"),
    "topics": ("话题", "Topic"),
}

ENOUGH = 30
"""Fewer samples than this and a share is shown as not enough evidence (its interval spans over 30 points)."""


class Column(Struct, frozen=True, kw_only=True):
    """A column of a panel's result; `labels` names the entry of `labels.LABELS` that translates its codes.

    `sample` names the column with the number of samples behind this one.
    """

    name: str
    title_zh: str
    title_en: str
    type: Literal["time", "number", "text", "list"] = "number"
    unit: Unit = ""
    labels: str = ""
    sample: str = ""


class Panel(Struct, frozen=True, kw_only=True):
    """One panel. `sql` is a file stem in dashboards/sql; `span` is its width out of 12 columns.

    In a `stat` the column `value` is the headline, `low` and `high` its 95 % interval,
    `n` its sample, `previous` the same figure of the range before. `better` is the
    direction in which the figure is good news.
    """

    id: str
    title_zh: str
    title_en: str
    kind: Kind
    sql: str
    columns: tuple[Column, ...]
    unit: Unit = ""
    description_zh: str = ""
    filters: tuple[Filter, ...] = ("shops", "channels")
    span: int = 6
    draw: Draw = "line"
    better: Literal["", "up", "down"] = ""
    min_n: int = 0
    trend: str = ""


_ALL: tuple[Filter, ...] = ("shops", "channels", "bot_versions", "topics")
_BOT: tuple[Filter, ...] = ("shops", "channels", "bot_versions")
_TIME = Column(name="time", title_zh="时间", title_en="Time", type="time")
_SHOP = Column(name="shop", title_zh="店铺", title_en="Shop", type="text")
_CHANNEL = Column(name="channel", title_zh="渠道", title_en="Channel", type="text", labels="channel")
_TOPIC = Column(name="topic", title_zh="话题", title_en="Topic", type="text", labels="topic")
_N = Column(name="n", title_zh="样本数", title_en="Samples", unit="count")
_PREVIOUS_N = Column(name="previous_n", title_zh="上一时段样本数", title_en="Samples before", unit="count")


def _value(title_zh: str, title_en: str, unit: Unit, name: str = "value") -> Column:
    return Column(name=name, title_zh=title_zh, title_en=title_en, unit=unit)


def _rate(title_zh: str, title_en: str, name: str, sample: str) -> Column:
    return Column(name=name, title_zh=title_zh, title_en=title_en, unit="share", sample=sample)


def _previous(unit: Unit) -> Column:
    return _value("上一时段", "Before", unit, "previous")


def _interval() -> tuple[Column, Column]:
    return (
        _value("95% 下限", "95% low", "share", "low"),
        _value("95% 上限", "95% high", "share", "high"),
    )


_STATS = (
    Panel(
        id="messages",
        title_zh="每分钟消息",
        title_en="Messages/min",
        kind="stat",
        sql="messages",
        unit="per_minute",
        description_zh="最近五分钟平均每分钟的消息数（客户、机器人、人工），与之前五分钟相比。",
        columns=(
            _value("每分钟消息", "A minute", "per_minute"),
            Column(name="n", title_zh="时段内消息", title_en="In range", unit="count"),
            _value("之前五分钟", "Five minutes before", "per_minute", "previous"),
        ),
        span=2,
        trend="messages_rate",
    ),
    Panel(
        id="csat",
        title_zh="满意度",
        title_en="CSAT",
        kind="stat",
        sql="csat",
        unit="share",
        description_zh="满意评分（不低于满分的五分之四，含点赞）占全部评分的比例，附 95% Wilson 区间。",
        columns=(_value("满意度", "CSAT", "share"), *_interval(), _N, _previous("share"), _PREVIOUS_N),
        filters=_ALL,
        span=2,
        better="up",
        min_n=ENOUGH,
        trend="csat_over_time",
    ),
    Panel(
        id="unanswered",
        title_zh="未答率",
        title_en="Unanswered rate",
        kind="stat",
        sql="unanswered",
        unit="share",
        description_zh="已有结论的客户问题中，没有得到可用回答的比例，附 95% Wilson 区间与样本数。",
        columns=(
            _value("未答率", "Unanswered rate", "share"),
            *_interval(),
            _N,
            _value("未答问题", "Unanswered", "count", "unanswered"),
            _previous("share"),
            _PREVIOUS_N,
        ),
        filters=_ALL,
        span=2,
        better="down",
        min_n=ENOUGH,
        trend="unanswered_over_time",
    ),
    Panel(
        id="negative",
        title_zh="负面占比",
        title_en="Negative share",
        kind="stat",
        sql="negative",
        unit="share",
        description_zh="客户消息、评价与投诉中，表达负面态度的比例。",
        columns=(_value("负面占比", "Negative share", "share"), _N, _previous("share"), _PREVIOUS_N),
        span=2,
        better="down",
        min_n=ENOUGH,
        trend="sentiment_over_time",
    ),
    Panel(
        id="bot_response",
        title_zh="机器人响应",
        title_en="Bot p50",
        kind="stat",
        sql="bot_response",
        unit="ms",
        description_zh="从客户提问到机器人回复的时间：中位数，以及 90%、99% 的问题不超过的时间。",
        columns=(
            _value("P50", "p50", "ms"),
            _value("P90", "p90", "ms", "p90"),
            _value("P99", "p99", "ms", "p99"),
            _previous("ms"),
        ),
        filters=_BOT,
        span=2,
        better="down",
        trend="bot_response_over_time",
    ),
    Panel(
        id="agent_response",
        title_zh="人工响应",
        title_en="Agent p50",
        kind="stat",
        sql="agent_response",
        unit="ms",
        description_zh="从客户提问到人工客服回复的时间：中位数，以及 90%、99% 的问题不超过的时间。",
        columns=(
            _value("P50", "p50", "ms"),
            _value("P90", "p90", "ms", "p90"),
            _value("P99", "p99", "ms", "p99"),
            _previous("ms"),
        ),
        filters=_BOT,
        span=2,
        better="down",
        trend="agent_response_over_time",
    ),
)

_VOLUME = (
    Panel(
        id="messages_rate",
        title_zh="消息量",
        title_en="Messages a minute",
        kind="timeseries",
        sql="messages_rate",
        unit="per_minute",
        description_zh="每分钟的客户、机器人与人工消息数。",
        columns=(
            _TIME,
            _value("客户", "Customer", "per_minute", "customer"),
            _value("机器人", "Bot", "per_minute", "bot"),
            _value("人工", "Agent", "per_minute", "agent"),
        ),
        span=6,
    ),
    Panel(
        id="topics",
        title_zh="话题",
        title_en="Topics",
        kind="bar",
        sql="topics",
        unit="count",
        description_zh="客户文本按主话题计数，斜纹部分为负面，右侧为负面占比。",
        columns=(
            _TOPIC,
            _value("消息数", "Messages", "count", "messages"),
            _value("负面", "Negative", "count", "negative"),
            _rate("负面占比", "Negative share", "negative_share", "messages"),
        ),
        filters=("shops", "channels", "topics"),
        min_n=ENOUGH,
        span=3,
    ),
    Panel(
        id="unanswered_reasons",
        title_zh="未答原因",
        title_en="Why unanswered",
        kind="bar",
        sql="unanswered_reasons",
        unit="count",
        description_zh="未答问题的原因；一个问题可以有多个原因。",
        columns=(
            Column(name="reason", title_zh="原因", title_en="Reason", type="text", labels="reason"),
            _value("问题数", "Questions", "count", "questions"),
        ),
        filters=_ALL,
        span=3,
    ),
)

_QUALITY = (
    Panel(
        id="csat_over_time",
        title_zh="满意度走势",
        title_en="CSAT over time",
        kind="timeseries",
        sql="csat_over_time",
        unit="share",
        description_zh="各时段的满意度与 95% Wilson 区间；阴影越宽，样本越少。",
        columns=(_TIME, _value("满意度", "CSAT", "share"), *_interval(), _N),
        filters=_ALL,
        span=4,
        min_n=ENOUGH,
        draw="band",
    ),
    Panel(
        id="unanswered_over_time",
        title_zh="未答率走势",
        title_en="Unanswered rate over time",
        kind="timeseries",
        sql="unanswered_over_time",
        unit="share",
        description_zh="各时段已有结论的问题中未答的比例。",
        columns=(_TIME, _value("未答率", "Unanswered rate", "share"), _N),
        filters=_ALL,
        span=4,
        min_n=ENOUGH,
    ),
    Panel(
        id="sentiment_over_time",
        title_zh="情感占比",
        title_en="Sentiment share",
        kind="timeseries",
        sql="sentiment_over_time",
        unit="share",
        description_zh="客户文本中负面、中性、正面各占多少。",
        columns=(
            _TIME,
            _value("负面", "Negative", "share", "negative_share"),
            _value("中性", "Neutral", "share", "neutral_share"),
            _value("正面", "Positive", "share", "positive_share"),
            _N,
        ),
        span=4,
        min_n=ENOUGH,
        draw="stack",
    ),
    Panel(
        id="unanswered_newest",
        title_zh="最新未答问题",
        title_en="Newest unanswered questions",
        kind="table",
        sql="unanswered_newest",
        description_zh="最近没有得到可用回答的问题；文本在入库前已脱敏。",
        columns=(
            _TIME,
            _SHOP,
            _CHANNEL,
            _TOPIC,
            Column(name="text", title_zh="问题", title_en="Question", type="text"),
            Column(name="reasons", title_zh="原因", title_en="Reasons", type="list", labels="reason"),
            Column(name="bot_version", title_zh="版本", title_en="Bot", type="text"),
            Column(name="conversation_id", title_zh="会话", title_en="Conversation", type="text"),
        ),
        filters=_ALL,
        span=12,
    ),
)

_SPEED = (
    Panel(
        id="bot_response_over_time",
        title_zh="机器人响应时间",
        title_en="Bot response time",
        kind="timeseries",
        sql="bot_response_over_time",
        unit="ms",
        description_zh="机器人回复用时的 P50、P90、P99，按提问时间分段。",
        columns=(
            _TIME,
            _value("P50", "p50", "ms", "p50"),
            _value("P90", "p90", "ms", "p90"),
            _value("P99", "p99", "ms", "p99"),
        ),
        filters=_BOT,
        span=3,
    ),
    Panel(
        id="agent_response_over_time",
        title_zh="人工响应时间",
        title_en="Agent response time",
        kind="timeseries",
        sql="agent_response_over_time",
        unit="ms",
        description_zh="人工客服回复用时的 P50、P90、P99，按提问时间分段。",
        columns=(
            _TIME,
            _value("P50", "p50", "ms", "p50"),
            _value("P90", "p90", "ms", "p90"),
            _value("P99", "p99", "ms", "p99"),
        ),
        filters=_BOT,
        span=3,
    ),
    Panel(
        id="by_shop",
        title_zh="各店铺",
        title_en="By shop",
        kind="table",
        sql="by_shop",
        description_zh="各店铺的消息量、未答率、满意度（附评分数）与负面占比。",
        columns=(
            _SHOP,
            _value("消息", "Messages", "count", "messages"),
            _rate("未答率", "Unanswered", "unanswered_rate", "questions"),
            _value("问题数", "Questions", "count", "questions"),
            _rate("满意度", "CSAT", "csat", "ratings"),
            _value("评分数", "Ratings", "count", "ratings"),
            _rate("负面占比", "Negative", "negative_share", "texts"),
            _value("客户文本", "Customer texts", "count", "texts"),
        ),
        span=6,
        min_n=ENOUGH,
    ),
)

_FRAME = (
    Panel(
        id="annotations",
        title_zh="发布与事件",
        title_en="Releases and incidents",
        kind="annotations",
        sql="annotations",
        description_zh="机器人发布、促销、政策与故障，标在各走势图上。",
        columns=(
            _TIME,
            Column(name="end_time", title_zh="结束", title_en="End", type="time"),
            Column(name="kind", title_zh="类型", title_en="Kind", type="text", labels="kind"),
            Column(name="title", title_zh="标题", title_en="Title", type="text"),
            Column(name="detail", title_zh="说明", title_en="Detail", type="text"),
            _SHOP,
        ),
        filters=("shops",),
        span=12,
    ),
    Panel(
        id="freshness",
        title_zh="数据新鲜度",
        title_en="Pipeline freshness",
        kind="stat",
        sql="freshness",
        unit="count",
        description_zh="已入库的事件、死信与最近事件的时间；不受时段与筛选影响。",
        columns=(
            _value("已入库事件", "Events stored", "count", "stored"),
            _value("死信", "Dead letters", "count", "dead_letters"),
            Column(name="last_event", title_zh="最近事件", title_en="Last event", type="time"),
        ),
        filters=(),
        span=12,
    ),
    Panel(
        id="filters",
        title_zh="筛选项",
        title_en="Filter values",
        kind="options",
        sql="filters",
        description_zh="各筛选项可取的值。",
        columns=(
            Column(name="variable", title_zh="筛选项", title_en="Filter", type="text"),
            Column(name="value", title_zh="值", title_en="Value", type="text"),
            _value("消息", "Messages", "count", "messages"),
        ),
        filters=(),
        span=12,
    ),
)

PANELS: tuple[Panel, ...] = (*_STATS, *_VOLUME, *_QUALITY, *_SPEED, *_FRAME)
"""All panels, in the order in which they are laid out."""


@cache
def sql_of(panel: Panel) -> str:
    """The SQL of a panel, as committed in dashboards/sql."""
    return files("dashboards").joinpath("sql", f"{panel.sql}.sql").read_text(encoding="utf-8")
