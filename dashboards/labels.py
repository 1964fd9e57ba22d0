"""The names of coded values, Chinese and English, for every surface that shows them."""

from __future__ import annotations

LABELS: dict[str, dict[str, tuple[str, str]]] = {
    "topic": {
        "product": ("商品", "Product"),
        "order": ("订单", "Order"),
        "logistics": ("物流", "Logistics"),
        "promotion": ("优惠活动", "Promotion"),
        "payment": ("支付", "Payment"),
        "after_sales": ("售后", "After-sales"),
        "invoice": ("发票", "Invoice"),
        "quality": ("质量", "Quality"),
        "service": ("服务", "Service"),
        "account": ("账户", "Account"),
        "other": ("其他", "Other"),
    },
    "reason": {
        "fallback": ("未能理解", "Fallback"),
        "low_confidence": ("置信度低", "Low confidence"),
        "no_reply": ("无人回复", "No reply"),
        "handoff": ("转人工", "Handed off"),
        "rephrased": ("换词再问", "Rephrased"),
        "rejected": ("客户否定", "Rejected"),
        "human_corrected": ("人工纠正", "Corrected by human"),
    },
    "channel": {
        "taobao": ("淘宝", "Taobao"),
        "tmall": ("天猫", "Tmall"),
        "jd": ("京东", "JD"),
        "pdd": ("拼多多", "PDD"),
        "douyin": ("抖音", "Douyin"),
        "wechat": ("微信", "WeChat"),
        "web": ("网页", "Web"),
        "app": ("应用", "App"),
        "phone": ("电话", "Phone"),
    },
    "kind": {
        "bot_version": ("机器人版本", "Bot release"),
        "promotion": ("促销", "Promotion"),
        "policy": ("政策", "Policy"),
        "incident": ("故障", "Incident"),
    },
}
