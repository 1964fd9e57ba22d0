"""Conversations in, verdicts out: each reason, each trap, written as one line a fact.

A line is `WHO text`, with `+seconds` since the line before in front where the default
(customer 30, bot 2, agent 30, others 1) does not fit:

    客? text #topic => answered          a question (客! a complaint, 客 anything else)
    机 .85 text                          the bot with its confidence; 机x: is_fallback
    人 text · 系 text                    an agent · the system
    态 handoff|closed · 评 2/5 · 踩 · 赞   status · rating · thumb down or up on the last bot message

After `=>`: `answered`, `open`, or the reasons; on a line without it no question may stand.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from processors.conversation import ChatFact, Conversation
from processors.rows import MessageRow, RatingRow, StatusRow
from streams.exchange_weights import load_reader

READER = load_reader()
START = 1_790_000_000_000
LINE = re.compile(
    r"(?:\+(?P<wait>\d+) )?(?P<who>[客机人系态评踩赞])(?P<mark>[?!x]?)(?: (?P<text>.*?))??"
    r"(?: #(?P<topic>\w+))?(?: => (?P<want>[\w ]+))?"
)
WAITS = {"客": 30, "机": 2, "人": 30}
SENDERS = {"客": "customer", "机": "bot", "人": "agent", "系": "system"}
HEADER = {"shop_id": "s", "channel": "taobao", "conversation_id": "c"}


class Script(NamedTuple):
    """A parsed conversation: its facts and what is wanted of each question, by event id."""

    facts: list[ChatFact]
    wanted: dict[str, str]


def parse(text: str) -> Script:
    """The facts of a conversation written as above."""
    script, at, last_bot = Script([], {}), START, ""
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        found = LINE.fullmatch(line)
        assert found, line
        who, mark, said = found["who"], found["mark"], found["text"] or ""
        at += 1000 * int(found["wait"] or WAITS.get(who, 1))
        event_id = f"e{number}"
        script.facts.append(_fact(who, mark, said, found["topic"] or "other", event_id, at, last_bot))
        last_bot = event_id if who == "机" else last_bot
        if found["want"]:
            script.wanted[event_id] = found["want"]
    return script


def _fact(who: str, mark: str, said: str, topic: str, event_id: str, at: int, last_bot: str) -> ChatFact:
    key = {"event_id": event_id, "occurred_at": at, **HEADER}
    if who == "态":
        return StatusRow(**key, status=said)
    if who in "评踩赞":
        score, scale = map(float, said.split("/")) if said else (float(who == "赞"), 1.0)
        return RatingRow(**key, score=score, scale_max=scale, about_event_id="" if said else last_bot)
    if who == "客":
        nature = {"?": "inquiry", "!": "complaint"}.get(mark, "chitchat")
        tags = {"is_question": mark == "?", "nature": nature, "topics": (topic,), "urgency": "normal"}
        return MessageRow(**key, type="chat.message", sender="customer", text=said, **tags)
    confidence = re.match(r"\.\d+ ", said) if who == "机" else None
    return MessageRow(
        **key,
        type="chat.message",
        sender=SENDERS[who],
        text=said[confidence.end() :] if confidence else said,
        bot_version="1.0" if who == "机" else "",
        bot_confidence=float(confidence[0]) if confidence else None,
        is_fallback=True if mark == "x" else None,
    )


def verdicts(facts: list[ChatFact], now_ms: int) -> dict[str, str]:
    """State or reasons of each standing question, by event id."""
    conversation = Conversation(READER)
    conversation.restore(facts)
    turns = conversation.on_watermark(now_ms).turns
    return {
        turn.event_id: " ".join(sorted(turn.reasons)) or turn.state for turn in turns if not turn.is_deleted
    }


CASES = {
    "answered and thanked": """
        客? 这款能机洗吗 #product => answered
        机 .9 可以的,冷水轻柔机洗就行
        客 好的谢谢
    """,
    "answered in silence": """
        客? 多久能发货 #logistics => answered
        机 .88 亲,今天下单明天发出
        态 closed
    """,
    # fallback
    "fallback by its flag": """
        客? 手柄能单独买吗 #product => fallback
        机x .7 亲亲换个话题吧
    """,
    "fallback by its words": """
        客? 这个支持以旧换新吗 #promotion => fallback
        机 .8 抱歉,我还没学会这个问题,您可以换个说法
    """,
    "a pointer to the page is no answer": """
        客? 里面送几个滤芯 #product => fallback
        机 .8 亲,具体以商品详情页为准哦
    """,
    "a pointer that says the thing is an answer": """
        客? 里面送几个滤芯 #product => answered
        机 .8 送3个滤芯,赠品以详情页为准哦
        客 好
    """,
    "asked to wait is no answer": """
        客? 我的退款怎么还没到 #payment => fallback
        机 .8 亲,您的问题已记录,会有专员联系您,请耐心等待
    """,
    "a polite farewell is no answer": """
        客? 能不能改地址 #order => fallback
        机 .75 感谢您的支持,祝您购物愉快
    """,
    "fallback to chit-chat is no gap": """
        客 哈哈你真可爱
        机x .2 抱歉我没听懂
    """,
    "fallback, then other words": """
        客? 拼单成了咋又退了 #order => fallback rephrased
        机x .6 没听懂呢,换种说法试试
        客? 我的货为什么没有了 #order => answered
        机 .8 亲,仓库断货自动取消了,钱原路退回
        客 晓得了
    """,
    # low confidence
    "unsure and nothing shows that it helped": """
        客? 能和优惠券一起用吗 #promotion => fallback low_confidence
        机 .35 亲,本店正在做活动哦
        客 …
        客 在?
    """,
    "unsure but accepted": """
        客? 能和优惠券一起用吗 #promotion => answered
        机 .35 可以叠加的
        客 好的谢谢
    """,
    "unsure but a thumb up": """
        客? 能和优惠券一起用吗 #promotion => answered
        机 .35 可以叠加的
        赞
    """,
    "unsure, then another subject": """
        客? 能和优惠券一起用吗 #promotion => low_confidence
        机 .35 亲,本店满199减20
        客? 对了发什么快递 #logistics => answered
        机 .9 默认中通
    """,
    # no reply
    "nobody came": """
        客? 有没有小号 #product => no_reply
        +200 客 人呢
    """,
    "the system does not count": """
        客? 有没有小号 #product => no_reply
        系 您已进入排队,前面还有3人
        +300 系 感谢等待
    """,
    "too late": """
        客? 有没有小号 #product => no_reply
        +181 人 有的,S码现货
    """,
    "just in time": """
        客? 有没有小号 #product => answered
        +180 人 有的,S码现货
    """,
    "closed without a word": """
        客? 有没有小号 #product => no_reply
        +5 态 closed
    """,
    "asked twice because it was slow": """
        客? 肩带可以拆吗 #product
        +90 客? 肩带能不能拆 #product => answered
        +20 机 .8 久等啦,肩带两头是卡扣,可以拆
    """,
    "asked twice, too late from the first time": """
        客? 肩带可以拆吗 #product
        +120 客? 肩带能不能拆 #product => no_reply
        +80 机 .8 肩带两头是卡扣,可以拆
    """,
    # handoff
    "a bare wish for a human first": """
        客 转人工
        机 .9 正在为您转接人工客服
        态 handoff
        人 您好,请问有什么可以帮您
        客? 发票抬头能改吗 #invoice => answered
        人 可以的,把新抬头发我
        客 好嘞
    """,
    "a human is asked for after a bad answer": """
        客? 漏发的赠品什么时候补 #after_sales => handoff
        机 .8 亲,赠品随主商品一起发出哦
        客 给我找个真人
        态 handoff
    """,
    "handed over right after": """
        客! 水壶漏水了漏了一桌子 #quality => handoff
        机 .6 亲,水壶请使用原装底座
        态 handoff
    """,
    "handed over long after thanks": """
        客? 水壶几升的 #product => answered
        机 .9 1.7升的
        客 好的
        +400 态 handoff
    """,
    "a bot that passes on": """
        客? 两个订单能合并发吗 #order => handoff
        机 .8 正在为您转接人工客服,请稍候
        人 可以合并,我备注一下
    """,
    # rephrased
    "the same in other words": """
        客? 好久到哦 #logistics => rephrased
        机 .85 亲,48小时内发出
        客? 我是问啥子时候送拢 #logistics => answered
        机 .8 预计11号送到
        客 要得
    """,
    "a follow-up is no rephrase": """
        客? 定金能退吗 #payment => answered
        机 .9 尾款前可以退的
        客? 那定金多久退回来 #payment => answered
        机 .9 1到3个工作日
    """,
    "and what about the other one": """
        客? 14寸的能装下吗 #product => answered
        机 .9 可以的,内径38厘米
        客? 那16寸的呢 #product => answered
        机 .9 16寸也放得下
    """,
    # rejected
    "says that it did not help": """
        客? 泡发比例是多少 #product => rejected
        机 .7 海参可以葱烧也可以凉拌
        客 答非所问
    """,
    "a thumb down": """
        客? 泡发比例是多少 #product => rejected
        机 .7 海参可以葱烧也可以凉拌
        踩
    """,
    "a thumb down names an earlier answer": """
        客? 泡发比例是多少 #product => rejected
        机 .7 海参可以葱烧也可以凉拌
        踩
        客? 对了能放多久 #product => answered
        机 .9 冷冻18个月
        客 好的
    """,
    "a low CSAT concerns the last question": """
        客? 几天能到 #logistics => answered
        机 .9 三天左右
        客 好的
        客? 能放门口吗 #logistics => rejected
        机 .8 快递由中通承运
        评 1/5
    """,
    "a low CSAT after thanks is about something else": """
        客? 几天能到 #logistics => answered
        机 .9 三天左右
        客 明白了谢谢
        评 1/5
    """,
    "shrugged off": """
        客? 有没有学生价 #promotion => low_confidence rejected
        机 .39 现在下单立享返场价哦
        客 没有就没有嘛
    """,
    "giving up after a non-answer": """
        客? 是不是同一个厂的 #product => fallback rejected
        机x .5 没听懂呢
        客 算了
    """,
    "giving up after a clear answer": """
        客? 狗能吃这个猫粮吗 #product => answered
        机 .8 不建议哦,狗狗长期吃容易胖
        客 哦哦那算了
    """,
    "a parrot is scolded without a new question": """
        客? 能装16寸的电脑吗 #product => handoff human_corrected rejected
        机 .8 可以的,14寸竖放平放都行
        客? 复读机吗你 16!寸!
        态 handoff
        人 16寸长35.6,放得下但是拉链拉不上
    """,
    "thrown back at the bot": """
        客! 少了三包 箱子没破 #after_sales => handoff human_corrected rejected rephrased
        机 .78 仓库称重发货,不会少的呢
        客 不会少?我数了三遍 三十七包! #after_sales => handoff human_corrected
        态 handoff
        +170 人 给您退三包的钱可以吗
        客 这才对嘛
    """,
    "a protest that the bot goes on with asks again": """
        客? 这个礼盒送长辈体不体面 #product => rejected rephrased
        机 .7 茶叶建议80度水冲泡,第一泡倒掉
        客 谁问你怎么泡了 我问盒子体不体面 #product => answered
        机 .8 盒子是硬壳烫金的,带手提袋,送长辈很合适
        客 那好 来两盒
    """,
    "a protest that a human takes over is no other question": """
        客? 转接头能不能接两个屏 #product => handoff human_corrected rejected
        机 .9 支持的,两个口都能输出4K
        客 瞎说 插上就一个亮
        态 handoff
        +40 人 抱歉,这款只支持一路输出,双屏要买带芯片的那款
    """,
    "who is hurried asked for something": """
        客! 蛋糕上的名字写错了 半小时后开席 #quality => no_reply
        +60 客 在不在
        +60 客 急急急
        +90 人 马上给您重写一块牌子送过去
    """,
    "a human takes back what the bot said and was thanked for": """
        客? 椒盐味的放糖了没 #product => human_corrected
        机 .8 没有放糖
        客 好的 那拍两袋
        +20 人 您先别拍,椒盐味的面里有糖,每百克6克
    """,
    # 以收到的实物为准 is one of the contract's generic non-answers, whatever stands before it.
    "not that, but this": """
        客? 这个跟主播身上是同一个色吗 #product => fallback rejected rephrased
        机 .86 不同显示器会有轻微色差,以收到的实物为准
        客? 我没问色差 我问的是不是同一个色号 #product => fallback handoff human_corrected rejected
        机 .84 不同显示器会有轻微色差,以收到的实物为准
        客 服了
        态 handoff
        人 主播穿的是雾松绿,您这个是燕麦格,不是一个颜色
    """,
    # human_corrected
    "a human says otherwise": """
        客? 65W能带动游戏本吗 #product => human_corrected
        机 .89 兼容市面主流手机平板和笔记本,放心用
        人 您好,65W只能待机慢充,玩游戏会掉电,不建议
    """,
    "a human says the same": """
        客? 65W能带动轻薄本吗 #product => answered
        机 .89 可以的,65W能带动轻薄本
        人 是的亲,65W带轻薄本没问题
    """,
    "a human says another figure": """
        客? 多久发货 #logistics => human_corrected
        机 .89 亲,下单后48小时内发货
        人 亲,下单后72小时内发货
    """,
    "a human answers what the bot did not": """
        客? 能开专票吗 #invoice => fallback
        机x .6 没听懂呢
        人 可以的,把税号发我
        客 好
    """,
    # read by what stands around it
    "a fragment that is answered was a question": """
        客? 这个壳支持无线充吗 #product => answered
        机 .9 支持的,不用摘壳
        客 车载磁吸 #product => answered
        机 .86 车载磁吸也支持,壳内有磁圈
        客 好的
    """,
    "a slip of the pen is no objection": """
        客? 娃身高一米一穿几码 #product => answered
        机 .85 身高一米一建议拿110码
        客 写错了 是一米三 #product => answered
        机 .84 一米三拿130码,不偏小
    """,
    "words that would fit any question": """
        客? 周日能送上门吗 #logistics => fallback
        机 .7 每一份等待都值得,愿好物早日与您相伴
        态 closed
    """,
    "an answer to something else, and again": """
        客? 这个砧板能进洗碗机吗 #product => rephrased
        机 .82 砧板采用整竹压制,纹理自然清新
        客? 放洗碗机里洗会不会裂 #product => answered
        机 .8 不建议进洗碗机,高温会开裂
    """,
    "told as a fact, but against the answer, before a human steps in": """
        客? 平板连不上键盘 #product => handoff human_corrected rejected
        机 .84 请打开蓝牙长按键盘电源键三秒
        客 按了十来遍 灯都不闪 #product
        态 handoff
        +60 人 这款要先充满电再配对,另外得长按F1不是电源键
        客 闪了闪了
    """,
    "hesitation is no acceptance": """
        客? 会掉色吗 #product => low_confidence
        机 .36 亲,可以低温烘干哦
        客 嗯……
    """,
    "small talk that the bot does not follow, then another question": """
        客? 滤芯多久换 #product => answered
        机 .88 三个月换一次
        客 行 省得我老婆念叨
        机x .3 抱歉没听懂您的问题
        客? 进水管是几分的 #product => answered
        机 .85 四分管,送转接头
    """,
    "a call is no question": """
        客? 小哥在不在 #other
        机 .95 您好,在的,请讲
        客? 煤气报警器装多高 #product => answered
        机 .9 离地三十公分内装,天然气装顶上
    """,
    "pressed within a breath": """
        客? 猫粮里头有谷物没有 #product
        +4 客 上回买的吃了掉毛 #quality
        +6 客? 我问的是你们这款是不是无谷的 #product => answered
        机 .9 是无谷的,鸡肉占七成
    """,
    "another trouble is no objection to the answer before": """
        客? 保温杯能装茶吗 #product => answered
        机 .9 可以的,316内胆不串味
        客! 我收到的杯盖裂了一道缝 #quality => fallback
        机x .7 没听懂您的意思
    """,
    # clarifying, data, media
    "asked back, told, answered": """
        客? 门能不能拆 #after_sales => answered
        机 .62 请问您家门框净宽是多少呢?
        客 58
        机 .71 进不去,师傅可以上门拆门
        客 拆门吧
    """,
    "asked back, told, then nothing understood": """
        客? 穿多大码 #product => fallback
        机 .8 请问您的身高体重是多少呢?
        客 165 110斤
        机x .6 抱歉,我没有理解您的问题
    """,
    "asked back, told, then silence": """
        客? 穿多大码 #product => no_reply
        机 .8 请问您的身高体重是多少呢?
        客 165 110斤
        +400 客 在吗
    """,
    "an order number is no question": """
        客? 我的快递到哪了 #logistics => answered
        人 请提供一下订单号
        客 [订单x] 帮我看看
        人 已经到成都了,明天派送
        客 谢谢
    """,
    "one question in three parts": """
        客 你好
        +2 客 我昨天买的
        +5 客? 价保怎么弄 #promotion => answered
        机 .9 在客户服务里点价格保护
    """,
    "a problem told, then the question": """
        客! 杯子碎了 #quality
        +4 客? 能赔吗 #after_sales => answered
        机 .9 可以的,拍照给我,给您补发
        客 好的
    """,
    "a picture goes with the question": """
        客
        +3 客? 这个能退吗 #after_sales => answered
        机 .9 可以退的,七天无理由
    """,
    "two questions at once": """
        客? 有黑色吗 #product => answered
        +3 客? 对了发顺丰吗 #logistics => fallback
        机 .9 黑色有现货
        机x .6 没听懂呢
    """,
    # humans alone
    "looking, then the answer": """
        客? 退货什么时候处理 #after_sales => answered
        人 请您稍等,正在为您查询
        +100 人 已经审核通过,三天内退款
        客 好的谢谢
    """,
    "looking, another question, then the answer": """
        客? 退货什么时候处理 #after_sales => answered
        人 请您稍等,正在为您查询
        客? 还有运费谁出 #after_sales => answered
        人 运费我们承担,三天内退款
    """,
    "looking and never back": """
        客? 退货什么时候处理 #after_sales => fallback
        人 请您稍等,正在为您查询
        态 closed
    """,
    "welcome is no answer": """
        客? 为什么自动扣费 #payment
        人 您好,有什么可以帮您的吗
        客? 怎么自动扣费了 #payment => answered
        人 那是会员续费,给您取消退回
        客 谢谢
    """,
    "nothing else, thanks": """
        客? 能放心吃吗 #product => answered
        人 放心的亲,都有检测报告
        人 请问还有其他可以帮您的吗
        客 没有了
    """,
}


@pytest.mark.parametrize("name", CASES)
def test_verdicts(name: str) -> None:
    script = parse(CASES[name])
    wanted = {key: " ".join(sorted(want.split())) for key, want in script.wanted.items()}
    assert verdicts(script.facts, script.facts[-1].occurred_at + 3_600_000) == wanted
