"""What the two sides of a conversation say, as far as it bears on satisfaction: one pattern a sign.

Patterns read text as `processors.normalise.normalise` leaves it; their parts are of bounded length, so the
time to search grows with the text alone. A sign is only a hint: how much it counts is learned. Signs that
meant one thing in the corpus and another in public dialogues (telling how, greeting, length, repeated
contact) were left out: docs/model-cards/satisfaction.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Signs = Mapping[str, "re.Pattern[str]"]

CUSTOMER: Signs = {
    name: re.compile(pattern)
    for name, pattern in {
        "thanks": r"谢|3q|thx|thank|感恩|辛苦|麻烦你了|麻烦您了",
        "accepts": (
            r"^(?:好|嗯|恩|哦|噢|行|ok|可以|收到|明白|了解|知道了|懂了|原来|成|妥)|明白了|知道了|"
            r"懂了|好的|好滴|没事|没关系"
        ),
        "solved": (
            r"解决了|搞定|可以了|好了|恢复|正常了|成功了|弄好|找到了|能用了|修好|到账了|收到了|"
            r"有了|完美解决|不用了"
        ),
        "tries": r"我试|试试|试一下|试下|去看看|看看先|我看看|先这样|等着|坐等|等你",
        "not solved": (
            r"没解决|不行|没用|没反应|还是没|还是不|还没|仍然|依旧|依然|没有用|失败|试过|没好|"
            r"又出|又来|一样的|都不|也不"
        ),
        "denies": r"不是|没有|并不|并没|哪有|不对|不接受|不同意|不需要|不可能|凭什么",
        "asks": r"\?|吗|怎么|什么时候|为什么|为何|为啥|哪里|哪儿|多少|能否|是不是|有没有|可不可以|能不能",
        "reproach": (
            r"难道|凭什么|怎么能|居然|竟然|到底|究竟|还要我|怎么回事|什么情况|搞什么|几个意思|"
            r"什么意思|有意思吗|不觉得|也太|太不|这叫|算什么|谁负责|合理吗|像话"
        ),
        "insult": (
            r"垃圾|傻|妈的|他妈|tmd|尼玛|你妹|坑|骗|恶心|无耻|不要脸|流氓|狗|滚|黑心|霸王|操|草泥|"
            r"屁|贱|死全家|烂|渣|强盗|抢钱|忽悠|欺|奇葩|sb|lj|nmd|卧槽|我靠|妹的|大爷的"
        ),
        "weary": (
            r"无语|醉了|呵呵|失望|心寒|寒心|服了|受不了|崩溃|疯了|气死|恼火|悲哀|伤不起|伤心|郁闷|"
            r"烦|抓狂|累了|够了|差劲|太差|真差|很差|差评|弱爆|吐槽|忍|怒|火大|投诉"
        ),
        "irony": (
            r"真行|真棒啊|真会|真好意思|佩服|厉害了|高大上|呵呵|厉害啊|谢谢你大爷|牛逼|也是醉|"
            r"长见识|涨姿势|笑话|官方|套话|官话|敷衍|推诿|推脱|踢皮球|复制粘贴|机器人|空话|"
            r"形同虚设|摆设"
        ),
        "threat": (
            r"投诉|12315|315|工信部|消协|曝光|起诉|法院|律师|举报|管局|工商|再也不|不会再|换卡|"
            r"换号|转网|销户|退订|退货|卸载|弃用|抵制|拉黑|注销|赔偿|赔钱|赔我"
        ),
        "unanswered": (
            r"没人|无人|不理|没有回复|没回|不回|不接|打不通|没人管|不处理|不管|不解决|没有结果|"
            r"没消息|没下文|石沉"
        ),
        "money": r"扣|收费|退款|话费|花了|块钱|\d元|欠费|乱收|多收|钱",
        "politely": r"请问|麻烦|求|请教|您好|你好|拜托|可否|能否|想问|咨询|想知道|怎么破|咋|亲",
        "warm": (
            r"喜欢|支持你|支持你们|加油|赞|棒|爱你|真好|不错|满意|感动|给力|贴心|惊喜|开心|期待|"
            r"么么|辛苦|良心|靠谱|点赞|好评|很好|挺好|好用|厉害"
        ),
        "laughs": (
            r"哈哈|嘻嘻|嘿嘿|"
            r"\[(?:嘻嘻|哈哈|偷笑|笑|爱你|心|给力|赞|good|威武|太开心|鼓掌|可爱|ok|亲亲|害羞|呲牙|愉快|微笑)|"
            r"~|😄|😊|😘|👍|❤|🙏|🎉|😂"
        ),
        "scowls": (
            r"\[(?:怒|抓狂|怒骂|鄙视|哼|泪|衰|悲伤|汗|晕|吐|弱|伤心|拜拜|右哼哼|左哼哼|挖鼻|可怜|委屈|白眼|发怒|失望|生病)|"
            r"😤|😡|😠|🙄|💢|👎|😭|🤬|😅"
        ),
        "hopes": r"希望|建议|望改|盼|尽快|赶紧|快点|抓紧|能不能快|改进|改善|改改|早日",
        "reports": (
            r"bug|闪退|死机|卡|重启|升级|更新|版本|系统|手机|软件|app|下载|安装|登录|登陆|密码|"
            r"输入|设置|屏幕"
        ),
        "own details": r"\d{7,}|已私信|私信了|私信你|已发|发了|发给你|截图|图片",
        "shouts": r"!",
        "trails": r"\.\.|…|唉|哎|。。",
        "mentions": r"@",
        "many mentioned": r"@[^@]*@[^@]*@",
    }.items()
}
"""What a customer's turn may hold."""

STAFF: Signs = {
    name: re.compile(pattern)
    for name, pattern in {
        "asks back": r"请问|什么版本|哪个|哪款|是否|多少\?|什么\?|呢\?|吗\?|么\?|\?$",
        "asks for details": r"请.{0,6}提供|提供一下|提供下|告知|发送给|发给我|详细描述|留下|截图",
        "to a private message": r"私信|qq|邮箱|加微信|微信号",
        "to a phone": r"拨打|致电|热线|电话联系|营业厅|线下|网点|门店",
        "gives a link": r"http|www|\.com|链接|o[\u4e00-\u9fff]{2,}|网址|下载地址|官网",
        "gives a figure": r"\d",
        "apologises": r"抱歉|对不起|不好意思|歉意|见谅|谅解|不便|道歉|包涵|理解您|困扰",
        "passes on": r"反馈|转交|转达|上报|提交|记录|登记|转派|转告|相关部门|技术部门|工作人员|专员|专人",
        "promises": (
            r"尽快|会.{0,6}联系|会.{0,4}处理|会.{0,4}改|会.{0,4}解决|回复您|马上|立即|第一时间|"
            r"跟进|核实|核查|为您查|加急|催促|安排"
        ),
        "asks for patience": r"耐心|稍等|稍后|等待|等候|留意|请关注|关注|敬请|期待|陆续|近期",
        "declines": (
            r"无法|不能|不支持|暂不|暂时没|没有相关|目前没有|暂无|不可以|不提供|不在|无权|为准|"
            r"规定|规则|正常现象|属于正常|不属于"
        ),
        "thanks": r"感谢|谢谢|多谢",
        "thanks for a proposal": r"宝贵|建议|意见|感谢.{0,4}反馈|反馈.{0,6}感谢",
        "will improve": r"改进|改善|完善|优化|提升|努力|加强|研究|提高",
        "says done": (
            r"已经|已为您|已帮|已恢复|已处理|已修复|已解决|已发|已经发|已给您|已补|已退|办好|"
            r"处理好|修复好|补发|退还|赔"
        ),
        "closes": r"不客气|不用谢|客气|祝您|生活愉快|使用愉快|欢迎|随时|竭诚|再见|晚安|很高兴|应该的",
        "warmly": r"亲|哦|哟|呢|哈|~|\[|嘻|么么|棒|开心|加油|小编|宝|您太|喜欢",
        "explains": (
            r"因为|由于|原因|所以|是的|对的|导致|需要|如果|若|指的是|属于|可以的|支持|会在|即可|"
            r"就可以|就好|就行"
        ),
    }.items()
}
"""What a turn of the staff may hold."""


def found(signs: Signs, text: str) -> list[bool]:
    """Whether each sign is in a normalised text, in the order of the table."""
    return [pattern.search(text) is not None for pattern in signs.values()]
