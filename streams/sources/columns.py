"""Column names that need no mapping: our own field names, and the usual Chinese ones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from streams.sources.mapping import FIELDS, Rule, TableMapping

_USUAL: Final[Mapping[str, str]] = {
    "event_id": "消息ID 消息编号 评价ID 评价编号 评论ID 投诉编号 工单号 工单编号 记录ID 事件ID",
    "type": "类型 事件类型 记录类型",
    "occurred_at": (
        "时间 日期时间 发送时间 消息时间 聊天时间 会话时间 发生时间 "
        "评价时间 评论时间 投诉时间 创建时间 提交时间"
    ),
    "shop_id": "店铺 店铺ID 店铺编号 店铺名称 店铺名 商家 商家ID 门店",
    "channel": "渠道 平台 来源平台 渠道来源 来源渠道 来源",
    "conversation_id": "会话 会话ID 会话编号 会话号 对话ID 对话编号 聊天ID",
    "customer_id": (
        "买家 买家ID 买家昵称 客户 客户ID 客户昵称 顾客 顾客ID 顾客昵称 "
        "用户 用户ID 用户名 用户昵称 会员ID 会员名 访客ID"
    ),
    "customer_segment": "客户分组 客户类型 客群 人群 会员等级",
    "product_id": "商品ID 商品编号 商品编码 宝贝ID SKU 货号",
    "product_name": "商品 商品名称 商品标题 宝贝标题 宝贝名称",
    "order_id": "订单 订单号 订单ID 订单编号",
    "sender": "发送方 发送者 发送人 发言人 角色 发送者类型 发送方类型 消息来源",
    "text": (
        "内容 消息 消息内容 聊天内容 对话内容 发送内容 文本 文本内容 "
        "评价 评价内容 评论 评论内容 投诉内容 问题描述"
    ),
    "content_type": "内容类型 消息类型",
    "bot.version": "机器人版本",
    "bot.intent": "意图 命中意图 机器人意图",
    "bot.confidence": "置信度 意图置信度",
    "bot.answer_id": "答案ID 知识ID",
    "agent_id": "客服ID 客服账号 客服工号 客服昵称 人工客服ID",
    "status": "会话状态",
    "reason": "转人工原因 关闭原因",
    "rating": "评分 星级 评价星级 评价分",
    "reply_text": "商家回复 卖家回复 客服回复 回复内容",
    "category": "投诉类型 投诉分类",
    "score": "满意度 满意度评分 满意度得分",
    "scale_max": "满分 最高分",
    "comment": "满意度评语 评语",
}
_MEANINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "type": {
        "chat.message": "聊天 消息 聊天消息 会话消息",
        "chat.status": "会话状态 状态",
        "review": "评价 评论 商品评价",
        "complaint": "投诉 工单",
        "rating": "满意度 打分 评分",
    },
    "sender": {
        "customer": "买家 客户 顾客 用户 访客 会员 消费者",
        "bot": "机器人 智能客服 智能助手 店小蜜 小蜜",
        "agent": "客服 人工 人工客服 坐席 商家 卖家 店铺",
        "system": "系统 系统消息 系统通知",
    },
    "content_type": {
        "text": "文本 文字",
        "image": "图片",
        "card": "卡片 商品卡片 链接",
        "voice": "语音",
        "other": "其他 视频 文件",
    },
    "status": {
        "opened": "开始 打开 进线",
        "handoff": "转人工 转接",
        "closed": "结束 关闭",
    },
}
_CHANNELS: Final[Mapping[str, str]] = {
    "淘宝": "taobao",
    "天猫": "tmall",
    "京东": "jd",
    "拼多多": "pdd",
    "抖音": "douyin",
    "抖店": "douyin",
    "微信": "wechat",
    "网页": "web",
    "官网": "web",
    "电话": "phone",
}


def _plain(name: str) -> str:
    """A column name without what exports vary in: width, case, spaces, punctuation."""
    return re.sub(r"[\s_.\-]", "", unicodedata.normalize("NFKC", name).casefold())


_FIELD_OF: Final = {_plain(field): field for field in FIELDS} | {
    _plain(name): field for field, names in _USUAL.items() for name in names.split()
}
_TRANSLATE: Final = {
    field: {word: value for value, words in meanings.items() for word in words.split()}
    for field, meanings in _MEANINGS.items()
} | {"channel": dict(_CHANNELS)}


def usual_mapping(header: Sequence[str]) -> TableMapping:
    """The mapping that the column names suggest; of two columns for one field the first counts."""
    fields: dict[str, Rule] = {}
    for column in header:
        field = _FIELD_OF.get(_plain(column))
        if field and field not in fields:
            fields[field] = Rule(columns=(column,), translate=_TRANSLATE.get(field, {}))
    if "type" not in fields and (kind := _kind(fields)):
        fields["type"] = Rule(value=kind)
    return TableMapping(fields=fields)


def _kind(fields: Mapping[str, Rule]) -> str:
    """The event type that only these columns together belong to; empty when that is unclear."""
    text = "".join(fields["text"].columns) if "text" in fields else ""
    signs = {
        "chat.message": "sender" in fields,
        "complaint": "category" in fields or "投诉" in text,
        "review": "rating" in fields or "评价" in text or "评论" in text,
        "rating": "score" in fields,
        "chat.status": "status" in fields,
    }
    return next((kind for kind, sign in signs.items() if sign), "")
