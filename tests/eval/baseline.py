"""The naive baseline that `make bench` compares with: what a first script for the task looks like."""

from __future__ import annotations

from typing import Any

import jieba
from snownlp import SnowNLP

KEYWORDS: dict[str, tuple[str, ...]] = {
    "logistics": ("快递", "物流", "发货", "配送", "包裹", "派送", "到货", "签收", "运费", "驿站"),
    "after_sales": ("退货", "退款", "换货", "维修", "售后", "保修", "赔偿", "取消", "安装"),
    "promotion": ("优惠", "优惠券", "降价", "活动", "红包", "保价", "差价", "赠品", "满减"),
    "payment": ("支付", "付款", "扣款", "白条", "花呗", "余额", "到账", "分期"),
    "invoice": ("发票", "专票", "普票", "抬头", "税号", "开票"),
    "order": ("订单", "下单", "地址", "改单", "拍错"),
    "quality": ("坏", "破损", "质量", "假货", "异味", "发霉", "裂", "漏水"),
    "product": ("尺码", "颜色", "型号", "材质", "参数", "规格", "现货", "保质期"),
    "service": ("客服", "人工", "态度", "投诉"),
    "account": ("账号", "账户", "会员", "登录", "密码", "实名"),
}
QUESTION_WORDS = ("吗", "么", "呢", "什么", "怎么", "多少", "几", "哪", "为什么", "能不能", "如何", "?", "？")
URGENT_WORDS = ("急", "马上", "投诉", "受伤", "着火", "漏电", "报警", "12315")


def naive_tag(text: str) -> dict[str, Any]:
    """Tag one text with jieba, a keyword loop and SnowNLP's sentiment.

    jieba cuts the text into words, each word is looked up in small keyword lists,
    and SnowNLP gives a probability of praise: below .4 negative, above .6 positive.
    """
    words = jieba.lcut(text)
    probability = float(SnowNLP(text).sentiments) if text.strip() else 0.5
    topics = [topic for topic, keywords in KEYWORDS.items() if any(word in keywords for word in words)]
    is_question = any(word in QUESTION_WORDS for word in words)
    sentiment = "negative" if probability < 0.4 else "positive" if probability > 0.6 else "neutral"
    return {
        "sentiment": sentiment,
        "sentiment_score": 2 * probability - 1,
        "topics": topics or ["other"],
        "nature": "inquiry" if is_question else "chitchat",
        "urgency": "high" if any(word in text for word in URGENT_WORDS) else "normal",
        "is_question": is_question,
        "keywords": [word for word in words if len(word) > 1][:5],
    }
